"""The week's themes over the stored weeks, as a picture (SVG) that says in words what it shows. Pure."""

import html
from typing import NamedTuple

from pipeline.models import Brief

WIDTH, ROW, TOP, LABELS, GAP = 640, 44, 34, 250, 6


class Row(NamedTuple):
    """A theme with its number of works in each stored week, the present one last."""

    name: str
    counts: tuple[int, ...]


def rows_of(brief: Brief) -> tuple[Row, ...]:
    """The themes of the brief, from the counts that its trend sentences rest on; none without stored weeks."""
    found = []
    for section in brief.sections:
        for item in section.items if section.kind == "trends" else ():
            counts = next((c.counts for c in item.claims if c.counts and "past" in c.counts), None)
            if item.title and counts:
                found.append(Row(item.title, (*reversed(counts["past"]), counts["works"])))
    return tuple(found)


def in_words(rows: tuple[Row, ...]) -> str:
    """What the chart shows, for those who do not see it."""
    said = [f"{row.name}: {', '.join(map(str, row.counts))}" for row in rows]
    return f"Works a week by theme, oldest week first, this week last. {'; '.join(said)}."


def trend_chart(brief: Brief) -> str:
    """An SVG of one row of bars a theme, this week in a strong colour; empty without stored weeks."""
    rows = rows_of(brief)
    if not rows:
        return ""
    height = TOP + ROW * len(rows)
    most = max(max(row.counts) for row in rows) or 1
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{html.escape(in_words(rows))}</title>",
        f'<text class="note" x="{LABELS}" y="18">works a week, this week last</text>',
    ]
    for number, row in enumerate(rows):
        parts += _row(row, TOP + ROW * number, most)
    return "".join([*parts, "</svg>"])


def _row(row: Row, top: int, most: int) -> list[str]:
    name = row.name if len(row.name) <= 32 else row.name[:31] + "…"
    parts = [f'<text x="0" y="{top + ROW - 14}">{html.escape(name)}</text>']
    step = min(90, (WIDTH - LABELS) // len(row.counts))
    for place, count in enumerate(row.counts):
        tall = round((ROW - 20) * count / most, 1)
        left, kind = LABELS + step * place, "now" if place == len(row.counts) - 1 else "past"
        parts.append(
            f'<rect class="{kind}" x="{left}" y="{top + ROW - 10 - tall}" width="{step - 34}" height="{max(tall, 1)}"/>'
            f'<text class="count" x="{left + step - 34 + GAP}" y="{top + ROW - 12}">{count}</text>'
        )
    return parts
