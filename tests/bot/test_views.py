import json
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.settings import Config
from bot.views import mrkdwn
from bot.views.answer import answer_message
from bot.views.brief import brief_messages
from bot.views.help import help_message
from bot.views.home import Seen, home_view
from bot.views.message import block_text, messages, section
from bot.views.status import status_message
from bot.workspace import check_message
from bot.workspace.limits import check_blocks
from pipeline.models import Anchor, Claim, Item, Nearest, Reference, Section, Table

NASTY = [
    "<!channel>",
    "<!subteam^S1|all>",
    "<@U0ADA>",
    "<#C1|general>",
    "<https://evil.example|arxiv.org>",
    "&lt;!here&gt;",
    "&amp;",
    "a & b < c > d",
    "javascript:alert(1)",
    "*bold* _it_ ~no~ `code`",
    "\u202e\u200bright to left",
    "line\nbreak\r\nand\u2028more",
    "\x00\x07",
    "[1]",
    "[2, 3]",
    "[99]",
    "\ud7ff\U000e0041tag",
    "x" * 400,
    ">quoted",
    "@channel",
]
words = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
texts = st.lists(words, max_size=12).map(" ".join)
long_texts = st.one_of(texts, texts.map(lambda text: (text + " ") * 40))
urls = st.sampled_from(
    [
        "https://arxiv.org/abs/2605.00001",
        "https://example.org/a|b?x=<1>&y=2",
        "http://example.org/" + "p" * 1500,
        "javascript:alert(1)",
        "https://ex ample.org/\u202e",
        "ftp://example.org",
        None,
    ]
)

LINK = re.compile(r"<(https?://[^<>|\s]+)\|([^<>\n]*)>")


def all_text(blocks):
    return [block_text(block) for block in blocks]


