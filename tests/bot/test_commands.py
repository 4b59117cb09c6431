import asyncio
from datetime import UTC, date, datetime

import pytest

from pipeline.errors import FeedUnavailable
from pipeline.models import Article, Claim, Decision, Item

NOW = datetime(2026, 5, 18, 9, 0, tzinfo=UTC)


def private(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.visible_to]


def parents(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.by_app and not m.thread_ts and not m.visible_to]


async def test_help_is_shown_to_the_sender_alone(workspace, started):
    workspace.slash("ada", "research", "/brief", "help")
    (told,) = await workspace.until(lambda: private(workspace))
    assert "/brief status" in str(told.blocks)
    assert told.visible_to == "U0ADA"


async def test_an_unknown_subcommand_gets_help(workspace, started):
    workspace.slash("ada", "research", "/brief", "<!channel> now please")
    (told,) = await workspace.until(lambda: private(workspace))
    assert "I do not know “&lt;!channel&gt; now please”" in told.text
    assert "/brief help" in str(told.blocks)


async def test_status_is_shown_to_the_sender_alone(workspace, started):
    workspace.slash("ada", "research", "/brief", "status")
    (told,) = await workspace.until(lambda: private(workspace))
    assert "arXiv cs.AI: read Mon 18 May 2026 09:00 UTC, 40 entries" in str(told.blocks)


async def test_now_says_at_once_that_it_takes_a_while_and_posts_the_brief_in_the_channel(workspace, started):
    started.writing.clear()
    workspace.slash("ada", "research", "/brief", "now agents")
    (told,) = await workspace.until(lambda: private(workspace))
    assert told.text.startswith("Reading the feeds and writing the brief.")
    assert not parents(workspace)
    started.writing.set()
    (parent,) = await workspace.until(lambda: parents(workspace))
    assert [profile.name for profile in started.written] == ["agents"]
    await workspace.until(lambda: started.records.deliveries()[0]["state"] == "posted")
    thread = [m for m in workspace.messages("research") if m.thread_ts == parent.ts]
    assert len(thread) == started.records.deliveries()[0]["parts"] - 1


async def test_the_same_brief_is_not_posted_twice_the_sender_gets_a_link(workspace, started, make_brief):
    workspace.slash("ada", "research", "/brief", "now")
    await workspace.until(
        lambda: started.records.deliveries() and started.records.deliveries()[0]["state"] == "posted"
    )
    started.next_brief = lambda: make_brief("b-2")  # written anew, with the same content

    def ask_again():
        """The first command may still be about to end when its last message is posted."""
        answers = [m for m in private(workspace) if m.visible_to == "U0KOFI"]
        if not answers or "being written already" in answers[-1].text:
            workspace.slash("kofi", "research", "/brief", "now")
        return [m for m in answers if "here already" in m.text]

    told = await workspace.until(ask_again)
    assert parents(workspace)[0].ts in str(told[0].blocks)
    assert len(parents(workspace)) == 1


async def test_only_one_brief_at_a_time_is_written_for_a_channel(workspace, started):
    started.writing.clear()
    workspace.slash("ada", "research", "/brief", "now")
    await workspace.until(lambda: started.written)
    workspace.slash("kofi", "research", "/brief", "now")
    told = await workspace.until(lambda: [m for m in private(workspace) if m.visible_to == "U0KOFI"])
    assert "being written already" in told[0].text
    started.writing.set()
    await workspace.until(lambda: parents(workspace))
    assert len(started.written) == 1


async def test_a_command_that_is_sent_again_is_carried_out_once(workspace, started):
    sent = workspace.slash("ada", "research", "/brief", "now")
    await workspace.until(lambda: parents(workspace))
    again = workspace.hub.send("slash_commands", sent.payload)
    workspace.slash("kofi", "research", "/brief", "status")
    await workspace.until(lambda: [m for m in private(workspace) if m.visible_to == "U0KOFI"])
    assert again.acked.is_set()
    assert len(started.written) == 1


async def test_a_topic_in_words_and_a_time_make_a_brief_of_their_own(workspace, started):
    workspace.slash("ada", "research", "/brief", "now robot grasping since 2026-05-01")
    await workspace.until(lambda: parents(workspace))
    (profile,) = started.written
    assert profile.topic == "robot grasping"
    assert profile.name.startswith("topic-robot-grasping-")
    assert str(started.windows[0].since) == "2026-05-01"
    assert started.windows[0].until == NOW.date()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("now since 2026-05-40", "give a day such as"),
        ("now since 2024-01-01", "covers at most 366 days"),
        ("now since 2027-01-01", "is not over yet"),
        ("now ???", "names nothing to look for"),
    ],
)
async def test_an_order_that_cannot_be_is_answered_in_words(workspace, started, words, answer):
    workspace.slash("ada", "research", "/brief", words)
    (told,) = await workspace.until(lambda: private(workspace))
    assert answer in told.text
    assert not started.written


