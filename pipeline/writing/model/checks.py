"""Whether a sentence of a model may be published: its form, the sentences it names, and what they say.

Each check says what is wrong in words, which a model is given once to correct itself.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pydantic import BaseModel, Field

from pipeline.claims import Source, anchor, faults, verify
from pipeline.claims.alignment import align
from pipeline.claims.reading import read, words_of
from pipeline.draft import DraftClaim
from pipeline.models import Anchor
from pipeline.titles import short_title
from pipeline.writing.cues import INSTRUCTION
from pipeline.writing.model.evidence import ADDRESS, EXAMPLE, MARKUP, Evidence, is_hidden, is_latin
from pipeline.writing.model.slots import Slot
from pipeline.writing.model.wording import CONNECTING, is_fragment, new_words
from pipeline.writing.phrasing import attribute, readable
from pipeline.writing.sentences import Span, split_sentences

LONGEST = 400
SHORTEST = 25
"""Characters of a sentence."""
SURELY = 0.75
"""The checker's score from which a sentence stands: a false alarm costs only a replaced sentence."""
ANCHORS = 3
"""Of one work in one sentence."""
CLOSE_SECOND = 0.6
"""A further sentence is an anchor if it covers so much of what the best one covers."""
ALONE, AMONG_OTHERS = 0.35, 0.25
"""What the best sentence of a work must cover of a sentence on this work alone, or on several."""
WHOLLY = 0.8
"""What one of a work's sentences must cover of a sentence that has no word beyond the work's title."""
PLAIN = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:!?'\"()%+-/&“”‘’–—…×±≤≥≈→−°"
)
"""Characters that need not stand in the source."""

Check = Callable[[str, Sequence[Source]], Sequence[str]]
"""A claim and its sources to what is wrong with it, in words; empty if nothing is."""

_MARK = re.compile(
    r"\s*[\[(](?:k[a-z2-7]{3,12}(?:\.\d+)?|\d{1,3}|s\d{1,3})(?:\s*[,;–-]\s*(?:k[a-z2-7]{3,12}(?:\.\d+)?|\d{1,3}))*[\])]"
)
_EMPHASIS = re.compile(r"\*{1,3}|__|`+|^[-•#>\s]+|^\d+[.)]\s+")
_PERSON = re.compile(
    r"(?<![\w-])(?:I|I['’]\w+|[Ww]e|[Oo]ur|[Uu]s|[Mm]y|[Yy]ou|[Yy]our|[Mm]yself)(?![\w-])"
    r"|\b[Aa]s an AI\b"
)
_FRAME = re.compile(r"^(?:The authors?|(?:This|The) (?:work|paper|study|post)) \w+(?: that)?\s")
_WE = re.compile(r"(?<![\w-])(?:[Ww]e|[Oo]ur|us)(?![\w-])")
_EMOJI = re.compile(r"(?<!\w):[a-z0-9_+'-]{2,40}:(?!\w)")
_DOTTED = re.compile(r"\b[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}\b")
_TREND = re.compile(
    r"\b(?:trends?|growing|increasingly|rising|surge|momentum|consensus|convergen\w+|converg\w+|this week|last week"
    r"|weeks?|months?|years?|recent(?:ly)?|more and more|emerging|shift|field)\b",
    re.I,
)
_PRAISE = re.compile(
    r"\b(?:groundbreaking|revolutionary|remarkabl\w+|game.chang\w+|impressive\w*|exciting|seminal)\b", re.I
)
_COUNT = re.compile(
    r"\b(?P<n>\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s+(?P<noun>(?:\w+\s)?(?:works?|papers?|posts?|articles?|studies))\b",
    re.I,
)
_WORDS = {w: n for n, w in enumerate("one two three four five six seven eight nine ten".split(), start=1)}


class Sentence(BaseModel):
    """One sentence for a slot, and the numbered sentences on which it rests."""

    slot: str = Field(max_length=40)
    text: str = Field(max_length=20_000)
    support: list[str] = Field(max_length=60)


