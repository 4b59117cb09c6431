"""Whether a work answers a question, or only speaks of something near. Pure.

The weights are those of a logistic regression over questions of several weeks: answered ones, the same with the right
work hidden, the same with the deciding sentence cut out, and ones that no work answers.
"""

import re
from collections.abc import Sequence

from pipeline.answering.kinds import RECORDED, answers_of, focus_of, has_figure, needs_unit, wants_figure
from pipeline.answering.question import Asked
from pipeline.answering.sentences import own_sentences
from pipeline.answering.terms import Term, coverage, stemmed, vocabulary_of, weight_of
from pipeline.answering.works import Found, Judged, is_central
from pipeline.terms import stem, words

DETAIL = re.compile(
    r"\b(?:affiliations?|universit(?:y|ies)|institut(?:e|ion)s?|learning rates?|batch sizes?|epochs?"
    r"|random seeds?|[gt]pu[- ]hours?|gpus?|tpus?|milliseconds?|euros?|licen[cs]es?|funding|funded"
    r"|sponsor\w*|grants?|e-?mails?|dropout|weight decay|context (?:length|window)|hidden (?:size|dimension)s?"
    r"|attention heads|parameters|hyper-?parameters|layers|salar(?:y|ies)|page (?:count|limit)|conference|journal"
    r"|venue|reviewers?|inter-?annotator|annotator agreement|vocabulary|phone models?|warm-?up"
    r"|carbon footprint|co2|energy consumption|electricity|deadline|workshop|patent\w*|p-values?|beam size)\b",
    re.I,
)
"""Details that a text gives in these very words or not at all."""
MANY = 4
"""A question with more words besides the names describes a work rather than naming a thing."""
_COMMON = frozenset("AI ML LLM LLMs NLP CV RL DL SOTA QA US UK EU PhD OK FAQ URL PDF TLDR".split())
"""Acronyms that a text need not have to be about them."""
_FIGURE = re.compile(r"\d{2,}(?:\.\d+)?|\d\.\d+")
_ON_DATA = re.compile(r"\b(?:which|what) (?:data|datasets?|benchmarks?|corpora|corpus)\b", re.I)
_METRICS = frozenset("F1 AUC ROC AUROC BLEU CTR ASR".split())
_TRIVIA = re.compile(
    r"^\W*who (?:invented|discovered|founded|created|is the (?:president|ceo|king|queen|prime minister))\b"
    r"|\bcapital of\b|\bwhen (?:did|was|is) (?:\w+ ){1,3}(?:die|born|birthday|founded)\b|\bhow (?:old|tall) is\b"
    r"|\bboiling point\b|\bpopulation of\b",
    re.I,
)
"""What people ask an encyclopaedia rather than a collection of articles."""
WEIGHTS = {
    "fused": 2.65, "similarity": 0.5, "words": 1.55, "meaning": 0.81, "together": 1.28, "addressed": 0.84,
    "margin": 1.27, "missing acronyms": -0.3, "missing names": -1.45, "kind not there": -0.45, "weight": 0.1,
    "trivia": -1.5,
}  # fmt: skip
"""What speaks for an answer, and against one."""
DOUBT = 6.0
"""What must be outweighed; a little less than for even odds, as most questions can be answered."""


def confidence(asked: Asked, best: Judged, margin: float) -> float:
    """Above 0 where the work answers the question rather than not, as far as words and meaning tell."""
    missing = _missing(asked.terms, best.found)
    focus = () if asked.kind in RECORDED else focus_of(asked.text)
    patterns = answers_of(asked.text)[:1]
    found = {
        "fused": best.found.fused,
        "similarity": best.found.similarity,
        "words": best.coverage,
        "meaning": best.meaning,
        "together": best.together,
        "addressed": addressed(focus, best),
        "margin": min(margin, 1.2),
        "missing acronyms": sum(1 for t in missing if not t.is_plain_name),
        "missing names": sum(1 for t in missing if t.is_plain_name),
        "kind not there": any(not any(p.search(s.text) for s in best.sentences) for p in patterns),
        "weight": weight_of(asked.terms),
        "trivia": bool(_TRIVIA.search(asked.text)),
    }
    return sum(WEIGHTS[name] * float(value) for name, value in found.items()) - DOUBT


def lacks_figure(asked: Asked, work: Judged) -> str:
    """In words, the number or unit that an answer cannot do without and that no sentence has; empty if all is there."""
    texts = [s.text for s in own_sentences(work.article)]
    unit = needs_unit(asked.text)
    if unit is not None:
        return "" if any(unit.search(text) for text in texts) else "such a figure"
    return "" if not wants_figure(asked.text) or any(map(has_figure, texts)) else "a number"


def addressed(focus: Sequence[Term], work: Judged) -> float:
    """How much of what is asked for stands together in a sentence of the work, 0 to 1; 1 if nothing is known of it."""
    if not focus:
        return 1.0
    return max((coverage(focus, vocabulary_of(s.text)) for s in work.sentences), default=0.0)


def _missing(terms: Sequence[Term], found: Found) -> list[Term]:
    """Acronyms and plain names of the question that a work neither has nor spells out."""
    return [t for t in terms if t.is_name and found.vocabulary.has(t) < 0.5]


def lacking(asked: Asked, found: Found) -> str | None:
    """A word without which a work does not answer: a made-up name, or a detail that is never paraphrased."""
    for term in asked.terms:
        if term.is_made_up and not found.vocabulary.has(term):
            return term.word
    for detail in DETAIL.finditer(asked.text):
        wanted = [stem(w) for w in words(detail[0])]
        if not _in_a_row(wanted, found.vocabulary.text):
            return detail[0]
    return None


def unmentioned(asked: Asked, found: Found) -> str | None:
    """A name or a figure of the question that stands nowhere in the work; none if there is none such."""
    capitals = sum(word[:1].isupper() for word in asked.text.split()) > 0.6 * len(asked.text.split())
    for term in asked.terms:
        if found.vocabulary.has(term):
            continue
        if term.is_made_up or (term.is_acronym and term.word not in _COMMON):
            return term.word
        if (term.is_plain_name and not capitals) or _FIGURE.fullmatch(term.word):
            return term.word
    return None


def _in_a_row(wanted: Sequence[str], text: str) -> bool:
    row = stemmed(text)
    size = len(wanted)
    return any(row[i : i + size] == tuple(wanted) for i in range(len(row) - size + 1))


def only_mentions(asked: Asked, work: Judged) -> bool:
    """Whether a work mentions in passing the thing whose number is asked for, and no sentence has both."""
    names = [t for t in asked.terms if t.is_name and t.word not in _METRICS]
    others = [t for t in asked.terms if not t.is_name]
    if asked.kind != "number" or not names or len(others) > MANY:
        return False
    if any(is_central(t, work.article) for t in names):
        return False
    together = (s for s in work.sentences if any(t.stem in s.has for t in names))
    return not any(sum(t.stem in s.has for t in others) * 2 >= len(others) for s in together)


def speaks(asked: Asked, work: Judged, *, elliptical: bool = False) -> bool:
    """Whether a work that is known to be meant says something of what is asked."""
    if lacking(asked, work.found) or unmentioned(asked, work.found) or not work.sentences:
        return False
    if lacks_figure(asked, work):
        return False
    if elliptical and _ON_DATA.search(asked.text) and work.coverage < 0.3:
        wanted = answers_of(asked.text)
        if not any(pattern.search(s.text) for pattern in wanted for s in work.sentences):
            return False
    least = 0.15 if elliptical else 0.3
    return work.coverage >= 0.3 or work.meaning >= least
