"""Which entries are one work, and what the work then says, whatever the order in which they came."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.addresses import arxiv_ref, canonical, doi_of
from pipeline.identity import article_id, group, keys, merge, same_work, title_key
from pipeline.models import Article, Entry, Feed
from pipeline.parse import parse_feed

SEEN = datetime(2025, 3, 20, 12, 0, tzinfo=UTC)
FEEDS = Path(__file__).parent / "feeds"
TITLE = "Counting Lantern Fish with Bounded Memory"
WORDS = " ".join(f"word{n:04}" for n in range(60))
OTHER_WORDS = " ".join(f"text{n:04}" for n in range(60))


def entry(feed: str = "blog", guid: str = "1", title: str = TITLE, **fields: Any) -> Entry:
    return Entry(feed=feed, guid=guid, title=title, **fields)


def listed(
    version: int | None = 1, kind: str = "new", day: int = 11, feed: str = "arXiv cs.ZZ", **fields: Any
) -> Entry:
    """An entry of a day's listing of arXiv, for the paper 2503.00011."""
    made: dict[str, Any] = {
        "guid": f"oai:arXiv.org:2503.00011v{version}",
        "title": TITLE,
        "url": "https://arxiv.org/abs/2503.00011",
        "text": f"Abstract of version {version}.",
        "authors": ("Ann Arbor", "Bo Beech"),
        "categories": ("cs.ZZ", "stat.ML"),
        "announced": date(2025, 3, day),
        "announce_type": kind,
        "arxiv_id": "2503.00011",
        "version": version,
    }
    return Entry(feed=feed, **(made | fields))


def at(day: int, month: int = 3, hour: int = 12) -> datetime:
    return datetime(2025, month, day, hour, tzinfo=UTC)


def fold(*entries: Entry) -> Article:
    return merge(entries, SEEN)


