"""The search index as the program uses it: filled from a store, searched, killed, damaged, healed.

Run as a program (`python tests/test_index.py fill HOME`), it is the process that gets killed.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.errors import EmbeddingError, IndexInUse, SearchIndexError
from pipeline.index import SearchIndex, fuse, passages_of, stored_state
from pipeline.index import generation as generation_module
from pipeline.index import search as index_module
from pipeline.models import Article, Entry, Hit, Passage
from pipeline.store import Store

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROOT = Path(__file__).parent.parent
TOPICS = ("deception", "interpretability", "jailbreak", "alignment", "oversight", "robustness", "privacy")


class WordHashes:
    """Texts that share words are near each other; counts what it was asked to embed."""

    dimension = 64

    def __init__(self, name: str = "words/1") -> None:
        self.name = name
        self.embedded: list[str] = []
        self.down = False

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.down:
            raise EmbeddingError("the provider does not answer")
        self.embedded += texts
        rows = [sum((self._word(word) for word in text.lower().split()), self._word("")) for text in texts]
        matrix = np.asarray(rows, dtype=np.float32).reshape(len(texts), self.dimension)
        return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)

    def _word(self, word: str) -> NDArray[np.float32]:
        seed = int.from_bytes(hashlib.sha256(f"{self.name} {word}".encode()).digest()[:4], "big")
        return np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)


def entry(n: int, text: str | None = None) -> Entry:
    topic = TOPICS[n % len(TOPICS)]
    return Entry(
        feed="feed",
        guid=f"guid-{n}",
        title=f"Study number{n} of {topic}",
        url=f"https://example.org/{n}",
        text=text or f"We examine {topic} in setting{n} and report result{n}.",
        published=NOW,
    )


def add(store: Store, entries: Sequence[Entry]) -> None:
    store.add_entries(entries, NOW, passages_of)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


@pytest.fixture
def index(tmp_path: Path, store: Store) -> Iterator[SearchIndex]:
    with SearchIndex(tmp_path / "index", store, WordHashes()) as opened:
        yield opened


def numbers(hits: Sequence[Hit]) -> list[int]:
    return [int(hit.passage.text.split("number")[1].split()[0]) for hit in hits]


def finds_everything(index: SearchIndex, count: int) -> bool:
    some = range(0, count, max(1, count // 25))
    return index.count() == count and all(
        numbers(index.search(f"Study number{n} setting{n}", k=1)) == [n] for n in some
    )


def generation_folder(folder: Path) -> Path:
    return folder / str(json.loads((folder / "index.json").read_text())["generation"])


# Passages


def article(title: str = "A title", abstract: str = "") -> Article:
    return Article(
        id="arxiv:2501.00001", kind="paper", title=title, abstract=abstract, source="arXiv", first_seen=NOW
    )


def test_a_short_abstract_is_one_passage_with_its_title() -> None:
    (passage,) = passages_of(article(abstract="An abstract. "))
    assert (passage.id, passage.field, passage.start, passage.end) == (
        "arxiv:2501.00001#abstract-0",
        "abstract",
        0,
        13,
    )
    assert passage.text == "A title\nAn abstract. "


def test_without_an_abstract_the_title_is_the_passage() -> None:
    (passage,) = passages_of(article(abstract=" \n"))
    assert (passage.id, passage.text, passage.end) == ("arxiv:2501.00001#title-0", "A title", 7)
    assert passages_of(article(title=" ")) == []


def test_a_long_text_is_cut_between_sentences() -> None:
    text = " ".join(f"Sentence {n} says something of medium length about models." for n in range(120))
    passages = passages_of(article(abstract=text))
    assert len(passages) > 5
    assert all(text[p.start : p.end].startswith("Sentence") for p in passages)
    assert all(text[p.start : p.end].endswith(".") for p in passages)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(" ab.\n?é", min_size=1, max_size=400), min_size=1, max_size=12).map("\n\n".join))
def test_pieces_are_exact_spans_in_order_that_leave_out_only_space(text: str) -> None:
    text = text * (1 + 1700 // len(text))
    passages = passages_of(article(abstract=text))
    at = 0
    for passage in passages:
        assert text[at : passage.start].strip(" \n.?!;,") == ""
        assert passage.text in (f"A title\n{text[passage.start : passage.end]}", "A title")
        assert passage.end - passage.start <= index_module.DEPTH * 32
        at = passage.end
    assert text[at:].strip() == "" or not text.strip()


# Fusion


def test_fusion_counts_meaning_and_words_alike_and_breaks_ties_by_id() -> None:
    ranked = fuse({"a": 0.9, "b": 0.5, "c": 0.1, "d": 0.5}, {"a": 0.0, "b": 4.0, "c": 8.0, "d": 4.0})
    assert ranked == [("a", 0.5), ("b", 0.5), ("c", 0.5), ("d", 0.5)]


def test_fusion_of_equal_scores_has_no_division_by_zero() -> None:
    assert fuse({"a": 0.3, "b": 0.3}, {"a": 0.0, "b": 0.0}) == [("a", 0.5), ("b", 0.5)]


# Filling and searching


def test_what_is_filled_is_found_and_filling_again_adds_nothing(index: SearchIndex, store: Store) -> None:
    add(store, [entry(n) for n in range(40)])
    seen: list[tuple[int, int]] = []
    assert index.state() == "stale"
    assert index.fill(lambda done, total: seen.append((done, total))) == 40
    assert seen[-1] == (40, 40)
    assert index.fill() == 0
    assert index.state() == "ok"
    assert finds_everything(index, 40)


def test_hits_are_ordered_scaled_and_carry_the_cosine(index: SearchIndex, store: Store) -> None:
    add(store, [entry(n) for n in range(40)])
    index.fill()
    hits = index.search("deception in setting7", k=60)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert all(0 <= h.score <= 1 for h in hits)
    embedder = WordHashes()
    question = embedder.embed(["deception in setting7"])[0]
    for hit in hits[:5]:
        assert hit.similarity == pytest.approx(
            float(embedder.embed([hit.passage.text])[0] @ question), abs=1e-5
        )
    assert hits == index.search("deception in setting7", k=60)
    assert len({h.passage.id for h in hits}) == len(hits)


def test_a_search_can_be_limited_to_articles(index: SearchIndex, store: Store) -> None:
    add(store, [entry(n) for n in range(60)])
    index.fill()
    everything = index.search("deception", k=60)
    chosen = {hit.passage.article_id for hit in everything[::3]}
    found = index.search("deception", k=60, article_ids=chosen)
    assert {hit.passage.article_id for hit in found} == chosen
    assert index.search("deception", article_ids=[]) == []
    assert index.search("deception", article_ids=["post:unknown"]) == []


def test_empty_index_blank_question_and_no_results_wanted_find_nothing(
    index: SearchIndex, store: Store
) -> None:
    assert index.search("anything") == []
    add(store, [entry(1)])
    index.fill()
    assert index.search("  ") == []
    assert index.search("anything", k=0) == []


def test_a_changed_text_replaces_the_old_one(index: SearchIndex, store: Store) -> None:
    add(store, [entry(n) for n in range(10)])
    index.fill()
    add(store, [entry(3, "Now about zebras and number3 stripes.")])
    assert index.fill() == 1
    assert index.count() == 10
    assert "zebras" in index.search("zebras", k=1)[0].passage.text


def test_a_deleted_passage_disappears(index: SearchIndex, store: Store) -> None:
    long = " ".join(f"Sentence {n} says something about number5 models." for n in range(120))
    add(store, [*(entry(n) for n in range(5)), entry(5, long)])
    index.fill()
    before = index.count()
    add(store, [entry(5, "Withdrawn, see number5 elsewhere.")])
    assert all("Sentence 100" not in h.passage.text for h in index.search("Sentence 100 models", k=50))
    index.fill()
    assert before > 6
    assert index.count() == 6
    assert index.state() == "ok"
    assert all("Sentence 100" not in h.passage.text for h in index.search("Sentence 100 models", k=50))


def test_a_pending_change_is_no_damage(tmp_path: Path, store: Store) -> None:
    add(store, [entry(n) for n in range(10)])
    with SearchIndex(tmp_path / "index", store, WordHashes()) as index:
        index.fill()
    folder = generation_folder(tmp_path / "index")
    add(store, [entry(3, "Now about zebras and number3 stripes."), entry(11)])
    with SearchIndex(tmp_path / "index", store, WordHashes()) as index:
        assert index.state() == "stale"
        assert index.fill() == 2
        assert generation_folder(tmp_path / "index") == folder


def test_vectors_are_computed_once_even_when_the_index_is_rebuilt(tmp_path: Path, store: Store) -> None:
    add(store, [entry(n) for n in range(30)])
    embedder = WordHashes()
    with SearchIndex(tmp_path / "index", store, embedder) as index:
        index.fill()
        assert len(embedder.embedded) == 30
        index.rebuild()
        assert len(embedder.embedded) == 30
        assert finds_everything(index, 30)


def test_several_threads_may_search_while_one_fills(index: SearchIndex, store: Store) -> None:
    add(store, [entry(n) for n in range(60)])
    index.fill()
    add(store, [entry(n) for n in range(60, 300)])
    wrong: list[object] = []

    def search(start: int) -> None:
        for n in range(start, start + 10):
            try:
                if numbers(index.search(f"Study number{n} setting{n}", k=1)) != [n]:
                    wrong.append(n)
            except Exception as error:
                wrong.append(error)

    threads = [threading.Thread(target=search, args=(n,)) for n in (0, 20, 40)]
    for thread in threads:
        thread.start()
    index.fill()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert finds_everything(index, 300)


# Without the folder


def hits(index: SearchIndex) -> list[tuple[str, float, float]]:
    return [(h.passage.id, h.score, h.similarity) for h in index.search("Study setting7 of alignment", k=10)]


def test_a_search_needs_no_open_index_and_finds_the_same(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = filled(tmp_path, store, 60)
    some = sorted(passage.article_id for passage in passages_of_store(store))[::7]
    with SearchIndex(folder, store, WordHashes()) as index:
        opened, count = hits(index), index.count()
        within = index.search("Study setting7 of alignment", article_ids=some)
    monkeypatch.setattr(index_module, "Generation", lambda *_, **__: pytest.fail("Chroma is not needed"))
    closed = SearchIndex(folder, store, WordHashes())
    assert (hits(closed), closed.count()) == (opened, count)
    assert closed.search("Study setting7 of alignment", article_ids=some) == within


def test_asking_beside_a_process_that_has_the_index_works(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "brief.db")
    filled(tmp_path, store, 30)
    child = run_child("hold", tmp_path)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    assert finds_everything(SearchIndex(tmp_path / "index", store, WordHashes()), 30)
    add(store, [entry(31)])
    beside = SearchIndex(tmp_path / "index", store, WordHashes())
    assert 31 in numbers(beside.search("Study number31 setting31"))  # by its words
    child.kill()
    child.wait()
    store.close()


def test_a_search_after_a_kill_computes_the_vectors_that_are_missing(tmp_path: Path, store: Store) -> None:
    folder = filled(tmp_path, store, 20)
    add(store, [entry(n) for n in range(20, 30)])
    embedder = WordHashes()
    index = SearchIndex(folder, store, embedder)
    assert index.search("Study number25 setting25", k=1)
    assert len([text for text in embedder.embedded if "We examine" in text]) == 10
    assert finds_everything(index, 30)
    index.close()


def test_what_changes_while_it_is_indexed_is_indexed_as_it_is_now(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text of one passage changes, another passage goes, between the reading and the noting."""
    long = " ".join(f"Sentence {n} says something about number5 models." for n in range(120))
    add(store, [*(entry(n) for n in range(5)), entry(5, long)])

    class Meanwhile(WordHashes):
        def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
            if not self.embedded:
                add(store, [entry(3, "Now about zebras and number3 stripes."), entry(5, "About number5.")])
            return super().embed(texts)

    with SearchIndex(tmp_path / "index", store, Meanwhile()) as index:
        index.fill()
        assert index.state() == "ok"
        assert index.count() == 6
        best = index.search("Now about zebras and number3 stripes", k=1)[0]
        assert best.similarity > 0.8
        assert generation_count(index) == 6


