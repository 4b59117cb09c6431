"""Log lines and traces tell what was done, and nothing that people or sources wrote."""

import asyncio
import json
import logging
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot.settings import Secrets
from bot.telemetry import AsJson, AsText, Lines, secrets_of, set_level, spans_of
from pipeline.errors import SettingsError
from pipeline.steps import carried, ids, step, trace_with
from pipeline.store import open_engine

CANARY = "canary-in-the-mine"


@pytest.fixture
def logged(capsys):
    """What is written to standard error, as JSON, at the level of `--verbose`."""
    handler, root = Lines(AsJson(["hunter2-hunter2"])), logging.getLogger()
    before = root.level, [logging.getLogger(name).level for name in ("bot", "pipeline")]
    root.addHandler(handler)
    for name in ("bot", "pipeline"):
        logging.getLogger(name).setLevel(logging.INFO)
    yield lambda: capsys.readouterr().err
    root.removeHandler(handler)
    root.setLevel(before[0])
    for name, level in zip(("bot", "pipeline"), before[1], strict=True):
        logging.getLogger(name).setLevel(level)


def lines(told):
    return [json.loads(line) for line in told.splitlines()]


def test_a_line_is_an_object_with_the_ids_of_the_step(logged):
    with step("slot", slot="C1|p|2026-05-18"), step("write", run="ab12"):
        logging.getLogger("bot.worker").info("done with %d", 3)
    logging.getLogger("bot.worker").info("and out")
    first, second = lines(logged())
    assert (first["message"], first["level"], first["logger"]) == ("done with 3", "info", "bot.worker")
    assert (first["slot"], first["run"]) == ("C1|p|2026-05-18", "ab12")
    assert "slot" not in second
    assert first["time"].endswith("+00:00")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("token xoxb-123456789-abcdefghij is bad", "token [secret] is bad"),
        ("xapp-1-A012-345-deadbeef", "[secret]"),
        ("key sk-proj-abcdef0123456789", "key [secret]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [secret]"),
        ("at postgresql://brief:pw@host/db", "at postgresql://[secret]@host/db"),
        ("https://x.example/feed?token=abc moved", "https://x.example/feed?… moved"),
        ("with hunter2-hunter2 in it", "with [secret] in it"),
        ("risk-free desk-top task", "risk-free desk-top task"),
        ("brief topic-robot-hands-facade-ab12cd-2026-05-17-1f2e3d", "brief topic-ab12cd-2026-05-17-1f2e3d"),
    ],
)
def test_secrets_are_in_no_line(logged, text, left):
    logging.getLogger("bot").warning("%s", text)
    assert lines(logged())[0]["message"] == left


@pytest.mark.parametrize("form", [AsJson, AsText])
def test_an_exception_is_told_by_its_type_and_places(form):
    record = logging.LogRecord("bot.x", logging.ERROR, __file__, 1, "failed", (), None)
    try:
        raise ValueError(CANARY)
    except ValueError:
        record.exc_info = sys.exc_info()
    told = form(()).format(record)
    assert "ValueError" in told
    assert "tests/bot/test_telemetry.py:" in told
    assert CANARY not in told


def test_of_other_libraries_only_the_first_words_are_told(logged):
    logging.getLogger("slack_bolt.App").error("Failed to run listener function (error: %s)", CANARY)
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: %s", CANARY)
    assert [one["message"] for one in lines(logged())] == [
        "Failed to run listener function",
        "Task exception was never retrieved",
    ]


