"""Bytes of a feed -> entries. The one home of feedparser."""

from pipeline.parse.entries import MAX_FIELD
from pipeline.parse.feeds import MAX_ENTRIES, ParsedFeed, parse_feed

__all__ = ["MAX_ENTRIES", "MAX_FIELD", "ParsedFeed", "parse_feed"]
