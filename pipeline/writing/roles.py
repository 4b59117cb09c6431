"""Which sentences of an abstract or a post carry the finding, and which says why it matters.

No language model: role probabilities (see `role_model`) and a few hand-set preferences. The sentences are
chosen, never changed.
"""

import math
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pipeline.writing import cues
from pipeline.writing.orders import quotable
from pipeline.writing.role_model import SENTENCE_LIMIT, Roles, cues_in, sentence_roles
from pipeline.writing.sentences import Span, split_sentences

__all__ = [
    "Choice",
    "Ranking",
    "Roles",
    "choose_finding",
    "first_contribution",
    "open_questions",
    "ranked",
    "recommendations",
    "sentence_roles",
]

TITLE_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
STOP_WORDS = frozenset(
    "a an and are as at be by can do does for from how in into is it its of on or our that the their this to "
    "towards toward via we what when with without using based".split()
)

# Hand-set; the role probability weighs one. Sums are exact (fsum): sets have no order to rely on.
NAMING_PREFERENCES = {
    "naming": 0.6, "study": 0.2, "named_thing": 0.2, "result": 0.1, "setup": -0.15, "contrast": -0.3,
    "gap": -0.1, "pointer": -0.3, "release": -0.8, "closing": -0.5, "implied": -0.3, "back_reference": -0.1,
    "further": -0.3, "open_question": -0.3,
}  # fmt: skip
RESULT_PREFERENCES = {
    "result": 0.25, "own_result": 0.1, "figure": 0.15, "effect": 0.1, "setup": -0.05, "contrast": -0.2,
    "pointer": -0.35, "release": -0.8, "closing": -0.5, "implied": -0.35, "back_reference": -0.1, "further": -0.2,
    "summing_up": -0.3, "vague": -0.15, "open_question": -0.8, "study": -0.05,
}  # fmt: skip
WHY_PREFERENCES = {
    "gap": 0.35, "stakes": 0.25, "release": -0.8, "naming": -0.2, "study": -0.2, "setup": -0.1,
    "back_reference": -0.15, "pointer": -0.3,
}  # fmt: skip
AFTERWARDS_PREFERENCES = {"consequence": 0.3, "implied": 0.3, "closing": 0.2, "figure": -0.3}
WHY_THRESHOLD = 0.45
ADVICE_PENALTY = 0.5
FIRST_RESULT_BONUS = 0.2
CHANGE_BONUS = 0.3
# Posts of many sentences say early what they are about.
LONG_TEXT = 25
LONG_TEXT_PENALTY = 0.6
FIRST_NAMING_BONUS = 0.2
# A sentence that plainly names a contribution scores above the first; one worth quoting, above the others.
NAMING_CERTAIN = 1.2
NAMING_THRESHOLD = 0.5
SECOND_RESULT_THRESHOLD = 0.8
RESULT_THRESHOLD = 0.3


class Choice(NamedTuple):
    """The sentences chosen from one text, as offsets into it.

    `finding` has one or two spans in the order of the text (none if nothing may be quoted), `best` is the
    one that tells most, `why` says what is at stake and is never one of `finding`.
    """

    finding: tuple[Span, ...]
    best: Span
    why: Span | None


class Ranking(NamedTuple):
    """The sentences of one text by how well they tell it, for a writer that cannot use every one of them."""

    chosen: tuple[Span, ...]
    """The best sentence, and the one that completes it if there is one."""
    others: tuple[Span, ...]
    """Further sentences that tell something, the best first."""
    whys: tuple[Span, ...]
    """Sentences that say why it matters, the best first."""


class Sentence(NamedTuple):
    """A sentence of a text with all that the choice looks at."""

    number: int
    span: Span
    text: str
    roles: Roles
    cues: frozenset[str]
    title_overlap: float
    names_title: bool
    defines_title: bool
    first_naming: bool
    first_result: bool


def choose_finding(title: str, text: str) -> Choice:
    """The one or two sentences that tell what was found, the best of them, and the one that says why it matters.

    Never raises; a text without sentences, or with nothing but instructions to the reader, has no finding.
    """
    sentences = _sentences(title, text)
    if not sentences:
        return Choice((), Span(0, 0), None)
    best, partner = _pick(sentences)
    chosen = [best] if partner is None else sorted((best, partner))
    why = _pick_why(sentences, chosen)
    return Choice(tuple(sentence.span for sentence in chosen), best.span, why.span if why else None)


