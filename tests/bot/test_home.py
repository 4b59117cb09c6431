"""The Home tab: each person sees what their own channels get."""

from bot.settings import Subscription
from pipeline.llm import Call, Journal
from tests.bot.conftest import NOW


def call(name, tokens):
    return Call(
        id=name, at=NOW, model="some:model", prompt="p", fingerprint="f", key="k", temperature=0, max_tokens=9,
        tokens_in=tokens, tokens_out=0, counted=True, cost_usd=tokens / 1e5, seconds=1, attempts=1,
        finish_reason="stop", error_kind=None, error=None,
    )  # fmt: skip


def home(workspace, user="U0ADA"):
    return workspace.state.homes.get(user)


async def shown(workspace, user="ada"):
    workspace.open_home(user)
    view = await workspace.until(lambda: home(workspace, f"U0{user.upper()}"))
    return str(view["blocks"])


def subscribe(started, *channels):
    many = [
        Subscription(channel=c, profile="secure-reasoning", day="mon", time="09:00", timezone="Europe/Berlin")
        for c in channels
    ]
    config = started.settings.config.model_copy(update={"subscriptions": tuple(many)})
    started.settings = started.settings.model_copy(update={"config": config})


async def test_it_shows_the_feeds_and_how_to_ask(workspace, started):
    text = await shown(workspace)
    assert "1 of 1 feeds are read as usual." in text
    assert "40 works are stored, 80 passages can be searched." in text
    assert "/brief now" in text
    assert "None is scheduled in a channel that you are in." in text


async def test_it_shows_next_and_latest_briefs_of_the_persons_own_channels_only(workspace, started):
    subscribe(started, "#research", "#secret")
    workspace.channel("general").name = "secret"
    workspace.channel("secret").members.remove("U0KOFI")
    for place in ("research", "secret"):
        workspace.slash("ada", place, "/brief", "now")
        await workspace.until(lambda place=place: [m for m in workspace.messages(place) if m.by_app])
    await workspace.until(lambda: {d["state"] for d in started.records.deliveries()} == {"posted"})
    ada, kofi = await shown(workspace), await shown(workspace, "kofi")
    secret = workspace.channel("secret").id
    assert "in #research" in ada
    assert "in #secret" in ada
    assert f"<#{secret}>" in ada
    assert "in #research" in kofi
    assert "#secret" not in kofi
    assert f"<#{secret}>" not in kofi
    assert "Secure Reasoning - Weekly Brief" in kofi


async def test_questions_about_the_latest_brief_are_suggested_beside_the_messages(workspace, started):
    workspace.open_home("ada", "messages")
    await workspace.settled()
    assert not workspace.state.prompts  # nothing is posted yet
    workspace.slash("ada", "research", "/brief", "now")
    await workspace.until(lambda: [d for d in started.records.deliveries() if d["state"] == "posted"])
    workspace.open_home("ada", "messages")
    prompts = await workspace.until(lambda: workspace.state.prompts.get(workspace.state.open_dm("U0ADA").id))
    assert prompts[0] == {
        "title": "What does “Paper number 1” find?",
        "message": "What does “Paper number 1” find?",
    }
    assert len(prompts) == 4
    workspace.say("ada", "dm", prompts[0]["message"])
    await workspace.until(lambda: started.asked)
    assert started.asked[0][0].text == prompts[0]["message"]


async def test_its_button_opens_the_form(workspace, started):
    await shown(workspace)
    workspace.press("ada", home(workspace)["id"], "open_order_form")
    (view,) = await workspace.until(lambda: list(workspace.state.views.values()))
    assert view["callback_id"] == "order_brief"


async def test_it_tells_what_was_asked_and_spent_in_the_persons_channels(workspace, started):
    workspace.channel("general").members.remove("U0KOFI")
    research, general = (workspace.channel(name).id for name in ("research", "general"))
    for channel, tokens in ((research, 1200), (general, 800)):
        Journal(started.records.engine, channel).add(call(channel, tokens), None)
    workspace.mention("ada", "research", "What do agents leak?")
    workspace.mention("ada", "general", "What else?")
    await workspace.until(lambda: started.conversations.answered([research, general], "", NOW) == 2)
    ada, kofi = await shown(workspace), await shown(workspace, "kofi")
    assert "I answered 2 questions of yours" in ada
    assert "took 2,000 tokens there, for about $0.02" in ada
    assert "I answered 1 question of yours" in kofi
    assert "took 1,200 tokens there, for about $0.01" in kofi