def scan(text, allowed):
    """Finds what Slack would give a meaning to: everything in angle brackets that is not an allowed link."""
    for target, _ in LINK.findall(text):
        assert mrkdwn.unescape(target) in allowed, target
    rest = LINK.sub("", text)
    rest = "\n".join(line.removeprefix(">") for line in rest.split("\n"))
    assert "<" not in rest
    assert ">" not in rest
    assert re.sub(r"&(amp|lt|gt);", "", rest).count("&") == 0
    hidden = {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs")}
    assert not hidden


def allowed_of(references):
    targets = {mrkdwn.address(reference.url) for reference in references}
    return {mrkdwn.unescape(target) for target in targets if target}


def seen(text):
    """What a person reads, without blanks, cut marks and the brackets around citations."""
    shown = mrkdwn.unescape(LINK.sub(lambda found: found[2], text))
    return re.sub(r"[\s…\[\],;•*∗]", "", shown)


@st.composite
def some_reference(draw, n):
    return Reference(
        n=n,
        article_id=f"post:{n}",
        title=draw(texts) or "t",
        authors=tuple(draw(st.lists(words, max_size=4))),
        source=draw(words),
        kind="post",
        url=draw(urls),
    )


@st.composite
def some_claim(draw):
    cited = draw(st.lists(st.integers(1, 3), max_size=3, unique=True))
    marks = "".join(f" [{n}]" for n in cited) if draw(st.booleans()) else f" [{', '.join(map(str, cited))}]"
    return Claim(
        text=draw(long_texts) + (marks if cited else ""), citations=tuple(cited), asserts=bool(cited)
    )


@st.composite
def some_section(draw, kind):
    items = st.builds(Item, title=st.none() | texts, claims=st.lists(some_claim(), max_size=4).map(tuple))
    return Section(kind=kind, heading=draw(words), items=tuple(draw(st.lists(items, max_size=6))))


@st.composite
def some_brief(draw, make_brief):
    kinds = ("overview", "top_papers", "trends", "recommendations")
    return make_brief(
        title=draw(texts),
        sections=tuple(draw(some_section(kind)) for kind in kinds),
        references=tuple(draw(some_reference(n)) for n in (1, 2, 3)),
    )


@given(text=long_texts)
def test_escaping_loses_nothing_but_invisible_characters_and_leaves_nothing_active(text):
    escaped = mrkdwn.escape(text)
    scan(escaped.replace("\n>", "\n&gt;"), set())
    assert mrkdwn.unescape(escaped) == mrkdwn.clean(text)


@pytest.mark.parametrize(
    ("url", "label", "made"),
    [
        ("https://a.org/x", "A & B", "<https://a.org/x|A &amp; B>"),
        ("https://a.org/?a=1&b=2|3", "x", "<https://a.org/?a=1&amp;b=2%7C3|x>"),
        ("https://a.org/", "two\nlines|<!here>", "<https://a.org/|two lines|&lt;!here&gt;>"),
        ("javascript:alert(1)", "click", "click"),
        ("//a.org", "x", "x"),
        (None, "<@U1>", "&lt;@U1&gt;"),
    ],
)
def test_links_are_made_for_web_addresses_only(url, label, made):
    assert mrkdwn.link(url, label) == made


@given(text=long_texts, limit=st.integers(40, 400))
def test_splitting_keeps_the_limit_and_every_word(text, limit):
    escaped = mrkdwn.escape(text)
    pieces = mrkdwn.split(escaped, limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert seen("".join(pieces)) == seen(escaped)
    for piece in pieces:
        scan(piece.replace("\n>", "\n&gt;"), set())


@given(data=st.data())
def test_a_long_sentence_is_never_cut_inside_a_link(data):
    urls = {n: f"https://arxiv.org/abs/{n}" for n in range(1, 30)}
    pieces = [f"{data.draw(st.text('abc é&<', max_size=30))} [{n}]" for n in urls]
    rendered = mrkdwn.cite(" ".join(pieces), urls)
    parts = mrkdwn.split(rendered, data.draw(st.integers(60, 300)))
    assert [t for part in parts for t, _ in LINK.findall(part)] == list(urls.values())
    for part in parts:
        scan(part, set(urls.values()))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_brief_fits_slacks_limits_and_does_nothing_but_link_to_its_references(data, make_brief):
    brief = data.draw(some_brief(make_brief))
    allowed = allowed_of(brief.references)
    parts = brief_messages(brief)
    for message in parts:
        payload = message.payload()
        assert check_message(payload) is None
        assert (payload["unfurl_links"], payload["unfurl_media"]) == (False, False)
        assert 1 <= len(message.blocks) <= 45
        assert sum(len(text) for text in all_text(message.blocks)) <= 10_000
        assert len(message.text) <= 1600
        scan(message.text, set())
        for block in message.blocks:
            text = block_text(block)
            if block["type"] == "header":
                assert not re.search(r"<[!@#]", text)
            else:
                assert len(text) <= 2800 or block["type"] == "context"
                scan(text, allowed)
    whole = "".join(text for message in parts[1:] for text in all_text(message.blocks))
    for part in brief.sections:
        for claim in (claim for item in part.items for claim in item.claims):
            assert seen(mrkdwn.escape(mrkdwn.one_line(claim.text))) in seen(whole)
    cited = [n for s in brief.sections for i in s.items for c in i.claims for n in c.citations]
    for reference in brief.references:
        target = mrkdwn.address(reference.url)
        if target:
            assert whole.count(f"<{target}|[{reference.n}]>") >= cited.count(reference.n)


def test_the_parent_says_what_the_week_was_about_in_a_few_lines(make_brief):
    parent = brief_messages(make_brief())[0]
    head, dateline, lead, papers, small, buttons = parent.blocks
    *named, menu = buttons["elements"]
    assert [b["text"]["text"] for b in named] == ["Ask", "Why these", "Give feedback"]
    assert [o["value"] for o in menu["options"]] == ["version", "paper", "forget"]
    assert head["text"] == {"type": "plain_text", "text": "Secure Reasoning – Weekly Brief", "emoji": False}
    assert block_text(dateline) == "May 11 – May 17, 2026 · 40 works reviewed · 12 on topic · 3 cited"
    assert block_text(lead) == "The feeds showed 40 new works."
    lines = block_text(papers).split("\n")
    assert lines[0] == (
        "• <https://arxiv.org/abs/2605.00001|Paper number 1> <https://arxiv.org/abs/2605.00001|[1]>"
    )
    assert len(lines) == 3
    print_lines = block_text(small).split("\n")
    assert print_lines[0] == "Not complete: Lab blog, did not answer"
    assert parent.text == "Secure Reasoning - Weekly Brief · Paper number 1; Paper number 2; Paper number 3"


def test_the_parent_names_the_days_once_and_repeats_only_the_overviews_first_lines(make_brief):
    claims = tuple(Claim(text=f"Sentence {n} {'word ' * 20}ends.") for n in range(9))
    overview = Section(kind="overview", heading="Overview", items=(Item(claims=claims),))
    brief = make_brief(title="Topic - Weekly Brief: May 11 - May 17, 2026", sections=(overview,))
    head, dateline, lead, _, _ = brief_messages(brief)[0].blocks
    assert block_text(head) == "Topic – Weekly Brief"
    assert block_text(dateline).startswith("May 11 – May 17, 2026 · ")
    assert block_text(lead).startswith("Sentence 0 ")
    assert len(block_text(lead)) <= 300
    assert block_text(lead).endswith("ends.")


def test_a_survey_gives_each_work_a_line_and_an_aside_begins_one(make_brief):
    trend = Item(title="Oversight", claims=(Claim(text="Two works [1, 2].", citations=(1, 2)),))
    trend = Item(
        title="Oversight",
        claims=(*trend.claims, *(Claim(text=f"Finds {n} [{n}].", citations=(n,)) for n in (1, 2))),
    )
    paper = Item(
        title="Paper number 3",
        claims=(
            Claim(text="It holds.", citations=(3,)),
            Claim(text="Why it matters: it does.", citations=(3,)),
        ),
    )
    sections = (
        Section(kind="trends", heading="Trends", items=(trend,)),
        Section(kind="top_papers", heading="Papers", items=(paper,)),
    )
    parts = brief_messages(make_brief(sections=sections))
    one, two, three = (f"<https://arxiv.org/abs/2605.0000{n}|[{n}]>" for n in (1, 2, 3))
    assert block_text(parts[1].blocks[1]) == (
        f"*Oversight*\nTwo works {one} {two}.\n• Finds 1 {one}.\n• Finds 2 {two}."
    )
    title = "*<https://arxiv.org/abs/2605.00003|Paper number 3>*"
    assert block_text(parts[2].blocks[1]) == (
        f"{title} {three}\nIt holds. {three}\n_Why it matters:_ it does. {three}"
    )


def test_only_the_references_are_folded_under_see_more(make_brief):
    *before, last = brief_messages(make_brief())
    sections = [b for message in before for b in message.blocks if b["type"] == "section"]
    assert all(block["expand"] is True for block in sections)
    assert [b["expand"] for b in last.blocks if b["type"] == "section"] == [False]


def test_the_thread_holds_every_section_then_references_and_receipt(make_brief):
    thread = brief_messages(make_brief())[1:]
    heads = [block_text(m.blocks[0]) for m in thread if m.blocks[0]["type"] == "header"]
    assert heads == [
        "Overview",
        "Top Papers of the Week",
        "Emerging Trends",
        "Notable Mentions",
        "What's Missing",
        "Weekly Recommendations",
        "Looking Ahead",
        "References",
    ]
    papers = block_text(thread[1].blocks[1])
    assert papers.startswith("*<https://arxiv.org/abs/2605.00001|Paper number 1>*")
    assert "The authors find thing 1 <https://arxiv.org/abs/2605.00001|[1]>." in papers
    (thumbs,) = thread[2].blocks[-1]["elements"]
    assert json.loads(thumbs["positive_button"]["value"]) == {"work": "arxiv:2605.00002", "good": True}
    trend = block_text(thread[4].blocks[1])
    assert trend.startswith("*Oversight*\nTwo works this week <https://arxiv.org/abs/2605.00001|[1]> ")
    assert block_text(thread[5].blocks[1]) == "Nothing to report."
    references = block_text(thread[-1].blocks[1]).split("\n")
    assert references[:2] == [
        "[1] <https://arxiv.org/abs/2605.00001|Paper number 1>",
        "Ada Moreno, Kofi Lindqvist · arXiv cs.AI · v1 · announced 2026-05-14",
    ]
    assert thread[-1].blocks[-1]["type"] == "context"


def test_long_sections_are_parted_between_items(make_brief):
    items = tuple(
        Item(title=f"Item {n}", claims=(Claim(text="word " * 150 + f"end{n}."),)) for n in range(30)
    )
    brief = make_brief(sections=(Section(kind="mentions", heading="Mentions", items=items),))
    parts = brief_messages(brief)[1:-1]
    assert len(parts) == 3
    texts = [text for message in parts for text in all_text(message.blocks) if text != "Mentions"]
    assert all(text.startswith("*Item ") and re.search(r"end\d+\.$", text) for text in texts)


def test_many_small_blocks_are_parted_below_slacks_number_of_blocks():
    parts = messages("t", (section(f"block {n}") for n in range(100)))
    assert [len(part.blocks) for part in parts] == [45, 45, 10]


def test_a_citation_without_a_mark_in_the_sentence_is_shown_behind_it(make_brief):
    claim = Claim(text="Both agree [1].", citations=(1, 2), asserts=True)
    brief = make_brief(sections=(Section(kind="outlook", heading="x", items=(Item(claims=(claim,)),)),))
    assert block_text(brief_messages(brief)[1].blocks[1]) == (
        "Both agree <https://arxiv.org/abs/2605.00001|[1]>. <https://arxiv.org/abs/2605.00002|[2]>"
    )


def test_a_number_in_brackets_that_is_no_citation_stays_text(make_brief):
    claim = Claim(text="The interval [1, 9] and year [2024] <!here> [3].", citations=(3,), asserts=True)
    brief = make_brief(sections=(Section(kind="outlook", heading="x", items=(Item(claims=(claim,)),)),))
    assert block_text(brief_messages(brief)[1].blocks[1]) == (
        "The interval [1, 9] and year [2024] &lt;!here&gt; <https://arxiv.org/abs/2605.00003|[3]>."
    )


def test_an_answer_shows_its_sentences_quotes_and_the_search(make_answer):
    message = answer_message(make_answer("q"))
    text, quote, small = all_text(message.blocks)
    assert text.startswith("It holds <https://arxiv.org/abs/2605.00001|[1]>.")
    assert quote == ">We find that thing 1 holds.\n><https://arxiv.org/abs/2605.00001|[1] Paper number 1>"
    assert small == "Searched 214 passages."


def test_an_answer_that_is_the_sources_own_sentence_is_shown_once_as_a_quotation(make_answer):
    title, quote = "“Paper number 1”", "We find that thing 1 holds"
    blocks = answer_message(make_answer("q", text=f"{title}: {quote} [1].")).blocks
    assert all_text(blocks)[0] == f">{quote}.\n><https://arxiv.org/abs/2605.00001|[1] Paper number 1>"
    assert len(blocks) == 2
    reported = "In “Paper number 1”, the authors find that thing 1 holds [1]."
    assert len(answer_message(make_answer("q", text=reported)).blocks) == 2


@pytest.mark.parametrize(
    "text",
    [
        "We find that thing 1 holds [1], but only once.",
        "We do not find that thing 1 holds [1].",
        "We find that thing 1.5 holds [1].",
        "It holds [1].",
        "Thing 1 [1].",
    ],
)
def test_an_answer_that_says_more_or_less_than_its_quotations_is_shown_above_them(make_answer, text):
    shown, quoted, _ = all_text(answer_message(make_answer("q", text=text)).blocks)
    assert mrkdwn.unescape(LINK.sub(lambda found: found[2], shown)) == text
    assert quoted.startswith(">We find that thing 1 holds.")


def test_sentences_of_one_work_are_one_quotation_that_names_it_once(make_answer):
    quotes = ["We find that thing 1 holds.", "We & they find more."]
    anchors = tuple(
        Anchor(article_id="a", n=1, field="abstract", start=n, end=n + 9, quote=quote)
        for n, quote in enumerate(quotes)
    )
    claim = Claim(text="It holds, and more [1].", citations=(1,), asserts=True, anchors=anchors)
    _, quoted, _ = all_text(answer_message(make_answer("q", claims=(claim,))).blocks)
    assert quoted == (
        ">We find that thing 1 holds.\n>We &amp; they find more.\n"
        "><https://arxiv.org/abs/2605.00001|[1] Paper number 1>"
    )


def test_a_quotation_of_nothing_but_escaped_characters_fits_slacks_limit(make_answer):
    anchor = Anchor(article_id="a", n=1, field="abstract", start=0, end=1, quote="&" * 5000)
    message = answer_message(make_answer("q", claims=(Claim(text="x", anchors=(anchor,)),)))
    assert check_message(message.payload()) is None


def test_a_table_is_shown_in_lines_that_a_telephone_can_show(make_answer):
    table = Table(
        columns=("Work", "What it is", "Finding"),
        rows=(
            ("“A *bold* <!channel> title”", "Labels spans [1].", "It holds [1]."),
            ("“B”", "–", "It fails [2]."),
        ),
    )
    text = "2 of 3:\n\n" + "| Work | What it is | Finding |"
    shown = answer_message(make_answer("?", text=text, table=table)).blocks[0]["text"]["text"].split("\n")
    assert shown[0] == "2 of 3:"
    assert shown[1] == "*“A ∗bold∗ &lt;!channel&gt; title”*"
    assert shown[2] == "• _What it is_: Labels spans <https://arxiv.org/abs/2605.00001|[1]>."
    assert shown[4:] == ["*“B”*", "• _Finding_: It fails [2]."]
    assert not any(line.startswith("|") for line in shown)


def test_what_is_not_in_the_index_is_said_with_the_nearest_works(make_answer):
    nearest = (Nearest(article_id="x", title="A <near> one", url="https://a.org/1", score=0.4),)
    answer = make_answer(
        "q", status="not_in_index", text="", claims=(), references=(), nearest=nearest, searched=1
    )
    text, near, small = all_text(answer_message(answer).blocks)
    assert text == "That is not in the indexed articles."
    assert near.endswith("\n• <https://a.org/1|A &lt;near&gt; one>")
    assert small == "Searched 1 passage."


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_answer_is_one_message_within_slacks_limits(data, make_answer):
    references = tuple(data.draw(some_reference(n)) for n in (1, 2, 3))
    quotes = data.draw(st.lists(long_texts.filter(str.strip), max_size=9))
    anchors = tuple(
        Anchor(article_id="a", n=n % 4 or None, field="abstract", start=n, end=n + len(q), quote=q)
        for n, q in enumerate(quotes)
    )
    answer = make_answer(
        "q",
        text=data.draw(long_texts),
        claims=(Claim(text="x", anchors=anchors),),
        references=references,
        status=data.draw(st.sampled_from(["answered", "not_in_index", "refused"])),
        nearest=(Nearest(article_id="n", title=data.draw(texts), url=data.draw(urls), score=0.1),),
    )
    message = answer_message(answer)
    assert check_message(message.payload()) is None
    assert sum(len(text) for text in all_text(message.blocks)) <= 11_000
    near = {mrkdwn.unescape(mrkdwn.address(work.url) or "") for work in answer.nearest}
    for text in all_text(message.blocks):
        scan(text, allowed_of(references) | near)
    scan(message.text, set())


def test_status_help_and_home_are_fit_for_slack_and_escape_names(services):
    status = {
        "feeds": [
            {
                "name": "<!channel>",
                "last_success": None,
                "last_error": "did not <answer>",
                "consecutive_failures": 3,
                "entries_last": 0,
            }
        ],
        "articles": 1200,
        "passages": 2,
        "index": "stale",
        "subscriptions": [{"channel": "#research", "profile": "p", "next_due": "2026-05-25T07:00:00+00:00"}],
        "deliveries": [{"brief_id": "b", "channel": "C1", "state": "posted", "parts_posted": 9, "parts": 9}],
    }
    message = status_message(status)
    assert check_message(message.payload()) is None
    shown = "\n".join(all_text(message.blocks))
    assert shown.count("<#C1>") == 1
    scan(shown.replace("<#C1>", ""), set())
    assert "• &lt;!channel&gt;: did not &lt;answer&gt;; never read" in shown
    assert "1,200 works" in shown
    config: Config = services.settings.config
    assert check_message(help_message(config).payload()) is None
    home = home_view(config, Seen((), ()), status)["blocks"]
    assert check_blocks(home, limit=100) is None
    assert "*&lt;!channel&gt;*  did not &lt;answer&gt;" in str(home)
    assert "0 of 1 feeds are read as usual" in str(home)
