"""Texts that every rendering shares: receipt, headings, references, in the brief's language. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from pipeline.models import (
    Brief,
    FeedCount,
    FullTextSource,
    InFull,
    Item,
    Language,
    Receipt,
    Reference,
    Section,
)
from pipeline.rendering.frame import Frame, frame_of
from pipeline.writing.phrasing import readable


def receipt_lines(brief: Brief) -> list[str]:
    """The receipt in words, one line a fact; used under every rendering."""
    r, f = brief.receipt, frame_of(brief.language)
    failed = ", ".join(feed.name for feed in r.per_feed if feed.status.startswith("failed"))
    return [
        _works(r, f),
        f.gettext("Generated: {time} UTC", time=f"{brief.generated_at:%Y-%m-%d %H:%M:%S}"),
        f.gettext("Coverage period: {days}", days=f.days(brief.window.since, brief.window.until))
        + "; "
        + _covered(r.covered_days, len(brief.window.days), f),
        _claims(r, f),
        f.gettext(
            "Feeds: {feeds}", feeds="; ".join(_feed(feed, f) for feed in r.per_feed) or f.gettext("none")
        ),
        f.gettext("Feeds that failed: {feeds}", feeds=failed or f.gettext("none")),
        *_in_full(r.in_full, f),
        f.gettext("Writer: {writer}", writer=_writer(r.writer, f)) + _cost(r, f),
        *r.notes,
    ]


def _works(r: Receipt, f: Frame) -> str:
    parts = f.gettext(
        "Works reviewed: {works} from {entries} feed entries ({merged} merged as the same work)",
        works=f.number(r.works),
        entries=f.number(r.entries_seen),
        merged=f.number(r.duplicates_merged),
    )
    if r.new_works is not None and r.new_works != r.works:
        parts += f.gettext(
            ", of them {new} new and {older} older ones shown again or revised",
            new=f.number(r.new_works),
            older=f.number(r.works - r.new_works),
        )
    return f"{parts}; {on_topic_and_cited(r, f, ', ')}"


def on_topic_and_cited(r: Receipt, f: Frame, joint: str) -> str:
    """`165 on topic, 37 cited`."""
    on_topic = f.gettext("{n} on topic", n=f.number(r.considered))
    return joint.join([on_topic, f.gettext("{n} cited", n=f.number(r.cited))])


def _claims(r: Receipt, f: Frame) -> str:
    anchored = (
        f.gettext("all of them anchored in the source's own words")
        if r.anchored == r.claims > 1
        else f.gettext("{n} of them anchored in the source's own words", n=f.number(r.anchored))
    )
    return f.gettext(
        "Claims: {n} state a finding, {anchored}; {repaired} repaired, {replaced} replaced, {removed} removed",
        n=f.number(r.claims),
        anchored=anchored,
        repaired=f.number(r.repaired),
        replaced=f.number(r.replaced),
        removed=f.number(r.removed),
    )


def _feed(feed: FeedCount, f: Frame) -> str:
    works = f.ngettext("{n} work", "{n} works", feed.works)
    told = f"{feed.name} {works}"
    if feed.shared:
        told += f.gettext(", {n} of them also in another feed", n=f.number(feed.shared))
    if feed.cited:
        told += ", " + f.gettext("{n} cited", n=f.number(feed.cited))
    return f"{told} ({feed.status})"


def _in_full(tried: tuple[InFull, ...], f: Frame) -> list[str]:
    """How many works were read in full, and why others were not: each reason once."""
    if not tried:
        return []
    sources: Mapping[FullTextSource, str] = {
        "html": f.gettext("as HTML"),
        "pdf": f.gettext("as PDF"),
        "page": f.gettext("on their pages"),
    }
    kinds = Counter(one.source for one in tried if one.source)
    how = ", ".join(f"{kinds[source]} {name}" for source, name in sources.items() if kinds[source])
    line = f.gettext(
        "Read in full: {read} of {tried} works considered for citing",
        read=sum(kinds.values()),
        tried=len(tried),
    )
    line += f" ({how})" if how else ""
    reasons = Counter(one.reason or "" for one in tried if one.source is None)
    if reasons:
        told = "; ".join(f"{count} ({reason})" for reason, count in reasons.most_common(3))
        line += f.gettext("; of the others only the abstract: {reasons}", reasons=told)
    return [line]


def _writer(name: str, f: Frame) -> str:
    extraction = f.gettext("extraction of the sources' own sentences, no language model")
    return extraction if name == "extractive" else name


def _cost(r: Receipt, f: Frame) -> str:
    """What writing took: seconds, and with a model its tokens and what they cost as far as that is known."""
    parts = [f"{max(round(r.seconds), 1)} s"] if r.seconds else []
    if r.tokens_in or r.tokens_out:
        tokens = f.gettext(
            "{tokens_in} tokens in, {tokens_out} out",
            tokens_in=f.number(r.tokens_in),
            tokens_out=f.number(r.tokens_out),
        )
        price = (
            f.gettext("at a cost that is not known")
            if r.cost_usd is None
            else f.gettext("for ${cost}", cost=f"{r.cost_usd:.4f}")
        )
        parts.append(f"{tokens}, {price}")
    else:
        parts.append(f.gettext("no cost"))
    return "".join(f"; {part}" for part in parts)


def _covered(days: tuple[date, ...], window: int, f: Frame) -> str:
    if not days:
        return f.gettext("no day had a new work")
    named = f" ({', '.join(map(f.day, days))})" if len(days) < window <= 14 else ""
    return f.gettext("new works on {n} of {window} days", n=len(days), window=window) + named


def heading_of(section: Section, language: Language) -> str:
    """The section's heading in this language."""
    return frame_of(language).gettext(section.heading) if section.heading else ""


