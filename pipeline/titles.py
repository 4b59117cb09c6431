"""Titles of works and names of people: told apart in a line, and in one spelling for comparing them. Pure."""

import re
import unicodedata
from functools import lru_cache

TITLE_WORDS = 4
TITLE_LETTERS = 20

_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|PhD|Ph\.D|MD|M\.D)\.?", re.I)
_AFFILIATION = re.compile(r"\([^()]*\)\s*(?=[,;(]|$|and\s|&\s)")
_GENERIC = re.compile(
    r"\b(?:open|weekly|monthly|daily|discussion|community) (?:discussion )?threads?\b|"
    r"\b(?:weekly|monthly|daily|weekend|fortnightly|sunday|monday|friday) "
    r"(?:links|reading|roundup|round up|digest|news|newsletter|update|updates|brief|briefing|review|recap|report)\b|"
    r"\blinks (?:for|of|from)\b|\b(?:this|last|the past) (?:week|month) in\b|\b(?:week|month|year) in review\b|"
    r"\b(?:newsletter|digest|roundup|round up|changelog|release notes|call for papers|quick takes|shortform)\b|"
    r"\b(?:issue|episode|ep|vol|volume|no|number|edition|week|day)\s*#?\d+\b|#\d+"
)
_LATEX_COMMAND = re.compile(
    r"\\(?:text(?:bf|it|sc|tt|rm|sf)?|math(?:bf|it|rm|cal|bb|sf|tt|frak)?|emph|operatorname)\b"
)
_LATEX_ACCENT = re.compile(r"\\[`'^\"~=.]|\\[uvHcdbrtk](?=\{)")


@lru_cache(maxsize=8_192)
def title_words(title: str) -> str | None:
    """The words of a title without case, accents, LaTeX and punctuation; none if it is too short or too general."""
    text = _LATEX_ACCENT.sub("", _LATEX_COMMAND.sub(" ", title))
    text = unicodedata.normalize("NFKD", text.replace("$", "").replace("{", "").replace("}", "")).casefold()
    if _GENERIC.search(re.sub(r"[^\w#]+", " ", text)):
        return None
    plain = "".join(_spelled(char) for char in text if not unicodedata.combining(char))
    words = re.findall(r"[\w+#]+", plain.replace("_", " ").replace("'", "").replace("’", ""))
    letters = sum(char.isalpha() for word in words for char in word)
    is_specific = len(words) >= TITLE_WORDS and letters >= TITLE_LETTERS
    return " ".join(words) if is_specific else None


def _spelled(char: str) -> str:
    """Greek letters by name, as LaTeX writes them."""
    if not "\u0370" <= char <= "\u03ff":
        return char
    return unicodedata.name(char, "").rpartition(" ")[2].lower() or char


def plain_title(title: str) -> str:
    """The words of any title, without case and punctuation."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", title).casefold()))


@lru_cache(maxsize=8_192)
def person(name: str) -> str:
    """First initial and last name; empty for a single word, which is a handle or an institution."""
    plain = unicodedata.normalize("NFKD", name.partition(",")[0]).casefold()
    words = re.findall(r"\w+", "".join(char for char in plain if not unicodedata.combining(char)))
    return f"{words[0][0]} {words[-1]}" if len(words) > 1 else ""


def split_if_people(text: str) -> list[str]:
    """Several names only if each part looks like a person's; "Research, Engineering and Policy" is one."""
    names = split_names(text)
    return names if all(" " in name for name in names) else [text.strip(" ()<>,;")][: bool(text)]


def split_names(text: str) -> list[str]:
    """The names in a list of authors, without the affiliations in parentheses; suffixes stay with their name."""
    text = _AFFILIATION.sub(" ", _flat(text) if text.count("(") > 1 else text)
    names: list[str] = []
    for part in re.split(r"[,;]\s*(?:and\s+|&\s+)?|\s+(?:and|&)\s+", text):
        name = " ".join(part.strip(" ()<>").split())
        if names and _SUFFIX.fullmatch(name):
            names[-1] += f", {name}"
        elif name and name.lower().rstrip(".") != "et al":
            names.append(name)
    return names


def _flat(text: str) -> str:
    """Parentheses inside parentheses dropped, what is in them kept."""
    kept: list[str] = []
    depth = 0
    for char in text:
        depth = max(depth + (char == "(") - (char == ")"), 0)
        is_inner = (char == "(" and depth > 1) or (char == ")" and depth > 0)
        kept.append("" if is_inner else char)
    return "".join(kept)


_NAME = re.compile(r"^(?P<name>[^:?!]{2,60}?)(?P<mark>[:?!])\s+\S")
_NO_NAME = frozenset(
    "abstract comment commentary correction editorial erratum extended abstract news note on part position position "
    "paper poster preprint reply report response review short paper sok survey technical report tl;dr tutorial update "
    "vision paper white paper working paper".split()
)


def short_title(title: str) -> str:
    """What people call a work: its title up to a colon or question mark if one to seven words stand before it."""
    match = _NAME.match(title)
    if match is None:
        return title
    name = match["name"].strip()
    words = name.lower().split()
    if len(words) > 7 or all(word in _NO_NAME or word.isdigit() for word in words):
        return title
    return name if match["mark"] == ":" else name + match["mark"]
