"""Relevance, significance, diversity and quotas -> a decision and its reason for each work."""

from pipeline.ranking.exclusion import kept_out
from pipeline.ranking.relevance import BORDER, relevance
from pipeline.ranking.selection import Quotas, Scored, select, worth
from pipeline.ranking.significance import significance
from pipeline.ranking.topic import Topic, parse_topic

__all__ = [
    "BORDER",
    "Quotas",
    "Scored",
    "Topic",
    "kept_out",
    "parse_topic",
    "relevance",
    "select",
    "significance",
    "worth",
]
