"""A home in one file, and a home made of it again."""

import json
import os
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest

from core.errors import InvalidInput, RecordError
from store import backup as module
from store.backup import MANIFEST, RECORD, back_up, restore
from store.catalog import Catalog
from store.editions import Editions, EditionState, Recipe
from store.ledger import Ledger
from store.pepper import read_pepper

TARGETS = ("copy", "copy.tar", "备份.tar.gz")


@pytest.fixture
def home(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    catalog = Catalog.open(home)
    for kb in ("default", "产品手册"):
        catalog.ensure_kb(kb)
    catalog.close()
    read_pepper(home)
    (home / "citedesk.toml").write_text('[llm]\nmodel = "通义"\n', encoding="utf-8")
    for path in ("indexes/chroma/x.bin", "models/m.onnx", "uploads/1/发票.pdf", "evaluation/record.sqlite", "a.lock"):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(b"bytes")
    return home


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def kbs(home):
    catalog = Catalog.open(home)
    try:
        return catalog.kb_names(), catalog.home_id()
    finally:
        catalog.close()


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_backed_up_is_there_again_with_its_pepper_and_an_id_of_its_own(home, tmp_path, name):
    made = back_up(home, tmp_path / name)
    again = tmp_path / "again"

    assert restore(tmp_path / name, again) == made

    assert names(again) == {RECORD, "pepper", "citedesk.toml", "uploads/1/发票.pdf"}
    assert made.rows == {"knowledge_bases": 2, "documents": 0, "chunks": 0}
    assert read_pepper(again) == read_pepper(home)
    (found, its_id), (expected, old_id) = kbs(again), kbs(home)
    assert found == expected == ["default", "产品手册"]
    assert its_id != old_id
    assert len(its_id) == 16


def test_a_backup_is_for_its_owner_alone(home, tmp_path):
    for name in ("copy", "copy.tar"):
        back_up(home, tmp_path / name)
        assert (tmp_path / name).stat().st_mode & 0o077 == 0


def test_a_copy_is_whole_while_others_write(home, tmp_path):
    catalog, stop = Catalog.open(home), threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            catalog.ensure_kb(f"kb-{number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [back_up(home, tmp_path / f"copy-{n}") for n in range(3)]
    finally:
        stop.set()
        writer.join()
    after = len(catalog.kb_names())
    catalog.close()
    counts = [each.rows["knowledge_bases"] for each in made]
    assert counts == sorted(counts)
    assert 2 <= counts[0] <= counts[2] <= after
    assert restore(tmp_path / "copy-2", tmp_path / "again").rows == made[2].rows


def test_indexes_are_built_anew_in_a_restored_home(home, tmp_path):
    catalog = Catalog.open(home)
    edition = Editions(catalog).settle("产品手册", Recipe(cut="words", fingerprint="fake-1"))
    Ledger(catalog).publish(Ledger(catalog).begin("产品手册", edition.id, "dense", "engine"))
    assert Ledger(catalog).ready(edition.id, "dense") is not None
    catalog.close()

    back_up(home, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "again")

    catalog = Catalog.open(tmp_path / "again")
    assert Editions(catalog).of("产品手册")[EditionState.CURRENT].id == edition.id
    assert Ledger(catalog).ready(edition.id, "dense") is None
    catalog.close()


def test_nothing_is_overwritten(home, tmp_path):
    back_up(home, tmp_path / "copy")
    with pytest.raises(InvalidInput, match="is there already; name another place"):
        back_up(home, tmp_path / "copy")
    with pytest.raises(InvalidInput, match="is there already; restore into another --home"):
        restore(tmp_path / "copy", home)
    with pytest.raises(InvalidInput, match="inside of the home"):
        back_up(home, home / "copy")
    assert kbs(home)[0] == ["default", "产品手册"]


def test_an_empty_folder_may_become_the_home(home, tmp_path):
    back_up(home, tmp_path / "copy.tar")
    (tmp_path / "again").mkdir()
    restore(tmp_path / "copy.tar", tmp_path / "again")
    assert kbs(tmp_path / "again")[0] == ["default", "产品手册"]


@pytest.mark.parametrize("name", TARGETS[:2])
def test_every_changed_byte_of_a_backup_is_found(home, tmp_path, name):
    back_up(home, tmp_path / name)
    victim = tmp_path / name / "pepper" if name == "copy" else tmp_path / name
    content = bytearray(victim.read_bytes())
    place = content.index(read_pepper(home))
    content[place] ^= 1
    victim.write_bytes(content)
    with pytest.raises(RecordError, match=r"pepper of .* is damaged: its SHA-256"):
        restore(tmp_path / name, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not [path for path in tmp_path.iterdir() if "unfinished" in path.name]


def test_a_backup_that_was_cut_is_refused(home, tmp_path):
    back_up(home, tmp_path / "copy.tar")
    whole = (tmp_path / "copy.tar").read_bytes()
    (tmp_path / "copy.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordError, match=r"cannot be read as a backup|lacks"):
        restore(tmp_path / "copy.tar", tmp_path / "again")
    back_up(home, tmp_path / "copy")
    (tmp_path / "copy" / "pepper").unlink()
    with pytest.raises(RecordError, match="lacks pepper: it was cut or changed"):
        restore(tmp_path / "copy", tmp_path / "again")


def change_manifest(copy, **values):
    manifest = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    (copy / MANIFEST).write_text(json.dumps(manifest | values), encoding="utf-8")
    return manifest


def test_what_is_no_backup_is_refused_with_the_reason(home, tmp_path):
    with pytest.raises(InvalidInput, match="is not there; name what `citedesk backup` wrote"):
        restore(tmp_path / "nothing", tmp_path / "again")
    with pytest.raises(InvalidInput, match=r"does not begin with backup\.json"):
        restore(home, tmp_path / "again")
    (tmp_path / "text").write_text("退款", encoding="utf-8")
    with pytest.raises(RecordError, match="cannot be read as a backup"):
        restore(tmp_path / "text", tmp_path / "again")
    back_up(home, tmp_path / "copy")
    change_manifest(tmp_path / "copy", format=2)
    with pytest.raises(InvalidInput, match="has the format 2, this release reads 1"):
        restore(tmp_path / "copy", tmp_path / "again")


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil"])
def test_a_backup_writes_nothing_outside_of_the_home(home, tmp_path, path):
    back_up(home, tmp_path / "copy")
    files = change_manifest(tmp_path / "copy")["files"]
    change_manifest(tmp_path / "copy", files=[*files, {"path": path, "bytes": 1, "sha256": "", "mode": 0o600}])
    with pytest.raises(InvalidInput, match="outside of a home"):
        restore(tmp_path / "copy", tmp_path / "again")


def test_a_member_that_the_manifest_does_not_name_is_left(home, tmp_path):
    back_up(home, tmp_path / "copy.tar")
    with tarfile.open(tmp_path / "copy.tar", "a") as tar:
        tar.add(home / "a.lock", arcname="../evil")
    restore(tmp_path / "copy.tar", tmp_path / "again")
    assert not (tmp_path / "evil").exists()


def test_a_record_of_a_newer_release_is_not_restored(home, tmp_path, monkeypatch):
    back_up(home, tmp_path / "copy")
    monkeypatch.setattr("store.record_copy._revisions", lambda: {"0001"})
    with pytest.raises(RecordError, match=r"has the schema '\d{4}' of a newer release; install that one"):
        restore(tmp_path / "copy", tmp_path / "again")


def test_a_home_without_a_record_of_its_own_is_not_copied(tmp_path):
    with pytest.raises(InvalidInput, match="holds no record to copy; one on PostgreSQL is copied by pg_dump"):
        back_up(tmp_path, tmp_path.parent / "copy")


def test_a_damaged_record_is_not_called_a_backup(home, tmp_path):
    content = bytearray((home / RECORD).read_bytes())
    content[4096 * 3 : 4096 * 9] = bytes(4096 * 6)
    (home / RECORD).write_bytes(content)
    with pytest.raises(RecordError):
        back_up(home, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize("act", ["restore", "back_up"])
def test_a_kill_in_the_middle_leaves_nothing_by_the_name(home, tmp_path, act):
    back_up(home, tmp_path / "copy")
    code = (
        "import os, sys; from pathlib import Path; from store import backup\n"
        "backup._synced = lambda folder: os._exit(9)\n"
        f"backup.{act}(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    source = tmp_path / "copy" if act == "restore" else home
    environment = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[1])}
    arguments = [sys.executable, "-c", code, str(source), str(tmp_path / "new")]
    assert subprocess.run(arguments, env=environment, check=False).returncode == 9
    assert not (tmp_path / "new").exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".new.unfinished-")]
