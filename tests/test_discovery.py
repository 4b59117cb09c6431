"""From a page's address to its feed, and `brief feeds`: what is asked, what is found, what is written."""

import argparse
import json
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.commands import feeds_file
from bot.commands.feeds import add_feeds_command, catalogue
from bot.services import Services
from bot.settings import load_settings
from pipeline.discovery import discover
from pipeline.errors import AddressRefused, FeedUnavailable, NotAFeed, SettingsError
from pipeline.fetch import Fetched, Validators
from pipeline.models import Feed

NOW = datetime(2026, 6, 10, 14, tzinfo=UTC)
RSS = (
    b'<rss version="2.0"><channel><title>Quay Lab</title><item><title>A note on audits</title>'
    b"<link>https://quay.example/a</link><pubDate>Wed, 10 Jun 2026 09:00:00 GMT</pubDate></item></channel></rss>"
)
LISTING = (
    b'<rss version="2.0" xmlns:arxiv="http://arxiv.org/schemas/atom"><channel><title>cs.CR</title>'
    b"<item><title>T</title><link>https://arxiv.org/abs/2606.00001</link><guid>oai:arXiv.org:2606.00001v1</guid>"
    b"<description>arXiv:2606.00001v1 Announce Type: new \nAbstract: A.</description>"
    b"<arxiv:announce_type>new</arxiv:announce_type></item></channel></rss>"
)


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


class Web:
    """Answers by address and records what was asked; an address that it does not know is a 404."""

    def __init__(self, **pages: bytes) -> None:
        self.pages = {f"https://quay.example/{path}": body for path, body in pages.items()}
        self.asked: list[str] = []

    def gives(self, url: str, body: bytes) -> None:
        self.pages[url] = body

    async def get(self, url: str, *, expect: str) -> Fetched:
        assert expect == "any"
        self.asked.append(url)
        if url not in self.pages:
            raise FeedUnavailable("the host answered 404 (not found)", status=404)
        return Fetched("ok", self.pages[url], "", url, Validators(), None)


