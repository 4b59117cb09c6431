"""The buttons below a brief's parent message."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import deliver
from pipeline.models import Decision


@pytest.fixture
async def parent(workspace, started, make_brief, quick, now):
    """The parent message of a brief whose decisions are known."""
    decisions = (
        Decision(
            article_id="arxiv:2605.00001", decision="top", score=0.9, reason="on topic, ranked 1st <of> 3"
        ),
        Decision(
            article_id="arxiv:2605.00002", decision="cited", score=0.8, reason="on topic, ranked 2nd of 3"
        ),
        Decision(article_id="arxiv:2605.00009", decision="considered", score=0.1, reason="2 are shown"),
    )
    brief = make_brief(decisions=decisions)
    started.known[brief.id] = brief
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    await deliver(started.records, client, brief, "#research", now=now, limits=quick)
    return workspace.messages("research")[0]


async def dialog(workspace):
    return await workspace.until(lambda: next(iter(workspace.state.views.values()), None))


async def test_why_these_tells_the_reason_of_each_work_shown_and_counts_the_others(workspace, parent):
    workspace.click("ada", parent.ts, "why_these")
    view = await dialog(workspace)
    shown = str(view["blocks"])
    assert (
        "<https://arxiv.org/abs/2605.00001|[1] Paper number 1>\\non topic, ranked 1st &lt;of&gt; 3" in shown
    )
    assert "Also cited" in shown
    assert "Works of these days that are not shown: 1." in shown
    assert not workspace.ledger.refused()


async def test_ask_opens_a_form_whose_question_is_answered_in_the_briefs_thread(workspace, started, parent):
    workspace.click("ada", parent.ts, "ask_brief")
    view = await dialog(workspace)
    workspace.submit("ada", view["id"], {"question": {"question": {"value": "What does [2] find?"}}})
    await workspace.until(lambda: started.asked)
    question, _ = started.asked[0]
    assert (question.text, question.brief_id) == ("What does [2] find?", "b-1")
    await workspace.until(lambda: [m for m in workspace.messages("research") if "asked:" in m.text])
    assert workspace.messages("research")[-1].thread_ts == parent.ts


async def test_feedback_on_a_brief_is_kept_once_for_each_person(workspace, started, parent):
    for vote, reasons, comment in (("bad", ["topic"], "Less of this."), ("good", [], "")):
        workspace.click("ada", parent.ts, "rate_brief")
        view = await dialog(workspace)
        values = {
            "vote": {"vote": {"selected_option": {"value": vote}}},
            "reasons": {"reasons": {"selected_options": [{"value": reason} for reason in reasons]}},
            "comment": {"comment": {"value": comment}},
        }
        workspace.submit("ada", view["id"], values)
        await workspace.until(lambda: not workspace.state.views)
        (rated,) = started.votes.rated_briefs()
        assert (rated.brief_id, rated.good, rated.bad) == ("b-1", int(vote == "good"), int(vote == "bad"))
        assert rated.told.comments == ((comment,) if comment else ())


async def test_a_brief_that_is_gone_is_said_to_be_so(workspace, started, parent):
    started.known.clear()
    workspace.click("ada", parent.ts, "why_these")
    await workspace.until(lambda: [m for m in workspace.messages("research") if m.visible_to == "U0ADA"])
    assert "no longer stored" in workspace.messages("research")[-1].text
