"""Requests and answers as OpenTelemetry spans, sent to a collector. The only file that imports OpenTelemetry.

Names are those of its semantic conventions: HTTP, and generative AI, which are in development and so stand here only. A
span holds figures and words of ours, never what was asked or answered. Spans are made when what they tell of is over,
so that nothing waits for them; a call of a model is placed at the end of its answer.
"""

import time
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Protocol

from api.errors import failed_here
from api.trace_context import TraceContext
from core.errors import DependencyMissing
from core.types import Answer

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor

_FLUSH_MILLISECONDS = 3_000


class Spans(Protocol):
    """Takes what is over."""

    def request(self, at: TraceContext, method: str, route: str, status: int, seconds: float) -> None:
        """One request, answered with ``status``."""
        ...

    def answer(self, at: TraceContext | None, answer: Answer) -> None:
        """One answer of that request."""
        ...

    def close(self) -> None:
        """Send what waits, for at most three seconds. Blocks."""
        ...


class NoSpans:
    """Without a collector nothing is made."""

    def request(self, at: TraceContext, method: str, route: str, status: int, seconds: float) -> None:
        """Nothing."""

    def answer(self, at: TraceContext | None, answer: Answer) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def spans_to(collector: str, model: str) -> Spans:
    """To a collector at this address over OTLP/HTTP; an empty one makes no spans.

    ``model`` is the name of the first answer model. Raises ``DependencyMissing`` where the extra is not installed.
    """
    if not collector:
        return NoSpans()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise DependencyMissing(
            "service.otlp_url needs the extra `telemetry`: pip install 'citedesk[telemetry]', or leave it empty"
        ) from error
    return OpenTelemetrySpans(BatchSpanProcessor(OTLPSpanExporter(f"{collector.rstrip('/')}/v1/traces")), model)


class OpenTelemetrySpans:
    """Spans through a processor. Thread-safe, except that requests end in one event loop."""

    def __init__(self, processor: "SpanProcessor", model: str) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

        self._model = model
        self._ids = _given_ids(RandomIdGenerator)
        resource = Resource({"service.name": "citedesk", "service.version": version("citedesk")})
        self._provider = TracerProvider(id_generator=self._ids, resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("citedesk")

    def request(self, at: TraceContext, method: str, route: str, status: int, seconds: float) -> None:
        """A span of kind server under the ids that the response named."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        end = time.time_ns()
        self._ids.next = (int(at.trace, 16), int(at.span, 16))
        span = self._tracer.start_span(
            f"{method} {route}",
            context=_context(at, at.parent),
            kind=SpanKind.SERVER,
            start_time=end - int(seconds * 1e9),
            attributes={"http.request.method": method, "http.route": route, "http.response.status_code": status},
        )
        if failed_here(status):
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    def answer(self, at: TraceContext | None, answer: Answer) -> None:
        """The answer, and under it the call of the model where one was asked."""
        from opentelemetry.trace import SpanKind, set_span_in_context

        end, timings = time.time_ns(), answer.timings_ms
        context = None if at is None else _context(at, at.span)
        span = self._tracer.start_span(
            "answer",
            context=context,
            start_time=end - _nanoseconds(timings, "total"),
            attributes=_of_answer(answer),
        )
        if "model" in timings:
            self._tracer.start_span(
                f"chat {self._model}",
                context=set_span_in_context(span),
                kind=SpanKind.CLIENT,
                start_time=end - _nanoseconds(timings, "model"),
                attributes=_of_model(answer, self._model),
            ).end(end)
        span.end(end)

    def close(self) -> None:
        """Send what waits, for at most three seconds. Blocks."""
        self._provider.force_flush(_FLUSH_MILLISECONDS)
        self._provider.shutdown()


def _of_answer(answer: Answer) -> dict[str, Any]:
    steps = {f"citedesk.ms.{step}": round(value, 3) for step, value in answer.timings_ms.items()}
    return steps | {
        "citedesk.status": answer.status.value,
        "citedesk.answer_trace_id": answer.trace_id,
        "citedesk.claims": len(answer.claims),
        "citedesk.dropped": answer.dropped,
        "citedesk.degraded": answer.degraded,
    }


def _of_model(answer: Answer, model: str) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "gen_ai.usage.input_tokens": answer.usage.input_tokens,
        "gen_ai.usage.output_tokens": answer.usage.output_tokens,
    }


def _nanoseconds(timings: Mapping[str, float], step: str) -> int:
    return int(timings.get(step, 0.0) * 1e6)


def _context(at: TraceContext, span: str) -> "Context":
    """Under this span of the trace; the trace's beginning where it is empty."""
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    if not span:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if at.sampled else TraceFlags.DEFAULT)
    parent = SpanContext(int(at.trace, 16), int(span, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(parent), Context())


def _given_ids(random: type[Any]) -> Any:
    """Ids of our own choice for one span, random ones for the others."""

    class GivenIds(random):  # type: ignore[misc]  # the class is only known once the package is imported
        next: tuple[int, int] | None = None

        def generate_span_id(self) -> int:
            given, self.next = self.next, None
            return given[1] if given else int(super().generate_span_id())

        def generate_trace_id(self) -> int:
            return self.next[0] if self.next else int(super().generate_trace_id())

    return GivenIds()
