"""One task in a parser's process: a document is parsed, an archive or message gives its members to be read apart."""

import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Attachment, Outcome, ParsedDocument
from ingest.guard import processor_time, shortage_reason
from ingest.intake import PARSER, Intake, Limits
from ingest.task import FileTask, Parsed, Reading, Spent, hash_file, lost

EMPTY_MESSAGE = "the message holds only attachments"


def read_task(task: FileTask, settings: IngestSettings, scratch: Path, spent: Spent) -> Reading:
    """Read one file; members are written below ``scratch``, each in a folder of its own. Never raises.

    ``spent`` is what the file of the run that ``task`` belongs to has unpacked to before.
    """
    try:
        with processor_time(settings.parse_cpu_seconds):
            return _read(task, Limits(settings=settings, spent=spent), scratch)
    except ParseError as error:
        return Reading(parsed=_parsed(task, error=error))
    except (MemoryError, OSError) as error:
        return Reading(parsed=lost(task, shortage_reason(error, settings)))


def _read(task: FileTask, limits: Limits, scratch: Path) -> Reading:
    # Here because it brings every parser, and only their process needs them.
    from ingest.archive import unpack
    from ingest.parse import kind_of, parse_kind
    from ingest.sniff import CONTAINERS

    kind = kind_of(task.path)
    if kind not in CONTAINERS:
        return _document(task, parse_kind(task.path, kind), limits, scratch)
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


def _document(task: FileTask, document: ParsedDocument, limits: Limits, scratch: Path) -> Reading:
    error = None
    if not document.text.strip():
        error = ParseError(EMPTY_MESSAGE, outcome=Outcome.EMPTY, parser=document.parser)
    parsed = _parsed(task, document=None if error else replace(document, attachments=()), error=error)
    if not document.attachments:
        return Reading(parsed=parsed)
    intake = _intake(task, limits, scratch)
    for attachment in document.attachments:
        _take(attachment, intake, task.depth)
    return _reading(parsed, intake)


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


def _parsed(
    task: FileTask, *, document: ParsedDocument | None = None, error: ParseError | None = None, parser: str = ""
) -> Parsed:
    try:
        size, content_hash = task.path.stat().st_size, hash_file(task.path)
    except OSError:
        size, content_hash = 0, ""
    return Parsed(
        source=task.source, content_hash=content_hash, size=size, document=document, error=error, parser=parser
    )
