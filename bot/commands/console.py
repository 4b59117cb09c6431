"""Standard output and standard error of the command line: texts, JSON, a progress bar on a terminal."""

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.errors import BriefError, SettingsError

if TYPE_CHECKING:
    from bot.services import Services
    from pipeline.ingest import Progress
    from pipeline.writing.model import Draft

ServicesOf = Callable[[argparse.Namespace], "Services"]
"""Builds the services that a call's options ask for."""


LONGEST_LINE = 1_000
"""Characters of a complaint, which may repeat what was typed."""


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong with a call on one line of standard error."""

    def error(self, message: str) -> NoReturn:
        """Ends the program with status 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)\n")


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Reads an option that is a number within these bounds."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most:
            return int(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least} to {most}")

    return read


def speak_utf8() -> None:
    """JSON and Markdown are UTF-8 wherever they go; a terminal that has other letters shows question marks."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed by whoever called
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                errors = "strict" if stream is sys.stdin else "backslashreplace"
                stream.reconfigure(encoding="utf-8", errors=errors)


def complain(sentence: str, status: int) -> int:
    """Says what went wrong on one line of standard error; returns the exit status."""
    line = " ".join(sentence.split())
    sys.stderr.write(f"brief: {line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + '…'}\n")
    return status


def leave_output() -> None:
    """Sends the rest of standard output nowhere: nobody can read it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _put(content: str | bytes) -> None:
    """Writes to standard output at once; BriefError where that cannot be, BrokenPipeError if nobody reads it."""
    try:
        sys.stdout.buffer.write(content) if isinstance(content, bytes) else sys.stdout.write(content)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        leave_output()
        raise BriefError(f"standard output cannot be written ({error.strerror})") from error


def print_lines(lines: Sequence[str]) -> None:
    """Writes the lines to standard output."""
    _put("\n".join(lines) + "\n")


def write_output(content: str | bytes, file: Path | None = None) -> None:
    """Writes text or a picture to the file of --output, or to standard output; SettingsError where that cannot be."""
    if file is None and isinstance(content, bytes) and sys.stdout.isatty():
        raise SettingsError("--output: a file is needed, a picture cannot be shown here")
    if file is None:
        _put(content)
    else:
        try:
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        except OSError as error:
            raise SettingsError(f"--output: {file} cannot be written ({error.strerror})") from error


def print_json(value: object) -> None:
    """Writes one indented JSON document."""
    _put(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def print_line(value: object) -> None:
    """Writes one line of JSON."""
    _put(json.dumps(value, ensure_ascii=False) + "\n")


def draft_on_terminal() -> "Draft | None":
    """Shows an answer's checked sentences while a model writes them, marked as a draft; nothing but on a terminal."""
    if not sys.stderr.isatty():
        return None
    from pipeline.writing.model import Draft

    return Draft(lambda sentence: print(f"draft: {sentence}", file=sys.stderr))  # noqa: T201


class progress_bar:
    """A progress bar on a terminal, nothing elsewhere; `hooks` goes to the use case."""

    def __init__(self, services: "Services") -> None:
        self._feeds = sum(feed.enabled for feed in services.settings.config.feeds)
        self._bar: Any = None

    def __enter__(self) -> "progress_bar":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._read = self._bar.add_task("reading feeds", total=self._feeds)
            self._index = self._bar.add_task("indexing passages", total=None, visible=False)
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def hooks(self) -> "Progress":
        from pipeline.ingest import Progress

        if self._bar is None:
            return Progress()
        return Progress(
            feed_done=lambda _: self._bar.advance(self._read),
            indexed=lambda done, total: self._bar.update(
                self._index, completed=done, total=total, visible=True
            ),
        )
