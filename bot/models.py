"""The language models of the settings: opened for one brief or answer at a time, under limits that all share."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.llm import (
    Budget,
    Cap,
    Gate,
    Journal,
    Limits,
    ModelError,
    Named,
    Policy,
    Price,
    Purse,
    connect,
    price_of,
)
from pipeline.prompts import Prompt, load_prompt

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from sqlalchemy import Engine

    from bot.settings import ModelTable, ReaderTable


ATTEMPT = 90.0
"""Seconds for one attempt, or half of all the seconds where those are more: a model of one's own may be slow."""


@dataclass(frozen=True)
class Opened:
    """Opens the gates of one brief or answer; each connects when it is first opened."""

    journal: Journal
    writer: Callable[[], Gate]
    reader: Callable[[], Gate] | None
    judge: Callable[[], Gate] | None
    to: Callable[[Named, Callable[[str], Prompt]], Gate]
    """Opens a gate to a model by name, with these prompts, under the same limits."""


class Models:
    """The models that the settings name."""

    def __init__(self, table: "ModelTable", engine: "Engine") -> None:
        self._table = table
        self._engine = engine
        self._limits = Limits(max(ATTEMPT, table.seconds / 2), table.seconds)
        self._prices = {name: Price(p.input, p.output) for name, p in table.prices.items()}
        self._known: dict[tuple[str, str | None], BaseChatModel] = {}
        self._day = Purse(Cap(table.tokens_per_day, table.usd_per_day), "a day", self._journal().spent)
        self._channels: dict[str, Purse] = {}
        self._lock = threading.Lock()

    def opened(self, channel: str = "", *, anew: bool = False) -> Opened:
        """The gates for one brief or answer in a channel (none: the command line).

        With `anew` nothing that was answered before is used again.
        """
        table = self._table
        journal = self._journal(channel, 0 if anew else table.cache_days)
        brief = Purse(Cap(table.tokens_per_brief, table.usd_per_brief), "a brief")
        budget = Budget([brief, self._day, *self._purses_of(channel)])

        def to(named: Named, prompt: Callable[[str], Prompt] = load_prompt) -> Gate:
            fallback = to(named.fallback, prompt) if named.fallback else None
            chat, closed = None, None
            try:
                chat = self._connected(named)
            except ModelError as error:
                if fallback is None:
                    raise
                closed = error.user_message
            return Gate(
                named.name,
                chat,
                named.policy,
                self._limits,
                base_url=named.base_url,
                price=price_of(named.name, named.base_url, self._prices),
                budget=budget,
                book=journal,
                fallback=fallback,
                closed=closed,
                prompt=prompt,
            )

        reader, judge = table.reader, table.judge
        return Opened(
            journal,
            writer=lambda: to(writing(table)),
            reader=(lambda: to(_named(reader))) if reader else None,
            judge=(lambda: to(_named(judge))) if judge else None,
            to=to,
        )

    def _connected(self, named: Named) -> "BaseChatModel":
        known = (named.name, named.base_url)
        with self._lock:
            if known not in self._known:
                from dotenv import load_dotenv

                load_dotenv(".env", override=False)  # providers read their keys from the environment
                self._known[known] = connect(*known, self._limits.attempt_seconds)
            return self._known[known]

    def _journal(self, channel: str = "", keep_days: int = 0) -> Journal:
        return Journal(self._engine, channel, keep_days=keep_days)

    def _purses_of(self, channel: str) -> list[Purse]:
        if not channel:
            return []
        cap = Cap(self._table.tokens_per_channel_day, self._table.usd_per_channel_day)
        with self._lock:
            if channel not in self._channels:
                spent = self._journal().spent
                self._channels[channel] = Purse(cap, "a channel's day", lambda: spent(channel))
            return [self._channels[channel]]


def writing(table: "ModelTable") -> Named:
    """The model that writes, what it may see, and the one that stands in for it."""
    if table.writer:
        named = _named(table.writer, table.writer.policy)
    else:
        named = Named(table.name, table.base_url, table.policy)
    return replace(named, fallback=_named(table.fallback, named.policy) if table.fallback else None)


def _named(table: "ReaderTable", policy: Policy = "full") -> Named:
    return Named(table.name, table.base_url, policy)
