"""A brief as Markdown, HTML and BibTeX. Pure: what is shown comes from the brief alone.

Text of feeds is data here too: Markdown and HTML characters in it are escaped, and only http(s) links are made.
"""

import html
import re
from collections.abc import Callable
from datetime import date

from pipeline.models import Brief, Claim, Item, Reference, Section
from pipeline.writing.phrasing import readable


def days_covered(since: date, until: date) -> str:
    """The window in words: `November 13 - November 20, 2025`."""
    first = f"{since:%B} {since.day}" + (f", {since.year}" if since.year != until.year else "")
    return f"{first} - {until:%B} {until.day}, {until.year}"


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


def receipt_lines(brief: Brief) -> list[str]:
    """The receipt in words, one line a fact; used under every rendering."""
    r = brief.receipt
    lines = [
        f"Works reviewed: {r.works} (from {r.entries_seen} feed entries; "
        f"{r.duplicates_merged} merged as the same work); {r.considered} on topic, {r.cited} cited",
        f"Generated: {brief.generated_at:%Y-%m-%d %H:%M:%S} UTC",
        f"Coverage period: {days_covered(brief.window.since, brief.window.until)}; "
        f"{_covered(r.covered_days, len(brief.window.days))}",
        f"Claims: {r.claims} state a finding, {r.anchored} of them anchored in the source's own words, "
        f"{r.removed} removed",
        "Feeds: " + "; ".join(f"{f.name} {f.works} works ({f.status})" for f in r.per_feed),
        f"Writer: {_writer(r.writer)}",
    ]
    return lines


def bibtex(brief: Brief) -> str:
    """The references as BibTeX, one @misc entry each, in the order of the brief."""
    return "\n".join(_bibtex_entry(r) for r in brief.references)


def to_html(brief: Brief) -> str:
    """The brief as one self-contained page; no script, no external resource."""
    body = [f"<h1>{html.escape(brief.title)}</h1>"]
    for section in brief.sections:
        if section.kind != "overview":
            body.append(f"<h2>{html.escape(section.heading)}</h2>")
        body.append(_html_items(section, brief))
    body.append("<h2>References</h2><ol>")
    body.extend(_html_reference(r) for r in brief.references)
    body.append("</ol><footer><ul>")
    body.extend(f"<li>{html.escape(line)}</li>" for line in receipt_lines(brief))
    body.append("</ul></footer>")
    shown = {"TITLE": html.escape(brief.title), "BODY": "\n".join(body)}
    return re.sub("TITLE|BODY", lambda place: shown[place[0]], _PAGE)


def _writer(name: str) -> str:
    return "extraction of the sources' own sentences, no language model" if name == "extractive" else name


def _covered(days: tuple[date, ...], window: int) -> str:
    if not days:
        return "no day had a new work"
    return f"new works on {len(days)} of {window} days"


def _markdown_items(section: Section, brief: Brief) -> list[str]:
    if section.kind == "overview":
        return [" ".join(_md(c.text) for c in item.claims) for item in section.items]
    style: Callable[[int, str], str] = lambda _, text: f"*   {text}"  # noqa: E731
    if section.kind == "recommendations":
        style = lambda i, text: f"{i}.  {text}"  # noqa: E731
    if section.kind in ("missing", "outlook"):
        style = lambda _, text: text  # noqa: E731
    lines = [style(i, _markdown_item(item, section, brief)) for i, item in enumerate(section.items, 1)]
    return lines


def _markdown_item(item: Item, section: Section, brief: Brief) -> str:
    text = " ".join(_md(c.text) for c in item.claims)
    if item.title is None:
        return text
    number = _number_of(item, brief) if section.kind in ("top_papers", "mentions") else ""
    joint = " - " if section.kind == "mentions" else ": "
    return f"**{_md(readable(item.title))}{number}**{joint}{text}"


def _number_of(item: Item, brief: Brief) -> str:
    """` [9]`, where the item is about one work whose title it bears."""
    first = next((c.citations[0] for c in item.claims if c.citations), None)
    if first is None or brief.references[first - 1].title != item.title:
        return ""
    return f" [{first}]"