def generation_count(index: SearchIndex) -> int:
    assert index._generation is not None
    return index._generation.count()


# One owner


def test_a_second_process_is_told_who_has_the_index(tmp_path: Path) -> None:
    child = run_child("hold", tmp_path)
    assert child.stdout is not None
    assert child.stdout.readline() == "open\n"
    second = SearchIndex(tmp_path / "index", Store.open(tmp_path / "brief.db"), WordHashes())
    with pytest.raises(IndexInUse, match=f"in use by process {child.pid}"):
        second.open()
    child.kill()
    child.wait()
    second.open()
    second.close()


def test_closing_twice_or_using_a_closed_index_is_harmless(tmp_path: Path, store: Store) -> None:
    index = SearchIndex(tmp_path / "index", store, WordHashes())
    index.close()
    index.open()
    index.open()
    index.close()
    index.close()
    assert index.search("anything") == []
    assert index.fill() == 0
    index.close()


# Healing


def filled(tmp_path: Path, store: Store, count: int = 40) -> Path:
    add(store, [entry(n) for n in range(count)])
    with SearchIndex(tmp_path / "index", store, WordHashes()) as index:
        index.fill()
    return tmp_path / "index"


def largest(folder: Path, pattern: str) -> Path:
    return max(generation_folder(folder).rglob(pattern), key=lambda path: path.stat().st_size)


