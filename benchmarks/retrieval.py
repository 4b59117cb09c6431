"""How well the index finds a paper by a sentence about it, against each half of it alone.

Usage: python benchmarks/retrieval.py FILE ... with files of SciTLDR-A (JSON lines with title, source, target).
Every file's papers are indexed, the summaries (`target`) of the first file are the questions, each asked of the
paper that it summarises. Prints MRR@10 and recall@10 of fusion, meaning alone and words alone, and the median
time of a search.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.embedding import Embedder, load_embedder
from pipeline.index import SearchIndex, passages_of
from pipeline.models import Entry
from pipeline.store import Store

Found = Callable[[str], Sequence[str]]


def read(files: Sequence[str]) -> tuple[list[Entry], list[tuple[str, str]]]:
    """All papers, and (question, title) pairs of the first file."""
    entries: dict[str, Entry] = {}
    questions: list[tuple[str, str]] = []
    for n, name in enumerate(files):
        for line in Path(name).read_text(encoding="utf-8").splitlines():
            paper = json.loads(line)
            title, text = paper["title"], " ".join(paper["source"])
            entries[title] = Entry(feed="papers", guid=title, title=title, text=text)
            questions += [(question, title) for question in paper["target"]] if n == 0 else []
    return list(entries.values()), questions


def halves(index: SearchIndex, store: Store, embedder: Embedder) -> dict[str, Found]:
    """The three ways of finding titles."""
    import numpy as np

    found = store.pending_passages("", embedder.name, 1_000_000)
    titles = {passage.id: passage.text.split("\n")[0] for passage, _ in found}
    names = [passage.id for passage, _ in found]
    matrix = np.stack([vector for _, vector in found if vector is not None])

    def by_meaning(question: str) -> list[str]:
        best = np.argsort(-(matrix @ embedder.embed([question])[0]), kind="stable")[:20]
        return [titles[names[n]] for n in best]

    return {
        "fusion": lambda question: [titles[hit.passage.id] for hit in index.search(question, 20)],
        "meaning alone": by_meaning,
        "words alone": lambda question: [titles[key] for key, _ in store.lexical_search(question, 20)],
    }


def measure(find: Found, questions: Sequence[tuple[str, str]]) -> tuple[float, float, float]:
    """MRR@10, recall@10, and the median seconds of a search."""
    gains, seconds = [], []
    for question, wanted in questions:
        start = time.perf_counter()
        works = list(dict.fromkeys(find(question)))[:10]
        seconds.append(time.perf_counter() - start)
        gains.append(1 / (works.index(wanted) + 1) if wanted in works else 0.0)
    count = len(questions)
    return sum(gains) / count, sum(gain > 0 for gain in gains) / count, sorted(seconds)[count // 2]


def main() -> None:
    """Prints the figures."""
    if len(sys.argv) < 2:
        raise SystemExit("name at least one file of SciTLDR-A")
    entries, questions = read(sys.argv[1:])
    embedder = load_embedder()
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "brief.db")
        with SearchIndex(Path(folder) / "index", store, embedder) as index:
            store.add_entries(entries, datetime(2026, 1, 5, tzinfo=UTC), passages_of)
            start = time.perf_counter()
            count = index.fill()
            print(f"{count} passages indexed, {count / (time.perf_counter() - start):.0f}/s")
            print(f"{len(questions)} questions    MRR@10  recall@10  ms")
            for name, find in halves(index, store, embedder).items():
                mrr, recall, seconds = measure(find, questions)
                print(f"{name:15s} {mrr:9.4f} {recall:10.4f} {seconds * 1000:5.1f}")
        store.close()


if __name__ == "__main__":
    main()
