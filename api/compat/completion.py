"""A chat completion: what OpenAI's clients read, and the whole ``ask`` document beside it under ``citedesk``."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from api.citation_schema import Shape
from api.compat.body import Message
from api.compat.content import content
from api.schemas import AskDocument, JsonObject, ask_document
from core.text import count_tokens
from core.types import Answer


class TokenUsage(Shape):
    """Tokens of the model that answered; where none was asked, our own count of the messages and the answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Said(Shape):
    """The answer as a message."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="Claims with `[n]` marks, then the sources that the marks name.")
    refusal: None = None


class Choice(Shape):
    """The only one."""

    index: Literal[0] = 0
    message: Said
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Cited(Shape):
    """The same answer with its citations: marks are numbers of its evidence."""

    answer: AskDocument


class ChatCompletion(Shape):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Seconds since 1970.")
    model: str
    choices: tuple[Choice, ...]
    usage: TokenUsage
    system_fingerprint: None = None
    citedesk: Cited


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What all parts of one completion share. ``trace_id`` is that of the request."""

    trace_id: str
    model: str
    messages: Sequence[Message]
    created: int = field(default_factory=lambda: int(time.time()))

    @property
    def id(self) -> str:
        """As the protocol writes them."""
        return "chatcmpl-" + self.trace_id.replace("-", "")

    def completion(self, answer: Answer) -> JsonObject:
        """The whole answer."""
        document = ask_document(answer)
        choice = Choice(message=Said(content=content(answer))).model_dump(mode="json")
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [choice],
            "usage": self.usage(answer).model_dump(),
            "system_fingerprint": None,
            "citedesk": {"answer": document},
        }

    def chunk(self, delta: JsonObject, finish_reason: str | None = None, cited: JsonObject | None = None) -> JsonObject:
        """One part. ``cited`` is what stands beside the words."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        document: JsonObject = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [choice],
        }
        return document if cited is None else {**document, "citedesk": cited}

    def usage(self, answer: Answer) -> TokenUsage:
        """Of the models that were asked, else of the conversation by our own count."""
        read, wrote = answer.usage.input_tokens, answer.usage.output_tokens
        if not read:
            read = sum(count_tokens(message.content) for message in self.messages)
            wrote = count_tokens(content(answer))
        return TokenUsage(prompt_tokens=read, completion_tokens=wrote, total_tokens=read + wrote)
