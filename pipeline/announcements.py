"""The days on which arXiv lists new works. Pure.

Source: https://info.arxiv.org/help/availability.html: announced Sunday to Thursday at 20:00 US Eastern time, so that
the listings, and the feeds made of them at the following midnight, carry the dates Monday to Friday. On holidays the
announcement is deferred; which days those are is said year by year, so the rule here is wider than the list.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EASTERN = "America/New_York"
_READY = time(4)
"""Eastern time from which a listing of the same day is expected in the feed; it is made at midnight."""


def listing_due(now: datetime) -> date:
    """The day of the last listing that should be in the feeds at this instant."""
    local = now.astimezone(ZoneInfo(_EASTERN))
    day = local.date() if local.time() >= _READY else local.date() - timedelta(days=1)
    while not is_listing_day(day):
        day -= timedelta(days=1)
    return day


def expects_listing(now: datetime) -> bool:
    """Whether at this instant the feeds should hold a listing of the present Eastern day; they are empty else."""
    return listing_due(now) == now.astimezone(ZoneInfo(_EASTERN)).date()


def is_listing_day(day: date) -> bool:
    """Whether a listing of this date is sure to be expected: a weekday that is no holiday and follows none."""
    before = range(4 if day.weekday() == 0 else 2)
    return day.weekday() < 5 and not any(is_holiday(day - timedelta(days=i)) for i in before)


def is_holiday(day: date) -> bool:
    """Whether announcements may be deferred on this day."""
    if (day.month == 12 and day.day >= 24) or (day.month == 1 and day.day == 1):
        return True
    fixed = {_observed(date(day.year, 6, 19)), _observed(date(day.year, 7, 4))}
    return day in fixed | {_nth(day.year, 1, 0, 3), _nth(day.year, 9, 0, 1), _nth(day.year, 11, 3, 4)}


def _observed(day: date) -> date:
    """A holiday at the weekend is kept on the Friday before or the Monday after."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    """The day of a month by weekday, such as the third Monday."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
