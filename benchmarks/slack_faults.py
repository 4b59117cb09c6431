"""Slack fails in every way we know at each of its calls on the way to a posted brief; counts what reaches the channel.

Usage: python -m benchmarks.slack_faults [EVERY [FIRST]]     (only each so many-th case, from one on; default: all)

Each case is a slot, a channel and a database of its own; the worker does what is due against the local workspace,
which fails once, twice in a row, or until an hour has passed. Five points: looking up the channel's name, the parent,
the first and the last message of the thread, and the look into the history after a message of unknown outcome. (A brief
is never updated once it is posted, so there is no such point.) Where the worker asks for a person, one looks into the
channel and tells it by what `brief settle` does. Lost: a message that is not there in the end; double: one that is
there twice; mute: a slot that stands still without saying what to do. The baseline is slack_sdk with its defaults and a
job that repeats what failed.
"""

import asyncio
import logging
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from benchmarks import kills
from benchmarks.kills import NOW, PARTS, Work, small_brief
from bot.delivery import brief_messages
from bot.worker import Worker
from bot.workspace import Fault, Workspace
from pipeline.store import Store

LIMITS = replace(kills.LIMITS, overall=5.0)
TIMEOUT = 0.25
"""Seconds that the client waits for an answer."""
STEP = timedelta(minutes=11)
TIMES = (1, 2, 99)
HISTORY = ("conversations.history", "conversations.replies")


def _without_metadata(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"messages": [{k: v for k, v in m.items() if k != "metadata"} for m in body["messages"]]}


KINDS: dict[str, Fault] = {
    "connection closed before it is accepted": Fault(drop=True),
    "connection closed after it was accepted": Fault(drop=True, accept=True),
    "no answer in time, not accepted": Fault(hang=TIMEOUT * 2, drop=True),
    "no answer in time, accepted": Fault(hang=TIMEOUT * 2, accept=True),
    "429 with Retry-After": Fault(status=429, error="ratelimited", retry_after=0),
    "429 without Retry-After": Fault(status=429, error="ratelimited"),
    "429 with an hour's Retry-After": Fault(status=429, error="ratelimited", retry_after=3600),
    "ratelimited as an error": Fault(error="ratelimited"),
    "500 not accepted": Fault(status=500, error="internal_error"),
    "500 accepted": Fault(status=500, error="internal_error", accept=True),
    "503 with a page": Fault(status=503, body="<html>unavailable</html>"),
    "200 with a page, accepted": Fault(body="<html>please wait</html>", accept=True),
    "malformed JSON, accepted": Fault(body='{"ok": true, "ts": ', accept=True),
    "cut answer, accepted": Fault(body='{"ok": true, "ch', drop=True, accept=True),
    "ok without anything else, accepted": Fault(body='{"ok": true}', accept=True),
    "empty answer, accepted": Fault(body="", accept=True),
    "fatal_error, accepted": Fault(error="fatal_error", accept=True),
    "msg_too_long": Fault(error="msg_too_long"),
    "an error nobody has heard of": Fault(error="something_new"),
    **{
        code: Fault(error=code)
        for code in ("invalid_auth", "token_revoked", "channel_not_found", "is_archived", "not_in_channel")
    },
    "missing_scope": Fault(error="missing_scope"),
}
"""What goes wrong with a call."""

BLIND: dict[str, Fault] = {
    "metadata missing": Fault(change=_without_metadata),
    "history closed": Fault(error="missing_scope"),
    "history of another plan": Fault(error="not_allowed_token_type"),
}
"""What else goes wrong with the history."""

POINTS: dict[str, int | None] = {
    "the channel's name": None,
    "the parent": 0,
    "the first part": 1,
    "the last part": PARTS - 1,
    "the history": None,
}


@dataclass(frozen=True)
class Case:
    """A kind of failure at a point, so many times; for the history, whether the message had been accepted."""

    point: str
    kind: str
    fault: Fault
    times: int
    accepted: bool = True

    def faults(self) -> Iterator[tuple[str, Fault]]:
        """What to set up in the workspace."""
        fault = replace(self.fault, times=self.times)
        if self.point == "the history":
            yield "chat.postMessage", Fault.dropped(accepted=self.accepted, skip=1)
            for method in HISTORY:
                yield method, fault
        elif (part := POINTS[self.point]) is None:
            yield "users.conversations", fault
        else:
            yield "chat.postMessage", replace(fault, match=lambda payload: _part_of(payload) == part)


def cases() -> list[Case]:
    """All of them."""
    found = [Case(p, k, f, n) for p in POINTS for k, f in KINDS.items() for n in TIMES]
    blind = [Case("the history", k, f, n) for k, f in BLIND.items() for n in TIMES]
    refused = [
        replace(case, accepted=False)
        for case in (*found, *blind)
        if case.point == "the history" and case.times == 1
    ]
    return found + blind + refused


