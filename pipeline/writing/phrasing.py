"""Authors' sentences turned into sentences about the authors, and LaTeX made readable.

Both work on fixed tables and leave alone what they do not know: numbers, names, negation, hedges and
comparisons stay as the source has them.
"""

import re
import unicodedata

# Quotations, code, formulas, commands and links are the source's own words; so is a "we" that means everybody.
PROTECTED = re.compile(
    r"``[^`]{0,400}''|`[^`]{0,400}`|\"[^\"]{0,400}\"|“[^”]{0,400}”|‘[^’]{0,400}’|(?<!\w)'[^']{0,400}'(?!\w)"
    r"|\$[^$]{0,400}\$|\\[A-Za-z]+(?:\{[^{}]{0,200}\})*|https?://\S+"
    r"|\b[Oo]ur (?:understanding|daily|everyday|lives|life|society|societies|world|planet|species"
    r"|collective|modern|times)\b"
    r"|\b[Ww]e (?:as|all|humans|people|live|live in|know today)\b|\b(?:all|most|many|some) of us\b"
    r"|\b[Ll]et us\b"
    r"|\b(?:tell|make|teach|remind|surround)s? us\b|\bour own\b"
)
MASK = re.compile("\ue000(\\d+)\ue001")
MARKS = re.compile("[\ue000\ue001]")

_CONNECTIVES = (
    "furthermore|moreover|additionally|in "
    "addition|besides|however|yet|nevertheless|nonetheless|specifically|in particular|particularly|"
    "finally|lastly|notably|importantly|more importantly|most "
    "importantly|critically|crucially|concretely|similarly|likewise|meanwhile|then|"
    "also|further|next|first|firstly|second|secondly|third|thirdly|subsequently|indeed|in fact|in "
    "summary|in conclusion|to conclude|in short|"
    "taken together|more broadly|more specifically|for example|for instance|at the same time|to this "
    "end|to that end|towards? this end|to achieve this|in response"
)
_PURPOSE = (
    r"(?:(?:to|towards?) (?:address|overcom|tackl|mitigat|bridg|fill|clos|solv|resolv|remedy|alleviat"
    r"|investigat|answer)(?:e|ing)?|in response to|in (?:the )?light of|based on|building on|"
    r"motivated by|inspired by|guided by) (?:this|these|those|the above)(?: (?:gap|issue|problem"
    r"|challenge|limitation|question|weakness|concern|need|"
    r"shortcoming|drawback|bottleneck|observation|finding|insight|idea|foundation|threat|risk|vulnerabilit(?:y|ie)"
    r"|obstacle|barrier|trade-?off|deficienc(?:y|ie)|flaw)e?s?)?"
)
CONNECTIVE = re.compile(rf"(?:{_CONNECTIVES}|{_PURPOSE})\s*,\s*|here(?:in)?\s*,?\s+(?=we\b)", re.I)
ENUMERATION = re.compile(r"\bsecond(?:ly)?\b|\(?(?:2|ii)\)", re.I)
PLACE = re.compile(
    r"in (?:this|the present|our|the current) (?:\w+ )?(?:paper|work|study|article|report|post|survey"
    r"|review|letter|manuscript|research)"
    r"\s*,?\s+(?=(?:we|our)\b)",
    re.I,
)
# Capital "US" and "WE" are abbreviations, "10 us" a unit: only these shapes are pronouns.
PRONOUN = re.compile(
    r"(?<![\w.\-/@#&'’+])(?<!\d )(?P<word>we|us|our|ours|ourselves|We|Our|Ours)(?:['’](?P<verb>re|ve"
    r"|ll))?(?![\w\-/@&+'’]|\.\w)"
)
NAMED = {
    "we": "the authors",
    "us": "the authors",
    "our": "the authors'",
    "ours": "the authors'",
    "ourselves": "themselves",
}
AGAIN = {"we": "they", "us": "them", "our": "their", "ours": "theirs", "ourselves": "themselves"}
CONTRACTED = {"re": " are", "ve": " have", "ll": " will", None: ""}
BEGINNING = re.compile(r"(?:^|[.:;!?)(\]—–*•-]\s+|[(\[]|\d[.)]\s+)$")
SINGULAR = re.compile(r"(?<![\w.\-/])(?:I|I['’]\w+|my|My|me|mine|myself)(?![\w\-/]|\.\w)")
NUMERAL = re.compile(
    r"\b(?:[A-Z][a-z]+(?:['’]s)?|type|class|phase|stage|part|level|category|step|case)[ -](?:I"
    r"|I and II)\b(?! [a-z]+(?:e|ed|d)\b)"
)
AUTHORS = re.compile(r"\bthe authors?\b", re.I)
SINGULAR_START = re.compile(
    r"I (argue|recommend|propose|present|show|find|introduce|describe|suggest|believe|explore|investigate"
    r"|discuss|examine|expect|develop|"
    r"demonstrate|think|conclude|report|claim|outline|explain|evaluate|measure|compare|consider|offer|provide|suspect"
    r"|hope|note|want|review|test|train|use|investigate|estimate|construct|create|design|give|identify"
    r"|can|could|will|would|should|might|may|found"
    r"|showed|argued|proposed|"
    r"presented|trained|tested|used|ran|built|was|wrote)\b"
)
SECOND_VERB = re.compile(
    r"(^[^.;:,]{1,80}? and (?:then |also )?(?:argue|recommend|propose|present|show|find|introduce|describe|suggest"
    r"|discuss|examine|demonstrate|conclude|report|outline|explain|measure|compare|offer|provide))(?= )"
)
INVARIABLE = frozenset(
    "can could will would should might may found showed argued proposed presented trained tested used ran "
    "built was wrote".split()
)
ENGLISH = re.compile(r"\b(?:the|and|of|that|for|with|this|an|by|from|on|are|is|to)\b", re.I)


