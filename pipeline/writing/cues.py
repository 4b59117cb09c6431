"""Wordings that give away what a sentence does: name a contribution, report a result, point elsewhere.

The patterns are English. On other languages none matches and choices rest on position and length.
"""

import re

_WE = (
    r"(?:we|i|the authors?|(?:this|the|our|present) (?:\w+ ){0,2}(?:paper|work|study|article|survey|report"
    r"|post|thesis|research|review))"
)
_BUILD = (
    r"(?:propos|introduc|present|develop|design|describ|contribut|construct|formali[sz]|formulat|buil[dt]"
    r"|creat"
    r"|releas|offer|provid|propound|devis|establish|unveil|advocat|argu)\w*"
)
_FIND = (
    r"(?:find|found|show\w*|demonstrat\w*|observ\w*|discover\w*|reveal\w*|prov(?:e|es|ed)|uncover\w*"
    r"|identif\w+"
    r"|conclud\w*|confirm\w*|indicat\w*|suggest\w*|establish\w*|report\w*|validat\w*|highlight\w*)"
)
_EVIDENCE = (
    r"(?:results?|experiments?|evaluations?|findings?|analys[ei]s|simulations?|studies|study"
    r"|case stud(?:y|ies)"
    r"|benchmarks?|tests?|comparisons?|evidence|ablations?)"
)

