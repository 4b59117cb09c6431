"""Sentences of sources in a brief: attributed, with their anchors, and with the work's name where no heading gives it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pipeline.claims import anchor
from pipeline.draft import DraftClaim
from pipeline.models import Article
from pipeline.titles import short_title
from pipeline.writing.phrasing import readable
from pipeline.writing.roles import ranked
from pipeline.writing.sentences import Span, split_sentences
from pipeline.writing.telling import points_back, told

LONGEST = 420
"""Characters; a longer sentence of a source is not quoted where another will do."""
LONGEST_ALONE = 320
"""The same for a sentence that tells of a work alone."""
_BROKEN = re.compile(r"\\[A-Za-z(\[]|\$\$|\\\$|[{}]")
"""Markup that could not be made readable."""
_ATTRIBUTED = re.compile(
    r"\b(?:authors?|results?|experiments?|evaluations?|findings?|evidence|analys[ei]s|stud(?:y|ies)|tests|simulations?"
    r"|proofs?|report(?:s|ed)?|according)\b",
    re.I,
)
_SUPERLATIVE = re.compile(
    r"\b(?:the (?:very )?first\b|for the first time|state[- ]of[- ]the[- ]art|best|unparalleled|unprecedented|unmatched"
    r"|groundbreaking|superior\w*|lowest|highest|fastest|largest|strongest|(?:outperform|surpass|exceed|beat)\w* "
    r"(?:all|every|existing|prior|previous|other|current|competing|strong|leading|recent)|no (?:prior|existing|previous)"
    r" (?:work|study|method|approach|system)\w*)\b",
    re.I,
)
_FIRST_WORDS = frozenset(
    "a ablation accurate across after all although among an another as at automated automatic based because before both "
    "building but by central certain classical code common compared comprehensive conventional current data deep despite "
    "diffusion due during each early empirical empirically ensuring even evaluated evaluating evaluation evaluations "
    "existing experimental experiments extensive federated fine-tuning first following for foundation from further future "
    "generative given high human humans if in inspired it its large large-scale leveraging less machine many model models "
    "modern more most multi-agent multimodal neural no none numerical of on one only our out over overall performance "
    "poor poetic practical preliminary previous prior rather recent recently reinforcement results retrieval second "
    "several since simple simulation small some sparse starting static strong such systematic that the their then "
    "theoretical theoretically there these they this those three through to together traditional trained training two "
    "under understanding unlike until using various vision we what when where whether which while why with within without"
    .split()
)  # fmt: skip
"""Words that begin with a small letter inside a sentence, whatever the field."""


class Findings(NamedTuple):
    """What of a work is told: one or two spans in the order of the text, and why it matters."""

    spans: tuple[Span, ...]
    why: Span | None


def findings(article: Article) -> Findings:
    """The sentences that tell a work below its title: each stands alone or follows the one that it speaks of."""
    text, order = article.abstract, ranked(article.title, article.abstract)
    spans = _sound(text, order.chosen) if order.chosen else ()
    if not spans:
        spans = tuple(s for s in order.others if _alone(text, s))[:1] or order.chosen[:1]
    why = next((s for s in order.whys if s not in spans and _alone(text, s)), None)
    return Findings(spans, why)


def _sound(text: str, chosen: Sequence[Span]) -> tuple[Span, ...]:
    """Those of the chosen ones that stand alone; the best one brings the sentence before it if it needs that."""
    best = chosen[0]
    alone = [s for s in sorted(chosen) if _alone(text, s)]
    kept = tuple(s for s in sorted(chosen) if s in alone or _before(text, s) in alone)
    before = _before(text, best)
    if best not in kept and before and _is_clean(text, best) and _alone(text, before):
        return before, best
    return kept


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
    return _is_clean(text, span) and not points_back(told(text[span.start : span.end]))


def _is_clean(text: str, span: Span) -> bool:
    return not _BROKEN.search(readable(text[span.start : span.end]))


def _before(text: str, span: Span) -> Span | None:
    """The sentence right before, None for the first."""
    earlier = [s for s in split_sentences(text) if s.end <= span.start]
    return earlier[-1] if earlier else None


def quotes(article: Article, spans: Sequence[Span], lead: str = "") -> Iterator[DraftClaim]:
    """The sentences one after the other, below the title of their work."""
    told_before: Span | None = None
    for span in spans:
        follows = told_before is not None and _before(article.abstract, span) == told_before
        yield quote(article, span, lead=lead, follows=follows)
        told_before, lead = span, ""


def quote(article: Article, span: Span, *, lead: str = "", follows: bool = False) -> DraftClaim:
    """A sentence below the title of its work."""
    text = _attributed(told(article.abstract[span.start : span.end], follows=follows))
    return _anchored(lead + text, article, span)


def named_quote(article: Article, span: Span, lead: str = "") -> DraftClaim:
    """A sentence that stands by itself, with the name of its work; `lead` is said instead where it is given."""
    text = _attributed(told(article.abstract[span.start : span.end]))
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


def inside(sentence: str) -> str:
    """The sentence with a small first letter where its first word is a common one."""
    first = re.match(r"[A-Za-z-]+", sentence)
    if first and first[0].lower() in _FIRST_WORDS and not first[0].isupper() or sentence.startswith("A "):
        return sentence[:1].lower() + sentence[1:]
    return sentence


def _attributed(text: str) -> str:
    """A superlative is the authors': they are named, unless the sentence already says on whose word it stands."""
    if _SUPERLATIVE.search(text) and not _ATTRIBUTED.search(text):
        return f"The authors report that {inside(text)}"
    return text


def _anchored(text: str, article: Article, span: Span) -> DraftClaim:
    found = anchor(article, "abstract", span.start, span.end)
    return DraftClaim(text, works=(article.id,), anchors=(found,), asserts=True)
