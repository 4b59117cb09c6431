"""The pages of posts are read where robots.txt allows it; feeds and arXiv's own hosts are not asked."""

import pytest

from pipeline.errors import AddressRefused, FeedUnavailable
from pipeline.fetch import Fetched, Validators, user_agent
from pipeline.fulltext.document import NotReadable
from pipeline.fulltext.reading import FullTextReader, Place, _Shut
from pipeline.fulltext.robots import CLOSED_KEPT, FORBIDDEN, KEPT, PRODUCT, UNKNOWN, Robots

PAGE = "https://quay.example/posts/kelp"


class Host:
    """Answers with this robots.txt, or an error, and any page; notes what it was asked."""

    def __init__(self, robots, leads_to=None):
        self.robots, self.leads_to, self.asked = robots, leads_to, []

    async def get(self, url, *, expect):
        self.asked.append(url)
        told = self.robots.get(url) if isinstance(self.robots, dict) else self.robots
        if url.endswith("/robots.txt"):
            if isinstance(told, Exception):
                raise told
            return Fetched("ok", told.encode(), "text/plain", url, Validators(), None)
        return Fetched("ok", b"a page", "text/html", self.leads_to or url, Validators(), None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("User-agent: *\nDisallow: /posts/", FORBIDDEN),
        ("User-agent: *\nDisallow: /admin/", None),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Research-Brief\nAllow: /posts/", None),
        ("User-agent: research-brief\nDisallow: /", FORBIDDEN),
        ("User-agent: *\nDisallow: /posts/\nAllow: /posts/k*p$", None),
        ("", None),
        ("<html>not what was asked for</html>", None),
    ],
)
async def test_the_rules_are_followed(text, reason):
    assert await Robots().refusal(Host(text), PAGE) == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FeedUnavailable("not found", status=404), None),
        (FeedUnavailable("forbidden", status=403), None),
        (FeedUnavailable("slow down", status=429), UNKNOWN),
        (FeedUnavailable("broken", status=503), UNKNOWN),
        (FeedUnavailable("no answer"), UNKNOWN),
        (AddressRefused("private"), UNKNOWN),
    ],
)
async def test_a_missing_file_allows_and_a_host_that_fails_does_not(error, reason):
    assert await Robots().refusal(Host(error), PAGE) == reason


@pytest.mark.parametrize(
    ("answer", "kept"), [("User-agent: *\nDisallow: /", KEPT), (FeedUnavailable("down"), CLOSED_KEPT)]
)
async def test_what_a_host_said_is_remembered_for_its_time(answer, kept):
    now = [100.0]
    robots, host = Robots(lambda: now[0]), Host(answer)
    for later in (0, 1, kept - 2):
        now[0] = 100.0 + later
        await robots.refusal(host, PAGE)
    assert host.asked == ["https://quay.example/robots.txt"]
    now[0] = 101.0 + kept
    await robots.refusal(host, f"{PAGE}/2")
    assert len(host.asked) == 2


async def test_a_page_that_is_not_to_be_read_is_not_asked_for():
    reader = FullTextReader(lambda: None, None, lambda *_: [])
    host = Host("User-agent: *\nDisallow: /")
    with pytest.raises(NotReadable, match=r"robots\.txt"):
        await reader._fetched(host, Place("page", PAGE))
    assert host.asked == ["https://quay.example/robots.txt"]
    with pytest.raises(_Shut):
        await reader._fetched(Host(FeedUnavailable("down")), Place("page", "https://other.example/x"))


async def test_where_a_page_leads_is_asked_as_well():
    reader = FullTextReader(lambda: None, None, lambda *_: [])
    elsewhere = "https://closed.example/kelp"
    told = {
        "https://quay.example/robots.txt": "",
        "https://closed.example/robots.txt": "User-agent: *\nDisallow: /",
    }
    with pytest.raises(NotReadable):
        await reader._fetched(Host(told, leads_to=elsewhere), Place("page", PAGE))


async def test_papers_are_read_within_the_terms_of_their_host():
    reader = FullTextReader(lambda: None, None, lambda *_: [])
    host = Host("User-agent: *\nDisallow: /")
    await reader._fetched(host, Place("html", "https://export.arxiv.org/html/2606.90001v1"))
    assert host.asked == ["https://export.arxiv.org/html/2606.90001v1"]


def test_the_product_is_what_the_user_agent_begins_with():
    assert user_agent("").startswith(f"{PRODUCT}/")
