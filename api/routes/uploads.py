"""Documents that come in: files by multipart upload, and texts. Both become jobs."""

from functools import partial
from typing import Annotated, Any

from anyio import CancelScope, to_thread
from fastapi import Body, Query, Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from api import content_examples, openapi
from api.auth import TheShelf, needs
from api.bodies import DEFAULT_KB, Words
from api.disconnect import ClientGone
from api.errors import ACCEPTED
from api.filing import JobPriority, TextBody
from api.multipart import FIELD, boundary_of, receive_files
from api.once import digest_of, once, taking_key
from api.routes.service import guarded_router, taking_json
from api.schemas import JsonObject
from api.shapes.jobs import Job
from ingest.uploads import Upload
from store.key import Scope

router = guarded_router("/v1/documents")
UPLOAD_PATH = "/v1/documents"
_FILES = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
_FORM = {"type": "object", "required": [FIELD], "properties": {FIELD: _FILES}, "additionalProperties": False}


def _described() -> dict[str, Any]:
    """The body is read as it comes in, so the framework does not know of it."""
    rule = needs(Scope.INGEST)["openapi_extra"]
    body = {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    return taking_key({**rule, "requestBody": body})


@router.post(
    "",
    operation_id="upload_documents",
    summary="Upload documents",
    status_code=ACCEPTED,
    response_model=Job,
    responses=openapi.filed_responses(content_examples.JOB),
    openapi_extra=_described(),
)
async def upload_documents(
    request: Request,
    shelf: TheShelf,
    kb: Annotated[Words, Query(description="Name of the knowledge base, which must be there.")] = DEFAULT_KB,
    priority: Annotated[JobPriority, Query(description="Who waits for it.")] = JobPriority.INTERACTIVE,
) -> Response:
    """Each file as a part named `files`; its name, with folders, is the source that citations show.

    A file replaces the document of the same name. Archives are unpacked, within the limits of `ingest.*`. The answer
    names the job that reads the files, in `Location` too. The files are gone when it is done, but for PDFs whose
    pages can then be shown (`service.keep_originals`).
    """
    boundary = boundary_of(request.headers.get("content-type", ""))
    await to_thread.run_sync(shelf.require, kb)
    upload = await to_thread.run_sync(shelf.begin_upload)
    try:
        digest = await receive_files(request.stream(), boundary, upload)
        return await once(request, digest_of(request, digest), partial(_file, shelf, upload, kb, priority))
    except ClientDisconnect as error:
        raise ClientGone from error
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(upload.close)


@router.post(
    "/text",
    operation_id="put_text",
    summary="Put in a text",
    status_code=ACCEPTED,
    response_model=Job,
    responses=openapi.filed_responses(content_examples.JOB),
    dependencies=taking_json,
    openapi_extra=taking_key(needs(Scope.INGEST)["openapi_extra"]),
)
async def put_text(
    body: Annotated[TextBody, Body(openapi_examples=dict(content_examples.TEXTS))],
    request: Request,
    shelf: TheShelf,
) -> Response:
    """As a Markdown document, which replaces the one of the same name; the answer names the job, as for uploads."""
    await to_thread.run_sync(shelf.require, body.kb)
    digest = digest_of(request, await request.body())
    return await once(request, digest, partial(_write, shelf, body))


async def _write(shelf: TheShelf, body: TextBody) -> Response:
    def put() -> JsonObject:
        upload = shelf.begin_upload()
        try:
            body.write_to(upload)
            return shelf.file(upload, body.kb, body.priority.as_priority())
        finally:
            upload.close()

    return _accepted(await to_thread.run_sync(put))


async def _file(shelf: TheShelf, upload: Upload, kb: str, priority: JobPriority) -> Response:
    return _accepted(await to_thread.run_sync(shelf.file, upload, kb, priority.as_priority()))


def _accepted(job: JsonObject) -> Response:
    return JSONResponse(job, ACCEPTED, {"Location": f"/v1/jobs/{job['id']}"})
