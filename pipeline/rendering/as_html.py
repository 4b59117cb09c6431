"""A brief as one self-contained page, fit to print: no script, no external resource, all text escaped. Pure."""

import html
import re

from pipeline.models import Brief, Claim, Item, Reference, Section
from pipeline.rendering.chart import trend_chart
from pipeline.rendering.lines import number_of, receipt_lines, reference_line
from pipeline.writing.phrasing import readable


def to_html(brief: Brief) -> str:
    """The brief as one self-contained page; no script, no external resource."""
    body = [f"<h1>{html.escape(brief.title)}</h1>"]
    for section in brief.sections:
        if section.kind != "overview":
            body.append(f"<h2>{html.escape(section.heading)}</h2>")
        if section.kind == "trends":
            body.append(trend_chart(brief))
        body.append(_html_items(section, brief))
    body.append("<h2>References</h2><ol>")
    body.extend(_html_reference(r) for r in brief.references)
    body.append("</ol><footer><ul>")
    body.extend(f"<li>{html.escape(line)}</li>" for line in receipt_lines(brief))
    body.append("</ul></footer>")
    shown = {"TITLE": html.escape(brief.title), "BODY": "\n".join(body)}
    return re.sub("TITLE|BODY", lambda place: shown[place[0]], _PAGE)


def _html_items(section: Section, brief: Brief) -> str:
    if section.kind in ("overview", "missing", "outlook"):
        return "\n".join(f"<p>{_html_item(item, section, brief)}</p>" for item in section.items)
    tag = "ol" if section.kind == "recommendations" else "ul"
    rows = "\n".join(f"<li>{_html_item(item, section, brief)}</li>" for item in section.items)
    return f"<{tag}>{rows}</{tag}>"


def _html_item(item: Item, section: Section, brief: Brief) -> str:
    text = " ".join(_html_claim(c, brief) for c in item.claims)
    if item.title is None:
        return text
    number = number_of(item, brief) if section.kind in ("top_papers", "mentions") else ""
    return f"<strong>{html.escape(readable(item.title) + number)}</strong>: {text}"


def _html_claim(claim: Claim, brief: Brief) -> str:
    """The sentence with each citation number linked to its reference, and the quotes as a tooltip."""
    quotes = " / ".join(a.quote for a in claim.anchors)
    hint = f' title="{html.escape(quotes)}"' if quotes else ""
    text = html.escape(claim.text)
    if claim.citations:
        mark = f"[{', '.join(map(str, sorted(claim.citations)))}]"
        links = ", ".join(f'<a href="#ref-{n}"{hint}>{n}</a>' for n in sorted(claim.citations))
        text = f"[{links}]".join(text.rsplit(mark, 1))
    return text


def _html_reference(r: Reference) -> str:
    line = html.escape(reference_line(r))
    if r.url and r.url.startswith(("http://", "https://")):
        line += f' <a href="{html.escape(r.url)}" rel="noopener">{html.escape(r.url)}</a>'
    return f'<li id="ref-{r.n}" value="{r.n}">{line}</li>'


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>TITLE</title><style>
body{font:1.05rem/1.6 Georgia,serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
body{color:#1c1e21;background:#fff}h1,h2{font-family:system-ui,sans-serif;line-height:1.25}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem}li{margin:.5rem 0}
a{color:#1a56a0;overflow-wrap:anywhere}footer{margin-top:2rem;font-size:.9rem;color:#555}
.chart{width:100%;height:auto;font:15px system-ui,sans-serif;fill:currentColor}
.chart .past{fill:#b9c4cf}.chart .now{fill:#2a6f69}.chart .note,.chart .count{font-size:13px;opacity:.75}
@media print{body{margin:0;max-width:none}a{color:inherit;text-decoration:none}}
@media (prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}a{color:#8ab8ff}footer{color:#aaa}
.chart .past{fill:#4a545f}.chart .now{fill:#5fb3aa}}
</style></head><body>
BODY
</body></html>
"""