class TestDiscover:
    async def test_a_feed_is_itself(self):
        web = Web(feed=RSS)
        found = await discover("https://quay.example/feed", web, NOW)
        assert (found.feed.url, found.feed.name, found.feed.kind) == (
            "https://quay.example/feed",
            "Quay Lab",
            "rss",
        )
        assert [entry.title for entry in found.entries] == ["A note on audits"]
        assert web.asked == ["https://quay.example/feed"]

    @pytest.mark.parametrize("kind", ["application/rss+xml", "application/atom+xml; charset=utf-8"])
    async def test_the_page_names_its_feed(self, kind):
        link = f'<link rel="Alternate stylesheet" type="{kind}" href="../posts.xml">'
        web = Web(**{"blog/": page(link), "posts.xml": RSS})
        found = await discover("quay.example/blog/", web, NOW)
        assert found.feed.url == "https://quay.example/posts.xml"

    async def test_relative_addresses_follow_the_base_of_the_page(self):
        head = '<base href="/news/"><link rel=alternate type=application/rss+xml href=all.xml>'
        web = Web(**{"blog": page(head), "news/all.xml": RSS})
        assert (await discover("https://quay.example/blog", web, NOW)).feed.url.endswith("/news/all.xml")

    async def test_the_feed_of_the_comments_is_not_taken_and_others_are_named(self):
        head = "".join(
            f'<link rel="alternate" type="application/rss+xml" title="{title}" href="/{href}">'
            for title, href in (("Quay » Comments Feed", "c"), ("Quay", "all"), ("Quay papers", "papers"))
        )
        web = Web(**{"": page(head), "c": RSS, "all": RSS, "papers": RSS})
        found = await discover("https://quay.example/", web, NOW)
        assert found.feed.url == "https://quay.example/all"
        assert found.others == ("https://quay.example/papers", "https://quay.example/c")

    async def test_a_link_that_looks_like_a_feed_will_do(self):
        web = Web(**{"": page(body='<a href="/about">About</a><a href="/rss">RSS</a>'), "rss": RSS})
        assert (await discover("https://quay.example/", web, NOW)).feed.url == "https://quay.example/rss"

    async def test_else_the_usual_places_are_asked_and_not_many(self):
        web = Web(**{"blog": page(body="<a href='/rss-is-dead'>no</a>" * 40), "atom.xml": RSS})
        assert (await discover("https://quay.example/blog", web, NOW)).feed.url.endswith("/atom.xml")
        barren = Web(blog=page(body="".join(f"<a href='/{i}/feed'>x</a>" for i in range(60))))
        with pytest.raises(NotAFeed, match="no feed was found at https://quay.example/blog"):
            await discover("https://quay.example/blog", barren, NOW)
        assert len(barren.asked) <= 14

    async def test_a_list_of_arxiv_leads_to_its_feed(self):
        web = Web()
        web.gives("https://rss.arxiv.org/rss/cs.CR", LISTING)
        found = await discover("https://arxiv.org/list/cs.CR/recent", web, NOW)
        assert (found.feed.url, found.feed.kind) == ("https://rss.arxiv.org/rss/cs.CR", "arxiv")

    async def test_a_listing_on_another_host_is_known_by_its_entries(self):
        web = Web(mirror=LISTING)
        assert (await discover("https://quay.example/mirror", web, NOW)).feed.kind == "arxiv"

    @pytest.mark.parametrize(
        "bad", ["ftp://quay.example/", "javascript:alert(1)", "", "http://", "file:///etc/passwd"]
    )
    async def test_what_is_no_web_address_is_not_asked(self, bad):
        web = Web()
        with pytest.raises((AddressRefused, FeedUnavailable)):
            await discover(bad, web, NOW)
        assert all(asked.startswith(("http://", "https://")) for asked in web.asked)

    async def test_a_page_cannot_send_the_reader_elsewhere_than_to_web_addresses(self):
        head = '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">'
        web = Web(**{"": page(head, "<a href='javascript:feed()'>feed</a>")})
        with pytest.raises(NotAFeed):
            await discover("https://quay.example/", web, NOW)
        assert all(asked.startswith("https://quay.example/") for asked in web.asked)

    @pytest.mark.parametrize(
        "body", [b"\x00\xff\xfe", b"<html>" * 3000, b"<!doctype html>", b"<html><base href='http://['>"]
    )
    async def test_a_broken_page_has_no_feed(self, body):
        with pytest.raises(NotAFeed):
            await discover("https://quay.example/", Web(**{"": body}), NOW)


SETTINGS = """\
# Our settings; keep this line.
[[feeds]]
name = "One"   # the first
url = "https://one.example/feed"

# Labs
[[feeds]]
name = "Two"
url = "https://two.example/feed"
enabled = false   # for now

# What we care about
[profiles.team]
title = "Team"
topic = '''
Prompt injection
[[feeds]]
name = "not a feed"
'''
feeds = [
  "One",  # ours
]
[network]
allow_private_hosts = ["127.0.0.1"]
"""

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "brief.toml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def run(tmp_path, config, capsys, monkeypatch) -> Run:
    """`brief feeds ...` with the settings above; `web` stands for the network."""

    def services_of(arguments: argparse.Namespace) -> Services:
        return Services(load_settings(tmp_path / "home", config), clock=lambda: NOW)

    def run(*words: str, web: Web | None = None) -> tuple[int, str]:
        if web is not None:
            monkeypatch.setattr("bot.commands.feeds._fetcher", lambda _: Opened(web))
        parser = argparse.ArgumentParser()
        add_feeds_command(parser.add_subparsers(), argparse.ArgumentParser(add_help=False), services_of)
        arguments = parser.parse_args(["feeds", *words])
        status = arguments.command(arguments)
        return status, capsys.readouterr().out

    return run


