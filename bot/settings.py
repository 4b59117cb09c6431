"""Every setting, described. Secrets come from the environment or `.env`, all else from brief.toml."""

import os
import re
import tomllib
from collections.abc import Collection
from datetime import time as LocalTime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from pipeline.errors import SettingsError
from pipeline.models import Feed, Language, Length, Profile

DEFAULT_CONFIG = Path(__file__).with_name("brief.default.toml")

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProfileTable(_Table):
    """`[profiles.NAME]`: what a channel cares about."""

    title: str = Field(min_length=1, max_length=120)
    topic: str = Field(min_length=3, max_length=4000)
    feeds: tuple[str, ...] = ()
    top_papers: int = Field(default=5, ge=1, le=10)
    length: Length = "standard"
    language: Language = "en"

    @field_validator("topic")
    @classmethod
    def _names_something(cls, value: str) -> str:
        from pipeline.ranking import parse_topic

        parse_topic(value)
        return value


class Subscription(_Table):
    """`[[subscriptions]]`: a channel's profile, weekday, local time and time zone."""

    channel: str = Field(min_length=1)
    """A channel's id, or its name with `#`."""
    profile: str
    day: Weekday = "mon"
    time: LocalTime
    timezone: str = "UTC"
    paused: bool = False
    """While paused nothing is posted, and nothing of it is made good later."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Berlin") from None
        return value

    @field_validator("day", mode="before")
    @classmethod
    def _short_day(cls, value: object) -> object:
        return value.strip().lower()[:3] if isinstance(value, str) else value

    @field_validator("time")
    @classmethod
    def _whole_minutes(cls, value: LocalTime) -> LocalTime:
        if value.tzinfo is not None or value.second or value.microsecond:
            raise ValueError("give hours and minutes only, such as 09:00")
        return value


def _model_name(value: str) -> str:
    provider, colon, model = value.partition(":")
    if value != "none" and not (colon and provider and model):
        raise ValueError(f"{value!r} is not of the form provider:model, such as openai:gpt-4.1-mini")
    return value


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with http:// or https://")
    if parts.username or parts.password or parts.query:
        raise ValueError("must hold no password or key: keys come from the environment")
    return value


ModelName = Annotated[str, AfterValidator(_model_name)]
Address = Annotated[str, AfterValidator(_address)]


class ReaderTable(_Table):
    """`[model.reader]`: the model that sees the sources; may be local."""

    name: ModelName
    base_url: Address | None = None


class WriterTable(ReaderTable):
    """`[model.writer]`: the model that writes, and what it may see."""

    policy: Literal["full", "abstracts", "derived"] = "derived"


class PriceTable(_Table):
    """`[model.prices."provider:model"]`: dollars for a million tokens."""

    input: float = Field(ge=0)
    output: float = Field(ge=0)


class ModelTable(_Table):
    """`[model]`: absent, or name = "none", means extractive writing.

    Either one model by name, or two: a reader that sees the sources, and a writer that sees what its policy allows.
    """

    name: ModelName = "none"
    base_url: Address | None = None
    policy: Literal["full", "abstracts"] = "full"
    """`abstracts`: no text of posts leaves."""
    tokens_per_brief: int = Field(default=200_000, ge=1_000)
    """Of a brief, and of an answer; in and out together."""
    usd_per_brief: float | None = Field(default=None, gt=0)
    tokens_per_day: int | None = Field(default=None, ge=1_000)
    usd_per_day: float | None = Field(default=None, gt=0)
    tokens_per_channel_day: int | None = Field(default=None, ge=1_000)
    usd_per_channel_day: float | None = Field(default=None, gt=0)
    seconds: float = Field(default=240.0, gt=0, le=3600)
    """For all calls of a brief together."""
    cache_days: int = Field(default=30, ge=0, le=366)
    """An answer that was paid for is used again for the same call within so many days."""
    prices: dict[str, PriceTable] = Field(default_factory=dict)
    """By `provider:model`, over the shipped list."""
    reader: ReaderTable | None = None
    writer: WriterTable | None = None
    fallback: ReaderTable | None = None
    """Asked in the place of the model that writes where that cannot answer; sees what that may see."""
    judge: ReaderTable | None = None
    """Sees the sources, and may refuse a sentence that the other checks let pass."""

    @property
    def is_set(self) -> bool:
        """Whether a model writes."""
        return self.name != "none" or self.writer is not None

    @model_validator(mode="after")
    def _one_or_two(self) -> "ModelTable":
        if self.writer and self.name != "none":
            raise ValueError("give either name, or [model.reader] and [model.writer]")
        if self.reader and not self.writer:
            raise ValueError("[model.reader] needs a [model.writer]")
        if self.writer and self.writer.policy == "derived" and not self.reader:
            raise ValueError('[model.writer] with policy = "derived" needs a [model.reader]')
        if (self.fallback or self.judge) and not self.is_set:
            raise ValueError("[model.fallback] and [model.judge] need a model that writes: give name")
        return self


class NetworkTable(_Table):
    """`[network]`: absent, only public addresses may be fetched."""

    allow_private_hosts: tuple[str, ...] = ()
    """Hosts, or host:port, of local feed servers."""
    contact: str = ""
    """An address that is sent to publishers in the User-Agent."""
    fill_gaps: bool = True
    """Whether listings that an arXiv feed missed are asked for at arXiv's query API, with at most 20 requests a run."""


