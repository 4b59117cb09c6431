import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from bot import delivery as outbox
from bot.delivery import DeliveryDelayed, always, deliver, resume
from bot.records import Records
from bot.workspace import Fault
from pipeline.errors import DeliveryError


@pytest.fixture
def client(workspace):
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, timeout=1)


def posted(workspace, channel="research"):
    """(part number, thread) of every message in the channel, in order."""
    return [
        (m.metadata["event_payload"]["part"], m.thread_ts) for m in workspace.messages(channel) if m.by_app
    ]


def complete(workspace, brief, channel="research"):
    """Whether the channel holds each part once, the parent first and all others in its thread."""
    count = len(outbox.brief_messages(brief))
    messages = posted(workspace, channel)
    parent = next(m.ts for m in workspace.messages(channel) if m.by_app)
    return messages == [(n, None if n == 0 else parent) for n in range(count)]


async def test_a_brief_is_posted_as_a_parent_with_its_parts_in_the_thread(
    workspace, records, client, make_brief, quick, now
):
    brief = make_brief()
    result = await deliver(records, client, brief, "#research", now=now, limits=quick)
    assert (result.state, result.already) == ("posted", False)
    assert result.parts_posted == result.parts == len(outbox.brief_messages(brief))
    assert complete(workspace, brief)
    assert not workspace.ledger.refused()
    for message in workspace.messages("research"):
        assert message.options["unfurl_links"] is False
        assert message.options["unfurl_media"] is False
    assert records.thread(result.channel, result.parent_ts).brief_id == "b-1"
    assert records.latest_in(result.channel).brief_id == "b-1"


async def test_each_message_costs_one_write_and_the_delivery_two(
    workspace, records, client, make_brief, quick, now, monkeypatch
):
    """What is due in one minute in many channels waits for the database first."""
    monkeypatch.setattr(outbox, "files_of", lambda _: ())
    transactions = []
    sa.event.listen(records.engine, "begin", transactions.append)
    result = await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    assert result.parts_posted == result.parts
    assert len(transactions) == result.parts + 2


async def test_the_same_brief_reaches_a_channel_once_however_often_and_by_whatever_name_it_is_sent(
    workspace, records, client, make_brief, quick, now
):
    brief, here = make_brief(), workspace.channel("research").id
    places = ("#research", here, here, "#research")
    results = await asyncio.gather(
        *(deliver(records, client, brief, place, now=now, limits=quick) for place in places)
    )
    assert [r.already for r in results].count(False) == 1
    assert complete(workspace, brief)


async def test_a_slot_is_filled_once_even_with_another_brief(
    workspace, records, client, make_brief, quick, now
):
    first = make_brief()
    await deliver(records, client, first, "#research", slot="c|p|2026-05-18", now=now, limits=quick)
    other = make_brief("b-2", title="Something else")
    again = await deliver(records, client, other, "#research", slot="c|p|2026-05-18", now=now, limits=quick)
    assert again.already
    assert complete(workspace, first)


async def test_a_brief_on_demand_also_counts_for_the_slot(workspace, records, client, make_brief, quick, now):
    await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    again = await deliver(
        records, client, make_brief(), "#research", slot="c|p|2026-05-18", now=now, limits=quick
    )
    assert again.already
    assert records.by_slot("c|p|2026-05-18").brief_id == "b-1"


@pytest.mark.parametrize("part", [0, 1, 4])
@pytest.mark.parametrize(
    "fault",
    [
        lambda skip: Fault.dropped(accepted=True, skip=skip),
        lambda skip: Fault.dropped(accepted=False, skip=skip),
        lambda skip: Fault(status=500, accept=True, skip=skip),
        lambda skip: Fault(status=503, skip=skip),
        lambda skip: Fault(error="fatal_error", accept=True, skip=skip),
        lambda skip: Fault.rate_limited(0, skip=skip),
        lambda skip: Fault.rate_limited(0, times=4, skip=skip),
        lambda skip: Fault.dropped(accepted=False, times=2, skip=skip),
    ],
    ids="dropped-after dropped-before 500-after 503-before fatal-after 429 429x4 dropped-twice".split(),
)
async def test_whatever_slack_answers_each_part_is_there_once(
    workspace, records, client, make_brief, quick, now, fault, part
):
    workspace.fail("chat.postMessage", fault(part))
    brief = make_brief()
    result = await deliver(records, client, brief, "#research", now=now, limits=quick)
    assert result.state == "posted"
    assert complete(workspace, brief)


async def test_a_time_out_after_acceptance_does_not_double(
    workspace, records, client, make_brief, quick, now, monkeypatch
):
    monkeypatch.setattr(
        outbox,
        "posting_client",
        lambda c: AsyncWebClient(token=c.token, base_url=c.base_url, timeout=1, retry_handlers=[]),
    )
    workspace.fail("chat.postMessage", Fault(hang=1.5, accept=True, skip=2))
    brief = make_brief()
    result = await deliver(records, client, brief, "#research", now=now, limits=quick)
    assert result.state == "posted"
    assert complete(workspace, brief)


