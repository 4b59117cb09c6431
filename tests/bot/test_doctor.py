"""`brief doctor`: each thing that can be wrong is found, explained, and comes with what to do."""

import json
import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import insert

from bot.app import _skew
from bot.cli import main
from bot.commands import doctor
from bot.commands.doctor import GIGABYTE, disk, late_brief, secrets_file
from bot.records import NewDelivery, Records
from bot.schedule import Slot, latest_slot
from bot.settings import Subscription
from bot.slots import Slots
from bot.tables import deliveries, iso, questions, slots, subscriptions
from pipeline.index import passages_of
from pipeline.models import Entry, Feed
from pipeline.store import FeedState, Store

NOW = datetime(2026, 5, 18, 9, tzinfo=UTC)
MONDAYS = Subscription(channel="#research", profile="p", day="mon", time="08:00")
SETTINGS = """
[[feeds]]
name = "Quay Lab"
url = "https://quay.example/feed"
[profiles.p]
title = "P"
topic = "anything"
[[subscriptions]]
channel = "#research"
profile = "p"
day = "mon"
time = "08:00"
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith(("SLACK_", "BRIEF_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "brief.toml").write_text(SETTINGS)
    return tmp_path / "home"


@pytest.fixture
def store(home):
    opened = Store.open(home / "brief.db")
    opened.add_entries([Entry(feed="Quay Lab", guid="g", title="A work", text="Told.")], NOW, passages_of)
    with opened.engine.begin() as connection:
        row = {"key": "#research|p|mon 08:00 UTC", "since": iso(NOW - timedelta(days=30)), "paused": False}
        connection.execute(insert(subscriptions).values(row))
    yield opened
    opened.close()


@pytest.fixture
def ask(home, capsys):
    """`brief doctor` as of a Monday at nine: exit status and findings by what they are about."""

    def run(*more):
        status = main(
            ["doctor", "--offline", "--json", "--home", str(home), "--as-of", NOW.isoformat(), *more]
        )
        told = json.loads(capsys.readouterr().out)
        for finding in told["findings"]:
            assert all(finding[name] for name in ("what", "why", "do")), finding
        assert told["broken"] == (status == 1)
        return status, {finding["about"]: finding for finding in told["findings"]}, told

    return run


def posted(store, state="done", reason=None):
    slot = Slot("#research", "p", NOW.date(), NOW.replace(hour=8))
    Slots(Records(store.engine)).note_slots([slot], NOW)
    with store.engine.begin() as connection:
        connection.execute(sa.update(slots).values(state=state, reason=reason))


def test_a_new_home_is_told_to_read_and_nothing_is_broken(home, ask):
    status, found, told = ask()
    assert (status, found["index"]["do"]) == (0, "`brief ingest`")
    assert found["brief for #research"]["do"].startswith("start `brief run`")
    assert {"files", "database", "leases", "deliveries"} <= set(told["well"])
    assert told["about"]["schema"] == doctor.SCHEMA


def test_what_is_well_is_not_a_finding(store, ask):
    posted(store)
    status, found, told = ask()
    assert (status, set(found)) == (0, {"index"}), "nothing has indexed the work"
    assert "`brief index rebuild`" in found["index"]["do"]
    assert "schedule" in told["well"]


def test_a_brief_that_did_not_come_is_broken_and_says_why(store, ask):
    status, found, _ = ask()
    assert (status, found["brief for #research"]["broken"]) == (1, True)
    assert "nobody looked" in found["brief for #research"]["what"]
    posted(store, state="open", reason="I am not in the channel.")
    assert "open: I am not in the channel." in ask()[1]["brief for #research"]["what"]
    with store.engine.begin() as connection:
        connection.execute(sa.update(slots).values(state="failed"))
    assert "/brief now" in ask()[1]["brief for #research"]["do"]


@pytest.mark.parametrize(("minutes", "told"), [(10, 0), (40, 1)])
def test_a_brief_is_late_after_half_an_hour(minutes, told):
    now = latest_slot(MONDAYS, NOW).due + timedelta(minutes=minutes)
    assert len(list(late_brief(MONDAYS, iso(NOW - timedelta(days=30)), None, now))) == told


def test_a_subscription_owes_nothing_from_before_it_began():
    assert list(late_brief(MONDAYS, iso(NOW), None, NOW)) == []


def test_a_message_of_unknown_outcome_waits_for_a_person(store, ask):
    posted(store)
    records = Records(store.engine)
    made = records.open_delivery(NewDelivery("b", "c", "p", "C1", ({"text": "t"},)), NOW).delivery
    with store.engine.begin() as connection:
        connection.execute(sa.update(deliveries).values(state="unknown"))
    status, found, _ = ask()
    assert status == 1
    assert f"brief settle {made.id} missing" in found[f"delivery {made.id} to C1"]["do"]


def test_work_that_was_left_in_the_middle_is_found(store, ask):
    posted(store)
    with store.engine.begin() as connection:
        connection.execute(sa.update(slots).values(state="open", owner="gone", lease_until=time.time() - 600))
    assert "1 slots were left" in ask()[1]["leases"]["what"]
    with store.engine.begin() as connection:
        connection.execute(sa.update(slots).values(lease_until=time.time() + 20))
    assert "leases" not in ask()[1], "somebody is at work"


def test_questions_that_wait_are_found(store, ask):
    row = {
        "channel": "C1",
        "thread_ts": "1.0",
        "user": "U1",
        "text": "why?",
        "state": "waiting",
        "attempts": 0,
    }
    with store.engine.begin() as connection:
        connection.execute(insert(questions).values({**row, "at": iso(NOW - timedelta(hours=1))}))
    assert ask()[1]["questions"]["what"].startswith("1 have waited")


def test_a_feed_that_is_gone_is_found_with_its_date(store, ask):
    feed = Feed(name="Quay Lab", url="https://quay.example/feed")
    last = NOW - timedelta(days=3)
    state = FeedState(feed.name, feed.url, last_success=last, gone_since=NOW, last_error="gone")
    store.save_feed_state(state)
    finding = ask()[1]["feed Quay Lab"]
    assert "last read 2026-05-15" in finding["what"]
    assert "brief feeds remove NAME" in finding["do"]


def test_a_damaged_database_is_named_and_the_rest_still_told(home, store, ask):
    store.close()
    path = home / "brief.db"
    sqlite3.connect(path).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 9] = b"\xff" * (4096 * 6)
    path.write_bytes(bytes(content))
    status, found, _ = ask()
    assert (status, found["database"]["broken"]) == (1, True)
    assert "brief restore COPY" in found["database"]["do"]
    path.write_bytes(b"no database" * 1000)
    status, found, _ = ask()
    assert (status, "brief restore COPY" in found["database"]["do"]) == (1, True)


@pytest.mark.parametrize(
    ("free", "database", "told"),
    [
        (50 * GIGABYTE, 0, []),
        (GIGABYTE // 2, 0, [False]),
        (10**7, 0, [True]),
        (3 * GIGABYTE, 2 * GIGABYTE, [False]),
    ],
)
def test_room_on_the_disk(free, database, told):
    assert [finding.broken for finding in disk(free, database)] == told


def test_a_file_of_secrets_that_others_may_read():
    assert [f.do for f in secrets_file(0o100644)] == ["chmod 600 .env"]
    assert list(secrets_file(0o100600)) == list(secrets_file(0)) == []


def test_a_clock_that_is_off_is_told_by_how_much():
    at = datetime.now(UTC)
    said = (at - timedelta(seconds=300)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    assert 295 < _skew(said) < 305
    assert _skew(at.strftime("%a, %d %b %Y %H:%M:%S GMT")) == 0.0
    assert _skew("") == _skew("yesterday") == 0.0
