"""The whole application under requests that schemathesis makes up from its OpenAPI document, in this process."""

from pathlib import Path
from typing import Any

import schemathesis
from hostile_words import Sent, hostile_requests
from made_up_requests import Found, Reach, settings_of
from schemathesis.core.failures import FailureGroup
from schemathesis.engine import from_schema
from sqlalchemy import event, text
from starlette.types import Receive, Scope, Send
from tenant_home import KBS, TEXTS, TenantHome

from answer.traces.replay import Replay, compare
from answer.traces.trace_json import trace_from
from core.types import Answer, Question
from store.key import prefix_of
from store.source_state import document_id

TRACE_ID = "trace-own"
# What stands for an object that is there.
KNOWN = {"kb": "faq", "document_id": document_id("faq", "refunds.md"), "trace_id": TRACE_ID, "model": "citedesk/faq"}


class FuzzedHome(TenantHome):
    """A home where every part works, so that a 5xx is nobody's but the service's."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        for engine in (self.desk.catalog.engine, self.desk.catalog._writer):
            event.listen(engine, "before_cursor_execute", _as_strict_as_postgres)
        self.desk.traces = {TRACE_ID: "faq"}
        self.desk.ready = lambda: {"record": "ok", "indexes": "ok"}  # type: ignore[method-assign]
        self.desk.replay = self._replay  # type: ignore[method-assign]
        self._answer, self.desk.ask = self.desk.ask, self._ask  # type: ignore[method-assign]
        self.fill()

    async def _replay(self, trace_id: str, *, with_settings: bool = True) -> Replay:
        then = trace_from(self.desk.trace(trace_id))
        return compare(then, then, lambda chunk_id, document_id: "")

    async def _ask(self, question: Question) -> Answer:
        answer = await self._answer(question)
        self.desk.traces[answer.trace_id] = question.kb
        return answer

    def fill(self) -> None:
        """Put back what requests before have deleted."""
        for kb in ("default", *KBS):
            for source, words in TEXTS.items():
                self.desk.put(source, words, kb=kb)
        self.desk.catch_up()

    def fuzz(self, token: str, reach: Reach) -> Found:
        """Send what schemathesis makes up, as the holder of ``token``."""
        settings = settings_of(token, reach)
        schema = schemathesis.openapi.from_asgi("/openapi.json", self._bounded, config=settings)
        schema.hook("filter_case")(_spares(prefix_of(token)))
        schema.hook("after_call")(self._refills())
        found = Found()
        for told in from_schema(schema).execute():
            found.take(told)
        return found

    def assail(self, token: str) -> Found:
        """Send each parameter and each part of each body as each hostile word."""
        settings = settings_of(token, Reach(phases=(), examples=1))
        schema = schemathesis.openapi.from_asgi("/openapi.json", self._bounded, config=settings)
        found = Found()
        for sent in hostile_requests(schema.raw_schema, KNOWN):
            self._assail(schema[sent.path][sent.method], sent, token, found)
        return found

    def _assail(self, operation: Any, sent: Sent, token: str, found: Found) -> None:
        said = (
            {} if sent.content is None else {"content": sent.content, "headers": {"Content-Type": "application/json"}}
        )
        response = self.send(sent.method, sent.address, token, **said)
        found.count(operation.label, response.status_code)
        try:
            operation.Case().validate_response(response)
        except FailureGroup as failed:
            for failure in failed.exceptions:
                found.blame(operation.label, response.status_code, failure, sent.word)
        if sent.method == "DELETE" and response.is_success:
            self.fill()

    async def _bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application; a job that waits would be followed for ever, since nothing works on it here."""
        if scope.get("path", "").endswith("/events"):
            with self.desk.catalog.writing() as connection:
                connection.execute(text("UPDATE jobs SET state = 'cancelled' WHERE state = 'queued'"))
        await self.app(scope, receive, send)

    def _refills(self) -> Any:
        def after_call(context: object, case: schemathesis.Case, response: Any) -> None:
            if case.method == "DELETE" and response.status_code < 300:
                self.fill()

        return after_call


def _as_strict_as_postgres(
    connection: object, cursor: object, statement: str, parameters: Any, context: object, executemany: bool
) -> None:
    """PostgreSQL takes no NUL in a text, SQLite does."""
    for row in parameters if executemany else [parameters]:
        for value in row.values() if isinstance(row, dict) else row:
            if isinstance(value, str) and "\0" in value:
                raise ValueError(f"{value[:40]!r} holds a NUL, which PostgreSQL does not take: {statement[:80]}")


def _spares(prefix: str) -> Any:
    """Whoever ends the own key is nobody from then on, and the rest of the run would be 401."""

    def filter_case(context: object, case: schemathesis.Case) -> bool:
        return (case.path_parameters or {}).get("prefix") != prefix

    return filter_case
