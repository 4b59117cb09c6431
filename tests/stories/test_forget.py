"""`brief forget`: says what would go, deletes it with --yes, and leaves it in no file of the home."""

from datetime import UTC, datetime

import pytest

from bot.arrivals import Arrival
from bot.conversations import Conversations
from bot.records import Records
from bot.votes import Votes
from pipeline.index import Claim
from pipeline.models import Answer
from pipeline.store import Store

ASKED = "does the canary sing in the mine?"


@pytest.fixture
def asked(week):
    """The week's home, with a question in a thread of #research, its answer and a vote."""
    store = Store.open(week.home / "brief.db")
    conversations = Conversations(store.engine)
    at = datetime(2026, 6, 15, 9, tzinfo=UTC)
    arrival = Arrival(
        ("event:1", "message:C012:1.5"),
        "question",
        "question",
        "C012",
        "1.0",
        "U012",
        ASKED,
        "1.5",
        "1.0",
        at,
    )
    conversations.receive([arrival])
    pending = conversations.take_next("C012", "1.0")
    conversations.save_answer(
        pending.id, Answer(question=ASKED, status="refused", text=f"No: {ASKED}"), None, {}
    )
    conversations.posted(pending.id, "1.6")
    Votes(store.engine).vote(pending.id, "U013", "bad", at)
    assert Records(store.engine).claim(["event:2"], at)
    store.close()
    return week


def holds(week, text):
    return [p for p in week.home.rglob("*") if p.is_file() and text.encode() in p.read_bytes()]


@pytest.mark.parametrize(
    "whose",
    [
        ("channel", "C012"),
        ("user", "U012"),
        ("thread", "https://team.slack.com/archives/C012/p1718442000000500?thread_ts=1.0&cid=C012"),
        ("workspace",),
    ],
    ids=lambda words: words[0],
)
def test_nothing_goes_without_yes_and_nothing_is_left_with_it(asked, whose):
    week = asked
    first = week.run("forget", *whose)
    assert first.status == 0, first.err
    assert "Would be deleted:" in first.out
    assert "  1 questions" in first.out
    assert "--yes" in first.out
    assert holds(week, "canary")
    done = week.run("forget", *whose, "--yes")
    assert (done.status, done.err) == (0, "")
    assert "Deleted:" in done.out
    assert "copies made by `brief backup`" in done.out
    assert holds(week, "canary") == []
    if whose[0] != "thread":
        assert holds(week, whose[-1]) == []
    assert week.run("status", "--json").json["articles"] == 13
    assert week.run("forget", *whose, "--yes").out.startswith("Nothing of that is stored.")
    answered = week.run(
        "ask", "By how much does Sandbar lower the success rate of prompt injection attacks?", "--json"
    )
    assert answered.json["status"] == "answered", "the index is made anew"


def test_beside_a_running_bot_the_index_stays_and_that_is_said(asked):
    running = Claim(asked.home / "index")
    running.take()
    done = asked.run("forget", "user", "U012", "--yes")
    running.release()
    assert done.status == 0
    assert "with the bot stopped, repeat this" in done.out
    assert list((asked.home / "index").glob("*/chroma.sqlite3"))
    assert "with the bot stopped" not in asked.run("forget", "user", "U012", "--yes").out
    assert not list((asked.home / "index").glob("*/chroma.sqlite3"))


def test_a_database_that_a_restore_kept_forgets_too(asked, tmp_path):
    week = asked
    assert week.run("backup", tmp_path / "saved.db").status == 0
    assert week.run("restore", tmp_path / "saved.db").status == 0
    assert len(holds(week, "canary")) == 2
    done = week.run("forget", "user", "U012", "--yes", "--json").json
    assert done["forgotten"]["questions"] == 1
    assert (done["done"], len(done["copies"])) == (True, 1)
    assert holds(week, "canary") == []
    assert b"canary" in (tmp_path / "saved.db").read_bytes(), "a backup elsewhere is its owner's to delete"


def test_what_is_old_goes_by_the_settings(asked):
    week = asked
    assert week.run("forget", "old", "--yes").out.startswith("Nothing of that is stored.")
    week.config.write_text(week.config.read_text() + "\n[retention]\nquestions_days = 30\n")
    assert "  1 questions" in week.run("forget", "old", "--as-of", "2026-08-01").out
    assert week.run("forget", "old", "--as-of", "2026-06-20").out.startswith("Nothing")
    assert week.run("forget", "old", "--as-of", "2026-08-01", "--yes").status == 0
    assert holds(week, "canary") == []


def test_a_link_that_is_none_is_named(week):
    done = week.run("forget", "thread", "somewhere")
    assert (done.status, done.err.startswith("brief: LINK:")) == (2, True)
