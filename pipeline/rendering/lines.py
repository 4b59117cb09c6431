"""One-line texts that every rendering shares: days, receipt, references. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from pipeline.models import Brief, FeedCount, FullTextSource, InFull, Item, Receipt, Reference, Section
from pipeline.writing.phrasing import readable

_SOURCES: Mapping[FullTextSource, str] = {"html": "as HTML", "pdf": "as PDF", "page": "on their pages"}


def days_covered(since: date, until: date) -> str:
    """The window in words: `November 13 - November 20, 2025`."""
    first = f"{since:%B} {since.day}" + (f", {since.year}" if since.year != until.year else "")
    return f"{first} - {until:%B} {until.day}, {until.year}"


def short_day(day: date) -> str:
    """`20 Nov`."""
    return f"{day.day} {day:%b}"


def receipt_lines(brief: Brief) -> list[str]:
    """The receipt in words, one line a fact; used under every rendering."""
    r = brief.receipt
    lines = [
        f"Works reviewed: {r.works:,} from {r.entries_seen:,} feed entries ({r.duplicates_merged:,} merged as the "
        f"same work)" + _older(r) + f"; {r.considered:,} on topic, {r.cited:,} cited",
        f"Generated: {brief.generated_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Coverage period: {days_covered(brief.window.since, brief.window.until)}; "
        f"{_covered(r.covered_days, len(brief.window.days))}",
        f"Claims: {r.claims:,} state a finding, {_all(r.anchored, r.claims)} anchored in the source's own words; "
        f"{r.repaired:,} repaired, {r.replaced:,} replaced, {r.removed:,} removed",
        f"Feeds: {'; '.join(_feed(f) for f in r.per_feed) or 'none'}",
        f"Feeds that failed: {', '.join(f.name for f in r.per_feed if f.status.startswith('failed')) or 'none'}",
        *_in_full(r.in_full),
        f"Writer: {_writer(r.writer)}{_cost(r)}",
        *r.notes,
    ]
    return lines


def _older(r: Receipt) -> str:
    if r.new_works is None or r.new_works == r.works:
        return ""
    return f", of them {r.new_works:,} new and {r.works - r.new_works:,} older ones shown again or revised"


def _all(part: int, whole: int) -> str:
    return "all of them" if part == whole > 1 else f"{part:,} of them"


def _feed(f: FeedCount) -> str:
    shared = f", {f.shared:,} of them also in another feed" if f.shared else ""
    cited = f", {f.cited:,} cited" if f.cited else ""
    return f"{f.name} {f.works:,} {'work' if f.works == 1 else 'works'}{shared}{cited} ({f.status})"


def _in_full(tried: tuple[InFull, ...]) -> list[str]:
    """How many works were read in full, and why others were not: each reason once."""
    if not tried:
        return []
    kinds = Counter(one.source for one in tried if one.source)
    read = sum(kinds.values())
    how = ", ".join(f"{kinds[source]} {name}" for source, name in _SOURCES.items() if kinds[source])
    line = f"Read in full: {read} of {len(tried)} works considered for citing" + (f" ({how})" if how else "")
    reasons = Counter(one.reason or "" for one in tried if one.source is None)
    if reasons:
        line += "; of the others only the abstract: " + "; ".join(
            f"{count} ({reason})" for reason, count in reasons.most_common(3)
        )
    return [line]


def _writer(name: str) -> str:
    return "extraction of the sources' own sentences, no language model" if name == "extractive" else name


def _cost(r: Receipt) -> str:
    """What writing took: seconds, and with a model its tokens and what they cost as far as that is known."""
    parts = [f"{max(round(r.seconds), 1)} s"] if r.seconds else []
    if r.tokens_in or r.tokens_out:
        price = "at a cost that is not known" if r.cost_usd is None else f"for ${r.cost_usd:.4f}"
        parts.append(f"{r.tokens_in:,} tokens in, {r.tokens_out:,} out, {price}")
    else:
        parts.append("no cost")
    return "".join(f"; {part}" for part in parts)


def _covered(days: tuple[date, ...], window: int) -> str:
    if not days:
        return "no day had a new work"
    named = f" ({', '.join(short_day(day) for day in days)})" if len(days) < window <= 14 else ""
    return f"new works on {len(days)} of {window} days{named}"


def says_none(section: Section) -> bool:
    """Whether a section only says that there is nothing."""
    return not any(claim.citations for item in section.items for claim in item.claims)


def number_of(item: Item, brief: Brief) -> str:
    """` [9]`, where the item is about one work whose title it bears."""
    first = next((c.citations[0] for c in item.claims if c.citations), None)
    if first is None or brief.references[first - 1].title != item.title:
        return ""
    return f" [{first}]"


def reference_line(r: Reference) -> str:
    """Authors, title, source, version and dates of a reference, as one plain sentence without its address."""
    authors = f"{short_authors(r.authors)}: " if r.authors else ""
    return ", ".join([f"{authors}{readable(r.title)}", r.source, *version_and_dates(r)]) + "."


def version_and_dates(r: Reference) -> list[str]:
    """`v2`, `submitted 2026-05-01` and so on: what is known of a reference beside authors, title and source."""
    parts = [r.version] if r.version else []
    if r.submitted and r.submitted != r.announced:
        parts.append(f"submitted {r.submitted}")
    if r.announced:
        parts.append(f"{'announced' if r.kind == 'paper' else 'posted'} {r.announced}")
    if r.revised:
        parts.append(f"revised {r.revised}")
    return parts


def short_authors(authors: tuple[str, ...]) -> str:
    """Up to three authors by name, more as the first and `et al.`"""
    return ", ".join(authors) if len(authors) <= 3 else f"{authors[0]} et al."
