import pytest

from bot.delivery import deliver
from bot.listeners.incoming import plain_text
from bot.workspace import Fault
from pipeline.errors import QuestionError
from pipeline.models import Claim, Reference


def replies(workspace, ts, channel="research"):
    return [m for m in workspace.messages(channel) if m.thread_ts == ts and m.by_app]


async def posted_brief(workspace, services, make_brief, quick, now):
    from slack_sdk.web.async_client import AsyncWebClient

    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)
    brief = make_brief()
    services.known[brief.id] = brief
    result = await deliver(services.records, client, brief, "#research", now=now, limits=quick)
    assert result.state == "posted"
    return result.parent_ts


async def test_a_mention_is_answered_once_in_its_thread_though_it_arrives_as_two_events(workspace, started):
    asked = workspace.mention("ada", "research", "Does thing 1 hold?")
    await workspace.until(lambda: replies(workspace, asked.ts))
    await workspace.settled()
    assert len(workspace.hub.deliveries) >= 2
    assert [question.text for question, _ in started.asked] == ["Does thing 1 hold?"]
    (answer,) = replies(workspace, asked.ts)
    shown = "\n".join(block["text"]["text"] for block in answer.blocks if block["type"] == "section")
    assert "It holds <https://arxiv.org/abs/2605.00001|[1]>" in shown
    assert ">We find that thing 1 holds." in shown
    assert "Searched 214 passages." in str(answer.blocks)
    assert answer.options["unfurl_links"] is False


async def test_an_event_that_slack_sends_again_is_answered_once_even_after_a_restart(
    workspace, services, start
):
    async with start():
        asked = workspace.mention("ada", "research", "Does thing 1 hold?")
        await workspace.until(lambda: replies(workspace, asked.ts))
        await workspace.settled()
    payload = workspace.hub.deliveries[0].payload
    async with start():
        for _ in range(3):
            workspace.hub.send("events_api", payload)
        workspace.hub.send("events_api", payload | {"event_id": "EvOTHER"})
        await workspace.settled()
    assert len(services.asked) == 1
    assert len(replies(workspace, asked.ts)) == 1


async def test_a_reply_in_a_briefs_thread_needs_no_mention_and_knows_its_brief(
    workspace, started, make_brief, quick, now
):
    parent = await posted_brief(workspace, started, make_brief, quick, now)
    before = len(replies(workspace, parent))
    workspace.say("ada", "research", "What does [2] say?", thread_ts=parent)
    await workspace.until(lambda: len(replies(workspace, parent)) == before + 1)
    workspace.say("ada", "research", "And [3]?", thread_ts=parent)
    await workspace.until(lambda: len(replies(workspace, parent)) == before + 2)
    (first, profile), (second, _) = started.asked
    assert (first.text, first.brief_id, first.history) == ("What does [2] say?", "b-1", ())
    assert (second.text, second.history) == ("And [3]?", ("What does [2] say?",))
    assert profile == "secure-reasoning"


async def test_a_threads_numbers_and_works_are_known_to_its_next_question_even_after_a_restart(
    workspace, services, start, make_brief, make_answer, quick, now
):
    outside = Reference(n=7, article_id="post:outside", title="T", source="S", kind="post")
    cited = Claim(text="It holds [7].", citations=(7,))
    services.on_ask = lambda q: make_answer(q.text, references=(outside,), claims=(cited,))
    async with start():
        parent = await posted_brief(workspace, services, make_brief, quick, now)
        before = len(replies(workspace, parent))
        workspace.say("ada", "research", "What else is there?", thread_ts=parent)
        await workspace.until(lambda: len(replies(workspace, parent)) == before + 1)
        await workspace.settled()
    async with start():
        workspace.say("ada", "research", "And [7]?", thread_ts=parent)
        await workspace.until(lambda: len(services.asked) == 2)
    question, _ = services.asked[1]
    assert question.cited == (("post:outside",),)
    assert question.numbers == {7: "post:outside"}


async def test_people_talking_to_each_other_in_a_briefs_thread_are_left_alone(
    workspace, started, make_brief, quick, now
):
    parent = await posted_brief(workspace, started, make_brief, quick, now)
    workspace.say("ada", "research", "<@U0KOFI> shall we read [1] together?", thread_ts=parent)
    workspace.say("kofi", "research", "What does [1] say?", thread_ts=parent)
    await workspace.until(lambda: started.asked)
    await workspace.settled()
    assert [question.text for question, _ in started.asked] == ["What does [1] say?"]


