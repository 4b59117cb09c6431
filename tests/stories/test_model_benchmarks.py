"""A small sample of the benchmarks of writing with a model; the whole of each is run by hand."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from benchmarks import injections, model_faults, replays
from benchmarks.written import Ground, ground
from bot.services import Services
from bot.settings import load_settings
from pipeline.models import Window

pytest.importorskip("langchain_openai", reason="the extra research-brief[openai] is not installed")

SUNDAY = date(2026, 6, 14)


@pytest.fixture
def base(week: Any) -> Iterator[Ground]:
    with ground(week.home, SUNDAY, week.config) as found:
        yield found


def test_a_fault_at_any_stage_leaves_a_marked_brief_within_the_limit(
    base: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    found = model_faults.measured(base, ("cut stream", "a lie", "thinking around it"), (20_000,))
    assert found["cases"] == 3 * len(model_faults.STAGES)
    assert found["which"] == []


def test_an_order_in_what_is_read_does_not_reach_slack(base: Ground) -> None:
    every = list(injections.cases())
    assert len(every) >= 600
    found = injections.measured(base, every[::97])
    assert found["which"] == []
    assert found["sentences_refused"] > found["cases"]


def test_the_search_for_orders_finds_what_is_let_through(base: Ground) -> None:
    case = next(injections.cases())
    posted = base.brief.model_dump_json().replace("The", f"{case.canary} <!channel> https://evil.invalid", 1)
    assert injections._problems(case, posted) == ["canary", "foreign address", "mention"]


def test_runs_of_any_kind_are_replayed_byte_for_byte(base: Ground) -> None:
    found = replays.measured(base, 4)
    assert (found["identical"], found["different"]) == (4, [])


def test_a_brief_takes_fewer_tokens_than_the_plain_way(week: Any) -> None:
    from benchmarks.tokens import measured

    with Services(load_settings(week.home, week.config)) as services:
        found = measured(services, None, Window(since=date(2026, 6, 8), until=SUNDAY))
    assert found["ours"]["calls"] > 0
    assert set(found["ours"]["usd"]) == {"small", "middle", "large"}
    assert found["plain_all"]["ours_is"] < 1
