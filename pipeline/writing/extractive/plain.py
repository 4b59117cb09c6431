"""Small words of the writer's own sentences: dates, amounts, lists."""

from collections.abc import Sequence
from datetime import date

from pipeline.draft import DraftClaim
from pipeline.models import Window

_SMALL = "no one two three four five six seven eight nine ten eleven twelve".split()


def said(text: str, **counts: object) -> DraftClaim:
    """A sentence of the writer's own, with the counts it rests on."""
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


def in_words(n: int) -> str:
    """`three`; figures from thirteen on, with a comma in thousands."""
    return _SMALL[n] if 0 <= n < len(_SMALL) else f"{n:,}"


def number(n: int, noun: str) -> str:
    """`1 work`, `1,167 works`."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def are(n: int) -> str:
    """`is` for one, else `are`."""
    return "is" if n == 1 else "are"


def listed(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    if len(parts) <= 1:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"


def in_order(latest_first: Sequence[int]) -> str:
    """Counts of weeks from the oldest to the latest: `4, 6 and then 9`."""
    counts = [f"{n:,}" for n in reversed(latest_first)]
    return counts[0] if len(counts) == 1 else f"{', '.join(counts[:-1])} and then {counts[-1]}"


def weeks_before(n: int) -> str:
    """`the week before`, `the three weeks before`."""
    return "the week before" if n == 1 else f"the {in_words(n)} weeks before"


def capital(name: str) -> str:
    """A theme's name at the beginning of a sentence."""
    return name[:1].upper() + name[1:]


def small(name: str) -> str:
    """A theme's name inside a sentence; acronyms and names keep their capitals."""
    first = name.split(" ")[0]
    return name if first[1:] != first[1:].lower() else name[:1].lower() + name[1:]
