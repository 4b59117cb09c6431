"""`brief check`, `status`, `index rebuild` and `lab`; and an index that breaks, heals, or is taken."""

import io
import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

import bot
from pipeline.embedding import load_embedder
from pipeline.index import SearchIndex
from pipeline.store import Store

QUESTION = "By how much does Sandbar lower the success rate of prompt injection attacks?"
SUBSCRIPTION = """
[[subscriptions]]
channel = "#research"
profile = "team"
day = "mon"
time = 09:00:00
timezone = "Europe/Berlin"
"""


def findings(done):
    """The lines of `brief check`: name -> (mark, sentence)."""
    rows = [line.split(maxsplit=1) for line in done.lines]
    return {rest.split(": ", 1)[0]: (mark, rest.split(": ", 1)[1]) for mark, rest in rows}


# check


def test_check_looks_at_each_thing_in_a_line(week, slack):
    week.config.write_text(week.config.read_text() + SUBSCRIPTION)
    done = week.run("check")
    assert (done.status, done.err) == (0, "")
    found = findings(done)
    assert list(found) == [
        "settings", "store", "embedding", "index", "full texts", "model",
        "feed arXiv cs.AI", "feed arXiv cs.CR", "feed Reef Forum", "feed Quay Lab", "slack",
    ]  # fmt: skip
    assert {mark for mark, _ in found.values()} == {"ok"}
    assert found["settings"][1] == f"read from {week.config}"
    assert found["store"][1] == "13 works stored"
    assert found["index"][1] == "13 passages, ok"
    assert found["feed arXiv cs.CR"][1] == "3 entries"
    assert "in the workspace" in found["slack"][1]


def test_check_warns_of_one_dead_feed_and_of_missing_tokens_and_still_passes(week):
    week.host.serve("forum", "broken", status=500)
    done = week.run("check")
    assert done.status == 0
    found = findings(done)
    assert found["feed Reef Forum"] == ("warn", "the host answered 500 (internal server error)")
    assert found["slack"][0] == "warn"
    assert "SLACK_BOT_TOKEN and SLACK_APP_TOKEN not set" in found["slack"][1]
    assert found["subscriptions"][0] == "warn"


def test_check_fails_when_no_feed_can_be_read(week):
    for path in ("cs.AI", "cs.CR", "forum", "lab"):
        week.host.serve(path, "broken", status=500)
    done = week.run("check")
    assert done.status == 1
    assert findings(done)["feeds"] == ("FAIL", "none of the feeds can be read")


def test_check_does_not_store_what_it_reads(week):
    week.host.serve_posts("lab", {"title": "Unseen before", "link": "https://quay.example/unseen"})
    week.run("check")
    assert week.run("status", "--json").json["articles"] == 13


@pytest.mark.parametrize(
    ("name", "token", "said"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong", "SLACK_BOT_TOKEN: Slack says invalid_auth"),
        ("SLACK_APP_TOKEN", "xapp-wrong", "SLACK_APP_TOKEN: Slack says invalid_auth"),
    ],
)
def test_a_wrong_token_is_named_and_not_shown(week, slack, monkeypatch, name, token, said):
    monkeypatch.setenv(name, token)
    check = week.run("check")
    assert check.status == 1
    assert findings(check)["slack"][0] == "FAIL"
    assert findings(check)["slack"][1].startswith(said)
    run = week.run("run")
    assert run.status == 2
    assert run.err.startswith(f"brief: {said}")
    assert token not in check.out + check.err + run.out + run.err


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"])
def test_running_without_a_token_says_which_one_is_missing(week, slack, monkeypatch, name):
    monkeypatch.delenv(name)
    done = week.run("run")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"brief: {name}: is not set")
    assert done.err.count("\n") == 1


def test_a_slack_that_is_not_there_is_no_wrong_token(week, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-any")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-any")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    done = week.run("run")
    assert done.status == 1
    assert done.err.startswith("brief: Slack cannot be reached")
    assert done.err.count("\n") == 1
    assert findings(week.run("check"))["slack"][0] == "FAIL"


def test_a_slack_address_that_is_none_is_named(week, monkeypatch):
    monkeypatch.setenv("SLACK_API_URL", "slack.example")
    done = week.run("check")
    assert (done.status, done.err) == (2, "brief: SLACK_API_URL: must begin with http:// or https://\n")


# status


