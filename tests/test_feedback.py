import json
from datetime import UTC, datetime

import pytest

from bot.arrivals import Arrival
from bot.cli import main
from bot.conversations import Conversations
from bot.votes import Votes
from pipeline.evaluation import evaluate
from pipeline.models import Answer, Claim, Nearest, Reference
from pipeline.store import Store


@pytest.fixture
def home(tmp_path):
    """Three rated answers: helpful, helpful that it is not known, and not helpful."""
    store = Store.open(tmp_path / "brief.db")
    conversations = Conversations(store.engine)
    now = datetime(2026, 5, 18, tzinfo=UTC)
    reference = Reference(n=1, article_id="arxiv:2605.00001", title="T", source="S", kind="paper")
    answers = (
        Answer(
            question="a", status="answered", text="So [1].", references=(reference,),
            claims=(Claim(text="So [1].", citations=(1,)),),
        ),
        Answer(
            question="b", status="not_in_index", text="No.",
            nearest=(Nearest(article_id="arxiv:2605.00002", title="N", url=None, score=0.4),),
        ),
        Answer(question="c", status="answered", text="So [1].", references=(reference,)),
    )  # fmt: skip
    for n, (answer, vote) in enumerate(zip(answers, ("good", "good", "bad"), strict=True), 1):
        arrival = Arrival(
            (f"k{n}",), "question", "question", "C1", "1.0", "U1", f"question {n}?", f"{n}.0", "1.0", now
        )
        conversations.receive([arrival])
        pending = conversations.take_next("C1", "1.0")
        conversations.save_answer(pending.id, answer, None, {"program": "1"})
        Votes(store.engine).vote(pending.id, "U1", vote, now)
    store.close()
    return tmp_path


def test_votes_become_a_file_that_brief_eval_reads(home, capsys):
    assert main(["eval", "export", "--home", str(home)]) == 0
    text = capsys.readouterr().out
    helpful, unknown, not_helpful = map(json.loads, text.splitlines())
    assert helpful["gold_ids"] == ["arxiv:2605.00001"]
    assert (unknown["answerable"], unknown["near_ids"]) == (False, ["arxiv:2605.00002"])
    assert not_helpful["unlabelled"]
    assert not_helpful["was_answered"]["gold_ids"] == ["arxiv:2605.00001"]
    assert not_helpful["history"] == [{"question": "question 1?"}, {"question": "question 2?"}]
    assert not_helpful["answered_with"] == {"program": "1"}
    found = evaluate(text.splitlines(), lambda q: Answer(question=q.text, status="not_in_index", text="No."))
    assert (found.totals.questions, found.totals.skipped, found.totals.right) == (2, 1, 0.5)


def test_reasons_go_with_the_votes_and_briefs_that_people_rated_are_told_of(home, capsys):
    store = Store.open(home / "brief.db")
    votes, now = Votes(store.engine), datetime(2026, 5, 18, tzinfo=UTC)
    assert votes.explain(3, "U1", ["wrong", "long"], "It holds for <thing 2> only.")
    assert not votes.explain(3, "U2", ["wrong"], "")
    for user, vote, reasons in (("U1", "bad", ["topic"]), ("U2", "bad", ["topic"]), ("U2", "good", [])):
        votes.rate_brief("b-1", "C1", user, vote, reasons, "Less of this." if reasons else "", now)
    store.close()
    assert main(["eval", "export", "--home", str(home)]) == 0
    text = capsys.readouterr().out
    *_, not_helpful, brief = map(json.loads, text.splitlines())
    assert not_helpful["reasons"] == {"long": 1, "wrong": 1}
    assert not_helpful["comments"] == ["It holds for <thing 2> only."]
    assert (brief["type"], brief["votes"]) == ("brief", {"good": 1, "bad": 1})
    assert (brief["reasons"], brief["comments"]) == ({"topic": 1}, ["Less of this."])
    found = evaluate(text.splitlines(), lambda q: Answer(question=q.text, status="not_in_index", text="No."))
    assert (found.totals.questions, found.totals.skipped) == (2, 2)


def test_an_export_goes_to_a_file_on_request(home, tmp_path, capsys):
    file = tmp_path / "rated.jsonl"
    assert main(["eval", "export", "--home", str(home), "--output", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3
