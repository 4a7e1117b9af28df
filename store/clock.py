"""The database's clock: workers on several machines agree on when a lease ends."""

from typing import Any

from sqlalchemy import Double
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_now(FunctionElement[float]):  # noqa: N801  # read in SQL expressions like func.now()
    """Seconds since 1970, to the millisecond at least; moves on within a transaction."""

    inherit_cache = True
    type = Double()


@compiles(seconds_now, "sqlite")
def _sqlite(_element: seconds_now, _compiler: Any, **_options: Any) -> str:
    # unixepoch('subsec') needs SQLite 3.42.
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(seconds_now, "postgresql")
def _postgresql(_element: seconds_now, _compiler: Any, **_options: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"
