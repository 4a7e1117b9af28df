"""What people think of answers, and what they ask for in vain."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Body, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api import feedback_examples, openapi
from api.auth import TheRoom, needs
from api.bodies import FeedbackBody, Words
from api.errors import CREATED, NO_CONTENT, OK
from api.once import OnceRoute
from api.opinions import Opinions
from api.routes.service import Cursor, Limit, TheService, guarded_router, taking_json
from api.shapes.feedback import Feedback, FeedbackCounts, FeedbackPage, FeedbackTopics, FeedbackWithTrace
from api.topic_board import topics_document
from store.feedback import Rating, Reason
from store.key import Scope

router = guarded_router("/v1/feedback", OnceRoute)


def _opinions(room: TheRoom) -> Opinions:
    return Opinions(room)


TheOpinions = Annotated[Opinions, Depends(_opinions)]
Kb = Annotated[Words | None, Query(description="Of this knowledge base; of all that the key sees without it.")]
# The end of year 9999: a date behind it has no name.
Since = Annotated[float, Query(ge=0, lt=253_402_300_800, description="Not older; in seconds since 1970.")]


@router.post(
    "",
    operation_id="give_feedback",
    summary="Say what an answer was worth",
    status_code=CREATED,
    response_model=Feedback,
    responses=openapi.said_responses(feedback_examples.FEEDBACK, Feedback),
    dependencies=taking_json,
    **needs(Scope.ASK),
)
async def give_feedback(
    body: Annotated[FeedbackBody, Body(openapi_examples=dict(feedback_examples.BODIES))], opinions: TheOpinions
) -> Response:
    """By the `trace_id` of the answer, a moment after it. 201 for the author's first word on it, 200 where it replaces
    an earlier one. A copy of the trace is kept with it."""
    give = partial(opinions.give, body.trace_id, body.to_opinion(), body.author)
    document, is_new = await to_thread.run_sync(give)
    return JSONResponse(document, CREATED if is_new else OK)


@router.get(
    "",
    operation_id="list_feedback",
    summary="List feedback",
    response_model=FeedbackPage,
    responses=openapi.named_responses(feedback_examples.PAGES),
    **needs(Scope.ADMIN),
)
async def list_feedback(
    opinions: TheOpinions,
    kb: Kb = None,
    rating: Annotated[Rating | None, Query(description="With this thumb.")] = None,
    reason: Annotated[Reason | None, Query(description="With this reason.")] = None,
    missing_document: Annotated[bool | None, Query(description="With or without that mark.")] = None,
    corrected: Annotated[bool | None, Query(description="With or without a corrected answer.")] = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Response:
    """The newest first."""
    wanted = {"rating": rating, "reason": reason, "missing_document": missing_document, "corrected": corrected}
    return JSONResponse(await to_thread.run_sync(partial(opinions.page, kb, cursor=cursor, limit=limit, **wanted)))


@router.get(
    "/counts",
    operation_id="count_feedback",
    summary="Count feedback by reason, prompt and document",
    response_model=FeedbackCounts,
    responses=openapi.named_responses(feedback_examples.COUNTS),
    **needs(Scope.ADMIN),
)
async def count_feedback(opinions: TheOpinions, kb: Kb = None, since: Since = 0.0) -> Response:
    """The hundred documents whose answers are disliked most; prompts by how often they wrote."""
    return JSONResponse(await to_thread.run_sync(partial(opinions.counts, kb, since=since)))


@router.get(
    "/topics",
    operation_id="list_feedback_topics",
    summary="What to write next",
    response_model=FeedbackTopics,
    responses=openapi.named_responses(feedback_examples.TOPICS),
    **needs(Scope.ADMIN),
)
async def list_feedback_topics(
    request: Request,
    opinions: TheOpinions,
    service: TheService,
    kb: Kb = None,
    since: Since = 0.0,
    smallest: Annotated[int, Query(ge=1, le=1_000, description="Topics of so many questions at least.")] = 1,
    limit: Limit = 50,
) -> Response:
    """Questions that were not answered, disliked, or said to lack a document, grouped by what they are about, the
    largest group first. Unanswered ones are known as long as their traces are kept; the newest 1,000 are looked at."""

    def board() -> Response:
        names = opinions.names(opinions.kbs(kb))
        embed, catalog = request.app.state.question_vectors, request.app.state.desk.catalog
        return JSONResponse(topics_document(catalog, embed, names, since=since, smallest=smallest, limit=limit))

    return await to_thread.run_sync(board, limiter=service.searches)


@router.get(
    "/{feedback_id}",
    operation_id="show_feedback",
    summary="One feedback with how its answer came about",
    response_model=FeedbackWithTrace,
    responses=openapi.named_responses(feedback_examples.WITH_TRACES),
    **needs(Scope.ADMIN),
)
async def show_feedback(feedback_id: str, opinions: TheOpinions) -> Response:
    """Also where the trace of the answer is swept."""
    return JSONResponse(await to_thread.run_sync(opinions.one, feedback_id))


@router.delete(
    "/{feedback_id}",
    operation_id="delete_feedback",
    summary="Delete feedback",
    status_code=NO_CONTENT,
    responses=openapi.empty_responses(),
    **needs(Scope.ADMIN),
)
async def delete_feedback(feedback_id: str, opinions: TheOpinions) -> Response:
    """With its copy of the trace, for good."""
    await to_thread.run_sync(opinions.delete, feedback_id)
    return Response(status_code=NO_CONTENT)
