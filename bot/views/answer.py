"""An answer as one Slack message: the text, the sentences it rests on, and how much was searched."""

from collections.abc import Iterator

from bot.views import mrkdwn
from bot.views.brief import References, claim_text
from bot.views.message import Block, Message, contexts, fallback, lines, messages, section
from pipeline.models import Anchor, Answer
from pipeline.writing.phrasing import readable

QUOTES = 6
QUOTE_LIMIT = 900
NEAREST = 3
NOT_IN_INDEX = "That is not in the indexed articles."


def answer_message(answer: Answer) -> Message:
    """What is posted for an answer; longer ones keep the text whole and show fewer quotes."""
    by_number = {reference.n: reference for reference in answer.references}
    blocks = [*lines(_text(answer, by_number)), *_evidence(answer, by_number), *_nearest(answer)]
    searched = f"Searched {_counted(answer.searched, 'passage')}." if answer.searched else ""
    small = contexts([searched])
    pages = messages(fallback(answer.text or NOT_IN_INDEX), blocks)
    first = pages[0] if pages else messages(fallback(NOT_IN_INDEX), [section(NOT_IN_INDEX)])[0]
    return Message(first.text, (*first.blocks, *small))


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
    anchors = {(a.article_id, a.field, a.start, a.end): a for claim in answer.claims for a in claim.anchors}
    chosen = list(anchors.values())[:QUOTES]
    return [section(_quoted(anchor, by_number)) for anchor in chosen]


def _quoted(anchor: Anchor, by_number: References) -> str:
    words = mrkdwn.quote(mrkdwn.escape(mrkdwn.shorten(mrkdwn.one_line(anchor.quote), QUOTE_LIMIT)))
    reference = by_number.get(anchor.n) if anchor.n is not None else None
    if reference is None:
        return words
    return f"{words}\n[{reference.n}] {mrkdwn.link(reference.url, readable(reference.title))}"


def _nearest(answer: Answer) -> list[Block]:
    if answer.status != "not_in_index" or not answer.nearest:
        return []
    works = [f"• {mrkdwn.link(work.url, readable(work.title))}" for work in answer.nearest[:NEAREST]]
    return lines(["The nearest indexed works, which may not answer it:", *works])


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
