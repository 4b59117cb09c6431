"""The writer without a language model: the sources' own sentences, chosen with care and attributed.

It adds frames and counts, never a finding. A sentence that states a finding keeps the source's words but for a change
of person ("We find" becomes "The authors find"), openings and ends that say nothing, and acronyms written out once; it
carries the span it was taken from.
"""

from pipeline.draft import DraftItem, DraftSection, Material
from pipeline.models import SectionKind
from pipeline.writing.extractive.advice import advice, questions
from pipeline.writing.extractive.first_use import with_acronyms_written_out
from pipeline.writing.extractive.missing import missing
from pipeline.writing.extractive.opposites import opposites
from pipeline.writing.extractive.overview import overview
from pipeline.writing.extractive.plain import said
from pipeline.writing.extractive.themes import trends
from pipeline.writing.extractive.works import mention, revised, suggested, to_mention, top_paper


def write(material: Material) -> tuple[DraftSection, ...]:
    """The seven sections over this material; the same material gives the same text."""
    told = {article.id for article in material.top}
    amounts = material.amounts
    themes = trends(material.themes, told, amounts.stories)
    asked_for = {article.id for article in material.suggested}
    mentioned = to_mention(material.mentions, told | asked_for, amounts.mentions)
    mentions = tuple(mention(a) for a in mentioned)
    items: dict[SectionKind, tuple[DraftItem, ...]] = {
        "overview": overview(material),
        "top_papers": tuple(top_paper(a) for a in material.top),
        "trends": (*themes, *opposites((*material.top, *material.mentions, *material.also))),
        "mentions": (
            *map(suggested, (a for a in material.suggested if a.id not in told)),
            *mentions,
            *(revised(revision) for revision in material.revisions),
        ),
        "missing": missing(material),
        "recommendations": advice(material, {*told, *asked_for, *(a.id for a in mentioned)}),
        "outlook": questions(material),
    }
    draft = tuple(
        DraftSection(kind, found or _none(kind, material.on_topic)) for kind, found in items.items()
    )
    return with_acronyms_written_out(draft, material.articles())


def _none(kind: SectionKind, on_topic: int) -> tuple[DraftItem, ...]:
    """What a section says when it has nothing to tell."""
    none = {
        "top_papers": "No work of these days is on this channel's topic.",
        "trends": "No theme to count: no work is on topic.",
        "mentions": "There is nothing further to mention.",
        "recommendations": "Nothing to recommend: no work is on topic.",
        "outlook": "No open question to name: no work is on topic.",
    }
    some = {
        "trends": "No two works of these days share a theme.",
        "recommendations": "None of the works on topic advises its readers in its abstract.",
        "outlook": "None of the works on topic names an open question in its abstract.",
    }
    sentence = (none | some if on_topic else none).get(kind, "Nothing to report.")
    return (DraftItem((said(sentence),)),)
