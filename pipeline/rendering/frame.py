"""The frame of a brief: the words around its sentences, in the language that a channel reads.

What sources say stays in their own words. The rest (headings, days, counts, labels) is written in English where it
is used, and translated in `frames/LANGUAGE.po`, the format of GNU gettext. Dates and numbers are those of Unicode's
CLDR, by Babel. Sources: https://www.gnu.org/software/gettext/manual and https://babel.pocoo.org
"""

import io
from collections.abc import Mapping
from datetime import date
from functools import cache
from gettext import NullTranslations
from pathlib import Path

from pipeline.models import Language

FOLDER = Path(__file__).with_name("frames")
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
"""What a brief can be framed in, by the names that its readers give it."""


class Frame:
    """The words, dates and numbers of one language."""

    def __init__(self, language: Language, translations: NullTranslations) -> None:
        self.language = language
        self._translations = translations

    def gettext(self, message: str, /, **values: object) -> str:
        """The message in this language, the values in the places of their names."""
        told = self._translations.gettext(message)
        return told.format(**values) if values else told

    def ngettext(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The same of a message that counts; the count's place is called `n`."""
        message = self._translations.ngettext(one, many, number)
        return message.format(n=self.number(number), **values)

    def number(self, number: int) -> str:
        """`1,202` as this language writes it."""
        if self.language == "en":
            return f"{number:,}"
        from babel.numbers import format_decimal

        return str(format_decimal(number, locale=self.language))

    def days(self, since: date, until: date) -> str:
        """A window in words: `November 13 - November 20, 2025`."""
        if self.language == "en":
            first = f"{since:%B} {since.day}" + (f", {since.year}" if since.year != until.year else "")
            return f"{first} - {until:%B} {until.day}, {until.year}"
        from babel.dates import format_interval

        return str(format_interval(since, until, skeleton="yMMMMd", locale=self.language))

    def day(self, day: date) -> str:
        """`20 Nov`."""
        if self.language == "en":
            return f"{day.day} {day:%b}"
        from babel.dates import format_skeleton

        return str(format_skeleton("MMMd", day, locale=self.language))

    def weekday(self, day: date) -> str:
        """`Monday 18 May`."""
        if self.language == "en":
            return f"{day:%A %d %B}"
        from babel.dates import format_skeleton

        return str(format_skeleton("MMMMEEEEd", day, locale=self.language))


@cache
def frame_of(language: Language) -> Frame:
    """The frame in a language; its file is read once."""
    return Frame(language, NullTranslations() if language == "en" else _translations(language))


def _translations(language: Language) -> NullTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    compiled = io.BytesIO()
    with (FOLDER / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
