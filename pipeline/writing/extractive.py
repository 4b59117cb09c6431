"""The writer without a language model: the sources' own sentences, chosen with care and attributed.

It adds frames and counts, never a finding. A sentence that states a finding keeps the source's words but for a
change of person ("We find" becomes "The authors find") and carries the span it was taken from.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date

from pipeline.claims import anchor
from pipeline.draft import DraftClaim, DraftItem, DraftSection, Gap, Material, ThemeReport
from pipeline.models import Article, Window
from pipeline.revisions import Revision
from pipeline.titles import short_title
from pipeline.writing.phrasing import attribute, readable
from pipeline.writing.roles import choose_finding, open_questions, recommendations
from pipeline.writing.sentences import Span

GAINED = 2
"""New sentences of a revised work that are quoted."""
UNREAD = 3
"""Feeds that failed and are named in the text; all of them stand in the receipt."""
FEWEST = 3
"""Parts of the topic that are named as having the fewest works."""
CITED_PER_THEME = 5
LONGEST_HEADLINE = 300
LONGEST_SENTENCE = 420
"""Characters; a longer sentence of a source is not quoted where another will do."""


def write(material: Material) -> tuple[DraftSection, ...]:
    """The seven sections over this material; the same material gives the same text."""
    told = {article.id for article in material.top}
    amounts = material.amounts
    trends = tuple(_trend(theme, told, amounts.stories) for theme in material.themes)
    mentions = tuple(_mention(a) for a in _to_mention(material.mentions, told, amounts.mentions))
    mentions += tuple(_revised(revision) for revision in material.revisions)
    return (
        DraftSection("overview", _overview(material)),
        DraftSection(
            "top_papers", tuple(_top_paper(a) for a in material.top) or _none("top_papers", material)
        ),
        DraftSection("trends", trends or _none("trends", material)),
        DraftSection("mentions", mentions or _none("mentions", material)),
        DraftSection("missing", _missing(material)),
        DraftSection(
            "recommendations", _quoted(material, recommendations, amounts.recommendations, "recommendations")
        ),
        DraftSection("outlook", _quoted(material, open_questions, amounts.open_questions, "outlook")),
    )


_WHY = "Why it matters: "
_NOW = "Its abstract now says: "
_POINTS_BACK = re.compile(r"(?:They|It|He|She|Them|Its|Their)\b")
"""A sentence that begins so means nothing without the one before it."""


# Overview


def _overview(material: Material) -> tuple[DraftItem, ...]:
    first = DraftItem(tuple(_counts(material)))
    stories = tuple(claim for article in material.top[:3] if (claim := _headline(article)))
    return (first, DraftItem(stories)) if stories else (first,)


def _counts(material: Material) -> Iterator[DraftClaim]:
    days = between(material.window)
    if material.works == 0 and material.failed_feeds:
        yield _said(f"The feeds that could be read showed no new work {days}.", works=0)
    elif material.works == 0:
        yield _said(f"A quiet week: the feeds showed no new work {days}.", works=0)
    else:
        text = f"The feeds showed {_number(material.works, 'new work')} {days}"
        on_topic = (
            "none is" if material.on_topic == 0 else f"{material.on_topic} of them {_are(material.on_topic)}"
        )
        yield _said(
            f"{text}; {on_topic} on this channel's topic.", works=material.works, on_topic=material.on_topic
        )
    if material.themes:
        by_size = sorted(material.themes, key=lambda t: -len(t.works))
        groups = [f"{_lower(t.name)} ({len(t.works)})" for t in by_size]
        are = "group among them is" if len(groups) == 1 else "groups among them, by number of works, are"
        yield _said(
            f"The largest {are} {_listed(groups)}.",
            groups={t.name: len(t.works) for t in by_size},
        )
    if material.past_on_topic:
        past = [str(n) for n in material.past_on_topic]
        weeks = "the week before" if len(past) == 1 else f"the {len(past)} weeks before, latest first,"
        yield _said(
            f"On the same topic, {weeks} had {_listed(past)}.", on_topic_before=list(material.past_on_topic)
        )
    else:
        yield _said("No earlier week is stored, so nothing is said here about change over time.")
    if material.failed_feeds:
        yield _said(_unread(material.failed_feeds), failed=list(material.failed_feeds))


def _unread(failed: Sequence[str]) -> str:
    named = _listed(
        [*failed[:UNREAD], f"{len(failed) - UNREAD} more"] if len(failed) > UNREAD + 1 else list(failed)
    )
    return f"Not read because of an error: {named}."


def _headline(article: Article) -> DraftClaim | None:
    """The work's finding in one sentence that names the work: the best one, or its partner if that is too long."""
    choice = choose_finding(article.title, article.abstract)
    others = [span for span in choice.finding if span != choice.best]
    fitting = [span for span in (choice.best, *others) if 0 < span.end - span.start <= LONGEST_HEADLINE]
    if fitting:
        return _claim(article, fitting[0], within_title=True)
    return _claim(article, choice.best, within_title=True) if choice.finding else None


