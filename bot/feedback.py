"""What people voted on, as a test set in the format of `brief eval`: answers, and what was said of whole briefs."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.votes import Rated, RatedBrief, Told
from pipeline.models import Answer


def questions_of(rated: Sequence[Rated], numbers: Mapping[str, Mapping[int, str]]) -> list[dict[str, Any]]:
    """A line for each answer; `numbers` has those of each brief's references.

    What more people found helpful than not is taken as right: the works cited and the sentences they were quoted
    with, or that it cannot be answered. The others are marked `unlabelled`: a person says what would be right.
    """
    return [_row(one, numbers.get(one.brief_id or "", {})) for one in rated]


def briefs_of(rated: Sequence[RatedBrief]) -> list[dict[str, Any]]:
    """A line for each brief that people voted on. `brief eval` passes over them: they are for those who read."""
    return [
        {
            "id": f"feedback-{one.brief_id}",
            "type": "brief",
            "question": f"How was the brief {one.brief_id}?",
            "answerable": False,
            "unlabelled": True,
            "votes": {"good": one.good, "bad": one.bad},
            **_told(one.told),
        }
        for one in rated
    ]


def _told(told: Told) -> dict[str, Any]:
    """The reasons that people gave, where they gave any."""
    row: dict[str, Any] = {}
    if told.reasons:
        row["reasons"] = dict(told.reasons)
    if told.comments:
        row["comments"] = list(told.comments)
    return row


def _row(rated: Rated, numbers: Mapping[int, str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": f"feedback-{rated.id}",
        "type": "feedback",
        "question": rated.text,
        "answerable": rated.answer.status == "answered",
        "votes": {"good": rated.good, "bad": rated.bad},
        "answered_with": dict(rated.versions),
        **_told(rated.told),
    }
    if rated.history:
        row["history"] = [{"question": text} for text in rated.history]
    if numbers:
        row["thread_references"] = {str(n): work for n, work in sorted(numbers.items())}
    given = _given(rated.answer)
    if rated.good > rated.bad and (given["gold_ids"] or not row["answerable"]):
        return row | given
    return row | {"unlabelled": True, "was_answered": {"status": rated.answer.status, **given}}


def _given(answer: Answer) -> dict[str, Any]:
    """What the answer cited and quoted, or offered as nearest."""
    if answer.status != "answered":
        return {"gold_ids": [], "gold_mode": "none", "expected_status": [answer.status],
                "near_ids": [work.article_id for work in answer.nearest]}  # fmt: skip
    works = list(dict.fromkeys(r.article_id for r in answer.references))
    anchors = {(a.article_id, a.field, a.start, a.end): a for c in answer.claims for a in c.anchors}
    evidence = [
        {"id": a.article_id, "field": a.field, "start": a.start, "end": a.end, "quote": a.quote}
        for a in anchors.values()
    ]
    return {"gold_ids": works, "gold_mode": "all", "evidence": evidence}
