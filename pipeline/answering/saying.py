"""What is said: the source's sentences, attributed once, with anchors, and what the records say of a work. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from pipeline.answering.kinds import Kind
from pipeline.answering.sentences import Sentence, own_sentences
from pipeline.answering.tables import WORK, Cell, Grid, markdown
from pipeline.answering.works import Found
from pipeline.claims import anchor
from pipeline.draft import DraftClaim
from pipeline.models import AnswerStatus, Article, Claim, Table, TextField
from pipeline.writing import cues
from pipeline.writing.cues import RELEASE
from pipeline.writing.phrasing import attribute, readable
from pipeline.writing.roles import choose_finding, open_questions
from pipeline.writing.sentences import Span

NO_ANSWER = "The indexed articles do not answer this"
REFUSAL = "I answer questions about the indexed articles, and this is not one that they can answer."
ELSEWHERE = "Not in this brief; from the other indexed articles:"
OTHERWISE = "The source says otherwise:"
OTHER_FIGURE = "The source gives another figure:"
RESERVED = "The abstract names no limitation as such; it has this reservation:"


CODE = re.compile(
    r"\b(?:codes?|codebase|github|gitlab|repositor(?:y|ies)|implementations?|software|open[- ]?sourc\w+|packages?"
    r"|librar(?:y|ies)|toolkits?|toolbox|frameworks?|tools?|harness|scripts?)\b|https?://",
    re.I,
)
"""What a release must speak of to be one of code: data and models are released as well."""


_RESERVATION = re.compile(
    r"^(?:however|but|yet|still|nevertheless|that said|even so)\b|\b(?:although|though|while|despite)\b.{0,160}"
    r"\b(?:concerns?|limit\w+|fail\w*|cannot|unable|remain\w*|only|not)\b"
    r"|\b(?:notable|important|some) (?:limits|limitations|weaknesses)\b"
    r"|\brefinements? (?:are|is) needed\b|\bconcerns? (?:was|were|remain)\b",
    re.I | re.S,
)


@dataclass(frozen=True)
class Reply:
    """What is to be said, before works have numbers."""

    status: AnswerStatus
    lead: str = ""
    claims: tuple[DraftClaim, ...] = ()
    in_lines: bool = False
    """One line a work."""
    near: tuple[Found, ...] = ()
    named: bool = False
    """It is about works that the question names or points to."""
    grid: Grid | None = None
    """The same claims in rows and columns."""


def unknown(why: str = "", near: Sequence[Found] = ()) -> Reply:
    """That the index does not answer, with the reason if one is known, and the nearest works."""
    return Reply("not_in_index", f"{NO_ANSWER}{f': {why}' if why else ''}.", near=tuple(near[:3]))


def tabled(columns: Sequence[str], rows: Sequence[Sequence[Cell]], lead: str = "") -> Reply:
    """A table, a row a work."""
    grid = Grid(tuple(columns), tuple(map(tuple, rows)))
    return Reply("answered", lead, grid.claims, in_lines=True, grid=grid)


def said(article: Article, sentences: Sequence[Sentence]) -> tuple[DraftClaim, ...]:
    """The sentences in the order of the text; the first names the work."""
    return quoted(article, [s.span for s in sorted(sentences, key=lambda s: s.place)])


def quoted(article: Article, spans: Sequence[Span]) -> tuple[DraftClaim, ...]:
    """The spans as claims; the first names the work."""
    return tuple(_quoted(article, span, "" if n else titled(article)) for n, span in enumerate(spans))


def cell(article: Article, spans: Sequence[Span]) -> tuple[DraftClaim, ...]:
    """The spans in the order of the text as claims that stand beside the work's name."""
    return tuple(_quoted(article, span, "") for span in sorted(spans))


def quoted_in_full(article: Article, spans: Sequence[Span]) -> tuple[DraftClaim, ...]:
    """Spans of the full text as claims; the first names the work, and each says in which section it stands."""
    claims = []
    names = [titled(article), ""]
    for span in spans:
        section = article.fulltext.section_at(span.start) if article.fulltext else None
        label = section.label if section else ""
        claims.append(
            _quoted(article, span, _place(names[0], label if label != names[1] else ""), "fulltext")
        )
        names = ["", label]
    return tuple(claims)


def _place(title: str, section: str) -> str:
    """The work's title with the section's name, or one of them: `“Gleaning”, section 3 (Method)`."""
    whole = ", ".join(filter(None, (title, section)))
    return whole[:1].upper() + whole[1:]


def _quoted(article: Article, span: Span, title: str, field: TextField = "abstract") -> DraftClaim:
    text = attribute(readable(article.text_of(field)[span.start : span.end]))
    if title:
        text = f"In {title}, the {text[4:]}" if re.match(r"The authors? ", text) else f"{title}: {text}"
    if not re.search(r"[.!?][\"”’)]*$", text):
        text = text.rstrip(" ,;:") + "."
    made = anchor(article, field, span.start, span.end)
    return DraftClaim(text, works=(article.id,), anchors=(made,), asserts=True)


