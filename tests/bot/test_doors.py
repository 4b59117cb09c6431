"""Who is served, where, who may spend, and what a private channel keeps to itself."""

import asyncio
import json
from dataclasses import replace

import pytest

from bot.choices import Choice
from bot.settings import Subscription
from bot.workspace import Fault


def settings(services, **slack):
    config = services.settings.config
    changed = config.model_copy(
        update={"slack": type(config.slack).model_validate(config.slack.model_dump() | slack)}
    )
    services.settings = services.from_file = services.settings.model_copy(update={"config": changed})


def person(workspace, name="kofi", **changes):
    found = workspace.state.user(name)
    workspace.state.users[found.id] = replace(found, **changes)
    return found.id


def alone(workspace, user, channel="research"):
    """What this person alone was told there."""
    return [f"{m.text} {m.blocks}" for m in workspace.messages(channel) if m.visible_to == user]


def direct(workspace, user):
    return [f"{m.text} {m.blocks}" for m in workspace.messages(workspace.state.open_dm(user).id) if m.by_app]


async def quiet(workspace):
    await workspace.settled()
    await asyncio.sleep(0.1)


# Guests, strangers, channels shared with another organisation


@pytest.mark.parametrize("kind", ["guest", "stranger"])
async def test_outsiders_are_not_answered_and_are_told_so_alone(workspace, started, kind):
    user = person(workspace, **{kind: True})
    workspace.mention("kofi", "research", "what holds?")
    (told,) = await workspace.until(lambda: alone(workspace, user))
    assert "full members of this workspace only" in told
    workspace.say("kofi", "dm", "what holds?")
    await workspace.until(lambda: [m for m in workspace.messages(f"D{user[1:]}") if m.by_app])
    await quiet(workspace)
    assert started.asked == []
    workspace.mention("ada", "research", "what holds?")
    await workspace.until(lambda: started.asked)


@pytest.mark.parametrize(
    "words", ["now", "preview", "search robots", "last", "status", "schedule", "why 1", ""]
)
async def test_outsiders_get_no_command_but_help(workspace, started, words):
    user = person(workspace, guest=True)
    workspace.slash("kofi", "research", "/brief", words)
    assert "full members" in (await workspace.until(lambda: alone(workspace, user)))[0]
    assert not started.written
    assert not workspace.state.views
    workspace.slash("kofi", "research", "/brief", "help")
    assert "What I do" in (await workspace.until(lambda: alone(workspace, user)[1:]))[0]


async def test_a_command_that_fails_at_once_is_acknowledged_like_any_other(workspace, started):
    user = person(workspace, guest=True)
    for count in range(1, 16):
        workspace.slash("kofi", "research", "/brief", "")
        told = await workspace.until(lambda count=count: alone(workspace, user)[count - 1 :])
        assert "full members" in told[0]
    await workspace.settled()
    assert all("full members" in text for text in alone(workspace, user))


async def test_outsiders_see_nothing_on_the_home_tab(workspace, started):
    user = person(workspace, guest=True)
    workspace.open_home("kofi")
    home = await workspace.until(lambda: workspace.state.homes.get(user))
    assert "full members" in str(home["blocks"])
    assert len(home["blocks"]) == 1


async def test_a_channel_that_is_shared_with_others_is_not_worked_in(workspace, started, records):
    workspace.state.channel("general").shared = True
    workspace.mention("ada", "general", "what holds?")
    (told,) = await workspace.until(lambda: alone(workspace, "U0ADA", "general"))
    assert "shared with another organisation" in told
    workspace.slash("ada", "general", "/brief", "now")
    await workspace.until(lambda: alone(workspace, "U0ADA", "general")[1:])
    assert (started.asked, started.written) == ([], [])


async def test_no_brief_goes_to_a_shared_channel_by_the_schedule(workspace, services, start, caplog):
    workspace.state.channel("general").shared = True
    given = {"profile": "agents", "day": "mon", "time": "08:30:00", "timezone": "UTC"}
    both = tuple(Subscription.model_validate(given | {"channel": name}) for name in ("#general", "#research"))
    config = services.settings.config.model_copy(update={"subscriptions": both})
    services.settings = services.from_file = services.settings.model_copy(update={"config": config})
    async with start():
        await workspace.until(lambda: [m for m in workspace.messages("research") if m.by_app])
        await quiet(workspace)
    assert not [m for m in workspace.messages("general") if m.by_app]
    assert "#general: the channel is shared with another organisation" in caplog.text


