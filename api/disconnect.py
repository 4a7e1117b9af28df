"""Work that stops when nobody is waiting for it any more."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

T = TypeVar("T")


class ClientGone(Exception):
    """The client closed the connection before the work was done."""


async def unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """The result of ``work``, run in a task of its own that is cancelled when the client goes away.

    The request's body must have been read. Raises ``ClientGone`` and whatever ``work`` raises.
    """
    # asyncio rather than an anyio task group: it cancels once, so that cleaning up may still await,
    # and it does not wrap an error of the work in a group.
    job = asyncio.create_task(work)
    watch = asyncio.create_task(_gone(receive))
    try:
        await asyncio.wait({job, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not job.done():
            raise ClientGone
        return job.result()
    finally:
        await stop(job, watch)


async def stop(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the tasks and wait for their cleaning up; their results and errors are not looked at."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
