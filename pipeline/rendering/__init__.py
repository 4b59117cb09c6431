"""A brief for people and programs: Markdown, HTML, a chart, bibliographies. All that is shown comes from the brief."""

from pipeline.rendering.as_html import to_html
from pipeline.rendering.as_markdown import markdown
from pipeline.rendering.bibliography import bibtex, csl_json, ris
from pipeline.rendering.chart import chart_png, chart_text
from pipeline.rendering.lines import (
    days_covered,
    receipt_lines,
    reference_line,
    says_none,
    short_authors,
    version_and_dates,
)

__all__ = [
    "bibtex",
    "chart_png",
    "chart_text",
    "csl_json",
    "days_covered",
    "markdown",
    "receipt_lines",
    "reference_line",
    "ris",
    "says_none",
    "short_authors",
    "to_html",
    "version_and_dates",
]
