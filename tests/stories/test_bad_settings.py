"""Wrong settings, calls, home folders and databases: one line that names what is wrong, and nothing lost."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from alembic.command import upgrade
from alembic.config import Config

import pipeline
from pipeline.store import SCHEMA, open_engine

# Settings


def settings_error(done, *said):
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("brief: ")
    assert done.err.count("\n") == 1
    for part in said:
        assert part in done.err
    return True


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[feeds]]", "[[feeds]]\ncolour = 3", "feeds.0.colour: there is no such setting"),
        ("[network]", "[netwrok]", "netwrok: there is no such setting"),
        ("top_papers = 3", "top_papers = 99", "profiles.team.top_papers"),
        ("top_papers = 3", 'feeds = ["Odd"]', "profiles.team.feeds: there is no feed named 'Odd'"),
        ("[[feeds]]", "feeds = ", "not valid TOML"),
        ("kind = ", "sort = ", "feeds.0.sort: there is no such setting"),
        ('kind = "rss"', 'kind = "gopher"', "kind"),
        ("title = ", "titel = ", "profiles.team"),
        (
            "[network]",
            '[[subscriptions]]\nchannel = "#r"\nprofile = "tame"\ntime = 09:00:00\n[network]',
            "'tame'",
        ),
        (
            "[network]",
            '[[subscriptions]]\nchannel = "#r"\nprofile = "team"\ntime = 09:00:00\ntimezone = "Mars/Base"\n[network]',
            "subscriptions.0.timezone: 'Mars/Base' is not an IANA time zone",
        ),
        (
            "[network]",
            '[[subscriptions]]\nchannel = "#r"\nprofile = "team"\ntime = "half past nine"\n[network]',
            "subscriptions.0.time",
        ),
        (
            "[network]",
            '[[subscriptions]]\nchannel = "#r"\nprofile = "team"\ntime = 09:00:30\n[network]',
            "subscriptions.0.time: give hours and minutes only",
        ),
        ("[network]", '[model]\nname = "gpt-x"\n[network]', "model.name"),
        ("allow_private_hosts", "allow_hosts", "network.allow_hosts: there is no such setting"),
        ("allow_private_hosts =", "contact =", "network.contact"),
        ("topic = ", 'topic = "NOT proteins"\nx = ', "profiles.team"),
    ],
)
def test_a_wrong_setting_is_named_by_every_command(brief, config, tmp_path, old, new, said):
    text = config({"Good": "https://quay.example/feed"}).read_text()
    assert old in text
    path = config(text=text.replace(old, new, 1))
    for command in (
        ("ingest", "--json"),
        ("write",),
        ("status", "--json"),
        ("check",),
        ("run",),
        ("ask", "x"),
    ):
        done = brief(*command, "--home", tmp_path / "h", "--config", path)
        assert settings_error(done, str(path), said)
    assert not (tmp_path / "h").exists(), "nothing is made before the settings are right"


def test_a_topic_that_names_nothing_is_a_wrong_setting(brief, config, tmp_path):
    path = config({"Good": "https://quay.example/feed"}, topic="NOT protein folding.")
    done = brief("write", "--home", tmp_path / "h", "--config", path)
    assert settings_error(done, "profiles.team.topic: the topic names nothing to look for")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"this is not TOML", "not valid TOML"),
        (b"", "feeds"),
        (b"\xff\xfe\x00", "not valid TOML"),
        (b"feeds = []\n[profiles]\n", "feeds"),
        (b"feeds = 3\n", "feeds"),
    ],
)
def test_a_settings_file_that_is_none_is_named(brief, tmp_path, content, said):
    path = tmp_path / "brief.toml"
    path.write_bytes(content)
    assert settings_error(brief("status", "--home", tmp_path / "h", "--config", path), str(path), said)


def test_a_settings_file_that_is_missing_or_a_folder_is_named(brief, tmp_path):
    for path in (tmp_path / "nowhere.toml", tmp_path):
        done = brief("status", "--home", tmp_path / "h", "--config", path)
        assert settings_error(done, f"{path}: the settings file cannot be read")


def test_settings_are_found_in_the_environment_and_in_the_folder(brief, config, tmp_path, monkeypatch):
    text = config({"From here": "https://quay.example/feed"}).read_text()
    (tmp_path / "here" / "brief.toml").write_text(text)
    monkeypatch.setenv("BRIEF_HOME", str(tmp_path / "h"))
    assert "feed From here: " in brief("status").out
    assert (tmp_path / "h" / "brief.db").exists()
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(text.replace("From here", "From there"))
    monkeypatch.setenv("BRIEF_CONFIG", str(elsewhere))
    assert "feed From there: " in brief("status").out


# The home folder


@pytest.mark.parametrize("command", [("ingest", "--json"), ("write",), ("status", "--json"), ("ask", "x")])
def test_a_home_that_cannot_be_a_folder_is_named(brief, config, tmp_path, command):
    (tmp_path / "file").write_text("in the way")
    done = brief(
        *command, "--home", tmp_path / "file" / "h", "--config", config({"A": "https://quay.example/f"})
    )
    assert done.status in (1, 2)
    assert done.out == ""
    assert f"{tmp_path}/file/h" in done.err
    assert done.err.count("\n") == 1


def test_a_database_that_is_garbage_is_named_and_left_alone(week):
    garbage = b"not a database" * 1000
    (week.home / "brief.db").write_bytes(garbage)
    for command in (("ingest", "--json"), ("write",), ("ask", "x"), ("status", "--json")):
        done = week.run(*command)
        assert (done.status, done.out) == (1, "")
        assert done.err.startswith(f"brief: {week.home}/brief.db: the database cannot be opened")
        assert done.err.count("\n") == 1
    check = week.run("check")
    assert check.status == 1
    assert "FAIL store: " in check.out
    assert (week.home / "brief.db").read_bytes() == garbage, "a person may still want to rescue it"


@pytest.mark.parametrize(
    ("table", "commands"),
    [
        ("feeds", [("ingest", "--json"), ("write",), ("status", "--json")]),
        ("articles", [("write", "--week-ending", "2026-06-14"), ("ask", "what is a jailbreak of agents?")]),
        ("passages", [("ask", "what is a jailbreak of agents?"), ("index", "rebuild")]),
    ],
)
def test_a_database_that_is_damaged_inside_is_named(week, table, commands):
    path = week.home / "brief.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    raw = path.read_bytes()
    path.write_bytes(raw[: (page - 1) * size] + b"\xa5" * size + raw[page * size :])
    for call in commands:
        done = week.run(*call)
        assert (done.status, done.out) == (1, ""), call
        assert done.err == f"brief: {path}: the database cannot be used (database disk image is malformed)\n"


def test_a_database_of_a_newer_program_is_refused(week):
    with contextlib.closing(sqlite3.connect(week.home / "brief.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    done = week.run("status")
    assert (done.status, done.out) == (1, "")
    assert f"the database has schema 9999, newer than this program's {SCHEMA}" in done.err


def test_a_database_of_an_older_program_is_brought_up_and_keeps_its_works(week):
    path, old = week.home / "brief.db", week.home / "old.db"
    make_database(old, "0001")
    copy_rows(path, old)
    old.replace(path)
    done = week.run("status", "--json")
    assert (done.status, done.err) == (0, "")
    assert (done.json["articles"], done.json["passages"], done.json["deliveries"]) == (13, 13, [])
    assert week.run("ask", "How many jailbreak prompts are replayed?", "--json").json["searched"] == 13
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(SCHEMA,)]


def make_database(path, revision):
    """An empty database as the program of that revision made it."""
    config = Config()
    config.set_main_option("script_location", str(Path(pipeline.__file__).with_name("migrations")))
    engine = open_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        upgrade(config, revision)
    engine.dispose()


def copy_rows(source, target):
    """All rows of the tables and columns that both have."""
    with contextlib.closing(sqlite3.connect(target)) as database, database:
        database.execute("ATTACH ? AS new", (str(source),))
        for table in (
            "feeds",
            "entries",
            "articles",
            "article_keys",
            "passages",
            "vectors",
            "briefs",
            "decisions",
        ):
            columns = [row[1] for row in database.execute(f"PRAGMA main.table_info({table})")]
            names = ", ".join(f'"{column}"' for column in columns)
            database.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")


# Calls


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ((), "COMMAND"),
        (("brew",), "brew"),
        (("ask",), "QUESTION"),
        (("index",), "arguments are required"),
        (("lab",), "arguments are required"),
        (("lab", "rank"), "--topic"),
        (("demo", "--port", "eighty"), "--port"),
        (("demo", "--port", "70000"), "--port"),
        (("runs", "--last", "-5"), "--last"),
        (("slack", "changes", "--last", "9" * 30), "--last"),
        (("write", "--week-ending", "2026-02-30"), "--week-ending"),
        (("write", "--colour"), "--colour"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(brief, call, said):
    done = brief(*call)
    assert (done.status, done.out) == (2, "")
    assert said.lower() in done.err.lower()
    assert done.err.count("\n") == 1


def test_names_of_any_length_and_size_are_looked_up_and_told_in_a_line(week):
    for call in (("runs", "9" * 30), ("runs", "x" * 100_000), ("why", "9" * 30), ("why", "x" * 100_000)):
        done = week.run(*call)
        assert (done.status in (1, 2), done.out, done.err.count("\n")) == (True, "", 1)
        assert len(done.err) < 1_100


def test_a_question_of_letters_that_cannot_be_encoded_does_no_harm(week):
    done = week.run("ask", "what is \udcff in the attack?", "--json")
    assert done.status in (0, 2)
    assert "Traceback" not in done.err
