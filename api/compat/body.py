"""What a chat request may say. What would only change the words of a model is taken and has no effect; what asks for
another kind of answer is refused, and so is what nobody knows, as the protocol does."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from answer.conversation.context import MAX_VALUE_CHARS, MAX_VALUES
from api.bodies import MAX_TURNS, ContextBody, FilterBody, Words
from api.compat.content import without_marks
from api.errors import InvalidField
from core.filtering import visible
from core.types import ContextBlock, Question, Turn

_MAX_KEYS = 60
_MAX_MESSAGES = 1_000
_TEXT_PARTS = {"text", "input_text", "output_text", "refusal"}
_TEXT_SCHEMA = {
    "anyOf": [
        {"type": "string"},
        {"type": "null"},
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
                "required": ["type", "text"],
            },
        },
    ]
}
# What would change the kind of the answer, with the values that ask for nothing.
_REFUSED: dict[str, tuple[object, ...]] = {
    "tools": ([],),
    "functions": ([],),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "stop": ([],),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "modalities": (["text"],),
    "audio": (),
    "web_search_options": (),
}


def _text_of(given: object) -> object:
    """The text of a message, which may come in parts."""
    if given is None:
        return ""
    if not isinstance(given, list):
        return given
    texts = []
    for part in given:
        kind = part.get("type") if isinstance(part, dict) else None
        text = part.get("text", part.get("refusal")) if isinstance(part, dict) else None
        if not isinstance(kind, str) or kind not in _TEXT_PARTS or not isinstance(text, str):
            raise PydanticCustomError("unsupported_content", "only text is read, not {kind}", {"kind": repr(kind)[:80]})
        texts.append(text)
    return "\n".join(texts)


class Unsupported(InvalidField):
    """The protocol knows the parameter; here it would ask for what no answer from documents can be."""


class Message(BaseModel):
    """One message; keys beside these have no effect."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[Words, BeforeValidator(_text_of), WithJsonSchema(_TEXT_SCHEMA)] = ""


class StreamOptions(BaseModel):
    """How to stream."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    include_usage: bool = Field(default=False, description="Send a last chunk with the usage and no choices.")


class Extension(BaseModel):
    """What `/v1/ask` takes besides."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    filter: FilterBody = FilterBody()
    context: list[ContextBody] = Field(default=[], max_length=9)


class ChatBody(BaseModel):
    """A conversation that ends with a question, in English or Chinese."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Words = Field(description="`citedesk/` and the name of a knowledge base; `GET /v1/models` lists them.")
    messages: list[Message] = Field(
        min_length=1,
        max_length=_MAX_MESSAGES,
        fail_fast=True,
        description="The last one asks. System and developer messages are read as data about the case: they help to "
        "choose, are never cited, and orders in them are dropped.",
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = None
    citedesk: Extension = Extension()

    # Of the words of a model, which an answer of located quotes does not have: no effect.
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    logit_bias: JsonValue = None
    user: Words | None = None
    safety_identifier: JsonValue = None
    prompt_cache_key: JsonValue = None
    prompt_cache_retention: JsonValue = None
    prediction: JsonValue = None
    metadata: JsonValue = None
    store: bool | None = None
    service_tier: JsonValue = None
    reasoning_effort: JsonValue = None
    verbosity: JsonValue = None
    parallel_tool_calls: bool | None = None

    # Of other kinds of answers: refused unless the value asks for nothing.
    tools: JsonValue = None
    functions: JsonValue = None
    tool_choice: JsonValue = None
    function_call: JsonValue = None
    response_format: JsonValue = None
    stop: JsonValue = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    modalities: JsonValue = None
    audio: JsonValue = None
    web_search_options: JsonValue = None

    @model_validator(mode="before")
    @classmethod
    def _few_keys(cls, given: object) -> object:
        if isinstance(given, dict) and len(given) > _MAX_KEYS:
            raise ValueError(f"{len(given)} parameters are too many")
        return given

    @model_validator(mode="after")
    def _refuse(self) -> "ChatBody":
        for name, neutral in _REFUSED.items():
            value = getattr(self, name)
            if value is not None and value not in neutral:
                raise Unsupported(f"#/{name}", f"{name!r} is not supported here; leave it out")
        if self.stream_options is not None and not self.stream:
            raise InvalidField("#/stream_options", "'stream_options' is only allowed when 'stream' is enabled")
        return self

    @property
    def includes_usage(self) -> bool:
        """Whether the stream is to end with the usage."""
        return self.stream_options is not None and self.stream_options.include_usage

    def to_question(self, kb: str) -> Question:
        """The same in the pipeline's words. Raises ``InvalidInput`` where no question ends the conversation."""
        spoken = [message for message in self.messages if message.role in ("user", "assistant")]
        if not spoken or spoken[-1].role != "user" or not spoken[-1].content.strip():
            raise InvalidField("#/messages", "the last message should be the user's, with a question in it")
        blocks = [block.to_block() for block in self.citedesk.context]
        return Question(
            text=spoken[-1].content,
            kb=kb,
            history=tuple(_turns(spoken[:-1]))[-MAX_TURNS:],
            filter=self.citedesk.filter.to_filter(),
            context=(*blocks, *_system(self.messages)),
        )


def _turns(messages: list[Message]) -> list[Turn]:
    """Our own answers without marks and sources, so that they read as they were said."""
    turns = []
    for message in messages:
        if message.role == "user" and message.content.strip():
            turns.append(Turn(role="user", content=message.content))
        elif message.role == "assistant" and message.content.strip():
            turns.append(Turn(role="assistant", content=without_marks(message.content)))
    return turns


def _system(messages: list[Message]) -> list[ContextBlock]:
    """What the messages of the application say, line by line, so that an order in one takes no other with it."""
    lines = [
        " ".join(visible(line).split())[:MAX_VALUE_CHARS]
        for message in messages
        if message.role in ("system", "developer")
        for line in message.content.splitlines()
        if line.strip()
    ]
    data = {f"line {number}": line for number, line in enumerate(lines[:MAX_VALUES], start=1)}
    return [ContextBlock(name="system", data=data)] if data else []
