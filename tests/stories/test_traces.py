"""Traces and log lines of the real program, as a collector and a log reader get them."""

import http.server
import json
import threading

import pytest

from tests.scripted_model import ChatServer, faithful


class Collector(http.server.ThreadingHTTPServer):
    """Takes what an OTLP exporter sends."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Received)
        self.bodies = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()


class Received(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append((self.path, self.headers, body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format, *args):
        pass


@pytest.fixture
def collector():
    server = Collector()
    yield server
    server.shutdown()
    server.server_close()


def test_a_written_brief_arrives_at_a_collector_with_its_calls_of_the_model(week, shell, collector):
    pytest.importorskip(
        "opentelemetry.exporter.otlp.proto.http", reason="the extra research-brief[otel] is missing"
    )
    pytest.importorskip("langchain_openai", reason="the extra research-brief[openai] is not installed")
    import gzip

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    model = ChatServer(faithful)
    with model.running():
        address = f"http://127.0.0.1:{collector.server_address[1]}/v1/traces"
        more = (
            f'[model]\nname = "openai:scripted"\nbase_url = "{model.url}"\n[traces]\nendpoint = "{address}"\n'
        )
        week.config.write_text(f'{week.config.read_text()}\n{more}[log]\nformat = "json"\nlevel = "info"\n')
        when = ("--week-ending", "2026-06-14", "--as-of", "2026-06-14T18:00:00Z", "--format", "json")
        done = shell("write", *when, *week.options, OPENAI_API_KEY="sk-canary-0123456789")
    assert done.status == 0, done.err
    spans = []
    for path, headers, body in collector.bodies:
        assert path == "/v1/traces"
        raw = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        request = ExportTraceServiceRequest.FromString(raw)
        spans += [s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans]
    by_name = {}
    for span in spans:
        by_name.setdefault(span.name, []).append(span)
    assert {"write", "select", "chat scripted"} <= set(by_name)
    (write,) = by_name["write"]
    assert {span.trace_id for span in spans} == {write.trace_id}, (
        "threads of the writer are within the same trace"
    )
    named = {a.key: a.value for a in by_name["chat scripted"][0].attributes}
    assert named["gen_ai.operation.name"].string_value == "chat"
    assert named["gen_ai.request.model"].string_value == "scripted"
    assert named["gen_ai.usage.input_tokens"].int_value > 0
    told = [json.loads(line) for line in done.err.splitlines()]
    (written,) = [line for line in told if line["message"].startswith("brief ")]
    assert written["run"] == {a.key: a.value for a in write.attributes}["brief.run"].string_value
    assert int(written["trace_id"], 16) == int.from_bytes(write.trace_id)
    items = [item for section in done.json["sections"] for item in section["items"]]
    texts = [item["title"] or "" for item in items] + [c["text"] for item in items for c in item["claims"]]
    everything = done.err + "".join(str(span) for span in spans)
    assert "sk-canary" not in everything
    assert not [text for text in texts if len(text) > 25 and text in everything]


def test_without_the_setting_nothing_of_opentelemetry_is_loaded(week, shell):
    done = shell("status", *week.options, PYTHONVERBOSE="1")
    assert done.status == 0
    assert "import 'pipeline.steps'" in done.err
    assert "import 'opentelemetry" not in done.err
