"""The app installed by a link in several workspaces: tokens apart, encrypted, renewed, forgotten."""

import asyncio
import re
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.app import run
from bot.choices import Choice
from bot.installations import Installation, InstallationStore
from bot.manifest import EVENTS
from bot.oauth import INSTALL, Workspaces
from bot.records import Records
from bot.settings import Secrets, Subscription
from bot.workspace import OAuth, User, Workspace
from bot.workspace.state import Identity
from pipeline.errors import DeliveryError, SettingsError
from tests.bot.test_web import free_port, reachable

SECRET = "signed-by-slack"
TEAMS = {
    "T0ONE": ("alpha", User("U0ANN", "ann", "Ann One")),
    "T0TWO": ("beta", User("U0BOB", "bob", "Bob Two")),
}


class Slack:
    """One Web API for several workspaces: a call goes to the workspace that gave out its token or its code."""

    def __init__(self, workspaces):
        self.workspaces = workspaces
        self.url = ""

    async def start(self, stack):
        app = web.Application()
        app.add_routes([web.post("/api/{method}", self.call), web.get("/api/{method}", self.call)])
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        stack.push_async_callback(runner.cleanup)
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    async def call(self, request):
        body, method = await request.read(), request.match_info["method"]
        given = request.headers.get("Authorization", "") + body.decode()
        target = next((w for team, w in self.workspaces.items() if team in given), None)
        if target is None:
            return web.json_response({"ok": method == "api.test", "error": "invalid_auth"})
        headers = {k: v for k, v in request.headers.items() if k in ("Authorization", "Content-Type")}
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{target.api_url}{method}", params=request.query, data=body, headers=headers
            ) as answer,
        ):
            return web.Response(
                body=await answer.read(), status=answer.status, content_type="application/json"
            )


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def public(port):
    return f"http://127.0.0.1:{port}"


@pytest.fixture
async def houses(public):
    """Two workspaces that both call the bot, by team."""
    async with AsyncExitStack() as stack:
        found = {}
        for team, (channel, person) in TEAMS.items():
            found[team] = await stack.enter_async_context(
                Workspace(
                    channels=(channel,),
                    people=(person,),
                    identity=replace(
                        Identity(), team_id=team, team_name=f"House {team[2:]}", bot_user_id=f"UB{team[2:]}"
                    ),
                    request_url=f"{public}{EVENTS}",
                    signing_secret=SECRET,
                    ack_timeout=1.0,
                    retry_delays=(0.1, 0.3, 1.0),
                    oauth=OAuth("1.2", "shh", [f"{public}/slack/oauth_redirect"], lifetime=43_200),
                )
            )
        yield found


@pytest.fixture
async def slack(houses):
    async with AsyncExitStack() as stack:
        front = Slack(houses)
        await front.start(stack)
        yield front


@pytest.fixture
def key():
    return Fernet.generate_key().decode()


@pytest.fixture
def installing(services, slack, port, public, key):
    settings = services.settings.over_http()
    table = settings.config.http.model_copy(update={"host": "127.0.0.1", "port": port, "public_url": public})
    services.settings = services.from_file = settings.model_copy(
        update={
            "config": settings.config.model_copy(update={"http": table}),
            "slack_api_url": f"{slack.url}api/",
            "secrets": Secrets(
                slack_signing_secret=SecretStr(SECRET),
                slack_client_id=SecretStr("1.2"),
                slack_client_secret=SecretStr("shh"),
                slack_tokens_key=SecretStr(key),
            ),
        }
    )
    return services


@pytest.fixture
def serving(installing, quick, port):
    @asynccontextmanager
    async def started():
        stop = asyncio.Event()
        task = asyncio.create_task(run(installing, stop, limits=quick))
        try:
            await reachable(port)
            yield installing
        finally:
            stop.set()
            await asyncio.wait_for(task, 10)

    return started


@pytest.fixture
def store(records, key):
    return InstallationStore(records.engine, key)


class Browser:
    """A person's browser: keeps the bot's cookie and follows no redirect by itself."""

    def __init__(self, session, public):
        self.session, self.public, self.cookie = session, public, ""

    async def begins(self):
        """Opens the bot's page; returns the link to the workspace's own page."""
        async with self.session.get(f"{self.public}{INSTALL}") as page:
            assert page.status == 200
            self.cookie = page.headers["Set-Cookie"].split(";")[0]
            return re.search(r'href="([^"]*oauth/v2/authorize[^"]*)"', await page.text())[1]

    async def allows(self, house, link, answer="allow"):
        """Answers the workspace's question; returns where it sends the browser."""
        query = urlsplit(link.replace("&amp;", "&")).query
        async with self.session.get(f"{house.url}oauth/v2/authorize?{query}") as page:
            assert "asks to be installed" in await page.text()
        form = {"query": query, "answer": answer}
        async with self.session.post(
            f"{house.url}oauth/v2/allow", data=form, allow_redirects=False
        ) as answered:
            assert answered.status == 302
            return answered.headers["Location"]

    async def returns(self, address, cookie=None):
        headers = {"Cookie": self.cookie if cookie is None else cookie}
        async with self.session.get(address, headers=headers, allow_redirects=False) as page:
            return page.status, await page.text()

    async def installs(self, house):
        status, text = await self.returns(await self.allows(house, await self.begins()))
        assert (status, "Thank you" in text) == (200, True)


