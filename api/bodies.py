"""What a request may say, and the small documents that only HTTP answers with.

Unknown keys of a request are refused, so that a misspelt option is never ignored in silence.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from answer.conversation.context import MAX_BLOCKS, context_block
from core.filtering import MAX_CONDITIONS, MAX_VALUES
from core.types import Condition, ContextBlock, Filter, Question, SearchStage, Turn
from store.feedback import Opinion, Rating, Reason

MAX_TURNS = 200
MAX_HITS = 1_000
MAX_KEYS = 20
MAX_NAME = 1_000
DEFAULT_KB = "default"


def _well_formed(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half of a surrogate pair") from error
    return text


# JSON can spell half of a surrogate pair; no store, model or response could take it.
Words = Annotated[str, AfterValidator(_well_formed)]


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"character {text.index(chr(0))} is a NUL")
    return text


# PostgreSQL takes no NUL, and no document has one in its metadata.
Name = Annotated[Words, AfterValidator(_without_nul)]


class Body(BaseModel):
    """What a request says, with no keys but those that are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few_keys(cls, given: object) -> object:
        # One error for each of 80,000 unknown keys would hold up every other request for half a second.
        if isinstance(given, dict) and len(given) > MAX_KEYS:
            raise ValueError(f"{len(given)} keys are too many; known are {', '.join(cls.model_fields)}")
        return given


class TurnBody(Body):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: Words


# Stops at the first bad turn: a megabyte of them would otherwise become half a million error entries.
History = Annotated[list[TurnBody], Field(max_length=MAX_TURNS, fail_fast=True, description="Oldest first.")]


def _few_names(given: object) -> object:
    if isinstance(given, dict) and len(given) > MAX_CONDITIONS:
        raise ValueError(f"{len(given)} names are too many; use at most {MAX_CONDITIONS}")
    return given


Accepted = Name | Annotated[list[Name], Field(min_length=1, max_length=MAX_VALUES, fail_fast=True)]
Conditions = Annotated[dict[Name, Accepted], BeforeValidator(_few_names)]


class FilterBody(Body):
    """Which documents may answer; all of it must hold.

    Names are `source` (a path, a folder, or a pattern with `*` and `?`), `language`, `format`, `kind` (of the passage:
    prose, table, code or faq) and the names of the documents' metadata.
    """

    where: Conditions = Field(default={}, description="Value by name, or a list of values of which one must hold.")
    without: Conditions = Field(default={}, description="As `where`: none of these may hold.")
    as_of: date | None = Field(default=None, description="Documents that are valid on this day.")

    def to_filter(self) -> Filter | None:
        """The same in the search's words; None where nothing is asked for."""
        conditions = tuple(
            Condition(name=name, values=(given,) if isinstance(given, str) else tuple(given), negated=negated)
            for asked, negated in ((self.where, False), (self.without, True))
            for name, given in asked.items()
        )
        return Filter(conditions=conditions, as_of=self.as_of) if conditions or self.as_of else None


class ContextBody(Body):
    """What is known of the case, such as an order or the customer's plan; it helps to choose, and is never cited."""

    name: Words = Field(description="Of the whole, such as `customer`.")
    data: dict[Words, JsonValue] = Field(description="Values by name; what is nested gets names with dots.")

    def to_block(self) -> ContextBlock:
        """The same in the pipeline's words. Raises ``InvalidInput`` for too much of it."""
        return context_block(self.name, self.data)


class AskBody(Body):
    """A question, in English or Chinese."""

    question: Words = Field(description="Limited by `answer.max_question_chars`, 4,000 characters by default.")
    kb: Words = Field(default=DEFAULT_KB, description="Name of the knowledge base.")
    history: History = []
    filter: FilterBody = FilterBody()
    context: list[ContextBody] = Field(default=[], max_length=MAX_BLOCKS, description="What is known of the case.")
    stream: bool = Field(default=False, description="Send server-sent events, whatever `Accept` says.")

    def to_question(self) -> Question:
        """The same question in the pipeline's words."""
        turns = tuple(Turn(role=turn.role, content=turn.content) for turn in self.history)
        context = tuple(block.to_block() for block in self.context)
        return Question(text=self.question, kb=self.kb, history=turns, filter=self.filter.to_filter(), context=context)


class SearchBody(Body):
    """Words to search for, in English or Chinese."""

    query: Words = Field(description="Limited as a question is.")
    kb: Words = Field(default=DEFAULT_KB, description="Name of the knowledge base.")
    k: int = Field(default=10, ge=1, le=MAX_HITS, description="Hits to return at most.")
    stage: SearchStage = Field(default=SearchStage.RERANK, description="How far the search goes before it returns.")
    filter: FilterBody = FilterBody()
    explain: bool = Field(default=False, description="Say how the hits came about.")
    why: Name = Field(
        default="",
        max_length=MAX_NAME,
        description="Id of a passage or document, or a source: say what became of it; implies `explain`.",
    )

    def to_filter(self) -> Filter | None:
        """What is asked of documents."""
        return self.filter.to_filter()


class FeedbackBody(Body):
    """What somebody thinks of an answer; sent again, it replaces what the same author said of it before."""

    trace_id: Name = Field(max_length=64, description="Of the answer.")
    rating: Rating | None = Field(default=None, description="A thumb; null for none.")
    reason: Reason | None = Field(default=None, description="Why it is down.")
    comment: Words = Field(default="", max_length=2_000, description="In words. Personal data is replaced.")
    corrected_answer: Words = Field(
        default="", max_length=8_000, description="What the answer should have been. Personal data is replaced."
    )
    missing_document: bool = Field(default=False, description="The documents lack what was asked for.")
    author: Words = Field(
        default="", max_length=200, description="Who says so, where many speak through one key. Kept as a digest only."
    )

    def to_opinion(self) -> Opinion:
        """The same in the record's words. Raises ``InvalidInput`` where it says nothing or contradicts itself."""
        return Opinion(
            rating=self.rating,
            reason=self.reason,
            comment=self.comment,
            corrected_answer=self.corrected_answer,
            missing_document=self.missing_document,
        )


class KnowledgeBaseDocument(BaseModel):
    """One knowledge base."""

    name: str


class KnowledgeBasesDocument(BaseModel):
    """Every knowledge base, by name."""

    kbs: list[KnowledgeBaseDocument]


class HealthDocument(BaseModel):
    """The process runs."""

    status: Literal["alive"]


class ReadyDocument(BaseModel):
    """Whether questions can be answered now."""

    status: Literal["ready", "degraded", "not_ready"]
    components: dict[str, str] = Field(description="Component to `ok` or what is wrong with it.")
    degraded: tuple[str, ...] = Field(description="The components that are not `ok`, in order.")