class HealthTable(_Table):
    """`[health]`: whether /healthz, /readyz and /metrics are answered over HTTP."""

    port: int | None = Field(default=None, ge=1, le=65535)
    """Absent: nothing is listened on."""
    host: str = "127.0.0.1"


class EmbeddingTable(_Table):
    """`[embedding]`: the shipped one, or provider:model as LangChain's init_embeddings takes it."""

    name: str = "default"


class RerankerTable(_Table):
    """`[reranker]`: what says, beside words and meaning, which of the works found answer a question best.

    Either a cross-encoder in a folder of this machine, or a server; its key comes from RERANKER_API_KEY.
    """

    folder: Path | None = None
    """With `model.onnx` and `tokenizer.json`."""
    url: Address | None = None
    """The whole address, such as http://127.0.0.1:8080/rerank."""
    model: str | None = None
    """The name that the server knows it by."""
    form: Literal["documents", "texts"] = "documents"
    """What a request calls the texts: `documents` for Cohere, Jina, vLLM and llama.cpp, `texts` for
    text-embeddings-inference."""
    policy: Literal["full", "abstracts"] = "full"
    """`abstracts`: of posts only the titles leave."""
    seconds: float = Field(default=3.0, gt=0, le=60)
    """For the works of one question; then they keep their own order."""

    @property
    def is_set(self) -> bool:
        """Whether there is a reranker."""
        return self.folder is not None or self.url is not None

    @model_validator(mode="after")
    def _one_of_two(self) -> "RerankerTable":
        if self.folder and self.url:
            raise ValueError("give either folder or url")
        if not self.url and (self.model, self.form, self.policy) != (None, "documents", "full"):
            raise ValueError("model, form and policy are those of a server: give its url")
        return self


class AnswersTable(_Table):
    """`[answers]`: how many questions of one person are taken."""

    waiting_per_person: int = Field(default=5, ge=1, le=100)
    """Questions of one person that wait for their answer at once."""
    hourly_per_person: int = Field(default=60, ge=1, le=10_000)


class HttpTable(_Table):
    """`[http]`: where the bot listens for Slack, with `transport = "http"`."""

    host: str | None = None
    """Absent: this machine alone, or every address where the environment names a PORT, as hosting services do."""
    port: int = Field(default=3000, ge=1, le=65535)
    public_url: Address | None = None
    """The address under which Slack reaches the bot, without a path; for the manifest and for installing."""


class SlackTable(_Table):
    """`[slack]`: how Slack reaches the bot, and who may change what channels get."""

    transport: Literal["socket", "http"] = "socket"
    """`socket`: the bot calls Slack, no public address is needed. `http`: Slack calls the bot."""
    managers: tuple[str, ...] = ()
    """Ids of people and user groups who may change what channels get; empty: every full member of the workspace."""
    writers: tuple[str, ...] = ()
    """The same of those who may have briefs written on demand, which may cost money."""
    briefs_per_person_day: int = Field(default=20, ge=0, le=1000)
    """Briefs that one person may have written on demand within 24 hours."""
    outsiders: bool = False
    """Whether guests, people of other organisations and channels shared with those are served as others are."""


