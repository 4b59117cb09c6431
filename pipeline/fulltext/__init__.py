"""Full text of what is cited: fetched politely, read in a process of its own, stored, cut into passages."""

from pipeline.fulltext.confined import Confinement, extract
from pipeline.fulltext.document import Document, NotReadable
from pipeline.fulltext.reading import ARXIV, FullTextReader, places

__all__ = ["ARXIV", "Confinement", "Document", "FullTextReader", "NotReadable", "extract", "places"]
