"""A host that wipes its disk every day loses nothing, with the database on PostgreSQL."""

import shutil
from datetime import date

import pytest

QUESTION = "By how much does Sandbar lower the success rate of prompt injection attacks?"


@pytest.mark.slow
def test_days_of_reading_a_brief_and_its_answers_outlive_the_home_folder(
    tmp_path, feeds, config, five_days, brief, postgres_database, monkeypatch
):
    monkeypatch.setenv("DATABASE_URL", postgres_database.replace("+psycopg", ""))
    home, settings = tmp_path / "home", config()
    options = ("--home", home, "--config", settings)
    for day in (1, 2, 8, 9, 10):
        (read,) = five_days(home, settings, feeds, [date(2026, 6, day)])
        assert read.status == 0, read.err
        assert read.json["indexed"] > 0 or day == 10
        shutil.rmtree(home, ignore_errors=True)
    written = brief("write", "--format", "json", "--as-of", "2026-06-14T18:00:00Z", *options)
    assert written.status == 0, written.err
    shutil.rmtree(home, ignore_errors=True)
    answer = brief("ask", QUESTION, "--brief", written.json["id"], "--json", *options).json
    assert answer["status"] == "answered"
    assert answer["claims"][0]["anchors"]
    status = brief("status", "--json", *options).json
    assert (status["articles"], status["index"]) == (13, "ok")
    assert status["briefs"][0]["id"] == written.json["id"]
    assert not home.exists(), "nothing is kept outside the database"