def truncate_database(folder: Path) -> None:
    path = largest(folder, "chroma.sqlite3")
    os.truncate(path, path.stat().st_size // 2)


def garbage_in_database(folder: Path) -> None:
    path = largest(folder, "chroma.sqlite3")
    path.write_bytes(random.Random(5).randbytes(path.stat().st_size))


def garbage_in_the_middle(folder: Path) -> None:
    path = largest(folder, "chroma.sqlite3")
    content = path.read_bytes()
    third = len(content) // 3
    path.write_bytes(content[:third] + random.Random(5).randbytes(third) + content[2 * third :])


def empty_database(folder: Path) -> None:
    largest(folder, "chroma.sqlite3").write_bytes(b"")


def garbage_in_graph(folder: Path) -> None:
    for path in generation_folder(folder).rglob("*.bin"):
        path.write_bytes(random.Random(5).randbytes(500))


def no_graph(folder: Path) -> None:
    for path in generation_folder(folder).iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def no_database(folder: Path) -> None:
    largest(folder, "chroma.sqlite3").unlink()


def no_generation(folder: Path) -> None:
    shutil.rmtree(generation_folder(folder))


def no_note(folder: Path) -> None:
    (folder / "index.json").unlink()


def garbage_note(folder: Path) -> None:
    (folder / "index.json").write_bytes(b'{"generation": "../../etc", "state": 1}\xff')


def no_folder(folder: Path) -> None:
    shutil.rmtree(folder)


def died_while_opening(folder: Path) -> None:
    note = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**note, "state": "opening"}))


