"""Log lines and traces: what was done, when, and how long it took; nothing that people or sources wrote, no secret.

An exception is logged by its type and the places it came through: its own text may quote a question, a title or a key.
Of other libraries' lines only the first words are kept, for the same reason.
"""

import json
import logging
import os
import re
import sys
import traceback
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.settings import LogTable, Settings, TracesTable
from pipeline import steps
from pipeline.errors import SettingsError

OWN = ("bot", "pipeline")
SECRET_NAMES = ("_KEY", "_TOKEN", "_SECRET", "PASSWORD", "_HEADERS", "DATABASE_URL")
"""Ends of the names of variables whose values are never logged."""
SHORTEST_SECRET = 8
FLUSH_SECONDS = 3

_SHAPES = (
    (re.compile(r"\b(?:xox[a-z]|xapp|xoxe\.xox[a-z]|sk|pk|ghp|AIza)[-_.][\w.-]{6,}"), "[secret]"),
    (re.compile(r"(?i)\b(bearer|basic) \S+"), r"\1 [secret]"),
    (re.compile(r"(\w+://)[^\s/@]+@"), r"\1[secret]@"),
    (re.compile(r"(https?://[^\s?#\"']+)\?[^\s\"')>]*"), r"\1?…"),
    (re.compile(r"\btopic-(?:[a-z0-9]+-){1,4}([0-9a-f]{6})\b"), r"topic-\1"),
)
"""What is left out by its form: keys, passwords and queries of addresses, and the words of a topic that somebody asked
for, which name its profile."""
_FIRST_WORDS = re.compile(r"[\w ,.'-]{0,80}")
_ROOT = Path(__file__).parents[1]


def configure(settings: Settings, *, verbose: bool = False) -> None:
    """Logs and traces as the settings say; SettingsError where a package is missing."""
    log, traces = settings.config.log, settings.config.traces
    known = secrets_of(settings, os.environ)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Lines):
            handler.setFormatter(AsJson(known) if log.format == "json" else AsText(known))
    set_level(log, verbose=verbose)
    steps.trace_with(open_tracer(traces) if traces.endpoint else None)


def start_logging(*, verbose: bool) -> None:
    """Lines on standard error, unless somebody has set up logging before; until the settings are read, as text."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(Lines(AsText(())))
    set_level(LogTable(), verbose=verbose)


def set_level(log: LogTable, *, verbose: bool) -> None:
    """How much is told: of other libraries never less than a warning."""
    level = logging.INFO if verbose else logging.getLevelNamesMapping()[log.level.upper()]
    logging.getLogger().setLevel(max(level, logging.WARNING))
    for name in OWN:
        logging.getLogger(name).setLevel(level)


def secrets_of(settings: Settings, environment: Mapping[str, str]) -> frozenset[str]:
    """Values that must not be in any line, by the settings and by the names of variables."""
    given = [value.get_secret_value() for _, value in settings.secrets if value is not None]
    named = [value for name, value in environment.items() if name.endswith(SECRET_NAMES)]
    return frozenset(value for value in (*given, *named) if len(value) >= SHORTEST_SECRET)


class Lines(logging.Handler):
    """Writes to what is standard error at that moment."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)

    def emit(self, record: logging.LogRecord) -> None:
        """Writes one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:
            self.handleError(record)


class _Careful(logging.Formatter):
    """What both forms have in common."""

    def __init__(self, known: Collection[str]) -> None:
        super().__init__()
        self._known = sorted(known, key=len, reverse=True)

    def said(self, record: logging.LogRecord) -> str:
        """The message, without secrets; of another library's only how it begins."""
        message = record.getMessage()
        if record.name.partition(".")[0] not in OWN:
            found = _FIRST_WORDS.match(message)
            message = found[0].strip() if found else ""
        return self.without_secrets(message)

    def without_secrets(self, text: str) -> str:
        for value in self._known:
            text = text.replace(value, "[secret]")
        return bare(text)

    def error(self, record: logging.LogRecord) -> tuple[str, list[str]] | None:
        """The type of the exception, and the places of our own that it came through, the last one at the end."""
        if not record.exc_info or record.exc_info[0] is None:
            return None
        kind, _, trace = record.exc_info
        return kind.__name__, places(trace)


def bare(text: str) -> str:
    """A text without what is left out by its form."""
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def _bare_values(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: bare(value) if isinstance(value, str) else value for name, value in values.items()}


def places(trace: TracebackType | None) -> list[str]:
    """File, line and function of each place in a traceback."""
    found = []
    for frame in traceback.extract_tb(trace):
        path = Path(frame.filename)
        name = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name
        found.append(f"{name}:{frame.lineno} {frame.name}")
    return found


class AsText(_Careful):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, ids; then what an exception was and where it came from."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone().isoformat(" ", "milliseconds")
        about = "".join(f" {name}={value}" for name, value in steps.ids().items())
        line = f"{at} {record.levelname} {record.name}: {self.said(record)}{bare(about)}"
        error = self.error(record)
        return line if error is None else "\n  ".join([f"{line} ({error[0]})", *error[1]])


class AsJson(_Careful):
    """A line for machines: one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """time, level, logger, message; run and the other ids of the step; trace and span; error and its places."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.said(record),
            **_bare_values(steps.ids()),
            **_trace_ids(),
        }
        if (error := self.error(record)) is not None:
            line |= {"error": error[0], "places": error[1]}
        return json.dumps(line, ensure_ascii=False, default=str)


# Traces


def open_tracer(table: TracesTable) -> steps.Tracer:
    """Spans that are sent to the endpoint of the settings by OTLP over HTTP, in the background."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise SettingsError(
            'traces.endpoint: needs more packages; install them with pip install "research-brief[otel]"'
        ) from None
    exporter = OTLPSpanExporter(endpoint=table.endpoint, timeout=FLUSH_SECONDS)
    provider = TracerProvider(resource=Resource.create({"service.name": "research-brief"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return spans_of(provider)


def spans_of(provider: Any) -> steps.Tracer:
    """A tracer for steps out of OpenTelemetry's provider."""
    from opentelemetry.trace import SpanKind, Status, StatusCode

    tracer = provider.get_tracer("research-brief")

    @contextmanager
    def open_span(name: str, given: Mapping[str, steps.Value]) -> Iterator["_Span"]:
        kind = SpanKind.CLIENT if name.startswith(("chat ", "fetch", "post")) else SpanKind.INTERNAL
        with tracer.start_as_current_span(
            name, kind=kind, attributes=_named(given), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _Span(span)
            except Exception as error:  # its text stays out
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    return open_span


class _Span:
    """A step as a span."""

    def __init__(self, span: Any) -> None:
        self._span = span

    def note(self, **what: object) -> None:
        """Adds attributes; what is none is left out."""
        self._span.set_attributes(_named({name: value for name, value in what.items() if value is not None}))


def _named(values: Mapping[str, object]) -> dict[str, Any]:
    """Attributes under OpenTelemetry's names, with `brief.` before names of our own."""
    return {name if "." in name else f"brief.{name}": value for name, value in _bare_values(values).items()}


def _trace_ids() -> dict[str, str]:
    """By which a log line and its trace find each other; nothing where nothing is traced."""
    if not steps.is_traced():
        return {}
    from opentelemetry.trace import format_span_id, format_trace_id, get_current_span

    context = get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"trace_id": format_trace_id(context.trace_id), "span_id": format_span_id(context.span_id)}
