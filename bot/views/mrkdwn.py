"""Slack's mrkdwn: escaping, links, and the splitting of long texts. Everything from outside passes through here.

Slack reads `&`, `<` and `>` as its own, nothing else (https://docs.slack.dev/messaging/formatting-message-text).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

LABEL_LIMIT = 300
"""Characters of a link's label; a longer title is cut at a word."""

URL_LIMIT = 1200
"""A longer address is not linked: the link would not fit a block together with its sentence."""

MARKS = re.compile(r"\[(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\]")
_TOKEN = re.compile(r"<[^<>]*>|\s+|[^\s<]+|<")
_ENTITY = re.compile(r"&(?:amp|lt|gt);|.", re.DOTALL)
_UNSAFE_IN_URL = {c: f"%{ord(c):02X}" for c in '<>|"`^\\{} '}


def clean(text: str) -> str:
    """The text without control, bidirectional, zero-width and other invisible characters."""
    text = text.replace("\r\n", "\n").replace("\t", " ").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


def escape(text: str) -> str:
    """The text as Slack shows it literally: no mention, channel or link can come of it."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """What Slack shows for escaped text."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def one_line(text: str) -> str:
    """The cleaned text with every run of white space as one blank."""
    return " ".join(clean(text).split())


def shorten(text: str, limit: int) -> str:
    """The text within the limit, cut at a word border and marked with an ellipsis if it was longer."""
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    border = head.rfind(" ")
    return (head[:border] if border > limit // 2 else head).rstrip(" ,;:") + "…"


def plain(text: str, limit: int) -> str:
    """One line for a plain_text object; what looks like a mention there is made harmless as well."""
    return shorten(re.sub(r"<(?=[!@#])", "‹", one_line(text)), limit)


def address(url: str | None) -> str | None:
    """An http(s) address fit to stand in a link, or None."""
    if not url or not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return None
    safe = "".join(_UNSAFE_IN_URL.get(c, c) for c in clean(url).replace("\n", ""))
    safe = safe.replace("&", "&amp;")
    return safe if len(safe) <= URL_LIMIT else None


def link(url: str | None, label: str) -> str:
    """`<url|label>`, or the label alone where the address is not http(s)."""
    text = escape(shorten(one_line(label), LABEL_LIMIT))
    target = address(url)
    return f"<{target}|{text}>" if target and text else text


def channel(name: str) -> str:
    """A channel's id as a link to it, its name as text."""
    return f"<#{name}>" if re.fullmatch(r"[CG][A-Z0-9]+", name) else escape(one_line(name))


def local_time(moment: datetime) -> str:
    """An instant in the reader's own time zone."""
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{moment:%a %d %b %Y %H:%M} UTC>"


def bold(text: str) -> str:
    """Escaped or linked text in bold; its own asterisks give way, or they would end the bold early."""
    inner = text.strip().replace("*", "∗") if not text.startswith("<") else text.strip()
    return f"*{inner}*" if inner else ""


def italic(text: str) -> str:
    """Escaped text in italics."""
    return f"_{text.strip()}_" if text.strip() else ""


def quote(text: str) -> str:
    """Escaped text as a quotation, every line of it."""
    return "\n".join(f">{line}" for line in text.split("\n"))


def marks(text: str) -> list[int]:
    """The numbers in the `[n]` marks of a text, in order."""
    return [int(n) for match in MARKS.finditer(text) for n in re.split(r"\s*[,;]\s*", match[1])]


def cite(text: str, urls: Mapping[int, str | None]) -> str:
    """Escapes a sentence and links each of its `[n]` marks; numbers not in `urls` stay plain text."""
    pieces, end = [], 0
    for match in MARKS.finditer(text):
        numbers = marks(match[0])
        if not any(n in urls for n in numbers):
            continue
        pieces += [escape(text[end : match.start()]), _marks(numbers, urls)]
        end = match.end()
    return "".join([*pieces, escape(text[end:])])


def _marks(numbers: Sequence[int], urls: Mapping[int, str | None]) -> str:
    return " ".join(link(urls.get(n), f"[{n}]") for n in numbers)


def pack(atoms: Iterable[tuple[str, str]], limit: int) -> list[str]:
    """Joins (glue, text) pairs into as few texts as fit the limit; the glue stands before its text.

    Only a text that is longer than the limit is itself split.
    """
    texts: list[str] = []
    for glue, atom in atoms:
        for n, piece in enumerate(split(atom, limit)):
            if texts and n == 0 and len(texts[-1]) + len(glue) + len(piece) <= limit:
                texts[-1] += glue + piece
            else:
                texts.append(piece)
    return texts


def split(text: str, limit: int) -> list[str]:
    """The text in pieces within the limit, cut at word borders outside links, each cut marked with `…`."""
    if len(text) <= limit:
        return [text]
    pieces, current = [], ""
    for token in _tokens(text, limit - 2):
        if len(current) + len(token) <= limit - 2:
            current += token
            continue
        if current.strip("… \n"):
            pieces.append(current.rstrip() + "…")
        current = ("…" if pieces else "") + token.lstrip()
    return [*pieces, current] if current.strip("… \n") else pieces


def _tokens(text: str, limit: int) -> Iterable[str]:
    """Links, words and blanks; a word longer than the limit is cut between characters, never in an entity."""
    for token in _TOKEN.findall(text):
        if len(token) <= limit or token.startswith("<"):
            yield token
            continue
        piece = ""
        for unit in _ENTITY.findall(token):
            if len(piece) + len(unit) > limit:
                yield piece
                piece = ""
            piece += unit
        yield piece
