"""The gate to a model: what may leave, what is tried again, what counts as an answer, what it costs."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from pipeline.llm import Gate, Limits, ModelError, Piece, Policy, PolicyError, connect
from pipeline.llm.problems import (
    ModelAnswerCutOff,
    ModelAnswerMalformed,
    ModelBudgetSpent,
    ModelBusy,
    ModelInputTooLong,
    ModelKeyRefused,
    ModelMissing,
    ModelNoCredit,
    ModelNotFound,
    ModelRefusal,
    ModelRequestRefused,
    ModelTimeout,
    ModelUnavailable,
)
from pipeline.prompts import load_prompt
from pipeline.writing.model.checks import Sentences
from tests.scripted_model import Answer, ChatServer, Script, ScriptedChat

GOOD = json.dumps({"sentences": [{"slot": "s1", "text": "It rains.", "support": ["kabc.1"]}]})
CANARY = "the violet heron counted nine copper lanterns beneath the frozen pier at dawn"


class Watch:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def gate(
    script: Script, policy: Policy = "full", limits: Limits | None = None
) -> tuple[Gate, ScriptedChat, Watch]:
    chat, watch = ScriptedChat(script), Watch()
    return Gate("scripted:one", chat, policy, limits, sleep=watch.sleep, clock=watch), chat, watch


def always(answer: Answer) -> Script:
    return lambda user, number: answer


def ask(to: Gate, *pieces: Piece) -> Sentences:
    values = {"works": list(pieces) or [Piece("nothing")], "slots": [Piece("s1: work kabc")]}
    return to.ask(load_prompt("tell_works"), values, Sentences)


# Answers


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"<think>The user wants {{braces}} … so</think>\n{GOOD}",
        f"Here is the JSON:\n{GOOD}\nI hope this helps.",
    ],
)
def test_an_answer_is_read_with_or_without_talk_around_it(text: str) -> None:
    to, _, _ = gate(always(Answer(text)))
    assert ask(to).sentences[0].text == "It rains."


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "I cannot see any article.",
        GOOD[:-1],
        GOOD[:-4],
        f"{GOOD}\n{GOOD}",
        "[]",
        '{"sentences": null}',
        '{"sentences": [{"slot": "s1", "text": null, "support": []}]}',
        '{"sentences": [{"slot": 1, "text": "x", "support": "kabc.1"}]}',
        '{"sentences": [], "sentences": []}',
        '{"sentences": NaN}',
        '{"sentences": ' + "[" * 50_000,
        '{"sentence": []}',
    ],
)
def test_what_is_not_one_whole_answer_in_the_form_is_malformed_and_not_asked_again(text: str | None) -> None:
    to, chat, _ = gate(always(Answer(text)))
    with pytest.raises(ModelAnswerMalformed):
        ask(to)
    assert len(chat.sent) == 1


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS", "model_length"])
def test_a_cut_off_answer_is_a_failure_even_if_it_parses(reason: str) -> None:
    to, _, _ = gate(always(Answer(GOOD, finish=reason)))
    with pytest.raises(ModelAnswerCutOff):
        ask(to)


@pytest.mark.parametrize("answer", [Answer(GOOD, finish="content_filter"), Answer("", refusal="I won't.")])
def test_a_refusal_is_a_failure(answer: Answer) -> None:
    to, _, _ = gate(always(answer))
    with pytest.raises(ModelRefusal):
        ask(to)


# Errors and retries


@pytest.mark.parametrize(
    ("answer", "kind", "calls"),
    [
        (Answer("bad key", status=401), ModelKeyRefused, 1),
        (Answer("no", status=403), ModelKeyRefused, 1),
        (Answer("no such model", status=404), ModelNotFound, 1),
        (Answer("insufficient_quota", status=429), ModelNoCredit, 1),
        (Answer("pay", status=402), ModelNoCredit, 1),
        (Answer("maximum context length is 8192", status=400), ModelInputTooLong, 1),
        (Answer("slow down", status=429), ModelBusy, 3),
        (Answer("oops", status=500), ModelUnavailable, 3),
        (Answer("overloaded", status=529), ModelUnavailable, 3),
    ],
)
def test_only_what_may_pass_is_tried_again(answer: Answer, kind: type[ModelError], calls: int) -> None:
    to, chat, _ = gate(always(answer))
    with pytest.raises(kind):
        ask(to)
    assert len(chat.sent) == calls
    assert to.calls[0].attempts == calls


def test_the_answer_of_a_later_attempt_counts() -> None:
    to, chat, watch = gate(lambda user, number: Answer("x", status=503) if number < 2 else Answer(GOOD))
    assert ask(to).sentences
    assert len(chat.sent) == 3
    assert all(first < second for first, second in pairwise(watch.slept))


def test_the_pause_is_as_long_as_the_provider_asks() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    for value, least in (("7", 7.0), (date, 25.0)):
        busy = Answer("x", status=429, headers={"retry-after": value})
        to, _, watch = gate(lambda user, number, busy=busy: busy if number == 0 else Answer(GOOD))  # type: ignore[misc]
        ask(to)
        assert watch.slept[0] >= least


def test_no_pause_goes_beyond_the_deadline() -> None:
    to, chat, watch = gate(always(Answer("x", status=429, headers={"retry-after": "9000"})))
    with pytest.raises(ModelBusy):
        ask(to)
    assert len(chat.sent) == 1
    assert watch.slept == []


def test_a_model_that_does_not_answer_is_left() -> None:
    chat = ScriptedChat(always(Answer(GOOD, seconds=5)))
    to = Gate("scripted:one", chat, limits=Limits(attempt_seconds=0.1, attempts=1))
    with pytest.raises(ModelTimeout, match="in time"):
        ask(to)


def test_a_server_that_refuses_the_parameters_is_asked_plainly_once_and_from_then_on() -> None:
    to, chat, _ = gate(
        lambda user, number: Answer("no temperature", status=400) if number == 0 else Answer(GOOD)
    )
    ask(to)
    ask(to)
    assert len(chat.sent) == 3
    to, chat, _ = gate(always(Answer("never", status=400)))
    with pytest.raises(ModelRequestRefused):
        ask(to)
    assert len(chat.sent) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 418])
def test_no_error_repeats_what_the_provider_said(status: int) -> None:
    to, _, _ = gate(always(Answer("Incorrect API key provided", status=status)))
    with pytest.raises(ModelError) as caught:
        ask(to)
    assert "sk-secret" not in f"{caught.value} {caught.value.__cause__}"
    assert caught.value.__suppress_context__
    assert "sk-secret" not in str(to.calls)


# Cost


def test_tokens_are_counted_as_the_provider_reports_them() -> None:
    to, chat, _ = gate(always(Answer(GOOD)))
    ask(to)
    ask(to)
    assert to.tokens_in == sum(len(system + user) // 4 for system, user in chat.sent)
    assert to.tokens_out == 2 * (len(GOOD) // 4)
    assert all(call.counted for call in to.calls)


def test_tokens_are_estimated_where_the_provider_reports_none() -> None:
    to, _, _ = gate(always(Answer(GOOD, usage=False)))
    ask(to)
    assert to.tokens_in > 100
    assert not to.calls[0].counted


def test_a_call_that_could_pass_the_limit_is_not_made() -> None:
    to, chat, _ = gate(always(Answer(GOOD)), limits=Limits(tokens=6_000))
    with pytest.raises(ModelBudgetSpent, match="6,000"):
        [ask(to) for _ in range(50)]
    assert to.tokens_in + to.tokens_out <= 6_000
    assert 0 < len(chat.sent) < 20


# What leaves


@pytest.mark.parametrize(
    ("policy", "kind", "goes"),
    [
        ("full", "fulltext", True),
        ("full", "abstract", True),
        ("abstracts", "abstract", True),
        ("abstracts", "title", True),
        ("abstracts", "fulltext", False),
        ("derived", "derived", True),
        ("derived", "question", True),
        ("derived", "abstract", False),
        ("derived", "title", False),
        ("derived", "fulltext", False),
    ],
)
def test_a_text_leaves_only_if_the_policy_allows_its_kind(policy: Policy, kind: str, goes: bool) -> None:
    to, chat, _ = gate(always(Answer(GOOD)), policy)
    piece = Piece(CANARY, kind, "arxiv:1")  # type: ignore[arg-type]
    if goes:
        ask(to, piece)
        assert CANARY in chat.sent[0][1]
    else:
        with pytest.raises(PolicyError, match=kind):
            ask(to, piece)
        assert chat.sent == []
        assert to.ledger == []


@pytest.mark.parametrize("kind", ["own", "derived"])
def test_a_withheld_text_does_not_leave_under_another_name(kind: str) -> None:
    to, chat, _ = gate(always(Answer(GOOD)), "derived")
    to.boundary.withhold([Piece(CANARY, "abstract", "arxiv:1")])
    with pytest.raises(PolicyError):
        ask(to, Piece(f"As the model wrote, {CANARY.upper()}!", kind))  # type: ignore[arg-type]
    halves = [Piece(part, kind) for part in (CANARY[:40], CANARY[40:])]  # type: ignore[arg-type]
    with pytest.raises(PolicyError):
        ask(to, *halves)
    assert chat.sent == []


def test_what_may_leave_is_not_withheld() -> None:
    to, chat, _ = gate(always(Answer(GOOD)), "abstracts")
    to.boundary.withhold([Piece(CANARY, "abstract", "arxiv:1")])
    ask(to, Piece(CANARY, "derived"))
    assert len(chat.sent) == 1


def test_the_ledger_names_each_text_that_left_and_holds_none() -> None:
    to, _, _ = gate(always(Answer(GOOD)))
    ask(to, Piece("A title", "title", "arxiv:1"), Piece(CANARY, "abstract", "arxiv:1"))
    lines = [(line.variable, line.kind, line.source, line.characters) for line in to.ledger]
    assert ("works", "abstract", "arxiv:1", len(CANARY)) in lines
    assert CANARY not in str(to.ledger)
    assert all(len(line.sha256) == 64 for line in to.ledger)


# Connecting


def test_a_name_that_is_no_model_is_refused_in_words() -> None:
    with pytest.raises(ModelMissing, match="provider:model"):
        connect("gpt-9")
    with pytest.raises(ModelMissing, match="no provider 'nobody'"):
        connect("nobody:big")


def test_a_missing_package_is_named_with_the_extra_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_mistralai", None)
    monkeypatch.setitem(sys.modules, "langchain_anthropic", None)
    with pytest.raises(ModelMissing, match=r'pip install "research-brief\[anthropic\]"'):
        connect("anthropic:claude")
    with pytest.raises(ModelMissing, match="'mistralai' is not installed"):
        connect("mistralai:small")


def test_importing_the_gate_and_the_writer_loads_no_model_library() -> None:
    code = (
        "import sys, pipeline.llm, pipeline.writing.model;"
        "heavy = {'langchain', 'langchain_core', 'langsmith', 'yaml'};"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


# Over HTTP, with the client of a real provider


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai", reason="the extra research-brief[openai] is not installed")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


HTTP_FAULTS: dict[str, tuple[Answer, type[ModelError]]] = {
    "cut off": (Answer(GOOD, finish="length"), ModelAnswerCutOff),
    "filtered": (Answer(GOOD, finish="content_filter"), ModelRefusal),
    "refusal": (Answer(None, refusal="I cannot help with that."), ModelRefusal),
    "broken": (Answer(GOOD[:-3]), ModelAnswerMalformed),
    "two objects": (Answer(f"{GOOD} {GOOD}"), ModelAnswerMalformed),
    "none": (Answer(None), ModelAnswerMalformed),
    "bad key": (Answer("Incorrect API key provided: sk-abc", status=401), ModelKeyRefused),
    "no model": (Answer("The model does not exist", status=404), ModelNotFound),
    "no credit": (Answer("You exceeded your current quota", status=429), ModelNoCredit),
    "busy": (Answer("slow down", status=429, headers={"Retry-After": "1"}), ModelBusy),
    "error": (Answer("oops", status=503), ModelUnavailable),
    "cut connection": (Answer(GOOD, cut=True), ModelUnavailable),
    "slow": (Answer(GOOD, seconds=1.5), ModelTimeout),
}


@pytest.mark.usefixtures("no_key")
def test_a_real_client_reaches_a_local_server_without_a_key() -> None:
    with ChatServer(always(Answer(GOOD))).running() as server:
        to = Gate("openai:local", connect("openai:local", server.url))
        assert ask(to).sentences[0].text == "It rains."
    assert len(server.requests) == 1
    assert to.calls[0].finish_reason == "stop"
    assert to.calls[0].counted


@pytest.mark.usefixtures("no_key")
def test_a_key_goes_into_the_header_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-123")
    with ChatServer(
        always(Answer("Incorrect API key provided: sk-canary-123", status=401))
    ).running() as server:
        to = Gate("openai:local", connect("openai:local", server.url))
        with pytest.raises(ModelKeyRefused) as caught:
            ask(to)
    assert server.keys == ["Bearer sk-canary-123"]
    assert "sk-canary" not in f"{caught.value} {to.calls} {to.ledger} {server.requests}"


@pytest.mark.usefixtures("no_key")
@pytest.mark.parametrize("kind", HTTP_FAULTS)
def test_a_real_clients_errors_are_told_apart(kind: str) -> None:
    answer, error = HTTP_FAULTS[kind]
    with ChatServer(always(answer)).running() as server:
        watch = Watch()
        limits = Limits(attempt_seconds=1.0, attempts=2)
        to = Gate("openai:local", connect("openai:local", server.url, 1.0), limits=limits, sleep=watch.sleep)
        with pytest.raises(error):
            ask(to)
    assert len(server.requests) == (2 if error.retryable else 1)


@pytest.mark.usefixtures("no_key")
def test_a_server_without_structured_output_is_asked_for_plain_json() -> None:
    def script(user: str, number: int) -> Answer:
        structured = {"response_format", "tools"} & server.requests[-1].keys()
        return Answer("response_format is not supported", status=400) if structured else Answer(GOOD)

    with ChatServer(script).running() as server:
        to = Gate("openai:local", connect("openai:local", server.url))
        assert ask(to).sentences
        assert ask(to).sentences
    assert len(server.requests) == 3


@pytest.mark.usefixtures("no_key")
def test_no_server_at_all_is_no_connection() -> None:
    to = Gate("openai:local", connect("openai:local", "http://127.0.0.1:9/v1"), sleep=lambda seconds: None)
    with pytest.raises(ModelUnavailable, match="no connection"):
        ask(to)


@pytest.mark.usefixtures("no_key")
def test_a_missing_key_is_named() -> None:
    with pytest.raises(ModelMissing, match="OPENAI_API_KEY"):
        connect("openai:gpt-4.1-mini")