def works(*entries: Entry) -> int:
    return len(group(entries))


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://arxiv.org/abs/2503.00011v2",
            "https://www.arxiv.org/pdf/2503.00011",
            "https://arxiv.org/pdf/2503.00011v3.pdf",
            "https://export.arxiv.org/abs/2503.00011?context=cs",
            "https://arxiv.org/html/2503.00011v1#S2",
            "https://www.alphaxiv.org/abs/2503.00011",
            "https://alphaxiv.org/overview/2503.00011v1",
            "https://huggingface.co/papers/2503.00011",
            "https://ar5iv.labs.arxiv.org/html/2503.00011",
            "https://doi.org/10.48550/arXiv.2503.00011",
            "10.48550/arXiv.2503.00011",
            "oai:arXiv.org:2503.00011v1",
            "arXiv:2503.00011",
        ],
    )
    def test_every_page_of_an_arxiv_paper_gives_its_id(self, url: str) -> None:
        assert (arxiv_ref(url) or ("",))[0] == "2503.00011"
        assert keys(entry(url=url)) == ("arxiv:2503.00011",)

    @pytest.mark.parametrize(
        "url",
        [
            "https://arxiv.org/list/cs.AI/recent",
            "https://arxiv.org/",
            "https://evil.example/abs/2503.00011",
            "https://arxiv.org.evil.example/abs/2503.00011",
            "https://huggingface.co/papers",
            "https://huggingface.co/datasets/2503.00011",
            "https://blog.example.org/?u=https://arxiv.org/abs/2503.00011",
        ],
    )
    def test_other_pages_do_not(self, url: str) -> None:
        assert arxiv_ref(url) is None

    def test_versions_and_old_names_are_read(self) -> None:
        assert arxiv_ref("https://arxiv.org/abs/math.GT/0309136v2") == ("math/0309136", 2)
        assert arxiv_ref("https://alphaxiv.org/abs/2503.00011", mirrors=False) is None

    @pytest.mark.parametrize(
        "value",
        [
            "10.1234/Fish.55",
            "doi:10.1234/fish.55",
            "https://doi.org/10.1234/FISH.55",
            "http://dx.doi.org/10.1234%2Ffish.55",
            "https://pub.example.org/doi/full/10.1234/fish.55?utm_source=x",
        ],
    )
    def test_a_doi_is_one_in_every_spelling(self, value: str) -> None:
        assert doi_of(value) == "10.1234/fish.55"
        assert keys(entry(url=value)) == ("doi:10.1234/fish.55",)

    @pytest.mark.parametrize(
        "url",
        [
            "http://blog.example.org/a",
            "https://www.blog.example.org/a",
            "https://BLOG.example.org:443/a/",
            "https://blog.example.org./a?utm_source=rss&utm_medium=feed",
            "https://blog.example.org/a?fbclid=1#comments",
            "https://blog.example.org/a/index.html",
            "https://blog.example.org/%61",
        ],
    )
    def test_spellings_of_an_address_are_one(self, url: str) -> None:
        assert canonical(url) == "https://blog.example.org/a"

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("https://e.org/?p=1", "https://e.org/?p=2"),
            ("https://e.org/A", "https://e.org/a"),
            ("https://e.org/a%2Fb", "https://e.org/a/b"),
            ("https://e.org:8080/a", "https://e.org/a"),
            ("https://a.e.org/a", "https://e.org/a"),
        ],
    )
    def test_addresses_that_may_differ_stay_apart(self, first: str, second: str) -> None:
        assert canonical(first) != canonical(second)

    def test_the_order_of_a_query_does_not_matter(self) -> None:
        assert canonical("https://e.org/x?b=2&a=1") == canonical("https://e.org/x?a=1&b=2")

    @given(st.text(alphabet=st.sampled_from(list("/%27eE.?&=#:www@utm_x[]~ é|")), max_size=40))
    @settings(max_examples=400, deadline=None)
    def test_a_canonical_address_is_its_own(self, tail: str) -> None:
        once = canonical(f"https://www.e.org/{tail}")
        assert once is None or canonical(once) == once

    def test_what_is_no_address_has_no_canonical_form(self) -> None:
        assert [canonical(value) for value in ("urn:x", "ftp://e.org/", "", "https://", "/a")] == [None] * 5


class TestKeys:
    def test_links_in_the_text_are_not_keys(self) -> None:
        post = entry(guid="g", url="https://e.org/post", links=("https://arxiv.org/abs/2503.00011",))
        assert keys(post) == ("url:https://e.org/post",)

    def test_identifier_and_link_both_count(self) -> None:
        post = entry(guid="https://e.org/?p=7", url="https://e.org/a-title")
        assert keys(post) == ("url:https://e.org/a-title", "url:https://e.org?p=7")

    def test_a_front_page_names_no_work(self) -> None:
        assert keys(entry(guid="g", url="https://e.org/")) == ("guid:blog\x1fg",)

    def test_the_same_title_in_other_clothes_is_one_key(self) -> None:
        titles = [
            "Über $\\alpha$-Bounded \\emph{Memory} in Lantern Fish",
            "uber α-bounded memory in lantern fish",
            '{\\"U}ber Alpha-Bounded Memory in Lantern-Fish!',
            "Über alpha bounded memory, in “lantern fish”",
        ]
        assert len({title_key(entry(title=title)) for title in titles}) == 1
        assert title_key(entry(title=titles[0])) is not None

    @pytest.mark.parametrize(
        "title",
        [
            "Introduction",
            "A note on it all",
            "Open thread for the spring season",
            "Weekly links about lantern fish",
            "Lantern Fish Newsletter #12: the deep",
            "The lantern fish podcast, episode 12",
            "This week in lantern fish research",
            "Lantern fish research roundup for everyone",
            "",
            "灯笼鱼计数与有界记忆的研究",
        ],
    )
    def test_short_and_serial_titles_name_no_work(self, title: str) -> None:
        assert title_key(entry(title=title)) is None


