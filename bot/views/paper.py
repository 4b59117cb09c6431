"""A work on a card: what it says in its own words, why it is here, where it is found, and what is like it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.views import ask_form, mrkdwn
from bot.views.controls import field, option, plain_text
from bot.views.message import Block, contexts, lines, paragraphs
from pipeline.draft import reference
from pipeline.models import Article, Brief, Decision
from pipeline.rendering import short_authors, version_and_dates
from pipeline.writing.phrasing import readable

DETAILS, CHOOSE = "paper_details", "choose_paper"
ABSTRACT = 6000
"""Characters of the source's words: more than any abstract, and not the whole of a long post."""
SIMILAR = 4
LINKS = 6
OPTIONS = 100
NO_WORK = "I know no such work. Give its number in the latest brief, an arXiv id, or words of its title."
_ARXIV = re.compile(r"arxiv:(.+)")


def details_button(label: str, article_id: str, title: str) -> Block:
    """The button beside a work of a brief."""
    return {
        "type": "button",
        "action_id": DETAILS,
        "text": plain_text(label),
        "value": article_id,
        "accessibility_label": mrkdwn.plain(f"{label}: {title}", 75),
    }


def choose_form(target: ask_form.Target, brief: Brief) -> dict[str, Any]:
    """The modal that asks which of a brief's works is meant."""
    works = [option(f"[{r.n}] {readable(r.title)}", str(r.n)) for r in brief.references[:OPTIONS]]
    chosen = {"type": "static_select", "options": works, "placeholder": plain_text("Choose a work")}
    return {
        "type": "modal",
        "callback_id": CHOOSE,
        "private_metadata": ask_form.packed(target),
        "title": plain_text("About one work"),
        "submit": plain_text("Show it"),
        "close": plain_text("Cancel"),
        "blocks": [field("work", "Which one?", chosen)],
    }


def card(
    work: Article,
    brief: Brief | None,
    decision: Decision | None,
    target: ask_form.Target | None,
    similar: Sequence[Article] | None = None,
) -> dict[str, Any]:
    """The modal about one work, with a field for a question where the answer has a place.

    `similar` are the nearest other works that are stored; None while they are looked for.
    """
    blocks = [*_head(work), *_why(work, brief, decision), *_links(work), *_similar(work, similar)]
    if target is not None:
        return ask_form.ask_form(target, blocks, title="About this work")
    close = plain_text("Close")
    return {"type": "modal", "title": plain_text("About this work"), "close": close, "blocks": blocks}


def _head(work: Article) -> Iterator[Block]:
    yield from lines([mrkdwn.bold(mrkdwn.link(work.url, readable(work.title)))])
    yield from contexts([_escaped(" · ".join(fact for fact in _facts(work) if fact))])
    text = mrkdwn.shorten(work.abstract.strip(), ABSTRACT)
    if text:
        yield from lines(["*In its own words*"])
        yield from paragraphs(mrkdwn.quote(_escaped(part)) for part in text.split("\n\n") if part.strip())
    else:
        yield from lines(["The feed gives no text of it."])


def _facts(work: Article) -> Iterator[str]:
    yield short_authors(work.authors)
    yield work.source
    yield from version_and_dates(reference(0, work))
    yield work.journal_ref or ""
    yield work.comment or ""


def _why(work: Article, brief: Brief | None, decision: Decision | None) -> Iterator[Block]:
    if brief is None:
        return
    number = next((r.n for r in brief.references if r.article_id == work.id), None)
    told = f"{decision.decision}: {decision.reason}" if decision else "not among the works of its days"
    place = f"[{number}] in" if number is not None else "Not cited in"
    yield from lines(["*Why it is here*", _escaped(f"{place} {brief.title}; {told}.")])


def _links(work: Article) -> Iterator[Block]:
    found: dict[str, str] = {}
    if named := _ARXIV.fullmatch(work.id):
        found[f"https://arxiv.org/abs/{named[1]}"] = "arXiv"
        found[f"https://arxiv.org/pdf/{named[1]}"] = "PDF"
    if work.doi:
        found[f"https://doi.org/{work.doi}"] = f"doi:{work.doi}"
    for url in filter(None, (work.url, *work.other_urls)):
        found.setdefault(url, mrkdwn.shorten(re.sub(r"^https?://(?:www\.)?", "", url), 60))
    links = [mrkdwn.link(url, label) for url, label in list(found.items())[:LINKS]]
    if links:
        yield from lines(["*Where it is found*", " · ".join(links)])


def _similar(work: Article, similar: Sequence[Article] | None) -> Iterator[Block]:
    if similar is None:
        yield from contexts(["Looking for works like it …"])
        return
    others = [one for one in similar if one.id != work.id][:SIMILAR]
    if others:
        yield from lines(["*Works like it in the index*", *map(_line, others)])


def _line(work: Article) -> str:
    facts = [short_authors(work.authors), str(work.appeared or "")]
    return f"• {mrkdwn.link(work.url, readable(work.title))} {_escaped(' · '.join(filter(None, facts)))}"


def _escaped(text: str) -> str:
    return mrkdwn.escape(mrkdwn.one_line(text))
