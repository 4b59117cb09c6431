"""What is to be forgotten is in no file afterwards, and what others left is."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot import forgetting
from bot.forgetting import Whose, forget, forget_old, would_forget
from bot.records import Records
from bot.schedule import Calendar
from bot.settings import RetentionTable, Subscription
from bot.slots import Slots
from bot.tables import metadata as slack_side
from bot.tables import questions
from pipeline.index import passages_of
from pipeline.models import Entry
from pipeline.store import Store
from pipeline.store.tables import metadata as research

NOW = datetime(2026, 5, 18, 9, tzinfo=UTC)
OF_PEOPLE = ("briefs", "decisions", "tallies", "runs", "model_calls")
"""Tables of the research side that briefs and answers leave something in."""
OF_THE_WORLD = {
    "feeds", "feed_days", "entries", "apart", "articles", "article_keys", "passages", "removed_passages", "vectors",
    "full_texts", "prompts",
}  # fmt: skip
"""What publishers and this program wrote."""
COUNTER = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    url = request.getfixturevalue("postgres_database") if request.param == "postgresql" else None
    opened = Store.open(url or tmp_path / "home" / "brief.db")
    work = Entry(feed="f", guid="g", title="A work that stays", text="As it was told.")
    opened.add_entries([work], NOW, passages_of)
    yield opened
    opened.close()


class Left:
    """A row in every table for one person in one channel, with a mark of theirs in each text."""

    def __init__(self, engine, channel, user, at=NOW):
        self.channel, self.user, self.at = channel, user, at.isoformat()
        self.mark = f"canary-{channel}-{user}"
        with engine.begin() as connection:
            for metadata in (research, slack_side):
                for table in metadata.sorted_tables:
                    if table.name not in OF_THE_WORLD and table not in forgetting.STAYS:
                        connection.execute(sa.insert(table).values(self.row(table)))
            connection.execute(
                sa.insert(research.tables["runs"]).values(
                    self.row(research.tables["runs"], use_case="answer")
                )
            )

    def row(self, table, **given):
        return {c.name: given.get(c.name, self.value(table, c)) for c in table.c}

    def value(self, table, column):
        named = {
            "channel": self.channel, "user": self.user, "at": self.at, "as_of": self.at, "brief_id": f"b-{self.mark}",
            "thread_ts": "1.5", "message_ts": f"1.5-{self.user}", "use_case": "write",
            "slot": f"{self.channel}|{self.user}",
        }  # fmt: skip
        special = {
            ("subscriptions", "key"): f"{self.channel}|{self.mark}",
            ("slots", "key"): f"{self.channel}|{self.user}",
            ("handled_events", "key"): f"message:{self.channel}:1.5-{self.user}",
            ("choices", "channel"): f"{self.channel}-{self.user}",
            ("team_channels", "channel"): f"{self.channel}-{self.user}",
            ("choices", "data"): {"channel": f"{self.channel}-{self.user}", "channel_name": self.mark},
            ("briefs", "id"): f"b-{self.mark}",
            ("runs", "subject"): f"b-{self.mark}",
            ("model_calls", "run"): None,
            ("model_calls", "id"): f"call-{next(COUNTER)}",
        }
        if (table.name, column.name) in special:
            return special[table.name, column.name]
        if column.foreign_keys:
            return self.above[next(iter(column.foreign_keys)).column]
        if column.name in named:
            return named[column.name]
        found = self.made(column)
        self.above = {**getattr(self, "above", {}), column: found}
        return found

    def made(self, column):
        kinds = {
            sa.Integer: lambda: next(COUNTER),
            sa.Boolean: lambda: True,
            sa.Float: lambda: 0.0,
            sa.LargeBinary: lambda: self.mark.encode(),
            sa.JSON: lambda: {"said": self.mark},
            sa.String: lambda: f"{self.mark}-{column.name}",
        }
        return next(make for kind, make in kinds.items() if isinstance(column.type, kind))()


def legible(store, tmp_path):
    """Everything that the database holds, to the last byte of its files."""
    if store.engine.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in (tmp_path / "home").rglob("*") if path.is_file())
    with store.engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        rows = [connection.execute(sa.text(f'SELECT t::text FROM "{name}" t')).scalars() for name in names]
        text = "\n".join(row for found in rows for row in found)
        return text.replace("\\\\x", "").encode() + b"".join(
            bytes.fromhex(word[:-1]) for word in text.split("\\x") if len(word) % 2 and word[:-1].isalnum()
        )


def others(store):
    return Left(store.engine, "C2", "U2")


def test_every_table_is_known_to_be_of_people_or_of_the_world():
    tables = {*research.tables, *slack_side.tables}
    own = {
        t.name
        for t in slack_side.sorted_tables
        if forgetting._theirs(t, Whose("channel", ("C1",))) is not None
    }
    known = {*OF_PEOPLE, *OF_THE_WORLD, *own, "handled_events", *(table.name for table in forgetting.STAYS)}
    assert tables <= known, "a new table: give it a column `channel` or `user`, or say here whose it is"


def test_a_channel_leaves_no_byte(store, tmp_path):
    gone, stays = Left(store.engine, "C1", "U1"), others(store)
    with store.engine.begin() as connection:  # the same channel by its other name
        for table in (slack_side.tables["choices"], slack_side.tables["team_channels"]):
            connection.execute(sa.update(table).where(table.c.channel == "C1-U1").values(channel="C1"))
    assert gone.mark.encode() in legible(store, tmp_path)
    expected = would_forget(store.engine, Whose("channel", ("C1",)))
    assert gone.mark.encode() in legible(store, tmp_path)
    assert forget(store.engine, Whose("channel", ("C1",)), NOW) == expected
    assert set(expected) >= {
        "questions",
        "votes",
        "deliveries",
        "delivery_parts",
        "briefs",
        "decisions",
        "runs",
    }
    left = legible(store, tmp_path)
    assert b"C1" not in left
    assert gone.mark.encode() not in left
    assert stays.mark.encode() in left
    assert b"A work that stays" in left
    assert would_forget(store.engine, Whose("channel", ("C1",))) == {}


def test_one_of_several_workspaces_leaves_no_byte(store, tmp_path):
    gone, stays = Left(store.engine, "C1", "U1"), others(store)
    with store.engine.begin() as connection:
        for table in (slack_side.tables["choices"], slack_side.tables["team_channels"]):
            connection.execute(sa.update(table).where(table.c.channel == "C1-U1").values(channel="C1"))
        teams = slack_side.tables["team_channels"]
        connection.execute(sa.update(teams).where(teams.c.channel == "C1").values(team="T1"))
    assert would_forget(store.engine, Whose("workspace", ("T9",))) == {}
    weekly = Subscription(channel="C2", profile="p", day="mon", time="08:00")
    assert forget(store.engine, Whose("workspace", ("T9",)), NOW, [weekly]) == {}
    with store.engine.connect() as connection:
        keys = connection.scalars(sa.select(slack_side.tables["subscriptions"].c.key)).all()
    assert not [key for key in keys if key.startswith("C2|p")], "nobody's next brief is put off"
    expected = would_forget(store.engine, Whose("workspace", ("T1",)))
    assert forget(store.engine, Whose("workspace", ("T1",)), NOW) == expected
    left = legible(store, tmp_path)
    assert gone.mark.encode() not in left
    assert stays.mark.encode() in left


def test_a_person_leaves_no_byte_and_the_channel_keeps_its_briefs(store, tmp_path):
    gone, stays = Left(store.engine, "C1", "U1"), Left(store.engine, "C1", "U2")
    expected = would_forget(store.engine, Whose("user", ("U1",)))
    assert forget(store.engine, Whose("user", ("U1",)), NOW) == expected
    with store.engine.connect() as connection:
        for table in slack_side.sorted_tables:
            if "user" in table.c:
                assert set(connection.scalars(sa.select(table.c.user))) == {"U2"}, table.name
        assert connection.scalar(sa.select(sa.func.count()).select_from(slack_side.tables["votes"])) == 1
        keys = set(connection.scalars(sa.select(slack_side.tables["handled_events"].c.key)))
        assert keys == {f"message:C1:1.5-{stays.user}"}
    assert f"{gone.mark}-text".encode() not in legible(store, tmp_path)
    assert f"{stays.mark}-text".encode() in legible(store, tmp_path)


def test_channels_of_the_same_name_in_two_workspaces_are_two_channels(store):
    with store.engine.begin() as connection:
        for channel in ("C1", "C2"):
            data = {"channel": channel, "channel_name": "general"}
            connection.execute(sa.insert(slack_side.tables["choices"]).values(channel=channel, data=data))
        assert forgetting.aliases(connection, ["C1"]) == ("#general", "C1")
        assert forgetting.aliases(connection, ["C3"]) == ("C3",)
    assert forget(store.engine, Whose("channel", ("C1",)), NOW)["choices"] == 1


def test_a_thread_takes_its_questions_and_nothing_else(store):
    Left(store.engine, "C1", "U1")
    others(store)
    done = forget(store.engine, Whose("thread", ("C1",), "1.5"), NOW)
    assert (done["questions"], done["votes"], done["handled_events"]) == (1, 1, 1)
    assert "deliveries" not in done
    assert forget(store.engine, Whose("thread", ("C1",), "9.9"), NOW) == {}


def test_the_workspace_leaves_works_and_feeds(store, tmp_path):
    people = [Left(store.engine, "C1", "U1"), others(store)]
    forget(store.engine, Whose("workspace"), NOW)
    left = legible(store, tmp_path)
    assert b"A work that stays" in left
    assert not [one.mark for one in people if one.mark.encode() in left]
    with store.engine.connect() as connection:
        spent = connection.execute(sa.select(research.tables["model_calls"])).mappings().all()
    assert {row["tokens"] > 0 for row in spent} == {True}, "what a day has cost is still known"
    assert {(row["key"], row["channel"], str(row["data"])) for row in spent} == {("", "", "{}")}


def test_a_brief_that_another_channel_has_stays_without_the_forgotten_ones_name(store):
    left = Left(store.engine, "C1", "U1")
    with store.engine.begin() as connection:
        table = slack_side.tables["deliveries"]
        values = left.row(table, id="d-2", channel="C2", slot=None, content="other")
        connection.execute(sa.insert(table).values(values))
    forget(store.engine, Whose("channel", ("C1",)), NOW)
    with store.engine.connect() as connection:
        assert connection.scalar(sa.select(research.tables["briefs"].c.id)) == f"b-{left.mark}"
        kept = connection.execute(sa.select(research.tables["runs"])).mappings().one()
        assert (kept["use_case"], kept["channel"]) == ("write", None)


def test_what_was_posted_before_is_not_posted_again_to_a_channel_that_stays_subscribed(store):
    subscribed = Subscription(channel="C1", profile="p", day="mon", time="08:00")
    slots = Slots(Records(store.engine))
    slots.note_slots(Calendar(slots.note_subscriptions([subscribed], NOW)).owed(NOW), NOW)
    assert len(slots.listing()) == 1
    forget(store.engine, Whose("channel", ("C1",)), NOW, [subscribed])
    later = NOW + timedelta(minutes=1)
    assert Calendar(slots.note_subscriptions([subscribed], later)).owed(later) == []
    assert len(Calendar(slots.note_subscriptions([subscribed], later)).owed(later + timedelta(days=7))) == 1


def test_the_old_goes_by_the_settings_and_the_new_stays(store, tmp_path):
    old, new = Left(store.engine, "C1", "U1", NOW - timedelta(days=100)), Left(store.engine, "C1", "U2")
    keep = RetentionTable(questions_days=90)
    expected = forget_old(store.engine, keep, NOW, only_count=True)
    assert forget_old(store.engine, keep, NOW) == expected
    assert (expected["questions"], expected["votes"], expected["runs"]) == (1, 1, 1)
    assert f"{old.mark}-text".encode() not in legible(store, tmp_path)
    assert f"{new.mark}-text".encode() in legible(store, tmp_path)
    assert forget_old(store.engine, keep, NOW) == {}
    assert forget_old(store.engine, RetentionTable(runs_days=90), NOW)["runs"] == 1
    assert f"b-{old.mark}".encode() in legible(store, tmp_path), "briefs stay"


def test_what_waits_for_its_answer_is_not_too_old(store):
    Left(store.engine, "C1", "U1", NOW - timedelta(days=100))
    with store.engine.begin() as connection:
        connection.execute(sa.update(questions).values(state="waiting"))
    assert "questions" not in forget_old(store.engine, RetentionTable(questions_days=1), NOW)
