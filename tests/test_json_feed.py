"""JSON feeds: the same entries, cleaned and limited in the same way, as from RSS and Atom."""

import json
import resource
from datetime import UTC, datetime
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import FeedError, FeedTooLarge, NotAFeed
from pipeline.models import Entry, Feed
from pipeline.parse import MAX_ENTRIES, MAX_FIELD, ParsedFeed, parse_feed
from pipeline.parse.json_feed import MAX_VALUES

FEED = Feed(name="Quay", url="https://quay.example/feed.json")
NOW = datetime(2025, 3, 20, 12, 0, tzinfo=UTC)
NOTES = (Path(__file__).parent / "feeds" / "notes.json").read_bytes()
V1 = "https://jsonfeed.org/version/1"


def parse(body: bytes) -> ParsedFeed:
    return parse_feed(body, FEED, now=NOW)


def of(*items: Any, **more: Any) -> ParsedFeed:
    return parse(json.dumps({"version": V1, "title": "t", "items": items, **more}).encode())


def test_items_become_entries_like_those_of_any_other_feed() -> None:
    parsed = parse(NOTES)

    assert parsed.title == "Quay & Harbour"
    tides, kelp, none, other = parsed.entries
    assert tides == Entry(
        feed="Quay",
        guid="https://quay.example/2025/tides",
        title="Counting tides by hand",
        url="https://quay.example/2025/tides",
        text="Tides rise twice a day.\n\nSee the moon.",
        authors=("Bo Beech", "Cleo Cray"),
        categories=("tides", "counting"),
        links=("https://quay.example/2025/moon",),
        published=datetime(2025, 3, 10, 8, 30, tzinfo=UTC),
        updated=datetime(2025, 3, 11, 8, tzinfo=UTC),
    )
    assert (kelp.guid, kelp.url) == ("42", "https://quay.example/2025/kelp?utm_source=json")
    assert kelp.links == ("https://arxiv.org/abs/2503.00011",)
    assert kelp.arxiv_id is None  # a post that points to a paper
    assert kelp.title == "A paper on kelp that we liked."
    assert kelp.text == "It counts a < b."
    assert kelp.published == datetime(2025, 3, 10, 10, tzinfo=UTC)
    assert kelp.authors == ("Dee Dunn",)
    assert (none.url, none.published, none.updated) == (None, None, NOW)
    assert any("http(s)" in note for note in none.notes)
    assert any("(published) could not be read" in note for note in none.notes)
    assert any("in the future" in note for note in none.notes)
    assert none.authors == ("Ann Arbor",)  # the feed's
    assert (other.guid, other.authors) == ("elsewhere Another under the same name", ("Eli",))
    assert parsed.notes == ("2 entries without title and text skipped",)


def test_the_feeds_author_of_version_1_stands_in_too() -> None:
    assert of({"id": "1", "title": "One"}, author={"name": "Ann Arbor"}).entries[0].authors == ("Ann Arbor",)


def test_rss_written_as_json_is_read_as_well() -> None:
    items = [
        {
            "title": "Kelp &amp; reefs",
            "description": "Of <b>kelp</b>.",
            "link": "https://quay.example/kelp",
            "guid": {"isPermaLink": "false", "#value": "kelp-1"},
            "pubDate": "Mon, 10 Mar 2025 10:00:00 GMT",
            "category": ["kelp", {"domain": "x", "#value": "reefs"}],
        },
        {"description": "Alone.", "guid": "https://quay.example/alone"},
    ]
    body = {"rss": {"version": "2.0", "channel": {"title": "Quay", "item": items}}}
    parsed = parse(json.dumps(body).encode())
    kelp, alone = parsed.entries
    assert (parsed.title, kelp.title, kelp.text, kelp.guid) == ("Quay", "Kelp & reefs", "Of kelp.", "kelp-1")
    assert (kelp.categories, kelp.published) == (("kelp", "reefs"), datetime(2025, 3, 10, 10, tzinfo=UTC))
    assert alone.url == "https://quay.example/alone"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_bytes_are_read_in_the_encoding_that_they_have(encoding: str) -> None:
    body = json.dumps(
        {"version": V1, "items": [{"id": "1", "title": "Café – naïve"}]}, ensure_ascii=False
    ).encode(encoding)
    assert parse(body).entries[0].title == "Café – naïve"


