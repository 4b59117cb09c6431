"""A sample of `python -m benchmarks.kills`: SIGKILL at some commits between a due slot and a posted brief."""

import sys

import pytest

from benchmarks.kills import run


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "darwin", reason="forks a process that has threads' libraries loaded")
def test_a_kill_at_a_commit_loses_no_message_and_doubles_none():
    count = run(1, points=(1, 4, 8, 11, 14, 17))
    assert count.killed == 12
    assert (count.lost, count.double, count.unfinished) == (0, 0, 0)
    assert count.most_written <= 2
