"""Speed and fidelity of the shipped embedding, against the weights' own graph run the usual way.

Usage: python benchmarks/embedding.py [TEXTS]. `TEXTS` is a file with one text a line; without it, abstracts of
about 200 words are made up. Prints texts a second for both and their ratio, the time of one question, and how
near the vectors are.
"""

import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.embedding import MiniLM, _installed_weights
from pipeline.onnx import runtime

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORDS = (
    "we show that language models trained with reinforcement learning from human feedback remain vulnerable to "
    "adversarial prompts and propose a monitoring method based on sparse features of hidden activations which "
    "improves detection accuracy across several benchmarks while preserving utility"
).split()


def texts(arguments: list[str]) -> list[str]:
    """The lines of the file, or 200 made-up abstracts."""
    if arguments:
        return [line for line in Path(arguments[0]).read_text(encoding="utf-8").splitlines() if line.strip()]
    chance = random.Random(7)
    return [" ".join(chance.choices(WORDS, k=chance.randint(120, 240))) for _ in range(200)]


class UsualWay:
    """The weights' own float32 graph in padded batches of four, with onnxruntime's own threads."""

    def __init__(self, like: MiniLM) -> None:
        self._session: Any = runtime().InferenceSession(_installed_weights())
        self._tokenizer = like._tokenizer

    def embed(self, given: list[str]) -> "NDArray[np.float32]":
        """One row of length 1 a text."""
        import numpy as np

        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(given)]
        order = sorted(range(len(tokens)), key=lambda n: len(tokens[n]))
        rows = np.zeros((len(tokens), MiniLM.dimension), dtype=np.float32)
        for at in range(0, len(order), 4):
            some = order[at : at + 4]
            rows[some] = self._batch([tokens[n] for n in some])
        return rows

    def _batch(self, tokens: list[list[int]]) -> "NDArray[np.float32]":
        import numpy as np

        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, given in enumerate(tokens):
            ids[row, : len(given)], mask[row, : len(given)] = given, 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, inputs)[0]
        mean = (hidden * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what the work gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def main() -> None:
    """Prints the figures."""
    import numpy as np

    given = texts(sys.argv[1:])
    loading, shipped = timed(MiniLM)
    usual = UsualWay(shipped)
    shipped.embed(given[:8])
    usual.embed(given[:8])
    ours, rows = timed(lambda: shipped.embed(given))
    theirs, reference = timed(lambda: usual.embed(given))
    question = sorted(timed(lambda: shipped.embed(["What is new on jailbreaks?"]))[0] for _ in range(50))[25]
    alone = np.concatenate([shipped.embed([text]) for text in given[:20]])
    cosines = (rows * reference).sum(axis=1)
    print(f"shipped embedding   {len(given) / ours:7.1f} texts/s ({len(given)} texts, load {loading:.2f} s)")
    print(f"usual way, float32  {len(given) / theirs:7.1f} texts/s")
    print(f"ratio               {theirs / ours:7.2f}")
    print(f"one question        {question * 1000:7.1f} ms (median)")
    print(f"cosine to float32   {cosines.min():7.4f} lowest, {cosines.mean():.4f} mean")
    print(f"alone or in a batch {np.abs(alone - rows[:20]).max():7.1e} largest difference")


if __name__ == "__main__":
    main()
