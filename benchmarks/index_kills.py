"""Kills a process (SIGKILL) while it writes the search index, opens the index again, and counts what is whole.

    python -m benchmarks.index_kills [KILLS [PASSAGES]]      20 kills and 5,000 passages by default

Every second kill is aimed at a write of Chroma's graph files, the others fall at random. The baseline is Chroma's own
PersistentClient with its defaults, killed in the same way, 20 times at most. Whole means: opened without anybody's
help, the right count, and sampled passages found by their own vectors (baseline: every batch that was acknowledged is
counted, and sampled ones are found).
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.index import SearchIndex, passages_of
from pipeline.models import Entry
from pipeline.store import Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PASSAGES = 5000
DIMENSION = 384
NOW = datetime(2026, 1, 5, tzinfo=UTC)


class Noise:
    """A random direction for each text, always the same one."""

    name = "noise/1"
    dimension = DIMENSION

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """One row of length 1 a text."""
        import numpy as np

        rows = [np.random.default_rng(list(text.encode())).standard_normal(DIMENSION) for text in texts]
        matrix = np.asarray(rows, dtype=np.float32).reshape(len(texts), DIMENSION)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


def make_store(path: Path, count: int) -> Store:
    """A store with so many passages."""
    store = Store.open(path)
    entries = [
        Entry(feed="feed", guid=f"guid-{n}", title=f"Study number{n}", text=f"What was found in study{n}.")
        for n in range(count)
    ]
    store.add_entries(entries, NOW, passages_of)
    return store


def write_ours(home: Path) -> None:
    """Fills and rebuilds until killed."""
    index = SearchIndex(home / "index", Store.open(home / "brief.db"), Noise())
    os.write(1, b"ready\n")
    index.open()
    index.fill()
    while True:
        index.rebuild()


def write_raw(home: Path) -> None:
    """Adds batches of 250 to a collection until killed; acknowledges each on standard output."""
    import chromadb

    collection = chromadb.PersistentClient(str(home / "raw")).get_or_create_collection(
        "passages", metadata={"hnsw:space": "cosine"}, embedding_function=None
    )
    count = collection.count()
    os.write(1, b"ready\n")
    while True:
        names = [str(n) for n in range(count, count + 250)]
        collection.add(ids=names, embeddings=list(Noise().embed(names)))
        count += 250
        os.write(1, f"{count}\n".encode())


def check_raw(home: Path, count: int) -> None:
    """Fails unless the collection holds at least so many and finds samples of them."""
    import chromadb

    collection = chromadb.PersistentClient(str(home / "raw")).get_collection(
        "passages", embedding_function=None
    )
    if collection.count() < count:
        raise SystemExit(1)
    names = [str(n) for n in range(0, count, max(1, count // 50))]
    if names:
        found = collection.query(query_embeddings=list(Noise().embed(names)), n_results=1)
        if [row[0] for row in found["ids"]] != names:
            raise SystemExit(1)


def run(action: str, home: Path, *more: str) -> subprocess.Popen[str]:
    """This benchmark as another process."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.index_kills", action, str(home), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def kill_within(process: subprocess.Popen[str], seconds: float, folder: Path, *, aimed: bool) -> list[str]:
    """Kills the process some time after it is ready, if aimed as soon as it then writes a graph file.

    Returns what it had printed.
    """
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(random.uniform(0, seconds))
    before, until = graph_files(folder), time.perf_counter() + 2
    while aimed and graph_files(folder) == before and time.perf_counter() < until:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    return process.communicate()[0].split()


def graph_files(folder: Path) -> dict[str, int]:
    """When each file of Chroma's graph was last changed."""
    try:
        return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*.bin")}
    except OSError:
        return {}


def ours(kills: int, home: Path, count: int) -> tuple[int, float, int]:
    """How often all was found again, the longest time of opening in seconds, and how often it started anew."""
    store = make_store(home / "brief.db", count)
    healed, longest, anew = 0, 0.0, 0
    samples = range(0, count, max(1, count // 50))
    for kill in range(kills):
        kill_within(run("ours", home), 3.0, home / "index", aimed=kill % 2 == 1)
        before = {path.name for path in (home / "index").iterdir()}
        start = time.perf_counter()
        with SearchIndex(home / "index", store, Noise()) as index:
            longest = max(longest, time.perf_counter() - start)
            found = [index.search(f"Study number{n}\nWhat was found in study{n}.", k=1) for n in samples]
            whole = all(f"study{n}." in hits[0].passage.text for n, hits in zip(samples, found, strict=True))
            healed += whole and index.count() == count and index.state() == "ok"
        anew += not before & {path.name for path in (home / "index").iterdir() if path.is_dir()}
    return healed, longest, anew


def raw(kills: int, home: Path) -> int:
    """After how many kills the raw collection was whole; a broken one is replaced by an empty one."""
    whole, place, acknowledged = 0, 0, 0
    for kill in range(kills):
        folder = home / str(place)
        printed = kill_within(run("raw", folder), 3.0, folder, aimed=kill % 2 == 1)
        acknowledged = max([acknowledged, *map(int, printed)])
        check = run("check", folder, str(acknowledged))
        try:
            check.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            check.kill()
            check.wait()
        if check.returncode == 0:
            whole += 1
        else:
            place, acknowledged = place + 1, 0
    return whole


def main() -> None:
    """Prints the figures."""
    if len(sys.argv) > 1 and not sys.argv[1].isdigit():
        action, home = sys.argv[1], Path(sys.argv[2])
        home.mkdir(parents=True, exist_ok=True)
        if action == "check":
            check_raw(home, int(sys.argv[3]))
        else:
            (write_ours if action == "ours" else write_raw)(home)
        return
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    count = int(sys.argv[2]) if len(sys.argv) > 2 else PASSAGES
    random.seed(3)
    with tempfile.TemporaryDirectory() as folder:
        healed, longest, anew = ours(kills, Path(folder), count)
        print(
            f"this index   {healed} of {kills} whole after a kill, opened in {longest:.1f} s at most", end=""
        )
        print(f" ({count} passages; started anew {anew} times)")
        kills = min(kills, 20)
        print(f"raw Chroma   {raw(kills, Path(folder))} of {kills} whole after a kill")


if __name__ == "__main__":
    main()
