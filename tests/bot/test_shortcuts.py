"""“Ask about this” on a message that links to a paper."""


async def opened(workspace, text, **where):
    linked = workspace.say("kofi", "research", text, **where)
    workspace.shortcut("ada", linked.ts, "ask_about")
    (view,) = await workspace.until(lambda: list(workspace.state.views.values()))
    return linked, view


def asking(text):
    return {"question": {"question": {"type": "plain_text_input", "value": text}}}


def answers(workspace, ts):
    return [m for m in workspace.messages("research") if m.by_app and m.thread_ts == ts]


async def test_the_answer_to_what_was_asked_about_a_link_stands_in_the_messages_thread(workspace, started):
    linked, view = await opened(workspace, "Seen this? https://arxiv.org/abs/2605.00001 looks good")
    assert "https://arxiv.org/abs/2605.00001" in str(view["blocks"])
    workspace.submit("ada", view["id"], asking("On which data?"))
    (answer,) = await workspace.until(lambda: answers(workspace, linked.ts))
    assert started.asked[0][0].text == "On which data? https://arxiv.org/abs/2605.00001"
    assert "It holds" in str(answer.blocks)
    assert not workspace.state.views


async def test_a_submission_that_slack_sends_twice_is_answered_once(workspace, started):
    linked, view = await opened(workspace, "https://arxiv.org/abs/2605.00001")
    sent = workspace.submit("ada", view["id"], asking("What?"))
    await workspace.until(lambda: answers(workspace, linked.ts))
    workspace.hub.send("interactive", sent.payload)
    await workspace.settled()
    assert len(started.asked) == 1


async def test_a_message_without_a_link_can_be_asked_about_too(workspace, started):
    linked, view = await opened(workspace, "What about <!channel> tidal probes & <more>?")
    assert "About" not in str(view["blocks"])
    workspace.submit("ada", view["id"], asking("What do tidal probes find?"))
    await workspace.until(lambda: answers(workspace, linked.ts))
    assert started.asked[0][0].text == "What do tidal probes find?"
