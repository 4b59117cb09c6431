"""What an interaction hands to the app and what wears out: trigger ids and response URLs."""

import secrets
from dataclasses import dataclass, replace

from bot.workspace import shapes
from bot.workspace.limits import Refusal, check_message
from bot.workspace.state import Json, Message, State

TRIGGER_SECONDS = 3.0
URL_SECONDS = 30 * 60.0
URL_USES = 5


@dataclass
class ResponseUrl:
    """Where an app may answer one interaction: who asked, where, and about which message."""

    channel: str
    user: str
    expires: float
    original_ts: str | None = None
    uses: int = 0


class Hooks:
    """The trigger ids and response URLs that have been handed out."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.urls: dict[str, ResponseUrl] = {}
        self._triggers: dict[str, tuple[str, float]] = {}
        self._spent: set[str] = set()

    def new_trigger(self, user_id: str) -> str:
        """A trigger id: good for three seconds, once."""
        trigger_id = f"{self.state.serial()}.1.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = (user_id, self.state.now() + TRIGGER_SECONDS)
        return trigger_id

    def use_trigger(self, trigger_id: str) -> tuple[str, str | None]:
        """The user behind a trigger id and None, or an empty user and Slack's error name."""
        if trigger_id in self._spent:
            return "", "exchanged_trigger_id"
        user_id, expires = self._triggers.pop(trigger_id, ("", 0.0))
        if not user_id:
            return "", "invalid_trigger_id"
        self._spent.add(trigger_id)
        return (user_id, None) if self.state.now() <= expires else ("", "expired_trigger_id")

    def new_url(self, kind: str, channel: str, user: str, original_ts: str | None = None) -> str:
        """The path of a new response URL; `kind` is "commands" or "actions"."""
        path = (
            f"/hooks/{kind}/{self.state.identity.team_id}/{self.state.serial()}/{secrets.token_urlsafe(18)}"
        )
        self.urls[path] = ResponseUrl(channel, user, self.state.now() + URL_SECONDS, original_ts)
        return path

    def respond(self, path: str, payload: Json) -> Refusal | None:
        """Carries out what was posted to a response URL, or says why not."""
        url = self.urls.get(path)
        if url is None or self.state.now() > url.expires:
            return Refusal("expired_url")
        if url.uses >= URL_USES:
            return Refusal("used_url")
        delete = bool(payload.get("delete_original"))
        refusal = None if delete else check_message(payload, method="response_url")
        if refusal is None:
            url.uses += 1
            self.answer(url, payload)
        return refusal

    def answer(self, url: ResponseUrl, payload: Json) -> None:
        """Posts, replaces or deletes, as the payload says; an answer is ephemeral by default."""
        original = self.state.find(url.channel, url.original_ts)
        if payload.get("delete_original"):
            if original is not None:
                self.state.delete(original)
        elif payload.get("replace_original") and original is not None:
            self._replace(original, payload)
        else:
            self._post(url, payload)

    def _post(self, url: ResponseUrl, payload: Json) -> None:
        everybody = payload.get("response_type") == "in_channel"
        message = Message(
            self.state.next_ts(),
            url.channel,
            self.state.identity.bot_user_id,
            str(payload.get("text") or ""),
            blocks=shapes.with_block_ids(self.state, payload.get("blocks")),
            attachments=payload.get("attachments"),
            thread_ts=payload.get("thread_ts"),
            by_app=True,
            visible_to=None if everybody else url.user,
        )
        self.state.add(message)
        if url.original_ts is None:
            url.original_ts = message.ts

    def _replace(self, original: Message, payload: Json) -> None:
        before = replace(original)
        original.text = str(payload.get("text") or "")
        original.blocks = shapes.with_block_ids(self.state, payload.get("blocks"))
        original.attachments = payload.get("attachments")
        self.state.change(original, before)
