"""Damage to the files of the real indexes: told by ``verify``, or shown to change nothing that can be read."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from edition_home import KB, EditionHome, manual

from core.types import SearchStage
from retrieval.verify import ArmReport, verify

pytestmark = pytest.mark.slow
FLIPS = int(os.environ.get("CITEDESK_TEST_FLIPS", "50"))
PASSAGES, STEP = 200, 20
QUESTIONS = ("refunds of gate 17", "第31号网关退款几天到账")
ENGINES = {"chroma": "dense", "tantivy": "lexical"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A home of some hundred passages, closed in good order."""
    folder = tmp_path_factory.mktemp("whole") / "home"
    with closing(EditionHome(folder)) as home:
        for number in range(0, PASSAGES, STEP):
            text = "\n\n".join(manual(n) for n in range(number, number + STEP))
            home.put(f"{number}.md", text)
            home.indexes.catch_up(KB)
        home.put("0.md", manual(PASSAGES))
        # What was deleted counts in tantivy's idf until it is compacted; without it scores can be compared.
        home.indexes.rebuild(KB)
        home.indexes.sweep()
        assert home.found(QUESTIONS[0])
    return folder


@pytest.fixture
def home(whole, tmp_path) -> Iterator[Path]:
    shutil.copytree(whole, tmp_path / "home")
    yield tmp_path / "home"
    shutil.rmtree(tmp_path / "home")


def files_of(home: Path) -> list[Path]:
    """All that the engines wrote and that is not empty, in order."""
    found = (path for engine in ENGINES for path in (home / "indexes" / engine).rglob("*") if path.is_file())
    return sorted(path for path in found if path.stat().st_size and path.name != "seal.json")


def unseal(home: Path) -> None:
    """As a killed process leaves it."""
    for seal in home.rglob("seal.json"):
        seal.unlink()


def flip(path: Path, place: float, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)


def verified(folder: Path) -> dict[str, ArmReport]:
    with closing(EditionHome(folder)) as home:
        return {arm.arm: arm for arm in verify(KB, catalog=home.catalog, indexes=home.indexes)}


def results(home: EditionHome) -> list[tuple[str, float]]:
    stages = (SearchStage.LEXICAL, SearchStage.DENSE, SearchStage.HYBRID)
    found = [home.retriever.search(KB, question, 20, stage) for question in QUESTIONS for stage in stages]
    assert all(each.degraded == () for each in found)
    return [(hit.chunk.id, pytest.approx(hit.score, abs=1e-4)) for each in found for hit in each.hits]


def test_an_undamaged_home_is_sound(home):
    reports = verified(home)
    assert all(report.sound for report in reports.values())
    assert {report.passages for report in reports.values()} == {PASSAGES - STEP + 1}
    assert {report.asked for report in reports.values()} == {PASSAGES - STEP + 1}


def test_each_of_so_many_flipped_bits_is_told_with_its_file(whole, home):
    chance = random.Random(5)
    kinds = files_of(home)
    for number in range(FLIPS):
        path = kinds[number % len(kinds)]
        before = path.read_bytes()
        flip(path, chance.random(), chance.randrange(8))
        arm = ENGINES[path.relative_to(home / "indexes").parts[0]]
        report = verified(home)[arm]
        assert not report.sound
        assert path.name in report.damage
        path.write_bytes(before)
        shutil.rmtree(home)
        shutil.copytree(whole, home)


def test_after_a_kill_a_flipped_bit_of_tantivy_is_told_too_or_changes_no_result(whole, home):
    with closing(EditionHome(whole)) as sound:
        expected = results(sound)
    chance = random.Random(6)
    unseal(home)
    kinds = [path for path in files_of(home) if "tantivy" in path.parts]
    told = 0
    for number in range(2 * len(kinds)):
        path = kinds[number % len(kinds)]
        before = path.read_bytes()
        flip(path, chance.random(), chance.randrange(8))
        with closing(EditionHome(home)) as damaged:
            reports = verify(KB, catalog=damaged.catalog, indexes=damaged.indexes)
            is_told = not all(report.sound for report in reports)
            assert is_told or results(damaged) == expected, path
        told += is_told
        shutil.rmtree(home)
        shutil.copytree(whole, home)
        unseal(home)
        assert path.read_bytes() == before
    assert told >= len(kinds), "most of what tantivy writes is read"


