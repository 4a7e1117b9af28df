import pytest

from core.errors import NotFound
from core.synonyms import Synonyms
from store.catalog import Catalog
from store.synonyms import SynonymLists

GROUPS = Synonyms((("refund", "退款"), ("VPN", "virtual private network")))


def test_a_knowledge_base_has_no_synonyms_at_first(catalog):
    assert SynonymLists(catalog).of("kb") == Synonyms()


def test_another_process_sees_a_new_list_at_once(catalog, tmp_path):
    SynonymLists(catalog).put("kb", GROUPS)
    other = Catalog.open(tmp_path / "home")
    try:
        assert SynonymLists(other).of("kb") == GROUPS
        SynonymLists(other).put("kb", Synonyms())
    finally:
        other.close()
    assert SynonymLists(catalog).of("kb") == Synonyms()


def test_each_knowledge_base_has_a_list_of_its_own(catalog):
    catalog.ensure_kb("other")
    SynonymLists(catalog).put("kb", GROUPS)
    assert SynonymLists(catalog).of("other") == Synonyms()


def test_a_knowledge_base_that_is_deleted_takes_its_list_along(catalog):
    SynonymLists(catalog).put("kb", GROUPS)
    catalog.delete_kb("kb")
    catalog.ensure_kb("kb")
    assert SynonymLists(catalog).of("kb") == Synonyms()


def test_there_is_no_list_of_a_knowledge_base_that_is_not_there(catalog):
    with pytest.raises(NotFound, match="'nowhere'"):
        SynonymLists(catalog).of("nowhere")
    with pytest.raises(NotFound, match="'nowhere'"):
        SynonymLists(catalog).put("nowhere", GROUPS)
