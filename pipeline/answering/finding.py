"""The works about some words, as a person looks for them: related ones only, best first."""

from pipeline.answering.library import Library
from pipeline.answering.question import understood
from pipeline.answering.terms import coverage
from pipeline.index import SearchIndex
from pipeline.models import Article
from pipeline.store import Store

RELATED = 0.5
"""What a work's likeness to the words comes to at least: nearly all works on 20 topics of which there are some have it,
and on 20 others, from pizza to tax returns, there is one such work at most."""
OF_WORDS = 0.4
"""What having all of the words adds to the cosine."""
NAME = 3
"""Words of a person's name at most."""


def works_about(words: str, index: SearchIndex, store: Store, most: int) -> list[Article]:
    """At most so many works, those of an author of this name first, then those near the words in meaning or wording."""
    by_name = store.articles_by(words.strip(), most) if len(words.split()) <= NAME else []
    library, asked = Library(index, store, None, None, None), understood(words)
    if not asked.terms:
        return by_name
    ranked = library.search(asked)
    asked, _ = library.spelled(asked, ranked)
    near = [
        found.article
        for found in library.search(asked)
        if found.similarity + OF_WORDS * coverage(asked.terms, found.vocabulary) >= RELATED
    ]
    return list({work.id: work for work in (*by_name, *near)}.values())[:most]
