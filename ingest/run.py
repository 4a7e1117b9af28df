"""The batch run: find → skip what is unchanged → parse → passages → embed what is new → one transaction per document.

Read this first. Parsing happens in other processes; embedding and the record belong to this one.
"""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path

from core.ports import PassageEncoder
from core.settings import IngestSettings
from ingest.duplicates import DuplicateRecord, find_duplicates
from ingest.embed import EmbeddingQueue, TokenRecord
from ingest.files import find_files
from ingest.parse import parser_version
from ingest.reading import read_task
from ingest.record import Record
from ingest.report import IngestReport
from ingest.survey import Rules, Survey, unpacks
from ingest.task import Cutter, FileTask
from ingest.token_count import counter_of
from ingest.watch import UNWATCHED, Watch
from ingest.worker import Read, parse_all
from ingest.writer import Writer
from store.source_state import SourceState


class Ingestion:
    """Brings folders and files into knowledge bases; token vectors too where there is a ``token_record`` for them, and
    a look for documents that repeat others where there is a place to keep ``duplicates``."""

    def __init__(
        self,
        catalog: Record,
        embedder: PassageEncoder,
        settings: IngestSettings,
        token_record: TokenRecord | None = None,
        duplicates: DuplicateRecord | None = None,
    ) -> None:
        self._catalog = catalog
        self._embedder = embedder
        self._settings = settings
        self._token_record = token_record
        self._duplicates = duplicates

    def run(
        self,
        paths: Sequence[Path],
        kb: str,
        *,
        prune: bool = False,
        checksum: bool = False,
        workers: int | None = None,
        watch: Watch = UNWATCHED,
    ) -> IngestReport:
        """Ingest every file under ``paths``; no file stops the run.

        ``prune`` makes the knowledge base hold what ``paths`` hold and nothing else; it does nothing where only single
        files are given. ``checksum`` compares the bytes of every file, where otherwise the system is believed that
        nothing touched it. ``watch`` follows and may end it. Raises ``NotFound`` and ``InvalidInput`` for the
        arguments, and whatever the embedder, the record or ``watch`` raises.
        """
        began = time.monotonic()
        files = find_files(paths)
        watch.found(files)
        self._catalog.ensure_kb(kb)
        settings = self._settings if workers is None else self._settings.model_copy(update={"workers": workers})
        prune = prune and any(path.is_dir() for path in paths)
        fingerprint = self._embedder.fingerprint
        # Other passages or another embedder make another edition, from the stored text: only parsers read files again.
        rules = Rules(pipeline=parser_version(), settings=settings, checksum=checksum, prune=prune)
        with EmbeddingQueue(self._catalog.vectors, self._embedder, settings.embed_batch, self._token_record) as queue:
            writer = Writer(self._catalog, queue, fingerprint, kb, watch)
            survey = Survey(self._catalog, writer, kb, files, rules)
            read = partial(read_task, cutter=Cutter(kb=kb, count=counter_of(self._embedder)))
            _read(survey, writer, settings, watch, read)
            if prune:
                writer.delete(survey.gone())
            writer.fill_tokens()
        if self._duplicates is not None:
            writer.tally.duplicates = find_duplicates(self._duplicates, kb)
        return writer.tally.report(seconds=time.monotonic() - began)


def _read(survey: Survey, writer: Writer, settings: IngestSettings, watch: Watch, read: Read) -> None:
    """Parse and store what is new or changed; where nothing is, no process is started."""
    states: dict[str, SourceState] = {}
    tasks = _tasks(survey, states, watch)
    first = list(islice(tasks, settings.workers))
    if not first:
        return
    for delivery in parse_all(chain(first, tasks), _for_few(settings, first), read=read, check=writer.check):
        source = delivery.task.source
        if delivery.end is not None:
            writer.delete(survey.replaced(source, delivery.end))
        writer.take(delivery, states[source])
        if delivery.end is not None:
            del states[source]
    writer.finish()


def _for_few(settings: IngestSettings, first: Sequence[FileTask]) -> IngestSettings:
    """No more processes than files, where there are so few and none is an archive: a process costs half a second."""
    if len(first) == settings.workers or any(unpacks(task.path) for task in first):
        return settings
    return settings.model_copy(update={"workers": len(first)})


def _tasks(survey: Survey, states: dict[str, SourceState], watch: Watch) -> Iterator[FileTask]:
    for file, state in survey.changed():
        states[file.source] = state
        watch.began(file.source)
        yield FileTask(path=file.path, source=file.source, content_hash=state.content_hash)
