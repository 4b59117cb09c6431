"""Finding passages: Chroma for meaning, the store's full text for words, both fused.

The store holds the truth: texts, vectors, and which passages are in which generation of the index. The index
is a cache: whatever is wrong with its folder, it is dropped and filled again from the store. Loading it takes
seconds, so it is opened to be filled, and for a process that stays; until then, and while it is being repaired,
the vectors in the store are compared one by one, which finds the same.
"""

import logging
import shutil
import threading
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeGuard

from pipeline.embedding import Embedder, identity_of
from pipeline.errors import EmbeddingError, IndexInUse, SearchIndexError
from pipeline.index.generation import (
    BrokenGeneration,
    Claim,
    Generation,
    Note,
    NoteState,
    fingerprint,
    graph_of,
    survives_a_look,
    warm_up,
)
from pipeline.models import Hit, Part, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipeline.store import Passages, Store

    Vector = NDArray[np.float32]
    Batch = Sequence[tuple[Passage, Vector | None]]


log = logging.getLogger(__name__)

IndexState = Literal["ok", "rebuilding", "stale"]
Progress = Callable[[int, int], None]

NOTE = "index.json"
PAGE = 5000
BATCH = 250
MANY = 1_000_000
EMBED_BATCH = 64
"""Passages embedded before their vectors are saved: the most that a kill can cost."""
DEPTH = 50


def fuse(dense: Mapping[str, float], lexical: Mapping[str, float]) -> list[tuple[str, float]]:
    """Ids with the mean of both scores after scaling each to 0..1, best first, equals by id.

    Both must score every candidate: a missing score is not the same as a low one.
    """
    scaled = [_scaled(scores) for scores in (dense, lexical)]
    fused = {key: round((scaled[0][key] + scaled[1][key]) / 2, 6) for key in dense}
    return sorted(fused.items(), key=lambda item: (-item[1], item[0]))


def _scaled(scores: Mapping[str, float]) -> dict[str, float]:
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0 if high > 0 else 0.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}


def stored_state(folder: Path, store: "Store", embedding: str) -> IndexState:
    """The state of the index in a folder, read without opening it: another process may have it.

    `embedding` is the name given to `load_embedder`.
    """
    note = Note.read(folder / NOTE)
    if note is None:
        return "stale" if store.passages.count_pending("") else "ok"
    if note.embedding != identity_of(embedding) or not (folder / note.generation).is_dir():
        return "stale"
    if note.state != "clean":
        return "rebuilding"
    return "ok" if _is_complete(store.passages, note.generation) else "stale"


def _is_left_whole(folder: Path, passages: "Passages", embedding: str) -> bool:
    """Whether a closed index is as it was left, and complete."""
    note = Note.read(folder / NOTE)
    if note is None or note.embedding != embedding or note.state != "clean":
        return note is None and not passages.count_pending("")
    return note.files == fingerprint(folder / note.generation) and _is_complete(passages, note.generation)


def _is_sound(vector: "Vector | None") -> "TypeGuard[Vector]":
    """Whether a stored vector is one: of length 1, and so without NaN."""
    return vector is not None and abs(float(vector @ vector) - 1.0) < 0.01


def _is_complete(passages: "Passages", generation: str) -> bool:
    return not passages.count_pending(generation) and not passages.removed(generation, 1)


