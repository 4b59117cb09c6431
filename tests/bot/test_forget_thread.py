"""“Forget this thread”: by whoever may, after one more question, and nothing of it is left here."""

import pytest
import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from bot.conversations import questions
from bot.delivery import deliver


@pytest.fixture
async def parent(workspace, started, make_brief, quick, now):
    brief = make_brief()
    started.known[brief.id] = brief
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    await deliver(started.records, client, brief, "#research", now=now, limits=quick)
    return workspace.messages("research")[0]


def remembered(started):
    with started.records.engine.connect() as connection:
        return list(connection.scalars(sa.select(questions.c.text).order_by(questions.c.id)))


def told(workspace, channel="research"):
    return [m.text for m in workspace.messages(channel) if m.visible_to]


async def dialog(workspace):
    return await workspace.until(lambda: next(iter(workspace.state.views.values()), None))


async def answered(workspace, started, channel, text, thread=None):
    workspace.say("ada", channel, text, thread)
    await workspace.until(lambda: any(q.text == text for q, _ in started.asked))
    await workspace.settled()


async def test_a_threads_questions_are_forgotten_and_others_stay(workspace, started, parent):
    await answered(workspace, started, "research", "Does thing 1 hold?", parent.ts)
    await answered(workspace, started, "dm", "Does thing 2 hold?")
    workspace.click("ada", parent.ts, "more_of_brief", value="forget")
    view = await dialog(workspace)
    assert "1 question asked in this thread" in str(view["blocks"])
    assert len(remembered(started)) == 2, "nothing goes before the answer"
    workspace.submit("ada", view["id"], {})
    await workspace.until(lambda: any("1 question is forgotten" in text for text in told(workspace)))
    assert remembered(started) == ["Does thing 2 hold?"]
    assert started.records.thread("C0RESEARCH", parent.ts) is not None, "the brief stays"
    assert not workspace.ledger.refused()


async def test_only_managers_may_in_a_channel(workspace, started, parent):
    await answered(workspace, started, "research", "Does thing 1 hold?", parent.ts)
    config = started.settings.config
    slack = config.slack.model_copy(update={"managers": ("U0KOFI",)})
    started.settings = started.settings.model_copy(
        update={"config": config.model_copy(update={"slack": slack})}
    )
    workspace.click("ada", parent.ts, "more_of_brief", value="forget")
    await workspace.until(lambda: any("Only those who may change" in text for text in told(workspace)))
    workspace.click("kofi", parent.ts, "more_of_brief", value="forget")
    workspace.submit("kofi", (await dialog(workspace))["id"], {})
    await workspace.until(lambda: not remembered(started))


async def test_in_direct_messages_everybody_may_for_themselves(workspace, started, parent):
    direct = workspace.state.open_dm("U0ADA").id
    await answered(workspace, started, "dm", "Does thing 2 hold?")
    await answered(workspace, started, "research", "Does thing 1 hold?", parent.ts)
    workspace.slash("ada", "dm", "/brief", "forget")
    view = await dialog(workspace)
    assert "asked in our direct messages" in str(view["blocks"])
    workspace.submit("ada", view["id"], {})
    await workspace.until(lambda: any("forgotten" in m.text for m in workspace.messages(direct)))
    assert remembered(started) == ["Does thing 1 hold?"]


async def test_a_link_names_the_thread_of_its_own_channel(workspace, started, parent):
    await answered(workspace, started, "research", "Does thing 1 hold?", parent.ts)
    link = f"https://local.slack.com/archives/{{}}/p{parent.ts.replace('.', '')}"
    workspace.slash("ada", "research", "/brief", f"forget {link.format('C0GENERAL')}")
    await workspace.until(lambda: any("stands elsewhere" in text for text in told(workspace)))
    workspace.slash("ada", "research", "/brief", f"forget {link.format('C0RESEARCH')}")
    workspace.submit("ada", (await dialog(workspace))["id"], {})
    await workspace.until(lambda: not remembered(started))


async def test_without_a_thread_it_is_said_how(workspace, started, parent):
    workspace.slash("ada", "research", "/brief", "forget")
    await workspace.until(lambda: any("Forget this thread" in text for text in told(workspace)))
    workspace.click("ada", parent.ts, "more_of_brief", value="forget")
    await workspace.until(lambda: any("remember nothing" in text for text in told(workspace)))
    assert not workspace.state.views
