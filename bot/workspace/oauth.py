"""Installing the app by a link: the page that asks, codes, tokens that are renewed, and their end.

Source: https://docs.slack.dev/authentication/installing-with-oauth and https://docs.slack.dev/authentication/using-token-rotation
"""

import html
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from aiohttp import web
from yarl import URL

from bot.workspace.calls import ApiError
from bot.workspace.state import Json, State

CODE_SECONDS = 600.0
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Install {app}</title>
<link rel="stylesheet" href="/style.css"></head><body><main class="install">
<h1>{app} asks to be installed in {team}</h1><p>It asks for:</p><ul>{scopes}</ul>
<form method="post" action="/oauth/v2/allow"><input type="hidden" name="query" value="{query}">
<button class="button primary" name="answer" value="allow">Allow</button>
<button class="button" name="answer" value="deny">Cancel</button></form></main></body></html>"""


@dataclass
class OAuth:
    """An app that is installed by a link. With a `lifetime` in seconds its tokens end, and are renewed."""

    client_id: str
    client_secret: str
    redirect_urls: Collection[str]
    lifetime: float | None = None
    codes: dict[str, tuple[str, str, float]] = field(default_factory=dict)
    """Code to scopes, redirect address, and until when it may be exchanged."""
    tokens: dict[str, float | None] = field(default_factory=dict)
    """Bot tokens, and when each ends."""
    refresh_tokens: dict[str, str] = field(default_factory=dict)
    """Refresh token to scopes."""

    def is_valid(self, token: str, now: float) -> bool:
        """Whether a bot token was given out; ApiError for one that has ended."""
        if token not in self.tokens:
            return False
        end = self.tokens[token]
        if end is not None and now > end:
            raise ApiError("token_expired")
        return True

    def access(self, state: State, given: Json, client: tuple[str, str]) -> Json:
        """oauth.v2.access: a token for a code, or a new one for a refresh token."""
        client_id, client_secret = client
        if client_id != self.client_id:
            raise ApiError("invalid_client_id")
        if client_secret != self.client_secret:
            raise ApiError("bad_client_secret")
        if given.get("grant_type") == "refresh_token":
            return self._refreshed(state, str(given.get("refresh_token")))
        scopes, redirect, until = self.codes.pop(str(given.get("code")), ("", "", 0.0))
        if not scopes or state.now() > until:
            raise ApiError("invalid_code")
        if redirect != str(given.get("redirect_uri") or redirect):
            raise ApiError("bad_redirect_uri")
        me = state.identity
        return self._token(state, scopes) | {
            "app_id": me.app_id,
            "team": {"id": me.team_id, "name": me.team_name},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": state.person.id},
        }

    def revoke_all(self) -> None:
        """Ends every token."""
        self.tokens.clear()
        self.refresh_tokens.clear()

    def _refreshed(self, state: State, refresh_token: str) -> Json:
        scopes = self.refresh_tokens.pop(refresh_token, None)
        if scopes is None:
            raise ApiError("invalid_refresh_token")
        return self._token(state, scopes)

    def _token(self, state: State, scopes: str) -> Json:
        kind = "xoxb" if self.lifetime is None else "xoxe.xoxb"
        token = f"{kind}-{state.identity.team_id}-{secrets.token_hex(8)}"
        self.tokens[token] = None if self.lifetime is None else state.now() + self.lifetime
        given: Json = {"token_type": "bot", "access_token": token, "scope": scopes}
        given |= {"bot_user_id": state.identity.bot_user_id}
        if self.lifetime is not None:
            refresh = f"xoxe-{state.identity.team_id}-{secrets.token_hex(8)}"
            self.refresh_tokens[refresh] = scopes
            given |= {"refresh_token": refresh, "expires_in": int(self.lifetime)}
        return given


@dataclass
class OAuthPages:
    """The page on which a person allows the installation."""

    oauth: OAuth
    state: State

    def routes(self) -> list[web.RouteDef]:
        """The page, and where its buttons lead."""
        return [web.get("/oauth/v2/authorize", self.ask), web.post("/oauth/v2/allow", self.answer)]

    async def ask(self, request: web.Request) -> web.Response:
        """Asks whether the app may be installed."""
        if problem := self._problem(request.query):
            return web.Response(text=problem, status=400)
        names = sorted(filter(None, request.query.get("scope", "").split(",")))
        return web.Response(
            content_type="text/html",
            text=PAGE.format(
                app=html.escape(self.state.identity.bot_name),
                team=html.escape(self.state.identity.team_name),
                scopes="".join(f"<li>{html.escape(name)}</li>" for name in names),
                query=html.escape(request.query_string),
            ),
        )

    async def answer(self, request: web.Request) -> web.Response:
        """Sends the browser back to the app, with a code or with `access_denied`."""
        form = await request.post()
        query = URL(f"/?{form.get('query', '')}", encoded=True).query
        if problem := self._problem(query):
            return web.Response(text=problem, status=400)
        back = {"state": query.get("state", "")}
        if form.get("answer") == "allow":
            code = f"{self.state.identity.team_id}.{secrets.token_hex(12)}"
            self.oauth.codes[code] = (
                query.get("scope", ""),
                self._redirect(query),
                self.state.now() + CODE_SECONDS,
            )
            back["code"] = code
        else:
            back["error"] = "access_denied"
        raise web.HTTPFound(f"{self._redirect(query)}?{urlencode(back)}")

    def _problem(self, query: Mapping[str, str]) -> str | None:
        """What is wrong with the link, as Slack's own page says it."""
        if query.get("client_id") != self.oauth.client_id:
            return "Something went wrong when authorizing this app. Invalid client_id parameter."
        if not query.get("scope"):
            return "Something went wrong when authorizing this app. Invalid scope: no scopes were requested."
        if self._redirect(query) not in self.oauth.redirect_urls:
            return "Something went wrong when authorizing this app. redirect_uri did not match any configured URIs."
        return None

    def _redirect(self, query: Mapping[str, str]) -> str:
        return query.get("redirect_uri") or next(iter(self.oauth.redirect_urls))