@pytest.fixture
async def browser(public):
    async with aiohttp.ClientSession() as session:
        yield Browser(session, public)


def answered(house, channel):
    return [m.text for m in house.messages(channel) if m.by_app and m.thread_ts]


async def test_each_workspace_is_answered_with_its_own_token(houses, serving, browser, store):
    async with serving():
        for house in houses.values():
            await browser.installs(house)
        for house, (channel, person) in zip(houses.values(), TEAMS.values(), strict=True):
            house.mention(person.name, channel, f"what holds in {channel}?")
        for house, (channel, _) in zip(houses.values(), TEAMS.values(), strict=True):
            await house.until(lambda h=house, c=channel: answered(h, c))
            assert len(answered(house, channel)) == 1
            assert not [c for c in house.ledger.refused() if c.error != "unknown_method"]
        assert (store.team_of("C0ALPHA"), store.team_of("C0BETA")) == ("T0ONE", "T0TWO")


async def test_a_brief_is_posted_with_the_token_of_its_channels_workspace(houses, serving, browser, store):
    async with serving() as services:
        for house in houses.values():
            await browser.installs(house)
        one = {"profile": "agents", "day": "mon", "time": "08:30:00", "timezone": "UTC"}
        config = services.settings.config.model_copy(
            update={
                "subscriptions": (
                    Subscription.model_validate(one | {"channel": "C0BETA"}),
                    Subscription.model_validate(one | {"channel": "C0ALPHA"}),
                )
            }
        )
        services.settings = services.from_file = services.settings.model_copy(update={"config": config})
    async with serving():
        for house, (channel, _) in zip(houses.values(), TEAMS.values(), strict=True):
            await house.until(lambda h=house, c=channel: [m for m in h.messages(c) if m.by_app], 10)
    assert store.team_of("C0ALPHA") == "T0ONE"
    assert store.team_of("C0BETA") == "T0TWO"


async def test_the_states_are_checked_and_used_once(houses, serving, browser, store):
    house = houses["T0ONE"]
    async with serving():
        back = await browser.allows(house, await browser.begins())
        assert (await browser.returns(back, cookie=""))[0] == 400, "another browser"
        forged = re.sub(r"state=[^&]+", "state=made-up", back)
        assert (await browser.returns(forged, cookie="slack-app-oauth-state=made-up"))[0] == 401
        assert (await browser.returns(back))[0] == 200
        assert (await browser.returns(back))[0] == 401, "a second time"
        denied = await browser.allows(house, await browser.begins(), answer="deny")
        assert "access_denied" in (await browser.returns(denied))[1]
    assert [team for team, _ in store.teams()] == ["T0ONE"]


async def test_it_asks_for_the_manifests_scopes_and_comes_back_to_its_own_address(
    serving, browser, public, manifest
):
    async with serving():
        asked = parse_qs(urlsplit((await browser.begins()).replace("&amp;", "&")).query)
    scopes = manifest["oauth_config"]["scopes"]
    assert asked["scope"] == [",".join([*scopes["bot"], *scopes["bot_optional"]])]
    assert asked["redirect_uri"] == [f"{public}/slack/oauth_redirect"]


async def test_no_token_stands_readable_in_the_database(houses, serving, browser, engine, store, tmp_path):
    async with serving():
        await browser.installs(houses["T0ONE"])
    tokens = [*houses["T0ONE"].oauth.tokens, *houses["T0ONE"].oauth.refresh_tokens]
    assert len(tokens) == 2
    for file in tmp_path.iterdir():
        if file.is_file():
            assert not any(token.encode() in file.read_bytes() for token in tokens)
    assert store.find("T0ONE").token in tokens
    assert not any(token in repr(store.find("T0ONE")) for token in tokens)
    with pytest.raises(SettingsError, match="does not open the stored token of the workspace House ONE"):
        InstallationStore(engine, Fernet.generate_key().decode()).find("T0ONE")


