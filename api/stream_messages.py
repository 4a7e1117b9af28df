"""What a client may say over the WebSocket, and how its messages are read."""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.bodies import AskBody, Words
from api.errors import InvalidField, pointer_of


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignIn(_Message):
    """Who asks; the first message where neither a header nor a subprotocol said it."""

    type: Literal["auth"]
    key: Words


class Ask(AskBody):
    """As the body of ``/v1/ask``; ``id`` comes back with every event of the answer."""

    type: Literal["ask"]
    id: Words = Field(default="", max_length=100)


class Cancel(_Message):
    """Stop the answer that is being made."""

    type: Literal["cancel"]


class Ping(_Message):
    """Are you there? For browsers, which cannot send the protocol's own ping."""

    type: Literal["ping"]


ClientMessage: TypeAlias = SignIn | Ask | Cancel | Ping
_KINDS: dict[str, type[ClientMessage]] = {"auth": SignIn, "ask": Ask, "cancel": Cancel, "ping": Ping}


class _Typed(BaseModel):
    model_config = ConfigDict(extra="ignore")

    type: Literal["auth", "ask", "cancel", "ping"]


def read_message(text: str) -> ClientMessage:
    """One message of JSON. Raises ``InvalidField`` that points at what is wrong with it."""
    try:
        kind = _KINDS[_Typed.model_validate_json(text).type]
        return kind.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        pointer = pointer_of(first["loc"])
        raise InvalidField(pointer, f"{pointer}: {first['msg']}") from error
