"""How much a model may write for the answer that is being made: less where a budget comes to its end.

A context variable, as the deadlines of anyio are: it has to reach the models' adapter through stages that decide
nothing by it, and belongs to the task that makes the answer.
"""

from contextvars import ContextVar

_most: ContextVar[int | None] = ContextVar("max_tokens", default=None)


def allow(tokens: int | None) -> None:
    """For all models that this task asks from now on; None: what the settings say."""
    _most.set(tokens)


def allowed(tokens: int) -> int:
    """``tokens`` of the settings, or less."""
    most = _most.get()
    return tokens if most is None else min(tokens, most)
