"""Top papers, mentions and revised works."""

from collections.abc import Collection, Sequence

from pipeline.draft import DraftClaim, DraftItem
from pipeline.models import Article
from pipeline.revisions import Revision
from pipeline.writing.extractive.plain import are, day_in_words, number
from pipeline.writing.extractive.quotes import findings, headline, quote, quotes

GAINED = 2
"""New sentences of a revised work that are quoted."""
WHY = "Why it matters: "
NOW = "Its abstract now says: "
SUGGESTED = "Suggested by the team."


def top_paper(article: Article) -> DraftItem:
    """What was found, and why it matters."""
    found = findings(article)
    claims = [*quotes(article, found.spans), *quotes(article, found.why, lead=WHY)]
    return DraftItem(tuple(claims) or (title_only(article),), title=article.title)


def to_mention(articles: Sequence[Article], told: Collection[str], most: int) -> list[Article]:
    """The first ones not told yet; the last place is for a kind (paper or post) that would have no mention."""
    left = [a for a in articles if a.id not in told]
    kept = left[:most]
    other = next((a for a in left[most:] if a.kind not in {k.kind for k in kept}), None)
    return [*kept[:-1], other] if other else kept


def mention(article: Article) -> DraftItem:
    """The work in one sentence."""
    best = headline(article)
    return DraftItem((quote(article, best) if best else title_only(article),), title=article.title)


def revised(revision: Revision) -> DraftItem:
    """What the new version of a work says that the one before did not."""
    article, day = revision.article, day_in_words(revision.revised)
    changed = f"Revised on {day} to version {article.version}; it was in the brief of {day_in_words(revision.told_on)}"
    if revision.lost:
        changed += (
            f", and {number(revision.lost, 'sentence')} of the abstract {are(revision.lost)} gone or changed"
        )
    said = DraftClaim(f"{changed}.", works=(article.id,), counts={"gone": revision.lost})
    return DraftItem((said, *quotes(article, revision.gained[:GAINED], lead=NOW)), title=article.title)


def suggested(article: Article) -> DraftItem:
    """The same, of a work that people of the channel asked for."""
    plain = mention(article)
    return DraftItem((DraftClaim(SUGGESTED), *plain.claims), title=article.title)


def title_only(article: Article) -> DraftClaim:
    """A work of which no sentence may be told."""
    text = "The feed gives only the title." if not article.abstract else "See the source."
    return DraftClaim(text, works=(article.id,))
