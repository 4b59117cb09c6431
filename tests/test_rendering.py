"""A brief as Markdown, a page, a picture and lists of references, over a brief whose texts mean trouble."""

import io
import itertools
import json
import re
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
import rispy
from PIL import Image
from pybtex.database import parse_string

from pipeline.models import Anchor, Brief, Claim, FeedCount, Item, Receipt, Reference, Section, Window
from pipeline.rendering import bibtex, chart_png, chart_text, csl_json, markdown, receipt_lines, ris, to_html
from pipeline.rendering.chart import DAY, WIDTH, _days

QUOTE = 'We "find" <b>leaks</b> & more.'
TITLES = (
    "Quill: 50% Fewer {Leaks} & $\\alpha$-Bounds_of \\textbf{Agents}",
    "<script>alert(1)</script> in Feeds",
)


def reference(n: int, title: str, kind: str, **changes: Any) -> Reference:
    given = {
        "n": n, "article_id": f"arxiv:2603.0000{n}" if kind == "paper" else "post:ab12", "title": title,
        "authors": ("Wilhelmina Osei", "Groupe Étude and Sons"), "source": "arXiv cs.CR", "kind": kind,
        "version": "v2" if kind == "paper" else None, "submitted": date(2026, 2, 27),
        "announced": date(2026, 3, 2), "url": f"https://example.org/{n}?a=1&b=<2>",
    }  # fmt: skip
    return Reference(**(given | changes))


def trend(name: str, past: list[int], works: int) -> Item:
    counts = {"works": works, "on_topic": 9, "past": past, "past_on_topic": [9] * len(past)}
    return Item(
        title=name, claims=(Claim(text="2 works this week [1, 2].", citations=(1, 2), counts=counts),)
    )


def make(past: tuple[int, ...] = (4, 3), **receipt: Any) -> Brief:
    anchor = Anchor(
        article_id="arxiv:2603.00001", n=1, field="abstract", start=0, end=len(QUOTE), quote=QUOTE
    )
    told = Claim(text="The authors find leaks [1].", citations=(1,), asserts=True, anchors=(anchor,))
    why = Claim(text="Why it matters: agents leak [1].", citations=(1,), asserts=True, anchors=(anchor,))
    none = Claim(text="None of the works on topic advises its readers in its abstract.")
    items = {
        "overview": (Item(claims=(Claim(text="Two <works> & more."),)),),
        "top_papers": (Item(title=TITLES[0], claims=(told, why)),),
        "trends": (trend("Leaks in agents", list(past), 6), trend("A name that is very long", list(past), 2)),
        "mentions": (Item(title=TITLES[1], claims=(Claim(text="It runs [2].", citations=(2,)),)),),
        "missing": (Item(claims=(Claim(text="Nothing new on AI control."),)),),
        "recommendations": (Item(claims=(none,)),),
        "outlook": (Item(claims=(told,)),),
    }  # fmt: skip
    given = {
        "entries_seen": 50, "works": 41, "new_works": 39, "duplicates_merged": 9, "considered": 9, "cited": 2,
        "claims": 3, "anchored": 3, "covered_days": (date(2026, 3, 2), date(2026, 3, 3)), "seconds": 4.2,
        "per_feed": (
            FeedCount(name="arXiv cs.CR", entries=50, works=41, considered=9, cited=2, status="ok"),
            FeedCount(name="Gone", entries=0, works=0, considered=0, cited=0, status="failed: no answer"),
        ),
    }  # fmt: skip
    return Brief(
        id="b",
        title="Fernhill Reading - Weekly Brief: March 2 - March 8, 2026",
        profile="fernhill",
        window=Window(since=date(2026, 3, 2), until=date(2026, 3, 8)),
        generated_at=datetime(2026, 3, 8, 18, tzinfo=UTC),
        sections=tuple(Section(kind=k, heading=k.title(), items=i) for k, i in items.items()),  # type: ignore[arg-type]
        references=(reference(1, TITLES[0], "paper"), reference(2, TITLES[1], "post")),
        receipt=Receipt(**(given | receipt)),
    )


class Page(HTMLParser):
    """The tags of a page and its text, with every opened tag closed."""

    VOID = frozenset("meta br hr img rect".split())

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, name: str, attribute: str) -> list[str]:
        return [a[attribute] or "" for tag, a in self.tags if tag == name and attribute in a]


def test_the_days_above_nine_weeks_do_not_run_into_each_other() -> None:
    days = [label.x for label in _days(make(), 9) if label.middle]
    assert all(later - earlier >= 38 for earlier, later in itertools.pairwise(days))
    assert days[-1] + DAY / 2 <= WIDTH


