"""Token budgets in the record: held before a model is asked, settled when it has answered.

Both are one statement each, which the database runs as a whole: however many processes ask at once, what is spent and
held together never exceeds the budget.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Executable, Row, case, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.catalog import Catalog
from store.clock import seconds_now
from store.tables import token_usage

_OWNER = [token_usage.c.tenant, token_usage.c.key, token_usage.c.period]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Budget:
    """Tokens of one period that a key may use, or its whole tenant where ``key`` is empty."""

    tenant: str
    key: str = ""
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A budget with what is gone of it: ``spent``, and ``held`` for answers that are being made."""

    budget: Budget
    spent: int
    held: int


class _OverBudget(Exception):
    """Rolls back what the other budgets of the same answer were charged."""


class TokenUsage:
    """The token budgets of one record. Thread-safe; any number of processes may use it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        dialect = postgresql if catalog.engine.dialect.name == "postgresql" else sqlite
        self._insert = dialect.insert

    def hold(
        self, budgets: Sequence[Budget], tokens: int, *, period: str, seconds: float
    ) -> tuple[Balance, ...] | None:
        """Take ``tokens`` out of every budget, or out of none: then None. Blocks.

        What is not settled after ``seconds``, because its process died, comes back once nobody else has held any of the
        same budget for that long. Raises ``ValueError`` without a budget.
        """
        if not budgets:
            raise ValueError("there is no budget to hold tokens of")
        if any(tokens > budget.tokens for budget in budgets):
            return None
        with suppress(_OverBudget), self._catalog.writing() as connection:
            balances = tuple(map(_balance, connection.execute(self._holding(budgets, tokens, period, seconds))))
            if len(balances) < len(budgets):
                raise _OverBudget
            return balances
        return None

    def _holding(self, budgets: Sequence[Budget], tokens: int, period: str, seconds: float) -> Executable:
        # In one order everywhere: two answers of one tenant would otherwise wait for each other's row.
        rows = [
            {
                "tenant": budget.tenant,
                "key": budget.key,
                "period": period,
                "budget": budget.tokens,
                "held": tokens,
                "held_until": seconds_now() + seconds,
            }
            for budget in sorted(budgets)
        ]
        fresh = self._insert(token_usage).values(rows)
        held = case((token_usage.c.held_until < seconds_now(), 0), else_=token_usage.c.held)
        holding: Executable = fresh.on_conflict_do_update(
            index_elements=_OWNER,
            set_={
                "budget": fresh.excluded.budget,
                "held": held + fresh.excluded.held,
                "held_until": fresh.excluded.held_until,
            },
            where=token_usage.c.spent + held + fresh.excluded.held <= fresh.excluded.budget,
        ).returning(token_usage)
        return holding

    def settle(self, budgets: Sequence[Budget], *, held: int, spent: int, period: str) -> None:
        """Give ``held`` back to every budget and charge it ``spent``. Blocks."""
        mine = token_usage.c.tenant.in_({budget.tenant for budget in budgets}) & token_usage.c.key.in_(
            {budget.key for budget in budgets}
        )
        left = case((token_usage.c.held > held, token_usage.c.held - held), else_=0)
        charged = update(token_usage).where(mine, token_usage.c.period == period)
        with self._catalog.writing() as connection:
            connection.execute(charged.values(spent=token_usage.c.spent + spent, held=left))

    def of(self, tenant: str, period: str) -> list[Balance]:
        """What a tenant and its keys have used, the tenant first. Blocks."""
        mine = select(token_usage).where(token_usage.c.tenant == tenant, token_usage.c.period == period)
        with self._catalog.engine.connect() as connection:
            rows = connection.execute(mine.order_by(token_usage.c.key)).all()
        return [_balance(row) for row in rows]


def _balance(row: Row[Any]) -> Balance:
    return Balance(budget=Budget(tenant=row.tenant, key=row.key, tokens=row.budget), spent=row.spent, held=row.held)
