"""Third use case: an answer from the index, or an honest no.

    question → search (passages) → works → the sentences that answer → claims, anchored and numbered

No language model: what is said are the sources' own sentences. A question whose telling words do not stand in the
best work, or that nothing indexed is near to, is not answered.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from pipeline.claims import anchor, supported
from pipeline.draft import DraftClaim, numbered_claim, reference
from pipeline.errors import QuestionError
from pipeline.index import SearchIndex
from pipeline.models import Answer, Article, Brief, Hit, Nearest, Profile, Question, Reference
from pipeline.store import STOP_WORDS, Store
from pipeline.writing.cues import INSTRUCTION
from pipeline.writing.phrasing import attribute, readable
from pipeline.writing.sentences import Span, split_sentences

LONGEST_QUESTION = 2_000
HITS = 20
NEAR_ENOUGH = 0.42
"""Cosine of question and passage below which nothing is answered."""
WORDS_NEEDED = 0.5
"""Share of the question's telling words that must stand in the best work."""
WORKS_LISTED = 5

NO_ANSWER = "The indexed articles do not answer this."
REFUSAL = "I answer questions about the indexed articles; I cannot do that."

_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,40}\b(?:instructions?|rules?|prompts?)\b"
    r"|\bsystem prompt\b|^(?:please )?(?:write|compose|tell) (?:me )?(?:a|an) (?:poem|joke|story|song)\b",
    re.IGNORECASE,
)
_WHICH = re.compile(
    r"^(?:which|what|are there|list|find|show)\b.{0,30}\b(?:works?|papers?|articles?|posts?|studies)\b", re.I
)
_NUMBERED = re.compile(r"\[(\d{1,3})\]|\b(?:reference|paper|work|number)\s+(\d{1,3})\b", re.IGNORECASE)
_ARXIV = re.compile(r"\b(\d{4}\.\d{4,5})(?:v\d+)?\b")
_FOLLOW_UP = re.compile(
    r"^(?:and|what about|how about|but|also|why|it|they|does it|do they|is it)\b", re.IGNORECASE
)
_HOW_MUCH = re.compile(
    r"\bhow (?:much|many|far|large|big|often|high|well|long)\b|\bwhat (?:share|rate|percent)", re.I
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a work, with how well it answers."""

    article: Article
    span: Span
    score: float


def answer(
    question: Question,
    index: SearchIndex,
    store: Store,
    *,
    brief: Brief | None = None,
    profile: Profile | None = None,
) -> Answer:
    """The answer with its citations, in the brief's numbers where one is given; QuestionError if it cannot be asked."""
    started = perf_counter()
    text = asked(question.text)
    if _ORDER.search(text):
        return _without(question, "refused", REFUSAL, (), 0, started)
    full = text
    if question.history and _FOLLOW_UP.match(text):
        full = f"{asked(question.history[-1])} {text}"
    named = _named(text, brief, store)
    found = index.search(full, k=HITS, article_ids=named or None)
    if profile and profile.feeds and not named:
        works = store.articles([h.passage.article_id for h in found])
        found = [h for h in found if not set(profile.feeds).isdisjoint(works[h.passage.article_id].feeds)]
    articles = store.articles(list(dict.fromkeys(h.passage.article_id for h in found)))
    ranked = _ranked(found, articles, full, brief)
    searched = index.count()
    if not ranked or not (named or _answerable(full, ranked[0], articles)):
        return _without(question, "not_in_index", NO_ANSWER, _nearest(ranked, articles), searched, started)
    chosen = _choose(full, [articles[h.passage.article_id] for h in ranked], index)
    claims = [c for c in map(_claim, chosen) if supported(c, articles)]
    if not claims:
        return _without(question, "not_in_index", NO_ANSWER, _nearest(ranked, articles), searched, started)
    numbers, references = _numbers(claims, brief, articles)
    made = tuple(numbered_claim(claim, numbers) for claim in claims)
    return Answer(
        question=question.text,
        status="answered",
        text=" ".join(claim.text for claim in made),
        claims=made,
        references=references,
        searched=searched,
        seconds=round(perf_counter() - started, 3),
    )


def asked(text: str) -> str:
    """The question as a person meant it: Slack's markup removed, one line; QuestionError if it cannot be asked."""
    text = html.unescape(re.sub(r"<(?:[@#!][^>]*|(?:https?:|mailto:)[^>|]*\|?([^>]*))>", r" \1 ", text))
    text = " ".join(re.sub(r":[a-z0-9_+-]{2,30}:", " ", text).split())
    if not re.search(r"\w", text):
        raise QuestionError("The question is empty: ask something about the indexed articles.")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"Ask a question of up to {LONGEST_QUESTION:,} characters; this one has {len(text):,}."
        )
    return text


def _named(text: str, brief: Brief | None, store: Store) -> list[str]:
    """Works named by number in the brief, or by arXiv id."""
    numbers = [int(a or b) for a, b in _NUMBERED.findall(text)] if brief else []
    by_number = {r.n: r.article_id for r in brief.references} if brief else {}
    ids = [by_number[n] for n in numbers if n in by_number]
    ids += [f"arxiv:{found}" for found in _ARXIV.findall(text) if store.article(f"arxiv:{found}")]
    return list(dict.fromkeys(ids))


