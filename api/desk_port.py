"""What the HTTP service needs from the composition root."""

from collections.abc import AsyncIterator
from typing import Protocol

from core.explanation import Explained
from core.types import Answer, AnswerEvent, Filter, Question, SearchResult, SearchStage


class Desk(Protocol):
    """Everything behind the service. ``answer/assemble.py`` builds the real one, ``tests/api`` a small one."""

    def start(self) -> None:
        """Warm the models and start the index catch-up. Blocks; called once, in a thread."""
        ...

    def close(self) -> None:
        """Give back files, locks and threads. Blocks; called once, in a thread, after the last request."""
        ...

    def ready(self) -> dict[str, str]:
        """Component (record, index, embedder, model) to ``"ok"`` or what is wrong. Blocks."""
        ...

    def knowledge_bases(self) -> list[str]:
        """Names, in order. Blocks."""
        ...

    def search(self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` hits, best first, of what the filter leaves. Called from several threads at once.

        Blocks and uses the processor.

        Raises ``NotFound`` for an unknown knowledge base, ``InvalidInput``, ``Unavailable`` or ``IndexLocked``.
        """
        ...

    def explain(
        self, kb: str, query: str, k: int, stage: SearchStage, filter: Filter | None = None, *, why: str = ""
    ) -> Explained:
        """``search`` with how it came about and what became of the passage or document ``why``. Blocks."""
        ...

    async def ask(self, question: Question) -> Answer:
        """The whole answer. Raises as ``search`` does; is cancelled when the client goes away."""
        ...

    def stream(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """The answer as it is made, ending with ``Finished``.

        An async generator is closed when the client goes away, and is driven by one task from start to end.
        """
        ...
