"""The sample feeds as the web shows them at a given instant, in the publishers' formats."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

from bot.sample.papers import PREFIX, paper_at
from bot.sample.works import Announcement, Edition, Post, listing, load_posts, load_works

CATEGORIES = ("cs.AI", "cs.CR", "cs.LG")
FORUM_PATH, DEAD_PATH = "/forum/feed.xml", "/dead.xml"
QUILLFEATHER_PATH, HARROW_PIKE_PATH = "/labs/quillfeather.xml", "/labs/harrow-pike.xml"
_FORUM_POSTS = 10
_EASTERN = "America/New_York"
_FORUM, _QUILLFEATHER, _HARROW_PIKE = (
    "https://forum.sample-alignment.example",
    "https://quillfeather.example",
    "https://harrow-pike.example",
)
_RSS, _ATOM = "application/rss+xml; charset=utf-8", "application/atom+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer of the sample web: HTTP status, body, content type and the time of its last change."""

    status: int
    body: bytes
    content_type: str
    last_modified: datetime


def feed_paths() -> tuple[str, ...]:
    """The paths of all sample feeds, the dead one included."""
    arxiv = tuple(f"/rss/{category}" for category in CATEGORIES)
    return (*arxiv, FORUM_PATH, QUILLFEATHER_PATH, HARROW_PIKE_PATH, DEAD_PATH)


def render(path: str, moment: datetime) -> Rendered | None:
    """What the sample web answers for a path at an instant, or None for a path it does not have.

    The same path and instant always give the same bytes, and nothing announced later is in them.
    """
    if moment.tzinfo is None:
        raise ValueError("The instant needs a time zone.")
    if path.startswith(PREFIX):
        found = paper_at(path)
        return Rendered(200, *found, _midnight(moment)) if found else None
    if path.removeprefix("/rss/") in CATEGORIES:
        return _arxiv(path.removeprefix("/rss/"), moment.astimezone(ZoneInfo(_EASTERN)).date())
    if path == DEAD_PATH:
        return Rendered(
            404, b"This feed has been retired (sample data).\n", "text/plain; charset=utf-8", moment
        )
    blog = {
        FORUM_PATH: ("forum", _forum, _RSS),
        QUILLFEATHER_PATH: ("quillfeather", _quillfeather, _RSS),
        HARROW_PIKE_PATH: ("harrow-pike", _harrow_pike, _ATOM),
    }.get(path)
    return _blog(*blog, moment) if blog else None


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


# -- arXiv: RSS 2.0, one announcement day, no items at weekends


def _arxiv(category: str, day: date) -> Rendered:
    midnight = datetime.combine(day, time(), ZoneInfo(_EASTERN))
    built = midnight.astimezone(UTC) + timedelta(seconds=2)
    stamp = format_datetime(midnight)
    link = f"http://rss.arxiv.example/rss/{category}"
    lines = [
        "<?xml version='1.0' encoding='UTF-8'?>",
        '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'version="2.0">',
        "  <channel>",
        f"    <title>{category} updates on arXiv.org (sample data)</title>",
        f"    <link>{link}</link>",
        f"    <description>Invented works in the format of {category} updates on arXiv.org.</description>",
        f'    <atom:link href="{link}" rel="self" type="application/rss+xml"/>',
        "    <docs>http://www.rssboard.org/rss-specification</docs>",
        "    <language>en-us</language>",
        f"    <lastBuildDate>{format_datetime(built)}</lastBuildDate>",
        f"    <pubDate>{stamp}</pubDate>",
        "    <skipDays>",
        "      <day>Sunday</day>",
        "      <day>Saturday</day>",
        "    </skipDays>",
    ]
    for item in listing(load_works(), day, category):
        lines += _arxiv_item(item, stamp)
    lines += ["  </channel>", "</rss>", ""]
    return Rendered(200, "\n".join(lines).encode(), _RSS, built)


def _arxiv_item(item: Announcement, stamp: str) -> list[str]:
    edition = item.edition
    return [
        "    <item>",
        f"      <title>{_text(edition.title)}</title>",
        f"      <link>https://arxiv.org/abs/{edition.id}</link>",
        f"      <description>{_text(_arxiv_description(item.type, edition))}</description>",
        f'      <guid isPermaLink="false">oai:arXiv.org:{edition.id}v{edition.version}</guid>',
        *(f"      <category>{category}</category>" for category in edition.categories),
        f"      <pubDate>{stamp}</pubDate>",
        f"      <arxiv:announce_type>{item.type}</arxiv:announce_type>",
        f"      <dc:creator>{_text(', '.join(edition.authors))}</dc:creator>",
        "    </item>",
    ]


def _arxiv_description(announce_type: str, edition: Edition) -> str:
    head = f"arXiv:{edition.id}v{edition.version} Announce Type: {announce_type} \n"
    return f"{head}Abstract: {edition.abstract}"


