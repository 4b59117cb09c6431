"""Questions survive a kill, are answered once and in order, can be stopped, limited, and voted on."""

import asyncio

import pytest
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot import open_requests
from bot.arrivals import Arrival
from bot.delivery import deliver
from bot.listeners.replies import EVENT_TYPE
from bot.open_requests import CountingApp, OpenRequests
from bot.workspace import Fault


def arrival(
    asked, text="Does thing 1 hold?", user="U0ADA", channel="C0RESEARCH", keys=("message:a",), at=None
):
    return Arrival(
        keys=keys,
        intent="question",
        in_briefs_thread="question",
        channel=channel,
        thread=asked,
        user=user,
        text=text,
        message_ts=asked,
        reply_in=asked,
        at=at,
    )


def answers(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.by_app and m.visible_to is None]


def whispers(workspace, channel="research"):
    return [m.text for m in workspace.messages(channel) if m.by_app and m.visible_to]


async def test_a_question_is_stored_before_it_is_acknowledged(workspace, started, conversations):
    started.pause = lambda question: 0.5
    workspace.mention("ada", "research", "Does thing 1 hold?")
    await asyncio.wait_for(workspace.hub.deliveries[0].acked.wait(), 5)
    assert [p.text for p in conversations.unfinished()] == ["Does thing 1 hold?"]


async def test_a_question_that_a_kill_left_waiting_is_answered_once_at_the_next_start(
    workspace, services, start, conversations, now
):
    asked = workspace.say("ada", "research", "Does thing 1 hold?")
    channel = workspace.channel("research").id
    conversations.receive([arrival(asked.ts, channel=channel, at=now)])
    async with start():
        await workspace.until(lambda: answers(workspace))
        await workspace.settled()
    async with start():
        await workspace.settled()
    assert [m.thread_ts for m in answers(workspace)] == [asked.ts]
    assert len(services.asked) == 1
    assert not conversations.unfinished()


async def test_an_answer_that_was_posted_just_before_a_kill_is_not_posted_again(
    workspace, services, start, conversations, now, make_answer
):
    async with start():
        asked = workspace.mention("ada", "research", "Does thing 1 hold?")
        await workspace.until(lambda: answers(workspace))
        await workspace.settled()
    with conversations._writer.begin() as connection:  # as if the process had died before it could note that
        connection.exec_driver_sql("UPDATE questions SET state = 'posting', answer_ts = NULL")
    async with start():
        await workspace.until(lambda: not conversations.unfinished())
    assert [m.thread_ts for m in answers(workspace)] == [asked.ts]
    assert answers(workspace)[0].metadata["event_type"] == EVENT_TYPE


async def test_an_answer_that_was_stored_but_not_posted_is_posted_as_it_was(
    workspace, services, start, conversations, now, make_answer
):
    asked = workspace.say("ada", "research", "Does thing 1 hold?")
    channel = workspace.channel("research").id
    conversations.receive([arrival(asked.ts, channel=channel, at=now)])
    pending = conversations.take_next(channel, asked.ts)
    conversations.save_answer(pending.id, make_answer("Does thing 1 hold?"), None, {})
    async with start():
        await workspace.until(lambda: answers(workspace))
    assert not services.asked, "it is not worked out twice"


async def test_an_answer_posted_after_a_kill_says_of_which_channels_brief_its_numbers_are(
    workspace, services, start, conversations, make_brief, quick, now
):
    client = AsyncWebClient(token="xoxb-local-bot", base_url=workspace.api_url)
    brief = make_brief()
    services.known[brief.id] = brief
    await deliver(services.records, client, brief, "#research", now=now, limits=quick)
    async with start():
        workspace.say("ada", "dm", "What does [1] say?")
        (told,) = await workspace.until(lambda: answers(workspace, "dm"))
        await workspace.settled()
    workspace.state.delete(told)
    with (
        conversations._writer.begin() as connection
    ):  # as if the process had died before it posted the answer
        connection.exec_driver_sql("UPDATE questions SET state = 'posting', answer_ts = NULL")
    async with start():
        (again,) = await workspace.until(lambda: answers(workspace, "dm"))
    assert "the latest brief of <#C0RESEARCH>" in str(again.blocks)
    assert len(services.asked) == 1


