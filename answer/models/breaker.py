"""A breaker in front of each answer model: one that keeps failing is not asked for a while, so that nobody waits.

States and words after Nygard, Release It!, chapter 5. Time is monotonic: a clock that is set does not move a pause.
"""

import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from enum import StrEnum

from core.errors import DependencyError, Unavailable
from core.ports import AnswerModel, Message, ModelDelta

_WINDOW = 100
_LEAST = 10
_SHARE = 0.5
_PAUSE_SECONDS = 10.0


class BreakerState(StrEnum):
    """``closed``: calls go through; ``open``: none does; ``half_open``: one does, to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(slots=True)
class Call:
    """One call on its way."""

    failed: bool = False


class Breaker:
    """Opens when more than half of the last 100 calls failed, of at least ten; ten seconds later it lets one through.

    That one closes it, or opens it for another ten seconds. Calls that were cancelled, and those that ended after the
    breaker opened or closed, say nothing. Thread-safe.
    """

    def __init__(
        self,
        name: str,
        *,
        least: int = _LEAST,
        pause_seconds: float = _PAUSE_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._least = least
        self._pause_seconds = pause_seconds
        self._now = now
        self._guard = threading.Lock()
        self._failed: deque[bool] = deque(maxlen=_WINDOW)
        self._opened_at: float | None = None
        self._probing = False
        self._turn = 0  # grows with every opening and closing, so that a call knows whether it is of yesterday

    @property
    def state(self) -> BreakerState:
        """As the next call would find it."""
        with self._guard:
            if self._opened_at is None:
                return BreakerState.CLOSED
            return BreakerState.HALF_OPEN if self._wait() <= 0 else BreakerState.OPEN

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Around one call, which may be marked as failed without an error.

        Raises ``Unavailable`` where none may be made now, and what the call raises.
        ``Unavailable`` and every error that nobody mapped count as failures. Other errors of a dependency are answers
        about the request or the settings, from a server that runs.
        """
        turn, call = self._enter(), Call()
        try:
            yield call
        except DependencyError as error:
            self._leave(turn, failed=isinstance(error, Unavailable))
            raise
        except Exception:
            self._leave(turn, failed=True)
            raise
        except BaseException:  # cancelled, or the reader went away
            self._leave(turn, failed=None)
            raise
        self._leave(turn, failed=call.failed)

    def _enter(self) -> int:
        with self._guard:
            if self._opened_at is not None:
                if self._probing or self._wait() > 0:
                    raise Unavailable(
                        f"{self._name} failed too often and is left alone for {self._pause_seconds:g} seconds; "
                        "then one call tries it again"
                    )
                self._probing = True
            return self._turn

    def _leave(self, turn: int, *, failed: bool | None) -> None:
        with self._guard:
            if turn != self._turn:
                return
            if failed is None:
                self._probing = False  # the next call may try
            elif self._opened_at is not None:
                self._switch(open_now=failed)
            else:
                self._failed.append(failed)
                enough = len(self._failed) >= self._least
                if failed and enough and sum(self._failed) > _SHARE * len(self._failed):
                    self._switch(open_now=True)

    def _switch(self, *, open_now: bool) -> None:
        self._opened_at = self._now() if open_now else None
        self._failed.clear()
        self._probing = False
        self._turn += 1

    def _wait(self) -> float:
        return 0.0 if self._opened_at is None else self._opened_at + self._pause_seconds - self._now()


class Breakers:
    """One breaker for each model at each server, shared by all who ask it. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[tuple[str, str], Breaker] = {}

    def of(self, model: str, base_url: str) -> Breaker:
        """The breaker of a model at an address, which is not shown."""
        with self._guard:
            return self._known.setdefault((model, base_url), Breaker(f"the model {model!r}"))

    def states(self) -> Mapping[str, BreakerState]:
        """By model, which the settings name; of a model at several servers the worst."""
        worst: dict[str, BreakerState] = {}
        with self._guard:
            known = list(self._known.items())
        for (model, _), breaker in known:
            worst[model] = max(breaker.state, worst.get(model, BreakerState.CLOSED), key=_BADNESS.index)
        return worst


_BADNESS = (BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN)


class GuardedModel:
    """An answer model behind its breaker."""

    def __init__(self, model: AnswerModel, breaker: Breaker) -> None:
        self._model = model
        self._breaker = breaker

    @property
    def name(self) -> str:
        """The model's."""
        return self._model.name

    @property
    def parameters(self) -> Mapping[str, float | int | str]:
        """The model's."""
        return self._model.parameters

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[ModelDelta]:
        """As the model's. Raises ``Unavailable`` at once while the breaker is open; a cut stream counts as failed."""
        with self._breaker.call() as call:
            call.failed = True
            async with aclosing(self._model.stream(messages)) as deltas:
                async for delta in deltas:
                    call.failed = call.failed and delta.finish_reason is None
                    yield delta
