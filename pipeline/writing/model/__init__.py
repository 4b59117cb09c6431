"""The writer with a language model: it rewords chosen sentences, under the same checks as every other claim."""

from pipeline.writing.model.answers import Draft, Told, tell
from pipeline.writing.model.trying import try_model
from pipeline.writing.model.writer import ModelWriter, Written

__all__ = ["Draft", "ModelWriter", "Told", "Written", "tell", "try_model"]
