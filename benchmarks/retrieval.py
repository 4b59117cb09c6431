"""How well works are found, by words alone, by meaning alone, by both fused, and as answers look for them.

    python -m benchmarks.retrieval FILE ... --home DIR   questions with `gold_ids`, over a home that holds their window
    python -m benchmarks.retrieval FILE ...              SciTLDR-A (JSON lines with title, source, target)

Of SciTLDR every file's papers are indexed and the summaries (`target`) of the first file are the questions, each asked
of the paper that it summarises. Prints for each way nDCG@10, recall@10 and MRR@10 (a work counts or it does not), the
median and the 95th percentile of a search, and the median as a multiple of the time to embed one question.
"""

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.answering.asking import asked
from pipeline.answering.library import Library
from pipeline.answering.question import understood
from pipeline.embedding import Embedder, load_embedder
from pipeline.evaluation import article_id, read_rows
from pipeline.index import SearchIndex, passages_of
from pipeline.models import Entry
from pipeline.store import Store

DEPTH = 10
PASSAGES = 50
"""Passages that a way looks at for its ten works."""
Way = Callable[[str], Sequence[str]]


class Sought(NamedTuple):
    """A question and the ids of the works that are right for it."""

    question: str
    right: frozenset[str]


class Figures(NamedTuple):
    """Means over all questions, and seconds of a search."""

    ndcg: float
    recall: float
    mrr: float
    median: float
    p95: float


def labelled(files: Sequence[str]) -> list[Sought]:
    """The answerable questions of labelled files; an earlier question of the thread stands before its follow-up."""
    found = []
    for row in (row for name in files for row in read_rows(name)):
        if row.answerable and not row.thread_references:
            text = " ".join([*(turn.question for turn in row.history), row.question])
            found.append(Sought(asked(text), frozenset(map(article_id, row.gold_ids))))
    return found


def papers(files: Sequence[str]) -> tuple[list[Entry], list[tuple[str, str]]]:
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


class Ways:
    """The ways of finding works in one index; each gives ids of works, best first."""

    def __init__(self, index: SearchIndex, store: Store) -> None:
        import numpy as np

        self._index, self._store, self._embedder = index, store, index.embedder
        found = store.passages.pending("", self._embedder.name, 1_000_000)
        known = [(passage, vector) for passage, vector in found if vector is not None]
        self._work_of = {passage.id: passage.article_id for passage, _ in known}
        self._names = [passage.id for passage, _ in known]
        self._matrix = np.stack([vector for _, vector in known])

    def all(self) -> Mapping[str, Way]:
        """Each way by its name."""
        return {
            "BM25 alone": self.by_words,
            "dense alone": self.by_meaning,
            "fused": self.by_both,
            "ours": self.as_answers,
        }

    def by_words(self, question: str) -> list[str]:
        """The full text's order."""
        return [self._work_of[key] for key, _ in self._store.passages.search(question, PASSAGES)]

    def by_meaning(self, question: str) -> list[str]:
        """The order by exact cosines."""
        import numpy as np

        cosines = self._matrix @ self._embedder.embed([question])[0]
        best = np.argsort(-cosines, kind="stable")[:PASSAGES]
        return [self._work_of[self._names[n]] for n in best]

    def by_both(self, question: str) -> list[str]:
        """The index's order."""
        return [hit.passage.article_id for hit in self._index.search(question, PASSAGES)]

    def as_answers(self, question: str) -> list[str]:
        """The order in which an answer reads works: fused, then by what the question's words tell."""
        library = Library(self._index, self._store, None, None, None)
        return [found.article.id for found in library.search(understood(question))]


def measure(find: Way, sought: Sequence[Sought]) -> Figures:
    """The figures of one way over all questions."""
    gains: list[tuple[float, float, float]] = []
    seconds = []
    for question, right in sought:
        start = time.perf_counter()
        works = list(dict.fromkeys(find(question)))[:DEPTH]
        seconds.append(time.perf_counter() - start)
        gains.append(gain(works, right))
    ndcg, recall, mrr = (sum(column) / len(gains) for column in zip(*gains, strict=True))
    seconds.sort()
    return Figures(ndcg, recall, mrr, seconds[len(seconds) // 2], seconds[int(0.95 * (len(seconds) - 1))])


def gain(works: Sequence[str], right: frozenset[str]) -> tuple[float, float, float]:
    """nDCG, recall and reciprocal rank of the works found, all of one worth (Järvelin and Kekäläinen, TOIS 2002)."""
    ranks = [n for n, work in enumerate(works) if work in right]
    ideal = sum(1 / math.log2(n + 2) for n in range(min(DEPTH, len(right))))
    reached = sum(1 / math.log2(n + 2) for n in ranks)
    return reached / ideal, len(ranks) / min(DEPTH, len(right)), 1 / (ranks[0] + 1) if ranks else 0.0


def embedding_seconds(embedder: Embedder, sought: Sequence[Sought]) -> float:
    """The median time to embed one question."""
    seconds = []
    for question, _ in sought:
        start = time.perf_counter()
        embedder.embed([question])
        seconds.append(time.perf_counter() - start)
    return sorted(seconds)[len(seconds) // 2]


def table(index: SearchIndex, store: Store, sought: Sequence[Sought]) -> list[str]:
    """A line for each way."""
    ways = Ways(index, store).all()
    for find in ways.values():
        find(sought[0].question)
    unit = embedding_seconds(index.embedder, sought)
    lines = [
        f"{len(sought)} questions, {index.count()} passages; one question is embedded in {unit * 1000:.1f} ms",
        f"{'':12}  nDCG@10  recall@10  MRR@10  median ms  p95 ms  median / embedding",
    ]
    for name, find in ways.items():
        f = measure(find, sought)
        lines.append(
            f"{name:12}  {f.ndcg:7.4f}  {f.recall:9.4f}  {f.mrr:6.4f}  {f.median * 1000:9.1f}"
            f"  {f.p95 * 1000:6.1f}  {f.median / unit:18.1f}"
        )
    return lines


@contextmanager
def opened(home: Path) -> Iterator[tuple[SearchIndex, Store]]:
    """Store and index of a home, closed at the end."""
    store = Store.open(home / "brief.db")
    try:
        with SearchIndex(home / "index", store, load_embedder()) as index:
            yield index, store
    finally:
        store.close()


def over_papers(files: Sequence[str]) -> list[str]:
    """The table over SciTLDR's papers, indexed for this run."""
    entries, questions = papers(files)
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as (index, store):
        store.add_entries(entries, datetime(2026, 1, 5, tzinfo=UTC), passages_of)
        index.fill()
        stored = store.passages.pending("", index.embedder.name, 1_000_000)
        ids = {passage.text.split("\n")[0]: passage.article_id for passage, _ in stored}
        return table(index, store, [Sought(q, frozenset({ids[t]})) for q, t in questions if t in ids])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.retrieval", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("files", nargs="+")
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    if given.home is None:
        print("\n".join(over_papers(given.files)))
        return
    with opened(given.home) as (index, store):
        print("\n".join(table(index, store, labelled(given.files))))


if __name__ == "__main__":
    main()
