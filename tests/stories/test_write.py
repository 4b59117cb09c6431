"""`brief write`: the brief in each of its forms, checked against what is stored and against its own receipt."""

import html.parser
import json
import re
from datetime import date, timedelta

import pytest

from bot.workspace import check_message
from pipeline.store import Store

KINDS = ["overview", "top_papers", "trends", "mentions", "missing", "recommendations", "outlook"]
FIELDS = {
    "brief": "id title profile window generated_at sections references receipt decisions",
    "section": "kind heading items",
    "item": "title claims",
    "claim": "text citations asserts counts anchors",
    "anchor": "article_id n field start end quote",
    "reference": "n article_id title authors source kind version submitted revised announced url other_urls",
    "receipt": "entries_seen works duplicates_merged considered cited per_feed claims anchored repaired removed "
    "covered_days writer tokens_in tokens_out cost_usd seconds prompts",
    "feed": "name entries works considered cited status",
    "decision": "article_id decision score reason",
}
WEEK = ("--week-ending", "2026-06-14")
MARKS = re.compile(r"\[(\d+(?:, \d+)*)\]")


def fields(name):
    return set(FIELDS[name].split())


def has(value, name):
    """The contract's fields are all there; more may be."""
    assert fields(name) <= set(value), fields(name) - set(value)
    return value


def claims_of(brief):
    return [c for s in brief["sections"] for item in s["items"] for c in item["claims"]]


@pytest.fixture(scope="session")
def as_json(filled, tmp_path_factory):
    """The brief of the week as JSON text."""
    done = filled.copied(tmp_path_factory.mktemp("written")).write("--format", "json", *WEEK)
    assert (done.status, done.err) == (0, "")
    return done.out


@pytest.fixture
def written(as_json):
    """The brief of the week."""
    return json.loads(as_json)


# JSON


def test_every_promised_field_is_there_with_its_kind_of_value(written):
    brief = has(written, "brief")
    assert (brief["profile"], brief["window"]) == ("team", {"since": "2026-06-08", "until": "2026-06-14"})
    assert brief["generated_at"] == "2026-06-14T18:00:00Z"
    assert [has(s, "section")["kind"] for s in brief["sections"]] == KINDS
    items = [has(item, "item") for s in brief["sections"] for item in s["items"]]
    assert all(section["items"] for section in brief["sections"]), "no section is empty, a quiet one says so"
    claims = [has(claim, "claim") for item in items for claim in item["claims"]]
    assert all(
        isinstance(c["text"], str) and c["text"].strip() and isinstance(c["asserts"], bool) for c in claims
    )
    assert all(c["counts"] is None or isinstance(c["counts"], dict) for c in claims)
    assert all(
        has(a, "anchor")["field"] in ("title", "abstract", "fulltext") for c in claims for a in c["anchors"]
    )
    for reference in brief["references"]:
        assert has(reference, "reference")["kind"] in ("paper", "post")
        for day in ("submitted", "revised", "announced"):
            assert reference[day] is None or date.fromisoformat(reference[day])
    receipt = has(brief["receipt"], "receipt")
    assert all(has(feed, "feed")["status"] for feed in receipt["per_feed"])
    assert receipt["writer"] == "extractive"
    assert (receipt["tokens_in"], receipt["tokens_out"], receipt["cost_usd"]) == (0, 0, None)
    kinds = {has(d, "decision")["decision"] for d in brief["decisions"]}
    assert kinds <= {"top", "cited", "considered", "rejected"}
    assert all(d["reason"].strip() for d in brief["decisions"])


def test_every_anchor_quotes_the_stored_text_byte_for_byte(week, written):
    anchors = [a for claim in claims_of(written) for a in claim["anchors"]]
    assert len(anchors) > 10
    store = Store.open(week.home / "brief.db")
    try:
        for anchor in anchors:
            stored = store.article(anchor["article_id"]).text_of(anchor["field"])
            assert anchor["quote"] == stored[anchor["start"] : anchor["end"]]
            assert anchor["quote"].strip()
    finally:
        store.close()


def test_a_claim_that_asserts_is_cited_and_anchored_in_what_it_cites(written):
    number_of = {r["article_id"]: r["n"] for r in written["references"]}
    asserting = [c for c in claims_of(written) if c["asserts"]]
    assert asserting
    for claim in asserting:
        assert claim["citations"]
        assert {a["n"] for a in claim["anchors"]} == set(claim["citations"])
    for anchor in (a for c in claims_of(written) for a in c["anchors"]):
        assert anchor["n"] == number_of[anchor["article_id"]]


