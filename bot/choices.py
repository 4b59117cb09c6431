"""What channels chose in Slack: a topic, feeds, a day. It takes the place of what brief.toml says for the channel."""

import re
from collections.abc import Sequence
from datetime import time as LocalTime

from pydantic import BaseModel, ConfigDict

from bot.settings import Config, ProfileTable, Subscription, Weekday
from pipeline.models import Language, Length


class Choice(BaseModel):
    """What one channel chose."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    channel: str
    """Its id."""
    channel_name: str
    """As it was when this was chosen, without `#`."""
    title: str
    topic: str
    feeds: tuple[str, ...] = ()
    """Empty: all."""
    top_papers: int = 5
    length: Length = "standard"
    language: Language = "en"
    day: Weekday = "mon"
    time: LocalTime
    timezone: str = "UTC"
    paused: bool = False

    @property
    def names(self) -> tuple[str, str]:
        """How settings may call the channel: its id, and #name."""
        return self.channel, f"#{self.channel_name}"


def profile_name(channel: str) -> str:
    """The name of the profile that a channel's choice makes."""
    return f"channel-{re.sub(r'[^a-z0-9]', '', channel.lower())}"


def overlaid(config: Config, chosen: Sequence[Choice]) -> Config:
    """The settings with what channels chose; a feed that no longer is in the settings is left out of a choice."""
    known = {feed.name for feed in config.feeds}
    taken = {name for choice in chosen for name in choice.names}
    profiles = dict(config.profiles)
    subscriptions = [one for one in config.subscriptions if one.channel not in taken]
    for choice in chosen:
        feeds = tuple(name for name in choice.feeds if name in known)
        shared = choice.model_dump(include={"title", "topic", "length", "language"})
        name = profile_name(choice.channel)
        profiles[name] = ProfileTable(**shared, feeds=feeds, top_papers=choice.top_papers)
        subscriptions.append(
            Subscription(
                channel=choice.channel,
                profile=name,
                day=choice.day,
                time=choice.time,
                timezone=choice.timezone,
                paused=choice.paused,
            )
        )
    return config.model_copy(update={"profiles": profiles, "subscriptions": tuple(subscriptions)})


def offered(config: Config, channel: str | None = None) -> Config:
    """The settings without what other channels chose: that is theirs, and some of them are private."""
    own = profile_name(channel) if channel else ""
    others = {s.profile for s in config.subscriptions if s.profile == profile_name(s.channel) != own}
    profiles = {name: profile for name, profile in config.profiles.items() if name not in others}
    return config.model_copy(update={"profiles": profiles})
