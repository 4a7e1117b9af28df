"""Token budgets of keys and tenants: held before any model is asked, settled by what it read and wrote."""

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from anyio import CancelScope, to_thread

from api.caller import Caller
from api.errors import BudgetSpent
from core.settings import LimitSettings, ModelSettings
from core.types import Usage
from store.usage import Balance, Budget, TokenUsage

SPARING_FROM = 0.8
_HELD_ELSEWHERE_SECONDS = 5.0
_SPARE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Tokens held for one answer. ``max_tokens`` is what a model may write, None for what the settings say."""

    budgets: tuple[Budget, ...]
    tokens: int
    period: str
    max_tokens: int | None


class Budgets:
    """Of all callers. ``now`` gives the time in UTC."""

    def __init__(
        self,
        usage: TokenUsage,
        limits: LimitSettings,
        llm: ModelSettings,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._usage = usage
        self._limits = limits
        self._now = now
        self._max_tokens = llm.max_tokens
        # Every model may be asked in turn, each within the budget of a prompt.
        models = 1 + len(llm.fallbacks)
        self._most = models * (llm.input_tokens + llm.max_tokens) if llm.base_url else 0
        self._seconds = models * llm.total_seconds + _SPARE_SECONDS

    def of(self, caller: Caller) -> tuple[Budget, ...]:
        """The budgets that an answer to ``caller`` is charged to; none for the operator, or where there is none."""
        if caller.tenant is None:
            return ()
        own = self._limits.tokens_of
        tenant = own.get(caller.tenant, self._limits.tenant_tokens)
        key = own.get(caller.key, self._limits.key_tokens) if caller.key else None
        found = []
        if tenant is not None:
            found.append(Budget(tenant=caller.tenant, tokens=tenant))
        if key is not None:
            found.append(Budget(tenant=caller.tenant, key=caller.key, tokens=key))
        return tuple(found)

    def balances(self, tenant: str, keys: Sequence[str]) -> list[Balance]:
        """What is gone of the present budgets of a tenant's ``keys``, an empty one being the whole tenant; those that
        have none are left out. Blocks."""
        known = {each.budget.key: each for each in self._usage.of(tenant, self.period())}
        found = []
        for key in keys:
            usual = self._limits.key_tokens if key else self._limits.tenant_tokens
            tokens = self._limits.tokens_of.get(key or tenant, usual)
            if tokens is not None:
                budget, used = Budget(tenant=tenant, key=key, tokens=tokens), known.get(key)
                found.append(Balance(budget=budget, spent=used.spent if used else 0, held=used.held if used else 0))
        return found

    async def hold(self, caller: Caller) -> Hold | None:
        """The most that an answer can take, out of every budget; None where none is charged. Raises ``BudgetSpent``."""
        budgets = self.of(caller)
        if not budgets or not self._most:
            return None
        return await to_thread.run_sync(self._held, budgets)

    async def settle(self, hold: Hold, usage: Usage | None) -> None:
        """Charge what was used; None where nobody knows, which counts as all that was held."""
        spent = hold.tokens if usage is None else usage.input_tokens + usage.output_tokens
        with CancelScope(shield=True):
            await to_thread.run_sync(self._settled, hold, spent)

    def _held(self, budgets: tuple[Budget, ...]) -> Hold:
        period = self.period()
        balances = self._usage.hold(budgets, self._most, period=period, seconds=self._seconds)
        if balances is None:
            raise self._spent(budgets, period)
        return Hold(budgets=budgets, tokens=self._most, period=period, max_tokens=self._sparing(balances))

    def _settled(self, hold: Hold, spent: int) -> None:
        self._usage.settle(hold.budgets, held=hold.tokens, spent=spent, period=hold.period)

    def _sparing(self, balances: tuple[Balance, ...]) -> int | None:
        gone = max((each.spent + each.held - self._most) / each.budget.tokens for each in balances)
        if gone < SPARING_FROM:
            return None
        least = min(self._limits.sparing_tokens, self._max_tokens)
        left = max(0.0, 1 - gone) / (1 - SPARING_FROM)
        return least + round(left * (self._max_tokens - least))

    def _spent(self, budgets: tuple[Budget, ...], period: str) -> BudgetSpent:
        mine = {budget.key: budget for budget in budgets}
        spent = {each.budget.key: each.spent for each in self._usage.of(budgets[0].tenant, period)}
        over = [each for key, each in mine.items() if spent.get(key, 0) + self._most > each.tokens]
        whose = "this key" if any(each.key for each in over) else "this tenant"
        if not over:
            return BudgetSpent(
                "what is left of the budget is held for answers that are being made; ask again in a moment",
                retry_seconds=_HELD_ELSEWHERE_SECONDS,
            )
        return BudgetSpent(
            f"an answer may take {self._most:,} tokens, and the budget of {whose} for this {self._limits.period} has "
            "less left",
            retry_seconds=self._until_next(),
        )

    def period(self) -> str:
        """The present one: ``2026-03``, or ``2026-03-01`` where budgets are of a day."""
        return self._now().strftime("%Y-%m-%d" if self._limits.period == "day" else "%Y-%m")

    def _until_next(self) -> float:
        now = self._now()
        days = 1 if self._limits.period == "day" else monthrange(now.year, now.month)[1] - now.day + 1
        ends = datetime.combine(now.date() + timedelta(days=days), time.min, UTC)
        return (ends - now).total_seconds()