async def test_a_question_under_which_the_process_died_again_and_again_is_given_up_in_words(
    workspace, services, start, conversations, now
):
    asked = workspace.say("ada", "research", "Does thing 1 hold?")
    channel = workspace.channel("research").id
    conversations.receive([arrival(asked.ts, channel=channel, at=now)])
    for _ in range(3):
        conversations.take_next(channel, asked.ts)
    async with start():
        (told,) = await workspace.until(lambda: answers(workspace))
    assert "could not answer" in told.text
    assert not services.asked


@pytest.mark.parametrize("accepted", [True, False])
async def test_an_answer_whose_posting_has_no_clear_outcome_is_in_the_thread_once(
    workspace, started, accepted
):
    workspace.fail("chat.postMessage", Fault.dropped(accepted=accepted))
    asked = workspace.mention("ada", "research", "Does thing 1 hold?")
    await workspace.until(lambda: answers(workspace))
    await workspace.settled()
    assert [m.thread_ts for m in answers(workspace)] == [asked.ts]


@pytest.mark.parametrize("times", [2, 3])
async def test_an_answer_is_in_the_thread_once_also_where_the_history_fails_at_first(
    workspace, services, start, times
):
    """Two failures are waited out; after three the next start looks again."""
    workspace.fail("chat.postMessage", Fault.dropped(accepted=True))
    workspace.fail("conversations.replies", Fault(status=503, times=times))
    async with start():
        asked = workspace.mention("ada", "research", "Does thing 1 hold?")
        await workspace.until(lambda: len(workspace.calls("conversations.replies")) >= times)
        await workspace.settled()
    async with start():
        await workspace.settled()
    assert [m.thread_ts for m in answers(workspace)] == [asked.ts]


async def test_an_answer_waits_as_long_as_slack_asks(workspace, started):
    workspace.fail("chat.postMessage", Fault.rate_limited(1, times=2))
    workspace.mention("ada", "research", "Does thing 1 hold?")
    await workspace.until(lambda: answers(workspace))
    assert len(workspace.calls("chat.postMessage")) == 3


async def test_a_stop_takes_the_question_back_and_nothing_is_posted(workspace, started):
    started.pause = lambda question: 0.6
    asked = workspace.mention("ada", "research", "Does thing 1 hold?")
    await workspace.until(lambda: started.asked)
    workspace.mention("ada", "research", "stop, please", thread_ts=asked.ts)
    await workspace.until(lambda: whispers(workspace))
    await workspace.settled()
    assert whispers(workspace) == ["Stopped: your question is not answered any more."]
    assert not answers(workspace)


@pytest.mark.parametrize(
    "text", ["What stops jailbreaks?", "stop sign attacks?", "Can one cancel out noise?", "stop words"]
)
async def test_a_question_that_speaks_of_stopping_is_a_question(workspace, started, text):
    workspace.say("ada", "dm", text)
    await workspace.until(lambda: started.asked)


async def test_who_asks_too_much_at_once_is_told_so_kindly_and_alone(workspace, started):
    started.pause = lambda question: 0.3
    for n in range(8):
        workspace.say("ada", "dm", f"Does thing {n} hold?")
    await workspace.until(lambda: len(whispers(workspace, "dm")) == 3)
    assert all("answer what is waiting first" in text for text in whispers(workspace, "dm"))
    await workspace.until(lambda: len(answers(workspace, "dm")) == 5)
    await workspace.settled()
    assert [q.text for q, _ in started.asked] == [f"Does thing {n} hold?" for n in range(5)]


