"""Feeds as publishers write them, and as attackers would: what comes out as entries."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.addresses import web_address
from pipeline.errors import FeedError, FeedTooLarge, NotAFeed
from pipeline.identity import group, merge
from pipeline.models import Entry, Feed
from pipeline.parse import MAX_ENTRIES, MAX_FIELD, ParsedFeed, parse_feed
from pipeline.parse.cleaning import cut, html_to_text, one_line, opening, plain_to_text
from pipeline.titles import split_if_people, split_names

FEEDS = Path(__file__).parent / "feeds"
CORPUS = Path(os.environ.get("BRIEF_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))
NOW = datetime(2025, 3, 20, 12, 0, tzinfo=UTC)
ARXIV = Feed(name="arXiv cs.ZZ", url="https://rss.arxiv.org/rss/cs.ZZ", kind="arxiv")
BLOG = Feed(name="Odd blog", url="https://blog.example.org/feed/index.xml")
HEAD = '<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>'
TAIL = "</channel></rss>"

needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason=f"no real feeds at {CORPUS}; set BRIEF_CORPUS to a folder that has them"
)


def read(name: str, feed: Feed = BLOG) -> ParsedFeed:
    return parse_feed((FEEDS / name).read_bytes(), feed, now=NOW)


def parse(items: str, feed: Feed = BLOG) -> ParsedFeed:
    return parse_feed(f"{HEAD}{items}{TAIL}".encode(), feed, now=NOW)


def only(parsed: ParsedFeed) -> Entry:
    assert len(parsed.entries) == 1
    return parsed.entries[0]


class TestArxiv:
    def test_a_listing_gives_kind_version_day_authors_and_the_abstract_alone(self) -> None:
        parsed = read("arxiv_listing.rss", ARXIV)

        assert parsed.title == "cs.ZZ updates on arXiv.org"
        assert parsed.notes == ()
        fish, kelp, reefs, tides = parsed.entries
        assert fish == Entry(
            feed="arXiv cs.ZZ",
            guid="oai:arXiv.org:2503.00011v1",
            title=r"Counting Lantern Fish with $\alpha$-Bounded Memory",
            url="https://arxiv.org/abs/2503.00011",
            text=(
                "We count lantern fish where x < y and R&D budgets are small. "
                "The code is at https://code.example.org/fish.\n\nA second paragraph says that 3 > 2."
            ),
            authors=("Ann Arbor", "Bo Beech", "Sam Dale, Jr.", "Cleo C. Cray"),
            categories=("cs.ZZ", "stat.ML"),
            links=("https://code.example.org/fish",),
            announced=date(2025, 3, 11),
            announce_type="new",
            arxiv_id="2503.00011",
            version=1,
        )
        assert (kelp.announce_type, kelp.categories[0]) == ("cross", "q-bio.PE")
        assert kelp.authors == ("Wei Wang", "Wei Wang")
        assert (reefs.announce_type, reefs.version, reefs.published) == ("replace", 3, None)
        assert (tides.arxiv_id, tides.version, tides.announce_type) == ("math/0309136", 2, "replace-cross")

    def test_the_atom_listing_says_the_same_as_the_rss_listing(self) -> None:
        assert only(read("arxiv_listing.atom", ARXIV)) == read("arxiv_listing.rss", ARXIV).entries[0]

    def test_the_api_gives_the_dates_of_the_versions_and_the_journal(self) -> None:
        entry = only(read("arxiv_api.atom", ARXIV))

        assert entry.title == r"Counting Lantern Fish with $\alpha$-Bounded Memory"
        assert entry.text == "We count lantern fish, now with a proof."
        assert entry.url == "https://arxiv.org/abs/2503.00011"
        assert (entry.arxiv_id, entry.version) == ("2503.00011", 2)
        assert entry.published == datetime(2025, 3, 7, 18, 4, 5, tzinfo=UTC)
        assert entry.updated == datetime(2025, 3, 20, 12, 0, tzinfo=UTC)  # 2025-04-30 is in the future of NOW
        assert (entry.announced, entry.announce_type) == (None, None)
        assert entry.authors == ("Ann Arbor", "Bo Beech")
        assert entry.categories == ("cs.ZZ", "stat.ML")
        assert (entry.doi, entry.comment) == ("10.1234/fish.55", "12 pages, 3 figures")
        assert entry.journal_ref == "J. Fish 5 (2025) 1-12"
        assert entry.links == ("http://dx.doi.org/10.1234/Fish.55",)

    def test_an_arxiv_identifier_is_known_in_any_feed_but_a_link_alone_keeps_the_post(self) -> None:
        items = """<item><title>Paper</title><guid>http://arxiv.org/abs/2503.00011v4</guid></item>
        <item><title>My view of a paper</title><guid isPermaLink="false">9</guid>
        <link>https://arxiv.org/pdf/2503.00012v2.pdf</link><description>&lt;p&gt;I like it.&lt;/p&gt;</description>
        <pubDate>Tue, 11 Mar 2025 10:00:00 GMT</pubDate></item>"""
        paper, post = parse(items).entries
        assert (paper.arxiv_id, paper.version, paper.url) == (
            "2503.00011",
            4,
            "https://arxiv.org/abs/2503.00011",
        )
        assert (post.arxiv_id, post.version) == ("2503.00012", 2)
        assert (post.text, post.published) == ("I like it.", datetime(2025, 3, 11, 10, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("stamp", "day"),
        [
            ("Mon, 17 Mar 2025 00:00:00 -0400", date(2025, 3, 17)),
            ("Mon, 17 Mar 2025 04:00:00 GMT", date(2025, 3, 17)),
            ("Mon, 17 Mar 2025 03:00:00 GMT", date(2025, 3, 16)),
            ("Mon, 13 Jan 2025 04:59:00 GMT", date(2025, 1, 12)),
        ],
    )
    def test_the_day_of_a_listing_is_the_day_in_new_york(self, stamp: str, day: date) -> None:
        item = (
            f"<item><title>a</title><guid>oai:arXiv.org:2503.00011v1</guid><pubDate>{stamp}</pubDate></item>"
        )
        assert only(parse(item, ARXIV)).announced == day

    @pytest.mark.parametrize(
        ("line", "names"),
        [
            ("Ann Arbor, Bo Beech", ["Ann Arbor", "Bo Beech"]),
            ("Ann Arbor and Bo Beech", ["Ann Arbor", "Bo Beech"]),
            ("Ann Arbor, Bo Beech, and Cleo Cray", ["Ann Arbor", "Bo Beech", "Cleo Cray"]),
            ("Ann Arbor (1), Bo Beech (1 and 2) ((1) Fish, (2) Kelp)", ["Ann Arbor", "Bo Beech"]),
            ("Xi (Sean) Liu, Anderson Brandt", ["Xi (Sean) Liu", "Anderson Brandt"]),
            ("Sam Dale, Jr., Wei Wang, et al.", ["Sam Dale, Jr.", "Wei Wang"]),
            ("The Reef Collaboration", ["The Reef Collaboration"]),
            ("", []),
        ],
    )
    def test_a_line_of_authors_is_split_into_names(self, line: str, names: list[str]) -> None:
        assert split_names(line) == names


class TestPosts:
    def test_a_forum_post_loses_its_frame_and_markup_and_keeps_its_paragraphs(self) -> None:
        entry = only(read("forum.rss"))

        assert entry.title == "Fish & lanterns: a note"
        assert entry.text.split("\n\n") == [
            "First bold paragraph, see the paper.",
            "one",
            "two tag x",
            "fish, count",
            "lantern, 7",
            'def f():\n    return "<b>"',
            "Invisible &amp; overturned",
        ]
        assert entry.links == ("https://arxiv.org/abs/2503.00011", "https://blog.example.org/tag/fish")
        assert (entry.guid, entry.authors) == ("abc", ("reefwatcher",))
        assert entry.published == datetime(2025, 3, 12, 9, 5, tzinfo=UTC)

    def test_odd_items_are_repaired_with_a_note_or_left_out(self) -> None:
        parsed = read("odd_blog.rss")
        first, code, future, epoch, untitled, seventh, eighth, twice, think = parsed.entries

        assert first.url == "https://blog.example.org/posts/1?b=2&a=1"
        assert first.text == "The longer text, with two."
        assert first.links == ("https://blog.example.org/feed/two.html",)
        assert first.authors == ("Ann Arbor", "Bo Beech", "Cleo Cray")
        assert first.published == datetime(2025, 3, 11, 4, 30, tzinfo=UTC)
        assert first.notes == ()

        assert (code.url, code.guid, code.published, code.authors) == (None, "2", None, ("Bo Beech",))
        assert any("link" in note for note in code.notes)
        assert any("date" in note for note in code.notes)

        assert (future.published, future.guid) == (NOW, "https://blog.example.org/posts/3")
        assert any("2999" in note for note in future.notes)
        assert future.authors == ("Research, Engineering and Policy",)

        assert (epoch.published, epoch.url) == (None, None)
        assert epoch.guid.startswith("sha256:")

        assert (
            untitled.title
            == "A post without a title, which therefore borrows the first words of this text, up…"
        )
        assert len(untitled.notes) == 1

        assert [seventh.guid, eighth.guid] == [f"same https://blog.example.org/posts/{n}" for n in (7, 8)]
        assert twice.text == "Still markup here."
        assert think.title == "Models <think> about List<int> and a < b"
        assert think.text == "Plain text with a <think> tag — kept."
        assert think.url == "https://blog.example.org/posts/10"
        assert parsed.notes == ("1 entry without title and text skipped", "1 repeated entry skipped")

    def test_entries_with_one_link_and_no_identifier_are_all_kept(self) -> None:
        items = "".join(f"<item><title>{n}</title><link>https://e.org/</link></item>" for n in "abc")
        assert len({entry.guid for entry in parse(items).entries}) == 3

    def test_identifiers_do_not_depend_on_the_order_of_a_feed(self) -> None:
        items = [
            f"<item><title>{n}</title><link>https://e.org/{n}</link><guid>x</guid></item>"
            for n in ("a", "b", "c")
        ]
        forwards, backwards = parse("".join(items)).entries, parse("".join(items[::-1])).entries
        assert set(forwards) == set(backwards)

    def test_authors_of_the_feed_stand_in_only_in_atom(self) -> None:
        body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><author><name>Ann Arbor</name></author>
        <entry><id>urn:1</id><title>Own</title><author><name>Bo Beech</name></author></entry>
        <entry><id>urn:2</id><title>Inherited</title></entry></feed>"""
        own, inherited = parse_feed(body, BLOG, now=NOW).entries
        assert (own.authors, inherited.authors) == (("Bo Beech",), ("Ann Arbor",))
        rss = "<managingEditor>Ann Arbor</managingEditor><item><title>a</title></item>"
        assert only(parse(rss)).authors == ()

    def test_updated_is_never_made_up_from_published(self) -> None:
        item = "<item><title>a</title><pubDate>Tue, 11 Mar 2025 10:00:00 GMT</pubDate></item>"
        assert only(parse(item)).updated is None

    @pytest.mark.parametrize(
        ("line", "names"),
        [
            ("Ann Arbor, Bo Beech", ["Ann Arbor", "Bo Beech"]),
            ("OpenFish, Inc.", ["OpenFish, Inc."]),
            ("reefwatcher", ["reefwatcher"]),
            ("", []),
        ],
    )
    def test_a_byline_is_split_only_if_every_part_is_a_persons_name(
        self, line: str, names: list[str]
    ) -> None:
        assert split_if_people(line) == names

    def test_bytes_in_another_encoding_are_read_as_declared(self) -> None:
        declared = '<?xml version="1.0" encoding="windows-1252"?>'
        body = (
            f'{declared}<rss version="2.0"><channel><item><title>“naïve” – é</title></item></channel></rss>'
        )
        assert only(parse_feed(body.encode("cp1252"), BLOG, now=NOW)).title == "“naïve” – é"
        assert only(
            parse_feed(body.replace("windows-1252", "utf-16").encode("utf-16"), BLOG, now=NOW)
        ).title == ("“naïve” – é")
        undeclared = body.replace(' encoding="windows-1252"', "").encode("cp1252")
        typed = parse_feed(undeclared, BLOG, content_type="application/xml; charset=windows-1252", now=NOW)
        assert only(typed).title == "“naïve” – é"


