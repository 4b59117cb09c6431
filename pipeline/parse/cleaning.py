"""Markup and raw text from outside -> clean text in paragraphs. Pure; lxml is imported when first needed."""

import html
import re
from dataclasses import dataclass
from typing import Any

from pipeline.addresses import web_address

MAX_MARKUP = 4_000_000
"""Characters of HTML or text that are looked at; a longer value is read up to here."""
MAX_ATTRIBUTES = 256

# Control, zero-width, direction, filler and tag characters, and lone surrogates: they can hide text from a
# reader, reorder it, or cannot be stored.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
_NEWLINE = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_TAG = re.compile(
    r"</?(?:a|abbr|article|b|big|blockquote|br|center|cite|code|del|details|div|dl|dt|dd|em|figcaption|figure|"
    r"font|footer|h[1-6]|header|hr|i|iframe|img|ins|kbd|li|main|mark|nav|ol|p|pre|q|s|script|section|small|"
    r"span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|video)"
    r"(?:\s[^<>]*)?/?>|<[a-z]+-[a-z-]+[\s/>]|<!--",
    re.I,
)
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]+", re.I)
_SENTENCE_END = re.compile(r"[.!?][\"')\]\u201d]*(?=\s)|[\u3002\uff01\uff1f]|\n\n")

_LONG_TAG = re.compile(r"<[^<>]{4096,}>?")
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr li main menu nav ol p pre section summary table tbody tfoot thead tr ul".split()
)
_CODE = frozenset(("code", "kbd", "pre", "samp", "tt"))
_DROPPED = (
    "annotation annotation-xml audio button canvas embed frame head iframe input noscript object script select "
    "style svg template textarea title video"
).split()
_UNSEEN = (
    "//*[@hidden or contains(translate(@style, ' ', ''), 'display:none') or "
    "contains(translate(@style, ' ', ''), 'visibility:hidden') or contains(@class, 'katex-html')]"
)


@dataclass(frozen=True)
class Cleaned:
    """Text in paragraphs, and the http(s) addresses that it links to, in order and without repeats."""

    text: str
    links: tuple[str, ...] = ()


def visible(text: str) -> str:
    """The text without hidden characters, every line break a newline."""
    return _HIDDEN.sub("", _NEWLINE.sub("\n", text))


def one_line(text: str) -> str:
    """The text without hidden characters, on one line."""
    return " ".join(visible(text).split())


def decoded(text: str) -> str:
    """The text with complete character references (`&amp;`) decoded once; `a &lt b` stays as it is."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def has_markup(text: str) -> bool:
    """Whether the text holds a tag of HTML; `a < b`, `<think>` and `List<int>` are no markup."""
    return "<" in text and _TAG.search(text) is not None


def plain_to_text(text: str, base: str = "", *, max_links: int = 40) -> Cleaned:
    """Plain text with its lines joined into paragraphs, blank lines between them."""
    blocks = (
        " ".join(block.split()) for block in re.split(r"\n[^\S\n]*\n", visible(decoded(text[:MAX_MARKUP])))
    )
    joined = "\n\n".join(block for block in blocks if block)
    found = (match[0].rstrip(".,;:!?)*_") for match in _ADDRESS.finditer(joined))
    return Cleaned(joined, _addresses(found, base, max_links))


def html_to_text(markup: str, base: str = "", *, max_links: int = 40) -> Cleaned:
    """The readable text of HTML: one paragraph for each block, table cells joined by commas, no markup."""
    root = _tree(markup)
    if root is None:
        return Cleaned("")
    text = _Writer().write(root)
    hrefs = (anchor.get("href", "") for anchor in root.iter("a"))
    return Cleaned(text, _addresses(hrefs, base, max_links))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ending with a whole sentence if one ends in the last quarter, else a word."""
    if len(text) <= limit:
        return text
    head = text[: limit + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(head, limit - limit // 4) if match.end() <= limit]
    if ends:
        return head[: ends[-1]].rstrip()
    space = head.rfind(" ", limit - limit // 4)
    return head[: space if space > 0 else limit].rstrip()


def opening(text: str, length: int) -> str:
    """The first words of a text, at most about `length` characters, with an ellipsis if more follows."""
    line = " ".join(text.split("\n\n", 1)[0].split())
    if len(line) <= length:
        return line
    space = line.rfind(" ", length // 2, length + 1)
    return line[: space if space > 0 else length].rstrip(" ,;:") + "…"


def _addresses(found: Any, base: str, limit: int) -> tuple[str, ...]:
    kept: dict[str, None] = {}
    for value in found:
        if len(kept) >= limit:
            break
        if value and not value.startswith("#") and (address := web_address(value, base)):
            kept.setdefault(address)
    return tuple(kept)


def _tree(markup: str) -> Any:
    """The parsed markup without what is not shown; none if nothing is left."""
    from lxml import etree  # type: ignore[import-untyped]
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    body = re.sub(r"<\?[^>]*>|<!\[CDATA\[|\]\]>", "", _HIDDEN.sub("", markup[:MAX_MARKUP]))
    # The parser's time grows with the square of a tag's attributes.
    body = _LONG_TAG.sub(lambda match: "" if match[0].count("=") > MAX_ATTRIBUTES else match[0], body)
    if not body.strip():
        return None
    try:
        root = lxml_html.document_fromstring(body, parser=parser)
    except (etree.ParserError, ValueError):
        return None
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    for element in root.xpath(_UNSEEN):
        if element.getparent() is not None:
            element.drop_tree()
    return root


class _Writer:
    """Collects the text of a tree: blocks end a paragraph, `br` a line, cells are joined in their row."""

    def __init__(self, *, is_inner: bool = False) -> None:
        self._blocks: list[str] = []
        self._pieces: list[str] = []
        self._verbatim = 0
        self._in_code = 0
        self._is_inner = is_inner

    def write(self, root: Any) -> str:
        from lxml import etree

        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                self._open(tag)
                self._say(element.text)
            else:
                self._close(tag)
                self._say(element.tail)
        self._end_block()
        return "\n\n".join(self._blocks)

    def _open(self, tag: str) -> None:
        self._in_code += tag in _CODE
        if tag in _BLOCKS:
            self._end_block()
            self._verbatim += tag == "pre"
        elif tag == "br":
            self._pieces.append("\n")

    def _close(self, tag: str) -> None:
        self._in_code -= tag in _CODE
        if tag in _BLOCKS:
            self._end_block()
            self._verbatim -= tag == "pre"
        elif tag in ("td", "th"):
            self._pieces.append("\t")

    def _say(self, text: str | None) -> None:
        if not text:
            return
        text = visible(text).replace("\t", " ")
        if not self._in_code and not self._is_inner and has_markup(text):
            # Some publishers escape their markup twice: outside of code, a tag in the text is markup.
            root = _tree(text)
            self._pieces.append("" if root is None else f" {_Writer(is_inner=True).write(root)} ")
        else:
            self._pieces.append(text if self._verbatim else re.sub(r"\s+", " ", text))

    def _end_block(self) -> None:
        if not self._pieces:
            return
        lines = "".join(self._pieces).split("\n")
        self._pieces.clear()
        clean = (line.rstrip() if self._verbatim and "\t" not in line else _row(line) for line in lines)
        block = "\n".join(clean).strip("\n")
        self._blocks += [part.strip("\n") for part in re.split(r"\n{2,}", block) if part.strip()]


def _row(line: str) -> str:
    return ", ".join(cell for cell in (" ".join(part.split()) for part in line.split("\t")) if cell)
