"""How answers are told: whole, or as much as a visitor of some page may know."""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol

from anyio import to_thread

from api.schemas import JsonObject, ask_document, claim_document, evidence_document
from api.visitor_schema import visitor_answer, visitor_claim
from core.types import Answer, AnswerEvent, ClaimProven, Evidence, EvidenceFound, Finished


class Telling(Protocol):
    """Makes documents of one answer."""

    async def event(self, event: AnswerEvent, evidence: tuple[Evidence, ...]) -> tuple[str, JsonObject]:
        """The name and the data of one event; ``evidence`` is what was found before it."""
        ...

    async def answer(self, answer: Answer) -> JsonObject:
        """The whole."""
        ...


class Whole:
    """All of it, as scripts and agents read it."""

    async def event(self, event: AnswerEvent, evidence: tuple[Evidence, ...]) -> tuple[str, JsonObject]:
        """As ``Telling.event``."""
        match event:
            case EvidenceFound():
                return "evidence", evidence_document(event.question, event.evidence)
            case ClaimProven():
                return "claim", claim_document(event.claim, evidence)
            case Finished():
                return "final", ask_document(event.answer)

    async def answer(self, answer: Answer) -> JsonObject:
        """As ``Telling.answer``."""
        return ask_document(answer)


class ForVisitors:
    """What it says, where that stands, and nothing of how it came about. ``links`` gives addresses by document id, and
    blocks. Belongs to one answer."""

    def __init__(self, links: Callable[[Collection[str]], dict[str, str]]) -> None:
        self._links = links
        self._known: dict[str, str] = {}
        self._asked: set[str] = set()

    async def event(self, event: AnswerEvent, evidence: tuple[Evidence, ...]) -> tuple[str, JsonObject]:
        """As ``Telling.event``."""
        match event:
            case EvidenceFound():
                await self._look_up(event.evidence)
                return "evidence", {"question": event.question}
            case ClaimProven():
                return "claim", visitor_claim(event.claim, evidence, self._known)
            case Finished():
                return "final", await self.answer(event.answer)

    async def answer(self, answer: Answer) -> JsonObject:
        """As ``Telling.answer``."""
        await self._look_up(answer.evidence)
        return visitor_answer(answer, self._known)

    async def _look_up(self, evidence: Iterable[Evidence]) -> None:
        new = {item.hit.chunk.document_id for item in evidence} - self._asked
        if new:
            self._asked |= new
            self._known |= await to_thread.run_sync(self._links, new)


WHOLE = Whole()