async def test_other_threads_and_plain_messages_are_not_answered(workspace, started):
    other = workspace.say("ada", "research", "Lunch?")
    workspace.say("kofi", "research", "Yes, at noon?", thread_ts=other.ts)
    workspace.mention("mina", "general", "Does thing 1 hold?")
    await workspace.until(lambda: started.asked)
    await workspace.settled()
    assert len(started.asked) == 1
    assert not [m for m in workspace.messages("research") if m.by_app]


async def test_a_mention_in_the_channel_uses_the_numbers_of_its_latest_brief(
    workspace, started, make_brief, quick, now
):
    await posted_brief(workspace, started, make_brief, quick, now)
    workspace.mention("ada", "research", "Explain [1]")
    await workspace.until(lambda: started.asked)
    assert started.asked[0][0].brief_id == "b-1"


async def test_a_direct_message_is_answered_below_it_and_the_next_one_follows_up(workspace, started):
    workspace.say("ada", "dm", "Does thing 1 hold?")
    (answer,) = await workspace.until(lambda: [m for m in workspace.messages("dm") if m.by_app])
    asked = next(m for m in workspace.messages("dm") if not m.by_app)
    assert answer.thread_ts == asked.ts
    workspace.say("ada", "dm", "And on which data?")
    await workspace.until(lambda: len(started.asked) == 2)
    assert started.asked[1][0].history == ("Does thing 1 hold?",)
    assert workspace.calls("assistant.threads.setStatus", ok=True)


async def test_in_a_direct_message_numbers_are_those_of_the_latest_brief_of_the_persons_channels(
    workspace, started, make_brief, quick, now
):
    await posted_brief(workspace, started, make_brief, quick, now)
    workspace.say("ada", "dm", "What does [1] say?")
    (answer,) = await workspace.until(lambda: [m for m in workspace.messages("dm") if m.by_app])
    (question, profile), *_ = started.asked
    assert (question.brief_id, profile) == ("b-1", "secure-reasoning")
    assert "the latest brief of <#C0RESEARCH>" in str(answer.blocks)
    workspace.say("ada", "dm", "And [2]?")
    await workspace.until(lambda: len(started.asked) == 2)
    assert started.asked[1][0].brief_id == "b-1"
    asked = [c for c in workspace.calls("users.conversations", ok=True) if "user" in c.payload]
    assert len(asked) == 1, "asked once in a while, not each time"


async def test_a_direct_message_of_somebody_who_is_not_in_the_channel_knows_nothing_of_its_brief(
    workspace, started, make_brief, quick, now
):
    await posted_brief(workspace, started, make_brief, quick, now)
    channel = workspace.state.channels["C0RESEARCH"]
    channel.members.remove(workspace.state.user("ada").id)
    workspace.say("ada", "dm", "What does [1] say?")
    (answer,) = await workspace.until(lambda: [m for m in workspace.messages("dm") if m.by_app])
    assert started.asked[0][0].brief_id is None
    assert "Numbers as in" not in str(answer.blocks)


async def test_channels_that_slack_does_not_tell_do_not_keep_the_answer_back(
    workspace, started, make_brief, quick, now
):
    await posted_brief(workspace, started, make_brief, quick, now)
    workspace.fail("users.conversations", Fault(error="missing_scope"))
    workspace.say("ada", "dm", "What does [1] say?")
    await workspace.until(lambda: [m for m in workspace.messages("dm") if m.by_app])
    assert started.asked[0][0].brief_id is None


async def test_a_refused_status_does_not_keep_the_answer_back(workspace, started):
    workspace.fail("assistant.threads.setStatus", Fault(error="missing_scope"))
    asked = workspace.mention("ada", "research", "Does thing 1 hold?")
    await workspace.until(lambda: replies(workspace, asked.ts))


async def test_an_empty_question_gets_a_kind_hint(workspace, started):
    asked = workspace.mention("ada", "research", "")
    (answer,) = await workspace.until(lambda: replies(workspace, asked.ts))
    assert "What would you like to know?" in answer.text
    assert not started.asked


async def test_a_question_that_is_too_long_is_declined_in_words(workspace, started):
    asked = workspace.mention("ada", "research", "why " * 800)
    (answer,) = await workspace.until(lambda: replies(workspace, asked.ts))
    assert "at most 2,000 characters" in answer.text
    assert not started.asked


