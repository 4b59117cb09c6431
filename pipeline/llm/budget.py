"""Limits of tokens and money: of a brief or an answer, of a day, and of a channel's day. Asked before each attempt."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.llm.problems import ModelBudgetSpent


class Spent(NamedTuple):
    """Tokens in and out together, and dollars."""

    tokens: int = 0
    usd: float = 0.0

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(self.tokens + other.tokens, self.usd + other.usd)

    def minus(self, other: "Spent") -> "Spent":
        """What is left of this without the other."""
        return Spent(self.tokens - other.tokens, self.usd - other.usd)


@dataclass(frozen=True)
class Cap:
    """The most that may be spent; None: no limit."""

    tokens: int | None = None
    usd: float | None = None

    def passed_by(self, spent: Spent) -> str | None:
        """The limit that so much would pass, in words."""
        if self.tokens is not None and spent.tokens > self.tokens:
            return f"{self.tokens:,} tokens"
        if self.usd is not None and spent.usd > self.usd + 1e-9:
            return f"${self.usd:,.2f}" if self.usd >= 0.01 else f"${self.usd:g}"
        return None


class Purse:
    """One limit, with what was spent under it and what calls on their way may still spend; safe for threads."""

    def __init__(self, cap: Cap, of: str, stored: Callable[[], Spent] | None = None) -> None:
        """`stored` tells what was spent so far; without it the purse counts by itself."""
        self.cap = cap
        self._of = of
        self._stored = stored
        self._spent = Spent()
        self._reserved = Spent()
        self._lock = threading.Lock()

    def reserve(self, most: Spent) -> None:
        """Sets aside the most that an attempt may cost; ModelBudgetSpent if the limit could be passed."""
        with self._lock:
            spent = self._stored() if self._stored else self._spent
            if limit := self.cap.passed_by(spent.plus(self._reserved).plus(most)):
                raise ModelBudgetSpent(f"the limit of {limit} for {self._of} does not allow another call")
            self._reserved = self._reserved.plus(most)

    def settle(self, reserved: Spent, cost: Spent) -> None:
        """Puts what an attempt did cost in the place of what was set aside for it."""
        with self._lock:
            self._reserved = self._reserved.minus(reserved)
            self._spent = self._spent.plus(cost)


class Budget:
    """The purses from which one brief or answer is paid."""

    def __init__(self, purses: Sequence[Purse]) -> None:
        self._purses = [purse for purse in purses if purse.cap != Cap()]

    @property
    def counts_money(self) -> bool:
        """Whether one of the limits is in dollars, so that prices must be known."""
        return any(purse.cap.usd is not None for purse in self._purses)

    def reserve(self, most: Spent) -> None:
        """Sets the amount aside in every purse, or in none and raises ModelBudgetSpent."""
        done: list[Purse] = []
        try:
            for purse in self._purses:
                purse.reserve(most)
                done.append(purse)
        except ModelBudgetSpent:
            for purse in done:
                purse.settle(most, Spent())
            raise

    def settle(self, reserved: Spent, cost: Spent) -> None:
        """Puts the cost in the place of what was set aside, in every purse."""
        for purse in self._purses:
            purse.settle(reserved, cost)
