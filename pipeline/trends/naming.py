"""Names for groups of works: phrases that stand in their titles and abstracts, as their authors write them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import exp, log
from typing import NamedTuple

from pipeline.terms import STOP, rarity, singular, stem, stems, words

Phrase = tuple[str, ...]
"""The key of a phrase: its words in lower case, singular; of a single word its stem, so that `jailbreaks` and
`jailbreaking` are counted as one."""

_SHORT_FORM = re.compile(r"\s?\([A-Z][\w-]{1,11}\)")
"""An acronym in parentheses parts no words: `vision-language-action (VLA) models`."""
_READ = 3000
"""Characters of a text that are read."""
_RUN = 5
"""Words in a row of a title that no two works have by chance."""
_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_HYPHENS = frozenset("-‐‑–")
_BINDING = frozenset(("of", "in", "for"))
_NOT_NOUNS = ("ly", "al", "ary", "ive", "ous", "ic", "ed", "able", "ible", "ful", "less", "ient", "ish")
_STANDS_ALONE = 0.4
"""Share of the carriers in which a phrase must stand with no further noun behind it."""
_MEANT = 0.6
"""Share of the carriers of a phrase that must carry a longer one for that to be the name."""
_OFTEN = 0.6
"""How often a plural must be written, as a share of the commonest form."""
_DOING = 0.25
"""How often a form in -ing must be written to be the name, as a share of the commonest form."""
_MANY_MORE, _TOO_WIDE = 1.5, 0.25
"""How many more works must carry a wider name, and the share of all works from which it tells nothing."""
_JOINS = re.compile(r"\s*[-‐‑–/]?\s*")
_EDGE = frozenset(
    "large small high low big fast slow good better best effective efficient robust general generalizable generic "
    "simple comprehensive systematic extensive unified multiple various diverse different many several current "
    "recent existing real full first second third early late potential possible key main major critical important "
    "practical open further modern emerging advanced automatic automated end world wide scale aware driven guided "
    "enhanced improved augmented enabled oriented specific free less level like agnostic adaptive dynamic static "
    "learning-based approach method technique framework system study analysis survey review paper work article "
    "result finding experiment evaluation assessment investigation exploration introduction overview perspective "
    "towards toward beyond improving enhancing understanding leveraging exploring evaluating investigating "
    "measuring making building developing designing enabling achieving mitigating introducing rethinking revisiting "
    "learning training using application applied apply task problem challenge issue performance accuracy quality "
    "ability capability capacity art state setting scenario case example user people human time step set number "
    "type form way part need use role impact effect value risk rate success score gap limitation insight approach "
    "show shows demonstrate propose proposes present presents introduce introduces achieve achieves provide "
    "provides enable enables improve improves reveal reveals find finds suggest suggests highlight highlights "
    "address addresses require requires remain remains become becomes make makes lead leads offer offers support "
    "supports contrast addition order terms response lack access study studies well often significantly "
    "implement implements "
    "across same last exact only sparse robust secure safe deep input output information data code "
    "github com http https www available public released "
    "embodied private trustworthy black white zero shot "
    "non pre post multi sub inter intra self re cross co anti vs".split()
)
"""Words that say too little at the edge of a name; alone they never are one."""
_LAST = frozenset(
    "learning training evaluation analysis assessment task system framework detection design set risk value data "
    "code output input".split()
)
"""Of these, what may still end a name of two or more words."""
_ALONE_AT_LEAST = 0.7
"""Rarity from which a single word can be a name."""


class Carried(NamedTuple):
    """How a text carries a phrase."""

    written: str
    weight: float
    """1 in the title, 0.3 in the abstract."""
    ends: bool
    """Whether the phrase stands alone somewhere, with no further noun behind it."""


def phrases_of(title: str, abstract: str) -> dict[Phrase, Carried]:
    """Phrases of one to four words that could name a group, as the text carries them."""
    found: dict[Phrase, Carried] = {}
    for text, weight in ((title, 1.0), (abstract[:_READ], 0.3)):
        for phrase, written, ends in _ngrams(_SHORT_FORM.sub("", text)):
            before = found.get(phrase)
            if before is None:
                found[phrase] = Carried(written, weight, ends)
            elif ends and not before.ends:
                found[phrase] = before._replace(ends=True)
    return found


def carries(phrase: Phrase, text: str) -> bool:
    """Whether the text holds the phrase, in singular or plural."""
    lowered = text[:_READ].lower()
    n = len(phrase)
    if not phrase or any((word[:-1] if n > 1 else word[:4]) not in lowered for word in phrase):
        return False
    if n > 1:
        lowered = _SHORT_FORM.sub("", text[:_READ]).lower()
    reduced = singular if n > 1 else stem
    keys = [reduced(m.group()) for m in _WORD.finditer(lowered)]
    return any(keys[i] == phrase[0] and tuple(keys[i : i + n]) == phrase for i in range(len(keys) - n + 1))


def speaks_of(phrase: Phrase, text: str) -> bool:
    """Whether all words of the phrase stand somewhere in the text, in any form: `attacks that jailbreak`."""
    lowered = text[:_READ].lower()
    telling = [word for word in phrase if word not in STOP]
    if not telling or any(stem(word)[:4] not in lowered for word in telling):
        return False
    return {stem(word) for word in telling} <= set(stems(lowered))


def _ngrams(text: str) -> Iterator[tuple[Phrase, str, bool]]:
    """Neighbouring words that only blanks and hyphens part, fit to stand as a name."""
    spans = [m.span() for m in _WORD.finditer(text)]
    keys = [singular(text[a:b].lower()) for a, b in spans]
    joined = [bool(_JOINS.fullmatch(text[a:b])) for (_, a), (b, _) in pairwise(spans)] + [False]
    parted = [not (joined[i] and keys[i + 1] not in STOP) for i in range(len(spans))]
    for i, first in enumerate(keys):
        if first in STOP or first in _EDGE:
            continue
        for j in range(i, min(i + 4, len(spans))):
            phrase = tuple(keys[i : j + 1])
            start, end = spans[i][0], spans[j][1]
            if (
                _fit(phrase)
                and text[start - 1 : start] not in _HYPHENS
                and text[end : end + 1] not in _HYPHENS
            ):
                yield key_for(phrase), text[start:end], parted[j] or (i == j and first.endswith("ing"))
            if not joined[j]:
                break


def _wider(
    phrase: Phrase, inside: Sequence[dict[Phrase, Carried]], outside: Sequence[dict[Phrase, Carried]]
) -> Phrase:
    """The noun that a phrase begins with, where many more works carry it: `jailbreaks` for `jailbreak attacks`."""
    if len(phrase) == 1 or not _fit(phrase[:1]) or rarity(stem(phrase[-1])) >= _ALONE_AT_LEAST:
        return phrase
    noun = key_for(phrase[:1])
    works = [*inside, *outside]
    count = sum(noun in work for work in works)
    fits = _MANY_MORE * sum(phrase in work for work in works) <= count <= _TOO_WIDE * len(works)
    titled = sum(noun in work and work[noun].weight == 1 for work in works)
    return noun if fits and titled > 1 and any(noun in work for work in inside) else phrase


def key_for(listed: Sequence[str]) -> Phrase:
    """The key of a phrase given by its words in singular."""
    return (stem(listed[0]),) if len(listed) == 1 else tuple(listed)


def _fit(phrase: Phrase) -> bool:
    """Whether a phrase could be a name."""
    last = phrase[-1]
    if (
        last in STOP
        or last.isdigit()
        or len(last) < 2
        or (last in _EDGE and (len(phrase) == 1 or last not in _LAST))
    ):
        return False
    if len(phrase) == 1:
        return len(last) > 3 and rarity(stem(last)) >= _ALONE_AT_LEAST and not last.endswith(_NOT_NOUNS)
    inner = phrase[:-1]
    return len(set(phrase)) == len(phrase) and not any(
        w.isdigit() or (w in STOP and w not in _BINDING) for w in inner
    )


def name_of(
    inside: Sequence[dict[Phrase, Carried]],
    outside: Sequence[dict[Phrase, Carried]],
    *,
    least: int,
    taken: Iterable[str] = (),
) -> tuple[Phrase, str] | None:
    """The phrase that most of the group and few others carry, and how it is written; None if none fits.

    `least` works of the group must carry it. Names in `taken` are not given again.
    """
    carriers = Counter(phrase for work in inside for phrase in work)
    merits = {
        phrase: _merit(phrase, inside, sum(phrase in work for work in outside), len(outside))
        for phrase, n in carriers.items()
        if n >= least
    }
    for phrase in sorted(merits, key=lambda p: (-merits[p], p)):
        full = _fuller(phrase, carriers, merits)
        if merits[full] <= 0:
            continue
        full = _wider(full, inside, outside)
        written = _written(full, inside)
        if written not in taken:
            return full, written
    return None


def _fuller(phrase: Phrase, carriers: Counter[Phrase], merits: dict[Phrase, float]) -> Phrase:
    """The longer phrase that most carriers of a phrase mean by it: `tool calls` for `calls`."""
    longer = [
        p
        for p, merit in merits.items()
        if len(p) > len(phrase)
        and merit > 0
        and carriers[p] >= _MEANT * carriers[phrase]
        and _inside(phrase, p)
    ]
    return min(longer, key=lambda p: (-carriers[p], not _ends_with(p, phrase), len(p), p), default=phrase)


def _ends_with(long: Phrase, short: Phrase) -> bool:
    """Whether the longer phrase is a kind of the shorter one: `prompt injection` of `injection`."""
    return key_for(long[-len(short) :]) == short


def _inside(short: Phrase, long: Phrase) -> bool:
    if len(short) == 1:
        return short[0] in map(stem, long)
    return any(long[i : i + len(short)] == short for i in range(len(long) - len(short) + 1))


def _merit(phrase: Phrase, inside: Sequence[dict[Phrase, Carried]], elsewhere: int, others: int) -> float:
    """Share of the group that carries the phrase, times how much rarer it is outside, times how much it says.

    A phrase that hardly ever stands alone is a piece of a longer one, one that no title uses is no name, and one
    that more works outside the group carry does not tell the group apart.
    """
    here = [work[phrase] for work in inside if phrase in work]
    titled = sum(carried.weight == 1 for carried in here)
    if titled < (2 if len(phrase) == 1 else 1) or elsewhere > len(here):
        return 0.0
    alone = sum(carried.ends for carried in here) / len(here)
    if alone < _STANDS_ALONE:
        return 0.0
    share = sum((carried.weight for carried in here), 0.0) / len(inside)
    contrast = log((share + 0.05) / (elsewhere / max(1, others) + 0.05))
    telling = [rarity(stem(word)) for word in phrase if word not in STOP]
    says = sum(telling) / len(telling) + 0.25 * min(2, len(telling) - 1)
    return round(exp(0.7 * log(share)) * contrast * says**2 * (0.5 + 0.5 * alone), 6)


def _written(phrase: Phrase, inside: Sequence[dict[Phrase, Carried]]) -> str:
    """The commonest form, in lower case but for words that authors write with capitals inside, such as LLM.

    A plural that is written often enough is taken first: a group is about several of them. So is a form in -ing
    beside its noun: `jailbreaking` names what works on jailbreak prompts and jailbreaks share.
    """
    forms: Counter[str] = Counter()
    for work in inside:
        if phrase in work:
            forms[_lowered(work[phrase].written)] += 1
    most = max(forms.values())
    doing = [f for f in forms if f.endswith("ing") and f[:-3] in forms and forms[f] >= _DOING * most]
    plural = [f for f in forms if singular(f) != f and forms[f] >= _OFTEN * most]
    return min(doing or plural or forms, key=lambda f: (-forms[f], f))


def _lowered(form: str) -> str:
    """`Prompt Injection in LLMs` becomes `prompt injection in LLMs`."""
    return _WORD.sub(
        lambda m: m.group() if sum(c.isupper() for c in m.group()) > 1 else m.group().lower(), form
    )


def runs_of(title: str) -> set[Phrase]:
    """What tells a report of a work from others: its title, and each run of five words from it."""
    listed = words(title)
    return {tuple(listed), *(tuple(listed[i : i + _RUN]) for i in range(len(listed) - _RUN + 1))}
