"""How well works are recognised, whether the order of arrival matters, and how fast entries become articles.

    .venv/bin/python -m benchmarks.identity [--titles FILE ...] [--works 300] [--shuffles 1000] [--entries 10000]

Pairs of entries are made from invented works, and from the titles, authors and abstracts of files given with `--titles`
(JSON lines with title, abstract and authors). A pair is the same work in two guises, or two works that look alike.
Machines differ: compare ratios, not seconds.
"""

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.synthetic import abstracts, arxiv_feed
from pipeline.identity import group, same_work
from pipeline.index import passages_of
from pipeline.models import Entry, Feed
from pipeline.parse import parse_feed
from pipeline.store import Store

DAY = date(2026, 4, 20)
NOON = datetime(2026, 4, 20, 12, tzinfo=UTC)
LATER = DAY + timedelta(days=9)
OTHER = [f"otherword{n:03}" for n in range(60)]
PRECISION = 0.99
RECALL = 0.97
NAMES = (
    "Ann Arbor,Bo Beech,Cleo Cray,Dee Dunn,Eli Ekholm,Fay Fisk,Gus Grove,Hana Holt,Ivo Imhof,Jo Juhl".split(
        ","
    )
)


@dataclass(frozen=True)
class Work:
    """What a pair is made from."""

    number: str
    title: str
    text: str
    authors: tuple[str, ...]


def main() -> None:
    """Prints the figures; exit status 1 if a bar is missed."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--titles", nargs="*", type=Path, default=[])
    arguments.add_argument("--works", type=int, default=300, help="of each source of titles")
    arguments.add_argument("--shuffles", type=int, default=1_000)
    arguments.add_argument("--entries", type=int, default=10_000)
    arguments.add_argument("--misses", type=int, default=3, help="shown of each kind")
    given = arguments.parse_args()
    passed = [
        recognition(name, works, given.misses) for name, works in sources(given.titles, given.works) if works
    ]
    passed.append(order_of_arrival(given.shuffles))
    throughput(given.entries)
    sys.exit(0 if all(passed) else 1)


def sources(files: Sequence[Path], count: int) -> Iterator[tuple[str, list[Work]]]:
    """Invented works, then works of the files, a seeded choice of each."""
    chance = random.Random(11)
    made = abstracts(count)
    yield (
        "invented",
        [
            Work(f"2604.{10_000 + n:05d}", title.rpartition(" ")[0], text, tuple(chance.sample(NAMES, 3)))
            for n, (title, text) in enumerate(made)
        ],
    )
    lines = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    read = {line["id"]: line for line in lines if line.get("title") and line.get("abstract")}
    chosen = chance.sample(sorted(read), min(count, len(read)))
    yield (
        "given",
        [
            Work(
                number,
                read[number]["title"],
                read[number]["abstract"],
                tuple(read[number].get("authors", ())),
            )
            for number in chosen
        ],
    )


# The same work in two guises


def listed(work: Work, *, version: int = 1, feed: str = "arXiv cs.AI", day: date = DAY) -> Entry:
    """The work in arXiv's listing."""
    return Entry(
        feed=feed,
        guid=f"oai:arXiv.org:{work.number}v{version}",
        title=work.title,
        url=f"https://arxiv.org/abs/{work.number}",
        text=work.text,
        authors=work.authors,
        categories=("cs.AI",),
        announced=day,
        announce_type="new" if version == 1 else "replace",
        arxiv_id=work.number,
        version=version,
    )


def page(
    work: Work,
    title: str | None = None,
    *,
    feed: str = "Lab blog",
    site: str = "lab.example",
    authors: tuple[str, ...] | None = None,
    links: tuple[str, ...] = (),
    text: str | None = None,
    days: int = 2,
) -> Entry:
    """The work on a page of its own, without its number."""
    slug = re.sub(r"\W+", "-", work.title.lower())[:40]
    return Entry(
        feed=feed,
        guid=f"{site}/{slug}",
        title=work.title if title is None else title,
        url=f"https://{site}/posts/{slug}",
        text=f"We are glad to share this. {work.text[:300]}" if text is None else text,
        authors=work.authors[:1] if authors is None else authors,
        links=links,
        published=NOON + timedelta(days=days),
    )