def _markdown_reference(r: Reference) -> str:
    where = f"[Online]. Available: {r.url}" if r.url else "No address given."
    return f"[{r.n}] {_md(reference_line(r))} {where}"


def reference_line(r: Reference) -> str:
    """Authors, title, source, version and dates of a reference, as one plain sentence without its address."""
    authors = f"{short_authors(r.authors)}: " if r.authors else ""
    parts = [f"{authors}{readable(r.title)}", r.source]
    if r.version:
        parts.append(r.version)
    if r.submitted and r.submitted != r.announced:
        parts.append(f"submitted {r.submitted}")
    if r.announced:
        parts.append(f"{'announced' if r.kind == 'paper' else 'posted'} {r.announced}")
    if r.revised:
        parts.append(f"revised {r.revised}")
    return ", ".join(parts) + "."


def short_authors(authors: tuple[str, ...]) -> str:
    """Up to three authors by name, more as the first and `et al.`"""
    return ", ".join(authors) if len(authors) <= 3 else f"{authors[0]} et al."


_MARKDOWN_SPECIAL = re.compile(r"([\\`*<])|(?<!\w)(_)|(_)(?!\w)|(\](?=\())")


def _md(text: str) -> str:
    """Text with Markdown's active characters escaped; citation marks such as [3] stay as they are."""
    return _MARKDOWN_SPECIAL.sub(lambda found: "\\" + found.group(0), text)


def _bibtex_entry(r: Reference) -> str:
    day = r.announced or r.submitted
    fields = {
        "title": f"{{{_tex(r.title)}}}",
        "author": " and ".join(_tex_name(a) for a in r.authors),
        "year": str(day.year) if day else "",
        "howpublished": _tex(r.source),
        "url": re.sub(r"[{}\\]", lambda found: f"%{ord(found[0]):02X}", r.url or ""),
        "note": f"version {r.version}" if r.version else "",
    }
    if r.article_id.startswith("arxiv:"):
        fields |= {"eprint": r.article_id.removeprefix("arxiv:"), "archiveprefix": "arXiv"}
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    key = re.sub(r"[^A-Za-z0-9]+", "-", r.article_id).strip("-")
    return "\n".join([f"@misc{{{key},", *lines, "}", ""])


_TEX_ACTS = re.compile(
    r"\\+(?=(?:input|include|use|open|read|write|immediate|special|catcode|csname|[egx]?def|let|(?:re)?new|"
    r"directlua))"
)
_TEX_MATH = re.compile(r"(?<!\\)(\$[^$]*(?<!\\)\$)")


def _tex(text: str) -> str:
    """Text for a BibTeX field: formulas and accents stay, nothing in it ends the field or makes TeX do something.

    BibTeX counts braces even after a backslash, so they go if they do not match.
    """
    text = _TEX_ACTS.sub("", text).rstrip("\\")
    if not _braces_match(text):
        text = re.sub(r"\\?[{}]", "", text)
    parts = _TEX_MATH.split(text)  # odd ones are formulas
    parts[::2] = [re.sub(r"(?<!\\)([#$%&_])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def _tex_name(name: str) -> str:
    """An author; the name of a group that has "and" in it stays one name."""
    return f"{{{_tex(name)}}}" if re.search(r"\band\b", name) else _tex(name)


def _braces_match(text: str) -> bool:
    depth = 0
    for brace in re.findall("[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


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
    number = _number_of(item, brief) if section.kind in ("top_papers", "mentions") else ""
    return f"<strong>{html.escape(readable(item.title) + number)}</strong>: {text}"


def _html_claim(claim: Claim, brief: Brief) -> str:
    """The sentence with each citation number linked to its reference, and the quotes as a tooltip."""
    quotes = " / ".join(a.quote for a in claim.anchors)
    hint = f' title="{html.escape(quotes)}"' if quotes else ""
    text = html.escape(claim.text)
    if claim.citations:
        mark = f"[{', '.join(map(str, claim.citations))}]"
        links = ", ".join(f'<a href="#ref-{n}"{hint}>{n}</a>' for n in claim.citations)
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
@media print{body{margin:0;max-width:none}a{color:inherit;text-decoration:none}}
@media (prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}a{color:#8ab8ff}footer{color:#aaa}}
</style></head><body>
BODY
</body></html>
"""
