"""Times that a question names: "last month", "since October", "this week's". Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.models import Article, Window

MONTHS = "january february march april may june july august september october november december".split()
_MONTH = rf"({'|'.join(MONTHS)})(?:\s+(\d{{4}}))?"
_RECENT = re.compile(
    r"\b(?:in|from|over|during|since|of)?\s*(?:the )?(this|last|past|previous|current)\s+(?:(\d{1,2}|two|three"
    r"|four|few)\s+)?"
    r"(day|week|month|year)(?:['’]?s|s)?\b",
    re.I,
)
_SINCE = re.compile(rf"\b(?:since|after|from)\s+(?:the )?(?:(\d{{1,2}})(?:st|nd|rd|th)?\s+)?{_MONTH}\b", re.I)
_IN = re.compile(rf"\b(?:in|during|of)\s+{_MONTH}\b(?!\s+\d{{1,2}}\b|-)", re.I)
_DAY = re.compile(r"\b(since|after|before|on|until)\s+(\d{4})-(\d{2})-(\d{2})\b", re.I)
_SUMMER = re.compile(r"\bsince (?:the )?(spring|summer|autumn|fall|winter)\b", re.I)
_LATELY = re.compile(r"\b(yesterday|today)(?:['’]s)?\b", re.I)
_THIS_WEEK = re.compile(r"\b(?:this|current)\s+week", re.I)
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_COUNTS = {"two": 2, "three": 3, "four": 4, "few": 3}
_LENGTHS = {"day": 1, "week": 7, "month": 31, "year": 365}


@dataclass(frozen=True)
class Period:
    """Days that a question names, both included, and the question without those words."""

    since: date
    until: date
    rest: str

    def holds(self, article: Article) -> bool:
        """Whether the work appeared, or else was revised, on one of the days."""
        day = article.appeared or article.revised
        return day is not None and self.since <= day <= self.until


def period_of(text: str, today: date, week: Window | None = None) -> Period | None:
    """The days that a question names, seen from a day; none if it names none.

    In a brief's thread "this week" is the brief's own, `week`.
    """
    for pattern, days in (
        (_DAY, _by_day), (_RECENT, _recently), (_SINCE, _since_month), (_IN, _in_month), (_SUMMER, _since_season),
        (_LATELY, _lately),
    ):  # fmt: skip
        found = pattern.search(text)
        span = days(found, today) if found else None
        if found and span:
            if week and pattern is _RECENT and _THIS_WEEK.search(found[0]):
                span = week.since, week.until
            rest = " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())
            return Period(*span, rest)
    return None


def _by_day(found: re.Match[str], today: date) -> tuple[date, date] | None:
    try:
        day = date(int(found[2]), int(found[3]), int(found[4]))
    except ValueError:
        return None
    word = found[1].lower()
    if word == "on":
        return day, day
    return (date.min, day) if word in ("before", "until") else (day, today)


def _recently(found: re.Match[str], today: date) -> tuple[date, date]:
    word, count, unit = found[1].lower(), found[2], found[3].lower()
    if unit == "month" and word in ("last", "previous") and not count:
        end = today.replace(day=1) - timedelta(days=1)
        return end.replace(day=1), end
    if unit == "month" and word in ("this", "current"):
        return today.replace(day=1), today
    if unit == "year" and word in ("this", "current"):
        return today.replace(month=1, day=1), today
    many = int(count) if count and count.isdigit() else _COUNTS.get((count or "").lower(), 1)
    if unit == "week" and word in ("last", "previous") and not count:
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=6)
    return today - timedelta(days=_LENGTHS[unit] * many - 1), today


def _since_month(found: re.Match[str], today: date) -> tuple[date, date] | None:
    try:
        return _month(found[2], found[3], today).replace(day=int(found[1] or 1)), today
    except ValueError:
        return None


def _in_month(found: re.Match[str], today: date) -> tuple[date, date]:
    first = _month(found[1], found[2], today)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _month(name: str, year: str | None, today: date) -> date:
    """The first day of the month, of its latest year that has begun if none is said."""
    number = MONTHS.index(name.lower()) + 1
    if year:
        return date(int(year), number, 1)
    return date(today.year if number <= today.month else today.year - 1, number, 1)


def _since_season(found: re.Match[str], today: date) -> tuple[date, date]:
    month = _SEASONS[found[1].lower()]
    return date(today.year if month <= today.month else today.year - 1, month, 1), today


def _lately(found: re.Match[str], today: date) -> tuple[date, date]:
    day = today if found[1].lower() == "today" else today - timedelta(days=1)
    return day, day
