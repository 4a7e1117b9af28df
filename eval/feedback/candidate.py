"""A home as it would be with other settings, to be asked before they go live."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from answer.assemble import Desk
from answer.decision.calibration_file import FILE_NAME
from core.errors import InvalidInput
from core.settings import Settings
from ingest.reindex import Told
from store.backup import RECORD
from store.editions import EditionState
from store.record_copy import copy_record, make_its_own


def changes_passages(desk: Desk, kb: str) -> bool:
    """Whether the desk's settings cut or embed otherwise than the edition that answers."""
    current = desk.editions.of(kb).get(EditionState.CURRENT)
    return current is not None and current.recipe.key != desk.encoders.recipe().key


@contextmanager
def copied(settings: Settings, kb: str, *, told: Told) -> Iterator[Desk]:
    """The knowledge base in a copy of the record, cut and embedded as the settings say; gone at the end.

    The home is untouched, and a service goes on with it. Raises ``InvalidInput`` for a record on a server.
    """
    if settings.record.url:
        raise InvalidInput(
            "the record is on a server (record.url) and is not copied here; restore a dump of it as another database, "
            "and check with record.url naming that and --home another folder"
        )
    place = settings.home / "evaluation"
    place.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="release-", dir=place) as name:
        folder = Path(name)
        copy_record(settings.home / RECORD, folder / RECORD)
        make_its_own(folder / RECORD)
        if (settings.home / FILE_NAME).is_file():
            shutil.copy2(settings.home / FILE_NAME, folder / FILE_NAME)
        with closing(Desk(_moved(settings, folder))) as desk:
            desk.own()
            desk.editions.reindex(kb, told=told)
            desk.indexes.catch_up(kb)
            yield desk


def _moved(settings: Settings, home: Path) -> Settings:
    """The same in another home, which shares the exported models and no server."""
    retrieval = settings.retrieval.model_copy(update={"model_cache": settings.models, "chroma_url": ""})
    return settings.model_copy(update={"home": home, "retrieval": retrieval})
