"""What kind of answer a question asks for, and by what one knows such an answer. Pure; English."""

import re
from typing import Literal

from pipeline.answering.terms import Term, kin_of, terms_of
from pipeline.terms import STOP, stem, words

Kind = Literal[
    "authors", "dates", "links", "code", "limits", "summary", "compare", "list", "find", "number", "plain"
]
"""What kind of answer fits: from the record (authors, dates, links), a list of works, or sentences."""

RECORDED: frozenset[Kind] = frozenset({"authors", "dates", "links"})
WORK = r"(?:paper|work|article|stud(?:y|ie)|post|publication|preprint|report)"
MANY_WORKS = r"(?:papers|works?|articles|studies|posts|publications|preprints|research|literature)"
_KINDS: tuple[tuple[Kind, str], ...] = (
    (
        "authors",
        rf"^\W*(?:(?:and|but|so|also) )?who (?:wrote|authored|published|are the authors"
        rf"|is the (?:first )?author)\b|\bauthors? of\b"
        rf"|\b(?:list|name|give) (?:me )?(?:all )?(?:the )?authors\b|\bwho (?:is|are) (?:behind|the authors)\b"
        rf"|\bwhose (?:{WORK})\b|^\W*(?:the )?authors\W*$",
    ),
    (
        "dates",
        r"\bwhen (?:was|were|did|has|have) .{0,200}\b(?:announced|published|posted|submitted|appear(?:ed)?|come out"
        r"|came out|released|revised|updated|listed)\b|\b(?:publication|submission|announcement|release) date\b"
        r"|\b(?:what|which) (?:date|day)\b.{0,200}\b(?:announced|published|posted|submitted|appear(?:ed)?|listed)\b",
    ),
    (
        "links",
        r"\b(?:link|url|web address|arxiv (?:id|number|link)|doi) (?:to|of|for)\b|\bwhere can (?:i"
        r"|we) (?:read|find)\b"
        r"|^\W*(?:the )?(?:link|url|doi|pdf)\W*$|\b(?:give|send|share) (?:me |us )?(?:the |a )?(?:link|url"
        r"|doi|pdf)\b",
    ),
    (
        "code",
        r"\b(?:github|source code)\b|\b(?:a|any|the|their|its|this|that|public|code|git) repo(?:sitory)?\b(?!['’])"
        r"|^\W*repo(?:sitory)?\W*$|\b(?:their|the|any|its|with|have|has|there|is|a|publish\w*"
        r"|releas\w*) code\b"
        r"(?=\W*$|\s+(?:public|available|open|online|released?|out|anywhere|for|of|to)\b)"
        r"|\b(?:open[- ]?sourced?|publicly available|code (?:available|public|released))\W*$"
        r"|^\W*(?:and )?(?:the )?code\W*$",
    ),
    (
        "limits",
        r"\b(?:limitations?|shortcomings?|caveats?|drawbacks?|open (?:questions?|problems?)|future work|downsides?)\b"
        r"|\b(?:its|their) (?:limits|weakness(?:es)?)\b|\bweakness(?:es)? of (?:it|this|the (?:paper|work|study))\b",
    ),
    (
        "compare",
        r"^\W*(?:please |can you |could you )?compare\b|\b(?:and|to|please) compare\b|\bcomparison (?:of|between)\b"
        r"|\bdifferences? between\b|\bhow do(?:es)? .{1,120} differ\b"
        r"|\b(?:two|three|both|four) (?:[\w+-]+ ){0,5}?(?:papers|works|articles|studies|posts|ones)\b"
        rf"|\bthe other (?:[\w-]+ ){{0,3}}{WORK}\b",
    ),
    ("find", rf"^\W*(?:and |so )?(?:which|what|the|one|a|an) {WORK}\b"),
    (
        "list",
        rf"\b(?:which|what|list|show|find|any|all|are there|recommend|suggest|give|name)\b(?: \w+){{0,4}}?"
        rf"(?<!the) {MANY_WORKS}\b(?!['’])|^\W*(?:the )?(?:recent )?{MANY_WORKS} (?:on|about|that|which)\b"
        r"|\bwhat (?:did|do|have|has) (?:we|you|the briefs?) (?:had?|have|seen?|got|get|read|cover(?:ed)?|find|found)\b"
        r"(?: \w+){0,3} (?:on|about)\b|\bwhat (?:was|is|were) (?:there|new) (?:on|about)\b"
        r"|\bwho (?:else )?(?:works|is working) on\b|\bwhat has been (?:written|published)\b",
    ),
    (
        "summary",
        r"\b(?:what(?:['’]s| is| are)?|tell (?:me|us)) .{0,160}\babout\W*$|^\W*(?:please )?(?:summari[sz]e"
        r"|explain|describe)\b"
        r"|\btell (?:me|us)(?: more)? about\b|\btl;?dr\b|\bmain (?:finding|result|idea|point|contribution|message"
        r"|claim)s?\b"
        r"|^\W*(?:and )?what (?:does|do|did) .{1,120}\b(?:find|report|show|say|propose|claim|conclude|argue|do)\W*$"
        r"|^\W*(?:and )?what (?:is|are|was|were) (?:the )?\S+\W*$|^\W*(?:and )?what about\b",
    ),
    (
        "find",
        rf"^\W*(?:is|are) there (?:a|an|any|some)|^\W*any(?:one|body|thing)?\b|^\W*some(?:one|thing)\b|^\W*the one\b"
        rf"|^\W*(?:which|what) {WORK}\b|^\W*which (?:one|of (?:them|these|the))\b|^\W*an? {WORK}\b"
        rf"|^\W*who\b|^\W*(?:find|show|looking for)\b|\bdo (?:you|we) have (?:a|an|any|some)",
    ),
    (
        "number",
        r"\bhow (?:many|much|often|long|large|big|small|fast|far|low|high|heavy|old|tall|wide|deep|accurate|well"
        r"|close)\b"
        r"|\bhow (?:\w+er|more|less)\b|\bnumbers?\W*$|\b(?:percent(?:age)?|fraction|share|proportion|ratio|rate"
        r"|number of"
        r"|amount|score|accuracy|auc|auroc|f1|bleu|speed-?up|overhead|size|cost|price|gain|lift|drop|reduction"
        r"|improvement|success|latency|runtime|savings?)\b|\bup to\b",
    ),
)
_KIND = tuple((kind, re.compile(pattern, re.I | re.S)) for kind, pattern in _KINDS)


