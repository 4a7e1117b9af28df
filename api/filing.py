"""What requests say that put documents in or change what is said of them."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from api.bodies import DEFAULT_KB, Body, Words
from api.errors import InvalidField
from core.errors import InvalidInput, Unavailable
from core.filtering import FORMAT, KIND, SOURCE, folded
from ingest.metadata import MAX_KEY_CHARS, MAX_KEYS, MAX_VALUE_CHARS, as_text, known_name
from ingest.uploads import Upload
from ingest.written import as_markdown, file_name
from store.edit import FROM, UNTIL, DocumentEdit
from store.job import Priority

# Names that filters take for something else, or that have a key of their own.
_TAKEN = frozenset({SOURCE, FORMAT, KIND, FROM, UNTIL, "title"})


class JobPriority(StrEnum):
    """Who waits for a job."""

    INTERACTIVE = "interactive"
    BATCH = "batch"

    def as_priority(self) -> Priority:
        """The same in the queue's words."""
        return Priority[self.name]


def _usable(given: object) -> object:
    """Names as ingestion knows them, so that what is said here and in a file is one thing."""
    if not isinstance(given, dict):
        return given
    if len(given) > MAX_KEYS:
        raise ValueError(f"{len(given)} names are too many; use at most {MAX_KEYS}")
    known = {known_name(name): value for name, value in given.items()}
    names = {folded(name) for name in known}
    if taken := sorted(names & _TAKEN):
        raise ValueError(f"{taken[0]!r} is no name for metadata: it follows from the document, or has its own key")
    if "" in names or len(names) < len(given):
        raise ValueError("a name is empty, or two are the same")
    return known


def _shown(value: str) -> str:
    if not (text := as_text(value)):
        raise ValueError("the value is empty; null takes the name away")
    return text


_Name = Annotated[Words, Field(max_length=MAX_KEY_CHARS)]
_Value = Annotated[Words, Field(max_length=MAX_VALUE_CHARS), AfterValidator(_shown)]
Fields = Annotated[dict[_Name, _Value], BeforeValidator(_usable)]
Changes = Annotated[dict[_Name, _Value | None], BeforeValidator(_usable)]


class TextBody(Body):
    """A text to put in, in English or Chinese."""

    kb: Words = Field(default=DEFAULT_KB, description="Name of the knowledge base, which must be there.")
    name: Words = Field(min_length=1, max_length=1_000, description="The source; `.md` is added where it is missing.")
    text: Words = Field(min_length=1, description="Markdown, or plain text.")
    metadata: Fields = Field(default={}, description="Value by name, such as `product`; filters find them.")
    valid_from: date | None = Field(default=None, description="First day on which it holds.")
    valid_until: date | None = Field(default=None, description="Last day on which it holds.")
    priority: JobPriority = JobPriority.INTERACTIVE

    def write_to(self, upload: Upload) -> None:
        """As the one file of an upload. Raises ``InvalidField`` for the name, ``Unavailable`` for a full disk."""
        try:
            _, path = upload.file(file_name(self.name))
        except InvalidInput as error:
            raise InvalidField("#/name", str(error)) from error
        ends = {FROM: self.valid_from, UNTIL: self.valid_until}
        stated = {name: day.isoformat() for name, day in ends.items() if day is not None}
        try:
            path.write_text(as_markdown(self.text, {**self.metadata, **stated}), encoding="utf-8", newline="")
        except OSError as error:
            raise Unavailable(f"the text cannot be stored: {error.strerror or error}") from error

    @model_validator(mode="after")
    def _in_order(self) -> "TextBody":
        _check_order(self.valid_from, self.valid_until)
        return self


class DocumentChanges(Body):
    """What is to change of a document; what is not named stays."""

    metadata: Changes = Field(default={}, description="Value by name; null takes a name away.")
    valid_from: date | None = Field(default=None, description="First day on which it holds; null: it always has.")
    valid_until: date | None = Field(default=None, description="Last day on which it holds; null: no end.")

    def to_edit(self) -> DocumentEdit:
        """The same in the record's words."""
        ends = frozenset({FROM, UNTIL}) & self.model_fields_set
        return DocumentEdit(metadata=self.metadata, valid_from=self.valid_from, valid_until=self.valid_until, sets=ends)

    @model_validator(mode="after")
    def _says_something(self) -> "DocumentChanges":
        if not self.model_fields_set:
            raise ValueError("nothing is to change; name metadata, valid_from or valid_until")
        _check_order(self.valid_from, self.valid_until)
        return self


def _check_order(valid_from: date | None, valid_until: date | None) -> None:
    if valid_from and valid_until and valid_until < valid_from:
        raise ValueError(f"valid_until {valid_until} is before valid_from {valid_from}")
