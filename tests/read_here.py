"""Reading a file and all that is in it in this process, for tests that need no limits on one."""

from collections.abc import Iterator
from pathlib import Path

from core.settings import IngestSettings
from core.types import Outcome
from ingest.family import Delivery, Family
from ingest.reading import read_task
from ingest.task import FileTask, Parsed


def read_here(task: FileTask, settings: IngestSettings, scratch: Path) -> Iterator[Delivery]:
    """What ``parse_all`` gives for one task, one member after the other."""
    family = Family(task, settings)
    while family.waiting:
        each = family.next()
        yield family.take(each, read_task(each, settings, scratch, family.spent))


def verdicts(path: Path, settings: IngestSettings, scratch: Path) -> dict[str, tuple[Outcome, str]]:
    """Outcome by source, with the text of a document or the reason of another outcome; an archive has neither."""
    deliveries = read_here(FileTask(path=path, source=path.name), settings, scratch)
    found: dict[str, tuple[Outcome, str]] = {}
    for delivery in deliveries:
        for parsed in delivery.results:
            assert parsed.source not in found, f"{parsed.source!r} was told twice"
            found[parsed.source] = _verdict(parsed)
    return found


def _verdict(parsed: Parsed) -> tuple[Outcome, str]:
    if parsed.error is not None:
        assert parsed.error.parser, f"nobody said {parsed.error.reason!r}"
        return parsed.error.outcome, parsed.error.reason
    return Outcome.INGESTED, parsed.document.text if parsed.document else ""