class TestSameWork:
    def test_versions_listings_and_pages_of_a_paper_are_one(self) -> None:
        page = entry("papers of the day", "https://huggingface.co/papers/2503.00011", title="Something else")
        assert works(listed(), listed(2, "replace", 18), listed(1, "cross", feed="arXiv cs.YY"), page) == 1

    def test_two_arxiv_ids_never_become_one(self) -> None:
        twin = listed(
            guid="oai:arXiv.org:2503.00099v1", arxiv_id="2503.00099", url="https://arxiv.org/abs/2503.00099"
        )
        bridge = entry("blog", "b", url="https://e.org/b", authors=("Ann Arbor",))
        assert not same_work(listed(), twin)
        parts = group([listed(), twin, bridge])
        assert sorted(len(part) for part in parts) == [1, 1, 1]
        assert len({article_id(part) for part in parts}) == 3

    def test_a_post_by_an_author_with_the_papers_title_is_the_paper(self) -> None:
        post = entry(
            "forum", "f", title=f"{TITLE}.", authors=("A. Arbor",), published=at(20), text=OTHER_WORDS
        )
        assert same_work(listed(), post)
        assert same_work(post, listed())

    @pytest.mark.parametrize("authors", [(), ("reefwatcher",)])
    def test_a_post_by_a_handle_or_nobody_with_the_papers_title_is_the_paper(
        self, authors: tuple[str, ...]
    ) -> None:
        assert same_work(listed(), entry("forum", "f", authors=authors, published=at(20)))

    def test_other_people_or_another_season_make_another_work(self) -> None:
        assert not same_work(listed(), entry("forum", "f", authors=("Dee Dunn",), published=at(20)))
        assert not same_work(listed(), entry("forum", "f", authors=("Ann Arbor",), published=at(20, month=9)))

    def test_a_link_to_the_paper_speaks_for_the_same_title_but_not_alone(self) -> None:
        link: dict[str, Any] = {
            "links": ("https://arxiv.org/pdf/2503.00011v1",),
            "authors": ("Dee Dunn",),
            "published": at(20),
        }
        assert same_work(listed(), entry("forum", "f", **link))
        assert not same_work(
            listed(), entry("forum", "f", title="What I think of fish counting papers", **link)
        )

    def test_posts_of_two_feeds_with_one_title_need_one_text_if_nobody_signed(self) -> None:
        first = entry("a", "1", url="https://a.org/x", text=WORDS)
        assert same_work(first, entry("b", "2", url="https://b.org/x", text=f"{WORDS} and more"))
        assert same_work(first, entry("b", "2", url="https://b.org/x", text="Only a teaser."))
        assert not same_work(first, entry("b", "2", url="https://b.org/x", text=OTHER_WORDS))

    def test_a_title_used_again_in_one_feed_is_another_work_unless_the_text_is_the_same(self) -> None:
        first = entry(guid="1", url="https://a.org/1", text=WORDS, authors=("Ann Arbor",))
        assert not same_work(
            first, entry(guid="2", url="https://a.org/2", text=OTHER_WORDS, authors=("Ann Arbor",))
        )
        assert same_work(first, entry(guid="2", url="https://a.org/2", text=WORDS, authors=("Ann Arbor",)))

    def test_a_changed_identifier_at_the_same_address_is_the_same_work(self) -> None:
        before = entry(guid="http://e.org/a", url="http://e.org/a/?utm_source=rss")
        after = entry(guid="tag:e.org,2025:a", url="https://www.e.org/a")
        assert same_work(before, after)

    def test_a_page_that_a_feed_gives_to_everything_joins_nothing(self) -> None:
        changes = [entry("log", f"v{n}", f"Version {n}", url="https://e.org/changes") for n in range(3)]
        assert works(*changes) == 3
        mirror = entry("mirror", "m", "Version 1", url="https://e.org/changes")
        elsewhere = entry("mirror", "n", "Version 7", url="https://e.org/changes")
        assert works(*changes, mirror, elsewhere) == 4
        assert len({article_id(part) for part in group([*changes, mirror, elsewhere])}) == 4

    def test_parts_of_a_page_are_told_apart(self) -> None:
        days = [
            entry("log", f"https://e.org/log#{n}", f"Day {n}", url=f"https://e.org/log#{n}") for n in (1, 2)
        ]
        assert works(*days) == 2
        assert len({article_id([day]) for day in days}) == 2

    def test_one_doi_is_one_work_and_two_are_two(self) -> None:
        first = entry("journal", "j", doi="10.1234/fish.55", url="https://journal.example.org/1")
        assert same_work(listed(doi="10.1234/Fish.55"), first)
        other = entry("other", "k", doi="10.9999/reef.1", url="https://journal.example.org/1")
        assert not same_work(first, other)
        assert works(first, other) == 2

    def test_entries_without_any_address_are_told_apart_by_feed(self) -> None:
        assert (
            works(entry("a", "1", "First"), entry("b", "1", "First"), entry("a", "1", "First, edited")) == 2
        )
        assert article_id([entry("a", "1", "x")]) != article_id([entry("b", "1", "x")])