class FullTextTable(_Table):
    """`[fulltext]`: whether works that a brief considers for citing are read in full, and how many."""

    enabled: bool = True
    pages: bool = True
    """Whether the pages of posts are read too, where a feed gives only their beginning."""
    works: int = Field(default=10, ge=1, le=50)
    """Of one brief, the best first."""
    seconds: float = Field(default=60.0, gt=0, le=3600)
    """For all works of a brief; after that none is begun."""
    arxiv: Address = "https://export.arxiv.org"
    """Where arXiv's HTML and PDF are asked for: its host for programs, or a mirror of your own."""


class RetentionTable(_Table):
    """`[retention]`: after how many days the running bot forgets; absent: never."""

    questions_days: int | None = Field(default=None, ge=1)
    """Questions with their answers, votes and records."""
    runs_days: int | None = Field(default=None, ge=1)
    """What briefs and answers were written from, and what models were asked and answered."""
    full_texts_days: int | None = Field(default=None, ge=1)
    """Full texts of works; they are read again when they are needed."""


class LogTable(_Table):
    """`[log]`: the lines on standard error."""

    format: Literal["text", "json"] = "text"
    """`json`: one object a line."""
    level: Literal["info", "warning", "error"] = "warning"


class TracesTable(_Table):
    """`[traces]`: where OpenTelemetry's traces are sent to."""

    endpoint: Address | None = None
    """Of an OTLP collector over HTTP, such as http://127.0.0.1:4318/v1/traces; absent: nothing is traced."""


class Config(_Table):
    """brief.toml, checked."""

    feeds: tuple[Feed, ...] = Field(min_length=1)
    profiles: dict[str, ProfileTable] = Field(min_length=1)
    subscriptions: tuple[Subscription, ...] = ()
    slack: SlackTable = SlackTable()
    http: HttpTable = HttpTable()
    model: ModelTable = ModelTable()
    network: NetworkTable = NetworkTable()
    health: HealthTable = HealthTable()
    embedding: EmbeddingTable = EmbeddingTable()
    reranker: RerankerTable = RerankerTable()
    answers: AnswersTable = AnswersTable()
    fulltext: FullTextTable = FullTextTable()
    retention: RetentionTable = RetentionTable()
    log: LogTable = LogTable()
    traces: TracesTable = TracesTable()

    @model_validator(mode="after")
    def _names_agree(self) -> "Config":
        names = [feed.name for feed in self.feeds]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"feeds: the name {name!r} is given twice")
        for key, profile in self.profiles.items():
            if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", key):
                raise ValueError(f"profiles.{key}: use lower-case letters, digits and hyphens for the name")
            for name in profile.feeds:
                if name not in names:
                    raise ValueError(f"profiles.{key}.feeds: there is no feed named {name!r}")
        for subscription in self.subscriptions:
            if subscription.profile not in self.profiles:
                raise ValueError(f"subscriptions.profile: there is no profile named {subscription.profile!r}")
        return self

    def profile_of(self, names: Collection[str]) -> str | None:
        """The profile that the channel of these names subscribes to first."""
        return next((s.profile for s in self.subscriptions if s.channel in names), None)

    def profile(self, name: str | None = None) -> Profile:
        """The named profile, or the first; SettingsError if there is none of that name."""
        key = name or next(iter(self.profiles))
        if key not in self.profiles:
            known = ", ".join(self.profiles)
            raise SettingsError(f"profile: there is no profile named {key!r} (known: {known})")
        return Profile(name=key, **self.profiles[key].model_dump())


