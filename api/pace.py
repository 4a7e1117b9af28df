"""How long a job still takes, from how it went lately."""

from collections import deque
from dataclasses import dataclass

from store.job import JobProgress

# Opening and storing a file costs about as much as reading this many bytes more of it.
_BYTES_OF_A_FILE = 20_000
_WINDOW_SECONDS = 30.0
_LEAST_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Moment:
    seconds: float
    work: float
    files: int


class Pace:
    """Work done over the last half minute. Files count by their bytes, so that a few large ones are not a surprise."""

    def __init__(self) -> None:
        self._moments: deque[_Moment] = deque()

    def see(self, progress: JobProgress, seconds: float) -> None:
        """Note the counts at a time of a clock that never goes back."""
        work = progress.bytes_done + _BYTES_OF_A_FILE * progress.files_done
        self._moments.append(_Moment(seconds, work, progress.files_done))
        while self._moments[-1].seconds - self._moments[0].seconds > _WINDOW_SECONDS and len(self._moments) > 2:
            self._moments.popleft()

    def files_a_second(self) -> float:
        """Files done per second; 0 while too little was seen."""
        first, last = self._ends()
        return (last.files - first.files) / (last.seconds - first.seconds) if first is not last else 0.0

    def seconds_left(self, progress: JobProgress) -> float | None:
        """None while too little was seen, or nothing moves."""
        first, last = self._ends()
        if first is last or last.work <= first.work:
            return None
        ahead = progress.bytes + _BYTES_OF_A_FILE * progress.files - last.work
        return max(0.0, ahead) * (last.seconds - first.seconds) / (last.work - first.work)

    def _ends(self) -> tuple[_Moment, _Moment]:
        if not self._moments:
            nothing = _Moment(0.0, 0.0, 0)
            return nothing, nothing
        first, last = self._moments[0], self._moments[-1]
        return (first, last) if last.seconds - first.seconds >= _LEAST_SECONDS else (last, last)


def share(progress: JobProgress) -> float:
    """How much of the work is done, 0 to 1; 0 while nothing is known of it."""
    whole = progress.bytes + _BYTES_OF_A_FILE * progress.files
    return (progress.bytes_done + _BYTES_OF_A_FILE * progress.files_done) / whole if whole else 0.0


def in_words(seconds: float) -> str:
    """A span of time as a person says it: ``40 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