def attribute(sentence: str) -> str:
    """The sentence in the third person, fit to be read aloud alone, or unchanged where that is unsafe.

    "In this paper, we propose X" becomes "The authors propose X". Connectives that only join a sentence
    to the one before are dropped; causal ones stay. Applying it again changes nothing.
    """
    if MARKS.search(sentence) or _is_shouted(sentence) or not _is_english(sentence):
        return sentence
    kept: list[str] = []
    opened = _without_opening(_masked(sentence.strip(), kept))
    alone = SINGULAR.search(NUMERAL.sub("", opened))
    third = _from_singular(opened) if alone else _from_plural(opened)
    if third is None:
        return sentence
    result = MASK.sub(lambda match: kept[int(match.group(1))], third)
    return result if result == sentence.strip() else capitalised(result)


def _masked(text: str, kept: list[str]) -> str:
    """The text with a mark in place of every protected part, which is added to `kept`."""

    def hide(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\ue000{len(kept) - 1}\ue001"

    return PROTECTED.sub(hide, text)


def _is_shouted(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter.isupper() for letter in letters) > 0.6 * len(letters)


def _is_english(text: str) -> bool:
    """Rough: "we" and "us" are words of other languages too."""
    return text.isascii() or bool(ENGLISH.search(text))


def _without_opening(text: str) -> str:
    """The sentence without the connectives and the "in this paper" in front of it."""
    while True:
        match = CONNECTIVE.match(text) or PLACE.match(text)
        if match is None or (match.group().lower().startswith("first") and ENUMERATION.search(text)):
            return text
        rest = text[match.end() :]
        if not rest.strip():
            return text
        text = rest


def _from_plural(text: str) -> str | None:
    """Names the authors at the first pronoun and refers back to them at the others."""
    if AUTHORS.search(text) and PRONOUN.search(text):
        return None
    named = False

    def replace(match: re.Match[str]) -> str:
        nonlocal named
        word = match["word"]
        begins = BEGINNING.search(text[max(match.start() - 12, 0) : match.start()])
        if word[0].isupper() and match.start() and not begins:
            return match.group()  # part of a name
        phrase = (AGAIN if named else NAMED)[word.lower()] + CONTRACTED[match["verb"]]
        named = True
        return phrase[0].upper() + phrase[1:] if word[0].isupper() else phrase

    return PRONOUN.sub(replace, text)


def _from_singular(text: str) -> str | None:
    """The same for a single author, where the only "I" begins the sentence with a known verb."""
    match = SINGULAR_START.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if re.search(r"(?<![\w.])(?:I|I['’]\w+|myself|mine|we|our|us)(?!\w)", rest):
        return None
    verb = match[1] if match[1] in INVARIABLE else f"{match[1]}s"
    if match[1] not in INVARIABLE:
        rest = SECOND_VERB.sub(r"\1s", rest, count=1)
    rest = re.sub(r"(?<![\w.\-/])my(?![\w\-/])", "their", rest)
    return f"The author {verb}" + re.sub(r"(?<![\w.\-/])me(?![\w\-/])", "them", rest)


def capitalised(text: str) -> str:
    """The text with a capital first letter, unless its first word may be a name or a symbol that is written small."""
    word = re.match(r"[^\s,;:.]+", text)
    if word and re.fullmatch(r"[a-z]{2,}(?:['’-][a-z]+)*['’]?|a", word.group()):
        return text[0].upper() + text[1:]
    return text


_GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa "
    "κ lambda λ mu μ nu ν xi ξ pi π rho ρ "
    "sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi "
    "Π Sigma Σ Phi Φ Psi Ψ Omega Ω"
)
_SIGNS = (
    "times × cdot · leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ approx ≈ sim ~ simeq ≃ pm ± mp ∓ to → rightarrow → "
    "leftarrow ← Rightarrow ⇒ infty ∞ in ∈ "
    "notin ∉ ll ≪ gg ≫ ldots … dots … cdots ⋯ ell ℓ partial ∂ nabla ∇ sum ∑ prod ∏ forall ∀ exists ∃ cup "
    "∪ cap ∩ subset ⊂ subseteq ⊆ mid | "
    "vert | Vert ‖ | ‖ circ ∘ star ⋆ ast ∗ equiv ≡ propto ∝ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ "
    "rceil ⌉ uparrow ↑ downarrow ↓ div ÷ "
    "deg ° lesssim ≲ gtrsim ≳ oplus ⊕ otimes ⊗ prime ′ dagger † degree ° emptyset ∅ setminus ∖ wedge ∧ vee ∨ "
    "neg ¬ hbar ℏ ss ß o ø O Ø ae æ AE Æ aa å "
    "AA Å l ł L Ł S § textasciitilde ~ textbackslash \\ textendash – textemdash — textdegree ° log log "
    "ln ln exp exp min min max max arg arg "
    "argmin argmin argmax argmax sup sup inf inf lim lim det det dim dim ker ker Pr Pr sin sin cos cos "
    "tan tan tanh tanh poly poly"
)
SIGNS = dict(zip(f"{_GREEK} {_SIGNS}".split()[::2], f"{_GREEK} {_SIGNS}".split()[1::2], strict=True))
STYLED = re.compile(
    r"\\(?:text(?:bf|it|tt|sc|rm|sf|sl|up|normal)?|emph|underline|mbox|math(?:bf|it|rm|sf|tt|cal|bb|frak"
    r"|scr|normal)|boldsymbol|boldmath|bm|operatorname\*?|"
    r"ac[slfp]?|url|texttildelow|mathop)\s*\{([^{}]{0,300})\}"
)
FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]{1,60})\}\s*\{([^{}]{1,60})\}")
ROOT = re.compile(r"\\sqrt\s*(?:\{([^{}]{1,60})\}|(\\?[A-Za-z]+|\d))")
HAT = re.compile(
    r"\\(?:wide)?(tilde|hat|bar|check|dot|vec)\s*(?:\{\s*([A-Za-z])\s*\}|([A-Za-z])(?![A-Za-z]))"
)
HATS = {
    "tilde": "\u0303",
    "hat": "\u0302",
    "bar": "\u0304",
    "check": "\u030c",
    "dot": "\u0307",
    "vec": "\u20d7",
}
LINK = re.compile(r"\\(?:href|textcolor)\s*\{[^{}]{0,300}\}\s*\{([^{}]{0,300})\}")
POINTER = re.compile(r"\s?~?\\(?:cite[a-z]*|label|footnotemark)\*?(?:\[[^\]]{0,60}\])?\s*\{[^{}]{0,200}\}")
FOOTNOTE = re.compile(r"\s?\\footnote\{[^{}]{0,300}\}")
QUANTITY = re.compile(r"\\(?:SI|qty)\{([\d.,]{1,20})\}\{\\percent\}")
GROUP = re.compile(r"\{\\(?:em|it|bf|tt|sc|sf)\s+([^{}\\]{1,200})\}")
STARRED = re.compile(r"(?<![\w*])\*\*(?=\S)([^*]{1,80})(?<=\S)\*\*(?!\*)")
OPERATOR = re.compile(
    r"(?<!\\)\$\s?([<>=~+−-]|\\(?:geq?|leq?|sim|approx|times|pm|ll|gg|neq?|to|rightarrow))\s?\$(?=\s?\d)"
)
SPACING = re.compile(r"\\(?:[,;:> ]|q?quad\b)\s?")
SIZING = re.compile(
    r"\\(?:(?:left|right)(?![a-z])\.?|[bB]igg?[lr]?(?![a-z])|(?:displaystyle|xspace|noindent)\b|!)\s?"
)
COMMAND = re.compile(r"\\([A-Za-z]+|\|)(?:\{\}|(?![A-Za-z]))")
ACCENT = re.compile(r"\{?\\(['`^\"~=.]|[cvuHr](?=\{))\s*\{?\\?([A-Za-z])\}?\}?(?![A-Za-z]\})")
ACCENTS = dict(
    zip(
        "'`^\"~=.cvuHr",
        "\u0301\u0300\u0302\u0308\u0303\u0304\u0307\u0327\u030c\u0306\u030b\u030a",
        strict=True,
    )
)
# A dollar sign before a digit closes a formula only if a command stands in it: "$5-$10" is money.
MATHS = re.compile(
    r"(?<!\\)\$(?=\S)([^$]{1,300}?)(?<=[^\s\\])(?:\$(?!\d)|(?<=\\pm)\$|(?<=\\times)\$|(?<=\\sim)\$)"
    r"|\\\((.{1,300}?)\\\)"
)
RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
SUPERSCRIPT = re.compile(r"\^(?:\{([+-]?\d{1,4})\}|(\d))")
SCRIPT = re.compile(r"([\^_])\{([^{}]{1,60})\}")
DASH = re.compile(r"(?<=[\w)\]\".,%])---?(?=[\w(\[\"])|(?<=\s)---?(?=\s)")


