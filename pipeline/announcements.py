"""The days on which arXiv lists new works. Pure.

Source: https://info.arxiv.org/help/availability.html: announced Sunday to Thursday at 20:00 US Eastern time, so that
the listings, and the feeds made of them at the following midnight, carry the dates Monday to Friday. On holidays the
announcement is deferred; which days those are is said year by year, so the rule here is wider than the list.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EASTERN = "America/New_York"
_DEADLINE = time(14)
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


def listing_after(submitted: datetime) -> date:
    """The first sure listing whose deadline is not past at this instant; moderation may hold a work back further.

    Source: https://info.arxiv.org/help/availability.html: what is submitted until 14:00 US Eastern time on a working
    day is announced that evening (on Friday: on Sunday evening), and listed under the following date.
    """
    local = submitted.astimezone(ZoneInfo(_EASTERN))
    day = local.date() + timedelta(days=1)
    while not is_listing_day(day) or submitted >= _deadline(day):
        day += timedelta(days=1)
    return day


def submitted_for(listing: date) -> tuple[datetime, datetime]:
    """When works for this sure listing are submitted (UTC): from the last sure one's deadline on, up to its own."""
    before = listing - timedelta(days=1)
    while not is_listing_day(before):
        before -= timedelta(days=1)
    return _deadline(before), _deadline(listing)


def closed_listing(now: datetime) -> date:
    """The day of the last listing that no feed can bring any more: feeds change at midnight, US Eastern time."""
    day = now.astimezone(ZoneInfo(_EASTERN)).date() - timedelta(days=1)
    while not is_listing_day(day):
        day -= timedelta(days=1)
    return day


def _deadline(listing: date) -> datetime:
    """The end of submission for a listing: 14:00 Eastern time on the working day before."""
    day = listing - timedelta(days=3 if listing.weekday() == 0 else 1)
    return datetime.combine(day, _DEADLINE, ZoneInfo(_EASTERN)).astimezone(UTC)


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
