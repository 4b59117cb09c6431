import asyncio

from pipeline.errors import FeedUnavailable


def private(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.visible_to]


def parents(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.by_app and not m.thread_ts and not m.visible_to]


async def test_help_is_shown_to_the_sender_alone_also_for_a_bare_command(workspace, started):
    workspace.slash("ada", "research", "/brief", "help")
    workspace.slash("ada", "research", "/brief")
    first, second = await workspace.until(lambda: len(private(workspace)) == 2 and private(workspace))
    assert first.blocks == second.blocks or "/brief now" in str(second.blocks)
    assert "/brief status" in str(first.blocks)
    assert first.visible_to == "U0ADA"


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
    assert started.written == ["agents"]
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


async def test_an_unknown_profile_is_answered_with_the_known_ones(workspace, started):
    workspace.slash("ada", "research", "/brief", "now biology")
    (told,) = await workspace.until(lambda: private(workspace))
    assert "no profile named 'biology' (known: secure-reasoning, agents)" in told.text
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
