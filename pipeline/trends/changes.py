"""What grows, fades or is new, by a stated test on stored counts. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, lgamma, log, log1p
from typing import Literal

MovementKind = Literal["new", "growing", "fading", "steady"]

LEVEL = 0.05


@dataclass(frozen=True)
class Series:
    """How many works a theme has this week and had in each stored week, each with the week's works on topic."""

    now: int
    now_total: int
    past: tuple[int, ...]
    past_totals: tuple[int, ...]
    large_before: bool = False
    """Whether it was chosen because it was large in the stored weeks; then it can fade, else it can grow."""

    def __post_init__(self) -> None:
        if len(self.past) != len(self.past_totals):
            raise ValueError(f"{len(self.past)} past counts came with {len(self.past_totals)} totals")
        counts = zip((self.now, *self.past), (self.now_total, *self.past_totals), strict=True)
        if any(c < 0 or c > t for c, t in counts):
            raise ValueError("a count is below zero or above its week's total")


@dataclass(frozen=True)
class Movement:
    """How a theme's share of the works changed against the stored weeks."""

    kind: MovementKind
    p: float
    now: int
    before: int
    scale: float
    """Works on topic of the stored weeks for each of this week's."""

    @property
    def ratio(self) -> float | None:
        """This week's share divided by that of the stored weeks; none where no earlier work was found."""
        return round(self.now / self.before * self.scale, 4) if self.before else None

    @cached_property
    def interval(self) -> tuple[float, float | None]:
        """The 90 % interval of the ratio, the one that belongs to the test; None for one without an upper end."""
        low, high = _interval(self.now, self.now + self.before)
        return (
            round(low / (1 - low) * self.scale, 4) if low < 1 else 0.0,
            round(high / (1 - high) * self.scale, 4) if high < 1 else None,
        )


def movements(series: Sequence[Series]) -> list[Movement | None]:
    """Whether each theme's share of the works changed against the stored weeks; None where nothing can be compared.

    The test is the conditional one of two Poisson rates (Przyborowski and Wilenski, Biometrika 31, 1940): given all
    works of the theme, this week's are binomial with this week's share of all works. Its tail counts half of the
    observed case (mid-p: Lancaster, JASA 56, 1961) on the side on which the theme was looked for, and the interval
    belongs to it. Themes tested together share the level by the rule of Benjamini and Hochberg (J. R. Stat. Soc. B
    57, 1995), without those that are too small for any outcome to pass (Gilbert, Appl. Stat. 54, 2005). Weeks differ
    by more than chance, so a change is named only if this week also lies outside all the stored ones.
    """
    found = [_tested(one) for one in series]
    level = _shared_level([t for t in found if t is not None])
    return [_movement(one, t, level) if t else None for one, t in zip(series, found, strict=True)]


@dataclass(frozen=True)
class _Tested:
    p: float
    least: float
    """The smallest p that this number of works could have given."""
    share: float
    """This week's share of all works."""


def _tested(one: Series) -> _Tested | None:
    both = one.now + sum(one.past)
    if not one.now_total or not sum(one.past_totals) or not both:
        return None
    share = one.now_total / (one.now_total + sum(one.past_totals))
    if one.large_before:
        return _Tested(_low_tail(one.now, both, share), _low_tail(0, both, share), share)
    return _Tested(_high_tail(one.now, both, share), _high_tail(both, both, share), share)


def _shared_level(tested: Sequence[_Tested]) -> float:
    """The largest p that passes when all are tested together; 0 if none does."""
    for together in range(1, len(tested) + 1):
        large = [t.p for t in tested if t.least <= LEVEL / together]
        if len(large) <= together:
            break
    else:
        return 0.0
    passed = [p for rank, p in enumerate(sorted(large), 1) if p <= LEVEL * rank / len(large)]
    return max(passed, default=0.0)


def _movement(one: Series, tested: _Tested, level: float) -> Movement:
    scale = sum(one.past_totals) / one.now_total
    kind = _kind(one, passed=tested.p <= level)
    return Movement(kind, round(tested.p, 6), one.now, sum(one.past), scale)


def _kind(one: Series, *, passed: bool) -> MovementKind:
    rates = [c / t for c, t in zip(one.past, one.past_totals, strict=True) if t]
    rate = one.now / one.now_total
    if passed and one.large_before and rate < min(rates):
        return "fading"
    if passed and not one.large_before and rate > max(rates):
        return "growing" if any(one.past) else "new"
    return "steady"


def _mass(k: int, n: int, p: float) -> float:
    """The binomial probability of k of n."""
    if p <= 0 or p >= 1:
        return float(k == (0 if p <= 0 else n))
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))


def _high_tail(k: int, n: int, p: float) -> float:
    """The mid-p of at least k of n."""
    return min(1.0, sum(_mass(i, n, p) for i in range(k + 1, n + 1)) + _mass(k, n, p) / 2)


def _low_tail(k: int, n: int, p: float) -> float:
    """The mid-p of at most k of n."""
    return min(1.0, sum(_mass(i, n, p) for i in range(k)) + _mass(k, n, p) / 2)


def _interval(k: int, n: int) -> tuple[float, float]:
    """The 90 % interval of a binomial share whose ends are where the tails pass the level."""
    low = _solve(lambda p: _high_tail(k, n, p) > LEVEL) if k else 0.0
    high = _solve(lambda p: _low_tail(k, n, p) < LEVEL) if k < n else 1.0
    return low, high


def _solve(passed: Callable[[float], bool]) -> float:
    """Where a condition that rises with p begins to hold, by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if passed(middle) else (middle, high)
    return (low + high) / 2
