"""A question, understood as far as its own words go. Pure; English.

Nothing here looks into the index: what a question is about is decided later.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.addresses import arxiv_ref
from pipeline.answering.kinds import MANY_WORKS, RECORDED, WORK, Kind, kind_of
from pipeline.answering.premises import without_tag
from pipeline.answering.terms import Term, terms_of

_ADDRESS = re.compile(r"https?://[^\s<>|\"']+")
_ARXIV = re.compile(r"(?<![\w./])(?:arxiv:\s*)?(\d{4}\.\d{4,5})(?:v\d+)?(?![\w/])", re.I)
_BRACKETS = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_NUMBERED = re.compile(
    r"\b(?:ref(?:erence|s)?|paper|work|article|citation|source|number|no)s?\.?\s*#?\s*(\d{1,3})"
    r"((?:\s*(?:,|and|&|or)\s*#?\d{1,3}\b)*)(?![\w.%-])",
    re.I,
)
_QUOTED = re.compile(r"[\"“]([^\"“”]{8,300})[\"”]")

_POINTER = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|that|these|those|he|she|his|her|there|both|each|the (?:first|second"
    r"|third|last"
    r"|former|latter|other|same)(?: (?:one|paper|work|study|article))?|the (?:authors?|paper|study|work|article"
    r"|method|model"
    r"|approach|system|framework|dataset|benchmark))\b",
    re.I,
)
_GOING_ON = re.compile(
    r"^\W*(?:and|but|so|also|then|what about|how about|or|ok(?:ay)?|why|how so|which ones?|any|more|where"
    r"|when|who)\b",
    re.I,
)
_ORDINALS = {"first": 0, "former": 0, "second": 1, "latter": 1, "third": 2, "last": -1, "other": 1}
_ORDINAL = re.compile(
    r"\bthe (first|second|third|last|former|latter|other)\b(?: (?:one|paper|work|study|article|of (?:them|these"
    r"|those)))?"
    r"(?=\W*(?:$|\bone\b|[?.,;]|\band\b|\bdo\b|\bdoes\b|\bdid\b|\bsay\b))",
    re.I,
)

_OF_PART = re.compile(
    rf"\bwho (?:wrote|authored) (?!(?:the |that |this )?(?:[\w’'-]+ ){{0,5}}{WORK}\b"
    rf"|the (?:first|second|third|last|other|former|latter)\b|it\b|this\b|that\b|\["
    rf"|(?-i:[A-Z])|[\"“])",
    re.I,
)
_AUTHOR = r"((?:[A-Z][\w’'.-]*\s+){0,3}[A-Z][\w’'-]+)"
_BY = re.compile(
    rf"\b(?:by|from|authored by|written by|of)\s+{_AUTHOR}(?=\s+(?:et al|and (?:colleagues|others|co))|\W*$"
    rf"|\s+(?:about|on|say"
    rf"|find|report|show)|[?,])|\b{_AUTHOR}(?:['’]s)?\s+(?:et al|and colleagues)|\b(?:did|does|do|has|have) {_AUTHOR}"
    r"\s+(?:write|written|publish|published|author|find|found|say|said|report|reported|show|shown|propose|proposed)\b"
    rf"|\b{_AUTHOR}['’]s? (?:\w+ ){{0,2}}{WORK}\b"
)


_BY_BOTH = re.compile(rf"\bby\s+{_AUTHOR}\s*(?:,|,? and|&)\s+{_AUTHOR}")


@dataclass(frozen=True)
class Asked:
    """A question, understood as far as its own words go."""

    text: str
    kind: Kind
    terms: tuple[Term, ...] = ()
    numbers: tuple[int, ...] = ()
    """Numbers of references that it names."""
    works: tuple[str, ...] = ()
    """Ids of articles that it names by arXiv id or address."""
    names: tuple[str, ...] = ()
    """Made-up names and names of several words, as typed: `BudgetMem`, `Factorization Memory`."""
    authors: tuple[str, ...] = ()
    """Names that may be authors': "by Nathanson"."""
    parts: tuple[str, ...] = ()
    """What compared works are called, one text a work; empty unless there are two or more."""
    wanted: int = 1
    """How many works the answer should speak of, as far as the question tells."""
    ordinal: int | None = None
    """ "The second one": the place among the works that the thread is about; -1 is the last."""
    points_back: bool = False
    """It says "it", "they" or "the paper", or begins as if going on."""
    goes_on: bool = False
    """It begins as if going on: "and", "what about"."""


