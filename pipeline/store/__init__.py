"""The truth in SQL: feeds, entries, articles, passages and briefs."""

from pipeline.store.engines import insert_if_missing, insert_missing, one_of, open_engine, put, wipe
from pipeline.store.feed_states import ITEM_BYTES, FeedDay, FeedState
from pipeline.store.folding import forget_full_texts
from pipeline.store.full_texts import Attempt, FullTexts
from pipeline.store.passages import STOP_WORDS, Passages, fts_expression
from pipeline.store.research import SCHEMA, Store

__all__ = [
    "ITEM_BYTES",
    "SCHEMA",
    "STOP_WORDS",
    "Attempt",
    "FeedDay",
    "FeedState",
    "FullTexts",
    "Passages",
    "Store",
    "forget_full_texts",
    "fts_expression",
    "insert_if_missing",
    "insert_missing",
    "one_of",
    "open_engine",
    "put",
    "wipe",
]
