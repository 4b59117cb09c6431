"""What a week's works have in common, and what grows or shrinks against the stored weeks."""

from pipeline.trends.naming import carries
from pipeline.trends.themes import PastWeek, Theme, WeekCount, belonging, history, movement, themes

__all__ = ["PastWeek", "Theme", "WeekCount", "belonging", "carries", "history", "movement", "themes"]
