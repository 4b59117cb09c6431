"""`brief check`: does everything that is configured work? One line each, in a person's words."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import BriefError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.fetch import Fetcher
    from pipeline.models import Feed


@dataclass(frozen=True)
class Check:
    """One thing looked at; only a required one makes the whole check fail."""

    name: str
    ok: bool
    sentence: str
    required: bool = True

    def __str__(self) -> str:
        mark = "ok  " if self.ok else "FAIL" if self.required else "warn"
        return f"{mark} {self.name}: {self.sentence}"


async def run_checks(services: "Services") -> list[Check]:
    """Settings, store, embedding, index, feeds and tokens, in the order in which a run needs them."""
    settings = services.settings
    checks = [Check("settings", True, f"read from {settings.config_file}")]
    checks.append(await _try("store", lambda: f"{services.store.count_articles()} works stored"))
    checks.append(await _try("embedding", lambda: f"{services.embedder.name}, nothing to download"))
    checks.append(await _try("index", lambda: _index(services)))
    checks.append(await _try("full texts", lambda: _full_texts(services)))
    return [*checks, *await outside_checks(services)]


async def outside_checks(services: "Services") -> list[Check]:
    """What is asked of others: the model, the feeds, Slack; and whether anybody gets a brief."""
    checks = [await _try("model", lambda: _model(services))]
    if services.settings.config.reranker.is_set:
        reranker = await _try("reranker", lambda: _reranker(services))
        checks.append(replace(reranker, required=False))
    checks.extend(await _feeds(services))
    checks.append(await _slack(services))
    if not services.settings.config.subscriptions:
        checks.append(Check("subscriptions", False, "none: no brief is posted by itself", required=False))
    return checks


def _full_texts(services: "Services") -> str:
    table = services.settings.config.fulltext
    if not table.enabled:
        return "switched off: briefs and answers rest on abstracts"
    read = services.store.full_texts.counts()["read"]
    return f"{read} works read in full; at most {table.works} of a brief, arXiv's from {table.arxiv}"


def _index(services: "Services") -> str:
    """How the index is, once it is open: what was damaged has been mended."""
    services.index.open()
    return f"{services.index.count()} passages, {services.index.state()}"


def _model(services: "Services") -> str:
    """One tiny call to each configured model; all are tried, whatever the first ones say."""
    from pipeline.llm import ModelError
    from pipeline.writing.model import try_model

    if services.models is None:
        return "none: briefs and answers are made of the sources' own sentences"
    opened = services.models.opened()
    said, failed = [], False
    for gate in filter(None, (opened.reader, opened.writer, opened.judge)):
        try:
            said.append(try_model(gate()))
        except ModelError as error:
            failed = True
            said.append(error.user_message)
    if failed:
        raise ModelError("; ".join(said))
    return "; ".join(said)


def _reranker(services: "Services") -> str:
    """One call with two texts of our own, and how the calls of the last day ended."""
    from pipeline.reranking import trial

    assert services.reranker is not None  # noqa: S101 - asked for only where the settings name one
    total, failed = services.journal.outcomes("rerank:")
    told = f"; {failed} of {total} calls of the last 24 hours failed" if total else ""
    return f"{services.reranker.name} answers, {trial(services.reranker)}{told}"


async def _try(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, await asyncio.to_thread(look))
    except BriefError as error:
        return Check(name, False, error.user_message)


async def _feeds(services: "Services") -> list[Check]:
    """Each enabled feed is fetched and parsed, not stored; a failing feed is a warning unless all fail."""
    feeds = [feed for feed in services.settings.config.feeds if feed.enabled]
    async with services.connect() as reader:
        looked = await asyncio.gather(*(_feed(reader, feed, services) for feed in feeds))
    if any(check.ok for check in looked):
        return looked
    return [*looked, Check("feeds", False, "none of the feeds can be read")]


async def _feed(reader: "Fetcher", feed: "Feed", services: "Services") -> Check:
    from pipeline.parse import parse_feed

    try:
        got = await reader.get(feed.url)
        parsed = await asyncio.to_thread(
            parse_feed, got.body, feed, content_type=got.content_type, url=got.url, now=services.now()
        )
    except BriefError as error:
        return Check(f"feed {feed.name}", False, error.user_message, required=False)
    return Check(f"feed {feed.name}", True, f"{len(parsed.entries)} entries", required=False)


async def _slack(services: "Services") -> Check:
    """Whether Slack accepts the tokens; without tokens everything but `brief run` works."""
    if services.settings.installs:
        return await _workspaces(services)
    secrets = services.settings.secrets
    over_http = services.settings.config.slack.transport == "http"
    needed = ("slack_bot_token", "slack_signing_secret" if over_http else "slack_app_token")
    missing = [name.upper() for name in needed if getattr(secrets, name) is None]
    if missing:
        sentence = f"{' and '.join(missing)} not set: everything but `brief run` works"
        return Check("slack", False, sentence, required=False)
    from bot.app import check_tokens

    try:
        return Check("slack", True, await check_tokens(services.settings))
    except BriefError as error:
        return Check("slack", False, error.user_message)


async def _workspaces(services: "Services") -> Check:
    """Whether the workspaces in which the app is installed accept their tokens."""
    from bot.app import slack_client
    from bot.oauth import INSTALL, Workspaces

    try:
        found = await Workspaces(services.settings, services.records, slack_client(services.settings)).names()
    except BriefError as error:
        return Check("slack", False, error.user_message)
    if not found:
        return Check(
            "slack", False, f"installed in no workspace yet: open {INSTALL} in a browser", required=False
        )
    return Check("slack", True, f"installed in {', '.join(found)}")
