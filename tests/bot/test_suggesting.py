"""“Add to next brief” as a shortcut and as a reaction, and how long a suggestion waits."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.delivery import deliver
from bot.schedule import Slot
from bot.slots import Slots
from bot.views.suggestion import NO_WORK
from bot.workspace import Fault
from pipeline.errors import QuestionError
from pipeline.models import Article
from pipeline.store import tables

LINK = "https://arxiv.org/abs/2605.00001"


@pytest.fixture
def work(started, now):
    one = Article(
        id="arxiv:2605.00001",
        title="Paper <number> 1",
        authors=("Ada Moreno",),
        abstract="We find thing 1.",
        url=LINK,
        source="arXiv cs.AI",
        kind="paper",
        feeds=("arXiv cs.AI",),
        first_seen=now,
    )
    started.works.append(one)
    return one


def whispers(workspace, user="U0ADA"):
    return [m for m in workspace.messages("research") if m.visible_to == user]


async def test_the_shortcut_keeps_the_work_that_a_message_links_to_and_can_be_taken_back(
    workspace, started, work
):
    linked = workspace.say("kofi", "research", f"Seen this? {LINK} looks good")
    workspace.shortcut("ada", linked.ts, "add_to_brief")
    (told,) = await workspace.until(lambda: whispers(workspace))
    assert "will be in this channel’s next brief" in str(told.blocks)
    assert "Paper &lt;number&gt; 1" in str(told.blocks)
    here = workspace.channel("research").id
    assert started.suggestions.waiting(here) == started.suggestions.waiting("#research") == [work.id]
    assert started.suggestions.waiting("#general") == []
    workspace.shortcut("kofi", linked.ts, "add_to_brief")
    (again,) = await workspace.until(lambda: whispers(workspace, "U0KOFI"))
    assert "already" in str(again.blocks)
    workspace.click("ada", told.ts, "take_suggestion_back")
    await workspace.until(lambda: started.suggestions.waiting(here) == [])
    assert not workspace.ledger.refused()


async def test_several_works_of_one_message_are_each_kept_and_taken_back_alone(workspace, started, work):
    other = work.model_copy(update={"id": "arxiv:2605.00002", "url": "https://arxiv.org/abs/2605.00002"})
    started.works.append(other)
    linked = workspace.say("kofi", "research", f"{LINK} and {other.url} and {LINK}")
    workspace.shortcut("ada", linked.ts, "add_to_brief")
    (told,) = await workspace.until(lambda: whispers(workspace))
    assert started.suggestions.waiting("#research") == [work.id, other.id]
    value = told.blocks[1]["accessory"]["value"]
    workspace.click("ada", told.ts, "take_suggestion_back", value=value)
    await workspace.until(lambda: started.suggestions.waiting("#research") == [work.id])
    assert not workspace.ledger.refused()


async def test_a_message_without_a_known_work_is_said_to_have_none(workspace, started, work):
    linked = workspace.say("kofi", "research", "https://example.org/lunch today?")
    workspace.shortcut("ada", linked.ts, "add_to_brief")
    (told,) = await workspace.until(lambda: whispers(workspace))
    assert NO_WORK[:40] in told.text


async def test_what_arxiv_cannot_tell_is_told_in_words(workspace, started, work):
    async def refuse(address):
        raise QuestionError("arXiv could not be asked.")

    started.work_at = refuse
    linked = workspace.say("kofi", "research", LINK)
    workspace.shortcut("ada", linked.ts, "add_to_brief")
    (told,) = await workspace.until(lambda: whispers(workspace))
    assert told.text == "arXiv could not be asked."


@pytest.mark.parametrize("is_reply", [False, True])
async def test_a_reaction_does_the_same_and_taking_it_away_undoes_it(workspace, started, work, is_reply):
    root = workspace.say("kofi", "research", "Lunch?")
    where = {"thread_ts": root.ts} if is_reply else {}
    linked = workspace.say("kofi", "research", f"Seen this? {LINK}", **where)
    workspace.react("ada", linked.ts, "pushpin")
    await workspace.until(lambda: started.suggestions.waiting("#research") == [work.id])
    await workspace.until(lambda: whispers(workspace))
    workspace.react("ada", linked.ts, "pushpin")
    await workspace.until(lambda: started.suggestions.waiting("#research") == [])


async def test_other_reactions_and_messages_that_cannot_be_read_add_nothing(workspace, started, work):
    linked = workspace.say("kofi", "research", f"Seen this? {LINK}")
    workspace.react("ada", linked.ts, "tada")
    workspace.fail("conversations.history", Fault(error="missing_scope"))
    workspace.react("mina", linked.ts, "bookmark")
    await workspace.until(lambda: workspace.calls("conversations.history"))
    await workspace.settled()
    assert started.suggestions.waiting("#research") == []


async def test_a_suggestion_waits_until_a_brief_in_the_channel_tells_of_it(
    workspace, started, work, make_brief, quick, now
):
    from slack_sdk.web.async_client import AsyncWebClient

    here = workspace.channel("research").id
    assert started.suggestions.add(here, "research", work.id, "U0ADA", now) == "added"
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    row = {"article_id": work.id, "decision": "cited", "score": 0.5, "reason": "suggested by the team"}
    with started.records.writer.begin() as connection:
        for brief_id in ("b-1", "b-2"):
            connection.execute(sa.insert(tables.decisions).values({**row, "brief_id": brief_id}))
    await deliver(started.records, client, make_brief(), "#general", now=now, limits=quick)
    assert started.suggestions.waiting(here) == [work.id]
    brief = make_brief("b-2", title="Another")
    await deliver(started.records, client, brief, "#research", now=now, limits=quick)
    assert started.suggestions.waiting(here) == []
    assert started.suggestions.add(here, "research", work.id, "U0ADA", now) == "told"


def test_at_most_ten_works_wait_for_a_channel(services, now):
    add = services.suggestions.add
    outcomes = [add("C1", "research", f"arxiv:{n}", "U1", now + timedelta(seconds=n)) for n in range(12)]
    assert outcomes == ["added"] * 10 + ["too many"] * 2
    assert add("C2", "general", "arxiv:11", "U1", now) == "added"
    assert services.suggestions.waiting("C1") == [f"arxiv:{n}" for n in range(10)]


def test_a_channel_for_which_something_waits_shares_no_brief(services, now):
    slots = Slots(services.records)
    due = now + timedelta(hours=1)
    both = [Slot(channel=c, profile="p", due=due, day=due.date()) for c in ("#research", "#general")]
    slots.note_slots(both, now)
    (row,) = slots.claim(now)
    slots.keep_brief(row, "b-1", True)
    other = next(s for s in both if s.key != row.slot.key)
    assert slots.brief_ready(other) == "b-1"
    services.suggestions.add("C0", row.slot.channel.removeprefix("#"), "arxiv:1", "U1", now)
    assert slots.brief_ready(other) is None
    services.suggestions.take_back("C0", "arxiv:1")
    services.suggestions.add("C0", other.channel.removeprefix("#"), "arxiv:1", "U1", now)
    assert slots.brief_ready(other) is None