async def test_a_vote_is_stored_with_question_passages_and_versions(workspace, started):
    workspace.mention("ada", "research", "Does thing 1 hold?")
    (answer,) = await workspace.until(lambda: answers(workspace))
    await workspace.settled()
    workspace.click("ada", answer.ts, "answer_bad")
    workspace.click("kofi", answer.ts, "answer_good")
    await workspace.until(lambda: len(whispers(workspace)) == 2)
    (rated,) = started.votes.rated()
    assert (rated.text, rated.good, rated.bad) == ("Does thing 1 hold?", 1, 1)
    assert rated.answer.claims[0].anchors[0].quote == "We find that thing 1 holds."
    assert set(rated.versions) == {"program", "embedding", "model"}


async def test_a_bad_vote_asks_for_the_reasons_and_keeps_them(workspace, started):
    workspace.mention("ada", "research", "Does thing 1 hold?")
    (answer,) = await workspace.until(lambda: answers(workspace))
    await workspace.settled()
    workspace.click("ada", answer.ts, "answer_bad")
    view = await workspace.until(lambda: next(iter(workspace.state.views.values()), None))
    values = {
        "reasons": {"reasons": {"selected_options": [{"value": "source"}, {"value": "invented"}]}},
        "comment": {"comment": {"value": " It says thing 2. "}},
    }
    workspace.submit("ada", view["id"], values)
    await workspace.until(lambda: started.votes.rated() and started.votes.rated()[0].told.comments)
    told = started.votes.rated()[0].told
    assert (told.reasons, told.comments) == ({"source": 1}, ("It says thing 2.",))
    assert not workspace.ledger.refused()


async def test_many_questions_at_once_are_each_acknowledged_soon_and_answered_once_in_order(
    workspace, started
):
    """The same as benchmarks/questions_at_once.py, small."""
    started.pause = lambda question: 0.01
    people, turns = ("ada", "kofi", "mina"), 2
    roots = [(p, workspace.say(p, "research", f"root {n}").ts) for p in people for n in range(2)]
    for turn in range(turns):
        for person, ts in roots:
            workspace.mention(person, "research", f"question {turn}", thread_ts=ts)
    sent = list(workspace.hub.deliveries)
    await workspace.until(lambda: len(answers(workspace)) == len(roots) * turns, timeout=20)
    await workspace.settled()
    assert all(delivery.acked.is_set() for delivery in sent)
    for _, ts in roots:
        told = [m.text for m in answers(workspace) if m.thread_ts == ts]
        assert [f"question {turn}" in text for turn, text in enumerate(told)] == [True] * turns


async def test_work_waits_until_all_that_came_is_acknowledged():
    requests, done = OpenRequests(), []

    async def work() -> None:
        await requests.all_acknowledged()
        done.append("work")

    with requests.one():
        working = asyncio.create_task(work())
        await asyncio.sleep(0.05)
        with requests.one():
            pass
        assert not done
    await working
    assert done == ["work"]


async def test_work_goes_on_under_a_stream_that_never_ends(monkeypatch):
    monkeypatch.setattr(open_requests, "LONGEST", 0.05)
    requests = OpenRequests()
    with requests.one():
        await asyncio.wait_for(requests.all_acknowledged(), 5)


async def test_an_app_counts_each_request_until_it_has_answered_it(workspace):
    requests = OpenRequests()
    seen = []
    client = AsyncWebClient(token="xoxb-local-bot", base_url=workspace.api_url)
    app = CountingApp(requests, client=client, request_verification_enabled=False)

    @app.command("/brief")
    async def on_brief(ack):
        waiting = asyncio.create_task(requests.all_acknowledged())
        await asyncio.sleep(0.05)
        seen.append(waiting.done())
        await ack()
        await waiting
        seen.append(True)

    body = {"command": "/brief", "user_id": "U1", "team_id": "T1", "channel_id": "C1", "trigger_id": "1.1"}
    request = AsyncBoltRequest(body=body, mode="socket_mode")
    assert (await app.async_dispatch(request)).status == 200
    await workspace.until(lambda: seen == [False, True])
