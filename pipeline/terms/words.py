"""Words of research texts: tokens, light stems, how common a word is, and which terms belong together."""

import re
from functools import cache, lru_cache
from math import log

from pipeline.terms.counts import SHARES
from pipeline.terms.topics import RETURNING

_TOKEN = re.compile(r"[^\W_]+(?:'s\b)?", re.UNICODE)
_SUFFIXES = (
    "abilities", "ability", "izations", "ization", "ifications", "ification", "ations", "ation", "ators", "ator",
    "ating", "ated", "ates", "ate", "izers", "izer", "izing", "ized", "ize", "ifying", "ified", "ify", "ifiable",
    "ness", "ments", "ment", "able", "ible", "ance", "ical", "ing", "ity", "ers", "ors", "ive", "ed", "er", "or",
    "ly", "ic", "al",
)  # fmt: skip
_IRREGULAR = {
    "verification": "verif", "verifications": "verif", "private": "private", "jailbroken": "jailbreak",
    "safety": "safe", "safely": "safe", "privacy": "private", "taught": "teach",
    "stolen": "steal", "stole": "steal", "hijack": "hijack", "agency": "agency", "agencies": "agency",
    "memory": "memory", "memories": "memory", "unsafe": "unsafe", "policies": "policy", "policy": "policy",
    "proof": "prove", "proofs": "prove", "provable": "prove", "provably": "prove", "analyses": "analysis",
    "data": "data", "media": "media", "criteria": "criterion", "theories": "theory", "theoretical": "theory",
    "national": "national", "rational": "rational", "rationale": "rationale", "university": "university",
    "universal": "universal", "general": "general", "generally": "general", "station": "station",
}  # fmt: skip
_KEPT = frozenset(
    "this his its is was has does less loss class bias analysis basis axis chaos series process access virus "
    "during string thing king ring spring lens news always across perhaps whereas various previous "
    "moral oral model signal neural number never other under over user paper power order layer "
    "need seed speed feed red bed hundred indeed exceed proceed factor vector error major minor color prior "
    "table able city entity quality quantity reality identity capacity".split()
)
STOP = frozenset(
    "a an the and or nor but if then else of in on at to from by for with without within into onto over under "
    "between among through during across against about above below up down out off as is are was were be been "
    "being am do does did done has have had having can could may might must shall should will would not no yes "
    "it its itself this that these those there here he she they them their theirs his her we our ours us you "
    "your i me my who whom whose which what when where why how all any both each few more most much many other "
    "others another some such only own same so than too very just also still even ever yet while because since "
    "until unless although though despite via per et al eg ie etc vs versus however moreover furthermore thus "
    "therefore hence whether either neither toward towards upon amid new novel using use used uses based "
    "s t re ve d ll m let lets don doesn isn get gets one two".split()
)


def words(text: str) -> list[str]:
    """The words of a text, lower case, hyphens opened, possessives dropped; digits count as words."""
    return [w.removesuffix("'s") for w in _TOKEN.findall(text.replace("’", "'").lower())]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A light stem: endings are cut while four letters remain, so `jailbreaking` meets `jailbreaks`."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.isascii():
        return singular(word)
    word = singular(word)
    for suffix in _SUFFIXES:
        if word in _KEPT:
            return word
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word[: -len(suffix)]
            break
    if len(word) > 4 and word[-1] == word[-2] and word[-1] not in "lsz":
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word[-1] in "eiy" else word


@lru_cache(maxsize=100_000)
def singular(word: str) -> str:
    """The word without a regular plural's ending."""
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")) or word in _KEPT:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


def stems(text: str) -> list[str]:
    """The stems of a text, in order, stop words included so that phrases keep their distances."""
    return list(_stems(text))


@lru_cache(maxsize=4096)
def _stems(text: str) -> tuple[str, ...]:
    return tuple(stem(w) for w in words(text))


@cache
def _shares() -> dict[str, float]:
    return {word: share for share, listed in SHARES.items() for word in listed.split()}


def rarity(stemmed: str) -> float:
    """How much a stem tells, 0 to 1: 0 for a stop word, about 0.3 for `model`, 1 for a rare word.

    It is the inverse document frequency of a fixed count, so it does not depend on the texts at hand.
    """
    if stemmed in STOP or len(stemmed) < 2:
        return 0.0
    return log(1 / _shares().get(stemmed, 0.003)) / log(1 / 0.003)


@cache
def _returning() -> dict[str, float]:
    return {word: share for share, listed in RETURNING.items() for word in listed.split()}


def subjecthood(stemmed: str) -> float:
    """How likely a stem names what a text is about, 0 to 1: about 0.05 for `handle`, 0.7 for `protein`.

    It is the share of abstracts with the stem that have it more than once; 0.3 for a rare one.
    """
    return _returning().get(stemmed, 0.3)