@pytest.mark.parametrize(
    "damage",
    [
        truncate_database,
        garbage_in_database,
        garbage_in_the_middle,
        empty_database,
        garbage_in_graph,
        no_graph,
        no_database,
        no_generation,
        no_note,
        garbage_note,
        no_folder,
        died_while_opening,
    ],
)
def test_a_damaged_index_heals_when_it_is_opened(tmp_path: Path, store: Store, damage: object) -> None:
    folder = filled(tmp_path, store)
    assert callable(damage)
    damage(folder)
    with SearchIndex(folder, store, WordHashes()) as index:
        assert index.state() == "ok"
        assert finds_everything(index, 40)
    left = [path for path in folder.iterdir() if path.is_dir()]
    assert left == [generation_folder(folder)]


def test_a_store_restored_from_a_backup_starts_the_index_anew(tmp_path: Path, store: Store) -> None:
    folder = filled(tmp_path, store, 20)
    with sqlite3.connect(tmp_path / "brief.db") as source, sqlite3.connect(tmp_path / "backup.db") as backup:
        source.backup(backup)
    filled(tmp_path, store, 40)
    before = generation_folder(folder)
    older = Store.open(tmp_path / "backup.db")
    with SearchIndex(folder, older, WordHashes()) as index:
        assert finds_everything(index, 20)
    assert generation_folder(folder) != before
    older.close()