async def test_a_failure_while_writing_is_told_to_the_sender_in_words(workspace, started):
    def fail():
        raise FeedUnavailable("No feed could be read.")

    started.next_brief = fail
    workspace.slash("ada", "research", "/brief", "now")
    told = await workspace.until(lambda: [m for m in private(workspace) if "No feed" in m.text])
    assert told[0].text == "No feed could be read."
    workspace.slash("ada", "research", "/brief", "now")
    await workspace.until(lambda: len(started.written) == 2)


async def test_a_channel_without_the_bot_is_told_to_invite_it(workspace, started):
    channel = workspace.channel("general")
    channel.members.remove("U0BRIEF")
    workspace.slash("ada", "general", "/brief", "now")
    told = await workspace.until(lambda: [m for m in private(workspace, "general") if "invite" in m.text])
    assert "/invite @brief" in told[0].text


async def test_a_brief_under_way_is_completed_before_the_bot_ends(workspace, services, start):
    services.writing.clear()
    async with start():
        workspace.slash("ada", "research", "/brief", "now")
        await workspace.until(lambda: services.written)
        asyncio.get_running_loop().call_later(0.2, services.writing.set)
    assert services.records.deliveries()[0]["state"] == "posted"


def work(n=1, title="Paper number 1", **changes):
    given = {
        "id": f"arxiv:2605.{n:05d}",
        "kind": "paper",
        "title": title,
        "authors": ("Ada Moreno",),
        "source": "arXiv cs.AI",
        "feeds": ("arXiv cs.AI",),
        "url": f"https://arxiv.org/abs/2605.{n:05d}",
        "announced": date(2026, 5, 14),
        "first_seen": NOW,
    }
    return Article(**(given | changes))


async def posted(workspace, started):
    workspace.slash("ada", "research", "/brief", "now")
    await workspace.until(lambda: [d for d in started.records.deliveries() if d["state"] == "posted"])
    return parents(workspace)[0]


def told_to(workspace, user, place="research"):
    return [m for m in private(workspace, place) if m.visible_to == user]


async def test_a_preview_goes_to_its_sender_who_may_share_it(workspace, started):
    workspace.slash("ada", "research", "/brief", "preview agents")
    done = await workspace.until(
        lambda: [m for m in told_to(workspace, "U0ADA") if "in your direct messages" in m.text]
    )
    assert not parents(workspace)
    direct = workspace.state.open_dm("U0ADA").id
    assert direct in str(done[0].blocks)
    (button,) = [m for m in workspace.messages(direct) if "share_brief" in str(m.blocks)]
    workspace.click("ada", button.ts, "share_brief")
    (shared,) = await workspace.until(lambda: parents(workspace))
    await workspace.until(lambda: len(started.records.deliveries()) == 2)
    workspace.click("ada", button.ts, "share_brief")
    await workspace.until(
        lambda: [m for m in told_to(workspace, "U0ADA", direct) if "there already" in m.text]
    )
    assert parents(workspace) == [shared]
    assert len(started.written) == 1


async def test_last_lists_the_briefs_of_the_channel_with_links(workspace, started):
    workspace.slash("kofi", "research", "/brief", "last")
    (none,) = await workspace.until(lambda: told_to(workspace, "U0KOFI"))
    assert "No brief has been posted" in none.text
    parent = await posted(workspace, started)
    workspace.slash("kofi", "research", "/brief", "last")
    told = (await workspace.until(lambda: told_to(workspace, "U0KOFI")[1:]))[0]
    assert parent.ts in str(told.blocks)
    assert "Paper number 2" in str(told.blocks)


async def test_search_finds_works_and_their_numbers_in_the_channels_briefs(workspace, started):
    started.works = [work(), work(7, "A number theory <!channel>")]
    await posted(workspace, started)
    workspace.slash("kofi", "research", "/brief", "search number")
    (told,) = await workspace.until(lambda: told_to(workspace, "U0KOFI"))
    shown = str(told.blocks)
    (parent,) = [
        m for m in workspace.messages("research") if m.by_app and not m.thread_ts and not m.visible_to
    ]
    link = f"<{workspace.url}#/C0RESEARCH/{parent.ts}|Secure Reasoning - Weekly Brief>"
    assert f"[1] in {link}" in shown
    assert "In this channel’s briefs" in shown
    assert "A number theory &lt;!channel&gt;" in shown
    workspace.slash("kofi", "research", "/brief", "search")
    assert "Search for what?" in (await workspace.until(lambda: told_to(workspace, "U0KOFI")[1:]))[0].text
    workspace.slash("kofi", "research", "/brief", "search nothing-like-it")
    assert "Nothing is indexed" in (await workspace.until(lambda: told_to(workspace, "U0KOFI")[2:]))[0].text


