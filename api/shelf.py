"""The record as one caller may use it: knowledge bases, documents and jobs."""

from collections.abc import Iterator
from itertools import islice

from api.caller import Caller
from api.cursor import after_of, cursor_of
from api.desk_port import Desk
from api.document_json import document_json
from api.edition_json import editions_json
from api.job_show import files_document, job_document
from api.room import Room
from api.schemas import JsonObject
from api.shapes.figures import KnowledgeBaseLag
from core.errors import NotFound
from core.types import Outcome
from ingest.originals import can_be_drawn
from ingest.uploads import Upload
from store.document_edits import DocumentEdits
from store.edit import DocumentEdit
from store.editions import Editions
from store.job import Job, JobState, Priority
from store.kb_key import KbKey
from store.ledger import Ledger
from store.listing import DocumentRow, Listing
from store.originals import original_of


class Shelf:
    """Takes and gives the caller's own names, as ``Room`` does. Every call blocks."""

    def __init__(self, desk: Desk, caller: Caller) -> None:
        self._desk = desk
        self._caller = caller
        self._room = Room(desk, caller)
        self._listing = Listing(desk.catalog)
        self._edits = DocumentEdits(desk.catalog)

    # --- knowledge bases -------------------------------------------------------------------------------------------

    def create_kb(self, kb: str) -> bool:
        """Whether it is new. Raises ``InvalidInput`` for an unusable name, ``NotFound`` for one that is not meant for
        the key, or whose tenant is not there."""
        key = self._caller.new_key(kb)
        if not self._caller.sees(key):
            raise NotFound(f"there is no knowledge base {kb[:80]!r} for this key")
        is_new = not self._desk.has_kb(key)
        self._desk.catalog.ensure_kb(key)
        return is_new

    def stats(self, kb: str) -> JsonObject:
        """What is in it. Raises ``NotFound``."""
        key = self._room.require(kb)
        return {
            "name": kb,
            "documents": self._listing.outcomes(key),
            "passages": self._listing.passages(key),
            "languages": self._desk.catalog.languages(key),
            "index_lag": Ledger(self._desk.catalog).lag(key),
            "editions": editions_json(Editions(self._desk.catalog).of(key)),
        }

    def lags(self) -> list[KnowledgeBaseLag]:
        """The changes that each index has not seen yet, of every knowledge base that the caller sees, by name."""
        ledger = Ledger(self._desk.catalog)
        keys = {name: self._caller.new_key(name) for name in self._room.knowledge_bases()}
        return [{"kb": name, "lag": ledger.lag(key)} for name, key in keys.items()]

    def roll_back(self, kb: str) -> JsonObject:
        """Let the edition before answer again. Raises ``NotFound``, or ``InvalidInput`` where there is none."""
        edition = self._desk.roll_back(self._room.require(kb))
        return {"name": kb, "edition": edition.id, "cut": edition.recipe.cut, "embedder": edition.recipe.embedder}

    def delete_kb(self, kb: str) -> None:
        """Forget it with all its documents. Raises ``NotFound``."""
        self._desk.catalog.delete_kb(self._room.require(kb))

    # --- documents -------------------------------------------------------------------------------------------------

    def documents(self, kb: str, *, cursor: str, limit: int, outcome: Outcome | None) -> JsonObject:
        """One page by source. Raises ``NotFound`` or ``InvalidInput``."""
        key, after = self._room.require(kb), after_of(cursor)
        rows = self._listing.page(key, after=after, limit=limit + 1, outcome=outcome)
        shown = rows[:limit]
        further = cursor_of(shown[-1].source) if len(rows) > limit else None
        return {"documents": [_line(row) for row in shown], "next_cursor": further}

    def document(self, document_id: str) -> JsonObject:
        """Text, blocks and passages; empty for a source that gave none. Raises ``NotFound``."""
        row = self._document(document_id)
        told: JsonObject = {"kb": self._caller.name_of(row.kb), "outcome": row.outcome.value, "reason": row.reason}
        try:
            document = self._desk.catalog.document(document_id)
        except NotFound:
            return {**_without_text(row), **told, "pictures": False}
        told["pictures"] = can_be_drawn(original_of(self._desk.catalog, document_id))
        return {**document_json(document, self._desk.catalog.chunks_of(document.kb, document_id)), **told}

    def delete_document(self, document_id: str) -> None:
        """It stops answering at once. Raises ``NotFound``."""
        row = self._document(document_id)
        self._desk.catalog.delete_sources(row.kb, [row.source])

    def tag(self, document_id: str) -> str:
        """The entity tag of a document as it is now. Raises ``NotFound``."""
        self._document(document_id)
        return self._edits.tag(document_id)

    def change_document(self, document_id: str, edit: DocumentEdit, expected: frozenset[str] | None) -> None:
        """Say something else of it. Raises ``NotFound``, ``ChangedMeanwhile`` or ``InvalidInput``."""
        self._document(document_id)
        self._edits.put(document_id, edit, expected=expected)

    # --- what comes in ---------------------------------------------------------------------------------------------

    def require(self, kb: str) -> None:
        """Raises ``NotFound``."""
        self._room.require(kb)

    def begin_upload(self) -> Upload:
        """A place for files. Raises ``Unavailable``."""
        return self._desk.uploads.begin()

    def file(self, upload: Upload, kb: str, priority: Priority) -> JsonObject:
        """The job that reads the files of an upload. Raises ``NotFound``."""
        job = self._desk.jobs.submit(upload.as_job(self._room.require(kb), priority))
        upload.keep()
        return self._as_json(job)

    def _document(self, document_id: str) -> DocumentRow:
        row = self._listing.get(document_id)
        if row is None or not self._caller.sees(row.kb):
            raise NotFound(f"there is no document {document_id[:80]!r}; GET /v1/documents lists those there are")
        return row

    # --- jobs ------------------------------------------------------------------------------------------------------

    def jobs(self, kb: str | None, *, state: JobState | None, cursor: str, limit: int) -> JsonObject:
        """One page, newest first. Raises ``NotFound`` or ``InvalidInput``."""
        key = None if kb is None else self._room.require(kb)
        rows = list(islice(self._jobs(key, state, after_of(cursor)), limit + 1))
        shown = rows[:limit]
        further = cursor_of(str(shown[-1].id)) if len(rows) > limit else None
        return {"jobs": [self._as_json(job) for job in shown], "next_cursor": further}

    def job(self, number: int) -> JsonObject:
        """One with the files that it settled. Raises ``NotFound``."""
        job = self._job(number)
        return {**self._as_json(job), "files": files_document(self._desk.jobs.files(number))}

    def cancel_job(self, number: int) -> JsonObject:
        """End it; what it stored stays. Raises ``NotFound``, or ``InvalidInput`` for one that has ended."""
        self._job(number)
        return self._as_json(self._desk.jobs.cancel(number))

    def retry_job(self, number: int) -> JsonObject:
        """Queue it again. Raises ``NotFound``, or ``InvalidInput`` for one that neither failed nor was cancelled, or
        whose upload is gone."""
        self._desk.uploads.require(self._job(number))
        return self._as_json(self._desk.jobs.retry(number))

    def _jobs(self, key: KbKey | None, state: JobState | None, after: str) -> Iterator[Job]:
        before = int(after) if after.isdecimal() else None
        for job in self._desk.jobs.all():
            is_asked_for = (key is None or job.kb == key) and (state is None or job.state is state)
            if is_asked_for and self._caller.sees(job.kb) and (before is None or job.id < before):
                yield job

    def _job(self, number: int) -> Job:
        absent = NotFound(f"there is no job {number}; GET /v1/jobs lists those there are")
        try:
            job = self._desk.jobs.get(number)
        except NotFound as error:
            raise absent from error
        if not self._caller.sees(job.kb):
            raise absent
        return job

    def _as_json(self, job: Job) -> JsonObject:
        """Without what it says of the machine (paths, processes), unless the caller runs it."""
        document = {**job_document(job), "kb": self._caller.name_of(KbKey(job.kb))}
        if self._caller.runs_the_home:
            return document
        return {**document, "arguments": {}, "owner": "", "error": "see the operator's log" if job.error else ""}


def _line(row: DocumentRow) -> JsonObject:
    return {
        "document_id": row.id,
        "source": row.source,
        "title": row.title,
        "language": row.language,
        "outcome": row.outcome.value,
        "reason": row.reason,
        "parser": row.parser,
        "size": row.size,
        "passages": row.passages,
        "valid_from": row.valid_from and row.valid_from.isoformat(),
        "valid_until": row.valid_until and row.valid_until.isoformat(),
        "updated_at": row.updated_at.isoformat(),
    }


def _without_text(row: DocumentRow) -> JsonObject:
    empty: JsonObject = dict.fromkeys(("title", "language", "text"), "") | dict.fromkeys(("valid_from", "valid_until"))
    lists: JsonObject = {"blocks": [], "passages": [], "metadata": {}}
    return {"document_id": row.id, "source": row.source, **empty, **lists}
