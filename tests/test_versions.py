"""Other versions of a brief: shorter and deeper ones from the same selection, in the same numbers."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from pipeline.brief import BriefRequest, write_brief
from pipeline.draft import AMOUNTS
from pipeline.index import passages_of
from pipeline.models import Brief, Length
from pipeline.rendering import markdown
from pipeline.store import Store
from pipeline.versions import Basis, VersionError, basis_of, offered, resized, write_version
from tests.test_weeks import FEED, PROFILE, WEEK, ByWords, post, read_all

LATER = datetime.fromisoformat("2026-08-03T08:00:00+00:00")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store with one brief of a week with many works, and the brief's id."""
    path = tmp_path_factory.mktemp("versions") / "brief.db"
    store = Store.open(path)
    things = (
        "Sluice gates",
        "Mooring lines",
        "Harbour cranes",
        "Tidal turbines",
        "Quay walls",
        "Pilot boats",
    )
    for n in range(30):
        thing, other = things[n % 6], ByWords.words[n % 8]
        text = (
            f"Tidal power of a harbour depends on {thing.lower()}. We find that {thing.lower()} number {n} raise it by "
            f"{n + 2} % in {n + 20} harbours. Future work should look at the {other} number {n}. "
        )
        entry = post(
            n, WEEK.since + timedelta(days=n % 5), f"{thing} and {other} {n}", text + f"{other} " * n
        )
        assert entry.published
        store.add_entries([entry], entry.published, passages_of)
    read_all(store, 3)
    moment = datetime.fromisoformat(f"{WEEK.until}T20:00:00+00:00")
    brief = write_brief(store, ByWords(), BriefRequest(PROFILE, [FEED], WEEK), lambda: moment)
    store.close()
    return path, brief.id


@pytest.fixture
def store(stored: tuple[Path, str]):
    opened = Store.open(stored[0])
    yield opened
    opened.close()


@pytest.fixture
def basis(store: Store, stored: tuple[Path, str]) -> Basis:
    return basis_of(store, stored[1])


def version(store: Store, basis: Basis, length: Length, numbers: dict[str, int] | None = None) -> Brief:
    given = {r.article_id: r.n for r in basis.first.references} if numbers is None else numbers
    return write_version(store, basis, length, given, lambda: LATER)


def items(brief: Brief) -> dict[str, int]:
    return {section.kind: len(section.items) for section in brief.sections}


def test_what_is_offered_follows_from_the_length() -> None:
    assert offered("standard", worded=False) == {"shorter": "short", "deeper": "long"}
    assert offered("short", worded=True) == {"deeper": "standard", "again": "short"}
    assert set(offered("long", worded=False)) == {"shorter"}


def test_a_shorter_one_has_fewer_works_and_a_deeper_one_more(store: Store, basis: Basis) -> None:
    short, long = version(store, basis, "short"), version(store, basis, "long")
    assert items(short)["top_papers"] == 3
    assert sum(items(short).values()) < sum(items(basis.first).values()) < sum(items(long).values())
    assert all(items(long)[kind] >= n for kind, n in items(basis.first).items())
    assert len(short.references) <= len(basis.first.references) < len(long.references)
    assert short.id != basis.first.id != long.id


@pytest.mark.parametrize("length", get_args(Length))
def test_every_number_means_what_it_did(store: Store, basis: Basis, length: Length) -> None:
    before = {r.article_id: r.n for r in basis.first.references}
    brief = version(store, basis, length)
    numbers = [r.n for r in brief.references]
    assert numbers == sorted(set(numbers))
    assert all(before.get(r.article_id, r.n) == r.n for r in brief.references)
    new = [r.n for r in brief.references if r.article_id not in before]
    assert new == list(range(len(before) + 1, len(before) + 1 + len(new)))
    cited = {n for s in brief.sections for item in s.items for c in item.claims for n in c.citations}
    assert cited == set(numbers)
    for reference in brief.references:
        assert f"[{reference.n}]" in markdown(brief)


def test_claims_rest_on_the_stored_text(store: Store, basis: Basis) -> None:
    brief = version(store, basis, "long")
    known = store.articles([r.article_id for r in brief.references])
    anchors = [a for s in brief.sections for item in s.items for c in item.claims for a in c.anchors]
    assert anchors
    assert all(known[a.article_id].text_of(a.field)[a.start : a.end] == a.quote for a in anchors)


def test_the_decisions_and_the_receipt_tell_of_this_version(store: Store, basis: Basis) -> None:
    brief = version(store, basis, "short")
    shown = {d.article_id for d in brief.decisions if d.decision in ("top", "cited")}
    assert shown == {r.article_id for r in brief.references}
    assert sum(d.decision == "top" for d in brief.decisions) == items(brief)["top_papers"] <= 3
    assert brief.receipt.cited == len(brief.references)
    assert [feed.cited for feed in brief.receipt.per_feed] == [len(brief.references)]
    assert brief.generated_at == LATER
    assert store.brief(brief.id) == brief


def test_a_version_can_be_made_of_a_version_and_the_first_length_is_the_first_text(
    store: Store, basis: Basis
) -> None:
    short = version(store, basis, "short")
    assert basis_of(store, short.id).length == "short"
    assert version(store, basis, basis.length) == basis.first


def test_numbers_that_a_thread_has_given_are_left_to_their_works(store: Store, basis: Basis) -> None:
    before = {r.article_id: r.n for r in basis.first.references}
    taken = next(a.id for a in resized(basis, "long").mentions if a.id not in before)
    brief = version(store, basis, "long", {**before, taken: 90})
    numbers = {r.article_id: r.n for r in brief.references}
    assert numbers[taken] == 90
    assert min(n for work, n in numbers.items() if work not in {*before, taken}) == 91


def test_without_its_record_there_is_no_other_version(store: Store, basis: Basis) -> None:
    with pytest.raises(VersionError, match="no longer kept"):
        basis_of(store, "no-such-brief")
    assert AMOUNTS[basis.length] == basis.material.amounts
