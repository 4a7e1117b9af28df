"""``/v1/evaluations``: what offline evaluations found, for the page Quality."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api import evaluation_examples, openapi
from api.auth import needs
from api.bodies import Words
from api.caller import Caller
from api.evaluations import Evaluations
from api.routes.service import TheService, guarded_router
from api.shapes.comparison import EvalCompare
from api.shapes.quality import EvaluatedAnswersDetails, EvaluatedRunDetails, EvaluationList
from core.errors import NotFound
from core.types import SearchStage
from store.key import Scope

router = guarded_router("/v1/evaluations")


def _evaluations(request: Request) -> Evaluations:
    caller: Caller = request.state.caller
    if not caller.runs_the_home:
        raise NotFound("evaluations are told of to a key with admin on all of the tenant default only")
    evaluations: Evaluations = request.app.state.evaluations
    return evaluations


TheEvaluations = Annotated[Evaluations, Depends(_evaluations)]
Name = Annotated[Words, Query(max_length=1_000, description="As the list has it.")]


@router.get(
    "",
    operation_id="list_evaluations",
    summary="List the evaluations",
    response_model=EvaluationList,
    responses=openapi.named_responses(evaluation_examples.LIST),
    **needs(Scope.ADMIN),
)
async def list_evaluations(evaluations: TheEvaluations) -> Response:
    """Folders of `citedesk eval run --out` and files of `citedesk eval answers --out` below `service.evaluations`,
    which is `runs` in the home where the setting is empty.

    To the operator and to keys with `admin` on all of the tenant `default`; to others a 404.
    """
    return JSONResponse(await to_thread.run_sync(evaluations.all))


@router.get(
    "/run",
    operation_id="show_evaluation_run",
    summary="One run of retrieval",
    response_model=EvaluatedRunDetails,
    responses=openapi.named_responses(evaluation_examples.RUN),
    **needs(Scope.ADMIN),
)
async def show_evaluation_run(name: Name, evaluations: TheEvaluations, service: TheService) -> Response:
    """By language and tag with 95 % bounds, times, and the queries that went worst."""
    return JSONResponse(await to_thread.run_sync(evaluations.run, name, limiter=service.searches))


@router.get(
    "/answers",
    operation_id="show_evaluation_answers",
    summary="One evaluation of answers",
    response_model=EvaluatedAnswersDetails,
    responses=openapi.named_responses(evaluation_examples.ANSWERS),
    **needs(Scope.ADMIN),
)
async def show_evaluation_answers(name: Name, evaluations: TheEvaluations, service: TheService) -> Response:
    """Figures by language and tag, risk by coverage, calibration, and the answers that went worst."""
    return JSONResponse(await to_thread.run_sync(evaluations.answers, name, limiter=service.searches))


@router.get(
    "/comparison",
    operation_id="compare_evaluations",
    summary="Two evaluations, question by question",
    response_model=EvalCompare,
    responses=openapi.named_responses(evaluation_examples.COMPARISON),
    **needs(Scope.ADMIN),
)
async def compare_evaluations(
    baseline: Name,
    variant: Name,
    evaluations: TheEvaluations,
    service: TheService,
    stage: Annotated[SearchStage | None, Query(description="Of both runs; all that both have without it.")] = None,
) -> Response:
    """What `citedesk eval compare` prints with `--json`: differences with 95 % bounds and corrected p-values, and the
    queries that changed most. Two runs of different sets, or a run and answers, are a 422."""
    compare = partial(evaluations.comparison, baseline, variant, "" if stage is None else stage.value)
    return JSONResponse(await to_thread.run_sync(compare, limiter=service.searches))
