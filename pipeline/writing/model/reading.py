"""Two models, one boundary: a reader restates the sources' sentences, so that a writer need not see them.

Notes that copy a run of the source's words are dropped here, and the writer's gate would refuse them as well.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pipeline.llm import Gate, ModelError, Piece
from pipeline.steps import carried
from pipeline.writing.model.checks import Sentences, cleaned
from pipeline.writing.model.evidence import Evidence, is_evidence, shown

WORKS_A_CALL = 4
"""A reader writes as much as it reads."""
AT_ONCE = 4


def noted(reader: Gate, writer: Gate, evidence: Sequence[Evidence]) -> dict[str, Evidence]:
    """The works with notes in place of their sentences, by id; a work without notes is left out.

    ModelError if there is not a single note.
    """
    parts = [evidence[n : n + WORKS_A_CALL] for n in range(0, len(evidence), WORKS_A_CALL)]

    def read(part: Sequence[Evidence]) -> list[Evidence] | ModelError:
        try:
            return _read(reader, writer, part)
        except ModelError as error:
            return error

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="reading") as pool:
        results = list(pool.map(carried(read), parts))
    found = {w.article.id: w for works in results if not isinstance(works, ModelError) for w in works}
    failed = [result for result in results if isinstance(result, ModelError)]
    if not found:
        raise failed[0] if failed else ModelError(f"{reader.name} noted nothing that could be used")
    return found


def _read(reader: Gate, writer: Gate, works: Sequence[Evidence]) -> list[Evidence]:
    names = [name for work in works for name in work.names]
    values = {"works": shown(works), "slots": [Piece("\n".join(names))]}
    answer = reader.ask(reader.prompt("note_works"), values, Sentences)
    said = {sentence.slot.strip(): cleaned(sentence.text) for sentence in reversed(answer.sentences)}
    usable = {
        name: text for name, text in said.items() if is_evidence(text) and not writer.boundary.leaks(text)
    }
    found = [
        replace(work, notes={n: usable[name] for name, n in work.names.items() if name in usable})
        for work in works
    ]
    return [work for work in found if work.notes]
