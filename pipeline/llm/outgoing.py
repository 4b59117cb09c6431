"""What may leave for a model, and the ledger of what did: hashes and names, never a text."""

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from pipeline.llm.problems import PolicyError

Policy = Literal["full", "abstracts", "derived"]
Kind = Literal["own", "question", "derived", "title", "abstract", "fulltext"]
"""Of a text that leaves: our words and counts, a person's question, what a model wrote, or a source's field."""

ALLOWED: Mapping[Policy, frozenset[Kind]] = {
    "full": frozenset({"own", "question", "derived", "title", "abstract", "fulltext"}),
    "abstracts": frozenset({"own", "question", "derived", "title", "abstract"}),
    "derived": frozenset({"own", "question", "derived"}),
}
RUN = 8
"""So many words in a row, the same as in a text that may not leave, are a leak."""

_WORD = re.compile(r"\w+")


class Piece(NamedTuple):
    """A text on its way out: what it is, and the id of the article it belongs to."""

    text: str
    kind: Kind = "own"
    source: str = ""


class Sent(NamedTuple):
    """A line of the ledger: what went where, without the text."""

    model: str
    prompt: str
    variable: str
    kind: Kind
    source: str
    sha256: str
    characters: int


class Boundary:
    """What may go to one model under its policy; every text for it passes `released`."""

    def __init__(self, model: str, policy: Policy) -> None:
        self.policy: Policy = policy
        self.ledger: list[Sent] = []
        self._model = model
        self._lock = threading.Lock()
        self._withheld: frozenset[int] = frozenset()

    def withhold(self, pieces: Iterable[Piece]) -> None:
        """From now on a text that repeats eight words in a row of a piece that may not leave is refused."""
        secret = [piece for piece in pieces if piece.kind not in ALLOWED[self.policy]]
        self._withheld |= {run for piece in secret for run in _runs(piece.text)}

    def leaks(self, text: str) -> bool:
        """Whether a text repeats what is withheld."""
        return bool(self._withheld) and not self._withheld.isdisjoint(_runs(text))

    def released(
        self, prompt: str, values: Mapping[str, Sequence[Piece]]
    ) -> tuple[dict[str, str], tuple[Sent, ...]]:
        """The values as text, and their lines for the ledger; PolicyError if a piece may not leave."""
        texts = {name: "".join(piece.text for piece in pieces) for name, pieces in values.items()}
        for name, pieces in values.items():
            for piece in pieces:
                self._check(piece)
            if self.leaks(texts[name]):
                raise self._refused("a text that repeats a source's words")
        lines = tuple(
            Sent(self._model, prompt, name, p.kind, p.source, _digest(p.text), len(p.text))
            for name, pieces in values.items()
            for p in pieces
        )
        return texts, lines

    def enter(self, lines: Iterable[Sent]) -> None:
        """Enters in the ledger what is sent now."""
        with self._lock:
            self.ledger += lines

    def _check(self, piece: Piece) -> None:
        if piece.kind not in ALLOWED[self.policy]:
            raise self._refused(f"a text of the kind {piece.kind!r}")

    def _refused(self, what: str) -> PolicyError:
        return PolicyError(f"{what} may not be sent to {self._model} (policy {self.policy!r})")


def _runs(text: str) -> Iterable[int]:
    words = _WORD.findall(text.lower())
    return {hash(tuple(words[n : n + RUN])) for n in range(len(words) - RUN + 1)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
