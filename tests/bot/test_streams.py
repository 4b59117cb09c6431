"""An answer that takes longer is shown while it is made, and is there once whatever happens to the show."""

import asyncio
import sys
from dataclasses import replace

import pytest

from bot.views.stream import sentence
from bot.workspace import Fault
from bot.workspace.limits import check_message
from pipeline.llm import ModelCancelled


def answers(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.by_app and m.visible_to is None]


@pytest.fixture
def slow(services, monkeypatch):
    """Answers that are written sentence by sentence, and end when they are let."""
    module = sys.modules[type(services).__module__]
    patient = replace(module.QUICK, show_after=0.02, show_every=0.02, show_patience=1.0)
    monkeypatch.setattr(module, "QUICK", patient)
    services.go_on = asyncio.Event()

    async def write(draft):
        draft.reads("Paper <!channel> one", "https://arxiv.org/abs/2605.00001")
        await asyncio.sleep(0.05)
        draft.says("Thing 1 holds, *says* <@U0KOFI>.")
        for _ in range(200):
            await asyncio.sleep(0.02)
            if draft.stopped.is_set():
                raise ModelCancelled("stopped")
            if services.go_on.is_set():
                return

    services.on_draft = write
    return services


def growing(workspace):
    return [m for m in answers(workspace) if m.stream and "holds" in m.text]


async def test_steps_and_checked_sentences_are_shown_until_the_answer_takes_their_place(
    workspace, slow, start
):
    async with start():
        asked = workspace.mention("ada", "research", "Does thing 1 hold?")
        (half,) = await workspace.until(lambda: growing(workspace))
        tasks = {b["task_id"].split("-")[2]: b for b in half.blocks if b["type"] == "task_card"}
        assert tasks["search"]["status"] == "complete"
        assert tasks["read"]["sources"][0]["url"] == "https://arxiv.org/abs/2605.00001"
        assert tasks["write"]["status"] == "in_progress"
        assert "<@" not in half.text
        assert "<!" not in str(half.blocks)
        assert half.thread_ts == asked.ts
        await workspace.until(lambda: workspace.state.sessions.get((half.channel, asked.ts)) == "processing")
        slow.go_on.set()
        await workspace.until(lambda: "asked:" in answers(workspace)[0].text)
        await workspace.settled()
    (answer,) = answers(workspace)
    assert answer.ts == half.ts
    assert not [b for b in answer.blocks if b["type"] in ("task_card", "markdown")]
    assert answer.metadata["event_type"] == "brief_answer"
    assert check_message({"text": answer.text, "blocks": answer.blocks}) is None
    assert workspace.state.sessions[half.channel, asked.ts] == "active"
    assert len(workspace.calls("chat.postMessage")) == 0


async def test_a_quick_answer_is_posted_without_a_show(workspace, started):
    asked = workspace.mention("ada", "research", "Does thing 1 hold?")
    await workspace.until(lambda: answers(workspace))
    assert not workspace.calls("chat.startStream")
    (status,) = workspace.calls("assistant.threads.setStatus")
    assert status.payload["thread_ts"] == asked.ts
    assert 1 < len(status.payload["loading_messages"]) <= 10


async def test_what_waits_for_others_answers_shows_a_status_and_no_stream(workspace, slow, start):
    turn, ask = asyncio.Event(), slow.ask

    async def in_turn(*arguments, **options):
        await turn.wait()
        return await ask(*arguments, **options)

    slow.ask = in_turn
    async with start():
        workspace.mention("ada", "research", "Does thing 1 hold?")
        await workspace.until(lambda: workspace.calls("assistant.threads.setStatus"))
        await asyncio.sleep(0.3)
        assert not workspace.calls("chat.startStream")
        turn.set()
        await workspace.until(lambda: growing(workspace))
        slow.go_on.set()
        await workspace.until(lambda: "asked:" in answers(workspace)[0].text)


async def test_a_direct_message_is_answered_in_its_thread_and_shown_there_meanwhile(workspace, slow, start):
    async with start():
        asked = workspace.say("ada", "dm", "Does thing 1 hold?")
        await workspace.until(lambda: workspace.calls("chat.startStream"))
        slow.go_on.set()
        await workspace.until(lambda: any("asked:" in m.text for m in answers(workspace, "dm")))
    (answer,) = answers(workspace, "dm")
    assert answer.thread_ts == asked.ts


FAULTS = {
    "not allowed": lambda: Fault(error="not_allowed_token_type", times=9),
    "rate limited": lambda: Fault.rate_limited(30, times=9),
    "dropped before": lambda: Fault.dropped(accepted=False),
    "dropped after": lambda: Fault.dropped(accepted=True),
    "500 after": lambda: Fault(status=500, accept=True),
    "expired": lambda: Fault(error="message_not_in_streaming_state", times=9),
}


