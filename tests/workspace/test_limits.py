"""Each of Slack's limits, at the last value it takes and the first it refuses."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.workspace.limits import check_blocks, check_message, markdown_blocks


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def button(**extra: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), **extra}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def numbered(count: int) -> dict[str, Any]:
    return actions(*(button(action_id=str(number)) for number in range(count)))


OPTION = {"text": plain("One"), "value": "1"}

LIMITS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    (
        "section text",
        {"type": "section", "text": mrkdwn("x" * 3000)},
        {"type": "section", "text": mrkdwn("x" * 3001)},
    ),
    (
        "section fields",
        {"type": "section", "fields": [mrkdwn("x")] * 10},
        {"type": "section", "fields": [mrkdwn("x")] * 11},
    ),
    (
        "field text",
        {"type": "section", "fields": [mrkdwn("x" * 2000)]},
        {"type": "section", "fields": [mrkdwn("x" * 2001)]},
    ),
    ("header", {"type": "header", "text": plain("x" * 150)}, {"type": "header", "text": plain("x" * 151)}),
    ("header type", {"type": "header", "text": plain("x")}, {"type": "header", "text": mrkdwn("x")}),
    (
        "context",
        {"type": "context", "elements": [mrkdwn("x")] * 10},
        {"type": "context", "elements": [mrkdwn("x")] * 11},
    ),
    ("actions", numbered(25), numbered(26)),
    ("action ids", actions(button(action_id="a")), actions(button(action_id="a"), button(action_id="a"))),
    ("button text", actions(button(text=plain("x" * 75))), actions(button(text=plain("x" * 76)))),
    ("button value", actions(button(value="x" * 2000)), actions(button(value="x" * 2001))),
    (
        "button url",
        actions(button(url="https://e.org/" + "x" * 2986)),
        actions(button(url="https://e.org/" + "x" * 2987)),
    ),
    ("button url form", actions(button(url="https://e.org")), actions(button(url="e.org"))),
    ("button style", actions(button(style="danger")), actions(button(style="loud"))),
    ("button label type", actions(button(text=plain("x"))), actions(button(text=mrkdwn("x")))),
    (
        "options",
        actions({"type": "static_select", "action_id": "s", "options": [OPTION] * 100}),
        actions({"type": "static_select", "action_id": "s", "options": [OPTION] * 101}),
    ),
    ("markdown", {"type": "markdown", "text": "x" * 12_000}, {"type": "markdown", "text": "x" * 12_001}),
    (
        "markdown expansion",
        {"type": "markdown", "text": "x\n\n" * 50},
        {"type": "markdown", "text": "x\n\n" * 51},
    ),
    (
        "image alt",
        {"type": "image", "image_url": "https://e.org/i.png", "alt_text": "x"},
        {"type": "image", "image_url": "https://e.org/i.png"},
    ),
    ("block_id", {"type": "divider", "block_id": "x" * 255}, {"type": "divider", "block_id": "x" * 256}),
    ("empty text", {"type": "section", "text": mrkdwn("x")}, {"type": "section", "text": mrkdwn("")}),
    ("unknown property", {"type": "divider"}, {"type": "divider", "color": "red"}),
    (
        "rich text",
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]},
        {"type": "rich_text", "elements": [{"type": "text", "text": "x"}]},
    ),
    ("table", {"type": "table", "rows": [["x"]] * 100}, {"type": "table", "rows": [["x"]] * 101}),
]


@pytest.mark.parametrize(("good", "bad"), [pair[1:] for pair in LIMITS], ids=[pair[0] for pair in LIMITS])
def test_the_limit_is_where_slack_has_it(good, bad):
    assert check_blocks([good]) is None
    refusal = check_blocks([bad])
    assert refusal is not None
    assert refusal.error == "invalid_blocks"
    assert refusal.messages[0].startswith(tuple("abcdefghijklmnopqrstuvwxyz`"))


def test_block_ids_may_not_repeat():
    assert check_blocks([{"type": "divider", "block_id": "a"}] * 2) is not None


def test_blocks_must_be_a_list_of_objects():
    for wrong in ({"type": "divider"}, ["divider"], "x"):
        refusal = check_blocks(wrong)
        assert refusal is not None
        assert refusal.error == "invalid_blocks_format"


def test_the_texts_of_all_blocks_together_have_a_limit():
    section = {"type": "section", "text": mrkdwn("x" * 2640)}
    assert check_message({"text": "x", "blocks": [section] * 5}) is None
    refusal = check_message(
        {"text": "x", "blocks": [section] * 5 + [{"type": "section", "text": mrkdwn("x")}]}
    )
    assert refusal is not None
    assert refusal.error == "msg_blocks_too_long"


def test_a_response_url_has_no_limit_for_all_texts_together():
    section = {"type": "section", "text": mrkdwn("x" * 3000)}
    assert check_message({"blocks": [section] * 6}, method="response_url") is None


def test_markdown_blocks_share_one_budget():
    block = {"type": "markdown", "text": "x" * 6001}
    refusal = check_message({"text": "x", "blocks": [block, block]})
    assert refusal is not None
    assert refusal.error == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (
            {"text": "x", "metadata": {"event_type": "e", "event_payload": {"k": "x" * 4000}}},
            "metadata_too_large",
        ),
        ({"text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"markdown_text": "x", "blocks": []}, "markdown_text_conflict"),
    ],
)
def test_a_payload_is_refused_under_slacks_name(payload, error):
    refusal = check_message(payload)
    assert refusal is not None
    assert refusal.error == error


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("one\ntwo", 1),
        ("one\n\ntwo", 2),
        ("# head\ntext\n## head\ntext", 4),
        ("a\n---\nb", 3),
        ("```\na\n\nb\n```\nafter", 2),
        ("", 1),
    ],
)
def test_a_markdown_text_counts_as_the_blocks_it_becomes(text, count):
    assert markdown_blocks(text) == count


KEYS = st.sampled_from("type text fields elements element accessory options confirm url label rows".split())
TYPES = "section header context actions markdown rich_text input image table button static_select".split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TYPES), st.dictionaries(KEYS, JSON, max_size=4)), max_size=3))
def test_any_payload_gets_an_answer(drawn):
    blocks = [{**inner, "type": kind} for kind, inner in drawn]
    check_message({"text": "x", "blocks": blocks})
