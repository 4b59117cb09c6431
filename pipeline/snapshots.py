"""What a run of the writer began with, as bytes in the store: enough to write the same brief or answer again."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import TypeAdapter

from pipeline.draft import DraftClaim, Material
from pipeline.llm import Named
from pipeline.models import Article


@dataclass(frozen=True)
class Inputs:
    """What a brief was written from, and the models that were opened for it, by what they did."""

    material: Material
    models: Mapping[str, Named] = field(default_factory=dict)


@dataclass(frozen=True)
class AnswerInputs:
    """What an answer was written from, the models that were opened for it, and what was told."""

    question: str
    claims: Sequence[DraftClaim]
    articles: Mapping[str, Article]
    models: Mapping[str, Named]
    told: Sequence[DraftClaim]


Kind = TypeVar("Kind", Inputs, AnswerInputs)


def packed(inputs: Kind) -> bytes:
    """The inputs as compressed JSON."""
    return zlib.compress(TypeAdapter(type(inputs)).dump_json(inputs), 9)


def unpacked(data: bytes, kind: type[Kind]) -> Kind:
    """The inputs that were packed; ValueError if they are of another form, as of another version."""
    return TypeAdapter(kind).validate_json(zlib.decompress(data))
