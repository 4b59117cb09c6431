"""What a channel's reactions say of other works: what is named alike is worth a little more, or less. Pure.

Counts alone decide: of the works that people judged, how many that speak of a thing were liked, and how many were not.
The effect is bounded, grows ever more slowly, and is told in words; works that nobody judged change nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.models import Article
from pipeline.terms import rarity, stem
from pipeline.trends.naming import Phrase, phrases_of

BOUND = 0.12
"""The effect on what a work is worth, 0 to 1, stays below this, whatever people like."""
HALF = 5
"""Works liked more than not at which half the bound is reached."""
TELLING = 0.5
"""Rarity that one word of a phrase must have: `language model` says nothing of a taste."""
SHARED = 2
"""Judged works that a thing must be common to: one work alone teaches nothing of others."""
GENERAL = 0.6
"""Share of the judged works, where there are many, from which a phrase is not a taste but the topic."""
MANY = 10


@dataclass(frozen=True)
class Learned:
    """A thing that judged works speak of, with how many of them were liked and how many were not."""

    name: str
    liked: int
    disliked: int

    @property
    def effect(self) -> float:
        """What a work that speaks of it gains, or loses."""
        net = self.liked - self.disliked
        return round(BOUND * net / (abs(net) + HALF), 4)

    @property
    def sentence(self) -> str:
        """For example `liked 5 works on prompt injection: +0.06`."""
        parts = [f"liked {_works(self.liked)}"] if self.liked else []
        parts += [f"did not like {_works(self.disliked)}"] if self.disliked else []
        return f"{' and '.join(parts)} on {self.name}: {self.effect:+.2f}"


@dataclass(frozen=True)
class Taste:
    """All that was learned of a channel; empty where nobody judged anything."""

    terms: Mapping[Phrase, Learned] = field(default_factory=dict)

    def of(self, article: Article) -> tuple[float, str]:
        """What a work gains or loses, and why in words: the strongest liking, the strongest dislike."""
        carried = [self.terms[p] for p in phrases_of(article.title, article.abstract) if p in self.terms]
        best = _strongest([t for t in carried if t.effect > 0])
        worst = _strongest([t for t in carried if t.effect < 0])
        found = [one for one in (best, worst) if one]
        total = round(sum(one.effect for one in found), 4)
        return total, "; ".join(f"this channel {one.sentence}" for one in found)

    def strongest(self, most: int) -> list[Learned]:
        """What counts most, one for each group of works; the strongest first."""
        named = {(t.liked, t.disliked, _key(t.name)): t for t in self.terms.values() if t.effect}
        found = sorted(named.values(), key=lambda t: (-abs(t.effect), _order(t)))
        return found[:most]


def taste_of(judged: Sequence[tuple[Article, int]]) -> Taste:
    """What these works teach; 1 stands for liked, -1 for not."""
    carriers: defaultdict[Phrase, dict[str, int]] = defaultdict(dict)
    named: dict[Phrase, str] = {}
    for article, sign in judged:
        for phrase, carried in phrases_of(article.title, article.abstract).items():
            if not _tells(phrase):
                continue
            carriers[phrase][article.id] = sign
            if carried.weight == 1.0 and carried.ends:
                named.setdefault(phrase, _plain(carried.written))
    few = len(judged) < MANY
    groups: dict[frozenset[tuple[str, int]], Phrase] = {}
    shared = [phrase for phrase in named if len(carriers[phrase]) >= SHARED]
    for phrase in sorted(shared, key=lambda p: (abs(len(p) - 2), p)):
        if few or len(carriers[phrase]) < GENERAL * len(judged):
            groups.setdefault(frozenset(carriers[phrase].items()), phrase)
    return Taste({phrase: _learned(named[phrase], carriers[phrase]) for phrase in groups.values()})


def _learned(name: str, signs: Mapping[str, int]) -> Learned:
    liked = sum(sign > 0 for sign in signs.values())
    return Learned(name, liked, len(signs) - liked)


def _plain(name: str) -> str:
    """The name without the capitals of a title; acronyms and names of one word keep theirs."""
    words = name.split(" ")
    if len(words) == 1:
        return name
    return " ".join(word.lower() if word[1:].islower() else word for word in words)


def _tells(phrase: Phrase) -> bool:
    return max(rarity(stem(word)) for word in phrase) >= TELLING


def _strongest(terms: Sequence[Learned]) -> Learned | None:
    return min(terms, key=lambda t: (-abs(t.effect), _order(t)), default=None)


def _order(term: Learned) -> tuple[int, str]:
    return -len(term.name.split()), term.name


def _key(name: str) -> str:
    return name.casefold()


def _works(count: int) -> str:
    return "1 work" if count == 1 else f"{count} works"