class Sentences(BaseModel):
    """The sentences that were asked for."""

    sentences: list[Sentence] = Field(max_length=300)


class Judged(NamedTuple):
    """A sentence as a claim with the works that it cites, or what is wrong with it."""

    claim: DraftClaim | None
    reasons: tuple[str, ...] = ()
    works: tuple[Evidence, ...] = ()


def by_rules() -> Check:
    """The project's own checker, at the threshold at which a false alarm costs only a replaced sentence."""

    def check(claim: str, sources: Sequence[Source]) -> Sequence[str]:
        found = [*new_words(claim, sources), *(fault.reason for fault in faults(claim, sources))]
        if found:
            return found
        if is_fragment(claim, sources):
            return []
        verdict = verify(claim, sources, SURELY)
        return [] if verdict.verdict == "supported" else list(verdict.reasons)

    return check


def judged(sentence: Sentence, slot: Slot, check: Check) -> Judged:
    """The claim that a sentence makes, if its form, its works and its sources allow it."""
    text = _in_third_person(cleaned(sentence.text))
    cited = _cited(sentence.support, slot)
    if isinstance(cited, str):
        return Judged(None, (cited,))
    if reasons := tuple(_form(text, slot, cited)):
        return Judged(None, reasons)
    least = ALONE if len(cited) == 1 else AMONG_OTHERS
    anchors = [_anchors(text, work, _given(sentence.support, work), least) for work in cited]
    if any(found and _only_titled(text, work, found[0]) for work, found in zip(cited, anchors, strict=True)):
        return Judged(None, ("it only gives the title",))
    sources = [Source(work.article.id, readable(work.article.title), work.text) for work in cited]
    if reasons := tuple(check(_without_counts(text, slot), sources)):
        return Judged(None, reasons)
    if not all(anchors):
        return Judged(None, ("a work that it cites has no sentence that says this",))
    if slot.tells_work and _tells_before(anchors[0], cited[0], slot):
        return Judged(None, ("it tells what was known before, not what the work did or found",))
    return Judged(
        DraftClaim(
            slot.lead + _named(text, slot, cited),
            works=tuple(work.article.id for work in cited),
            anchors=tuple(a for found in anchors for a in found),
            asserts=True,
            counts=dict(slot.counts) if slot.counts and _COUNT.search(text) else None,
        ),
        works=cited,
    )


def _in_third_person(text: str) -> str:
    """The sentence with the authors in the place of their "we", as the sources' own sentences are told."""
    return attribute(text) if _WE.search(text) else text


def cleaned(text: str) -> str:
    """One line without emphasis, list marks and citation marks, with a full stop."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    text = _EMPHASIS.sub("", _MARK.sub("", text)).strip()
    return text if not text or re.search(r"[.!?][\"”’)]*$", text) else f"{text.rstrip(' ,;:')}."


# Citations


def _cited(support: Sequence[str], slot: Slot) -> tuple[Evidence, ...] | str:
    """The works of the slot that the sentence cites, in the slot's order, or what is wrong with its support."""
    known = {name: work for work in slot.works for name in work.names}
    if len(slot.works) == 1 and support and all(name.strip().startswith(f"{EXAMPLE}.") for name in support):
        return slot.works  # small models copy the prompt's example: the slot says which work is meant
    if unknown := [name for name in support if name.strip() not in known]:
        return f"its support names {unknown[0][:20]!r}, which is no sentence of this slot's works"
    keys = {known[name.strip()].key for name in support}
    cited = tuple(work for work in slot.works if work.key in keys)
    if not cited:
        return "it names no sentence on which it rests"
    if slot.claim is None and len(cited) < 2:
        return "it must rest on sentences of at least two works"
    return cited


def _given(support: Sequence[str], work: Evidence) -> list[int]:
    named = {name.strip() for name in support}
    return [number for name, number in work.names.items() if name in named]


