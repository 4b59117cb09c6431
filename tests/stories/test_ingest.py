"""`brief ingest`: what a person and a script see of it, and what it leaves behind."""

import json
from datetime import date

import pytest

from pipeline.models import Window
from pipeline.store import Store

MONDAY = date(2026, 6, 8)
REPORT = {"as_of": str, "feeds": list, "articles_total": int, "indexed": int, "seconds": float}
FEED = {
    "name": str,
    "status": str,
    "entries": int,
    "new_articles": int,
    "merged": int,
    "error": (str, type(None)),
    "seconds": float,
}
ONE_POST = {
    "title": "A note on audits",
    "link": "https://quay.example/a",
    "description": "We audit agents.",
}


def has_fields(value, fields):
    assert set(value) == set(fields)
    for name, kind in fields.items():
        assert isinstance(value[name], kind), (name, value[name])
    return True


def statuses(done):
    return {feed["name"]: feed["status"] for feed in done.json["feeds"]}


def articles(home):
    store = Store.open(home / "brief.db")
    try:
        return {a.id: a for a in store.articles_in(Window(since=date(2026, 1, 1), until=date(2026, 12, 31)))}
    finally:
        store.close()


def test_the_report_has_exactly_the_promised_fields(brief, feeds, config, tmp_path):
    feeds.show_day(MONDAY)
    done = brief(
        "ingest", "--json", "--home", tmp_path / "h", "--config", config(), "--as-of", "2026-06-08T14:00"
    )
    assert done.status == 0
    report = done.json
    assert has_fields(report, REPORT)
    assert all(has_fields(feed, FEED) for feed in report["feeds"])
    assert report["as_of"] == "2026-06-08T14:00:00Z"
    assert [f["name"] for f in report["feeds"]] == ["arXiv cs.AI", "arXiv cs.CR", "Reef Forum", "Quay Lab"]
    assert statuses(done) == dict.fromkeys(statuses(done), "updated")
    counts = {f["name"]: (f["entries"], f["new_articles"], f["merged"]) for f in report["feeds"]}
    assert counts == {
        "arXiv cs.AI": (1, 1, 0),
        "arXiv cs.CR": (2, 1, 1),
        "Reef Forum": (0, 0, 0),
        "Quay Lab": (1, 1, 0),
    }
    assert report["articles_total"] == 3
    assert report["indexed"] == 3


def test_a_second_run_asks_conditionally_and_adds_nothing(brief, feeds, config, tmp_path):
    feeds.show_day(MONDAY)
    call = ("ingest", "--json", "--home", tmp_path / "h", "--config", config())
    first = brief(*call, "--as-of", "2026-06-08T14:00Z")
    before = articles(tmp_path / "h")
    feeds.asked.clear()
    second = brief(*call, "--as-of", "2026-06-08T15:00Z")
    assert second.status == 0
    assert set(statuses(second).values()) == {"not_modified"}
    assert all("If-None-Match" in headers for _, headers in feeds.asked)
    assert len(feeds.asked) == 4
    assert (second.json["articles_total"], second.json["indexed"]) == (first.json["articles_total"], 0)
    assert sum(f["new_articles"] + f["entries"] + f["merged"] for f in second.json["feeds"]) == 0
    assert articles(tmp_path / "h") == before


def test_the_same_feed_sent_whole_again_adds_nothing_either(brief, feeds, config, tmp_path):
    url = feeds.serve_posts("posts", ONE_POST)
    call = ("ingest", "--json", "--home", tmp_path / "h", "--config", config({"Posts": url}))
    brief(*call, "--as-of", "2026-06-08T14:00Z")
    feeds.serve_posts("posts", ONE_POST, dict(ONE_POST, title="Another note", link="https://quay.example/b"))
    (again,) = brief(*call, "--as-of", "2026-06-09T14:00Z").json["feeds"]
    assert (again["status"], again["entries"], again["new_articles"], again["merged"]) == ("updated", 2, 1, 0)


