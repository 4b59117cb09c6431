"""The telling words of a question, and how much of them a text has. Pure; English."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise

from pipeline.terms import STOP, rarity, stem, words

NUMBER_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
).split()
IDLE = frozenset(
    """
    paper papers work works article articles study studies post posts research author authors publication report reports
    find finds found finding findings tell tells told say says said show shows shown showed give gives given gave
    something anything someone anyone anybody somebody thing things kind kinds sort main number numbers many much
    there here look looks looking talk talks people do does did really actually exactly please thanks hi hello hey
    know known knows want wants wanted like ask asks asked question questions answer mean means meant go goes
    come comes take takes took need needs needed make makes made see seen read text list name named names called call
    week month year today brief index bot good well around approximately roughly least far also per percent percentage
    fraction share amount value one ones two three both each other another via let lets put puts get gets just
    mention mentions mentioned describe described explain cite about reach reaches reached achieve achieves achieved
    compare compared comparing comparison differ difference think thinks believe believes original new recent latest
    come came use used uses try tried happen happens happened else ever anywhere everything versus
    describes january february march april may june july august september october november december
    """.split()
)
"""Words that say that something is asked, and not what."""
IDLE_STEMS = frozenset(map(stem, IDLE)) - {"cit"}
_PLAIN_FOR = """
    fix repair mitigat prevent remed correct patch|cheap cost afford inexpens expens|fast speed latenc runtim quick
    throughput acceler|slow latenc degrad|chip hardwar asic gpu processor silicon|accelerator asic gpu hardwar|heavy
    weigh mass gram|people participant annotat human user person worker|person human user participant|doctor clinic
    physic medic|kid child youth|money financ cost dollar|country nation countr|domain field area sector|exchang
    interact convers dialogu|car vehicl automotiv driv|plane aircraft aviat flight|picture image photo|image picture
    photo|hospital clinic health medic|record ehr data|medicin drug|rat score annot feedback|unsur uncertaint entrop
    confidenc|attack adversar|remov mitig defend elimin unlearn|eras unlearn remov|small compact light paramet
    siz|siz paramet|shrink compress reduc|hide hidden conceal|test evalu benchmark experiment|train fine learn|data
    dataset corpus|dataset data corpora corpus|gain improv increas boost|improvement improv increas
    outperform|better outperform improv superior|best highest outperform superior|
    worst lowest underperform lag|worse degrad drop underperform|drop degrad decreas declin|saving
    reduc sav lower|save reduc lower|cut reduc reduction lower|overhead cost comput|compute comput flop|hallucin
    fabricat|lie decept deceiv|cheat reward hack gaming|leak extract expos|steal extract theft|spy surveil
    eavesdrop|phon smartphon mobil|language multilingual lingual|speech audio spoken voic asr|accent dialect
    speech|poison backdoor trojan|trigger backdoor|guess predict infer|predict forecast|tell detect distinguish
    identif|spot detect identif|check verif valid|proof verif prove|law legal|teach educat train|student learn
    educat|teacher educat|crop agricult farm plant|sick diseas patient|tumor cancer lesion|heart cardiac|brain neur
    eeg|weather climat meteorolog|rain precipit|fire wildfir|flood hydrolog|earthquak seismic|star astronom galax|
    fake synthet generat deepfak|invent creat propos|mak creat generat build|tool system framework softwar|bug
    vulner defect|contain includ compris|job employ labor work|buy purchas|price cost market|shop commerc
    retail|online web internet|web site brows|map locat spatial|place location region|where region location area|old
    age|fail failur error|answer respons output|ask quer prompt question|cite referenc citat|copy reproduc
    copi|privacy privat confident|safe harm secur align|dangerous harm risk unsaf|jailbreak attack harm|rerun run
    time repeat|repetition run time repeat
