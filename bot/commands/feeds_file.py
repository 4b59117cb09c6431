"""The `[[feeds]]` tables of brief.toml as text: one is added or taken out, and all else stays as its owner wrote it.

The file is not written anew from its values, which would lose comments and order; instead the lines of a table are
found by reading TOML's strings and brackets as far as that needs. What results is parsed, compared with what was meant,
and checked before it replaces the file, and it replaces it in one step.
"""

import os
import re
import stat
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.settings import DEFAULT_CONFIG, read_config
from pipeline.errors import SettingsError
from pipeline.models import Feed

_HEADER = re.compile(r"\s*\[{1,2}[^\]]*\]{1,2}\s*(?:#.*)?\Z")
_FEEDS = re.compile(r"""\s*\[\[\s*["']?feeds["']?\s*\]\]\s*(?:#.*)?\Z""")


@dataclass(frozen=True)
class Span:
    """Lines `start` to `end` (not included) of a text."""

    start: int
    end: int


def with_feeds(text: str, feeds: Sequence[Feed]) -> str:
    """The text with these feeds behind its last `[[feeds]]` table, or at the end where it has none."""
    lines = text.splitlines(keepends=True)
    spans = list(feed_spans(lines))
    at = spans[-1].end if spans else len(lines)
    if at and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += "\n"
    newline = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    added = [line + newline for feed in feeds for line in ("", *table_of(feed))]
    return "".join([*lines[:at], *added, *lines[at:]])


def without_feed(text: str, name: str) -> str:
    """The text without the table of the feed of this name; SettingsError if there is none."""
    lines = text.splitlines(keepends=True)
    for span in feed_spans(lines):
        (table,) = tomllib.loads("".join(lines[span.start : span.end]))["feeds"]
        if table.get("name") == name:
            start = span.start
            while start and not lines[start - 1].strip() and (start == 1 or not lines[start - 2].strip()):
                start -= 1
            end = span.end
            if end < len(lines) and not lines[end].strip():
                end += 1
            return "".join([*lines[:start], *lines[end:]])
    raise SettingsError(f"feeds: the table of {name!r} was not found in the file; take it out by hand")


def table_of(feed: Feed) -> list[str]:
    """The lines of the feed's table; what equals the default is left out."""
    lines = ["[[feeds]]", f"name = {_string(feed.name)}", f"url = {_string(feed.url)}"]
    if feed.kind != "rss":
        lines.append(f"kind = {_string(feed.kind)}")
    if not feed.enabled:
        lines.append("enabled = false")
    return lines


def feed_spans(lines: Sequence[str]) -> Iterator[Span]:
    """The `[[feeds]]` tables: from the header to the last line of a value, without what follows it."""
    start: int | None = None
    end = 0
    for number, is_plain in _plain_lines(lines):
        line = lines[number]
        if is_plain and _HEADER.match(line):
            if start is not None:
                yield Span(start, end)
            start = number if _FEEDS.match(line) else None
            end = number + 1
        elif not is_plain or (line.strip() and not line.lstrip().startswith("#")):
            end = number + 1
    if start is not None:
        yield Span(start, end)


def target_of(config_file: Path) -> Path:
    """The file to change: the one in use, or ./brief.toml as a copy of the shipped settings."""
    return Path("brief.toml") if config_file == DEFAULT_CONFIG else config_file


def replace_file(path: Path, text: str, meant: Mapping[str, Any]) -> None:
    """Writes the settings if they hold what was `meant` and are right, in one step and with the file's permissions.

    SettingsError if not; the file is then as it was.
    """
    if _values(text) != meant:
        raise SettingsError(
            f"{path}: is written in a way that this command cannot change; edit [[feeds]] by hand"
        )
    target = path.resolve()
    made: Path | None = None
    try:
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o644
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        made = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        read_config(made)
        made.chmod(mode)
        made.replace(target)
    except OSError as error:
        raise SettingsError(f"{path}: the settings file cannot be written ({error.strerror})") from error
    except SettingsError as error:
        raise SettingsError(str(error).replace(str(made), str(path))) from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


def values_of(path: Path, text: str) -> dict[str, Any]:
    """What the text of a settings file says; SettingsError if it is no TOML."""
    values = _values(text)
    if values is None:
        raise SettingsError(f"{path}: not valid TOML")
    return values


def _values(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def read_text(path: Path) -> str:
    """The file's text with its line ends as they are; SettingsError if it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the settings file cannot be read") from error


def _plain_lines(lines: Sequence[str]) -> Iterator[tuple[int, bool]]:
    """Each line's number, and whether it begins outside of a string or list that spans lines."""
    quote, depth = "", 0
    for number, line in enumerate(lines):
        is_plain = not quote and depth == 0
        yield number, is_plain
        if is_plain and _HEADER.match(line):
            continue
        quote, depth = _after(line, quote, depth)


_MARK = re.compile(r'"""|\'\'\'|\\.|["\'#\[\]{}]', re.S)


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """The open string and the open brackets at the end of the line."""
    for match in _MARK.finditer(line):
        mark = match[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark == "#":
            break
        elif mark[0] in "\"'":
            quote = mark
        elif mark in ("[", "{"):
            depth += 1
        elif mark in ("]", "}"):
            depth = max(depth - 1, 0)
    # A string of one line cannot be open at its end.
    return (quote if len(quote) == 3 else ""), depth


def _string(text: str) -> str:
    """A basic string of TOML."""
    shown = (
        f"\\u{ord(c):04X}" if ord(c) < 32 or ord(c) == 127 else {'"': '\\"', "\\": "\\\\"}.get(c, c)
        for c in text
    )
    return '"' + "".join(shown) + '"'
