"""A file of the run and all that is found inside it, while its tasks are read in any order."""

import shutil
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, replace

from core.errors import ParseError
from core.settings import IngestSettings
from core.types import Outcome
from ingest.intake import PARSER, Limits
from ingest.task import MEMBER_MARK, FileTask, Parsed, Reading, Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What one file of the run turned out to hold.

    ``present`` names the file and everything in it, ``archives`` those of them that were unpacked; nothing is known of
    what lies in ``unread``: containers that could not be read to their end.
    """

    present: frozenset[str]
    archives: frozenset[str]
    unread: frozenset[str]

    def is_gone(self, source: str) -> bool:
        """Whether a source that was in the file before is no longer there."""
        return source not in self.present and not any(_is_inside(source, each) for each in self.unread)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Verdicts as they come: those of members first, that of ``task`` itself last and with the ``end``.

    So a run that is cut short has not yet recorded the file whose members it did not finish.
    """

    task: FileTask
    results: tuple[Parsed, ...]
    end: End | None = None


class Family:
    """Hands out the tasks of one file of the run and takes what they gave."""

    def __init__(self, root: FileTask, settings: IngestSettings) -> None:
        self.waiting: deque[FileTask] = deque([root])
        self.spent = Spent()
        self._root = root
        self._settings = settings
        self._running = 0
        self._present: set[str] = set()
        self._unread: set[str] = set()
        self._containers: list[Parsed] = []
        self._outcomes: defaultdict[str, Counter[Outcome]] = defaultdict(Counter)

    @property
    def is_read(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not self.waiting and not self._running

    def next(self) -> FileTask:
        """The next task; the caller owes a reading of it or gives it back."""
        self._running += 1
        return self.waiting.popleft()

    def give_back(self, task: FileTask) -> None:
        """The task was not read and waits once more."""
        self._running -= 1
        self.waiting.appendleft(task)

    def take(self, task: FileTask, reading: Reading) -> Delivery:
        """What can be told now that ``task`` has been read."""
        self._running -= 1
        if task.depth:
            shutil.rmtree(task.path.parent, ignore_errors=True)
        refused = reading.refused + self._admit(reading)
        results = [*refused, *self._leaf(reading)]
        for parsed in results:
            self._note(parsed)
        if not self.is_read:
            return Delivery(task=self._root, results=tuple(results))
        # Innermost first, so that each can say what its members came to; the root was taken before all others.
        results += [self._judged(container) for container in reversed(self._containers)]
        return Delivery(task=self._root, results=tuple(results), end=self._end())

    def _end(self) -> End:
        archives = frozenset(each.source for each in self._containers if not (each.document or each.error))
        return End(present=frozenset(self._present), archives=archives, unread=frozenset(self._unread))

    def _admit(self, reading: Reading) -> tuple[Parsed, ...]:
        """Let the members wait, before all others; or refuse them where containers read side by side, each within the
        limits, pass them together."""
        spent = reading.spent
        try:
            limits = Limits(settings=self._settings, spent=self.spent)
            limits.check_bytes(spent.bytes)
            limits.check_members(spent.members)
        except ParseError as error:
            for member in reading.members:
                shutil.rmtree(member.path.parent, ignore_errors=True)
            return tuple(_refused(member, error) for member in reading.members)
        self.spent = Spent(bytes=self.spent.bytes + spent.bytes, members=self.spent.members + spent.members)
        self.waiting.extendleft(reversed(reading.members))
        return ()

    def _leaf(self, reading: Reading) -> tuple[Parsed, ...]:
        """The file's verdict, unless it has to wait for those of its members."""
        parsed = reading.parsed
        self._present.add(parsed.source)
        if parsed.error and parsed.error.outcome is not Outcome.EMPTY:
            self._unread.add(parsed.source)
        if reading.members or reading.refused or not (parsed.document or parsed.error):
            self._containers.append(parsed)
            return ()
        return (parsed,)

    def _note(self, parsed: Parsed) -> None:
        self._present.add(parsed.source)
        outcome = parsed.error.outcome if parsed.error else Outcome.INGESTED
        inside, _, _ = parsed.source.rpartition(MEMBER_MARK)
        while inside:
            self._outcomes[inside][outcome] += 1
            inside, _, _ = inside.rpartition(MEMBER_MARK)

    def _judged(self, container: Parsed) -> Parsed:
        """An archive stands or falls with its members; the text of a message is its own."""
        outcomes = self._outcomes[container.source]
        if container.document or container.error or Outcome.INGESTED in outcomes:
            return container
        count = outcomes.total()
        reason = f"none of its {count:,} members gave a document" if count else "the archive holds no files"
        outcome = next(iter(outcomes)) if len(outcomes) == 1 else Outcome.EMPTY
        return replace(container, error=ParseError(reason, outcome=outcome, parser=PARSER))


def _refused(member: FileTask, error: ParseError) -> Parsed:
    return Parsed(source=member.source, content_hash="", size=0, error=error)


def _is_inside(source: str, container: str) -> bool:
    return source.startswith(container + MEMBER_MARK)
