"""A reranker over HTTP: Cohere, Jina, vLLM and llama.cpp take one form of request, text-embeddings-inference another.

https://docs.cohere.com/reference/rerank, https://huggingface.github.io/text-embeddings-inference
What leaves is decided where it is for models, by `pipeline.llm.outgoing`, and entered in the same ledger.
"""

import asyncio
import hashlib
import json
import ssl
import uuid
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import cached_property
from math import isfinite
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from pipeline.errors import FeedError, RerankerError
from pipeline.llm.calls import Call
from pipeline.llm.outgoing import ALLOWED, Boundary, Piece, Policy, Sent
from pipeline.models import Article
from pipeline.reranking import CHARACTERS

if TYPE_CHECKING:
    import httpcore

Form = Literal["documents", "texts"]
"""What a request calls the texts: `documents` (Cohere and most others), `texts` (text-embeddings-inference)."""
Enter = Callable[[Call, str], None]
"""Writes down a call that was made for a channel, with the hashes of what was sent."""

PROMPT = "rerank"
LARGEST_ANSWER = 1_000_000
"""Bytes; some servers send the texts back."""


class Served:
    """A server that reranks. Each call is made once, over a connection of its own, within `seconds` in all."""

    def __init__(
        self,
        url: str,
        *,
        model: str | None = None,
        form: Form = "documents",
        policy: Policy = "full",
        key: str | None = None,
        seconds: float = 3.0,
        allowed: Collection[str] = (),
        enter: Enter | None = None,
    ) -> None:
        self.name = f"{urlsplit(url).hostname}:{model}" if model else str(urlsplit(url).hostname)
        self._url, self._model, self._form = url, model, form
        self._boundary = Boundary(self.name, policy)
        self._key = key
        self._seconds = seconds
        self._allowed = frozenset(host.lower() for host in allowed)
        self._enter = enter

    def scores(self, question: str, works: Sequence[Article], channel: str = "") -> list[float]:
        """A number for each work, the server's own; RerankerError if it fails or takes longer than it may. Blocks."""
        values = {"query": [Piece(question, "question")]} | {
            f"text {n}": self._shown(work) for n, work in enumerate(works)
        }
        texts, sent = self._boundary.released(PROMPT, values)
        body = json.dumps(self._request(*texts.values())).encode()
        started, at = monotonic(), datetime.now(UTC)
        problem: RerankerError | None = None
        try:
            return scores_of(asyncio.run(self._posted(body)), len(works))
        except RerankerError as error:
            problem = error
            raise
        finally:
            if self._enter is not None:
                self._enter(self._call(at, monotonic() - started, body, sent, problem), channel)

    def _shown(self, work: Article) -> list[Piece]:
        """What the policy lets the server see of a work: without the texts of posts, only their titles."""
        kind: Literal["abstract", "fulltext"] = "abstract" if work.kind == "paper" else "fulltext"
        title = Piece(work.title, "title", work.id)
        if kind not in ALLOWED[self._boundary.policy]:
            return [title]
        return [title, Piece("\n"), Piece(work.abstract[:CHARACTERS], kind, work.id)]

    def _request(self, question: str, *texts: str) -> dict[str, Any]:
        named = {"model": self._model} if self._model else {}
        cut = {"truncate": True} if self._form == "texts" else {}
        return {**named, "query": question, self._form: texts, **cut}

    def _call(
        self, at: datetime, seconds: float, body: bytes, sent: tuple[Sent, ...], problem: RerankerError | None
    ) -> Call:
        return Call(
            id=uuid.uuid4().hex[:12], at=at, model=self.name, prompt=PROMPT, fingerprint="",
            key=f"{PROMPT}:{hashlib.sha256(body).hexdigest()}", temperature=0.0, max_tokens=0,
            tokens_in=0, tokens_out=0, counted=False, cost_usd=None, seconds=round(seconds, 3), attempts=1,
            finish_reason=None, error_kind=type(problem).__name__ if problem else None,
            error=problem.user_message if problem else None, sent=sent,
        )  # fmt: skip

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        import httpx

        return httpx.create_ssl_context()

    async def _posted(self, body: bytes) -> bytes:
        """The server's answer; private addresses only where the settings allow them, no redirects, nothing twice."""
        import httpcore

        from pipeline.fetch.guard import GuardedBackend

        secure = self._certificates if self._url.startswith("https:") else None
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpcore.AsyncConnectionPool(
                    ssl_context=secure, network_backend=GuardedBackend(self._allowed)
                ) as pool,
                pool.stream("POST", self._url, headers=self._headers, content=body) as answer,
            ):
                return await _body(answer)
        except TimeoutError:
            raise RerankerError(f"it takes longer than {self._seconds:g} s") from None
        except FeedError as error:  # the guard's words
            raise RerankerError(error.user_message) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise RerankerError(f"the connection fails ({type(error).__name__})") from None

    @property
    def _headers(self) -> list[tuple[str, str]]:
        key = [("Authorization", f"Bearer {self._key}")] if self._key else []
        return [("Content-Type", "application/json"), ("Accept", "application/json"), *key]


async def _body(answer: "httpcore.Response") -> bytes:
    if answer.status != 200:
        hint = ": RERANKER_API_KEY is missing or refused" if answer.status in (401, 403) else ""
        raise RerankerError(f"it answers {answer.status}{hint}")
    found = b""
    async for chunk in answer.aiter_stream():
        found += chunk
        if len(found) > LARGEST_ANSWER:
            raise RerankerError(f"its answer is larger than {LARGEST_ANSWER:,} bytes")
    return found


def scores_of(body: bytes, texts: int) -> list[float]:
    """The score of each text, in the order in which they were sent, from either form of answer."""
    try:
        found = json.loads(body)
        rows = found if isinstance(found, list) else found["results"]
        scores = {
            int(row["index"]): float(row["relevance_score"] if "relevance_score" in row else row["score"])
            for row in rows
        }
    except (ValueError, TypeError, LookupError, RecursionError):
        raise RerankerError("its answer is not what rerankers answer") from None
    if sorted(scores) != list(range(texts)) or not all(map(isfinite, scores.values())):
        raise RerankerError(f"it was sent {texts} texts and does not give a score for each")
    return [scores[n] for n in range(texts)]
