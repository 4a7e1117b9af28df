"""``/v1/ws``: questions and their events over one connection, for agents in a browser."""

from starlette.websockets import WebSocket

from api.auth import GuardedSocket
from api.routes.service import Service, guarded_router
from api.stream_socket import PATH, Conversation
from store.key import Scope

router = guarded_router()
_RULE = (Scope.ASK,)


async def _converse(socket: WebSocket) -> None:
    service: Service = socket.app.state.service
    limits = {"max_bytes": service.max_body_bytes, "max_question_chars": service.max_question_chars}
    await Conversation(socket, _RULE, **limits).run()


router.routes.append(GuardedSocket(PATH, _converse, *_RULE))
