import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.writing.phrasing import attribute, readable


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("In this paper, we propose ShieldNet.", "The authors propose ShieldNet."),
        ("Here we show that our method wins.", "The authors show that their method wins."),
        ("Here, we find that 3 of our 4 models fail.", "The authors find that 3 of their 4 models fail."),
        ("To address these challenges, we introduce X, a tool.", "The authors introduce X, a tool."),
        ("Based on this insight, we design X.", "The authors design X."),
        ("Towards addressing this, we propose X.", "The authors propose X."),
        ("In response, new defences have emerged.", "New defences have emerged."),
        ("In response to prompts, models fail.", "In response to prompts, models fail."),
        ("Furthermore, our results do not hold in the US.", "The authors' results do not hold in the US."),
        (
            "Extensive tests show that our model may fail us.",
            "Extensive tests show that the authors' model may fail them.",
        ),
        ("To our knowledge, this is the first.", "To the authors' knowledge, this is the first."),
        ("However, limitations remain.", "Limitations remain."),
        ("However, flowengineR is slower.", "flowengineR is slower."),
        ("As a result, we gain 5%.", "As a result, the authors gain 5%."),
        ("Therefore, we stop.", "Therefore, the authors stop."),
        ("First, we train; second, we test.", "First, the authors train; second, they test."),
        (
            "We've built it ourselves; the idea is ours.",
            "The authors have built it themselves; the idea is theirs.",
        ),
        ("(1) We show it, (2) we prove it.", "(1) The authors show it, (2) they prove it."),
        ("I argue that my method helps.", "The author argues that their method helps."),
        ("We control the Type I error.", "The authors control the Type I error."),
    ],
)
def test_an_authors_sentence_is_told_in_the_third_person(sentence: str, expected: str) -> None:
    assert attribute(sentence) == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "WE SHOW THAT OUR MODEL WINS IN THE US.",
        "Latency falls to 10 us in the US.",
        "The survey uses Our World in Data and the WE-MEET set.",
        "Users said ``we trust our tools'' and \"help us\".",
        "The prompt `tell us our secrets` works for $we_i$ and \\textbf{our} case.",
        "It advances our understanding of society.",
        "I am not sure that I agree.",
        "W drugim tygodniu we Wrocławiu.",
        "This paper proposes a benchmark.",
        "Agents fail, however, in 30% of cases.",
        "",
    ],
)
def test_a_sentence_that_is_unsafe_or_needs_nothing_is_left_alone(sentence: str) -> None:
    assert attribute(sentence) == sentence


WORDS = st.sampled_from(
    (
        "we We our Our us ours I my US WE the authors paper In this paper, However, Finally, First, second, Here "
        "To address show 42 3.5% -7 not may \"we ` `` '' $x$ \\alpha $ ( ) . , our: we're understanding 10 us e.g."
    ).split()
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=16).map(" ".join))
def test_numbers_and_negation_are_kept_and_a_second_pass_changes_nothing(sentence: str) -> None:
    told = attribute(sentence)
    assert attribute(told) == told
    for kept in (r"\d+(?:\.\d+)?%?", r"\bnot\b", r"\bmay\b", r"\b10\b"):
        assert Counter(re.findall(kept, told.lower())) == Counter(re.findall(kept, sentence.lower()))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_any_text_passes_without_an_error(text: str) -> None:
    told = attribute(text)
    assert attribute(told) == told
    readable(text)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"$\alpha$-fair, 5\% of \textit{all} ``quoted'' runs", "α-fair, 5% of all “quoted” runs"),
        (r"$\mathcal{O}(n \log n)$ and $\tilde{O}(\sqrt{T})$", "O(n log n) and Õ(√T)"),
        (r"$\frac{1}{2}$ of $10^{-3}$, $x_i^2$, $e^{k+1}$", "1/2 of 10⁻³, x_i², e^(k+1)"),
        ("costs $5 and $10 or $5-$10", "costs $5 and $10 or $5-$10"),
        (r"M\"uller, Erd\H{o}s and Fran\c{c}ois", "Müller, Erdős and François"),
        (
            r"Fig.~3, ~5 runs, 10--20 units --- done, --verbose",
            "Fig. 3, ~5 runs, 10–20 units — done, --verbose",
        ),
        (r"\textbf{\emph{nested}} text \cite{foo}.", "nested text."),
        (r"keep `\alpha $x$` and $\unknown{x}$", r"keep `\alpha $x$` and $\unknown{x}$"),
        (r"$x\in\mathbb{R}^d$ is $\ge 5\times$", "x∈ R^d is ≥ 5×"),
        ("a\nhard-wrapped   line", "a hard-wrapped line"),
    ],
)
def test_latex_becomes_readable(source: str, expected: str) -> None:
    assert readable(source) == expected
