"""What calls of a model cost, what is remembered of them, and what is done without asking again."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.models import Models
from bot.settings import ModelTable
from pipeline.claims import Source
from pipeline.llm import (
    Budget,
    Cap,
    Gate,
    Journal,
    Limits,
    Listener,
    ModelCancelled,
    ModelError,
    Piece,
    Price,
    Purse,
    Spent,
    price_of,
)
from pipeline.llm.problems import ModelBudgetSpent, ModelUnavailable
from pipeline.prompts import load_prompt
from pipeline.store import Store
from pipeline.writing.model import Draft, ModelWriter, tell
from pipeline.writing.model.checks import Sentences
from tests.scripted_model import (
    Answer,
    ChatServer,
    Script,
    ScriptedChat,
    faithful,
    said,
    sentence,
)
from tests.test_model_writing import ANSWER, EXTRACTIVE, FAULTS, LIES, MATERIAL, QUESTION, answering, works

GOOD = json.dumps({"sentences": [{"slot": "s1", "text": "It rains.", "support": ["kabc.1"]}]})
NOW = datetime(2026, 3, 9, 8, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "brief.db")
    yield store
    store.close()


def gate(script: Script, name: str = "scripted:one", **more: Any) -> tuple[Gate, ScriptedChat]:
    chat = ScriptedChat(script)
    return Gate(name, chat, sleep=lambda seconds: None, **more), chat


def ask(to: Gate, text: str = "nothing") -> Sentences:
    return to.ask(load_prompt("tell_works"), {"works": [Piece(text)], "slots": [Piece("s1")]}, Sentences)


def always(answer: Answer) -> Script:
    return lambda user, number: answer


# Prices


def test_a_price_is_the_users_own_before_the_listed_one() -> None:
    listed = price_of("openai:gpt-4.1-mini")
    assert listed is not None
    assert 0 < listed.input < listed.output
    own = {"openai:gpt-4.1-mini": Price(7.0, 9.0)}
    assert price_of("openai:gpt-4.1-mini", None, own) == Price(7.0, 9.0)
    assert Price(7.0, 9.0).of(1_000_000, 2_000_000) == 25.0


def test_a_local_model_costs_nothing_and_of_an_unknown_one_no_price_is_known() -> None:
    assert price_of("ollama:qwen3") == price_of("openai:x", "http://127.0.0.1:8000/v1") == Price(0.0, 0.0)
    assert price_of("openai:no-such-model") is None
    assert price_of("openai:gpt-4.1-mini", "https://models.example.org/v1") is None


def test_a_call_of_unknown_price_has_no_cost_and_a_limit_in_dollars_stops_it() -> None:
    to, _ = gate(always(Answer(GOOD)))
    ask(to)
    assert to.calls[0].cost_usd is None
    to, chat = gate(always(Answer(GOOD)), budget=Budget([Purse(Cap(usd=1.0), "a brief")]))
    with pytest.raises(ModelBudgetSpent, match=r"price of scripted:one.*model\.prices"):
        ask(to)
    assert chat.sent == []


# Limits


def test_a_call_that_could_pass_a_limit_in_dollars_is_not_made() -> None:
    budget = Budget([Purse(Cap(usd=0.10), "a brief")])
    to, chat = gate(always(Answer(GOOD)), budget=budget, price=Price(1.0, 10.0))
    with pytest.raises(ModelBudgetSpent, match=r"\$0\.10 for a brief"):
        [ask(to) for _ in range(1_000)]
    spent = sum(call.cost_usd or 0.0 for call in to.calls)
    assert 0.05 < spent <= 0.10
    assert len(chat.sent) == len(to.calls) - 1


def test_an_attempt_that_was_broken_off_counts_as_if_it_were_on_the_bill() -> None:
    to, _ = gate(
        always(Answer("{}", seconds=0.5)), limits=Limits(attempt_seconds=0.05, attempts=2), price=Price(1, 1)
    )
    with pytest.raises(ModelError):
        ask(to)
    assert to.tokens_out == 2 * load_prompt("tell_works").header.max_tokens
    assert not to.calls[0].counted
    to, _ = gate(always(Answer("no", status=500)), price=Price(1, 1))
    with pytest.raises(ModelError):
        ask(to)
    assert to.tokens_in + to.tokens_out == 0


def test_the_days_limit_holds_for_all_briefs_together_and_ends_with_the_day(store: Store) -> None:
    moment = [NOW]
    journal = Journal(store.engine, clock=lambda: moment[0])
    day = Purse(Cap(tokens=12_000), "a day", journal.spent)

    def brief() -> Gate:
        to, _ = gate(
            always(Answer(GOOD)), budget=Budget([Purse(Cap(), "a brief"), day]), book=_Timed(journal)
        )
        return to

    with pytest.raises(ModelBudgetSpent, match="12,000 tokens for a day"):
        [ask(brief(), f"work {count}") for count in range(100)]
    assert journal.spent().tokens <= 12_000
    moment[0] = NOW + timedelta(days=1)
    assert ask(brief(), "tomorrow").sentences


class _Timed:
    """The journal, with calls at its own clock's time."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def add(self, call: Any, prompt: Any) -> None:
        self._journal.add(replace(call, at=self._journal.now()), prompt)

    def recall(self, key: str) -> Any:
        return self._journal.recall(key)


