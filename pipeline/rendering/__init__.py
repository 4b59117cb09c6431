"""A brief for people and programs: Markdown, HTML, a chart, bibliographies. All that is shown comes from the brief."""

from pipeline.rendering.as_html import to_html
from pipeline.rendering.as_markdown import markdown
from pipeline.rendering.bibliography import bibtex, csl_json, ris
from pipeline.rendering.chart import chart_png, chart_text
from pipeline.rendering.frame import LANGUAGES, Frame, frame_of
from pipeline.rendering.lines import (
    heading_of,
    on_topic_and_cited,
    receipt_lines,
    reference_line,
    says_none,
    set_off,
    short_authors,
    version_and_dates,
)

__all__ = [
    "LANGUAGES",
    "Frame",
    "bibtex",
    "chart_png",
    "chart_text",
    "csl_json",
    "frame_of",
    "heading_of",
    "markdown",
    "on_topic_and_cited",
    "receipt_lines",
    "reference_line",
    "ris",
    "says_none",
    "set_off",
    "short_authors",
    "to_html",
    "version_and_dates",
]
