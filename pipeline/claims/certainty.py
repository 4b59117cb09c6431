"""How sure, how general and how many: hedges, absolutes, superlatives and plurals, in a claim against its source."""

import re
from typing import NamedTuple

HEDGE = re.compile(
    r"\b(?:may|might|could|can|potential(?:ly)?|possib(?:le|ly|ility)|suggest(?:s|ed|ing)?|indicat(?:e|es|ed|ing)"
    r"|hint(?:s|ed)?|likely|seem(?:s|ed)?|appear(?:s|ed)?|hypothesi[sz]\w+|believ\w+|conjectur\w+|speculat\w+"
    r"|promising|preliminary|exploratory|tentative\w*|argu(?:e|es|ed)|hope(?:s|d|ful)?|aim(?:s|ed)?|plausibl\w+"
    r"|tend(?:s|ed)?|would|should|propos\w+|towards?)\b",
    re.I,
)
SURE = re.compile(
    r"\b(?:prov(?:e|es|ed|en)|guarantee(?:s|d|ing)?|establish(?:es|ed)?|ensur(?:e|es|ed)|certain(?:ly)?"
    r"|definitive(?:ly)?|conclusive(?:ly)?|undoubtedly|clearly|beyond doubt|settle(?:s|d)?|confirm(?:s|ed)?"
    r"|demonstrat(?:e|es|ed)|show(?:s|n|ed)?|is known|has become|have become|has replaced|have replaced|will)\b",
    re.I,
)
STRONG = re.compile(
    r"\b(?:prov(?:e|es|ed|en)(?!\s+(?:to be|more|less|most|clearly|equally|very|too|both|un\w+|hard|easy|"
    r"\w+(?:er|able|ble|ful|ive|ant|ent|ic|al|ous|ult))\b)|guarantee\w*|definitive\w*|conclusive\w*|undoubtedly"
    r"|beyond doubt|without (?:any )?doubt|settle[sd]?|(?:has|have) (?:already )?(?:become|replaced|been "
    r"(?:adopted|deployed)|solved|changed the|closed the|displaced)|for good|once and for all|necessarily|inevitabl\w+"
    r"|demonstrably|certified|will (?:always|never|surely|certainly)"
    r"|in (?:routine|daily|clinical|hospital|regular) use)\b",
    re.I,
)
ABSOLUTE = re.compile(
    r"\b(?:all|every|any|always|never|none|no|everywhere|whatever|whichever|whenever|wherever|regardless|entirely"
    r"|completely|fully|totally|perfect(?:ly)?|universal(?:ly)?|without exception|invariably|impossible|each"
    r"|eliminat\w+|immune|solves?|solved|in general|only|alone|solely|exclusively|nobody|no one|nothing"
    r"|without loss|anyone|arbitrary)\b",
    re.I,
)
FULL = re.compile(
    r"\b(?:all|every|any|always|never|whatever|whichever|whenever|wherever|regardless|entirely|completely|fully"
    r"|totally|perfect(?:ly)?|universal(?:ly)?|exception|invariably|eliminat\w+|immune|solves?|solved|for good)\b",
    re.I,
)
SUPERLATIVE = re.compile(
    r"\b(?:best|worst|(?:(?<=the )|(?<=very )|(?<=is )|(?<=as ))first(?! (?:results?|stage|step|then|place|one|part))"
    r"|(?<!at )"
    r"(?:most|least) \w+(?:ive|al|ful|ous|able|ible|ant|ent|ed|ic|ate"
    r"|ing|ex)|fastest|largest|smallest|strongest|highest|lowest|greatest|sole"
    r"|biggest|cheapest|simplest|safest|state[- ]of[- ]the[- ]art|leading|unprecedented|unique(?:ly)?|ever"
    r"|unmatched|unrivalled|unparalleled|(?<!on )top(?! of)"
    r"|record (?=high|low|score|result|accuracy)|optimal|groundbreaking|revolutionary|pivotal|decisive"
    r"|dominant|record-breaking|breakthrough|new standard)\b",
    re.I,
)
PLURAL = re.compile(
    r"\b(?:several|many|multiple|various|numerous|two|three|four|both|a number of|a growing (?:number|body)|most"
    r"|recent|independent|separate|different|other|a (?:wave|series|host|range|string|pair|handful|cluster) of)"
    r"(?:\s+(?!(?:model|agent|task|data|case)s?\b)[\w-]+){0,3}\s+(?:papers|studies|works|articles|groups|teams"
    r"|publications|reports|preprints|authors|researchers|lines of work|laboratories|labs|projects)\b",
    re.I,
)
TREND = re.compile(
    r"\b(?:growing|increasing|rising|emerging|clear|general|broader?|new|wider|this|the|a) "
    r"(?:trend|consensus|shift|wave|recognition|awareness|emphasis|momentum|movement|body of)\b"
    r"|\b(?:trend|consensus)\b|\bthis week(?:'s)?\b|\bacross (?:papers|studies|works)\b|\bresearchers (?:are|have)\b"
    r"|\b(?:becoming|become) (?:common|standard|popular|widespread|the norm)\b|\bthe field (?:is|has)\b"
    r"|\b(?:papers|studies|works|articles) (?:show|find|report|suggest|agree|confirm|address|explore|focus)\w*\b"
    r"|^\W*(?:recent |new )?works\b|\b(?:several|many|different|various|two|three|separate) "
    r"(?:groups|teams|labs|laboratories)\b"
    r"|\bresearchers (?:from|in|at) (?:different|several|many|various)\b|\b(?:are|is) converging\b|\bconverge on the\b"
    r"|^\W*(?:several|two|three|four|many|various|a number of|both) (?:new |recent |other )?(?:\w+ )?"
    r"(?:benchmarks|surveys"
    r"|frameworks|systems|attacks|defen[cs]es|datasets|proposals|efforts|contributions)\b"
    r"|\bgroups? (?:independently|around the world)\b|\bmore and more\b|\bindependently\b",
    re.I,
)
SIMILARLY = re.compile(r"^\W*(?:similarly|likewise|in the same vein|another (?:paper|study|work))\b", re.I)
EARLIER = re.compile(
    r"\b(?:earlier|previous|prior|existing|past|former|recent|older|other|current|present)\s+(?:\w+\s+)?"
    r"(?:papers|studies|works?|articles|publications|approaches|methods|research)\b",
    re.I,
)
AUTHORS_SAY = re.compile(
    r"\b(?:authors?|according to|paper|report(?:s|ed|edly)?|said to|claim(?:s|ed)?|argu\w+)\b", re.I
)