def test_a_channels_limit_is_its_own(store: Store) -> None:
    mine, other = Journal(store.engine, "C1"), Journal(store.engine, "C2")
    to, _ = gate(always(Answer(GOOD)), book=mine)
    ask(to)
    assert mine.spent("C1").tokens == mine.spent().tokens == to.tokens_in + to.tokens_out
    assert other.spent("C2") == Spent()


@settings(max_examples=60)
@given(
    cap=st.integers(4_200, 40_000),
    answers=st.lists(st.integers(0, 16_000), min_size=1, max_size=30),
    workers=st.integers(1, 4),
)
def test_no_limit_is_ever_passed_by_more_than_one_call(cap: int, answers: list[int], workers: int) -> None:
    """Answers of any length, from several threads: what the server counts stays within the limit and one call."""
    purse = Purse(Cap(tokens=cap), "a brief")
    lengths = iter(answers)
    lock = threading.Lock()

    def script(user: str, number: int) -> Answer:
        with lock:
            return Answer(said([sentence("s1", "x" * next(lengths, 0), [])]))

    to, chat = gate(script, budget=Budget([purse]))

    def work() -> None:
        for _ in range(len(answers) // workers + 1):
            try:
                ask(to)
            except ModelError:
                return

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = [call.tokens_in + call.tokens_out for call in to.calls if call.attempts]
    assert sum(counted) <= cap + max(counted, default=0)


# Answers that were paid for


def test_an_answer_that_was_paid_for_is_not_asked_for_again(store: Store) -> None:
    journal = Journal(store.engine)
    first, _ = gate(always(Answer(GOOD)), book=journal, price=Price(1, 1))
    second, chat = gate(always(Answer("other")), book=journal, price=Price(1, 1))
    assert ask(first) == ask(second)
    assert chat.sent == []
    assert second.ledger == []
    assert second.calls[0].cached
    assert (second.tokens_in, second.tokens_out, second.calls[0].cost_usd) == (0, 0, 0.0)


@pytest.mark.parametrize("what", ["text", "model", "prompt", "server", "age", "off"])
def test_another_call_is_asked_for(what: str, store: Store, tmp_path: Path) -> None:
    ask(gate(always(Answer(GOOD)), book=Journal(store.engine))[0])
    later = datetime.now(UTC) + timedelta(days=31 if what == "age" else 0)
    journal = Journal(store.engine, keep_days=0 if what == "off" else 30, clock=lambda: later)
    more: dict[str, Any] = {"base_url": "http://127.0.0.1:1/v1"} if what == "server" else {}
    to, chat = gate(
        always(Answer(GOOD)), "scripted:two" if what == "model" else "scripted:one", book=journal, **more
    )
    prompt = load_prompt("tell_works")
    if what == "prompt":
        (tmp_path / "tell_works.md").write_bytes(prompt.content.replace(b"little time", b"no time"))
        prompt = load_prompt("tell_works", tmp_path)
    text = "more" if what == "text" else "nothing"
    to.ask(prompt, {"works": [Piece(text)], "slots": [Piece("s1")]}, Sentences)
    assert len(chat.sent) == 1


@pytest.mark.parametrize(
    "answer", [Answer("no JSON"), Answer(GOOD, finish="length"), Answer("x", status=500)]
)
def test_a_bad_answer_is_never_used_again(answer: Answer, store: Store) -> None:
    journal = Journal(store.engine)
    with pytest.raises(ModelError):
        ask(gate(always(answer), book=journal)[0])
    to, chat = gate(always(Answer(GOOD)), book=journal)
    assert ask(to).sentences
    assert len(chat.sent) == 1


# Another model in its place


@pytest.mark.parametrize("kind", sorted(set(FAULTS) - {"nothing to say"}))
def test_where_a_model_cannot_answer_the_fallback_writes_and_the_brief_says_so(kind: str) -> None:
    second, chat = gate(faithful, "scripted:two")
    first, _ = gate(always(FAULTS[kind]), fallback=second)
    written = ModelWriter(lambda: first).write(MATERIAL)
    if kind in ("bad request", "prose", "empty", "none", "wrong types", "two objects", "deep", "cut stream"):
        return  # asked once more of the same model, then extracted
    assert written.writer == "scripted:two"
    assert any("scripted:two was asked instead" in note for note in written.notes)
    assert {call.model for call in written.calls} == {"scripted:one", "scripted:two"}
    assert {line.model for line in written.ledger} == {"scripted:one", "scripted:two"}
    assert len(chat.sent) >= 4


def test_a_model_without_credit_is_asked_once_and_then_left() -> None:
    second, _ = gate(faithful, "scripted:two")
    first, chat = gate(always(FAULTS["no credit"]), fallback=second)
    for _ in range(3):
        ask_to = first.ask(
            load_prompt("tell_works"), {"works": [Piece("x")], "slots": [Piece("s1")]}, Sentences
        )
        assert ask_to.sentences == []
    assert len(chat.sent) == 1


def test_the_fallback_keeps_to_the_same_policy_and_limits() -> None:
    budget = Budget([Purse(Cap(tokens=5_000), "a brief")])
    second, chat = gate(always(Answer(GOOD)), "scripted:two", budget=budget, policy="abstracts")
    first, _ = gate(always(Answer("no", status=402)), fallback=second, budget=budget, policy="abstracts")
    first.withhold([Piece("one two three four five six seven eight nine", "fulltext", "post:1")])
    with pytest.raises(ModelError, match="may not be sent"):
        second.ask(
            load_prompt("tell_works"),
            {
                "works": [Piece("one two three four five six seven eight nine", "fulltext")],
                "slots": [Piece("s")],
            },
            Sentences,
        )
    with pytest.raises(ModelBudgetSpent):
        [ask(first) for _ in range(20)]
    assert chat.sent


def test_a_model_whose_package_is_missing_is_named_and_replaced() -> None:
    second, _ = gate(faithful, "scripted:two")
    first = Gate(
        "nobody:big", None, closed="LangChain's package for nobody is not installed", fallback=second
    )
    written = ModelWriter(lambda: first).write(MATERIAL)
    assert written.writer == "scripted:two"
    assert "not installed: scripted:two was asked instead." in written.notes[0]


# A second opinion


def judging(refused: Callable[[str], bool]) -> Script:
    """A judge that refuses the sentences for which this holds."""

    def script(user: str, number: int) -> Answer:
        asked = user.rpartition("Sentences:")[2]
        found = re.findall(r"<<<(s\d+)\n(.*)\n>>> works", asked)
        opinions = [
            {"slot": slot, "supported": not refused(text), "why": "it differs" if refused(text) else ""}
            for slot, text in found
        ]
        return Answer(json.dumps({"opinions": opinions}))

    return script


def wrote(judge: Script) -> tuple[Any, ScriptedChat]:
    to, _ = gate(faithful)
    judge_gate, chat = gate(judge, "scripted:judge")
    return ModelWriter(lambda: to, open_judge=lambda: judge_gate).write(MATERIAL), chat


def test_a_judge_that_agrees_changes_nothing_and_sees_the_source_of_each_sentence() -> None:
    written, chat = wrote(judging(lambda text: False))
    assert written.sections == ModelWriter(lambda: gate(faithful)[0]).write(MATERIAL).sections
    for _, user in chat.sent:
        shown = user.partition("Sentences:")
        for keys in re.findall(r">>> works ([\w, ]+)", shown[2]):
            assert all(f"<<<{key}\n" in shown[0] for key in keys.split(", "))


def test_a_sentence_that_the_judge_refuses_is_written_again_and_then_the_sources_own() -> None:
    written, _ = wrote(judging(lambda text: "3%" in text))
    refused = [r for found in written.verdicts.values() for r in found.values() if r]
    assert ("it differs",) in refused
    assert written.replaced
    told = [c.text for s in written.sections for item in s.items for c in item.claims]
    assert [t for t in told if "3%" in t] == [
        c.text for s in EXTRACTIVE for item in s.items for c in item.claims if "3%" in c.text
    ]


def test_a_judge_cannot_let_pass_what_the_checks_refuse() -> None:
    lie, _ = gate(answering(LIES[next(iter(LIES))]))
    judge, _ = gate(judging(lambda text: False), "scripted:judge")
    assert tell(lie, QUESTION, ANSWER, works(MATERIAL), judge=judge).claims == ANSWER


@pytest.mark.parametrize("kind", FAULTS)
def test_whatever_the_judge_does_a_brief_arrives(kind: str) -> None:
    written, _ = wrote(always(FAULTS[kind]))
    assert written.writer == "scripted:one"
    assert any("second opinion" in note for note in written.notes)


# While it is written

FIRST = "Briar is a taint tracker for tool calls."
SECOND = "Briar lowers the attack success rate from 48% to 3%."


def test_finished_sentences_are_said_once_they_are_checked_and_a_lie_never() -> None:
    lie = LIES[next(iter(LIES))]
    to, _ = gate(answering(FIRST, lie, SECOND))
    heard: list[str] = []
    found = tell(to, QUESTION, ANSWER, works(MATERIAL), draft=Draft(heard.append))
    assert heard == [FIRST, SECOND]
    assert found.claims == ANSWER  # the lie was not mended, so the extractive answer stands


def test_a_sentence_is_checked_once_while_it_is_heard_however_many_pieces_the_stream_has() -> None:
    to, _ = gate(answering(FIRST, SECOND))
    checked: list[str] = []

    def check(claim: str, sources: Sequence[Source]) -> Sequence[str]:
        checked.append(claim)
        return ()

    tell(to, QUESTION, ANSWER, works(MATERIAL), check=check, draft=Draft(lambda text: None))
    assert sorted(checked) == sorted([FIRST, SECOND] * 2), "once for the draft, once for the answer"


def test_a_sentence_is_said_before_the_answer_is_whole() -> None:
    slow = answering(FIRST, SECOND)
    to, _ = gate(lambda user, number: replace(slow(user, number), between=0.02))
    draft = Draft(lambda text: draft.stopped.set())
    with pytest.raises(ModelCancelled):
        tell(to, QUESTION, ANSWER, works(MATERIAL), draft=draft)
    assert to.calls[0].error_kind == "ModelCancelled"
    assert to.tokens_out  # what was written until then may be on the bill


def test_a_stream_that_is_cut_is_a_failure() -> None:
    answer = answering(FIRST)
    to, _ = gate(lambda user, number: replace(answer(user, number), cut=True), limits=Limits(attempts=1))
    with pytest.raises(ModelUnavailable):
        to.asked(
            load_prompt("answer_question"),
            {"question": [Piece("?")], "works": [Piece("<<<kabc\n1| x\n>>>\n")]},
            Sentences,
            Listener(lambda text: None),
        )


def test_a_real_client_streams_and_leaves_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("langchain_openai", reason="the extra research-brief[openai] is not installed")
    from pipeline.llm import connect

    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    answer = answering(
        "Briar is a taint tracker for tool calls.", "Briar lowers the attack success rate from 48% to 3%."
    )
    with ChatServer(lambda user, number: replace(answer(user, number), between=0.01)).running() as server:
        chat = connect("openai:local", server.url)
        heard: list[str] = []
        found = tell(Gate("openai:local", chat), QUESTION, ANSWER, works(MATERIAL), draft=Draft(heard.append))
        assert found.writer == "openai:local"
        assert found.calls[0].counted
        assert heard == [c.text for c in found.claims]
        draft = Draft(lambda text: draft.stopped.set())
        with pytest.raises(ModelCancelled):
            tell(Gate("openai:local", chat), QUESTION, ANSWER, works(MATERIAL), draft=draft)


def test_what_is_to_be_worded_anew_is_asked_again_and_what_it_cost_is_counted(store: Store) -> None:
    models = Models(ModelTable(name="scripted:one"), store.engine)
    before = models.opened("C1").journal
    first, _ = gate(always(Answer(GOOD)), book=before, price=Price(1, 1))
    ask(first)
    second, chat = gate(always(Answer(GOOD)), book=models.opened("C1", anew=True).journal, price=Price(1, 1))
    ask(second)
    assert len(chat.sent) == 1
    third, quiet = gate(always(Answer(GOOD)), book=models.opened("C1").journal, price=Price(1, 1))
    ask(third)
    assert quiet.sent == []
    assert before.spent("C1").tokens == first.calls[0].tokens_in + first.calls[0].tokens_out + (
        second.calls[0].tokens_in + second.calls[0].tokens_out
    )