class TestMerge:
    def test_the_newest_version_speaks_and_the_first_day_counts(self) -> None:
        article = fold(
            listed(1, "cross", 12, "arXiv cs.YY", categories=("cs.ZZ", "cs.YY")),
            listed(3, "replace", 19, title="A New Title", authors=("Ann Arbor", "Bo Beech", "Cleo Cray")),
            listed(1, "new", 11),
            listed(2, "replace-cross", 17),
        )
        assert article == Article(
            id="arxiv:2503.00011",
            kind="paper",
            title="A New Title",
            authors=("Ann Arbor", "Bo Beech", "Cleo Cray"),
            abstract="Abstract of version 3.",
            source="arXiv cs.ZZ",
            feeds=("arXiv cs.YY", "arXiv cs.ZZ"),
            categories=("cs.ZZ", "stat.ML", "cs.YY"),
            url="https://arxiv.org/abs/2503.00011",
            version=3,
            revised=date(2025, 3, 19),
            announced=date(2025, 3, 11),
            announce_type="new",
            first_seen=SEEN,
            entries=4,
        )

    def test_the_files_of_listing_and_api_make_one_article(self) -> None:
        names = (("arxiv_listing.rss", "RSS"), ("arxiv_listing.atom", "Atom"), ("arxiv_api.atom", "API"))
        entries = [
            read
            for path, name in names
            for read in parse_feed(
                (FEEDS / path).read_bytes(),
                Feed(name=name, url="https://export.arxiv.org/", kind="arxiv"),
                now=datetime(2025, 5, 2, tzinfo=UTC),
            ).entries
            if read.arxiv_id == "2503.00011"
        ]
        article = fold(*entries)
        assert group(entries) == [tuple(sorted(entries, key=lambda read: (read.feed, read.guid)))]
        assert (article.version, article.entries, article.announce_type) == (2, 3, "new")
        assert article.abstract == "We count lantern fish, now with a proof."
        assert (article.submitted, article.revised) == (date(2025, 3, 7), date(2025, 4, 30))
        assert (article.announced, article.doi) == (date(2025, 3, 11), "10.1234/fish.55")
        assert (article.comment, article.journal_ref) == ("12 pages, 3 figures", "J. Fish 5 (2025) 1-12")

    def test_a_listing_repeated_under_the_next_day_changes_nothing(self) -> None:
        stale = listed(2, "replace", 13), listed(1, "new", 12)
        article = fold(listed(1, "new", 11), listed(2, "replace", 12), *stale)
        assert (article.announced, article.revised) == (date(2025, 3, 11), date(2025, 3, 12))
        assert article.entries == 2

    def test_a_work_seen_only_as_a_revision_was_not_announced(self) -> None:
        article = fold(listed(2, "replace", 12), listed(2, "replace-cross", 12, "arXiv cs.YY"))
        assert (article.announced, article.announce_type, article.appeared) == (None, "replace", None)
        with_post = fold(listed(2, "replace", 12), entry("forum", "f", published=at(12)))
        assert with_post.announced is None

    def test_a_late_cross_list_keeps_the_day_of_the_feed(self) -> None:
        article = fold(listed(4, "cross", 18, arxiv_id="1901.00001", guid="oai:arXiv.org:1901.00001v4"))
        assert (article.announced, article.announce_type, article.revised) == (
            date(2025, 3, 18),
            "cross",
            None,
        )

    def test_a_replacement_of_unknown_version_is_newer_than_the_first(self) -> None:
        replaced = listed(None, "replace", 18, guid="oai:arXiv.org:2503.00011", text="Newer.")
        assert fold(listed(), replaced).abstract == "Newer."

    def test_a_paper_with_a_post_keeps_its_own_text_dates_and_source(self) -> None:
        post = entry(
            "forum",
            "f",
            url="https://forum.example.org/f?utm_source=x",
            text=WORDS,
            published=at(9),
            categories=("ai",),
        )
        page = entry("papers", "p", url="https://huggingface.co/papers/2503.00011", published=at(10))
        article = fold(listed(), post, page)
        assert (article.kind, article.source, article.abstract) == (
            "paper",
            "arXiv cs.ZZ",
            "Abstract of version 1.",
        )
        assert (article.submitted, article.announced) == (None, date(2025, 3, 11))
        assert article.categories == ("cs.ZZ", "stat.ML")
        assert article.url == "https://arxiv.org/abs/2503.00011"
        assert article.other_urls == (
            "https://forum.example.org/f?utm_source=x",
            "https://huggingface.co/papers/2503.00011",
        )

    def test_a_paper_known_only_from_a_page_about_it_appears_on_that_pages_day(self) -> None:
        article = fold(entry("papers", "p", url="https://huggingface.co/papers/2503.00011", published=at(10)))
        assert (article.id, article.url) == ("arxiv:2503.00011", "https://arxiv.org/abs/2503.00011")
        assert (article.announced, article.submitted) == (date(2025, 3, 10), None)

    def test_a_post_has_its_feeds_name_its_days_and_one_address(self) -> None:
        teaser = entry(
            "mirror", "m", url="http://www.lab.example.org/a?utm_source=m", text="Short.", published=at(12)
        )
        full = entry(
            "lab",
            "1",
            url="https://lab.example.org/a",
            text=WORDS,
            published=at(11),
            updated=at(14),
            authors=("Bo Beech",),
        )
        elsewhere = entry(
            "forum", "f", url="https://forum.example.org/x", published=at(13), authors=("Bo Beech",)
        )
        article = fold(teaser, full, elsewhere)
        assert (article.kind, article.source, article.url) == ("post", "lab", "https://lab.example.org/a")
        assert article.id.startswith("post:")
        assert len(article.id) == 17
        assert article.other_urls == ("https://forum.example.org/x",)
        assert (article.abstract, article.feeds) == (WORDS, ("forum", "lab", "mirror"))
        assert (article.submitted, article.announced, article.revised) == (
            at(11).date(),
            at(11).date(),
            at(14).date(),
        )

    def test_an_update_on_the_same_day_is_no_revision(self) -> None:
        assert fold(entry(published=at(11, hour=8), updated=at(11, hour=20))).revised is None

    def test_the_last_state_of_an_entry_counts_even_if_it_is_shorter(self) -> None:
        before = entry(text=WORDS, published=at(11), updated=at(11))
        after = entry(title="Corrected", text="Withdrawn.", published=at(11), updated=at(15))
        article = fold(after, before)
        assert (article.title, article.abstract, article.entries) == ("Corrected", "Withdrawn.", 1)

    def test_a_work_with_a_doi_is_a_paper(self) -> None:
        article = fold(entry("journal", "j", url="https://doi.org/10.1234/fish.55"))
        assert (article.id, article.kind, article.source) == ("doi:10.1234/fish.55", "paper", "journal")

    def test_an_undated_post_appears_when_it_was_first_seen(self) -> None:
        article = fold(entry())
        assert (article.announced, article.appeared, article.url) == (None, SEEN.date(), None)

    def test_nothing_makes_no_work(self) -> None:
        assert group([]) == []
        with pytest.raises(ValueError, match="at least one"):
            merge([], SEEN)