def _anchors(text: str, work: Evidence, given: Sequence[int], least: float) -> tuple[Anchor, ...]:
    """The source's sentences on which a sentence rests: the one that covers most of it, and others that were named."""
    words = words_of(readable(text))
    covered = {n: align(words, read(work.sentence(n))).whole for n in work.numbered}
    best = max(covered, key=lambda n: (covered[n], n in given, -n))
    if covered[best] < least:
        return ()
    others = [n for n in given if n != best and covered[n] >= CLOSE_SECOND * covered[best]]
    kept = [best, *sorted(others, key=lambda n: -covered[n])[: ANCHORS - 1]]
    return tuple(anchor(work.article, "abstract", *work.numbered[n]) for n in kept)


def _only_titled(text: str, work: Evidence, best: Anchor) -> bool:
    """Whether the sentence is the title with "the authors find that" before it, and no sentence says as much."""
    words = words_of(readable(_FRAME.sub("", text)))
    said = {w.stem for w in words if w.weight > 0 and w.low not in CONNECTING}
    return said <= read(readable(work.article.title)).stems and align(words, read(best.quote)).whole < WHOLLY


def _tells_before(anchors: Sequence[Anchor], work: Evidence, slot: Slot) -> bool:
    """Whether the sentence rests on background where the extractive one does not."""
    basis = slot.claim.anchors if slot.claim else ()
    resting = [work.number_of(Span(a[0].start, a[0].end)) if a else None for a in (anchors, basis)]
    return resting[0] in work.background and resting[1] not in work.background


# Form


def _form(text: str, slot: Slot, cited: Sequence[Evidence]) -> Iterator[str]:
    """What is wrong with a sentence whatever its sources say."""
    source = " ".join(f"{work.article.title} {work.text}" for work in cited)
    if len(text) < SHORTEST:
        yield "it is too short to say anything"
    if len(text) > LONGEST:
        yield f"it is longer than {LONGEST} characters"
        return
    if set(text) - PLAIN - set(source) or any(map(is_hidden, text)) or not is_latin(text):
        yield "it has characters that its source has not"
    if ADDRESS.search(text) or any(d.lower() not in source.lower() for d in _DOTTED.findall(text)):
        yield "it holds a link or an address"
    if MARKUP.search(text) or _EMOJI.search(text) or ("<" in text and "<" not in source):
        yield "it holds markup or a mention"
    if len(split_sentences(text)) > 1:
        yield "it is more than one sentence"
    if INSTRUCTION.search(text):
        yield "it tells the reader what to do"
    if found := _PERSON.search(text):
        yield f"it says “{found.group()}”; speak of the authors in the third person"
    yield from _wording(text, slot, source)


def _wording(text: str, slot: Slot, source: str) -> Iterator[str]:
    low = source.lower()
    for pattern, what in ((_PRAISE, "praises"), (_TREND, "speaks of change over time or of the field")):
        if slot.claim is not None and pattern is _TREND:
            continue
        if (found := pattern.search(text)) and found.group().lower() not in low:
            yield f"it {what}: “{found.group()}”"
    for count in _COUNT.finditer(text):
        if count.group().lower() not in low and not _is_stored(count, slot):
            yield f"“{count.group()}” is no stored count"


def _is_stored(count: re.Match[str], slot: Slot) -> bool:
    said = _WORDS.get(count["n"].lower()) or int(count["n"])
    return said in (slot.counts or {}).values()


def _without_counts(text: str, slot: Slot) -> str:
    """The sentence without stored counts, which no source gives."""
    if not slot.counts:
        return text
    return _COUNT.sub(lambda found: found["noun"] if _is_stored(found, slot) else found.group(), text)


def _named(text: str, slot: Slot, cited: Sequence[Evidence]) -> str:
    """The sentence with the name of its work in front, where it needs one and has none."""
    name = short_title(readable(cited[0].article.title))
    if not slot.names_work or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.I):
        return text
    return f"“{name}”: {text}"


def reasons_of(refused: Mapping[str, tuple[str, tuple[str, ...]]]) -> Iterator[tuple[str, str, str]]:
    """Slot, sentence and reasons in one line each, for a repair."""
    for slot, (text, reasons) in refused.items():
        yield slot, cleaned(text)[: 2 * LONGEST], "; ".join(reasons[:3])
