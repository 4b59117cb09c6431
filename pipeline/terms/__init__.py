"""Words of research texts: stems, how common they are, and which belong together."""

from pipeline.terms.words import STOP, rarity, singular, stem, stems, subjecthood, words

__all__ = ["STOP", "rarity", "singular", "stem", "stems", "subjecthood", "words"]
