"""One task in a parser's process: a document is parsed and cut into passages, an archive or message gives its members
to be read apart."""

import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Attachment, Outcome, ParsedDocument
from ingest.chunk import chunk_document
from ingest.document import build_document
from ingest.guard import processor_time, shortage_reason
from ingest.intake import PARSER, Intake, Limits
from ingest.task import Cutter, FileTask, Parsed, Reading, Spent, hash_file, lost
from store.source_state import text_key

EMPTY_MESSAGE = "the message holds only attachments"
NO_WORD = "the text holds no word, only marks"
_OF_NO_KB = Cutter()


def read_task(
    task: FileTask, settings: IngestSettings, scratch: Path, spent: Spent, cutter: Cutter = _OF_NO_KB
) -> Reading:
    """Read one file; members are written below ``scratch``, each in a folder of its own. Never raises.

    ``spent`` is what the file of the run that ``task`` belongs to has unpacked to before.
    """
    try:
        with processor_time(settings.parse_cpu_seconds):
            return _read(task, Limits(settings=settings, spent=spent), scratch, cutter)
    except ParseError as error:
        return Reading(parsed=_parsed(task, error=error))
    except (MemoryError, OSError) as error:
        return Reading(parsed=lost(task, shortage_reason(error, settings)))


def _read(task: FileTask, limits: Limits, scratch: Path, cutter: Cutter) -> Reading:
    # Here because it brings every parser, and only their process needs them.
    from ingest.archive import unpack
    from ingest.parse import kind_of, parse_kind
    from ingest.sniff import CONTAINERS

    kind = kind_of(task.path)
    if kind not in CONTAINERS:
        return _document(task, parse_kind(task.path, kind), limits, scratch, cutter)
    limits.check_depth(task.depth)
    intake = _intake(task, limits, scratch)
    error: ParseError | None = None
    try:
        unpack(task.path, kind, intake)
    except ParseError as raised:
        error = raised
        if error.outcome is Outcome.TOO_LARGE:
            intake.discard()
    return _reading(_parsed(task, error=error, parser=PARSER), intake)


def _document(task: FileTask, document: ParsedDocument, limits: Limits, scratch: Path, cutter: Cutter) -> Reading:
    parsed = _cut(task, document, limits.settings, cutter)
    if not document.attachments:
        return Reading(parsed=parsed)
    intake = _intake(task, limits, scratch)
    for attachment in document.attachments:
        _take(attachment, intake, task.depth)
    return _reading(parsed, intake)


def _cut(task: FileTask, found: ParsedDocument, settings: IngestSettings, cutter: Cutter) -> Parsed:
    parsed = _parsed(task, parser=found.parser)
    document = build_document(
        found, kb=cutter.kb, source=task.source, content_hash=parsed.content_hash, parent=task.parent
    )
    passages = tuple(chunk_document(document, settings, cutter.count))
    if not passages:
        reason = NO_WORD if found.text.strip() else EMPTY_MESSAGE
        return replace(parsed, error=ParseError(reason, outcome=Outcome.EMPTY, parser=found.parser))
    return replace(parsed, document=document, passages=passages, keys=tuple(map(text_key, passages)))


def _take(attachment: Attachment, intake: Intake, depth: int) -> None:
    try:
        intake.limits.check_depth(depth)
        intake.take(attachment.name, BytesIO(attachment.content))
    except ParseError as error:
        intake.refuse(attachment.name, error)


def _intake(task: FileTask, limits: Limits, scratch: Path) -> Intake:
    return Intake(task, Path(tempfile.mkdtemp(dir=scratch)), limits)


def _reading(parsed: Parsed, intake: Intake) -> Reading:
    return Reading(
        parsed=parsed,
        members=tuple(intake.members.values()),
        refused=tuple(intake.refused.values()),
        spent=intake.spent,
    )


def _parsed(task: FileTask, *, error: ParseError | None = None, parser: str = "") -> Parsed:
    try:
        size, content_hash = task.path.stat().st_size, task.content_hash or hash_file(task.path)
    except OSError:
        size, content_hash = 0, ""
    return Parsed(source=task.source, content_hash=content_hash, size=size, error=error, parser=parser)
