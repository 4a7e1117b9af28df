"""The command line in this process, as a person or a script calls it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pydantic import TypeAdapter

from api.cli import main


@contextmanager
def only_settings(model_cache: Path, **environment: str) -> Iterator[None]:
    """No settings from outside but these; the exported models of the whole test run."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("CITEDESK_")]:
            patch.delenv(name)
        patch.setenv("CITEDESK_RETRIEVAL__MODEL_CACHE", str(model_cache))
        for name, value in environment.items():
            patch.setenv(name, value)
        yield


def run(home: Path, *arguments: object) -> Result:
    """A command on a home, which ends with an exit code and never with a traceback."""
    result = CliRunner().invoke(main, [*map(str, arguments), "--home", str(home)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def run_json(home: Path, *arguments: object, shape: type | None = None, code: int = 0) -> Any:
    """The one JSON document on standard output, checked strictly against its documented shape if one is given."""
    result = run(home, *arguments, "--json")
    assert result.exit_code == code, result.output
    document = json.loads(result.stdout)
    if shape is not None:
        assert document.keys() == shape.__required_keys__
        TypeAdapter(shape).validate_json(json.dumps(document), strict=True)
    return document
