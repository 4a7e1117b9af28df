import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from store.kb_key import check_tenant, kb_key, parse_key, split_key
from store.tables import knowledge_bases, metadata

# Tables whose rows belong to a home or to a text, whoever has it; all others lead to one knowledge base.
SHARED = {"homes", "tenants", "api_keys", "token_usage", "usage_days", "idempotency", "embeddings", "token_vectors"}
NAMES = st.from_regex(r"[^\W_][\w.-]{0,20}", fullmatch=True)


@given(NAMES, NAMES)
def test_a_key_tells_its_tenant_and_its_name(tenant, name):
    assert split_key(kb_key(tenant, name)) == parse_key(kb_key(tenant, name)) == (tenant, name)


@given(NAMES, NAMES, NAMES, NAMES)
def test_two_pairs_never_have_one_key(tenant, name, other_tenant, other_name):
    same = (tenant, name) == (other_tenant, other_name)
    assert (kb_key(tenant, name) == kb_key(other_tenant, other_name)) == same


@given(st.text(max_size=30))
def test_whatever_is_taken_as_a_key_is_the_key_of_its_parts(text):
    try:
        parts = parse_key(text)
    except InvalidInput:
        return
    assert kb_key(*parts) == text


def test_the_default_tenant_keeps_the_bare_names():
    assert kb_key("default", "产品手册") == "产品手册"
    assert kb_key("acme", "产品手册") == "acme/产品手册"


@pytest.mark.parametrize("key", ["/b", "a/", "a/b/c", "default/b", "../b", "a/..", "a\n/b", ""])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(InvalidInput, match=r"name|go without"):
        parse_key(key)


@pytest.mark.parametrize("name", ["", "-a", "a/b", "a b", "x" * 65])
def test_an_unusable_tenant_name_is_refused(name):
    with pytest.raises(InvalidInput, match="tenant name"):
        check_tenant(name)


def test_every_table_leads_to_one_knowledge_base_or_says_why_not():
    """A table that holds what tenants own, and no way to whose it is, could not be filtered."""
    leading = {"knowledge_bases"}
    while more := {
        table.name
        for table in metadata.tables.values()
        if table.name not in leading
        for key in table.foreign_keys
        if key.column.table.name in leading and not key.parent.nullable
    }:
        leading |= more
    assert set(metadata.tables) - leading == SHARED


def test_every_table_that_names_a_knowledge_base_names_it_by_its_key():
    naming = {table.name: table.c.kb for table in metadata.tables.values() if "kb" in table.c}
    assert {"documents", "outbox", "indexes", "editions", "jobs"} <= set(naming)
    for column in naming.values():
        (reference,) = column.foreign_keys
        assert reference.column is knowledge_bases.c.name
