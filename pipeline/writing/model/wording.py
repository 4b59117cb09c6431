"""The words of a model's sentence against its sources: none may be new that tells something, none may turn it round."""

import re
from collections.abc import Iterator, Sequence

from pipeline.claims import Source
from pipeline.claims.alignment import EMPTY, align
from pipeline.claims.certainty import HEDGE
from pipeline.claims.lexicon import NEGATIONS, opposites
from pipeline.claims.reading import Reading, Word, read

RARE = 0.95
"""How rare a word is that may not stand in a sentence unless its source speaks of it."""
FEWEST = 3
"""Telling words of a fragment."""
CONNECTING = frozenset(
    "according already along also although apart author authors both cut cuts differ differs each figure figures for"
    " gave give gives instead keep keeps kept like made make makes merely others paper post rather said say says shown"
    " shares share stay stays take takes team together whereas while work works yet".split()
)
"""Words of a writer, which need not be the source's."""
TURNING = frozenset(
    "almost barely entirely fully half hardly nearly neither never no nobody none nor not nothing only rarely seldom"
    " twice without".split()
) | frozenset(NEGATIONS)
"""Words that turn a sentence round, or its measure: they must be the source's."""

_FIGURE = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NUMBERED = re.compile(r"(?<![\w-])[A-Za-z][\w.-]*\d[\w.-]*")
"""Names with a figure in them, such as GPT-4o."""
_NONE: frozenset[str] = frozenset()
CONDITIONAL = re.compile(
    r"\b(?:if|unless|when|whether|except|than|versus|compared|but|although|though|despite|however|fail\w*|lack\w*|less"
    r"|lower|fewer|reject\w*|claim\w*|assum\w+|question\w*)\b",
    re.I,
)
"""Words without which the rest of a sentence may say something else."""


def new_words(claim: str, sources: Sequence[Source]) -> Iterator[str]:
    """What is wrong with words of a claim that its sources have not.

    A figure, a rare word, a name, the opposite of a word of theirs, and a word that turns a sentence round must be the
    source's own.
    """
    source = read("\n\n".join(f"{source.title}.\n\n{source.text}" for source in sources))
    words = read(claim).sentences
    every = tuple(word for sentence in words for word in sentence)
    said, low = read(claim).text, source.text.lower()
    figures = frozenset(_figures(source.text))
    for name in _NUMBERED.findall(said):
        if name.lower().rstrip(".-") not in low:
            yield f"the source does not mention {name}"
    for figure in _figures(said):
        if figure not in figures:
            yield f"the source does not give “{figure}”"
    for word in align(every, source).uncovered:
        if word.low not in CONNECTING and (
            _tells_much(word) or not opposites().get(word.stem, _NONE).isdisjoint(source.stems)
        ):
            yield f"the source does not speak of “{word.text}”"
    for word in every:
        if _turns(word) and word.low not in source.words:
            yield f"the source does not say “{word.text}”"


def _tells_much(word: Word) -> bool:
    return word.weight >= RARE or word.text[:1].isupper()


def _figures(text: str) -> list[str]:
    """The figures of a text as they are written, without separators of thousands; also those inside of names."""
    return [figure.replace(",", "") for figure in _FIGURE.findall(text)]


def _turns(word: Word) -> bool:
    return word.low in TURNING or word.low.endswith(("n't", "n’t"))


def is_fragment(claim: str, sources: Sequence[Source]) -> bool:
    """Whether a claim is a connected part of one sentence of a source, without a loss that could change what it says.

    Its telling words stand in that sentence in the same order with none between them left out, its figures too, and
    nothing that limits, negates or compares was left out around them.
    """
    said = read(claim)
    if len(said.sentences) != 1:
        return False
    return any(
        _is_part(said, n, source)
        for source in (read(s.text) for s in sources)
        for n in range(len(source.plain))
    )


def _is_part(said: Reading, number: int, source: Reading) -> bool:
    mine, theirs = _telling(said.sentences[0]), _telling(source.sentences[number])
    size = len(mine)
    if size < FEWEST or not any(theirs[n : n + size] == mine for n in range(len(theirs) - size + 1)):
        return False
    lost = set(_limits(source.plain[number])) - set(_limits(said.plain[0]))
    return not lost


def _telling(words: Sequence[Word]) -> list[str]:
    """Stems of the words that tell something, and figures, in order."""
    return [w.stem for w in words if _tells(w) or any(c.isdigit() for c in w.low)]


def _tells(word: Word) -> bool:
    return word.weight > 0 and word.stem not in EMPTY and word.low not in CONNECTING


def _limits(sentence: str) -> Iterator[str]:
    """Words of a sentence that limit, negate, compare or weaken the rest."""
    for pattern in (HEDGE, CONDITIONAL):
        yield from (found.group().lower() for found in pattern.finditer(sentence))
    yield from (word.low for words in read(sentence).sentences for word in words if _turns(word))
