"""Writing into a home's ``citedesk.toml`` what a command decided; everything else in it stays as it was typed."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from core.errors import InvalidInput, Unavailable


def write_settings(home: Path, values: Mapping[tuple[str, str], str]) -> Path:
    """Set each value by section and key, and return the file, which changes whole or not at all.

    Raises ``InvalidInput`` for a file that is no TOML or has something else under the name of a section, and
    ``Unavailable`` where it cannot be written.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = home / "citedesk.toml"
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8") if path.is_file() else "")
        for (section, key), value in values.items():
            table = document.setdefault(section, tomlkit.table())
            table[key] = value
        _replace(path, tomlkit.dumps(document))
    except (TOMLKitError, TypeError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be changed: {error}; mend it by hand") from error
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error}") from error
    return path


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8", delete=False) as file:
        file.write(text)
    if path.exists():
        os.chmod(file.name, path.stat().st_mode)  # noqa: PTH101  # of a name, not of a path
    Path(file.name).replace(path)
