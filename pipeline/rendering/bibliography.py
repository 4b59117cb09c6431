"""The references of a brief for reference managers: BibTeX, RIS, CSL-JSON. Pure."""

import json
import re
from datetime import date

from pipeline.models import Brief, Reference


def bibtex(brief: Brief) -> str:
    """The references as BibTeX, one @misc entry each, in the order of the brief."""
    return "\n".join(_bibtex_entry(r) for r in brief.references)


def _bibtex_entry(r: Reference) -> str:
    day = _day(r)
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


def ris(brief: Brief) -> str:
    """The references in RIS, one record each (https://en.wikipedia.org/wiki/RIS_(file_format))."""
    return "".join(_ris_record(r) for r in brief.references)


def _ris_record(r: Reference) -> str:
    day = _day(r)
    fields = [("TY", "GEN" if r.kind == "paper" else "BLOG"), ("TI", r.title)]
    fields += [("AU", author) for author in r.authors]
    fields += [("PY", str(day.year)), ("DA", f"{day:%Y/%m/%d}/")] if day else []
    fields += [("PB", r.source), ("ID", r.article_id)]
    fields += [("UR", r.url)] if r.url else []
    lines = [f"{tag}  - {' '.join(value.split())}" for tag, value in fields]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def csl_json(brief: Brief) -> str:
    """The references as CSL-JSON (https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html)."""
    return json.dumps([_csl_item(r) for r in brief.references], ensure_ascii=False, indent=2) + "\n"


def _csl_item(r: Reference) -> dict[str, object]:
    day = _day(r)
    item: dict[str, object] = {
        "id": r.article_id,
        "type": "article" if r.kind == "paper" else "post-weblog",
        "title": r.title,
        "author": [{"literal": author} for author in r.authors],
        "publisher" if r.kind == "paper" else "container-title": r.source,
    }
    if day:
        item["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
    if r.version:
        item["version"] = r.version
    return item | ({"URL": r.url} if r.url else {})


def _day(r: Reference) -> date | None:
    return r.announced or r.submitted
