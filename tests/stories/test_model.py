"""A language model through the command line: it writes, its calls are recorded and paid for, and runs are replayed."""

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.prompts import load_prompt
from pipeline.store import Store
from tests.scripted_model import Answer, ChatServer, Script, faithful, said, sentence

pytest.importorskip("langchain_openai", reason="the extra research-brief[openai] is not installed")

WRITE = ("--format", "json", "--week-ending", "2026-06-14")
SANDBAR = "By how much does Sandbar lower the success rate of prompt injection attacks?"


class Served:
    """A server whose script can be exchanged while it runs."""

    def __init__(self) -> None:
        self.script: Script = faithful
        self.server = ChatServer(lambda user, number: self.script(user, number))


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    served = Served()
    with served.server.running():
        yield served


@pytest.fixture
def with_model(week: Any, served: Served) -> Any:
    """Adds a [model] table to the settings of the week: `with_model(more, prices=False)`."""

    def add(more: str = "", prices: bool = True) -> Any:
        table = f'[model]\nname = "openai:scripted"\nbase_url = "{served.server.url}"\n{more}\n'
        price = '[model.prices."openai:scripted"]\ninput = 1.0\noutput = 4.0\n' if prices else ""
        week.config.write_text(f"{week.config.read_text()}\n{table}{price}")
        return week

    return add


def test_a_brief_of_a_model_is_recorded_with_what_it_cost_and_replayed_byte_for_byte(
    with_model: Any, served: Served
) -> None:
    week = with_model()
    brief = week.write(*WRITE).json
    receipt = brief["receipt"]
    assert receipt["writer"] == "openai:scripted"
    assert receipt["cost_usd"] == pytest.approx((receipt["tokens_in"] + 4 * receipt["tokens_out"]) / 1e6)
    run = week.run("runs", brief["id"], "--json").json
    assert sum(c["gen_ai.usage.input_tokens"] for c in run["calls"]) == receipt["tokens_in"]
    assert {c["gen_ai.request.model"] for c in run["calls"]} == {"scripted"}
    assert all(c["brief.sentences.judged"] and c["brief.sent"] for c in run["calls"])
    assert {c["gen_ai.prompt.name"]: c["brief.prompt.fingerprint"] for c in run["calls"]} == receipt[
        "prompts"
    ]
    assert [r["subject"] for r in week.run("runs", "--json").json["runs"]][:1] == [brief["id"]]
    served.script = lambda user, number: Answer("gone", status=500)
    asked = len(served.server.requests)
    for name in (brief["id"], str(run["number"])):
        done = week.run("replay", name, "--json")
        assert (done.status, done.json["identical"], done.json["lines"]) == (0, True, [])
    assert len(served.server.requests) == asked


def test_no_text_of_a_source_is_in_the_record_of_what_was_sent(with_model: Any) -> None:
    week = with_model()
    brief = week.write(*WRITE).json
    sent = [
        line for call in week.run("runs", brief["id"], "--json").json["calls"] for line in call["brief.sent"]
    ]
    quotes = {
        a["quote"] for s in brief["sections"] for i in s["items"] for c in i["claims"] for a in c["anchors"]
    }
    assert {line["kind"] for line in sent} >= {"title", "abstract"}
    assert not any(quote in json.dumps(sent) for quote in quotes)


def test_writing_the_same_brief_again_costs_nothing(with_model: Any, served: Served) -> None:
    week = with_model()
    first = week.write(*WRITE).json
    asked = len(served.server.requests)
    again = week.write(*WRITE).json
    assert len(served.server.requests) == asked
    assert (again["id"], again["receipt"]["tokens_in"]) == (first["id"], 0)
    assert again["sections"] == first["sections"]
    assert week.run("replay", again["id"]).status == 0


