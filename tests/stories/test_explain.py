"""What the program says of itself: why a work is in a brief, what a topic means, how good answers and checks are."""

import io
import json

import pytest


@pytest.fixture
def written(week):
    return week.write("--format", "json", "--week-ending", "2026-06-14").json


def test_why_says_what_was_decided_about_a_work_by_number_id_or_title(week, written):
    first = written["references"][0]
    decision = next(d for d in written["decisions"] if d["article_id"] == first["article_id"])
    for name in ("[1]", first["article_id"], first["url"], first["title"].upper()[:30]):
        done = week.run("why", name)
        assert (done.status, done.err) == (0, "")
        assert first["title"] in done.out
        assert decision["reason"] in done.out
    left_out = next(d for d in written["decisions"] if d["decision"] == "rejected")
    assert left_out["reason"] in week.run("why", left_out["article_id"], "--brief", written["id"]).out


def test_why_takes_the_latest_brief_of_a_profile(week, written):
    name = written["profile"]
    assert written["id"] in week.run("why", "1", "--profile", name).out
    unknown = week.run("why", "1", "--profile", "nobody")
    assert unknown.status == 2
    assert "profile" in unknown.err


def test_why_names_what_it_does_not_know(week, written):
    assert week.run("why", "A title that nobody wrote").status == 1
    assert week.run("why", "1", "--brief", "nothing-2026").status == 2


def test_why_before_the_first_brief_says_that_there_is_none(week):
    done = week.run("why", "1")
    assert done.status == 2
    assert "no brief is stored" in done.err


def test_a_topic_is_explained_with_feeds_that_fit_and_works_that_are_stored(week):
    done = week.run(
        "profile", "suggest", "prompt injection, robots NOT chess", "--as-of", "2026-06-14T12:00:00Z"
    )
    assert done.status == 0
    assert "Looked for: prompt injection; robots" in done.out
    assert "Kept out: chess" in done.out
    assert "arXiv cs.RO" in done.out
    assert "13 stored works" in done.out
    assert "By phrase: prompt injection (" in done.out
    assert 'topic = "prompt injection, robots NOT chess"' in done.out


def test_a_topic_that_names_nothing_is_refused(week):
    done = week.run("profile", "suggest", "NOT chess")
    assert done.status == 2
    assert "TOPIC" in done.err


def test_questions_of_a_file_are_asked_and_marked(week, tmp_path):
    rows = [
        {
            "id": "q1",
            "type": "fact",
            "question": "By how much does Sandbar lower the success rate of prompt injection attacks?",
            "answerable": True,
            "gold_ids": ["2606.90011"],
            "gold_mode": "all",
        },
        {
            "id": "q2",
            "type": "unanswerable",
            "question": "How large is the fine for fishing without a licence in the harbour?",
            "answerable": False,
            "gold_ids": [],
            "gold_mode": "none",
        },
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = week.run("eval", file, "--json")
    assert done.status == 0
    totals = done.json["totals"]
    assert (totals["questions"], totals["right"], totals["false_answers"]) == (2, 1.0, 0.0)
    file.write_text('{"id": "q1"}\n')
    wrong = week.run("eval", file)
    assert wrong.status == 2
    assert "question" in wrong.err


def test_claims_of_standard_input_are_checked_against_their_sources(week, monkeypatch):
    source = {
        "id": "s",
        "title": "Sandbar",
        "text": "We present Sandbar. It lowers the success rate from 58 % to 7 %.",
    }
    claims = [
        "Sandbar lowers the success rate from 58 % to 7 %.",
        "Sandbar lowers the success rate from 58 % to 27 %.",
    ]
    rows = [{"id": n, "claim": claim, "sources": [source]} for n, claim in enumerate(claims)]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(json.dumps(row) + "\n" for row in rows)))
    done = week.run("lab", "verify")
    assert done.status == 0
    first, second = (json.loads(line) for line in done.out.splitlines())
    assert (first["id"], first["verdict"]) == (0, "supported")
    assert second["verdict"] != "supported"
    assert any("27" in reason for reason in second["reasons"])
    assert 0 <= second["score"] < first["score"] <= 1
