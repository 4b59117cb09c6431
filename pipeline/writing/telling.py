"""A source's sentence as a brief tells it: in the third person, without padding, and whether it stands alone.

Every rule drops words, an address or a reference to the authors' own work; numbers, names, negation, hedges and
conditions stay. The anchor of the sentence quotes the source as it is.
"""

import re

from pipeline.writing.phrasing import attribute, capitalised, readable

LONG = 220
"""Characters from which examples in parentheses are dropped."""
SHORTEST = 60
"""Characters that are left at least when a sentence loses its end."""
EARLY = 75
"""Characters from the beginning in which a "this" or "these" speaks of the sentence before."""

_OWN_WORK = r"(?:paper|work|study|article|report|post|survey|review|manuscript|thesis|research|letter|essay)"
_OWN_RESULT = (
    r"(?:results?|findings?|experiments?|evaluations?|observations?|analys[ei]s|insights?|contributions?"
    r"|conclusions?)"
)
_THESE = r"(?:this|these|those|such|the above|the aforementioned)"

_PURPOSE = re.compile(
    r"(?:to (?!(?:some|all|most|many|the|an?|any|each|every|both|such|our|their|what|which|whom)\b)"
    rf"\w+ (?:[\w-]+ ){{0,6}}?{_THESE}(?! as\b)\b[^,;.:]{{0,90}}"
    rf"|towards? {_THESE} \w+"
    rf"|(?:motivated|inspired|guided|informed) by {_THESE}\b[^,;.:]{{0,60}}"
    rf"|(?:building|based|drawing) (?:up)?on {_THESE}\b[^,;.:]{{0,60}}"
    rf"|in (?:this|the present|the current) (?:\w+ )?{_OWN_WORK}|in our (?:paper|work)"
    r"|(?:through|via|with|by) (?:(?:extensive|comprehensive|thorough|rigorous|systematic|large-scale|empirical) )+"
    r"(?:\w+ )?(?:experiments?|experimentation|evaluations?|analys[ei]s|studies|testing|validation)"
    r"|overall|together|altogether|collectively|accordingly|as a whole|on the whole|(?:most )?remarkably|surprisingly"
    r"|interestingly|strikingly|ultimately|in total|all in all)\s*,\s+(?=[\w\"“'‘$\\(])",
    re.I,
)
"""Openings that give a purpose or a place known from the sentence before, or that only stress."""
_CAUSE = re.compile(
    r"(?:thus|therefore|hence|consequently|as a (?:result|consequence)|as such|so)\s*,\s+(?=\w)", re.I
)
_ADDRESS = re.compile(
    r"(?:\s+here:?(?=\s*https?:)"
    r"|\s+\(?(?:(?:which|that) is )?(?:here )?(?:at|on|from|via|under|in|through)\b(?: the)?(?: following)?"
    r"(?: (?:url|link|address|website|repository|repo|page))?:?)?\s*[(<]?https?://[^\s<>]*[^\s<>.,;:)]/?[>)]?",
    re.I,
)
_LABEL = re.compile(
    r"^(?:TL;?DR|Summary|Abstract|Results?|Conclusions?|Findings?|Objectives?|Methods?)\s*[:.—–-]\s+", re.I
)
_AGAINST = re.compile(r"(?:However|Yet|Nevertheless|Nonetheless)\b,?\s", re.I)
_TO_THIS = re.compile(
    r"(?:(?<=approach)|(?<=solution)|(?<=response)|(?<=answer)),? (?:to|for) (?:this|these) "
    r"(?:problem|issue|challenge|gap|question|need)s?\b"
)
_OWN = re.compile(
    rf"(?:(?:These|This) (?P<own>(?:\w+ )?{_OWN_RESULT})\b"
    r"|The (?P<these>(?:experimental |empirical )?(?:results|findings|experiments|evaluations)) (?=\w+ |that\b)"
    r"(?!of (?!our\b)|in\b|by\b|from\b|obtained\b))"
)
_WORK = re.compile(rf"This (?=(?:\w+ )?{_OWN_WORK}\b)")

_PRAISE = (
    r"(?:effectiveness|potential|importance|promise|value|power|superiority|efficacy|practicality|robustness"
    r"|versatility|advantages?|benefits?|strengths?|feasibility|viability|usefulness|significance|adaptability)"
)
_NEW = (
    r"(?:(?:a|an|the|new|novel|valuable|practical|important|promising|actionable|useful|deep|deeper|solid|strong"
    r"|clear|effective|efficient|scalable|robust|unified|critical|key|fresh) )*"
)
_TAIL = re.compile(
    r",\s+(?:and )?(?:thus |thereby |therefore |ultimately )?(?:"
    r"paving the (?:way|path)|laying (?:the|a) (?:foundation|groundwork)|opening (?:up )?(?:new|the door|avenues|a)"
    rf"|(?:offering|providing|yielding|delivering|giving|presenting) {_NEW}(?:insights?|perspectives?|foundations?"
    r"|guidance|paths?|directions?|avenues?|solutions?|basis|tools?|baselines?|resources?|roadmap|framework)\b"
    r"|contributing to|facilitating|advancing (?:the|toward)"
    rf"|(?:highlighting|underscoring|demonstrating|showcasing|illustrating|emphasi[sz]ing|validating|confirming) "
    rf"(?:the |its |their |our )?(?:\w+ ){{0,2}}?{_PRAISE}\b"
    r"|setting (?:a|the) new|marking a|representing an?|bridging the gap|establishing (?:a|an|itself) \w+"
    r")[^;:]*$"
)
"""Ends that praise or promise, and state nothing."""
_EXAMPLES = re.compile(
    r"\s\((?:(?:e\.g\.,?|i\.e\.,?|for example,?|such as|including)\s[^()]{1,140}|(?:[a-z][a-z -]*, ){2,}[^()]{1,60})\)"
)
_KEEPS = re.compile(
    r"\d|\b(?:not|no|never|without|but|however|only|except|although|while|whereas|fail\w*)\b", re.I
)
"""What is never cut away: figures, negation, reservations."""

