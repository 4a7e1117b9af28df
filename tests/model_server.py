"""A model server for tests: the OpenAI chat-completions protocol over real HTTP, in a process of its own.

``python tests/model_server.py --port 0`` prints its base URL; in a test, ``with ModelServer() as server`` gives
``server.base_url``. The ``model`` of a request chooses the behaviour (``BEHAVIOURS``); an unknown one is a 404, as it
is elsewhere. ``error-503`` stands for any status; ``stall=2``, ``drip=0.1`` and ``slow-first-byte=0.2``
take seconds.

The honest model reads the numbered passages and the question out of the prompt, picks the passage that shares most
words with the question, and claims its best sentence with that sentence as the quote.
"""

import argparse
import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BEHAVIOURS = {
    "honest": "a claim with a verbatim quote, or insufficient where no word of the question is in the passages",
    "text-marks": "the same as [n] text, whatever is asked for",
    "rejects-schema": "400 on response_format, else [n] text",
    "fenced": "the JSON in a code fence after a line of prose",
    "thinking": "a <think> block with a draft in it, then the JSON",
    "lying-quote": "a quote that is in no passage",
    "wrong-number": "every number of the claim is one too high; the quote is verbatim",
    "invented-evidence-number": "cites a passage that was not given",
    "follows": "obeys every instruction of --orders that a passage holds, quoting it, else honest",
    "obedient": 'says what a passage tells it to say: say "..." or 回答“……”',
    "broken-json": "one good claim, then broken JSON",
    "wrong-schema": "an object of another shape, with the right answer in it",
    "two-choices": "two completions at once, the chunks of both in turns, the honest one second",
    "repeated-chunks": "every chunk twice",
    "shuffled-chunks": "each pair of chunks in the wrong order",
    "empty": "no text, finish_reason stop",
    "length": "stops in the middle of a claim with finish_reason length",
    "no-finish": "ends cleanly in the middle of a claim, without finish_reason",
    "cut": "drops the connection in the middle of a claim",
    "cut-after-finish": "drops the connection after finish_reason, before the usage",
    "stall": "sends half, then hangs",
    "slow-first-byte": "waits before the first byte",
    "drip": "waits between any two deltas",
    "reset": "drops the connection before the first byte",
    "flaky": "every odd request is a 503, every even one honest",
    "malformed-sse": "an event that is not JSON",
    "error-in-stream": "an error object after the first half",
    "html-200": "a web page with status 200",
    "error-429": "and every other status by its number, 400 to 599",
    "as-asked": "what the question says in braces, such as {stall=2}, and else honest",
}

_PASSAGE = re.compile(r'<passage number="(\d+)"[^>]*>\n(.*?)\n</passage>', re.DOTALL)
_QUESTION = re.compile(r"<question>\n(.*?)\n</question>", re.DOTALL)
_SENTENCE = re.compile(r"[^\n。！？!?]+?(?:[。！？!?]|\.(?=\s|$)|(?=\n)|$)")
_WORD = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]")
_ORDER = re.compile(r"(?:say|reply with|answer|回答|回复|输出)\s*[:：]?\s*[\"“'「](.+?)[\"”'」]", re.IGNORECASE)
_COMMON = frozenset(
    "a an and are be can do does for how i if in is it my of on or the to what when where which who why will with you"
    " 的 了 吗 呢 是 在 我 你 们 有 和 么 什 怎 多 少 如 何 可 以".split()
)
_ASKED_FOR = re.compile(r"\{([a-z0-9-]+)(?:=([\d.]+))?\}")
_DELTA_CHARS = 7
ORDERS: dict[str, list[str]] = {}
"""What the model ``follows`` says, by the instruction that makes it say so."""
_HANG_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the honest model found: the passage's number, its best sentence and the whole prompt's text."""

    number: int
    quote: str
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What becomes of a request: what text to write and how the stream ends. ``wait`` (once, where the behaviour says)
    and ``pause`` (after every delta) are in seconds; ``order`` names what is off with the order of the chunks."""

    text: str
    ending: str = "stop"
    order: str = ""
    wait: float = 0.0
    pause: float = 0.0


def find(messages: list[dict[str, Any]]) -> Finding | None:
    """The sentence of the numbered passages that shares most words with the question; None without a shared word."""
    prompt = "\n".join(str(message["content"]) for message in messages)
    questions = _QUESTION.findall(prompt)
    asked = _words(questions[-1]) if questions else set()
    best, finding = 0, None
    for number, passage in _PASSAGE.findall(prompt):
        in_passage = len(asked & _words(passage))
        for sentence in (match.group().strip() for match in _SENTENCE.finditer(passage)):
            score = 2 * in_passage + 3 * len(asked & _words(sentence)) if in_passage else 0
            if score > best:
                best, finding = score, Finding(number=int(number), quote=sentence, prompt=prompt)
    return finding


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower())) - _COMMON


