"""Marks for answers: what is right, what is wrong, and how bad files of questions are told apart from good ones."""

import json

import pytest

from pipeline.errors import SettingsError
from pipeline.evaluation import contains as holds
from pipeline.evaluation import evaluate, lines, normalised, thread_brief
from pipeline.models import Answer, Claim, Question, Reference


def row(**fields) -> str:
    known = {
        "id": "q1",
        "type": "fact",
        "question": "How many?",
        "answerable": True,
        "gold_ids": ["2605.90001"],
        "gold_mode": "all",
        "gold_min": 1,
        "must_contain": [["61%", "61 percent"]],
        "expected_status": ["answered"],
    }
    return json.dumps({**known, **fields})


def said(text: str, *works: str, status: str = "answered", seconds: float = 0.1) -> Answer:
    references = tuple(
        Reference(n=n, article_id=f"arxiv:{w}", title=w, source="arXiv", kind="paper")
        for n, w in enumerate(works, 1)
    )
    claims = tuple(Claim(text=text, citations=(r.n,)) for r in references)
    return Answer(
        question="", status=status, text=text, claims=claims, references=references, seconds=seconds
    )


def marks(answer: Answer, **fields):
    return evaluate([row(**fields)], lambda _: answer)


def test_an_answer_with_the_work_and_the_figure_is_right():
    found = marks(said("It falls from 61% to 4% [1].", "2605.90001"))
    assert found.questions[0].right
    assert found.totals.right_work_first == found.totals.facts == found.totals.right == 1.0
    assert found.totals.wrong_citations == found.totals.false_refusals == 0.0


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (said("It falls from 61% to 4%.", "2605.90002"), "another work"),
        (said("It falls by a lot.", "2605.90001"), "no figure"),
        (said("It falls by 61.5%.", "2605.90001"), "a longer number"),
        (said("Not known.", status="not_in_index"), "not answered"),
    ],
)
def test_an_answer_that_lacks_work_or_figure_is_wrong(answer, why):
    assert not marks(answer).questions[0].right, why


def test_a_work_behind_another_one_is_cited_but_not_first():
    found = marks(said("61%", "2605.90002", "2605.90001"), also_ok_ids=["2605.90002"])
    assert found.totals.right == 1.0
    assert found.totals.right_work_first == 0.0
    assert found.totals.wrong_citations == 0.0


def test_works_that_nobody_asked_for_count_as_wrong_citations():
    found = marks(said("61%", "2605.90001", "2605.90009"))
    assert found.questions[0].wrong == ("arxiv:2605.90009",)
    assert found.totals.wrong_citations == 0.5


def test_two_of_a_list_are_enough_where_two_are_asked_for():
    wanted = {"gold_ids": ["1", "2", "3"], "gold_mode": "at_least", "gold_min": 2, "must_contain": []}
    assert marks(said("these", "1", "3"), **wanted).totals.right == 1.0
    assert marks(said("this", "1"), **wanted).totals.right == 0.0


UNKNOWN = {
    "answerable": False,
    "gold_ids": [],
    "gold_mode": "none",
    "must_contain": [],
    "near_ids": ["2605.90001"],
    "expected_status": ["not_in_index"],
}


def test_an_answer_to_the_unanswerable_is_a_false_answer_unless_it_corrects_the_premise():
    correction = {"cite": ["2605.90001"], "must_contain": [["doubles"]]}
    wrong = marks(said("It halves.", "2605.90001"), **UNKNOWN, correction=correction)
    right = marks(said("It doubles.", "2605.90001"), **UNKNOWN, correction=correction)
    assert wrong.totals.false_answers == 1.0
    assert right.totals.false_answers == 0.0
    assert right.questions[0].right
    assert marks(said("No.", status="not_in_index"), **UNKNOWN).questions[0].right


def test_a_string_that_must_not_be_there_spoils_the_answer():
    assert not marks(said("61%, or so", "2605.90001"), must_not_contain=["or so"]).questions[0].right


def test_spellings_do_not_count():
    text = normalised("up to 35\u00d7 over 1,095 people, 95.25\\% — “fine”")
    assert all(holds(s, text) for s in ("35x", "1095", "95.25%", "peopl*"))
    assert not any(holds(s, text) for s in ("95", "35.1", "peopl", "5.25%"))


