"""What the commands besides ``ask`` and ``search`` print with ``--json``, as types that ``docs/json.md`` shows."""

# pydantic checks real output against the shapes in the tests, and on Python 3.11 only takes this TypedDict.
from typing_extensions import TypedDict

Bounds = list[float] | None


class Failure(TypedDict):
    """Any command that ends with exit code 2 or 3."""

    error: str
    retryable: bool
