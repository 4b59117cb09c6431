"""Lists of feeds from and for other readers."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models import Feed
from pipeline.opml import OpmlError, read_opml, unique_name, write_opml

NOW = datetime(2026, 6, 10, 14, tzinfo=UTC)
EXPORTED = """<?xml version="1.0"?>
<opml version="1.1"><head><title>mine</title></head><body>
<outline text="Labs"><outline title="Quay &amp; Co" text="q" type="rss" xmlUrl="https://quay.example/feed"/>
<outline text="cs.CR" XMLURL=" https://rss.arxiv.org/rss/cs.CR "/></outline>
<outline text="again" xmlUrl="https://quay.example/feed"/>
<outline text="bad" xmlUrl="javascript:alert(1)"/><outline text="folder"/>
<outline text="Quay &amp; Co" xmlUrl="https://quay.example/two"/>
</body></opml>"""


def test_folders_spellings_and_repeats_of_other_programs_are_understood():
    listed = read_opml(EXPORTED.encode(), taken=["cs.CR"])
    assert [(feed.name, feed.url, feed.kind) for feed in listed.feeds] == [
        ("Quay & Co", "https://quay.example/feed", "rss"),
        ("cs.CR (2)", "https://rss.arxiv.org/rss/cs.CR", "arxiv"),
        ("Quay & Co (2)", "https://quay.example/two", "rss"),
    ]
    assert listed.notes == ("again: given twice", "bad: not an http(s) address")


@pytest.mark.parametrize("data", [b"", b"{}", b"<rss/>", b"<html><body>", b"\x00\xff", b"plain text"])
def test_what_is_no_list_is_refused(data):
    with pytest.raises(OpmlError):
        read_opml(data)


def test_entities_neither_grow_nor_read_files(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("https://leak.example/")
    text = (
        f'<!DOCTYPE opml [<!ENTITY f SYSTEM "file://{secret}"><!ENTITY a "{"x" * 100}">'
        + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 if i else str()};" * 10}">' for i in range(9))
        + ']><opml version="2.0"><body><outline text="&a8;&f;" xmlUrl="https://quay.example/feed"/></body></opml>'
    )
    try:
        listed = read_opml(text.encode())
    except OpmlError:
        return
    assert "leak" not in str(listed)
    assert all(len(feed.name) <= 120 for feed in listed.feeds)


def test_the_export_is_opml_2_with_what_others_need():
    feeds = [Feed(name='A "b" <c> & d', url="https://a.example/?x=1&y=2", kind="arxiv", enabled=False)]
    root = ElementTree.fromstring(write_opml(feeds, NOW))
    (outline,) = root.iter("outline")
    assert root.get("version") == "2.0"
    assert root.findtext("head/dateCreated") == "Wed, 10 Jun 2026 14:00:00 +0000"
    assert (outline.get("type"), outline.get("text"), outline.get("xmlUrl")) == (
        "rss",
        'A "b" <c> & d',
        "https://a.example/?x=1&y=2",
    )
    assert read_opml(write_opml(feeds, NOW).encode()).feeds == tuple(feeds)


names = st.text(min_size=1, max_size=120).map(lambda text: unique_name(text, ()))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(names, st.sampled_from(["arxiv", "rss"]), st.booleans()), unique_by=lambda row: row[0])
)
def test_names_of_any_kind_come_back_as_they_were(rows):
    feeds = tuple(
        Feed(name=name, url=f"https://a.example/{i}", kind=kind, enabled=on)
        for i, (name, kind, on) in enumerate(rows)
    )
    assert read_opml(write_opml(feeds, NOW).encode()).feeds == feeds
