"""How well the claim checker tells supported sentences from the others, beside four baselines.

    python -m benchmarks.claims FILE ... [--corpus FOLDER] [--briefs FOLDER] [--more FILE ...] [--no-embedding]

A FILE is JSON Lines with `claim`, `label` and `class`, and either `sources` [{id, title, text}] or `article_id`; or
the judged sentences of briefs with `file`, `start`, `end`, `cited_ids` and `label`. `benchmarks/data/claims.jsonl` is
one. Abstracts come from the corpus, briefs from their folder (default: `corpus` and `seeds` beside the file's folder).
Everything but `supported` has to be caught.

Printed for the shipped weights, and, where a file is large enough, for weights fitted without the claims of the same
work (ten folds, its own claims counting twice, with those of --more added to each): this is the figure to trust on a
file that the shipped weights were trained on. Then the share caught by class, the trade between misses and false
alarms, how many of the sources' own sentences are refused, as they stand and as a brief words them, and the time.
"""

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.labelled import rows as records
from benchmarks.labelled import works
from pipeline.claims import BALANCED, STRICT, Source, faults, verify
from pipeline.claims.evidence import gather
from pipeline.claims.faults import works_of
from pipeline.claims.features import features_of
from pipeline.claims.verify import capped_at
from pipeline.embedding import load_embedder
from pipeline.terms import stems
from pipeline.writing.phrasing import attribute, readable
from pipeline.writing.sentences import split_sentences
from pipeline.writing.telling import told

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Embed = Callable[[Sequence[str]], Any]
ENOUGH = 200
"""Claims from which weights of its own are fitted for a file."""


class Judged(NamedTuple):
    """A claim with its sources, whether they support it, and what was done to it."""

    claim: str
    sources: tuple[Source, ...]
    supported: bool
    kind: str
    group: str


def read_judged(path: Path, corpus: Path | None = None, briefs: Path | None = None) -> list[Judged]:
    """The claims of a file whose sources are known."""
    corpus = corpus or path.resolve().parent.parent / "corpus"
    briefs = briefs or path.resolve().parent.parent / "seeds"
    given = list(records(path))
    wanted = {work for row in given for work in _cited(row)}
    texts = works(corpus, {work.removeprefix("arxiv:") for work in wanted}) if wanted else {}
    judged = []
    for row in given:
        sources = _sources(row, texts)
        if sources and row["label"] != "no_source":
            supported = row["label"] == "supported"
            kind = "supported" if supported else row.get("class") or row["label"]
            judged.append(Judged(_claim(row, briefs), sources, supported, kind, sources[0].id))
    return judged


def _cited(row: dict[str, Any]) -> list[str]:
    return [row["article_id"]] if "article_id" in row else list(row.get("cited_ids", ()))


def _sources(row: dict[str, Any], texts: dict[str, Any]) -> tuple[Source, ...]:
    if "sources" in row:
        return tuple(Source(str(s["id"]), s["title"], s["text"]) for s in row["sources"])
    known = [(work, texts.get(work.removeprefix("arxiv:"))) for work in _cited(row)]
    return tuple(Source(work, article.title, article.abstract) for work, article in known if article)


def _claim(row: dict[str, Any], briefs: Path) -> str:
    if "claim" in row:
        return str(row["claim"])
    text = (briefs / str(row["file"])).read_text(encoding="utf-8")
    return str(text[row["start"] : row["end"]])


def table(judged: Sequence[Judged]) -> tuple[list[str], Floats]:
    """The names of the features, and the features of each claim, one row a claim."""
    rows = [
        features_of(gather(row.claim, [(s.title, s.text) for s in row.sources], works_of(row.sources)))
        for row in judged
    ]
    return list(rows[0]), np.array([list(row.values()) for row in rows])


def auroc(labels: Flags, scores: Floats) -> float:
    """How often a supported claim scores above another, ties half."""
    above, below = scores[labels][:, None], scores[~labels][None]
    return (
        float((above > below).mean() + 0.5 * (above == below).mean())
        if above.size and below.size
        else math.nan
    )


def balanced(labels: Flags, scores: Floats, threshold: float) -> float:
    """Balanced accuracy where scores from the threshold up count as supported."""
    passed = scores >= threshold
    return float((passed[labels].mean() + (~passed[~labels]).mean()) / 2)


def best_balanced(labels: Flags, scores: Floats) -> float:
    """Balanced accuracy at the best threshold for these very claims, a little optimistic."""
    return max(balanced(labels, scores, threshold) for threshold in np.unique(scores))


