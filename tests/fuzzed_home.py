"""The whole application under requests that schemathesis makes up from its OpenAPI document, in this process."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, StopReason, events, from_schema
from tenant_home import KBS, TEXTS, TenantHome

from answer.traces.replay import Replay, compare
from answer.traces.trace_json import trace_from
from store.key import prefix_of

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
TRACE_ID = "trace-own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a run goes. ``seconds`` bounds it from above; ``examples`` are those of one operation and one phase."""

    phases: tuple[str, ...]
    examples: int
    seconds: int
    seed: int = 20261122


@dataclass(slots=True)
class Found:
    """What a run sent and what was wrong with the answers, each kind once with the request that shows it."""

    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    phases: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)
    stopped: StopReason | None = None

    @property
    def requests(self) -> int:
        """How many were answered."""
        return sum(self.statuses.values())

    def take(self, event: events.EngineEvent) -> None:
        """Count what one event of the engine tells."""
        if isinstance(event, events.ScenarioFinished):
            self._take_scenario(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            self.wrong[f"{type(event).__name__}: {getattr(event, 'label', '')}"] = str(
                getattr(event, "value", None) or getattr(event, "exception", event)
            )
        elif isinstance(event, events.EngineFinished):
            self.stopped = event.stop_reason

    def _take_scenario(self, event: events.ScenarioFinished) -> None:
        recorder = event.recorder
        for case_id, sent in recorder.interactions.items():
            label = recorder.cases[case_id].value.operation.label
            self.operations.add(label)
            self.phases[event.phase.value] += 1
            if sent.response is None:
                self.wrong[f"{label}: no answer"] = sent.request.uri
                continue
            self.statuses[sent.response.status_code] += 1
            if sent.response.status_code < 300:
                self.answered.add(label)
        for case_id, checks in recorder.checks.items():
            for check in checks:
                if check.status is Status.FAILURE and check.failure_info is not None:
                    self._blame(recorder, case_id, check)

    def _blame(self, recorder: Any, case_id: str, check: Any) -> None:
        label = recorder.cases[case_id].value.operation.label
        sent = recorder.interactions.get(case_id)
        status = sent.response.status_code if sent is not None and sent.response is not None else 0
        failure = check.failure_info.failure
        told = f"{failure.message}\n{check.failure_info.code_sample}"
        self.wrong.setdefault(f"{label} {status} {check.name}: {failure.title}", told)


class FuzzedHome(TenantHome):
    """A home where every part works, so that a 5xx is nobody's but the service's."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.desk.traces = {TRACE_ID: "faq"}
        self.fill()
        self.desk.ready = lambda: {"record": "ok", "indexes": "ok"}  # type: ignore[method-assign]
        self.desk.replay = self._replay  # type: ignore[method-assign]

    async def _replay(self, trace_id: str, *, with_settings: bool = True) -> Replay:
        then = trace_from(self.desk.trace(trace_id))
        return compare(then, then, lambda chunk_id, document_id: "")

    def fill(self) -> None:
        """Put back what requests before have deleted."""
        for kb in ("default", *KBS):
            for source, text in TEXTS.items():
                self.desk.put(source, text, kb=kb)
        self.desk.catch_up()

    def fuzz(self, token: str, reach: Reach) -> Found:
        """Send what ``reach`` says as the holder of ``token``."""
        schema = schemathesis.openapi.from_asgi("/openapi.json", self.app, config=_config(token, reach))
        schema.hook("filter_case")(_spares(prefix_of(token)))
        schema.hook("after_call")(self._refills())
        found = Found()
        for event in from_schema(schema).execute():
            found.take(event)
        return found

    def _refills(self) -> Any:
        def after_call(context: object, case: schemathesis.Case, response: Any) -> None:
            if case.method == "DELETE" and response.status_code < 300:
                self.fill()

        return after_call


def _spares(prefix: str) -> Any:
    """Whoever ends the own key is nobody from then on, and the rest of the run would be 401."""

    def filter_case(context: object, case: schemathesis.Case) -> bool:
        return (case.path_parameters or {}).get("prefix") != prefix

    return filter_case


def _config(token: str, reach: Reach) -> SchemathesisConfig:
    words: dict[str, Any] = {
        "seed": reach.seed,
        "max-time": reach.seconds,
        "headers": {"Authorization": f"Bearer {token}"},
        "continue-on-failure": True,
        "request-timeout": 20,
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
        "phases": {"enabled": False, **{name: {"enabled": True} for name in reach.phases}},
        "generation": {"max-examples": reach.examples, "database": "none", "no-shrink": True},
        # A job that waits is followed for ever.
        "operations": [{"include-operation-id": "follow_job", "request-timeout": 0.3}],
    }
    return SchemathesisConfig.from_dict(words)


__all__ = ["CHECKS", "Found", "FuzzedHome", "Reach", "requests"]
