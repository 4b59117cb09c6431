"""A brief as one self-contained page, fit to print: no script, no external resource, all text escaped. Pure."""

import html
import re
from collections.abc import Iterator, Mapping, Sequence

from pipeline.models import Anchor, Brief, Claim, Item, Language, Reference, Section
from pipeline.rendering.chart import chart_svg
from pipeline.rendering.frame import frame_of
from pipeline.rendering.lines import heading_of, receipt_lines, reference_line, says_none, set_off, work_of
from pipeline.rendering.page import PAGE
from pipeline.writing.phrasing import readable


def to_html(brief: Brief) -> str:
    """The brief as one self-contained page; no script, no external resource."""
    body = [_head(brief), _contents(brief), *(_section(section, brief) for section in brief.sections)]
    body += [_references(brief), _receipt(brief)]
    shown = {"TITLE": html.escape(brief.title), "BODY": "\n".join(body), "LANGUAGE": brief.language}
    return re.sub("TITLE|BODY|LANGUAGE", lambda place: shown[place[0]], PAGE)


def _head(brief: Brief) -> str:
    """The title, the period on a line of its own; what stands between them is for those who copy it."""
    name, dash, period = brief.title.partition(" - ")
    below = (
        f'<span class="dash">{dash}</span><span class="period">{html.escape(period)}</span>' if dash else ""
    )
    return f"<header><h1>{html.escape(name)}{below}</h1></header>"


def _contents(brief: Brief) -> str:
    f = frame_of(brief.language)
    headings: dict[str, str] = {
        s.kind: heading_of(s, brief.language) for s in brief.sections if s.kind != "overview"
    }
    headings["references"] = f.gettext("References")
    links = [f'<a href="#{place}">{html.escape(heading)}</a>' for place, heading in headings.items()]
    label = html.escape(f.gettext("Sections"))
    return f'<nav aria-label="{label}">{" ".join(links)}</nav>'


def _section(section: Section, brief: Brief) -> str:
    shown = heading_of(section, brief.language)
    heading = f"<h2>{html.escape(shown)}</h2>" if section.kind != "overview" else ""
    chart = (
        f"<figure>{picture}</figure>" if section.kind == "trends" and (picture := chart_svg(brief)) else ""
    )
    return f'<section id="{section.kind}">{heading}{chart}\n{_items(section, brief)}\n</section>'


def _items(section: Section, brief: Brief) -> str:
    if section.kind in ("top_papers", "trends"):
        return "\n".join(_article(item, section, brief) for item in section.items)
    if section.kind in ("overview", "missing", "outlook") or says_none(section):
        return "\n".join(f"<p>{_line(item, section, brief)}</p>" for item in section.items)
    tag = "ol" if section.kind == "recommendations" else "ul"
    rows = "\n".join(f"<li>{_line(item, section, brief)}</li>" for item in section.items)
    return f"<{tag}>{rows}</{tag}>"


def _article(item: Item, section: Section, brief: Brief) -> str:
    """An item under its own heading, an aside on its own line."""
    paragraphs: list[list[str]] = [[]]
    for claim in item.claims:
        if set_off(claim.text, brief.language)[0]:
            paragraphs.append([])
        paragraphs[-1].append(_claim(claim, brief))
    told = "".join(f"<p>{' '.join(lines)}</p>" for lines in paragraphs if lines)
    if item.title is None:
        return told
    return f"<article><h3>{_title(item, section, brief)}</h3>{told}</article>"


def _line(item: Item, section: Section, brief: Brief) -> str:
    text = " ".join(_claim(c, brief) for c in item.claims)
    return text if item.title is None else f"<strong>{_title(item, section, brief)}</strong> – {text}"


def _title(item: Item, section: Section, brief: Brief) -> str:
    """The item's title, linked to the work where it is one work's."""
    shown = html.escape(readable(item.title or ""))
    work = work_of(item, brief) if section.kind in ("top_papers", "mentions") else None
    if work is None:
        return shown
    address = _address(work)
    linked = f'<a href="{address}" rel="noopener">{shown}</a>' if address else shown
    return f'{linked} <span class="cite">[<a href="#ref-{work.n}">{work.n}</a>]</span>'


def _claim(claim: Claim, brief: Brief) -> str:
    """The sentence with each citation number linked to its reference, and the quotes as a tooltip."""
    quotes = " / ".join(a.quote for a in claim.anchors)
    hint = f' title="{html.escape(quotes)}"' if quotes else ""
    opening, text = map(html.escape, set_off(claim.text, brief.language))
    text = f"<em>{opening}</em>{text}" if opening else text
    if claim.citations:
        mark = f"[{', '.join(map(str, sorted(claim.citations)))}]"
        links = ", ".join(f'<a href="#ref-{n}"{hint}>{n}</a>' for n in sorted(claim.citations))
        text = f'<span class="cite">[{links}]</span>'.join(text.rsplit(mark, 1))
    return text


def _references(brief: Brief) -> str:
    quoted = _anchors_by_number(brief)
    rows = "\n".join(_reference(r, quoted.get(r.n, ()), brief.language) for r in brief.references)
    heading = html.escape(frame_of(brief.language).gettext("References"))
    return f'<section id="references"><h2>{heading}</h2><ol>{rows}</ol></section>'


def _anchors_by_number(brief: Brief) -> Mapping[int, Sequence[Anchor]]:
    """The spans that the brief rests on, by the number of their work, each once in the order of the source."""
    found: dict[int, set[tuple[str, int, Anchor]]] = {}
    for anchor in _anchors(brief):
        if anchor.n is not None:
            found.setdefault(anchor.n, set()).add((anchor.field, anchor.start, anchor))
    return {n: [a for *_, a in sorted(spans, key=lambda s: (s[:2], s[2].end))] for n, spans in found.items()}


def _anchors(brief: Brief) -> Iterator[Anchor]:
    for section in brief.sections:
        for item in section.items:
            for claim in item.claims:
                yield from claim.anchors


def _reference(r: Reference, quoted: Sequence[Anchor], language: Language) -> str:
    line = html.escape(reference_line(r, language))
    if address := _address(r):
        line += f' <a href="{address}" rel="noopener">{address}</a>'
    if quoted:
        quotes = "".join(f"<blockquote>{html.escape(a.quote)}</blockquote>" for a in quoted)
        summary = frame_of(language).gettext("What the brief rests on, in the source's words")
        line += f"<details><summary>{html.escape(summary, quote=False)}</summary>{quotes}</details>"
    return f'<li id="ref-{r.n}" value="{r.n}">{line}</li>'


def _address(r: Reference) -> str:
    """The work's address, escaped, if it is one of the web."""
    return html.escape(r.url) if r.url and r.url.startswith(("http://", "https://")) else ""


def _receipt(brief: Brief) -> str:
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in receipt_lines(brief))
    label = html.escape(frame_of(brief.language).gettext("Receipt"))
    return f'<footer aria-label="{label}"><ul>{lines}</ul></footer>'
