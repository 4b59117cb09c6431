import asyncio

import pytest
from pydantic import SecretStr

from bot.app import build_app, check_tokens, run, slack_client
from bot.delivery import DeliveryDelayed, deliver
from bot.settings import Secrets, Subscription
from bot.workspace import Fault
from pipeline.errors import BriefError, SettingsError


def with_secrets(services, **changes):
    secrets = Secrets(**(services.settings.secrets.model_dump() | changes))
    services.settings = services.settings.model_copy(update={"secrets": secrets})


@pytest.mark.parametrize("field", ["slack_bot_token", "slack_app_token"])
async def test_a_refused_token_ends_the_start_with_its_name(services, field):
    with_secrets(services, **{field: SecretStr("xoxb-wrong")})
    with pytest.raises(SettingsError, match=f"{field.upper()}: Slack says invalid_auth") as caught:
        await asyncio.wait_for(run(services, asyncio.Event()), 10)
    assert "xoxb-wrong" not in str(caught.value)


@pytest.mark.parametrize("field", ["slack_bot_token", "slack_app_token"])
async def test_a_missing_token_ends_the_start_with_its_name(services, field):
    with_secrets(services, **{field: None})
    with pytest.raises(SettingsError, match=f"{field.upper()}: is not set"):
        await run(services, asyncio.Event())


async def test_an_unreachable_slack_ends_the_start_in_words(services):
    services.settings = services.settings.model_copy(update={"slack_api_url": "http://127.0.0.1:9/api/"})
    with pytest.raises(BriefError, match="Slack cannot be reached"):
        await run(services, asyncio.Event())


async def test_the_tokens_can_be_checked_without_connecting(workspace, services):
    assert await check_tokens(services.settings) == "@brief in the workspace Local Workspace"
    assert not workspace.hub.connections
    with_secrets(services, slack_app_token=SecretStr("xapp-wrong"))
    with pytest.raises(SettingsError, match="SLACK_APP_TOKEN: Slack says invalid_auth"):
        await check_tokens(services.settings)


async def test_a_missing_scope_is_named_with_what_will_not_work(workspace, services):
    workspace.api.scopes = set(workspace.api.scopes) - {"im:write", "commands"}
    with pytest.raises(SettingsError) as refused:
        await check_tokens(services.settings)
    told = refused.value.user_message
    assert "without commands /brief does not work" in told
    assert "without im:write previews cannot be sent" in told
    assert "channels:history" not in told


def test_the_app_can_be_built_without_a_connection(services):
    assert build_app(services).client.base_url == services.settings.slack_api_url


def subscribe(services, channel):
    subscription = Subscription.model_validate(
        {"channel": channel, "profile": "agents", "day": "mon", "time": "08:30:00", "timezone": "UTC"}
    )
    config = services.settings.config.model_copy(update={"subscriptions": (subscription,)})
    services.settings = services.settings.model_copy(update={"config": config})


def state(services):
    return [d["state"] for d in services.records.deliveries()]


async def test_a_brief_that_is_due_is_written_and_posted_once_over_several_starts(workspace, services, start):
    subscribe(services, "#research")
    for _ in range(3):
        async with start():
            await workspace.until(lambda: state(services) == ["posted"])
            await asyncio.sleep(0.05)
    assert services.written == ["agents"]
    assert len([m for m in workspace.messages("research") if m.by_app and not m.thread_ts]) == 1


async def test_a_slot_left_half_done_is_completed_without_writing_again(workspace, services, start):
    subscribe(services, "#research")
    workspace.fail("chat.postMessage", Fault(error="restricted_action", skip=2))
    async with start():
        await workspace.until(lambda: state(services) == ["failed"])
    async with start():
        await workspace.until(lambda: state(services) == ["posted"])
    assert services.written == ["agents"]
    parts = [m.metadata["event_payload"]["part"] for m in workspace.messages("research")]
    assert parts == list(range(len(parts)))


async def test_what_an_earlier_run_left_behind_is_posted_at_the_start(
    workspace, services, start, make_brief, quick, now
):
    workspace.fail("chat.postMessage", Fault(status=503, times=9, skip=1))
    with pytest.raises(DeliveryDelayed):
        await deliver(
            services.records,
            slack_client(services.settings),
            make_brief(),
            "#research",
            now=now,
            limits=quick,
        )
    workspace.faults.clear()
    async with start():
        await workspace.until(lambda: state(services) == ["posted"])
    parts = [m.metadata["event_payload"]["part"] for m in workspace.messages("research")]
    assert parts == list(range(len(parts)))


async def test_what_slack_held_up_is_posted_later_without_a_restart(workspace, services, start, monkeypatch):
    monkeypatch.setattr("bot.app.RESUME_EVERY", 0.05)
    workspace.fail("chat.postMessage", Fault(status=503, times=4, skip=1))
    async with start():
        workspace.slash("ada", "research", "/brief", "now")
        await workspace.until(lambda: state(services) == ["posted"])
    messages = [m for m in workspace.messages("research") if m.metadata]
    parts = [m.metadata["event_payload"]["part"] for m in messages]
    assert parts == list(range(len(parts)))
    told = [m.text for m in workspace.messages("research") if m.visible_to]
    assert any("posted later" in text for text in told)


async def test_slack_asking_to_reconnect_loses_no_question(workspace, started):
    await workspace.disconnect(grace=0.2)
    asked = workspace.mention("ada", "research", "Still there?")
    await workspace.until(lambda: [m for m in workspace.messages("research") if m.thread_ts == asked.ts], 10)
    assert len(started.asked) == 1


async def test_no_token_stands_in_any_log(workspace, services, start, caplog):
    caplog.set_level("DEBUG")
    async with start():
        asked = workspace.mention("ada", "research", "Does thing 1 hold?")
        await workspace.until(lambda: [m for m in workspace.messages("research") if m.thread_ts == asked.ts])
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith("bot."))
    assert workspace.bot_token not in caplog.text
    assert "Does thing 1 hold?" not in ours
