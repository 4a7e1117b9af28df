"""One WebSocket: questions in, the events of their answers out, one question at a time.

A browser sends no headers of its own with a WebSocket, and addresses are written to logs: the key comes as a header, as
a subprotocol ``citedesk.key.<key>`` or in the first message, never in the address.
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from api.asked import check_length, reporter
from api.auth import Door, count, room_of
from api.caller import Caller
from api.disconnect import stop
from api.errors import ForeignOrigin, MissingScope, NotFromHere, Unauthenticated
from api.schemas import JsonObject, to_json
from api.sse import told
from api.stream_messages import Ask, Cancel, Ping, SignIn, read_message
from core.errors import CitedeskError, InvalidInput
from core.types import Answer
from store.key import Scope

PATH = "/v1/ws"
PROTOCOL = "citedesk.v1"
KEY_PROTOCOL = "citedesk.key."
SIGN_IN_SECONDS = 10.0
TOO_BIG, UNAUTHENTICATED, FORBIDDEN = 1009, 4401, 4403

_access = logging.getLogger("citedesk.access")


class Conversation:
    """One connection, from its first message to its last; ``rule`` is that of the route. ``run`` is called once.

    Messages of more than ``max_bytes`` end it. A client that does not read holds its own answer up, nothing else.
    """

    def __init__(self, socket: WebSocket, rule: Sequence[Scope], *, max_bytes: int, max_question_chars: int) -> None:
        self._socket = socket
        self._rule = rule
        self._max_bytes = max_bytes
        self._max_question_chars = max_question_chars
        self._headers = _with_key(socket.headers, _offered_key(socket))
        self._answering: asyncio.Task[None] | None = None
        self._is_busy = False

    async def run(self) -> None:
        """Serve it until either side closes it; an answer that is being made then is cancelled."""
        try:
            if await self._let_in():
                await self._say("ready")
                while (text := await self._next()) is not None:
                    await self._act(text)
        except WebSocketDisconnect:
            return
        finally:
            if self._answering is not None:
                await stop(self._answering)

    # --- who asks --------------------------------------------------------------------------------------------------

    async def _let_in(self) -> bool:
        """Whether a caller who may ask has said so; the others are told why not."""
        try:
            await self._greet()
        except NotFromHere:
            await self._socket.close()  # before it was taken: the handshake fails with 403
        except (MissingScope, ForeignOrigin) as error:
            await self._refuse(error, FORBIDDEN)
        except (Unauthenticated, InvalidInput) as error:
            await self._refuse(error, UNAUTHENTICATED)
        else:
            return True
        return False

    async def _greet(self) -> None:
        try:
            await self._caller()
        except Unauthenticated:
            if "authorization" in self._headers:
                raise
            await self._accept()
            await self._sign_in()
        else:
            await self._accept()

    async def _sign_in(self) -> None:
        try:
            text = await asyncio.wait_for(self._next(), SIGN_IN_SECONDS)
        except TimeoutError as error:
            raise Unauthenticated(f"no key came within {SIGN_IN_SECONDS:.0f} seconds", given=False) from error
        message = read_message(text or "")
        if not isinstance(message, SignIn):
            raise Unauthenticated('the first message should be {"type": "auth", "key": "cdk_..."}', given=False)
        self._headers = _with_key(self._socket.headers, message.key)
        await self._caller()

    async def _caller(self) -> Caller:
        """Asked anew for every question, so that a revoked key asks none. Raises as ``Door.admit`` does."""
        door: Door = self._socket.app.state.door
        return await door.admit(self._headers, self._rule)

    async def _accept(self) -> None:
        # Only the plain protocol is named in return: the other one holds the key.
        offered = self._socket.scope.get("subprotocols", [])
        await self._socket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)

    async def _refuse(self, error: CitedeskError, code: int) -> None:
        if self._socket.application_state is WebSocketState.CONNECTING:
            await self._accept()
        await self._say_error(error)
        await self._socket.close(code)

    # --- questions -------------------------------------------------------------------------------------------------

    async def _next(self) -> str | None:
        """The next message; None once the connection was closed for one that is too big."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        data = message.get("text") or (message.get("bytes") or b"").decode("utf-8", "replace")
        if len(data.encode("utf-8", "replace")) <= self._max_bytes:
            return data
        await self._socket.close(TOO_BIG)
        return None

    async def _act(self, text: str) -> None:
        try:
            message = read_message(text)
        except InvalidInput as error:
            await self._say_error(error)
            return
        match message:
            case Ask():
                await self._begin(message)
            case Cancel():
                if self._answering is not None:
                    await stop(self._answering)
                await self._say("cancelled")
            case Ping():
                await self._say("pong")
            case SignIn():
                await self._say("ready")

    async def _begin(self, message: Ask) -> None:
        if self._is_busy:
            busy = InvalidInput("an answer is being made; wait for its end, cancel it, or open another connection")
            await self._say_error(busy, id=message.id)
            return
        if self._answering is not None:
            await asyncio.wait({self._answering})  # its last event was sent, its cleaning up may go on
        self._is_busy = True
        self._answering = asyncio.create_task(self._answer(message))

    async def _answer(self, message: Ask) -> None:
        line = _Line()
        try:
            await self._tell(message, line)
        except WebSocketDisconnect:
            return
        except Exception as error:
            self._is_busy = False
            await self._say_error(error, line.trace_id, id=message.id)
            if isinstance(error, Unauthenticated | MissingScope):
                await self._socket.close(UNAUTHENTICATED)
        finally:
            self._is_busy = False
            _access.info("%s", to_json(line.document()))

    async def _tell(self, message: Ask, line: "_Line") -> None:
        """The events of one answer. Raises what is wrong with the question, or with who asks."""
        caller = await self._caller()
        line.key = caller.key
        await count(self._socket, caller, "ask_by_socket")
        room, question = room_of(self._socket.app.state, caller), message.to_question()
        check_length("question", question.text, self._max_question_chars)
        key = await to_thread.run_sync(room.require, question.kb)
        events = told(room.stream(key, question), report=reporter(line.trace_id), finished=line.finished)
        number = 0
        async with aclosing(events) as each:
            async for event in each:
                number += 1
                self._is_busy = event.name not in ("final", "error")
                await self._say(event.name, event.document, id=message.id, number=number)
                # Neither sending nor the desk need wait: without a turn for the others a lost client goes unnoticed.
                await asyncio.sleep(0)

    async def _say(self, kind: str, data: JsonObject | None = None, **more: object) -> None:
        document: JsonObject = {"type": kind, **more}
        await self._socket.send_text(to_json(document if data is None else {**document, "data": data}))

    async def _say_error(self, error: Exception, trace_id: str = "", **more: object) -> None:
        await self._say("error", reporter(trace_id or str(uuid.uuid4()))(error), **more)


@dataclass(slots=True)
class _Line:
    """The access log's line of one question."""

    trace_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.perf_counter)
    key: str = ""
    noted: JsonObject = field(default_factory=dict)

    def finished(self, answer: Answer) -> None:
        self.noted = {"answer_status": answer.status.value, "answer_trace_id": answer.trace_id}

    def document(self) -> JsonObject:
        line: JsonObject = {"event": "socket_question", "path": PATH, "trace_id": self.trace_id}
        line["ms"] = round((time.perf_counter() - self.started) * 1000, 1)
        return line | ({"caller_key": self.key} if self.key else {}) | self.noted


def _offered_key(socket: WebSocket) -> str:
    offered: Sequence[str] = socket.scope.get("subprotocols", [])
    keys = (name.removeprefix(KEY_PROTOCOL) for name in offered if name.startswith(KEY_PROTOCOL))
    return next(keys, "")


def _with_key(headers: Headers, key: str) -> Headers:
    """The headers as if the key stood in them, where a header does not hold one already."""
    if not key or "authorization" in headers:
        return headers
    return Headers(raw=[*headers.raw, (b"authorization", b"Bearer " + key.encode())])
