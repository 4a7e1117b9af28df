"""Kill, start again, compare: what is left of an ingestion after each of many ``kill -9``.

A changing folder is ingested by one process after the other. Each is killed, by turns at a numbered step and at a
random moment: while it works from scratch, while it picks up what the one before left, or while another process owns
the indexes, works on jobs and searches; sometimes that other one is killed. A reader that nobody kills watches.
"""

import json
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from changing_folder import ChangingFolder, Journal
from dying import KB
from kill_checks import wrongs
from kill_place import PATIENCE_SECONDS, TESTS, Child, Place, sessions

from store.catalog import Catalog

_ORPHAN_SECONDS = 60.0
INGEST = ["ingest", "--prune", "--json", "--kb", KB]


@dataclass(slots=True)
class Tally:
    """What a trial saw; every entry of ``wrong`` is a defect."""

    kills: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    documents: int = 0
    polls: int = 0
    searches: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(self.kills.items()))
        return (
            f"{self.kills.total()} kills ({kinds}) at {len(self.points)} different points in {self.seconds:.0f} s; "
            f"{self.documents} documents compared, {self.polls} polls of the record, {self.searches} searches: "
            f"{len(self.wrong)} wrong"
        )


class Trial:
    """One home that outlives all its processes."""

    def __init__(self, place: Place, seed: int, *, stride: int = 1) -> None:
        self.tally = Tally()
        self._place = place
        self._random = random.Random(seed)
        place.journal.touch()
        self._folder = ChangingFolder(place.docs, Journal(place.journal), seed)
        self._ends: list[int] = []
        self._next = {"command": 1, "owner": 1, "recovery": 1}
        self._stride = stride
        self._seconds = 1.0
        self._catalog = Catalog.open(place.home)
        self._child = Child(place)
        self._settle()
        self._reader = place.start(str(TESTS / "record_reader.py"), str(place.home), str(place.journal))
        assert self._reader.stdout is not None
        assert self._reader.stdout.readline() == b"ready\n", place.log.read_text()
        self._compare()

    def run(self, kills: int, seconds: float) -> Tally:
        """So many kills, fewer where the time is over before."""
        began = time.monotonic()
        others = (self._kill_at_random, self._kill_again, self._kill_beside_owner, self._kill_owner)
        ways = [way for other in others for way in (self._kill_at_step, other)]
        number = 0
        while self.tally.kills.total() < kills and time.monotonic() - began < seconds and not self.tally.wrong:
            self._folder.change()
            ways[number % len(ways)]()
            self._settle()
            self._compare()
            number += 1
        self.tally.seconds = time.monotonic() - began
        return self.tally

    # --- ways to be killed -----------------------------------------------------------------------------------------

    def _kill_at_step(self) -> None:
        self._child.order(self._step("command"), argv=self._ingest())
        self._await_death("command at a step", "command")

    def _kill_at_random(self) -> None:
        self._child.order(argv=self._ingest())
        if self._child.answer(self._random.random() * self._seconds) is None:
            self._kill(self._child, "command at random")
            self._child = Child(self._place)

    def _kill_again(self) -> None:
        """Two in a row: the second one dies while it picks up what the first one left."""
        self._kill_at_random()
        argv = self._random.choice([self._ingest(), ["jobs", "work", "--json"]])
        self._child.order(self._step("recovery"), argv=argv)
        self._await_death("recovery at a step", "recovery")

    def _kill_beside_owner(self) -> None:
        owner = self._owner(0)
        self._kill_at_random()
        self._stop_owner(owner)

    def _kill_owner(self) -> None:
        """The process that owns the indexes dies while a command writes."""
        at_step = self._random.random() < 0.6
        owner = self._owner(self._step("owner") if at_step else 0)
        self._child.order(argv=self._ingest())
        if at_step:
            self._finish_command()
            if not self._stop_owner(owner):
                self._begin_again("owner")
        else:
            time.sleep(self._random.random() * self._seconds)
            self._kill(owner, "owner at random")
            self._finish_command()

    # --- what goes on around them ----------------------------------------------------------------------------------

    def _ingest(self) -> list[str]:
        return [*INGEST, str(self._folder.root)]

    def _step(self, kind: str) -> int:
        """Every step in turn, or every so many; past the last one, which a process outlives, it begins again."""
        self._next[kind] += self._stride
        return self._next[kind] - self._stride

    def _begin_again(self, kind: str) -> None:
        self._next[kind] = 1 + self._next[kind] % self._stride

    def _owner(self, die: int) -> Child:
        owner = Child(self._place)
        owner.order(die, serve=True)
        self._say(owner.answer())
        return owner

    def _stop_owner(self, owner: Child) -> bool:
        """Whether it has died at its step; else it ends now."""
        died = False
        with suppress(BrokenPipeError):
            owner.order()
        while answer := owner.answer():
            if died := "died" in answer:
                self._died("owner at a step", answer["died"])
            elif "searches" in answer:
                self.tally.searches += answer["searches"]
                break
            else:
                self._say(answer)
        self._ended(owner)
        return died

    def _say(self, answer: Mapping[str, Any] | None) -> None:
        if answer and "mixed" in answer:
            self.tally.wrong.append(f"one search gave two writings: {answer}")

    def _await_death(self, kind: str, counter: str) -> None:
        answer = self._child.answer()
        if answer is None:
            self.tally.wrong.append(f"{kind}: no answer in {PATIENCE_SECONDS} s, or a death of its own")
        elif "died" in answer:
            self._died(kind, answer["died"])
        else:
            self._begin_again(counter)
            return
        self._ended(self._child)
        self._child = Child(self._place)

    def _kill(self, child: Child, kind: str) -> None:
        child.kill()
        self._died(kind, "")
        self._ended(child)

    def _died(self, kind: str, point: str) -> None:
        self.tally.kills[kind] += 1
        if point:
            self.tally.points[f"{kind}: {point}"] += 1

    def _ended(self, child: Child) -> None:
        for answer in child.rest():
            self._say(answer)
        if (code := child.end()) not in (0, -signal.SIGKILL):
            self.tally.wrong.append(f"a process ended with {code}: {self._place.log.read_text()[-2000:]}")
        self._ends.append(child.pid)

    def _finish_command(self) -> dict[str, Any]:
        answer = self._child.answer()
        if answer is None or answer["code"] not in (0, 1):
            log = self._place.log.read_text()[-3000:]
            self.tally.wrong.append(f"a command that nobody killed ended so: {answer}; {log}")
            return {}
        return answer

    # --- what must be so afterwards --------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Ingest to the end, once more for nothing, and let the indexes be verified."""
        began = time.monotonic()
        self._command(self._ingest())
        self._seconds = 0.8 * self._seconds + 0.2 * (time.monotonic() - began)
        again = self._command(self._ingest())
        if again and (again["passages"], again["embedded"], again["removed"]) != (0, 0, 0):
            self.tally.wrong.append(f"something was done twice: {again}")
        if (verdict := self._command(["verify", "--json"])) and not verdict["sound"]:
            self.tally.wrong.append(f"the indexes are not those of the record: {verdict}")

    def _command(self, argv: list[str]) -> dict[str, Any]:
        self._child.order(argv=argv)
        answer = self._finish_command()
        return json.loads(answer["printed"]) if answer else {}

    def _compare(self) -> None:
        self.tally.documents += len(self._folder.expected())
        self.tally.wrong += [*wrongs(self._catalog, self._folder), *self._orphans()]

    def _orphans(self) -> Iterator[str]:
        """Processes that the killed ones left, and that did not end either."""
        end = time.monotonic() + _ORPHAN_SECONDS
        while left := set(self._ends) & sessions():
            if time.monotonic() > end:
                yield f"processes of {left} are still there"
                break
            time.sleep(0.1)
        self._ends.clear()

    def close(self) -> None:
        """End the processes and hear the reader."""
        self._ended(self._child)
        assert self._reader.stdin is not None
        assert self._reader.stdout is not None
        self._reader.stdin.close()
        said = json.loads(self._reader.stdout.read())
        self._reader.wait()
        self._reader.stdout.close()
        self.tally.polls = said["polls"]
        self.tally.wrong += [f"a reader saw {each}" for each in said["wrong"]]
        self._catalog.close()