@lru_cache(maxsize=512)
def ranked(title: str, text: str) -> Ranking:
    """The choice of `choose_finding` with what comes next to it; empty for a text that may not be quoted."""
    sentences = _sentences(title, text)
    if not sentences:
        return Ranking((), (), ())
    count = sentences[-1].number + 1
    best, partner = _pick(sentences)
    chosen = [best] if partner is None else [best, partner]
    scores = {s: max(_naming_score(s, count), _result_score(s, count)) for s in sentences if s not in chosen}
    others = sorted((s for s in scores if scores[s] >= RESULT_THRESHOLD), key=lambda s: -scores[s])
    whys = {s: _why_score(s, min(c.number for c in chosen)) for s in sentences if s not in chosen}
    telling = sorted((s for s in whys if whys[s] >= WHY_THRESHOLD), key=lambda s: -whys[s])
    return Ranking(
        tuple(s.span for s in chosen), tuple(s.span for s in others), tuple(s.span for s in telling)
    )


@lru_cache(maxsize=256)
def _sentences(title: str, text: str) -> tuple[Sentence, ...]:
    """The sentences that may be quoted: those that are the authors' own telling, one that is repeated once."""
    read = _read(text)
    spans, texts = [span for span, _ in read], [sentence for _, sentence in read]
    usable = set(quotable(text, list({sentence: span for span, sentence in reversed(read)}.values())))
    roles = sentence_roles(texts)
    found = [cues_in(sentence) for sentence in texts]
    title_words, name = _content_words(title), _title_name(title)
    first_naming = next((index for index, names in enumerate(found) if "naming" in names), None)
    first_result = _first_result(found, roles)
    return tuple(
        Sentence(
            index, spans[index], sentence, roles[index], found[index], _overlap(title_words, sentence),
            bool(name) and name in sentence,
            bool(name) and sentence.startswith((f"{name} is a", f"{name} are ")),
            index == first_naming, index == first_result,
        )
        for index, sentence in enumerate(texts)
        if spans[index] in usable
    )  # fmt: skip


def _read(text: str) -> list[tuple[Span, str]]:
    """The sentences, each with its beginning on one line."""
    return [
        (span, " ".join(text[span.start : min(span.end, span.start + SENTENCE_LIMIT)].split()))
        for span in split_sentences(text)
    ]


def _first_result(found: Sequence[frozenset[str]], roles: Sequence[Roles]) -> int | None:
    """Number of the first sentence that reports something; authors tend to lead with the main result."""
    for index, (names, role) in enumerate(zip(found, roles, strict=True)):
        if "open_question" in names:
            continue
        if (
            (role.result > 0.4 and names & {"result", "effect", "figure"})
            or (role.result > 0.15 and role.background < 0.6 and "result" in names)
            or ("own_result" in names and "contrast" not in names)
        ):
            return index
    return None


def _content_words(text: str) -> set[str]:
    return {word for word in TITLE_WORD.findall(text.lower()) if word not in STOP_WORDS and len(word) > 1}


def _overlap(title_words: set[str], sentence: str) -> float:
    """Share of the title's content words that the sentence has."""
    return len(title_words & _content_words(sentence)) / len(title_words) if title_words else 0.0


def _title_name(title: str) -> str:
    """The name that a title like "Name: what it does" gives to a work, or nothing."""
    name, colon, _ = title.partition(":")
    return name.split()[0] if colon and 0 < len(name.split()) <= 2 else ""


def _pick(sentences: Sequence[Sentence]) -> tuple[Sentence, Sentence | None]:
    """The best sentence and the one that completes it."""
    count = sentences[-1].number + 1
    naming = {sentence: _naming_score(sentence, count) for sentence in sentences}
    result = {sentence: _result_score(sentence, count) for sentence in sentences}
    best = max(sentences, key=result.__getitem__)
    if result[best] < RESULT_THRESHOLD:
        best = max(sentences, key=lambda sentence: max(naming[sentence], result[sentence]))
    others = [sentence for sentence in sentences if sentence is not best]
    if not others:
        return best, None
    named = max(others, key=naming.__getitem__)
    second = max(others, key=result.__getitem__)
    if naming[named] < NAMING_CERTAIN and result[second] >= SECOND_RESULT_THRESHOLD:
        return best, second
    if naming[named] >= NAMING_CERTAIN and _is_vague(best):
        return named, best
    return best, named if naming[named] >= NAMING_THRESHOLD else None


def _is_vague(sentence: Sentence) -> bool:
    """Whether a result only says that something works, such as "experiments show its effectiveness"."""
    return "vague" in sentence.cues and "figure" not in sentence.cues


def _naming_score(sentence: Sentence, count: int) -> float:
    score = sentence.roles.objective + 0.7 * sentence.roles.method
    score += math.fsum(NAMING_PREFERENCES.get(cue, 0.0) for cue in sentence.cues)
    score += 0.5 * sentence.title_overlap + 0.2 * sentence.names_title + 0.6 * sentence.defines_title
    score += FIRST_NAMING_BONUS * sentence.first_naming
    return score - _shape_penalty(sentence, count)


