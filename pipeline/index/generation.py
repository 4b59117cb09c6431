"""One filling of the search index: a folder with Chroma collections, the note that says how it was left, and
the claim of the one process that may use it.

Chroma is used nowhere else. It does not survive every kill: files may be torn so that opening them fails, crashes
or never ends, and a collection may count right and find nothing. So a folder is trusted only after a look.
"""

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pipeline.errors import IndexInUse, SearchIndexError
from pipeline.models import Part, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

NoteState = Literal["clean", "opening", "writing"]

PROBES = 10
LOOK_SECONDS = 300
COLLECTIONS: Mapping[Part, str] = {"abstract": "passages", "fulltext": "fulltext"}
"""Apart, so that a search of one costs nothing for the other: a filter would take time for every passage."""
HNSW: dict[str, Any] = {"space": "cosine", "ef_search": 200, "sync_threshold": 2_000}
"""After so many changes Chroma writes its graph files anew, in place; what came since is added again at each opening.
A kill may tear them while they are written, so they are trusted only as the note has them."""


class BrokenGeneration(Exception):
    """Chroma failed, or holds something else than the store says; never leaves `pipeline.index`."""


@contextmanager
def guarded(action: str) -> Iterator[None]:
    """Makes one error of everything that Chroma may raise; a panic of its core is no Exception."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        words = (str(error).splitlines() or [""])[0][:200]
        raise BrokenGeneration(f"{action} failed: {type(error).__name__}: {words}") from error


def warm_up() -> None:
    """Imports Chroma, which takes most of the time of opening; an interrupted import does no harm."""
    with guarded("loading Chroma"):
        import chromadb  # noqa: F401


class Generation:
    """One filling of the index: a folder with a Chroma collection for each part. All calls raise BrokenGeneration."""

    def __init__(self, folder: Path, embedding: str, *, create: bool) -> None:
        self.folder = folder
        self._client: Any = None
        with guarded("opening the index"):
            import chromadb
            from chromadb.config import Settings

            settings = Settings(anonymized_telemetry=False, _env_file=None)
            self._client = chromadb.PersistentClient(path=str(folder), settings=settings)
            self._collections = {part: self._collection(part, embedding, create) for part in COLLECTIONS}
            self.embedding = (self._collections["abstract"].metadata or {}).get("embedding")
            made = [c.configuration_json["hnsw"] for c in self._collections.values()]
            self.is_as_set = all(one[key] == value for one in made for key, value in HNSW.items())

    def _collection(self, part: Part, embedding: str, create: bool) -> Any:
        if part == "abstract" and not create:
            return self._client.get_collection(COLLECTIONS[part], embedding_function=None)
        return self._client.get_or_create_collection(  # an index made before full texts were read has none
            COLLECTIONS[part],
            metadata={"embedding": embedding},
            configuration={"hnsw": HNSW},
            embedding_function=None,
        )

    def put(self, passages: Sequence[Passage], vectors: "Sequence[Vector]") -> None:
        """Adds passages, or replaces those that an interrupted run had added."""
        with guarded("adding to the index"):
            for part, collection in self._collections.items():
                own = [
                    (p, v)
                    for p, v in zip(passages, vectors, strict=True)
                    if (p.field == "fulltext") == (part == "fulltext")
                ]
                if own:
                    collection.upsert(
                        ids=[p.id for p, _ in own],
                        embeddings=[v for _, v in own],
                        metadatas=[{"article_id": p.article_id, "field": p.field} for p, _ in own],
                    )

    def drop(self, passage_ids: Sequence[str]) -> None:
        """Removes passages; unknown ids are no error."""
        with guarded("removing from the index"):
            for collection in self._collections.values():
                collection.delete(ids=list(passage_ids))

    def nearest(self, vector: "Vector", limit: int, part: Part = "abstract") -> dict[str, float]:
        """Passage ids with their cosine."""
        with guarded("searching the index"):
            found = self._collections[part].query(
                query_embeddings=[vector], n_results=limit, include=["distances"]
            )
            return dict(zip(found["ids"][0], (1.0 - float(d) for d in found["distances"][0]), strict=True))

    def count(self) -> int:
        """How many passages it holds."""
        with guarded("counting the index"):
            return sum(int(collection.count()) for collection in self._collections.values())

    def check(self) -> int:
        """Finds some of its own passages, the first and the last ones, by their vectors; returns the count."""
        with guarded("probing the index"):
            for collection in self._collections.values():
                _probe(collection)
        return self.count()

    def close(self) -> None:
        """Lets go of the files."""
        if self._client is not None:
            with guarded("closing the index"):
                self._client.close()
            self._client = None


def _probe(collection: Any) -> None:
    count = int(collection.count())
    for offset in {0, max(0, count - PROBES)} if count else ():
        known = collection.get(limit=PROBES, offset=offset, include=["embeddings"])
        found = collection.query(query_embeddings=known["embeddings"], n_results=1, include=["distances"])
        if any(not row or row[0] > 0.01 for row in found["distances"]):
            raise ValueError("a passage is not found by its own vector")


def check_folder(folder: str) -> None:
    """Opens and probes a generation; run in a process of its own, because torn files can crash it."""
    generation = Generation(Path(folder), "", create=False)
    generation.check()
    generation.close()


def survives_a_look(folder: Path) -> bool:
    """Whether another process can open and probe the folder without failing or dying."""
    command = [
        sys.executable,
        "-c",
        "import sys, pipeline.index.generation as g; g.check_folder(sys.argv[1])",
        str(folder),
    ]
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and code
            command,
            env={**os.environ, "PYTHONPATH": path.rstrip(os.pathsep)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LOOK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


@dataclass(frozen=True)
class Note:
    """What the index knows about itself, kept beside the generations."""

    generation: str
    embedding: str
    state: NoteState
    files: dict[str, list[int]] = field(default_factory=dict)
    """Size and time of change of each file when Chroma had last written it to the end."""

    @classmethod
    def read(cls, path: Path) -> "Note | None":
        """The note in this file; none if it is missing or makes no sense."""
        try:
            note = cls(**json.loads(path.read_text(encoding="utf-8")))
            sound = uuid.UUID(hex=note.generation).hex == note.generation
        except (OSError, ValueError, TypeError, AttributeError):
            return None
        return note if sound and note.state in ("clean", "opening", "writing") else None

    def write(self, path: Path) -> None:
        """Replaces the file in one step."""
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            json.dump(asdict(self), out)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)


def fingerprint(folder: Path) -> dict[str, list[int]]:
    stats = {path: path.stat() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {str(path.relative_to(folder)): [s.st_size, s.st_mtime_ns] for path, s in stats.items()}


def graph_of(files: Mapping[str, list[int]]) -> dict[str, list[int]]:
    """Of a fingerprint, the files that Chroma writes in place; SQLite's own survive a kill."""
    return {name: facts for name, facts in files.items() if not name.startswith("chroma.sqlite3")}


class Claim:
    """One process's right to the index folder; the system ends it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: Any = None

    def take(self) -> None:
        """Raises IndexInUse if another process has the folder, SearchIndexError if it cannot be written."""
        import filelock

        if self._lock is not None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self._folder / "lock", thread_local=False)
            lock.acquire(timeout=0)
            self._lock = lock
            (self._folder / "owner").write_text(str(os.getpid()), encoding="utf-8")
        except filelock.Timeout as error:
            raise IndexInUse(
                f"the search index in {self._folder} is in use by {self._owner()}: stop it first, or use "
                "another home folder"
            ) from error
        except OSError as error:
            self.release()
            raise SearchIndexError(
                f"the search index in {self._folder} cannot be used: {error.strerror}"
            ) from error

    def clear(self) -> None:
        """Removes the index: it is filled again from the store when it is needed. The folder must be ours."""
        for part in self._folder.iterdir():
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            elif part.name not in ("lock", "owner"):
                part.unlink()

    def release(self) -> None:
        """Gives the folder back; twice is no error."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _owner(self) -> str:
        try:
            return f"process {int((self._folder / 'owner').read_text(encoding='utf-8'))}"
        except (OSError, ValueError):
            return "another process"