def set_off(text: str, language: Language) -> tuple[str, str]:
    """The opening of a sentence that is set off from the others, and the rest: `Why it matters:` in this language."""
    f = frame_of(language)
    openings = {
        "Why it matters:": f.gettext("Why it matters:"),
        "Its abstract now says:": f.gettext("Its abstract now says:"),
    }
    found = next((opening for opening in openings if text.startswith(opening)), "")
    return openings.get(found, ""), text.removeprefix(found)


def says_none(section: Section) -> bool:
    """Whether a section only says that there is nothing."""
    return not any(claim.citations for item in section.items for claim in item.claims)


def number_of(item: Item, brief: Brief) -> str:
    """` [9]`, where the item is about one work whose title it bears."""
    work = work_of(item, brief)
    return f" [{work.n}]" if work else ""


def work_of(item: Item, brief: Brief) -> Reference | None:
    """The work that an item is about, if it bears its title."""
    first = next((c.citations[0] for c in item.claims if c.citations), None)
    found = next((r for r in brief.references if r.n == first), None)
    return found if found and found.title == item.title else None


def reference_line(r: Reference, language: Language = "en") -> str:
    """Authors, title, source, version and dates of a reference, as one plain sentence without its address."""
    authors = f"{short_authors(r.authors)}: " if r.authors else ""
    return ", ".join([f"{authors}{readable(r.title)}", r.source, *version_and_dates(r, language)]) + "."


def version_and_dates(r: Reference, language: Language = "en") -> list[str]:
    """`v2`, `submitted 2026-05-01` and so on: what is known of a reference beside authors, title and source."""
    f = frame_of(language)
    parts = [r.version] if r.version else []
    if r.submitted and r.submitted != r.announced:
        parts.append(f.gettext("submitted {day}", day=r.submitted))
    if r.announced and r.kind == "paper":
        parts.append(f.gettext("announced {day}", day=r.announced))
    elif r.announced:
        parts.append(f.gettext("posted {day}", day=r.announced))
    if r.revised:
        parts.append(f.gettext("revised {day}", day=r.revised))
    return parts


def short_authors(authors: tuple[str, ...]) -> str:
    """Up to three authors by name, more as the first and `et al.`"""
    return ", ".join(authors) if len(authors) <= 3 else f"{authors[0]} et al."
