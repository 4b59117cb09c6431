"""The words around a brief's sentences in the languages that a channel may choose."""

import re
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import bot
import pipeline
from bot.views.brief import brief_messages
from bot.views.full import full_markdown
from bot.workspace import check_message
from pipeline.draft import HEADINGS
from pipeline.models import Brief, Language, Section
from pipeline.rendering import LANGUAGES, chart_text, frame_of, markdown, to_html
from pipeline.rendering.frame import FOLDER
from tests.test_rendering import make

OTHERS = [language for language in LANGUAGES if language != "en"]
PLACE = re.compile(r"\{(\w+)\}")


def written_in_the_code() -> set[str | tuple[str, ...]]:
    found: set[str | tuple[str, ...]] = set(HEADINGS.values())
    for package in (bot, pipeline):
        folder = Path(str(package.__file__)).parent
        for _, _, message, _, _ in extract_from_dir(folder, method_map=[("**.py", "python")]):
            found.add(message)
    return found


def framed(language: str) -> Brief:
    brief = make()
    sections = tuple(Section(kind=s.kind, heading=HEADINGS[s.kind], items=s.items) for s in brief.sections)
    return brief.model_copy(update={"language": language, "sections": sections})


def test_every_language_that_settings_take_has_its_file() -> None:
    assert set(LANGUAGES) == set(get_args(Language))
    assert sorted(file.stem for file in FOLDER.glob("*.po")) == OTHERS


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated_with_its_places_and_no_other_one_is(language: str) -> None:
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    told = {message.id: message for message in catalog if message.id}
    assert set(told) == written_in_the_code()
    for source, message in told.items():
        sources = source if isinstance(source, tuple) else (source,)
        strings = message.string if isinstance(source, tuple) else (message.string,)
        assert not message.fuzzy
        assert len(strings) >= len(sources)
        for string in strings:
            assert string.strip(), source
            assert sorted(PLACE.findall(string)) == sorted(PLACE.findall(sources[-1])), source


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_brief_in_any_language_has_the_same_sentences_and_its_own_frame(language: str) -> None:
    brief, english = framed(language), framed("en")
    for render in (markdown, to_html, full_markdown, chart_text):
        assert (render(brief) == render(english)) == (language == "en")
    page = to_html(brief)
    assert f'<html lang="{language}">' in page
    assert "The authors find leaks" in page
    assert ("Why it matters:" in page) == (language == "en")
    assert ("Emerging Trends" in markdown(brief)) == (language == "en")
    parts = brief_messages(brief)
    assert len(parts) == len(brief_messages(english))
    for part in parts:
        assert check_message(part.payload()) is None
    links = [re.findall(r"<(https?://[^|>]+)\|", str(part.blocks)) for part in parts]
    assert links == [
        re.findall(r"<(https?://[^|>]+)\|", str(part.blocks)) for part in brief_messages(english)
    ]


@pytest.mark.parametrize(
    ("language", "days", "number"),
    [
        ("en", "December 28, 2025 - January 3, 2026", "1,202"),
        ("de", "28. Dez. 2025 – 3. Jan. 2026", "1.202"),
        ("fr", "28 déc. 2025 – 3 janv. 2026", "1 202"),
        ("es", "28 de diciembre de 2025 – 3 de enero de 2026", "1.202"),
    ],
)
def test_dates_and_numbers_are_written_as_the_language_does(language: str, days: str, number: str) -> None:
    frame = frame_of(language)  # type: ignore[arg-type]
    assert re.sub(r"\s", " ", frame.days(date(2025, 12, 28), date(2026, 1, 3))) == days
    assert re.sub(r"\s", " ", frame.number(1202)) == number


def test_what_counts_has_the_right_form() -> None:
    told = [frame_of("fr").ngettext("{n} work", "{n} works", n) for n in (0, 1, 2)]
    assert told == ["0 travail", "1 travail", "2 travaux"]


def test_a_heading_with_braces_is_shown_as_it_is() -> None:
    assert frame_of("de").gettext("{a} {") == "{a} {"
