"""Sentences of sources in a brief: attributed, anchored, and with the work's name where no heading gives it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.claims import anchor
from pipeline.draft import DraftClaim
from pipeline.models import Article
from pipeline.titles import short_title
from pipeline.writing import cues
from pipeline.writing.orders import quotable
from pipeline.writing.phrasing import readable
from pipeline.writing.roles import ranked
from pipeline.writing.sentences import Span, split_sentences
from pipeline.writing.telling import inside, points_back, told

LONGEST = 420
"""Characters; a longer sentence of a source is not quoted where another will do."""
LONGEST_ALONE = 320
"""The same for a sentence that tells of a work alone."""
_EMPTY = re.compile(
    r"\b(?:two|three|several|key|critical|significant|major|many|unique|new|serious|various|important|notable)"
    r"(?: \w+)? (?:challenges|limitations|problems|issues|drawbacks|hurdles|questions|obstacles|risks)\s*[.:]$"
)
"""A sentence that announces what the next one tells."""
_FRAGMENT = re.compile(r"[A-Z][a-z]+ed (?:at|by|in|on|to|with|from|for|as|into|over)\b[^,]*$")
"""A sentence without a subject."""
_BROKEN = re.compile(
    r"\\[A-Za-z(\[]|\$\$|\\\$|[{}]|[a-z)\]][.!?][A-Z][a-z]+\s|\((?:1|i|a)\)(?!.*\((?:2|ii|b)\))"
)
"""Markup that could not be made readable, sentences run together, and lists that break off after their first entry."""
_ATTRIBUTED = re.compile(
    r"\b(?:authors?|results?|experiments?|evaluations?|findings?|evidence|analys[ei]s|stud(?:y|ies)|tests|simulations?"
    r"|proofs?|report(?:s|ed)?|according)\b",
    re.I,
)
_FIRST_PERSON = re.compile(
    r"(?<![\w.\-/])(?:I|I['’](?:m|ve|d|ll)|my|My|me|mine|myself|we|We|us|our|Our|ours|ourselves)(?![\w\-/]|\.\w)"
)
"""What is left of it when a sentence could not be turned into one about the authors."""
_SUPERLATIVE = re.compile(
    r"\b(?:the (?:very )?first\b|for the first time|state[- ]of[- ]the[- ]art|best|unparalleled|unprecedented|unmatched"
    r"|groundbreaking|superior\w*|lowest|highest|fastest|largest|strongest|(?:outperform|surpass|exceed|beat)\w* "
    r"(?:all|every|existing|prior|previous|other|current|competing|strong|leading|recent)|no (?:prior|existing"
    r"|previous) (?:work|study|method|approach|system)\w*)\b",
    re.I,
)


class Findings(NamedTuple):
    """What of a work is told: one or two spans in the order of the text, and one or two on why it matters."""

    spans: tuple[Span, ...]
    why: tuple[Span, ...]


def findings(article: Article) -> Findings:
    """The sentences that tell a work below its title: each stands alone or follows the one that it speaks of."""
    text, order = article.abstract, ranked(article.title, article.abstract)
    spans = _telling(text, order.chosen) if order.chosen else ()
    if not spans:
        spans = tuple(s for s in order.others if _alone(text, s))[:1] or order.chosen[:1]
    return Findings(spans, _why(text, [s for s in order.whys if s not in spans], spans))


def _why(text: str, whys: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """The best reason that stands alone, or the best of all with the sentence before it, if that does."""
    for number, span in enumerate(whys):
        if _alone(text, span):
            return (span,)
        before = _before(text, span)
        fits = before and before not in taken and span.end - before.start <= LONGEST
        if number == 0 and before and fits and _is_sound(text, span) and _alone(text, before):
            return before, span
    return ()


def _telling(text: str, chosen: Sequence[Span]) -> tuple[Span, ...]:
    """Those of the chosen ones that stand alone; the best one brings the sentence before it if it needs that."""
    best = chosen[0]
    alone = [s for s in sorted(chosen) if _alone(text, s)]
    kept = tuple(
        s for s in sorted(chosen) if s in alone or (_before(text, s) in alone and _is_sound(text, s))
    )
    before = _before(text, best)
    if best not in kept and before and _is_sound(text, best) and _names_the_work(text, before):
        return before, best
    return kept


def _names_the_work(text: str, span: Span) -> bool:
    """Whether a sentence that stands alone says what was made or done, so that the next one may speak of it."""
    sentence = text[span.start : span.end]
    return _alone(text, span) and bool(cues.NAMING.search(sentence) or cues.STUDY.search(sentence))


def headline(article: Article) -> Span | None:
    """The one sentence that tells the work by itself; None for a work without one."""
    order = ranked(article.title, article.abstract)
    spans = (*order.chosen, *order.others)
    return first_fit(article, spans, LONGEST_ALONE) or first_fit(article, spans) or next(iter(spans), None)


def first_fit(article: Article, spans: Iterable[Span], longest: int = LONGEST) -> Span | None:
    """The first of these sentences that is short enough and stands alone."""
    text = article.abstract
    return next((s for s in spans if s.end - s.start <= longest and _alone(text, s)), None)


def _alone(text: str, span: Span) -> bool:
    return _is_sound(text, span) and not points_back(told(text[span.start : span.end]))


def _is_sound(text: str, span: Span) -> bool:
    """Whether a sentence is neither endless nor broken nor empty."""
    sentence = readable(text[span.start : span.end])
    unfit = _BROKEN.search(sentence) or _EMPTY.search(sentence) or _FRAGMENT.match(sentence)
    return len(sentence) <= LONGEST and not unfit


def _before(text: str, span: Span) -> Span | None:
    """The sentence right before, None for the first and where it may not be quoted."""
    earlier = [s for s in split_sentences(text) if s.end <= span.start]
    return next(iter(quotable(text, earlier[-1:])), None)


def quotes(article: Article, spans: Sequence[Span], lead: str = "") -> Iterator[DraftClaim]:
    """The sentences one after the other, below the title of their work."""
    told_before: Span | None = None
    for span in spans:
        follows = told_before is not None and _before(article.abstract, span) == told_before
        yield quote(article, span, lead=lead, follows=follows)
        told_before, lead = span, ""


def quote(article: Article, span: Span, *, lead: str = "", follows: bool = False) -> DraftClaim:
    """A sentence below the title of its work; what follows a `lead` is already said to be the authors' view."""
    text = told(article.abstract[span.start : span.end], follows=follows)
    return _anchored(lead + (text if lead else _attributed(text, article)), article, span)


