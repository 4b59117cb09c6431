"""Titles, abstracts and answers that were made to do harm in Slack, through everything that shows them.

    python -m benchmarks.hostile_texts [TEXTS] [--seed N]      default 100,000

A scanner of its own, which shares no code with the views, reads each message as Slack does: a mention, a link to an
address that no reference has, a text, block or message over a limit, a text in which Slack would make links by itself,
a preview that unfolds. Beside the counts stand those of a plain renderer (the text in a section, its title in a
link). Where a text is shown whole it is read back and compared. Exit status 1 if anything is found.
"""

import argparse
import random
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from bot.views.answer import answer_message
from bot.views.brief import brief_messages
from bot.views.found import Posted, briefs_message, found_message, why_message
from bot.views.message import Message, ephemeral, short
from pipeline.models import Answer, Article, Brief, Claim, Decision, Item, Receipt, Reference, Section, Window

NOW = datetime(2026, 5, 18, 9, tzinfo=UTC)
PIECES = (
    "<!channel>", "<!here|now>", "<@U0123ABCD>", "<#C0123ABCD|general>", "<!subteam^S0123|all>", "<!everyone>",
    "<https://evil.example/x|a harmless word>", "https://evil.example/login", "mailto:a@evil.example",
    "<javascript:alert(1)|x>", "&lt;!channel&gt;", "&amp;lt;@U1&amp;gt;", "[a link](https://evil.example)",
    "<!date^0^{date}^https://evil.example|d>", "|", ">", "<", "<<@U1>>", "&", "&lt", "*bold*", "_it_", "~s~", "`code`",
    "```", "\n> quoted\n", "\n\n", "\r\n", "\t", "\u202e", "\u200b", "\ufeff", "\u2028", "\x00", "\x1b[31m", "\ud800",
    "@channel", "#general", ":tada:", "[1]", "[2, 3]", "[99]", "[0]", "{curly}", "$x_1 < x_2$", "é", "日本語", "👩‍👩‍👧",
    "word", "model", "attack", "we find that", "improves by 12.5%", "in 3 of 4 cases", "a" * 300, "b" * 3100, "-" * 90,
)  # fmt: skip
LIMITS = {"section": 3000, "header": 150, "context": 3000}
TOKEN = re.compile(r"<([^<>]*)>")


