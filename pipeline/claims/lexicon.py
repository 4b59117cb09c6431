"""Words whose exchange turns a statement round: opposites, directions, negations, and words that mean the same.

Written by hand for the prose of research abstracts. A word is looked up by its plain form first, then by its stem.
"""

from functools import cache

from pipeline.terms import stem

AXES: dict[str, tuple[str, str]] = {
    "amount": (
        "more higher larger greater bigger increase increases increased increasing increasingly rise rises rose rising "
        "heighten heightens heightened widened widening surge surges surged double doubles doubled doubling boosting "
        "lengthen lengthens lengthened amplifying "
        "risen grow grows grew growing gain gains gained gaining boost boosts boosted raise raises raised raising "
        "expand expands expanded expanding exceed exceeds exceeded outnumber high large strong stronger wide wider "
        "longer many most maximum maximal maximize maximizes maximise heavy heavier extra additional amplify "
        "amplifies amplified widen widens broad broader elevate elevated intensify overestimate overestimates "
        "overestimation overestimated multiply upward substantial considerable markedly significantly strongly",
        "less lower smaller fewer decrease decreases decreased decreasing reduce reduces reduced reducing reduction "
        "lowers lowered lowering halve halves halved halving shorten shortens shortened narrows narrowed shrinking "
        "lessened suppressed suppressing mitigating ease eases eased "
        "drop drops dropped dropping fall falls fell falling fallen shrink shrinks shrank decline declines declined "
        "declining cut cuts cutting low small weak weaker narrow narrower shorter few least minimum minimal minimize "
        "minimizes minimise minor slight slightly little light lighter lightweight lose loses lost losing loss losses "
        "diminish diminishes diminished lessen lessens mitigate mitigates mitigated alleviate alleviates suppress "
        "suppresses underestimate underestimates underestimation underestimated downward save saves saving "
        "savings negligible limited modest marginal marginally compress compresses trim trims",
    ),
    "quality": (
        "strengthened strengthening "
        "better best improve improves improved improving improvement improvements outperform outperforms outperformed "
        "outperforming beat beats beating surpass surpasses surpassed surpassing superior outdo outdoes enhance "
        "enhances enhanced enhancing win wins won ahead strengthen strengthens superiority excel excels benefit "
        "benefits advantage advantages good stronger sharper finer overtake overtakes tops leads leading "
        "state-of-the-art accurate accurately precise reliable reliably well robust",
        "worsened worsening weakened weakening harmed harming struggling "
        "worse worst degrade degrades degraded degrading degradation deteriorate deteriorates underperform "
        "underperforms inferior behind lag lags trail trails weaken weakens harm harms hurt hurts hurting poor "
        "poorer poorly deficient compromise compromises sacrifice sacrifices sacrificing worsen worsens below "
        "bad inaccurate unreliable expense penalty trade-off tradeoff undermine undermines lags short",
    ),
    "success": (
        "succeed succeeds succeeded success successful successfully effective effectively "
        "effectiveness enough sufficient suffice suffices solve solves solved achieve achieves "
        "achieved overcome overcomes handle handles cope copes manage manages resilient protect protects protected "
        "generalize generalizes generalise transfers holds confirm confirms confirmed support supports supported "
        "reach reaches feasible possible viable",
        "fail fails failed failing failure failures struggle struggles struggled ineffective ineffectively "
        "insufficient insufficiently inadequate unsuccessful vulnerable susceptible break "
        "breaks broken brittle fragile collapse collapses refute refutes refuted reject rejects rejected disprove "
        "contradict contradicts miss misses missed impossible infeasible bypass bypasses evade evades unaffected",
    ),
    "ability": ("can able capable", "cannot unable incapable"),
    "ease": (
        "accelerating "
        "easy easier easily simple simpler simply cheap cheaper cheaply fast faster quick quicker quickly speed "
        "speeds speedup accelerate accelerates accelerated efficient efficiently efficiency inexpensive rapid "
        "rapidly low-cost affordable real-time scalable straightforward trivial",
        "slows slowed slowing "
        "hard harder difficult difficulty complex complicated expensive costly costlier slow slower slowly cost "
        "costs intensive burdensome prohibitive laborious tedious inefficient challenging demanding offline "
        "time-consuming overhead bottleneck impractical",
    ),
    "order": (
        "first before initial initially earlier early begin begins beginning start starts starting precede precedes "
        "prior previous previously preceding beforehand advance",
        "last after final finally later late end ends ending follow follows following subsequent subsequently "
        "afterwards then next eventually ultimately",
    ),
    "inclusion": (
        "include includes including included add adds added adding combine combines combined together joint "
        "jointly keep keeps kept retain retains retained preserve preserves preserved preserving maintain maintains "
        "maintained need needs needed require requires required requiring depend depends "
        "rely relies relying necessary available with",
        "without exclude excludes excluding excluded remove removes removed removing separate separately alone "
        "independent independently drop discard discards discarded eliminate eliminates eliminated free avoid avoids "
        "avoided avoiding omit omits omitted ignore ignores ignored lack lacks lacking absent absence "
        "unnecessary zero none neither nor no dispense abandon abandons bypassing skip skips skipped instead",
    ),
    "frequency": (
        "always often frequent frequently common commonly usually typically widely widespread universal consistent "
        "consistently regular regularly mostly predominantly extensively every prevalent popular dominant",
        "never rarely rare seldom infrequent infrequently uncommon unusual occasionally sporadic exceptional "
        "underexplored unexplored overlooked neglected scarce sparse understudied limited unaddressed",
    ),
    "knowledge": (
        "known clear explicit explicitly aware understood transparent interpretable certain confident sure surer "
        "certainty confidence predictable stable stability explainable visible",
        "unknown unclear implicit implicitly unaware opaque black-box uncertain unsure uncertainty "
        "unpredictable unstable instability hidden latent arbitrary random invisible",
    ),
    "safety": (
        "safe safety safer benign harmless secure secured security defend defends defense defenses defence defences "
        "defender defenders protection trustworthy honest aligned",
        "unsafe harmful malicious insecure attack attacks attacked attacker attackers adversary adversaries "
        "adversarial dangerous risky threat threats jailbreak jailbreaks deceptive misaligned",
    ),
    "agreement": (
        "same similar similarly identical equal equally alike match matches matched consistent comparable shared "
        "share shares agree agrees agreement positive positively correlated converge converges",
        "different differ differs differing distinct unlike unequal inconsistent disagree disagrees disagreement "
        "diverge diverges divergent negative negatively uncorrelated mismatch gap contrast independent",
    ),
}
"""Axis: words of one side, words of the other."""

