"""A brief as Markdown. Text of feeds is data: characters that act in Markdown are escaped. Pure."""

import re

from pipeline.models import Brief, Item, Language, Reference, Section
from pipeline.rendering.frame import frame_of
from pipeline.rendering.lines import heading_of, number_of, receipt_lines, reference_line, says_none, set_off
from pipeline.writing.phrasing import readable


def markdown(brief: Brief) -> str:
    """The brief as Markdown: title, seven sections, footer, references."""
    blocks = [f"# {_md(brief.title)}"]
    for section in brief.sections:
        if section.kind != "overview":
            blocks.append(f"## {heading_of(section, brief.language)}")
        blocks.extend(_markdown_items(section, brief))
    blocks.append("\n".join(f"- {_md(line)}" for line in receipt_lines(brief)))
    blocks.append("---")
    references = frame_of(brief.language).gettext("References")
    blocks.append(f"## {references}")
    blocks.extend(_markdown_reference(r, brief.language) for r in brief.references)
    return "\n\n".join(blocks) + "\n"


def _markdown_items(section: Section, brief: Brief) -> list[str]:
    if section.kind == "overview":
        return [_sentences(item, brief.language) for item in section.items]
    lines = [_markdown_item(item, section, brief) for item in section.items]
    if section.kind in ("missing", "outlook") or says_none(section):
        return lines
    if section.kind == "recommendations":
        return [f"{n}.  {line}" for n, line in enumerate(lines, 1)]
    return [f"*   {line}" for line in lines]


def _markdown_item(item: Item, section: Section, brief: Brief) -> str:
    text = _sentences(item, brief.language)
    if item.title is None:
        return text
    number = number_of(item, brief) if section.kind in ("top_papers", "mentions") else ""
    joint = " - " if section.kind == "mentions" else ": "
    return f"**{_md(readable(item.title))}{number}**{joint}{text}"


def _sentences(item: Item, language: Language) -> str:
    return " ".join(_md("".join(set_off(claim.text, language))) for claim in item.claims)


def _markdown_reference(r: Reference, language: Language) -> str:
    f = frame_of(language)
    where = f.gettext("[Online]. Available: {url}", url=r.url) if r.url else f.gettext("No address given.")
    return f"[{r.n}] {_md(reference_line(r, language))} {where}"


_MARKDOWN_SPECIAL = re.compile(r"([\\`*<])|(?<!\w)(_)|(_)(?!\w)|(\](?=\())")


def _md(text: str) -> str:
    """Text with Markdown's active characters escaped; citation marks such as [3] stay as they are."""
    return _MARKDOWN_SPECIAL.sub(lambda found: "\\" + found.group(0), text)
