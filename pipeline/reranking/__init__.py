"""The order of works by a reranker: a cross-encoder on this machine, or a server that one runs or pays for.

A reranker reads question and text together, which finds more than comparing their vectors, and may fail or be slow:
then the caller's own order stands, and the reranker is left alone for a minute.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol

from pipeline.errors import RerankerError
from pipeline.models import Article

__all__ = ["CHARACTERS", "Reranker", "Reranking", "trial"]

log = logging.getLogger(__name__)

CHARACTERS = 1_500
"""Of a work's text that a reranker reads: most abstracts whole, and within the 512 tokens that many models take."""
TRIED = ("Storing apples over the winter in a cool cellar", "Tides are raised by the moon and the sun")
REST = 60.0
"""Seconds for which a reranker that failed is not asked again."""


class Reranker(Protocol):
    """Says how well works answer a question."""

    @property
    def name(self) -> str:
        """What log lines and checks call it."""

    def scores(self, question: str, works: Sequence[Article], channel: str = "") -> list[float]:
        """A number for each work, higher is better; RerankerError where there are none, or not in time."""


class Reranking:
    """A reranker that is not asked for a while after it failed; threads may share it."""

    def __init__(self, reranker: Reranker, clock: Callable[[], float] = monotonic) -> None:
        self.reranker = reranker
        self.asked = self.failed = 0
        self._clock = clock
        self._rests_until = float("-inf")
        self._lock = threading.Lock()

    def scores(self, question: str, works: Sequence[Article], channel: str = "") -> list[float] | None:
        """A number from 0 to 1 for each work, higher is better; none where the caller's own order has to do."""
        if len(works) < 2 or self._clock() < self._rests_until:
            return None
        try:
            found = self.reranker.scores(question, works, channel)
        except RerankerError as error:
            log.warning(
                "the reranker %s fails, works keep their own order: %s",
                self.reranker.name,
                error.user_message,
            )
            self._count(failed=True)
            return None
        self._count(failed=False)
        return scaled(found)

    def _count(self, *, failed: bool) -> None:
        with self._lock:
            self.asked += 1
            self.failed += failed
            if failed:
                self._rests_until = self._clock() + REST


def trial(reranker: Reranker) -> str:
    """How long it takes over two texts of our own, in words; RerankerError if it fails, or prefers the wrong one."""
    started = monotonic()
    apples, tides = reranker.scores("How are apples stored over the winter?", [_work(text) for text in TRIED])
    if apples <= tides:
        raise RerankerError("it puts a text on tides before one on apples for a question about apples")
    return f"two texts in {monotonic() - started:.2f} s"


def _work(text: str) -> Article:
    return Article(
        id="trial", kind="post", title=text, source="trial", first_seen=datetime(2000, 1, 1, tzinfo=UTC)
    )


def scaled(scores: Sequence[float]) -> list[float]:
    """The scores from 0 for the lowest to 1 for the highest: some rerankers give logits, others shares."""
    low, high = min(scores), max(scores)
    return [(score - low) / (high - low) if high > low else 0.0 for score in scores]
