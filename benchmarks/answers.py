"""How good and how fast answers are, on a file of labelled questions, beside three simple ways to answer.

    python -m benchmarks.answers FILE --home DIR [--show] [--json OUT]

The home must hold the window of the questions, indexed. The other ways, in the same run: BM25 alone (the first
sentence of the first work), cosine alone (the nearest sentence of the nearest work), and a plain LangChain chain over
Chroma (the nearest passage; its work's whole text is the answer). `--show` prints what the program got wrong.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from pipeline.answering import answer
from pipeline.claims import anchor
from pipeline.draft import DraftClaim, numbered_claim, reference
from pipeline.embedding import Embedder, load_embedder
from pipeline.evaluation import Evaluation, evaluate, thread_brief
from pipeline.index import SearchIndex
from pipeline.models import Answer, Article, Passage, Question
from pipeline.store import Store
from pipeline.writing.sentences import Span, split_sentences

WARM_UP = "what is known about this?"
BATCH = 5_000


class Ways:
    """The ways to answer over one home."""

    def __init__(self, store: Store, index: SearchIndex) -> None:
        self.store, self.index = store, index

    def program(self, question: Question) -> Answer:
        """What the program answers."""
        return answer(question, self.index, self.store)

    def in_brief(self, question: Question, numbers: Mapping[int, str]) -> Answer:
        """What it answers in the thread of a brief with these numbers."""
        known = self.store.articles(list(numbers.values()))
        brief = thread_brief({n: known[i] for n, i in numbers.items() if i in known})
        return answer(question, self.index, self.store, brief=brief)

    def words_alone(self, question: Question) -> Answer:
        """The first sentence of the work that BM25 finds first."""
        started = perf_counter()
        found = self.store.passages.search(_whole(question), 1)
        passage = self.store.passages.get([found[0][0]])[0] if found else None
        return self._said(question, passage, lambda work: split_sentences(work.abstract)[0], started)

    def meaning_alone(self, question: Question) -> Answer:
        """The nearest sentence of the work whose passage has the highest cosine."""
        started = perf_counter()
        hits = self.index.search(_whole(question), 50)
        best = max(hits, key=lambda hit: hit.similarity, default=None)
        passage = best.passage if best else None
        return self._said(question, passage, lambda work: self._nearest(question, work), started)

    def _nearest(self, question: Question, work: Article) -> Span:
        spans = split_sentences(work.abstract)
        texts = [work.abstract[s.start : s.end] for s in spans]
        rows = self.index.embedder.embed([_whole(question), *texts])
        return spans[int((rows[1:] @ rows[0]).argmax())]

    def _said(
        self, question: Question, passage: Passage | None, choose: Callable[[Article], Span], started: float
    ) -> Answer:
        work = self.store.article(passage.article_id) if passage else None
        if work is None or not work.abstract.strip():
            return Answer(question=question.text, status="not_in_index", text="", seconds=_since(started))
        return _quoting(question, work, choose(work), started)


class PlainChain:
    """Retrieval as a tutorial builds it: passages in Chroma, a LangChain chain, the first is the answer."""

    def __init__(self, store: Store, embedder: Embedder, folder: Path) -> None:
        import chromadb
        from langchain_core.documents import Document
        from langchain_core.runnables import RunnableLambda

        self._store = store
        client = chromadb.PersistentClient(path=str(folder))
        collection = client.create_collection(
            "plain", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        ids = [p for found in _passages(store).values() for p in found]
        for at in range(0, len(ids), BATCH):
            some = ids[at : at + BATCH]
            vectors = store.passages.vectors(embedder.name, [p.id for p in some])
            known = [p for p in some if p.id in vectors]
            collection.upsert(
                ids=[p.id for p in known],
                embeddings=[vectors[p.id].tolist() for p in known],
                documents=[p.text for p in known],
                metadatas=[{"article_id": p.article_id} for p in known],
            )

        def retrieve(text: str) -> list[Document]:
            found = collection.query(query_embeddings=[embedder.embed([text])[0]], n_results=1)
            texts, metas = found["documents"] or [[]], found["metadatas"] or [[]]
            return [
                Document(page_content=t, metadata=dict(m)) for t, m in zip(texts[0], metas[0], strict=True)
            ]

        self._chain = RunnableLambda(retrieve) | RunnableLambda(lambda found: found[0] if found else None)

    def ask(self, question: Question) -> Answer:
        """The whole text of the nearest passage's work."""
        started = perf_counter()
        found = self._chain.invoke(_whole(question))
        work = self._store.article(str(found.metadata["article_id"])) if found else None
        if work is None or not work.abstract.strip():
            return Answer(question=question.text, status="not_in_index", text="", seconds=_since(started))
        return _quoting(question, work, Span(0, len(work.abstract)), started)


