"""Spans of time on the command line: ``30m``, ``12h``, ``90d``."""

import re
from datetime import timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WRITTEN = re.compile(r"(\d{1,6})([smhd])", re.ASCII)


class _Duration(click.ParamType[timedelta]):
    name = "duration"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """A number with its unit; it may be 0."""
        if isinstance(value, timedelta):
            return value
        written = _WRITTEN.fullmatch(value.strip().lower())
        if written is None:
            self.fail(f"{value!r} is no span of time; write 30m, 12h or 90d", param, ctx)
        return timedelta(**{_UNITS[written[2]]: int(written[1])})


DURATION = _Duration()
