"""How good the answers to a file of labelled questions are: totals, and a row for each question.

A line of the file is a JSON object with `id`, `type`, `question` and `answerable`; what counts as right is in
`gold_ids` with `gold_mode` (all, any, at_least, none) and `gold_min`, `must_contain` (all groups, any string of each),
`must_not_contain` and `expected_status`. `also_ok_ids` may be cited besides, `near_ids` under a question that cannot be
answered, and `correction` says what sets a false premise right. `history` has the earlier turns of the thread,
`thread_references` the numbers that the thread's brief gave to articles; lines with `unlabelled` are left out.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from pipeline.draft import reference
from pipeline.errors import SettingsError
from pipeline.models import Answer, AnswerStatus, Article, Brief, Model, Question, Receipt, Window

Ask = Callable[[Question], Answer]
AskWithin = Callable[[Question, Mapping[int, str]], Answer | None]
"""Answers a question of a thread whose brief has these numbers for these articles; none where that cannot be set up."""
Mode = Literal["all", "any", "at_least", "none"]

_SPELLINGS = str.maketrans({"×": "x", "\u2019": "'"})


class Turn(Model):
    """An earlier question of a thread."""

    question: str = Field(min_length=1)


class Correction(Model):
    """What an answer must cite and say to set a false premise right."""

    cite: tuple[str, ...]
    must_contain: tuple[tuple[str, ...], ...] = ()
    """Of each group one spelling must stand in the answer."""


class Row(Model):
    """A labelled question; fields that say nothing about scoring are left aside."""

    model_config = Model.model_config | {"extra": "ignore"}

    id: str = Field(min_length=1)
    type: str = "question"
    """For counts by type; free."""
    question: str = Field(min_length=1)
    answerable: bool
    subtype: str | None = None
    gold_ids: tuple[str, ...] = ()
    gold_mode: Mode = "all"
    gold_min: int = Field(default=1, ge=0)
    also_ok_ids: tuple[str, ...] = ()
    near_ids: tuple[str, ...] = ()
    must_contain: tuple[tuple[str, ...], ...] = ()
    must_not_contain: tuple[str, ...] = ()
    expected_status: tuple[AnswerStatus, ...] = ()
    correction: Correction | None = None
    history: tuple[Turn, ...] = ()
    thread_references: dict[int, str] = Field(default_factory=dict)
    unlabelled: bool = False
    """Nobody has said yet what would be right: left out."""

    @model_validator(mode="after")
    def _has_gold(self) -> Self:
        if not self.unlabelled and self.answerable and (not self.gold_ids or self.gold_mode == "none"):
            raise ValueError("an answerable question needs gold_ids and a gold_mode other than none")
        return self

    @property
    def statuses(self) -> tuple[AnswerStatus, ...]:
        """What the answer's status may be."""
        return self.expected_status or (("answered",) if self.answerable else ("not_in_index", "refused"))


class Mark(Model):
    """What the answer to one question was worth."""

    id: str
    type: str
    question: str
    answerable: bool
    status: AnswerStatus
    right: bool
    """Expected status, right works, strings there and none that must not be; or a correction that holds."""
    corrected: bool
    cited: tuple[str, ...]
    right_work: bool
    right_work_first: bool
    facts: bool | None
    """Whether the strings that must be there are there; none if nothing is asked for."""
    wrong: tuple[str, ...]
    """Cited works that are neither right nor excused."""
    seconds: float
    text: str

    @property
    def false_answer(self) -> bool:
        """Answered what cannot be answered, without setting the premise right."""
        return not self.answerable and self.status == "answered" and not self.corrected

    @property
    def false_refusal(self) -> bool:
        """Did not answer what can be answered."""
        return self.answerable and self.status != "answered"


class Totals(Model):
    """Shares from 0 to 1, none where nothing was asked of that kind; seconds of one answer."""

    questions: int
    skipped: int
    right: float | None
    right_work_first: float | None
    right_works: float | None
    facts: float | None
    followups: float | None
    wrong_citations: float | None
    """Of all citations: works cited that are neither right nor excused."""
    false_answers: float | None
    false_refusals: float | None
    p50_seconds: float | None
    p95_seconds: float | None


class TypeCount(Model):
    """How many questions of a type there are, and how many were answered rightly."""

    questions: int
    right: int


class Evaluation(Model):
    """Totals, counts by type of question, a mark for each question, and what was left out."""

    totals: Totals
    types: dict[str, TypeCount]
    questions: tuple[Mark, ...]
    skipped: tuple[str, ...] = ()
    """Ids of questions that are not labelled, or whose thread could not be set up."""


