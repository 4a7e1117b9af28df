"""A process that builds an edition is killed at every kind of moment; the next one finds nothing lost or doubled."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import edition_home
import pytest
from edition_home import KB, OTHER, EditionHome, manual
from sqlalchemy import func, select

from store.tables import edition_versions, indexes, versions

pytestmark = pytest.mark.slow
DOCUMENTS = 4
# While documents are cut and read, in each index, around the switch and after it; all of them when asked for.
STEPS = 32
MOMENTS = range(1, STEPS + 1, 1 if os.environ.get("CITEDESK_TEST_ALL_MOMENTS") else 3)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """A home whose next process wants another edition."""
    folder = tmp_path_factory.mktemp("editions") / "home"
    home = EditionHome(folder)
    for number in range(DOCUMENTS):
        home.put(f"{number}.md", manual(number))
    home.keeper.bring_up(KB)
    home.indexes.catch_up(KB)
    texts = home.texts()
    home.close()
    return folder, texts


@pytest.fixture(scope="module")
def wanted(untouched, tmp_path_factory):
    """What the other edition holds."""
    folder = tmp_path_factory.mktemp("whole") / "home"
    shutil.copytree(untouched[0], folder)
    home = EditionHome(folder, **OTHER)
    home.keeper.reindex(KB)
    texts = home.texts()
    home.close()
    return texts


def build(folder: Path, at: int) -> subprocess.CompletedProcess[str]:
    tests = Path(edition_home.__file__).parent
    return subprocess.run(
        [sys.executable, edition_home.__file__, str(folder), str(at)],
        env={"PYTHONPATH": f"{tests.parent}:{tests}", "OMP_NUM_THREADS": "1", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def count(home: EditionHome, table) -> int:
    with home.catalog.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_build_leaves_one_whole_edition_and_the_next_process_finishes_it(untouched, wanted, tmp_path, moment):
    folder, old = tmp_path / "home", untouched[1]
    shutil.copytree(untouched[0], folder)
    died = build(folder, moment)
    assert died.returncode == -signal.SIGKILL, died.stderr or died.stdout
    home = EditionHome(folder, **OTHER)
    home.indexes.sweep()
    assert home.texts() in (old, wanted)
    assert home.is_sound()
    assert set(home.found("rule 2 of gate 2")) <= set(home.texts())
    home.keeper.reindex(KB)
    assert home.texts() == wanted
    assert home.is_sound()
    assert home.state() == {"previous": 1, "current": 2}, "the build went on; no second one was begun"
    assert count(home, versions) == 2 * DOCUMENTS
    assert count(home, edition_versions) == DOCUMENTS
    assert count(home, indexes) == 4
    assert len(list((folder / "indexes" / "tantivy").iterdir())) == 2
    home.keeper.rollback(KB)
    assert home.texts() == old
    assert home.is_sound()
    home.close()


def test_the_moments_cover_the_whole_build(untouched, tmp_path):
    shutil.copytree(untouched[0], tmp_path / "home")
    whole = build(tmp_path / "home", 0)
    assert whole.returncode == 0, whole.stderr
    assert int(whole.stdout) == STEPS
