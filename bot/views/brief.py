"""A brief as Slack messages: a short parent, then the sections, references and receipt for its thread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.views import mrkdwn
from bot.views.message import (
    BLOCK_TEXT,
    Block,
    Message,
    contexts,
    fallback,
    header,
    lines,
    messages,
    paragraphs,
    sections,
)
from bot.views.paper import details_button
from bot.views.parent import buttons
from bot.views.taste import thumbs
from pipeline.models import Brief, Claim, Item, Language, Reference, Section
from pipeline.rendering import (
    frame_of,
    heading_of,
    on_topic_and_cited,
    receipt_lines,
    says_none,
    set_off,
    short_authors,
    version_and_dates,
)
from pipeline.writing.phrasing import readable

PARENT_PAPERS = 3
PARENT_LEAD = 260
"""Characters of the overview that the parent repeats: a few lines on a phone."""
NUMBERED = ("recommendations",)
BULLETED = ("mentions", "missing")
SURVEYS = ("overview", "trends")
"""Sections whose paragraphs tell of several works, one line each."""
PARENT, REFERENCES, PAPER = "parent", "references", "paper:"
"""Labels of messages; that of a paper's goes on with the id of the work."""

References = Mapping[int, Reference]


def brief_messages(brief: Brief, was_due: datetime | None = None, version: str = "") -> list[Message]:
    """The parent message first, then the messages of its thread in reading order, each with a label of its own.

    A late brief says when it `was_due`; `version` says as mrkdwn who had the brief changed, and how.
    """
    by_number = {reference.n: reference for reference in brief.references}
    parts = [replace(parent_message(brief, by_number, was_due, version), label=PARENT)]
    for section in brief.sections:
        parts += _labelled(section.kind, section_messages(section, by_number, brief.language))
    return parts + _labelled(REFERENCES, closing_messages(brief))


def _labelled(name: str, parts: Sequence[Message]) -> list[Message]:
    """The same, those without a label called by the section and their place in it."""
    return [part if part.label else replace(part, label=f"{name}/{n}") for n, part in enumerate(parts, 1)]


def parent_message(
    brief: Brief, by_number: References, was_due: datetime | None = None, version: str = ""
) -> Message:
    """What the channel sees: title, days and counts, what the week was about in a few lines."""
    papers = [item for item in brief.section("top_papers").items if item.title][:PARENT_PAPERS]
    lead = _lead(brief.section("overview"), by_number)
    bullets = [f"• {_title(item, 'top_papers', by_number, plain=True)}" for item in papers]
    titles = "; ".join(readable(item.title) for item in papers if item.title)
    blocks = [header(_heading(brief)), *contexts([_dateline(brief)])]
    blocks += [
        *lines([lead]),
        *lines(bullets),
        *contexts(_small_print(brief, was_due, version)),
        buttons(brief),
    ]
    return messages(fallback(brief.title, titles), blocks)[0]


def section_messages(section: Section, by_number: References, language: Language) -> list[Message]:
    """One section: its heading and items, in as many messages as it needs."""
    f = frame_of(language)
    heading = heading_of(section, language)
    items = [item for item in section.items if item.title or item.claims]
    if section.kind == "top_papers" and any(_reference_of(i, section.kind, by_number) for i in items):
        return list(_paper_messages(section, items, by_number, language))
    atoms = [atom for n, item in enumerate(items, 1) for atom in _item(item, n, section, by_number, language)]
    blocks = sections(atoms or [("", f.gettext("Nothing to report."))])
    first = next(iter(items), None)
    teaser = "" if first is None else readable(first.title) if first.title else _first_sentence(first)
    return messages(fallback(heading, teaser), [header(heading), *blocks])


def _paper_messages(
    section: Section, items: Sequence[Item], by_number: References, language: Language
) -> Iterator[Message]:
    """A message for each of the top papers, so that people can answer and react to one of them."""
    heading = heading_of(section, language)
    for n, item in enumerate(items, 1):
        blocks = sections(_item(item, n, section, by_number, language))
        reference = _reference_of(item, section.kind, by_number)
        if reference:
            label = frame_of(language).gettext("Details")
            details = details_button(label, reference.article_id, readable(reference.title))
            blocks[0] = {**blocks[0], "accessory": details}
        rating = [thumbs(reference.article_id, readable(reference.title))] if reference else []
        first = [header(heading)] if n == 1 else []
        title = readable(item.title) if item.title else _first_sentence(item)
        *before, last = messages(fallback(heading, title), [*first, *blocks])
        parts = [*before, Message(last.text, (*last.blocks, *rating))]
        yield from _labelled(f"{PAPER}{reference.article_id}", parts) if reference else parts


def closing_messages(brief: Brief) -> list[Message]:
    """The list of references, and the receipt as small print below it."""
    f = frame_of(brief.language)
    heading = f.gettext("References")
    rows = [reference_line(reference, brief.language) for reference in brief.references]
    none = f.gettext("No work is cited.")
    blocks: list[Block] = [header(heading), *paragraphs(rows or [none], folds=True)]
    blocks += contexts(mrkdwn.escape(line) for line in receipt_lines(brief))
    return messages(fallback(heading, f.ngettext("{n} work", "{n} works", len(rows))), blocks)


def reference_line(reference: Reference, language: Language = "en") -> str:
    """`[n]` and the linked title, below them authors, source, version and dates, escaped."""
    authors = mrkdwn.shorten(short_authors(reference.authors), mrkdwn.LABEL_LIMIT)
    facts = [authors, reference.source, *version_and_dates(reference, language)]
    title = mrkdwn.link(reference.url, readable(reference.title))
    below = mrkdwn.escape(" · ".join(mrkdwn.one_line(fact) for fact in facts if fact.strip()))
    return f"[{reference.n}] {title}" + (f"\n{below}" if below else "")


