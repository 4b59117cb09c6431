"""What people think of an answer: two buttons below it."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.conversations import Vote
from bot.listeners.desk import Desk
from bot.views.answer import BAD, GOOD
from bot.views.message import short

THANKS: dict[Vote, str] = {
    "good": "Thank you, noted: this answer helped.",
    "bad": "Thank you, noted: this answer did not help. It goes into the list of questions to get right.",
}


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the buttons below answers."""

    def listen(action_id: str, vote: Vote) -> None:
        @app.action(action_id)
        async def on_vote(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
            number, user = str(body["actions"][0].get("value") or ""), str(body["user"]["id"])
            with desk.at_work():
                stored = (
                    number.isascii()
                    and number.isdigit()
                    and await asyncio.to_thread(
                        desk.services.conversations.vote, int(number), user, vote, desk.services.now()
                    )
                )
                await ack()
                if stored:
                    message = short(THANKS[vote])
                    await respond(
                        text=message.text,
                        blocks=list(message.blocks),
                        response_type="ephemeral",
                        replace_original=False,
                    )

    listen(GOOD, "good")
    listen(BAD, "bad")