def test_references_are_numbered_by_first_citation_and_each_work_stands_once(written):
    marks, cited = [], []
    for claim in claims_of(written):
        shown = [int(n) for found in MARKS.findall(claim["text"]) for n in found.split(", ")]
        assert shown == claim["citations"], claim["text"]
        marks += shown
        cited += claim["citations"]
    first_uses = list(dict.fromkeys(cited))
    assert first_uses == [r["n"] for r in written["references"]] == list(range(1, len(first_uses) + 1))
    assert len({r["article_id"] for r in written["references"]}) == len(first_uses)
    assert len({r["title"] for r in written["references"]}) == len(first_uses)


def test_the_receipt_adds_up(week, written):
    receipt = written["receipt"]
    assert receipt["entries_seen"] == receipt["works"] + receipt["duplicates_merged"]
    assert receipt["cited"] <= receipt["considered"] <= receipt["new_works"] <= receipt["works"]
    assert receipt["new_works"] == written["sections"][0]["items"][0]["claims"][0]["counts"]["works"]
    assert sum(feed["entries"] for feed in receipt["per_feed"]) == receipt["entries_seen"]
    assert receipt["works"] == len(written["decisions"]) == 11
    assert receipt["duplicates_merged"] == 4, "two cross-lists, a second version, a post in two feeds"
    assert receipt["cited"] == len(written["references"])
    asserting = [c for c in claims_of(written) if c["asserts"]]
    assert receipt["claims"] == receipt["anchored"] == len(asserting)
    assert receipt["covered_days"] == ["2026-06-08", "2026-06-09", "2026-06-10"]
    for feed in receipt["per_feed"]:
        assert feed["cited"] <= feed["works"] <= feed["entries"]
        assert feed["considered"] <= feed["works"]
        assert feed["status"] == "ok"
    shown = {d["article_id"] for d in written["decisions"] if d["decision"] in ("top", "cited")}
    assert shown <= {r["article_id"] for r in written["references"]}
    assert [d["decision"] for d in written["decisions"]].count("top") == 3, "top_papers of the profile"


def test_what_is_off_topic_is_not_cited(written):
    titles = {r["title"] for r in written["references"]}
    assert not titles & {"Folding Proteins in Cold Water", "Our New Cafeteria Opens"}
    assert {"Sandbar: Prompt Injection Defence by Separate Channels"} <= titles


def test_a_revised_work_is_cited_in_its_new_version(written):
    (tidepool,) = [r for r in written["references"] if r["article_id"] == "arxiv:2606.90012"]
    assert (tidepool["version"], tidepool["announced"], tidepool["revised"]) == (
        "v2",
        "2026-06-08",
        "2026-06-10",
    )


# Markdown