"""


@cache
def _others() -> Mapping[str, tuple[str, ...]]:
    """For the stem of a plain word the beginnings of the words by which abstracts say it."""
    found: dict[str, list[str]] = {}
    for group in _PLAIN_FOR.split("|"):
        first, *rest = group.split()
        found.setdefault(stem(first), []).extend(rest)
    return {word: tuple(dict.fromkeys(rest)) for word, rest in found.items()}


_GLUED = re.compile(
    r"(?=.*[A-Z])[\w.+]+-(?:[A-Z0-9][\w.+]*)|[A-Z]{3,}-(?:large|base|small|tiny|mini|pro|max)"
)
"""Names with a hyphen: the second part begins with a capital or a digit, or is a size."""
_VERSION = re.compile(
    r"\b((?!(?:Figure|Table|Section|Part|In|On|At|With|Top|Type|Since"
    r"|From)\b)[A-Z][A-Za-z]+) (\d(?:\.\d)?)(?![\w%.-])"
)
_TOKEN = re.compile(r"\d{1,3}[A-Z]{1,2}\b|\d+(?:[.,]\d+)*%?|[^\W_]+(?:[-.'’+/][^\W_]+)*\+?", re.UNICODE)
_OF_A_PLACE = re.compile(r"(?:ian|ean|an|ese|ish|i)s?$")
"""Endings by which people and things are named after a country or a city."""


_SHORT_FOR = {
    "rag": "retrieval augment", "llm": "language model", "vlm": "vision language", "lvlm": "vision language",
    "mllm": "multimodal", "rl": "reinforcement", "rlhf": "human feedback", "fl": "federated", "moe": "mixture of",
    "sae": "sparse autoencoder", "gnn": "graph neural", "kg": "knowledge graph", "dp": "differential privacy",
    "ood": "out of distribution", "ner": "named entit", "asr": "speech recogn", "tts": "text to speech",
    "t2i": "text to image", "ssl": "self supervised", "peft": "parameter efficient", "icl": "in context learning",
    "cot": "chain of thought", "ids": "intrusion detection", "pinn": "physics informed", "snn": "spiking neural",
}  # fmt: skip
"""Acronyms of the field that texts spell out without giving all of their letters in a row."""


@dataclass(frozen=True)
class Term:
    """A word of the question that tells something."""

    word: str
    """As typed."""
    stem: str
    weight: float
    is_name: bool = False
    """Written like a name, an acronym or a model."""

    @property
    def is_acronym(self) -> bool:
        """Two to five capitals, such as LLM or SAEs."""
        bare = self.word.removesuffix("s")
        return self.is_name and 2 <= len(bare) <= 5 and bare.isalpha() and bare.isupper()

    @property
    def is_made_up(self) -> bool:
        """A name that is no word and no acronym: `GPT-5`, `BudgetMem`, `WikiSQL`, `NORA-1.5`."""
        inner = sum(c.isupper() for c in self.word[1:])
        return self.is_name and not self.is_acronym and (inner > 0 or any(c.isdigit() for c in self.word))

    @property
    def is_plain_name(self) -> bool:
        """A name that could be a common word: `Signal`, `German`, `Whisper`."""
        return self.is_name and self.word[0].isupper() and self.word[1:].islower()


def kin_of(key: str) -> tuple[str, ...]:
    """The beginnings of words that stand for this stem in abstracts, its own first."""
    return (key, *_others().get(key, ()))


_BRITISH = tuple(
    (re.compile(pattern), ending)
    for pattern, ending in (
        (r"(?<=[bcenmf])tre(s?)$", r"ter\1"),
        (r"(?<=cen)tred$", "tered"),
        (r"(?<=[a-z]{3})our(s|ed|ing|al|ed|able)?$", r"or\1"),
        (r"(?<=[a-z]{3})is(e|es|ed|ing|er|ers|ation|ations)$", r"iz\1"),
        (r"(?<=[aeio])lling$", "ling"),
        (r"(?<=[aeio])lled$", "led"),
        (r"ogue$", "og"),
    )
)


def terms_of(text: str) -> tuple[Term, ...]:
    """The telling words of a text, each once, names marked."""
    found: dict[str, Term] = {}
    shouted = sum(c.isupper() for c in text) > 0.5 * max(1, sum(c.isalpha() for c in text))
    text = _VERSION.sub(r"\1-\2", text)
    for match in _TOKEN.finditer(text):
        token = match.group().removesuffix("'s").removesuffix("’s")
        for word in _split(token):
            is_name = not shouted and _is_name(word, text, match.start())
            key = "".join(words(word)) if re.search(r"[-.]", word) else root(word.lower())
            weight = _weight(word, key, is_name)
            if weight and (key not in found or (is_name and not found[key].is_name)):
                found[key] = Term(word, key, weight, is_name)
    return tuple(found.values())


def weight_of(terms: Iterable[Term]) -> float:
    """The weight of all terms together."""
    return sum(term.weight for term in terms)


def _is_name(token: str, text: str, start: int) -> bool:
    """Capitals inside, digits after letters, or a capital that no sentence's beginning explains."""
    if len(token) < 2 or not any(c.isalpha() for c in token):
        return False
    if sum(c.isupper() for c in token) >= 2:
        return True
    if any(c.isdigit() for c in token) and (token[0].isalpha() or token.isupper()):
        return True
    before = text[:start].rstrip(" \"'“‘(*")
    begins = not before or before[-1] in ".!?:;"
    return token[0].isupper() and not begins and stem(token.lower()) not in IDLE_STEMS


