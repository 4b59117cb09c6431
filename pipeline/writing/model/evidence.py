"""What of a work may be shown to a model and may carry its sentences: whole sentences that state something.

Sentences that address a reader or a machine, hold a link or hidden characters, or are in another language than
English, are no evidence: they are neither sent nor may a sentence rest on them. To leave out too much costs little,
since the source's own sentence, chosen without a model, stands wherever a model has nothing to rest on.
"""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.llm import Kind, Piece
from pipeline.models import Article
from pipeline.prompts import CLOSE, OPEN, unfenced
from pipeline.writing.orders import is_stray
from pipeline.writing.phrasing import readable
from pipeline.writing.role_model import sentence_roles
from pipeline.writing.sentences import Span, split_sentences

MOST_SENTENCES = 30
"""Of one work; an abstract has about eight."""
LONGEST = 800
"""Characters of a sentence; beyond it is a table or a list."""
BEFORE = 0.7
"""How likely a sentence must be background to be taken for it."""
EXAMPLE = "k3fz"
"""The key in the prompts' examples; no work has it."""

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
_ENGLISH = re.compile(
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


@dataclass(frozen=True)
class Evidence:
    """A work under its key, with the sentences of its text that may be used."""

    key: str
    article: Article
    numbered: Mapping[int, Span]
    """The sentences by the number under which a model knows them, from 1, in the order of the text."""
    notes: Mapping[int, str] | None = None
    """What another model wrote of the sentences; if there are notes, they are shown and the sentences are not."""

    @cached_property
    def text(self) -> str:
        """The usable sentences in order; what is claimed of the work is held against them alone."""
        return " ".join(self.sentence(n) for n in self.numbered)

    @cached_property
    def background(self) -> frozenset[int]:
        """The sentences that tell what was known before, rather than what the work did or found."""
        roles = sentence_roles([self.sentence(n) for n in self.numbered])
        return frozenset(n for n, role in zip(self.numbered, roles, strict=True) if role.background > BEFORE)

    def sentence(self, number: int) -> str:
        """The sentence of this number, as the source has it."""
        span = self.numbered[number]
        return self.article.abstract[span.start : span.end]

    def number_of(self, span: Span) -> int | None:
        """The number of the sentence that holds this span."""
        return next(
            (n for n, s in self.numbered.items() if s.start <= span.start and span.end <= s.end), None
        )

    def only(self, numbers: Iterable[int]) -> "Evidence":
        """The same work with these sentences alone."""
        kept = set(numbers)
        return replace(self, numbered={n: s for n, s in self.numbered.items() if n in kept})

    def joined(self, other: "Evidence") -> "Evidence":
        """The same work with the sentences of both."""
        return replace(self, numbered=dict(sorted({**self.numbered, **other.numbered}.items())))

    @property
    def names(self) -> Mapping[str, int]:
        """The names under which sentences are shown, such as `kabc.2`, each with the sentence's number."""
        return {f"{self.key}.{n}": n for n in self.numbered if self.notes is None or n in self.notes}

    def pieces(self) -> list[Piece]:
        """The work as a model is shown it, fenced under its key: title and numbered sentences, or the notes alone."""
        found = [Piece(f"{OPEN}{self.key}")]
        if self.notes is None:
            found += [Piece("\ntitle: "), self._piece(self.article.title, "title")]
        for number in self.names.values():
            found += [Piece(f"\n{number}| "), self._shown(number)]
        return [*found, Piece(f"\n{CLOSE}")]

    def originals(self) -> list[Piece]:
        """Title and sentences as they stand in the source."""
        return [self._piece(self.article.title, "title"), *(self._original(n) for n in self.numbered)]

    def _shown(self, number: int) -> Piece:
        if self.notes is None:
            return self._original(number)
        return Piece(unfenced(" ".join(self.notes[number].split())), "derived", self.article.id)

    def _original(self, number: int) -> Piece:
        return self._piece(self.sentence(number), "abstract" if self.article.kind == "paper" else "fulltext")

    def _piece(self, text: str, kind: Kind) -> Piece:
        return Piece(unfenced(readable(text)), kind, self.article.id)


def evidence_of(articles: Iterable[Article], salt: str) -> dict[str, Evidence]:
    """The evidence of each work that has any, by the work's id; keys are short, opaque, and follow from the salt."""
    found: dict[str, Evidence] = {}
    taken = {EXAMPLE}
    for article in articles:
        if article.id in found or not is_usable_title(article.title):
            continue
        numbered = _numbered(article.abstract)
        if numbered:
            key = _key(f"{salt} {article.id}", taken)
            taken.add(key)
            found[article.id] = Evidence(key, article, numbered)
    return found


def _numbered(text: str) -> dict[int, Span]:
    usable = [span for span in split_sentences(text) if is_evidence(text[span.start : span.end])]
    return dict(enumerate(usable[:MOST_SENTENCES], start=1))


def is_evidence(sentence: str) -> bool:
    """Whether a sentence states something that may be told on; never raises."""
    line = " ".join(sentence.split())
    return len(line) <= LONGEST and line.count(" ") >= 3 and _is_plain(line) and bool(_ENGLISH.search(line))


def is_usable_title(title: str) -> bool:
    """Whether a title may be shown to a model."""
    return bool(title.strip()) and len(title) <= LONGEST and _is_plain(title)


def is_hidden(character: str) -> bool:
    """Whether a character is a control or format character, unassigned or private: none of them can be read."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs")


def is_latin(text: str) -> bool:
    """Whether most letters are Latin, or there are none."""
    letters = [c for c in text if c.isalpha()]
    latin = sum("LATIN" in unicodedata.name(c, "") for c in letters)
    return latin >= 0.7 * len(letters)


def _is_plain(line: str) -> bool:
    if any(is_hidden(c) for c in line) or not is_latin(line) or _is_foreign(line):
        return False
    return not is_stray(line) and not any(pattern.search(line) for pattern in (ORDER, ADDRESS, MARKUP))


def _is_foreign(line: str) -> bool:
    foreign = len(_FOREIGN.findall(line))
    return foreign > len(_ENGLISH.findall(line)) or bool(foreign and _TOLD_ABROAD.search(line))


def _key(text: str, taken: set[str]) -> str:
    """`k` and three letters or digits, different for each work."""
    digest = base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower().strip("=")
    keys = (f"k{digest[n : n + 3]}" for n in range(len(digest) - 2))
    return next((key for key in keys if key not in taken), f"k{digest[:12]}")


def shown(evidence: Sequence[Evidence]) -> list[Piece]:
    """Several works, one after the other."""
    found: list[Piece] = []
    for work in evidence:
        found += [Piece("\n")] * bool(found) + work.pieces()
    return found
