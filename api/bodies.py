"""What a request may say, and the small documents that only HTTP answers with.

Unknown keys of a request are refused, so that a misspelt option is never ignored in silence.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from core.types import Question, SearchStage, Turn

MAX_TURNS = 200
MAX_HITS = 1_000
MAX_KEYS = 20
DEFAULT_KB = "default"


def _well_formed(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"character {error.start} is half of a surrogate pair") from error
    return text


# JSON can spell half of a surrogate pair; no store, model or response could take it.
Words = Annotated[str, AfterValidator(_well_formed)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _few_keys(cls, given: object) -> object:
        # One error for each of 80,000 unknown keys would hold up every other request for half a second.
        if isinstance(given, dict) and len(given) > MAX_KEYS:
            raise ValueError(f"{len(given)} keys are too many; known are {', '.join(cls.model_fields)}")
        return given


class TurnBody(_Body):
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    content: Words


# Stops at the first bad turn: a megabyte of them would otherwise become half a million error entries.
History = Annotated[list[TurnBody], Field(max_length=MAX_TURNS, fail_fast=True, description="Oldest first.")]


class AskBody(_Body):
    """A question, in English or Chinese."""

    question: Words = Field(description="Limited by `answer.max_question_chars`, 4,000 characters by default.")
    kb: Words = Field(default=DEFAULT_KB, description="Name of the knowledge base.")
    history: History = []
    stream: bool = Field(default=False, description="Send server-sent events, whatever `Accept` says.")

    def to_question(self) -> Question:
        """The same question in the pipeline's words."""
        turns = tuple(Turn(role=turn.role, content=turn.content) for turn in self.history)
        return Question(text=self.question, kb=self.kb, history=turns)


class SearchBody(_Body):
    """Words to search for, in English or Chinese."""

    query: Words = Field(description="Limited as a question is.")
    kb: Words = Field(default=DEFAULT_KB, description="Name of the knowledge base.")
    k: int = Field(default=10, ge=1, le=MAX_HITS, description="Hits to return at most.")
    stage: SearchStage = Field(default=SearchStage.RERANK, description="How far the search goes before it returns.")


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

    status: Literal["ready", "not_ready"]
    components: dict[str, str] = Field(description="Component to `ok` or what is wrong with it.")
