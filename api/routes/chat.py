"""The chat interface of OpenAI's clients: ``/v1/chat/completions`` and ``/v1/models``."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Body, Request
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.responses import JSONResponse, Response

from api.asked import check_length, note_answer
from api.auth import TheRoom, needs
from api.compat import described
from api.compat.body import ChatBody
from api.compat.chunks import chunk_frames
from api.compat.completion import ChatCompletion, Envelope
from api.compat.errors import CompatRoute, error_reporter
from api.compat.models import Model, ModelList, UnknownModel, kb_of, model_of
from api.disconnect import unless_gone
from api.errors import answer_problem
from api.room import Room
from api.routes.service import TheService, taking_json
from api.sse import EventStream
from core.errors import NotFound
from core.types import AnswerStatus
from store.kb_key import KbKey
from store.key import Scope


class _Whole(PathConvertor):
    """The rest of a path; Starlette's own ends where a line does, and the router's 404 has not OpenAI's shape."""

    regex = r"[\s\S]*"


register_url_convertor("whole", _Whole())
router = APIRouter(prefix="/v1", route_class=CompatRoute)


@router.post(
    "/chat/completions",
    operation_id="chat",
    summary="Answer a conversation, for OpenAI's clients",
    response_model=ChatCompletion,
    responses=described.chat_responses(),
    dependencies=taking_json,
    **needs(Scope.ASK),
)
async def chat(
    body: Annotated[ChatBody, Body(openapi_examples=dict(described.CHAT_BODIES))],
    request: Request,
    service: TheService,
    room: TheRoom,
) -> Response:
    """Whole, or as server-sent chunks that end with `[DONE]`. Claims carry `[n]` marks, sources follow.

    `citedesk` holds the `ask` document with every located quote. Parameters that would only change the words of a
    model have no effect; those that ask for another kind of answer, and unknown ones, are refused.
    """
    question = body.to_question(kb_of(body.model))
    check_length("messages", question.text, service.max_question_chars)
    key = await to_thread.run_sync(_require, room, body.model)
    envelope = Envelope(trace_id=request.state.trace_id, model=body.model, messages=body.messages)
    noted = partial(note_answer, request)
    if body.stream:
        frames = chunk_frames(
            await unless_gone(request.receive, room.open(key, question)),
            envelope,
            includes_usage=body.includes_usage,
            report=error_reporter(envelope.trace_id),
            finished=noted,
        )
        return EventStream(frames)
    answer = await unless_gone(request.receive, room.ask(key, question))
    noted(answer)
    if answer.status is AnswerStatus.UNAVAILABLE:
        raise answer_problem(answer)
    return JSONResponse(envelope.completion(answer))


@router.get(
    "/models",
    operation_id="list_models",
    summary="List the knowledge bases as models",
    response_model=ModelList,
    responses=described.read_responses(described.MODELS),
    **needs(Scope.ASK),
)
async def list_models(room: TheRoom) -> Response:
    """Those that the key may ask, by name."""
    names = await to_thread.run_sync(room.knowledge_bases)
    return JSONResponse(ModelList(data=tuple(map(model_of, names))).model_dump())


@router.get(
    "/models/{model:whole}",
    operation_id="show_model",
    summary="One knowledge base as a model",
    response_model=Model,
    responses=described.read_responses(described.MODEL),
    **needs(Scope.ASK),
)
async def show_model(model: str, room: TheRoom) -> Response:
    """404 for one that is not there or not the key's."""
    await to_thread.run_sync(_require, room, model)
    return JSONResponse(model_of(kb_of(model)).model_dump())


def _require(room: Room, model: str) -> KbKey:
    try:
        return room.require(kb_of(model))
    except NotFound as error:
        raise UnknownModel(model) from error
