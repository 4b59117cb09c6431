"""Whole briefs of real weeks: what is repeated, unanchored or left without a reason, and whether order matters.

    python -m benchmarks.weeks [CORPUS [SHUFFLES [weeks|orders|many]]]

The last word asks for one part alone. CORPUS is a folder with `arxiv/YYYY-MM-DD.jsonl` (the papers announced that day:
id, title, authors, abstract, categories, announced) and `posts/alignment_forum.jsonl`; by default the folder in
BRIEF_CORPUS. Two weeks that overlap are written for one profile, as two windows of a channel. Then SHUFFLES orders
(default 1,000) of a sample of the works are written, and a week of 4,000 works. The baseline takes the works in the
order of the feeds, by keyword.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.labelled import rows
from benchmarks.relevance import KEYWORDS
from benchmarks.synthetic import abstracts
from pipeline.brief import BriefRequest, Remembering, write_brief
from pipeline.embedding import Embedder, load_embedder
from pipeline.index import passages_of
from pipeline.models import Article, Brief, Entry, Feed, Profile, Window
from pipeline.store import Store

TOPIC = (
    "Trustworthy, verifiable, secure reasoning AI: alignment and its failure modes, jailbreaks and adversarial "
    "robustness of LLMs and agents, interpretability and faithfulness of reasoning, formal verification of AI systems, "
    "AI control and oversight, privacy and security of models. NOT protein alignment, image-text alignment."
)
FEEDS = [
    Feed(name="arXiv cs.AI", url="https://example.org/ai", kind="arxiv"),
    Feed(name="arXiv cs.CR", url="https://example.org/cr", kind="arxiv"),
    Feed(name="AI Alignment Forum", url="https://example.org/forum"),
]
WINDOWS = (
    Window(since=date(2025, 11, 13), until=date(2025, 11, 20)),
    Window(since=date(2025, 11, 16), until=date(2025, 11, 23)),
)
PROFILE = Profile(name="bench", title="Secure Reasoning Research", topic=TOPIC)
SAMPLE, MANY, SHOWN = 120, 4000, 13


def entries(corpus: Path, since: date, until: date) -> Iterator[Entry]:
    """What the three feeds carried in these days."""
    for file in sorted((corpus / "arxiv").glob("*.jsonl")):
        if since <= date.fromisoformat(file.stem) <= until:
            for row in rows(file):
                yield from _papers(row, date.fromisoformat(file.stem))
    posts = corpus / "posts" / "alignment_forum.jsonl"
    for row in rows(posts) if posts.exists() else ():
        day = date.fromisoformat((row.get("published") or row.get("first_seen") or "2000-01-01")[:10])
        if since <= day <= until:
            yield _post(row, day)


def _papers(row: dict[str, Any], day: date) -> Iterator[Entry]:
    for category in ("cs.AI", "cs.CR"):
        if category in row["categories"]:
            yield Entry(
                feed=f"arXiv {category}",
                guid=f"oai:arXiv.org:{row['id']}v{row.get('version') or 1}",
                title=row["title"],
                url=f"https://arxiv.org/abs/{row['id']}",
                text=row["abstract"],
                authors=tuple(row["authors"]),
                categories=tuple(row["categories"]),
                announced=day,
                announce_type="new" if row["categories"][0] == category else "cross",
                arxiv_id=row["id"],
                version=row.get("version") or 1,
                comment=row.get("comment"),
            )


def _post(row: dict[str, Any], day: date) -> Entry:
    return Entry(
        feed="AI Alignment Forum",
        guid=row["url"],
        title=row["title"],
        url=row["url"],
        text=row.get("summary") or "",
        published=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    )


def filled(path: Path, found: Sequence[Entry]) -> Store:
    """A store that holds these entries, day by day."""
    store = Store.open(path)
    days = sorted({_day(entry) for entry in found})
    for day in days:
        seen = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
        store.add_entries([e for e in found if _day(e) == day], seen, passages_of)
    return store


def _day(entry: Entry) -> date:
    return entry.announced or (entry.published.date() if entry.published else date.min)


def written(store: Store, embedder: Embedder, window: Window) -> Brief:
    """The brief of these days."""
    moment = datetime(window.until.year, window.until.month, window.until.day, 23, tzinfo=UTC)
    return write_brief(store, embedder, BriefRequest(PROFILE, FEEDS, window), lambda: moment)


def faults(brief: Brief, store: Store) -> dict[str, int]:
    """What must be 0: repeated references, findings without a true anchor, works without a reason, and so on."""
    ids = [r.article_id for r in brief.references]
    works = store.articles(ids)
    claims = [c for s in brief.sections for item in s.items for c in item.claims]
    titles = [" ".join(r.title.lower().split()) for r in brief.references]
    decided = {d.article_id for d in brief.decisions}
    return {
        "entries": brief.receipt.entries_seen,
        "references": len(ids),
        "repeated": len(ids) - len(set(ids)) + len(titles) - len(set(titles)),
        "findings": sum(c.asserts for c in claims),
        "unanchored": sum(c.asserts and not _anchored(c.anchors, works) for c in claims),
        "works": brief.receipt.works,
        "without a reason": brief.receipt.works - len(decided) + sum(not d.reason for d in brief.decisions),
    }


def _anchored(anchors: Iterable[Any], works: dict[str, Article]) -> bool:
    found = [works[a.article_id].text_of(a.field)[a.start : a.end] == a.quote for a in anchors]
    return bool(found) and all(found)


def top_ids(brief: Brief) -> set[str]:
    """The works that a brief features."""
    return {d.article_id for d in brief.decisions if d.decision == "top"}


def content(brief: Brief) -> str:
    """All that a brief says and decides, without the times."""
    return brief.model_dump_json(exclude={"generated_at": True, "receipt": {"seconds"}})


def by_keyword(found: Sequence[Entry]) -> tuple[str, ...]:
    """The first works that hold a keyword, in the order given."""
    held = (e.arxiv_id or e.guid for e in found if any(k in f"{e.title} {e.text}".lower() for k in KEYWORDS))
    return tuple(list(dict.fromkeys(held))[:SHOWN])


def two_weeks(found: Sequence[Entry], embedder: Embedder, folder: Path) -> None:
    """Print the faults of two briefs whose weeks overlap."""
    store = filled(folder / "weeks.db", found)
    briefs = [written(store, embedder, window) for window in WINDOWS]
    print(f"{'window':28}" + "".join(f"{key:>18}" for key in faults(briefs[0], store)))
    for window, brief in zip(WINDOWS, briefs, strict=True):
        counts = faults(brief, store).values()
        print(f"{window.since} to {window.until}    " + "".join(f"{n:18}" for n in counts))
    print(f"works featured in both: {len(top_ids(briefs[0]) & top_ids(briefs[1]))}")


class Shuffled(Store):
    """The store, which gives the works of a window in another order each time."""

    order = random.Random(0)

    def articles_in(self, window: Window) -> list[Article]:
        """The articles of the window in no order."""
        found = super().articles_in(window)
        self.order.shuffle(found)
        return found


def orders(found: Sequence[Entry], embedder: Embedder, shuffles: int, folder: Path) -> None:
    """Print how many different briefs come of different orders of arrival and of reading.

    Each order is a whole brief, from reading the store to the finished text; half of its works hold a keyword.
    """
    held = [e for e in found if any(k in f"{e.title} {e.text}".lower() for k in KEYWORDS)]
    sample = [*random.Random(1).sample(held, SAMPLE // 2), *random.Random(2).sample(list(found), SAMPLE // 2)]
    contents, kept, began = set(), set(), time.perf_counter()
    for number in range(shuffles):
        mixed = random.Random(number).sample(sample, len(sample))
        kept.add(by_keyword(mixed))
        if (
            number % 50 == 0
        ):  # what arrives in another order is stored anew, the rest is read in another order
            store = Shuffled(filled(folder / f"s{number}.db", mixed).engine)
        contents.add(content(written(store, embedder, WINDOWS[0])))
    seconds = time.perf_counter() - began
    print(f"\n{shuffles} orders of {len(sample)} entries, {seconds:.0f} s")
    print(f"{'different briefs (this)':40}{len(contents):8}")
    print(f"{'different selections by keyword':40}{len(kept):8}")


def many(embedder: Embedder, folder: Path) -> None:
    """Print how long a brief over a great many works takes, with and without stored vectors."""
    day = WINDOWS[0].until
    found = [
        Entry(
            feed="arXiv cs.AI",
            guid=f"oai:arXiv.org:2511.{n:05}v1",
            title=title,
            text=text,
            announced=day,
            announce_type="new",
            arxiv_id=f"2511.{n:05}",
            version=1,
        )
        for n, (title, text) in enumerate(abstracts(MANY))
    ]
    store = filled(folder / "many.db", found)
    works = store.articles_in(WINDOWS[0])
    began = time.perf_counter()
    first = [passages_of(work)[0] for work in works]
    store.passages.save_vectors(
        embedder.name, list(zip(first, embedder.embed([p.text for p in first]), strict=True))
    )
    embedding = time.perf_counter() - began
    began, used = time.perf_counter(), time.process_time()
    brief = written(store, embedder, WINDOWS[0])
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(f"\n{MANY} works, {brief.receipt.considered} on topic, {brief.receipt.cited} cited")
    print(f"{'the brief after ingestion':40}{wall:8.1f} s, {cpu:.1f} s of processor time")
    print(f"{'embedding the works (done by ingestion)':40}{embedding:8.1f} s, ratio {wall / embedding:.2f}")


def main(arguments: Sequence[str]) -> int:
    corpus = Path(arguments[0] if arguments else os.environ.get("BRIEF_CORPUS", ""))
    shuffles = int(arguments[1]) if len(arguments) > 1 else 1000
    parts = arguments[2:] or ("weeks", "orders", "many")
    embedder = Remembering(load_embedder())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if (corpus / "arxiv").is_dir():
            found = list(entries(corpus, WINDOWS[0].since, WINDOWS[-1].until))
            if "weeks" in parts:
                two_weeks(found, embedder, folder)
            if "orders" in parts:
                orders([e for e in found if _day(e) in WINDOWS[0]], embedder, shuffles, folder)
        else:
            print("skipped: no corpus (give the folder, or set BRIEF_CORPUS)")
        if "many" in parts:
            many(embedder, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
