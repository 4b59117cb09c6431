"""The week's themes over the stored weeks, as a picture that says in words what it shows: SVG and PNG, one drawing.

It is drawn 400 units wide, so that on a phone a letter is as large as in the text around it. Pure.
"""

import html
import io
import textwrap
from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

from pipeline.models import Brief
from pipeline.rendering.frame import frame_of

WIDTH, TOP, ROW, LEFT, FOOT = 400, 54, 52, 158, 6
BAR, LINE, LETTERS, DAY = 30, 18, 21, 46
"""Height of the longest bar, distance of lines, letters of a theme's name on one line, width of `28 June`."""
SCALE, MARGIN = 3, 16
"""Pixels of the PNG for each unit, and the units around its drawing."""
COLOURS = {
    "paper": "#ffffff", "title": "#1c1e21", "name": "#1c1e21", "note": "#5b6168", "count": "#3c4248",
    "past": "#b9c4cf", "now": "#2a6f69",
}  # fmt: skip
SIZES = {"title": 17, "name": 15, "note": 13, "count": 13}


class Row(NamedTuple):
    """A theme with its number of works in each stored week, the present one last."""

    name: str
    counts: tuple[int, ...]


class Box(NamedTuple):
    """A bar: its left upper corner, its size, and whether it is of this week (`now`) or of an earlier one (`past`)."""

    x: float
    y: float
    width: float
    height: float
    kind: str


class Label(NamedTuple):
    """A line of text on its base line; `middle` says that x is its middle."""

    x: float
    y: float
    text: str
    kind: str
    middle: bool = False


class Drawing(NamedTuple):
    """What both formats draw, in units; the title in words stands beside it."""

    height: int
    boxes: tuple[Box, ...]
    labels: tuple[Label, ...]


def rows_of(brief: Brief) -> tuple[Row, ...]:
    """The themes of the brief, from the counts that its trend sentences rest on."""
    found = []
    for item in brief.section("trends").items:
        counts = next((c.counts for c in item.claims if c.counts and "past" in c.counts), None)
        if item.title and counts:
            found.append(Row(item.title, (*reversed(counts["past"]), counts["works"])))
    return tuple(found)


def chart_text(brief: Brief) -> str:
    """What the chart shows, for those who do not see it; empty for a brief without themes."""
    rows = rows_of(brief)
    if not rows:
        return ""
    said = [f"{row.name}: {', '.join(map(str, row.counts))}" for row in rows]
    f, themes = frame_of(brief.language), "; ".join(said)
    if len(rows[0].counts) > 1:
        return f.gettext("Works a week by theme, oldest week first, this week last. {themes}.", themes=themes)
    return f.gettext("Works a week by theme. {themes}.", themes=themes)


def chart_svg(brief: Brief) -> str:
    """The chart for a page, which styles its parts by class; empty for a brief without themes."""
    drawing = _drawing(brief)
    if drawing is None:
        return ""
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {drawing.height}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{html.escape(chart_text(brief))}</title>",
    ]
    for box in drawing.boxes:
        parts.append(
            f'<rect class="{box.kind}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"/>'
        )
    for label in drawing.labels:
        anchor = ' text-anchor="middle"' if label.middle else ""
        parts.append(
            f'<text class="{label.kind}" x="{label.x:g}" y="{label.y:g}" font-size="{SIZES[label.kind]}"{anchor}>'
            f"{html.escape(label.text)}</text>"
        )
    return "".join([*parts, "</svg>"])