def main() -> None:
    """Prints what was found; exit status 1 if anything was."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("texts", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    wanted = given.texts
    ours, plain, messages = measured(wanted, given.seed)
    print(f"{wanted} texts in {messages} messages: {total(ours)}")
    print(f"a plain renderer: {total(plain)}")
    sys.exit(bool(ours))


def total(found: Counter[str]) -> str:
    """The counts in words."""
    return ", ".join(f"{count} {what}" for what, count in found.most_common()) or "nothing found"


def measured(wanted: int, seed: int = 7) -> tuple[Counter[str], Counter[str], int]:
    """What was found of the views, of a plain renderer, and how many messages the views made."""
    chance = random.Random(seed)
    ours: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    used = made = 0
    while used < wanted:
        texts = [text(chance) for _ in range(24)]
        used += len(texts)
        references = [reference(n, texts[n]) for n in range(1, 4)]
        allowed = {one.url for one in references}
        for message in shown(texts, references):
            ours.update(harm(message.payload(), allowed))
            made += 1
        for one in texts[:8]:
            ours.update(altered(one))
        for one in references:
            naive = {"type": "mrkdwn", "text": f"<{one.url}|{one.title}> {texts[one.n + 3]}"}
            plain.update(harm({"text": one.title, "blocks": [{"type": "section", "text": naive}]}, allowed))
    return ours, plain, made


def text(chance: random.Random) -> str:
    """Words of all kinds in any order."""
    return chance.choice(("", " ")).join(chance.choices(PIECES, k=chance.randint(1, 14)))


def reference(n: int, title: str) -> Reference:
    return Reference(
        n=n,
        article_id=f"arxiv:2605.{n:05d}",
        title=title,
        authors=(title[:40], "Ada Moreno"),
        source=title[:60],
        kind="paper",
        version="v1",
        announced=date(2026, 5, 14),
        url=f"https://arxiv.org/abs/2605.{n:05d}",
    )


def shown(texts: list[str], references: list[Reference]) -> Iterator[Message]:
    """Every message that shows such texts."""
    brief = brief_of(texts, references)
    claims = tuple(Claim(text=one, citations=(1,), asserts=True) for one in texts[4:8])
    answer = Answer(
        question=texts[0],
        status="answered",
        text=" ".join(texts[4:8]),
        claims=claims,
        references=tuple(references),
        searched=3,
    )
    works = [
        Article(
            id=one.article_id,
            kind="paper",
            title=one.title,
            url=one.url,
            source=one.source,
            feeds=(texts[9][:50],),
            first_seen=NOW,
        )
        for one in references
    ]
    decision = Decision(article_id=works[0].id, decision="rejected", score=0.1, reason=texts[10])
    yield from brief_messages(brief, NOW)
    yield answer_message(answer, 7)
    posted = [Posted(brief, "https://arxiv.org/abs/2605.00001")]
    yield found_message(texts[12], works, posted)
    yield briefs_message(posted)
    yield why_message(texts[13], brief, works[0], decision)
    yield why_message(texts[13], brief, None, None)
    yield short(texts[14])


def brief_of(texts: list[str], references: list[Reference]) -> Brief:
    items = tuple(
        Item(title=references[n].title, claims=(Claim(text=texts[n + 15], citations=(n + 1,), asserts=True),))
        for n in range(3)
    )
    survey = tuple(Claim(text=one, citations=(2,), asserts=True) for one in texts[18:24])
    return Brief(
        id="b-1",
        title=texts[3][:80],
        profile="p",
        window=Window(since=date(2026, 5, 11), until=date(2026, 5, 17)),
        generated_at=NOW,
        sections=(
            Section(kind="overview", heading="Overview", items=(Item(claims=survey),)),
            Section(kind="top_papers", heading=texts[8][:60], items=items),
            Section(kind="trends", heading="Emerging Trends", items=(Item(title=texts[9], claims=survey),)),
        ),
        references=tuple(references),
        receipt=Receipt(entries_seen=1, works=1, duplicates_merged=0, considered=1, cited=3, per_feed=()),
    )


# The scanner: what Slack would make of a message


def harm(payload: dict[str, Any], allowed: set[str]) -> Iterator[str]:
    """What is wrong with a message, by kind."""
    blocks = payload["blocks"]
    if payload.get("unfurl_links") or payload.get("unfurl_media") or "unfurl_links" not in payload:
        yield "unfolding previews"
    if not 1 <= len(payload["text"]) <= 4000:
        yield "fallback texts over the limit"
    yield from marked(payload["text"], allowed)
    if len(blocks) > 50:
        yield "messages over 50 blocks"
    objects = [(block["type"], one) for block in blocks for one in text_objects(block)]
    if sum(len(one["text"]) for _, one in objects) > 12_000:
        yield "messages over 12,000 characters"
    for kind, one in objects:
        if not 1 <= len(one["text"]) <= LIMITS.get(kind, 3000):
            yield "texts over the limit"
        if one["type"] == "mrkdwn":
            yield from marked(one["text"], allowed)
            if not one.get("verbatim"):
                yield "texts in which Slack makes links by itself"
        elif re.search(r"<[!@#]", one["text"]):
            yield "mentions"
    for block in blocks:
        if len(block.get("elements", ())) > (25 if block["type"] == "actions" else 10):
            yield "blocks with too many elements"


def text_objects(block: dict[str, Any]) -> list[dict[str, Any]]:
    """The text objects of a block, buttons left out: their words are the program's own."""
    if block["type"] in ("actions", "context_actions", "divider", "image"):
        return []
    return [block["text"]] if "text" in block else list(block["elements"])


def marked(shown_text: str, allowed: set[str]) -> Iterator[str]:
    """Mentions, foreign links and broken markup in a text as Slack reads it."""
    for found in TOKEN.finditer(shown_text):
        target = found[1].partition("|")[0]
        if target[:1] in ("!", "@", "#"):
            yield "mentions"
        elif target not in allowed:
            yield "foreign links"
    if re.search(r"[<>]", TOKEN.sub("", shown_text).replace("\n>", "\n").removeprefix(">")):
        yield "broken links"
    if re.search(r"&(?!amp;|lt;|gt;)", shown_text):
        yield "unescaped signs"
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n" for c in shown_text):
        yield "invisible characters"


def altered(source: str) -> Iterator[str]:
    """Whether a text that is shown whole says something else than before, but for white space and invisible signs."""
    blocks = ephemeral(short(source))["blocks"]
    back = "".join(block["text"]["text"] for block in blocks)
    for sign, letter in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        back = back.replace(sign, letter)
    visible = [c for c in source if not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf", "Cs")]
    if len(source) < 2700 and [c for c in back if not c.isspace()] != visible:
        yield "texts that do not read back"


if __name__ == "__main__":
    main()
