"""The package as other projects meet it."""

import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points, packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "store", "inference", "ingest", "retrieval", "rerank", "answer", "api", "eval")
HEAVY = (
    "torch",
    "chromadb",
    "langchain_openai",
    "langchain_core",
    "unstructured",
    "transformers",
    "tantivy",
    "fastapi",
)


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_ships_a_package_of_this_name(room):
    assert set(packages_distributions().get(room, ["citedesk"])) == {"citedesk"}


@pytest.mark.parametrize("room", ROOMS)
def test_the_room_that_is_imported_is_this_one(room):
    assert Path(str(importlib.import_module(room).__file__)).is_relative_to(ROOT)


def test_the_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="citedesk")
    assert command.value == "api.cli:main"
    assert version("citedesk") == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_every_requirement_is_locked_to_one_version():
    lock = (ROOT / "requirements.lock").read_text()
    locked = set(re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~ ]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    assert names <= {name.lower().replace("_", "-") for name in locked}
    assert "torch==2.13.0\n" in lock
    assert not re.search(r"^[^#\n]*(?:>=|~=|https?:|file:)", lock, re.MULTILINE)


def test_help_imports_nothing_heavy():
    code = f"import sys; import api.cli; print([m for m in {HEAVY!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"


def test_the_health_route_imports_no_model():
    models = ("torch", "chromadb", "langchain_openai", "unstructured", "transformers", "redis")
    code = f"import sys; import api.app, answer.assemble; print([m for m in {models!r} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"


def test_importing_the_rooms_leaves_no_file_behind(tmp_path):
    code = "import answer.assemble, api.cli, eval.runs.run, ingest.run"
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
    assert not list(tmp_path.iterdir())