def test_an_index_whose_last_opening_died_is_not_opened_again(tmp_path: Path, store: Store) -> None:
    folder = filled(tmp_path, store, 10)
    before = generation_folder(folder)
    died_while_opening(folder)
    with SearchIndex(folder, store, WordHashes()) as index:
        assert finds_everything(index, 10)
    assert generation_folder(folder) != before
    assert not before.exists()


def test_a_collection_that_counts_right_but_finds_others_is_broken(tmp_path: Path) -> None:
    made = generation_module.Generation(tmp_path / "one", "words/1", create=True)
    (passage,) = passages_of(article(abstract="Something."))
    made.put([passage], [WordHashes().embed(["one"])[0]])
    assert made.check() == 1
    sound = made._collections["abstract"]

    class Torn:
        count, get = sound.count, sound.get

        def query(self, **_: object) -> dict[str, list[list[float]]]:
            return {"distances": [[0.8]]}

    made._collections["abstract"] = Torn()
    with pytest.raises(generation_module.BrokenGeneration, match="not found by its own vector"):
        made.check()
    made.close()


def test_an_untouched_index_is_opened_as_it_is(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = filled(tmp_path, store)
    before = generation_folder(folder)
    monkeypatch.setattr(
        index_module, "survives_a_look", lambda _: pytest.fail("no need for a second process")
    )
    for _ in range(2):
        with SearchIndex(folder, store, WordHashes()) as index:
            assert finds_everything(index, 40)
    assert generation_folder(folder) == before


@pytest.fixture
def written_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(generation_module.HNSW, "sync_threshold", 100)


@pytest.mark.usefixtures("written_often")
def test_a_graph_that_chroma_has_written_is_used_at_the_next_opening(tmp_path: Path, store: Store) -> None:
    folder = filled(tmp_path, store, 450)
    before = generation_folder(folder)
    assert next(before.glob("*/link_lists.bin")).stat().st_size > 0
    for count in (450, 700):
        add(store, [entry(n) for n in range(count)])
        with SearchIndex(folder, store, WordHashes()) as index:
            index.fill()
            assert finds_everything(index, count)
    assert generation_folder(folder) == before


@pytest.mark.usefixtures("written_often")
def test_a_graph_that_was_torn_by_a_kill_is_not_used_again(tmp_path: Path, store: Store) -> None:
    folder = filled(tmp_path, store, 450)
    before = generation_folder(folder)
    note = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps({**note, "state": "writing"}))
    levels = next(before.glob("*/length.bin"))
    levels.write_bytes(levels.read_bytes())  # as if it had been written in part
    with SearchIndex(folder, store, WordHashes()) as index:
        assert finds_everything(index, 450)
    assert generation_folder(folder) != before