def at_address(work: Work, url: str) -> Entry:
    """A post that shows the paper at a mirror, under a title of its own and signed by nobody."""
    return Entry(
        feed="Reading list",
        guid=url,
        title=f"Today: {work.title[:20]}",
        url=url,
        text="Worth a read.",
        published=NOON,
    )


def as_title_case(title: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in title.split())


def with_other_marks(title: str) -> str:
    """Other quotes, dashes and spaces, and a full stop."""
    return title.replace("'", "’").replace("-", "–").replace(": ", " — ").replace("  ", " ") + "."


def with_latex(title: str) -> str:
    """As an author may type it: one word emphasised, one in braces, a Greek letter."""
    words = title.split()
    words[0], words[-1] = rf"\textbf{{{words[0]}}}", f"{{{words[-1]}}}"
    return " ".join([*words, r"with $\alpha$"])


def with_greek(title: str) -> str:
    """The same in plain text."""
    return f"{title} with α"


ALIKE: dict[str, Callable[[Work], tuple[Entry, Entry]]] = {
    "upper case": lambda w: (listed(w), page(w, w.title.upper())),
    "title case": lambda w: (listed(w), page(w, as_title_case(w.title))),
    "punctuation": lambda w: (listed(w), page(w, with_other_marks(w.title))),
    "LaTeX": lambda w: (listed(_titled(w, with_latex(w.title))), page(w, with_greek(w.title))),
    "alphaxiv": lambda w: (listed(w), at_address(w, f"https://www.alphaxiv.org/overview/{w.number}v1")),
    "huggingface": lambda w: (listed(w), at_address(w, f"https://huggingface.co/papers/{w.number}?ref=rss")),
    "ar5iv": lambda w: (listed(w), at_address(w, f"https://ar5iv.labs.arxiv.org/html/{w.number}#S1")),
    "pdf": lambda w: (listed(w), at_address(w, f"http://www.arxiv.org/pdf/{w.number}v2.pdf")),
    "arXiv DOI": lambda w: (listed(w), at_address(w, f"https://doi.org/10.48550/arXiv.{w.number}")),
    "cross-list": lambda w: (listed(w), listed(w, feed="arXiv cs.CR")),
    "new title": lambda w: (
        listed(w),
        listed(_titled(w, "A Wholly Different Name for It"), version=2, day=LATER),
    ),
    "forum, linked": lambda w: (
        listed(w),
        page(w, feed="Forum", authors=("some_handle",), links=(f"https://arxiv.org/abs/{w.number}",)),
    ),
    "forum, by handle": lambda w: (listed(w), page(w, feed="Forum", authors=("some_handle",))),
    "forum, no author": lambda w: (listed(w), page(w, feed="Forum", authors=())),
    "two blogs": lambda w: (page(w), page(w, feed="Other blog", site="other.example", days=5)),
    "tracking": lambda w: (page(w), _tracked(page(w, "Another title for it", feed="Other blog"))),
}


def _titled(work: Work, title: str) -> Work:
    return Work(work.number, title, work.text, work.authors)


def _tracked(entry: Entry) -> Entry:
    url = (entry.url or "").replace("https://", "http://www.") + "/?utm_source=feed&fbclid=1#top"
    return entry.model_copy(update={"url": url, "guid": "77"})


# Two works that look alike


def _next(work: Work, ahead: int = 1) -> str:
    archive, _, number = work.number.partition(".")
    return f"{archive}.{(int(number) + ahead) % 100_000:05d}"


def other_number(work: Work, title: str) -> Work:
    """Another paper by the same people, on the same thing."""
    return Work(_next(work), title, work.text[::-1], work.authors)