_POINTS_AT_START = re.compile(
    r"(?:(?:These|This|Those|It|They|Its|Their|He|She|His|Her|Here|Such(?! as)|Another|Other|Likewise|Similarly"
    r"|Otherwise|Instead|Conversely|Rather|Then|And|But|Or|So|Thus|Therefore|Hence|Consequently|Still"
    r"|(?:In|By) (?:doing so|contrast|turn|comparison)|Doing so"
    r"|As (?:such|shown|described|before|a (?:result|consequence))"
    r"|Unlike (?:these|this|those|them)|The (?:former|latter|above|aforementioned|same|other|others|resulting)"
    r"|Both(?! \w+ and\b)|The (?:two|three|four) \w+(?= (?:are|were|differ|share)))\b"
    r"|(?:i\.e\.|e\.g\.|[a-z]\)|\([a-z0-9]\)))"
)
_IT_FILLS = re.compile(
    r"It (?:is|remains|was|may be|might be|would be|seems|turns out|has (?:long )?been)\s+(?:\w+\s+){0,3}?"
    r"(?:clear|unclear|important|crucial|essential|vital|necessary|possible|impossible|known|unknown|recommended"
    r"|advisable|imperative|open|hard|difficult|easy|likely|unlikely|shown|found|seen|that)\b"
)
_POINTS_WITHIN = re.compile(
    rf"\b(?:this|these|those|such(?! (?:as|that)\b))\s+(?!(?:\w+ )?{_OWN_WORK}\b|{_OWN_RESULT}\b)"
    r"(?!(?:who|that|of|from|in|with)\b)(?P<thing>\w+)"
    r"|\b(?:the|its|their) (?:former|latter)\b"
    r"|\bas (?:such|described|shown) above\b|\b(?:doing|does|do|did) so\b",
    re.I,
)
_FIRST_WORDS = frozenset(
    "a ablation accurate across after all although among an another as at automated automatic based "
    "because before both building but by central certain classical code common compared comprehensive "
    "conventional current data deep despite diffusion due during each early empirical empirically "
    "ensuring evaluated evaluating evaluation evaluations even existing experimental experiments "
    "extensive federated fine-tuning first following for foundation from further future generative given "
    "high how human humans if in inspired it its large large-scale less leveraging machine many model models "
    "modern more most multi-agent multimodal neural no none numerical of on one only our out over overall "
    "performance poetic poor practical preliminary previous prior rather recent recently reinforcement "
    "results retrieval second several simple simulation since small some sparse starting static strong "
    "such systematic that the their then theoretical theoretically there these they this those three "
    "through to together traditional trained training two under understanding unlike until using various "
    "vision we what when where whether which while why with within without".split()
)
"""Words that begin with a small letter inside a sentence, whatever the field."""


def told(sentence: str, *, follows: bool = False) -> str:
    """The sentence for a brief: plain characters, about the authors, without openings and ends that say nothing.

    `follows`: the sentence before it in the source stands before it here as well, so a "thus" may stay.
    """
    source = _LABEL.sub("", _ADDRESS.sub("", readable(sentence)))
    text = _without_opening(attribute(_without_opening(source)))
    if not follows and (cause := _CAUSE.match(text)):
        text = capitalised(text[cause.end() :])
    elif follows and (against := _AGAINST.match(source)):
        was_small = source[against.end() :][:1].islower()
        text = f"But {text[:1].lower() + text[1:] if was_small else inside(text)}"
    text = _WORK.sub("The ", _OWN.sub(_named, text, count=1), count=1)
    return _ended(_shortened(_TO_THIS.sub("", text)))


def _named(match: re.Match[str]) -> str:
    return f"The authors' {match['own'] or match['these'] + ' '}"


def points_back(text: str) -> bool:
    """Whether a told sentence speaks of something that only the sentence before it names."""
    if _POINTS_AT_START.match(text) and not _IT_FILLS.match(text):
        return True
    found = _POINTS_WITHIN.search(text)
    if found is None or found.start() >= EARLY:
        return False
    pointed_at = found["thing"]  # "such uncertainty" is clear where uncertainty was spoken of
    return not (pointed_at and pointed_at.lower() in text[: found.start()].lower())


def _without_opening(text: str) -> str:
    while match := _PURPOSE.match(text):
        text = capitalised(text[match.end() :])
    return text


def _shortened(text: str) -> str:
    tail = _TAIL.search(text)
    if tail and tail.start() >= SHORTEST and not _KEEPS.search(tail[0]):
        text = text[: tail.start()] + "."
    if len(text) > LONG:
        text = _EXAMPLES.sub(lambda found: found[0] if _KEEPS.search(found[0]) else "", text)
    return text


def _ended(text: str) -> str:
    """The text with a mark at its end."""
    return text if re.search(r"[.!?][\"”’)]*$", text) else text.rstrip(" ,;:") + "."


def inside(sentence: str) -> str:
    """The sentence with a small first letter where its first word is a common one."""
    first = re.match(r"[A-Za-z-]+", sentence)
    if (first and first[0].lower() in _FIRST_WORDS and not first[0].isupper()) or sentence.startswith("A "):
        return sentence[:1].lower() + sentence[1:]
    return sentence