@pytest.mark.parametrize(
    "method", ["chat.startStream", "chat.appendStream", "chat.stopStream", "chat.update"]
)
@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_slack_refuses_there_is_one_answer_and_no_half_one(
    workspace, slow, start, method, fault
):
    if (method, fault) == ("chat.update", "rate limited"):
        pytest.skip("an answer waits as long as Slack asks: see the next test")
    workspace.fail(method, FAULTS[fault]())
    async with start():
        workspace.mention("ada", "research", "Does thing 1 hold?")
        await workspace.until(lambda: slow.asked)
        await asyncio.sleep(0.2)
        slow.go_on.set()
        await workspace.until(lambda: [m for m in answers(workspace) if "asked:" in m.text])
        await workspace.until(lambda: not slow.conversations.unfinished())
    shown = answers(workspace)
    assert sum("asked:" in m.text for m in shown) == 1
    cannot_be_closed = method == "chat.stopStream" and fault in ("not allowed", "rate limited", "expired")
    assert len([m for m in shown if "asked:" not in m.text]) == (1 if cannot_be_closed else 0)


async def test_a_stream_that_expired_becomes_the_answer_all_the_same(workspace, slow, start):
    workspace.desk.stream_seconds = 0.0
    async with start():
        workspace.mention("ada", "research", "Does thing 1 hold?")
        await workspace.until(lambda: workspace.calls("chat.startStream"))
        slow.go_on.set()
        await workspace.until(lambda: [m for m in answers(workspace) if "asked:" in m.text])
    assert len(answers(workspace)) == 1


@pytest.mark.parametrize("struck", ["chat.startStream", "chat.stopStream", "chat.update"])
async def test_a_kill_in_the_middle_leaves_one_answer_after_a_restart(workspace, slow, start, struck):
    hit = asyncio.Event()

    def strike(payload):
        hit.set()
        return True

    workspace.fail(struck, Fault(hang=1.5, accept=True, match=strike))
    if struck != "chat.startStream":
        slow.go_on.set()
        slow.pause = lambda question: 0.1
    running = start()
    await running.__aenter__()
    workspace.mention("ada", "research", "Does thing 1 hold?")
    await asyncio.wait_for(hit.wait(), 5)
    for task in [t for t in asyncio.all_tasks() if "_work" in repr(t) or "on_message" in repr(t)]:
        task.cancel()
    kept = slow.conversations.unfinished()
    await running.__aexit__(None, None, None)
    assert len(kept) == 1
    slow.go_on.set()
    async with start():
        await workspace.until(lambda: not slow.conversations.unfinished(), timeout=10)
        await workspace.settled()
    assert sum("asked:" in m.text for m in answers(workspace)) == 1
    assert len(answers(workspace)) == 1


@pytest.mark.parametrize("how", ["button", "word"])
async def test_a_stop_ends_the_work_and_closes_the_half_answer(workspace, slow, start, how):
    async with start():
        asked = workspace.mention("ada", "research", "Does thing 1 hold?")
        (half,) = await workspace.until(lambda: growing(workspace))
        if how == "button":
            workspace.press_stop("ada", "research", asked.ts)
        else:
            workspace.mention("ada", "research", "stop", thread_ts=asked.ts)
        await workspace.until(lambda: "Stopped" in half.text)
        await workspace.settled()
    assert not [m for m in answers(workspace) if "asked:" in m.text]
    assert not slow.conversations.unfinished()
    assert not slow.conversations.half_open()


async def test_a_half_answer_of_a_question_taken_back_is_closed_after_a_restart(workspace, slow, start):
    async with start():
        asked = workspace.mention("ada", "research", "Does thing 1 hold?")
        (half,) = await workspace.until(lambda: growing(workspace))
        (pending,) = slow.conversations.unfinished()
        slow.go_on.set()
        await workspace.until(lambda: not slow.conversations.unfinished())
        await workspace.settled()
    half.stream.state = "in_progress"
    slow.conversations.stream(pending.id, half.ts)
    with slow.records.writer.begin() as connection:
        connection.exec_driver_sql("update questions set state = 'cancelled'")
    async with start():
        await workspace.until(lambda: not slow.conversations.half_open())
    assert half.text == "Stopped, as you asked."
    assert asked.ts == half.thread_ts


def test_nothing_in_a_sentence_that_is_shown_acts():
    shown = sentence("See <!here> [x](http://evil) `code` *b* <a@b> #1")["text"]
    for active in ("<!", "](", "`c", "*b"):
        assert active not in shown.replace("\\" + active[0], "")
