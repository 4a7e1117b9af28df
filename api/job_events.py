"""A job as server-sent events: ``progress`` whenever it has moved on, then one ``final`` or one ``error``."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable

from anyio import to_thread

from api.schemas import JsonObject, to_json
from api.sse import Report, frame
from store.job import JobState

_LOOK_SECONDS = 0.5
# What a sign of life changes says nothing to a reader.
_QUIET = frozenset({"heartbeat_at"})


async def job_frames(
    read: Callable[[], JsonObject], *, report: Report, look_seconds: float = _LOOK_SECONDS
) -> AsyncGenerator[bytes]:
    """Frames of what ``read`` gives, which blocks; the first at once, ids count from 1.

    ``final`` is the job with its files; it comes at once for one that has ended. ``report`` turns an error into a
    problem document.
    """
    numbers = itertools.count(1)
    said: JsonObject = {}
    try:
        while True:
            document = await to_thread.run_sync(read)
            if JobState(str(document["state"])).is_final:
                yield frame("final", to_json(document), next(numbers))
                return
            if (told := _told(document)) != said:
                said = told
                yield frame("progress", to_json(_without_files(document)), next(numbers))
            await asyncio.sleep(look_seconds)
    except Exception as error:
        yield frame("error", to_json(report(error)), next(numbers))


def _without_files(document: JsonObject) -> JsonObject:
    return {name: value for name, value in document.items() if name != "files"}


def _told(document: JsonObject) -> JsonObject:
    return {name: value for name, value in _without_files(document).items() if name not in _QUIET}
