"""Several workspaces: the app is installed by a link, each workspace has a token of its own, which is renewed in time.

Bolt runs the flow; what is kept, and how, is ours. Source: https://docs.slack.dev/authentication/installing-with-oauth
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeVar

import sqlalchemy as sa
from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.error import BoltError
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.errors import SlackApiError, SlackTokenRotationError
from slack_sdk.oauth.installation_store import Bot
from slack_sdk.oauth.installation_store import Installation as Installed
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from slack_sdk.web.async_client import AsyncWebClient

from bot.clients import with_token
from bot.installations import Installation, InstallationStore
from bot.leases import Lease
from bot.manifest import REDIRECT, manifest
from bot.records import Records
from bot.settings import Settings
from bot.slots import Slots
from pipeline.errors import DeliveryError, SettingsError

log = logging.getLogger(__name__)

INSTALL = "/slack/install"
STATE_SECONDS = 600
KNOWN_SECONDS = 30.0
NOTED_SECONDS = 3600.0
"""For which a channel that was noted is not noted again, unless it was forgotten."""
"""For which a token is used without a look at the database: another process may have renewed or removed it."""
RENEW_BEFORE = 2 * 3600.0
T = TypeVar("T")


class Workspaces(AsyncAuthorize):
    """The clients of the workspaces in which the app is installed; tells Bolt whose token a request gets."""

    def __init__(self, settings: Settings, records: Records, client: AsyncWebClient) -> None:
        secrets_ = settings.secrets
        if secrets_.slack_tokens_key is None:
            raise SettingsError("SLACK_TOKENS_KEY: is not set; `brief slack key` prints one")
        if secrets_.slack_client_id is None or secrets_.slack_client_secret is None:
            raise SettingsError(
                "SLACK_CLIENT_ID, SLACK_CLIENT_SECRET: give both; copy them from Basic Information"
            )
        self._id = secrets_.slack_client_id.get_secret_value()
        self._secret = secrets_.slack_client_secret.get_secret_value()
        self._store = InstallationStore(records.engine, secrets_.slack_tokens_key.get_secret_value())
        self._settings, self._records, self._client = settings, records, client
        self._slots = Slots(records)
        self._known: dict[str, tuple[Installation, float]] = {}
        self._noted: dict[str, float] = {}
        """Channels, and until when they need not be noted again."""
        self._renewing = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="workspaces")
        """Its own: those that are shared may all be busy with answers."""

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        **_: Any,
    ) -> AuthorizeResult | None:
        """What Bolt needs to know about the workspace of a request; none if the app is not installed there."""
        found = await self.installation(team_id or "")
        if found is None:
            return None
        self._note_soon(context.channel_id, found.team)
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=found.team,
            team=found.name,
            bot_id=found.bot_id,
            bot_user_id=found.bot_user,
            bot_token=found.token,
            user_id=user_id,
        )

    async def installation(self, team: str) -> Installation | None:
        """The installation of a workspace, its token good for two hours at least unless Slack renews none."""
        known, until = self._known.get(team, (None, 0.0))
        if known is None or time.monotonic() > until:
            known = await self._blocking(lambda: self._store.find(team))
            if known is not None and _is_due(known):
                known = await self._renewed(known)
            if known is not None:
                self._known[team] = known, time.monotonic() + KNOWN_SECONDS
        return known

    async def client_of(self, channel: str) -> AsyncWebClient:
        """The client of the workspace in which this channel is; DeliveryError if it is in none of them."""
        team = await self._blocking(lambda: self._store.team_of(channel)) or await self._looked_up(channel)
        found = await self.installation(team) if team else None
        if found is None:
            raise DeliveryError(
                f"In none of the workspaces in which I am installed I found the channel {channel}; name it by its id."
            )
        return self._client_with(found)

    def _note_soon(self, channel: str | None, team: str) -> None:
        """Has a channel noted that somebody speaks in, so that all of a workspace can be forgotten; nobody waits."""
        if channel and time.monotonic() > self._noted.get(channel, 0.0):
            self._noted[channel] = time.monotonic() + NOTED_SECONDS
            self._thread.submit(self._noting, channel, team)

    def _noting(self, channel: str, team: str) -> None:
        try:
            self._store.note_channel(channel, team)
        except sa.exc.SQLAlchemyError:
            log.exception("the workspace of channel %s is not noted yet", channel)
            self._noted.pop(channel, None)

    async def note(self, channel: str, team: str) -> None:
        """Remembers in which workspace a channel is."""
        await self._blocking(lambda: self._store.note_channel(channel, team))

    async def forget(self, team: str) -> None:
        """Forgets a workspace that removed the app."""
        self._known.pop(team, None)
        if await self._blocking(lambda: self._store.remove(team)):
            log.info("the app was removed from workspace %s: its token is forgotten", team)

    async def names(self) -> list[str]:
        """The names of the workspaces that accept their token; SettingsError names one that does not."""
        names = []
        for team, name in await self._blocking(self._store.teams):
            found = await self.installation(team)
            try:
                if found is not None:
                    await self._client_with(found).auth_test()
                    names.append(name)
            except SlackApiError as error:
                raise SettingsError(
                    f"workspace {name}: Slack says {error.response['error']}; install the app there again"
                ) from error
        return names

    def flow(self) -> AsyncOAuthFlow:
        """Bolt's pages for installing the app."""
        asked = manifest()["oauth_config"]["scopes"]
        public = self._settings.config.http.public_url
        return AsyncOAuthFlow(
            client=self._client,
            logger=log,
            settings=AsyncOAuthSettings(
                client_id=self._id,
                client_secret=self._secret,
                scopes=[*asked["bot"], *asked["bot_optional"]],
                user_scopes=[],
                redirect_uri=f"{public.rstrip('/')}{REDIRECT}" if public else None,
                install_path=INSTALL,
                redirect_uri_path=REDIRECT,
                authorization_url=f"{self._settings.slack_api_url.removesuffix('api/')}oauth/v2/authorize",
                installation_store=_Kept(self),
                state_store=_States(self),
                state_expiration_seconds=STATE_SECONDS,
            ),
        )

    async def keep(self, one: Installation) -> None:
        """Stores an installation."""
        await self._blocking(lambda: self._store.save(one))
        self._known.pop(one.team, None)
        log.info("the app was installed in workspace %s", one.team)

    async def new_state(self) -> str:
        """A word to be handed to a browser, which has to come back with it."""
        state = secrets.token_urlsafe(32)
        await self._blocking(lambda: self._store.new_state(state, STATE_SECONDS))
        return state

    async def use_state(self, state: str) -> bool:
        """Whether a browser came back with a word that it was given, for the first time."""
        return await self._blocking(lambda: self._store.use_state(state))

    async def _renewed(self, known: Installation) -> Installation:
        """The same with a new token, got by one process at a time; as it is where Slack gives none at present."""
        async with self._renewing:
            lease = await self._blocking(lambda: self._slots.take_turn(f"token {known.team}"))
            if lease is None:
                return known
            return await self._renew(lease, known.team) or known

    async def _renew(self, lease: Lease, team: str) -> Installation | None:
        async with self._records.holding(lease):
            known = await self._blocking(lambda: self._store.find(team))
            if known is None or not _is_due(known):
                return known
            try:
                rotator = AsyncTokenRotator(
                    client_id=self._id, client_secret=self._secret, client=self._client
                )
                fresh = await rotator.perform_bot_token_rotation(bot=_bot(known))
            except SlackTokenRotationError as error:
                log.error("the token of workspace %s could not be renewed: %s", team, _reason(error))
                return known
            if fresh is None or fresh.bot_token_expires_at is None:
                return known
            renewed = replace(
                known,
                token=fresh.bot_token,
                refresh_token=fresh.bot_refresh_token,
                expires_at=float(fresh.bot_token_expires_at),
            )
            await self._blocking(lambda: self._store.save(renewed))
            return renewed

    async def _looked_up(self, channel: str) -> str | None:
        """The workspace in which this channel is found, by asking each of them."""
        teams = await self._blocking(self._store.teams)
        if channel.startswith("#"):
            return teams[0][0] if len(teams) == 1 else None
        for team, _ in teams:
            found = await self.installation(team)
            if found is not None and await _has(self._client_with(found), channel):
                await self.note(channel, team)
                return team
        return None

    def _client_with(self, found: Installation) -> AsyncWebClient:
        return with_token(self._client, found.token)

    async def _blocking(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class _Kept(AsyncInstallationStore):
    """Where Bolt's flow puts an installation."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def async_save(self, installation: Installed) -> None:
        team, token = installation.team_id, installation.bot_token
        if team is None or token is None or installation.is_enterprise_install:
            raise BoltError("The app is installed in one workspace at a time, not in a whole organisation.")
        expires = installation.bot_token_expires_at
        one = Installation(
            team=team,
            name=installation.team_name or team,
            bot_id=installation.bot_id or "",
            bot_user=installation.bot_user_id or "",
            scopes=",".join(installation.bot_scopes or ()),
            installed_at=time.time(),
            token=token,
            refresh_token=installation.bot_refresh_token,
            expires_at=float(expires) if expires else None,
        )
        await self._workspaces.keep(one)


class _States(AsyncOAuthStateStore):
    """Where Bolt's flow keeps the words that it hands to browsers."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        return await self._workspaces.new_state()

    async def async_consume(self, state: str) -> bool:
        return await self._workspaces.use_state(state)


async def _has(client: AsyncWebClient, channel: str) -> bool:
    """Whether the channel is one of this workspace."""
    try:
        if channel.startswith("D"):
            await client.conversations_open(channel=channel)
        else:
            await client.conversations_info(channel=channel)
    except SlackApiError:
        return False
    return True


def _is_due(one: Installation) -> bool:
    return one.expires_at is not None and one.expires_at < time.time() + RENEW_BEFORE


def _bot(one: Installation) -> Bot:
    return Bot(
        team_id=one.team,
        bot_token=one.token,
        bot_id=one.bot_id,
        bot_user_id=one.bot_user,
        bot_refresh_token=one.refresh_token,
        bot_token_expires_at=int(one.expires_at or 0),
        installed_at=one.installed_at,
    )


def _reason(error: SlackTokenRotationError) -> str:
    return str(error.api_error.response["error"])
