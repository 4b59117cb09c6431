"""How much a work claims to have shown, read from its own abstract; nobody checks here whether it is true."""

import re
from dataclasses import dataclass
from math import exp
from re import Pattern
from typing import Literal

_READ = 4000
"""Characters of a text that are read; the claim of a work stands at its start."""
_ENOUGH = 40
"""Words below which a text is too thin to judge."""
_MIDDLE, _STEEPNESS = 1.2, 2.0


@dataclass(frozen=True)
class _Sign:
    reason: str
    weight: float
    pattern: Pattern[str]


def _sign(reason: str, weight: float, pattern: str) -> _Sign:
    return _Sign(reason, weight, re.compile(pattern))


_MANY = (
    r"(?:\d{2,}|\d{1,3}(?:,\d{3})+|ten|eleven|twelve|[a-z]+teen|twenty|thirty|forty|fifty|"
    r"dozens of|hundreds of|thousands of)"
)
_THINGS = (
    r"(?:models|llms|datasets|tasks|benchmarks|participants|agents|users|languages|repositories|experts|questions|"
    r"attacks|conversations|scenarios|environments|prompts|papers|systems|robots|objects|trials|episodes|proteins|"
    r"designs|patients|domains|tools|people|interactions|demonstrations)"
)
_SIGNS = (
    _sign(
        "states a result with numbers",
        0.3,
        r"\d+(?:\.\d+)?\s?(?:\\?%|percent|×|x\b|\\times|\$?\\times|(?:percentage )?points?\b|-?fold\b|times\b)",
    ),
    _sign(
        "compares itself with what was there before",
        0.15,
        r"\b(?:outperform|surpass|exceed|"
        r"state[- ]of[- ]the[- ]art|sota\b|improv\w+ (?:by|over)|reduc\w+ [^.]{0,40}\bby\b)",
    ),
    _sign("was tried at scale", 0.2, rf"\b{_MANY}\s(?:[a-z\-]+\s){{0,3}}{_THINGS}\b"),
    _sign(
        "says what was found",
        0.35,
        r"\b(?:we (?:find|found|show|reveal|discover|demonstrate|observe|prove|uncover|report)|"
        r"results? (?:show|reveal|indicate|suggest|demonstrate)|"
        r"our (?:findings|analysis|experiments|evaluation|results)|surprising|counter-?intuitive|contrary to|paradox)",
    ),
    _sign(
        "looks at systems in use",
        0.2,
        r"\b(?:real[- ]world|real robots?|deployed|in production|commercial|in the wild|frontier|proprietary|"
        r"closed-source|gpt-\d|claude|gemini|human (?:trial|study|subjects|evaluation|experts|participants)|user study|"
        r"clinical trial|wet[- ]lab|experimentally)",
    ),
    _sign(
        "claims to be the first of its kind",
        0.15,
        r"\b(?:first (?:to|systematic|comprehensive|large|empirical|study|benchmark|reported|open|work|evidence)|"
        r"previously un\w+)",
    ),
    _sign("brings a benchmark", 0.3, r"\bbenchmark\b(?! (?:datasets|results|methods))"),
    _sign(
        "covers much ground",
        0.2,
        r"\b(?:large-scale|extensive|comprehensive|systematic(?:ally)?|across (?:\w+ ){0,3}"
        r"(?:models|tasks|datasets|benchmarks|domains|families|environments))",
    ),
    _sign(
        "shows where something fails",
        0.25,
        r"\b(?:fail(?:s|ed|ures?)?|vulnerab\w+|brittle\w*|degrad\w+|attack success|"
        r"collapse\w*|bypass\w*|harms?|threats?)\b",
    ),
    _sign(
        "releases code, data or a model",
        0.05,
        r"github\.com|huggingface\.co|\bwe (?:release|open-source|publish)|"
        r"\b(?:code|dataset|data|models?|benchmark|weights|toolkit)\b[^.]{0,60}\b(?:available|released|open-?sourced)",
    ),
    _sign("offers a proof", 0.1, r"\b(?:theorem|we prove|provabl\w+|lower bound|upper bound|impossibility)"),
)
_HEDGES = _sign(
    "is cautious or conceptual: no firm result is claimed",
    -0.2,
    r"\b(?:preliminary|position paper|we argue|this (?:paper|article) (?:discusses|explores|reviews|outlines)|"
    r"we outline|vision paper|conceptual|research agenda|we envision|proof[- ]of[- ]concept|toy)\b",
)
_ACCEPTED = re.compile(
    r"(?i)\b(?:accepted|to appear|published (?:in|at|as)|camera[- ]ready|oral|spotlight|in proceedings)\b"
)
_MINOR = re.compile(r"(?i)\b(?:workshop|student abstract|poster|short paper|demo|under review|submitted)\b")


def significance(
    title: str, abstract: str, comment: str | None, kind: Literal["paper", "post"]
) -> tuple[float, tuple[str, ...]]:
    """How much the work claims, 0 to 1, about 0.5 for an ordinary paper, and the reasons, strongest first."""
    text = f"{title}. {abstract[:_READ]}".lower()
    found = [(sign, _strength(sign, text)) for sign in (*_SIGNS, _HEDGES)]
    found = [(sign, strength) for sign, strength in found if strength]
    total = sum(strength for _, strength in found)
    reasons = [s.reason for s, _ in sorted(found, key=lambda f: -abs(f[1]))]
    if comment and _ACCEPTED.search(comment) and not _MINOR.search(comment):
        total += 0.1
        reasons.insert(min(2, len(reasons)), "was accepted at a venue")
    if len(abstract.split()) < _ENOUGH:
        total = (total + _MIDDLE - (0.3 if kind == "paper" else 0.1)) / 2
        reasons.insert(0, "gives little text to judge from")
    return round(1 / (1 + exp(-_STEEPNESS * (total - _MIDDLE))), 6), tuple(reasons)


def _strength(sign: _Sign, text: str) -> float:
    """The sign's weight, a little more for a second hit, 0 where it is absent."""
    hits = len(sign.pattern.findall(text))
    return float(sign.weight * min(hits, 2) ** 0.5)