_FIGURE = (
    r"(?:(?<![\w-])\d(?!\d*[GD]\b)|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
    r"|thousands?|half)\b)"
)
"""A number in digits or in words; digits within a name such as `GPT-4` are none."""
_WANTED: tuple[tuple[str, str], ...] = (
    (
        r"\bhow (?:long|quick(?:ly)?|fast)\b|\bruntimes?\b|\blatency\b|\btime(?:s)? (?:does|did|needed)\b"
        r"|\bhow many (?:s"
        r"|ms|seconds|minutes|hours|days|weeks|months|years)\b|\bduration\b",
        r"\d\s*(?:s|ms|ns|µs|sec\w*|min\w*|h|hours?|days?|weeks?|months?|years?|milli\w*|micro\w*|fps|hz)\b",
    ),
    (
        r"\b(?:times|faster|slower|cheaper|speed-?ups?|more efficient|how much (?:\w+er|more|less|fewer))\b",
        r"\d\s*\$?(?:x\b|×|\\times|-?\s?fold|times\b)|\borders? of magnitude\b|\b(?:twice|double|halv|half|triple)",
    ),
    (
        r"\b(?:faster|slower|cheaper|speed-?ups?|how much (?:\w+er|more|less|fewer))\b",
        r"\d\s*(?:\\?%|percent)",
    ),
    (
        r"\b(?:percent(?:age)?|fraction|share|proportion|rate|ratio|accuracy|success|overhead|savings?|reduction|"
        r"improve?ments?|gain|lift|drop|loss|cut|lower|higher)\b|%",
        r"\d\s*(?:\\?%|percent|per cent|points?\b|pp\b|x\b|×|\\times)|\b0?\.\d|\d\.\d",
    ),
    (
        r"\b(?:auc|auroc|f1|bleu|score|index|accuracy|map|ndcg|psnr|ssim|rmse|mae|correlation|precision"
        r"|recall|iou)\b",
        r"\b(?:auc|auroc|roc|f1|bleu|score|index|accuracy|map|ndcg|psnr|ssim|rmse|mae|correlat\w*|precision"
        r"|recall|iou"
        r"|dice)\b.{0,60}\d|\d.{0,60}\b(?:auc|auroc|f1|bleu|score|index|accuracy|correlat\w*|precision|recall)\b",
    ),
    (
        r"\bcomplexity\b|\bhow hard\b|\bhard(?:er|ness)?\b|\bhow (?:does|do) (?:\w+ ){1,6}scale\b|\btractable\b",
        r"\b(?:sub-?linear|linear|quadratic|cubic|polynomial|exponential|logarithmic|constant)(?:ly)?\b"
        r"|\bO\(|\bNP-|\bhard\b|\btractab|\bundecidab",
    ),
    (
        r"\bhow often\b",
        r"\d\s*(?:\\?%|percent)|\d (?:of|in|out of) \w+|\d times\b|\b(?:half|twice|always|never)\b",
    ),
    (r"\bhow (?:heavy|light)\b|\bweigh", r"\b(?:\d[\d.]*\s*)?(?:g|kg|mg|grams?|kilograms?|tons?)\b"),
    (
        r"\bhow (?:far|wide|tall|deep|near|close to)\b|\bdistance\b|\brange\b",
        r"\d\s*(?:m|km|cm|mm|nm|µm|meters?|metres?|kilomet\w*|miles?|feet|ft)\b",
    ),
    (
        r"\bprice|\bcosts?\b|\bhow expensive\b|\bdollars?|\beuros?",
        r"[$€£]\s?\d|\d\s?(?:dollars?|usd|euros?|eur)\b",
    ),
    (
        r"\b(?:which|what) (?:[\w-]+ ){0,3}(?:models?|llms?|judges?|one|ones)\b",
        r"\b(?:GPT|Claude|Gemini|Gemma|[Ll]lama|LLaMA|Qwen|Mistral|Mixtral|DeepSeek|Grok|Phi|BERT|RoBERTa|T5"
        r"|CLIP|Mamba"
        r"|ResNet|ViT|Whisper)\b|\b[A-Za-z]{2,}-?\d[\w.]*:?\d*[bB]?\b",
    ),
    (
        r"\b(?:which|what) (?:[\w-]+ ){0,3}(?:systems?|methods?|algorithms?|tools?|networks?|architectures?"
        r"|countr\w+|filter|"
        r"protocols?|librar\w+|attacks?|cves?|vulnerabilit\w+|defen[cs]es?|techniques?|languages?)\b|\bname\b"
        r"|\bcalled\b",
        r"(?<!^)(?<![.!?]\s)\b(?!LLMs?\b|AI\b|NLP\b|ML\b|VLMs?\b)(?:[A-Z][a-z]+[A-Z]\w*|[A-Z]{3,}[\w-]*"
        r"|[A-Z][a-z]+|CVE-[\d-]+)\b",
    ),
    (
        r"\b(?:data|datasets?|benchmarks?|corpora|corpus|tested|evaluated|trained|validated) ?(?:on|with|in)?\b"
        r"|\bequations?\b",
        r"\b(?:tested|evaluated|validated|trained|demonstrated) (?:\w+ )?on\b"
        r"|\b(?:[Oo]n|[Aa]cross|[Uu]sing|[Oo]ver|[Tt]he) (?:the |a |an |\w+ ){0,3}"
        r"[\"“]?[A-Z][\w-]*[A-Z0-9][\w-]*"
        r"|\b(?:[A-Z][\w-]+ (?:data ?sets?|benchmarks?|corpora|corpus|equations?))\b|\bequations?\b",
    ),
    (
        r"^\W*(?:and )?where\b|\bwhich (?:region|city|countr\w+|place)",
        r"\b(?:in|across|from|at|of) (?:the )?[A-Z][a-z]+",
    ),
)
_HOW = tuple((re.compile(a, re.I), re.compile(b, re.I if "[A-Z]" not in b else 0)) for a, b in _WANTED)
_ANY_FIGURE = re.compile(_FIGURE, re.I)
_METHOD = re.compile(
    r"\bhow (?:do|does|did|is|are|can) (?!.*\b(?:compare|differ)\b)|\bgo about\b|\bmechanisms?\b"
    r"|\bby what means\b|\bhow to\b",
    re.I,
)
_UNITS = tuple(
    (re.compile(a, re.I), re.compile(b, re.I))
    for a, b in (
        (
            r"\bprices?\b|\bhow expensive\b|\bhow much (?:did|does|do|would) .{1,80} cost\b|\bwhat (?:did"
            r"|does) it cost\b|\bin (?:dollars?|euros?)\b",
            r"[$€£]\s?\d|\d\s?(?:dollars?|usd|euros?|eur|cents?)\b",
        ),
        (r"\bin percent\b|\bwhat percentage\b|\bhow many percent\b", r"\d\s*\\?%|\bper ?cent|\bone in \w+"),
        (r"\bhow heavy\b|\bweight in\b", r"\b(?:milli|kilo)?grams?\b|\d\s?(?:g|kg|mg|tons?)\b"),
        (
            r"\bin (?:milli)?seconds\b|\bhow many (?:seconds|minutes|hours|days|weeks|months|years)\b",
            _WANTED[0][1],
        ),
        (
            r"\bhow (?:far|tall|wide)\b(?! (?:does|do|did|can|is)\b.{0,80}\b(?:lower|reduce|improve|cut))",
            r"\d\s*(?:m|km|cm|mm|met\w+|kilo\w+|miles?|feet|ft)\b",
        ),
    )
)
_QUANTITY = (
    r"(?:percent(?:age)?|fraction|share|proportion|ratio|rate|number|amount|scores?|accurac\w+|auc|auroc|f1|bleu|rouge\S*"
    r"|fid|psnr|ssim|speed-?up|overhead|size|cost|price|gain|lift|drop|reduction|improvement|latency|runtime|savings?"
    r"|precision|recall|figures?|distance|duration|power|value)"
)
_ASKS_ELSE = re.compile(
    r"^\W*(?:and |but |so )?(?:why|where|who|when|is|are|was|were|do|does|did|can|could|has|have|find|show|an?|the one"
    r"|any\w*|some\w*|how (?:do|does|did|can|could|is|are|was|were))\b"
    rf"|^\W*(?:and )?which (?!(?:\S+ ){{0,2}}{_QUANTITY}\b)|^\W*(?:and )?what (?!(?:\S+ ){{0,5}}{_QUANTITY}\b)",
    re.I,
)
"""Beginnings of questions whose answer is no number, even where they speak of one."""
_STOPS = "|".join(
    "is are was were do does did can could will would has have had to of for in on at the a an and or from with by it "
    "they".split()
)
_FOCUS = re.compile(
    rf"\b(?:how many|how much|what|which|number of)\s+((?:(?!(?:{_STOPS}|kind|sort|type|about|one|ones|faster"
    rf"|more|less"
    rf"|better|cheaper|extra|other)\b)[\w'’-]+\W*){{1,3}})(?=\b(?:{_STOPS})\b|$)"
    rf"|\b(?:what|how \w+)(?:['’]s| is| are| was| were) (?:the|its|their) ((?:(?!(?:{_STOPS})\b)[\w'’-]+\W*){{1,3}})",
    re.I,
)


