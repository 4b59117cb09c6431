"""From a due slot to a posted brief, with a clock in the test's hand and the local workspace as Slack."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.leases import LeaseLost
from bot.records import Records
from bot.settings import Subscription
from bot.slots import Slots
from bot.tables import metadata, slots
from bot.worker import Worker, late
from bot.workspace import Fault
from pipeline.errors import BriefError, StoreError
from pipeline.models import FeedCount
from pipeline.store import open_engine


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Story:
    """Subscriptions, a clock, and one process after the other (or beside it) that does what is due."""

    def __init__(self, workspace, services, limits):
        self.workspace, self.services, self.limits = workspace, services, limits
        self.client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, timeout=5)
        self.now = at("2026-05-18T09:00:00")
        services.clock = lambda: self.now
        self.write = services.write
        services.write = self._write
        self.written = []
        self.failing = None
        self.worker = None

    async def _write(self, profile=None, window=None, channel="", after=()):
        self.written.append((self.now, window))
        self.followed = after
        if self.failing:
            raise self.failing
        brief = await self.write(profile, window)
        brief = brief.model_copy(
            update={"id": f"b-{len(self.written)}", "title": f"Week of {profile}", "window": window}
        )
        self.services.known[brief.id] = brief
        return brief

    def subscribe(self, *changes):
        base = {"channel": "#research", "profile": "agents", "day": "mon", "time": "09:00:00"}
        wanted = tuple(Subscription.model_validate(base | change) for change in changes or ({},))
        config = self.services.settings.config.model_copy(update={"subscriptions": wanted})
        self.services.settings = self.services.settings.model_copy(update={"config": config})
        self.worker = None

    def restart(self):
        self.worker = None

    async def look(self, moment=None, **step):
        for _ in range(step.pop("times", 1)):
            self.now = at(moment) if moment else self.now + timedelta(**step)
            self.worker = self.worker or Worker(self.services, self.client, self.limits)
            await self.worker.look()
            await self.worker.idle()

    def briefs(self, channel="research"):
        """The parents of the briefs in a channel."""
        return [m for m in self.workspace.messages(channel) if m.by_app and m.thread_ts is None]

    def states(self):
        return {row["key"]: row["state"] for row in Slots(self.services.records).listing()}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'brief.db'}"
    else:
        url = request.getfixturevalue("postgres_database")
    engine = open_engine(url)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def story(workspace, services, quick):
    return Story(workspace, services, quick)


async def test_a_brief_is_prepared_before_its_hour_and_posted_once_at_the_hour(story):
    story.subscribe()
    complete(story)
    await story.look("2026-05-18T06:59:00")
    assert story.written == []
    await story.look("2026-05-18T07:00:00")
    await story.look(minutes=1, times=119)
    assert len(story.written) == 1
    assert story.briefs() == []
    await story.look(minutes=1, times=90)
    assert len(story.briefs()) == 1
    assert "late" not in str(story.briefs()[0].blocks)
    assert len(story.written) == 1
    assert story.states() == {"#research|agents|2026-05-18": "done"}


def complete(story):
    story.services.next_brief = lambda make=story.services.next_brief: without_failures(make())


def without_failures(brief, failed=0):
    feeds = [
        FeedCount(name=f"f{n}", entries=1, works=1, considered=1, cited=1, status="failed: no answer")
        for n in range(failed)
    ]
    return brief.model_copy(update={"receipt": brief.receipt.model_copy(update={"per_feed": tuple(feeds)})})


async def test_a_brief_that_lacks_a_feed_is_written_again_until_the_hour_and_the_best_one_goes_out(story):
    story.subscribe()
    make, lacking = story.services.next_brief, iter([2, 1, 2, 3, 1])
    story.services.next_brief = lambda: without_failures(make(), next(lacking))
    await story.look("2026-05-18T07:00:00")
    await story.look(minutes=5, times=24)
    assert [moment.strftime("%H:%M") for moment, _ in story.written] == ["07:00", "07:30", "08:00", "08:30"]
    assert len(story.briefs()) == 1
    (sent,) = story.services.records.deliveries()
    assert sent["brief_id"] == "b-2"


async def test_nothing_ready_at_the_hour_is_tried_every_ten_minutes_for_a_day_then_given_up(story):
    story.subscribe()
    story.failing = BriefError("The model and all feeds are down.")
    await story.look("2026-05-18T08:55:00")
    await story.look(minutes=5, times=7)
    assert [m.strftime("%H:%M") for m, _ in story.written] == ["08:55", "09:00", "09:10", "09:20", "09:30"]
    await story.look(hours=1, times=26)
    (row,) = Slots(story.services.records).listing()
    assert (row["state"], row["reason"]) == ("failed", "The model and all feeds are down.")
    tried = len(story.written)
    story.failing = None
    await story.look(hours=1, times=3)
    assert len(story.written) == tried


async def test_a_brief_slept_through_is_posted_late_and_says_so(story):
    story.subscribe()
    await story.look("2026-05-19T08:00:00")
    (parent,) = story.briefs()
    assert "This brief was due on Monday 18 May at 09:00 UTC and is posted late." in str(parent.blocks)


async def test_after_two_weeks_down_one_brief_is_made_good_and_no_backlog(story):
    story.subscribe()
    await story.look("2026-05-04T09:00:00")
    assert len(story.briefs()) == 1
    story.restart()
    await story.look("2026-05-20T12:00:00")
    await story.look(minutes=10, times=6)
    assert list(story.states()) == ["#research|agents|2026-05-18", "#research|agents|2026-05-04"]
    assert len(story.briefs()) == 2
    assert [str(window.until) for _, window in story.written] == ["2026-05-04", "2026-05-18"]


@pytest.mark.parametrize("begun", ["2026-05-18T06:00:00", "2026-05-18T08:00:00"])
async def test_a_database_that_failed_when_a_brief_became_due_costs_no_brief(story, monkeypatch, begun):
    """It is away from before the preparation until after the hour, and nobody starts the program anew."""
    story.subscribe()
    await story.look(begun)

    def away(self, owed, now):
        raise StoreError("the database cannot be used")

    with monkeypatch.context() as patch:
        patch.setattr(Slots, "note_slots", away)
        await story.look("2026-05-18T07:00:00")
        await story.look("2026-05-18T09:00:00")
    assert story.briefs() == []
    await story.look("2026-05-18T09:00:15")
    assert len(story.briefs()) == 1


async def test_a_brief_follows_those_that_its_channel_had(story):
    story.subscribe({}, {"channel": "#other"})
    await story.look("2026-05-04T09:00:00")
    assert story.followed == []
    story.subscribe()
    await story.look("2026-05-11T09:00:00")
    (sent,) = [
        row
        for row in Slots(story.services.records).listing()
        if row["key"].endswith("#research|agents|2026-05-04")
    ]
    assert story.followed == [sent["brief_id"]]


async def test_a_missed_brief_is_left_out_when_the_next_one_is_near(story):
    story.subscribe()
    await story.look("2026-05-04T09:00:00")
    story.restart()
    await story.look("2026-05-17T10:00:00")
    assert len(story.briefs()) == 1


@pytest.mark.parametrize("downtime", [False, True])
async def test_what_fell_into_a_pause_is_not_made_good(story, downtime):
    story.subscribe()
    await story.look("2026-05-04T09:00:00")
    story.subscribe({"paused": True})
    await story.look("2026-05-10T09:00:00")
    if not downtime:
        await story.look("2026-05-11T09:00:00")
    story.subscribe()
    await story.look("2026-05-13T09:00:00")
    assert len(story.briefs()) == 1
    await story.look("2026-05-18T09:00:00")
    assert len(story.briefs()) == 2


async def test_a_brief_that_is_prepared_is_not_posted_once_its_channel_is_paused(story):
    story.subscribe()
    await story.look("2026-05-18T07:00:00")
    story.subscribe({"paused": True})
    await story.look("2026-05-18T09:00:00")
    await story.look(minutes=10, times=3)
    assert story.briefs() == []
    (row,) = Slots(story.services.records).listing()
    assert (row["state"], row["reason"]) == ("skipped", "It was paused, taken out or moved before its hour.")
    story.subscribe()
    await story.look(minutes=10, times=3)
    assert story.briefs() == [], "it was resumed after its hour"


async def test_a_pause_that_ends_before_the_hour_changes_nothing(story):
    story.subscribe()
    complete(story)
    await story.look("2026-05-18T07:00:00")
    story.subscribe({"paused": True})
    await story.look("2026-05-18T07:30:00")
    story.subscribe()
    await story.look("2026-05-18T08:00:00")
    await story.look("2026-05-18T09:00:00")
    assert len(story.briefs()) == 1
    assert len(story.written) == 1


@pytest.mark.parametrize("hour", ["08:10:00", "11:00:00"])
async def test_a_brief_moved_to_another_hour_of_its_day_comes_at_that_hour(story, hour):
    story.subscribe()
    await story.look("2026-05-18T07:00:00")
    story.subscribe({"time": hour})
    came = None
    for _ in range(30):
        await story.look(minutes=10)
        came = came or (story.briefs() and story.now)
    assert len(story.briefs()) == 1
    assert came == at(f"2026-05-18T{hour}")


async def test_what_slack_refused_and_is_moved_then_comes_at_the_new_hour(story):
    story.subscribe()
    story.workspace.fail("chat.postMessage", Fault(error="not_in_channel"))
    await story.look("2026-05-18T09:00:00")
    story.subscribe({"time": "11:00:00"})
    await story.look(minutes=11, times=9)
    assert story.briefs() == []
    await story.look("2026-05-18T11:00:00")
    assert len(story.briefs()) == 1


async def test_a_thread_that_is_begun_is_completed_also_in_a_pause(story):
    story.subscribe()
    story.workspace.fail("chat.postMessage", Fault(error="restricted_action", skip=2))
    await story.look("2026-05-18T09:00:00")
    story.subscribe({"paused": True})
    await story.look(minutes=11)
    assert set(story.states().values()) == {"done"}


async def test_a_thread_that_is_begun_is_completed_also_if_its_brief_is_stored_no_more(story):
    story.subscribe()
    story.workspace.fail("chat.postMessage", Fault(error="restricted_action", skip=2))
    await story.look("2026-05-18T09:00:00")
    story.services.known.clear()
    story.restart()
    await story.look(minutes=11)
    assert set(story.states().values()) == {"done"}
    assert len(story.briefs()) == 1


async def test_many_briefs_of_one_minute_look_up_their_channels_once(story):
    names = [f"team{n}" for n in range(12)]
    for name in names:
        story.workspace.state.add_channel(name)
    story.subscribe(*({"channel": f"#{name}"} for name in names))
    complete(story)
    await story.look("2026-05-18T07:00:00")
    await story.look("2026-05-18T09:00:00")
    assert [len(story.briefs(name)) for name in names] == [1] * 12
    assert len(story.workspace.calls("users.conversations")) == 1


async def test_a_changed_hour_counts_from_the_change_on(story):
    story.subscribe()
    await story.look("2026-05-18T09:00:00")
    story.subscribe({"day": "tue"})
    await story.look("2026-05-19T12:00:00")
    assert len(story.briefs()) == 1, "it was changed after that hour"
    await story.look("2026-05-26T09:00:00")
    assert len(story.briefs()) == 2


async def test_a_new_channel_gets_what_was_due_within_the_day(story):
    story.subscribe()
    await story.look("2026-05-18T09:00:00")
    story.subscribe({}, {"channel": "#general"})
    await story.look("2026-05-18T20:00:00")
    assert len(story.briefs("general")) == 1
    await story.look("2026-05-21T20:00:00")
    assert len(story.briefs("general")) == 1


@pytest.mark.parametrize("jump", [timedelta(hours=-2), timedelta(hours=2), timedelta(days=8)])
async def test_a_clock_that_jumps_and_returns_doubles_nothing(story, jump):
    story.subscribe()
    await story.look("2026-05-18T09:00:00")
    story.now += jump
    await story.look(minutes=1, times=3)
    after = len(story.briefs())
    story.now -= jump
    await story.look(minutes=1, times=3)
    await story.look("2026-05-25T09:00:00")
    assert after == (2 if jump == timedelta(days=8) else 1)
    assert len(story.briefs()) == 2
    assert len(story.states()) == 2


async def test_channels_of_one_profile_share_the_brief_that_was_written(story):
    story.subscribe({}, {"channel": "#general"})
    complete(story)
    await story.look("2026-05-18T07:00:00")
    await story.look("2026-05-18T09:00:00")
    assert len(story.briefs()) == len(story.briefs("general")) == 1
    assert len(story.written) <= 2
    ids = {d["brief_id"] for d in story.services.records.deliveries()}
    assert len(ids) == len(story.written)


@pytest.mark.parametrize(
    ("day", "first", "written"), [("mon", "2026-05-11T09:00:00", 2), ("thu", "2026-05-14T09:00:00", 3)]
)
async def test_channels_share_a_brief_only_if_they_had_the_same_days_before(story, day, first, written):
    """One that had a brief on Thursday is told of the days since; the other of the whole week."""
    story.subscribe({"day": day})
    complete(story)
    await story.look(first)
    story.subscribe({}, {"channel": "#general", "time": "09:30:00"})
    for moment in ("07:00", "07:30", "09:00", "09:30"):
        await story.look(f"2026-05-18T{moment}:00")
    sent = {d["brief_id"] for d in story.services.records.deliveries()}
    assert (len(story.briefs("general")), len(story.briefs())) == (1, 2)
    assert len(sent) == written


async def test_many_processes_deliver_each_slot_once(story, records):
    story.subscribe({}, {"channel": "#general"}, {"profile": "secure-reasoning"})
    workers = []
    for _ in range(4):
        services = type("Process", (), {})()
        services.reload = lambda: None
        services.__dict__.update(story.services.__dict__)
        services.records = Records(records.engine)
        services.now, services.write, services.brief = (
            story.services.now,
            story.services.write,
            story.services.brief,
        )
        workers.append(Worker(services, story.client, story.limits))
    for _ in range(3):
        await asyncio.gather(*(worker.look() for worker in workers))
        await asyncio.gather(*(worker.idle() for worker in workers))
    assert sorted(len(story.briefs(c)) for c in ("research", "general")) == [1, 2]
    assert len(story.written) in (2, 3), "the same profile may share"
    assert set(story.states().values()) == {"done"}


async def test_what_a_dead_process_held_is_taken_over_when_its_lease_has_run_out(story, records):
    story.subscribe()
    time = [1000.0]
    records.clock = lambda: time[0]
    Slots(records).note_slots([_slot(story)], story.now)
    dead = Records(records.engine, clock=lambda: time[0])
    assert len(Slots(dead).claim(story.now)) == 1
    await story.look(seconds=1)
    assert story.briefs() == []
    time[0] += 31
    await story.look(seconds=1)
    assert len(story.briefs()) == 1


def _slot(story):
    from bot.schedule import latest_slot

    return latest_slot(story.services.settings.config.subscriptions[0], story.now)


async def test_a_holder_that_comes_back_late_is_refused(story, records):
    story.subscribe()
    Slots(records).note_slots([_slot(story)], story.now)
    time = [1000.0]
    late, next_one = (Records(records.engine, clock=lambda: time[0]) for _ in range(2))
    (held,) = Slots(late).claim(story.now)
    time[0] += 31
    assert len(Slots(next_one).claim(story.now)) == 1
    with pytest.raises(LeaseLost):
        Slots(late).finish(held, "done")
    with pytest.raises(LeaseLost):
        Slots(late).keep_brief(held, "b-9", True)
    assert set(story.states().values()) == {"open"}


async def test_a_holder_that_slept_through_its_lease_sends_nothing(story, monkeypatch):
    """Between marking a part and sending it the process is stopped for longer than its lease."""
    story.subscribe()
    clocks = [100.0]
    monkeypatch.setattr("bot.leases.both_clocks", lambda: (clocks[0], clocks[0]))
    real = Records.start_part

    def stopped(self, part, started, lease):
        marked = real(self, part, started, lease)
        clocks[0] += 60
        return marked

    with monkeypatch.context() as patch:
        patch.setattr(Records, "start_part", stopped)
        await story.look("2026-05-18T09:00:00")
    assert story.workspace.calls("chat.postMessage") == []
    await story.look(minutes=11)
    assert len(story.briefs()) == 1


async def test_an_outcome_that_nobody_can_look_up_waits_for_a_person_and_then_goes_on(story):
    story.subscribe()
    story.workspace.fail("chat.postMessage", Fault.dropped(accepted=True, skip=2))
    story.workspace.fail("conversations.replies", Fault(error="missing_scope", times=9))
    await story.look("2026-05-18T09:00:00")
    (row,) = Slots(story.services.records).listing()
    assert row["state"] == "asking"
    assert "brief settle" in row["reason"]
    (sent,) = story.services.records.deliveries()
    seen = story.workspace.messages("research")[2]
    assert story.services.records.settle(sent["id"], seen.ts)
    Slots(story.services.records).reopen(row["key"], story.now)
    await story.look(minutes=1)
    parts = [m.metadata["event_payload"]["part"] for m in story.workspace.messages("research")]
    assert parts == list(range(len(parts)))
    assert set(story.states().values()) == {"done"}
    assert not story.services.records.settle(sent["id"], None), "nothing waits any more"


async def test_at_the_end_nothing_new_is_begun_and_leases_are_given_back(story, records):
    story.subscribe()
    story.services.writing.clear()
    story.now = at("2026-05-18T09:00:00")
    worker = Worker(story.services, story.client, story.limits)
    await worker.look()
    async with asyncio.timeout(5):
        while not story.written:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    worker.stop_taking()
    await worker.finish()
    with records.engine.connect() as connection:
        row = connection.execute(slots.select()).mappings().one()
    assert (row["state"], row["owner"]) == ("open", None)
    story.services.writing.set()
    await story.look(seconds=1)
    assert len(story.briefs()) == 1


def test_lateness_is_told_from_half_an_hour_on(story):
    story.subscribe()
    slot = _slot(story)
    assert late(slot, slot.due + timedelta(minutes=29)) is None
    assert late(slot, slot.due + timedelta(minutes=30)) == slot.due