def understood(text: str) -> Asked:
    """The question as far as its own words go; the text is cleaned already."""
    without = without_tag(without_pointers(text))
    kind = kind_of(text)
    if kind == "authors" and _OF_PART.search(text):
        kind = "find"
    parts = _parts(without)
    if kind not in RECORDED and len(parts) > 1 and _is_comparison(without):
        kind = "compare"
    return Asked(
        text=text,
        kind=kind,
        terms=terms_of(_ORDINAL.sub(" ", without)),
        numbers=_numbers(text),
        works=_works(text),
        names=_names(without),
        authors=_authors(without),
        parts=parts,
        wanted=_works_wanted(without, kind, parts),
        ordinal=_ordinal(text),
        points_back=bool(_POINTER.search(without) or _GOING_ON.search(without)),
        goes_on=bool(re.match(r"\W*(?:and|but|what about|how about|same|also|or)\b", text, re.I)),
    )


def without_words(asked: Asked, left_out: Sequence[str]) -> Asked:
    """The question without terms that only name a work, such as the words of its title."""
    words = set(left_out)
    terms = tuple(t for t in asked.terms if t.word.lower() not in words and t.stem not in words)
    return replace(asked, terms=terms)


def without_figures(asked: Asked) -> Asked:
    """The question without its bare figures."""
    return replace(asked, terms=tuple(t for t in asked.terms if t.is_name or not t.word[0].isdigit()))


def clauses(text: str) -> list[str]:
    """The parts of a question that each want their own answer: "how much is saved, and at what cost?"."""
    pieces = re.split(
        r"[,;:?]\s+(?:and\s+)?|\s+and\s+(?=(?:how|what|which|at|who|where|why|on|of)\b)|\s+vs\.?\s+", text
    )
    if (
        ":" in text
        and len(pieces) > 2
        and not re.search(r"\b(?:how|what|which|who|where)\b", pieces[0], re.I)
    ):
        pieces = pieces[1:]  # the topic, not a question of its own
    kept = [piece for piece in pieces if terms_of(piece)]
    return kept if len(kept) > 1 else []


def described(text: str) -> str:
    """What one work is called by what it is about: `jailbreak scaling` in "the jailbreak scaling paper"; else empty."""
    found = [next(filter(None, groups)).strip() for groups in _DESCRIBED.findall(without_pointers(text))]
    return found[0] if len(found) == 1 and terms_of(found[0]) else ""


def quoted(text: str) -> tuple[str, ...]:
    """What stands in double quotation marks, such as a title."""
    return tuple(_QUOTED.findall(text))


def without_pointers(text: str) -> str:
    """The text without addresses and numbers of references."""
    return " ".join(_ARXIV.sub(" ", _NUMBERED.sub(" ", _BRACKETS.sub(" ", _ADDRESS.sub(" ", text)))).split())


def _numbers(text: str) -> tuple[int, ...]:
    found = [n for group in _BRACKETS.findall(text) for n in re.findall(r"\d+", group)]
    for match in _NUMBERED.finditer(text):
        found += re.findall(r"\d+", match[1] + match[2])
    return tuple(dict.fromkeys(int(n) for n in found))


def _works(text: str) -> tuple[str, ...]:
    refs = [arxiv_ref(address.rstrip(".,;:!?)")) for address in _ADDRESS.findall(text)]
    names = [ref[0] for ref in refs if ref] + _ARXIV.findall(_ADDRESS.sub(" ", text))
    return tuple(dict.fromkeys(f"arxiv:{name}" for name in names))


def _names(text: str) -> tuple[str, ...]:
    terms = {t.word: t for t in terms_of(text)}
    single = [word for word, t in terms.items() if (t.is_made_up or t.is_acronym) and t.weight >= 0.95]
    rows = re.findall(r"(?<![.!?:]\s)(?<!^)\b[A-Z][\w-]+(?:\s+[A-Z][\w-]+)+", text)
    return tuple(dict.fromkeys([*(" ".join(row.split()) for row in rows), *single]))


def _authors(text: str) -> tuple[str, ...]:
    together = [name for pair in _BY_BOTH.findall(text) for name in pair]
    found = [*together, *(next(g for g in groups if g) for groups in _BY.findall(text))]
    return tuple(dict.fromkeys(name for name in found if not re.search(r"\d|[A-Z]{2}", name)))


def _ordinal(text: str) -> int | None:
    found = _ORDINAL.search(text)
    return _ORDINALS[found[1].lower()] if found else None