def test_half_a_character_can_be_stored() -> None:
    body = b'{"version": "%s", "items": [{"id": "\\ud800", "url": "https://a.example/\\ud800", "title": "\\udfffOne"}]}'
    entry = parse(body % V1.encode()).entries[0]
    assert (entry.title, entry.url) == ("One", None)
    assert entry.guid.startswith("sha256:")
    entry.model_dump_json().encode()


def test_a_line_break_inside_a_string_is_forgiven() -> None:
    body = b'{"version": "%s", "items": [{"id": "1", "content_text": "one\ntwo"}]}' % V1.encode()
    assert parse(body).entries[0].text == "one two"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (NOTES[:-200], "breaks off"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": {}}', "no JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/9", "items": []}', "no JSON Feed"),
        (b'{"items": [{"id": "1", "title": "of some program"}]}', "no JSON Feed"),
        (b'[{"id": "1"}]', "no JSON Feed"),
        (b'{"version": ' + b"9" * 10_000 + b"}", "broken"),
        (b'{"a": ' + b"[" * 1_000 + b"]" * 1_000 + b"}", "nested deeper"),
    ],
)
def test_what_is_no_json_feed_is_named(body: bytes, reason: str) -> None:
    with pytest.raises(NotAFeed, match=reason):
        parse(body)


def test_an_empty_json_feed_is_a_feed() -> None:
    assert of().entries == ()


@pytest.mark.parametrize(
    "body",
    [
        b'{"items": [' + b"{}," * MAX_VALUES + b"{}]}",
        b'{"a": ' + b"[" * 3_000_000,
        b'{"a": "' + b'\\"' * 5_000_000,
        b"{" + b'"' * 5_000_001,
        b'{"a": "' + b"x" * (33 * 1024 * 1024) + b'"}',
    ],
)
def test_what_would_keep_a_reader_busy_is_refused_by_counting(body: bytes) -> None:
    started, before = process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FeedError):
        parse(body)
    assert process_time() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_limits_on_entries_and_fields_leave_a_note() -> None:
    items = [{"id": str(n), "title": f"Note {n}"} for n in range(MAX_ENTRIES + 5)]
    items[0]["content_text"] = "word " * MAX_FIELD
    parsed = of(*items)
    assert len(parsed.entries) == MAX_ENTRIES
    assert parsed.notes == (f"only the first {MAX_ENTRIES:,} of {MAX_ENTRIES + 5:,} entries were read",)
    assert len(parsed.entries[0].text) <= MAX_FIELD
    assert any("the text was cut" in note for note in parsed.entries[0].notes)


def test_too_many_values_are_named_as_too_large() -> None:
    with pytest.raises(FeedTooLarge, match="values"):
        of(*[{"tags": list(range(1000))}] * 600)


WORDS = st.text(max_size=30) | st.none() | st.integers() | st.floats() | st.booleans()
VALUES = st.recursive(WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))
NAMES = "id url external_url title content_html content_text summary date_published date_modified authors author tags"


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES.split()), VALUES) | VALUES, max_size=4), VALUES, VALUES)
def test_any_values_give_clean_entries_or_a_refusal(items: list[Any], authors: Any, title: Any) -> None:
    parsed = of(*items, authors=authors, title=title)
    for entry in parsed.entries:
        assert entry.title
        assert entry.guid
        assert all(a.startswith(("http://", "https://")) for a in (entry.url, *entry.links) if a)
        entry.model_dump_json()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_json_feed_is_read_or_refused(data: st.DataObject) -> None:
    body = bytearray(NOTES)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    try:
        parsed = parse(bytes(body))
    except FeedError:
        return
    assert all(entry.title and entry.guid for entry in parsed.entries)
