"""A cross-encoder in ONNX's format, read from a folder and run on this machine: no text leaves it."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any

from pipeline.errors import RerankerError
from pipeline.models import Article
from pipeline.onnx import one_thread, runtime
from pipeline.reranking import CHARACTERS

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
MAX_TOKENS = 512
LONGEST_QUESTION = 500
"""Characters of a question that are read: the text must find room beside it."""
INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})


class CrossEncoder:
    """The model of a folder with `model.onnx` and `tokenizer.json`, as Hugging Face's exporters write them."""

    def __init__(self, folder: Path, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self.name = folder.name
        self._seconds = seconds
        self._clock = clock
        self._tokenizer = _tokenizer(folder / TOKENIZER)
        self._session = _session(folder / MODEL)
        self._inputs = [given.name for given in self._session.get_inputs()]
        if "input_ids" not in self._inputs or not INPUTS.issuperset(self._inputs):
            raise RerankerError(
                f"{MODEL} takes {', '.join(self._inputs)}, which no cross-encoder of text does"
            )

    def scores(self, question: str, works: Sequence[Article], channel: str = "") -> list[float]:
        """A number for each work, the model's own; RerankerError if it fails or takes longer than it may."""
        ends = self._clock() + self._seconds
        pairs = [
            (_readable(question[:LONGEST_QUESTION]), _readable(f"{w.title}\n{w.abstract}"[:CHARACTERS]))
            for w in works
        ]

        def score(encoding: Any) -> float:
            if self._clock() > ends:
                raise RerankerError(f"it takes longer than {self._seconds:g} s")
            return self._run(encoding)

        encodings = self._tokenizer.encode_batch(pairs)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return list(pool.map(score, encodings))

    def _run(self, encoding: Any) -> float:
        """The last number of the first output: the only one, or the one for "relevant" of two classes."""
        import numpy as np

        rows = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
        }
        given = {name: np.array([rows[name]], dtype=np.int64) for name in self._inputs}
        try:
            output = np.asarray(self._session.run(None, given)[0], dtype=np.float64).ravel()
        except Exception as error:
            raise RerankerError(f"{MODEL} fails ({type(error).__name__})") from error
        if output.size not in (1, 2) or not isfinite(output[-1]):
            raise RerankerError(
                f"{MODEL} gives {output.size} numbers for a pair of texts, where one is expected"
            )
        return float(output[-1])


def _readable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _tokenizer(path: Path) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:
        raise RerankerError(f"{path} is missing or no tokenizer's file") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _session(path: Path) -> Any:
    onnxruntime = runtime()

    if not path.is_file():
        raise RerankerError(f"{path} is missing")
    options = one_thread()
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise RerankerError(f"onnxruntime {onnxruntime.__version__} cannot load {path}") from error