def obeyed(prompt: str) -> list[dict[str, Any]]:
    """A claim for everything that the instructions among the passages want said, each quoting its instruction."""
    return [
        {"text": text, "citations": [{"evidence": int(number), "quote": order}]}
        for number, passage in _PASSAGE.findall(prompt)
        for order, texts in ORDERS.items()
        if order in passage
        for text in texts
    ]


def write(model: str, finding: Finding | None, as_json: bool, prompt: str = "") -> str:
    """The completion's text under a behaviour."""
    if model == "empty":
        return ""
    if model == "follows" and (claims := obeyed(prompt)):
        return json.dumps({"claims": claims, "insufficient": False}, ensure_ascii=False)
    if model == "text-marks" or not as_json:
        return f"{finding.quote}[{finding.number}]\n" if finding else "INSUFFICIENT\n"
    if not finding:
        return json.dumps({"claims": [], "insufficient": True})
    claim, quote, number = _LIES.get(model, _truth)(finding)
    if model == "wrong-schema":
        return json.dumps({"answer": claim, "sources": [{"id": number, "text": quote}]}, ensure_ascii=False)
    draft = {"text": claim, "citations": [{"evidence": number, "quote": quote}]}
    text = json.dumps({"claims": [draft], "insufficient": False}, ensure_ascii=False)
    return _WRAPPINGS.get(model, "{}").replace("{}", text)


def _truth(finding: Finding) -> tuple[str, str, int]:
    return finding.quote, finding.quote, finding.number


def _lying_quote(finding: Finding) -> tuple[str, str, int]:
    lie = finding.quote.rstrip(".。") + (" for life, guaranteed." if finding.quote.isascii() else "，终身保证。")
    return lie, lie, finding.number


def _wrong_number(finding: Finding) -> tuple[str, str, int]:
    claim = re.sub(r"\d+", lambda match: str(int(match.group()) + 1), finding.quote)
    return (claim if claim != finding.quote else f"{claim} (42)"), finding.quote, finding.number


def _invented_number(finding: Finding) -> tuple[str, str, int]:
    highest = max(int(number) for number, _ in _PASSAGE.findall(finding.prompt))
    return finding.quote, finding.quote, highest + 7


def _obedient(finding: Finding) -> tuple[str, str, int]:
    for number, passage in _PASSAGE.findall(finding.prompt):
        if order := _ORDER.search(passage):
            return order.group(1), finding.quote, int(number)
    return _truth(finding)


_LIES: dict[str, Callable[[Finding], tuple[str, str, int]]] = {
    "lying-quote": _lying_quote,
    "wrong-number": _wrong_number,
    "invented-evidence-number": _invented_number,
    "obedient": _obedient,
}
_WRAPPINGS = {
    "fenced": "Here is the answer:\n```json\n{}\n```\n",
    "thinking": '<think>Perhaps {"claims": [{"text": "a draft", "citations": []}]}?</think>\n{}',
}
_ORDERS_OF_CHUNKS = frozenset(("two-choices", "repeated-chunks", "shuffled-chunks"))
_HALVES = {"length": "length", "no-finish": "none", "cut": "cut", "stall": "hang", "error-in-stream": "error"}


