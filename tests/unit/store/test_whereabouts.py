import pytest
from fakes import a_document, state_of

from core.types import Outcome
from store.editions import Editions, Recipe
from store.whereabouts import PassageFinder

RECIPE = Recipe(cut="", fingerprint="fake-1")


@pytest.fixture
def find(catalog):
    edition = Editions(catalog).settle("kb", RECIPE)
    return lambda name, *visible: PassageFinder(catalog).find("kb", name, edition.id, frozenset(visible))


def test_a_passage_a_document_and_a_source_are_found_by_name(catalog, put, find):
    put("退款.md", "退款三天到账。\n\nRefunds take three days.")
    document = catalog.identity("kb", "退款.md")
    first, second = catalog.chunks_of("kb", document)
    assert find(second.id).chunks == (second,)
    assert find(document).chunks == find("退款.md").chunks == (first, second)


def test_a_file_that_gave_no_text_tells_its_outcome(catalog, find):
    catalog.put_outcome("kb", state_of(a_document("扫描.pdf", ""), Outcome.ENCRYPTED, "asks for a password"))
    found = find("扫描.pdf")
    assert found.chunks == ()
    assert found.absence == "扫描.pdf gave no text when it was read (encrypted: asks for a password)"


def test_a_passage_of_the_version_before_tells_when_it_was_replaced(catalog, put, find):
    put("a.md", "Old words.\n\nWords that stay.")
    old, stays = catalog.chunks_of("kb", catalog.identity("kb", "a.md"))
    put("a.md", "New words.\n\nWords that stay.")
    assert find(old.id).absence.startswith("a.md was replaced on 20")
    assert find(stays.id).chunks[0].text == "Words that stay."


def test_of_other_knowledge_bases_only_visible_ones_are_named(catalog, put, find):
    put("内部.md", "Secret.", kb="staff")
    (secret,) = catalog.chunks_of("staff", catalog.identity("staff", "内部.md"))
    for name in ("内部.md", secret.id, secret.document_id):
        assert find(name, "staff").absence == "it is in the knowledge base 'staff'; this search asked 'kb'"
        assert "staff" not in find(name).absence
        assert find(name).absence == find(name, "kb", "other").absence


def test_a_source_of_both_knowledge_bases_is_that_of_the_one_that_was_asked(put, find):
    put("a.md", "Ours.")
    put("a.md", "Theirs.", kb="staff")
    assert [chunk.text for chunk in find("a.md", "kb", "staff").chunks] == ["Ours."]


@pytest.mark.parametrize(
    ("name", "near"),
    [("refunds.md", "en/refunds.md"), ("en/refund.md", "en/refunds.md"), ("退款.md", "zh/退款.md")],
)
def test_an_unknown_name_brings_the_sources_near_it(put, find, name, near):
    put("en/refunds.md", "Refunds.")
    put("zh/退款.md", "退款。")
    assert find(name).absence.endswith(f"sources near it: {near}")


def test_an_unknown_name_far_from_all_brings_none(put, find):
    put("en/refunds.md", "Refunds.")
    assert find("0123456789abcdef").absence.endswith("it never had, or it was deleted")


def test_the_newest_change_of_a_passage_is_the_outbox_number(catalog, put):
    put("a.md", "One.")
    put("b.md", "Two.")
    (chunk,) = catalog.chunks_of("kb", catalog.identity("kb", "b.md"))
    assert PassageFinder(catalog).newest_change("kb", chunk.id) == 2
    assert PassageFinder(catalog).newest_change("kb", "unknown") == 0