def test_after_a_kill_a_damaged_graph_ends_two_processes_at_most(home):
    """A service that is started again and again must come up."""
    unseal(home)
    for graph in (home / "indexes" / "chroma").rglob("link_lists.bin"):
        graph.write_bytes(b"\xff" * graph.stat().st_size)
    code = (
        "import sys; from pathlib import Path; from edition_home import EditionHome\n"
        "home = EditionHome(Path(sys.argv[1])); print(len(home.found('refunds', k=7))); home.close()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", code, str(home)]
    ended = [subprocess.run(command, capture_output=True, text=True, env=environment, check=False) for _ in range(3)]
    assert ended[-1].returncode == 0, ended[-1].stderr
    assert int(ended[-1].stdout) == 7
    assert all(report.sound for report in verified(home).values())


# Of a small collection Chroma reads its log and not its graph: without that file nothing changes after a kill.
@pytest.mark.parametrize(
    ("engine", "pattern", "killed"),
    [("chroma", "*.bin", False)]
    + [
        (engine, pattern, killed)
        for engine, pattern in (("tantivy", "*.term"), ("tantivy", "meta.json"), ("chroma", "chroma.sqlite3"))
        for killed in (False, True)
    ],
)
def test_a_file_that_is_gone_is_told_and_a_rebuild_brings_everything_back(whole, home, engine, pattern, killed):
    with closing(EditionHome(whole)) as sound:
        expected = results(sound)
    if killed:
        unseal(home)
    next((home / "indexes" / engine).rglob(pattern)).unlink()
    with closing(EditionHome(home)) as damaged:
        reports = {arm.arm: arm for arm in verify(KB, catalog=damaged.catalog, indexes=damaged.indexes)}
        assert not reports[ENGINES[engine]].sound
        damaged.indexes.rebuild(KB)
        assert results(damaged) == expected
        assert damaged.embedders[0].embedded == []
        assert damaged.is_sound()


def test_rows_that_a_second_writer_took_from_chroma_are_told(home):
    with closing(EditionHome(home)) as first:
        index = first.indexes.dense(KB)
        gone, altered = sorted(index.ids())[:2]
        index._collection.delete(ids=[gone])
        index._collection.update(ids=[altered], embeddings=[[1.0] * 64])
        index._collection.add(ids=["theirs"], embeddings=[[1.0] + [0.0] * 63])
        dense, lexical = verify(KB, catalog=first.catalog, indexes=first.indexes)
    assert (dense.missing, dense.extra, dense.altered) == ((gone,), ("theirs",), (altered,))
    assert gone in dense.unfindable
    assert lexical.sound


def test_what_a_second_process_writes_while_the_indexes_are_closed_is_told(home):
    code = (
        "import sys, chromadb; client = chromadb.PersistentClient(sys.argv[1]);"
        "client.list_collections()[0].add(ids=['theirs'], embeddings=[[1.0] * 64])"
    )
    subprocess.run([sys.executable, "-c", code, str(home / "indexes" / "chroma")], check=True, capture_output=True)
    assert "chroma.sqlite3 was changed since it was closed" in verified(home)["dense"].damage


def test_a_rebuild_changes_no_result_and_reads_no_document_again(home):
    with closing(EditionHome(home)) as desk:
        before = results(desk)
        old = {each.id for each in desk.indexes._ledger.generations()}
        desk.indexes.rebuild(KB)
        assert not old & {each.id for each in desk.indexes._ledger.generations()}
        assert results(desk) == before
        assert desk.embedders[0].embedded == []
