"""What a work brings, by its own words: a method, a benchmark, an attack, a defence, a study, a survey, a proof.

A rule reads the sentences in which authors say what they did; where they do not say it in such words, nothing is
counted. So a count is of works that say so, not of all that might.
"""

import re
from typing import Literal

from pipeline.writing.phrasing import readable
from pipeline.writing.sentences import split_sentences

Contribution = Literal["attack", "defence", "benchmark", "method", "survey", "study", "proof"]

_READ = 4000
_WE = r"(?:we|i|(?:this|the|our|the present) (?:paper|work|study|article|survey|report|post|thesis|review))"
_MAKES = re.compile(
    rf"\b{_WE}\s+(?:\w+ ){{0,2}}?(?:propos|introduc|present|develop|design|contribut|construct|releas|buil[dt]"
    r"|creat|devis|curat|formulat|offer|describ)\w*\s+(?P<thing>[^.;:]*)",
    re.I,
)
_END_OF_THING = re.compile(
    r",\s|\s(?:that|which|who|where|to|for|by|against|based|using|with|in|on|from|via|through|under|designed|aimed"
    r"|tailored|called|as|while|and (?:show|find|demonstrate|evaluate|report))\b|\(|–|—",
    re.I,
)
_APPOSITION = re.compile(r"^(?:\([^)]*\))?,?\s*(?P<what>(?:a|an|the|our)\s[^.;:]*)", re.I)
_NAME = re.compile(r"(?=\S*[A-Z])[\w/+-]+(?: [A-Z][\w-]*){0,2}")
"""A name alone, such as `PISanitizer`: what has one of its own was made."""
_BENCHMARK = re.compile(
    r"\b(?:benchmarks?|data ?sets?|corpus|corpora|test ?suite|testbed|\w*-?bench(?:-?\w{1,3})?)$", re.I
)
_DEFENCE = re.compile(
    r"\b(?:defen[cs]es?|guardrails?|detectors?|detection|mitigations?|safeguards?|countermeasures?|firewalls?"
    r"|protection|watermark\w*|sanitization)\b",
    re.I,
)
_DEFENDS = re.compile(
    r"\b(?:to|for|that|which)\b[^.;]{0,40}?\b(?:defend\w*|detect\w*|mitigat\w+|prevent\w*|safeguard\w*|protect\w*"
    r"|counter\w*|harden\w*) [^.;]{0,60}?\b(?:attacks?|jailbreak\w*|injections?|backdoors?|poisoning|threats?"
    r"|misuse|leak\w*|adversar\w+|malicious)\b",
    re.I,
)
_ATTACK = re.compile(r"\b(?:attacks?|jailbreaks?|exploits?|backdoors?)$", re.I)
_METHOD = re.compile(
    r"\b(?:methods?|frameworks?|approach(?:es)?|algorithms?|techniques?|architectures?|systems?|models?|pipelines?"
    r"|strateg(?:y|ies)|mechanisms?|protocols?|tool(?:kit)?s?|platforms?|paradigms?|modules?|networks?|agents?"
    r"|schemes?|solutions?|librar(?:y|ies)|extensions?|objectives?|losses|loss|policies|policy|metrics?)$",
    re.I,
)
_THREAT = re.compile(
    r"\b(?:attack\w*|jailbreak\w*|poison\w*|backdoor\w*|hijack\w*|prompt injections?|stealing|exploit\w*)\b",
    re.I,
)
_AGAINST = re.compile(
    r"\b(?:defen[cds]\w*|detect\w*|mitigat\w*|guard\w*|protect\w*|robust(?!ness)\w*|resist\w*|resilien\w*|secur\w*|safe\w*"
    r"|against|prevent\w*|counter\w*|immun\w*|harden\w*|monitor\w*|watermark\w*)\b",
    re.I,
)
_EVADES = re.compile(r"\b(?:evad\w+|evasion|bypass\w*|break\w*|fool\w*|circumvent\w*)\b", re.I)
_LOOKS_AT = re.compile(
    r"\b(?:evaluat\w*|benchmark\w*|survey|review|taxonom\w*|assess\w*|analy[sz]\w*|understand\w*|measur\w*|stud(?:y|ies)"
    r"|evidence|vulnerabilit\w*)\b",
    re.I,
)
_STUDY = re.compile(
    rf"\b{_WE}\s+(?:\w+ )?(?:investigat|examin|study\b|studies\b|studied\b|analy[sz]e|evaluat|assess|compar|benchmark"
    r"|characteri[sz]|measur|audit|replicat|conduct\w* (?:an? |the )?(?:\w+[ -]){0,4}?"
    r"(?:study|analysis|evaluation|audit|comparison|experiment|survey of \d|interviews))\w*",
    re.I,
)
_SURVEY = re.compile(
    r"\b(?:this|our|the present) (?:\w+ )?(?:survey|review|tutorial|overview)\b"
    rf"|\b{_WE}\s+(?:\w+ )?(?:survey|review)(?:s|ed)?\b"
    rf"|\b{_WE}\s+(?:\w+ )?(?:present|provid|offer|conduct)\w*\s+an? (?:[\w-]+ ){{0,4}}?"
    r"(?:survey|literature review|systematic review|overview)\b",
    re.I,
)
_SURVEY_TITLE = re.compile(
    r"\b(?:a|an) (?:[\w-]+ ){0,4}?(?:survey|review|tutorial)\b|^survey\b|: (?:survey|review)\b", re.I
)
_PROOF = re.compile(
    rf"\b{_WE}\s+(?:\w+ )?(?:formally )?prov(?:e|es|ed)\b|\b(?:theorem|impossibility result|lower bound)s?\b",
    re.I,
)


def contributions(title: str, abstract: str) -> frozenset[Contribution]:
    """What the work says that it brings; nothing for a text that does not say it in plain words."""
    found: set[Contribution] = set()
    text = " ".join(readable(abstract[:_READ]).split())
    for start, end in split_sentences(text):
        sentence = text[start:end]
        if made := _MAKES.search(sentence):
            found |= _made(made["thing"])
        if _STUDY.search(sentence):
            found.add("study")
    if "method" in found and _THREAT.search(title) and not _LOOKS_AT.search(title):
        defends = _AGAINST.search(title) and not _EVADES.search(title)
        found = (found - {"method"}) | {"defence" if defends else "attack"}
    if _SURVEY.search(text) or _SURVEY_TITLE.search(title):
        found = {"survey"}
    if _PROOF.search(text):
        found.add("proof")
    return frozenset(found)


def _made(thing: str) -> set[Contribution]:
    """What the object of `we propose` is, by its head noun, or by what is said of a name right after it."""
    head, rest = _head(thing)
    apposition = _APPOSITION.match(rest)
    heads = [head, _head(apposition["what"])[0]] if apposition else [head]
    things = [one.split(" of ")[0] for one in heads]
    if any(_BENCHMARK.search(one) for one in things):
        return {"benchmark"}
    if any(_DEFENCE.search(one) for one in things) or (
        any(_METHOD.search(one) for one in heads) and _DEFENDS.search(rest)
    ):
        return {"defence"}
    if any(_ATTACK.search(one) for one in heads):
        return {"attack"}
    is_method = any(_METHOD.search(one) for one in heads) or (not apposition and _NAME.fullmatch(head))
    return {"method"} if is_method else set()


def _head(thing: str) -> tuple[str, str]:
    """The noun phrase that a text begins with, and what follows."""
    end = _END_OF_THING.search(thing)
    cut = end.start() if end else len(thing)
    return thing[:cut].rstrip(), thing[cut:].lstrip()
