"""A server that reranks by the words that question and text share, in either form of request; it keeps what it got."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class RerankServer(ThreadingHTTPServer):
    """Answers in Cohere's form or in that of text-embeddings-inference, whichever it is asked in."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.answer: bytes | None = None
        self.status = 200
        self.pause = 0.0
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1/rerank"

    def handle_error(self, *_: object) -> None:
        pass


class Handler(BaseHTTPRequestHandler):
    server: RerankServer

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server.got.append((self.path, dict(self.headers), body))
        texts = body.get("documents") or body["texts"]
        key = "relevance_score" if "documents" in body else "score"
        rows = [{"index": n, key: self._shared(body["query"], text)} for n, text in enumerate(texts)]
        rows.sort(key=lambda row: -row[key])
        found = {"id": "1", "results": rows} if "documents" in body else rows
        answer = json.dumps(found).encode() if server.answer is None else server.answer
        time.sleep(server.pause)
        self.send_response(server.status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _shared(self, question: str, text: str) -> float:
        return len({*question.lower().strip("?").split()} & {*text.lower().replace(".", "").split()}) / 10

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running() -> Iterator[RerankServer]:
    """A server for the length of a block."""
    server = RerankServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
