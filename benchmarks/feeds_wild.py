"""Feeds as they are found in the wild, through the parser: exceptions, links, markup, time and memory.

    .venv/bin/python -m benchmarks.feeds_wild FOLDER [FOLDER ...]

Every file below the folders is parsed (an index.tsv is not a feed), each in its turn in one child process, so that its
memory can be told. What is no feed has to be refused by the parser's own error; anything else is counted as a failure.
"""

import argparse
import html
import json
import re
import resource
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MARKUP = re.compile(
    r"</?(?:p|div|span|a|b|i|em|strong|br|img|script|iframe|table|ul|ol|li|h[1-6])\b[^<>]*>", re.I
)
SLOW = 25.0
MEMORY = 300


def main() -> None:
    """Parses all files in a child process and prints the counts; exit status 1 if a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folders", nargs="+", type=Path)
    arguments.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.child:
        print(json.dumps(parse_all(given.folders)))
        return
    command = [sys.executable, "-m", "benchmarks.feeds_wild", "--child", *map(str, given.folders)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    sys.exit(report(found))


def files_of(folders: list[Path]) -> list[Path]:
    """The files below the folders, without the index."""
    return sorted(f for d in folders for f in d.rglob("*") if f.is_file() and f.suffix != ".tsv")


def parse_all(folders: list[Path]) -> dict[str, Any]:
    """What each file gave."""
    from pipeline.errors import FeedError
    from pipeline.models import Feed
    from pipeline.parse import parse_feed

    before = _megabytes()
    rows = []
    for path in files_of(folders):
        feed = Feed(
            name=path.name, url="https://feeds.example/feed", kind="arxiv" if "arxiv" in path.name else "rss"
        )
        body, started = path.read_bytes(), perf_counter()
        row: dict[str, Any] = {"file": path.name, "bytes": len(body)}
        try:
            parsed = parse_feed(body, feed, now=NOW)
            row |= _looked_at([entry.model_dump(mode="json") for entry in parsed.entries], body)
            row["notes"] = list(parsed.notes)
        except FeedError as error:
            row["refused"] = error.user_message
        except Exception as error:
            row["exception"] = repr(error)
        row["seconds"] = perf_counter() - started
        rows.append(row)
    return {"rows": rows, "before": before, "peak": _megabytes()}


def _looked_at(entries: list[dict[str, Any]], body: bytes) -> dict[str, Any]:
    body = _unescaped(body)
    addresses = [a for e in entries for a in (e["url"], *e["links"]) if a]
    texts = [t for e in entries for t in (e["title"], e["text"], *e["authors"], *e["categories"])]
    marks = [m[0] for t in texts for m in MARKUP.finditer(t)]
    return {
        "entries": len(entries),
        "bad_links": [a for a in addresses if not a.startswith(("http://", "https://"))],
        "markup": [mark for mark in marks if not _is_quoted(mark, body)],
        "quoted": sum(_is_quoted(mark, body) for mark in marks),
        "nameless": sum(not e["title"] or not e["guid"] for e in entries),
    }


def _is_quoted(mark: str, body: bytes) -> bool:
    """Whether the feed writes the tag as text that a reader should see: escaped once more than markup would be."""
    once = html.escape(mark.split()[0], quote=False)
    has_markup_unescaped = _is_json(body) or b"<![CDATA[" in body or b"xhtml" in body
    twice = html.escape(once, quote=False).encode()
    return twice in body or (once.encode() in body and has_markup_unescaped)


def _is_json(body: bytes) -> bool:
    return body.lstrip()[:1] == b"{"


def _unescaped(body: bytes) -> bytes:
    """The feed without the escapes of JSON, as its publisher wrote it."""
    if not _is_json(body):
        return body
    return json.dumps(json.loads(body, strict=False), ensure_ascii=False).replace("\\/", "/").encode()


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(found: dict[str, Any]) -> int:
    """Prints the counts; 1 if a bar is missed."""
    rows = found["rows"]
    raised = [row for row in rows if "exception" in row]
    refused = [row for row in rows if "refused" in row]
    slowest = max(rows, key=lambda row: row["seconds"])
    links = sum(len(row.get("bad_links", ())) for row in rows)
    markup = [(row["file"], mark) for row in rows for mark in row.get("markup", ())]
    print(f"{len(rows)} files, {sum(row['bytes'] for row in rows) / 2**20:.1f} MiB, "
          f"{sum(row.get('entries', 0) for row in rows)} entries")  # fmt: skip
    nameless, quoted = (sum(row.get(key, 0) for row in rows) for key in ("nameless", "quoted"))
    print(f"exceptions {len(raised)}, refused as no feed {len(refused)}, non-http links {links}")
    print(
        f"tags left in text {len(markup)} ({quoted} more that the source shows as code), without title or id {nameless}"
    )
    for reason, count in Counter(row["refused"] for row in refused).most_common():
        print(f"  refused, {count}: {reason}")
    for file, mark in markup[:20]:
        print(f"  markup in {file}: {mark}")
    for row in raised:
        print(f"  {row['file']}: {row['exception']}")
    print(
        f"{sum(row['seconds'] for row in rows):.2f} s in all, slowest {slowest['seconds']:.2f} s ({slowest['file']})"
    )
    print(f"peak memory {found['peak']:.0f} MiB, {found['before']:.0f} MiB before the first file")
    bars = raised or links or slowest["seconds"] > SLOW or found["peak"] > MEMORY
    return 1 if bars else 0


if __name__ == "__main__":
    main()
