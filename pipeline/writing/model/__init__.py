"""The writer with a language model: it rewords chosen sentences, under the same checks as every other claim."""

from pipeline.writing.model.writer import ModelWriter, Written, told_by, try_model

__all__ = ["ModelWriter", "Written", "told_by", "try_model"]