def _passages(store: Store) -> dict[str, list[Passage]]:
    from pipeline.models import Window

    first, last = store.first_day(), store.last_day()
    if first is None or last is None:
        raise SystemExit("the home holds no articles: ingest the window of the questions first")
    window = Window(since=min(first, last).replace(year=min(first, last).year - 1), until=max(first, last))
    return store.passages.of_articles([a.id for a in store.articles_in(window)])


def _quoting(question: Question, work: Article, span: Span, started: float) -> Answer:
    made = anchor(work, "abstract", span.start, span.end)
    claim = numbered_claim(DraftClaim(made.quote, (work.id,), (made,), True), {work.id: 1})
    return Answer(
        question=question.text,
        status="answered",
        text=claim.text,
        claims=(claim,),
        references=(reference(1, work),),
        seconds=_since(started),
    )


def _whole(question: Question) -> str:
    return " ".join([*question.history, question.text])


def _since(started: float) -> float:
    return round(perf_counter() - started, 3)


def main() -> None:
    """Prints the figures of all ways, then what the program got wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="labelled questions, one JSON object a line")
    parser.add_argument("--home", type=Path, required=True, help="folder with brief.db and index/")
    parser.add_argument("--show", action="store_true", help="print what the program got wrong")
    parser.add_argument("--json", type=Path, help="write all figures and marks to this file")
    arguments = parser.parse_args()
    store, scratch = Store.open(arguments.home / "brief.db"), Path(tempfile.mkdtemp())
    try:
        with SearchIndex(arguments.home / "index", store, load_embedder()) as index:
            found = measured(arguments.file, store, index, scratch)
            unit = embedding_seconds(index.embedder, [m.question for m in found["program"].questions])
    finally:
        store.close()
        shutil.rmtree(scratch, ignore_errors=True)
    print("\n".join(table(found)))
    print(speed(found["program"], unit))
    if arguments.show:
        print("\n".join(wrong(found["program"])))
    if arguments.json:
        rows = {name: evaluation.model_dump(mode="json") for name, evaluation in found.items()}
        arguments.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


def measured(file: Path, store: Store, index: SearchIndex, scratch: Path) -> dict[str, Evaluation]:
    """The evaluation of each way by its name, the program's first."""
    ways, chain = Ways(store, index), PlainChain(store, index.embedder, scratch)
    ways.program(Question(text=WARM_UP))
    return {
        "program": evaluate(file, ways.program, within=ways.in_brief),
        "BM25 alone": evaluate(file, ways.words_alone, within=lambda q, _: ways.words_alone(q)),
        "cosine alone": evaluate(file, ways.meaning_alone, within=lambda q, _: ways.meaning_alone(q)),
        "LangChain + Chroma": evaluate(file, chain.ask, within=lambda q, _: chain.ask(q)),
    }


def table(found: Mapping[str, Evaluation]) -> list[str]:
    """The totals of all ways side by side, then right answers by type of question."""
    rows = [f"{'':20}" + "".join(f"{name:>22}" for name in found)]
    for name in type(next(iter(found.values())).totals).model_fields:
        values = [getattr(evaluation.totals, name) for evaluation in found.values()]
        rows.append(f"{name:20}" + "".join(f"{_figure(value):>22}" for value in values))
    for kind in next(iter(found.values())).types:
        counts = [evaluation.types[kind] for evaluation in found.values()]
        rows.append(f"{kind:20}" + "".join(f"{f'{c.right} of {c.questions}':>22}" for c in counts))
    return rows


def embedding_seconds(embedder: Embedder, questions: Sequence[str]) -> float:
    """The median time to embed one question: what no answer can be faster than."""
    seconds = []
    for question in questions:
        started = perf_counter()
        embedder.embed([question])
        seconds.append(perf_counter() - started)
    return sorted(seconds)[len(seconds) // 2]


def speed(evaluation: Evaluation, unit: float) -> str:
    """An answer's time beside the time to embed its question, in one line."""
    p50, p95 = evaluation.totals.p50_seconds or 0.0, evaluation.totals.p95_seconds or 0.0
    return (
        f"one question is embedded in {unit * 1000:.1f} ms; an answer takes {p50 / unit:.0f} times that, "
        f"one in twenty more than {p95 / unit:.0f} times"
    )


def _figure(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def wrong(evaluation: Evaluation) -> list[str]:
    """What was asked and answered where the answer was wrong, or cites a wrong work."""
    return [
        f"\n{m.id} {m.type} {m.status}: {m.question}\n  cited {', '.join(m.cited) or '-'}\n  {m.text}"
        for m in evaluation.questions
        if not m.right or m.wrong
    ]


if __name__ == "__main__":
    main()