def test_the_page_is_whole_and_needs_nothing_from_outside() -> None:
    page = Page(to_html(make()))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.tags}
    assert "@import" not in page.text
    assert "url(" not in page.text
    inner = [h[1:] for h in page.all("a", "href") if h.startswith("#")]
    assert set(inner) <= {a["id"] for _, a in page.tags if "id" in a}, "every inner link has its place"
    assert {h for h in page.all("a", "href") if not h.startswith("#")} == {
        "https://example.org/1?a=1&b=<2>",
        "https://example.org/2?a=1&b=<2>",
    }


def test_the_page_shows_titles_quotes_and_the_exact_name_of_the_brief() -> None:
    page = Page(to_html(make()))
    assert "Fernhill Reading - Weekly Brief: March 2 - March 8, 2026" in page.text
    assert "α-Bounds" in page.text
    assert "<script>alert(1)</script> in Feeds" in page.text
    assert page.text.count(QUOTE) == 1, "the source's words stand once below their reference"
    assert [a.get("role") for tag, a in page.tags if tag == "svg"] == ["img"]


def test_what_is_not_there_has_no_number() -> None:
    page, text = to_html(make()), markdown(make())
    assert "<ol><li>None" not in page
    assert "\nNone of the works on topic advises" in text
    assert "1.  " not in text


@pytest.mark.parametrize("past", [(), (4,), (4, 3), (4, 3, 0, 2)])
def test_the_picture_is_a_png_that_says_in_words_what_it_shows(past: tuple[int, ...]) -> None:
    brief = make(past)
    image = Image.open(io.BytesIO(chart_png(brief) or b""))
    image.load()
    assert image.width == 1296
    assert image.text["Description"] == chart_text(brief)  # type: ignore[attr-defined]
    assert f"Leaks in agents: {', '.join(map(str, [*reversed(past), 6]))};" in chart_text(brief)
    assert len(image.getcolors(1 << 20) or ()) > 3, "something is drawn"


def test_a_brief_without_themes_has_no_picture() -> None:
    brief = make().model_copy(update={"sections": ()})
    assert chart_png(brief) is None
    assert chart_text(brief) == ""
    assert "<svg" not in to_html(brief)


def test_the_largest_count_has_the_longest_bar() -> None:
    heights = [float(h) for h in re.findall(r'<rect [^>]*height="([\d.]+)"', to_html(make((4, 3))))]
    assert heights == sorted(heights[:3]) + sorted(heights[3:], key=heights[3:].index)
    assert heights[2] == max(heights), "six works are the most"


def test_bibtex_is_read_by_a_parser_of_its_own() -> None:
    entries = parse_string(bibtex(make()), "bibtex").entries
    assert list(entries) == ["arxiv-2603-00001", "post-ab12"]
    first = entries["arxiv-2603-00001"]
    assert first.fields["eprint"] == "2603.00001"
    assert first.fields["year"] == "2026"
    assert [str(p) for p in first.persons["author"]] == ["Osei, Wilhelmina", "{Groupe Étude and Sons}"]


def test_ris_is_read_by_a_parser_of_its_own() -> None:
    first, second = rispy.loads(ris(make()))
    assert first["title"] == TITLES[0]
    assert first["authors"] == ["Wilhelmina Osei", "Groupe Étude and Sons"]
    assert first["year"] == "2026"
    assert (first["type_of_reference"], second["type_of_reference"]) == ("GEN", "BLOG")
    assert second["urls"] == ["https://example.org/2?a=1&b=<2>"]


def test_csl_json_has_the_types_and_dates_that_its_schema_asks_for() -> None:
    first, second = json.loads(csl_json(make()))
    assert (first["type"], second["type"]) == ("article", "post-weblog")
    assert first["issued"] == {"date-parts": [[2026, 3, 2]]}
    assert all(set(author) <= {"family", "given", "literal"} for author in first["author"])


def test_the_receipt_names_every_number() -> None:
    text = "\n".join(receipt_lines(make()))
    assert (
        "Works reviewed: 41 from 50 feed entries (9 merged as the same work), of them 39 new and 2 older ones"
        in text
    )
    assert "9 on topic, 2 cited" in text
    assert "new works on 2 of 7 days (2 Mar, 3 Mar)" in text
    assert (
        "3 state a finding, all of them anchored in the source's own words; 0 repaired, 0 replaced, 0 removed"
        in text
    )
    assert "Feeds that failed: Gone" in text
    assert "no language model; 4 s; no cost" in text


def test_what_a_model_cost_stands_in_the_receipt() -> None:
    used = {"writer": "openai:x", "tokens_in": 12_345, "tokens_out": 678}
    assert "12,345 tokens in, 678 out, at a cost that is not known" in "\n".join(receipt_lines(make(**used)))
    assert "for $0.0123" in "\n".join(receipt_lines(make(**used, cost_usd=0.0123)))
