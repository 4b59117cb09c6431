"""The process in which documents are read: it limits itself first, then reads one document and ends.

Documents come from outside, and one may be made to exhaust or take over whoever reads it. So they are read here, by a
process that has no secrets in its environment, may write no file larger than its answer, and is ended by the system
when it takes too much time or memory. Linux holds it to all of this; macOS does not limit the memory.
"""

import importlib
import json
import sys
from contextlib import suppress
from typing import Any

LEAST_TEXT = 400
"""Characters; a paper or a post has more, a notice does not."""


def main(arguments: list[str]) -> None:
    """Reads the document of standard input; kind, seconds and bytes of memory and of the answer are the arguments."""
    kind, seconds, memory, answer = arguments[0], *map(int, arguments[1:4])
    limit(seconds, memory, answer)
    body = sys.stdin.buffer.read()
    try:
        sys.stdout.write(json.dumps(extracted(kind, body)))
    except MemoryError:
        sys.stdout.write(json.dumps({"refused": "reading it takes more memory than is allowed"}))


def limit(seconds: int, memory: int, answer: int) -> None:
    """Limits this process, for good."""
    import resource

    wanted = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: answer,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 64,
    }
    for what, most in wanted.items():
        with suppress(ValueError, OSError):  # a system that does not know this limit
            resource.setrlimit(what, (most, most))


def extracted(kind: str, body: bytes) -> dict[str, Any]:
    """The document as plain values, or why it is not one, under `refused`."""
    from pipeline.fulltext.document import NotReadable, laid_out

    module = {"html": "latexml", "pdf": "pdf", "page": "page"}[kind]
    try:
        title, blocks = importlib.import_module(f"pipeline.fulltext.{module}").blocks_of(body)
    except NotReadable as reason:
        return {"refused": str(reason)}
    made = laid_out(title, blocks)
    if len(made.text) < LEAST_TEXT:
        return {"refused": "hardly any text was found in it"}
    return {
        "title": made.title,
        "text": made.text,
        "sections": [section.model_dump() for section in made.sections],
        "paragraphs": made.paragraphs,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
