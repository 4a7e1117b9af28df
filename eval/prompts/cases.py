"""Cases that a prompt must pass: a question, the evidence it is asked with, and what the answer must be like."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, model_validator

from answer.conversation.understand import stand_alone
from core.errors import InvalidInput, NotFound
from core.text import count_tokens, language_of
from core.types import Chunk, ChunkKind, Evidence, Hit, Language, Question, Span, Stage, Turn
from eval.prompts.yaml import load_yaml

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _compiled(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    from jsonschema import Draft202012Validator, SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"no JSON schema: {error.message}") from error
    return schema


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Passage(_Part):
    """One piece of evidence, numbered from 1 by its place."""

    text: Text
    title: str = "Manual"
    page: int | None = None


class Said(_Part):
    """One turn before the question."""

    role: Literal["user", "assistant"]
    content: Text


class Similar(_Part):
    """The claims' text must be this close to ``to``, by the cosine of the embedder's vectors."""

    to: Text
    at_least: float = Field(gt=0, le=1)


class Expected(_Part):
    """What the answer must be like; what is left out is not looked at.

    - ``abstains``: true for no claim and "insufficient", false for one claim at least
    - ``matches``: regular expressions, each found in the claims' text
    - ``contains``: strings, each in the claims' text
    - ``not_contains``: strings, none of them anywhere in what the model wrote
    - ``cites``: evidence that must be cited; ``cites_only``: evidence that may be
    - ``json_schema``: that the whole completion must follow
    - ``similar``: what the claims' text must mean
    - ``max_tokens``: of the completion, at most
    - ``proven``: true where every claim must pass the proof that the product demands
    """

    abstains: bool | None = None
    matches: tuple[Annotated[Text, AfterValidator(_compiled)], ...] = ()
    contains: tuple[Text, ...] = ()
    not_contains: tuple[Text, ...] = ()
    cites: tuple[int, ...] = ()
    cites_only: tuple[int, ...] = ()
    json_schema: Annotated[dict[str, Any], AfterValidator(_schema)] | None = None
    similar: Similar | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    proven: Literal[True] | None = None


KINDS = tuple(Expected.model_fields)


class IdealCitation(_Part):
    """A quote of one piece of evidence."""

    evidence: int
    quote: Text


class IdealClaim(_Part):
    """A claim as a good answer makes it."""

    text: Text
    citations: tuple[IdealCitation, ...] = Field(min_length=1)


class Ideal(_Part):
    """One answer that meets all expectations: it documents the case and proves that it can be passed."""

    claims: tuple[IdealClaim, ...] = ()
    insufficient: bool = False


class PromptCase(_Part):
    """One case. ``id`` names its snapshot file; ``today`` is told to the model where it is given."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
    tags: tuple[Text, ...] = ()
    question: Text
    history: tuple[Said, ...] = ()
    today: date | None = None
    evidence: tuple[Passage, ...] = ()
    expect: Expected
    ideal: Ideal | None = None

    @model_validator(mode="after")
    def _checked(self) -> "PromptCase":
        numbers = {*self.expect.cites, *self.expect.cites_only}
        if unknown := sorted(number for number in numbers if not 1 <= number <= len(self.evidence)):
            raise ValueError(f"evidence {unknown} is expected to be cited, there are {len(self.evidence)} pieces")
        if not self.expected_kinds:
            raise ValueError(f"nothing is expected; give one of {', '.join(KINDS)}")
        return self

    @property
    def expected_kinds(self) -> tuple[str, ...]:
        """The kinds of expectation that the case has, in the order of ``KINDS``."""
        return tuple(kind for kind in KINDS if getattr(self.expect, kind) not in (None, ()))

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The conversation before the question, oldest first."""
        return tuple(Turn(role=said.role, content=said.content) for said in self.history)

    @property
    def asked(self) -> str:
        """The question as the model gets it: a follow-up is made to stand alone first."""
        return stand_alone(Question(text=self.question, kb="", history=self.turns))

    @property
    def language(self) -> Language:
        """By which the prompt is chosen."""
        return language_of(self.asked)

    @property
    def numbered(self) -> tuple[Evidence, ...]:
        """The evidence as the answer path numbers it."""
        return tuple(_evidence(number, passage) for number, passage in enumerate(self.evidence, start=1))


def load_cases(folder: Path) -> list[PromptCase]:
    """All cases of the ``.yaml`` files in ``folder``, by file name and in file order.

    Raises ``NotFound`` without a folder or a file, and ``InvalidInput`` with file and line for what is malformed and
    for an id that stands twice.
    """
    if not folder.is_dir():
        raise NotFound(f"no folder {str(folder)!r}: it should hold prompt cases as .yaml files")
    paths = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not paths:
        raise NotFound(f"no .yaml file in {str(folder)!r}: it should hold prompt cases")
    places: dict[str, Path] = {}
    cases: list[PromptCase] = []
    for path in paths:
        for case in load_yaml(path, TypeAdapter(list[PromptCase])):
            if case.id in places:
                raise InvalidInput(f"{path}: the case id {case.id!r} stands in {places[case.id]} as well; rename one")
            places[case.id] = path
            cases.append(case)
    return cases


def _evidence(number: int, passage: Passage) -> Evidence:
    chunk = Chunk(
        id=f"passage-{number}",
        document_id=f"document-{number}",
        source=f"{number}.md",
        title=passage.title,
        span=Span(0, len(passage.text)),
        text=passage.text,
        heading_path=(),
        page=passage.page,
        kind=ChunkKind.PROSE,
        language=language_of(passage.text),
        token_count=count_tokens(passage.text),
        ordinal=0,
    )
    return Evidence(number=number, hit=Hit(chunk=chunk, score=1 / number, stage=Stage.RERANKED))
