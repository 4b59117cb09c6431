"""Turns are given out in order, workspace by workspace, and anew when Slack asks for a pause."""

import asyncio

from benchmarks.virtual import run
from bot.pace import Pace, Ration


def sent(*asked, spacing=0.2, hold_back=None):
    """(who, when) in the order of the messages; each of those who ask sends three, one second apart at least."""
    pace, found = Pace(), []

    async def one(name, workspace):
        for _ in range(3):
            await pace.turn(workspace, spacing)
            found.append((name, round(asyncio.get_running_loop().time(), 3)))
            await asyncio.sleep(1.0)

    async def all_of_them():
        if hold_back:
            asyncio.get_running_loop().call_later(*hold_back[:1], pace.hold_back, *hold_back[1:])
        await asyncio.gather(*(one(*each) for each in asked))

    run(all_of_them)
    return found


def test_everybody_gets_a_message_before_anybody_gets_a_second():
    names = [f"c{n}" for n in range(12)]
    found = sent(*((name, "w") for name in names))
    assert [name for name, _ in found] == names * 3
    times = [when for _, when in found]
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) > 0.199


def test_workspaces_do_not_wait_for_each_other():
    found = sent(("a", "one"), ("b", "two"), spacing=0.9)
    assert [when for _, when in found] == [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]


def test_a_pause_that_slack_asks_for_holds_for_all_who_wait():
    found = sent(*((f"c{n}", "w") for n in range(8)), hold_back=(0.5, "w", 30.0))
    assert [when for _, when in found if when < 30.5] == [0.0, 0.2, 0.4]
    later = [when for _, when in found if when >= 30.5]
    assert len(found) == 24
    assert min(b - a for a, b in zip(later, later[1:], strict=False)) > 0.199


def test_a_ration_is_for_each_workspace_and_comes_again():
    ration, found = Ration(2, 60.0), []

    async def ask():
        for wait in (0, 10, 10, 35, 10):  # at 0, 10, 20, 55 and 65 seconds
            await asyncio.sleep(wait)
            found.append(ration.take("w"))
        found.append(ration.take("other"))

    run(ask)
    assert found == [True, True, False, False, True, True]
