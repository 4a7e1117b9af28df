"""Random changes of a folder: after every run the record says exactly what the folder holds."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

from fakes import FakeEmbedder
from hypothesis import given, settings
from hypothesis import strategies as st
from parsing_here import parser_in

from core.settings import IngestSettings
from core.types import Outcome
from ingest import run as run_module
from ingest import survey as survey_module
from ingest.run import Ingestion
from store.catalog import Catalog
from store.duplicates import Duplicates

NAMES = ["a.md", "note.txt", "zh/退款.md", "zh/说明.txt", "archive/a.md", "Yahoo!/a.md"]
BODIES = ["Refunds take three days.", "退款三天到账。", "Refunds take five days.", "退款五天到账。"]
OTHER_WORDS = str.maketrans("三五RF", "五三FR")


class Folder:
    """A folder and what is known to be in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, str] = {}

    def path(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name: str, body: str) -> None:
        self.path(name).write_text(body, encoding="utf-8")
        self.files[name] = body

    def change(self, draw: Callable[..., str]) -> None:
        """Something is done to a file of the folder, most often one that is there."""
        present = draw(st.sampled_from(sorted(self.files) or NAMES))
        name = draw(st.sampled_from(NAMES))
        what = draw(st.sampled_from(["write", "edit", "delete", "rename", "swap", "copy", "touch"]))
        if what == "write" or present not in self.files:
            self.write(name, draw(st.sampled_from(BODIES)))
        elif what in ("rename", "swap", "copy"):
            getattr(self, what)(present, name)
        else:
            getattr(self, what)(present)

    def edit(self, name: str) -> None:
        """Other words of the same size under the same date."""
        stat = self.path(name).stat()
        self.write(name, self.files[name].translate(OTHER_WORDS))
        os.utime(self.path(name), ns=(stat.st_atime_ns, stat.st_mtime_ns))

    def delete(self, name: str) -> None:
        self.path(name).unlink()
        del self.files[name]

    def rename(self, old: str, new: str) -> None:
        self.path(old).replace(self.path(new))
        self.files[new] = self.files.pop(old)

    def swap(self, one: str, other: str) -> None:
        if other in self.files and one != other:
            self.path(one).rename(self.root / "aside")
            self.path(other).rename(self.path(one))
            (self.root / "aside").rename(self.path(other))
            self.files[one], self.files[other] = self.files[other], self.files[one]

    def copy(self, old: str, new: str) -> None:
        self.write(new, self.files[old])

    def touch(self, name: str) -> None:
        self.path(name).touch()


@settings(max_examples=12)
@given(st.data())
def test_after_every_run_the_record_says_what_the_folder_holds(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        folder = Folder(root / "docs")
        folder.write("a.md", BODIES[0])
        catalog = Catalog.open(root / "home")
        try:
            ingestion = Ingestion(catalog, FakeEmbedder(), IngestSettings(), duplicates=Duplicates(catalog))
            for _ in range(8):
                for _ in range(data.draw(st.integers(1, 3))):
                    folder.change(data.draw)
                _run(folder, catalog, ingestion, root, data)
        finally:
            catalog.close()


def _run(folder: Folder, catalog: Catalog, ingestion: Ingestion, scratch: Path, data: st.DataObject) -> None:
    prune, trusted = data.draw(st.booleans()), data.draw(st.booleans())
    before = set(catalog.source_states("kb"))
    # A clock tick between the last change and the run: within one tick a date says nothing.
    time.sleep(0.01)
    # Files that are compared long after they were written are known by their dates in the next run.
    clock = SimpleNamespace(time_ns=lambda: time.time_ns() + trusted * 10**10)
    with patch.object(run_module, "parse_all", parser_in(scratch)), patch.object(survey_module, "time", clock):
        report = ingestion.run([folder.root], "kb", prune=prune)
        _check(folder.files, catalog, kept=set() if prune else before)
        again = ingestion.run([folder.root], "kb", prune=prune)
    assert report.files == len(folder.files)
    assert (again.outcomes[Outcome.UNCHANGED], again.passages) == (len(folder.files), 0)
    assert (again.moved, again.removed, again.embedded, again.duplicates) == (0, 0, 0, ())


def _check(files: dict[str, str], catalog: Catalog, *, kept: set[str]) -> None:
    """``kept`` may be there as well: documents of an earlier run whose files are gone."""
    ids = catalog.document_ids("kb")
    assert files.keys() <= ids.keys() <= files.keys() | kept
    assert ids.keys() == catalog.source_states("kb").keys()
    assert len(set(ids.values())) == len(ids)
    passages = catalog.live_chunks("kb", sorted(catalog.live_ids("kb"))).values()
    assert {chunk.source for chunk in passages} == ids.keys()
    assert sum(len(catalog.chunks_of("kb", each)) for each in ids.values()) == len(passages)
    copies = Duplicates(catalog).by_source("kb")
    for name, body in files.items():
        document = catalog.document(ids[name])
        assert (document.text, document.title) == (body, Path(name).stem)
        same = {each.source for each in copies.get(name, ()) if each.similarity == 1}
        assert same & files.keys() == {other for other in files if files[other] == body} - {name}