def test_a_key_can_be_changed(engine, key):
    one = Installation("T1", "One", "B1", "U1", "chat:write", 1.0, "xoxb-1", "xoxe-1", 5.0)
    InstallationStore(engine, key).save(one)
    newer = f"{Fernet.generate_key().decode()},{key}"
    store = InstallationStore(engine, newer)
    assert store.find("T1") == one
    store.save(one)
    assert InstallationStore(engine, newer.split(",")[0]).find("T1") == one
    with pytest.raises(SettingsError, match="SLACK_TOKENS_KEY: is not a key"):
        InstallationStore(engine, "secret")


async def test_a_token_that_ends_soon_is_renewed_once_by_all(houses, serving, browser, store, installing):
    house = houses["T0ONE"]
    async with serving():
        await browser.installs(house)
    soon = replace(store.find("T0ONE"), expires_at=store._clock() + 60)
    store.save(soon)
    others = [
        Workspaces(installing.settings, Records(installing.records.engine), installing_client(installing))
        for _ in range(3)
    ]
    found = await asyncio.gather(*(one.installation("T0ONE") for one in others for _ in range(5)))
    assert {one.token for one in found} <= {soon.token, store.find("T0ONE").token}
    assert store.find("T0ONE").token != soon.token
    assert store.find("T0ONE").expires_at > store._clock() + 40_000
    assert len(house.calls("oauth.v2.access", ok=True)) == 2, "installed, and renewed once"
    assert not house.calls("oauth.v2.access", ok=False)
    async with serving():
        house.mention("ann", "alpha", "what holds?")
        await house.until(lambda: answered(house, "alpha"))


async def test_a_refused_renewal_is_told_and_the_token_is_used_while_it_lasts(
    houses, serving, browser, store, installing, caplog
):
    async with serving():
        await browser.installs(houses["T0ONE"])
    houses["T0ONE"].oauth.refresh_tokens.clear()
    soon = replace(store.find("T0ONE"), expires_at=store._clock() + 60)
    store.save(soon)
    one = Workspaces(installing.settings, installing.records, installing_client(installing))
    assert (await one.installation("T0ONE")).token == soon.token
    assert "could not be renewed: invalid_refresh_token" in caplog.text
    assert soon.token not in caplog.text


async def test_a_workspace_that_removes_the_app_is_forgotten(houses, serving, browser, store, engine):
    async with serving() as services:
        for house in houses.values():
            await browser.installs(house)
        for channel, team in (("C0ALPHA", "T0ONE"), ("C0BETA", "T0TWO")):
            store.note_channel(channel, team)
            choice = Choice(channel=channel, channel_name="x", title="T", topic="agents", time="09:00")
            services.choices.save(choice, "U1", services.now())
        houses["T0ONE"].uninstall()
        await houses["T0ONE"].until(lambda: len(store.teams()) == 1)
        await houses["T0ONE"].settled()
        assert [team for team, _ in store.teams()] == ["T0TWO"]
        assert [choice.channel for choice in services.choices.all()] == ["C0BETA"]
        houses["T0ONE"].mention("ann", "alpha", "what holds?")
        await houses["T0ONE"].settled()
        houses["T0TWO"].mention("bob", "beta", "what holds?")
        await houses["T0TWO"].until(lambda: answered(houses["T0TWO"], "beta"))
        assert not answered(houses["T0ONE"], "alpha")
        assert store.team_of("C0ALPHA") == "T0ONE", "so that what it left can be forgotten"
        client_of = Workspaces(services.settings, services.records, installing_client(services)).client_of
        with pytest.raises(DeliveryError, match="C0ALPHA"):
            await client_of("C0ALPHA")
        assert "T0TWO" in (await client_of("#by-name")).token, "there is only one left"
    raw = sqlite3.connect(engine.url.database).execute("select count(*) from installations").fetchone()
    assert raw == (1,)


@pytest.mark.parametrize("missing", ["slack_client_secret", "slack_tokens_key", "slack_signing_secret"])
async def test_what_is_missing_is_named(installing, missing):
    secrets = installing.settings.secrets.model_copy(update={missing: None})
    installing.settings = installing.settings.model_copy(update={"secrets": secrets})
    with pytest.raises(SettingsError, match=missing.upper()):
        await run(installing, asyncio.Event())


async def test_it_needs_http(installing):
    slack = installing.settings.config.slack.model_copy(update={"transport": "socket"})
    config = installing.settings.config.model_copy(update={"slack": slack})
    installing.settings = installing.settings.model_copy(update={"config": config})
    with pytest.raises(SettingsError, match=r"slack.transport: must be http"):
        await run(installing, asyncio.Event())


def installing_client(services):
    from bot.app import slack_client

    return slack_client(services.settings)