async def test_the_question_reaches_the_use_case_as_the_person_typed_it(workspace, started):
    workspace.mention("ada", "research", "Is a < b & c > d in https://example.org/x?a=1&b=2 right?")
    await workspace.until(lambda: started.asked)
    assert started.asked[0][0].text == "Is a < b & c > d in https://example.org/x?a=1&b=2 right?"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("<@U0BRIEF> hi", "hi"),
        ("see <https://example.org/x|this page>", "see this page"),
        ("see <https://example.org/x>", "see https://example.org/x"),
        ("ask <@U0KOFI> in <#C1|general> &lt;!channel&gt;", "ask @U0KOFI in #general <!channel>"),
        ("<!here> hello", "@here hello"),
    ],
)
def test_markup_of_slack_is_taken_out_of_a_question(raw, shown):
    assert plain_text(raw, "U0BRIEF") == shown


async def test_a_question_error_is_told_in_its_own_words(workspace, started):
    def refuse(question):
        raise QuestionError("Please ask about something.")

    started.on_ask = refuse
    asked = workspace.mention("ada", "research", "hm")
    (answer,) = await workspace.until(lambda: replies(workspace, asked.ts))
    assert answer.text == "Please ask about something."


async def test_an_unforeseen_error_gives_a_reference_and_keeps_all_text_out_of_chat_and_log(
    workspace, started, caplog
):
    secret = "secret" + "-token"

    def fail(question):
        raise RuntimeError(secret, question.text)

    started.on_ask = fail
    asked = workspace.mention("ada", "research", "private words")
    (answer,) = await workspace.until(lambda: replies(workspace, asked.ts))
    reference = answer.text.rstrip(".").split()[-1]
    assert len(reference) == 8
    assert reference in caplog.text
    for text in (answer.text, caplog.text):
        assert secret not in text
        assert "private words" not in text


async def test_a_threads_answers_keep_the_order_of_its_questions(
    workspace, started, make_brief, make_answer, quick, now
):
    parent = await posted_brief(workspace, started, make_brief, quick, now)
    started.pause = lambda question: 0.2 if question.text == "which first?" else 0.0
    for text in ("which first?", "which second?", "which third?"):
        workspace.say("ada", "research", text, thread_ts=parent)
    before = [m for m in replies(workspace, parent) if "asked" not in m.text]
    await workspace.until(lambda: len(replies(workspace, parent)) == len(before) + 3)
    answers = [m.text for m in replies(workspace, parent) if "asked" in m.text]
    assert [text.split("asked: ")[1].rstrip(")") for text in answers] == [
        "which first?",
        "which second?",
        "which third?",
    ]


async def test_remarks_in_a_briefs_thread_are_left_alone(workspace, started, make_brief, quick, now):
    parent = await posted_brief(workspace, started, make_brief, quick, now)
    for text in ("lol nice", "good bot", "thanks everyone!"):
        workspace.say("ada", "research", text, thread_ts=parent)
    workspace.say("ada", "research", "What does [2] say?", thread_ts=parent)
    await workspace.until(lambda: started.asked)
    await workspace.settled()
    assert [question.text for question, _ in started.asked] == ["What does [2] say?"]


async def test_edits_and_other_bots_are_not_questions(workspace, started):
    event = {
        "type": "message",
        "channel": workspace.channel("research").id,
        "channel_type": "im",
        "ts": "1.0",
        "text": "hello",
        "user": "U0ADA",
    }
    for n, change in enumerate(
        ({"subtype": "message_changed"}, {"bot_id": "B0OTHER"}, {"subtype": "channel_join"})
    ):
        body = {
            "type": "event_callback",
            "event_id": f"EvX{n}",
            "team_id": "T0LOCAL",
            "event": event | change,
        }
        workspace.hub.send("events_api", body)
    await workspace.settled()
    assert not started.asked
    assert not any(delivery.failed for delivery in workspace.hub.deliveries)


async def test_events_nobody_listens_to_are_acknowledged(workspace, started):
    body = {
        "type": "event_callback",
        "event_id": "Ev1",
        "team_id": "T0LOCAL",
        "event": {"type": "team_join", "user": {"id": "U0NEW"}},
    }
    sent = workspace.hub.send("events_api", body)
    await workspace.settled()
    assert sent.attempts == 1
    assert sent.acked.is_set()


async def test_opening_the_home_tab_is_handled_once_though_slack_sends_it_again(workspace, started):
    workspace.open_home("ada")
    await workspace.until(lambda: workspace.calls("views.publish"))
    workspace.hub.send("events_api", workspace.hub.deliveries[0].payload)
    workspace.open_home("kofi")
    await workspace.until(lambda: "U0KOFI" in workspace.state.homes)
    assert [call.payload["user_id"] for call in workspace.calls("views.publish")] == ["U0ADA", "U0KOFI"]
