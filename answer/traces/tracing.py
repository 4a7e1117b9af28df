"""The part of the composition root that keeps traces, shows them and replays them."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import cached_property, partial
from importlib.metadata import version
from time import time
from typing import TYPE_CHECKING, Any

from anyio.to_thread import run_sync

from answer.traces.trace import Keep, Notes, Origin, keep_nothing, trace_of
from answer.traces.trace_keeper import TraceKeeper
from core.errors import CitedeskError, NotFound
from core.settings import Settings
from core.types import Answer, Question, SearchStage
from store.catalog import Catalog
from store.traces import TraceLine, TraceRow, Traces

if TYPE_CHECKING:
    from answer.reader import Reader
    from answer.traces.replay import Replay
    from answer.traces.trace import Trace, TracedHit
    from core.explanation import Explained

# What bears on an answer; the others say where and when, not what.
_SLICES = {"retrieval", "rerank", "llm", "answer", "guard"}


class Tracing:
    """The traces of one home. Thread-safe; nothing is opened before it is used."""

    def __init__(self, settings: Settings, catalog: Callable[[], Catalog]) -> None:
        self._settings = settings
        self._catalog = catalog
        self._started = False

    @cached_property
    def rows(self) -> Traces:
        """Those that are kept."""
        return Traces(self._catalog())

    @cached_property
    def keeper(self) -> TraceKeeper:
        """What writes them."""
        return TraceKeeper(self.rows, self._settings.traces)

    def start(self) -> None:
        """Sweep in the background, also where nothing is asked for a long time."""
        self.keeper.start()

    def close(self) -> None:
        """Write what waits, for at most five seconds."""
        if "keeper" in self.__dict__:
            self.keeper.close()

    @property
    def lost(self) -> int:
        """Traces that could not be kept since the start."""
        return self.keeper.lost if "keeper" in self.__dict__ else 0

    def keep(self, reader: "Reader") -> Keep:
        """What is to be called with each answer of this reader; costs it a few microseconds."""
        if not self._settings.traces.enabled:
            return keep_nothing

        def keep(question: Question, notes: Notes, answer: Answer) -> None:
            self.keeper.put(partial(self._row, reader, question, notes, answer))

        return keep

    def keep_again(self, question: Question, answer: Answer, made: str) -> None:
        """Have ``answer``, given once more, traced under its own id as the answer of the trace ``made`` was."""
        if self._settings.traces.enabled:
            self.keeper.put(partial(self._row_again, question, answer, made))

    def _row_again(self, question: Question, answer: Answer, made: str, *, late: bool = False) -> TraceRow | None:
        try:
            first = self.rows.get(made)
        except NotFound:
            if late:
                raise
            # The first one may be in the batch that is about to be written: once more, behind it.
            self.keeper.put(partial(self._row_again, question, answer, made, late=True))
            return None
        own = {"usage": asdict(answer.usage), "timings_ms": dict(answer.timings_ms)}
        ending = {**first.document["ending"], **own}
        now = time()
        document = {**first.document, "trace_id": answer.trace_id, "at": now, "ending": ending}
        again = replace(first, trace_id=answer.trace_id, kb=question.kb, created_at=now, document=document)
        return replace(again, proven=None, dropped=None)  # those claims were counted with the first

    def of(self, trace_id: str) -> Mapping[str, Any]:
        """What is kept of one answer, as JSON; of the last moment what waits to be written is not there yet. Raises
        ``NotFound``."""
        return self.rows.get(trace_id).document

    def newest(self, kb: str | None = None, *, limit: int = 20, status: str | None = None) -> list[TraceLine]:
        """The newest first. Raises ``NotFound`` for an unknown knowledge base."""
        if kb is not None:
            self._catalog().require_kb(kb)
        return self.rows.newest(kb, limit=limit, status=status)

    async def replay(
        self,
        trace_id: str,
        reader_of: "Callable[[str], Reader]",
        explain: "Callable[..., Explained]",
        *,
        with_settings: bool = True,
    ) -> "Replay":
        """Ask the question of a trace again and compare. Raises ``NotFound``, ``InvalidInput`` or as asking does."""
        document = await run_sync(self.of, trace_id)
        return await self.replay_document(document, reader_of, explain, with_settings=with_settings)

    async def replay_document(
        self,
        document: Mapping[str, Any],
        reader_of: "Callable[[str], Reader]",
        explain: "Callable[..., Explained]",
        *,
        with_settings: bool = True,
    ) -> "Replay":
        """As ``replay``, of a trace that may be swept here. Raises ``InvalidInput`` or as asking does."""
        from answer.traces.replay import compare
        from answer.traces.trace_json import trace_from

        then = trace_from(document)
        now = await self._asked_again(then.question, await run_sync(reader_of, then.question.kb))
        if not with_settings:
            then, now = then.without_settings(), now.without_settings()
        return await run_sync(compare, then, now, partial(self._why_gone, now, explain))

    async def _asked_again(self, question: Question, reader: "Reader") -> "Trace":
        from answer.traces.trace_json import trace_from

        kept: list[TraceRow] = []

        def keep(question: Question, notes: Notes, answer: Answer) -> None:
            kept.append(self._row(reader, question, notes, answer))

        await reader.pipeline.ask(question, keep)
        return trace_from(kept[0].document)

    def _row(self, reader: "Reader", question: Question, notes: Notes, answer: Answer) -> TraceRow:
        from answer.traces.trace_json import trace_document

        trace = trace_of(question, notes, answer, self.origin(question.kb, reader))
        document = trace_document(trace, redacting=self._settings.traces.redact)
        return TraceRow(
            trace_id=trace.trace_id,
            kb=question.kb,
            created_at=trace.at,
            status=answer.status.value,
            question=document["question"]["text"],
            document=document,
            proven=len(answer.claims),
            dropped=answer.dropped,
        )

    def _why_gone(self, now: "Trace", explain: "Callable[..., Explained]", hit: "TracedHit") -> str:
        kb = now.question.kb
        arguments = (kb, now.stand_alone, max(1, len(now.hits)), SearchStage.RERANK, now.question.filter)
        try:
            self._catalog().document(hit.document_id)
        except NotFound:
            return "its document was deleted, or gives no text any more"
        try:
            why = explain(*arguments, why=hit.chunk_id, visible=(kb,)).explanation.why
        except CitedeskError as error:
            return f"it could not be looked for: {error}"
        return why.reason if why else "nothing is known of it"

    def origin(self, kb: str, reader: "Reader") -> Origin:
        """What answers of this reader come from now."""
        standing = self.rows.standing(kb)
        return Origin(
            fingerprint=self.fingerprint(reader),
            release=self._release,
            models=reader.model_names,
            settings=self._values,
            edition=standing.edition,
            generations=standing.generations,
            change=standing.change,
        )

    def fingerprint(self, reader: "Reader") -> str:
        """Of the release, the models and the settings: 16 hexadecimal digits."""
        named = json.dumps([self._release, reader.model_names, self._values], sort_keys=True)
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    @cached_property
    def _release(self) -> str:
        return version("citedesk")

    @cached_property
    def _values(self) -> dict[str, str]:
        """``answer.evidence`` to ``8``, as JSON; without the key, which is nobody's business."""
        slices = self._settings.model_dump(mode="json", include=_SLICES, exclude={"llm": {"api_key"}})
        return {
            f"{slice}.{name}": json.dumps(value, ensure_ascii=False)
            for slice, values in slices.items()
            for name, value in values.items()
        }