def chart_png(brief: Brief) -> bytes | None:
    """The chart as a PNG of 1,296 pixels' width, its text in the field Description; None without themes."""
    from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

    drawing = _drawing(brief)
    if drawing is None:
        return None
    size = ((WIDTH + 2 * MARGIN) * SCALE, (drawing.height + 2 * MARGIN) * SCALE)
    image = Image.new("RGB", size, COLOURS["paper"])
    pen = ImageDraw.Draw(image)
    fonts = {kind: ImageFont.load_default(size * SCALE) for kind, size in SIZES.items()}
    for box in drawing.boxes:
        corners = (box.x, box.y, box.x + box.width, box.y + box.height)
        pen.rectangle([round((c + MARGIN) * SCALE) for c in corners], fill=COLOURS[box.kind])
    for label in drawing.labels:
        place = ((label.x + MARGIN) * SCALE, (label.y + MARGIN) * SCALE)
        anchor = "ms" if label.middle else "ls"
        pen.text(place, label.text, fill=COLOURS[label.kind], font=fonts[label.kind], anchor=anchor)
    facts, file = PngImagePlugin.PngInfo(), io.BytesIO()
    facts.add_itxt("Description", chart_text(brief))
    image.save(file, "PNG", pnginfo=facts, optimize=True)
    return file.getvalue()


def _drawing(brief: Brief) -> Drawing | None:
    rows = rows_of(brief)
    if not rows:
        return None
    weeks = max(len(row.counts) for row in rows)
    most = max(max(row.counts) for row in rows) or 1
    boxes: list[Box] = []
    f = frame_of(brief.language)
    heading = f.gettext("Works a week by theme") if weeks > 1 else f.gettext("Works by theme")
    labels = [Label(0, 16, heading, "title"), *_days(brief, weeks)]
    for number, row in enumerate(rows):
        top = TOP + ROW * number
        labels += _name(row.name, top)
        for place, count in enumerate(row.counts):
            boxes.append(_bar(count, place, weeks, most, top))
            labels.append(_count(boxes[-1], count, weeks))
    return Drawing(TOP + ROW * len(rows) + FOOT, tuple(boxes), tuple(labels))


def _days(brief: Brief, weeks: int) -> Sequence[Label]:
    """The last day of each week above its bars; of many weeks that of every second or third, this week's among them."""
    f = frame_of(brief.language)
    if weeks == 1:
        only = f.gettext("week to {day}", day=f.day(brief.window.until))
        return [Label(LEFT, 44, only, "note")]
    ends = [brief.window.before(weeks - 1 - place).until for place in range(weeks)]
    step = (WIDTH - LEFT) / weeks
    every = ceil(DAY / step)
    days = [
        Label(min(LEFT + step * (n + 0.5), WIDTH - DAY / 2), 44, f.day(end), "note", middle=True)
        for n, end in enumerate(ends)
        if (weeks - 1 - n) % every == 0
    ]
    return [Label(0, 44, f.gettext("week to"), "note"), *days]


def _name(name: str, top: float) -> list[Label]:
    """A theme's name on one or two lines beside the middle of its bars."""
    lines = textwrap.wrap(name, LETTERS, max_lines=2, placeholder="…")
    first = top + ROW / 2 + (6 if len(lines) == 1 else -3)
    return [Label(0, first + LINE * n, line, "name") for n, line in enumerate(lines)]


def _bar(count: int, place: int, weeks: int, most: int, top: float) -> Box:
    """A column for one of several weeks; a bar to the right where there is only one."""
    kind = "now" if place == weeks - 1 else "past"
    if weeks == 1:
        return Box(LEFT, top + 12, max(round((WIDTH - LEFT - 40) * count / most, 1), 1), ROW - 24, kind)
    step = (WIDTH - LEFT) / weeks
    tall = max(round(BAR * count / most, 1), 1)
    wide = min(step - 10, 46)
    return Box(LEFT + step * place + (step - wide) / 2, top + ROW - 4 - tall, wide, tall, kind)


def _count(bar: Box, count: int, weeks: int) -> Label:
    if weeks == 1:
        return Label(bar.x + bar.width + 6, bar.y + bar.height / 2 + 5, str(count), "count")
    return Label(bar.x + bar.width / 2, bar.y - 4, str(count), "count", middle=True)