NAMING = re.compile(
    rf"\b{_WE}\s+(?:\w+ ){{0,2}}{_BUILD}\b|\b(?:is|are|been|was|were) (?:proposed|introduced|presented"
    rf"|developed)\b"
    rf"|\bby (?:proposing|introducing|presenting|developing)\b|\b(?:paper|work|study|article) (?:proposes"
    rf"|presents|introduces)\b"
    r"|\b(?:we|i)(?:['’](?:re|m)| are| am)(?: \w+)? (?:announcing|introducing|launching|releasing|sharing|publishing|"
    r"presenting|proposing|open-sourcing)\b",
    re.I,
)
STUDY = re.compile(
    rf"\b{_WE}\s+(?:\w+ ){{0,2}}(?:study|studies|investigat\w+|examin\w+|explor\w+|analy[sz]\w+"
    rf"|evaluat\w+|compar\w+"
    r"|survey\w*|review\w*|address\w*|conduct\w*|assess\w*|revisit\w*|ask|consider\w*|aim\w*"
    r"|characteri[sz]\w+)\b",
    re.I,
)
NAMED_THING = re.compile(
    r"\b(?:a|an|the first|two|three|new|novel)\b[^.;]{0,80}\b(?:framework|method|approach|model|benchmark"
    r"|dataset|"
    r"data set|system|algorithm|architecture|attack|defen[cs]e|paradigm|technique|pipeline|tool|toolkit"
    r"|library|"
    r"corpus|suite|metric|protocol|mechanism|network|agent|strategy|theory|extension|platform|taxonomy"
    r"|survey|package)\b",
    re.I,
)
RESULT = re.compile(
    rf"\b{_EVIDENCE}\b[^.;]{{0,80}}\b{_FIND}\b|\b{_WE}\s+(?:\w+ ){{0,2}}(?:find|found|show|shows|showed"
    rf"|demonstrate|"
    r"demonstrates|observe|observed|prove|discover|reveal|reveals|uncover|conclude)\b|\bit (?:is"
    r"|was) (?:found|shown)\b"
    r"|\b(?:outperform|surpass|exceed|match)(?:s|ed|es|ing)?\b|\bstate[- ]of[- ]the[- ]art (?:performance"
    r"|results|accuracy)\b",
    re.I,
)
OWN_RESULT = re.compile(
    r"\b(?:we|i|our (?:\w+ ){1,3}|this (?:paper|work|study|post|report)|the authors)\s*"
    r"(?:\w+ ){0,2}(?:find|finds|found|show|shows|showed|demonstrate|demonstrates|observe|observed|prove"
    r"|discover|reveal|reveals|uncover|conclude|confirm|indicate) (?:that|how|a|an|strong)\b",
    re.I,
)
EFFECT = re.compile(
    r"\b(?:achiev|improv|reduc|increas|decreas|outperform|surpass|exceed|attain|reach|yield|gain|boost"
    r"|drop|degrad|"
    r"retain|preserv|fail|struggl|succeed|lower|higher|better|worse|faster|fewer|comparable|significant"
    r"|substantial|"
    r"consistent|competitive|remain|correlat)\w*",
    re.I,
)
# A measured change, such as "from 48% to 3%" or "61% against 24%".
CHANGE = re.compile(
    r"\bfrom \$?[\d.,]+\s?\\?%?\$? to \$?[\d.,]+|\d\s?\\?%\$? (?:against|versus|vs\.?|compared (?:to|with)) \$?\d",
    re.I,
)
FIGURE = re.compile(
    r"\d+(?:[.,]\d+)?\s*(?:\\?%|per ?cent|x\b|×|\\times|-?fold|points?\b|pp\b|orders? of)|\b(?:twice|half"
    r"|double|triple)\b"
    r"|(?<![\w.-])\d+\.\d+",
    re.I,
)
CONTRAST = re.compile(
    r"^(?:however|but|yet|despite|although|while|unfortunately|nevertheless|nonetheless|existing|current"
    r"|prior|previous"
    r"|traditional|conventional|most|prevailing|recent)\b",
    re.I,
)
GAP = re.compile(
    r"\b(?:however|yet|but|lack\w*|limited|limitations?|challeng\w*|underexplored|unexplored"
    r"|under-explored|unclear|unknown|"
    r"overlook\w*|neglect\w*|gap|scarce|fail|fails|struggl\w*|suffer\w*|costly|expensive|vulnerab\w*"
    r"|insufficient|"
    r"inadequate\w*|risk\w*|threat\w*|crucial|critical\w*|hinder\w*|hard|difficult\w*|little (?:is"
    r"|attention)|bottleneck|"
    r"remain\w*|concern\w*|impractical|unreliable|hamper\w*|impede\w*|prone|rarely|no (?:study|work"
    r"|method)\w*)\b",
    re.I,
)
STAKES = re.compile(
    r"\b(?:risk\w*|threat\w*|safety|critical\w*|crucial|essential|concern\w*|harm\w*|vulnerab\w*|vital"
    r"|urgent\w*|serious\w*|"
    r"severe\w*|paramount|important|implications?|expos\w+|costly|trust\w*)\b",
    re.I,
)
CONSEQUENCE = re.compile(
    rf"\b(?:{_EVIDENCE}|this|these|our|the) (?:\w+ ){{0,3}}(?:highlight|underscore|suggest|raise|expose"
    rf"|impl(?:y|ies)|pave|"
    r"open|call|point|enable|facilitat|challenge|establish|provid|offer|demonstrat)\w*|\bimplications?\b"
    r"|\bpav\w+ the way\b",
    re.I,
)
POINTER = re.compile(
    r"\b(?:following|several|key|two|three|four|five|important|interesting|new|novel|valuable|actionable"
    r"|practical|useful|deep)"
    r" (?:\w+ )?(?:findings|insights|contributions|results|lessons|observations)(?: (?:are|include|emerge"
    r"|into|for|on|about)\b|\s*[.:]?$)"
    r"|\b(?:provid|offer|yield|deriv|draw|gain|shar|discuss|report"
    r"|summari[sz])\w* (?:\w+ ){0,3}(?:insights|findings|lessons|takeaways|guidance|implications)\b"
    r"|\bwe (?:also |then |further |finally )?(?:discuss|outline|conclude (?:with|by)|summari[sz]e"
    r"|describe how|detail)\b"
    r"|\bthe (?:rest|remainder) of\b|\b(?:see|in) (?:the )?(?:appendix|section)\b",
    re.I,
)
RELEASE = re.compile(
    r"https?://|\bgithub\b|hugging ?face\b|\bopen[- ]?sourc(?:ed|ing)\b|\bopen[- ]?source (?:our|the|all"
    r"|code|it)\b|\b(?:publicly|freely|made|openly|is|are|be) available\b"
    r"|\bavailable (?:at|on|online|for|under|upon|via|in)\b|\b(?:code|data|dataset|datasets|models?"
    r"|weights|implementation|demo|project page)\b"
    r"[^.]{0,60}\b(?:available|released?|found at|accessible|published)\b|\bwe (?:will |also |publicly "
    r"|further |hereby )*releas\w+\b",
    re.I,
)
CLOSING = re.compile(
    r"^(?:finally|lastly|ultimately|in conclusion|in summary|overall,? (?:this|our|these|the)"
    r"|in (?:the )?future|looking ahead|taken together)\b"
    r"|\bpav\w+ the way\b|\bopen(?:s|ing)? (?:up )?(?:new|a|the|promising)\b|\b(?:future|further) (?:work"
    r"|research|studies|directions?|investigation)\b"
    r"|\bpromising (?:direction|avenue|path)|\b(?:lay|lays|laying) (?:the|a) (?:foundation|groundwork)"
    r"|\bfoundation for\b|\bstepping stone\b"
    r"|\bpath(?:way)?s? (?:toward|for|to)\w*\b|\btestbed for\b|\bpotential (?:of|to|for)\b|\bhope\b",
    re.I,
)
IMPLIED = re.compile(
    rf"\b(?:our|these|the|this) (?:\w+ ){{0,2}}(?:{_EVIDENCE}|work|framework|approach|system|method"
    rf"|insights?|dataset|benchmark) (?:\w+ )?"
    r"(?:highlights?|underscores?|underlines?|emphasi[sz]es?|points? to|calls? for|raises?|motivates?"
    r"|contributes?|offers?|provides?|"
    r"opens?|advances?|bridges?|enables?|suggests?|establish(?:es)?|lays?|serves?|represents?)\b"
    r"|\b(?:highlight|underscor|emphasi[sz]|underlin|point)\w*\b[^.]{0,30}\b(?:need|importance|potential"
    r"|necessity|promise|value|urgen\w+|role)\b"
    r"|\b(?:present|discuss|outlin|deriv)\w* (?:\w+ ){0,2}implications\b|^(?:\w+,? )?(?:results?"
    r"|findings) suggest",
    re.I,
)
SETUP = re.compile(
    r"\b(?:consists? of|compris\w+|is (?:trained|built|designed|based|composed)|are (?:trained|built"
    r"|designed|based|then|first)|"
    r"first,? |second,? |then |leverag\w+|we (?:\w+ )?(?:train|use|collect|compare|conduct|evaluate"
    r"|validate|test|benchmark|assess|measure|"
    r"annotat\w+|fine-?tune|employ|utili[sz]e|apply|construct|curate|deploy|simulate|sample|perform|run"
    r"|implement)(?:e?d)?\b)",
    re.I,
)
BACK_REFERENCE = re.compile(
    r"^(?:it|they|this|these|those|such|its|their|he|she|both|the (?:former|latter|two|first|second|effect)"
    r"|here,? it)\b",
    re.I,
)
FURTHER = re.compile(
    r"^(?:furthermore|moreover|additionally|in addition|also|besides|further|finally|lastly|second(?:ly)?"
    r"|third(?:ly)?|similarly|"
    r"at the same time|meanwhile|more importantly)\b|^(?:\w+ ){1,3}(?:further|also|additionally)\b",
    re.I,
)
SUMMING_UP = re.compile(
    r"^(?:thus|therefore|hence|overall|taken together|together|collectively|in (?:sum|summary|conclusion"
    r"|general)|ultimately|consequently)?,?\s*"
    rf"(?:these|this|such|those) (?:\w+ ){{0,2}}(?:{_EVIDENCE}|findings?|insights?|work|advancements?"
    rf"|observations?|examples?|contributions?|"
    r"capabilit\w+|combination|outcomes?|mechanism|approach|framework)\b"
    r"|^by [^,]{5,150}, (?:this|our|the|we|[A-Z]\w+) (?:\w+ ){0,3}?(?:provid|offer|enabl|pav|establish"
    r"|contribut|advanc|help)",
    re.I,
)
VAGUE = re.compile(
    r"\b(?:demonstrat|show|verif|confirm|validat|prov|highlight|illustrat)\w* (?:the |its |their "
    r"|promising |strong )?(?:\w+,? ){0,3}"
    r"(?:effectiveness|efficacy|superiority|feasibility|usefulness|validity|potential|promise|advantages?"
    r"|benefits?|generali[sz]ability|robustness)\b"
    r"|\bpromising results\b|\bextensive (?:experiments|evaluations?) (?:are|were|is) (?:conducted"
    r"|performed)\b",
    re.I,
)
OPEN_QUESTION = re.compile(
    r"\bremain(?:s|ed|ing)?\s+(?:\w+\s+){0,2}(?:unclear|unknown|unresolved|unanswered|unsolved|unexplored"
    r"|underexplored|"
    r"under-explored|elusive|poorly understood|to be (?:seen|explored|answered|understood|studied"
    r"|determined))\b"
    r"|\bremain(?:s|ed|ing)?\s+(?:an? |the |largely |still )?(?:\w+ ){0,2}(?:open|unsolved|unresolved"
    r"|outstanding)(?: \w+)? "
    r"(?:problem|question|challenge|issue)s?\b|\bremains? (?:largely |still |wide )?open(?:[.,;]"
    r"| (?:whether|how|to what))"
    r"|\bopen (?:research )?(?:problems?|questions?|challenges?|issues?)\b|\bunanswered questions?\b"
    r"|\b(?:as|for|in|our|leave\w*|left (?:for|to|as)|include|of) future (?:work|research)\b"
    r"|^future (?:work|research|studies|directions?|efforts|investigations?)\b"
    r"|\bfuture (?:work|research|studies) (?:will|should|could|may|might|can|must|includes?|is|needs?)\b"
    r"|\bfurther (?:research|work|study|studies|investigation) (?:is|are|will|should|must)\b"
    r"|\bneed for (?:further|more) (?:research|work|study|studies|investigation)\b"
    r"|\b(?:key|main|important|major|notable|our|current) limitations? (?:is|are|include|remain)\b"
    r"|\blimitations? (?:remain|persist|include)\b"
    r"|\blimitations? of (?:this|our|the present|the current) (?:work|study|approach|method|analysis"
    r"|evaluation|paper|results?)\b|\bwe leave\b"
    r"|\bis (?:still|yet|largely|currently) (?:unclear|unknown|not (?:well )?understood)\b"
    r"|\b(?:not yet|poorly|not well) understood\b|\b(?:it is|it's) (?:still )?(?:unclear|unknown"
    r"|an open)\b|\blittle is known\b"
    r"|\b(?:we|i) (?:still )?(?:do not|don't) (?:yet )?(?:know|understand)\b",
    re.I,
)
# A question that the source closes, or that stands for something else.
OPEN_QUESTION_CLOSED = re.compile(
    r"\b(?:resolv|answer|settl|clos|solv|address|tackl)(?:e|es|ed"
    r"|ing)\b[^.;]{0,60}\bopen (?:\w+ )?(?:problem|question|challenge|issue)s?\b"
    r"|\b(?:guid|inform|inspir|facilitat|support|benefit|foundation|baseline|benchmark|resource|roadmap"
    r"|basis|groundwork)\w*\b[^.;]{0,60}\bfuture\b"
    r"|\bpromising (?:direction|avenue|path)s?\b|\bfuture (?:work|research)\b[^.;]{0,30}\b(?:available"
    r"|code)\b",
    re.I,
)
_ADVISED = (
    r"(?:practitioners|researchers|developers|policy ?makers|regulators|designers|engineers"
    r"|organi[sz]ations|companies|labs|reviewers|"
    r"teams|evaluators|vendors|providers|operators|defenders|auditors|educators|clinicians|governments"
    r"|institutions|(?:the |our )?(?:community|field)|"
    r"(?:ai |llm |model |safety |future |robust |agent )*(?:evaluations?|evaluators|benchmarks?|work"
    r"|research|studies|systems?|deployments?|assessments?))"
)
ADVICE = re.compile(
    r"\b(?:we|i|the authors|this (?:paper|work|study|post|report|article)|(?:our|these"
    r"|the) (?:\w+ )?(?:results?|findings?|analysis|study|work)) "
    r"(?:therefore |thus |also |strongly |further |hence |finally |instead |conclude by )*(?:recommend"
    r"|advocat|urg|advis|calls? (?:for|on|upon)\b|"
    r"encourag(?:e|es|ing) (?:the|researchers|practitioners|future|developers)|caution(?:s"
    r"|ed)? (?:against|that)|warns? against)\w*"
    r"|\b(?:argue|argues|suggest|suggests|suggesting|conclude|concludes|imply|implies|indicate|indicates"
    r"|indicating|propose|show|shows|think|believe)"
    r" (?:\w+ )?that\b[^.;]{3,140}\b(?:should|must|ought to|needs? to)\b"
    rf"|\b{_ADVISED} (?:\w+ )?(?:should|must|ought to|need to) (?!have\b)"
    r"|\b(?:should|must) (?:therefore |instead |not only )?be (?:evaluated|chosen|treated|reported"
    r"|assessed|considered|measured|tested|audited|judged|preferred|"
    r"avoided|prioriti[sz]ed|designed|regulated)\b"
    r"|\bit is (?:therefore |thus )?(?:advisable|recommended|imperative) (?:to|that)\b"
    r"|^(?:therefore|thus|hence|consequently|we (?:argue|conclude) that),? it is (?:important|crucial"
    r"|essential|vital|necessary) (?:to|that)\b"
    r"|\b(?:underscor|highlight|emphasi[sz]|stress|demonstrat|reveal|indicat"
    r"|suggest)\w* (?:\w+ ){0,2}?(?:the|a|an) (?:\w+ ){0,2}?need (?:for|to)\b",
    re.I,
)
FIRST_PERSON_ADVICE = re.compile(
    r"\b(?:we|i|the authors)\b[^.;]{0,40}\b(?:recommend|advocat|urg|advis|call|encourag|argue|caution)", re.I
)
ADVICE_OF_OTHERS = re.compile(
    r"^(?:should|must|what|how|why|when|whether|which|can|ideally)\b|\b(?:recommender"
    r"|recommendation systems?|ask(?:s|ed)? whether|whether \w+ should|"
    r"as (?:it|they) should|should have|question of (?:whether|how)|recommendations? (?:model|algorithm"
    r"|quality|task)s?|must-|existing guidelines)\b"
    r"|\?$|\bmust (?:often|usually|typically)\b|\bwe (?:should )?(?:expect|note) that\b",
    re.I,
)
# Advice to readers of the feed rather than to the field: where it comes from a feed, it is an advertisement or worse.
ADVERTISING = re.compile(
    r"https?://|www\.|\b(?:every|all|our|each|dear) readers?\b|\b(?:install|download|subscribe|sign up|buy|click)\b",
    re.I,
)
# Text that addresses the reading program or asks for favour. Never chosen, for anything.
INSTRUCTION = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget\w*)\s+(?:all\s+|the\s+)?(?:previous|prior|other|earlier)\s+(?:works?|papers?"
    r"|articles?|posts?|entries|sources?|text)\b"
    r"|\b(?:ignor\w*|disregard\w*|forget\w*|overrid\w*|bypass\w*)\s+(?:\w+\s+){0,3}?(?:previous|prior"
    r"|above|earlier|preceding|foregoing|existing|other|"
    r"system|your|all|any|these|those)\s+(?:\w+\s+){0,3}?(?:instructions?|prompts?|directions?|rules?"
    r"|guidelines|commands?|messages?)\b"
    r"|\b(?:recommend|rate|rank|score|promote|select|choose|pick|list|include|feature|summari[sz]e|praise"
    r"|accept|describe)\s+(?:only\s+)?(?:this|our|my)\s+"
    r"(?:paper|article|post|submission|manuscript|work)\s*(?:[.!,;:]|$|as\b|first\b|at the top\b|highly\b"
    r"|positively\b|above\b|over\b|in (?:the|your|every)\b)"
    r"|\b(?:give|assign|award)\s+(?:it|this|our|the)\s+(?:(?:paper|work|article|submission)\s+)?(?:a\s+"
    r"|the\s+)?(?:very\s+)?"
    r"(?:positive|high|highest|top|maximum|perfect|favou?rable)\b"
    r"|\byou\s+are\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+){0,2}(?:ai|assistant|language\s+model|llm|chatbot"
    r"|agent|reviewer)\b"
    r"|\b(?:dear|attention|note\s+to(?:\s+the)?|if\s+you\s+are\s+an?|instructions?\s+(?:for"
    r"|to)(?:\s+the)?)\s*,?:?\s+(?:\w+\s+)?"
    r"(?:ai|llms?|language\s+models?|assistants?|chatbots?|bots?|summari[sz]ers?)\b"
    r"|\b(?:new|updated|your)\s+(?:system\s+)?(?:instructions?|prompt)\s*(?:is|are)?\s*:|^\W*(?:system"
    r"|assistant|human|user)\s*:|<\|[a-z_]+\|>|\[/?INST\]"
    r"|\b(?:do\s+not|don't|never)\s+(?:mention|report|reveal|disclose|include|cite"
    r"|summari[sz]e)\s+(?:this|any|the|other)\b[^.]{0,40}"
    r"\b(?:instruction|limitation|weakness|paper|prompt|negative)",
    re.I,
)
