"""Rerankers: a real graph run here, servers of both forms, and what happens when they fail."""

import struct
import time
from datetime import UTC, datetime

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from pipeline.errors import RerankerError
from pipeline.llm import Journal
from pipeline.models import Article
from pipeline.reranking import REST, Reranking, trial
from pipeline.reranking.cross_encoder import CrossEncoder
from pipeline.reranking.served import LARGEST_ANSWER, Served, scores_of
from pipeline.store import Store
from tests.rerank_server import running

LOCAL = ("127.0.0.1",)
WORDS = "how are apples stored over the winter storing in a cool cellar tides raised by moon and sun do fish".split()


def work(title, abstract="", kind="paper"):
    return Article(
        id=f"w:{title}",
        kind=kind,
        title=title,
        abstract=abstract,
        source="test",
        first_seen=datetime(2026, 5, 18, tzinfo=UTC),
    )


APPLES, TIDES = work("Storing apples", "In a cool cellar."), work("Tides", "The moon raises tides.")


# A cross-encoder's files, written by hand: protobuf as https://github.com/onnx/onnx/blob/main/onnx/onnx.proto has it


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value):
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    return bytes([*made, value])


def attribute(name, value):
    return field(5, field(1, name) + field(3, value) + field(20, 2))


def node(op, inputs, output, attributes=b""):
    given = b"".join(field(1, name) for name in inputs)
    return field(1, given + field(2, output) + field(4, op) + attributes)


def tensor(name, value):
    return field(5, field(1, 1) + field(2, 7) + field(8, name) + field(9, struct.pack("<q", value)))


def value(number, name, kind, dimensions):
    shape = b"".join(field(1, field(2, d) if isinstance(d, str) else field(1, d)) for d in dimensions)
    return field(number, field(1, name) + field(2, field(1, field(1, kind) + field(2, shape))))


def graph(names=("input_ids", "attention_mask", "token_type_ids"), ids="input_ids"):
    """A model whose score is how often a word of the question stands in the text."""
    nodes = [
        node("Unsqueeze", [ids, "two"], "down"),
        node("Unsqueeze", [ids, "one"], "across"),
        node("Equal", ["down", "across"], "same"),
        node("Cast", ["same"], "same_f", attribute("to", 1)),
        node("Cast", ["token_type_ids"], "second", attribute("to", 1)),
        node("Unsqueeze", ["second", "one"], "in_text"),
        node("Unsqueeze", ["second", "two"], "second_down"),
        node("Cast", ["second_down"], "not_first", attribute("to", 9)),
        node("Not", ["not_first"], "first"),
        node("Cast", ["first"], "in_question", attribute("to", 1)),
        node("Mul", ["same_f", "in_text"], "some"),
        node("Mul", ["some", "in_question"], "shared"),
        node("ReduceSum", ["shared"], "logits", attribute("keepdims", 0)),
    ]
    made = b"".join(nodes) + field(2, "overlap") + tensor("one", 1) + tensor("two", 2)
    made += b"".join(value(11, name, 7, (1, "words")) for name in names) + value(12, "logits", 1, ())
    return field(1, 8) + field(7, made) + field(8, field(1, "") + field(2, 13))


@pytest.fixture
def folder(tmp_path):
    words = {word: n for n, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="[UNK]"))  # noqa: S106 - no secret
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A $B:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.enable_padding(length=64)  # as exported files may have it
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "model.onnx").write_bytes(graph())
    return tmp_path


def test_a_cross_encoder_reads_question_and_text_together(folder):
    reranker = CrossEncoder(folder, 5.0)
    assert reranker.scores("apples in the cellar", [TIDES, APPLES, work("Fish")]) == [1.0, 3.0, 0.0]
    assert len(reranker.scores("\ud800 apples", [APPLES])) == 1
    assert trial(reranker).startswith("two texts in ")


def test_long_texts_are_cut_to_what_models_take(folder):
    long = "cool " * 3000
    assert CrossEncoder(folder, 5.0).scores("cool?", [work("Fish", long)]) == [pytest.approx(300, abs=5)]
    assert CrossEncoder(folder, 5.0).scores(long, [APPLES]) == [100.0]


def test_a_cross_encoder_that_is_too_slow_says_so(folder):
    times = iter([0.0, 0.0, 9.0, 9.0])
    with pytest.raises(RerankerError, match="longer than 5 s"):
        CrossEncoder(folder, 5.0, clock=lambda: next(times)).scores("apples", [TIDES, APPLES, APPLES])


def test_files_that_cannot_be_used_are_named(folder):
    (folder / "model.onnx").write_bytes(graph(("pixels", "attention_mask", "token_type_ids"), "pixels"))
    with pytest.raises(RerankerError, match="takes pixels"):
        CrossEncoder(folder, 5.0)
    (folder / "model.onnx").write_bytes(b"no model")
    with pytest.raises(RerankerError, match="cannot load"):
        CrossEncoder(folder, 5.0)
    (folder / "model.onnx").unlink()
    with pytest.raises(RerankerError, match="model.onnx is missing"):
        CrossEncoder(folder, 5.0)
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(RerankerError, match="no tokenizer's file"):
        CrossEncoder(folder, 5.0)