@dataclass
class Count:
    """What came of the cases."""

    cases: int = 0
    lost: int = 0
    double: int = 0
    mute: int = 0
    asked: int = 0
    late: int = 0

    def __str__(self) -> str:
        return (
            f"{self.cases} cases: {self.lost} messages lost, {self.double} double, {self.mute} slots that stand still "
            f"without a word; {self.late} completed later, {self.asked} with the help of a person"
        )


class Clocked(Work):
    """The use cases with a clock in our hand."""

    ahead = timedelta()

    def now(self) -> datetime:
        """The hour, and what we put the clock ahead."""
        return NOW + self.ahead


Job = Callable[[Workspace, Clocked, str, Count], Awaitable[None]]


async def ours(workspace: Workspace, work: Clocked, name: str, count: Count) -> None:
    """The worker looks every eleven minutes; after an hour Slack is well again."""
    worker = Worker(work, _client(workspace), LIMITS)
    for look in range(14):
        if look == 6:
            workspace.faults.clear()
        await worker.look()
        await worker.idle()
        (slot,) = worker.slots.listing()
        if slot["state"] == "done":
            count.late += look > 0
            return
        if not slot["reason"] or (slot["state"] == "asking" and "brief settle" not in slot["reason"]):
            count.mute += 1
        if slot["state"] == "asking":
            count.asked += 1
            _settle(workspace, work, name)
            worker.slots.reopen(slot["key"], work.now())
        work.ahead += STEP
    count.mute += 1


def _settle(workspace: Workspace, work: Clocked, name: str) -> None:
    """What a person does who looks into the channel."""
    (sent,) = work.records.deliveries()
    unknown = next(part.part for part in work.records.parts(sent["id"]) if part.state == "unknown")
    seen = [m.ts for m in workspace.messages(name) if m.metadata["event_payload"]["part"] == unknown]
    assert work.records.settle(sent["id"], seen[0] if seen else None)


async def plainly(workspace: Workspace, work: Clocked, name: str, count: Count) -> None:
    """The baseline: posts one message after the other, and calls again what raised, five times at most."""
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, timeout=1)
    channel, parent = workspace.channel(name).id, None
    for n, message in enumerate(brief_messages(small_brief(name, None))):
        tag = {"event_type": "brief_part", "event_payload": {"delivery": "d", "part": n}}
        for _ in range(5):
            with suppress(Exception):
                answer = await client.chat_postMessage(
                    channel=channel, thread_ts=parent, metadata=tag, **message.payload()
                )
                parent = parent or answer["ts"]
                break


def _client(workspace: Workspace) -> AsyncWebClient:
    # An answer that comes in time on a busy machine, and time-outs that are waited for only where they are meant.
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, timeout=TIMEOUT)  # type: ignore[arg-type]


async def run(chosen: Sequence[Case], how: Job = ours) -> Count:
    """What came of these cases."""
    count = Count()
    names = [f"c{n}" for n in range(len(chosen))]
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.db"
        Store.open(empty).close()
        async with Workspace(channels=names) as workspace:
            for name, case in zip(names, chosen, strict=True):
                home = Path(folder) / name
                home.mkdir()
                shutil.copy(empty, home / "brief.db")
                await _try(workspace, Clocked(home, [f"#{name}"], lease=30.0), name, case, how, count)
                shutil.rmtree(home)
    return count


async def _try(workspace: Workspace, work: Clocked, name: str, case: Case, how: Job, count: Count) -> None:
    for method, fault in case.faults():
        workspace.fail(method, fault)
    before = (count.lost, count.double, count.mute)
    await how(workspace, work, name, count)
    work.close()
    workspace.faults.clear()
    parts = Counter(m.metadata["event_payload"]["part"] for m in workspace.messages(name))
    count.cases += 1
    count.lost += sum(parts[n] == 0 for n in range(PARTS))
    count.double += sum(max(0, parts[n] - 1) for n in range(PARTS))
    if how is ours and before != (count.lost, count.double, count.mute):
        print(f"  {case.point}, {case.kind}, {case.times} times: {dict(parts)}", flush=True)


def _part_of(payload: dict[str, Any]) -> int:
    return int(payload["metadata"]["event_payload"]["part"])


def main() -> None:
    """Prints ours, and the plain job's."""
    logging.disable(logging.CRITICAL)
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    chosen = cases()[first::every]
    kinds = {case.kind for case in chosen}
    print(f"{len(kinds)} kinds of failure at {len({case.point for case in chosen})} points")
    print(f"ours: {asyncio.run(run(chosen))}", flush=True)
    posting = [case for case in chosen if POINTS[case.point] is not None and case.times == 1]
    plain = asyncio.run(run(posting, plainly))
    print(f"a plain job: {plain.cases} cases: {plain.lost} messages lost, {plain.double} double")


if __name__ == "__main__":
    main()