async def test_search_finds_past_briefs_by_what_they_say_or_cite(workspace, started, make_brief):
    for number, text in enumerate(
        ("Robots grasp cups [1].", "Agents leak secrets [1].", "Agents grasp tools [1]."), 1
    ):
        item = Item(title=f"Work {number}", claims=(Claim(text=text, citations=(1,), asserts=True),))
        sections = tuple(
            one.model_copy(update={"items": (item,)}) if one.kind == "top_papers" else one
            for one in make_brief().sections
        )
        written = make_brief(f"b-{number}", title=f"Brief {number}", sections=sections)
        started.next_brief = lambda made=written: made
        before = len(workspace.messages("research"))
        workspace.slash("kofi", "research", "/brief", "now")
        await workspace.until(
            lambda b=before, n=number: (
                f"Brief {n}" in workspace.transcript("research")
                and "Generated" in str([m.blocks for m in workspace.messages("research")[b:]])
            )
        )
        await asyncio.sleep(0.2)
    workspace.slash("mina", "research", "/brief", "search AGENTS grasp")
    (told,) = await workspace.until(lambda: told_to(workspace, "U0MINA"))
    shown = str(told.blocks)
    assert [f"|Brief {n}>" in shown for n in (1, 2, 3)] == [False, False, True]
    workspace.slash("mina", "general", "/brief", "search agents grasp")
    (told,) = await workspace.until(lambda: told_to(workspace, "U0MINA", "general"))
    assert "Nothing is indexed" in told.text, "another channel's briefs are its own"


async def test_why_tells_the_recorded_decision(workspace, started, make_brief):
    started.works = [work(), work(9, "Another paper")]
    reason = "on the topic by its title"
    chosen = Decision(article_id=started.works[0].id, decision="top", score=0.8, reason=reason)
    started.next_brief = lambda: make_brief(decisions=(chosen,))
    await posted(workspace, started)
    for words, answer in [
        ("why Paper number 1", f"top, worth 0.80: {reason}"),
        ("why Another", "was not among the works"),
        ("why Nobody", "is called “Nobody”"),
        ("why", "Which work?"),
    ]:
        before = len(told_to(workspace, "U0KOFI"))
        workspace.slash("kofi", "research", "/brief", words)
        told = await workspace.until(lambda before=before: told_to(workspace, "U0KOFI")[before:])
        assert answer in str(told[0].blocks)


async def test_topics_feeds_and_schedule_tell_what_the_channel_gets(workspace, started):
    workspace.slash("ada", "research", "/brief", "topics")
    (told,) = await workspace.until(lambda: private(workspace))
    assert "*Topic* alignment" in str(told.blocks)
    assert "arXiv cs.AI" in str(told.blocks)
    assert "No weekly brief is scheduled here." in str(told.blocks)


async def open_form(workspace):
    workspace.slash("ada", "research", "/brief")
    return (await workspace.until(lambda: list(workspace.state.views.values())))[-1]


def filled(topic=None, since=None, where="post", channel="C0RESEARCH"):
    return {
        "channel": {"channel": {"type": "conversations_select", "selected_conversation": channel}},
        "profile": {"profile": {"type": "static_select", "selected_option": {"value": "agents"}}},
        "topic": {"topic": {"type": "plain_text_input", "value": topic}},
        "since": {"since": {"type": "datepicker", "selected_date": since}},
        "where": {"where": {"type": "radio_buttons", "selected_option": {"value": where}}},
    }


async def test_a_bare_command_opens_a_form_that_writes_a_brief(workspace, started):
    view = await open_form(workspace)
    workspace.submit("ada", view["id"], filled())
    await workspace.until(lambda: parents(workspace))
    assert [profile.name for profile in started.written] == ["agents"]
    assert not workspace.state.views


async def test_the_form_takes_a_topic_and_a_day_and_may_show_the_brief_to_its_sender_alone(
    workspace, started
):
    view = await open_form(workspace)
    workspace.submit("ada", view["id"], filled("protein design", "2026-05-04", "preview"))
    await workspace.until(
        lambda: [m for m in told_to(workspace, "U0ADA") if "in your direct messages" in m.text]
    )
    assert started.written[0].topic == "protein design"
    assert started.windows[0].since == date(2026, 5, 4)
    assert not parents(workspace)


async def test_the_form_says_at_the_field_what_is_wrong(workspace, started):
    view = await open_form(workspace)
    workspace.submit("ada", view["id"], filled(since="2027-01-01"))
    await workspace.until(lambda: workspace.state.views[view["id"]].get("errors"))
    assert workspace.state.views[view["id"]]["errors"] == {"since": "2027-01-01 is not over yet"}
    assert not started.written


async def test_a_form_for_a_channel_without_the_bot_is_answered_directly(workspace, started):
    workspace.channel("general").members.remove("U0BRIEF")
    view = await open_form(workspace)
    workspace.submit("ada", view["id"], filled(channel=workspace.channel("general").id))
    direct = workspace.state.open_dm("U0ADA").id
    told = await workspace.until(
        lambda: [m for m in workspace.messages(direct) if "/invite @brief" in m.text]
    )
    assert len(told) == 1
    assert not workspace.messages("general")