class Opened:
    def __init__(self, web: Web) -> None:
        self.web = web

    async def __aenter__(self) -> Web:
        return self.web

    async def __aexit__(self, *_: object) -> None:
        pass


class TestAdd:
    def test_it_shows_what_the_feed_would_bring_and_writes_it(self, run, config):
        status, out = run("add", "https://quay.example/feed", web=Web(feed=RSS))
        assert status == 0
        assert out.splitlines()[:2] == [
            "Quay Lab: https://quay.example/feed (rss), 1 entry",
            "  2026-06-10  A note on audits",
        ]
        text = config.read_text()
        added = '\n[[feeds]]\nname = "Quay Lab"\nurl = "https://quay.example/feed"\n'
        assert text == SETTINGS.replace("# for now\n", f"# for now\n{added}")

    def test_a_dry_run_writes_nothing_and_json_says_it_all(self, run, config):
        status, out = run("add", "https://quay.example/feed", "--dry-run", "--json", web=Web(feed=RSS))
        told = json.loads(out)
        assert (status, told["added"], told["entries_total"]) == (0, False, 1)
        assert told["feed"] == {
            "name": "Quay Lab",
            "url": "https://quay.example/feed",
            "kind": "rss",
            "enabled": True,
        }
        assert config.read_text() == SETTINGS

    def test_a_name_of_the_catalogue_is_enough(self, run, config):
        web = Web()
        web.gives("https://rss.arxiv.org/rss/cs.CR", LISTING)
        assert run("add", "arxiv cs.cr", web=web)[0] == 0
        assert tomllib.loads(config.read_text())["feeds"][-1] == {
            "name": "arXiv cs.CR",
            "url": "https://rss.arxiv.org/rss/cs.CR",
            "kind": "arxiv",
        }

    def test_one_without_a_feed_says_how_to_get_one(self, run):
        with pytest.raises(SettingsError, match="PubMed search: has no feed of its own. Search at"):
            run("add", "PubMed search", web=Web())

    def test_the_same_feed_is_not_added_twice_and_names_stay_unique(self, run, config):
        web = Web(feed=RSS, other=RSS)
        run("add", "https://quay.example/feed", web=web)
        with pytest.raises(SettingsError, match="is there already, as 'Quay Lab'"):
            run("add", "https://quay.example/feed", web=web)
        run("add", "https://quay.example/other", web=web)
        assert tomllib.loads(config.read_text())["feeds"][-1]["name"] == "Quay Lab (2)"
        with pytest.raises(SettingsError, match="there is a feed named 'One'"):
            run("add", "https://quay.example/third", "--name", "One", web=Web(third=RSS))

    def test_a_title_cannot_break_out_of_the_settings(self, run, config):
        title = 'x" \nenabled = false\n[network] \\u0041 ]]'
        web = Web(feed=RSS.replace(b"Quay Lab", title.encode()))
        run("add", "https://quay.example/feed", web=web)
        values = tomllib.loads(config.read_text())
        assert values["feeds"][-1]["name"] == 'x" enabled = false [network] \\u0041 ]]'
        assert values["network"] == {"allow_private_hosts": ["127.0.0.1"]}

    def test_private_addresses_are_refused_before_anything_is_asked(self, run, config):
        for address in ("http://10.0.0.1/feed", "http://[::1]/feed", "http://169.254.169.254/latest"):
            with pytest.raises(AddressRefused):
                run("add", address)
        assert config.read_text() == SETTINGS

    def test_the_shipped_settings_are_copied_and_not_changed(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert feeds_file.target_of(feeds_file.DEFAULT_CONFIG).resolve() == tmp_path / "brief.toml"


class TestRemove:
    def test_the_table_goes_and_the_comments_stay(self, run, config):
        assert run("remove", "Two")[0] == 0
        table = '[[feeds]]\nname = "Two"\nurl = "https://two.example/feed"\nenabled = false   # for now\n\n'
        assert table in SETTINGS
        assert config.read_text() == SETTINGS.replace(table, "")

    def test_what_was_added_can_be_removed_again(self, run, config):
        run("add", "https://quay.example/feed", web=Web(feed=RSS))
        run("remove", "Quay Lab")
        assert config.read_text().replace("\n\n\n", "\n\n") == SETTINGS

    def test_a_feed_that_a_profile_names_stays(self, run, config):
        with pytest.raises(SettingsError, match=r"profiles.team.feeds names 'One'"):
            run("remove", "One")
        with pytest.raises(SettingsError, match="there is no feed named 'not a feed'"):
            run("remove", "not a feed")
        assert config.read_text() == SETTINGS

    def test_settings_in_another_form_are_left_to_their_owner(self, run, config):
        text = (
            'feeds = [{name = "A", url = "https://a.example/"}, {name = "B", url = "https://b.example/"}]\n'
            '[profiles.team]\ntitle = "T"\ntopic = "prompt injection"\n'
        )
        config.write_text(text)
        with pytest.raises(SettingsError, match="by hand"):
            run("remove", "A")
        with pytest.raises(SettingsError, match="by hand"):
            run("add", "https://quay.example/feed", web=Web(feed=RSS))
        assert config.read_text() == text

    def test_nothing_is_left_behind_beside_the_file(self, run, config):
        config.chmod(0o600)
        run("remove", "Two")
        assert [path.name for path in config.parent.iterdir() if path.is_file()] == ["brief.toml"]
        assert config.stat().st_mode & 0o777 == 0o600


class TestListsAndCatalogue:
    def test_the_list_has_the_health_of_each(self, run):
        _, out = run("list")
        assert out.splitlines() == [
            *("One (rss): unread", "  https://one.example/feed", "  not read yet"),
            *("Two (rss): off", "  https://two.example/feed"),
        ]
        rows = json.loads(run("list", "--json")[1])
        assert [(row["name"], row["url"], row["state"]) for row in rows] == [
            ("One", "https://one.example/feed", "unread"),
            ("Two", "https://two.example/feed", "off"),
        ]

    def test_what_is_exported_can_be_imported_elsewhere(self, run, config, tmp_path):
        run("export", "--output", str(tmp_path / "feeds.opml"))
        config.write_text(SETTINGS.replace("two.example", "other.example"))
        _, out = run("import", str(tmp_path / "feeds.opml"))
        assert out.splitlines() == [
            "+ Two (2): https://two.example/feed",
            f"1 feeds new (added to {config}), 1 known already, 0 refused",
        ]
        last = tomllib.loads(config.read_text())["feeds"][-1]
        assert last == {"name": "Two (2)", "url": "https://two.example/feed", "enabled": False}

    def test_private_addresses_of_a_list_are_left_out(self, run, config, tmp_path):
        file = tmp_path / "bad.opml"
        file.write_text(
            '<opml version="2.0"><body><outline text="x" xmlUrl="http://10.1.2.3/f"/></body></opml>'
        )
        _, out = run("import", str(file))
        assert "- x: the address is private or reserved" in out
        assert config.read_text() == SETTINGS

    def test_the_catalogue_is_by_field(self, run):
        _, out = run("catalogue", "security")
        assert out.splitlines()[:2] == ["Security", "  arXiv cs.CR: Cryptography and security."]
        with pytest.raises(SettingsError, match="fields: artificial intelligence"):
            run("catalogue", "astrology")

    def test_every_row_of_the_catalogue_could_be_added(self):
        rows = catalogue()
        assert len({row["name"].lower() for row in rows}) == len(rows) >= 30
        for row in rows:
            assert row["field"]
            assert row["about"].endswith(".")
            if "url" in row:
                assert row["url"].startswith("https://")
                assert Feed(name=row["name"], url=row["url"], kind=row["kind"])
                assert row["known"] in ("publisher", "lists")
            else:
                assert row["how"].endswith(".")
