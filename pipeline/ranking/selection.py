"""Which works of a week are shown, and why each of the others is not."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, log
from typing import TYPE_CHECKING, Any

from pipeline.models import Article, Decision, DecisionKind
from pipeline.ranking.relevance import BORDER

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


_FULL = 3.0
"""Log odds of the relevance from which a work counts as fully on topic."""
EXPLORE = 5
"""Of so many places one is given without regard to what the channel's people liked."""
_CLAIMED = 0.45
"""Share of the significance in the worth of a work on topic."""


@dataclass(frozen=True, eq=False)
class Scored:
    """A work with what speaks for it: relevance and significance 0 to 1, its unit vector, reasons in words."""

    article: Article
    relevance: float
    significance: float
    vector: "NDArray[np.floating[Any]]" = field(repr=False)
    reasons: tuple[str, ...] = ()
    kept_out: str = ""
    """The phrase that the topic excludes and that the work is about."""
    taste: float = 0.0
    """What it gains, or loses, by what the channel's people liked."""
    liking: str = ""
    """Why, in words."""


@dataclass(frozen=True)
class Quotas:
    """How much of the places one origin or one theme may take while others have something on topic."""

    source: float = 0.6
    """Share of the places for one source, such as `arXiv cs.CR` or a blog."""
    theme: float = 0.4
    """Share of the places for works that lie near each other."""
    near: float = 0.55
    """Cosine from which two works are of one theme."""
    same: float = 0.8
    """Cosine from which the second of two works adds too little to be shown."""
    patience: float = 0.1
    """How much more a passed-over work may be worth than the one shown for the quotas' sake."""
    variety: float = 0.3
    """What full likeness to a shown work costs, in units of `worth`."""
    sure: float = 0.85
    """Relevance that a shown work needs while enough others have it."""
    margin: float = 0.12
    """How much less worth the best post (or paper) may have and still get the one place of its kind."""


def worth(relevance: float, significance: float) -> float:
    """The order of works, 0 to 1: below the border the relevance alone, above it relevance and significance.

    A work on topic is always worth more than one that is not. How much it is on topic counts by its log odds, since
    0.97 differs from 0.90 as much as 0.75 from 0.50; from 0.95 on it counts as full.
    """
    if relevance < BORDER:
        return round(relevance, 6)
    fit = min(1.0, log(relevance / max(1 - relevance, 1e-9)) / _FULL)
    mixed = (1 - _CLAIMED) * fit + _CLAIMED * significance
    return round(BORDER + (1 - BORDER) * (0.98 * mixed + 0.02 * relevance), 6)


def select(
    candidates: Sequence[Scored],
    *,
    top: int,
    mentions: int,
    quotas: Quotas | None = None,
    featured_before: Collection[str] = (),
    revisions: Collection[str] = (),
) -> list[Decision]:
    """One decision a candidate: `top` works first, in their order, then cited ones, then the rest by worth.

    Fewer are shown when fewer are on topic; none on a quiet week. The order of the candidates does not matter.
    Raises ValueError if an article comes twice.
    """
    ids = [c.article.id for c in candidates]
    if len(set(ids)) < len(ids):
        raise ValueError(f"the article {Counter(ids).most_common(1)[0][0]} is a candidate twice")
    ordered = sorted(candidates, key=_order)
    refused = {c.article.id: why for c in ordered if (why := _refusal(c, featured_before, revisions))}
    open_ = [c for c in ordered if c.article.id not in refused]
    choice = _Choice(open_, quotas or Quotas())
    first = choice.pick(top)
    second = choice.pick(mentions, last=True)
    rest = [c for c in open_ if c not in first and c not in second]
    decisions = [_shown(c, "top", choice) for c in first] + [_shown(c, "cited", choice) for c in second]
    decisions += [_decision(c, "considered", choice.why_not(c)) for c in rest]
    refusals = [_decision(c, "rejected", refused[c.article.id]) for c in ordered if c.article.id in refused]
    return decisions + refusals


