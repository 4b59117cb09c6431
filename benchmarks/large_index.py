"""How long finding and answering take over 10,000 or 100,000 passages, and how much memory.

    python -m benchmarks.large_index                       10,000 passages
    python -m benchmarks.large_index --passages 100000     about ten minutes the first time; keep it with --home DIR

The works are invented. Their words follow Zipf's law over 30,000 made-up words beside the sample works' own, so that
the full text has common and rare words in the proportions of real text. One text in fifty is embedded; the vectors of
the others are such a vector turned by noise to a cosine of about 0.7, the likeness of works on one subject.

Beside each figure stand, in the same run, a query of the same Chroma collection alone, and of the full text alone.
Processor time, of all threads together, tells on a busy machine what the clock on the wall does not.
"""

import argparse
import random
import resource
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from time import perf_counter, process_time

from bot.sample.works import load_works
from pipeline.answering import answer
from pipeline.answering.library import Library
from pipeline.answering.question import understood
from pipeline.embedding import load_embedder
from pipeline.index import SearchIndex, passages_of
from pipeline.models import Entry, Question
from pipeline.store import Store

NOW = datetime(2026, 5, 18, 14, tzinfo=UTC)
MADE_UP = 30_000
EMBEDDED_OF = 50
LIKENESS = 0.7
BATCH = 2_000
QUESTIONS = 100
FORMS = (
    "What was found about {}?",
    "how much does {} help?",
    "Which papers look at {}?",
    "Is there work on {}?",
    "on which data was {} tested",
)


def main() -> None:
    """Builds the home unless it is there, then measures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--home", type=Path, help="where it is built, or was built by an earlier run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = given.home or Path(scratch)
        if not (home / "brief.db").exists():
            build(home, given.passages)
        store = Store.open(home / "brief.db")
        try:
            embedder, began = load_embedder(), perf_counter()
            with SearchIndex(home / "index", store, embedder) as index:
                print(f"opened in {perf_counter() - began:.1f} s")
                print("\n".join(measured(index, store)))
        finally:
            store.close()


# Building


def build(home: Path, count: int) -> None:
    """A store of so many passages, one a work, and its index."""
    import numpy as np

    home.mkdir(parents=True, exist_ok=True)
    store, embedder, noise = Store.open(home / "brief.db"), load_embedder(), np.random.default_rng(1)
    writer = Writer(1)
    centres = embedder.embed([writer.text() for _ in range(max(1, count // EMBEDDED_OF))])
    for start in range(0, count, BATCH):
        store.add_entries(
            [writer.entry(n) for n in range(start, min(start + BATCH, count))], NOW, passages_of
        )
    pending = [passage for passage, _ in store.passages.pending("", embedder.name, 10 * count)]
    for start in range(0, len(pending), BATCH):
        some = pending[start : start + BATCH]
        turned = LIKENESS * centres[noise.integers(len(centres), size=len(some))]
        random_directions = noise.normal(size=turned.shape)
        random_directions /= np.linalg.norm(random_directions, axis=1, keepdims=True)
        rows = (turned + (1 - LIKENESS**2) ** 0.5 * random_directions).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        store.passages.save_vectors(embedder.name, list(zip(some, rows, strict=True)))
    with SearchIndex(home / "index", store, embedder) as index:
        index.fill()
    store.close()


class Writer:
    """Invented titles and abstracts by a seeded generator."""

    def __init__(self, seed: int) -> None:
        self._chosen = random.Random(seed)
        syllables = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]
        made_up = ["".join(self._chosen.choices(syllables, k=3)) for _ in range(MADE_UP)]
        real = [word for work in load_works() for word in work.abstract.split()]
        # Real text gives the common words, made-up ones the long tail (Zipf: the n-th word has a weight of 1 / n).
        self._words = [*dict.fromkeys(real), *dict.fromkeys(made_up)]
        self._weights = list(accumulate(1 / (n + 10) for n in range(len(self._words))))

    def words(self, count: int) -> list[str]:
        """So many words, common ones often."""
        return self._chosen.choices(self._words, cum_weights=self._weights, k=count)

    def text(self) -> str:
        """Seven sentences, as long as a real abstract."""
        return " ".join(f"{' '.join(self.words(22)).capitalize()}." for _ in range(7))

    def entry(self, number: int) -> Entry:
        """A work as an arXiv feed brings it."""
        key = f"{2001 + number // 20_000:04d}.{number % 20_000:05d}"
        return Entry(
            feed="Feed",
            guid=f"oai:arXiv.org:{key}v1",
            title=" ".join(self.words(8)),
            text=self.text(),
            url=f"https://arxiv.org/abs/{key}",
            arxiv_id=key,
            version=1,
            announced=date(2026, 5, 18) - timedelta(days=number % 365),
            announce_type="new",
        )


# Measuring


def measured(index: SearchIndex, store: Store) -> list[str]:
    """A line for each figure."""
    questions = list(asked())
    embedder = index.embedder
    vectors = dict(zip(questions, embedder.embed(questions), strict=True))
    before = peak_mb()
    answer(Question(text="a first question warms up"), index, store, now=NOW)
    ways: dict[str, Callable[[str], object]] = {
        "embedding the question": lambda q: embedder.embed([q]),
        "Chroma alone": lambda q: index.nearest(vectors[q], 50),
        "full text alone": lambda q: store.passages.search(q, 50),
        "retrieval (both, fused)": lambda q: index.search(q, 30),
        "works in order": lambda q: Library(index, store, None, None, None).search(understood(q)),
        "whole answer": lambda q: answer(Question(text=q), index, store, now=NOW),
    }
    lines = [
        f"{index.count():,} passages, {len(questions)} questions; milliseconds",
        f"{'':26}{'p50':>8}{'p95':>8}{'processor p50':>18}{'p95':>8}",
    ]
    for name, way in ways.items():
        wall, busy = zip(*(seconds(way, question) for question in questions), strict=True)
        lines.append(f"{name:26}{p(wall, 50):8.1f}{p(wall, 95):8.1f}{p(busy, 50):18.1f}{p(busy, 95):8.1f}")
    lines.append(f"peak memory {peak_mb():.0f} MB; {before:.0f} MB with the index open and nothing asked")
    return lines


def asked() -> Sequence[str]:
    """Questions of two common and two rare words."""
    writer, chosen = Writer(2), random.Random(3)
    return [chosen.choice(FORMS).format(" ".join(writer.words(4))) for _ in range(QUESTIONS)]


def seconds(way: Callable[[str], object], question: str) -> tuple[float, float]:
    """How long one call takes, and how much of processors' time."""
    started, before = perf_counter(), process_time()
    way(question)
    return perf_counter() - started, process_time() - before


def p(values: Sequence[float], percent: int) -> float:
    """A percentile in milliseconds."""
    return 1000 * statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def peak_mb() -> float:
    """The largest resident size of this process so far (Linux counts in kB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1_048_576 if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    main()
