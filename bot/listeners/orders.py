"""Pure: what the words after `/brief now` and `/brief preview` ask for."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.settings import Config
from pipeline.answering.periods import period_of
from pipeline.errors import SettingsError
from pipeline.models import LONGEST_WINDOW, Profile, Window
from pipeline.ranking import parse_topic

TITLE = 60
"""Characters of a title that is made of a topic."""


@dataclass(frozen=True)
class Order:
    """A brief that somebody asks for; without a window it covers the last seven days."""

    profile: Profile
    window: Window | None = None

    def as_json(self) -> dict[str, Any]:
        """The order as it is written down."""
        window = self.window and self.window.model_dump(mode="json")
        return {"profile": self.profile.model_dump(mode="json"), "window": window}

    @classmethod
    def of_json(cls, data: Mapping[str, Any]) -> "Order":
        """The order that was written down."""
        window = Window.model_validate(data["window"]) if data["window"] else None
        return cls(Profile.model_validate(data["profile"]), window)


def read_order(words: str, config: Config, own: str | None, today: date) -> Order:
    """The profile named, or the topic told, and the days since which; `own` is the channel's profile.

    Raises SettingsError where the words name days that a brief cannot cover.
    """
    period = period_of(words, today)
    wanted = period.rest if period else words
    if period is None and re.search(r"\bsince\b", words, re.IGNORECASE):
        raise SettingsError("since: give a day such as `since 2026-05-01`, or a month such as `since May`")
    return make_order(wanted, period.since if period else None, config, own, today)


def make_order(wanted: str, since: date | None, config: Config, own: str | None, today: date) -> Order:
    """The order for a profile's name or a topic in words, from that day to this."""
    return Order(_profile(wanted.strip(" ,:"), config, own), _window(since, today))


def _window(since: date | None, today: date) -> Window | None:
    if since is None:
        return None
    if since > today:
        raise SettingsError(f"since: {since} is not over yet")
    if (today - since).days >= LONGEST_WINDOW:
        raise SettingsError(f"since: a brief covers at most {LONGEST_WINDOW} days")
    return Window(since=since, until=today)


def _profile(wanted: str, config: Config, own: str | None) -> Profile:
    if not wanted:
        return config.profile(own)
    known = {name.casefold(): name for name in config.profiles}
    known |= {profile.title.casefold(): name for name, profile in config.profiles.items()}
    if wanted.casefold() in known:
        return config.profile(known[wanted.casefold()])
    return of_topic(wanted)


def of_topic(topic: str) -> Profile:
    """A profile for a topic in words that no settings name; the same words always give the same one.

    Raises SettingsError if nothing can be understood by the words.
    """
    try:
        parse_topic(topic)
    except ValueError as error:
        raise SettingsError(f"topic: {error}") from error
    words = " ".join(topic.split())
    slug = "-".join(re.findall(r"[a-z0-9]+", words.casefold())[:4])
    digest = hashlib.sha256(words.casefold().encode()).hexdigest()[:6]
    title = words if len(words) <= TITLE else words[:TITLE].rsplit(" ", 1)[0] + "…"
    return Profile(
        name=f"topic-{slug}-{digest}" if slug else f"topic-{digest}", title=title.capitalize(), topic=words
    )
