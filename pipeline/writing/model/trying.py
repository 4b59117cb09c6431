"""Whether a model can be reached and answers in the form that is asked for: one tiny call, in words."""

from pipeline.llm import Gate, Piece
from pipeline.writing.model.checks import Sentences


def try_model(gate: Gate) -> str:
    """Asks for one word and says in a sentence that the model answered; ModelError says what is wrong."""
    gate.ask(gate.prompt("try_model"), {"word": [Piece("ready")]}, Sentences)
    call = gate.calls[-1]
    cost = f", ${call.cost_usd:.5f}" if call.cost_usd else ""
    tokens = f"{call.tokens_in} tokens in, {call.tokens_out} out{cost}"
    told = f"{gate.answered_by} answered in {call.seconds:.1f} s ({tokens})"
    return "; ".join([told, *(f"instead of the first: {reason}" for reason in gate.turned_from)])
