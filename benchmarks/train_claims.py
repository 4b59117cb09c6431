"""Train the weights of the claim checker and write `pipeline/claims/claim_weights.json`.

    python -m benchmarks.train_claims FILE ... --corpus FOLDER [--output FILE]

A FILE holds claims with `article_id`, `label` and `class` (see `benchmarks/claims.py`), such as
`benchmarks/data/claims.jsonl`; one that is named twice counts twice. The corpus holds the titles and abstracts. The
texts are not part of this project, the weights derived from them are. Softmax regression with a ridge penalty on
standardised features over seven kinds: supported, which weighs as much as all others together, and six ways of being
wrong. It is deterministic and takes two minutes. Printed: AUROC and balanced accuracy, cross-validated by article, ten
folds, and in-sample.
"""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.claims import Judged, auroc, balanced, read_judged, table

NOTE = (
    "Softmax regression of the claim checker: feature -> [mean, scale, weight of each kind]. Trained by "
    "benchmarks/train_claims.py on sentences about 179 arXiv abstracts of November 2025 (CC0), written for this "
    "purpose and labelled by hand (700 supported, 1,252 with one thing wrong); no text of the abstracts is included."
)
RIDGE = 10.0
FOLDS = 10
KINDS = ("supported", "number", "name", "turned", "role", "overstated", "elsewhere")
"""What a claim may be: supported, or wrong in one of these ways."""
KIND_OF = {
    "number": "number",
    "entity": "name",
    "negation": "turned",
    "direction": "turned",
    "role_swap": "role",
    "overgeneral": "overstated",
    "hedging": "overstated",
    "plural": "overstated",
    "added_fact": "elsewhere",
    "wrong_citation": "elsewhere",
}
"""Class of the labelled claims: what it is read as."""

Floats = NDArray[np.float64]
Numbers = NDArray[np.int_]


class Fit(NamedTuple):
    """Standardisation of the columns, and for each kind its weights and its bias, `supported` first."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: Floats

    def chances(self, rows: Floats) -> Floats:
        """How likely each row is of each kind."""
        return softmax((rows - self.mean) / self.scale @ self.weights + self.bias)


def softmax(totals: Floats) -> Floats:
    """Each row as probabilities."""
    raised = np.exp(totals - totals.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def fit(rows: Floats, kinds: Numbers, ridge: float = RIDGE) -> Fit:
    """Newton's method for the penalised likelihood of kinds 0, 1, ...; kind 0 weighs as much as all others together."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    design = np.c_[(rows - mean) / scale, np.ones(len(rows))]
    share = (kinds == 0).mean()
    sample = np.where(kinds == 0, 0.5 / share, 0.5 / (1 - share))
    number, width = int(kinds.max()) + 1, design.shape[1]
    penalty = np.array([ridge] * (width - 1) + [1e-3])
    beta = np.zeros((number, width))
    for _ in range(50):
        chances = softmax(design @ beta.T)
        gradient = (sample[:, None] * (chances - np.eye(number)[kinds])).T @ design + penalty * beta
        step = np.linalg.solve(_curvature(design, sample, chances, penalty), gradient.ravel()).reshape(
            beta.shape
        )
        beta -= step
        if np.abs(step).max() < 1e-7:
            break
    return Fit(mean, scale, beta[:, :-1].T, beta[:, -1])


def _curvature(design: Floats, sample: Floats, chances: Floats, penalty: Floats) -> Floats:
    """The second derivatives of the penalised likelihood, kind by kind."""
    number = chances.shape[1]

    def block(a: int, b: int) -> Floats:
        inner: Floats = (design * (sample * chances[:, a] * ((a == b) - chances[:, b]))[:, None]).T @ design
        return inner + np.diag(penalty) * (a == b)

    return np.block([[block(a, b) for b in range(number)] for a in range(number)])


def cross_validated(rows: Floats, kinds: Numbers, groups: Sequence[str], ridge: float = RIDGE) -> Floats:
    """How likely each row is of each kind by weights fitted without its group's fold."""
    names = sorted(set(groups))
    order = np.random.default_rng(0).permutation(len(names))
    fold_of = {name: int(order[n]) % FOLDS for n, name in enumerate(names)}
    folds = np.array([fold_of[group] for group in groups])
    chances = np.zeros((len(rows), int(kinds.max()) + 1))
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            chances[held] = fit(rows[~held], kinds[~held], ridge).chances(rows[held])
    return chances


def kinds_of(judged: Sequence[Judged]) -> Numbers:
    """The number of each claim's kind in KINDS."""
    return np.array([0 if row.supported else KINDS.index(KIND_OF[row.kind]) for row in judged])


def weights_of(names: Sequence[str], fitted: Fit) -> dict[str, object]:
    """The fit as the shipped file has it."""
    rows = zip(names, fitted.mean, fitted.scale, fitted.weights, strict=True)
    return {
        "note": NOTE,
        "kinds": list(KINDS),
        "bias": [round(float(value), 4) for value in fitted.bias],
        "features": {
            name: [round(float(v), 4) for v in (mean, scale, *weights)] for name, mean, scale, weights in rows
        },
    }


def trained(judged: Sequence[Judged]) -> dict[str, object]:
    """The weights; prints how good they are."""
    kinds, groups = kinds_of(judged), [row.group for row in judged]
    labels = kinds == 0
    names, rows = table(judged)
    fitted = fit(rows, kinds)
    for how, chances in (
        ("cross-validated", cross_validated(rows, kinds, groups)),
        ("in-sample", fitted.chances(rows)),
    ):
        scores, named = chances[:, 0], chances[:, 1:].argmax(axis=1) + 1
        print(
            f"{how:16} AUROC {auroc(labels, scores):.3f}  balanced accuracy {balanced(labels, scores, 0.5):.3f}  "
            f"kind of the wrong ones right {(named == kinds)[~labels].mean():.2f}"
        )
    return weights_of(names, fitted)


def main() -> None:
    """Trains on the files given and writes the weights."""
    parser = argparse.ArgumentParser(description="Train the weights of the claim checker.")
    parser.add_argument("labels", type=Path, nargs="+")
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=Path("pipeline/claims/claim_weights.json"))
    options = parser.parse_args()
    result = trained([row for path in options.labels for row in read_judged(path, options.corpus)])
    text = json.dumps(result, ensure_ascii=False, indent=0)
    options.output.write_text(re.sub(r"\n(?=-?[\d.])|(?<=\d)\n(?=\])", "", text) + "\n", encoding="utf-8")
    print(f"{options.output}: {options.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
