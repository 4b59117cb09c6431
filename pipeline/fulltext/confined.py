"""Reading a document from outside in a process of its own, with limits to time, memory and answer."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.fulltext.document import Document, NotReadable
from pipeline.models import FullTextSource, TextSection

MIB = 1024 * 1024


@dataclass(frozen=True)
class Confinement:
    """What the reading of one document may take."""

    seconds: int = 30
    memory: int = 1024 * MIB
    answer: int = 8 * MIB


def extract(kind: FullTextSource, body: bytes, limits: Confinement = Confinement()) -> Document:
    """The text of a document; NotReadable says why it has none. Blocks for at most twice the limit of seconds."""
    command = [sys.executable, "-c", _START, kind, *map(str, (limits.seconds, limits.memory, limits.answer))]
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter and code
                command,
                input=body,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                timeout=2 * limits.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotReadable(f"reading it took longer than {2 * limits.seconds} s") from None
        answer.seek(0)
        found = answer.read(limits.answer + 1)
    return _document(found, done.returncode)


_START = "import sys; from pipeline.fulltext.worker import main; main(sys.argv[1:])"


def _environment() -> dict[str, str]:
    """What the interpreter needs to find this code, and nothing else: no key, no address."""
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    kept = {
        name: os.environ[name] for name in ("LANG", "LC_ALL", "SYSTEMROOT", "TMPDIR") if name in os.environ
    }
    return {
        **kept,
        "PYTHONPATH": path.rstrip(os.pathsep),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }


def _document(answer: bytes, status: int) -> Document:
    """The answer as a document. It comes from a process that read hostile bytes, so it is checked like them."""
    if status != 0 or not answer:
        raise NotReadable("it could not be read within the limits of time and memory")
    try:
        found = json.loads(answer)
        if reason := found.get("refused"):
            raise NotReadable(str(reason)[:200])
        document = Document(
            title=str(found["title"]),
            text=str(found["text"]),
            sections=tuple(TextSection.model_validate(s) for s in found["sections"]),
            paragraphs=tuple((int(start), int(end)) for start, end in found["paragraphs"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotReadable("its reading ended without a result") from None
    if not _in_order(document):
        raise NotReadable("its reading ended without a result")
    return document


def _in_order(document: Document) -> bool:
    at = 0
    for start, end in document.paragraphs:
        if not at <= start < end <= len(document.text):
            return False
        at = end
    return True
