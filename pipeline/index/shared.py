"""The search index of a database that several processes use: the vectors in the database are the index, and each
process keeps them in memory, one row of a matrix each. There is no folder, so nothing is lost with a disk that does not
stay.

All vectors are compared, which is exact: 384 numbers a passage, 15 MB for 10,000 passages, 150 MB for 100,000.
"""

import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.index.search import BATCH, PAGE, IndexState, Progress, SearchIndex
from pipeline.models import Part

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]


NOWHERE = -2.0
"""A cosine that no passage has."""


@dataclass(frozen=True)
class _Rows:
    """All vectors, one row a passage, with what they belong to."""

    mark: tuple[int, int]
    numbers: "NDArray[np.int64]"
    ids: list[str]
    owners: list[str]
    is_full: "NDArray[np.bool_]"
    matrix: "NDArray[np.float32]"


class SharedIndex(SearchIndex):
    """As SearchIndex, without files; any number of processes may search it, and any may fill it."""

    _rows: "_Rows | None" = None
    _reading = threading.Lock()

    @property
    def _generation_name(self) -> str:
        """What passages are marked with that have a vector of this embedding."""
        return f"shared:{self._embedder.name}"

    def open(self, progress: Progress | None = None) -> None:
        """Does nothing: there are no files."""

    def take(self) -> None:
        """Does nothing: there is no folder."""

    def close(self) -> None:
        """Lets go of the vectors in memory."""
        self._rows = None

    def fill(self, progress: Progress | None = None) -> int:
        """Computes the vectors that are missing; returns how many passages were added. EmbeddingError as above."""
        done, generation = 0, self._generation_name
        with self._writing:
            while removed := self._passages.removed(generation, BATCH):
                self._passages.forget_removed(generation, removed)
            while page := self._passages.pending(generation, self._embedder.name, PAGE):
                total = done + self._passages.count_pending(generation)
                for at in range(0, len(page), BATCH):
                    batch = page[at : at + BATCH]
                    self._vectors_for(batch)
                    done += len(batch) - len(self._passages.mark_indexed(generation, [p for p, _ in batch]))
                    if progress is not None:
                        progress(done, total)
        return done

    def rebuild(self, progress: Progress | None = None) -> None:
        """Computes what is missing under the embedding of the settings, and reads all vectors anew."""
        self._rows = None
        self.fill(progress)

    def count(self) -> int:
        """How many passages are searched by their meaning."""
        return self._passages.count_vectors(self._embedder.name)

    def state(self) -> IndexState:
        """`ok`, or `stale` if some passage has no vector."""
        return "stale" if self._passages.lack_vectors(self._embedder.name) else "ok"

    def _mend(self) -> None:
        """Does nothing: whoever reads the feeds fills the index."""

    def nearest(
        self,
        vector: "Vector",
        depth: int,
        article_ids: Collection[str] | None = None,
        part: Part = "abstract",
    ) -> dict[str, float]:
        """Passage ids of a part with their cosines, all compared in memory."""
        import numpy as np

        rows = self._in_memory()
        if not rows.ids:
            return {}
        cosines = rows.matrix @ vector
        cosines[rows.is_full != (part == "fulltext")] = NOWHERE
        if article_ids is not None:
            wanted = frozenset(article_ids)
            cosines[[owner not in wanted for owner in rows.owners]] = NOWHERE
        depth = min(depth, len(rows.ids))
        best = np.argpartition(-cosines, depth - 1)[:depth]
        order = best[np.argsort(-cosines[best], kind="stable")]
        return {rows.ids[n]: float(cosines[n]) for n in order if cosines[n] > NOWHERE}

    def _in_memory(self) -> "_Rows":
        """The vectors as they are in the database now: what came is read, what went is dropped."""
        mark = self._passages.mark(self._generation_name)
        with self._reading:
            if self._rows is None or self._rows.mark != mark:
                self._rows = self._read(self._rows, mark)
            return self._rows

    def _read(self, known: "_Rows | None", mark: tuple[int, int]) -> "_Rows":
        import numpy as np

        now = np.array(self._passages.numbers(self._generation_name), dtype=np.int64)
        if known is None:
            nothing = np.empty((0, self._embedder.dimension), dtype=np.float32)
            known = _Rows(mark, now[:0], [], [], np.empty(0, dtype=bool), nothing)
        kept = np.flatnonzero(np.isin(known.numbers, now))
        came = np.setdiff1d(now, known.numbers)
        new = self._new_rows(came) if len(came) else []
        return _Rows(
            mark,
            np.concatenate([known.numbers[kept], np.array([row[0] for row in new], dtype=np.int64)]),
            ids=[*(known.ids[n] for n in kept), *(row[1] for row in new)],
            owners=[*(known.owners[n] for n in kept), *(row[2] for row in new)],
            is_full=np.concatenate(
                [known.is_full[kept], np.array(["#fulltext-" in row[1] for row in new], dtype=bool)]
            ),
            matrix=np.concatenate(
                [known.matrix[kept], *([np.stack([row[3] for row in new])] if new else [])]
            ),
        )

    def _new_rows(self, numbers: "NDArray[np.int64]") -> "list[tuple[int, str, str, Vector]]":
        """Number, id, article and vector of each of these passages that has one."""
        import numpy as np

        wanted = set(numbers.tolist())
        rows = self._passages.vectors_between(self._embedder.name, int(numbers[0]), int(numbers[-1]))
        return [
            (number, key, owner, np.frombuffer(blob, dtype=np.float32))
            for number, key, owner, blob in rows
            if number in wanted
        ]
