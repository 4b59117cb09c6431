"""An answer as one Slack message: the text, the sentences it rests on, and how much was searched."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from bot.views import mrkdwn
from bot.views.brief import References, claim_text
from bot.views.message import (
    BLOCK_TEXT,
    Block,
    Message,
    contexts,
    fallback,
    lines,
    messages,
    section,
    sections,
)
from pipeline.answering.tables import NOTHING, WORK
from pipeline.models import Anchor, Answer, Brief, Reference, Scope, Table
from pipeline.writing.phrasing import readable

QUOTES = 6
QUOTE_LIMIT = 900
NEAREST = 3
REPEATS = 0.8
"""A text with fewer words than this share of its quotations condenses them, and is shown."""
AUTHORSHIP = frozenset("in the authors author their s".split())
"""What reported speech puts in the place of a source's `we` and `our`."""
GOOD, BAD = "answer_good", "answer_bad"
"""What Slack calls the two buttons."""
FOUND_IN: dict[Scope, str] = {
    "works": "From the works that you asked about.",
    "brief": "From this brief’s works.",
    "profile": "From the feeds of this channel.",
    "everything": "From all indexed works.",
}
NOT_IN_INDEX = "That is not in the indexed articles."


def answer_message(answer: Answer, number: int | None = None, note: str = "") -> Message:
    """What is posted for an answer; longer ones keep the text whole and show fewer quotes.

    With the number of its question, two buttons below ask whether it helped. `note` is mrkdwn for the small print.
    """
    by_number = {reference.n: reference for reference in answer.references}
    if answer.table is not None:
        blocks = lines(_rows(answer, answer.table, by_number))
    else:
        text = [] if _is_all_quoted(answer, by_number) else lines(_text(answer, by_number))
        blocks = [*text, *_evidence(answer, by_number), *_nearest(answer)]
    searched = f"Searched {_counted(answer.searched, 'passage')}." if answer.searched else ""
    if answer.scope:
        searched = f"{FOUND_IN[answer.scope]} {searched}".rstrip()
    small = contexts([searched, *([note] if note else [])])
    pages = messages(fallback(answer.text or NOT_IN_INDEX), blocks)
    first = pages[0] if pages else messages(fallback(NOT_IN_INDEX), [section(NOT_IN_INDEX)])[0]
    asking = [_did_it_help(number)] if number is not None and answer.status != "refused" else []
    return Message(first.text, (*first.blocks, *small, *asking))


def numbers_note(answer: Answer, brief: Brief, channel: str) -> str:
    """Of which channel's brief the numbers of an answer are, in mrkdwn; empty if it has none of the brief's."""
    if {r.n for r in brief.references}.isdisjoint(r.n for r in answer.references):
        return ""
    where = f"<#{channel}>" if channel.startswith(("C", "G")) else mrkdwn.escape(channel)
    return f"Numbers as in “{mrkdwn.escape(brief.title)}”, the latest brief of {where}."


def _did_it_help(number: int) -> Block:
    return {
        "type": "actions",
        "block_id": f"helped-{number}",
        "elements": [_button(GOOD, "👍 Helpful", number), _button(BAD, "👎 Not helpful", number)],
    }


def _button(action_id: str, label: str, number: int) -> Block:
    text = {"type": "plain_text", "text": label, "emoji": True}
    return {"type": "button", "action_id": action_id, "value": str(number), "text": text}


def _rows(answer: Answer, table: Table, by_number: References) -> Iterator[str]:
    """A table as lines, which telephones can show: a work's name in bold, below it what stands in its row."""
    urls = {n: reference.url for n, reference in by_number.items()}
    lead = answer.text.partition("\n")[0]
    if not lead.startswith("|"):
        yield mrkdwn.cite(mrkdwn.one_line(mrkdwn.clean(lead)), urls)
    at = table.columns.index(WORK)
    for row in table.rows:
        yield mrkdwn.bold(mrkdwn.escape(mrkdwn.one_line(row[at])))
        named = len(row) > 2
        for name, cell in zip(table.columns, row, strict=True):
            if name != WORK and cell != NOTHING:
                text = mrkdwn.cite(mrkdwn.one_line(mrkdwn.clean(cell)), urls)
                yield f"• {mrkdwn.italic(name)}: {text}" if named else f"• {text}"


def _text(answer: Answer, by_number: References) -> Iterator[str]:
    """The answer's paragraphs, with the citation marks as links."""
    if not answer.text.strip():
        joined = " ".join(claim_text(claim, by_number) for claim in answer.claims)
        yield joined or mrkdwn.escape(NOT_IN_INDEX)
        return
    urls = {n: reference.url for n, reference in by_number.items()}
    for paragraph in mrkdwn.clean(answer.text).split("\n"):
        if paragraph.strip():
            yield mrkdwn.cite(mrkdwn.one_line(paragraph), urls)


def _evidence(answer: Answer, by_number: References) -> list[Block]:
    groups = groupby(_anchors(answer)[:QUOTES], key=lambda anchor: anchor.n)
    return [block for n, group in groups for block in sections(_quoted(group, by_number.get(n or 0)))]


def _anchors(answer: Answer) -> list[Anchor]:
    anchors = {(a.article_id, a.field, a.start, a.end): a for claim in answer.claims for a in claim.anchors}
    return list(anchors.values())


def _is_all_quoted(answer: Answer, by_number: References) -> bool:
    """Whether the text only repeats the quotations: no other words, and not fewer, so once is enough."""
    anchors = _anchors(answer)
    if not 1 <= len(anchors) <= QUOTES or any(anchor.n not in by_number for anchor in anchors):
        return False
    if any(len(anchor.quote) > QUOTE_LIMIT for anchor in anchors):
        return False
    said = _words(mrkdwn.MARKS.sub("", answer.text))
    quoted = _words(" ".join(anchor.quote for anchor in anchors))
    titles = _words(" ".join(readable(reference.title) for reference in by_number.values()))
    return len(said) >= REPEATS * len(quoted) and set(said) <= {*quoted, *titles, *AUTHORSHIP}


def _words(text: str) -> list[str]:
    return re.findall(r"[\w.%]*[\w%]", text.casefold())


def _quoted(anchors: Iterable[Anchor], reference: Reference | None) -> Iterator[tuple[str, str]]:
    """Sentences of one source as a quotation, with the work that they stand in as its last line."""
    for anchor in anchors:
        words = mrkdwn.escape(mrkdwn.shorten(mrkdwn.one_line(anchor.quote), QUOTE_LIMIT))
        yield "\n", mrkdwn.quote(mrkdwn.split(words, BLOCK_TEXT - 1)[0])
    if reference is not None:
        yield "\n", mrkdwn.quote(mrkdwn.link(reference.url, f"[{reference.n}] {readable(reference.title)}"))


def _nearest(answer: Answer) -> list[Block]:
    if answer.status != "not_in_index" or not answer.nearest:
        return []
    works = [f"• {mrkdwn.link(work.url, readable(work.title))}" for work in answer.nearest[:NEAREST]]
    return lines(["The nearest indexed works, which may be about something else:", *works])


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