def _order(candidate: Scored, taste: bool = True) -> tuple[float, str]:
    return -_worth(candidate, taste), candidate.article.id


def _worth(candidate: Scored, taste: bool = True) -> float:
    """What a work is worth to the channel, its people's liking included unless that is left aside."""
    plain = worth(candidate.relevance, candidate.significance)
    return round(plain + candidate.taste, 6) if taste and candidate.taste else plain


def _refusal(candidate: Scored, featured_before: Collection[str], revisions: Collection[str]) -> str:
    """Why a work cannot be shown at all; empty if it can."""
    if candidate.article.id in featured_before:
        return "featured in an earlier brief; a work is featured once"
    if candidate.kept_out:
        return f"kept out: it is about “{candidate.kept_out}”, which the topic excludes"
    if candidate.relevance < BORDER:
        return f"off topic: relevance {_below(candidate.relevance)}, below {BORDER:.2f}"
    if candidate.article.id in revisions:
        return "a revision of an older work, not new in these days"
    return ""


def _below(value: float) -> str:
    """Two decimals that never round up to the border."""
    return f"{min(value, BORDER - 0.01):.2f}"


def _decision(candidate: Scored, kind: DecisionKind, reason: str) -> Decision:
    return Decision(
        article_id=candidate.article.id,
        decision=kind,
        score=min(1.0, max(0.0, _worth(candidate))),
        reason=f"{reason}; {candidate.liking}" if candidate.liking else reason,
    )


def _shown(candidate: Scored, kind: DecisionKind, choice: "_Choice") -> Decision:
    said = "; it " + _listed(candidate.reasons[:2]) if candidate.reasons else ""
    place = f"on topic (relevance {candidate.relevance:.2f}), ranked {choice.place(candidate)}"
    return _decision(candidate, kind, place + choice.note(candidate) + said)