# Servers


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.mark.parametrize("form", ["documents", "texts"])
def test_a_server_of_either_form_is_asked(server, form):
    reranker = Served(server.url, model="small", form=form, key="k-1", allowed=LOCAL)
    assert reranker.name == "127.0.0.1:small"
    assert reranker.scores("apples in a cellar?", [TIDES, APPLES]) == [0.0, 0.4]
    path, headers, body = server.got[0]
    assert (path, headers["Authorization"], headers["Content-Type"]) == (
        "/v1/rerank",
        "Bearer k-1",
        "application/json",
    )
    assert body["model"] == "small"
    assert body[form] == ["Tides\nThe moon raises tides.", "Storing apples\nIn a cool cellar."]
    assert trial(reranker)


def test_of_posts_only_titles_leave_where_the_policy_says_so(server):
    post = work("A post", "Private thoughts.", "post")
    Served(server.url, policy="abstracts", allowed=LOCAL).scores("apples", [post, APPLES])
    assert server.got[0][2]["documents"] == ["A post", "Storing apples\nIn a cool cellar."]
    assert "Authorization" not in server.got[0][1]


def test_what_left_is_in_the_ledger_by_its_hash_alone(server, tmp_path):
    store = Store.open(tmp_path / "brief.db")
    calls = []

    def enter(call, channel):
        calls.append(call)
        Journal(store.engine, channel).add(call, None)

    reranker = Served(server.url, key="k-1", allowed=LOCAL, enter=enter)
    reranker.scores("apples?", [TIDES, APPLES], "C1")
    server.status = 503
    with pytest.raises(RerankerError):
        reranker.scores("apples?", [TIDES, APPLES], "C1")
    kinds = [(line.kind, line.source) for line in calls[0].sent]
    assert kinds[:3] == [("question", ""), ("title", "w:Tides"), ("own", "")]
    assert ("abstract", "w:Storing apples") in kinds
    for secret in ("apples", "Tides", "k-1"):
        assert secret not in str(calls).replace("w:Storing apples", "").replace("w:Tides", "")
    assert Journal(store.engine).outcomes("rerank:") == (2, 1)
    assert Journal(store.engine).outcomes("other:") == (0, 0)
    store.close()


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (401, b"{}", "401: RERANKER_API_KEY"),
        (429, b"{}", "answers 429"),
        (302, b"", "answers 302"),
        (200, b"not json", "not what rerankers answer"),
        (200, b'{"results": 3}', "not what rerankers answer"),
        (200, b"[" * 100_000, "not what rerankers answer"),
        (200, b'[{"index": 0, "score": 1}]', "does not give a score for each"),
        (200, b'[{"index": 0, "score": 1}, {"index": 7, "score": 1}]', "does not give a score for each"),
        (200, b'[{"index": 0, "score": NaN}, {"index": 1, "score": 1}]', "does not give a score for each"),
        (200, b" " * (LARGEST_ANSWER + 1), "larger than"),
    ],
)
def test_answers_that_cannot_be_used_are_refused(server, status, answer, words):
    server.status, server.answer = status, answer
    with pytest.raises(RerankerError, match=words):
        Served(server.url, key="k-1", allowed=LOCAL).scores("apples", [TIDES, APPLES])
    assert len(server.got) == 1


def test_a_slow_server_and_none_at_all(server):
    server.pause = 0.6
    started = time.monotonic()
    with pytest.raises(RerankerError, match=r"longer than 0\.2 s"):
        Served(server.url, seconds=0.2, allowed=LOCAL).scores("apples", [TIDES, APPLES])
    assert time.monotonic() - started < 0.55
    with pytest.raises(RerankerError, match="connection fails"):
        Served("http://127.0.0.1:9/rerank", allowed=LOCAL).scores("apples", [TIDES, APPLES])


def test_private_addresses_must_be_allowed_by_name(server):
    with pytest.raises(RerankerError, match="private or reserved"):
        Served(server.url).scores("apples", [TIDES, APPLES])
    assert server.got == []


def test_scores_come_back_in_the_order_of_the_texts():
    body = b'{"results": [{"index": 1, "relevance_score": 2.5}, {"index": 0, "relevance_score": -1}]}'
    assert scores_of(body, 2) == [-1.0, 2.5]


# One that fails


class Failing:
    name = "failing"

    def __init__(self):
        self.asked = 0
        self.works = False

    def scores(self, question, works, channel=""):
        self.asked += 1
        if not self.works:
            raise RerankerError("it is down")
        return [-4.0, 6.0, 1.0][: len(works)]


def test_one_that_fails_is_left_alone_for_a_while(caplog):
    now = [0.0]
    inner = Failing()
    reranking = Reranking(inner, clock=lambda: now[0])
    some = [APPLES, TIDES, work("Fish")]
    assert reranking.scores("apples", some) is None
    assert reranking.scores("apples", some) is None
    assert (inner.asked, reranking.asked, reranking.failed) == (1, 1, 1)
    assert "the reranker failing fails, works keep their own order: it is down" in caplog.text
    assert "apples" not in caplog.text
    now[0], inner.works = REST + 1, True
    assert reranking.scores("apples", some) == [0.0, 1.0, 0.5]
    assert reranking.scores("apples", some[:1]) is None
    assert (reranking.asked, reranking.failed) == (2, 1)


def test_one_that_prefers_the_wrong_text_fails_its_trial():
    class Backwards:
        name = "backwards"

        def scores(self, question, works, channel=""):
            return [float(n) for n in range(len(works))]

    with pytest.raises(RerankerError, match="tides before one on apples"):
        trial(Backwards())
