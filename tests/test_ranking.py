"""What is on topic, what is shown, and the reason that each work is given."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.embedding import Embedder, load_embedder
from pipeline.models import Article
from pipeline.ranking import Quotas, Scored, parse_topic, relevance, select, significance, worth
from pipeline.terms import rarity, stem

SAFETY = (
    "Trustworthy, verifiable AI: alignment and its failure modes, jailbreaks of LLMs and agents, interpretability, "
    "oversight of AI systems. NOT image-text alignment, protein alignment."
)
ON = [
    (
        "Long conversations wear down the refusals of language models",
        "We study jailbreak attacks on large language models. Over many turns an attacker gets a safety-aligned LLM "
        "to give harmful answers; we test 12 models and propose a guardrail for agents.",
    ),
    (
        "Reading hidden goals with sparse autoencoders",
        "Mechanistic interpretability of a language model that was trained to be deceptive. We find features that "
        "show misalignment and steer the model with them, which helps human oversight of AI systems.",
    ),
]
OFF = [
    (
        "Fast multiple sequence alignment of proteins on graphics cards",
        "Protein alignment is a basic step of structure prediction. We align ten million amino-acid sequences.",
    ),
    (
        "Laser beam alignment for free-space links",
        "We align optical beams between moving terminals with a tracking mirror and measure the coupling loss.",
    ),
    (
        "Yield of winter wheat from satellite pictures",
        "We forecast crop yield on 300 farms from satellite images.",
    ),
    (
        "Better image-text alignment for product search",
        "We learn an image-text alignment between photographs and captions with a contrastive loss.",
    ),
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder()


def rank(embedder: Embedder, topic: str, texts: Sequence[tuple[str, str]]) -> list[float]:
    vectors = embedder.embed([f"{title}. {abstract}" for title, abstract in texts])
    found: list[float] = relevance(parse_topic(topic), texts, vectors, embedder.embed).tolist()
    return found


def article(name: str, **fields: Any) -> Article:
    given_: dict[str, Any] = {"kind": "paper", "source": "arXiv cs.CR", "title": f"Work {name}"} | fields
    return Article(id=f"arxiv:{name}", first_seen=datetime(2025, 11, 17, tzinfo=UTC), **given_)


def direction(*parts: float) -> NDArray[np.float64]:
    """A unit vector with these first parts."""
    row = np.zeros(64)
    row[: len(parts)] = parts
    return np.asarray(row / np.linalg.norm(row))


def candidate(number: int, relevance: float = 0.9, significance: float = 0.5, **fields: Any) -> Scored:
    vector = fields.pop("vector", None)
    own = np.zeros(64)
    own[number % 64] = 1.0
    reasons = fields.pop("reasons", ())
    return Scored(
        article(f"{number:04}", **fields), relevance, significance, own if vector is None else vector, reasons
    )


def shown(decisions: Sequence[Any], kind: str) -> list[str]:
    return [d.article_id.removeprefix("arxiv:") for d in decisions if d.decision == kind]


# The topic in words


def test_a_topic_is_taken_apart_into_phrases_that_read_well() -> None:
    topic = parse_topic("Agents, tool calling; multi-agent systems, and agent benchmarks and evaluation.")
    assert topic.phrases == (
        "Agents",
        "tool calling",
        "multi-agent systems",
        "agent benchmarks and evaluation",
    )
    assert topic.excluded == ()


def test_adjectives_before_a_colon_stay_together() -> None:
    assert parse_topic("Safe, verifiable AI: oversight, audits").phrases == (
        "Safe, verifiable AI",
        "oversight",
        "audits",
    )


@pytest.mark.parametrize(
    ("text", "phrases", "excluded"),
    [
        ("robot learning. NOT driving, drones", ("robot learning",), ("driving", "drones")),
        ("robot learning, not driving", ("robot learning",), ("driving",)),
        ("privacy except federated learning", ("privacy",), ("federated learning",)),
        ("protein design, without docking", ("protein design",), ("docking",)),
        ("proofs. NOT puzzles. Also type systems", ("proofs", "type systems"), ("puzzles",)),
        ("learning without labels", ("learning without labels",), ()),
        ("papers on coral reefs", ("coral reefs",), ()),
        ("security, NOT generic security without AI", ("security",), ("generic security without AI",)),
        ("not only accuracy", ("not only accuracy",), ()),
    ],
)
def test_what_is_not_wanted_is_kept_apart(
    text: str, phrases: tuple[str, ...], excluded: tuple[str, ...]
) -> None:
    topic = parse_topic(text)
    assert (topic.phrases, topic.excluded) == (phrases, excluded)


@pytest.mark.parametrize("text", ["", "  \n", ".,;", "NOT protein alignment"])
def test_a_topic_that_names_nothing_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="names nothing to look for"):
        parse_topic(text)


@given(st.text(max_size=200))
def test_any_text_is_a_topic_or_is_refused(text: str) -> None:
    try:
        topic = parse_topic(text)
    except ValueError:
        return
    assert topic.phrases
    assert not set(topic.phrases) & set(topic.excluded)


# Words


@pytest.mark.parametrize(
    ("one", "other"),
    [("jailbreaks", "jailbreaking"), ("aligned", "alignment"), ("agents", "agentic"), ("safety", "safe"),
     ("verification", "verifying"), ("policies", "policy"), ("proofs", "provable")],
)  # fmt: skip
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("memory", "memorize"), ("general", "generate"), ("policy", "police")]
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_rare_words_tell_more_than_common_ones() -> None:
    assert rarity("the") == 0 < rarity("model") < rarity("agent") < rarity(stem("jailbreak")) <= 1


# Relevance


def test_works_on_topic_lie_above_the_border_and_namesakes_below(embedder: Embedder) -> None:
    scores = rank(embedder, SAFETY, ON + OFF)
    assert min(scores[:2]) >= 0.5 > max(scores[2:])


@pytest.mark.parametrize(
    ("topic", "best"),
    [
        ("protein design, structure prediction, sequence alignment of proteins", 0),
        ("agriculture and crops", 2),
        ("interpretability of neural networks", -1),
    ],
)
def test_any_topic_in_words_finds_its_work(embedder: Embedder, topic: str, best: int) -> None:
    texts = [*OFF, ON[1]]
    scores = rank(embedder, topic, texts)
    assert scores.index(max(scores)) == best % len(texts)
    assert max(scores) >= 0.5 > sorted(scores)[-2]


def test_a_topic_far_from_everything_finds_nothing(embedder: Embedder) -> None:
    assert max(rank(embedder, "medieval pottery in Anatolia", ON + OFF)) < 0.5


def test_what_the_topic_excludes_scores_lower(embedder: Embedder) -> None:
    wide, narrow = "multimodal learning", "multimodal learning. NOT image-text alignment for product search"
    assert rank(embedder, narrow, [OFF[3]])[0] < rank(embedder, wide, [OFF[3]])[0]


def test_a_score_depends_neither_on_the_order_nor_on_the_other_works(embedder: Embedder) -> None:
    texts = ON + OFF
    together = dict(zip(texts, rank(embedder, SAFETY, texts), strict=True))
    mixed = random.Random(3).sample(texts, len(texts))  # noqa: S311
    assert dict(zip(mixed, rank(embedder, SAFETY, mixed), strict=True)) == together
    assert {text: rank(embedder, SAFETY, [text])[0] for text in texts} == together


def test_empty_texts_and_no_texts_are_scored(embedder: Embedder) -> None:
    assert rank(embedder, SAFETY, [("", "")])[0] < 0.5
    assert relevance(parse_topic(SAFETY), [], np.zeros((0, 384)), embedder.embed).shape == (0,)


def test_vectors_that_do_not_fit_the_texts_are_refused(embedder: Embedder) -> None:
    with pytest.raises(ValueError, match="2 texts came with 1 vectors"):
        relevance(parse_topic(SAFETY), ON, np.zeros((1, 384)), embedder.embed)


def test_a_common_word_of_a_topic_does_not_bring_in_another_field(embedder: Embedder) -> None:
    topic = "Protein design and protein language models, enzyme design, drug discovery with machine learning"
    texts = [
        (
            "Enzymes by inverse folding",
            "We design enzymes by inverse folding and test 40 proteins in the laboratory.",
        ),
        (
            "Generative music and what listeners prefer",
            "Generative models of music and art are aligned with listeners by preference learning and creative design.",
        ),
        (
            "Are language models useful for predicting bankruptcy?",
            "We compare large language models with machine learning methods on the balance sheets of 900 companies.",
        ),
    ]
    protein, music, bankruptcy = rank(embedder, topic, texts)
    assert protein >= 0.5 > max(music, bankruptcy)


# Significance


def test_a_measured_result_at_scale_claims_more_than_a_plan() -> None:
    strong, why = significance(
        "A benchmark of tool misuse",
        "We find that 25 frontier models fail in 63% of 1,200 scenarios. Our benchmark covers deployed agents; results "
        "show that defences reduce the rate by 40%. Code and data are released at github.com/x/y and stay open to all.",
        "Accepted at ICML",
        "paper",
    )
    weak, but = significance(
        "Towards a conceptual view of agents",
        "In this position paper we outline a research agenda. "
        + "The view is discussed from several sides. " * 6,
        None,
        "paper",
    )
    assert strong > 0.6 > 0.3 > weak
    assert {"states a result with numbers", "was accepted at a venue"} <= set(why)
    assert "is cautious or conceptual: no firm result is claimed" in but


def test_a_title_alone_says_that_there_is_little_to_judge_from() -> None:
    score, reasons = significance("A note", "", None, "post")
    assert reasons[0] == "gives little text to judge from"
    assert 0 < score < 0.5


def test_a_workshop_or_a_submission_is_no_acceptance() -> None:
    for comment in ("Accepted at a NeurIPS workshop", "Submitted to ICLR", None):
        assert "was accepted at a venue" not in significance("T", "word " * 60, comment, "paper")[1]


# Selection


def test_a_quiet_week_has_no_top_paper() -> None:
    decisions = select([candidate(n, relevance=0.49) for n in range(5)], top=5, mentions=5)
    assert {d.decision for d in decisions} == {"rejected"}
    assert decisions[0].reason == "off topic: relevance 0.49, below 0.50"


def test_a_score_just_below_the_border_is_not_rounded_up_to_it() -> None:
    (decision,) = select([candidate(1, relevance=0.4999)], top=1, mentions=1)
    assert decision.reason == "off topic: relevance 0.49, below 0.50"


def test_fewer_works_on_topic_than_places_are_shown_without_filling_up() -> None:
    decisions = select([candidate(1), candidate(2), candidate(3, relevance=0.3)], top=5, mentions=8)
    assert (shown(decisions, "top"), shown(decisions, "cited"), shown(decisions, "rejected")) == (
        ["0001", "0002"], [], ["0003"],
    )  # fmt: skip


def test_every_candidate_gets_one_decision_with_a_reason() -> None:
    works = [candidate(n, relevance=n / 60, significance=(n * 7 % 60) / 60) for n in range(60)]
    decisions = select(works, top=5, mentions=8)
    assert sorted(d.article_id for d in decisions) == sorted(w.article.id for w in works)
    assert all(len(d.reason) > 15 for d in decisions)
    assert (len(shown(decisions, "top")), len(shown(decisions, "cited"))) == (5, 8)


def test_a_work_that_does_not_make_it_is_told_its_rank() -> None:
    works = [candidate(n, significance=1 - n / 40, source=f"arXiv s{n}") for n in range(30)]
    decisions = {d.article_id: d.reason for d in select(works, top=5, mentions=8)}
    assert decisions["arxiv:0016"] == "on topic, ranked 17th of 30; 13 are shown"


def test_a_shown_work_says_why() -> None:
    (decision,) = select(
        [candidate(1, reasons=("states a result with numbers", "brings a benchmark"))], top=1, mentions=0
    )
    assert decision.reason == (
        "on topic (relevance 0.90), ranked 1st of 1; it states a result with numbers and brings a benchmark"
    )


def test_a_work_is_featured_once() -> None:
    decisions = select([candidate(1), candidate(2)], top=2, mentions=2, featured_before={"arxiv:0001"})
    assert shown(decisions, "top") == ["0002"]
    assert decisions[-1].reason == "featured in an earlier brief; a work is featured once"


def test_a_revision_is_not_shown_as_new() -> None:
    decisions = select([candidate(1), candidate(2)], top=2, mentions=2, revisions={"arxiv:0002"})
    assert shown(decisions, "rejected") == ["0002"]
    assert "revision of an older work" in decisions[-1].reason


def test_of_two_works_that_say_the_same_the_stronger_is_shown() -> None:
    same = direction(1, 0.1)
    works = [
        candidate(1, significance=0.9, vector=direction(1), title="The strong one"),
        candidate(2, significance=0.4, vector=same),
    ]
    decisions = select(works, top=5, mentions=5)
    assert shown(decisions, "top") == ["0001"]
    assert decisions[1].decision == "considered"
    assert (
        decisions[1].reason == "on topic, but close to “The strong one”, which says it with stronger evidence"
    )


def test_one_source_does_not_crowd_out_the_others() -> None:
    many = [candidate(n, significance=0.7, source="arXiv cs.CR") for n in range(20)]
    few = [candidate(n, significance=0.62, source="arXiv cs.CL") for n in range(20, 23)]
    top = shown(select(many + few, top=5, mentions=0), "top")
    assert sum(name >= "0020" for name in top) == 2


def test_one_theme_does_not_crowd_out_the_others() -> None:
    near = [
        candidate(
            n, significance=0.7, source=f"s{n}", vector=direction(1, *[0.9 * (i == n) for i in range(10)])
        )
        for n in range(10)
    ]
    others = [candidate(n, significance=0.6, source=f"s{n}") for n in range(20, 25)]
    assert sum(name < "0020" for name in shown(select(near + others, top=5, mentions=0), "top")) <= 2
    by_quota = select(near + others, top=5, mentions=0, quotas=Quotas(variety=0))
    assert sum(name < "0020" for name in shown(by_quota, "top")) == 2


def test_a_quota_never_brings_in_a_much_weaker_work() -> None:
    many = [candidate(n, significance=0.9, source="arXiv cs.CR") for n in range(20)]
    weak = [candidate(30, relevance=0.52, significance=0.1, source="arXiv cs.CL")]
    assert "0030" not in shown(select(many + weak, top=5, mentions=0), "top")


def test_a_relevant_post_gets_a_place_beside_the_papers() -> None:
    papers = [candidate(n, significance=0.7, source=f"arXiv s{n}") for n in range(20)]
    post = candidate(40, significance=0.5, kind="post", source="A lab's blog")
    decisions = select([*papers, post], top=5, mentions=0)
    assert "0040" in shown(decisions, "top")
    assert "the place held for posts" in next(d.reason for d in decisions if d.article_id == "arxiv:0040")
    off = candidate(40, relevance=0.45, significance=0.9, kind="post", source="A lab's blog")
    assert "0040" not in shown(select([*papers, off], top=5, mentions=0), "top")


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_matter(rng: random.Random) -> None:
    works = [
        candidate(
            n,
            relevance=0.4 + n % 7 / 10,
            significance=n % 3 / 2,
            source=f"s{n % 4}",
            vector=direction(1, n % 5),
        )
        for n in range(40)
    ]
    mixed = rng.sample(works, len(works))
    assert select(mixed, top=5, mentions=8) == select(works, top=5, mentions=8)


def test_an_article_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="arxiv:0001 is a candidate twice"):
        select([candidate(1), candidate(1)], top=1, mentions=1)


def test_no_candidates_give_no_decisions() -> None:
    assert select([], top=5, mentions=8) == []


def test_a_work_on_topic_is_always_worth_more_than_one_that_is_not() -> None:
    assert worth(0.5, 0.0) > worth(0.4999, 1.0)
    assert worth(0.9, 0.8) > worth(0.9, 0.2)
    assert worth(0.7, 0.5) > worth(0.6, 0.5)


def test_the_quotas_can_be_set() -> None:
    works = [candidate(n, significance=0.7 - n / 100, source="one" if n < 5 else "two") for n in range(10)]
    assert shown(select(works, top=5, mentions=0, quotas=Quotas(source=1.0)), "top") == [
        f"{n:04}" for n in range(5)
    ]