POOL = [
    listed(),
    listed(1, "cross", 12, "arXiv cs.YY"),
    listed(2, "replace", 18),
    listed(2, "replace", 19),
    listed(guid="oai:arXiv.org:2503.00099v1", arxiv_id="2503.00099", url="https://arxiv.org/abs/2503.00099"),
    entry("forum", "f", url="https://e.org/f", published=at(12), authors=("Ann Arbor",), text=WORDS),
    entry("forum", "f", url="https://e.org/f", published=at(12), updated=at(13), text="Edited."),
    entry("blog", "https://e.org/f#x", "Another title for it all here", url="http://www.e.org/f/"),
    entry("blog", "y", "Yet another title for it all", url="https://e.org/f"),
    entry("lab", "l", url="https://lab.org/l", doi="10.1234/fish.55"),
    entry("journal", "j", url="https://lab.org/l", doi="10.1234/reef.77"),
    listed(
        doi="10.1234/fish.55", feed="API", announce_type=None, announced=None, published=at(7), updated=at(8)
    ),
    entry("papers", "p", url="https://huggingface.co/papers/2503.00011", published=at(14)),
    entry("log", "v1", "Version 1", url="https://e.org/changes"),
    entry("log", "v2", "Version 2", url="https://e.org/changes"),
    entry("mirror", "v3", "Version 1", url="https://e.org/changes"),
    entry("notes", "1", "Note"),
    entry("notes", "2", "Note"),
]


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Entry], list[Entry]]:
    chosen = draw(st.lists(st.sampled_from(POOL), min_size=1, max_size=len(POOL)))
    return chosen, draw(st.permutations(chosen))


