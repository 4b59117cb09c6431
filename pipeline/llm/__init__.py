"""The one way to a language model: what may leave, what came back, what it cost, what went wrong."""

from pipeline.llm.attempts import Listener
from pipeline.llm.budget import Budget, Cap, Purse, Spent
from pipeline.llm.calls import Call
from pipeline.llm.connecting import connect
from pipeline.llm.gate import Gate, Limits, Named
from pipeline.llm.journal import Journal
from pipeline.llm.outgoing import Kind, Piece, Policy, Sent
from pipeline.llm.prices import Price, price_of
from pipeline.llm.problems import (
    ModelAnswerCutOff,
    ModelAnswerMalformed,
    ModelCancelled,
    ModelError,
    ModelNotRecorded,
    PolicyError,
)

__all__ = [
    "Budget",
    "Call",
    "Cap",
    "Gate",
    "Journal",
    "Kind",
    "Limits",
    "Listener",
    "ModelAnswerCutOff",
    "ModelAnswerMalformed",
    "ModelCancelled",
    "ModelError",
    "ModelNotRecorded",
    "Named",
    "Piece",
    "Policy",
    "PolicyError",
    "Price",
    "Purse",
    "Sent",
    "Spent",
    "connect",
    "price_of",
]