LOOSE = frozenset({"order", "inclusion", "ability"})
"""Axes whose words are so common that their exchange alone says little."""

PAIRS = (
    "attacker/defender attack/defense attack/defence attacker/target attacker/victim teacher/student "
    "supervised/unsupervised supervised/self-supervised static/dynamic manual/automatic manual/automated "
    "manually/automatically global/local public/private open/closed open/proprietary open-source/proprietary "
    "online/offline train/test training/inference training/test precision/recall encoder/decoder "
    "input/output long/short long-term/short-term internal/external upper/lower linear/nonlinear "
    "discrete/continuous deterministic/stochastic deterministic/random central/distributed centralized/decentralized "
    "centralized/federated human/machine human/automatic human/model real/synthetic real/simulated "
    "simulation/physical real/artificial parametric/nonparametric univariate/multivariate unimodal/multimodal "
    "single/multiple single/several aleatoric/epistemic false/true positive/negative black-box/white-box "
    "forward/backward dense/sparse coarse/fine active/passive optimistic/conservative optimistic/pessimistic "
    "optimal/suboptimal theoretical/empirical formal/empirical formal/informal academic/industrial "
    "training-free/trained frozen/fine-tuned zero-shot/few-shot zero-shot/fine-tuned freeze/train "
    "high-frequency/low-frequency spatial/temporal source/target generator/discriminator generate/verify "
    "producer/checker retriever/generator client/server user/developer cause/effect cause/consequence "
    "independent/dependent homogeneous/heterogeneous symmetric/asymmetric common/rare frequent/infrequent "
    "novel/existing new/existing new/known released/withheld base/instruction-tuned pre-train/fine-tune "
    "pretraining/fine-tuning seen/unseen in-distribution/out-of-distribution low-resource/high-resource "
    "reject/keep rejects/keeps rejected/accepted accept/reject approve/reject included/excluded "
    "individual/collective partial/complete partial/full relative/absolute average/maximum mean/maximum "
    "reality/simulation qualitative/quantitative text/image audio/video visual/textual syntax/semantics "
    "prevent/cause prevents/causes cause/mitigate causes/mitigates induce/prevent enable/prevent allow/prevent "
    "encourage/discourage strengthen/weaken simplify/complicate merge/split centralise/distribute "
    "broad/narrow wide/narrow deep/shallow tight/loose strict/lenient top-down/bottom-up majority/minority "
    "superior/inferior ensemble/single separate/joint sequential/parallel synchronous/asynchronous "
    "minimize/maximize minimizes/maximizes emphasize/ignore follow/lead expert/novice sender/recipient "
    "large/small larger/smaller strong/weak stronger/weaker high/low higher/lower more/less better/worse "
    "increase/decrease raise/lower improve/worsen easy/hard fast/slow early/late first/last before/after "
    "optional/mandatory voluntary/compulsory reversible/irreversible temporary/permanent sufficient/insufficient"
)
"""Words that stand for each other's opposite though they lie on no axis above."""

