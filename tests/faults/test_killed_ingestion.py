"""``kill -9`` during ingestion: nothing lost, nothing doubled, nothing half-visible, the indexes as the record.

A few kills here; ``make test-faults`` makes 200, and ten with the packaged model.
"""

import os
import sys
from contextlib import closing

import pytest
from kill_trial import Place, Trial

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")]
KILLS = int(os.environ.get("CITEDESK_TEST_KILLS", "8"))
MANY = 100
SECONDS = 2_400


def kill(place: Place, kills: int, capsys) -> None:
    with closing(Trial(place, seed=20, stride=1 if kills >= MANY else 7)) as trial:
        tally = trial.run(kills, SECONDS)
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.wrong == []
    assert tally.kills.total() >= kills


@pytest.mark.timeout(SECONDS + 600)
def test_whatever_is_killed_nothing_is_lost_doubled_or_half_visible(tmp_path, capsys):
    kill(Place(tmp_path), KILLS, capsys)


@pytest.mark.skipif(KILLS < MANY, reason="takes minutes; `make test-faults` runs it")
@pytest.mark.timeout(SECONDS + 600)
def test_the_same_with_the_packaged_model(tmp_path, model_cache, capsys):
    kill(Place(tmp_path, real=True, models=model_cache), 10, capsys)