def named_quote(article: Article, span: Span, lead: str = "") -> DraftClaim:
    """A sentence that stands by itself, with the name of its work; `lead` is said instead where it is given."""
    text = _attributed(told(article.abstract[span.start : span.end]), article)
    if lead:
        return _anchored(f"{lead}: {inside(text)}", article, span)
    return _anchored(_with_name(article, text), article, span)


def shown_name(article: Article) -> str:
    """What a work is called in a sentence."""
    return short_title(readable(article.title))


def _with_name(article: Article, sentence: str) -> str:
    name = shown_name(article)
    if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence):
        return sentence
    lowered = inside(sentence)
    return f"In “{name}”, {lowered}" if lowered != sentence else f"“{name}”: {sentence}"


def _attributed(text: str, article: Article) -> str:
    """A superlative is the authors': they are named, unless the sentence already says on whose word it stands.

    A sentence that still says "I" or "we" is given as their words.
    """
    if _FIRST_PERSON.search(re.sub(r"[\"“][^\"”]*[\"”]", "", text)):
        return f"The author{' writes' if len(article.authors) == 1 else 's write'}: “{text}”"
    if _SUPERLATIVE.search(text) and not _ATTRIBUTED.search(text):
        return f"The authors report that {inside(text)}"
    return text


def _anchored(text: str, article: Article, span: Span) -> DraftClaim:
    found = anchor(article, "abstract", span.start, span.end)
    return DraftClaim(text, works=(article.id,), anchors=(found,), asserts=True)
