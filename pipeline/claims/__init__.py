"""Claims: the spans on which they rest, and whether their sources say what they say."""

from pipeline.claims.anchors import anchor, checked, holds, supported
from pipeline.claims.faults import Fault, faults
from pipeline.claims.quoting import quoted
from pipeline.claims.reading import Source
from pipeline.claims.verify import BALANCED, STRICT, Verdict, verify, verify_line

__all__ = [
    "BALANCED",
    "STRICT",
    "Fault",
    "Source",
    "Verdict",
    "anchor",
    "checked",
    "faults",
    "holds",
    "quoted",
    "supported",
    "verify",
    "verify_line",
]
