"""Every error that Citedesk raises on purpose.

    CitedeskError
    ├── InvalidInput              the caller's words or files are off          exit 2
    │   └── NotFound              a knowledge base, document or path is absent exit 2
    ├── ParseError                one file could not be read                   recorded, the run goes on
    └── DependencyError           something that Citedesk needs is not usable  exit 3
        ├── DependencyMissing     not installed or not present
        ├── Unavailable           present but not answering now                retryable
        ├── IndexLocked           another process owns the index directory     retryable
        ├── RecordError           the catalog cannot be opened or migrated
        └── ModelRefused          a model's files fail their check

An error says what was wrong, with the value, and what to do. Vendor errors are mapped to these at the adapter.
HTTP status codes live in ``api/errors.py`` only.
"""

from typing import ClassVar

from core.types import Outcome


class CitedeskError(Exception):
    """Base of the tree. ``retryable`` says whether the same call may succeed later without any change."""

    retryable: ClassVar[bool] = False


class InvalidInput(CitedeskError):
    """What the caller gave cannot be used; the message names the value and what would be accepted."""


class NotFound(InvalidInput):
    """The thing that the caller named does not exist."""


class ParseError(CitedeskError):
    """One file gave no document. ``outcome`` is what the record keeps; ``parser`` says who judged."""

    def __init__(self, reason: str, *, outcome: Outcome = Outcome.FAILED, parser: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome
        self.parser = parser

    def __reduce__(self) -> tuple[object, ...]:
        # Parser workers are other processes; the default reduction loses keyword-only arguments.
        return (_parse_error, (self.reason, self.outcome, self.parser))


def _parse_error(reason: str, outcome: Outcome, parser: str) -> ParseError:
    return ParseError(reason, outcome=outcome, parser=parser)


class DependencyError(CitedeskError):
    """Something outside this process that the call needs cannot be used."""


class DependencyMissing(DependencyError):
    """A package, program or model is not installed; the message says how to install it."""


class Unavailable(DependencyError):
    """A part is installed but does not answer now (a model server that is down, a time-out)."""

    retryable = True


class IndexLocked(DependencyError):
    """Another process owns the index directory."""

    retryable = True


class RecordError(DependencyError):
    """The catalog cannot be opened, is of a newer version, or is damaged."""


class ModelRefused(DependencyError):
    """A model's files fail their check: wrong hash, unsafe format, missing tokenizer."""
