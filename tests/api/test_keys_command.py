"""``citedesk keys`` and ``citedesk tenants`` as an operator uses them."""

import json

import pytest
from click.testing import CliRunner
from pydantic import TypeAdapter

from api.cli import main
from api.shapes import keys as shapes
from store.catalog import Catalog
from store.key import prefix_of


@pytest.fixture
def run(tmp_path):
    """``run("keys", "list")``: exit code, and what ``--json`` printed."""

    def run(*words):
        done = CliRunner().invoke(main, [*words, "--home", str(tmp_path), "--json"])
        return done.exit_code, json.loads(done.stdout) if done.stdout else done.stderr

    return run


def test_a_key_is_shown_once_and_listed_without_its_secret(run):
    code, made = run("keys", "create", "--scope", "ask", "--kb", "手册", "--expires", "90d", "--label", "网站")

    assert code == 0
    assert prefix_of(made["token"]) == made["prefix"]
    (listed,) = run("keys", "list")[1]["keys"]
    assert listed == {name: value for name, value in made.items() if name != "token"}
    assert (listed["scopes"], listed["kbs"], listed["state"], listed["label"]) == (["ask"], ["手册"], "active", "网站")
    assert listed["expires_at"] > listed["created_at"]


def test_what_is_printed_has_the_documented_shape(run):
    new = run("keys", "create", "--kb", "手册")[1]
    printed = {
        shapes.NewApiKey: new,
        shapes.ApiKeys: run("keys", "list")[1],
        shapes.ApiKey: run("keys", "revoke", new["prefix"])[1],
        shapes.NewTenant: run("tenants", "create", "星海")[1],
        shapes.Tenants: run("tenants", "list")[1],
        shapes.DeletedTenant: run("tenants", "delete", "星海", "--yes")[1],
    }
    for shape, document in printed.items():
        assert TypeAdapter(shape).validate_python(document, strict=True) == document
        assert set(document) == set(shape.__annotations__)


def test_a_key_may_ask_and_search_unless_told_otherwise(run):
    assert run("keys", "create")[1]["scopes"] == ["ask", "search"]


def test_a_replaced_key_says_by_which_and_until_when(run):
    _, old = run("keys", "create")

    code, new = run("keys", "rotate", old["prefix"], "--overlap", "2h")

    assert code == 0
    listed = {key["prefix"]: key for key in run("keys", "list")[1]["keys"]}
    assert listed[old["prefix"]]["replaced_by"] == new["prefix"]
    assert listed[old["prefix"]]["state"] == listed[new["prefix"]]["state"] == "active"
    assert new["expires_at"] is None


def test_a_revoked_key_stays_in_the_list(run):
    _, made = run("keys", "create")
    assert run("keys", "revoke", made["prefix"])[1]["state"] == "revoked"
    assert run("keys", "list")[1]["keys"][0]["state"] == "revoked"


@pytest.mark.parametrize(
    "words",
    [
        ("revoke", "nosuchprefix"),
        ("create", "--tenant", "ghost"),
        ("create", "--kb", "acme/faq"),
        ("create", "--expires", "soon"),
        ("create", "--scope", "root"),
    ],
)
def test_wrong_words_are_wrong_usage(run, words):
    assert run("keys", *words)[0] == 2
    assert run("keys", "list")[1] == {"keys": []}


def test_a_tenant_is_made_listed_and_deleted_with_its_keys(run, tmp_path):
    assert run("tenants", "create", "星海") == (0, {"tenant": "星海"})
    run("keys", "create", "--tenant", "星海")
    catalog = Catalog.open(tmp_path)
    catalog.ensure_kb("星海/手册")
    catalog.close()

    assert run("tenants", "list")[1]["tenants"] == [
        {"name": "default", "kbs": [], "keys": 0},
        {"name": "星海", "kbs": ["星海/手册"], "keys": 1},
    ]
    assert run("tenants", "delete", "星海", "--yes") == (0, {"deleted": "星海", "kbs": ["星海/手册"], "keys": 1})
    assert run("keys", "list")[1] == {"keys": []}


def test_nothing_is_deleted_where_nobody_can_be_asked(run):
    run("tenants", "create", "acme")
    assert run("tenants", "delete", "acme")[0] == 2
    assert len(run("tenants", "list")[1]["tenants"]) == 2


def test_the_token_stands_alone_on_standard_output(tmp_path):
    done = CliRunner().invoke(main, ["keys", "create", "--home", str(tmp_path)])

    assert prefix_of(done.stdout.strip())
    assert "shown this once" in done.stderr


def test_a_service_for_other_machines_needs_a_key(tmp_path):
    words = ["serve", "--home", str(tmp_path), "--host", "0.0.0.0", "--port", "0"]

    done = CliRunner().invoke(main, words)

    assert done.exit_code == 2
    assert "other machines reach 0.0.0.0, and there is no API key" in done.stderr
    assert "citedesk keys create" in done.stderr