def _ranked(
    hits: Sequence[Hit], articles: Mapping[str, Article], text: str, brief: Brief | None
) -> list[Hit]:
    """The best passage of each work; a work of the brief goes before one that is hardly better."""
    best: dict[str, Hit] = {}
    for hit in hits:
        if hit.passage.article_id in articles:
            best.setdefault(hit.passage.article_id, hit)
    inside = {r.article_id for r in brief.references} if brief else set()
    words = _telling(text)

    def value(hit: Hit) -> tuple[float, str]:
        share = _share(words, articles[hit.passage.article_id])
        bonus = 0.1 if hit.passage.article_id in inside else 0.0
        return -(hit.score + 0.5 * share + bonus), hit.passage.id

    return sorted(best.values(), key=value)


def _telling(text: str) -> set[str]:
    words = re.findall(r"[^\W_]+(?:[.][^\W_]+)*", text.lower())
    common = {"paper", "papers", "work", "works", "article", "find", "found", "authors", "study", "deal"}
    return {_stem(w) for w in words if w not in STOP_WORDS and w not in common and len(w) > 1}


def _stem(word: str) -> str:
    return word if word[0].isdigit() else re.sub(r"(?:ings?|ed|es|s|ies|y|ion|ions)$", "", word)[:8] or word


def _share(words: set[str], article: Article) -> float:
    stands = {
        _stem(w) for w in re.findall(r"[^\W_]+(?:[.][^\W_]+)*", f"{article.title} {article.abstract}".lower())
    }
    return len(words & stands) / len(words) if words else 0.0


def _answerable(text: str, best: Hit, articles: Mapping[str, Article]) -> bool:
    article = articles[best.passage.article_id]
    return best.similarity >= NEAR_ENOUGH and _share(_telling(text), article) >= WORDS_NEEDED


def _choose(text: str, works: Sequence[Article], index: SearchIndex) -> list[Sentence]:
    """For a which-question a sentence of each fitting work, else the one or two sentences that answer best."""
    if _WHICH.match(text):
        words = _telling(text)
        fitting = [w for w in works if _share(words, w) >= WORDS_NEEDED][:WORKS_LISTED] or list(works[:1])
        return [s for work in fitting if (s := _best(text, work, index))]
    scored = _scored(text, works[0], index)
    ordered = sorted(scored, key=lambda s: (-s.score, s.span.start))
    close = [s for s in ordered[:2] if s.score >= 0.75 * ordered[0].score] if ordered else []
    return sorted(close, key=lambda s: s.span.start)


def _best(text: str, work: Article, index: SearchIndex) -> Sentence | None:
    return max(_scored(text, work, index), key=lambda s: (s.score, -s.span.start), default=None)


def _scored(text: str, article: Article, index: SearchIndex) -> list[Sentence]:
    spans = [
        s for s in split_sentences(article.abstract) if not INSTRUCTION.search(article.abstract[slice(*s)])
    ]
    spans = spans[:25]
    if not spans:
        return []
    texts = [article.abstract[s.start : s.end] for s in spans]
    rows = index.embedder.embed([text, *texts])
    near = (rows[1:] @ rows[0]).tolist()
    words, number = _telling(text), bool(_HOW_MUCH.search(text))
    found = []
    for span, sentence, similarity in zip(spans, texts, near, strict=True):
        overlap = len(words & _telling(sentence)) / max(len(words), 1)
        figure = 0.25 if number and re.search(r"\d", sentence) else 0.0
        found.append(Sentence(article, span, round(float(similarity) + overlap + figure, 6)))
    return found


def _claim(sentence: Sentence) -> DraftClaim:
    article, span = sentence.article, sentence.span
    said = attribute(" ".join(readable(article.abstract[span.start : span.end]).split()))
    title = f"“{readable(article.title)}”"
    said = f"In {title}, the {said[4:]}" if said.startswith("The authors ") else f"{title}: {said}"
    return DraftClaim(said, works=(article.id,), anchors=(anchor(article, "abstract", *span),), asserts=True)


def _numbers(
    claims: Sequence[DraftClaim], brief: Brief | None, articles: Mapping[str, Article]
) -> tuple[dict[str, int], tuple[Reference, ...]]:
    """The brief's numbers for its works, the next ones for others; the cited references in order of number."""
    numbers = {r.article_id: r.n for r in brief.references} if brief else {}
    following = max(numbers.values(), default=0) + 1
    cited: list[str] = []
    for claim in claims:
        for work in claim.works:
            if work not in numbers:
                numbers[work], following = following, following + 1
            if work not in cited:
                cited.append(work)
    ordered = sorted(cited, key=lambda work: numbers[work])
    return numbers, tuple(reference(numbers[work], articles[work]) for work in ordered)


def _nearest(hits: Sequence[Hit], articles: Mapping[str, Article]) -> tuple[Nearest, ...]:
    rows = [(hit, articles[hit.passage.article_id]) for hit in hits[:3]]
    return tuple(Nearest(article_id=a.id, title=a.title, url=a.url, score=round(h.score, 3)) for h, a in rows)


def _without(
    question: Question, status: str, text: str, nearest: tuple[Nearest, ...], searched: int, started: float
) -> Answer:
    return Answer.model_validate(
        {
            "question": question.text,
            "status": status,
            "text": text,
            "nearest": nearest,
            "searched": searched,
            "seconds": round(perf_counter() - started, 3),
        }
    )