class SearchIndex:
    """The search index of one store and one embedding; one process owns its folder at a time.

    A damaged, missing or foreign index is noticed and filled again from the store by `open` and `fill`. Searching
    needs neither: without the folder the vectors in the store are searched.
    """

    def __init__(self, folder: Path, store: "Store", embedder: Embedder) -> None:
        self.folder = folder
        self._passages = store.passages
        self._embedder = embedder
        self._note_file = folder / NOTE
        self._note: Note | None = None
        self._generation: Generation | None = None
        self._claim = Claim(folder)
        self._writing = threading.RLock()
        self._rebuilding = False

    @property
    def embedder(self) -> Embedder:
        """What makes the vectors of passages and questions."""
        return self._embedder

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def open(self, progress: Progress | None = None) -> None:
        """Takes the folder and makes the index usable, filling it again where it has to.

        An open index stays as it is. Raises IndexInUse if another process has the folder, SearchIndexError if it
        cannot be written.
        """
        with self._writing:
            self._load()
            if self._must_be_open().state == "writing":
                self._resume(progress)

    def take(self) -> None:
        """Takes the folder without opening the index; raises what `open` raises."""
        with self._writing:
            self._claim.take()

    def _load(self) -> None:
        """Opens the index as it is, or an empty one if it cannot be used."""
        if self._note is not None:
            return
        self.take()
        try:
            note = Note.read(self._note_file)
            problem = self._problem_of(note)
            if problem is not None:
                log.log(logging.WARNING if note else logging.INFO, "index starts anew: %s", problem)
                self._start_anew()
            self._sweep()
        except BaseException:
            self.close()
            raise

    def _resume(self, progress: Progress | None) -> None:
        """Ends a filling that was begun; without a provider's answer the index stays open and stale."""
        try:
            self.fill(progress)
        except EmbeddingError as error:
            log.warning("index stays incomplete: %s", error)

    def fill(self, progress: Progress | None = None) -> int:
        """Opens the index and brings it up to the store; returns how many passages were added.

        Can be killed and repeated, and the store may change meanwhile.
        Vectors are saved in the store first, so none is computed twice. Raises SearchIndexError if the folder
        cannot be written, EmbeddingError if a provider does not answer.
        """
        with self._writing:
            self._load()
            problem = ""
            for _attempt in range(2):
                if self._generation is None:
                    self._start_anew()
                try:
                    return self._fill(progress)
                except BrokenGeneration as error:
                    problem = str(error)
                    log.warning("index starts anew: %s", problem)
                    self._let_go()
            raise SearchIndexError(f"the search index in {self.folder} cannot be written: {problem}")

    def search(
        self,
        question: str,
        k: int = 10,
        article_ids: Collection[str] | None = None,
        part: Part = "abstract",
        *,
        vector: "Vector | None" = None,
    ) -> list[Hit]:
        """At most k passages of a part for a question, best first; only from these articles if any are named.

        Half of a score is meaning, half is words (min-max of both over the union of the two lists). The index need
        not be open; one that was left damaged or incomplete is mended first. `vector` is the question's meaning
        where the caller has it; else it is computed.
        """
        self._mend()
        chosen = None if article_ids is None else sorted(set(article_ids))
        if k < 1 or not question.strip() or chosen == []:
            return []
        depth = max(DEPTH, k)
        if vector is None:
            vector = self._embedder.embed([question])[0]
        dense = self.nearest(vector, depth, chosen, part)
        lexical = dict(self._passages.search(question, depth, chosen, part, also=dense))
        if not dense and not lexical:
            return []
        self._complete(vector, dense, lexical)
        return self._hits(fuse(dense, lexical), dense, k)

    def count(self) -> int:
        """How many passages are searched by their meaning."""
        if self._note is None:
            return self._passages.count_vectors(self._embedder.name)
        return self._passages.count_indexed(self._note.generation)

    def state(self) -> IndexState:
        """`ok`; `rebuilding` while it is filled anew; `stale` if it lacks passages, is broken, or is not open."""
        if self._rebuilding:
            return "rebuilding"
        if self._generation is None or self._note is None:
            return "stale"
        return "ok" if _is_complete(self._passages, self._note.generation) else "stale"

    def rebuild(self, progress: Progress | None = None) -> None:
        """Drops the index and fills it again from the store."""
        with self._writing:
            self._load()
            self._start_anew()
            self.fill(progress)

    def close(self) -> None:
        """Lets go of the folder. Closing twice is no error."""
        with self._writing:
            note, usable = self._note, self._generation is not None
            self._let_go()
            try:
                if note and usable and note.state == "clean":
                    self._write_note(note.generation, "clean")
            except SearchIndexError as error:
                log.warning("%s", error)
            finally:
                self._note = None
                self._claim.release()

    def _mend(self) -> None:
        """Opens and fills a closed index that was left damaged or incomplete; a look at its note and files tells."""
        if self._note is not None or _is_left_whole(self.folder, self._passages, self._embedder.name):
            return
        try:
            self.fill()
        except (IndexInUse, EmbeddingError) as error:
            log.log(
                logging.WARNING if self._passages.lack_vectors(self._embedder.name) else logging.DEBUG,
                "the search index is not mended at present: %s",
                error,
            )

    def _must_be_open(self) -> Note:
        if self._note is None:
            raise SearchIndexError("the search index is not open")
        return self._note

    def _write_note(self, generation: str, state: NoteState) -> None:
        try:
            files = fingerprint(self.folder / generation)
            self._note = Note(generation, self._embedder.name, state, files)
            self._note.write(self._note_file)
        except OSError as error:
            raise SearchIndexError(
                f"the search index in {self.folder} cannot be written: {error.strerror}"
            ) from error

    # Noticing damage and healing

    def _problem_of(self, note: Note | None) -> str | None:
        """Opens the noted generation; returns why it cannot be used, or none."""
        if note is None:
            return "there is none yet, or its note is unreadable"
        if note.embedding != self._embedder.name:
            return f"the embedding was {note.embedding} and is {self._embedder.name}"
        if note.state == "opening":
            return "the last opening did not come to an end"
        folder = self.folder / note.generation
        if not (folder / "chroma.sqlite3").is_file():
            return "its files are gone"
        files = fingerprint(folder)
        if graph_of(files) != graph_of(note.files):
            return "its graph was being written, or was changed"
        if files != note.files and not survives_a_look(folder):
            return "its files are damaged"
        return self._problem_inside(note)

    def _problem_inside(self, note: Note) -> str | None:
        try:
            warm_up()
            self._write_note(note.generation, "opening")
            self._generation = Generation(self.folder / note.generation, note.embedding, create=False)
            count = self._generation.check()
        except BrokenGeneration as error:
            return str(error)
        if self._generation.embedding != note.embedding:
            return "it holds vectors of another embedding"
        if not self._generation.is_as_set:
            return "it was made with other settings"
        if wrong := self._miscount(count, note.generation):
            return wrong
        self._write_note(note.generation, note.state)
        return None

    def _miscount(self, count: int, generation: str) -> str | None:
        """What is wrong with a count of passages; deleted and pending ones may be in the index or not."""
        least = self._passages.count_indexed(generation)
        removed = len(self._passages.removed(generation, MANY))
        most = least + removed + self._passages.count_pending(generation)
        if least <= count <= most:
            return None
        return f"it holds {count} passages where the store says {least} to {most}"

    def _start_anew(self) -> None:
        """A new, empty generation; the old one is dropped."""
        self._let_go()
        self._rebuilding = True
        name = uuid.uuid4().hex
        try:
            self._write_note(name, "opening")
            self._generation = Generation(self.folder / name, self._embedder.name, create=True)
            self._write_note(name, "writing")
            self._sweep()
        except BrokenGeneration as error:
            self._let_go()
            raise SearchIndexError(f"the search index in {self.folder} cannot be written: {error}") from error

    def _let_go(self) -> None:
        generation, self._generation = self._generation, None
        if generation is not None:
            try:
                generation.close()
            except BrokenGeneration as error:
                log.warning("%s", error)

    def _sweep(self) -> None:
        """Removes generations that are not in use. They are never copied: a torn file can seem terabytes long."""
        current = self._note.generation if self._note else None
        for path in self.folder.iterdir():
            if path.is_dir() and path.name != current:
                with suppress(OSError):
                    # A half-removed folder must not be taken for a generation.
                    path = path.rename(path.with_name(f"discarded-{path.name[-32:]}"))
                shutil.rmtree(path, ignore_errors=True)

    # Filling

    def _fill(self, progress: Progress | None) -> int:
        note, generation = self._must_be_open(), self._generation
        assert generation is not None  # noqa: S101
        done = 0
        self._remove_deleted(generation, note)
        while page := self._passages.pending(note.generation, self._embedder.name, PAGE):
            self._begin_writing()
            total = done + self._passages.count_pending(note.generation)
            for batch, vectors in self._ahead([page[at : at + BATCH] for at in range(0, len(page), BATCH)]):
                done += self._add(generation, note, batch, vectors)
                if progress is not None:
                    progress(done, total)
        self._end_writing(generation, note)
        return done

    def _ahead(self, batches: "Iterable[Batch]") -> "Iterator[tuple[Batch, dict[str, Vector]]]":
        """Each batch with its vectors; the next one's are computed while the caller works on this one."""
        with ThreadPoolExecutor(1) as embedding:
            waiting: deque[tuple[Batch, Future[dict[str, Vector]]]] = deque()
            for batch in batches:
                waiting.append((batch, embedding.submit(self._vectors_for, batch)))
                if len(waiting) > 1:
                    ready, vectors = waiting.popleft()
                    yield ready, vectors.result()
            for ready, vectors in waiting:
                yield ready, vectors.result()

    def _add(
        self, generation: Generation, note: Note, batch: "Batch", vectors: "Mapping[str, Vector]"
    ) -> int:
        passages = [passage for passage, _ in batch]
        generation.put(passages, [vectors[passage.id] for passage in passages])
        changed = self._passages.mark_indexed(note.generation, passages)
        if changed:
            generation.drop(changed)
        self._note_graph(note)
        return len(passages) - len(changed)

    def _vectors_for(self, batch: "Batch") -> "dict[str, Vector]":
        """The vector of each passage; what is missing is computed, and saved before it is used."""
        vectors = {passage.id: vector for passage, vector in batch if _is_sound(vector)}
        missing = [passage for passage, _ in batch if passage.id not in vectors]
        for at in range(0, len(missing), EMBED_BATCH):
            some = missing[at : at + EMBED_BATCH]
            rows = self._embedder.embed([passage.text for passage in some])
            self._passages.save_vectors(self._embedder.name, list(zip(some, rows, strict=True)))
            vectors.update((passage.id, row) for passage, row in zip(some, rows, strict=True))
        return vectors

    def _remove_deleted(self, generation: Generation, note: Note) -> None:
        while ids := self._passages.removed(note.generation, BATCH):
            self._begin_writing()
            generation.drop(ids)
            self._note_graph(note)
            self._passages.forget_removed(note.generation, ids)

    def _begin_writing(self) -> None:
        note = self._must_be_open()
        if note.state != "writing":
            self._write_note(note.generation, "writing")

    def _note_graph(self, note: Note) -> None:
        """Keeps in the note that Chroma has written its graph to the end, if it has."""
        if graph_of(self._must_be_open().files) != graph_of(fingerprint(self.folder / note.generation)):
            self._write_note(note.generation, "writing")

    def _end_writing(self, generation: Generation, note: Note) -> None:
        if wrong := self._miscount(generation.count(), note.generation):
            raise BrokenGeneration(wrong)
        if self._must_be_open().state != "clean":
            self._write_note(note.generation, "clean")
        self._rebuilding = False

    # Searching

    def nearest(
        self,
        vector: "Vector",
        depth: int,
        article_ids: Collection[str] | None = None,
        part: Part = "abstract",
    ) -> dict[str, float]:
        """Passage ids of a part with their cosines: meaning alone."""
        generation = self._generation
        # Chroma's filter takes linear time, and more of it than the store.
        if generation is not None and article_ids is None and not self._rebuilding:
            try:
                return generation.nearest(vector, depth, part)
            except BrokenGeneration as error:
                self._mark_broken(generation, error)
        return self._passages.nearest(self._embedder.name, vector, depth, article_ids, part)

    def _mark_broken(self, generation: Generation, error: BrokenGeneration) -> None:
        """Forgets a generation that failed, unless it was replaced meanwhile; `fill` or `open` starts a new one."""
        if self._generation is generation:
            log.warning("index is not used until it is filled again: %s", error)
            self._generation = None
            self._note_file.unlink(missing_ok=True)

    def _cosines(self, vector: "Vector", ids: Sequence[str]) -> dict[str, float]:
        """Cosines by the store's own vectors; both sides have length 1."""
        stored = self._passages.vectors(self._embedder.name, ids) if ids else {}
        return {key: float(row @ vector) for key, row in stored.items()}

    def _complete(self, vector: "Vector", dense: dict[str, float], lexical: dict[str, float]) -> None:
        """Gives every candidate both scores; Chroma's cosines give way to exact ones."""
        wordless = dense.keys() - lexical.keys()
        dense.update(self._cosines(vector, sorted(dense.keys() | lexical.keys())))
        lowest = min(dense.values(), default=0.0)
        for key in lexical.keys() - dense.keys():
            dense[key] = lowest
        lexical.update(dict.fromkeys(wordless, 0.0))

    def _hits(self, ranked: list[tuple[str, float]], dense: dict[str, float], k: int) -> list[Hit]:
        """The best that still exist: a passage may have been deleted since the index was filled."""
        hits: list[Hit] = []
        for at in range(0, len(ranked), k):
            some = dict(ranked[at : at + k])
            hits += (
                Hit(passage=passage, score=some[passage.id], similarity=round(dense[passage.id], 6))
                for passage in self._passages.get(list(some))
            )
            if len(hits) >= k:
                break
        return hits[:k]