def evaluate(source: Path | str | Iterable[str], ask: Ask, *, within: AskWithin | None = None) -> Evaluation:
    """The marks of what `ask` answers to the questions of a file (a path) or of its lines, in order.

    Earlier turns of a thread are asked first, each with those before it. SettingsError names line and field of what
    is wrong in the file, before anything is asked.
    """
    marks: list[Mark] = []
    skipped: list[str] = []
    for row in read_rows(source):
        answer = None if row.unlabelled else _asked(row, ask, within)
        if answer is None:
            skipped.append(row.id)
        else:
            marks.append(mark(row, answer))
    return Evaluation(
        totals=_totals(marks, len(skipped)),
        types=_types(marks),
        questions=tuple(marks),
        skipped=tuple(skipped),
    )


def read_rows(source: Path | str | Iterable[str]) -> list[Row]:
    """The questions of a file or of its lines; SettingsError names line and field of what is wrong."""
    name, lines = _lines_of(source)
    rows: list[Row] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        row = _row(f"{name}, line {number}", line)
        if row.id in seen:
            raise SettingsError(f"{name}, line {number}: id: {row.id!r} is there twice")
        seen.add(row.id)
        rows.append(row)
    if not rows:
        raise SettingsError(f"{name}: there is no question in it")
    return rows


def _lines_of(source: Path | str | Iterable[str]) -> tuple[str, Iterable[str]]:
    if not isinstance(source, Path | str):
        return "questions", source
    try:
        return Path(source).name, Path(source).read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise SettingsError(f"{source}: the question file cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{source}: the question file is not UTF-8 text") from error


def _row(place: str, line: str) -> Row:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise SettingsError(f"{place}: this is not JSON ({error})") from error
    if not isinstance(value, dict):
        raise SettingsError(f"{place}: a JSON object is expected")
    try:
        return Row.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "question"
        raise SettingsError(f"{place}: {field}: {first['msg'].removeprefix('Value error, ')}") from error


def _asked(row: Row, ask: Ask, within: AskWithin | None) -> Answer | None:
    """The answer to the last question of a thread; none where its numbers cannot be set up."""
    numbers = {n: article_id(name) for n, name in row.thread_references.items()}
    turns = [*(turn.question for turn in row.history), row.question]
    works: list[tuple[str, ...]] = []
    given: dict[int, str] = {}
    answer: Answer | None = None
    for n, text in enumerate(turns):
        question = Question(text=text, history=tuple(turns[:n]), cited=tuple(works), numbers=given)
        if numbers:
            answer = within(question, numbers) if within else None
            if answer is None:
                return None
        else:
            answer = ask(question)
        works.append(_cited(answer))
        given = {r.n: r.article_id for r in answer.references} | given
    return answer


def thread_brief(numbers: Mapping[int, Article]) -> Brief:
    """A brief without text in which these articles have these numbers: for questions such as "what about [9]?"."""
    day = date(2000, 1, 1)
    return Brief(
        id="thread",
        title="Thread",
        profile="evaluation",
        window=Window(since=day, until=day),
        generated_at=datetime(2000, 1, 1, tzinfo=UTC),
        sections=(),
        references=tuple(reference(n, article) for n, article in sorted(numbers.items())),
        receipt=Receipt(entries_seen=0, works=0, duplicates_merged=0, considered=0, cited=len(numbers)),
    )


def mark(row: Row, answer: Answer) -> Mark:
    """What this answer to this question is worth."""
    cited = _cited(answer)
    gold = [article_id(name) for name in row.gold_ids]
    allowed = (*row.gold_ids, *row.also_ok_ids, *(() if row.answerable else row.near_ids))
    excused = {article_id(name) for name in allowed}
    text = normalised(answer.text)
    facts = contains_all(row.must_contain, text) if row.must_contain else None
    corrected = answer.status == "answered" and _corrects(row.correction, cited, text)
    if corrected and row.correction is not None:
        excused |= {article_id(name) for name in row.correction.cite}
    right_work = _enough(row.gold_mode, row.gold_min, gold, cited)
    clean = not any(contains(string, text) for string in row.must_not_contain)
    fits = answer.status in row.statuses and right_work and facts is not False
    return Mark(
        id=row.id,
        type=row.type,
        question=row.question,
        answerable=row.answerable,
        status=answer.status,
        right=clean and (fits or corrected),
        corrected=corrected,
        cited=cited,
        right_work=right_work,
        right_work_first=bool(cited) and cited[0] in gold,
        facts=facts,
        wrong=tuple(name for name in cited if name not in excused),
        seconds=answer.seconds,
        text=answer.text,
    )


