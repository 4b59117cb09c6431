"""Recommendations and open questions: what the works themselves advise and leave open."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from pipeline.draft import DraftClaim, DraftItem, Material
from pipeline.models import Article
from pipeline.writing import cues
from pipeline.writing.extractive.plain import small
from pipeline.writing.extractive.quotes import first_fit, headline, named_quote, shown_name
from pipeline.writing.extractive.subjects import subject
from pipeline.writing.orders import quotable
from pipeline.writing.roles import first_contribution, open_questions, recommendations
from pipeline.writing.sentences import Span, split_sentences

_OFFERED = (
    r"(?:code|codebase|source code|data|data ?sets?|benchmarks?|models?|weights|checkpoints|implementation|toolkit"
    r"|artifacts?|framework|prompts|scripts)"
)
_PUBLIC = re.compile(
    rf"\b{_OFFERED}\b[^.;]{{0,80}}\b(?:is|are|has been|have been) (?:\w+ ){{0,3}}?(?:available|released|open[- ]sourced"
    r"|accessible|provided|published)\b"
    rf"|\bwe (?:\w+ )?(?:release|open[- ]source|publish)\b[^.;]{{0,60}}\b{_OFFERED}\b"
    rf"|\bwe (?:\w+ )?make\b[^.;]{{0,60}}\b{_OFFERED}\b[^.;]{{0,40}}\bavailable\b",
    re.I,
)
_NOT_YET = re.compile(
    r"\b(?:will|upon|after|once|soon|later|request|if accepted|to be (?:released|made))\b", re.I
)
_STRONG = re.compile(
    r"\b(?:recommend|should|must|ought to|urg(?:e|es|ing)\b|advis|advocat|caution|call(?:s|ing)? (?:for|on)\b|warn)\w*",
    re.I,
)
_OF_RESEARCH = re.compile(r"\b(?:future|further|more) (?:work|research|studies|efforts|directions)\b", re.I)
_ONLY_LISTED = re.compile(
    r"\b(?:identif|discuss|summari[sz]|outlin|present|review|survey|highlight|list|conclud|examin|explor)\w*\b[^.;]{0,60}"
    r"\b(?:challenges|problems|questions|directions|issues|limitations|gaps)\b|\bare (?:then |also )?discussed\b",
    re.I,
)
FEW = 3
"""Recommendations up to which mere hints at a need fill the list."""
TRIED = 4
"""Works whose public code or data is named."""


def advice(material: Material, told: Collection[str] = ()) -> tuple[DraftItem, ...]:
    """What works advise, plain advice before mere hints; then whom the results of others concern, and public code.

    Results are those of works that no section has `told` yet. Empty if there is none of all that.
    """
    found = [
        (a, span)
        for a in _by_worth(material)
        if (span := first_fit(a, _not_of_research(a, recommendations(a.abstract))))
    ]
    plain = [pair for pair in found if _STRONG.search(pair[0].abstract[slice(*pair[1])])]
    hints = [pair for pair in found if pair not in plain][: max(FEW - len(plain), 0)]
    chosen = [*plain, *hints][: material.amounts.recommendations]
    items = [DraftItem((_advised(article, span, material),)) for article, span in chosen]
    most = min(FEW, material.amounts.recommendations - len(items))
    items += islice(_of_use(material, {*told, *(a.id for a, _ in chosen)}), max(most, 0))
    offered = [(a, span) for a in _shown(material) if (span := public_release(a.abstract))][:TRIED]
    return (*items, DraftItem(tuple(_to_try(offered)))) if offered else tuple(items)


def _not_of_research(article: Article, spans: Sequence[Span]) -> list[Span]:
    """Without what the authors advise themselves, which belongs to the outlook."""
    return [s for s in spans if not _OF_RESEARCH.search(article.abstract[slice(*s)])]


def _advised(article: Article, span: Span, material: Material) -> DraftClaim:
    """`If you work on X, read “T”: …`, where the work's title names an X that few others share."""
    return named_quote(article, span, lead=_for_whom(article, material))


def _for_whom(article: Article, material: Material) -> str:
    field = subject(article, [w.abstract for w in _by_worth(material)])
    theme = material.named.get(article.id)
    topic = field or (small(theme) if theme else None)
    return f"If you work on {topic}, read “{shown_name(article)}”" if topic else ""


def _of_use(material: Material, told: Collection[str]) -> Iterator[DraftItem]:
    """Measured results of works that are not told, the best first, each with whom it concerns; one for each subject."""
    leads: set[str] = set()
    for article in (a for a in _by_worth(material) if a.id not in told):
        span = first_fit(article, _measured(article))
        lead = _for_whom(article, material) if span else ""
        concerned = lead.partition(", read")[0]
        if span and lead and concerned not in leads:
            leads.add(concerned)
            yield DraftItem((named_quote(article, span, lead=lead),))


def _measured(article: Article) -> list[Span]:
    """The finding, if it gives a figure."""
    found = headline(article)
    return [found] if found and cues.FIGURE.search(article.abstract[slice(*found)]) else []


def public_release(text: str) -> Span | None:
    """The sentence in which a source says that its code or data is public already."""
    found = []
    for span in split_sentences(text):
        sentence = text[span.start : span.end]
        if _PUBLIC.search(sentence) and not _NOT_YET.search(sentence):
            found.append(span)
    return next(iter(quotable(text, found)), None)


def _to_try(offered: Sequence[tuple[Article, Span]]) -> Iterator[DraftClaim]:
    """What each work says can be had, in its own words; addresses stay out, they stand in the references."""
    for n, (article, span) in enumerate(offered):
        name = f"“{shown_name(article)}”"
        yield named_quote(article, span, lead=name if n else f"To try {name}")


def questions(material: Material) -> tuple[DraftItem, ...]:
    """What works leave open, what was open when they began, and what they only list; one sentence a work."""
    found: tuple[list[DraftItem], ...] = ([], [], [])
    most = material.amounts.open_questions
    for article in _by_worth(material):
        span = first_fit(article, open_questions(article.abstract))
        if span is not None:
            kind = _kind_of_question(article.abstract, span)
            lead = f"“{shown_name(article)}” takes up an open question" if kind == 1 else ""
            found[kind].append(DraftItem((named_quote(article, span, lead=lead),)))
        if len(found[0]) == most:
            break
    told = [*found[0], *found[1]] or found[2]
    return tuple(told[:most])


def _kind_of_question(text: str, span: Span) -> int:
    """0 for what a work leaves open, 1 for what stands ahead of its contribution, 2 for a mere list of topics."""
    if _ONLY_LISTED.search(text[span.start : span.end]):
        return 2
    begins = first_contribution(text)
    return 1 if begins is not None and span.start < begins else 0


def _by_worth(material: Material) -> tuple[Article, ...]:
    return (*material.top, *material.mentions, *material.also)


def _shown(material: Material) -> Iterator[Article]:
    yield from material.top
    yield from material.mentions[: material.amounts.mentions]
