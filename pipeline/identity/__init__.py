"""Which entries are the same work, and the article that they make. Pure."""

from pipeline.identity.grouping import group, same_work
from pipeline.identity.keys import article_id, key_of, keys, title_key
from pipeline.identity.merging import merge

__all__ = ["article_id", "group", "key_of", "keys", "merge", "same_work", "title_key"]