# Works


def _top_paper(article: Article) -> DraftItem:
    choice = choose_finding(article.title, article.abstract)
    claims = [_claim(article, span) for span in choice.finding]
    if choice.why is not None:
        why = _claim(article, choice.why, lead=_WHY)
        claims += [] if _POINTS_BACK.match(why.text, len(_WHY)) else [why]
    return DraftItem(tuple(claims) or (_title_only(article),), title=article.title)


def _to_mention(articles: Sequence[Article], told: Collection[str], most: int) -> list[Article]:
    """The first ones not told yet; the last place is for a kind (paper or post) that would have no mention."""
    left = [a for a in articles if a.id not in told]
    kept = left[:most]
    other = next((a for a in left[most:] if a.kind not in {k.kind for k in kept}), None)
    return [*kept[:-1], other] if other else kept


def _mention(article: Article) -> DraftItem:
    best = choose_finding(article.title, article.abstract).best
    claim = _claim(article, best) if best.end > best.start else _title_only(article)
    return DraftItem((claim,), title=article.title)


def _revised(revision: Revision) -> DraftItem:
    """What the new version of a work says that the one before did not."""
    article, day = revision.article, day_in_words(revision.revised)
    changed = f"Revised on {day} to version {article.version}; it was in the brief of {day_in_words(revision.told_on)}"
    if revision.lost:
        changed += f", and {_number(revision.lost, 'sentence')} of the abstract {_are(revision.lost)} gone or changed"
    claims = [DraftClaim(f"{changed}.", works=(article.id,), counts={"gone": revision.lost})]
    claims += [
        _claim(article, span, lead="" if number else _NOW)
        for number, span in enumerate(revision.gained[:GAINED])
    ]
    return DraftItem(tuple(claims), title=article.title)


def _title_only(article: Article) -> DraftClaim:
    text = "The feed gives only the title." if not article.abstract else "See the source."
    return DraftClaim(text, works=(article.id,))


# Trends


def _trend(theme: ThemeReport, told: set[str], most: int) -> DraftItem:
    """The theme with its counts, and the findings of its best works that are not `told` yet; adds them to it."""
    shown = theme.works[:CITED_PER_THEME]
    text = f"{_number(len(theme.works), 'work')} this week"
    if len(shown) < len(theme.works):
        text += ", among them"
    counts = {"works": len(theme.works), "on_topic": theme.on_topic}
    claims = [DraftClaim(text + ".", works=tuple(a.id for a in shown), counts=counts)]
    if theme.past:
        claims.append(_change(theme))
    untold = [article for article in theme.works if article.id not in told]
    stories = {a.id: story for a in untold[:most] if (story := _headline(a))}
    told.update(stories)
    claims += stories.values()
    return DraftItem(tuple(claims), title=_capital(theme.name))


def _change(theme: ThemeReport) -> DraftClaim:
    past = _listed([str(n) for n in theme.past])
    weeks = (
        "The stored week before had"
        if len(theme.past) == 1
        else (f"The {len(theme.past)} stored weeks before had, latest first,")
    )
    text = f"{weeks} {past}"
    if theme.change == "steady":
        text += "; that is no clear change"
    elif theme.change and theme.interval:
        text += f": {theme.change}, {_ratio(*theme.interval)} times its earlier share of all works on topic"
    counts = {
        "works": len(theme.works),
        "on_topic": theme.on_topic,
        "past": list(theme.past),
        "past_on_topic": list(theme.past_on_topic),
    }
    return DraftClaim(text + ".", counts=counts)


def _ratio(low: float, high: float | None) -> str:
    """The 95 % interval of a ratio, in words."""
    if high is None or high >= 100:
        return f"at least {low:.1f}"
    return f"{low:.1f} to {high:.1f}"


# Gaps, recommendations, open questions


def _missing(material: Material) -> tuple[DraftItem, ...]:
    if material.on_topic == 0:
        return (DraftItem((_said("Nothing of the profile's topic had a new work."),)),)
    gaps = tuple(DraftItem((_gap(gap),)) for gap in material.gaps)
    every = () if gaps else (_said("Every part of the profile's topic had at least one new work."),)
    fewest = (_fewest(few),) if (few := [p for p in material.parts if p[1] > 0][:FEWEST]) else ()
    return (*gaps, DraftItem((*every, *fewest))) if every or fewest else gaps


