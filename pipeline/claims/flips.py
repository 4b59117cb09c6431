"""A claim turned round in one word, to ask an embedding which of the two the source is liker to."""

import re
from functools import cache

PAIRS = (
    "more/less higher/lower larger/smaller greater/lesser increase/decrease increases/decreases increased/decreased "
    "increasing/decreasing raise/lower raises/lowers raised/lowered rise/fall rises/falls rose/fell better/worse "
    "best/worst improve/worsen improves/worsens improved/worsened outperform/underperform "
    "outperforms/underperforms outperformed/underperformed easier/harder easy/hard faster/slower fast/slow "
    "cheaper/costlier cheap/expensive succeed/fail succeeds/fails succeeded/failed successful/unsuccessful "
    "with/without first/last before/after early/late earlier/later strong/weak stronger/weaker many/few most/few "
    "always/never often/rarely common/rare frequent/rare sufficient/insufficient enough/insufficient "
    "effective/ineffective able/unable can/cannot known/unknown safe/unsafe benign/harmful same/different "
    "similar/different stable/unstable supervised/unsupervised static/dynamic manual/automatic human/automated "
    "open/closed public/private local/global long/short longer/shorter high/low large/small wide/narrow wider/narrower "
    "optimistic/conservative attacker/defender attack/defense attacks/defenses teacher/student accurate/inaccurate "
    "reliable/unreliable keep/drop keeps/drops kept/dropped gain/loss gains/losses positive/negative beat/lose "
    "superior/inferior optimal/suboptimal simple/complex simpler/complex needs/avoids need/avoid requires/avoids "
    "require/avoid required/unnecessary possible/impossible confirmed/refuted solves/worsens ahead/behind above/below "
    "over/under joint/separate together/separately included/excluded single/multiple sure/unsure surer/unsure "
    "aligned/misaligned consistent/inconsistent predictable/unpredictable robust/fragile vulnerable/resistant "
    "new/existing training/inference prevents/causes reduces/increases reduce/increase reduced/increased cuts/raises "
    "cut/raise saves/wastes drops/rises fewer/more up/down preserve/lose preserves/loses maintains/loses "
    "hurting/helping hurt/help far/near close/far already/barely hardly/greatly nothing/everything none/all "
    "neither/both no/some only/also alone/partly"
)
_WORD = re.compile(r"[A-Za-z-]+")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|can|may|does|do|did|will|has|have|had|could)\b(?! not)")
_NOT = re.compile(r"\s(?:not|never)\b")
MOST = 8


@cache
def _opposites() -> dict[str, str]:
    table: dict[str, str] = {}
    for pair in PAIRS.split():
        first, second = pair.split("/")
        table.setdefault(first, second)
        table.setdefault(second, first)
    return table


def turned_round(claim: str) -> list[str]:
    """The claim with one word exchanged for its opposite, or one negation put in or taken out; at most eight."""
    table = _opposites()
    turned = [
        claim[: match.start()] + table[match.group().lower()] + claim[match.end() :]
        for match in _WORD.finditer(claim)
        if match.group().lower() in table
    ]
    turned += [claim[: match.start()] + claim[match.end() :] for match in _NOT.finditer(claim)]
    turned += [
        f"{claim[: match.end()]} not{claim[match.end() :]}" for match in list(_AUXILIARY.finditer(claim))[:2]
    ]
    return turned[:MOST]
