"""Prompts as files: one Markdown file for each model call, read, checked and filled in here.

A file has front matter (see prompts/README.md) and two parts, opened by a line `system:` and a line `user:`. Values
take the place of `$names` in the user part only and are never scanned again, so that no text of a feed can become
part of the rules.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from pipeline.errors import BriefError
from pipeline.models import Model

FOLDERS = (Path(__file__).with_name("prompt_files"), Path(__file__).resolve().parent.parent / "prompts")
"""Where prompts lie: inside an installed package, else beside it in a checkout."""

OPEN, CLOSE = "<<<", ">>>"
"""The fence around each piece of data in a prompt."""

_FENCE = re.compile(r"<{3,}|>{3,}")
_PARTS = re.compile(
    r"\A\s*^system:[ \t]*\n(?P<system>.*?)^user:[ \t]*\n(?P<user>.*)\Z", re.DOTALL | re.MULTILINE
)
_OPENER = re.compile(r"^(?:system|user):[ \t]*$", re.MULTILINE)


class PromptError(BriefError):
    """A prompt file is missing or wrong, or is filled in with other values than it declares."""


class Header(Model):
    """The front matter of a prompt file. It names no model and no key: the settings do."""

    id: str = Field(pattern=r"^[a-z][a-z_]*$")
    version: int = Field(ge=1)
    purpose: str = Field(min_length=10)
    variables: dict[str, str] = Field(min_length=1)
    """Name and meaning of each value that the caller gives."""
    output: str = Field(min_length=1)
    """The class that the answer is checked with."""
    temperature: float = Field(ge=0, le=2)
    max_tokens: int = Field(ge=1)
    """Of the answer."""


class Rendered(NamedTuple):
    """The two messages of a call."""

    system: str
    user: str


@dataclass(frozen=True)
class Prompt:
    """A prompt file, read and checked."""

    header: Header
    system: str
    user: str
    fingerprint: str
    """The first twelve hex digits of the file's SHA-256."""
    content: bytes = b""
    """The file itself."""

    def render(self, values: Mapping[str, str]) -> Rendered:
        """The messages with these values; PromptError unless they are exactly the declared ones."""
        declared = set(self.header.variables)
        if missing := sorted(declared - set(values)):
            raise PromptError(f"prompt {self.header.id}: no value is given for {', '.join(missing)}")
        if extra := sorted(set(values) - declared):
            raise PromptError(f"prompt {self.header.id}: it has no variable named {', '.join(extra)}")
        return Rendered(Template(self.system).substitute(), Template(self.user).substitute(values))


@cache
def load_prompt(name: str, folder: Path | None = None) -> Prompt:
    """The prompt of this name from this folder or the project's own; PromptError if there is none or it is wrong."""
    for place in (folder, *FOLDERS) if folder else FOLDERS:
        path = place / f"{name}.md"
        if path.is_file():
            prompt = parse_prompt(path.read_bytes(), path.name)
            if prompt.header.id != name:
                raise PromptError(f"{path.name}: its id is {prompt.header.id!r}; give the file's own name")
            return prompt
    raise PromptError(
        f"There is no prompt {name}.md in {FOLDERS[1]} nor inside the installed package: install the project again."
    )


def parse_prompt(content: bytes, name: str) -> Prompt:
    """The prompt that a file holds; PromptError says what is wrong with it."""
    front, body = _split(_decoded(content, name), name)
    try:
        header = Header.model_validate(_yaml(front, name))
    except ValidationError as error:
        first = error.errors()[0]
        raise PromptError(f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    parts = _PARTS.match(body)
    if parts is None or len(_OPENER.findall(body)) != 2:
        raise PromptError(f"{name}: the text must have one line 'system:' and after it one line 'user:'")
    prompt = Prompt(
        header,
        parts["system"].strip(),
        parts["user"].strip(),
        hashlib.sha256(content).hexdigest()[:12],
        content,
    )
    _check_variables(prompt, name)
    return prompt


def fenced(key: str, text: str) -> str:
    """The text between fence marks that carry its key; such marks inside the text are removed."""
    return f"{OPEN}{key}\n{unfenced(text)}\n{CLOSE}"


def unfenced(text: str) -> str:
    """The text without anything that looks like a fence mark."""
    return _FENCE.sub(" ", text)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise PromptError(f"{name}: the file is not UTF-8") from None


def _split(text: str, name: str) -> tuple[str, str]:
    pieces = re.split(r"^---[ \t]*\n", text, maxsplit=2, flags=re.MULTILINE)
    if len(pieces) != 3 or pieces[0].strip():
        raise PromptError(f"{name}: it must begin with front matter between two lines '---'")
    return pieces[1], pieces[2]


def _yaml(front: str, name: str) -> Any:
    import yaml  # type: ignore[import-untyped,unused-ignore]

    try:
        return yaml.safe_load(front)
    except yaml.YAMLError:
        raise PromptError(f"{name}: the front matter is not valid YAML") from None


def _check_variables(prompt: Prompt, name: str) -> None:
    system, user = Template(prompt.system), Template(prompt.user)
    if not system.is_valid() or not user.is_valid():
        raise PromptError(f"{name}: a '$' that names no variable must be written '$$'")
    if used := system.get_identifiers():
        raise PromptError(f"{name}: values belong into the user part, not the system part: {', '.join(used)}")
    declared, used_names = set(prompt.header.variables), set(user.get_identifiers())
    if unused := sorted(declared - used_names):
        raise PromptError(f"{name}: declared but not used: {', '.join(unused)}")
    if unknown := sorted(used_names - declared):
        raise PromptError(f"{name}: used but not declared: {', '.join(unknown)}")
