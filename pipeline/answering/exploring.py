"""Questions that start from a known work: what is like it, what speaks against it, what it says in short and why.

No language model: likeness is the index's, "against" is the opposite direction said of the same things, and what is
told are the works' own sentences.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from pipeline.answering.library import Library
from pipeline.answering.premises import opposed
from pipeline.answering.saying import Reply, cell, quoted, tabled, titled, unknown
from pipeline.answering.sentences import Sentence, own_sentences
from pipeline.answering.tables import WORK
from pipeline.answering.terms import terms_of, vocabulary_of
from pipeline.answering.works import Found
from pipeline.models import Article
from pipeline.writing.roles import choose_finding
from pipeline.writing.sentences import Span

Wish = Literal["similar", "against", "plainly", "matters"]

LIKE = 4
"""Works that are named as similar."""
ALIKE = 0.45
"""The least cosine of two works on one subject."""
LOOKED_THROUGH = 12
"""Similar works that are searched for the opposite."""
_THIS = (
    r"(?:this|that|it|these|those|them|\[\d|(?:the|a) \w+ (?:one|paper|work)|the (?:paper|work|post|study)"
    r"|(?:paper|work|ref)\w* \d|(?-i:[A-Z]))"
)
_OTHERS = r"(?:else|more|other|others|anything|something|similar|related|papers?|works?|ones?|which)"
_WISHES: tuple[tuple[Wish, str], ...] = (
    (
        "similar",
        rf"\b{_OTHERS}\b.{{0,30}}\b(?:like|similar to|related to|close to|resembl\w+) {_THIS}"
        rf"|^\W*(?:and )?(?:more|similar|like|related)\b.{{0,12}}\b(?:like|to|as) {_THIS}"
        r"|\b(?:anything|something|what(?: else)? is|what['’]s|any) (?:similar|related|like (?:this|that|it))\b"
        r"|\b(?:similar|related) (?:papers?|works?|articles?|ones|stud(?:y|ies))\W*$",
    ),
    (
        "against",
        r"\b(?:contradict\w*|disagree\w*|refut\w*|disput\w*|disprov\w*|counter-?evidence|opposite (?:result|finding)s?"
        r"|conflict(?:s|ing)? with|at odds with|speaks? against|evidence against)\b",
    ),
    (
        "plainly",
        r"\bexplain\b.{0,80}\b(?:simply|plainly|simpl(?:e|er)|plain|like i['’]?m|briefly|easy"
        r"|for (?:a )?(?:beginner|layman|lay ?person)\w*)\b|\beli5\b"
        r"|\bin (?:plain|simple|easy) (?:words|terms|english|language)\b",
    ),
    (
        "matters",
        r"\bwhy (?:does|do|would|should|is|are)\b.{0,60}\b(?:matter|care|important|relevant|interesting|significant)\b"
        r"|\bwhat does .{0,40}\bmean for us\b|^\W*so what\W*$|\bwhat['’]?s the significance\b|\bwhy it matters\b",
    ),
)
_WISH = tuple((wish, re.compile(pattern, re.I)) for wish, pattern in _WISHES)


def wish_of(text: str) -> Wish | None:
    """What a question wants of a known work; none for questions about what it states."""
    return next((wish for wish, pattern in _WISH if pattern.search(text)), None)


def explored(library: Library, wish: Wish, work: Article) -> Reply:
    """The reply to such a question about one work."""
    made: dict[Wish, Callable[[Library, Article], Reply]] = {
        "similar": _similar,
        "against": _against,
        "plainly": _plainly,
        "matters": _matters,
    }
    return made[wish](library, work)


def _similar(library: Library, work: Article) -> Reply:
    """The nearest works, each with its finding."""
    near = [f for f in library.near(work) if f.similarity >= ALIKE]
    told = [(f.article, spans) for f in near[:LIKE] if (spans := _finding(f.article)[:1])]
    if not told:
        return unknown(f"no other indexed work is close to {titled(work)}", near)
    rows = [(titled(article), cell(article, spans)) for article, spans in told]
    return tabled((WORK, "Finding"), rows, f"Closest to {titled(work)}:")


def _against(library: Library, work: Article) -> Reply:
    """The works on the same subject that report the opposite, beside what this one reports; or that none was found."""
    near = [f for f in library.near(work) if f.similarity >= ALIKE][:LOOKED_THROUGH]
    for span in _finding(work):
        own = work.abstract[span.start : span.end]
        found = [(f.article, s) for f in near if (s := _opposite(own, f))]
        if found:
            rows = [(a, s.span) for a, s in found[: LIKE - 1]]
            lead = "Reported in the opposite direction; whether it contradicts is for the reader to judge:"
            return tabled(
                (WORK, "What it reports"), [(titled(a), cell(a, [s])) for a, s in [(work, span), *rows]], lead
            )
    where = f"the {len(near)} nearest works" if len(near) > 1 else "the nearest works"
    return unknown(f"in {where} no sentence reports the opposite of {titled(work)}", near)


def _opposite(own: str, found: Found) -> Sentence | None:
    """The sentence of another work that moves what this one speaks of in the other direction."""
    return next((s for s in own_sentences(found.article) if opposed(own, s.text)), None)


def _plainly(library: Library, work: Article) -> Reply:
    """Why it was done and what came out, in the work's own words."""
    choice = choose_finding(work.title, work.abstract)
    lead = "In the work's own words, first why, then what was found:"
    return _told(work, lead, [choice.why, *choice.finding[:2]])


def _matters(library: Library, work: Article) -> Reply:
    """Why it matters by its own account, and which words of the channel's topic it shares."""
    shared = _shared(library.topic, work)
    lead = f"It touches this channel's topic: {', '.join(shared)}." if shared else ""
    choice = choose_finding(work.title, work.abstract)
    return _told(work, lead, [choice.why, *choice.finding[-1:]])


def _told(work: Article, lead: str, told: Iterable[Span | None]) -> Reply:
    spans = sorted(set(filter(None, told)))
    if not spans:
        return unknown(f"only the title of {titled(work)} is stored")
    return Reply("answered", lead, quoted(work, spans))


def _finding(work: Article) -> Sequence[Span]:
    return choose_finding(work.title, work.abstract).finding


def _shared(topic: str, work: Article) -> list[str]:
    """The phrases of a topic of which the work has all telling words, in the topic's order; three at most."""
    there = vocabulary_of(f"{work.title}\n{work.abstract}")
    phrases = [p.strip(" .") for p in re.split(r"[,;:.\n]|\band\b", topic)]
    told = [p for p in phrases if (terms := terms_of(p)) and all(there.has(t) >= 0.7 for t in terms)]
    return list(dict.fromkeys(told))[:3]
