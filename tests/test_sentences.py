import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.writing.sentences import split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def test_abbreviations_initials_and_decimals_do_not_end_a_sentence() -> None:
    text = (
        "Tools, e.g. SQLite vs. DuckDB, gain 1.5 points (cf. Fig. 3). "
        "J. Smith et al. Report it, approx. 3 times. Done!"
    )
    assert sentences(text) == [
        "Tools, e.g. SQLite vs. DuckDB, gain 1.5 points (cf. Fig. 3).",
        "J. Smith et al. Report it, approx. 3 times.",
        "Done!",
    ]


def test_etc_ends_a_sentence_only_before_a_capital() -> None:
    assert sentences("Images, text, etc. are used. We add audio, etc. Then we stop.") == [
        "Images, text, etc. are used.",
        "We add audio, etc.",
        "Then we stop.",
    ]


def test_closing_quotes_and_brackets_stay_with_their_sentence() -> None:
    assert sentences('It is "safe." (Not so.) Is it? $x$ says no.') == [
        'It is "safe."',
        "(Not so.)",
        "Is it?",
        "$x$ says no.",
    ]


def test_a_single_line_break_joins_and_a_blank_line_parts() -> None:
    assert sentences("We show a\nlong result\n \nNext paragraph without end") == [
        "We show a\nlong result",
        "Next paragraph without end",
    ]


def test_headings_and_list_items_stand_alone() -> None:
    text = (
        "# Summary\nWe list two things:\n- a first item\n- Second. Item\n1. Numbered\n\n"
        "Results\nThe model improves by a wide margin on all of the tasks that we tried."
    )
    assert sentences(text) == [
        "# Summary",
        "We list two things:",
        "- a first item",
        "- Second.",
        "Item",
        "1. Numbered",
        "Results",
        "The model improves by a wide margin on all of the tasks that we tried.",
    ]


def test_a_lower_case_beginning_does_not_start_a_sentence() -> None:
    assert sentences("We use npm. pip is not used.") == ["We use npm. pip is not used."]


@pytest.mark.parametrize("text", ["", " \n\t\n ", "\n\n"])
def test_a_text_without_words_has_no_sentences(text: str) -> None:
    assert split_sentences(text) == []


@given(st.text(alphabet=" \n\t.!?aB1-\"')(#$é。", max_size=200))
def test_spans_are_ordered_trimmed_and_cover_everything_but_white_space(text: str) -> None:
    position = 0
    for start, end in split_sentences(text):
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()


@pytest.mark.parametrize("unit", ["a. ", ".", "A. ", "\n", "- x\n", '."', "x", "a.\n\n"])
def test_twenty_thousand_characters_take_a_fraction_of_a_second(unit: str) -> None:
    text = unit * (20_000 // len(unit))
    started = time.process_time()
    split_sentences(text)
    assert time.process_time() - started < 1.0
