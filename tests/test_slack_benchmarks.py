"""The benchmarks of the Slack side, small: they find what they look for, and nothing in what the bot does."""

import subprocess
import sys

import pytest

from benchmarks import hostile_texts
from bot.views.message import Message


def test_hostile_texts_do_no_harm_and_would_be_seen_if_they_did():
    ours, plain, messages = hostile_texts.measured(480)
    assert not ours
    assert messages > 100
    assert {"mentions", "foreign links", "broken links", "invisible characters"} <= set(plain)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hello <!channel>", "mentions"),
        ("<@U1> hello", "mentions"),
        ("<https://evil.example|x>", "foreign links"),
        ("1 < 2", "broken links"),
        ("a & b", "unescaped signs"),
        ("a\u202eb", "invisible characters"),
        ("x" * 3001, "texts over the limit"),
    ],
)
def test_the_scanner_sees_each_kind_of_harm(text, found):
    block = {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    assert found in list(hostile_texts.harm(Message("fine", (block,)).payload(), {"https://arxiv.org"}))


@pytest.mark.slow
def test_events_that_come_again_are_handled_once():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.slack_events", "--again", "24"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