def _fewest(parts: Sequence[tuple[str, int]]) -> DraftClaim:
    counted = [f"{phrase} ({n})" for phrase, n in parts]
    return _said(f"By number of works, the least was on {_listed(counted)}.", parts=dict(parts))


def _gap(gap: Gap) -> DraftClaim:
    text = f"No work of these days is about {gap.phrase}"
    if gap.last is None or gap.last.appeared is None:
        return _said(f"{text}, and none is stored from before.", phrase=gap.phrase, works=0)
    last = f"the last one stored is “{readable(gap.last.title)}” of {day_in_words(gap.last.appeared)}"
    return DraftClaim(f"{text}; {last}.", works=(gap.last.id,), counts={"phrase": gap.phrase, "works": 0})


def _quoted(
    material: Material, find: Callable[[str], list[Span]], most: int, kind: str
) -> tuple[DraftItem, ...]:
    """One sentence a work, the best works first, until there are enough."""
    items = []
    for article in (*material.top, *material.mentions, *material.also):
        span = _shortest_fit(article, find(article.abstract))
        if span is not None:
            items.append(DraftItem((_claim(article, span, within_title=True),)))
        if len(items) == most:
            break
    return tuple(items) or _none(kind, material)


def _shortest_fit(article: Article, spans: Iterable[Span]) -> Span | None:
    fitting = [s for s in spans if s.end - s.start <= LONGEST_SENTENCE]
    return fitting[0] if fitting else None


def _none(kind: str, material: Material) -> tuple[DraftItem, ...]:
    sentence = {
        "top_papers": "No work of these days is on this channel's topic.",
        "trends": "No two works of these days share a theme.",
        "mentions": "There is nothing further to mention.",
        "recommendations": "None of the works on topic recommends anything to its readers in its abstract.",
        "outlook": "None of the works on topic names an open question in its abstract.",
    }[kind]
    return (DraftItem((_said(sentence),)),)


# Sentences


def _claim(article: Article, span: Span, *, lead: str = "", within_title: bool = False) -> DraftClaim:
    """The source's sentence, attributed, with its anchor."""
    sentence = " ".join(readable(article.abstract[span.start : span.end]).split())
    text = attribute(sentence)
    if within_title:
        text = _within_title(article, text)
    elif lead:
        text = lead + text
    if not re.search(r"[.!?][\"”’)]*$", text):
        text = text.rstrip(" ,;:") + "."
    return DraftClaim(
        text,
        works=(article.id,),
        anchors=(anchor(article, "abstract", span.start, span.end),),
        asserts=True,
    )


def _within_title(article: Article, sentence: str) -> str:
    """The sentence with the name of its work, for places where no heading gives it."""
    name = short_title(readable(article.title))
    if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sentence):
        return sentence
    sentence = _THEIRS.sub(r"The authors' \1", sentence)
    first = sentence.split(" ", 1)[0]
    if first in _OPENERS:
        sentence = sentence[:1].lower() + sentence[1:]
        return f"In “{name}”, {sentence}"
    return f"“{name}”: {sentence}"


_THEIRS = re.compile(
    r"^(?:These|The) ((?:experimental |empirical )?(?:results|findings|experiments|evaluations))\b"
)
_OPENERS = frozenset(
    "The Across Although An As At Because Both By Compared Despite Empirical Empirically Existing Experimental "
    "Experiments Extensive Even For From If It Many More Most On One Overall Results Since Some Such Their There "
    "Through Together To Under Using When Whether While With Without".split()
)
"""First words that begin with a small letter inside a sentence, whatever the field."""


def _said(text: str, **counts: object) -> DraftClaim:
    """A sentence of our own, with the counts it rests on."""
    return DraftClaim(text, counts=counts or None)


def between(window: Window) -> str:
    """The window in words: `between 13 and 20 November 2025`."""
    if window.since == window.until:
        return f"on {day_in_words(window.since)}"
    since, until = window.since, window.until
    first = f"{since.day}"
    if since.month != until.month or since.year != until.year:
        first += f" {since:%B}" + (f" {since.year}" if since.year != until.year else "")
    return f"between {first} and {day_in_words(until)}"


def day_in_words(day: date) -> str:
    """`20 November 2025`."""
    return f"{day.day} {day:%B %Y}"


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _listed(parts: Sequence[str]) -> str:
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _lower(name: str) -> str:
    """A theme's name inside a sentence; acronyms and names keep their capitals."""
    first = name.split(" ")[0]
    return name if first[1:] != first[1:].lower() else name[:1].lower() + name[1:]
