"""Why a work is in a brief, or is not: the decision that was recorded when the brief was written."""

from pipeline.addresses import arxiv_ref
from pipeline.errors import QuestionError
from pipeline.models import Article, Brief, Decision
from pipeline.store import Store

SHOWN = 5


def why(store: Store, brief: Brief, name: str) -> tuple[Article | None, Decision | None]:
    """The work that a person means and what the brief decided about it; None for what is not known.

    `name` is a number of the brief such as 9 or [9], an arXiv id, an article's id, an address, or words of a title.
    Raises QuestionError if a title is meant that several works of the brief's days have.
    """
    article = _named(store, brief, name.strip())
    return article, store.decision(brief.id, article.id) if article else None


def _named(store: Store, brief: Brief, name: str) -> Article | None:
    number = name.strip("[]")
    for reference in brief.references:
        if str(reference.n) == number:
            return store.article(reference.article_id)
    arxiv = arxiv_ref(name) or arxiv_ref(f"arXiv:{name}")
    found = store.article(f"arxiv:{arxiv[0]}" if arxiv else name)
    return found or _titled(list(store.articles([d.article_id for d in brief.decisions]).values()), name)


def _titled(articles: list[Article], name: str) -> Article | None:
    for article in articles:
        if name in (article.url, *article.other_urls):
            return article
    found = [article for article in articles if name and name.casefold() in article.title.casefold()]
    if len(found) > 1:
        titles = "; ".join(f"{a.title} ({a.id})" for a in sorted(found, key=lambda a: a.title)[:SHOWN])
        raise QuestionError(f"{len(found)} works are called {name!r}: {titles}. Give the id of one.")
    return found[0] if found else None
