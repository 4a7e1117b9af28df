"""What the HTTP service needs from the composition root. Knowledge bases go by their keys here, never by bare names."""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from answer.health import Gauges
from core.explanation import Explained
from core.ports import Embedder
from core.types import Answer, AnswerEvent, Filter, Question, SearchResult, SearchStage
from ingest.originals import Originals
from ingest.uploads import Uploads
from store.catalog import Catalog
from store.editions import Edition
from store.jobs import Jobs
from store.kb_key import KbKey

if TYPE_CHECKING:
    from answer.traces.replay import Replay


class Searching(Protocol):
    """What finds passages."""

    def search(self, kb: KbKey, query: str, k: int, stage: SearchStage, filter: Filter | None = None) -> SearchResult:
        """At most ``k`` hits, best first, of what the filter leaves. Called from several threads at once.

        Blocks and uses the processor.

        Raises ``NotFound`` for an unknown knowledge base, ``InvalidInput``, ``Unavailable`` or ``IndexLocked``.
        """
        ...

    def explain(
        self,
        kb: KbKey,
        query: str,
        k: int,
        stage: SearchStage,
        filter: Filter | None = None,
        *,
        why: str = "",
        visible: Collection[str] | None = None,
    ) -> Explained:
        """``search`` with how it came about and what became of the passage or document ``why``. Blocks.

        Of other knowledge bases only those that are ``visible`` are told of; None: all.
        """
        ...


class Desk(Searching, Protocol):
    """Everything behind the service. ``answer/assemble.py`` builds the real one, ``tests/api`` a small one."""

    def start(self) -> None:
        """Warm the models and start the index catch-up. Blocks; called once, in a thread."""
        ...

    def close(self) -> None:
        """Give back files, locks and threads. Blocks; called once, in a thread, after the last request."""
        ...

    def ready(self) -> dict[str, str]:
        """Component (record, indexes, embedder, model) to ``"ok"`` or what is wrong. Blocks."""
        ...

    def gauges(self) -> Gauges:
        """Figures of now. Raises ``RecordError``. Blocks."""
        ...

    def knowledge_bases(self) -> list[str]:
        """The keys of all, in order. Blocks."""
        ...

    def has_kb(self, kb: KbKey) -> bool:
        """Whether it is there. Blocks."""
        ...

    @property
    def catalog(self) -> Catalog:
        """The record."""
        ...

    @property
    def packaged_encoder(self) -> Embedder:
        """The encoder that the package brings."""
        ...

    @property
    def jobs(self) -> Jobs:
        """The queue."""
        ...

    @property
    def uploads(self) -> Uploads:
        """Where files that come in wait for their job."""
        ...

    @property
    def originals(self) -> Originals:
        """Files whose pages can be shown."""
        ...

    def roll_back(self, kb: KbKey) -> Edition:
        """Let the edition before answer again. Raises ``NotFound``, or ``InvalidInput`` where there is none. Blocks."""
        ...

    def trace(self, trace_id: str) -> Mapping[str, Any]:
        """How an answer came about, as JSON; names the knowledge base by its key. Raises ``NotFound``. Blocks."""
        ...

    async def replay(self, trace_id: str, *, with_settings: bool = True) -> "Replay":
        """The question of a trace asked again, and what differs. Raises ``NotFound`` or as ``ask`` does."""
        ...

    async def ask(self, question: Question) -> Answer:
        """The whole answer. Raises as ``search`` does; is cancelled when the client goes away."""
        ...

    def stream(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """The answer as it is made, ending with ``Finished``.

        An async generator is closed when the client goes away, and is driven by one task from start to end.
        """
        ...
