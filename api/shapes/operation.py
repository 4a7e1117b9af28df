"""What ``citedesk config check``, ``citedesk backup`` and ``citedesk restore`` print with ``--json``."""

from typing import Any

from typing_extensions import TypedDict


class EffectiveSetting(TypedDict):
    """``source`` is environment, file or default; secrets in ``value`` are hidden."""

    name: str
    value: Any
    source: str


class ConfigCheck(TypedDict):
    """``citedesk config check``. ``settings`` is empty where they cannot be used; with ``problems`` it ends with 1."""

    home: str
    settings: list[EffectiveSetting]
    problems: list[str]


class HomeCopy(TypedDict):
    """``citedesk backup`` and ``restore``. ``path`` is what was written; ``rows`` counts those of the record's main
    tables; ``release`` and ``made_at``, ISO 8601 in UTC, are those of the backup."""

    path: str
    release: str
    made_at: str
    rows: dict[str, int]
    files: int
    bytes: int
