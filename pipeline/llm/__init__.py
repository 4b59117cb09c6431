"""The one way to a language model: what may leave, what came back, what it cost, what went wrong."""

from pipeline.llm.connecting import connect, opener
from pipeline.llm.gate import Call, Gate, Limits
from pipeline.llm.outgoing import Kind, Piece, Policy, Sent
from pipeline.llm.problems import ModelAnswerCutOff, ModelAnswerMalformed, ModelError, PolicyError

__all__ = [
    "Call",
    "Gate",
    "Kind",
    "Limits",
    "ModelAnswerCutOff",
    "ModelAnswerMalformed",
    "ModelError",
    "Piece",
    "Policy",
    "PolicyError",
    "Sent",
    "connect",
    "opener",
]
