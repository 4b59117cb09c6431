"""Shorter and deeper versions of a posted brief: seen by one person first, then in its place, in the same numbers."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import deliver
from bot.errands import Errands, NewErrand
from bot.settings import Config
from bot.versions import Version, Versions
from bot.workspace import Fault
from pipeline.models import Item, Section
from tests.bot.conftest import claim, reference


def sections(*papers, mentions=()):
    return (
        Section(kind="overview", heading="Overview", items=(Item(claims=(claim("Forty new works."),)),)),
        Section(
            kind="top_papers",
            heading="Top Papers",
            items=tuple(
                Item(title=f"Paper number {n}", claims=(claim(f"They find thing {n} [{n}].", n),))
                for n in papers
            ),
        ),
        Section(
            kind="mentions",
            heading="Mentions",
            items=tuple(Item(claims=(claim(f"Also thing {n} [{n}].", n),)) for n in mentions),
        ),
    )


@pytest.fixture
def shown(make_brief):
    """The versions that the fakes write, by their kind."""
    return {
        "shorter": make_brief(
            "b-shorter", sections=sections(1, mentions=(3,)), references=(reference(1), reference(3))
        ),
        "deeper": make_brief(
            "b-deeper",
            sections=sections(1, 2, 3, mentions=(4,)),
            references=tuple(reference(n) for n in (1, 2, 3, 4)),
        ),
    }


@pytest.fixture
async def parent(workspace, started, make_brief, shown, quick, now):
    """The parent message of a brief with three top papers."""
    brief = make_brief(sections=sections(1, 2, 3))
    started.known[brief.id] = brief
    started.next_version = shown.__getitem__
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    await deliver(started.records, client, brief, "#research", now=now, limits=quick)
    return workspace.messages("research")[0]


def is_whole(started, parent):
    """Whether the brief of this message stands in the channel as it should."""
    found = started.records.thread("C0RESEARCH", parent.ts)
    return started.records.delivery(found.id).state == "posted" and found.brief_id != "b-1"


def own_messages(workspace, user="U0ADA"):
    """The person's direct messages with the bot."""
    return workspace.messages(workspace.state.open_dm(user).id)


async def dialog(workspace):
    return await workspace.until(lambda: next(iter(workspace.state.views.values()), None))


async def wish(workspace, parent, kind="shorter", user="ada"):
    workspace.click(user, parent.ts, "more_of_brief", value="version")
    view = await dialog(workspace)
    workspace.submit(user, view["id"], {"kind": {"kind": {"selected_option": {"value": kind}}}})
    return view


def thread(workspace, parent, channel="research"):
    return [m for m in workspace.messages(channel) if m.thread_ts == parent.ts and m.by_app]


def texts(messages):
    return " ".join(str(message.blocks) for message in messages)


async def button(workspace):
    def found():
        return [m for m in own_messages(workspace) if "Replace the brief" in str(m.blocks)]

    return (await workspace.until(found))[-1]


def whispers(workspace):
    return [m.text for m in workspace.messages("research") if m.visible_to]


async def test_a_version_is_seen_by_whoever_asked_and_by_nobody_else(workspace, started, parent):
    await wish(workspace, parent)
    await button(workspace)
    assert started.wished == [("b-1", "b-1", "shorter", {f"arxiv:2605.0000{n}": n for n in (1, 2, 3)})]
    (own,) = [m for m in own_messages(workspace) if not m.thread_ts]
    assert "Shortened by <@U0ADA> on 18 May" in texts([own])
    assert "Shortened" not in texts([parent, *thread(workspace, parent)])
    assert started.choices.changes(5)[0]["data"] == {"by": "shorter: b-1"}
    assert not workspace.ledger.refused()


async def test_the_brief_is_replaced_message_by_message(workspace, started, parent):
    before = {m.ts: texts([m]) for m in thread(workspace, parent)}
    await wish(workspace, parent)
    workspace.click("ada", (await button(workspace)).ts, "replace_brief")
    await workspace.until(lambda: is_whole(started, parent))
    assert "Shortened" in texts([parent])
    after = thread(workspace, parent)
    assert len(after) == 4
    assert {m.ts for m in after} < set(before), "messages are edited, none is posted"
    assert "Paper number 1" in texts(after)
    assert "They find thing 2" not in texts(after)
    assert "Also thing 3" in texts(after)
    assert started.records.thread("C0RESEARCH", parent.ts).brief_id == "b-shorter"
    assert [c.payload.get("unfurl_links") for c in workspace.calls("chat.update")] == [False] * 5
    assert not workspace.ledger.refused()


async def test_a_number_of_the_first_version_is_still_known_in_the_thread(workspace, started, parent):
    await wish(workspace, parent)
    workspace.click("ada", (await button(workspace)).ts, "replace_brief")
    await workspace.until(lambda: "Shortened" in texts([parent]))
    workspace.say("ada", "research", "What does [2] find?", parent.ts)
    await workspace.until(lambda: started.asked)
    question, _ = started.asked[0]
    assert question.brief_id == "b-shorter"
    assert question.numbers[2] == "arxiv:2605.00002"


async def test_numbers_of_the_threads_answers_go_into_the_version(workspace, started, parent, make_answer):
    started.on_ask = lambda q: make_answer(q.text, references=(reference(1), reference(4)))
    workspace.say("ada", "research", "And elsewhere?", parent.ts)
    await workspace.until(lambda: len(thread(workspace, parent)) == 7)
    await wish(workspace, parent, "deeper")
    await button(workspace)
    assert started.wished[0][3]["arxiv:2605.00004"] == 4