def test_an_error_of_the_database_does_not_quote_values(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.begin() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
        connection.execute(sa.text("INSERT INTO missing VALUES (:said)"), {"said": CANARY})
    assert CANARY not in str(caught.value)


def test_secrets_are_known_by_the_settings_and_by_their_names(services):
    secrets = Secrets(slack_bot_token=SecretStr("xoxb-1-2-3-4-5"))
    settings = services.settings.model_copy(update={"secrets": secrets})
    found = secrets_of(settings, {"OPENAI_API_KEY": "abcdefgh", "HOME": "/home/somebody", "A_KEY": "short"})
    assert found == {"xoxb-1-2-3-4-5", "abcdefgh"}


async def test_ids_go_along_into_threads():
    with step("write", run="r1"):
        assert (await asyncio.to_thread(ids))["run"] == "r1"
        with ThreadPoolExecutor(2) as pool:
            assert [dict(found) for found in pool.map(carried(lambda _: ids()), range(4))] == [
                {"run": "r1"}
            ] * 4
            assert dict(pool.submit(ids).result()) == {}
    assert dict(ids()) == {}


def test_levels_of_other_libraries_are_never_below_warning():
    before = logging.getLogger().level
    try:
        from bot.settings import LogTable

        set_level(LogTable(level="info"), verbose=False)
        assert logging.getLogger("httpx").getEffectiveLevel() == logging.WARNING
        assert logging.getLogger("bot.app").getEffectiveLevel() == logging.INFO
    finally:
        logging.getLogger().setLevel(before)
        for name in ("bot", "pipeline"):
            logging.getLogger(name).setLevel(logging.NOTSET)


async def test_a_running_bot_logs_nothing_that_was_asked_answered_or_kept_secret(
    workspace, services, start, logged
):
    def fail(question):
        raise RuntimeError(f"cannot answer {question.text}")

    async with start():
        first = workspace.mention("ada", "research", f"Does the {CANARY} sing?")
        await workspace.until(lambda: [m for m in workspace.messages("research") if m.thread_ts == first.ts])
        services.on_ask = fail
        again = workspace.mention("ada", "research", f"And the second {CANARY}?")
        await workspace.until(lambda: [m for m in workspace.messages("research") if m.thread_ts == again.ts])
    told = logged()
    assert "RuntimeError" in told
    assert [one for one in lines(told) if one.get("question")], "the failure names the question's number"
    for secret in (CANARY, workspace.bot_token, workspace.app_token, "xoxb-", "It holds"):
        assert secret not in told


# Traces


@pytest.fixture
def spans():
    """The spans that end while a test runs."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_with(spans_of(provider))
    yield exporter.get_finished_spans
    trace_with(None)


def test_steps_are_spans_within_each_other(spans, logged):
    with step("write", run="r1") as outer:
        outer.note(cited=3, nothing=None)
        with step("select"):
            logging.getLogger("bot").info("within")
    inner, outer = spans()
    assert (inner.name, outer.name) == ("select", "write")
    assert inner.parent.span_id == outer.context.span_id
    assert dict(outer.attributes) == {"brief.run": "r1", "brief.cited": 3}
    assert int(lines(logged())[0]["trace_id"], 16) == outer.context.trace_id


def test_the_words_of_a_topic_are_in_no_id(spans, logged):
    with step("write", profile="topic-secret-merger-plans-ab12cd") as here:
        here.note(brief="topic-secret-merger-plans-ab12cd-2026-05-17-1f2e3d")
        logging.getLogger("bot").info("within")
    assert "merger" not in logged() + spans()[0].to_json()
    assert spans()[0].attributes["brief.profile"] == "topic-ab12cd"


def test_a_step_that_fails_says_the_type_alone(spans):
    with pytest.raises(ValueError, match=CANARY), step("fetch", feed="Lab"):
        raise ValueError(CANARY)
    (span,) = spans()
    assert (span.attributes["error.type"], span.status.is_ok) == ("ValueError", False)
    assert CANARY not in str(span.to_json())


async def test_a_posted_brief_is_a_trace(workspace, services, make_brief, quick, now, spans):
    from slack_sdk.web.async_client import AsyncWebClient

    from bot.delivery import deliver

    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    result = await deliver(services.records, client, make_brief(), "#research", now=now, limits=quick)
    found = spans()
    deliveries = [span for span in found if span.name == "deliver"]
    posts = [span for span in found if span.name == "post"]
    assert [span.attributes["brief.delivery"] for span in deliveries] == [result.delivery_id]
    assert [span.attributes["brief.part"] for span in posts] == list(range(result.parts))
    assert {span.parent.span_id for span in posts} == {deliveries[0].context.span_id}
    assert "The authors find" not in "".join(span.to_json() for span in found)


def test_a_missing_package_is_told_with_the_command(monkeypatch):
    from bot.settings import TracesTable
    from bot.telemetry import open_tracer

    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"research-brief\[otel\]"):
        open_tracer(TracesTable(endpoint="http://127.0.0.1:4318/v1/traces"))
