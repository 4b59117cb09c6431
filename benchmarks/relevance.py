"""How well works are ranked for a topic in words, against keywords, BM25 and a plain embedding.

    python -m benchmarks.relevance [LABELS CORPUS [VECTORS.npz]]

LABELS is a folder with `relevance_dev.jsonl` (profile, article_id, relevance 0-3) and `profiles.json`; CORPUS one
with `arxiv/` and `posts/` as JSON Lines. By default the folders in BRIEF_LABELS and BRIEF_CORPUS. nDCG@10 takes the
grades 0-3 as gains, and once more only whether a work is on topic (2 or 3); average precision and balanced accuracy
at the border take 2 and 3 as on topic.
"""

import json
import math
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.labelled import Rows, cache_of, embedded, folders, rows, works
from pipeline.embedding import Embedder, load_embedder
from pipeline.models import Article
from pipeline.ranking import parse_topic, relevance, significance, worth

KEYWORDS = (
    "verifiable ai, trustworthy ai, ai governance, ai safety, interpretability, alignment, responsible ai, ai policy, "
    "secure reasoning, formal verification"
).split(", ")
_WORD = re.compile(r"[a-z0-9]+")


class Pool(NamedTuple):
    """The labelled works of one profile."""

    topic: str
    articles: Sequence[Article]
    vectors: Rows
    grades: Sequence[int]
    embedder: Embedder


def keywords(pool: Pool) -> Rows:
    """How many of ten fixed keywords stand in the text as substrings."""
    return np.array(
        [float(sum(k in f"{a.title} {a.abstract}".lower() for k in KEYWORDS)) for a in pool.articles]
    )


def bm25(pool: Pool) -> Rows:
    """BM25 (k1 1.5, b 0.75) of the topic's words."""
    texts = [_WORD.findall(f"{a.title} {a.abstract}".lower()) for a in pool.articles]
    spread = Counter(word for text in texts for word in set(text))
    mean = sum(map(len, texts)) / len(texts)
    query = set(_WORD.findall(pool.topic.lower()))

    def one(text: list[str]) -> float:
        count, long = Counter(text), 1.5 * (0.25 + 0.75 * len(text) / mean)
        rare = {w: math.log(1 + (len(texts) - spread[w] + 0.5) / (spread[w] + 0.5)) for w in query}
        return sum(rare[w] * count[w] * 2.5 / (count[w] + long) for w in query)

    return np.array([one(text) for text in texts])


def plain(pool: Pool) -> Rows:
    """The cosine with the topic's text."""
    cosine: Rows = pool.vectors @ pool.embedder.embed([pool.topic])[0].astype(np.float64)
    return cosine


def ours(pool: Pool) -> Rows:
    """The project's relevance."""
    texts = [(a.title, a.abstract) for a in pool.articles]
    return relevance(parse_topic(pool.topic), texts, pool.vectors, pool.embedder.embed)


def order(pool: Pool) -> Rows:
    """The project's order of works: relevance, and on topic also significance."""
    found = ours(pool)
    claimed = [significance(a.title, a.abstract, a.comment, a.kind)[0] for a in pool.articles]
    return np.array([worth(float(r), s) for r, s in zip(found, claimed, strict=True)])


METHODS: dict[str, Callable[[Pool], Rows]] = {
    "substring keywords": keywords,
    "BM25 of the topic": bm25,
    "embedding of the topic": plain,
    "relevance (this)": ours,
    "order of works (this)": order,
}


def ndcg(grades: Sequence[float], scores: Rows) -> float:
    """nDCG@10 with the grades as gains; works of one score share the mean of their places' gains."""
    discount = 1 / np.log2(np.arange(2, 12))
    found = np.array(grades, dtype=float)
    for score in np.unique(scores):
        found[scores == score] = found[scores == score].mean()
    gains = found[np.argsort(-scores, kind="stable")][:10]
    best = np.sort(np.array(grades, dtype=float))[::-1][:10]
    return float((gains * discount[: len(gains)]).sum() / (best * discount[: len(best)]).sum())


def average_precision(wanted: Sequence[bool], scores: Rows) -> float:
    """The mean precision at the places of the wanted works."""
    hits = np.array(wanted)[np.argsort(-scores, kind="stable")]
    return float((np.cumsum(hits) / np.arange(1, len(hits) + 1))[hits].mean())


def balanced(wanted: Sequence[bool], scores: Rows) -> float:
    """The mean of the shares of wanted works at or above 0.5 and of the others below."""
    on, said = np.array(wanted), scores >= 0.5
    return float((said[on].mean() + (~said[~on]).mean()) / 2)


def main(arguments: Sequence[str]) -> int:
    found = folders(arguments)
    if not found:
        return 0
    labels, corpus = found
    marked = list(rows(labels / "relevance_dev.jsonl"))
    known = works(corpus, (row["article_id"] for row in marked))
    embedder = load_embedder()
    profiles = json.loads((labels / "profiles.json").read_text(encoding="utf-8"))
    for name in sorted({row["profile"] for row in marked} & profiles.keys()):
        here = [row for row in marked if row["profile"] == name and row["article_id"] in known]
        articles = [known[row["article_id"]] for row in here]
        vectors = embedded(embedder, articles, cache_of(arguments))
        report(
            name,
            Pool(profiles[name]["text"], articles, vectors, [row["relevance"] for row in here], embedder),
        )
    return 0


def report(name: str, pool: Pool) -> None:
    """Print one line a method."""
    wanted = [grade >= 2 for grade in pool.grades]
    print(f"\nprofile {name}: {len(wanted)} works, {sum(wanted)} on topic")
    print(f"{'method':26}{'nDCG@10':>9}{'on/off':>9}{'AP':>8}{'balanced':>10}{'s':>8}{'AP ratio':>10}")
    first = 0.0
    for method, scored in METHODS.items():
        start = time.perf_counter()
        scores = scored(pool)
        seconds = time.perf_counter() - start
        precision = average_precision(wanted, scores)
        first = first or precision
        graded, plainly = ndcg(pool.grades, scores), ndcg([float(w) for w in wanted], scores)
        line = f"{method:26}{graded:9.3f}{plainly:9.3f}{precision:8.3f}{balanced(wanted, scores):10.3f}"
        print(f"{line}{seconds:8.2f}{precision / first:10.2f}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
