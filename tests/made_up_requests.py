"""How far schemathesis goes, and what it found."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import Status, StopReason, events
from schemathesis.engine.recorder import ScenarioRecorder

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """``seconds`` bounds a run from above; ``examples`` are those of one operation in one phase."""

    phases: tuple[str, ...]
    examples: int
    seconds: int | None = None
    seed: int = 20261122


@dataclass(slots=True)
class Found:
    """What was sent and what was wrong with the answers, each kind once with a request that shows it."""

    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    succeeded: set[str] = field(default_factory=set)
    phases: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, str] = field(default_factory=dict)
    stopped: StopReason | None = None

    @property
    def requests(self) -> int:
        """How many were answered."""
        return sum(self.statuses.values())

    def count(self, operation: str, status: int) -> None:
        """One answer."""
        self.operations.add(operation)
        self.statuses[int(status)] += 1
        if status < 300:
            self.succeeded.add(operation)

    def blame(self, operation: str, status: int, failure: BaseException, shown: str) -> None:
        """One answer that is wrong."""
        title = getattr(failure, "title", type(failure).__name__)
        self.wrong.setdefault(f"{operation} {int(status)}: {title}", f"{failure}\n{shown}")

    def take(self, told: events.EngineEvent) -> None:
        """What one event of the engine tells."""
        if isinstance(told, events.ScenarioFinished):
            self.phases[told.phase.value] += len(told.recorder.interactions)
            self._take_answers(told.recorder)
            self._take_failures(told.recorder)
        elif isinstance(told, events.NonFatalError):
            self.wrong[f"{told.label}: not asked to the end"] = str(told.value)
        elif isinstance(told, events.FatalError):
            self.wrong["ended early"] = str(told.exception)
        elif isinstance(told, events.EngineFinished):
            self.stopped = told.stop_reason

    def _take_answers(self, recorder: ScenarioRecorder) -> None:
        for case_id, sent in recorder.interactions.items():
            label = recorder.cases[case_id].value.operation.label
            if sent.response is None:
                self.wrong[f"{label}: no answer"] = sent.request.uri
            else:
                self.count(label, sent.response.status_code)

    def _take_failures(self, recorder: ScenarioRecorder) -> None:
        for case_id, checks in recorder.checks.items():
            for check in checks:
                if check.status is Status.FAILURE and check.failure_info is not None:
                    failure: Failure = check.failure_info.failure
                    self.blame(*_answered(recorder, case_id), failure, check.failure_info.code_sample)


def _answered(recorder: ScenarioRecorder, case_id: str) -> tuple[str, int]:
    sent = recorder.interactions.get(case_id)
    status = sent.response.status_code if sent is not None and sent.response is not None else 0
    return recorder.cases[case_id].value.operation.label, status


def settings_of(token: str, reach: Reach) -> SchemathesisConfig:
    """The same requests for the same document, as the holder of ``token``."""
    words: dict[str, Any] = {
        "seed": reach.seed,
        "headers": {"Authorization": f"Bearer {token}"},
        "continue-on-failure": True,
        "request-timeout": 20,
        "suppress-health-check": ["all"],
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
        "phases": {"enabled": False, **{name: {"enabled": True} for name in reach.phases}},
        "generation": {"max-examples": reach.examples, "database": "none", "no-shrink": True},
    }
    return SchemathesisConfig.from_dict(words if reach.seconds is None else {**words, "max-time": reach.seconds})