def test_a_run_is_told_anew_with_another_prompt_sentence_by_sentence(
    with_model: Any, served: Served, tmp_path: Path
) -> None:
    week = with_model("cache_days = 0")
    brief = week.write(*WRITE).json
    (tmp_path / "p").mkdir()
    text = load_prompt("tell_works").content.decode()
    (tmp_path / "p" / "tell_works.md").write_text(text.replace("Articles:", "Articles of the week:"))

    def other(user: str, number: int) -> Answer:
        return Answer('{"sentences": []}') if "Articles of the week:" in user else faithful(user, number)

    served.script = other
    done = week.run("replay", brief["id"], "--prompts", tmp_path / "p", "--json")
    assert done.status == 0
    assert not done.json["identical"]
    sides = {line["side"] for line in done.json["lines"]}
    assert sides == {"-", "+"}
    assert {line["section"] for line in done.json["lines"]} <= {s["heading"] for s in brief["sections"]}
    assert week.run("replay", brief["id"]).status == 0


def test_a_run_is_told_anew_by_another_model(with_model: Any, served: Served) -> None:
    week = with_model()
    brief = week.write(*WRITE).json
    done = week.run("replay", brief["id"], "--model", "openai:other", "--base-url", served.server.url)
    assert done.status == 0
    assert "no sentence differs" in done.lines[0]
    assert served.server.requests[-1]["model"] == "other"


def test_an_extractive_brief_is_replayed_too(week: Any) -> None:
    brief = week.write(*WRITE).json
    assert week.run("replay", brief["id"], "--json").json["identical"]
    done = week.run("replay", brief["id"], "--model", "openai:x")
    assert (done.status, done.out) == (2, "")
    assert "[model]" in done.err


def test_an_answer_of_a_model_is_recorded_and_replayed(with_model: Any, served: Served) -> None:
    def script(user: str, number: int) -> Answer:
        key, n = re.findall(r"<<<(k\w+)\n.*\n(\d+)\|", user)[0]
        words = re.findall(r"^\d+\| (.*)$", user, re.MULTILINE)[0]
        return Answer(json.dumps({"sentences": [{"slot": "s1", "text": words, "support": [f"{key}.{n}"]}]}))

    served.script = script
    week = with_model()
    answer = week.run("ask", SANDBAR, "--json").json
    assert answer["status"] == "answered"
    run = week.run("runs", "--json").json["runs"][0]
    assert (run["use_case"], run["calls"], run["subject"]) == ("answer", len(served.server.requests), SANDBAR)
    assert week.run("replay", str(run["number"])).status == 0


def noting(user: str, number: int) -> Answer:
    """A reader that restates each sentence with a word after every five."""
    names = user.rpartition("Slots:")[2].split()
    shown = {
        f"{key}.{n}": text
        for key, lines in re.findall(r"<<<(k\w+)\n(.*?)\n>>>", user, re.DOTALL)
        for n, text in re.findall(r"^(\d+)\| (.*)$", lines, re.MULTILINE)
    }

    def restated(text: str) -> str:
        words = text.split()
        return " ".join(" ".join([*words[n : n + 5], "there"]) for n in range(0, len(words), 5))

    return Answer(said([sentence(name, restated(shown[name]), [name]) for name in names if name in shown]))