async def test_a_version_whose_numbers_an_answer_has_given_away_meanwhile_is_not_put_in(
    workspace, started, parent, make_answer
):
    await wish(workspace, parent, "deeper")
    found = await button(workspace)
    other = reference(4, article_id="arxiv:2605.00009")
    started.on_ask = lambda q: make_answer(q.text, references=(other,))
    workspace.say("ada", "research", "And elsewhere?", parent.ts)
    await workspace.until(lambda: len(thread(workspace, parent)) == 7)
    workspace.click("ada", found.ts, "replace_brief")
    await workspace.until(lambda: "changed since" in str(own_messages(workspace)[-1].text))
    assert started.records.thread("C0RESEARCH", parent.ts).brief_id == "b-1"


async def test_a_deeper_one_gets_a_new_document_and_what_has_no_place_follows_in_the_thread(
    workspace, started, parent, shown, make_brief
):
    more = (*sections(1, 2, 3, mentions=(4,)), Section(kind="outlook", heading="Looking Ahead"))
    started.known["b-deeper"] = deeper = shown["deeper"].model_copy(update={"sections": more})
    shown["deeper"] = deeper
    canvases = len(workspace.calls("canvases.create"))
    await wish(workspace, parent, "deeper")
    workspace.click("ada", (await button(workspace)).ts, "replace_brief")
    await workspace.until(lambda: len(thread(workspace, parent)) == 7)
    assert "Looking Ahead" in texts(thread(workspace, parent)[-1:])
    assert len(workspace.calls("canvases.create")) == canvases + 1
    await workspace.until(lambda: is_whole(started, parent))


async def test_a_replacement_that_a_kill_broke_off_is_gone_on_with(
    workspace, services, start, make_brief, shown, quick, now
):
    brief = make_brief(sections=sections(1, 2, 3))
    services.known[brief.id] = brief
    services.next_version = shown.__getitem__
    async with start():
        client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
        await deliver(services.records, client, brief, "#research", now=now, limits=quick)
        parent = workspace.messages("research")[0]
        await wish(workspace, parent)
        found = await button(workspace)
        workspace.fail("chat.update", Fault(status=503, times=99))
        workspace.click("ada", found.ts, "replace_brief")
        await workspace.until(lambda: workspace.calls("chat.update"))
    workspace.faults.clear()
    async with start():
        await workspace.until(lambda: len(thread(workspace, parent)) == 4 and "Shortened" in texts([parent]))
    assert services.records.thread("C0RESEARCH", parent.ts).brief_id == "b-shorter"


async def test_a_version_that_a_kill_broke_off_is_written_at_the_next_start(
    workspace, services, start, make_brief, shown, quick, now
):
    brief = make_brief(sections=sections(1, 2, 3))
    services.known[brief.id] = brief
    services.next_version = shown.__getitem__
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    await deliver(services.records, client, brief, "#research", now=now, limits=quick)
    parent = workspace.messages("research")[0]
    inputs = {"kind": "shorter", "brief": "b-1", "thread": parent.ts}
    Errands(services.records).add(NewErrand("view:V1", "version", "C0RESEARCH", "U0ADA", inputs), now)
    for _ in range(2):
        async with start():
            await button(workspace)
            await workspace.settled()
    assert len([m for m in own_messages(workspace) if not m.thread_ts]) == 1
    assert len(services.wished) == 1


async def test_a_version_that_was_sent_before_gets_its_button_again(workspace, started, parent):
    for count in (1, 2):
        await wish(workspace, parent)
        await workspace.until(
            lambda n=count: sum("Replace the brief" in str(m.blocks) for m in own_messages(workspace)) == n
        )
        await workspace.settled()
    assert len([m for m in own_messages(workspace) if not m.thread_ts]) == 1


async def test_the_same_text_is_said_to_be_the_same(workspace, started, parent):
    started.next_version = lambda kind: started.known["b-1"]
    await wish(workspace, parent)
    await workspace.until(lambda: any("same text" in text for text in whispers(workspace)))
    assert not own_messages(workspace)


async def test_without_the_record_of_a_brief_nothing_is_offered(workspace, started, parent):
    started.kinds = {}
    workspace.click("ada", parent.ts, "more_of_brief", value="version")
    await workspace.until(lambda: any("no longer kept" in text for text in whispers(workspace)))
    assert not workspace.state.views


async def test_who_may_not_have_briefs_written_gets_no_version_and_replaces_none(workspace, started, parent):
    await wish(workspace, parent)
    found = await button(workspace)
    config = started.settings.config
    slack = config.slack.model_copy(update={"writers": ("U0KOFI",)})
    changed: Config = config.model_copy(update={"slack": slack})
    started.settings = started.settings.model_copy(update={"config": changed})
    workspace.click("ada", found.ts, "replace_brief")
    await workspace.until(lambda: any("settings name" in m.text for m in own_messages(workspace)))
    assert started.records.thread("C0RESEARCH", parent.ts).brief_id == "b-1"
    await wish(workspace, parent)
    await workspace.until(lambda: sum("settings name" in m.text for m in own_messages(workspace)) == 2)
    assert len(started.wished) == 1


async def test_a_button_that_is_clicked_twice_replaces_once(workspace, started, parent):
    await wish(workspace, parent)
    found = await button(workspace)
    workspace.click("ada", found.ts, "replace_brief")
    workspace.click("ada", found.ts, "replace_brief")
    await workspace.until(lambda: is_whole(started, parent))
    await workspace.settled()
    assert len(workspace.calls("chat.delete")) == 2


def test_a_version_of_a_version_belongs_to_the_same_family(records, now):
    versions = Versions(records.engine)
    for name in ("b-2", "b-3"):
        versions.add(Version(name, "b-1", "shorter", "C1", "U1"), now)
    assert versions.family("b-1") == versions.family("b-3") == ("b-1", "b-2", "b-3")
    assert versions.family("other") == ("other",)
    assert versions.find("b-1") is None
