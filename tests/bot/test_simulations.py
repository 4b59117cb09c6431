"""Samples of `python -m benchmarks.year` and `python -m benchmarks.herd`."""

import sys

import pytest

from benchmarks import herd
from benchmarks.year import year


def test_some_weeks_of_some_channels_with_faults_and_deaths_lose_and_double_nothing():
    outcome, slack = year(weeks=3, channels=20)
    assert outcome.briefs >= 50
    assert outcome.deaths >= 2
    assert slack.failed >= 5
    assert (outcome.lost, outcome.double) == (0, 0)


def test_a_herd_of_one_minute_is_posted_side_by_side_at_slacks_pace():
    late = herd.on_sqlite(60)
    assert (late.slots, late.lost, late.double) == (60, 0, 0)
    p50, _, most = late.first
    assert 0.0 <= p50 <= most < 30
    assert late.last[0] > 2.0, "the parts of a brief are a second apart"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "darwin", reason="forks a process that has threads' libraries loaded")
def test_a_herd_on_postgresql_is_shared_by_processes(postgres_server):
    late = herd.on_postgres(40, 2)
    assert (late.slots, late.lost, late.double) == (40, 0, 0)
