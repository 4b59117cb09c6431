"""How well works of any field are found for a topic in words, where no reader has labelled them.

    python -m benchmarks.fields [CORPUS [VECTORS.npz]]

CORPUS is a folder with `arxiv/YYYY-MM-DD.jsonl` (title, abstract, categories); by default the folder in BRIEF_CORPUS.
For each field of research a topic in plain words is ranked against a draw of works; a work counts as on topic if one
of its arXiv categories is the field's. Such labels are coarse: compare the rows, not the figures with 1. Works of the
days before LEARNT were used to fit the weights; the draw is from later days.
"""

import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.labelled import Rows, embedded, rows, works
from benchmarks.relevance import Pool, average_precision, bm25, ours, plain
from pipeline.brief import Remembering
from pipeline.embedding import load_embedder

LEARNT, DRAWN = "2025-11-20", 700
FIELDS: dict[str, str] = {
    "cs.RO": "robots that manipulate objects, walk and plan their motion",
    "cs.CV": "image recognition, segmentation, video and 3D scene understanding",
    "cs.SD eess.AS": "speech recognition, text-to-speech, audio and music",
    "cs.IR": "recommender systems, search, dense retrieval",
    "cs.SE": "software engineering, code generation, program repair, testing",
    "q-bio": "computational biology: proteins, genomics, single cells, drug discovery",
    "quant-ph": "quantum computing and quantum machine learning",
    "cs.DC": "distributed training, serving of large models, GPU clusters",
    "cs.NI eess.SP cs.IT": "wireless networks, signal processing, communication",
    "cs.DB": "databases, SQL, data management",
    "cs.GT econ": "game theory, mechanism design, auctions, markets",
    "eess.IV physics.med-ph": "medical imaging, MRI, CT, pathology slides",
    "cs.CR": "computer security, cryptography, malware, vulnerabilities, privacy attacks",
    "cs.CL": "natural language processing, translation, summarization, multilingual text",
    "cond-mat physics.chem-ph": "materials, molecules, interatomic potentials, chemistry",
    "stat.ML math.ST": "statistical learning theory, Bayesian inference, kernel methods",
    "math.OC": "optimization algorithms, convergence, optimal control",
    "cs.SI": "social networks, online communities, misinformation",
    "q-fin": "finance: trading, portfolios, credit risk",
    "cs.AR": "hardware accelerators and chip design",
}
LEAST = 5
"""Works of a field that the draw must hold for it to be scored."""

METHODS: dict[str, Callable[[Pool], Rows]] = {
    "BM25 of the topic": bm25,
    "embedding of the topic": plain,
    "relevance (this)": ours,
}


def main(arguments: Sequence[str]) -> int:
    corpus = Path(arguments[0] if arguments else os.environ.get("BRIEF_CORPUS", ""))
    if not (corpus / "arxiv").is_dir():
        print("skipped: no corpus (give the folder, or set BRIEF_CORPUS)")
        return 0
    later = [file for file in sorted((corpus / "arxiv").glob("*.jsonl")) if file.stem >= LEARNT]
    categories = {row["id"]: row["categories"] for file in later for row in rows(file)}
    drawn = sorted(random.Random(1).sample(sorted(categories), min(DRAWN, len(categories))))
    known = works(corpus, drawn)
    articles = [known[name] for name in drawn]
    embedder = Remembering(load_embedder())
    vectors = embedded(embedder, articles, Path(arguments[1]) if len(arguments) > 1 else None)
    print(f"{len(articles)} works\n{'field':26}{'works':>7}" + "".join(f"{name:>26}" for name in METHODS))
    found = []
    for field, topic in FIELDS.items():
        wanted = [any(c.startswith(f) for c in categories[n] for f in field.split()) for n in drawn]
        if sum(wanted) >= LEAST:
            pool = Pool(topic, articles, vectors, [int(w) for w in wanted], embedder)
            found.append([average_precision(wanted, method(pool)) for method in METHODS.values()])
            print(f"{field:26}{sum(wanted):7}" + "".join(f"{value:26.3f}" for value in found[-1]))
    means = np.array(found).mean(0)
    print(f"{'mean average precision':33}" + "".join(f"{value:26.3f}" for value in means))
    print(f"{'ratio':33}" + "".join(f"{value / means[0]:26.2f}" for value in means))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
