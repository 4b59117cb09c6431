"""What people think of answers and briefs: buttons below them, and dialogs that ask for the reasons."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.desk import Desk
from bot.views import feedback_form, parent
from bot.views.answer import BAD, GOOD
from bot.views.message import ephemeral, short
from bot.votes import Vote

THANKS: dict[Vote, str] = {
    "good": "Thank you, noted: this answer helped.",
    "bad": "Thank you, noted: this answer did not help. It goes into the list of questions to get right.",
}


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the buttons and the dialogs; what is said in them is stored before it is acknowledged."""
    _buttons(app, desk)
    _dialogs(app, desk)


def _buttons(app: AsyncApp, desk: Desk) -> None:
    def listen(action_id: str, vote: Vote) -> None:
        @app.action(action_id)
        async def on_vote(
            ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
        ) -> None:
            number, user = str(body["actions"][0].get("value") or ""), str(body["user"]["id"])
            with desk.at_work():
                stored = (
                    number.isascii()
                    and number.isdigit()
                    and await asyncio.to_thread(
                        desk.services.votes.vote, int(number), user, vote, desk.services.now()
                    )
                )
                await ack()
                if not stored:
                    return
                if vote == "bad":
                    form = feedback_form.answer_form(int(number))
                    await client.views_open(trigger_id=body["trigger_id"], view=form)
                thread = body["container"].get("thread_ts")
                await respond(replace_original=False, thread_ts=thread, **ephemeral(short(THANKS[vote])))

    listen(GOOD, "good")
    listen(BAD, "bad")

    @app.action(parent.FEEDBACK)
    async def on_brief(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        form = feedback_form.brief_form(str(action["value"]), str(body["container"]["channel_id"]))
        await client.views_open(trigger_id=body["trigger_id"], view=form)


def _dialogs(app: AsyncApp, desk: Desk) -> None:
    @app.view(feedback_form.ANSWER)
    async def on_reasons(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        told, user = feedback_form.given(view), str(body["user"]["id"])
        with desk.at_work():
            await asyncio.to_thread(
                desk.services.votes.explain, int(told.about["question"]), user, told.reasons, told.comment
            )
            await ack()

    @app.view(feedback_form.BRIEF)
    async def on_brief(ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        told, user = feedback_form.given(view), str(body["user"]["id"])
        vote: Vote = "good" if told.vote == "good" else "bad"
        place = (str(told.about["brief"]), str(told.about["channel"]))
        services = desk.services
        with desk.at_work():
            await asyncio.to_thread(
                services.votes.rate_brief,
                *place,
                user,
                vote,
                told.reasons,
                told.comment,
                services.now(),
            )
            await ack()