class Secrets(BaseModel):
    """What must not stand in a file that is shared: tokens, read from the environment or `.env`."""

    model_config = ConfigDict(frozen=True)

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_client_id: SecretStr | None = None
    """With the next two: the app is installed by a link in any number of workspaces."""
    slack_client_secret: SecretStr | None = None
    slack_tokens_key: SecretStr | None = None
    """With which workspaces' tokens are encrypted; several with commas, the first for what is stored from now on."""
    reranker_api_key: SecretStr | None = None
    """Sent to the server of `[reranker]`."""
    database_url: SecretStr | None = None
    """PostgreSQL, for more than one process; it holds a password."""

    @field_validator("database_url")
    @classmethod
    def _postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        scheme, _, rest = value.get_secret_value().partition("://")
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg") or not rest:
            raise SettingsError("DATABASE_URL: must begin with postgresql://")
        return SecretStr(f"postgresql+psycopg://{rest}")


class Settings(BaseModel):
    """All that the program needs to know, read once at start."""

    model_config = ConfigDict(frozen=True)

    home: Path
    config: Config
    config_file: Path
    secrets: Secrets = Secrets()
    slack_api_url: str = "https://slack.com/api/"
    port: int | None = None
    """PORT of the environment: where a hosting service wants the bot to listen."""

    def over_http(self) -> "Settings":
        """The same with HTTP as the way from Slack to the bot."""
        slack = self.config.slack.model_copy(update={"transport": "http"})
        return self.model_copy(update={"config": self.config.model_copy(update={"slack": slack})})

    @property
    def installs(self) -> bool:
        """Whether the app is installed by a link, in any number of workspaces, instead of having one token."""
        return self.secrets.slack_client_id is not None

    @property
    def listens_on(self) -> tuple[str, int]:
        """Host and port on which requests of Slack are awaited."""
        table = self.config.http
        return table.host or ("127.0.0.1" if self.port is None else "0.0.0.0"), self.port or table.port  # noqa: S104

    @property
    def database_url(self) -> str:
        """The SQLAlchemy address of the store: DATABASE_URL, or a file in the home folder. It may hold a password."""
        given = self.secrets.database_url
        return given.get_secret_value() if given else f"sqlite:///{self.home / 'brief.db'}"

    @property
    def is_shared(self) -> bool:
        """Whether the database is a server that several processes use."""
        return self.secrets.database_url is not None

    @property
    def index_folder(self) -> Path:
        """Where the search index lies."""
        return self.home / "index"


def load_settings(home: Path | None = None, config_file: Path | None = None) -> Settings:
    """Settings from arguments, environment, `.env` and brief.toml; SettingsError names what is wrong."""
    from dotenv import dotenv_values

    env = {**{k: v for k, v in dotenv_values(".env").items() if v is not None}, **os.environ}
    home = home or Path(env.get("BRIEF_HOME") or ".brief")
    path = _config_path(config_file, env.get("BRIEF_CONFIG"))
    secrets = {k: env[k.upper()] for k in Secrets.model_fields if env.get(k.upper())}
    return Settings(
        home=home.expanduser().absolute(),
        config=read_config(path),
        config_file=path,
        secrets=Secrets.model_validate(secrets),
        slack_api_url=_api_url(env.get("SLACK_API_URL")),
        port=_port(env.get("PORT")),
    )


def read_config(path: Path) -> Config:
    """brief.toml at this path, checked; SettingsError names the field in one sentence."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: the settings file cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        raise SettingsError(f"{path}: {_first_problem(error)}") from error


def _config_path(given: Path | None, from_env: str | None) -> Path:
    if given or from_env:
        return Path(given or str(from_env))
    local = Path("brief.toml")
    return local if local.exists() else DEFAULT_CONFIG


def _api_url(value: str | None) -> str:
    if not value:
        return "https://slack.com/api/"
    if not value.startswith(("http://", "https://")):
        raise SettingsError("SLACK_API_URL: must begin with http:// or https://")
    return value if value.endswith("/") else value + "/"


def _port(value: str | None) -> int | None:
    if not value:
        return None
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= 65535:
        raise SettingsError("PORT: must be a number from 1 to 65535")
    return int(value)


def _first_problem(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    text = {
        "extra_forbidden": "there is no such setting",
        "missing": "is missing",
    }.get(first["type"], str(first["msg"]).removeprefix("Value error, "))
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{field}: {text}{more}" if field else f"{text}{more}"