def _split(token: str) -> list[str]:
    """The words of a hyphenated token; a name such as `GPT-5` or `Common-O` stays whole."""
    if re.fullmatch(r"\d+(?:[.,]\d+)*%?", token):
        return [token.rstrip("%").replace(",", "")]
    parts = [part for part in re.split(r"[-/'’]|\+(?=\w)", token) if part]
    if len(parts) == 2 and "-" in token and _GLUED.fullmatch(token):
        return [token]
    return parts


def _weight(word: str, key: str, is_name: bool) -> float:
    if word[0].isdigit() and not is_name:
        return 0.6
    if is_name:
        return max(rarity(key), 0.6)
    if key in IDLE_STEMS or word.lower() in STOP or len(word) < 2:
        return 0.0
    return max(rarity(key), 0.2)


@lru_cache(maxsize=4_096)
def stemmed(text: str) -> tuple[str, ...]:
    """The stems of a text, in order, in one spelling of English."""
    return tuple(root(word) for word in words(text))


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """The stem of a word in American spelling, so that `centred` meets `centered`."""
    return stem(american(word))


def american(word: str) -> str:
    """A lower-case word in American spelling, as far as its ending tells."""
    for pattern, ending in _BRITISH:
        if pattern.search(word):
            return pattern.sub(ending, word)
    return word


