"""The same bot, called by Slack over HTTP: signatures, age, size, retries, restarts."""

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import build_app, run
from bot.manifest import EVENTS
from bot.settings import load_settings
from bot.web import LARGEST
from bot.workspace import Workspace
from bot.workspace.requests import signed
from pipeline.errors import SettingsError


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


async def reachable(port):
    async with asyncio.timeout(5), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/healthz"):
                    return
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.02)


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
async def workspace(manifest, port):
    """As the other tests' one, but it calls the bot."""
    async with Workspace(
        scopes=manifest["oauth_config"]["scopes"]["bot"],
        bot_events=manifest["settings"]["event_subscriptions"]["bot_events"],
        ack_timeout=1.0,
        retry_delays=(0.1, 0.3, 1.0, 2.0),
        request_url=f"http://127.0.0.1:{port}{EVENTS}",
    ) as started:
        yield started


@pytest.fixture
def over_http(services, workspace, port):
    settings = services.settings.over_http()
    table = settings.config.http.model_copy(update={"host": "127.0.0.1", "port": port})
    secrets = settings.secrets.model_copy(
        update={"slack_signing_secret": SecretStr(workspace.signing_secret), "slack_app_token": None}
    )
    config = settings.config.model_copy(update={"http": table})
    services.settings = services.from_file = settings.model_copy(
        update={"config": config, "secrets": secrets}
    )
    return services


@pytest.fixture
def serving(over_http, workspace, quick):
    @asynccontextmanager
    async def started():
        stop = asyncio.Event()
        task = asyncio.create_task(run(over_http, stop, limits=quick))
        try:
            await reachable(over_http.settings.listens_on[1])
            yield over_http
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)

    return started


@pytest.fixture
def post(port, workspace):
    async def send(body, *, moment=None, headers=None, path=EVENTS, secret=None):
        moment = time.time() if moment is None else moment
        given = {
            "Content-Type": "application/json",
            **signed(secret or workspace.signing_secret, body, moment),
        }
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{port}{path}", data=body.encode(), headers=given | (headers or {})
            ) as answer,
        ):
            return answer.status, await answer.text()

    return send


def answers(workspace):
    return [m for m in workspace.messages("research") if m.by_app and m.thread_ts]


async def test_a_mention_a_command_and_a_form_work_without_a_socket(workspace, serving):
    async with serving() as services:
        workspace.mention("ada", "research", "what holds?")
        await workspace.until(lambda: answers(workspace))
        assert workspace.slash("ada", "research", "/brief", "help").attempts in (0, 1)
        await workspace.until(lambda: any(m.visible_to for m in workspace.messages("research")))
        workspace.slash("ada", "research", "/brief")
        await workspace.until(lambda: workspace.state.views)
        await workspace.settled()
    assert not workspace.hub.connections
    assert not workspace.calls("apps.connections.open")
    assert [question.text for question, _ in services.asked] == ["what holds?"]
    assert all(delivery.failed is None for delivery in workspace.requests.deliveries)


async def test_a_mistake_in_a_form_comes_back_in_the_acknowledgement(workspace, serving):
    async with serving():
        workspace.slash("ada", "research", "/brief")
        (view,) = await workspace.until(lambda: list(workspace.state.views.values()))
        values = {
            "profile": {"profile": {"type": "static_select", "selected_option": {"value": "agents"}}},
            "topic": {"topic": {"type": "plain_text_input", "value": ""}},
            "since": {"since": {"type": "datepicker", "selected_date": "2027-01-01"}},
            "channel": {"channel": {"type": "conversations_select", "selected_conversation": "C0RESEARCH"}},
            "where": {"where": {"type": "radio_buttons", "selected_option": {"value": "post"}}},
        }
        workspace.submit("ada", view["id"], values)
        await workspace.until(lambda: view.get("errors"))
        assert "is not over yet" in view["errors"]["since"]


