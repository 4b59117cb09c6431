"""Questions about the brief itself: its sections, its counts, and why a work is in it. Pure.

They are told from questions about works by what is left when the words that speak of a brief are taken away: nothing.
"""

import re
from collections.abc import Sequence

from pipeline.answering.saying import Reply
from pipeline.draft import DraftClaim
from pipeline.models import Brief, Claim, Item, SectionKind

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|\d+")
_SMALL = frozenset(
    "a about all among an and any are as at be been brief briefs bullet bullets can could did do does for from get "
    "give got had has have here how i in is it its know list lot many me most much my new now of on one or our "
    "out please point points report say said see short should show so tell that the them there these this thread to "
    "today two three four five six seven eight nine ten up us was we week weekly weeks week's were what what's whats "
    "when which with words would you your".split()
)
"""Words that may stand in such a question without making it one about something else."""
_KINDS: tuple[tuple[SectionKind | str, frozenset[str]], ...] = (
    ("feeds", frozenset("feed feeds sources source read covered".split())),
    (
        "counts",
        frozenset(
            "papers paper works work articles review reviewed reviews read cited cite considered".split()
        ),
    ),
    ("trends", frozenset("trend trends trending themes theme main emerging key topics hot".split())),
    ("missing", frozenset("missing gap gaps lacking nothing".split())),
    (
        "recommendations",
        frozenset("recommend recommended recommends recommendation recommendations advice act".split()),
    ),
    ("outlook", frozenset("outlook ahead next looking open questions question unanswered future".split())),
    (
        "top_papers",
        frozenset("top best important papers paper works work key main first highlights start".split()),
    ),
    ("mentions", frozenset("mentions mention notable other".split())),
    (
        "overview",
        frozenset("summarize summarise summary tl dr tldr overview gist happened highlights recap".split()),
    ),
)
_COUNTING = re.compile(r"\bhow many\b|\bnumber of\b|\bcount\b", re.I)
_READING = re.compile(
    r"\bwhat\b.{0,20}\b(?:i|we) read\b|\bworth reading\b|\bread first\b|\bstart with\b", re.I
)
_WHY = re.compile(r"^\W*why (?:is|was|did|were|are)\b.{0,40}\[(\d{1,3})\]", re.I)
_MARKS = re.compile(r" \[\d+(?:, \d+)*\](?=[.!?:;]?$)")
_MOST = {
    "overview": 6,
    "top_papers": 5,
    "trends": 6,
    "missing": 6,
    "recommendations": 5,
    "outlook": 4,
    "mentions": 8,
}


def about_brief(text: str, brief: Brief | None) -> Reply | None:
    """The reply to a question about this brief; None if it is about something else, or no brief is meant."""
    if brief is None:
        return None
    if why := _WHY.search(text):
        return _decided(brief, int(why[1]))
    words = [word for word in _WORD.findall(text.lower()) if word not in _SMALL and not word.isdigit()]
    counting = bool(_COUNTING.search(text))
    if theme := _theme(brief, words, counting):
        return theme
    kind = "top_papers" if _READING.search(text) else _kind(words, counting)
    if kind is None or (not words and not _speaks_of_it(text)):
        return None
    if kind == "feeds":
        return Reply("answered", _feeds(brief))
    if kind == "counts":
        return Reply("answered", _counts(brief))
    return _section(brief, kind, _number(text))


def _speaks_of_it(text: str) -> bool:
    return bool(re.search(r"\b(?:brief|week|thread)\b", text, re.I))


def _kind(words: Sequence[str], counting: bool) -> str | None:
    """The part of a brief that all the words left speak of; the whole if none is left."""
    left = set(words)
    for kind, vocabulary in _KINDS:
        if kind == "counts" and not counting:
            continue
        if left and left <= vocabulary and (kind != "feeds" or left & {"feed", "feeds", "sources", "source"}):
            return kind
    return None if left else "overview"


def _number(text: str) -> int | None:
    """How many are wanted: `top 3`, `in two bullets`."""
    names = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    found = re.search(rf"\b(\d{{1,2}}|{'|'.join(names)})\b", text.lower())
    if found is None:
        return None
    return names.index(found[1]) + 1 if found[1] in names else int(found[1]) or None


def _section(brief: Brief, kind: str, wanted: int | None) -> Reply | None:
    items = next((section.items for section in brief.sections if section.kind == kind), ())
    most = min(wanted or _MOST[kind], 10)
    if kind in ("overview", "missing"):
        claims = [_draft(brief, claim) for item in items for claim in item.claims]
    else:
        claims = [_draft(brief, _telling(item), item.title) for item in items]
    return Reply("answered", claims=tuple(claims[:most]), in_lines=kind != "overview") if claims else None


def _telling(item: Item) -> Claim:
    """The sentence of an item that says most: its counts, else the first with a figure."""
    counted = next((c for c in item.claims if c.counts), None)
    with_figure = next(
        (c for c in item.claims if c.asserts and re.search(r"\d", _MARKS.sub("", c.text))), None
    )
    return counted or with_figure or item.claims[0]


def _draft(brief: Brief, claim: Claim, title: str | None = None) -> DraftClaim:
    works = {reference.n: reference.article_id for reference in brief.references}
    text = _MARKS.sub("", claim.text)
    return DraftClaim(
        f"{title}: {text}" if title else text,
        works=tuple(works[n] for n in claim.citations),
        anchors=claim.anchors,
        asserts=claim.asserts,
        counts=claim.counts,
    )


def _theme(brief: Brief, words: Sequence[str], counting: bool) -> Reply | None:
    """How many works a theme of the brief has, if that is asked."""
    left = {word for word in words if word not in {"paper", "papers", "works", "work", "articles"}}
    trends = next((section.items for section in brief.sections if section.kind == "trends"), ())
    for item in trends if counting and left else ():
        if left <= set(_WORD.findall((item.title or "").lower())):
            return Reply("answered", claims=(_draft(brief, item.claims[0], item.title),))
    return None


def _counts(brief: Brief) -> str:
    r = brief.receipt
    return (
        f"The brief reviewed {r.works} works from {r.entries_seen} feed entries, found {r.considered} of them on topic "
        f"and cites {r.cited}."
    )


def _feeds(brief: Brief) -> str:
    rows = [f"{feed.name} ({feed.works} works, {feed.status})" for feed in brief.receipt.per_feed]
    return f"The brief was made from {len(rows)} feeds: {'; '.join(rows)}."


def _decided(brief: Brief, number: int) -> Reply | None:
    reference = next((r for r in brief.references if r.n == number), None)
    decision = next((d for d in brief.decisions if reference and d.article_id == reference.article_id), None)
    if reference is None or decision is None:
        return None
    text = f"“{reference.title}” was {decision.reason[:1].lower()}{decision.reason[1:]}"
    return Reply("answered", claims=(DraftClaim(text, works=(reference.article_id,)),))
