"""How often the chosen sentences are those that a reader marked as the finding.

    python benchmarks/findings.py [LABELS] [ARTICLES ...]

LABELS is a JSON Lines file with `article_id`, `sentences` [{i, start, end}], `best_finding` and `best_why`;
ARTICLES are JSON Lines files, or folders of them, with `id`, `title` and `abstract`. By default the folder
in BRIEF_LABELS with `finding_dev.jsonl`, and the folder in BRIEF_CORPUS. A chosen sentence is right if it
shares more than half of the characters of a marked sentence.
"""

import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.writing.roles import choose_finding
from pipeline.writing.sentences import Span, split_sentences


class Labelled(NamedTuple):
    title: str
    text: str
    finding: list[Span]
    why: Span | None


class Picked(NamedTuple):
    finding: Sequence[Span]
    best: Span
    why: Span | None


def read(labels: Path, articles: Sequence[Path]) -> list[Labelled]:
    """The labelled abstracts whose text is known."""
    texts = {row["id"]: row for path in articles for row in _rows(path)}
    known = []
    for row in _rows(labels):
        if article := texts.get(row["article_id"]):
            spans = [Span(sentence["start"], sentence["end"]) for sentence in row["sentences"]]
            why = None if row["best_why"] is None else spans[row["best_why"]]
            known.append(
                Labelled(article["title"], article["abstract"], [spans[n] for n in row["best_finding"]], why)
            )
    return known


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "article_id" in row or "abstract" in row:
                yield row


def hits(span: Span | None, marked: Sequence[Span]) -> bool:
    """Whether a span shares more than half of the characters of a marked one."""
    return span is not None and any(
        2 * (min(span.end, mark.end) - max(span.start, mark.start)) > mark.end - mark.start for mark in marked
    )


def chosen(title: str, text: str) -> Picked:
    choice = choose_finding(title, text)
    return Picked(choice.finding, choice.best, choice.why)


def first(title: str, text: str) -> Picked:
    spans = split_sentences(text)
    return Picked(spans[:2], spans[0], spans[0])


def last(title: str, text: str) -> Picked:
    spans = split_sentences(text)
    return Picked(spans[-2:], spans[-1], spans[0])


def first_and_last(title: str, text: str) -> Picked:
    spans = split_sentences(text)
    return Picked([spans[0], spans[-1]], spans[-1], spans[0])


def centroid(title: str, text: str) -> Picked:
    """The sentences most similar to all others: degree centrality over word vectors, as in LexRank."""
    spans = split_sentences(text)
    bags = [Counter(word for word in text[s:e].lower().split() if len(word) > 3) for s, e in spans]
    seen = Counter(word for bag in bags for word in bag)
    rarity = {word: math.log((1 + len(bags)) / count) for word, count in seen.items()}
    vectors = [{word: count * rarity[word] for word, count in bag.items()} for bag in bags]
    norms = [math.sqrt(sum(value * value for value in vector.values())) or 1.0 for vector in vectors]

    def degree(n: int) -> float:
        total = 0.0
        for m, other in enumerate(vectors):
            shared = sum(value * other.get(word, 0.0) for word, value in vectors[n].items())
            total += shared / (norms[n] * norms[m]) if m != n else 0.0
        return total

    order = sorted(range(len(spans)), key=degree, reverse=True)
    return Picked([spans[n] for n in order[:2]], spans[order[0]], spans[order[0]])


METHODS: dict[str, Callable[[str, str], Picked]] = {
    "chosen": chosen,
    "first": first,
    "last": last,
    "first and last": first_and_last,
    "central (LexRank-like)": centroid,
}


def measure(rows: Sequence[Labelled], method: Callable[[str, str], Picked]) -> list[float]:
    """Shares: best right, any right, all chosen right, marked sentences covered, why right; milliseconds each."""
    started = time.perf_counter()
    picks = [method(row.title, row.text) for row in rows]
    seconds = time.perf_counter() - started
    pairs = list(zip(rows, picks, strict=True))
    covered = [
        [any(hits(span, [mark]) for span in pick.finding) for mark in row.finding] for row, pick in pairs
    ]
    with_why = [(row, pick) for row, pick in pairs if row.why]
    return [
        sum(hits(pick.best, row.finding) for row, pick in pairs) / len(pairs),
        sum(any(hits(span, row.finding) for span in pick.finding) for row, pick in pairs) / len(pairs),
        sum(all(hits(span, row.finding) for span in pick.finding) for row, pick in pairs) / len(pairs),
        sum(map(sum, covered)) / sum(map(len, covered)),
        sum(hits(pick.why, [row.why]) for row, pick in with_why if row.why) / max(len(with_why), 1),
        1000 * seconds / len(pairs),
    ]


def main(arguments: Sequence[str]) -> int:
    labels = Path(
        arguments[0] if arguments else os.path.join(os.environ.get("BRIEF_LABELS", ""), "finding_dev.jsonl")
    )
    articles = [Path(name) for name in arguments[1:] or [os.environ.get("BRIEF_CORPUS", "")] if name]
    if not labels.is_file() or not articles or not all(path.exists() for path in articles):
        print(
            "skipped: no labelled abstracts (give LABELS and ARTICLES, or set BRIEF_LABELS and BRIEF_CORPUS)"
        )
        return 0
    rows = read(labels, articles)
    if not rows:
        print("skipped: none of the labelled abstracts is among the articles")
        return 0
    print(f"{len(rows)} labelled abstracts")
    print(f"{'method':24}{'best':>8}{'any':>8}{'both':>8}{'covered':>9}{'why':>8}{'ms':>8}")
    for name, method in METHODS.items():
        best, some, both, covered, why, milliseconds = measure(rows, method)
        print(f"{name:24}{best:8.2f}{some:8.2f}{both:8.2f}{covered:9.2f}{why:8.2f}{milliseconds:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
