"""Features to probabilities: softmax regression with shipped weights."""

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

WEIGHTS_FILE = Path(__file__).with_name("claim_weights.json")
SUPPORTED = "supported"


class Weights(NamedTuple):
    """The kinds, the bias of each, and by feature its mean, its scale and its weight for each kind."""

    kinds: tuple[str, ...]
    bias: tuple[float, ...]
    features: Mapping[str, tuple[float, ...]]


def load_weights(path: Path = WEIGHTS_FILE) -> Weights:
    """The trained weights. Raises OSError or ValueError if the file is missing or damaged."""
    data = json.loads(path.read_text(encoding="utf-8"))
    features = {name: tuple(row) for name, row in data["features"].items()}
    return Weights(tuple(data["kinds"]), tuple(data["bias"]), features)


@lru_cache(maxsize=1)
def _shipped() -> Weights:
    return load_weights()


def chances(features: Mapping[str, float]) -> dict[str, float]:
    """How likely a claim with these features is supported, or wrong in each of the known ways.

    The probabilities sum to 1 and are those of a mix in which half of all claims are supported.
    """
    weights = _shipped()
    totals = list(weights.bias)
    for name, (mean, scale, *row) in weights.features.items():
        value = (features[name] - mean) / scale
        totals = [total + weight * value for total, weight in zip(totals, row, strict=True)]
    top = max(totals)
    raised = [math.exp(total - top) for total in totals]
    return {kind: value / sum(raised) for kind, value in zip(weights.kinds, raised, strict=True)}
