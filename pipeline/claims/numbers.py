"""Quantities of a text and whether a source gives them: figures, number words, fractions, shares and factors."""

import re
from typing import NamedTuple

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_TENS = "thirty forty fifty sixty seventy eighty ninety"
WORDS: dict[str, float] = {word: float(n) for n, word in enumerate(_SMALL.split())}
WORDS |= {
    "single": 1.0,
    "a hundred": 1e2,
    "a thousand": 1e3,
    "a million": 1e6,
    "a billion": 1e9,
    "a dozen": 12.0,
}
WORDS |= {word: 10.0 * n for n, word in enumerate(_TENS.split(), start=3)} | {"dozen": 12.0}
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
LETTERS = {"k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "B": 1e9, "b": 1e9, "T": 1e12}
SHARES = {
    "half": 0.5,
    "halved": 0.5,
    "halving": 0.5,
    "third": 1 / 3,
    "thirds": 1 / 3,
    "quarter": 0.25,
    "quarters": 0.25,
    "fifth": 0.2,
    "fifths": 0.2,
    "tenth": 0.1,
    "tenths": 0.1,
}
FACTORS = {"twice": 2.0, "double": 2.0, "doubled": 2.0, "doubles": 2.0, "doubling": 2.0, "triple": 3.0}
FACTORS |= {
    "tripled": 3.0,
    "triples": 3.0,
    "twofold": 2.0,
    "threefold": 3.0,
    "fourfold": 4.0,
    "tenfold": 10.0,
}

_FIGURE = re.compile(
    r"(?<![\w.])(?P<sign>[+\-−]\s?)?\$?(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:\s?[-–]?\s?(?P<scale>hundred|thousand|million|billion|trillion)\b|(?P<letter>[kKMmBbT])(?![\w]))?"
    r"\+?(?:\s?(?P<unit>%|\\%|per\s?cent\b|percentage points?\b|points?\b|pp\b|[x×](?![\w])|times\b|-?fold\b"
    r"|(?:ms|s|min|hours?|h|days?|GB|MB|KB|TB|kB|GHz|MHz|Hz|mm|cm|km|kg|mg)\b)"
    r"|(?P<rank>st|nd|rd|th)\b)?(?![A-Za-z])"
)
_UNITS = "one|two|three|four|five|six|seven|eight|nine"
_NAMED = re.compile(
    rf"\b(?:(?P<tens>twenty|{'|'.join(_TENS.split())})(?:[- ](?P<second>{_UNITS}))?"
    rf"|(?P<first>{'|'.join(sorted(WORDS, key=len, reverse=True))}))"
    r"(?:[- ](?P<scale>hundred|thousand|million|billion))?(?![\w])"
    r"(?P<unit>\s(?:percent|per cent|percentage points?|points?|times)\b|-?fold\b)?",
    re.I,
)
_PART = re.compile(
    r"\b(?:(?P<top>one|two|three|four|a)[- ])?(?P<part>half|halved|halving|(?:thirds|quarters|fifths|tenths)\b"
    r"|(?:third|quarter|fifth|tenth)(?=\s(?:of|as|less|more|that|when|if|in|at)\b|\s?[,.;:)]|$))",
    re.I,
)
_FACTOR = re.compile(r"\b(?:" + "|".join(FACTORS) + r")\b", re.I)
_ABOUT = re.compile(
    r"(?:about|around|roughly|approximately|nearly|almost|some|close to|circa|an? estimated|just (?:over|under)"
    r"|more than|over|at least|above|up to|less than|fewer than|under|below|as (?:much|many) as|at most|~)\s*$",
    re.I,
)
_ENUMERATOR = re.compile(r"(?:(?<=\()|(?<![\w.(]))\d{1,2}(?=\)\s)")
"""The `1` of `(1) first, (2) second`, which counts nothing."""
_LEFT = re.compile(
    r"\b(?:remain\w*|left|rest|other|only|just|kept|keep\w*|retain\w*|not|no|never|none|without|free|fail\w*|miss\w*)\b",
    re.I,
)
_MORE = re.compile(r"(?:more than|over|at least|above|exceed(?:s|ing)?|beyond)\s*$", re.I)
_LESS = re.compile(
    r"(?:less than|fewer than|under|below|at most|up to|nearly|almost|within|\bsub-?)\s*$", re.I
)


class Quantity(NamedTuple):
    """A number with the kind of its unit (share, points, factor, plain, or a unit's own name) and its place."""

    value: float
    kind: str
    text: str
    start: int
    rough: str
    """`more`, `less` or `about` where the text says so, else empty."""
    decimals: int


def quantities(text: str) -> list[Quantity]:
    """All quantities of a text, in order of their place; numbers inside names such as GPT-4 are left out."""
    listed = {match.start() for match in _ENUMERATOR.finditer(text)}
    found = [
        _figure(match, text)
        for match in _FIGURE.finditer(text)
        if match.start() not in listed and not _in_name(match, text)
    ]
    parts = list(_PART.finditer(text))
    within = [range(*match.span()) for match in parts]
    found += [
        _named(match, text)
        for match in _NAMED.finditer(text)
        if match.group().lower() != "one" and not any(match.start() in span for span in within)
    ]
    for match in parts:
        top = WORDS.get((match["top"] or "one").lower(), 1.0)
        found.append(_quantity(100 * top * SHARES[match["part"].lower()], "share", match, text, 0))
    for match in _FACTOR.finditer(text):
        found.append(_quantity(FACTORS[match.group().lower()], "factor", match, text, 0))
    return sorted(found, key=lambda quantity: quantity.start)


def _in_name(match: re.Match[str], text: str) -> bool:
    before = text[max(match.start() - 12, 0) : match.start()]
    if match["sign"]:
        before += match["sign"]
    if re.search(r"\bsub[-–]$", before, re.I):
        return False
    return bool(re.search(r"(?<![\d.])[A-Za-z)][-–]$|\w@$|[A-Z][A-Za-z]*\s?v$", before))


def _figure(match: re.Match[str], text: str) -> Quantity:
    digits = match["value"].replace(",", "")
    value = (
        float(digits)
        * SCALES.get((match["scale"] or "").lower(), 1.0)
        * LETTERS.get(match["letter"] or "", 1.0)
    )
    decimals = len(digits.partition(".")[2])
    return _quantity(value, "rank" if match["rank"] else _kind(match["unit"]), match, text, decimals)


def _named(match: re.Match[str], text: str) -> Quantity:
    value = WORDS[(match["tens"] or match["first"]).lower()] + WORDS.get((match["second"] or "").lower(), 0.0)
    value *= SCALES.get((match["scale"] or "").lower(), 1.0)
    return _quantity(value, _kind(match["unit"]), match, text, 0)


def _quantity(value: float, kind: str, match: re.Match[str], text: str, decimals: int) -> Quantity:
    before = text[max(match.start() - 20, 0) : match.start()]
    if not kind and re.search(r"\bfactors? of\s*$", before, re.I):
        kind = "factor"
    rough = "more" if _MORE.search(before) else "less" if _LESS.search(before) else ""
    rough = rough or ("about" if _ABOUT.search(before) else "")
    return Quantity(value, kind, match.group().strip(), match.start(), rough, decimals)


def _kind(unit: str | None) -> str:
    unit = (unit or "").strip().lower().lstrip("\\-")
    if unit in ("%", "percent", "per cent"):
        return "share"
    if unit.startswith(("percentage", "point", "pp")):
        return "points"
    if unit in ("x", "×", "times", "fold"):
        return "factor"
    return unit.rstrip("s") if len(unit) > 2 else unit


def agrees(claimed: Quantity, given: Quantity) -> bool:
    """Whether the source's quantity is what the claim says, honest rounding and "more than" allowed."""
    if not _kinds_agree(claimed.kind, given.kind):
        return False
    return any(_close(claimed, value) for value in _readings(claimed, given))


def _kinds_agree(claimed: str, given: str) -> bool:
    # A claim may leave out a unit that the source gives: "424 hours, 174 of them".
    return claimed in (given, "") or {claimed, given} in (
        {"share", "points"},
        {"share", ""},
        {"points", ""},
        {"factor", ""},
        {"rank", ""},
    )


def _readings(claimed: Quantity, given: Quantity) -> list[float]:
    if claimed.kind == "share" and given.kind == "" and given.value <= 1:
        return [given.value, 100 * given.value]
    return [given.value]


def _close(claimed: Quantity, value: float) -> bool:
    if abs(claimed.value - value) <= 1e-9 * max(abs(value), 1.0):
        return True
    if claimed.rough == "more":
        return claimed.value < value <= 1.12 * claimed.value
    if claimed.rough == "less":
        return 0.88 * claimed.value <= value < claimed.value
    if claimed.rough == "about" or (claimed.kind == "share" and "%" not in claimed.text):
        return abs(claimed.value - value) <= 0.06 * max(abs(value), 1e-9)
    return claimed.decimals > 0 and abs(round(value, claimed.decimals) - claimed.value) < 1e-9


def implied(claimed: Quantity, source: list[Quantity], claim: str) -> bool:
    """Whether the quantity follows from the source's by a step that a reader takes.

    That is: what a share leaves over, where the claim speaks of what is left or not so; the share that a factor
    leaves or takes away; a ratio of two figures.
    """
    shares = [quantity.value for quantity in source if quantity.kind in ("share", "points")]
    if claimed.kind == "share" and _LEFT.search(claim):
        shares = [100 - value for value in shares]
        if any(abs(value - claimed.value) < 0.51 for value in shares):
            return True
    if claimed.kind == "share" and "%" not in claimed.text:
        factors = [quantity.value for quantity in source if quantity.kind == "factor" and quantity.value > 1]
        if any(abs(left - claimed.value) < 1 for f in factors for left in (100 / f, 100 - 100 / f)):
            return True
    if claimed.kind == "factor":
        plain = [quantity.value for quantity in source if quantity.value > 0]
        return any(abs(a / b - claimed.value) <= 0.06 * claimed.value for a in plain for b in plain if a > b)
    return False


def _counted(claimed: Quantity, claim: list[Quantity], source: list[Quantity]) -> bool:
    """Whether a small number word may count what the claim or the source lists, or be the sum of two figures."""
    if claimed.kind or claimed.text[:1].isdigit():
        return False
    if claimed.value <= 4:
        return True
    plain = [
        quantity.value
        for quantity in (*claim, *source)
        if not quantity.kind and quantity.value < claimed.value
    ]
    return any(a + b == claimed.value for n, a in enumerate(plain) for b in plain[n:])


def missing(claim: str, source: str) -> list[tuple[Quantity, Quantity | None]]:
    """The claim's quantities that the source does not give, each with the source's nearest one of its kind."""
    given, mine = quantities(source), quantities(claim)
    lost = []
    for quantity in mine:
        if any(agrees(quantity, other) for other in given) or implied(quantity, given, claim):
            continue
        if _counted(quantity, mine, given):
            continue
        lost.append((quantity, _instead(quantity, given)))
    return lost


def _instead(claimed: Quantity, given: list[Quantity]) -> Quantity | None:
    same = [quantity for quantity in given if quantity.kind == claimed.kind]
    return min(same, key=lambda quantity: abs(quantity.value - claimed.value), default=None)
