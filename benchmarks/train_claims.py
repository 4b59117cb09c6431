"""Train the weights of the claim checker and write `pipeline/claims/claim_weights.json`.

    python -m benchmarks.train_claims FILE ... --corpus FOLDER [--output FILE]

A FILE holds claims with `article_id`, `label` and `class` (see `benchmarks/claims.py`), such as
`benchmarks/data/claims.jsonl`; the corpus holds the titles and abstracts. The texts are not part of this project, the
weights derived from them are. Logistic regression with a ridge penalty on standardised features, both labels weighing
the same; it is deterministic and takes a minute. Printed: AUROC and balanced accuracy, cross-validated by article, ten
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
    "Logistic regression of the claim checker: feature -> [mean, scale, weight]. Trained by benchmarks/train_claims.py "
    "on sentences about 124 arXiv abstracts of November 2025 (CC0), written for this purpose and labelled by hand (494 "
    "supported, 810 with one thing wrong); no text of the abstracts is included."
)
RIDGE = 15.0
FOLDS = 10

Floats = NDArray[np.float64]


class Fit(NamedTuple):
    """Standardisation and weights of the columns, and the bias."""

    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    def score(self, rows: Floats) -> Floats:
        """Probabilities of the rows."""
        total: Floats = (rows - self.mean) / self.scale @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-total)), dtype=np.float64)


def fit(rows: Floats, labels: NDArray[np.bool_], ridge: float = RIDGE) -> Fit:
    """Newton's method for the penalised likelihood, both labels weighing the same."""
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    design = np.c_[(rows - mean) / scale, np.ones(len(rows))]
    share = labels.mean()
    sample = np.where(labels, 0.5 / share, 0.5 / (1 - share))
    penalty = np.diag([ridge] * rows.shape[1] + [1e-6])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (sample * (chance - labels)) + penalty @ beta
        curvature = (design * (sample * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        beta -= step
        if np.abs(step).max() < 1e-8:
            break
    return Fit(mean, scale, beta[:-1], float(beta[-1]))


def cross_validated(
    rows: Floats, labels: NDArray[np.bool_], groups: Sequence[str], ridge: float = RIDGE
) -> Floats:
    """Scores of each row by weights fitted without its group's fold."""
    names = sorted(set(groups))
    order = np.random.default_rng(0).permutation(len(names))
    fold_of = {name: int(order[n]) % FOLDS for n, name in enumerate(names)}
    folds = np.array([fold_of[group] for group in groups])
    scores = np.zeros(len(rows))
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            scores[held] = fit(rows[~held], labels[~held], ridge).score(rows[held])
    return scores


def weights_of(names: Sequence[str], fitted: Fit) -> dict[str, object]:
    """The fit as the shipped file has it, in five digits."""
    rows = zip(names, fitted.mean, fitted.scale, fitted.weights, strict=True)
    return {
        "note": NOTE,
        "bias": round(fitted.bias, 5),
        "features": {
            name: [round(float(v), 5) for v in (mean, scale, weight)] for name, mean, scale, weight in rows
        },
    }


def trained(judged: Sequence[Judged]) -> dict[str, object]:
    """The weights; prints how good they are."""
    labels = np.array([row.supported for row in judged])
    groups = [row.group for row in judged]
    names, rows = table(judged)
    fitted = fit(rows, labels)
    for how, scores in (
        ("cross-validated", cross_validated(rows, labels, groups)),
        ("in-sample", fitted.score(rows)),
    ):
        print(
            f"{how:16} AUROC {auroc(labels, scores):.3f}  balanced accuracy {balanced(labels, scores, 0.5):.3f}"
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