def readable(text: str) -> str:
    """One line of text with common LaTeX as plain characters, and white space as single spaces.

    Known commands only: greek letters, common signs, font commands, fractions, accents, quotation marks,
    escaped characters. Whatever is not in these tables stays as it is.
    """
    text = " ".join(text.split())
    parts = re.split(r"(?<!`)(`[^`]{1,200}`)(?![`'])", text)  # code in backticks stays
    return "".join(part if index % 2 else _plain(part) for index, part in enumerate(parts))


def _plain(text: str) -> str:
    if not any(sign in text for sign in "\\$`'~-*"):
        return text
    text = QUANTITY.sub(r"\1%", FOOTNOTE.sub("", STARRED.sub(r"\1", GROUP.sub(r"\1", text))))
    text = MATHS.sub(_formula, OPERATOR.sub(r"\1", text))
    text = POINTER.sub("", LINK.sub(r"\1", text))
    text = ACCENT.sub(lambda match: unicodedata.normalize("NFC", match[2] + ACCENTS[match[1]]), text)
    text = _without_styles(text)
    text = COMMAND.sub(lambda match: SIGNS.get(match[1], match.group()), text)
    text = re.sub(r"\\([%&_#${}])", r"\1", re.sub(r"(?<=\S)\\[, ]", " ", text))
    text = re.sub(r"``([^`'\"]{0,400}(?:'[^`'\"]{1,400}){0,8})(?:''|\")", r"“\1”", text)
    text = re.sub(r"(?<=[A-Za-z.,)])~(?=[^\s~])", " ", text)
    return DASH.sub(lambda match: "–" if len(match.group()) == 2 else "—", text)