# Baselines


def overlap(judged: Sequence[Judged]) -> Floats:
    """The share of a claim's stems that occur in its sources."""
    shares = []
    for row in judged:
        mine = set(stems(row.claim))
        theirs = {stem for source in row.sources for stem in stems(f"{source.title} {source.text}")}
        shares.append(len(mine & theirs) / max(len(mine), 1))
    return np.array(shares)


def tfidf(judged: Sequence[Judged]) -> Floats:
    """Cosine of sublinear TF-IDF vectors, inverse document frequency from the sources of the file."""
    texts = {s.id: stems(f"{s.title} {s.text}") for row in judged for s in row.sources}
    seen = Counter(stem for text in texts.values() for stem in set(text))

    def vector(words: Sequence[str]) -> dict[str, float]:
        raw = {
            word: (1 + math.log(n)) * (1 + math.log((1 + len(texts)) / (1 + seen[word])))
            for word, n in Counter(words).items()
        }
        norm = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {word: value / norm for word, value in raw.items()}

    vectors = {name: vector(text) for name, text in texts.items()}
    scores = []
    for row in judged:
        mine = vector(stems(row.claim))
        scores.append(
            max(sum(v * vectors[s.id].get(word, 0.0) for word, v in mine.items()) for s in row.sources)
        )
    return np.array(scores)


def likeness(judged: Sequence[Judged], embed: Embed) -> Floats:
    """Cosine of the embeddings of claim and title with text."""
    claims = embed([row.claim for row in judged])
    sources = [embed([f"{s.title}. {s.text}" for s in row.sources]) for row in judged]
    return np.array([float((rows @ claim).max()) for claim, rows in zip(claims, sources, strict=True)])


def text_alone(judged: Sequence[Judged]) -> Floats:
    """Words and pairs of words of the claim without its source, fitted without the claims of the same work."""
    from benchmarks.train_claims import cross_validated

    bags = [_bag(row.claim) for row in judged]
    seen = Counter(word for bag in bags for word in bag)
    columns = {word: n for n, word in enumerate(sorted(word for word in seen if seen[word] >= 3))}
    table = np.zeros((len(bags), len(columns)))
    for n, bag in enumerate(bags):
        for word in bag & columns.keys():
            table[n, columns[word]] = math.log(1 + len(bags) / seen[word])
    table /= np.linalg.norm(table, axis=1, keepdims=True) + 1e-9
    left, size, _ = np.linalg.svd(table - table.mean(axis=0), full_matrices=False)
    rows = (left * size)[:, :200]
    kinds = np.array([int(not row.supported) for row in judged])
    return np.asarray(cross_validated(rows, kinds, [row.group for row in judged], ridge=400.0)[:, 0])


def _bag(claim: str) -> set[str]:
    words = claim.lower().split()
    return {*words, *map(" ".join, pairwise(words))}


# The report


def report(path: Path, judged: Sequence[Judged], more: Sequence[Judged], embed: Embed | None) -> None:
    """Prints all figures of one file."""
    labels = np.array([row.supported for row in judged])
    print(f"\n{path.name}: {len(judged)} claims, {labels.sum()} supported")
    print(f"{'':44}{'AUROC':>7}{'balanced accuracy':>19}{'at best threshold':>19}")
    for name, scores in _baselines(judged, embed):
        print(f"{name:44}{auroc(labels, scores):7.3f}{'':>19}{best_balanced(labels, scores):19.3f}")
    ours = list(_ours(judged, more))
    for name, scores in ours:
        best, fair = best_balanced(labels, scores), balanced(labels, scores, BALANCED)
        print(f"{name:44}{auroc(labels, scores):7.3f}{fair:19.3f}{best:19.3f}")
    for name, scores in ours:
        _classes(name, judged, scores)
    _curve(ours[-1][0], labels, ours[-1][1])


def _baselines(judged: Sequence[Judged], embed: Embed | None) -> list[tuple[str, Floats]]:
    found = [("word overlap", overlap(judged)), ("TF-IDF cosine", tfidf(judged))]
    if embed:
        found.append(("embedding cosine", likeness(judged, embed)))
    if len(judged) >= ENOUGH:
        found.append(("claim text alone, cross-validated", text_alone(judged)))
    return found


def _ours(judged: Sequence[Judged], more: Sequence[Judged]) -> list[tuple[str, Floats]]:
    shipped = np.array([verify(row.claim, row.sources).score for row in judged])
    found = [("checker, shipped weights", shipped)]
    if len(judged) >= ENOUGH:
        found.append(("checker, cross-validated", _refitted(judged, more)))
    return found


