"""A sample of `python -m benchmarks.slack_faults`: many kinds of failure, every point."""

from benchmarks.slack_faults import POINTS, cases, run


async def test_no_failure_of_slack_loses_or_doubles_a_message_or_stands_still_without_a_word():
    chosen = cases()[::17]
    assert {case.point for case in chosen} == set(POINTS)
    count = await run(chosen)
    assert count.cases == len(chosen)
    assert (count.lost, count.double, count.mute) == (0, 0, 0)


async def test_a_message_whose_metadata_does_not_come_with_it_is_known_by_its_words():
    count = await run([case for case in cases() if case.kind == "metadata missing"])
    assert (count.lost, count.double, count.mute, count.asked) == (0, 0, 0, 0)


async def test_a_person_is_asked_only_where_the_history_will_stay_closed():
    revoked = [case for case in cases() if case.point == "the history" and case.kind == "token_revoked"]
    closed = [case for case in cases() if case.kind == "history closed"]
    assert (await run(revoked)).asked == 0
    assert (await run(closed)).asked == len(closed)