def _formula(match: re.Match[str]) -> str:
    """A formula in plain characters, or as it is if some of it is unknown."""
    inner = _without_styles(match[1] or match[2])
    inner = SIZING.sub("", SPACING.sub(" ", inner))
    inner = HAT.sub(
        lambda found: unicodedata.normalize("NFC", (found[2] or found[3]) + HATS[found[1]]), inner
    )
    for _ in range(3):
        inner = ROOT.sub(_root, FRACTION.sub(_fraction, inner))
    inner = COMMAND.sub(lambda found: SIGNS.get(found[1], found.group()), inner)
    inner = SUPERSCRIPT.sub(lambda found: (found[1] or found[2]).translate(RAISED), inner)
    inner = SCRIPT.sub(_script, inner)
    inner = re.sub(r"(?<!\\)\{([=+\-<>,/]|[\w.]+)\}", r"\1", inner)
    inner = re.sub(r"\\([%&_#{}])", r"\1", inner)
    inner = " ".join(inner.split())
    return match.group() if "\\" in inner else inner or " "


def _without_styles(text: str) -> str:
    for _ in range(4):  # commands nest a few levels at most
        shorter = STYLED.sub(_bare, text)
        if shorter == text:
            break
        text = shorter
    return text


def _bare(match: re.Match[str]) -> str:
    """What a font command holds, kept apart from a command right before it."""
    before = match.string[max(match.start() - 20, 0) : match.start()]
    return (" " if re.search(r"\\[A-Za-z]+$", before) else "") + match[1]


def _fraction(match: re.Match[str]) -> str:
    top, bottom = (
        part if re.fullmatch(r"√?[\w.]+|√\([^()]*\)", part) else f"({part})" for part in match.groups()
    )
    return f"{top}/{bottom}"


def _root(match: re.Match[str]) -> str:
    inner = match[1] or match[2]
    return f"√{inner}" if re.fullmatch(r"\\?\w+", inner) else f"√({inner})"


def _script(match: re.Match[str]) -> str:
    sign, inner = match.groups()
    return f"{sign}{inner}" if re.fullmatch(r"\w+", inner) else f"{sign}({inner})"