class _Choice:
    """The works on topic, in order, and which of them are shown so far."""

    def __init__(self, ordered: Sequence[Scored], quotas: Quotas) -> None:
        import numpy as np

        self._ordered = list(ordered)
        self._plain = sorted(ordered, key=lambda c: _order(c, taste=False))
        self._has_taste = any(c.taste for c in ordered)
        self._explored: set[str] = set()
        self._quotas = quotas
        self._rank = {c.article.id: i for i, c in enumerate(ordered)}
        self._rows: NDArray[np.float64] = np.array([c.vector for c in ordered], dtype=np.float64)
        self._likeness: dict[str, list[float]] = {}
        self._shown: list[Scored] = []
        self._held_for: set[str] = set()

    def pick(self, places: int, *, last: bool = False) -> list[Scored]:
        """The next works to show, best first: within the quotas while that is possible, then without.

        One place of five is given without regard to taste, so that a channel is shown what it has not liked yet.
        """
        picked: list[Scored] = []
        free = places // EXPLORE if self._has_taste else 0
        for end, taste in ((places - free, True), (places, False)):
            for strict in (True, False):
                while len(picked) < end and (found := self._best(picked, places, strict, taste)):
                    picked.append(found)
                    self._shown.append(found)
                    if not taste:
                        self._explored.add(found.article.id)
        self._hold_a_place(picked, places, last)
        return sorted(picked, key=_order)

    def _best(self, picked: Sequence[Scored], places: int, strict: bool, taste: bool) -> Scored | None:
        """The free work of most value; in order of worth, so that it can stop where no later one can win."""
        best: Scored | None = None
        least: float | None = None
        for candidate in self._ordered if taste else self._plain:
            own = _worth(candidate, taste)
            if (best and own < self._value(best, taste)) or (least is not None and own < least):
                break
            if candidate in self._shown or self._twin(candidate):
                continue
            if strict and least is None:
                least = own - self._quotas.patience
            if strict and self._crowded(candidate, picked, places):
                continue
            if best is None or self._value(candidate, taste) > self._value(best, taste):
                best = candidate
        return best

    def _value(self, candidate: Scored, taste: bool) -> float:
        likeness = max((self._alike(candidate, s) for s in self._shown), default=0.0)
        return round(_worth(candidate, taste) - self._quotas.variety * max(0.0, likeness), 6)

    def _alike(self, candidate: Scored, shown: Scored) -> float:
        """The cosine of a work and a shown one; the column of a shown work is computed once."""
        column = self._likeness.get(shown.article.id)
        if column is None:
            column = (self._rows @ self._rows[self._rank[shown.article.id]]).round(6).tolist()
            self._likeness[shown.article.id] = column
        return column[self._rank[candidate.article.id]]

    def _twin(self, candidate: Scored) -> Scored | None:
        """The shown work that says the same."""
        same = (
            s for s in self._shown if self._alike(candidate, s) >= self._quotas.same and s is not candidate
        )
        return next(same, None)

    def _crowded(self, candidate: Scored, picked: Iterable[Scored], places: int) -> bool:
        if candidate.relevance < self._quotas.sure:
            return True
        sources = sum(p.article.source == candidate.article.source for p in picked)
        theme = sum(self._alike(candidate, p) >= self._quotas.near for p in picked)
        return sources >= ceil(self._quotas.source * places) or theme >= ceil(self._quotas.theme * places)

    def _hold_a_place(self, picked: list[Scored], places: int, last_chance: bool) -> None:
        """The last place goes to the best work of a kind that has none, if it is worth nearly as much.

        A kind that would not be shown at all gets its one place however much less it is worth: it is on topic.
        """
        kinds = {p.article.kind for p in picked}
        if places < 3 or len(picked) < places or len(kinds) != 1:
            return
        last = max(picked, key=_order)
        others = (c for c in self._ordered if c.article.kind not in kinds and c not in self._shown)
        other = next((c for c in others if not self._twin(c)), None)
        if other is None:
            return
        unseen = all(s.article.kind != other.article.kind for s in self._shown)
        near = _order(other)[0] <= _order(last)[0] + self._quotas.margin
        if near or (last_chance and unseen):
            picked[picked.index(last)] = other
            self._shown[self._shown.index(last)] = other
            self._held_for.add(other.article.id)

    def place(self, candidate: Scored) -> str:
        """For example `3rd of 85`."""
        return f"{_ordinal(self._rank[candidate.article.id] + 1)} of {len(self._ordered)}"

    def note(self, candidate: Scored) -> str:
        """What else helped a shown work."""
        if candidate.article.id in self._held_for:
            return f"; it has the place held for {candidate.article.kind}s"
        explored = candidate.article.id in self._explored
        return "; it has a place that what the channel liked does not decide" if explored else ""

    def why_not(self, candidate: Scored) -> str:
        """Why a work on topic is not shown."""
        twin = self._twin(candidate)
        if twin:
            stronger = twin.significance > candidate.significance
            says = "which says it with stronger evidence" if stronger else "which is shown in its place"
            return f"on topic, but close to “{twin.article.title}”, {says}"
        passed_over = any(self._rank[s.article.id] > self._rank[candidate.article.id] for s in self._shown)
        if passed_over and (near := self._nearest(candidate)):
            return (
                f"on topic, ranked {self.place(candidate)}, but gave way to variety: "
                f"“{near.article.title}” of the same theme or source is shown"
            )
        return f"on topic, ranked {self.place(candidate)}; {len(self._shown)} {_are(len(self._shown))} shown"

    def _nearest(self, candidate: Scored) -> Scored | None:
        ranked = sorted(self._shown, key=lambda s: (-self._alike(candidate, s), s.article.id))
        related = [
            s
            for s in ranked
            if self._alike(candidate, s) >= self._quotas.near or s.article.source == candidate.article.source
        ]
        return next(iter(related), None)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _ordinal(n: int) -> str:
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(parts)
