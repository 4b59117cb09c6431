"""What the bot says about itself: `/brief help`, also the last part of the Home tab."""

from bot.settings import Config
from bot.views import mrkdwn
from bot.views.message import Message, fallback, header, lines, messages

WHAT = (
    "Every week I read the research feeds and post a brief. Every finding in it is numbered and links to the "
    "work that states it."
)
COMMANDS = (
    "`/brief`  opens a form for a brief of your own",
    "`/brief now`  writes a brief and posts it here; `/brief now robot grasping since May` on another topic and time",
    "`/brief preview`  sends it to you first, with a button that shares it",
    "`/brief last`  lists this channel’s latest briefs",
    "`/brief search WORDS`  finds indexed works, and this channel’s briefs that tell of them",
    "`/brief why WORK`  tells why a work is in the latest brief, or is not",
    "`/brief paper WORK`  shows a work: abstract, why it is here, links, what is like it",
    "`/brief forget`  in our direct messages: forgets what you asked there; with a message’s link, its thread",
    "`/brief topics`, `/brief feeds`, `/brief schedule`  show what this channel gets",
    "`/brief status`  shows the feeds, the index and the next briefs",
    "`/brief help`  shows this",
)
QUESTIONS = (
    "*Questions.* Ask in a brief’s thread, write me a direct message, or mention me anywhere. I answer from "
    "the articles I have indexed, in their own sentences, or say that they do not tell. Write “stop” to take a "
    "question back."
)
EMPTY_QUESTION = (
    "What would you like to know? For example: “What did the paper on jailbreaks find?” or “Explain [3].”"
)
TOO_MANY = (
    "You have asked a lot at once: I answer what is waiting first. Please ask again in a little while, then I will "
    "take it up."
)
GAVE_UP = "I tried several times and could not answer this. Please ask it in other words."
TOO_LONG = "That is too long for me: please ask in at most 2,000 characters."


def stopped(count: int) -> str:
    """What a stop request brought about, in words."""
    if not count:
        return "There is no question of yours here that waits for an answer."
    return f"Stopped: {'your question is' if count == 1 else f'{count} questions are'} not answered any more."


def help_message(config: Config) -> Message:
    """The commands, how to ask, and the profiles that a brief can be written for."""
    blocks = [header("What I do"), *lines([WHAT]), *lines(COMMANDS), *lines([QUESTIONS])]
    if len(config.profiles) > 1:
        known = [f"• `{name}`  {mrkdwn.escape(p.title)}" for name, p in config.profiles.items()]
        blocks += lines(["*Profiles*, as in `/brief now NAME` (without a name the channel’s own):", *known])
    return messages(
        fallback("Commands: /brief now, preview, last, search, why, paper, status, help"), blocks
    )[0]
