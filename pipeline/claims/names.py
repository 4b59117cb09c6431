"""Names of a text (methods, data sets, models, people, places) and whether a source holds them."""

import re
import unicodedata
from functools import lru_cache

from pipeline.claims.numbers import WORDS
from pipeline.claims.reading import Reading
from pipeline.terms import rarity, singular, stem

_TOKEN = re.compile(r"[^\W_]+(?:[-‐.&+][^\W_]+)*\+*")
_SPLIT = re.compile(r"[-‐.&+/]")
KNOWN = {
    "ai": "artificial intelligence",
    "llm": "language model",
    "llms": "language models",
    "rl": "reinforcement learning",
    "vlm": "vision-language",
    "mllm": "multimodal",
    "qa": "question answer",
    "nlp": "natural language",
    "ml": "machine learning",
    "cot": "chain-of-thought",
    "rag": "retrieval-augmented",
    "sft": "supervised fine-tuning",
    "us": "american",
    "usa": "american",
}
"""Abbreviations that everybody in the field reads as the words behind them."""


UNITS = frozenset("GB MB KB TB kB GHz MHz kHz Hz".split())
"""Written like names, and compared with the figure before them."""

EVERYWHERE = frozenset("AI ML".split())
"""Names of the whole field, which no source has to mention."""


def names_of(claim: str) -> list[str]:
    """The names in a claim, in order: capitals inside a sentence, mixed case, letters with digits."""
    found = []
    for match in _TOKEN.finditer(claim):
        token = match.group()
        if token in UNITS or token in EVERYWHERE or token in found or token.lower() in WORDS:
            continue
        if _is_name(token, _begins(claim, match.start())):
            found.append(token)
    return found


def _begins(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \"'“‘(*")
    return not before or before[-1] in ".:;!?—–]"


def _is_name(token: str, first: bool) -> bool:
    letters = [c for c in token if c.isalpha()]
    if not letters or len(token) < 2:
        return False
    if any(c.isdigit() for c in token) and token[0].isalpha():
        return True
    capitals = sum(c.isupper() for c in letters)
    if capitals >= 2 and not token.istitle():
        return True
    if not token[0].isupper() or len(token) < 3:
        return False
    return not first or _is_unusual(token)


def _is_unusual(token: str) -> bool:
    """Whether a word that opens a sentence is likely a name: a rare word without an English ending."""
    part = _SPLIT.split(token)[0].lower()
    common = r"(?:ing|ed|ly|tion|tions|ment|ness|ity|able|ous|ive|al|ic|er|ers|est|s|y|e|ful|less|ism|ist)$"
    return rarity(stem(part)) >= 1.0 and not re.search(common, part) and len(part) > 5


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


@lru_cache(maxsize=512)
def _without_marks(text: str) -> frozenset[str]:
    """The words of a text with raised and lowered characters on the line: `R^2` and R² are R2."""
    plain = unicodedata.normalize("NFKC", text.lower())
    return frozenset(re.findall(r"[^\W_]+", re.sub(r"[\^${}\\_]", "", plain)))


@lru_cache(maxsize=2048)
def _initials(text: str) -> tuple[str, str]:
    """The first letters of all words of a text, and of all but the small ones, as one string each."""
    words = [w for w in re.split(r"[\W_]+", text) if w]
    small = {"of", "the", "for", "and", "a", "an", "in", "to", "on", "with", "by"}
    return "".join(w[0].lower() for w in words), "".join(
        w[0].lower() for w in words if w.lower() not in small
    )


def holds_name(name: str, source: Reading) -> bool:
    """Whether a source holds a name, as written, as its singular, within a compound, or spelled out."""
    low = name.lower().replace("‐", "-")
    if low in source.words or singular(low) in source.words or f"{low}s" in source.words:
        return True
    if low in KNOWN and all(stem(part) in source.stems for part in re.split(r"[ -]", KNOWN[low])):
        return True
    if _plain(low) in source.words or (low[-1].isdigit() and low in _without_marks(source.text)):
        return True
    parts = [part for part in _SPLIT.split(low) if part]
    if len(parts) > 1 and all(_holds_part(part, source) for part in parts):
        return True
    return _holds_part(low, source) or _spelled_out(name, source)


def _holds_part(part: str, source: Reading) -> bool:
    if part in source.words or singular(part) in source.words or stem(part) in source.stems:
        return True
    return len(part) > 4 and part.isalpha() and part in _plain(source.text)


def _spelled_out(name: str, source: Reading) -> bool:
    letters = _plain(singular(name) if name[:-1].isupper() else name)
    if not 2 <= len(letters) <= 6 or not letters.isalpha() or not name[0].isupper():
        return False
    return len(letters) > 2 and any(letters in initials for initials in _initials(source.text))


def missing_names(claim: str, source: Reading) -> list[str]:
    """The claim's names that the source does not hold."""
    return [name for name in names_of(claim) if not holds_name(name, source)]
