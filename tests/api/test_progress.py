"""What a person sees of a running job, on wide and narrow terminals and in log files."""

import io
import os
import signal
import subprocess
import sys

import pytest
from rich.cells import cell_len
from rich.console import Console as Terminal

from api.console import Console, Progress
from api.interrupt import interruptible
from api.job_show import show_report
from api.pace import Pace, in_words, share
from api.progress import Lines, Panel
from store.job import JobProgress

NAME = "很长的文件夹名字/更深的一层/退款与发票开具规定的详细说明第十二版.md"
HALF = JobProgress(
    files=10, files_done=5, bytes=200_000, bytes_done=100_000, passages=1_234, embedded=9, problems=2, current=NAME
)


class Watch:
    def __init__(self, progress):
        self._progress = progress

    def progress(self):
        return self._progress


def drawn(progress, width):
    """The panel's lines as a terminal of this width shows them."""
    terminal = Terminal(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    panel = Panel(jobs=None)
    panel.running(job=None, watch=Watch(progress))
    terminal.print(panel)
    return terminal.file.getvalue().removesuffix("\n").split("\n")


@pytest.mark.parametrize("width", [100, 60, 40, 24])
def test_no_line_is_wider_than_the_terminal_whatever_the_name(width):
    lines = drawn(HALF, width)
    assert len(lines) == 3
    assert max(map(cell_len, lines)) <= width


def test_a_wide_terminal_shows_everything():
    bar, counts, name = drawn(HALF, 100)
    assert bar == "━" * 40 + " 5 of 10 files"
    assert counts.strip() == "1,234 passages · 9 embedded · 2 problems"
    assert name.strip() == NAME


def test_a_narrow_terminal_keeps_the_end_of_the_name():
    *_, name = drawn(HALF, 24)
    # "…" is one cell, "第十二版.md" eleven, and each character before it two: six fit into 24.
    assert name.strip() == "…定的详细说明第十二版.md"


def test_control_characters_in_a_name_are_spelt_out():
    lines = drawn(JobProgress(files=1, current="a\x1b[31mred\nline\u202e.md"), 80)
    assert len(lines) == 3
    assert lines[2].strip() == r"a\x1b[31mred\nline\u202e.md"


def test_before_the_files_are_known_and_after_the_last_one():
    assert "looking for files" in drawn(JobProgress(), 80)[0]
    assert "3 of 3 files, finishing" in drawn(JobProgress(files=3, files_done=3), 80)[0]


def test_a_log_file_gets_a_line_of_counts_and_each_message_once(capsys):
    lines = Lines(Console(None, as_json=False), jobs=None)
    lines.tell()
    lines.saying("等待")
    lines.saying("等待")
    lines.running(job=None, watch=Watch(HALF))
    lines.tell()
    assert capsys.readouterr().err.split("\n") == [
        "  等待",
        f"  5 of 10 files, 1,234 passages, 9 embedded, 2 problems, now {NAME}",
        "",
    ]


def test_the_time_left_follows_bytes_and_not_only_files():
    pace = Pace()
    pace.see(JobProgress(files=4, bytes=1_000_000), 0.0)
    small = JobProgress(files=4, files_done=3, bytes=1_000_000, bytes_done=40_000)
    pace.see(small, 10.0)
    # Done: 3 files and 40,000 bytes, 100,000 units in 10 s. Ahead: 1 file and 960,000 bytes, 980,000 units.
    assert pace.seconds_left(small) == pytest.approx(98.0)
    assert pace.files_a_second() == pytest.approx(0.3)
    assert share(small) == pytest.approx(100_000 / 1_080_000)


def test_only_the_last_half_minute_counts():
    pace = Pace()
    for seconds in range(0, 101, 10):
        done = max(0, seconds - 70) // 10  # nothing for 70 s, then a file every 10 s
        pace.see(JobProgress(files=10, files_done=done), float(seconds))
    assert pace.files_a_second() == pytest.approx(0.1)
    assert pace.seconds_left(JobProgress(files=10, files_done=3)) == pytest.approx(70.0)


def test_nothing_is_foretold_from_nothing():
    pace = Pace()
    assert (pace.seconds_left(HALF), pace.files_a_second()) == (None, 0.0)
    pace.see(HALF, 1.0)
    pace.see(HALF, 9.0)
    assert (pace.seconds_left(HALF), share(JobProgress())) == (None, 0.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (99, "99 s"), (100, "2 min"), (5_000, "83 min"), (7_500, "2 h 5 min")]
)
def test_spans_of_time_in_words(seconds, words):
    assert in_words(seconds) == words


def test_the_table_by_format_adds_up_and_stays_in_line(capsys):
    show_report(
        {
            "files": 4,
            "outcomes": {"ingested": 2, "unchanged": 1, "failed": 1},
            "formats": {"md": {"ingested": 2, "unchanged": 1}, "说明": {"failed": 1}},
            "problems": [{"path": "坏\x1b[31m.说明", "outcome": "failed", "reason": "damaged"}],
            "passages": 5,
            "embedded": 5,
            "removed": 0,
            "seconds": 1.0,
        }
    )
    shown = capsys.readouterr().out.split("\n")
    assert shown[0] == "4 files: 2 ingested, 1 unchanged, 1 failed"
    assert [line.split() for line in shown[2:5]] == [
        ["ingested", "unchanged", "failed"],
        ["md", "2", "1"],
        ["说明", "1"],
    ]
    assert cell_len(shown[2]) == cell_len(shown[4])
    assert shown[5] == r"  failed       坏\x1b[31m.说明: damaged"


def test_the_first_signal_stops_in_good_order():
    import threading

    stopped = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    with interruptible(stopped.set) as interruption:
        assert interruption.exit_code == 0
        os.kill(os.getpid(), signal.SIGINT)
        assert stopped.wait(5)
    assert interruption.exit_code == 130
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_signal_kills():
    code = (
        "import os, signal, time\n"
        "from api.interrupt import interruptible\n"
        "with interruptible(lambda: None):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    print('still here', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    print('never', flush=True)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout, run.returncode) == ("still here\n", -signal.SIGINT)


def test_an_evaluation_tells_how_far_it_is_every_ten_seconds_and_at_its_end(capsys, monkeypatch):
    clock = iter([0.0, 4.0, 11.0, 11.0, 20.0, 21.0])
    monkeypatch.setattr("api.console.time.monotonic", lambda: next(clock))
    told = Progress(Console(None, as_json=False), "queries")  # 0.0
    told(1, 4)  # 4.0
    told(2, 4, "中文, rerank: ")  # 11.0, and noted
    told(3, 4)  # 20.0
    told(4, 4)  # the end
    assert capsys.readouterr().err.split("\n") == ["  中文, rerank: 2/4 queries", "  4/4 queries", ""]