async def test_both_are_served_where_the_settings_say_so(workspace, started):
    settings(started, outsiders=True)
    person(workspace, guest=True)
    workspace.state.channel("general").shared = True
    workspace.mention("kofi", "general", "what holds?")
    await workspace.until(lambda: started.asked)


async def test_nobody_is_answered_while_slack_does_not_say_who_it_is(workspace, started):
    workspace.fail("users.info", Fault(error="internal_error"))
    workspace.mention("ada", "research", "what holds?")
    (told,) = await workspace.until(lambda: alone(workspace, "U0ADA"))
    assert "try again" in told
    workspace.mention("ada", "research", "what holds now?")
    await workspace.until(lambda: started.asked)
    assert [question.text for question, _ in started.asked] == ["what holds now?"]


async def test_people_are_looked_up_once_in_a_while(workspace, started):
    for number in range(5):
        workspace.mention("ada", "research", f"what holds {number}?")
        await workspace.until(lambda n=number: len(started.asked) > n)
    assert len(workspace.calls("users.info")) == 1
    assert len(workspace.calls("conversations.info")) == 1


# Roles


async def test_a_group_may_be_named_in_the_place_of_people(workspace, started):
    settings(started, managers=["S0LEADS"], writers=["U0MINA", "S0LEADS"])
    workspace.api.scopes = {*workspace.api.scopes, "usergroups:read"}
    workspace.state.groups["S0LEADS"] = ["U0KOFI"]
    for name, allowed in (("ada", False), ("kofi", True), ("mina", True)):
        workspace.slash(name, "research", "/brief", "now")
        user = workspace.state.user(name).id
        told = (await workspace.until(lambda u=user: alone(workspace, u)))[0]
        assert ("Only those whom the settings name" not in told) == allowed, name
    assert len(workspace.calls("usergroups.users.list")) == 1, (
        "remembered, and not asked where the id is named"
    )
    workspace.slash("ada", "research", "/brief", "schedule")
    await workspace.until(lambda: alone(workspace, "U0ADA")[1:])
    shown = [m for m in workspace.messages("research") if m.visible_to == "U0ADA"][-1]
    workspace.click("ada", shown.ts, "open_subscribe_form")
    assert (
        "Only <!subteam^S0LEADS> may change" in (await workspace.until(lambda: direct(workspace, "U0ADA")))[0]
    )


async def test_a_group_that_may_not_be_read_lets_nobody_in(workspace, started):
    settings(started, writers=["S0LEADS"])
    workspace.slash("kofi", "research", "/brief", "now")
    assert "try again" in (await workspace.until(lambda: alone(workspace, "U0KOFI")))[0]
    assert not started.written


async def test_who_may_not_spend_cannot_by_the_form_either(workspace, started):
    settings(started, writers=["U0KOFI"])
    workspace.slash("ada", "research", "/brief")
    (view,) = await workspace.until(lambda: list(workspace.state.views.values()))
    values = {
        "profile": {"profile": {"selected_option": {"value": "agents"}}},
        "topic": {"topic": {"value": ""}},
        "since": {"since": {"selected_date": None}},
        "channel": {"channel": {"selected_conversation": "C0RESEARCH"}},
        "where": {"where": {"selected_option": {"value": "post"}}},
    }
    workspace.submit("ada", view["id"], values)
    assert "Only those whom" in (await workspace.until(lambda: direct(workspace, "U0ADA")))[0]
    assert not started.written


async def test_briefs_of_one_person_in_a_day_are_limited_and_each_is_noted(workspace, started):
    settings(started, briefs_per_person_day=2)
    said = ("Works reviewed: 40 from", "here already", "you have had them")
    for number, words in enumerate(said):
        workspace.slash("ada", "research", "/brief", f"now topic {number}")
        await workspace.until(lambda w=words: w in workspace.transcript("research"))
        await asyncio.sleep(0.3)
    assert len(started.written) == 2
    noted = started.choices.changes(10)
    assert [(one["user"], one["what"], one["data"]) for one in noted] == [
        ("U0ADA", "ordered", {"by": "topic 1"}),
        ("U0ADA", "ordered", {"by": "topic 0"}),
    ]
    workspace.slash("kofi", "research", "/brief", "now")
    await workspace.until(lambda: len(started.written) == 3)


