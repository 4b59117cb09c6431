"""Count which words are subjects of abstracts, and write `pipeline/terms/topics.py`.

    python -m benchmarks.count_topics --corpus FOLDER [--output FILE]

The corpus holds records with `id`, `title` and `abstract`, one JSON object a line. A word that comes back in the
abstract in which it stands names a subject (`attack`, `protein`); one that does not is a word of telling (`handle`,
`cover`). The measure is that of Church and Gale (Poisson mixtures, Natural Language Engineering 1, 1995): the share of
the texts with a word that have it twice, drawn to a low mean where few texts have the word.
"""

import argparse
import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from benchmarks.labelled import rows
from pipeline.terms import stem

FEWEST = 10
"""Texts that must hold a stem for it to be listed."""
DRAWN, MEAN = 5, 0.12
"""As if so many more texts with the stem had shown this share."""
STEPS = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6)
UNLISTED = 0.3
"""The step of stems that are not listed; those that have it need no line."""

_WORD = re.compile(r"[a-z][a-z]+")
_HEAD = '''"""How likely a word comes back in the abstract in which it stands: stems by that share, rounded to steps.

Counted by benchmarks/count_topics.py over {texts:,} abstracts (CC0) of four computer-science listings of arXiv (cs.AI,
cs.CL, cs.CR, cs.LG), November 2025. A stem that is not here is rare, or comes back in three of ten.
"""

RETURNING: dict[float, str] = {{
{lines}
}}
'''


def shares(texts: Iterator[str]) -> tuple[int, dict[str, float]]:
    """How many texts there are, and the share of each stem that enough of them hold."""
    once, twice, number = Counter[str](), Counter[str](), 0
    for text in texts:
        counted = Counter(stem(word) for word in _WORD.findall(text.lower()))
        once.update(counted.keys())
        twice.update(found for found, times in counted.items() if times > 1)
        number += 1
    return number, {
        found: (twice[found] + DRAWN * MEAN) / (times + DRAWN)
        for found, times in once.items()
        if times >= FEWEST
    }


def step_of(share: float) -> float:
    """The nearest step to a share."""
    return min(STEPS, key=lambda step: abs(step - share))


def main() -> None:
    """Counts the corpus and writes the module."""
    parser = argparse.ArgumentParser(description="Count which words are subjects of abstracts.")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=Path("pipeline/terms/topics.py"))
    options = parser.parse_args()
    articles = {
        row["id"]: f"{row['title']} {row['abstract']}"
        for path in sorted(options.corpus.glob("arxiv/*.jsonl"))
        for row in rows(path)
    }
    number, found = shares(iter(articles.values()))
    lines = []
    for step in STEPS:
        stems = sorted(name for name, share in found.items() if step_of(share) == step)
        if step != UNLISTED:
            lines.append(f'    {step}: """\n{textwrap.fill(" ".join(stems), 108)}\n""",')
    options.output.write_text(_HEAD.format(texts=number, lines="\n".join(lines)), encoding="utf-8")
    print(f"{options.output}: {len(found)} stems of {number} texts")


if __name__ == "__main__":
    main()