@pytest.mark.parametrize("policy", ["full", "abstracts", "derived"])
def test_no_byte_of_a_source_goes_to_a_server_that_may_not_see_it(
    policy: str, week: Any, served: Served
) -> None:
    reader = ChatServer(noting)
    with reader.running():
        read = f'[model.reader]\nname = "openai:reader"\nbase_url = "{reader.url}"\n'
        write = (
            f'[model.writer]\nname = "openai:writer"\nbase_url = "{served.server.url}"\npolicy = "{policy}"\n'
        )
        week.config.write_text(f"{week.config.read_text()}\n[model]\ncache_days = 0\n{read}{write}")
        brief = week.write(*WRITE).json
        asked = week.run("ask", SANDBAR)
    assert asked.status == 0
    with contextlib.closing(Store.open(week.home / "brief.db")) as store:
        works = list(store.articles([r["article_id"] for r in brief["references"]]).values())
    runs = {
        work.id: {" ".join(words[n : n + 8]) for n in range(len(words) - 7)}
        for work in works
        for words in (re.findall(r"\w+", f"{work.title} {work.abstract}".lower()),)
    }
    sent = " ".join(
        re.findall(
            r"\w+", " ".join(json.dumps(r, ensure_ascii=False) for r in served.server.requests).lower()
        )
    )
    seen = {work.kind for work in works if any(run in sent for run in runs[work.id])}
    assert {work.kind for work in works} == {"paper", "post"}
    assert seen == {"full": {"paper", "post"}, "abstracts": {"paper"}, "derived": set()}[policy]
    assert served.server.requests, "the writer was asked"
    assert bool(reader.requests) == (policy == "derived"), "a reader is asked where a writer may not read"


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("tokens_per_day = 1000", "the limit of 1,000 tokens for a day"),
        ("usd_per_day = 0.001", "the limit of $0.001 for a day"),
        ("usd_per_brief = 0.001", "for a brief does not allow another call"),
    ],
)
def test_a_limit_that_is_reached_leaves_a_brief_that_says_so(
    limit: str, said: str, with_model: Any, served: Served
) -> None:
    brief = with_model(limit).write(*WRITE).json
    assert brief["receipt"]["writer"] == "extractive"
    assert said in brief["receipt"]["notes"][0]
    assert served.server.requests == []


def test_a_server_of_ones_own_costs_nothing_if_no_price_is_given(with_model: Any) -> None:
    brief = with_model("usd_per_day = 5", prices=False).write(*WRITE).json
    assert brief["receipt"]["writer"] == "openai:scripted"
    assert brief["receipt"]["cost_usd"] == 0


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer("Incorrect API key", status=401), "the provider refuses the key for openai:scripted"),
        (
            Answer("no such model", status=404),
            "knows no model openai:scripted: check [model] name and base_url",
        ),
        (Answer("insufficient_quota", status=429), "the account for openai:scripted has no credit left"),
        (Answer("hello"), "openai:scripted answered without the JSON that was asked for"),
    ],
)
def test_check_says_in_words_what_is_wrong_with_a_model(
    answer: Answer, said: str, with_model: Any, served: Served
) -> None:
    served.script = lambda user, number: answer
    done = with_model().run("check")
    assert done.status == 1
    assert any(said in line for line in done.lines if line.startswith("FAIL model"))


def test_check_tries_every_model_whatever_the_first_says(week: Any, served: Served) -> None:
    served.script = lambda user, number: Answer("Incorrect API key", status=401)
    with ChatServer(lambda user, number: Answer('{"sentences": []}')).running() as judge:
        write = f'[model]\nname = "openai:one"\nbase_url = "{served.server.url}"\n'
        check = f'[model.judge]\nname = "openai:two"\nbase_url = "{judge.url}"\n'
        week.config.write_text(f"{week.config.read_text()}\n{write}{check}")
        (line,) = [line for line in week.run("check").lines if line.startswith("FAIL model")]
    assert "refuses the key for openai:one" in line
    assert "openai:two answered in" in line


def test_check_says_that_there_is_no_connection_or_no_package(week: Any) -> None:
    text = week.config.read_text()
    week.config.write_text(f'{text}\n[model]\nname = "openai:x"\nbase_url = "http://127.0.0.1:9/v1"\n')
    assert "there is no connection to openai:x" in week.run("check").out
    week.config.write_text(f'{text}\n[model]\nname = "mistralai:x"\n')
    assert "package for 'mistralai' is not installed" in week.run("check").out


@pytest.mark.parametrize("name", ["99999", "no-such-brief"])
def test_a_run_that_is_not_there_is_named(name: str, week: Any) -> None:
    assert week.run("runs", name).status == 2
    done = week.run("replay", name)
    assert done.status == 1
    assert name in done.err


def test_a_run_that_read_feeds_cannot_be_replayed(week: Any) -> None:
    run = next(r for r in week.run("runs", "--json").json["runs"] if r["use_case"] == "ingest")
    done = week.run("replay", str(run["number"]))
    assert done.status == 1
    assert "wrote nothing" in done.err
