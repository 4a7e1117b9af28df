"""`citedesk backup` and `citedesk restore` as commands."""

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from api.cli import main
from api.shapes.operation import HomeCopy
from store.catalog import Catalog


@pytest.fixture
def home(tmp_path):
    catalog = Catalog.open(tmp_path / "home")
    catalog.ensure_kb("产品手册")
    catalog.close()
    return tmp_path / "home"


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_home_goes_into_a_file_and_out_again(home, tmp_path):
    made = run("backup", tmp_path / "备份.tar.gz", "--home", home, "--json")
    restored = run("restore", tmp_path / "备份.tar.gz", "--home", tmp_path / "again")

    document = TypeAdapter(HomeCopy).validate_json(made.stdout)
    assert (document["rows"]["knowledge_bases"], document["files"]) == (1, 1)
    assert restored.exit_code == 0
    assert "1 files" in restored.output
    assert "1 knowledge bases, 0 documents, 0 chunks" in restored.output
    catalog = Catalog.open(tmp_path / "again")
    assert catalog.kb_names() == ["产品手册"]
    catalog.close()


def test_a_home_that_is_there_is_left_with_exit_code_2(home, tmp_path):
    run("backup", tmp_path / "copy", "--home", home)
    refused = run("restore", tmp_path / "copy", "--home", home)
    assert (refused.exit_code, "is there already" in refused.stderr) == (2, True)


def test_a_damaged_backup_ends_with_exit_code_3(home, tmp_path):
    run("backup", tmp_path / "copy", "--home", home)
    (tmp_path / "copy" / "record.sqlite").write_bytes(b"short")
    refused = run("restore", tmp_path / "copy", "--home", tmp_path / "again")
    assert (refused.exit_code, "is damaged: its SHA-256" in refused.stderr) == (3, True)


def test_a_record_on_a_server_is_copied_by_that_server(home, tmp_path, monkeypatch):
    monkeypatch.setenv("CITEDESK_RECORD__URL", "postgresql+psycopg://me@db/x")
    refused = run("backup", tmp_path / "copy", "--home", home)
    assert (refused.exit_code, "pg_dump" in refused.stderr) == (2, True)
