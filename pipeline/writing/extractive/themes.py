"""Emerging trends: what changed first, with its numbers; what did not, in one sentence at the end."""

from collections.abc import Sequence

from pipeline.draft import DraftClaim, DraftItem, ThemeReport
from pipeline.writing.extractive.brought import brought, brought_in_words
from pipeline.writing.extractive.plain import capital, in_order, listed, number, said, small, weeks_before
from pipeline.writing.extractive.quotes import headline, named_quote

SEVERAL = 4
"""Works of a theme from which it is counted what they bring."""
CITED = 5
"""Works of a theme that are cited with its count."""
MOVED = ("new", "growing", "fading")


def trends(themes: Sequence[ThemeReport], told: set[str], most: int) -> tuple[DraftItem, ...]:
    """The themes with their counts and the findings of works that are not `told` yet, which are added to it."""
    moved = sorted((t for t in themes if t.change in MOVED), key=lambda t: MOVED.index(t.change or ""))
    steady = [t for t in themes if t not in moved]
    items = [_trend(theme, told, most) for theme in (*moved, *steady)]
    if compared := [t for t in steady if t.past]:
        items.append(DraftItem((_unchanged(compared),)))
    return tuple(items)


def _trend(theme: ThemeReport, told: set[str], most: int) -> DraftItem:
    claims = [_count(theme)]
    for article in [a for a in theme.works if a.id not in told][:most]:
        if span := headline(article):
            claims.append(named_quote(article, span))
            told.add(article.id)
    return DraftItem(tuple(claims), title=capital(theme.name))


def _count(theme: ThemeReport) -> DraftClaim:
    shown = theme.works[:CITED]
    text = number(len(theme.works), "work") + " this week"
    if theme.change in MOVED:
        text = f"{capital(theme.change or '')}: {text}{_against(theme)}"
    kinds = brought(theme.works) if len(theme.works) >= SEVERAL else {}
    if kinds:
        text += (
            f": {brought_in_words(kinds)}" if theme.change not in MOVED else f"; {brought_in_words(kinds)}"
        )
    if len(shown) < len(theme.works):
        text += ", among them" if not kinds else "; see"
    counts = counts_of(theme) | ({"brought": kinds} if kinds else {})
    return DraftClaim(f"{text}.", works=tuple(a.id for a in shown), counts=counts)


def _against(theme: ThemeReport) -> str:
    """`, against 5 and then 4 in the two weeks before, 1.4 to 3.9 times its earlier share`."""
    before = weeks_before(len(theme.past))
    if not any(theme.past):
        return f", none in {before}"
    text = f", against {in_order(theme.past)} in {before}"
    return text + (f", {_ratio(*theme.interval)} times its earlier share" if theme.interval else "")


def _ratio(low: float, high: float | None) -> str:
    """The 90 % interval of a ratio, in words."""
    return f"at least {low:.1f}" if high is None or high >= 100 else f"{low:.1f} to {high:.1f}"


def _unchanged(themes: Sequence[ThemeReport]) -> DraftClaim:
    """The themes whose counts are within what chance gives, in one sentence with all counts."""
    counted = [f"{small(t.name)} ({len(t.works)} after {in_order(t.past)})" for t in themes]
    text = f"No clear change against {weeks_before(len(themes[0].past))}: {listed(counted)}."
    return said(text, **{t.name: counts_of(t) for t in themes})


def counts_of(theme: ThemeReport) -> dict[str, object]:
    """The stored numbers of a theme, the past ones latest first."""
    return {
        "works": len(theme.works),
        "on_topic": theme.on_topic,
        "past": list(theme.past),
        "past_on_topic": list(theme.past_on_topic),
        "change": theme.change,
        "interval": list(theme.interval) if theme.interval else None,
    }