class TestText:
    def test_hidden_and_reordering_characters_go(self) -> None:
        assert one_line("a\u200bb\u202ec\u2066d\ufeffe\U000e0041f\x00g\u00adh\ud800i") == "abcdefghi"
        assert one_line("a\u2028b\u00a0c\r\nd\te") == "a b c d e"

    def test_deep_nesting_ends_in_text_or_nothing(self) -> None:
        assert html_to_text("<div>" * 50_000 + "deep" + "</div>" * 50_000).text in ("", "deep")
        assert html_to_text("<div>" * 100 + "deep" + "</div>" * 100 + "after").text == "deep\n\nafter"

    @pytest.mark.parametrize(
        "markup", ["", "   ", "<!-- only a comment -->", "<script>x</script>", "\x00", "<", "<?xml?>"]
    )
    def test_markup_without_text_is_no_text(self, markup: str) -> None:
        assert html_to_text(markup).text in ("", "<")

    def test_markup_escaped_inside_markup_goes_too_but_not_in_code(self) -> None:
        markup = (
            "<p>real</p>&lt;div&gt;&lt;p&gt;once&lt;/p&gt;&lt;/div&gt;<p>a <code>&lt;div&gt;</code> tag</p>"
        )
        assert html_to_text(markup).text == "real\n\nonce\n\na <div> tag"

    def test_links_are_absolute_http_and_each_once(self) -> None:
        markup = (
            '<a href="/a">1</a><a href="https://e.org/a">2</a><a href="#x">3</a><a href="mailto:a@b.c">4</a>'
        )
        assert html_to_text(markup, "https://e.org/x/").links == ("https://e.org/a",)
        assert plain_to_text("See https://e.org/b. And (https://e.org/c)").links == (
            "https://e.org/b",
            "https://e.org/c",
        )
        assert len(html_to_text("".join(f'<a href="https://e.org/{n}">x</a>' for n in range(99))).links) == 40

    def test_a_long_text_is_cut_after_a_sentence_else_after_a_word(self) -> None:
        assert cut("One two. Three four. Five six seven", 25) == "One two. Three four."
        assert cut("word " * 20, 22) == "word word word word"
        assert cut("x" * 50, 20) == "x" * 20
        assert cut("short", 20) == "short"
        assert opening("several words of a text", 15) == "several words…"

    @pytest.mark.parametrize(
        ("value", "address"),
        [
            ('https://e.org/a|b<c>"d e', "https://e.org/a%7Cb%3Cc%3E%22d%20e"),
            (" //e.org/x ", "https://e.org/x"),
            ("https://u:p@e.org/", "https://e.org/"),
            ("data:text/html,x", None),
            ("http://", None),
            ("http://[::1", None),
            ("http://e.org:port/", None),
            ("https://e.org/" + "x" * 9000, None),
            ("https://e.org/\u202ex", None),
        ],
    )
    def test_an_address_is_made_safe_or_dropped(self, value: str, address: str | None) -> None:
        assert web_address(value, "https://base.org/") == address

    @given(st.text(alphabet=st.sampled_from(list("<>/&;abp=\"' \n\u200b\u202e!-[]")), max_size=200))
    @settings(max_examples=150, deadline=None)
    def test_any_markup_gives_clean_text(self, markup: str) -> None:
        text = html_to_text(markup).text
        assert not re.search("[\u200b\u202e]|\n{3,}|<p>", text)
        assert text == text.strip()


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "empty"),
            (b" \n\x00", "empty"),
            (b"<!DOCTYPE html><html><body>Please wait</body></html>", "web page"),
            (b'{"version": "https://jsonfeed.org/version/1.1"}', "JSON, but no JSON Feed"),
            (b"plain words", "not a feed"),
            (b"\x1f\x8b\x08\x00", "compressed"),
            (b"\xff\xd8\xff\xe0", "not a feed"),
            (b'<?xml version="1.0"?><rss version="2.0"><channel><title>cut of', "not a feed"),
            (str(FEEDS / "forum.rss").encode(), "not a feed"),
            (b"file:///etc/passwd", "not a feed"),
        ],
    )
    def test_what_is_not_a_feed_is_named(self, body: bytes, reason: str) -> None:
        with pytest.raises(NotAFeed, match=reason):
            parse_feed(body, BLOG, now=NOW)

    def test_an_empty_feed_is_a_feed(self) -> None:
        assert read("empty.rss") == ParsedFeed((), (), "Nothing today")

    def test_a_character_that_does_not_exist_fails_the_feed_and_not_the_program(self) -> None:
        with pytest.raises(NotAFeed, match="too broken"):
            parse("<item><title>a &#99999999999; & b</title></item>")

    @given(st.sampled_from(sorted(FEEDS.iterdir())), st.data())
    @settings(max_examples=100, deadline=None)
    def test_a_damaged_feed_is_read_or_refused(self, path: Path, data: st.DataObject) -> None:
        body = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 6))):
            place = data.draw(st.integers(0, max(0, len(body) - 1)))
            piece = data.draw(
                st.sampled_from([b"", b"<", b">", b"&", b"&#1;", b"\xff", b"]]>", b"\x00", b"</item>"])
            )
            body[place : place + data.draw(st.integers(0, 40))] = piece
        try:
            _check(parse_feed(bytes(body), ARXIV, now=NOW), may_hold_code=True)
        except FeedError:
            return

    def test_a_feed_that_breaks_off_gives_what_came_and_says_so(self) -> None:
        body = (FEEDS / "arxiv_listing.rss").read_bytes()
        parsed = parse_feed(body[: body.index(b"Replaced Reefs")], ARXIV, now=NOW)
        assert [entry.arxiv_id for entry in parsed.entries] == ["2503.00011", "2503.00012"]
        assert any("well-formed" in note for note in parsed.notes)

    def test_limits_on_entries_and_fields_leave_a_note(self) -> None:
        many = parse(
            "<item><title>a</title><guid>{}</guid></item>" * 1
            + "".join(f"<item><title>t{n}</title><guid>{n}</guid></item>" for n in range(MAX_ENTRIES + 5))
        )
        assert len(many.entries) == MAX_ENTRIES
        assert any("2,000 of 2,006" in note for note in many.notes)
        long = only(parse(f"<item><title>a</title><description>{'A sentence. ' * 9000}</description></item>"))
        assert MAX_FIELD * 0.75 < len(long.text) <= MAX_FIELD
        assert long.text.endswith("sentence.")
        assert any("was cut" in note for note in long.notes)

    @pytest.mark.parametrize(
        "items",
        [
            pytest.param("<item " + " ".join(f'a{n}="1"' for n in range(40_000)) + "/>", id="attributes"),
            pytest.param("<item><title a='" + "x" * 70_000 + "'>t</title></item>", id="long attribute"),
            pytest.param("<item/>" * 30_000, id="items"),
            pytest.param("<item>" + "<x/>" * 300_000 + "</item>", id="tags"),
        ],
    )
    def test_what_would_keep_a_parser_busy_is_refused_by_counting(self, items: str) -> None:
        started = process_time()
        with pytest.raises((NotAFeed, FeedTooLarge)):
            parse(items)
        assert process_time() - started < 1

    def test_an_attribute_bomb_inside_a_text_is_defused(self) -> None:
        bomb = "<p " + " ".join(f'a{n}="1"' for n in range(40_000)) + ">x</p><p>after</p>"
        started = process_time()
        entry = only(parse(f"<item><title>a</title><description><![CDATA[{bomb}]]></description></item>"))
        assert entry.text.endswith("after")
        assert process_time() - started < 2

    def test_a_large_picture_inside_a_text_is_no_reason_to_refuse(self) -> None:
        picture = f'<p>before<img src="data:image/png;base64,{"A" * 300_000}=="></p>'
        entry = only(parse(f"<item><title>a</title><description><![CDATA[{picture}]]></description></item>"))
        assert entry.text == "before"

    def test_entity_bombs_and_outside_entities_give_nothing(self) -> None:
        levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
        laughs = f'<!DOCTYPE r [<!ENTITY a0 "lol">{levels}<!ENTITY f SYSTEM "file:///etc/hostname">]>'
        item = "<item><title>t &a9; &f;</title></item>"
        body = f'<?xml version="1.0"?>{laughs}<rss version="2.0"><channel>{item}</channel></rss>'
        try:
            parsed = parse_feed(body.encode(), BLOG, now=NOW)
        except FeedError:
            return
        assert all(len(entry.title) < 1000 for entry in parsed.entries)
        hostname = Path("/etc/hostname").read_text().strip() if Path("/etc/hostname").exists() else "\n"
        assert all(hostname not in entry.title for entry in parsed.entries)