def titled(article: Article) -> str:
    """The title in quotation marks."""
    return f"“{readable(article.title)}”"


def text_of(claims: Sequence[Claim], reply: Reply, table: Table | None = None) -> str:
    """The whole answer; the sentences of one work stay together, a line a work where there are several."""
    if table is not None:
        return "\n\n".join(filter(None, (reply.lead, markdown(table))))
    if not reply.in_lines or len({c.citations for c in claims}) < 2:
        return " ".join(filter(None, (reply.lead, *(c.text for c in claims))))
    rows = [" ".join(c.text for c in row) for _, row in groupby(claims, key=lambda c: c.citations)]
    return "\n".join(filter(None, (reply.lead, *(f"• {row}" for row in rows))))


def summaries(works: Sequence[Article], near: Sequence[Found] = ()) -> Reply:
    """What each work found, in its own sentences."""
    found = [
        (work, choose_finding(work.title, work.abstract).finding[: 2 if len(works) < 3 else 1])
        for work in works
    ]
    told = [(work, spans) for work, spans in found if spans]
    if not told:
        return unknown("only a title is stored of this work", near)
    if len(told) == 1:
        return Reply("answered", claims=quoted(*told[0]))
    return tabled((WORK, "Finding"), [(titled(work), cell(work, spans)) for work, spans in told])


# The record


def recorded(kind: Kind, article: Article, near: Sequence[Found] = ()) -> Reply | None:
    """Authors, dates, address, code or limitations of one work; none for other questions."""
    if kind in ("code", "limits"):
        return _special(kind, article, near)
    claim = record(kind, article)
    return Reply("answered", claims=(claim,)) if claim else None


def record(kind: Kind, article: Article) -> DraftClaim | None:
    """What the stored record says of the work itself; none for questions about its content."""
    text = None
    if kind == "authors":
        text = (
            f"{titled(article)} is by {_names(article.authors)}."
            if article.authors
            else f"The record of {titled(article)} names no authors."
        )
    elif kind == "dates":
        text = _dates(article)
    elif kind == "links":
        text = (
            f"{titled(article)}: {article.url}"
            if article.url
            else f"No address is stored of {titled(article)}."
        )
    return DraftClaim(text, works=(article.id,)) if text else None


def _special(kind: Kind, article: Article, near: Sequence[Found]) -> Reply:
    """Limitations, or where the code is, as the work itself says."""
    lead = ""
    if kind == "limits":
        spans = list(open_questions(article.abstract)[:2])
        if not spans and (spans := _reservations(article)):
            lead = RESERVED
    else:
        spans = [s.span for s in own_sentences(article) if RELEASE.search(s.text) and CODE.search(s.text)][:1]
    if spans:
        return Reply("answered", lead, quoted(article, spans))
    if kind == "code" and article.comment and re.search(r"https?://|github", article.comment, re.I):
        text = f"The authors' comment on {titled(article)} says: {readable(article.comment).rstrip('.')}."
        return Reply("answered", claims=(DraftClaim(text, works=(article.id,)),))
    what = "names no limitation" if kind == "limits" else "does not say whether there is code"
    return unknown(f"the abstract of {titled(article)} {what}", near)


def _reservations(article: Article) -> list[Span]:
    """The last sentence, after what was done, in which the authors take something back; at most one."""
    sentences = own_sentences(article)
    done = next((s.place for s in sentences if cues.NAMING.search(s.text) or cues.STUDY.search(s.text)), None)
    found = [s.span for s in sentences if done is not None and s.place > done and _RESERVATION.search(s.text)]
    return found[-1:]


def _dates(article: Article) -> str:
    known = [
        f"{word} on {day_of(day)}"
        for word, day in (
            ("submitted", article.submitted),
            ("announced", article.announced),
            ("revised", article.revised),
        )
        if day
    ] or [f"first seen on {day_of(article.first_seen.date())}"]
    return f"{titled(article)} was {_joined(known)}."


def _names(names: Sequence[str]) -> str:
    """All names up to eight, else the first six and how many more."""
    if len(names) > 8:
        return f"{', '.join(names[:6])} and {len(names) - 6} others"
    return _joined(names)


def _joined(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def day_of(day: date) -> str:
    """A day as people write it: 4 May 2026."""
    return f"{day.day} {day:%B %Y}"


def numbers_for(claims: Sequence[DraftClaim], brief: Mapping[int, str]) -> dict[str, int]:
    """The brief's numbers for its works, the next ones for others, by first citation."""
    numbers = {work: n for n, work in brief.items()}
    following = max(brief, default=0) + 1
    for work in dict.fromkeys(w for c in claims for w in c.works):
        if work not in numbers:
            numbers[work], following = following, following + 1
    return numbers
