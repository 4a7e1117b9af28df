"""``kill -9`` during ingestion: nothing lost, nothing doubled, nothing half-visible, the indexes as the record.

A few kills here; ``make test-faults`` makes 200, and some with the real models.
"""

import os
import sys
from contextlib import closing

import pytest
from kill_trial import Place, Trial

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs /proc and SIGKILL")]
KILLS = int(os.environ.get("CITEDESK_TEST_KILLS", "8"))
SECONDS = 2_400


@pytest.mark.timeout(SECONDS + 600)
def test_whatever_is_killed_nothing_is_lost_doubled_or_half_visible(tmp_path, capsys):
    with closing(Trial(Place(tmp_path), seed=20, stride=1 if KILLS > 100 else 7)) as trial:
        tally = trial.run(KILLS, SECONDS)
    with capsys.disabled():
        print(f"\n{tally}")
    assert tally.wrong == []
    assert tally.kills.total() >= KILLS
