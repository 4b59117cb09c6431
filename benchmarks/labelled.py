"""Labels of a reader and the works they are about, for the benchmarks of selection and trends."""

import html
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.embedding import Embedder
from pipeline.models import Article

Rows = NDArray[np.float64]


def folders(arguments: Sequence[str]) -> tuple[Path, Path] | None:
    """LABELS and CORPUS from the command line, else from BRIEF_LABELS and BRIEF_CORPUS; None if one is missing."""
    named = [*arguments, *[os.environ.get(n, "") for n in ("BRIEF_LABELS", "BRIEF_CORPUS")][len(arguments) :]]
    if len(named) < 2 or not all(name and Path(name).is_dir() for name in named[:2]):
        print("skipped: no labels (give the folders LABELS and CORPUS, or set BRIEF_LABELS and BRIEF_CORPUS)")
        return None
    return Path(named[0]), Path(named[1])


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSON Lines file, or of all such files of a folder."""
    for file in sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def works(corpus: Path, wanted: Iterable[str]) -> dict[str, Article]:
    """The articles of these ids (arXiv id or a post's address), as far as the corpus has their text."""
    ids, found = set(wanted), {}
    for row in (
        row for part in ("arxiv", "posts", "arxiv_extra_papers.jsonl") for row in _part(corpus / part)
    ):
        name = row["url"] if "url" in row else row.get("id")
        if name in ids and name not in found and "title" in row:
            found[name] = _article(name, row)
    return found


def _part(path: Path) -> Iterator[dict[str, Any]]:
    return rows(path) if path.exists() else iter(())


def _article(name: str, row: dict[str, Any]) -> Article:
    post = "abstract" not in row
    day = (row.get("published") or row.get("first_seen") or row.get("announced") or "2000-01-01")[:10]
    text = row.get("content_html") or row.get("content_markdown") or row.get("summary") or ""
    return Article(
        id=name,
        kind="post" if post else "paper",
        title=row["title"],
        abstract=" ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split()) if post else row["abstract"],
        source=row.get("source") or f"arXiv {row['categories'][0]}",
        categories=tuple(row.get("categories") or ()),
        comment=row.get("comment"),
        first_seen=datetime.fromisoformat(day).replace(tzinfo=UTC),
    )


def embedded(embedder: Embedder, articles: Sequence[Article], cache: Path | None) -> Rows:
    """The articles' vectors; read from the cache and written to it if one is given."""
    known: dict[str, Rows] = {}
    if cache and cache.exists():
        with np.load(cache) as stored:
            known = dict(zip(stored["ids"].tolist(), stored["rows"], strict=True))
    missing = [a for a in articles if a.id not in known]
    if missing:
        print(f"embedding {len(missing)} works …", file=sys.stderr)
        known |= zip(
            (a.id for a in missing),
            embedder.embed([f"{a.title}. {a.abstract}" for a in missing]),
            strict=True,
        )
        if cache:
            np.savez(cache, ids=np.array(list(known)), rows=np.stack(list(known.values())))
    return np.stack([known[a.id] for a in articles]).astype(np.float64)


def cache_of(arguments: Sequence[str]) -> Path | None:
    """The third argument: a file that keeps the vectors between runs."""
    return Path(arguments[2]) if len(arguments) > 2 else None
