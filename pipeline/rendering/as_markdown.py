"""A brief as Markdown. Text of feeds is data: characters that act in Markdown are escaped. Pure."""

import re

from pipeline.models import Brief, Item, Reference, Section
from pipeline.rendering.lines import number_of, receipt_lines, reference_line, says_none
from pipeline.writing.phrasing import readable


def markdown(brief: Brief) -> str:
    """The brief as Markdown: title, seven sections, footer, references."""
    blocks = [f"# {_md(brief.title)}"]
    for section in brief.sections:
        if section.kind != "overview":
            blocks.append(f"## {section.heading}")
        blocks.extend(_markdown_items(section, brief))
    blocks.append("\n".join(f"- {_md(line)}" for line in receipt_lines(brief)))
    blocks.append("---")
    blocks.append("## References")
    blocks.extend(_markdown_reference(r) for r in brief.references)
    return "\n\n".join(blocks) + "\n"


def _markdown_items(section: Section, brief: Brief) -> list[str]:
    if section.kind == "overview":
        return [" ".join(_md(c.text) for c in item.claims) for item in section.items]
    lines = [_markdown_item(item, section, brief) for item in section.items]
    if section.kind in ("missing", "outlook") or says_none(section):
        return lines
    if section.kind == "recommendations":
        return [f"{n}.  {line}" for n, line in enumerate(lines, 1)]
    return [f"*   {line}" for line in lines]


def _markdown_item(item: Item, section: Section, brief: Brief) -> str:
    text = " ".join(_md(c.text) for c in item.claims)
    if item.title is None:
        return text
    number = number_of(item, brief) if section.kind in ("top_papers", "mentions") else ""
    joint = " - " if section.kind == "mentions" else ": "
    return f"**{_md(readable(item.title))}{number}**{joint}{text}"


def _markdown_reference(r: Reference) -> str:
    where = f"[Online]. Available: {r.url}" if r.url else "No address given."
    return f"[{r.n}] {_md(reference_line(r))} {where}"


_MARKDOWN_SPECIAL = re.compile(r"([\\`*<])|(?<!\w)(_)|(_)(?!\w)|(\](?=\())")


def _md(text: str) -> str:
    """Text with Markdown's active characters escaped; citation marks such as [3] stay as they are."""
    return _MARKDOWN_SPECIAL.sub(lambda found: "\\" + found.group(0), text)