@dataclass(frozen=True)
class Vocabulary:
    """The words of a text, ready for looking up a question's words."""

    text: str

    @cached_property
    def stems(self) -> frozenset[str]:
        """All stems of the text."""
        return frozenset(stemmed(self.text))

    @cached_property
    def words(self) -> list[str]:
        """The words of the text, in order."""
        return words(self.text)

    @cached_property
    def joined(self) -> set[str]:
        """Neighbours written together: `wi-fi` as `wifi`, `GPT-5` as `gpt5`, `NORA-1.5` as `nora15`."""
        plain = self.words
        pairs = {a + b for a, b in pairwise(plain)}
        return pairs | {
            a + b + c for a, b, c in zip(plain, plain[1:], plain[2:], strict=False) if c.isdigit()
        }

    @cached_property
    def row_of_stems(self) -> str:
        """All stems one after another, with a space before and after each."""
        return f" {' '.join(self.stems)} "

    @cached_property
    def initials(self) -> tuple[str, str]:
        """The first letters of all words, and of those that are no stop words."""
        return "".join(w[0] for w in self.words), "".join(w[0] for w in self.words if w not in STOP)

    def has(self, term: Term) -> float:
        """1 if the word is there, less if a part of it, a synonym or a word of the same beginning is, else 0."""
        key, word = term.stem, term.word.lower()
        if key[-1:].isdigit() and "-" in word:
            return self._has_version(word)
        if key in self.stems or (not word.isdigit() and (key in self.joined or word in self.joined)):
            return 1.0 if not term.is_plain_name or term.word in self.text else 0.4
        if "-" in word:
            first, _, second = word.partition("-")
            return 0.5 if second and {root(first), root(second)} <= self.stems else 0.0
        if word[0].isdigit():
            return self._has_number(word)
        if word in NUMBER_WORDS and str(NUMBER_WORDS.index(word)) in self.stems:
            return 1.0
        if term.is_acronym and any(word.removesuffix("s") in row for row in self.initials):
            return 0.9
        if term.is_acronym and (phrase := _SHORT_FOR.get(word.removesuffix("s"))):
            return 0.9 if f" {phrase}" in f" {' '.join(self.words)}" else 0.0
        if term.is_acronym or term.is_made_up:
            return 0.0
        if term.is_plain_name and self._has_place(word):
            return 0.7
        return self._has_kin(key)

    def _has_place(self, word: str) -> bool:
        """Whether a name such as `Ghanaian` stands there as the place that it comes from."""
        place = _OF_A_PLACE.sub("", word)
        return (
            place != word
            and len(place) >= 4
            and any(len(own) <= len(place) + 2 for own in self.words if own.startswith(place))
        )

    def _has_kin(self, key: str) -> float:
        if len(key) >= 5 and any(_same_beginning(key, other) for other in self._beginning(key[:5])):
            return 0.7
        return 0.5 if any(self._has_beginning(other) for other in _others().get(key, ())) else 0.0

    def _beginning(self, letters: str) -> Iterator[str]:
        """The stems that begin with these letters."""
        row, at = self.row_of_stems, 0
        while (at := row.find(f" {letters}", at)) >= 0:
            end = row.index(" ", at + 1)
            yield row[at + 1 : end]
            at = end

    def _has_beginning(self, root: str) -> bool:
        """Whether a stem begins like this, or is itself a beginning of at least five letters."""
        if f" {root}" in self.row_of_stems:
            return True
        return any(root[:n] in self.stems for n in range(5, len(root)))

    def _has_version(self, word: str) -> float:
        """1 for the very version that is named, less for another one or other order: `Llama 3` is not `Llama 3.2`."""
        name, _, number = word.rpartition("-")
        if re.search(rf"(?<!\w){re.escape(name)}[-\s]?{re.escape(number)}(?!\d|\.\d)", self.text, re.I):
            return 1.0
        return 0.4 if root(name) in self.stems and number in re.split(r"[^\d.]+", self.text) else 0.0

    def _has_number(self, word: str) -> float:
        if word.isdigit() and int(word) < len(NUMBER_WORDS) and stem(NUMBER_WORDS[int(word)]) in self.stems:
            return 1.0
        if word in ("2d", "3d") and self._has_beginning("dimension"):
            return 0.9
        plain = self.text.replace(",", "")
        return float(re.search(rf"(?<![\d.]){re.escape(word)}(?![\d]|[.,]\d)", plain) is not None)


@lru_cache(maxsize=1_024)
def vocabulary_of(text: str) -> Vocabulary:
    """The words of a text; those of the works and sentences that are asked about again and again are kept."""
    return Vocabulary(text)


def _same_beginning(a: str, b: str) -> bool:
    """Whether two stems share most of their letters: `negotiat` and `negotiation`."""
    shared = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return shared >= 5 and shared >= 0.7 * max(len(a), len(b))


def coverage(terms: Sequence[Term], vocabulary: Vocabulary) -> float:
    """Share of the question's telling words, by weight, that a text has; 0 without any."""
    whole = weight_of(terms)
    return sum(t.weight * vocabulary.has(t) for t in terms) / whole if whole else 0.0
