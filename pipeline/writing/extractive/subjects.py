"""What a work is of use for: the thing that its title names and its abstract speaks of."""

import re
from collections.abc import Sequence

from pipeline.models import Article
from pipeline.writing.phrasing import readable

COMMON = 0.12
"""Share of the week's abstracts on topic from which a phrase tells nothing."""
_JOINTS = (
    r"(?:in|for|of|on|across|against|with|under|via|using|through|by|and|from|to|at|as|is|are|or|when|during|over|beyond"
    r"|without|towards?|into|based|between|within|that|can)"
)
_THING = re.compile(
    rf"\b(?:in|for|of|on|across|against)\s+((?:[\w/&’'-]+\s+){{0,3}}?[\w/&’'-]+)(?=\s*$|\s*[:,;?!.(–—]|\s+{_JOINTS}\b)",
    re.I,
)
_NOT_A_THING = re.compile(
    r"^(?:the|a|an|its|their|your|our|this|these|more|any|all|every|each|what|how|whom)\b|\d"
    r"|\b(?:practice|wild|scratch|era|age|depth|detail|general|time|action|context|perspective|approach|case|study"
    r"|presence|absence|role|use|way|lens|light|evaluation|analysis|improving|understanding|world|view|survey)$"
    r"|\w(?:ed|ly|ize|ise)$",
    re.I,
)
_NOUNS_IN_ING = frozenset(
    "learning reasoning training planning driving computing engineering testing tuning fine-tuning prompting poisoning "
    "hacking teaming red-teaming modeling modelling monitoring forecasting jailbreaking encoding decoding mining "
    "processing programming pricing rendering tracking coding debugging grading editing unlearning watermarking".split()
)


def subject(article: Article, others: Sequence[str]) -> str | None:
    """A phrase for "If you work on …": from the title, in the spelling of the abstract, and not in many `others`."""
    text = readable(article.abstract)
    for match in reversed(list(_THING.finditer(readable(article.title)))):
        phrase = " ".join(match[1].split())
        found = re.search(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", text, re.I)
        if found and _names_a_thing(phrase) and not _is_common(phrase, others):
            return _spelled(phrase, text)
    return None


def _names_a_thing(phrase: str) -> bool:
    words = phrase.lower().split()
    verbs = [w for w in words if w.endswith("ing") and w not in _NOUNS_IN_ING]
    return not _NOT_A_THING.search(phrase) and not verbs and len(phrase) > 3


def _is_common(phrase: str, others: Sequence[str]) -> bool:
    low = phrase.lower()
    return sum(low in other.lower() for other in others) > max(COMMON * len(others), 2)


def _spelled(phrase: str, text: str) -> str:
    """As the abstract writes it, small where it does so once."""
    found = re.findall(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", text, re.I)
    return str(min(found, key=lambda f: (sum(c.isupper() for c in f), f)))