UNLIKE: dict[str, Callable[[Work], tuple[Entry, Entry]]] = {
    "same title, other number": lambda w: (listed(w), listed(other_number(w, w.title))),
    "part two": lambda w: (listed(w), page(w, f"{w.title}, Part II", text="Another part.")),
    "one word more": lambda w: (listed(w), page(w, f"{w.title} for Speech", text="On speech.")),
    "another size": lambda w: (
        listed(_titled(w, f"{w.title} 3")),
        page(w, f"{w.title} 4", text="The next one."),
    ),
    "a review of it": lambda w: (
        listed(w),
        page(
            w, f"A review of {w.title}", authors=("Kim Kerr",), links=(f"https://arxiv.org/abs/{w.number}",)
        ),
    ),
    "a comment on it": lambda w: (listed(w), listed(other_number(w, f"Comment on: {w.title}"))),
    "mentioned only": lambda w: (
        listed(w),
        page(w, "What I read this month on agents", links=(f"https://arxiv.org/abs/{w.number}",)),
    ),
    "same title, other people": lambda w: (
        listed(w),
        page(w, authors=("Kim Kerr", "Lou Lang"), text=w.text[::-1]),
    ),
    "same title, years later": lambda w: (listed(w), page(w, days=700)),
    "weekly thread": lambda w: (
        page(w, "Open Thread for the Week", feed="Forum", text=w.text),
        page(w, "Open Thread for the Week", feed="Other forum", site="b.example", text=w.text[::-1]),
    ),
    "weekly thread, one feed": lambda w: (
        page(w, "Monthly Roundup of Reading", feed="Forum", site="b.example/1", text=w.text),
        page(w, "Monthly Roundup of Reading", feed="Forum", site="b.example/2", text=w.text[::-1]),
    ),
    "same title, two blogs, no author": lambda w: (
        page(w, authors=(), text=w.text),
        page(w, authors=(), feed="Other blog", site="b.example", text=" ".join(reversed(OTHER))),
    ),
    "short title": lambda w: (
        page(w, "On Attention", text=w.text),
        page(
            w, "On Attention", feed="Other blog", site="b.example", authors=("Kim Kerr",), text=w.text[::-1]
        ),
    ),
    "two DOIs": lambda w: (
        page(w).model_copy(update={"doi": "10.1234/one"}),
        page(w, feed="Journal", site="j.example").model_copy(update={"doi": "10.1234/two"}),
    ),
    "front page": lambda w: (
        page(w).model_copy(update={"url": "https://lab.example/", "guid": "1"}),
        page(w, "Something else that the lab did", feed="Other").model_copy(
            update={"url": "https://lab.example", "guid": "2"}
        ),
    ),
    "same people": lambda w: (listed(w), listed(other_number(w, "Quite Another Thing by the Same People"))),
}


