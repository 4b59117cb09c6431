"""`brief demo --once`: the whole way through in one command, as a newcomer types it."""

import re

import pytest


@pytest.mark.slow
def test_the_demo_prints_a_brief_and_an_answered_question_and_ends(shell, tmp_path):
    done = shell("demo", "--once", "--home", tmp_path / "h")
    assert done.status == 0
    assert not re.search(r"Traceback|ERROR|WARNING|brief: ", done.err)
    headings = [line for line in done.lines if line.startswith("## ")]
    assert headings == [
        "## Top Papers of the Week",
        "## Emerging Trends",
        "## Notable Mentions",
        "## What's Missing",
        "## Weekly Recommendations",
        "## Looking Ahead",
        "## References",
    ]
    body, after = done.out.split("## References")
    assert "Weekly Brief: May 18 - May 24, 2026" in body
    references = re.findall(r"^\[(\d+)\] ", after, re.M)
    assert [int(n) for n in references[:3]] == [1, 2, 3]
    asked = after.index("High Tide raise the attack success rate")
    answer = after[asked:]
    assert re.search(r"\d+ ?%", answer), "a figure"
    assert re.search(r"\[\d+\]", answer), "in the brief's numbers"
