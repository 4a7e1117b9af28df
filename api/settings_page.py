"""``docs/settings.md``, written from the settings themselves: ``python -m api.settings_page > docs/settings.md``."""

import sys
from collections.abc import Iterator

from pydantic import BaseModel, SecretStr

from core.settings import Settings

_HEAD = """# Settings

Order of precedence: command-line arguments, environment variables, `citedesk.toml` in the home folder, defaults. In the
environment a setting is written `CITEDESK_<SLICE>__<NAME>`, for example `CITEDESK_RETRIEVAL__CANDIDATES=80`; in
`citedesk.toml` it is `candidates = 80` under `[retrieval]`. The model server may also be named with single underscores:
`CITEDESK_LLM_BASE_URL`, `CITEDESK_LLM_MODEL`, `CITEDESK_LLM_API_KEY`. `CITEDESK_HOME` is the home folder.
"""


def settings_page() -> str:
    """The page as Markdown, a table for each slice."""
    return _HEAD + "".join(_slice(name) for name in Settings.model_fields if name != "home")


def _slice(name: str) -> str:
    default = Settings.model_fields[name].default
    what = (type(default).__doc__ or "").strip()
    return f"\n## `[{name}]`\n\n{what}\n\n| setting | default | what it does |\n|---|---|---|\n" + "".join(
        _rows(default)
    )


def _rows(default: BaseModel) -> Iterator[str]:
    for name, field in type(default).model_fields.items():
        value = getattr(default, name)
        shown = '""' if value == "" or isinstance(value, SecretStr) else str(value)
        yield f"| `{name}` | `{shown}` | {field.description or ''} |\n"


if __name__ == "__main__":
    sys.stdout.write(settings_page())
