import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from eval.bench.service import model
from eval.bench.service.load import load
from eval.bench.service.section import service_section


@contextmanager
def answering(status):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            cached = json.dumps({"cached": "退款" in json.loads(body)["question"]}, separators=(",", ":")).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(cached)))
            self.end_headers()
            self.wfile.write(cached)

        def log_message(self, *_): ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/ask"
        server.shutdown()


def test_a_load_counts_requests_statuses_and_what_was_cached():
    with answering(503) as url:
        found = load(url, [{"question": "退款？"}, {"question": "How long?"}], clients=2, seconds=0.2)

    assert found.statuses == {"503": found.requests}
    assert found.requests >= 2
    assert abs(found.cached - found.requests / 2) <= 1
    assert found.p50_ms <= found.p99_ms


def test_a_load_needs_something_to_ask():
    with pytest.raises(ValueError, match="something to ask"):
        load("http://127.0.0.1:9", [], clients=1, seconds=0.1)


@pytest.mark.parametrize(
    ("passage", "quote"), [("First. Second.", "First."), ("第一句。第二句。", "第一句。"), ("no mark", "no mark")]
)
def test_the_model_quotes_the_first_sentence_of_the_first_passage(passage, quote):
    said = json.loads(model._said(f'<passage number="3" title="t">\n{passage}\n</passage>'))

    assert said == {"claims": [{"text": quote, "citations": [{"evidence": 3, "quote": quote}]}], "insufficient": False}
    assert json.loads(model._said("no passage"))["insufficient"] is True


def test_what_the_model_says_comes_in_pieces_that_end_with_stop():
    chunks = model._chunks("两个工作日内开出")

    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "两个工作日内开出"
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks[-2:]] == [None, "stop"]


def test_the_model_reads_a_request_to_its_end():
    async def main():
        reader = asyncio.StreamReader()
        body = json.dumps({"messages": [{"role": "user", "content": "发票？"}]}).encode()
        reader.feed_data(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return await model._request(reader)

    assert asyncio.run(main()) == "发票？"


def test_the_page_shows_each_load_beside_its_goal():
    run = {
        "way": "cached",
        "clients": 32,
        "per_second": 160.0,
        "goal_per_second": 150,
        "p50_ms": 180.0,
        "p99_ms": 240.0,
        "goal_p99_ms": 250,
        "statuses": {"200": 1_280, "503": 2},
    }
    figures = {"passages": 10_000, "seconds": 8.0, "first_ms": 50, "load": 1.5, "runs": [run]}

    lines = list(service_section("load", figures))

    assert lines[0] == "## The service under load: 10,000 generated passages, 8 s each"
    assert lines[-1] == "| cached | 32 | 160 | 150 | 180 | 240 | 250 | 200: 1,280, 503: 2 |"
