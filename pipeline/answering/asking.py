"""What may be asked: a message without Slack's markup, and the kinds of message that are no question. Pure."""

import html
import re

from pipeline.addresses import arxiv_ref
from pipeline.errors import QuestionError
from pipeline.writing.cues import INSTRUCTION

LONGEST_QUESTION = 2_000

# Slack's markup: https://docs.slack.dev/messaging/formatting-message-text
_LINK = re.compile(r"<((?:https?|mailto):[^<>|\s]*)(?:\|([^<>]*))?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+(?:\|([^<>]*))?>")
_MENTION = re.compile(r"<[@!][^<>]*>")
_EMOJI = re.compile(r"(?<![\w:]):[a-z0-9_+'-]{2,40}(?:::skin-tone-\d)?:(?![\w:])")
_STYLE = re.compile(r"(?<!\w)([*_~`]{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")

_COMMAND = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instruction|rule|prompt|guideline|polic|restriction|"
    r"above|before|previous)"
    r"|\b(?:system|hidden|secret|initial) (?:prompt|instructions?|message)s?\b(?=\W*$| of yours|,| and| verbatim)"
    r"|\b(?:print|reveal|show|repeat|output|leak|tell|give|dump|expose)\b"
    r".{0,40}\byour (?:\w+ )?(?:prompt|instructions?|rules|api key|token|secrets?|environment|config\w*|password)\b"
    r"|\b(?:answer|reply|respond|say|output|print)\b.{0,30}\b(?:only|just|exactly|nothing but)\b.{0,20}\b(?:with|the"
    r" (?:word|phrase|string))\b|\b(?:answer|reply|respond) (?:only )?with (?:only )?(?:the )?(?:word|phrase"
    r"|string)\b"
    r"|\bpretend (?:to be|you|that you)\b|\b(?:you are|act) (?:now |as )(?:a|an|my|dan)\b|\b(?:developer|dan) mode\b"
    r"|\bfrom now on,? you\b|\byour (?:api|access|bot|secret) (?:key|token)s?\b|^\W*(?:sudo|/?exec|rm -rf)\b",
    re.I | re.S,
)
_ABOUT_OTHERS = re.compile(
    r"^\W*(?:and |but |so )?(?:what|which|how|why|who|when|where|do|does|did|is|are|was|were|can|could|has|have|should"
    r"|any(?:thing)?)\b(?! you\b)",
    re.I,
)
_TO_THE_BOT = re.compile(
    r"\b(?:you|your|yours|yourself|me)\b|[.!?;:]\s+\w+ .{0,40}\b(?:instructions?|prompts?|rules?)\b", re.I
)
_POLITE = (
    r"^\W*(?:(?:please|can you|could you|would you|will you|kindly|hey|hi|hello|ok|bot|i need you to|i want you to)"
    r"\b[ ,]*)*"
)
_ERRAND = re.compile(
    _POLITE + r"(?:(?:help me )?(?:write|compose|draft|generate|create|make)\b(?: (?:me|us))?"
    r"(?: (?:a|an|some|the|another|my|our)\b)?(?: [\w-]+){0,2} (?:poems?|songs?|haikus?|limericks?|jokes?|"
    r"stor(?:y|ies)|essays?|e-?mails?|letters?|tweets?|code|scripts?|programs?|functions?|lyrics|recipes?|slides?)\b"
    r"|(?:tell|give|sing|read|find)(?: (?:me|us))?(?: (?:a|an|some|the|another)\b)?(?: [\w-]+){0,2}"
    r" (?:jokes?|recipes?|poems?|songs?|riddles?|horoscope|restaurants?|flights?|hotels?)\b"
    r"|remind (?:me|us)\b|(?:set|schedule|cancel|move) (?:a|an|my|the|our) (?:\w+ )?(?:alarm|timer|reminder"
    r"|meeting|call)\b"
    r"|(?:book|order|buy|reserve) (?!of\b)(?:me |us )?(?:a |an |some |the )?\w+|translate (?:this|that|the|it"
    r"|into|to)\b"
    r"|call (?:me|my)\b|send (?:me |us |him |her |them )?(?:an? )?(?:e-?mail|message|mail)\b"
    r"|play (?:some |a )?(?:music|song|game)\b"
    r"|(?:what|how)(?:['’]?s| is| will)? (?:the )?(?:\w+ )?weather\b(?! (?:forecast\w*|predict\w*|model\w*|data"
    r"|paper|station)).{0,40}$"
    r"|what(?:['’]?s| is)? (?:the )?(?:temperature outside|time is it|time|date today)\b.{0,40}$"
    r"|(?:what(?:['’]?s| is)|calculate|compute)? ?\d[\d\s.,]*[-+*/x×^÷][\d\s.,+*/x×^()÷-]*\W*$"
    r"|how are you\b|who are you\b|what can you do\b|do you (?:like|love|feel|have feelings)\b"
    r"|who (?:won|wins|is winning) (?:the )?(?:\w+ ){0,3}(?:match|game|cup|league|election|race|final"
    r"|championship|oscars?)"
    r"|what(?:['’]?s| is) for (?:lunch|dinner|breakfast)\b|(?:any )?(?:lunch|dinner|restaurant) (?:ideas?|tips?)\b"
    r"|(?:hello|hi|hey|thanks?|thank you|good (?:morning|night|evening))\b[\w\s,!.]{0,20}$)",
    re.I,
)


def asked(text: str) -> str:
    """The question as a person meant it: Slack's markup removed, one line; QuestionError if it cannot be asked."""
    if len(text) > 4 * LONGEST_QUESTION:
        raise _too_long(text)
    plain = cleaned(text)
    if not re.search(r"\w", plain):
        raise QuestionError("The question is empty: ask something about the indexed articles.")
    if len(plain) > LONGEST_QUESTION:
        raise _too_long(plain)
    return plain


def _too_long(text: str) -> QuestionError:
    return QuestionError(
        f"Ask a question of up to {LONGEST_QUESTION:,} characters; this one has {len(text):,}."
    )


def cleaned(text: str) -> str:
    """A message without Slack's markup and emoji codes, white space collapsed."""
    text = _LINK.sub(_link_text, text)
    text = _CHANNEL.sub(lambda found: f" {found[1] or ''} ", text)
    text = html.unescape(_MENTION.sub(" ", text))
    text = _STYLE.sub(r"\2", _EMOJI.sub(" ", text))
    return " ".join(text.split())


def _link_text(found: re.Match[str]) -> str:
    """The label, with the address kept where it names a paper or is all there is."""
    address, label = found[1], found[2] or ""
    if not label or label in address:
        return f" {address} "
    return f" {label} {address if arxiv_ref(address) else ''} "


def is_command(text: str) -> bool:
    """Whether a message tells the bot what to do with itself instead of asking something.

    A question about others ("How do jailbreaks bypass safety guidelines?") is none, whatever it is about.
    """
    if _ABOUT_OTHERS.search(text) and not _TO_THE_BOT.search(text):
        return False
    return bool(_COMMAND.search(text) or INSTRUCTION.search(text))


def is_errand(text: str) -> bool:
    """Whether a message wants something else than an answer from articles: a poem, a reminder, a sum, a greeting."""
    return bool(_ERRAND.search(text))