async def test_an_outcome_that_nobody_can_look_up_is_reported_and_not_sent_again(
    workspace, records, client, make_brief, quick, now
):
    workspace.fail("chat.postMessage", Fault.dropped(accepted=True, skip=2))
    workspace.fail("conversations.replies", Fault(error="missing_scope", times=9))
    result = await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    assert result.state == "unknown"
    assert "history" in (result.error or "")
    assert [part for part, _ in posted(workspace)] == [0, 1, 2]
    await resume(records, always(client), now=now, limits=quick)
    again = await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    assert again.state == "unknown"
    assert [part for part, _ in posted(workspace)] == [0, 1, 2]


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("part", [0, 1, 3])
async def test_after_a_kill_at_any_call_the_next_start_posts_the_rest_once(
    workspace, records, client, make_brief, quick, now, monkeypatch, part, accepted
):
    class Killed(BaseException):
        pass

    class Dying(AsyncWebClient):
        async def chat_postMessage(self, **kwargs):  # noqa: N802
            if kwargs["metadata"]["event_payload"]["part"] != part:
                return await super().chat_postMessage(**kwargs)
            if accepted:
                await super().chat_postMessage(**kwargs)
            raise Killed

    brief = make_brief()
    with monkeypatch.context() as patch:
        dying = Dying(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
        patch.setattr(outbox, "posting_client", lambda client: dying)
        with pytest.raises(Killed):
            await deliver(records, client, brief, "#research", now=now, limits=quick)
    (result,) = await resume(records, always(client), now=now + timedelta(hours=1), limits=quick)
    assert result.state == "posted"
    assert complete(workspace, brief)
    assert await resume(records, always(client), now=now, limits=quick) == []


@pytest.mark.parametrize("where", ["start_part", "part_posted", "all_posted", "set_state"])
async def test_after_a_crash_at_any_write_the_next_start_posts_the_rest_once(
    workspace, records, client, make_brief, quick, now, monkeypatch, where
):
    brief = make_brief()
    for nth in range(4):
        calls = 0
        real = getattr(Records, where)

        def crash(self, *args, real=real, nth=nth):
            nonlocal calls
            calls += 1
            if calls == nth + 1:
                raise KeyError("the machine went away")
            return real(self, *args)

        with monkeypatch.context() as patch:
            patch.setattr(Records, where, crash)
            with suppress(KeyError):
                await deliver(records, client, brief, "#research", now=now, limits=quick)
    await deliver(records, client, brief, "#research", now=now, limits=quick)
    assert complete(workspace, brief)


async def test_a_long_trouble_is_told_and_made_good_at_the_next_start(
    workspace, records, client, make_brief, quick, now
):
    workspace.fail("chat.postMessage", Fault(status=503, times=50, skip=2))
    with pytest.raises(DeliveryDelayed, match="posted later") as caught:
        await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    assert caught.value.retryable
    workspace.faults.clear()
    (result,) = await resume(records, always(client), now=now, limits=quick)
    assert result.state == "posted"
    assert complete(workspace, make_brief())


async def test_slack_asking_for_too_long_a_wait_is_a_delay_not_a_double(
    workspace, records, client, make_brief, quick, now
):
    workspace.fail("chat.postMessage", Fault.rate_limited(3600))
    with pytest.raises(DeliveryDelayed):
        await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    await resume(records, always(client), now=now, limits=quick)
    assert complete(workspace, make_brief())


async def test_what_was_not_begun_within_a_day_is_given_up(
    workspace, records, client, make_brief, quick, now
):
    workspace.fail("chat.postMessage", Fault.rate_limited(3600))
    with pytest.raises(DeliveryDelayed):
        await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    assert await resume(records, always(client), now=now + timedelta(hours=25), limits=quick) == []
    assert posted(workspace) == []
    assert records.deliveries()[0]["state"] == "failed"


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("channel_not_found", "/invite @brief"),
        ("not_in_channel", "/invite @brief"),
        ("is_archived", "unarchive"),
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("missing_scope", "scopes"),
        ("something_new", "something_new"),
    ],
)
async def test_a_refusal_says_what_to_do_and_can_be_made_good(
    workspace, records, client, make_brief, quick, now, code, advice
):
    workspace.fail("chat.postMessage", Fault(error=code))
    with pytest.raises(DeliveryError, match=advice):
        await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    assert len(workspace.calls("chat.postMessage")) == 1
    await deliver(records, client, make_brief(), "#research", now=now, limits=quick)
    assert complete(workspace, make_brief())


async def test_a_channel_name_that_the_bot_is_not_in_asks_for_an_invitation(
    workspace, records, client, make_brief, quick, now
):
    with pytest.raises(DeliveryError, match="#nowhere: I am not in the channel: invite me"):
        await deliver(records, client, make_brief(), "#nowhere", now=now, limits=quick)
    assert records.deliveries() == []


async def test_messages_keep_their_distance(workspace, records, client, make_brief, now, quick):
    paced = outbox.Limits(**{**quick.__dict__, "interval": 0.05})
    await deliver(records, client, make_brief(), "#research", now=now, limits=paced)
    times = [call.time for call in workspace.calls("chat.postMessage", ok=True)]
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) >= 0.045
