"""What a channel gets is set in Slack, by those who may."""

from datetime import UTC, datetime

import pytest

from bot.choices import Choice, overlaid
from bot.settings import Config
from bot.workspace.state import User


def filled(**changes):
    given = {
        "title": "Robots",
        "topic": "robot grasping NOT simulation only",
        "feeds": ["arXiv cs.AI"],
        "length": "short",
        "language": "de",
        "day": "thu",
        "time": "16:30",
        "timezone": "America/New_York",
        "paused": False,
    } | changes
    paused = [{"value": "paused"}] if given["paused"] else []
    return {
        "title": {"title": {"type": "plain_text_input", "value": given["title"]}},
        "topic": {"topic": {"type": "plain_text_input", "value": given["topic"]}},
        "feeds": {"feeds": {"selected_options": [{"value": name} for name in given["feeds"]]}},
        "length": {"length": {"selected_option": {"value": given["length"]}}},
        "language": {"language": {"selected_option": {"value": given["language"]}}},
        "day": {"day": {"selected_option": {"value": given["day"]}}},
        "time": {"time": {"selected_time": given["time"]}},
        "timezone": {"timezone": {"value": given["timezone"]}},
        "paused": {"paused": {"selected_options": paused}},
    }


async def opened(workspace, user="ada"):
    """The dialog, by the button under `/brief schedule`."""
    workspace.slash(user, "research", "/brief", "schedule")
    told = await workspace.until(
        lambda: [m for m in workspace.messages("research") if m.visible_to == f"U0{user.upper()}"]
    )
    workspace.click(user, told[-1].ts, "open_subscribe_form")
    return (await workspace.until(lambda: list(workspace.state.views.values())))[-1]


def direct(workspace, user="U0ADA"):
    return [f"{m.text} {m.blocks}" for m in workspace.messages(workspace.state.open_dm(user).id)]


async def test_a_channel_gets_what_was_set_in_slack(workspace, started):
    view = await opened(workspace)
    assert "alignment" in str(view["blocks"])  # what it gets now
    workspace.submit("ada", view["id"], filled())
    await workspace.until(lambda: direct(workspace))
    (one,) = started.settings.config.subscriptions
    profile = started.settings.config.profiles[one.profile]
    assert (one.channel, one.day, f"{one.time:%H:%M}", one.timezone) == (
        "C0RESEARCH", "thu", "16:30", "America/New_York",
    )  # fmt: skip
    assert (profile.topic, profile.feeds, profile.length, profile.language) == (
        "robot grasping NOT simulation only", ("arXiv cs.AI",), "short", "de",
    )  # fmt: skip
    workspace.slash("kofi", "research", "/brief", "schedule")
    told = await workspace.until(
        lambda: [m for m in workspace.messages("research") if m.visible_to == "U0KOFI"]
    )
    assert "robot grasping" in str(told[0].blocks)
    assert "Last changed by <@U0ADA>" in str(told[0].blocks)


async def test_what_was_set_in_slack_outlives_a_restart_and_can_be_given_up(workspace, services, start):
    async with start():
        view = await opened(workspace)
        workspace.submit("ada", view["id"], filled())
        await workspace.until(lambda: direct(workspace))
    services.settings = services.from_file
    async with start():
        await workspace.until(lambda: services.settings.config.subscriptions)
        workspace.slash("kofi", "research", "/brief", "topics")
        told = await workspace.until(
            lambda: [m for m in workspace.messages("research") if m.visible_to == "U0KOFI"]
        )
        workspace.click("kofi", told[-1].ts, "forget_choice")
        await workspace.until(lambda: direct(workspace, "U0KOFI"))
    assert not services.choices.all()
    assert services.choices.last_change("C0RESEARCH")[0] == "U0KOFI"


