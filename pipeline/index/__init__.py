"""Finding passages by meaning and by words. The one home of Chroma."""

from pipeline.index.generation import Claim
from pipeline.index.passages import passages_of, passages_of_full_text
from pipeline.index.search import SearchIndex, fuse, stored_state
from pipeline.index.shared import SharedIndex

__all__ = [
    "Claim",
    "SearchIndex",
    "SharedIndex",
    "fuse",
    "passages_of",
    "passages_of_full_text",
    "stored_state",
]
