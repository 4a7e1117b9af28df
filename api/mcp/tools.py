"""The tools, without the protocol: what they take, who may use them, and what they give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.asked import check_length
from api.bodies import Words
from api.compat.content import content
from api.errors import MissingScope
from api.mcp.passages import passage_of
from api.room import Room
from api.schemas import JsonObject, ask_document
from core.errors import InvalidInput
from core.types import Question, SearchStage, Turn
from store.catalog import Catalog
from store.key import Scope

_MOST_NAMED = 50
_MOST_TURNS = 50


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SearchArguments(_Arguments):
    """Find passages of the documents, best first. Each has a `chunk_id`, by which `get_passage` shows it whole."""

    query: Words = Field(description="In English or Chinese.")
    kb: Words = "default"
    k: Annotated[int, Field(ge=1, le=50, description="Passages at most.")] = 5


class AskArguments(_Arguments):
    """Answer a question from the documents. Every sentence is proven by a located quote; where the documents do not
    hold the answer it says so. Keep the `[n]` marks when you pass it on."""

    question: Words = Field(description="In English or Chinese.")
    kb: Words = "default"
    earlier: Annotated[
        list[Words], Field(max_length=_MOST_TURNS, fail_fast=True, description="Earlier questions, oldest first.")
    ] = []


class PassageArguments(_Arguments):
    """One passage, character for character as it is stored, with the document it stands in."""

    chunk_id: Words = Field(max_length=200, description="From `search` or from a citation of `ask`.")
    kb: Words = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """``text`` is for a model to read, ``document`` holds the same and more as JSON; a problem where it ``failed``."""

    text: str
    document: JsonObject
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolDescription:
    """``schema`` is JSON Schema of the arguments."""

    name: str
    title: str
    text: str
    schema: dict[str, Any]


_TOOLS: Mapping[str, tuple[str, Scope, type[_Arguments]]] = {
    "search": ("Search documents", Scope.SEARCH, SearchArguments),
    "ask": ("Answer from documents", Scope.ASK, AskArguments),
    "get_passage": ("Show a passage", Scope.SEARCH, PassageArguments),
}


class Toolbox:
    """The tools as one caller may use them. ``searches`` bounds those of all callers that run at the same time."""

    def __init__(
        self, room: Room, catalog: Catalog, *, max_question_chars: int, searches: CapacityLimiter | None = None
    ) -> None:
        self._room = room
        self._catalog = catalog
        self._max_question_chars = max_question_chars
        self._searches = searches

    async def describe(self) -> list[ToolDescription]:
        """Those that the caller's scopes allow, with the names of the caller's knowledge bases."""
        names = await to_thread.run_sync(self._room.knowledge_bases)
        return [
            ToolDescription(
                name=name, title=title, text=" ".join((kind.__doc__ or "").split()), schema=_schema(kind, names)
            )
            for name, (title, scope, kind) in _TOOLS.items()
            if self._room.caller.may(scope)
        ]

    async def call(self, name: str, arguments: Mapping[str, Any]) -> ToolResult:
        """Raises ``InvalidInput`` for an unknown tool or arguments, ``MissingScope``, or as the room does."""
        if name not in _TOOLS:
            raise InvalidInput(f"there is no tool {name[:80]!r}; there is: {', '.join(_TOOLS)}")
        _, scope, kind = _TOOLS[name]
        if not self._room.caller.may(scope):
            raise MissingScope([scope], self._room.caller.scopes)
        match _read(kind, arguments):
            case SearchArguments() as given:
                return await self._search(given)
            case AskArguments() as given:
                return await self._ask(given)
            case PassageArguments() as given:
                return await to_thread.run_sync(self._passage, given)
        raise AssertionError(f"nothing does {name}")

    async def _search(self, given: SearchArguments) -> ToolResult:
        check_length("query", given.query, self._max_question_chars)

        def search() -> JsonObject:
            stage = SearchStage.RERANK
            return self._room.search(given.kb, given.query, given.k, stage, None, explain=False, why="")

        document = await to_thread.run_sync(search, limiter=self._searches)
        return ToolResult(text=_listed(document), document=document)

    async def _ask(self, given: AskArguments) -> ToolResult:
        check_length("question", given.question, self._max_question_chars)
        key = await to_thread.run_sync(self._room.require, given.kb)
        history = tuple(Turn(role="user", content=text) for text in given.earlier)
        answer = await self._room.ask(key, Question(text=given.question, kb=given.kb, history=history))
        return ToolResult(text=content(answer), document=ask_document(answer))

    def _passage(self, given: PassageArguments) -> ToolResult:
        document = passage_of(self._catalog, self._room.require(given.kb), given.chunk_id)
        return ToolResult(text=_heading(document) + f"\n\n{document['text']}", document=document)


def _read(kind: type[_Arguments], arguments: Mapping[str, Any]) -> _Arguments:
    try:
        return kind.model_validate(dict(arguments))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the arguments"
        raise InvalidInput(f"{where}: {first['msg']}; known are {', '.join(kind.model_fields)}") from error


def _schema(kind: type[_Arguments], names: list[str]) -> dict[str, Any]:
    schema = kind.model_json_schema()
    schema.pop("description", None)
    kb = schema["properties"]["kb"]
    kb["description"] = "Knowledge base."
    if 0 < len(names) <= _MOST_NAMED:
        kb["enum"] = names
    if "default" not in names:
        kb.pop("default")
        schema["required"] = [*schema["required"], "kb"]
    return schema


def _listed(found: JsonObject) -> str:
    hits: list[JsonObject] = found["hits"]  # type: ignore[assignment]  # the search shape
    if not hits:
        return "Nothing was found. 没有找到。"
    return "\n\n".join(f"{_heading(hit)}\n\n{hit['text']}" for hit in hits)


def _heading(passage: JsonObject) -> str:
    page = f", page {passage['page']}" if passage["page"] else ""
    return f"[{passage['chunk_id']}] {passage['title']} ({passage['source']}{page})"
