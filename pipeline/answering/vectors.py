"""Vectors that were computed before: the same works are asked about again, and embedding is most of an answer's time.

Sentences are not in the index, so their vectors are kept here, the latest used ones, and only in memory.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from pipeline.embedding import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

BUDGET = 12_000_000
"""Bytes of vectors that are kept for an embedding: some 8,000 of the shipped one."""


class Vectors:
    """The vectors of texts that were embedded lately; threads may share it."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self._kept: OrderedDict[str, Vector] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def of(self, texts: Sequence[str], embedder: Embedder) -> "dict[str, Vector]":
        """The vector of each text; only those that are not kept are embedded, all at once."""
        wanted = list(dict.fromkeys(texts))
        found = self._known(wanted)
        fresh = [text for text in wanted if text not in found]
        if fresh:
            made = dict(zip(fresh, embedder.embed(fresh), strict=True))
            self._keep(made)
            found |= made
        return found

    def _known(self, texts: Sequence[str]) -> "dict[str, Vector]":
        with self._lock:
            found = {text: self._kept[text] for text in texts if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
        return found

    def _keep(self, made: "dict[str, Vector]") -> None:
        with self._lock:
            for text, vector in made.items():
                if text not in self._kept:
                    # A row of a batch would keep the whole batch in memory.
                    self._kept[text] = vector.copy()
                    self._size += vector.nbytes
            while self._size > self._budget and self._kept:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.nbytes


_OF: "WeakKeyDictionary[Embedder, Vectors]" = WeakKeyDictionary()


def vectors_of(embedder: Embedder) -> Vectors:
    """What is kept of an embedder's vectors; it goes when the embedder goes."""
    return _OF.setdefault(embedder, Vectors())
