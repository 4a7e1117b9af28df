"""The tools over standard input and output, for an assistant on this machine that starts ``citedesk mcp`` itself.

Where a service owns the indexes of the home it is asked; otherwise this process owns them until it ends.
"""

from anyio import to_thread
from mcp.server.stdio import stdio_server
from starlette.datastructures import Headers

from answer.assemble import Desk
from answer.workplace import WorkingDesk
from api.auth import Door
from api.caller import OPERATOR, Caller
from api.key_ring import KeyRing
from api.mcp.remote import RemoteTools
from api.mcp.server import Context, Tools, build_server
from api.mcp.tools import Toolbox
from api.operator_token import operator_token
from api.owner import address_of_owner
from api.room import Room
from store.keys import Keys
from store.pepper import read_pepper


async def serve(desk: WorkingDesk, key: str) -> None:
    """Until standard input ends. ``key`` empty: as the operator, as every command of the home."""
    home = HomeTools(desk, key)

    async def tools_of(context: Context) -> Tools:
        return await home.tools()

    server = build_server(tools_of)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


class HomeTools:
    """The tools of one home, wherever its indexes are owned."""

    def __init__(self, desk: WorkingDesk, key: str) -> None:
        self._desk = desk
        self._key = key
        self._started = False

    async def tools(self) -> Tools:
        """Asked before every call, since services come and go. Raises ``IndexLocked`` or ``Unauthenticated``."""
        caller = await self._caller()
        address = await to_thread.run_sync(address_of_owner, self._desk)
        if address:
            return RemoteTools(address, self._token)
        if not self._started:
            # The desk's own start, which follows the record; jobs are left to services and workers.
            await to_thread.run_sync(Desk.start, self._desk)
            self._started = True
        room = Room(self._desk, caller)
        chars = self._desk.settings.answer.max_question_chars
        return Toolbox(room, self._desk.catalog, max_question_chars=chars)

    def _token(self) -> str:
        return self._key or operator_token(self._desk.settings.home)

    async def _caller(self) -> Caller:
        if not self._key:
            return OPERATOR
        pepper = read_pepper(self._desk.settings.home)
        door = Door(KeyRing(Keys(self._desk.catalog, pepper), pepper), loopback=False)
        return await door.recognise(Headers({"authorization": f"Bearer {self._key}"}))
