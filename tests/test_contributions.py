"""What works say that they bring is counted by their own words, and only then."""

import pytest

from pipeline.writing.contributions import contributions
from pipeline.writing.extractive.brought import brought_in_words

SENTENCES = {
    "attack": [
        "We propose BadThink, the first backdoor attack designed to make a model think for too long.",
        "We introduce Multi-Faceted Attack (MFA), a framework that exposes weaknesses of guarded models.",
    ],
    "defence": [
        "This paper proposes MergeBarrier, a plug-and-play defense that prevents unauthorized merging.",
        "We present two mitigations that keep the chain of thought readable.",
        "We develop a lightweight framework to detect prompt injections in mail.",
    ],
    "benchmark": [
        "We introduce PATCHEVAL, a multilingual benchmark for languages that others leave out.",
        "We construct HarbourBench to measure how cranes are steered.",
        "We release a new dataset of 400 tides.",
    ],
    "method": [
        "We propose a self-training framework for cranes.",
        "In this work, we introduce TokenSqueeze, a method that shortens chains of reasoning.",
        "We present TideNet.",
    ],
    "survey": ["This survey covers tidal power.", "We present a comprehensive literature review of cranes."],
    "study": [
        "We systematically evaluate nine crane models.",
        "We conduct a large-scale user study with 40 pilots.",
    ],
    "proof": ["We prove that no schedule is faster."],
}


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in SENTENCES.items() for t in texts])
def test_a_contribution_is_read_from_the_authors_own_words(kind: str, text: str) -> None:
    found = contributions("Cranes and Tides", f"Tides matter. {text}")
    assert kind in found
    assert not found & {"attack", "defence", "benchmark", "method", "survey"} - {kind}


@pytest.mark.parametrize(
    "text",
    [
        "Attacks on cranes are on the rise, and benchmarks are scarce.",
        "Earlier work proposes a defense against them.",
        "They propose an attack.",
        "",
    ],
)
def test_what_others_did_is_not_counted(text: str) -> None:
    assert contributions("Cranes and Tides", text) == frozenset()


def test_a_title_tells_an_attack_from_a_defence_where_the_authors_speak_of_a_framework() -> None:
    text = "We propose ForgeDAN, a framework that writes prompts by evolution."
    assert contributions("ForgeDAN: Jailbreaking Aligned Models", text) == {"attack"}
    assert contributions("ForgeDAN: Detecting Jailbreak Attacks", text) == {"defence"}
    assert contributions("ForgeDAN: Backdoor Attacks that Bypass Detectors", text) == {"attack"}
    assert contributions("ForgeDAN: A Survey of Jailbreak Attacks", text) == {"survey"}
    assert contributions("ForgeDAN: Writing Prompts", text) == {"method"}


def test_counts_read_as_a_sentence() -> None:
    counts = {"method": 68, "study": 35, "defence": 20, "attack": 14, "benchmark": 1}
    assert brought_in_words(counts) == (
        "68 propose a method, 20 a defence and 14 an attack, 35 study or measure what is there, "
        "one brings a benchmark or data set"
    )
    assert brought_in_words({"attack": 1}) == "one proposes an attack"
    assert brought_in_words({}) == ""
