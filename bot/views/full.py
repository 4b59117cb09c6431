"""A brief's whole text as one Markdown document: for a canvas, where each `[n]` is a link, and for a file."""

import re

from bot.views import mrkdwn
from pipeline.models import Brief
from pipeline.rendering import frame_of, markdown


def full_markdown(brief: Brief) -> str:
    """The document; the marks before the list of references lead to the works."""
    name = frame_of(brief.language).gettext("References")
    last = f"\n## {name}\n"
    body, heading, references = markdown(brief).partition(last)
    urls = {reference.n: mrkdwn.address(reference.url) for reference in brief.references}

    def linked(found: re.Match[str]) -> str:
        numbers = mrkdwn.marks(found[0])
        if not any(urls.get(n) for n in numbers):
            return found[0]
        return " ".join(_mark(n, urls.get(n)) for n in numbers)

    return mrkdwn.MARKS.sub(linked, body) + heading + references


def _mark(number: int, url: str | None) -> str:
    target = mrkdwn.unescape(url).replace("(", "%28").replace(")", "%29") if url else ""
    return f"[\\[{number}\\]]({target})" if target else f"[{number}]"