def article_id(name: str) -> str:
    """The id of an article; a bare number is arXiv's."""
    return name if ":" in name else f"arxiv:{name}"


def normalised(text: str) -> str:
    """The text in one spelling: case, dashes, thousands separators, escapes and white space do not count."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"\\([%&_#{}$])", r"\1", text)
    text = re.sub("[\u2010-\u2015\u2212]", "-", text).translate(_SPELLINGS)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    return re.sub(r"\s+", " ", text)


def contains(string: str, text: str) -> bool:
    """Whether a normalised text has this string between word borders; one that ends in `*` is a beginning."""
    wanted = normalised(string)
    is_beginning = wanted.endswith("*")
    wanted = wanted.rstrip("*")
    if not wanted:
        return False
    border = r"(?![.,]?\d)(?![a-wyz])" if wanted[-1].isdigit() else r"(?![0-9a-z])"
    pattern = r"(?<![0-9a-z])(?<!\d\.)" + re.escape(wanted) + ("" if is_beginning else border)
    return re.search(pattern, text) is not None


def contains_all(groups: Sequence[Sequence[str]], text: str) -> bool:
    """Whether a normalised text has at least one string of every group."""
    return all(any(contains(string, text) for string in group) for group in groups)


def lines(evaluation: Evaluation) -> list[str]:
    """A line for each question, then the totals, for a person."""
    rows = [
        f"{'right' if m.right else 'WRONG'}  {m.id}  {m.type}  {m.status}  {', '.join(m.cited) or '-'}"
        f"  {m.seconds:.3f} s"
        for m in evaluation.questions
    ]
    rows += [
        f"skipped  {name}  it is not labelled, or its thread's numbers cannot be set up"
        for name in evaluation.skipped
    ]
    totals = [f"{_words(name)}: {_figure(value)}" for name, value in evaluation.totals]
    types = [f"{name}: {count.right} of {count.questions} right" for name, count in evaluation.types.items()]
    return [*rows, "", *totals, "", *types]


def _words(name: str) -> str:
    plain = name.replace("_", " ")
    return f"{plain.removesuffix(' seconds')}, seconds" if plain.endswith(" seconds") else plain


def _figure(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _totals(marks: Sequence[Mark], skipped: int) -> Totals:
    known = [m for m in marks if m.answerable]
    unknown = [m for m in marks if not m.answerable]
    citations = sum(len(m.cited) for m in marks)
    times = sorted(m.seconds for m in marks)
    return Totals(
        questions=len(marks),
        skipped=skipped,
        right=_share(m.right for m in marks),
        right_work_first=_share(m.right_work_first for m in known),
        right_works=_share(m.right_work for m in known),
        facts=_share(m.facts for m in known if m.facts is not None),
        followups=_share(m.right for m in marks if m.type == "followup"),
        wrong_citations=round(sum(len(m.wrong) for m in marks) / citations, 4) if citations else None,
        false_answers=_share(m.false_answer for m in unknown),
        false_refusals=_share(m.false_refusal for m in known),
        p50_seconds=_quantile(times, 0.5),
        p95_seconds=_quantile(times, 0.95),
    )


def _types(marks: Sequence[Mark]) -> dict[str, TypeCount]:
    found: dict[str, list[bool]] = {}
    for one in marks:
        found.setdefault(one.type, []).append(one.right)
    return {name: TypeCount(questions=len(known), right=sum(known)) for name, known in sorted(found.items())}


def _cited(answer: Answer) -> tuple[str, ...]:
    """The works that an answer cites, by first citation."""
    works = {r.n: r.article_id for r in answer.references}
    order = [works[n] for claim in answer.claims for n in claim.citations if n in works]
    return tuple(dict.fromkeys([*order, *works.values()]))


def _enough(mode: Mode, least: int, gold: Sequence[str], cited: Sequence[str]) -> bool:
    found = len(set(gold) & set(cited))
    return found >= {"all": len(gold), "any": 1, "at_least": least, "none": 0}[mode]


def _corrects(correction: Correction | None, cited: Sequence[str], text: str) -> bool:
    if correction is None:
        return False
    works = {article_id(name) for name in correction.cite}
    return works <= set(cited) and contains_all(correction.must_contain, text)


def _share(values: Iterable[bool | None]) -> float | None:
    known = [bool(value) for value in values]
    return round(sum(known) / len(known), 4) if known else None


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed."""
    if not ordered:
        return None
    return ordered[max(0, -(-round(share * 1000) * len(ordered) // 1000) - 1)]
