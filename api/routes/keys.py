"""Who may ask: the caller, keys and tenants.

None of these writes takes an ``Idempotency-Key``: its answer would have to be kept, with the token in it.
"""

from typing import Annotated

from anyio import to_thread
from fastapi import Body, Depends, Request
from starlette.responses import JSONResponse, Response

from api import access_examples, openapi
from api.auth import Door, needs
from api.caller import Caller
from api.errors import CREATED
from api.key_bodies import KeyBody, TenantBody
from api.locksmith import Locksmith
from api.routes.service import guarded_router, taking_json
from api.shapes.access import CallerDocument, MadeTenant, TenantLines
from api.shapes.keys import ApiKey, ApiKeys, NewApiKey
from core.errors import NotFound
from store.key import Scope

router = guarded_router("/v1")


def _locksmith(request: Request) -> Locksmith:
    door: Door = request.app.state.door
    if door.keys is None:
        raise NotFound("this service was started without keys")
    return Locksmith(door.keys, request.app.state.desk.catalog, request.state.caller)


TheLocksmith = Annotated[Locksmith, Depends(_locksmith)]


@router.get(
    "/caller",
    operation_id="show_caller",
    summary="Who asks",
    response_model=CallerDocument,
    responses=openapi.read_responses(access_examples.CALLER),
    **needs(*Scope),
)
async def show_caller(request: Request) -> Response:
    """What the service makes of the key, or of there being none."""
    caller: Caller = request.state.caller
    return JSONResponse(
        {
            "tenant": caller.tenant,
            "key": caller.key,
            "scopes": sorted(caller.scopes),
            "kbs": None if caller.kbs is None else sorted(caller.kbs),
            "runs_the_home": caller.runs_the_home,
        }
    )


@router.get(
    "/keys",
    operation_id="list_keys",
    summary="List the API keys",
    response_model=ApiKeys,
    responses=openapi.read_responses(access_examples.KEYS),
    **needs(Scope.ADMIN),
)
async def list_keys(locksmith: TheLocksmith) -> Response:
    """Those of the tenant, oldest first, revoked and expired ones too.

    A key that is limited to some knowledge bases sees those that open no others; the operator sees all.
    """
    return JSONResponse({"keys": await to_thread.run_sync(locksmith.keys)})


@router.post(
    "/keys",
    operation_id="create_key",
    summary="Make an API key",
    status_code=CREATED,
    response_model=NewApiKey,
    responses=openapi.made_responses(access_examples.NEW_KEY),
    dependencies=taking_json,
    **needs(Scope.ADMIN),
)
async def create_key(
    body: Annotated[KeyBody, Body(openapi_examples=dict(access_examples.KEY_BODIES))], locksmith: TheLocksmith
) -> Response:
    """The token is in this answer and nowhere else. With the first key of a home nobody is answered without one."""
    return JSONResponse(await to_thread.run_sync(locksmith.create, body), CREATED)


@router.post(
    "/keys/{prefix}/revoke",
    operation_id="revoke_key",
    summary="End an API key",
    response_model=ApiKey,
    responses=openapi.named_responses(access_examples.REVOKED_KEY),
    **needs(Scope.ADMIN),
)
async def revoke_key(prefix: str, locksmith: TheLocksmith) -> Response:
    """For good, and in force within five seconds in every process. Revoking twice does no harm."""
    return JSONResponse(await to_thread.run_sync(locksmith.revoke, prefix))


@router.get(
    "/tenants",
    operation_id="list_tenants",
    summary="List the tenants",
    response_model=TenantLines,
    responses=openapi.named_responses(access_examples.TENANTS),
    **needs(Scope.ADMIN),
)
async def list_tenants(locksmith: TheLocksmith) -> Response:
    """To the operator and to keys with `admin` on all of the tenant `default`; to others a 404."""
    return JSONResponse({"tenants": await to_thread.run_sync(locksmith.tenants)})


@router.post(
    "/tenants",
    operation_id="create_tenant",
    summary="Make a tenant",
    status_code=CREATED,
    response_model=MadeTenant,
    responses=openapi.made_responses(access_examples.NEW_TENANT),
    dependencies=taking_json,
    **needs(Scope.ADMIN),
)
async def create_tenant(
    body: Annotated[TenantBody, Body(openapi_examples=dict(access_examples.TENANT_BODIES))], locksmith: TheLocksmith
) -> Response:
    """As who may list them. Its first key, where one is asked for, is to be handed over to whoever runs the tenant: it
    is the only way in, since keys are made by holders of keys of the same tenant, or by the operator."""
    return JSONResponse(await to_thread.run_sync(locksmith.create_tenant, body), CREATED)
