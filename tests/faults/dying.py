"""Citedesk in a process that kills itself, as ``kill -9`` does, at the step that it is told.

A step begins before and after each commit of the record and around each change of an index. The process obeys lines of
JSON: ``{"argv": [...], "die": 3}`` runs a command and dies at its third step, or answers when the command has ended;
``{"serve": true, "die": 3}`` owns the indexes, works on jobs and searches until the next line. With ``die`` 0 it lives.
"""

import io
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import FrameType

from changing_folder import Journal, marks_in
from fakes import FakeEmbedder
from sqlalchemy import Connection

from answer.assemble import Desk
from answer.workplace import WorkingDesk
from api.cli import main
from core.settings import load_settings
from core.types import SearchStage
from retrieval.chroma_index import ChromaIndex
from retrieval.tantivy_index import TantivyIndex
from store.catalog import Catalog

KB = "help"
_QUESTIONS = ("the refund rule of a plan", "套餐的退款规定")


class SmallEmbedder(FakeEmbedder):
    """Stands in for the packaged model; tokens are counted by rule."""

    vocabulary = "rule"


class Steps:
    """Counts steps and ends the process at the fatal one."""

    def __init__(self, say: Callable[..., None]) -> None:
        self.taken = self._fatal = 0
        self._say = say
        self._lock = threading.Lock()

    def begin(self, fatal: int) -> None:
        self.taken, self._fatal = 0, fatal

    def take(self, name: str) -> None:
        with self._lock:
            self.taken += 1
            if self.taken == self._fatal:
                self._say(died=name)
                os.kill(os.getpid(), signal.SIGKILL)


def count_commits(steps: Steps) -> None:
    commit = Catalog.writing

    @contextmanager
    def writing(catalog: Catalog) -> Iterator[Connection]:
        name = _caller(sys._getframe(1))
        with commit(catalog) as connection:
            yield connection
            steps.take(f"{name}, before its commit")
        steps.take(f"{name}, after its commit")

    Catalog.writing = writing  # type: ignore[method-assign]


def count_index_changes(steps: Steps) -> None:
    change_dense, change_lexical = ChromaIndex.apply, TantivyIndex.apply

    def dense(index, adds, deletes):  # type: ignore[no-untyped-def]
        steps.take("dense index, before adding")
        change_dense(index, adds, ())
        steps.take("dense index, before deleting")
        change_dense(index, (), deletes)
        steps.take("dense index, after both")

    def lexical(index, adds, deletes):  # type: ignore[no-untyped-def]
        steps.take("lexical index, before its commit")
        change_lexical(index, adds, deletes)
        steps.take("lexical index, after its commit")

    ChromaIndex.apply, TantivyIndex.apply = dense, lexical  # type: ignore[method-assign]


def _caller(frame: FrameType | None) -> str:
    """Who writes: the first function outside the context managers."""
    while frame is not None and (frame.f_code.co_name == "writing" or frame.f_globals["__name__"] == "contextlib"):
        frame = frame.f_back
    assert frame is not None
    return frame.f_code.co_name


def run(argv: list[str]) -> dict[str, object]:
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            main(argv, standalone_mode=False)
        code: object = 0
    except SystemExit as end:
        code = end.code
    return {"code": code, "printed": printed.getvalue()}


def serve(journal: Journal, say: Callable[..., None]) -> dict[str, object]:
    """Search all the time; ``mixed`` tells of results with passages of two writings of one document."""
    desk = WorkingDesk(load_settings())
    desk.start()
    say(serving=True)
    searches, mixed = 0, 0
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        for question in _QUESTIONS:
            for stage in SearchStage:
                hits = desk.search(KB, question, 30, stage).hits
                by_source = {hit.chunk.source: [] for hit in hits}  # type: dict[str, list[str]]
                for hit in hits:
                    by_source[hit.chunk.source].append(hit.chunk.text)
                wrong = [source for source, texts in by_source.items() if not journal.holds(marks_in(texts))]
                searches, mixed = searches + 1, mixed + len(wrong)
                if wrong:
                    say(mixed=wrong, stage=stage.value)
    sys.stdin.readline()
    desk.close()
    return {"searches": searches, "mixed": mixed}


def obey(journal: str, *, real: bool) -> None:
    """Run with ``python -c``: a parser's process would load this file again where it is the main one."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer

    def say(**words: object) -> None:
        print(json.dumps(words), file=channel, flush=True)

    steps = Steps(say)
    count_commits(steps)
    count_index_changes(steps)
    if not real:
        Desk._embedder_of = lambda _desk, _model: SmallEmbedder()  # type: ignore[method-assign,assignment,return-value]
    while line := sys.stdin.readline():
        order = json.loads(line)
        steps.begin(order["die"])
        done = serve(Journal(Path(journal)), say) if order.get("serve") else run(order["argv"])
        say(**done, steps=steps.taken)
