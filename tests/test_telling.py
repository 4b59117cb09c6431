"""Sentences as a brief tells them, and acronyms written out at their first use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.claims import Source, quoted
from pipeline.writing.acronyms import contracted, definitions, in_use, written_out
from pipeline.writing.telling import inside, points_back, told


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("To audit this novel risk, we propose Quill.", "The authors propose Quill."),
        ("Through extensive experiments, we show that Quill fails.", "The authors show that Quill fails."),
        ("Overall, monitors miss sabotage.", "Monitors miss sabotage."),
        ("These findings show that Quill fails.", "The authors' findings show that Quill fails."),
        ("This paper presents Quill.", "The paper presents Quill."),
        ("Thus, Quill may fail.", "Quill may fail."),
        ("Quill takes an approach to this problem, by logging.", "Quill takes an approach, by logging."),
        ("Our code is available at: https://example.org/a/quill.", "The authors' code is available."),
        ("Data are available here: https://example.org/quill", "Data are available."),
        (
            "Quill detects the hidden instructions in web pages and tools, paving the way for safer agents.",
            "Quill detects the hidden instructions in web pages and tools.",
        ),
    ],
)  # fmt: skip
def test_openings_and_ends_that_say_nothing_are_dropped(source: str, shown: str) -> None:
    assert told(source) == shown


@pytest.mark.parametrize(
    "sentence",
    [
        "On 640 tasks, Quill lowers the attack success rate from 48% to 3%, demonstrating its robustness by 45 points.",
        "Quill may reduce leakage on retrieval agents that read web pages, offering insights but no defence.",
        "Under this threat model, Quill fails.",
        "To some of these users, Quill gives nothing.",
        "Such analysis is costly.",
        "The results of Finch (2020) differ.",
        "Quill halves leakage (only on synthetic data, small models, and prompts without tools) in all of the runs "
        "that the study has made over many months on agents that read web pages and documents of their users each day.",
    ],
)
def test_figures_conditions_negation_and_reservations_stay(sentence: str) -> None:
    assert told(sentence) == sentence


def test_a_cause_and_a_contrast_stay_only_after_the_sentence_that_they_answer() -> None:
    assert told("Therefore, Quill fails.", follows=True) == "Therefore, Quill fails."
    assert told("However, defenses remain weak.", follows=True) == "But defenses remain weak."
    assert told("However, defenses remain weak.") == "Defenses remain weak."


@pytest.mark.parametrize(
    "sentence",
    [
        "It achieves 97% on the benchmark.",
        "They also amplify the risks of misuse.",
        "This synergy leads to better results.",
        "The real-world strength of these defenses is unknown.",
        "Despite growing interest in attacking such models, little is known.",
        "The former is cheaper.",
        "In contrast, Quill fails.",
    ],
)
def test_a_sentence_that_needs_the_one_before_is_known(sentence: str) -> None:
    assert points_back(told(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "It remains unclear whether Quill works.",
        "We show that agents such as Quill fail.",
        "This work measures leakage in 12 agents.",
        "Our results show that Quill fails.",
        "Agents read pages and then follow the instructions in them, so that those who write pages steer them.",
    ],
)
def test_a_sentence_that_stands_alone_is_known(sentence: str) -> None:
    assert not points_back(told(sentence))


@given(st.text(alphabet="ab, .()$\\{}“”TheseThisWeTo 0123456789%", max_size=300))
def test_any_text_can_be_told_and_keeps_its_figures(text: str) -> None:
    shown = told(text)
    assert [c for c in shown if c.isdigit()] == [c for c in text if c.isdigit()]
    assert told(shown) == shown or len(told(shown)) <= len(shown) + 1


def test_a_sentence_as_told_counts_as_the_sources_own() -> None:
    text = "Agents leak data. To measure this leak, we build Quill over all MAS in use. "
    text += "Multi-agent systems (MAS) differ."
    source = Source("w1", "Quill: Leaks", text)
    assert quoted("The authors build Quill over all MAS in use.", [source])
    assert quoted("In “Quill”, the authors build Quill over all multi-agent systems (MAS) in use.", [source])
    assert not quoted("The authors build Quill over all markets (MAS) in use.", [source])


def test_a_small_letter_inside_a_sentence_is_for_common_words_only() -> None:
    assert inside("Experiments show it.") == "experiments show it."
    assert inside("Quill fails.") == "Quill fails."
    assert inside("A model fails.") == "a model fails."


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("We study multi-agent systems (MAS) here.", "MAS", "multi-agent systems"),
        ("Vision-Language Models (VLMs) fail.", "VLM", "Vision-Language Models"),
        ("A divergence-in-behavior attack (DIBA), the first", "DIBA", "divergence-in-behavior attack"),
        ("Low-Rank Adaptation (LoRA) helps.", "LoRA", "Low-Rank Adaptation"),
    ],
)
def test_definitions_are_found_with_their_place(text: str, short: str, long: str) -> None:
    found = definitions(text)[short]
    assert found.long == long
    assert text[found.start : found.end].startswith(long)
    assert text[found.start : found.end].endswith(")")


@pytest.mark.parametrize(
    "text", ["We use GPT-4 (see Table 2).", "It fails (NOT good).", "(ABC) alone.", "of 12 (N=15)"]
)
def test_other_parentheses_define_nothing(text: str) -> None:
    assert definitions(text) == {}


def test_a_short_form_is_written_out_once_outside_titles() -> None:
    known = definitions("Vision-language models (VLMs) and multi-agent systems (MAS).")
    text = "In “Attacks on MAS”, a VLM breaks MAS and MAS."
    assert written_out(text, "MAS", known["MAS"]) == (
        "In “Attacks on MAS”, a VLM breaks multi-agent systems (MAS) and MAS."
    )
    assert written_out(text, "VLM", known["VLM"]) == (
        "In “Attacks on MAS”, a Vision-language model (VLM) breaks MAS and MAS."
    )
    assert in_use(text) == ["VLM", "MAS"]
    assert contracted(written_out(text, "MAS", known["MAS"]), known) == text


@given(st.text(alphabet="ABCabc ()-s.,", max_size=200))
def test_definitions_of_any_text_point_into_it(text: str) -> None:
    for short, found in definitions(text).items():
        assert f"({short}" in text[found.start : found.end]
        assert " ".join(text[found.start : found.end].split()).startswith(found.long)
