"""The truth in SQL: feeds, entries, articles, passages and briefs."""

from pipeline.store.research import SCHEMA, STOP_WORDS, FeedState, Store, fts_expression, open_engine

__all__ = ["SCHEMA", "STOP_WORDS", "FeedState", "Store", "fts_expression", "open_engine"]
