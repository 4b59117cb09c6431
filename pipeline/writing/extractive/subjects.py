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


GENERAL = frozenset(
    "ai|ai systems|ai models|artificial intelligence|machine learning|deep learning|neural networks|deep neural "
    "networks|large language models|language models|large language model|llm|llms|models|data|science|systems".split(
        "|"
    )
)
"""Fields so wide that they tell a reader nothing."""


def subject(article: Article, others: Sequence[str]) -> str | None:
    """A phrase for "If you work on …" that the title has, the abstract bears out, and not many `others` share."""
    text = readable(article.abstract)
    for match in reversed(list(_THING.finditer(readable(article.title)))):
        words = [_spelled(word, text) for word in match[1].split()]
        phrase = " ".join(word for word in words if word)
        if (
            all(words)
            and not re.search(r"\b[A-Z][a-z]+\b", phrase)
            and _names_a_thing(phrase)
            and not _is_common(phrase, others)
        ):
            return phrase
    return None


def _spelled(word: str, text: str) -> str | None:
    """A word of a title as the text spells it, small where it does so once; None if it does not occur."""
    stem = re.escape(word[:-1] if len(word) > 4 and word.endswith("s") else word)
    found = re.findall(rf"(?<![\w-]){stem}s?(?![\w-])", text, re.I)
    if not found:
        return None
    return word.lower() if any(f[0].islower() for f in found) and not word[1:].isupper() else word


def _names_a_thing(phrase: str) -> bool:
    words = phrase.lower().split()
    verbs = [w for w in words if w.endswith("ing") and w not in _NOUNS_IN_ING]
    return phrase.lower() not in GENERAL and not _NOT_A_THING.search(phrase) and not verbs and len(phrase) > 3


def _is_common(phrase: str, others: Sequence[str]) -> bool:
    low = phrase.lower()
    return sum(low in other.lower() for other in others) > max(COMMON * len(others), 2)
