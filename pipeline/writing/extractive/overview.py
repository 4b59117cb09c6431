"""The overview: what came in, in numbers, and where to begin. It leaves the findings to the sections below."""

from collections.abc import Iterator, Sequence

from pipeline.draft import DraftClaim, DraftItem, Material, ThemeReport
from pipeline.models import Article
from pipeline.writing import cues
from pipeline.writing.extractive.advice import public_release
from pipeline.writing.extractive.brought import brought, brought_in_words
from pipeline.writing.extractive.plain import (
    are,
    between,
    capital,
    in_order,
    in_words,
    listed,
    number,
    said,
    small,
    weeks_before,
)
from pipeline.writing.extractive.quotes import shown_name
from pipeline.writing.extractive.themes import MOVED, counts_of
from pipeline.writing.sentences import split_sentences

UNREAD = 3
"""Feeds that failed and are named in the text; all of them stand in the receipt."""
BEGIN = 3
"""Works that are named to begin with."""
RARE = 3
"""Works below which a kind of contribution is not counted in the overview."""
ENOUGH = 12
"""Works on topic from which shares of them say something."""


def overview(material: Material) -> tuple[DraftItem, ...]:
    """Two paragraphs: the counts of the week, then what it is made of and where to begin."""
    items = [DraftItem(tuple(_counts(material)))]
    if second := tuple(_guide(material)):
        items.append(DraftItem(second))
    return tuple(items)


def _counts(material: Material) -> Iterator[DraftClaim]:
    yield _amount(material)
    if material.late:
        yield _late(material.late, material.late_on_topic)
    if groups := [theme for theme in material.themes if len(theme.works) > 1]:
        yield _groups(groups)
    if material.past_on_topic:
        yield _before(material.past_on_topic)
    else:
        yield said("No earlier week is stored, so nothing is said here about change over time.")
    if material.failed_feeds:
        yield said(_unread(material.failed_feeds), failed=list(material.failed_feeds))


def _amount(material: Material) -> DraftClaim:
    days, works, fitting = between(material.window), material.works, material.on_topic
    if works == 0 and material.failed_feeds:
        return said(f"The feeds that could be read showed no new work {days}.", works=0)
    if works == 0:
        return said(f"A quiet week: the feeds showed no new work {days}.", works=0)
    text = f"The feeds showed {number(works, 'new work')} {days}; {_share(fitting, works)} on this channel's topic."
    return said(text, works=works, on_topic=fitting)


def _late(works: int, fitting: int) -> DraftClaim:
    came = f"{number(works, 'more work')} of earlier days came too late for the brief before"
    return said(f"{capital(came)}; {_share(fitting, works)} on topic.", late=works, late_on_topic=fitting)


def _share(part: int, whole: int) -> str:
    """`185 of them are`, `all of them are`, `it is not`."""
    if whole == 1:
        return "it is" if part else "it is not"
    if part in (0, whole):
        return "all of them are" if part else "none is"
    return f"{part:,} of them {are(part)}"


def _groups(themes: Sequence[ThemeReport]) -> DraftClaim:
    by_size = sorted(themes, key=lambda t: -len(t.works))
    groups = [f"{small(t.name)} ({len(t.works)})" for t in by_size]
    are_ = "theme is" if len(groups) == 1 else "themes, by number of works, are"
    return said(f"The largest {are_} {listed(groups)}.", groups={t.name: len(t.works) for t in by_size})


def _before(past: Sequence[int]) -> DraftClaim:
    text = f"On the same topic, {weeks_before(len(past))} had {in_order(past)}."
    return said(text, on_topic_before=list(past))


def _unread(failed: Sequence[str]) -> str:
    named = [*failed[:UNREAD], f"{len(failed) - UNREAD} more"] if len(failed) > UNREAD + 1 else failed
    return f"Not read because of an error: {listed(named)}."


def _guide(material: Material) -> Iterator[DraftClaim]:
    if made := _made_of(material):
        yield made
    yield from _moved(material.themes)
    if len(material.top) > 1:
        yield _begin(material.top[: BEGIN if len(material.top) > BEGIN else 1])
    if shares := _shares(material.top, material.themes):
        yield shares


def _made_of(material: Material) -> DraftClaim | None:
    """What the works say that they bring, how many give figures, and how many say that code or data is public."""
    works = (*material.top, *material.mentions, *material.also)
    if len(works) < ENOUGH:
        return None
    group = "on topic" if len(works) == material.on_topic else "new to this channel"
    measured = sum(_gives_figures(work.abstract) for work in works)
    public = sum(public_release(work.abstract) is not None for work in works)
    kinds = brought(works, RARE)
    text = f"Of the {len(works):,} abstracts {group}, "
    text += f"{brought_in_words(kinds)}; " if kinds else ""
    text += f"{measured:,} {'gives' if measured == 1 else 'give'} a figure for a result"
    text += (
        f", and {public:,} {'says' if public == 1 else 'say'} that code or data is public." if public else "."
    )
    return said(text, abstracts=len(works), brought=kinds, with_figures=measured, public=public)


def _gives_figures(text: str) -> bool:
    sentences = (text[start:end] for start, end in split_sentences(text))
    return any(cues.FIGURE.search(s) and (cues.RESULT.search(s) or cues.EFFECT.search(s)) for s in sentences)


def _moved(themes: Sequence[ThemeReport]) -> Iterator[DraftClaim]:
    """The themes that changed, one sentence a kind of change."""
    for kind in MOVED:
        same = [t for t in themes if t.change == kind]
        counted = [f"{small(t.name)} ({number(len(t.works), 'work')} after {in_order(t.past)})" for t in same]
        if same:
            text = f"{capital(kind)} against {weeks_before(len(same[0].past))}: {listed(counted)}."
            yield said(text, **{t.name: counts_of(t) for t in same})


def _shares(top: Sequence[Article], themes: Sequence[ThemeReport]) -> DraftClaim | None:
    """How many of the top papers each theme has, where it has several; a work counts in the first of its themes."""
    sizes: dict[str, int] = {}
    for work in top:
        theme = next((t.name for t in themes if work.id in {w.id for w in t.works}), None)
        if theme is not None:
            sizes[theme] = sizes.get(theme, 0) + 1
    several = sorted(((name, n) for name, n in sizes.items() if n > 1), key=lambda part: -part[1])
    if not several:
        return None
    counted = [f"{in_words(n)} are on {small(name)}" for name, n in several]
    return said(f"Of the {in_words(len(top))} top papers, {listed(counted)}.", **dict(several))


def _begin(works: Sequence[Article]) -> DraftClaim:
    names = [f"“{shown_name(work)}”" for work in works]
    time = "one work" if len(works) == 1 else f"{in_words(len(works))} works"
    text = f"If you have time for {time}, take {listed(names)}."
    return DraftClaim(text, works=tuple(work.id for work in works))