def claim_text(claim: Claim, by_number: References) -> str:
    """The sentence, escaped, every citation a link; a citation that has no mark in the text is added."""
    urls = {n: by_number[n].url for n in claim.citations if n in by_number}
    text = mrkdwn.cite(mrkdwn.one_line(claim.text), urls)
    marked = set(mrkdwn.marks(claim.text))
    return " ".join([text, *(mrkdwn.link(urls[n], f"[{n}]") for n in urls if n not in marked)])


def _lead(overview: Section, by_number: References) -> str:
    """The overview's first sentences that the lines of small print do not tell, as many as fit a few lines."""
    claims = overview.items[0].claims if overview.items else ()
    claims = tuple(c for c in claims if not {"on_topic", "failed"} & set(c.counts or {})) or claims
    chosen: list[str] = []
    length = 0
    for claim in claims:
        length += len(claim.text)
        if chosen and length > PARENT_LEAD:
            break
        chosen.append(claim_text(claim, by_number))
    return mrkdwn.split(" ".join(chosen), BLOCK_TEXT)[0] if chosen else ""


def _heading(brief: Brief) -> str:
    """The title without the days, which stand below it."""
    days = frame_of(brief.language).days(brief.window.since, brief.window.until)
    return brief.title.removesuffix(f": {days}").replace(" - ", " – ")


def _dateline(brief: Brief) -> str:
    f = frame_of(brief.language)
    days = f.days(brief.window.since, brief.window.until).replace(" - ", " – ")
    receipt = brief.receipt
    seen = (
        f.gettext("{n} works reviewed", n=f.number(receipt.works))
        if receipt.new_works is None
        else f.gettext("{n} new works", n=f.number(receipt.new_works))
    )
    return mrkdwn.escape(f"{days} · {seen} · {on_topic_and_cited(receipt, f, ' · ')}")


def _small_print(brief: Brief, was_due: datetime | None, version: str) -> Iterator[str]:
    f = frame_of(brief.language)
    if version:
        yield version
    if was_due:
        yield f.gettext(
            "This brief was due on {day} at {time} UTC and is posted late.",
            day=f.weekday(was_due),
            time=f"{was_due:%H:%M}",
        )
    troubled = [f for f in brief.receipt.per_feed if f.status not in ("ok", "nothing new")]
    if troubled:
        named = "; ".join(f"{feed.name}, {feed.status.removeprefix('failed: ')}" for feed in troubled[:5])
        named = mrkdwn.shorten(named, 1000)
        if len(troubled) > 5:
            named += f.gettext("; and {n} more", n=len(troubled) - 5)
        yield mrkdwn.escape(mrkdwn.one_line(f.gettext("Not complete: {feeds}", feeds=named)))
    yield f.gettext("The sections follow in this thread. Ask there about anything in them.")


def _item(
    item: Item, number: int, section: Section, by_number: References, language: Language
) -> Iterator[tuple[str, str]]:
    """The item as one atom where it fits a block, else its sentences one by one."""
    title = _title(item, section.kind, by_number)
    bulleted = section.kind in BULLETED and not title
    numbered = section.kind in NUMBERED and not says_none(section)
    mark = f"{number}. " if numbered else "• " if bulleted else ""
    atoms = [("\n", title)] if title else []
    atoms += _sentences(item, section.kind, by_number, language)
    if title and len(atoms) > 1:
        atoms[1] = ("\n", atoms[1][1])
    atoms[0] = ("\n\n", mark + atoms[0][1])
    whole = "".join(glue + text for glue, text in atoms).removeprefix("\n\n")
    if len(whole) <= BLOCK_TEXT:
        yield "\n\n", whole
    else:
        yield from atoms


def _sentences(item: Item, kind: str, by_number: References, language: Language) -> list[tuple[str, str]]:
    """The claims with the glue before each: a survey gives a line to each work, an aside begins one."""
    works = {n for claim in item.claims for n in claim.citations}
    survey = kind in SURVEYS and len(works) > 1
    atoms: list[tuple[str, str]] = []
    for claim in item.claims:
        aside, text = set_off(claim_text(claim, by_number), language)
        if survey and len(claim.citations) == 1:
            atoms.append(("\n", f"• {text}"))
        elif aside:
            atoms.append(("\n", mrkdwn.italic(aside) + text))
        else:
            atoms.append((" ", text))
    return atoms


def _title(item: Item, kind: str, by_number: References, *, plain: bool = False) -> str:
    """The item's title in bold (unless `plain`), linked and numbered where it is one work's title."""
    if not item.title:
        return ""
    reference = _reference_of(item, kind, by_number)
    if reference is None:
        return mrkdwn.bold(mrkdwn.escape(mrkdwn.shorten(mrkdwn.one_line(readable(item.title)), 500)))
    title = mrkdwn.link(reference.url, readable(item.title))
    title = title if plain else mrkdwn.bold(title)
    return f"{title} {mrkdwn.link(reference.url, f'[{reference.n}]')}"


def _reference_of(item: Item, kind: str, by_number: References) -> Reference | None:
    """The work that an item is about, if it is about one."""
    cited = [by_number[n] for claim in item.claims for n in claim.citations if n in by_number]
    same = [reference for reference in cited if reference.title == item.title]
    if same:
        return same[0]
    return cited[0] if cited and kind == "top_papers" else None


def _first_sentence(item: Item) -> str:
    return item.claims[0].text if item.claims else ""