def test_earlier_turns_are_asked_first_each_with_those_before_it():
    heard: list[Question] = []

    def ask(question: Question) -> Answer:
        heard.append(question)
        return said("61%", "2605.90001")

    evaluate([row(type="followup", history=[{"question": "a?"}, {"question": "b?"}], question="c?")], ask)
    assert [(q.text, q.history) for q in heard] == [("a?", ()), ("b?", ("a?",)), ("c?", ("a?", "b?"))]


def test_a_thread_with_numbers_is_asked_within_its_brief_or_left_out():
    lines_ = [row(thread_references={"7": "2605.90001"})]

    def never(_: Question) -> Answer:
        raise AssertionError("a question about [7] needs the brief's numbers")

    left_out = evaluate(lines_, never)
    assert left_out.skipped == ("q1",)
    assert left_out.totals.right is None
    found = evaluate(lines_, never, within=lambda _, numbers: said(f"61% {numbers[7]}", "2605.90001"))
    assert found.questions[0].text == "61% arxiv:2605.90001"


def test_the_brief_of_a_thread_has_its_numbers(article):
    assert [(r.n, r.article_id) for r in thread_brief({9: article}).references] == [(9, article.id)]


@pytest.fixture
def article():
    from datetime import UTC, datetime

    from pipeline.models import Article

    return Article(
        id="arxiv:1", kind="paper", title="T", source="arXiv", first_seen=datetime(2026, 5, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1: this is not JSON"),
        ("[]", "line 1: a JSON object is expected"),
        ('{"id": "q", "type": "fact", "answerable": true}', "line 1: question"),
        (row(answerable="perhaps"), "line 1: answerable"),
        (row(must_contain="61%"), "line 1: must_contain"),
        (row(gold_mode="some"), "line 1: gold_mode"),
        (row(expected_status=["maybe"]), "line 1: expected_status"),
        (row(gold_ids=[]), "line 1: question: an answerable question needs gold_ids"),
        (row(history=[{"text": "a?"}]), "line 1: history"),
        ("", "there is no question"),
    ],
)
def test_a_bad_line_is_named_with_its_field_before_anything_is_asked(line, words):
    with pytest.raises(SettingsError, match=words):
        evaluate([line], lambda _: pytest.fail("asked"))


def test_the_same_id_twice_is_refused():
    with pytest.raises(SettingsError, match="line 2: id: 'q1' is there twice"):
        evaluate([row(), row()], lambda _: pytest.fail("asked"))


def test_a_file_is_read_and_a_missing_one_named(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(f"{row()}\n\n{row(id='q2')}\n", encoding="utf-8")
    assert evaluate(path, lambda _: said("61%", "2605.90001")).totals.questions == 2
    with pytest.raises(SettingsError, match=r"missing\.jsonl"):
        evaluate(tmp_path / "missing.jsonl", lambda _: pytest.fail("asked"))


def test_times_are_told_as_median_and_nearly_worst():
    times = iter([0.1, 0.2, 0.3, 0.4, 5.0])
    found = evaluate(
        [row(id=f"q{n}") for n in range(5)], lambda _: said("61%", "2605.90001", seconds=next(times))
    )
    assert (found.totals.p50_seconds, found.totals.p95_seconds) == (0.3, 5.0)


def test_a_person_sees_a_line_a_question_and_the_totals():
    found = evaluate([row(), row(id="q2", type="find")], lambda _: said("4%", "2605.90001"))
    shown = lines(found)
    assert shown[0].startswith("WRONG  q1  fact  answered  arxiv:2605.90001")
    assert "right work first: 1.000" in shown
    assert "facts: 0.000" in shown
    assert "find: 0 of 1 right" in shown


def test_json_holds_totals_types_and_one_object_a_question():
    found = evaluate([row()], lambda _: said("61%", "2605.90001")).model_dump(mode="json")
    assert found["totals"]["questions"] == 1
    assert found["types"] == {"fact": {"questions": 1, "right": 1}}
    assert found["questions"][0]["id"] == "q1"