def test_status_has_the_promised_fields(week):
    week.config.write_text(week.config.read_text() + SUBSCRIPTION)
    week.host.serve("forum", "broken", status=500)
    week.run("ingest", "--as-of", "2026-06-11T14:00Z")
    brief = week.write("--format", "json").json
    done = week.run("status", "--json", "--as-of", "2026-06-12T00:00Z")
    assert (done.status, done.err) == (0, "")
    status = done.json
    assert set(status) >= {"feeds", "articles", "passages", "index", "briefs", "subscriptions", "deliveries"}
    assert (status["articles"], status["passages"], status["index"]) == (13, 13, "ok")
    feeds = {f["name"]: f for f in status["feeds"]}
    for feed in feeds.values():
        assert set(feed) >= {"name", "last_success", "last_error", "consecutive_failures", "entries_last"}
    forum, lab = feeds["Reef Forum"], feeds["Quay Lab"]
    assert forum["last_error"] == "the host answered 500 (internal server error)"
    assert (forum["consecutive_failures"], forum["entries_last"]) == (1, 2)
    assert datetime.fromisoformat(forum["last_success"]) == datetime.fromisoformat("2026-06-10T14:00Z")
    assert (lab["last_error"], lab["consecutive_failures"]) == (None, 0)
    (listed,) = status["briefs"]
    assert {name: listed[name] for name in ("id", "title", "window", "generated_at")} == {
        name: brief[name] for name in ("id", "title", "window", "generated_at")
    }
    (due,) = status["subscriptions"]
    assert (due["channel"], due["profile"]) == ("#research", "team")
    assert datetime.fromisoformat(due["next_due"]) == datetime.fromisoformat("2026-06-15T07:00Z")
    assert status["deliveries"] == []


def test_a_feed_that_recovers_is_healthy_again(week):
    week.host.serve("forum", "broken", status=500)
    for day in (11, 12):
        week.run("ingest", "--as-of", f"2026-06-{day}T14:00Z")
    feeds = {f["name"]: f for f in week.run("status", "--json").json["feeds"]}
    assert feeds["Reef Forum"]["consecutive_failures"] == 2
    week.host.serve_posts("forum", {"title": "Back again", "link": "https://quay.example/back"})
    week.run("ingest", "--as-of", "2026-06-14T14:00Z")
    feeds = {f["name"]: f for f in week.run("status", "--json").json["feeds"]}
    assert (feeds["Reef Forum"]["consecutive_failures"], feeds["Reef Forum"]["last_error"]) == (0, None)


def test_status_of_a_fresh_home_says_that_nothing_was_read(brief, config, tmp_path):
    done = brief("status", "--home", tmp_path / "fresh", "--config", config())
    assert done.status == 0
    assert done.lines[0] == "0 works, 0 passages, index ok"
    assert done.lines[1:3] == ["feed arXiv cs.AI: unread, 0 entries, last read never", "  not read yet"]


def test_status_for_people_names_failures_and_what_comes_next(week):
    week.config.write_text(week.config.read_text() + SUBSCRIPTION)
    week.host.serve("forum", "broken", status=500)
    week.run("ingest", "--as-of", "2026-06-11T14:00Z")
    week.write()
    done = week.run("status", "--as-of", "2026-06-12T00:00Z")
    assert "13 works, 13 passages, index ok" in done.out
    assert "feed Reef Forum: " in done.out
    said = next(n for n, line in enumerate(done.lines) if line.startswith("feed Reef Forum: failing, "))
    assert done.lines[said + 1].startswith(
        "  ALARM: failed once: the host answered 500 (internal server error); last read 2026-06-10"
    )
    assert "Team Reading - Weekly Brief: June 8 - June 14, 2026" in done.out
    assert "next: #research (team) at 2026-06-15T07:00:00+00:00" in done.out


# The index


def test_rebuilding_makes_the_index_anew(week):
    before = {p.name for p in (week.home / "index").iterdir() if p.is_dir()}
    done = week.run("index", "rebuild")
    assert (done.status, done.out, done.err) == (0, "13 passages indexed\n", "")
    after = {p.name for p in (week.home / "index").iterdir() if p.is_dir()}
    assert len(after) == 1
    assert after.isdisjoint(before)
    assert week.run("ask", QUESTION, "--json").json["status"] == "answered"


def emptied(folder):
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "lock":
            path.write_bytes(b"")


def garbled(folder):
    for path in folder.rglob("*"):
        if path.suffix in (".sqlite3", ".bin", ".json"):
            path.write_bytes(b"\xff\x00garbage" * 999)


@pytest.mark.parametrize("damage", [shutil.rmtree, emptied, garbled])
def test_an_index_that_is_lost_or_damaged_heals_at_the_next_question(week, damage):
    damage(week.home / "index")
    done = week.run("ask", QUESTION, "--json")
    assert done.status == 0
    assert (done.json["status"], done.json["searched"]) == ("answered", 13)
    assert week.run("status", "--json").json["index"] == "ok"


def test_a_second_process_is_told_who_has_the_index_and_may_ask_and_write(week, shell):
    store = Store.open(week.home / "brief.db")
    try:
        with SearchIndex(week.home / "index", store, load_embedder("default")):
            asked = shell("ask", QUESTION, "--json", *week.options)
            done = shell("ingest", *week.options)
            status = week.run("status", "--json")
            written = week.write("--format", "json")
    finally:
        store.close()
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"brief: the search index in {week.home}/index is in use by process ")
    assert done.err.count("\n") == 1
    assert (asked.status, asked.json["status"], asked.json["searched"]) == (0, "answered", 13)
    assert status.json["articles"] == 13
    assert written.status == 0, "a brief is written from the store"


# lab


@pytest.fixture
def lab(week, monkeypatch):
    """`brief lab ...` with lines on standard input."""

    def call(*arguments, rows=None, text=None):
        lines = text if text is not None else "".join(json.dumps(row) + "\n" for row in rows)
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        return week.run("lab", *arguments)

    return call