# What a private channel keeps to itself


@pytest.fixture
async def private(workspace, started):
    """A private channel of ada's with a topic, a subscription and a brief of its own."""
    place = workspace.state.add_channel("leads", members=["ada", "U0BRIEF"], private=True)
    chosen = Choice(
        channel=place.id,
        channel_name="leads",
        title="Hush plans",
        topic="hush topic",
        day="fri",
        time="15:00",
    )
    started.choices.save(chosen, "U0ADA", started.now())
    started.reload()
    workspace.slash("ada", "leads", "/brief", "now")
    await workspace.until(lambda: [m for m in workspace.messages("leads") if m.by_app and m.thread_ts])
    await quiet(workspace)
    assert started.written[-1].name == "channel-c0leads"
    return place


async def test_its_own_members_see_it_there(workspace, started, private):
    for words in ("help", "status", "last", "schedule"):
        before = len(alone(workspace, "U0ADA", "leads"))
        workspace.slash("ada", "leads", "/brief", words)
        told = (await workspace.until(lambda b=before: alone(workspace, "U0ADA", "leads")[b:]))[0]
        assert ("Hush plans" in told) or (private.id in told) or words == "last", (words, told)


@pytest.mark.parametrize("name", ["ada", "kofi"])
async def test_nothing_of_it_is_told_in_another_channel(workspace, started, private, name):
    """By any command; to those who are in the private channel neither, but for the status, which is theirs alone."""
    user = workspace.state.user(name).id
    for words in ("help", "status", "last", "schedule", "topics", "search hush", "why 1", "nonsense"):
        before = len(alone(workspace, user))
        workspace.slash(name, "research", "/brief", words)
        told = (await workspace.until(lambda b=before: alone(workspace, user)[b:]))[0]
        assert "ush plans" not in told, words
        assert "hush topic" not in told, words
        assert "channel-c0leads" not in told or (name, words) == ("ada", "status"), (words, told)
        assert private.id not in told or (name, words) == ("ada", "status"), (words, told)


@pytest.mark.parametrize("wanted", ["channel-c0leads", "Hush plans"])
async def test_its_topic_cannot_be_ordered_elsewhere(workspace, started, private, wanted):
    workspace.slash("kofi", "research", "/brief", f"now {wanted}")
    await workspace.until(lambda: len(started.written) == 2)
    assert started.written[-1].name.startswith("topic-"), "words like any others"
    assert "hush topic" not in started.written[-1].topic


@pytest.mark.parametrize("where", ["command", "home"])
async def test_its_topic_is_not_offered_in_the_form(workspace, started, private, where):
    if where == "command":
        workspace.slash("kofi", "research", "/brief")
    else:
        workspace.open_home("kofi")
        home = await workspace.until(lambda: workspace.state.homes.get("U0KOFI"))
        assert "ush plans" not in json.dumps(home)
        assert private.id not in json.dumps(home)
        workspace.press("kofi", home["id"], "open_order_form")
    (view,) = await workspace.until(lambda: list(workspace.state.views.values()))
    assert "ush plans" not in json.dumps(view)
    values = {
        "profile": {"profile": {"selected_option": {"value": "channel-c0leads"}}},  # forged
        "topic": {"topic": {"value": ""}},
        "since": {"since": {"selected_date": None}},
        "channel": {"channel": {"selected_conversation": "C0RESEARCH"}},
        "where": {"where": {"selected_option": {"value": "preview"}}},
    }
    workspace.submit("kofi", view["id"], values)
    await workspace.until(lambda: len(started.written) == 2)
    assert "hush topic" not in started.written[-1].topic


async def test_questions_elsewhere_do_not_reach_its_brief_or_its_turns(workspace, started, private):
    parent = next(m for m in workspace.messages("leads") if m.by_app and not m.thread_ts and not m.visible_to)
    workspace.say("ada", "leads", "what of the hush plan?", thread_ts=parent.ts)
    await workspace.until(lambda: len(started.asked) == 1)
    assert started.asked[0][0].brief_id is not None
    for where in ("research", "dm"):
        before = len(started.asked)
        workspace.mention("kofi", where, "what did they ask in the leads channel, and what is [1]?")
        await workspace.until(lambda b=before: len(started.asked) > b)
        question, profile = started.asked[-1]
        assert (question.brief_id, profile) == (None, None)
        assert (question.history, question.numbers, question.cited) == ((), {}, ())
