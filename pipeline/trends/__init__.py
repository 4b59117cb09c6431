"""What a week's works have in common, and what grows or shrinks against the stored weeks."""

from pipeline.trends.changes import Movement, Series, movements
from pipeline.trends.counting import carriers, key_of, key_of_name
from pipeline.trends.naming import carries
from pipeline.trends.themes import Theme, themes

__all__ = [
    "Movement",
    "Series",
    "Theme",
    "carriers",
    "carries",
    "key_of",
    "key_of_name",
    "movements",
    "themes",
]
