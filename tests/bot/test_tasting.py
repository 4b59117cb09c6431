"""Thumbs and reactions on a work of a brief teach its channel's taste, and can be undone."""

import json

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import deliver
from bot.schedule import Slot
from bot.slots import Slots
from bot.tastes import Tastes, sign_of
from pipeline.models import Article


@pytest.fixture
async def thread(workspace, started, make_brief, quick, now):
    """The messages of a brief's thread in #research."""
    brief = make_brief()
    started.known[brief.id] = brief
    started.works += [
        Article(
            id=reference.article_id,
            title=f"Prompt injection of agents by {n} people",
            source="S",
            kind="paper",
            first_seen=now,
        )
        for n, reference in enumerate(brief.references)
    ]
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    await deliver(started.records, client, brief, "#research", now=now, limits=quick)
    return [m for m in workspace.messages("research") if m.thread_ts]


def paper(thread, n):
    return next(
        m for m in thread if f"|[{n}]>" in json.dumps(m.blocks) and "context_actions" in str(m.blocks)
    )


async def test_a_thumb_teaches_the_channel_and_the_other_one_takes_its_place(workspace, started, thread):
    one = paper(thread, 1)
    (element,) = one.blocks[-1]["elements"]
    workspace.click("ada", one.ts, "rate_work", value=element["positive_button"]["value"])
    await workspace.until(lambda: started.tastes.judged("#research") == {"arxiv:2605.00001": 1})
    workspace.click("ada", one.ts, "rate_work", value=element["negative_button"]["value"])
    await workspace.until(lambda: started.tastes.judged("#research") == {"arxiv:2605.00001": -1})
    assert started.tastes.judged("#general") == {}
    assert not workspace.ledger.refused()


async def test_a_reaction_to_a_works_message_teaches_and_teaches_no_more_when_it_goes(
    workspace, started, thread
):
    one = paper(thread, 2)
    here = workspace.channel("research").id
    workspace.react("ada", one.ts, "fire")
    workspace.react("kofi", one.ts, "+1::skin-tone-3")
    await workspace.until(lambda: started.tastes.judged(here) == {"arxiv:2605.00002": 1})
    workspace.react("ada", one.ts, "fire")
    workspace.react("kofi", one.ts, "+1::skin-tone-3")
    await workspace.until(lambda: started.tastes.judged(here) == {})


async def test_reactions_to_messages_about_several_works_or_none_teach_nothing(workspace, started, thread):
    trends = next(m for m in thread if "Oversight" in str(m.blocks))
    for message in (trends, thread[-1], workspace.messages("research")[0]):
        workspace.react("ada", message.ts, "heart")
    workspace.react("ada", paper(thread, 1).ts, "thinking_face")
    await workspace.settled()
    assert started.tastes.judged("#research") == {}


async def test_the_home_tab_says_in_words_what_was_learned_and_forgets_it_on_request(
    workspace, started, thread
):
    for n in (1, 2, 3):
        workspace.react("ada", paper(thread, n).ts, "heart")
    await workspace.until(lambda: len(started.tastes.judged("#research")) == 3)
    workspace.open_home("ada")
    home = await workspace.until(lambda: workspace.state.homes.get("U0ADA"))
    assert "liked 3 works on prompt injection: +0.04" in str(home["blocks"])
    workspace.press("ada", home["id"], "forget_taste", value=workspace.channel("research").id)
    await workspace.until(lambda: started.tastes.judged("#research") == {})
    await workspace.until(lambda: "forgotten" in str([m.text for m in workspace.messages("dm")]))
    assert not workspace.ledger.refused()


def test_each_person_counts_once_for_a_work_and_a_tie_is_left_out(records, now):
    tastes = Tastes(records.engine)
    for kind in ("fire", "heart", "thumb"):
        tastes.set("C1", "research", "w1", "U1", kind, 1, now)
    tastes.set("C1", "research", "w1", "U2", "-1", -1, now)
    assert tastes.judged("C1") == {}
    tastes.set("C1", "research", "w1", "U3", "-1", -1, now)
    assert tastes.judged("C1") == tastes.judged("#research") == {"w1": -1}
    assert tastes.channels(["C1", "C2"]) == ["C1"]
    assert tastes.reset("C1") == 5


@pytest.mark.parametrize(("name", "sign"), [("+1", 1), ("-1::skin-tone-2", -1), ("thinking_face", 0)])
def test_reactions_mean_liking_the_opposite_or_nothing(name, sign):
    assert sign_of(name) == sign


def test_a_channel_with_a_taste_shares_no_brief(records, now):
    slots, tastes = Slots(records), Tastes(records.engine)
    both = [Slot(channel=c, profile="p", due=now, day=now.date()) for c in ("#research", "#general")]
    slots.note_slots(both, now)
    (row,) = slots.claim(now)
    slots.keep_brief(row, "b-1", True)
    other = next(s for s in both if s.key != row.slot.key)
    assert slots.brief_ready(other) == "b-1"
    tastes.set("C9", other.channel.removeprefix("#"), "w1", "U1", "fire", 1, now)
    assert slots.brief_ready(other) is None
