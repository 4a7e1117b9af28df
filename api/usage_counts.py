"""What callers ask, counted in memory and written to the record every few seconds."""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

from api.caller import Caller
from core.types import Answer
from store.kb_key import DEFAULT_TENANT
from store.usage_days import UsageDay, UsageDays, Used

FLUSH_SECONDS = 5.0

logger = logging.getLogger(__name__)


class UsageCounts:
    """Of one service. Thread-safe; counting never waits. ``days`` gives the record when it is first written to.

    A process that is killed loses what was counted since the last ``flush``.
    """

    def __init__(
        self, days: Callable[[], UsageDays], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._days = days
        self._now = now
        self._guard = threading.Lock()
        self._counted: defaultdict[tuple[str, str, str], Used] = defaultdict(Used)

    def request(self, caller: Caller) -> None:
        """One request of ``caller``. The operator's, who needs no key, count for the tenant ``default``."""
        self._add(caller, Used(requests=1))

    def answer(self, caller: Caller, answer: Answer) -> None:
        """One answer to ``caller``, with what models used for it."""
        usage = answer.usage
        used = Used(
            answers=1,
            cached=int(answer.cached),
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost=usage.cost or 0.0,
        )
        self._add(caller, used)

    def flush(self) -> None:
        """Write what was counted; where the record takes nothing it is kept for the next time. Blocks."""
        with self._guard:
            counted, self._counted = self._counted, defaultdict(Used)
        if not counted:
            return
        rows = [UsageDay(tenant=tenant, key=key, day=day, used=used) for (tenant, key, day), used in counted.items()]
        try:
            self._days().add(rows)
        except Exception:
            # The record may be away for a while; requests go on and are counted all the same.
            logger.warning("what was used could not be written down; it is tried again", exc_info=True)
            with self._guard:
                for owner, used in counted.items():
                    self._counted[owner] += used

    def _add(self, caller: Caller, used: Used) -> None:
        owner = (caller.tenant or DEFAULT_TENANT, caller.key, f"{self._now():%Y-%m-%d}")
        with self._guard:
            self._counted[owner] += used
