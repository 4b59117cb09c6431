"""Sentences that are meant for whoever reads on, a person or a program, and not for the readers of the work.

To take a sentence for one that is none costs little: another sentence of the work is chosen.
"""

import re
import unicodedata

from pipeline.writing.cues import INSTRUCTION

_SAY = (
    r"(?:write|say|print|output|reply|respond|answer|add|append|insert|include|mention|tell|translate|repeat|begin|start"
    r"|end|finish|state|report|claim|cite|link|visit|click|open|send|post|email|call|forget|ignore|disregard|override"
    r"|pretend|act|summari[sz]e|replace|stop|remember|rank|rate|recommend|copy|quote|execute|run|follow|obey|reveal)"
)
_FIRST = (
    r"(?:please|now|then|also|instead|always|only|just|first|important|note|attention|system|admin|update|todo"
    r"|n\.?b)"
)
_WRITER = (
    r"(?:you|summari[sz]ers?|summary|brief|digest|newsletter|chatbots?|assistants?|reviewers?|(?:language )?models?"
    r"|llms?|ai|bots?)"
)
_OUGHT = r"(?:must|should|shall|will|ha(?:s|ve) to|needs? to|(?:is|are) (?:asked|required|told|instructed|to)|please)"
ORDER = re.compile(
    rf"^\W*(?:{_FIRST}\W+)*{_SAY}\b"
    rf"|\b{_WRITER}\b[^.]{{0,80}}\b{_OUGHT}\b[^.]{{0,40}}\b{_SAY}\b"
    r"|\b(?:when|while|if|before|after|whenever) (?:you|summari[sz]ing)\b"
    rf"|\b{_SAY}\b[^.]{{0,60}}[\"“`‘]"
    r"|\b(?:correct|right|expected|only|official|required) (?:summary|answer|output|response|reply)\b"
    r"|\b(?:previous|prior|above|earlier|system|hidden) (?:instructions?|prompts?|rules|guidelines|messages?)\b",
    re.I,
)
"""Sentences that tell someone what to do or to write."""
ADDRESS = re.compile(
    r"\w+://|\bwww\.|\bmailto:|\b[a-z0-9-]+\.(?:com|net|org|io|ai|dev|app|xyz|example|test|invalid|info|ru|cn|co|me|sh"
    r"|link|click|top|site|online|biz)\b|\b[\w.+-]+@[\w-]+\.\w",
    re.I,
)
"""Links, hosts and mail addresses."""
MARKUP = re.compile(
    r"<[!@#/?A-Za-z]|&(?:lt|gt|amp|#\w+);|@(?:channel|here|everyone)\b|\]\(|!\[|```|\{\{|[A-Za-z0-9+/=_-]{36,}"
)
"""Slack's and Markdown's commands, tags, and encoded text."""
ENGLISH = re.compile(
    r"\b(?:the|and|of|that|for|with|this|by|from|are|is|to|we|it|as|be|which|can|at|not|our|has|have|than|an|their|its"
    r"|these|those|should|may|will|or|but|how|what|when|more|they|such|while|using|on|across|existing|current|however)\b",
    re.I,
)
_FOREIGN = re.compile(
    r"\b(?:und|der|das|den|dem|des|nicht|eine?[nrm]?|alle[nrs]?|jede[nrsm]?|mit|für|ist|auf|von|zu|bei|le|la|les|et|dans"
    r"|une?|est|que|qui|pour|toutes?|tous|aux?|du|el|los|las|y|del|para|todas|todos|por|con|il|lo|gli|che|di|della|per"
    r"|ogni|tutte|tutti|os|em|uma?|não|na|het|een|van|voor|och|att|som)\b|[äöüßéèêàçñãõáíóúåøæ]",
    re.I,
)
_TOLD_ABROAD = re.compile(
    r"\b(?:ignor(?:ez|iere|ieren|a|ad|en|are|ate|ar|eer|i)|vergiss|vergesst|oublie[rz]?|olvida\w*|dimentica\w*|esque[çc]a\w*"
    r"|schreibe?n?|sage?|antworte\w*|[ée]cri(?:s|vez|re)|r[ée]ponde?[zs]?|escrib[ea]\w*|responde|di(?:ga|gan)|scriv[ei]\w*"
    r"|escrev[ae]\w*|instrucciones|instructions|anweisungen|istruzioni|instruções)\b",
    re.I,
)
"""Orders in the languages nearest to English, and what they mostly order one to ignore."""
_LINK = re.compile(r"https?://\S+")


def is_stray(sentence: str, text: str) -> bool:
    """Whether a sentence of a text is no part of what its authors tell: an order, markup, or in another language."""
    line = " ".join(sentence.split())
    bare = _LINK.sub("", line)
    if (re.search(r"\w", line) and any(map(is_hidden, line))) or any(
        p.search(bare) for p in (INSTRUCTION, ORDER, MARKUP)
    ):
        return True
    return (is_latin(text) and not is_latin(line)) or (is_foreign(line) and not is_foreign(text))


def is_hidden(character: str) -> bool:
    """Whether a character is a control or format character, unassigned or private: none of them can be read."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs")


def is_latin(text: str) -> bool:
    """Whether most letters are Latin, or there are none."""
    letters = [c for c in text if c.isalpha()]
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters)
    return latin >= 0.7 * len(letters)


def is_foreign(line: str) -> bool:
    """Whether a text is in a language near to English, or holds an order in one."""
    foreign = len(_FOREIGN.findall(line))
    return foreign > len(ENGLISH.findall(line)) or bool(foreign and _TOLD_ABROAD.search(line))