def test_an_index_made_with_other_settings_starts_anew(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setitem(generation_module.HNSW, "sync_threshold", 1_000_000)
        folder = filled(tmp_path, store)
    before = generation_folder(folder)
    with SearchIndex(folder, store, WordHashes()) as index:
        assert finds_everything(index, 40)
    assert generation_folder(folder) != before


def test_a_folder_that_crashes_the_looking_process_is_not_opened_here(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = filled(tmp_path, store)
    os.utime(generation_folder(folder) / "chroma.sqlite3")
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert not generation_module.survives_a_look(generation_folder(folder))
    before = generation_folder(folder)
    with SearchIndex(folder, store, WordHashes()) as index:
        assert finds_everything(index, 40)
    assert generation_folder(folder) != before


def test_an_index_that_breaks_while_searching_answers_from_the_store_and_heals(
    index: SearchIndex, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, [entry(n) for n in range(40)])
    index.fill()
    whole = hits(index)

    def torn(*_: object) -> None:
        raise generation_module.BrokenGeneration("Error finding id")

    with monkeypatch.context() as broken:
        broken.setattr(generation_module.Generation, "nearest", torn)
        assert numbers(index.search("number7", k=1)) == [7]
        assert hits(index) == whole
    assert index.state() == "stale"
    assert not (index.folder / "index.json").exists()
    assert index.fill() == 40
    assert index.state() == "ok"
    assert finds_everything(index, 40)


def test_a_stored_vector_that_is_none_is_computed_again(tmp_path: Path, store: Store) -> None:
    folder = filled(tmp_path, store, 10)
    passage = passages_of_store(store)[3]
    store.passages.save_vectors("words/1", [(passage, np.full(64, np.nan, dtype=np.float32))])
    assert passage.id not in store.passages.nearest("words/1", WordHashes().embed(["study"])[0], 9)
    embedder = WordHashes()
    with SearchIndex(folder, store, embedder) as index:
        index.rebuild()
        assert len(embedder.embedded) == 1
        assert finds_everything(index, 10)


def passages_of_store(store: Store) -> list[Passage]:
    return [passage for passage, _ in store.passages.pending("another generation", "words/1", 100)]


def test_another_embedding_starts_the_index_anew(tmp_path: Path, store: Store) -> None:
    folder = filled(tmp_path, store)
    other = WordHashes("words/2")
    with SearchIndex(folder, store, other) as index:
        assert len(other.embedded) == 40
        assert finds_everything(index, 40)
    assert stored_state(folder, store, "words/2") == "ok"
    assert stored_state(folder, store, "words/1") == "stale"


def test_a_provider_that_is_down_leaves_the_index_open_and_what_is_missing_for_later(
    tmp_path: Path, store: Store
) -> None:
    folder = filled(tmp_path, store)
    embedder = WordHashes("words/2")
    embedder.down = True
    with SearchIndex(folder, store, embedder) as index:
        assert index.state() == "rebuilding"
        with pytest.raises(EmbeddingError):
            index.fill()
        embedder.down = False
        assert index.fill() == 40
        assert finds_everything(index, 40)


def test_the_state_is_told_without_opening(tmp_path: Path, store: Store) -> None:
    assert stored_state(tmp_path / "index", store, "words/1") == "ok"
    add(store, [entry(1)])
    assert stored_state(tmp_path / "index", store, "words/1") == "stale"
    with SearchIndex(tmp_path / "index", store, WordHashes()) as index:
        index.fill()
        assert stored_state(tmp_path / "index", store, "words/1") == "ok"


def test_a_folder_that_cannot_be_written_is_an_error_in_words(tmp_path: Path, store: Store) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SearchIndexError, match="cannot be used"):
        SearchIndex(tmp_path / "file" / "index", store, WordHashes()).open()


def test_no_connection_is_ever_opened(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: tried.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: tried.append(address))
    folder = filled(tmp_path, store, 10)
    with SearchIndex(folder, store, WordHashes()) as index:
        assert finds_everything(index, 10)
    assert tried == []


@pytest.mark.slow
def test_a_killed_filling_is_resumed_and_loses_nothing(tmp_path: Path) -> None:
    random.seed(11)
    store = Store.open(tmp_path / "brief.db")
    add(store, [entry(n) for n in range(300)])
    for _ in range(4):
        child = run_child("fill", tmp_path)
        assert child.stdout is not None
        for _ in range(1 + random.randrange(3)):
            assert child.stdout.readline() != ""
        threading.Event().wait(random.random() * 0.02)
        os.kill(child.pid, signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    embedder = WordHashes()
    assert stored_state(tmp_path / "index", store, "words/1") == "rebuilding"
    with SearchIndex(tmp_path / "index", store, embedder) as index:
        assert index.state() == "ok"
        assert 0 < len(embedder.embedded) < 300
        assert finds_everything(index, 300)
    store.close()


def run_child(action: str, home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, __file__, action, str(home)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def child(action: str, home: Path) -> None:
    index_module.BATCH = 20
    index = SearchIndex(home / "index", Store.open(home / "brief.db"), WordHashes())
    index.open(report)
    if action == "hold":
        os.write(1, b"open\n")
        signal.pause()
    index.fill(report)


def report(done: int, total: int) -> None:
    os.write(1, f"{done}/{total}\n".encode())
    threading.Event().wait(0.02)


if __name__ == "__main__":
    child(sys.argv[1], Path(sys.argv[2]))