ABSTRACT = "Agents are attacked a lot. We propose a guard. The guard stops 91 % of the attacks on AgentYard."


def test_findings_are_spans_of_the_abstract(lab):
    rows = [{"id": "b", "title": "A guard", "abstract": ABSTRACT}, {"id": "a", "title": "", "abstract": ""}]
    done = lab("findings", rows=rows)
    assert (done.status, done.err) == (0, "")
    first, second = map(json.loads, done.lines)
    assert set(first) == set(second) == {"id", "finding", "why"}
    assert [first["id"], second["id"]] == ["b", "a"]
    assert "The guard stops 91 % of the attacks on AgentYard." in [
        ABSTRACT[span["start"] : span["end"]] for span in first["finding"]
    ]
    assert first["why"] is None or set(first["why"]) == {"start", "end"}
    assert (second["finding"], second["why"]) == ([], None)


def test_ranks_come_in_the_order_of_the_input_and_follow_the_topic(lab):
    rows = [
        {"id": 3, "title": "Soup in the cafeteria", "abstract": "Today there is soup."},
        {"id": "x", "title": "Guarding agents", "abstract": ABSTRACT, "unknown": "is ignored"},
        {"id": None, "title": "", "abstract": ""},
    ]
    done = lab("rank", "--topic", "attacks on agents and guards against them", rows=rows)
    assert (done.status, done.err) == (0, "")
    scored = [json.loads(line) for line in done.lines]
    assert [row["id"] for row in scored] == [3, "x", None]
    assert all(set(row) == {"id", "score"} and 0 <= row["score"] <= 1 for row in scored)
    assert scored[1]["score"] > 0.5 > scored[0]["score"]


@pytest.mark.parametrize("command", [("findings",), ("rank", "--topic", "guards")])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{not json", "standard input, line 3: not JSON"),
        ("[1, 2]", "standard input, line 3: not a JSON object"),
        ('{"id": 1, "title": ["a"], "abstract": "b"}', "standard input, line 3: title is not a text"),
        ('{"id": 1, "title": "a", "abstract": 7}', "standard input, line 3: abstract is not a text"),
        ("[" * 200_000, "standard input, line 3: nested too deeply"),
    ],
)
def test_a_bad_line_is_named_by_its_number(lab, command, line, said):
    done = lab(*command, text=f'{{"id": 1, "title": "a", "abstract": "b"}}\n\n{line}\n')
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("command", [("findings",), ("rank", "--topic", "guards")])
def test_no_lines_in_give_no_lines_out(lab, command):
    done = lab(*command, text="\n")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_a_topic_without_words_is_named(lab):
    done = lab("rank", "--topic", " ", rows=[{"id": 1, "title": "a", "abstract": "b"}])
    assert (done.status, done.out) == (2, "")
    assert "--topic" in done.err


def test_lines_that_are_not_utf8_are_named(week, shell):
    done = shell("lab", "findings", stdin=b'{"id": 1, "title": "\xff"}\n')
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("brief: standard input: not UTF-8")
    assert done.err.count("\n") == 1


# Where the output goes


def test_output_is_utf8_whatever_the_surroundings_say(week, shell):
    call = ("ask", QUESTION, *week.options)
    done = shell(*call, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert (done.status, done.err) == (0, "")
    assert "“Sandbar lowers the success rate" in done.out


def status_into(week, out, **more):
    """`brief status` with its standard output there."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "status", *week.options],
        stdout=out,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(bot.__file__).parents[1])},
        **more,
    )


def test_a_reader_who_leaves_early_is_no_error(week):
    reading, writing = os.pipe()
    os.close(reading)
    done = status_into(week, writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_an_output_that_is_full_is_told_in_a_line(week):
    with Path("/dev/full").open("wb") as full:
        done = status_into(week, full)
    said = b"brief: standard output cannot be written (No space left on device)\n"
    assert (done.returncode, done.stderr) == (1, said)


def test_an_output_that_is_closed_is_no_error(week):
    done = status_into(week, None, preexec_fn=lambda: os.close(1))
    assert (done.returncode, done.stderr) == (0, b"")


# doctor


def test_doctor_explains_what_check_finds_and_nothing_twice(week, slack):
    week.config.write_text(week.config.read_text() + SUBSCRIPTION)
    week.host.serve("forum", "broken", status=500)
    told = week.run("doctor", "--json", "--as-of", "2026-06-10T15:00:00Z").json
    found = {finding["about"]: finding for finding in told["findings"]}
    assert len(found) == len(told["findings"])
    assert "answered 500" in found["feed Reef Forum"]["what"]
    assert {"slack", "model", "index", "database", "feed Quay Lab"} <= set(told["well"])


def test_doctor_in_words_says_what_why_and_what_to_do(week, monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-wrong")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-wrong")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    done = week.run("doctor")
    assert done.status == 1
    assert "WRONG slack: Slack cannot be reached" in done.out
    assert "why it matters: no brief is posted" in done.out
    assert "do: follow the sentence above" in done.out
    assert "xoxb-wrong" not in done.out + done.err
