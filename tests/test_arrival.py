"""Entries that arrive one by one, in any order, make the works that they make all at once."""

from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

from pipeline.index import passages_of
from pipeline.models import Entry
from pipeline.store import Store

NOW = datetime(2026, 6, 10, 14, tzinfo=UTC)
TITLE = "Counting Lantern Fish with Bounded Memory"


def listed(number: str) -> Entry:
    return Entry(
        feed="arXiv", guid=f"oai:arXiv.org:{number}v1", title=TITLE, authors=("Ann Arbor",), arxiv_id=number
    )


def works(path: Path, *batches: list[Entry]) -> list[str]:
    store = Store.open(path)
    for batch in batches:
        store.add_entries(batch, NOW, passages_of)
    with store.engine.connect() as connection:
        found = [row[0] for row in connection.exec_driver_sql("SELECT data FROM articles ORDER BY id")]
    store.close()
    return found


def test_a_work_that_two_papers_claim_stays_apart_whatever_comes_after_it(tmp_path: Path) -> None:
    page = "https://lab.example/fish"
    entries = [
        listed("2606.00001"),
        listed("2606.00002"),
        Entry(feed="Lab", guid="1", url=page, title=TITLE, authors=("Ann Arbor",), published=NOW),
        Entry(feed="Lab", guid="https://arxiv.org/abs/2606.00001", url=page, title="All Else on This Page"),
    ]
    at_once = works(tmp_path / "once.db", entries)
    for number, order in enumerate(permutations(entries)):
        assert works(tmp_path / f"{number}.db", *([entry] for entry in order)) == at_once
