"""Finding passages by meaning and by words. The one home of Chroma."""

from pipeline.index.passages import passages_of
from pipeline.index.search import SearchIndex, fuse, stored_state

__all__ = ["SearchIndex", "fuse", "passages_of", "stored_state"]
