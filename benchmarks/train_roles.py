"""Train the sentence role classifier and write `pipeline/writing/role_weights.json`.

    python -m venv /tmp/train && /tmp/train/bin/pip install scikit-learn numpy
    PYTHONPATH=. /tmp/train/bin/python benchmarks/train_roles.py PATH/TO/csabstruct [--output FILE]

The folder holds `train.jsonl`, `dev.jsonl` and `test.jsonl` of CSAbstruct (allenai/
sequential_sentence_classification; Cohan et al., "Pretrained Language Models for Sequential Sentence
Classification", EMNLP 2019; Apache-2.0). The data are not part of this project; the coefficients
derived from them are, with that notice. The run is deterministic, takes about a minute and prints the
accuracy on the development and test parts. scikit-learn is needed here only.
"""

import argparse
import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.writing.role_model import Roles, features_of, words_of

NOTICE = (
    "Coefficients trained on CSAbstruct (Arman Cohan, Iz Beltagy, Daniel King, Bhavana Dalvi, Daniel S. Weld: "
    "Pretrained Language Models for Sequential Sentence Classification, EMNLP 2019; "
    "https://github.com/allenai/sequential_sentence_classification), licensed under the Apache License 2.0, "
    "https://www.apache.org/licenses/LICENSE-2.0. The data are not included. Made by benchmarks/train_roles.py."
)
CLASSES = Roles._fields
VOCABULARY_SIZE = 5000
MINIMUM_COUNT = 4
REGULARISATION = 2.0
SMOOTHING = 20.0
# Neighbouring sentences share cue features already, so the chain counts half; chosen on the dev part.
CHAIN_WEIGHT = 0.5


class Abstract(NamedTuple):
    sentences: list[str]
    labels: list[str]
    confidences: list[float]


def read(path: Path) -> list[Abstract]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [Abstract(row["sentences"], row["labels"], row["confs"]) for row in rows]


def vocabulary(abstracts: Sequence[Abstract]) -> dict[str, float]:
    """The words that tell the roles apart best (chi squared) with their inverse document frequency."""
    per_class = {name: Counter[str]() for name in CLASSES}
    sizes = Counter[str]()
    for abstract in abstracts:
        for sentence, label in zip(abstract.sentences, abstract.labels, strict=True):
            per_class[label].update(set(words_of(sentence)))
            sizes[label] += 1
    total = sum(sizes.values())
    counts = sum(per_class.values(), Counter[str]())

    def chi_squared(word: str) -> float:
        expected = {name: counts[word] * sizes[name] / total for name in CLASSES}
        return sum((per_class[name][word] - expected[name]) ** 2 / expected[name] for name in CLASSES)

    kept = [word for word in sorted(counts) if counts[word] >= MINIMUM_COUNT]
    kept = sorted(kept, key=lambda word: (-chi_squared(word), word))[:VOCABULARY_SIZE]
    return {word: round(math.log((1 + total) / (1 + counts[word])) + 1, 2) for word in sorted(kept)}


def transitions(abstracts: Sequence[Abstract]) -> list[list[float]]:
    """How much likelier than chance one role follows another, as logarithms."""
    pairs = Counter[tuple[str, str]]()
    for abstract in abstracts:
        pairs.update(zip(abstract.labels, abstract.labels[1:], strict=False))
    total = sum(pairs.values())
    first, second = Counter[str](), Counter[str]()
    for (before, after), count in pairs.items():
        first[before] += count
        second[after] += count

    def lift(before: str, after: str) -> float:
        expected = first[before] * second[after] / total
        return round(CHAIN_WEIGHT * math.log((pairs[before, after] + SMOOTHING) / (expected + SMOOTHING)), 3)

    return [[lift(before, after) for after in CLASSES] for before in CLASSES]


class Design:
    """Turns abstracts into a sparse matrix with one column a word and a feature."""

    def __init__(self, idf: dict[str, float], features: Sequence[str]) -> None:
        self.idf = idf
        self.features = list(features)
        self.columns = {name: index for index, name in enumerate([*idf, *(f"\t{name}" for name in features)])}

    def matrix(self, abstracts: Sequence[Abstract]) -> Any:
        from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

        data: list[float] = []
        indices: list[int] = []
        starts = [0]
        for abstract in abstracts:
            named = features_of(abstract.sentences)
            for sentence, features in zip(abstract.sentences, named, strict=True):
                weights = {
                    word: n * self.idf[word]
                    for word, n in Counter(words_of(sentence)).items()
                    if word in self.idf
                }
                norm = math.sqrt(sum(value * value for value in weights.values())) or 1.0
                row = {self.columns[word]: value / norm for word, value in weights.items()}
                row |= {self.columns[f"\t{k}"]: v for k, v in features.items() if f"\t{k}" in self.columns}
                indices += sorted(row)
                data += [row[column] for column in sorted(row)]
                starts.append(len(indices))
        return csr_matrix((data, indices, starts), shape=(len(starts) - 1, len(self.columns)))


def train(abstracts: Sequence[Abstract], regularisation: float) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-not-found]

    names = {name for abstract in abstracts for row in features_of(abstract.sentences) for name in row}
    design = Design(vocabulary(abstracts), sorted(names))
    labels = [CLASSES.index(label) for abstract in abstracts for label in abstract.labels]
    model = LogisticRegression(C=regularisation, max_iter=2000, random_state=0)
    agreement = [value for abstract in abstracts for value in abstract.confidences]
    model.fit(design.matrix(abstracts), labels, sample_weight=agreement)
    columns = model.coef_.T.round(2).tolist()
    words = len(design.idf)
    return {
        "notice": NOTICE,
        "classes": list(CLASSES),
        "intercept": model.intercept_.round(3).tolist(),
        "transitions": transitions(abstracts),
        "features": dict(zip(design.features, columns[words:], strict=True)),
        "words": {word: [idf, *columns[n]] for n, (word, idf) in enumerate(design.idf.items())},
    }


def accuracy(path: Path, abstracts: Sequence[Abstract]) -> tuple[float, float]:
    """Share of sentences, and of top-ranked result sentences, that have the right role, read from the file."""
    from pipeline.writing.role_model import load_weights, sentence_roles

    weights = load_weights(path)
    right = total = top_right = top_total = 0
    for abstract in abstracts:
        roles = sentence_roles(abstract.sentences, weights)
        best = [CLASSES[max(range(len(CLASSES)), key=role.__getitem__)] for role in roles]
        right += sum(a == b for a, b in zip(best, abstract.labels, strict=True))
        total += len(best)
        if "result" in abstract.labels:
            top_total += 1
            top_right += abstract.labels[max(range(len(roles)), key=lambda n: roles[n].result)] == "result"
    return right / total, top_right / top_total


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the sentence role classifier on CSAbstruct.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output", type=Path, default=Path("pipeline/writing/role_weights.json"))
    parser.add_argument("--regularisation", type=float, default=REGULARISATION)
    options = parser.parse_args()
    parts = {name: read(options.folder / f"{name}.jsonl") for name in ("train", "dev", "test")}
    weights = train(parts["train"], options.regularisation)
    text = json.dumps(weights, ensure_ascii=False, separators=(",", ":"))
    options.output.write_text(text.replace('],"', '],\n"') + "\n", encoding="utf-8")
    print(f"{options.output}: {options.output.stat().st_size} bytes, {len(weights['words'])} words")
    for name in ("dev", "test"):
        every, top = accuracy(options.output, parts[name])
        print(f"{name}: accuracy {every:.3f}; top-ranked result sentence is a result {top:.3f}")


if __name__ == "__main__":
    main()