def _result_score(sentence: Sentence, count: int) -> float:
    score = sentence.roles.result
    if "own_result" not in sentence.cues:  # an abstract may open with its finding
        score -= 0.5 * sentence.roles.background
    score += math.fsum(_result_preference(cue, sentence.cues) for cue in sentence.cues)
    score += 0.2 * sentence.title_overlap + 0.1 * sentence.names_title
    score += CHANGE_BONUS * bool(cues.CHANGE.search(sentence.text))
    score += FIRST_RESULT_BONUS * sentence.first_result - ADVICE_PENALTY * _is_advice(sentence.text)
    return score - _shape_penalty(sentence, count)


def _result_preference(cue: str, found: frozenset[str]) -> float:
    weight = RESULT_PREFERENCES.get(cue, 0.0)
    if cue in ("closing", "implied") and found & {"result", "figure"}:
        return weight / 2  # an outlook appended to a result
    if cue == "setup" and not found & {"result", "effect", "figure"}:
        return weight - 0.2  # what was done, without its outcome
    return weight


def _is_advice(text: str) -> bool:
    return bool(cues.ADVICE.search(text)) and not cues.ADVICE_OF_OTHERS.search(text)


def _shape_penalty(sentence: Sentence, count: int) -> float:
    """What speaks against quoting a sentence whatever it says: a fragment, a question, far down a long post."""
    text = sentence.text
    penalty = 0.0
    if len(text) < 30 or text.count(" ") < 4:
        penalty += 0.5
    if text[-1] in ":?":
        penalty += 0.4
    elif text[-1].isalnum():
        penalty += 0.15
    if len(text) > 450:
        penalty += 0.1
    return penalty + LONG_TEXT_PENALTY * min(sentence.number / 40, 1.0) * (count > LONG_TEXT)


def _pick_why(sentences: Sequence[Sentence], chosen: Sequence[Sentence]) -> Sentence | None:
    contribution = chosen[0].number
    scored = {s: _why_score(s, contribution) for s in sentences if s not in chosen}
    best = max(scored, key=scored.__getitem__, default=None)
    return best if best is not None and scored[best] >= WHY_THRESHOLD else None


def _why_score(sentence: Sentence, contribution: int) -> float:
    """Stakes and gaps stand before the contribution, consequences after it."""
    found = sentence.cues
    score = math.fsum(WHY_PREFERENCES.get(cue, 0.0) for cue in found)
    if sentence.number < contribution:
        score += 0.6 * (sentence.roles.background + 0.5 * sentence.roles.objective) + 0.35 * (
            "contrast" in found
        )
        score += 0.2 / (contribution - sentence.number)
    else:
        score += 0.35 * (sentence.roles.result + sentence.roles.other + sentence.roles.background)
        score += math.fsum(AFTERWARDS_PREFERENCES.get(cue, 0.0) for cue in found)
    return score - _shape_penalty(sentence, 0)


def open_questions(text: str) -> list[Span]:
    """Sentences that name an open problem, future work or a limitation, the most telling first.

    What remains after the contribution comes before a gap that is named ahead of it, since authors name
    a gap mostly to close it.
    """
    spans = [span for span, sentence in _read(text) if _is_open_question(sentence) and quotable(text, [span])]
    contribution = first_contribution(text) if spans else None
    known = len(text) if contribution is None else contribution
    after = [span for span in spans if span.start > known]
    return after + [span for span in spans if span.start <= known]


def _is_open_question(sentence: str) -> bool:
    if not cues.OPEN_QUESTION.search(sentence) or cues_in(sentence) & {"release", "naming"}:
        return False
    return not cues.OPEN_QUESTION_CLOSED.search(sentence) and _is_whole(sentence)


def first_contribution(text: str) -> int | None:
    """Offset of the first sentence that names what was done."""
    for start, end in split_sentences(text):
        if cues.NAMING.search(text, start, end) or cues.STUDY.search(text, start, end):
            return start
    return None


def recommendations(text: str) -> list[Span]:
    """Sentences in which the source itself advises researchers or practitioners, in the order of the text."""
    advising = [
        (span, sentence)
        for span, sentence in _read(text)
        if _is_advice(sentence)
        and _is_whole(sentence)
        and not cues.ADVERTISING.search(sentence)
        and not cues.CONTRAST.search(sentence)
        and quotable(text, [span])
    ]
    contribution = (first_contribution(text) or 0) if advising else 0
    return [
        span
        for span, sentence in advising
        # Ahead of the contribution "must" and "need" describe the field.
        if span.start >= contribution or cues.FIRST_PERSON_ADVICE.search(sentence)
    ]


def _is_whole(text: str) -> bool:
    """Whether a sentence can stand in a brief: neither a fragment nor a question nor endless."""
    return text.count(" ") >= 4 and len(text) <= 600 and text[-1] not in ":?"
