"""Acronyms that a text defines, found and written out where a reader meets them first.

The definitions are found as Schwartz and Hearst describe ("A simple algorithm for identifying abbreviation definitions
in biomedical text", Pacific Symposium on Biocomputing 2003): the long form stands right before the short one in
parentheses and holds its letters in order.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

_SHORT = re.compile(r"\(([A-Z][A-Za-z0-9/&-]{1,9})(?:s)?[;,)]")
_FOUND = re.compile(r"(?<![\w/(.@#-])([A-Z][A-Za-z0-9/&-]*[A-Z][A-Za-z0-9]*)(?![\w/@)-]|\.\w)")
_QUOTED = re.compile(r"“[^”]*”")
FAMILIAR = frozenset(
    "AI ML NLP LLM GPU CPU API URL HTTP HTML JSON SQL PDF USA UK EU IT IEEE ACM ID OS UI IP DNA RNA "
    "MRI CT GPT PhD".split()
)
"""Short forms that readers of research briefs know."""
LONGEST = 90


class Definition(NamedTuple):
    """What a short form stands for, and where the text says so: long form and parentheses."""

    long: str
    start: int
    end: int
    plural: bool
    """Whether the short form has its plural there."""


def definitions(text: str) -> dict[str, Definition]:
    """The acronyms that a text defines, by their short forms in the singular; the first definition counts."""
    found: dict[str, Definition] = {}
    for match in _SHORT.finditer(text):
        short = singular(match[1])
        start = _long_form(short, text[: match.start()].rstrip())
        if start is not None and short not in found:
            end = text.find(")", match.end() - 1) + 1 or match.end()
            plural = text[match.end(1) - 1] == "s" or text[match.end(1)] == "s"
            found[short] = Definition(" ".join(text[start : match.start()].split()), start, end, plural)
    return found


def singular(short: str) -> str:
    """`LLM` for `LLMs`."""
    return short[:-1] if short.endswith("s") and short[:-1].isupper() else short


def _long_form(short: str, before: str) -> int | None:
    """Offset at which the long form begins, in the text that ends right before the parentheses."""
    letters = [c.lower() for c in short if c.isalnum()]
    if sum(c.isupper() for c in short) < 2:
        return None
    words = min(len(letters) + 5, len(letters) * 2)
    at, earliest = len(before) - 1, max(len(before) - LONGEST, 0)
    for number, letter in enumerate(reversed(letters), 1):
        first = number == len(letters)
        while at >= earliest and (
            before[at].lower() != letter
            or (first and at > 0 and not (before[at - 1].isspace() or before[at - 1] in "\"'“‘/"))
        ):
            at -= 1
        if at < earliest:
            return None
        at -= 1
    start = at + 1
    long = before[start:]
    is_sound = (
        len(long.split()) <= words and len(long) > len(short) and not re.search(r"[.;:?!()\[\]$\\]", long)
    )
    return start if is_sound and " " in long + " " else None


def in_use(text: str) -> list[str]:
    """The short forms in a text that stand alone, in the singular, each once."""
    return list(dict.fromkeys(singular(match[1]) for match in _FOUND.finditer(_without_titles(text))))


def _without_titles(text: str) -> str:
    """The text of the same length with what stands in quotation marks blanked."""
    return _QUOTED.sub(lambda match: " " * len(match[0]), text)


def written_out(text: str, short: str, definition: Definition) -> str:
    """The text with the long form where the short one first stands, which follows in parentheses."""
    pattern = rf"(?<![\w/(.@#-]){re.escape(short)}(s?)(?![\w/@)-]|\.\w)"
    match = re.search(pattern, _without_titles(text))
    if match is None:
        return text
    long = definition.long
    if match[1] and not long.endswith("s"):
        long += "s"
    elif not match[1] and definition.plural:
        long = long.removesuffix("s")
    return f"{text[: match.start()]}{long} ({match[0]}){text[match.end() :]}"


def contracted(text: str, known: Mapping[str, Definition]) -> str:
    """The text with "long form (SHORT)" as "SHORT": the same sentence, whether written out or not."""
    for short, definition in known.items():
        stem = re.escape(definition.long.removesuffix("s"))
        text = re.sub(rf"{stem}s?\s*\(({re.escape(short)}s?)\)", r"\1", text, flags=re.I)
    return text
