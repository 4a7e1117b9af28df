"""One forward at a time, shared by whoever waits for it.

A caller that finds the model free reads at once; callers that come meanwhile wait for that one forward, and those with
rows of the same length go into the next together. Nobody waits for company: under load there is company anyway, and
alone a question pays nothing. What waits is bounded by the threads that call, each with one small group of rows.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")
Result = TypeVar("Result")


class SharedForwards(Generic[Row, Result]):
    """``forward`` takes rows of one length and gives a result for each; it is never called twice at once.

    ``most`` rows go into a forward; ``length`` is the padded length of a row. A row's result must not depend on the
    rows beside it.
    """

    def __init__(
        self, forward: Callable[[Sequence[Row]], Sequence[Result]], *, most: int, length: Callable[[Row], int]
    ) -> None:
        self._forward = forward
        self._most = most
        self._length = length
        self._changed = threading.Condition()
        self._waiting: list[_Call[Row, Result]] = []
        self._busy = False

    def read(self, rows: Sequence[Row]) -> Sequence[Result]:
        """The result of each row, of which there are at most ``most``, all of one length. Raises what ``forward`` does.

        The order of arrival holds: a call is led by the oldest one that waits.
        """
        call = _Call[Row, Result](rows, self._length(rows[0]))
        with self._changed:
            self._waiting.append(call)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: call.is_done or not self._busy)
                if call.is_done:
                    return call.found()
                together = self._take()
                self._busy = True
            self._lead(together)

    def _take(self) -> "list[_Call[Row, Result]]":
        """The oldest call that waits and those that fit beside it."""
        oldest, room = self._waiting[0], self._most
        together = []
        for call in self._waiting:
            if call.length == oldest.length and len(call.rows) <= room:
                together.append(call)
                room -= len(call.rows)
        self._waiting = [call for call in self._waiting if call not in together]
        return together

    def _lead(self, together: "Sequence[_Call[Row, Result]]") -> None:
        try:
            found = self._forward([row for call in together for row in call.rows])
            start = 0
            for call in together:
                call.results = found[start : start + len(call.rows)]
                start += len(call.rows)
        except BaseException as error:  # whoever waits for this forward hears of it, in its own thread
            for call in together:
                call.error = error
        finally:
            with self._changed:
                self._busy = False
                for call in together:
                    call.is_done = True
                self._changed.notify_all()


class _Call(Generic[Row, Result]):
    __slots__ = ("error", "is_done", "length", "results", "rows")

    def __init__(self, rows: Sequence[Row], length: int) -> None:
        self.rows = rows
        self.length = length
        self.results: Sequence[Result] = ()
        self.error: BaseException | None = None
        self.is_done = False

    def found(self) -> Sequence[Result]:
        if self.error is not None:
            raise self.error
        return self.results