@pytest.mark.parametrize(
    ("wrong", "field", "reason"),
    [
        ({"timezone": "Berlin"}, "timezone", "is not an IANA time zone"),
        ({"topic": "NOT robots"}, "topic", "names nothing to look for"),
        ({"title": ""}, "title", "at least 1 character"),
        ({"time": None}, "time", "time"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field(workspace, started, wrong, field, reason):
    view = await opened(workspace)
    workspace.submit("ada", view["id"], filled(**wrong))
    await workspace.until(lambda: workspace.state.views[view["id"]].get("errors"))
    assert reason in workspace.state.views[view["id"]]["errors"][field]
    assert not started.choices.all()


async def test_guests_change_nothing_also_where_they_are_answered(workspace, started):
    config = started.settings.config.model_validate(
        {**started.settings.config.model_dump(), "slack": {"outsiders": True}}
    )
    started.settings = started.from_file = started.settings.model_copy(update={"config": config})
    kofi = workspace.state.users["U0KOFI"]
    workspace.state.users["U0KOFI"] = User(kofi.id, kofi.name, kofi.real_name, guest=True)
    workspace.slash("kofi", "research", "/brief", "schedule")
    told = await workspace.until(
        lambda: [m for m in workspace.messages("research") if m.visible_to == "U0KOFI"]
    )
    workspace.click("kofi", told[0].ts, "open_subscribe_form")
    said = await workspace.until(lambda: direct(workspace, "U0KOFI"))
    assert "Guests" in said[0]
    assert not workspace.state.views


async def test_only_managers_change_what_a_channel_gets_where_there_are_any(workspace, started):
    config = started.settings.config.model_validate(
        {**started.settings.config.model_dump(), "slack": {"managers": ["U0KOFI"]}}
    )
    started.settings = started.from_file = started.settings.model_copy(update={"config": config})
    workspace.slash("ada", "research", "/brief", "schedule")
    told = await workspace.until(
        lambda: [m for m in workspace.messages("research") if m.visible_to == "U0ADA"]
    )
    workspace.click("ada", told[0].ts, "open_subscribe_form")
    said = await workspace.until(lambda: direct(workspace))
    assert "Only <@U0KOFI> may change" in said[0]
    assert (await opened(workspace, "kofi"))["callback_id"] == "subscribe"


async def test_a_channel_is_chosen_on_the_home_tab_and_must_have_the_bot(workspace, started):
    workspace.open_home("ada")
    view = await workspace.until(lambda: workspace.state.homes.get("U0ADA"))
    workspace.press("ada", view["id"], "open_subscribe_form")
    (form,) = await workspace.until(lambda: list(workspace.state.views.values()))
    general = workspace.channel("general")
    values = filled() | {"channel": {"channel": {"selected_conversation": general.id}}}
    general.members.remove("U0BRIEF")
    workspace.submit("ada", form["id"], values)
    await workspace.until(lambda: workspace.state.views[form["id"]].get("errors"))
    assert "/invite @brief" in workspace.state.views[form["id"]]["errors"]["channel"]
    general.members.append("U0BRIEF")
    workspace.submit("ada", form["id"], values)
    await workspace.until(lambda: direct(workspace))
    assert [choice.channel for choice in started.choices.all()] == [general.id]


def config():
    return Config.model_validate(
        {
            "feeds": [{"name": "a", "url": "https://a.example/feed"}],
            "profiles": {"p": {"title": "P", "topic": "alignment"}},
            "subscriptions": [
                {"channel": "#research", "profile": "p", "day": "mon", "time": "09:00:00"},
                {"channel": "#other", "profile": "p", "day": "mon", "time": "09:00:00"},
            ],
        }
    )


def test_a_choice_takes_the_place_of_the_files_subscription_and_forgets_feeds_that_are_gone():
    choice = Choice(
        channel="C1", channel_name="research", title="T", topic="robots", feeds=("a", "gone"), time="10:00"
    )
    config_now = overlaid(config(), [choice])
    assert [one.channel for one in config_now.subscriptions] == ["#other", "C1"]
    assert config_now.profiles["channel-c1"].feeds == ("a",)
    assert config_now.profile_of(("C1", "#research")) == "channel-c1"
    assert overlaid(config(), []) == config()


def test_the_last_change_is_remembered(records, services):
    choice = Choice(channel="C1", channel_name="r", title="T", topic="robots", time="10:00")
    services.choices.save(choice, "U1", datetime(2026, 5, 18, tzinfo=UTC))
    services.choices.save(choice, "U2", datetime(2026, 5, 19, tzinfo=UTC))
    assert services.choices.last_change("C1") == ("U2", datetime(2026, 5, 19, tzinfo=UTC))
    assert services.choices.all() == [choice]