class Shift(NamedTuple):
    """Words of a claim that go further than its source does, by kind."""

    full: tuple[str, ...]
    absolute: tuple[str, ...]
    strong: tuple[str, ...]
    superlative: tuple[str, ...]
    plural: str
    lost_hedge: str
    """The source's hedge that the claim left out, empty where there is none."""


def beyond(claim: str, source: str, near: str, works: int) -> Shift:
    """What a claim over so many works says more surely or more generally than its source.

    `near` is what it rests on.
    """
    low = source.lower()
    return Shift(
        full=_not_in(FULL, claim, low),
        absolute=_not_in(ABSOLUTE, claim, low),
        strong=_not_in(STRONG, claim, low),
        superlative=_not_in(SUPERLATIVE, claim, low),
        plural=plural_of(claim, low, works),
        lost_hedge=lost_hedge(claim, near),
    )


def _not_in(pattern: re.Pattern[str], claim: str, source: str) -> tuple[str, ...]:
    found = dict.fromkeys(match.group().lower() for match in pattern.finditer(claim))
    return tuple(word for word in found if not _has(word, source))


_AKIN = (
    r"\b(?:best|leading|strong\w*|top|state[- ]of[- ]the[- ]art|sota|superior|advanced)\b",
    r"\b(?:smallest|lowest|least|minim\w+|optimal\w*)\b",
    r"\b(?:largest|highest|greatest|biggest|maxim\w+)\b",
    r"\b(?:pro(?:ve|ves|ved|ven|ving|ofs?|vabl[ey])|theorem\w*|guarantee\w*|establish\w*)\b",
)
"""Words that claim as much as each other: a source that has one may be given with another."""


def _has(word: str, source: str) -> bool:
    for akin in _AKIN:
        if re.fullmatch(akin, word):
            return bool(re.search(akin, source))
    root = word[:5] if len(word) > 6 and " " not in word else word
    return bool(re.search(rf"\b{re.escape(root)}", source))


def plural_of(claim: str, source: str, works: int) -> str:
    """The words by which a claim over a single work speaks of several works or of a trend, empty where it does not."""
    if works > 1:
        return ""
    for pattern in (PLURAL, TREND, SIMILARLY):
        match = pattern.search(claim)
        if match and not EARLIER.search(match.group()) and match.group().lower() not in source:
            return match.group()
    return ""


def lost_hedge(claim: str, near: str) -> str:
    """The hedge of the sentence that a claim rests on, where the claim has none and speaks surely."""
    hedge = HEDGE.search(near)
    if hedge is None or HEDGE.search(claim) or AUTHORS_SAY.search(claim):
        return ""
    return hedge.group()