# -- blogs: everything published up to the instant, newest first


def _blog(
    feed: str, write: Callable[[list[Post], datetime], Iterable[str]], kind: str, moment: datetime
) -> Rendered:
    posts = [post for post in load_posts() if post.feed == feed and post.published <= moment]
    posts.reverse()
    changed = posts[0].published if posts else datetime(2026, 4, 1, tzinfo=UTC)
    built = moment if feed == "forum" else changed
    return Rendered(200, "".join(write(posts, built.astimezone(UTC))).encode(), kind, changed)


def _forum(posts: list[Post], built: datetime) -> Iterable[str]:
    """The forum software writes one line, the ten newest posts, and CDATA around every text."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel>'
        f"<title>{_cdata('Sample Alignment Forum (sample data)')}</title>"
        f"<description>{_cdata('Invented posts in the format of a research forum')}</description>"
        f"<link>{_FORUM}</link><generator>RSS for Node</generator>"
        f"<lastBuildDate>{_gmt(built)}</lastBuildDate>"
        f'<atom:link href="{_FORUM}/feed.xml?view=rss&amp;karmaThreshold=2" rel="self" '
        'type="application/rss+xml"/>'
    )
    for post in posts[:_FORUM_POSTS]:
        link = f"{_FORUM}/posts/{post.id}/{post.slug}"
        body = (
            f"Published on {_clock(post.published)}<br/><br/>{post.html}<br/><br/>"
            f'<a href="{link}#comments">Discuss</a>'
        )
        yield (
            f"<item><title>{_cdata(post.title)}</title><description>{_cdata(body)}</description>"
            f'<link>{link}</link><guid isPermaLink="false">{post.id}</guid>'
            f"<dc:creator>{_cdata(post.author)}</dc:creator>"
            f"<pubDate>{_gmt(post.published)}</pubDate></item>"
        )
    yield "</channel></rss>"


def _quillfeather(posts: list[Post], built: datetime) -> Iterable[str]:
    """A weblog's RSS 2.0, with the full text in content:encoded; titles keep the entities of the editor."""
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
        f"<title>Quillfeather Safety Lab (sample data)</title>\n<link>{_QUILLFEATHER}/blog</link>\n"
        "<description>News of an invented laboratory</description>\n"
        f"<lastBuildDate>{format_datetime(built)}</lastBuildDate>\n"
    )
    for post in posts:
        link = post.link or f"{_QUILLFEATHER}/blog/{post.slug}"
        yield (
            f"<item>\n<title>{_cdata(post.title)}</title>\n<link>{_text(link)}</link>\n"
            f'<guid isPermaLink="false">{_text(link)}</guid>\n'
            f"<dc:creator>{_cdata(post.author)}</dc:creator>\n"
        )
        if post.dated:
            yield f"<pubDate>{format_datetime(post.published.astimezone(UTC))}</pubDate>\n"
        yield f"<description>{_cdata(_first_paragraph(post.html))}</description>\n"
        yield f"<content:encoded>{_cdata(post.html)}</content:encoded>\n</item>\n"
    yield "</channel>\n</rss>\n"


def _harrow_pike(posts: list[Post], built: datetime) -> Iterable[str]:
    """A laboratory's Atom feed with escaped HTML content."""
    yield (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"  <title>Harrow &amp; Pike Research (sample data)</title>\n  <id>{_HARROW_PIKE}/</id>\n"
        f'  <link rel="alternate" href="{_HARROW_PIKE}/"/>\n'
        f'  <link rel="self" href="{_HARROW_PIKE}/atom.xml"/>\n  <updated>{built.isoformat()}</updated>\n'
    )
    for post in posts:
        link = post.link or f"{_HARROW_PIKE}/notes/{post.slug}"
        stamp = post.published.astimezone(UTC).isoformat()
        yield (
            f"  <entry>\n    <title>{_text(post.title)}</title>\n"
            f"    <id>tag:harrow-pike.example,2026:{post.id}</id>\n"
            f'    <link rel="alternate" type="text/html" href="{escape(link)}"/>\n'
            f"    <published>{stamp}</published>\n    <updated>{stamp}</updated>\n"
            f"    <author><name>{_text(post.author)}</name></author>\n"
            f'    <content type="html">{_text(post.html)}</content>\n  </entry>\n'
        )
    yield "</feed>\n"


def _text(text: str) -> str:
    return escape(text, quote=False)


def _cdata(text: str) -> str:
    return f"<![CDATA[{text}]]>"


def _first_paragraph(html: str) -> str:
    return html.partition("</p>")[0] + "</p>"


def _gmt(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _clock(moment: datetime) -> str:
    local = moment.astimezone(UTC)
    hour = (local.hour - 1) % 12 + 1
    return f"{local:%B} {local.day}, {local.year} {hour}:{local:%M %p} GMT"
