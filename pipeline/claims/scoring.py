"""Features to a probability: logistic regression with shipped weights."""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

WEIGHTS_FILE = Path(__file__).with_name("claim_weights.json")


class Weights(NamedTuple):
    """The mean, the scale and the weight of each feature, by name, and the bias."""

    features: Mapping[str, tuple[float, float, float]]
    bias: float


def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """The trained weights. Raises OSError or ValueError if the file is missing or damaged."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Weights({name: tuple(row) for name, row in data["features"].items()}, data["bias"])


@lru_cache(maxsize=1)
def _shipped() -> Weights:
    return load_weights()


def probability(features: Mapping[str, float]) -> float:
    """How likely a claim with these features is supported where half of all claims are (0 to 1)."""
    weights = _shipped()
    total = weights.bias + sum(
        weight * (features[name] - mean) / scale for name, (mean, scale, weight) in weights.features.items()
    )
    return 1 / (1 + math.exp(-max(min(total, 30.0), -30.0)))