def _check(parsed: ParsedFeed, may_hold_code: bool) -> None:
    for entry in parsed.entries:
        assert entry.title.strip()
        assert entry.guid
        for link in (*((entry.url,) if entry.url else ()), *entry.links):
            assert re.match(r"https?://[^\s<>|]+$", link), link
        text = f"{entry.title}\n{entry.text}"
        assert not re.search("[\u200b\u202a-\u202e\ufeff\x00-\x08]", text)
        if not may_hold_code and entry.arxiv_id is None:
            assert not re.search(
                r"</?(?:p|div|span|a|img|br|script|style|table|li|b|em)\b[^>]*>", text, re.I
            ), text
    assert len({entry.guid for entry in parsed.entries}) == len(parsed.entries)


def _fold_all(entries: list[Entry]) -> set[str]:
    works = group(entries)
    articles = [merge(work, NOW) for work in works]
    assert len({article.id for article in articles}) == len(articles)
    assert sum(len(work) for work in works) == len(set(entries))
    return {article.id for article in articles}


@needs_corpus
class TestRealFeeds:
    def test_every_feed_of_the_collection_is_read_or_refused_in_a_sentence(self) -> None:
        everything: list[Entry] = []
        refused = []
        for path in sorted((CORPUS / "raw_feeds").iterdir()):
            if path.suffix == ".tsv":
                continue
            body = path.read_bytes()
            feed = Feed(name=path.name, url=f"https://feeds.example.org/{path.name}")
            try:
                parsed = parse_feed(body, feed, now=datetime(2026, 11, 21, tzinfo=UTC))
            except FeedError as error:
                refused.append(str(error))
                continue
            _check(parsed, may_hold_code=re.search(rb"<(?:pre|code)|&lt;(?:pre|code)", body) is not None)
            everything += parsed.entries
        assert len(everything) > 2_000
        assert len(refused) < 25
        assert all(re.match(r"the (?:answer|feed) \w+ ", reason) for reason in refused)
        _fold_all(everything)

    def test_real_days_give_exactly_the_papers_that_were_announced(self, tmp_path: Path) -> None:
        script = CORPUS / "make_feeds.py"
        days = ("2025-11-10", "2025-11-12")
        command = [
            sys.executable,
            str(script),
            "build",
            "--out",
            str(tmp_path),
            "--from",
            days[0],
            "--to",
            days[1],
        ]
        subprocess.run(
            command, check=True, capture_output=True, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        )
        entries: list[Entry] = []
        for path in sorted(tmp_path.rglob("*")):
            if path.is_file() and path.name != "manifest.json":
                day = date.fromisoformat(path.relative_to(tmp_path).parts[0])
                is_arxiv = path.parent.name == "rss"
                feed = Feed(
                    name=path.name,
                    url=f"https://feeds.example.org/{path.name}",
                    kind="arxiv" if is_arxiv else "rss",
                )
                now = datetime(day.year, day.month, day.day, 14, tzinfo=UTC)
                parsed = parse_feed(path.read_bytes(), feed, now=now)
                assert parsed.notes == ()
                assert all(entry.announced == day for entry in parsed.entries if is_arxiv)
                _check(parsed, may_hold_code=True)
                entries += parsed.entries
        found = {name.removeprefix("arxiv:") for name in _fold_all(entries) if name.startswith("arxiv:")}
        assert found == _announced(date.fromisoformat(days[0]), date.fromisoformat(days[1]))


def _announced(first: date, last: date) -> set[str]:
    """The ids that the collection itself lists for these days."""
    found: set[str] = set()
    days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    known: set[str] = set()
    for path in (CORPUS / "arxiv").glob("*.jsonl"):
        ids = {json.loads(line)["id"] for line in path.read_text("utf-8").splitlines() if line}
        known |= ids
        found |= ids if path.stem in days else set()
    extra = CORPUS / "arxiv_extra_papers.jsonl"
    known |= {json.loads(line)["id"] for line in extra.read_text("utf-8").splitlines() if line}
    for line in (CORPUS / "arxiv_events.jsonl").read_text("utf-8").splitlines():
        event = json.loads(line)
        if event["date"] in days and event["id"] in known:
            found.add(event["id"])
    return found