async def test_only_slack_is_heard(serving, post):
    body = json.dumps({"type": "url_verification", "challenge": "c1"})
    async with serving():
        assert await post(body) == (200, '{"challenge": "c1"}')
        assert (await post(body, secret="another"))[0] == 401
        assert (await post(body, headers={"X-Slack-Signature": "v0=0"}))[0] == 401
        assert (await post(body, moment=time.time() - 6 * 60))[0] == 401, "a recording of earlier"
        assert (await post(body, moment=time.time() + 6 * 60))[0] == 401


@pytest.mark.parametrize(
    "body", ["{", "[1]", "[" * 100_000, '{"a":' * 50_000, "\ud800".encode("utf-8", "surrogatepass").hex(), ""]
)
async def test_what_slack_would_never_send_is_refused_and_stops_nothing(serving, post, body):
    async with serving():
        status, _ = await post(body)
        assert status in (400, 401, 404), "refused, not a fault of the program"
        assert (await post(json.dumps({"type": "url_verification", "challenge": "c"})))[0] == 200


async def test_bytes_that_are_no_text_and_too_many_of_them_are_refused(serving, port, post):
    url = f"http://127.0.0.1:{port}{EVENTS}"
    async with serving(), aiohttp.ClientSession() as session:
        async with session.post(url, data=b"\xff\xfe\xfa") as answer:
            assert answer.status == 400
        async with session.post(url, data=b"x" * (LARGEST + 1)) as answer:
            assert answer.status == 413
        async with session.get(url) as answer:
            assert answer.status == 405


async def test_an_event_that_comes_again_is_answered_once_also_after_a_restart(workspace, serving, post):
    async with serving():
        workspace.mention("ada", "research", "what holds?")
        await workspace.until(lambda: answers(workspace))
        await workspace.settled()
    sent = [d for d in workspace.requests.deliveries if d.payload["event"].get("user") == "U0ADA"]
    async with serving() as services:
        for number, delivery in enumerate(sent, 1):
            retry = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"}
            assert (await post(json.dumps(delivery.payload), headers=retry))[0] == 200
        await asyncio.sleep(0.2)
    assert len(services.asked) == 1
    assert len(answers(workspace)) == 1


async def test_what_is_asked_while_the_bot_is_away_is_answered_when_it_is_back(workspace, serving):
    async with serving():
        pass
    workspace.mention("ada", "research", "what holds?")
    await asyncio.sleep(0.2)
    async with serving():
        await workspace.until(lambda: answers(workspace), 10)
    assert len(answers(workspace)) == 1
    assert max(d.attempts for d in workspace.requests.deliveries) > 1


async def test_its_health_is_told_on_the_same_port_and_figures_are_not(serving, port):
    async with serving(), aiohttp.ClientSession() as session:
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 404), ("/", 404)):
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                assert (path, answer.status) == (path, status)


async def test_without_a_signing_secret_nobody_is_listened_to(over_http):
    secrets = over_http.settings.secrets.model_copy(update={"slack_signing_secret": None})
    over_http.settings = over_http.settings.model_copy(update={"secrets": secrets})
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET: is not set"):
        build_app(over_http)
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET: is not set"):
        await run(over_http, asyncio.Event())


async def test_a_port_that_is_taken_is_named(over_http, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(SettingsError, match=f"http.port: 127.0.0.1, port {port} cannot be listened on"):
            await asyncio.wait_for(run(over_http, asyncio.Event()), 10)


@pytest.mark.parametrize(
    ("environment", "host", "port"), [(None, "127.0.0.1", 3000), ("8123", "0.0.0.0", 8123)]
)
def test_a_hosting_service_says_where_to_listen(monkeypatch, tmp_path, environment, host, port):
    monkeypatch.delenv("PORT", raising=False)
    if environment:
        monkeypatch.setenv("PORT", environment)
    assert load_settings(tmp_path).listens_on == (host, port)


def test_a_port_that_is_none_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("PORT", "eighty")
    with pytest.raises(SettingsError, match="PORT: must be a number"):
        load_settings(tmp_path)
