"""Where a request stands in a trace that several services share: W3C Trace Context, level 1 and 2.

A caller that sends `traceparent` finds its own trace id in our responses and log; others get a new one. The header
decides nothing else, so that nobody gains by making one up.
"""

import re
import secrets
import uuid
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]

# Versions above 00 may go on after another dash; ff is none.
_PARENT = re.compile(rb"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceContext:
    """``trace`` has 32 hexadecimal digits, ``span`` and ``parent`` 16; an empty ``parent`` is the trace's beginning."""

    trace: str = field(default_factory=lambda: secrets.token_hex(16))
    span: str = field(default_factory=lambda: secrets.token_hex(8))
    parent: str = ""
    sampled: bool = True

    @property
    def trace_id(self) -> str:
        """The same number as a UUID, as problem documents name it."""
        return str(uuid.UUID(self.trace))

    @property
    def header(self) -> str:
        """This request as `traceparent` and `traceresponse` write it."""
        return f"00-{self.trace}-{self.span}-{int(self.sampled):02x}"


CURRENT: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)
"""That of the request which this task works for."""


def received(headers: Headers) -> TraceContext:
    """The caller's trace where its header is sound, else a new one: the standard forbids to mend it."""
    given = [value for name, value in headers if name == b"traceparent"]
    found = _PARENT.fullmatch(given[0].strip()) if len(given) == 1 else None
    if found is None or (found[1] == b"00" and found[5]) or not (int(found[2], 16) and int(found[3], 16)):
        return TraceContext()
    sampled = bool(int(found[4], 16) & 1)
    return TraceContext(trace=found[2].decode(), parent=found[3].decode(), sampled=sampled)