_DESCRIBED = re.compile(
    rf"\b(?:the|a|an)\s+((?:(?!(?:the|a|an|and|or|in|of|for|to|from|with|two|three|other|same|first|second|last)\b)"
    rf"[\w’'+./-]+\s+){{1,5}})(?:{WORK}|replication|one)\b(?!-)|\b(?:a|an|the|one) {WORK} (?:on|about) "
    r"((?:(?!(?:and|or|in)\b)[\w-]+\s*){1,4})",
    re.I,
)
_THING = (
    rf"(?:{WORK}|survey|review|benchmark|framework|dataset|attack|defen[cs]e|approach|method|model|system"
    r"|replication|one)"
)
_CALLED = rf"(?:the|a|an)\s+((?:(?!(?:the|a|an|and|or|vs|versus)\b)[\w’'+./-]+\s+){{1,5}}?){_THING}\b(?!-)"
_LINKED = re.compile(rf"\b{_CALLED}(?:\s*,)?\s+(?:and|vs\.?|versus|or|with|to|&)\s+(?:in\s+)?{_CALLED}", re.I)
_MADE = rf"(?:{_THING}|corpus|comparison|tool|algorithm|evaluation|audit|analysis|experiment|simulator|agent)"
_MADE_BY = _CALLED.replace(_THING, _MADE)
_BOTH_MADE = re.compile(rf"\b{_MADE_BY}\s+(?:and|vs\.?|versus|or|&)\s+(?:in\s+)?{_MADE_BY}", re.I)
"""What may stand in one work or in two: only where no single work has both are two looked for."""
_NAME = r"[A-Z][\w.+-]*[A-Z0-9][\w.+-]*"
_PAIR = re.compile(
    rf"\b({_NAME})(?:(?:,\s*|\s+)({_NAME}))*,?\s+(?:and|vs\.?|versus|with|to|or|&)\s+({_NAME})"
    rf"|\b({_NAME})\s+(?:and|vs\.?|versus|with|or|&)\s+(?=(?:the|a|an)\s+(?:(?!in\b)[\w’'+./-]+\s+){{1,5}}{WORK}\b)"
)


_VERSUS = re.compile(
    rf"^\W*((?:[\w-]+\s+){{1,4}}){_THING}\s+(?:vs\.?|versus)\s+((?:[\w-]+\s+){{1,4}}){_THING}\b", re.I
)
_SIDES = re.compile(
    r"^\W*(?:the\s+)?((?:[\w'’+./-]+\s+){1,5})(?:vs\.?|versus)\s+(?:the\s+)?((?:[\w'’+./-]+\s*){1,5})(?=[:;,])",
    re.I,
)
_NAME_LINKED = re.compile(
    rf"\b({_NAME})\s+(?:and|vs\.?|versus|with|or|&)\s+(?:in\s+)?(?i:{_CALLED})"
    rf"|\b(?i:{_CALLED})\s+(?:and|vs\.?|versus|with|or|&)\s+({_NAME})"
)


def _parts(text: str) -> tuple[str, ...]:
    """What compared works are called: `attention-head` in "the attention-head paper", or names beside each other."""
    called = [next(g for g in groups if g).strip() for groups in _DESCRIBED.findall(text)]
    called = [part for part in called if terms_of(part)]
    named = [n.strip(".,") for groups in _PAIR.findall(text) for n in groups if n]
    linked = [
        part.strip()
        for row in (_LINKED, _BOTH_MADE)
        for pair in row.findall(text)
        for part in pair
        if part.strip()
    ]
    versus = [part.strip() for row in (_VERSUS, _SIDES) for pair in row.findall(text) for part in pair]
    aside = [part.strip() for groups in _NAME_LINKED.findall(text) for part in groups if part.strip()]
    kept = _each_once([*named, *aside, *called, *linked, *versus])
    return tuple(kept[:4]) if len(kept) > 1 or (kept and _OTHER.search(text)) else ()


def _each_once(parts: Sequence[str]) -> list[str]:
    """The parts without those that say no more than another one: `label flipping` beside `label flipping attack`."""
    kept: dict[frozenset[str], str] = {}
    for part in sorted(dict.fromkeys(parts), key=lambda part: -len(terms_of(part))):
        stems = frozenset(term.stem for term in terms_of(part))
        if not any(stems <= longer for longer in kept):
            kept[stems] = part
    return sorted(kept.values(), key=parts.index)


_OTHER = re.compile(rf"\bthe other (?:[\w-]+ ){{0,3}}{WORK}\b", re.I)
_COUNT = re.compile(rf"\b(two|three|both|four) (?:[\w+-]+ ){{0,5}}?(?:{MANY_WORKS}|ones)\b(?!['’])", re.I)


def _is_comparison(text: str) -> bool:
    described = sum(1 for _ in _DESCRIBED.finditer(text))
    return described > 1 or any(p.search(text) for p in (_LINKED, _NAME_LINKED, _VERSUS))


def _works_wanted(text: str, kind: Kind, parts: Sequence[str]) -> int:
    """How many works an answer speaks of, as far as the question tells."""
    found = _COUNT.search(text)
    said = {"two": 2, "both": 2, "three": 3, "four": 4}[found[1].lower()] if found else 0
    if _OTHER.search(text):
        said = max(said, 2)
    if kind == "compare":
        return max(2, said, len(parts))
    return max(1, said)