def test_cross_lists_versions_and_copies_are_one_work(week):
    found = articles(week.home)
    crossed = found["arxiv:2606.90011"]
    assert (crossed.feeds, crossed.entries) == (("arXiv cs.AI", "arXiv cs.CR"), 2)
    revised = found["arxiv:2606.90012"]
    assert (revised.version, revised.announced, revised.revised) == (2, date(2026, 6, 8), date(2026, 6, 10))
    assert "950 prompt injection attacks" in revised.abstract
    copies = [a for a in found.values() if a.title == "A Red Team's Log of Agent Jailbreaks"]
    assert [a.feeds for a in copies] == [("Quay Lab", "Reef Forum")]
    assert week.run("status", "--json").json["articles"] == len(found) == 13


def test_the_order_of_the_feeds_leaves_no_trace_in_the_store(week, turned):
    assert articles(turned.home) == articles(week.home)


def test_a_feed_that_fails_stops_no_other(brief, feeds, config, tmp_path):
    feeds.show_day(MONDAY)
    path = config(
        {"Gone": feeds.url("gone"), "arXiv cs.CR": feeds.url("cs.CR"), "Quay Lab": feeds.url("lab")}
    )
    done = brief("ingest", "--json", "--home", tmp_path / "h", "--config", path)
    assert done.status == 0
    assert statuses(done) == {"Gone": "failed", "arXiv cs.CR": "updated", "Quay Lab": "updated"}
    assert done.json["feeds"][0]["error"] == "the host answered 404 (not found)"
    assert done.json["articles_total"] == 3


def test_when_every_feed_fails_the_work_has_failed(brief, feeds, config, tmp_path):
    path = config({"Gone": feeds.url("gone"), "Lost": feeds.url("lost")})
    done = brief("ingest", "--json", "--home", tmp_path / "h", "--config", path)
    assert done.status == 1
    assert set(statuses(done).values()) == {"failed"}
    assert done.err == "brief: no feed could be read\n"


def test_a_feed_that_is_switched_off_is_skipped_and_does_not_count_as_read(brief, feeds, config, tmp_path):
    text = config({"Gone": feeds.url("gone"), "Off": feeds.url("lab")}).read_text()
    path = config(text=text.replace('lab"\n', 'lab"\nenabled = false\n'))
    done = brief("ingest", "--json", "--home", tmp_path / "h", "--config", path)
    assert statuses(done) == {"Gone": "failed", "Off": "skipped"}
    assert done.status == 1
    assert [asked for asked, _ in feeds.asked] == ["/gone"]


def test_people_get_a_line_a_feed_and_totals(brief, feeds, config, tmp_path):
    feeds.show_day(MONDAY)
    path = config({"arXiv cs.CR": feeds.url("cs.CR"), "Gone": feeds.url("gone")})
    first = brief("ingest", "--home", tmp_path / "h", "--config", path)
    assert first.lines[:2] == [
        "arXiv cs.CR: 2 entries, 2 new works, 0 merged",
        "Gone: failed: the host answered 404 (not found)",
    ]
    assert first.lines[2].startswith("2 works in the store, 2 passages indexed, ")
    second = brief("ingest", "--home", tmp_path / "h", "--config", path)
    assert second.lines[0] == "arXiv cs.CR: not modified"


def test_standard_output_is_one_document_and_nothing_else(shell, feeds, config, tmp_path):
    url = feeds.serve_posts("posts", ONE_POST)
    path = config({"Posts": url, "Gone": feeds.url("gone")})
    done = shell("ingest", "--json", "--verbose", "--home", tmp_path / "h", "--config", path)
    assert done.status == 0
    assert has_fields(json.loads(done.out), REPORT)
    assert " INFO " in done.err, "the log goes elsewhere"


def test_a_work_of_past_days_may_be_read_late(brief, feeds, config, tmp_path):
    """A replay with --as-of dates what has no date of its own by the instant that it was given."""
    url = feeds.serve_posts("posts", ONE_POST)
    path = config({"Posts": url})
    brief("ingest", "--home", tmp_path / "h", "--config", path, "--as-of", "2026-03-02T23:30:00-02:00")
    (article,) = articles(tmp_path / "h").values()
    assert article.appeared == date(2026, 3, 3)


@pytest.mark.parametrize("wrong", ["yesterday", "2026-13-01", "", "14:00"])
def test_an_as_of_that_is_no_time_is_refused(brief, tmp_path, wrong):
    done = brief("ingest", "--home", tmp_path / "h", "--as-of", wrong)
    assert done.status == 2
    assert "--as-of" in done.err
    assert "is not a time such as" in done.err
    assert not (tmp_path / "h").exists()