def test_markdown_has_the_seven_sections_then_the_receipt_and_the_references(week):
    done = week.write(*WEEK)
    assert (done.status, done.err) == (0, "")
    assert done.lines[0] == "# Team Reading - Weekly Brief: June 8 - June 14, 2026"
    assert [line for line in done.lines if line.startswith("## ")] == [
        "## Top Papers of the Week",
        "## Emerging Trends",
        "## Notable Mentions",
        "## What's Missing",
        "## Weekly Recommendations",
        "## Looking Ahead",
        "## References",
    ]
    overview = done.out.split("## Top Papers")[0].split("\n", 1)[1]
    assert len(overview.split()) > 30
    body, references = done.out.split("## References")
    assert "Coverage period: June 8 - June 14, 2026" in body
    numbers = [int(n) for n in re.findall(r"^\[(\d+)\] ", references, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    cited = {int(n) for found in MARKS.findall(body) for n in found.split(", ")}
    assert cited == set(numbers)
    assert "[Online]. Available: https://arxiv.org/abs/2606.90011" in references
    assert "Dee Fable et al." in references
    assert done.out.endswith("\n")


# Slack


def test_slack_messages_are_within_slacks_limits_and_linked(week):
    done = week.write("--format", "slack", *WEEK)
    assert done.status == 0
    messages = done.json
    assert len(messages) >= 8, "a parent, seven sections"
    for message in messages:
        assert set(message) >= {"text", "blocks"}
        assert check_message({"channel": "C1", **message}) is None
        assert message["text"].strip()
        assert len(json.dumps(message["blocks"], ensure_ascii=False)) < 13_000
    parent = json.dumps(messages[0]["blocks"])
    assert re.search("Team Reading .{1,6} Weekly Brief", parent)
    assert "new works" in parent
    assert "<https://arxiv.org/abs/2606.90011|" in done.out.replace("\\u003c", "<")


# HTML


class Page(html.parser.HTMLParser):
    """What a page holds: its tags, ids and addresses, and the text that a reader sees."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.addresses, self.loaded, self.text = [], set(), [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.ids.add(named.get("id"))
        if "href" in named:
            (self.addresses if tag == "a" else self.loaded).append(named["href"])
        self.loaded += [named[name] for name in ("src", "srcset", "data", "action") if name in named]
        assert not any(name.startswith("on") for name in named), "no code in the page"

    def handle_data(self, data):
        self.text += data


def test_html_is_one_page_that_loads_nothing_and_whose_links_lead_somewhere(week):
    done = week.write("--format", "html", *WEEK)
    assert done.status == 0
    page = Page(done.out)
    assert done.out.startswith("<!doctype html>")
    assert not {"script", "iframe", "object", "embed", "img", "link", "form"} & set(page.tags)
    assert page.loaded == []
    assert "url(" not in done.out
    assert "@import" not in done.out
    inside = {address[1:] for address in page.addresses if address.startswith("#")}
    assert inside
    assert inside <= page.ids
    outside = [address for address in page.addresses if not address.startswith("#")]
    assert all(address.startswith("https://") for address in outside)
    assert page.tags.count("h2") == 7
    assert "Sandbar: Prompt Injection Defence" in page.text


def test_the_chart_is_a_picture_in_a_file(week, tmp_path):
    picture = tmp_path / "themes.png"
    done = week.write("--format", "chart", "--output", picture, *WEEK)
    assert done.status == 0
    assert done.out == ""
    assert picture.read_bytes().startswith(b"\x89PNG\r\n")


# BibTeX


def test_bibtex_has_an_entry_for_each_reference(week, written):
    done = week.write("--format", "bibtex", *WEEK)
    assert done.status == 0
    entries = re.findall(r"@misc\{([A-Za-z0-9-]+),\n((?:  \w+ = \{.*\},\n)+)\}\n", done.out)
    assert len(entries) == done.out.count("@") == len(written["references"])
    assert len({key for key, _ in entries}) == len(entries)
    assert done.out.count("{") == done.out.count("}")
    for (_, body), reference in zip(entries, written["references"], strict=True):
        assert f"title = {{{{{reference['title']}}}}}" in body
        assert f"author = {{{' and '.join(reference['authors'])}}}" in body
        assert f"url = {{{reference['url']}}}" in body
        assert "year = {2026}" in body
    assert "eprint = {2606.90011}" in done.out


# Which days


def test_by_default_the_seven_days_up_to_now_are_covered(week):
    done = week.write("--format", "json", "--as-of", "2026-06-10T05:00:00+14:00")
    assert done.json["window"] == {"since": "2026-06-03", "until": "2026-06-09"}, "the UTC day counts"
    assert done.json["generated_at"] == "2026-06-09T15:00:00Z"


def test_both_ends_of_a_window_are_included(week):
    done = week.write("--format", "json", "--since", "2026-06-09", "--until", "2026-06-10")
    assert done.json["window"] == {"since": "2026-06-09", "until": "2026-06-10"}
    assert done.json["receipt"]["covered_days"] == ["2026-06-09", "2026-06-10"]
    one = week.write("--format", "json", "--since", "2026-06-08", "--until", "2026-06-08")
    assert one.json["receipt"]["covered_days"] == ["2026-06-08"]
    assert one.json["receipt"]["works"] == 3


def test_a_week_ending_is_the_seven_days_up_to_it(week, as_json):
    assert week.write("--format", "json", "--since", "2026-06-08", "--until", "2026-06-14").out == as_json


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "2026-06-08"), "--since, --until: give both"),
        (("--until", "2026-06-08"), "--since, --until: give both"),
        (("--since", "2026-06-09", "--until", "2026-06-08"), "2026-06-09 is after --until 2026-06-08"),
        (("--week-ending", "2026-06-14", "--since", "2026-06-08"), "--week-ending: give either"),
        (("--since", "June", "--until", "2026-06-08"), "'June' is not a day such as"),
        (("--week-ending", "2026-02-30"), "'2026-02-30' is not a day such as"),
        (("--week-ending", "0001-01-03"), "--week-ending: the year must be from 1990"),
        (("--week-ending", "2026-06-14", "--as-of", "9999-12-31T23:00-05:00"), "--as-of: the year must be"),
        (("--since", "2020-01-01", "--until", "2026-12-31"), "--until: a brief covers at most 366 days"),
        (("--format", "pdf"), "--format"),
        (("--profile", "tame"), "there is no profile named 'tame' (known: team)"),
    ],
)
def test_days_and_forms_that_make_no_sense_are_named(week, options, said):
    done = week.write(*options)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert done.err.strip().splitlines()[-1].startswith("brief")
    assert week.run("status", "--json").json["briefs"] == [], "nothing was stored"


# Files


def test_output_goes_to_a_file_when_one_is_named(week, tmp_path, as_json):
    done = week.write("--format", "json", *WEEK, "--output", tmp_path / "brief.json")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert (tmp_path / "brief.json").read_text(encoding="utf-8") == as_json


def test_a_file_that_cannot_be_written_is_named(week, tmp_path):
    done = week.write(*WEEK, "--output", tmp_path / "nowhere" / "brief.md")
    assert (done.status, done.out) == (2, "")
    assert f"--output: {tmp_path}/nowhere/brief.md cannot be written" in done.err


def test_a_brief_that_was_written_is_stored_once(week, written):
    for form in ("markdown", "html"):
        week.write("--format", form, *WEEK)
    listed = week.run("status", "--json").json["briefs"]
    assert [b["id"] for b in listed] == [written["id"]]


# The same input, the same brief


def test_two_fresh_homes_give_byte_identical_briefs(week, five_days, tmp_path):
    five_days(tmp_path / "second", week.config, week.host)
    for form in ("markdown", "json"):
        first = week.write("--format", form, *WEEK)
        second = type(week)(tmp_path / "second", week.config, week.host).write("--format", form, *WEEK)
        assert first.out == second.out, form
        assert first.status == second.status == 0


def test_writing_again_in_the_same_home_gives_the_same_bytes(week, as_json):
    week.write(*WEEK)
    assert week.write("--format", "json", *WEEK).out == as_json


def test_the_seed_of_pythons_hashes_leaves_no_trace(week, shell, as_json):
    call = ("write", "--format", "json", *WEEK, "--as-of", "2026-06-14T18:00:00Z", *week.options)
    done = shell(*call, PYTHONHASHSEED="1")  # the seed of this process is another one
    assert (done.status, done.err) == (0, "")
    assert done.out == as_json


def test_the_order_of_the_feeds_changes_nothing_in_the_brief(turned, as_json):
    first, second = json.loads(as_json), turned.write("--format", "json", *WEEK).json
    feeds = [{f["name"]: f for f in b["receipt"].pop("per_feed")} for b in (first, second)]
    assert feeds[0] == feeds[1]
    assert first == second


# Quiet weeks


def test_a_week_without_articles_is_a_quiet_one_and_says_so(week):
    quiet = ("--week-ending", "2026-05-03")
    done = week.write("--format", "json", *quiet)
    assert (done.status, done.err) == (0, "")
    brief = done.json
    assert [s["kind"] for s in brief["sections"]] == KINDS
    assert "quiet week" in claims_of(brief)[0]["text"].lower()
    assert not any(c["asserts"] for c in claims_of(brief))
    assert (brief["references"], brief["receipt"]["works"], brief["receipt"]["covered_days"]) == ([], 0, [])
    for form in ("markdown", "slack", "html", "bibtex"):
        assert week.write("--format", form, *quiet).status == 0
    assert "A quiet week" in week.write(*quiet).out


def test_a_home_in_which_nothing_was_read_gives_a_quiet_week_too(brief, config, tmp_path):
    done = brief("write", "--format", "json", "--home", tmp_path / "fresh", "--config", config())
    assert (done.status, done.err) == (0, "")
    assert {f["status"] for f in done.json["receipt"]["per_feed"]} == {"not read yet"}
    until = date.fromisoformat(done.json["window"]["until"])
    assert date.fromisoformat(done.json["window"]["since"]) == until - timedelta(days=6)


def test_a_dead_feed_is_named_in_the_brief(week):
    week.host.serve("forum", "down for repairs", status=500)
    week.run("ingest", "--as-of", "2026-06-11T14:00:00Z")
    done = week.write("--format", "json", *WEEK)
    assert done.status == 0
    (forum,) = [f for f in done.json["receipt"]["per_feed"] if f["name"] == "Reef Forum"]
    assert forum["status"] == "failed: the host answered 500 (internal server error)"
    assert "Reef Forum" in claims_of(done.json)[0]["text"] + " ".join(
        c["text"] for c in claims_of(done.json) if c["counts"] and "failed" in c["counts"]
    )
    assert forum["works"] == 2, "what it gave before is not lost"