NEGATIONS = frozenset(
    "no not never none neither nor nothing nobody nowhere without cannot can't don't doesn't didn't isn't aren't "
    "wasn't weren't won't wouldn't hasn't haven't hardly barely scarcely rarely seldom lack lacks lacking lacked "
    "fail fails failed failing unable absent absence instead refuse refuses zero unlike".split()
)

SYNONYMS = (
    "beat outperform surpass exceed outdo overtake|author authors researcher team study paper work article|dataset "
    "collection corpus data|image picture photo|question query|test evaluate examine probe assess check measure|show "
    "demonstrate find reveal indicate report establish|framework system method approach technique scheme|build "
    "construct create develop make|propose introduce present|raise increase boost lift grow rise|cut reduce lower "
    "decrease shrink|accuracy precision|hard difficult challenging|easy simple|quick fast rapid|cheap inexpensive "
    "affordable low-cost|cost expense price expensive costly|big large|small tiny little|people human person "
    "participant user|step stage phase|field domain area|hidden latent|visible observable|answer response "
    "reply respond|fake false spurious|wrong incorrect mistaken error|right correct accurate|join combine merge "
    "integrate fuse unify|split divide separate decompose|pick select choose|guess predict forecast|use employ "
    "leverage apply utilize|need require demand|help assist aid support|keep preserve retain maintain|drop "
    "remove discard delete|fix repair correct|change alter modify adapt adjust|handle address tackle|whole entire "
    "full complete|part component module|weak fragile brittle vulnerable|strong robust powerful|danger risk "
    "threat hazard|guard protect defend safeguard|lack shortage scarcity absence|plenty abundant many numerous|about "
    "around roughly approximately nearly|twice double|llm llms language-model|vlm vlms vision-language|rl "
    "reinforcement|ai artificial|benchmark testbed suite|doctor clinician physician medical|hospital clinical "
    "institution|machine computer|robot robotic|car vehicle driving|traffic communication bandwidth|book textbook "
    "schoolbook|exam examination|fact factual knowledge|memory storage|meaning semantic semantics|speech audio "
    "voice spoken|clip video|writing text textual|number figure count|limit bound restrict constrain|graph "
    "network|explain interpret explanation interpretable|label annotate annotation|by-hand manual manually|idea "
    "concept notion|goal aim objective purpose|trust reliable trustworthy|fit match suit|tool instrument "
    "utility|plan planning schedule|search retrieve retrieval lookup fetch|retriever retrieval|loss penalty|score "
    "metric measure|gap difference discrepancy|agree consistent agreement|talk dialogue conversation chat|invent "
    "hallucinate fabricate|surer confident certain|doubt uncertain uncertainty question|long lengthy extended|start "
    "begin initial|finish end final|earlier previous prior existing|later subsequent|current present existing "
    "today|share proportion fraction|typical common usual|rare infrequent uncommon|several multiple many|code "
    "program software|bug fault defect|leak disclose expose|private privacy confidential|attack exploit "
    "jailbreak|trick deceive mislead fool|secret hidden covert|bias skew prejudice|fair equitable|city urban|weather "
    "climate meteorological|forecast prediction forecasting|money financial finance|law legal|teach train "
    "instruct|learn acquire|pupil student learner|size scale|deep neural|shift drift|noise noisy|quality "
    "fidelity|variety diverse diversity|guide steer direct|rule constraint|proof prove theorem formal|checker "
    "verifier verify|spot detect identify recognize|rewrite rephrase paraphrase|shorten compress condense|summary "
    "summarize|open public|release publish available|free unrestricted"
)
"""Groups of words that a summary exchanges for each other without changing what is said."""


@cache
def axis_sides() -> dict[str, tuple[tuple[str, int], ...]]:
    """Word or stem: the axes on which it lies, each with its side (+1 or -1)."""
    sides: dict[str, dict[str, int]] = {}
    for axis, (high, low) in AXES.items():
        for listed, sign in ((high, 1), (low, -1)):
            for word in listed.split():
                for form in (word, stem(word)):
                    sides.setdefault(form, {}).setdefault(axis, sign)
    return {word: tuple(found.items()) for word, found in sides.items()}


@cache
def opposites() -> dict[str, frozenset[str]]:
    """Stem: the stems of its opposites."""
    found: dict[str, set[str]] = {}
    for pair in PAIRS.split():
        first, second = (stem(word) for word in pair.split("/"))
        if first != second:
            found.setdefault(first, set()).add(second)
            found.setdefault(second, set()).add(first)
    return {word: frozenset(others) for word, others in found.items()}


@cache
def same_meaning() -> dict[str, frozenset[str]]:
    """Stem: the stems that may stand for it, itself not among them."""
    found: dict[str, set[str]] = {}
    for group in SYNONYMS.split("|"):
        members = {stem(word) for word in group.split()}
        for member in members:
            found.setdefault(member, set()).update(members - {member})
    return {word: frozenset(others) for word, others in found.items()}
