"""Whether a claim is a source's own sentence, as it stands or with the changes that a writer may make to it."""

from collections.abc import Sequence
from functools import lru_cache

from pipeline.claims.reading import Source, read, without_marks
from pipeline.terms import words as plain_words
from pipeline.writing.acronyms import contracted, definitions
from pipeline.writing.phrasing import attribute, readable
from pipeline.writing.sentences import split_sentences
from pipeline.writing.telling import told

ADDRESS = frozenset(
    "we us our ours ourselves i my me the these this authors author they them their theirs themselves s".split()
)
"""Words that a change to the third person adds, drops or exchanges; they are not compared."""

FRAME = frozenset(
    "in on of a an and if you work works read see also according to by for with why it matters its abstract now "
    "says report reports that but takes up open question to try write writes".split()
)
"""Words that may stand in front of a sentence together with its title."""

Key = tuple[str, ...]


def quoted(claim: str, sources: Sequence[Source]) -> bool:
    """Whether every sentence of a claim is a source's own, in either person, alone or after the source's title.

    A sentence as a brief shortens it, or with an acronym written out as its source does, is still the source's own.
    """
    claim = without_marks(claim)
    if not _key(claim):
        return False
    return any(_is_own(claim, source) for source in sources) or all(
        any(_is_own(sentence, source) for source in sources) for sentence in read(claim).plain
    )


def _is_own(sentence: str, source: Source) -> bool:
    own, lengths, title = _own(source.title, source.text)
    key = _key(contracted(sentence, _definitions(source.text)))
    if key in own:
        return True
    return any(
        key[-length:] in own and frame_of(title).issuperset(key[:-length])
        for length in lengths
        if 5 <= length < len(key)
    )


def frame_of(title: Key) -> frozenset[str]:
    """The words that may stand in front of a sentence: those of its title and of the phrases around a title."""
    return FRAME | frozenset(title)


@lru_cache(maxsize=512)
def _own(title: str, text: str) -> tuple[frozenset[Key], tuple[int, ...], Key]:
    """The sentences of a source in the forms in which a writer may give them, their lengths, and the title."""
    forms = {title}
    raw = [text[start:end] for start, end in split_sentences(text)]
    for sentence in {*raw, *read(text).plain}:
        forms |= {sentence, attribute(sentence), attribute(readable(sentence))}
        forms |= {told(sentence), told(sentence, follows=True)}
    found = {_key(contracted(form, _definitions(text))) for form in forms} - {()}
    return frozenset(found), tuple(sorted({len(key) for key in found})), _key(title)


_definitions = lru_cache(maxsize=512)(definitions)


def _key(sentence: str) -> Key:
    return tuple(word for word in plain_words(readable(sentence)) if word not in ADDRESS)
