"""What's missing: the parts of the profile's topic without new work, and since when; else the thinnest ones."""

from collections.abc import Sequence

from pipeline.draft import DraftClaim, DraftItem, Gap, Material
from pipeline.writing.extractive.plain import day_in_words, listed, number, said, weeks_before
from pipeline.writing.extractive.quotes import shown_name

FEWEST = 3
"""Parts of the topic that are named as having the fewest works."""


def missing(material: Material) -> tuple[DraftItem, ...]:
    """One item a gap, and one on the parts with the fewest works."""
    if material.on_topic == 0:
        return (DraftItem((said("The whole of the profile's topic went without new work."),)),)
    items = [DraftItem((_gap(gap, len(material.past_on_topic)),)) for gap in material.gaps]
    parts = [part for part in material.parts if part[1] > 0]
    if parts and not material.gaps:
        items.append(DraftItem((_all_covered(parts),)))
    elif parts:
        items.append(DraftItem((_fewest(parts, "Of the other parts of the topic, the least covered"),)))
    return tuple(items) or (DraftItem((said("Every part of the profile's topic had new work."),)),)


def _all_covered(parts: Sequence[tuple[str, int]]) -> DraftClaim:
    if len(parts) == 1:
        return said("Every part of the profile's topic had new work.", parts=dict(parts))
    return _fewest(parts, "Every part of the profile's topic had new work; the least covered")


def _fewest(parts: Sequence[tuple[str, int]], lead: str) -> DraftClaim:
    few = parts[:FEWEST]
    (first, works), *others = few
    counted = [f"{first} ({number(works, 'work')})", *(f"{phrase} ({n})" for phrase, n in others)]
    return said(f"{lead} {'was' if len(few) == 1 else 'were'} {listed(counted)}.", parts=dict(few))


def _gap(gap: Gap, weeks: int) -> DraftClaim:
    text = f"Nothing new on {gap.phrase}"
    if gap.last is not None and gap.last.appeared is not None:
        since = f"the last work on it is “{shown_name(gap.last)}” of {day_in_words(gap.last.appeared)}"
        counts = {"phrase": gap.phrase, "works": 0}
        return DraftClaim(f"{text}: {since}.", works=(gap.last.id,), counts=counts)
    if weeks == 0:
        return said(f"{text}, and no earlier week is stored.", phrase=gap.phrase, works=0)
    return said(f"{text}, nor in {weeks_before(weeks)}.", phrase=gap.phrase, works=0, weeks=weeks)
