"""``citedesk serve`` as a process under load: answers that were given before, and the full path with a model.

Without reranking, as its users with strict time limits would run it. The clients run in this process and take their
share of the processor.
"""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from core.errors import DependencyError
from core.settings import Settings
from eval.bench.runs import Bench, Measured
from eval.bench.scale.home import KB
from eval.bench.service.home import fill
from eval.bench.service.load import Load, ask_each, load

KIND = "service"
PASSAGES = 10_000
FIRST_MS = 50
_ROOT = Path(__file__).resolve().parents[3]
_LISTENS = "listens on "
_REPEATED = 20
_QUESTIONS = 2_000
_SECONDS = {False: 8.0, True: 60.0}
# What runs, and its goals: clients, answers a second, milliseconds of the 99th percentile.
_GOALS = {"cached": (32, 150, 250), "full path": (16, 30, 800)}


def service(bench: Bench) -> Iterator[Measured]:
    """Answers a second and latencies of both ways."""
    settings = bench.desk.settings.inside("bench-service")
    settings.home.mkdir(parents=True, exist_ok=True)
    asked = fill(settings, PASSAGES, _QUESTIONS)
    seconds = _SECONDS[bench.size.searched]
    with _model() as base_url, _serving(settings, base_url) as url:
        runs = _runs(f"{url}/v1/ask", asked, seconds)
    rows = [
        {"way": way, "goal_per_second": _GOALS[way][1], "goal_p99_ms": _GOALS[way][2], **asdict(run)}
        for way, run in runs.items()
    ]
    measured_on = {"passages": PASSAGES, "seconds": seconds, "first_ms": FIRST_MS}
    yield Measured(name="load", figures={**measured_on, "load": round(os.getloadavg()[0], 1), "runs": rows}, kind=KIND)


def _runs(url: str, asked: list[str], seconds: float) -> Mapping[str, Load]:
    bodies = [{"question": text, "kb": KB} for text in asked]
    repeated, new = bodies[:_REPEATED], bodies[_REPEATED:]
    for _ in range(2):  # not every answer of the first seconds was found again
        ask_each(url, repeated)
    return {
        "cached": load(url, repeated, clients=_GOALS["cached"][0], seconds=seconds),
        "full path": load(url, new, clients=_GOALS["full path"][0], seconds=seconds),
    }


@contextmanager
def _model() -> Iterator[str]:
    command = [sys.executable, "-m", "eval.bench.service.model", "--first-ms", str(FIRST_MS)]
    with _running(command, os.environ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


@contextmanager
def _serving(settings: Settings, base_url: str) -> Iterator[str]:
    environment = {
        **os.environ,
        "CITEDESK_HOME": str(settings.home),
        "CITEDESK_RETRIEVAL__MODEL_CACHE": str(settings.models.absolute()),
        "CITEDESK_RERANK__KIND": "identity",
        # Made-up passages answer nothing; the model is to be asked all the same.
        "CITEDESK_ANSWER__THRESHOLD": "0",
        "CITEDESK_LLM_BASE_URL": base_url,
        "CITEDESK_LLM_MODEL": "quotes",
    }
    with _running([sys.executable, "-m", "api.cli", "serve", "--port", "0"], environment) as process:
        assert process.stdout is not None
        address = _address(process.stdout)
        # A log that nobody reads would fill its pipe and stop the service.
        threading.Thread(target=deque, args=(process.stdout, 0), daemon=True).start()
        yield address


def _address(said: IO[str]) -> str:
    heard = ""
    for line in said:
        heard += line
        if _LISTENS in line:
            return line.partition(_LISTENS)[2].partition(",")[0]
    raise DependencyError(f"the service did not start: {heard.strip()[-500:]}")


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(  # noqa: S603  # the benchmark's own commands
        command, cwd=_ROOT, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