def recognition(name: str, works: Sequence[Work], shown: int) -> bool:
    """Precision and recall over all pairs, and each kind that is not perfect."""
    wrong: defaultdict[str, list[tuple[Entry, Entry]]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for kinds, is_same in ((ALIKE, True), (UNLIKE, False)):
        for kind, make in kinds.items():
            for work in works:
                pair = make(work)
                found = len(group(pair)) == 1
                counts[f"{'same' if is_same else 'other'}, {'one' if found else 'two'}"] += 1
                counts["unequal to the rule for two"] += found != same_work(*pair)
                if found != is_same:
                    wrong[kind].append(pair)
    precision = counts["same, one"] / max(counts["same, one"] + counts["other, one"], 1)
    recall = counts["same, one"] / (counts["same, one"] + counts["same, two"])
    print(
        f"{name}: {len(works)} works, {counts['same, one'] + counts['same, two']} pairs of one work, "
        f"{counts['other, one'] + counts['other, two']} of two"
    )
    print(f"  precision {precision:.4f} (bar {PRECISION}), recall {recall:.4f} (bar {RECALL})")
    if differ := counts["unequal to the rule for two"]:
        print(f"  group and same_work differ on {differ} pairs")
    for kind, pairs in sorted(wrong.items(), key=lambda item: -len(item[1])):
        print(f"  {kind}: {len(pairs)} of {len(works)} {'missed' if kind in ALIKE else 'merged falsely'}")
        for a, b in pairs[:shown]:
            print(f"    {a.title[:90]!r} | {b.title[:90]!r}")
    return precision >= PRECISION and recall >= RECALL


# The order of arrival


def order_of_arrival(shuffles: int) -> bool:
    """Stores the same entries in many orders and batches; the articles and passages must be the same each time."""
    works = next(iter(sources([], 6)))[1]
    entries = [
        entry for make in (*ALIKE.values(), *UNLIKE.values()) for work in works for entry in make(work)
    ]
    chance = random.Random(5)
    entries = chance.sample(list({(e.feed, e.guid, e.announced): e for e in entries}.values()), 60)
    outcomes: Counter[str] = Counter()
    started = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.db"
        Store.open(empty).close()
        for _ in range(shuffles):
            chance.shuffle(entries)
            outcomes[_stored(entries, empty, chance)] += 1
    seconds = perf_counter() - started
    count = max(outcomes, default="").count('"id"')
    print(
        f"order of arrival: {shuffles} shuffles of {len(entries)} entries in random batches, {seconds:.0f} s"
    )
    print(f"  {len(outcomes)} different outcome{'s' * (len(outcomes) != 1)}, {count} articles")
    return len(outcomes) <= 1


def _stored(entries: Sequence[Entry], empty: Path, chance: random.Random) -> str:
    """All articles and passages after the entries came in this order, as one text."""
    path = empty.with_name("one.db")
    shutil.copy(empty, path)
    store = Store.open(path)
    for batch in _batches(entries, chance):
        store.add_entries(batch, NOON, passages_of)
    with store.engine.connect() as connection:
        ids = [str(row[0]) for row in connection.exec_driver_sql("SELECT id FROM articles ORDER BY id")]
        passages = [str(row[0]) for row in connection.exec_driver_sql("SELECT id FROM passages ORDER BY id")]
    articles = store.articles(ids)
    store.close()
    for leftover in path.parent.glob("one.db*"):
        leftover.unlink()
    return "\n".join([*(articles[name].model_dump_json() for name in ids), *passages])


def _batches(entries: Sequence[Entry], chance: random.Random) -> Iterator[list[Entry]]:
    start = 0
    while start < len(entries):
        size = chance.choice((1, 5, 20, 40))
        yield list(entries[start : start + size])
        start += size


# Throughput


def throughput(count: int) -> None:
    """Parsing, merging and storing beside feedparser alone, on the same bytes."""
    import feedparser  # type: ignore[import-untyped]

    made = abstracts(count)
    bodies = [
        arxiv_feed(made[at : at + 2_000], DAY + timedelta(days=n), 10_000 + at)
        for n, at in enumerate(range(0, count, 2_000))
    ]
    feeds = [
        Feed(name=f"arXiv {n}", url="https://rss.arxiv.org/rss/cs.AI", kind="arxiv")
        for n in range(len(bodies))
    ]
    size = sum(map(len, bodies)) / 2**20
    # Each twice in turn, and the faster of both: other work on the machine must not decide.
    alone = parsing = float("inf")
    for _ in range(2):
        alone = min(alone, _seconds(lambda: [feedparser.parse(body) for body in bodies]))
        parsing = min(parsing, _seconds(lambda: list(_parsed(bodies, feeds))))
    parsed = list(_parsed(bodies, feeds))
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "brief.db")
        storing = _seconds(lambda: [store.add_entries(e, NOON, passages_of) for e in parsed])
        again = _seconds(lambda: [store.add_entries(e, NOON, passages_of) for e in parsed])
        works = store.count_articles()
        store.close()
    print(f"throughput: {count} entries, {size:.1f} MiB, {works} works")
    for name, seconds in (
        ("feedparser alone", alone),
        ("parse", parsing),
        ("identity and store", storing),
        ("parse, identity, store", parsing + storing),
        ("parse, nothing changed", parsing + again),
    ):
        print(f"  {name:24}{count / seconds:9.0f} entries/s   ratio to feedparser {alone / seconds:.2f}")


def _parsed(bodies: Iterable[bytes], feeds: Iterable[Feed]) -> Iterator[tuple[Entry, ...]]:
    for body, feed in zip(bodies, feeds, strict=True):
        yield parse_feed(body, feed, now=NOON + timedelta(days=30)).entries


def _seconds(work: Callable[[], object]) -> float:
    """Seconds of processor time: all of it is work of this one thread, and other processes must not decide."""
    started = process_time()
    work()
    return process_time() - started


if __name__ == "__main__":
    main()
