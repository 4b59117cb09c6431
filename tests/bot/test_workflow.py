"""The step of Workflow Builder, as a workflow runs it."""

import pytest

from bot.errands import Errands, NewErrand
from bot.leases import release
from bot.workspace import Fault, Workspace


@pytest.fixture
async def workspace(manifest):
    scopes = [*manifest["oauth_config"]["scopes"]["bot"], "connections:write"]
    events = [*manifest["settings"]["event_subscriptions"]["bot_events"], "function_executed"]
    async with Workspace(scopes=scopes, bot_events=events, ack_timeout=1.0) as started:
        yield started


async def ended(workspace, number):
    one = workspace.state.executions[number]
    await workspace.until(lambda: one["state"] != "running")
    return one


def parents(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.by_app and not m.thread_ts and not m.visible_to]


async def test_a_workflow_gets_a_brief_with_its_title_and_its_link(workspace, started):
    number = workspace.run_step(
        "create_brief", channel="C0RESEARCH", topic="robot grasping", since="2026-05-04"
    )
    one = await ended(workspace, number)
    (parent,) = parents(workspace)
    assert one["state"] == "done"
    assert one["outputs"]["title"] == "Secure Reasoning - Weekly Brief"
    assert one["outputs"]["link"].endswith(parent.ts)
    assert started.written[0].topic == "robot grasping"
    assert str(started.windows[0].since) == "2026-05-04"
    assert started.choices.changes(5)[0]["user"] == "workflow"


async def test_without_a_topic_it_is_the_channels_own(workspace, started):
    await ended(workspace, workspace.run_step("create_brief", channel="C0RESEARCH"))
    assert (started.written[0].name, started.windows[0]) == ("secure-reasoning", None)


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"channel": "C0RESEARCH", "since": "when I was young"}, "give a day such as"),
        ({"channel": "C0RESEARCH", "topic": "NOT this"}, "topic"),
        ({"channel": "C0NOWHERE"}, "Slack"),
        ({}, "Slack"),
    ],
)
async def test_what_cannot_be_done_is_told_to_the_workflow(workspace, started, inputs, reason):
    one = await ended(workspace, workspace.run_step("create_brief", **inputs))
    assert one["state"] == "failed"
    assert reason in one["error"]
    assert not parents(workspace)


async def test_a_failure_within_is_told_in_words(workspace, started):
    started.next_brief = lambda: 1 / 0
    one = await ended(workspace, workspace.run_step("create_brief", channel="C0RESEARCH"))
    assert (one["state"], "reference" in one["error"], "division" in one["error"]) == ("failed", True, False)


async def test_a_step_that_comes_twice_is_done_once(workspace, started):
    number = workspace.run_step("create_brief", channel="C0RESEARCH")
    sent = next(d for d in workspace.hub.deliveries if d.payload["event"]["type"] == "function_executed")
    workspace.hub.send("events_api", sent.payload)
    await ended(workspace, number)
    await workspace.settled()
    assert len(started.written) == 1
    assert len(workspace.calls("functions.completeSuccess")) == 1


async def test_the_brief_is_posted_by_the_bot_and_only_the_end_is_told_with_the_steps_token(
    workspace, started
):
    number = workspace.run_step("create_brief", channel="C0RESEARCH")
    token = workspace.state.executions[number]["token"]
    one = await ended(workspace, number)
    assert one["state"] == "done"
    assert not [c for c in workspace.ledger.refused() if c.error == "invalid_auth"]
    answer, _ = workspace.api.run("auth.test", {}, token)
    assert answer["error"] == "invalid_auth", "the token ends with the step"


async def test_where_writers_are_named_a_workflow_has_to_be_one(workspace, started):
    config = started.settings.config
    for writers, state in ((("U0ADA",), "failed"), (("U0ADA", "workflow"), "done")):
        slack = config.slack.model_copy(update={"writers": writers})
        started.settings = started.settings.model_copy(
            update={"config": config.model_copy(update={"slack": slack})}
        )
        one = await ended(workspace, workspace.run_step("create_brief", channel="C0RESEARCH"))
        assert one["state"] == state


async def test_a_channel_shared_with_others_gets_none_by_a_workflow(workspace, started):
    workspace.state.channel("general").shared = True
    one = await ended(workspace, workspace.run_step("create_brief", channel="C0GENERAL"))
    assert (one["state"], "shared with another organisation" in one["error"]) == ("failed", True)


async def test_a_brief_whose_link_cannot_be_had_is_a_brief(workspace, started):
    workspace.fail("chat.getPermalink", Fault(error="internal_error", times=9))
    one = await ended(workspace, workspace.run_step("create_brief", channel="C0RESEARCH"))
    assert (one["state"], one["outputs"]["link"]) == ("done", "")


@pytest.mark.parametrize("written", [False, True])
async def test_a_step_whose_process_died_is_done_after_the_restart(
    workspace, services, start, make_brief, now, written
):
    number = workspace.run_step("create_brief", channel="C0RESEARCH", topic="robot grasping")
    errands = Errands(services.records)
    errands.add(NewErrand(number, "step", "C0RESEARCH", "workflow", {"topic": "robot grasping"}), now)
    if written:
        lease, _ = errands.take(number)
        services.known["b-1"] = make_brief()
        errands.wrote(lease, "b-1")
        with services.records.writer.begin() as connection:
            release(connection, lease)
    services.records.claim([f"event:{event_id(workspace)}"], now)
    async with start():
        one = await ended(workspace, number)
    assert (one["state"], one["outputs"]["title"]) == ("done", "Secure Reasoning - Weekly Brief")
    assert len(services.written) == (0 if written else 1)
    assert len(parents(workspace)) == 1
    assert not errands.waiting(now)


async def test_a_step_under_which_the_process_dies_again_and_again_fails(workspace, services, start, now):
    number = workspace.run_step("create_brief", channel="C0RESEARCH")
    errands = Errands(services.records)
    errands.add(NewErrand(number, "step", "C0RESEARCH", "workflow", {}), now)
    for _ in range(3):
        lease, _ = errands.take(number)
        with services.records.writer.begin() as connection:
            release(connection, lease)
    services.records.claim([f"event:{event_id(workspace)}"], now)
    async with start():
        one = await ended(workspace, number)
    assert (one["state"], "could not go on" in one["error"]) == ("failed", True)
    assert not services.written


async def test_a_step_that_has_ended_otherwise_is_let_go(workspace, services, start, now):
    number = workspace.run_step("create_brief", channel="C0RESEARCH")
    workspace.state.executions[number]["state"] = "failed"
    errands = Errands(services.records)
    errands.add(NewErrand(number, "step", "C0RESEARCH", "workflow", {}), now)
    services.records.claim([f"event:{event_id(workspace)}"], now)
    async with start():
        await workspace.until(lambda: not errands.waiting(now))


def event_id(workspace):
    """The id of the event that began the step: it was acknowledged before the process died."""
    return workspace.hub.deliveries[-1].payload["event_id"]
