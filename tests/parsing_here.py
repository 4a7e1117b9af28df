"""Parsing without processes, for tests of what a run does with the results."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from core.settings import IngestSettings
from ingest.family import Delivery, Family
from ingest.task import FileTask
from ingest.worker import Read


def parser_in(scratch: Path) -> Callable[..., Iterator[Delivery]]:
    """A stand-in for ``ingest.worker.parse_all`` that unpacks below ``scratch``."""

    def parse_all(
        tasks: Iterable[FileTask], settings: IngestSettings, *, read: Read, **_options: Any
    ) -> Iterator[Delivery]:
        for task in tasks:
            family = Family(task, settings)
            while family.waiting:
                each = family.next()
                yield family.take(each, read(each, settings, scratch, family.spent))

    return parse_all
