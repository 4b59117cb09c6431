"""Full text of what is cited: fetched politely (`reading`), read in a process of its own, stored, cut into passages.

`reading` is not imported here: the process that reads one document needs neither database nor network.
"""

from pipeline.fulltext.confined import Confinement, extract
from pipeline.fulltext.document import Document, NotReadable

__all__ = ["Confinement", "Document", "NotReadable", "extract"]
