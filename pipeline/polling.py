"""When a feed is asked, at which address, and what an answer means for the next time. Pure decisions.

The rules:
- A host's Retry-After (429, 503) is kept to, up to seven days, by hand too.
- After one failure the next reading simply tries again. From the second in a row on the program waits 1 h, 2 h, 4 h ...
  at most 24 h, each 25 % shorter to 25 % longer so that feeds do not return together; a 429 without Retry-After waits
  from the first on. A reading by hand does not wait for this.
- 410: the feed is not asked again until its address in the settings changes, or it is switched off and on again.
- A permanent redirect (301, 308) is remembered once a feed was read at the new address, unless it leaves https. If the
  new address fails three times in a row, the address of the settings is asked again.
- Validators are left out once the last whole answer is older than eight days: some hosts answer 304 for ever.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.errors import BriefError, FeedUnavailable
from pipeline.fetch import Fetched, Validators
from pipeline.models import Entry
from pipeline.store import ITEM_BYTES, FeedState

LONGEST_ASKED = timedelta(days=7)
FIRST_WAIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=24)
JITTER = 0.25
TRIES_AT_NEW_ADDRESS = 3
ASK_WHOLE_AFTER = timedelta(days=8)
STALE_SHARE = 0.8
"""A listing under a new date with at least this share of the items of the last one is the last one again."""


def next_try(state: FeedState, now: datetime, *, by_hand: bool = False) -> datetime | None:
    """Until when the feed is not to be asked; none if it may be asked now.

    A moment further away than the longest wait was stored by a clock that ran ahead, and does not count.
    """
    waits = [(state.not_before, LONGEST_ASKED)]
    if not by_hand:
        waits.append((state.backoff_until, LONGEST_WAIT * (1 + JITTER)))
    left = [until for until, longest in waits if until is not None and now < until <= now + longest]
    return max(left, default=None)


def why_not_now(state: FeedState, now: datetime, *, by_hand: bool = False) -> str | None:
    """Why the feed is not asked now, in words; none if it is."""
    if state.gone_since is not None:
        return (
            f"gone for good since {state.gone_since:%Y-%m-%d}, as its host says (410); "
            "give its new address in the settings, or remove it"
        )
    until = next_try(state, now, by_hand=by_hand)
    if until is None:
        return None
    if until == state.not_before:
        return f"its host asked to wait until {spoken(until)}"
    return f"failed {state.consecutive_failures} times in a row; the next try is after {spoken(until)}"


def spoken(moment: datetime) -> str:
    """An instant for people."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def validators(state: FeedState, now: datetime) -> Validators:
    """What to send, so that the host may answer that nothing changed."""
    if state.last_full is not None and now - state.last_full > ASK_WHOLE_AFTER:
        return Validators()
    return Validators(etag=state.etag, last_modified=state.last_modified)


def answered(state: FeedState, fetched: Fetched, now: datetime) -> FeedState:
    """The state after an answer that could be read."""
    kept = fetched.validators
    is_same = fetched.status == "not_modified"
    return replace(
        state,
        etag=kept.etag or (state.etag if is_same else None),
        last_modified=kept.last_modified or (state.last_modified if is_same else None),
        last_success=now,
        last_full=now if fetched.status == "ok" else state.last_full,
        last_error=None,
        consecutive_failures=0,
        moved_to=_moved_to(state, fetched),
        not_before=None,
        backoff_until=None,
    )


def _moved_to(state: FeedState, fetched: Fetched) -> str | None:
    new = fetched.permanent_url
    leaves_https = new is not None and state.address.startswith("https:") and not new.startswith("https:")
    if new is None or leaves_https:
        return state.moved_to
    return None if new == state.url else new


def failed(state: FeedState, reason: str, error: BriefError | None, now: datetime) -> FeedState:
    """The state after a reading that failed; `error` is none for an error of this program."""
    status = error.status if isinstance(error, FeedUnavailable) else None
    asked = error.retry_after if isinstance(error, FeedUnavailable) else None
    count = state.consecutive_failures + 1
    after = replace(
        state,
        last_error=reason,
        consecutive_failures=count,
        gone_since=now if status == 410 else None,
        not_before=now + timedelta(seconds=asked) if asked else None,
        backoff_until=_backoff(state.name, count + (status == 429), now),
    )
    if state.moved_to is not None and count >= TRIES_AT_NEW_ADDRESS and asked is None and status != 410:
        return replace(after, moved_to=None, etag=None, last_modified=None)
    return after


def _backoff(name: str, failures: int, now: datetime) -> datetime | None:
    """Until when to wait after so many failures in a row; the jitter follows from the name, so it can be repeated."""
    if failures < 2:
        return None
    wait: timedelta = min(FIRST_WAIT * (1 << min(failures - 2, 10)), LONGEST_WAIT)
    drawn = hashlib.blake2b(f"{name}\x1f{failures}".encode(), digest_size=4).digest()
    share = int.from_bytes(drawn, "big") / 0xFFFFFFFF
    return now + wait * (1 - JITTER + 2 * JITTER * share)


def items_of(entries: Collection[Entry]) -> bytes:
    """Digests of the entries' identifiers, sorted: enough to recognise a listing that comes again."""
    marks = {hashlib.blake2b(e.guid.encode(), digest_size=ITEM_BYTES).digest() for e in entries}
    return b"".join(sorted(marks))


def with_listing(state: FeedState, entries: Collection[Entry]) -> tuple[FeedState, int]:
    """The state after a listing of arXiv, and how many of its items stood in the last one under an earlier date.

    A listing that is the last one again leaves the state as it was, so that the next one is compared with that too.
    """
    listed = max((e.announced for e in entries if e.announced is not None), default=None)
    if listed is None:
        return state, 0
    items = items_of([e for e in entries if e.announced is not None])
    old, new = _marks(state.items), _marks(items)
    is_later = state.listed is not None and listed > state.listed
    repeated = len(old & new) if is_later else 0
    if is_stale(len(new), repeated):
        return state, repeated
    return replace(state, listed=listed, items=items), repeated


def is_stale(entries: int, repeated: int) -> bool:
    """Whether a listing with so many items of an earlier one is that one again."""
    return entries > 0 and repeated >= STALE_SHARE * entries


def _marks(items: bytes) -> set[bytes]:
    return {items[at : at + ITEM_BYTES] for at in range(0, len(items), ITEM_BYTES)}