def _refitted(judged: Sequence[Judged], more: Sequence[Judged]) -> Floats:
    from benchmarks.train_claims import cross_validated, kinds_of

    every = [*judged, *judged, *more]
    chances = cross_validated(table(every)[1], kinds_of(every), [row.group for row in every])
    scores = chances[: len(judged), 0]
    caps = [capped_at(row.claim, row.sources) for row in judged]
    return np.asarray(np.minimum(scores, np.array(caps)), dtype=np.float64)


def _classes(name: str, judged: Sequence[Judged], scores: Floats) -> None:
    kinds = np.array([row.kind for row in judged])
    print(f"\n{name}: share caught (for supported: falsely caught)")
    print(f"  {'':18}{'n':>5}{f'below {BALANCED}':>12}{f'below {STRICT}':>12}")
    for kind in ["supported", *sorted(set(kinds) - {"supported"})]:
        mine = scores[kinds == kind]
        if mine.size:
            print(f"  {kind:18}{mine.size:5}{(mine < BALANCED).mean():12.2f}{(mine < STRICT).mean():12.2f}")


def _curve(name: str, labels: Flags, scores: Floats) -> None:
    print(f"\n{name}: the trade\n  threshold  caught  false alarms  balanced accuracy")
    for threshold in np.arange(0.2, 0.91, 0.05):
        caught, false = (scores[~labels] < threshold).mean(), (scores[labels] < threshold).mean()
        print(f"  {threshold:9.2f}{caught:8.2f}{false:14.2f}{balanced(labels, scores, threshold):19.3f}")


def own_sentences(judged: Sequence[Judged]) -> None:
    """Prints how many of the sources' own sentences would be refused, verbatim and in a brief's words."""
    ways: list[tuple[str, Callable[[str], str]]] = [
        ("as it stands", readable),
        ("in the third person", lambda sentence: attribute(readable(sentence))),
        ("as a brief tells it", told),
    ]
    sources = list(dict.fromkeys(source for row in judged for source in row.sources))
    print("\nthe sources' own sentences: refused, and with a clear fault")
    for name, way in ways:
        sentences = [
            (way(source.text[start:end]), source)
            for source in sources
            for start, end in split_sentences(source.text)
        ]
        refused = sum(verify(text, [source]).verdict != "supported" for text, source in sentences)
        faulty = sum(bool(faults(text, [source])) for text, source in sentences)
        print(f"  {name:22}{refused:5} and {faulty} of {len(sentences)}")


def speed(judged: Sequence[Judged]) -> None:
    """Prints the time of a first look at claims."""
    jobs: list[tuple[str, Callable[[Judged], object]]] = [
        ("verify", lambda row: verify(row.claim, row.sources)),
        ("faults", lambda row: faults(row.claim, row.sources)),
        ("word overlap", lambda row: overlap([row])),
    ]
    for name, job in jobs:
        for cache in _caches():
            cache.cache_clear()
        started = time.process_time()
        for row in judged[:200]:
            job(row)
        spent = 1000 * (time.process_time() - started) / min(len(judged), 200)
        print(f"{name}: {spent:.2f} ms of processor time a claim")


def _caches() -> list[Any]:
    from pipeline.claims import (
        alignment,
        contexts,
        direction,
        evidence,
        faults,
        figures,
        novelty,
        reading,
        roles,
    )

    modules = (alignment, contexts, direction, evidence, faults, figures, novelty, reading, roles)
    kind = type(lru_cache(lambda: None))
    return [value for module in modules for value in vars(module).values() if isinstance(value, kind)]


def main(arguments: Sequence[str]) -> int:
    """Reports every file given."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--briefs", type=Path)
    parser.add_argument("--more", nargs="*", type=Path, default=[])
    parser.add_argument("--no-embedding", action="store_true")
    options = parser.parse_args(arguments)
    if not options.files:
        print("skipped: no labelled claims (give one or more files)")
        return 0
    embed = None if options.no_embedding else load_embedder().embed
    for path in options.files:
        corpus = options.corpus or path.resolve().parent.parent / "corpus"
        judged = read_judged(path, corpus, options.briefs)
        if not judged:
            print(f"skipped: {path.name} has no claim whose source is known")
            continue
        more = [row for other in options.more if other != path for row in read_judged(other, corpus)]
        report(path, judged, more, embed)
        own_sentences(judged)
        speed(judged)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
