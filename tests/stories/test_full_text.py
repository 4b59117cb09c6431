"""Works of a brief are read in full, and questions that an abstract does not answer are answered from there."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.store import Store
from tests.fulltext.documents import LONG, latexml

SANDBAR = latexml(
    ("1", "Introduction", [LONG, "Agents obey what they read."]),
    ("2", "Training", ["Sandbar was trained for 36 GPU hours on four cards with a batch size of 96."]),
    (
        "3",
        "Limitations",
        ["Sandbar needs an agent whose channels can be told apart. Only English was tested."],
    ),
    title="Sandbar: Prompt Injection Defence by Separate Channels",
)
QUESTION = "How many GPU hours was Sandbar trained for?"


@dataclass(frozen=True)
class Shelf:
    """A home in which the week was read, and a server that has one of its works in full."""

    brief: Callable[..., Any]
    home: Path
    config: Path
    host: Any

    def run(self, *arguments: object) -> Any:
        """Runs one command in this home."""
        return self.brief(*arguments, "--home", self.home, "--config", self.config)

    def write(self, *arguments: object) -> Any:
        """Writes the brief of the week."""
        return self.run("write", *arguments, "--as-of", "2026-06-14T18:00:00Z")


@pytest.fixture
def shelf(
    feeds: Any,
    config: Callable[..., Path],
    brief: Callable[..., Any],
    five_days: Callable[..., Any],
    home: Path,
) -> Shelf:
    feeds.serve("arxiv/html/2606.90011v1", SANDBAR)
    more = f'[fulltext]\narxiv = "{feeds.url("arxiv")}"\npages = false\nworks = 5\n'
    made = config(more=more)
    for done in five_days(home, made, feeds):
        assert done.status == 0, done.err
    feeds.asked.clear()
    return Shelf(brief, home, made, feeds)


def asked_in_full(feeds: Any) -> list[str]:
    return [path for path, _ in feeds.asked if path.startswith("/arxiv/")]


def ask(week: Shelf, question: str, *more: str) -> Any:
    return week.run("ask", question, "--json", "--as-of", "2026-06-14T19:00:00Z", *more)


def test_a_week_in_full(shelf: Shelf) -> None:
    """Written, asked from the full text, rebuilt, asked again; each document is asked for once."""
    written = shelf.write("--format", "json").json
    in_full = {one["article_id"]: one for one in written["receipt"]["in_full"]}
    assert in_full["arxiv:2606.90011"]["source"] == "html"
    assert 1 < len(in_full) <= 5
    assert all("404" in one["reason"] for one in in_full.values() if one["source"] is None)
    asked = asked_in_full(shelf.host)
    assert len(asked) == len(set(asked)) == 2 * len(in_full) - 1

    first = ask(shelf, QUESTION, "--brief", written["id"]).json
    _rests_on_the_full_text(shelf, first, written)
    assert shelf.run("index", "rebuild").status == 0
    again = ask(shelf, QUESTION, "--brief", written["id"]).json
    assert again["claims"] == first["claims"]
    assert asked_in_full(shelf.host) == asked


def _rests_on_the_full_text(week: Shelf, answer: dict[str, Any], written: dict[str, Any]) -> None:
    assert answer["status"] == "answered"
    assert "section 2 (Training)" in str(answer["text"])
    assert "36 GPU hours" in str(answer["text"])
    (claim,) = answer["claims"]
    (anchor,) = claim["anchors"]
    assert anchor["field"] == "fulltext"
    stored = Store.open(week.home / "brief.db").full_texts.of(anchor["article_id"])
    assert stored is not None
    assert stored.text[anchor["start"] : anchor["end"]] == anchor["quote"]
    number = next(r["n"] for r in written["references"] if r["article_id"] == anchor["article_id"])
    assert claim["citations"] == [number]


def test_what_was_read_in_full_is_said(shelf: Shelf) -> None:
    receipt = shelf.write("--format", "json").json["receipt"]
    missing = next(one["article_id"] for one in receipt["in_full"] if one["source"] is None)
    text = shelf.write().out
    assert "Read in full: 1 of" in text
    assert "404" in text
    assert "full texts: 1 read" in shelf.run("status").out
    assert shelf.run("status", "--json").json["full_texts"]["read"] == 1
    assert "read in full: v1, 3 sections" in shelf.run("why", "2606.90011").out
    assert "not read in full: HTML and PDF: the host answered 404" in shelf.run("why", missing).out


def test_a_work_that_no_brief_considered_is_read_when_somebody_asks_about_it(shelf: Shelf) -> None:
    answer = ask(shelf, "What are the limitations of 2606.90011?").json
    assert answer["status"] == "answered"
    assert "Sandbar needs an agent whose channels can be told apart" in answer["text"]
    assert asked_in_full(shelf.host) == ["/arxiv/html/2606.90011v1"]


def test_an_abstract_that_answers_needs_no_full_text(shelf: Shelf) -> None:
    answer = ask(shelf, "By how much does Sandbar lower the success rate of prompt injection?").json
    assert {a["field"] for c in answer["claims"] for a in c["anchors"]} == {"abstract"}
    assert not asked_in_full(shelf.host)


def test_what_neither_states_is_not_answered(shelf: Shelf) -> None:
    answer = ask(shelf, "What learning rate was used in 2606.90011?").json
    assert answer["status"] == "not_in_index"


def test_a_work_that_cannot_be_read_is_answered_by_its_abstract_and_said_so(shelf: Shelf) -> None:
    answer = ask(shelf, "What learning rate was used in 2606.90014?").json
    assert answer["status"] == "not_in_index"
    assert "its full text could not be read" in answer["text"]


def test_switched_off_nothing_is_asked_for(shelf: Shelf) -> None:
    text = shelf.config.read_text(encoding="utf-8").replace("[fulltext]\n", "[fulltext]\nenabled = false\n")
    shelf.config.write_text(text, encoding="utf-8")
    written = shelf.write("--format", "json").json
    assert written["receipt"]["in_full"] == []
    assert ask(shelf, "What are the limitations of 2606.90011?").json["status"] == "not_in_index"
    assert not asked_in_full(shelf.host)
