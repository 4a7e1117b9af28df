"""``citedesk kb synonyms`` on a home without documents: it needs no model and no index."""

import json

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from api.cli import main
from api.shapes.content import SynonymGroups
from store.catalog import Catalog

LISTED = [["VPN", "virtual private network", "虚拟专用网"], ["退款", "退钱", "refund"]]


@pytest.fixture
def home(tmp_path):
    catalog = Catalog.open(tmp_path / "home")
    catalog.ensure_kb("help")
    catalog.close()
    return tmp_path / "home"


def run(home, *arguments, text=None):
    return CliRunner().invoke(main, ["kb", "synonyms", *arguments, "--home", str(home)], input=text)


def groups(home, *arguments):
    result = run(home, "help", *arguments, "--json")
    TypeAdapter(SynonymGroups).validate_json(result.stdout, strict=True)
    return json.loads(result.stdout)["groups"]


def test_a_list_is_set_shown_and_taken_away(home, tmp_path):
    file = tmp_path / "words.txt"
    file.write_text("\ufeffVPN, virtual private network, 虚拟专用网\n# money\n退款，退钱，refund\n", encoding="utf-8")
    assert groups(home) == []
    assert groups(home, "--set", str(file)) == LISTED
    assert groups(home) == LISTED
    assert run(home, "help").stdout == "VPN, virtual private network, 虚拟专用网\n退款, 退钱, refund\n"
    assert groups(home, "--clear") == []
    assert "has no synonyms" in run(home, "help").stdout


def test_a_list_comes_over_standard_input(home):
    assert run(home, "help", "--set", "-", text="refund, 退款\n").exit_code == 0
    assert groups(home) == [["refund", "退款"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("help", "--set", "nowhere.txt"), "'nowhere.txt' cannot be read"),
        (("help", "--set", "-", "--clear"), "exclude each other"),
        (("other",), "no knowledge base named 'other'"),
        (("help", "--set", "-"), "line 1 of the synonyms has 1 phrases: 'refund'"),
    ],
)
def test_what_is_off_is_said_and_the_list_stays(home, arguments, said):
    run(home, "help", "--set", "-", text="a, b\n")
    result = run(home, *arguments, text="refund\n")
    assert result.exit_code == 2
    assert said in result.stderr
    assert groups(home) == [["a", "b"]]