class TestOrder:
    @given(shuffled())
    @settings(max_examples=150, deadline=None)
    def test_groups_and_articles_do_not_depend_on_the_order(
        self, orders: tuple[list[Entry], list[Entry]]
    ) -> None:
        first, second = (group(order) for order in orders)
        assert first == second
        assert merge(orders[0], SEEN) == merge(orders[1], SEEN)
        assert article_id(orders[0]) == article_id(orders[1])

    @given(shuffled())
    @settings(max_examples=150, deadline=None)
    def test_groups_hold_every_entry_once_and_have_ids_of_their_own(
        self, orders: tuple[list[Entry], list[Entry]]
    ) -> None:
        parts = group(orders[0])
        assert sorted(map(repr, (e for part in parts for e in part))) == sorted(map(repr, set(orders[0])))
        assert len({article_id(part) for part in parts}) == len(parts)
        for part in parts:
            assert len({key for e in part for key in keys(e) if key.startswith("arxiv:")}) <= 1
            assert merge(part, SEEN).id == article_id(part)
        assert _numbers(parts) == len({key for e in orders[0] for key in keys(e) if key.startswith("arxiv:")})

    @given(st.sampled_from(POOL), st.sampled_from(POOL))
    @settings(max_examples=300, deadline=None)
    def test_the_rule_for_two_is_symmetric(self, a: Entry, b: Entry) -> None:
        assert same_work(a, b) == same_work(b, a)
        assert same_work(a, a)


def _numbers(parts: Sequence[Sequence[Entry]]) -> int:
    return len({name for part in parts if (name := article_id(part)).startswith("arxiv:")})