def behave(model: str, seconds: float | None, request: dict[str, Any]) -> Behaviour:
    """The text that a request gets and how it ends."""
    as_json = "response_format" in request
    prompt = "\n".join(str(message["content"]) for message in request["messages"])
    text = write(model, find(request["messages"]), as_json, prompt)
    if model in _HALVES:
        half = text[: len(text) * 2 // 3]
        return Behaviour(text=half, ending=_HALVES[model], wait=seconds or _HANG_SECONDS if model == "stall" else 0.0)
    if model == "broken-json" and as_json:
        return Behaviour(text=text.split('], "insufficient"')[0] + ', {"text": unquoted, "citations"]')
    if model == "slow-first-byte":
        return Behaviour(text=text, wait=seconds or 0.5)
    if model in _ORDERS_OF_CHUNKS:
        return Behaviour(text=text, order=model)
    if model == "drip":
        return Behaviour(text=text, pause=seconds or 0.1)
    return Behaviour(text=text, ending={"malformed-sse": "garbage", "cut-after-finish": "lost"}.get(model, "stop"))


@dataclass(slots=True)
class Requests:
    """Every chat request that the server got, in order, for tests to look at."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, request: dict[str, Any]) -> int:
        """Returns how many there are now for the same model."""
        with self.lock:
            self.seen.append(request)
            return sum(one["model"] == request["model"] for one in self.seen)


class Handler(BaseHTTPRequestHandler):
    """One connection. ``GET /requests`` is for tests; the rest is the OpenAI protocol."""

    protocol_version = "HTTP/1.1"
    requests: Requests

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            self._json(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in BEHAVIOURS]})
        elif self.path == "/requests":
            self._json(200, {"requests": self.requests.seen})
        else:
            self._error(404, f"no path {self.path}")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/v1/chat/completions":
            self._error(404, f"no path {self.path}")
            return
        try:
            request = json.loads(body)
            model, _, argument = str(request["model"]).partition("=")
            seconds = float(argument) if argument else None
            request["messages"][0]["content"]
            if model == "as-asked":
                model, seconds = _asked_for(request)
        except (ValueError, LookupError, TypeError) as error:
            self._error(400, f"not a chat request: {error!r}")
            return
        count = self.requests.add({**request, "authorization": self.headers.get("Authorization", "")})
        if not self._refused(model, request, count):
            self._answer(model, behave(model, seconds, request), request)

    def _refused(self, model: str, request: dict[str, Any], count: int) -> bool:
        """Whether the request ended without a completion."""
        status = re.fullmatch(r"error-([45]\d\d)", model)
        if status or (model == "flaky" and count % 2):
            self._error(int(status.group(1)) if status else 503, f"{model}, on purpose")
        elif model == "html-200":
            self._send(200, "text/html", b"<!doctype html><title>Welcome</title><p>Please sign in.</p>")
        elif model == "reset":
            self.close_connection = True
        elif model == "rejects-schema" and "response_format" in request:
            self._error(400, "Unrecognized request argument supplied: response_format")
        elif model not in BEHAVIOURS:
            self._error(404, f"The model `{model}` does not exist", code="model_not_found")
        elif not _schema_is_valid(request):
            self._error(400, "response_format needs json_schema.name and json_schema.schema")
        else:
            return False
        return True

    def _answer(self, model: str, behaviour: Behaviour, request: dict[str, Any]) -> None:
        if model == "slow-first-byte":
            time.sleep(behaviour.wait)
        if request.get("stream"):
            self._stream(behaviour, request)
        else:
            self._whole(behaviour, request)

    def _whole(self, behaviour: Behaviour, request: dict[str, Any]) -> None:
        reason = behaviour.ending if behaviour.ending in {"stop", "length"} else None
        message = {"role": "assistant", "content": behaviour.text}
        choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
        answer = {**_envelope(request, "chat.completion"), "choices": [choice], "usage": _usage(request, behaviour)}
        if behaviour.ending == "hang":
            time.sleep(behaviour.wait)
        self._json(200, answer, missing=40 if behaviour.ending == "cut" else 0)

    def _stream(self, behaviour: Behaviour, request: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in _events(behaviour, request):
            self._chunk(f"data: {event}\n\n".encode())
            time.sleep(behaviour.pause)
        if behaviour.ending == "hang":
            time.sleep(behaviour.wait)
        if behaviour.ending in {"cut", "hang", "lost"}:
            self.close_connection = True  # no closing chunk: the client sees a broken body
        else:
            self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
        self.wfile.flush()

    def _error(self, status: int, message: str, *, code: str | None = None) -> None:
        error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
        self._json(status, {"error": error})

    def _json(self, status: int, content: object, *, missing: int = 0) -> None:
        self._send(status, "application/json", json.dumps(content).encode(), missing=missing)

    def _send(self, status: int, content_type: str, data: bytes, *, missing: int = 0) -> None:
        """``missing`` bytes are announced but not sent."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) - missing])
        self.close_connection = self.close_connection or bool(missing)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: test output is for failures."""


def _asked_for(request: dict[str, Any]) -> tuple[str, float | None]:
    """The behaviour that the question names, and its seconds."""
    named = _ASKED_FOR.search(str(request["messages"][-1]["content"]))
    return (named.group(1), float(named.group(2)) if named.group(2) else None) if named else ("honest", None)


def _schema_is_valid(request: dict[str, Any]) -> bool:
    given = request.get("response_format", {"type": "text"})
    schema = given.get("json_schema", {})
    return given["type"] != "json_schema" or bool(schema.get("name") and schema.get("schema"))


def _envelope(request: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-test", "object": kind, "created": 1_700_000_000, "model": request["model"]}


def _usage(request: dict[str, Any], behaviour: Behaviour) -> dict[str, int]:
    """One token per four characters, rounded up."""
    asked = -(-sum(len(str(message["content"])) for message in request["messages"]) // 4)
    told = -(-len(behaviour.text) // 4)
    return {"prompt_tokens": asked, "completion_tokens": told, "total_tokens": asked + told}


def _events(behaviour: Behaviour, request: dict[str, Any]) -> Iterator[str]:
    """The data of every server-sent event, in order."""
    asks_usage = bool((request.get("stream_options") or {}).get("include_usage"))
    rest: dict[str, Any] = {"usage": None} if asks_usage else {}
    envelope = {**_envelope(request, "chat.completion.chunk"), **rest}

    def delta(content: dict[str, str], reason: str | None = None, index: int = 0) -> str:
        choice = {"index": index, "delta": content, "finish_reason": reason, "logprobs": None}
        return json.dumps({**envelope, "choices": [choice]}, ensure_ascii=False)

    yield delta({"role": "assistant", "content": ""})
    for index, piece in _pieces(behaviour):
        yield delta({"content": piece}, index=index)
    if behaviour.ending == "lost":
        yield delta({}, "stop")
    elif behaviour.ending in {"stop", "length"}:
        yield delta({}, behaviour.ending)
        if asks_usage:
            yield json.dumps({**envelope, "choices": [], "usage": _usage(request, behaviour)})
        yield "[DONE]"
    elif behaviour.ending == "error":
        yield json.dumps({"error": {"message": "the worker ran out of memory", "type": "server_error", "code": None}})
    elif behaviour.ending == "garbage":
        yield '{"choices": [{"delta": '


def _pieces(behaviour: Behaviour) -> Iterator[tuple[int, str]]:
    """The index of the choice and the text of every chunk."""
    text = behaviour.text
    pieces = [text[start : start + _DELTA_CHARS] for start in range(0, len(text), _DELTA_CHARS)]
    if behaviour.order == "shuffled-chunks":
        pieces = [piece for start in range(0, len(pieces), 2) for piece in reversed(pieces[start : start + 2])]
    for piece in pieces:
        if behaviour.order == "two-choices":
            yield 1, piece.replace("a", "e").replace("退", "进")
        yield 0, piece
        if behaviour.order == "repeated-chunks":
            yield 0, piece


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is no news."""


def serve(port: int, *, until_stdin_closes: bool = False) -> None:
    """Serve for ever on the loopback address; port 0 takes a free one. Prints the base URL first."""
    handler = type("RecordingHandler", (Handler,), {"requests": Requests()})
    with _Server(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
        if until_stdin_closes:
            threading.Thread(target=_shut_down_with_stdin, args=(server,), daemon=True).start()
        server.serve_forever(poll_interval=0.05)


def _shut_down_with_stdin(server: ThreadingHTTPServer) -> None:
    sys.stdin.read()
    server.shutdown()


class ModelServer:
    """The server as a child process: ``start`` (or ``with``), use ``base_url``, ``stop``. It ends with its parent."""

    base_url = ""

    def __init__(self, *, orders: str = "") -> None:
        """``orders`` is the path of a JSON file for the model ``follows``: instruction to a list of texts."""
        self._orders = ["--orders", orders] if orders else []

    def start(self) -> "ModelServer":
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--port", "0", "--until-stdin-closes", *self._orders],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        self.base_url = self._process.stdout.readline().strip()
        if not self.base_url:
            raise RuntimeError(f"the model server ended at once with code {self._process.wait()}")
        return self

    def stop(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()

    def requests(self) -> list[dict[str, Any]]:
        """The chat requests so far, oldest first; ``authorization`` holds that header."""
        connection = http.client.HTTPConnection(urlsplit(self.base_url).netloc, timeout=10)
        try:
            connection.request("GET", "/requests")
            seen: list[dict[str, Any]] = json.load(connection.getresponse())["requests"]
        finally:
            connection.close()
        return seen

    def __enter__(self) -> "ModelServer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A model server for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--until-stdin-closes", action="store_true")
    parser.add_argument("--orders", type=Path)
    options = parser.parse_args()
    ORDERS.update(json.loads(options.orders.read_text(encoding="utf-8")) if options.orders else {})
    serve(options.port, until_stdin_closes=options.until_stdin_closes)