def kind_of(text: str) -> Kind:
    """The kind of answer that a question asks for, by its wording."""
    return next((kind for kind, pattern in _KIND if pattern.search(text)), "plain")


def focus_of(text: str) -> tuple[Term, ...]:
    """What is asked for: `learning rate` in "What learning rate was used?"; empty where the wording does not say."""
    found = _FOCUS.search(text)
    return terms_of(found[1] or found[2]) if found else ()


def wants_figure(text: str) -> bool:
    """Whether only a sentence with a number can answer."""
    if _ASKS_ELSE.search(text):
        return False
    return kind_of(text) == "number" or bool(re.search(r"\b(?:how many|number of|numbers?)\b", text, re.I))


def wants_method(text: str) -> bool:
    """Whether a question asks how something is done."""
    return bool(_METHOD.search(text))


def needs_unit(text: str) -> re.Pattern[str] | None:
    """What an answer cannot do without: a time for "how long", a price for "how expensive"; none for others."""
    if _ASKS_ELSE.search(text):
        return None
    return next((pattern for asked, pattern in _UNITS if asked.search(text)), None)


def has_figure(text: str) -> bool:
    """Whether a sentence has a number, in digits or in words."""
    return bool(_ANY_FIGURE.search(text))


def answers_of(text: str) -> tuple[re.Pattern[str], ...]:
    """By what one knows a sentence that answers: a duration for "how long", a name for "which model"."""
    wanted = [pattern for asked, pattern in _HOW if asked.search(text)]
    counted = re.search(r"\b(?:how many|number of)\s+((?:[\w-]+\s*){1,4})", text, re.I)
    nouns = [stem(w) for w in words(counted[1]) if w not in STOP][:3] if counted else []
    if nouns:
        near = "|".join(re.escape(kin[:6]) for noun in nouns for kin in kin_of(noun))
        before = rf"{_FIGURE}[\w.,+-]*(?:\W+\w+){{0,4}}?\W+(?:{near})"
        after = rf"\b(?:{near})\w*(?:\W+\w+){{0,2}}?\W*\(\s*(?:n\s*=\s*)?\d"
        wanted.insert(0, re.compile(f"{before}|{after}", re.I))
    return tuple(wanted)
