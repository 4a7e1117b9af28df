from datetime import date

import pytest
from fakes import a_document

from core.errors import NotFound
from store.document_edits import DocumentEdits
from store.document_versions import DocumentVersions
from store.edit import DocumentEdit
from store.edition_passages import EditionPassages
from store.editions import Editions, Recipe
from store.ledger import Ledger

OLD, NEW = "Refunds take 14 days.\n\n退款需要十四天。", "Refunds take 30 days.\n\n退款需要十四天。"
DOCUMENT = a_document("退款.md", "", kb="kb").id


@pytest.fixture
def kept(catalog, put):
    put("退款.md", OLD)
    put("退款.md", NEW)
    return DocumentVersions(catalog)


def live(catalog):
    return [chunk.text for chunk in catalog.chunks_of("kb", DOCUMENT)]


def test_versions_are_listed_newest_first_with_what_they_hold(kept):
    newer, older = kept.of(DOCUMENT)

    assert (newer.is_current, older.is_current) == (True, False)
    assert newer.id > older.id
    assert (newer.passages, newer.characters) == (2, len(NEW))
    assert newer.stored_at.utcoffset().total_seconds() == 0


def test_an_older_version_answers_at_once_and_the_indexes_are_told_what_changed(kept, catalog):
    _, older = kept.of(DOCUMENT)
    before = Ledger(catalog).changed_since("kb", 0, 100)

    kept.restore(DOCUMENT, older.id)

    assert live(catalog) == OLD.split("\n\n")
    assert catalog.document(DOCUMENT).text == OLD
    # One passage went and one came; the one that both share is left alone.
    assert len(Ledger(catalog).changed_since("kb", 0, 100)) == len(before) + 2


def test_there_is_a_way_forward_again_and_twice_is_like_once(kept, catalog):
    newer, older = kept.of(DOCUMENT)
    kept.restore(DOCUMENT, older.id)
    told = Ledger(catalog).changed_since("kb", 0, 100)
    kept.restore(DOCUMENT, older.id)
    assert Ledger(catalog).changed_since("kb", 0, 100) == told

    kept.restore(DOCUMENT, newer.id)

    assert live(catalog) == NEW.split("\n\n")


def test_what_was_said_of_the_document_holds_for_the_older_version_too(kept, catalog):
    DocumentEdits(catalog).put(
        DOCUMENT,
        DocumentEdit(metadata={"产品": "潮汐"}, valid_until=date(2026, 12, 31), sets=frozenset({"valid_until"})),
    )
    _, older = kept.of(DOCUMENT)

    kept.restore(DOCUMENT, older.id)

    document = catalog.document(DOCUMENT)
    assert (document.metadata, document.valid_until) == ({"产品": "潮汐"}, date(2026, 12, 31))


def test_a_changed_file_takes_over_from_a_restored_version(kept, catalog, put):
    _, older = kept.of(DOCUMENT)
    kept.restore(DOCUMENT, older.id)

    put("退款.md", "Refunds take 60 days.")

    assert live(catalog) == ["Refunds take 60 days."]
    assert len(kept.of(DOCUMENT)) == 2


def test_only_versions_of_the_document_itself_can_be_restored(kept, catalog, put):
    put("other.md", "Another text.")
    (other,) = kept.of(a_document("other.md", "", kb="kb").id)

    for number in (other.id, 999):
        with pytest.raises(NotFound, match=f"version {number} of the document is not kept"):
            kept.restore(DOCUMENT, number)
    with pytest.raises(NotFound):
        kept.restore("0" * 32, other.id)
    assert live(catalog) == NEW.split("\n\n")


def test_the_same_text_cut_for_another_edition_is_no_version_and_cannot_bring_the_left_text_back(kept, catalog):
    editions = Editions(catalog)
    editions.settle("kb", Recipe(cut="", fingerprint="fake-1"))
    other = editions.open("kb", Recipe(cut="whole", fingerprint="fake-1"))
    passages = EditionPassages(catalog, other)
    for batch in passages.uncut(10):
        passages.put([(uncut, catalog.chunks_of("kb", DOCUMENT)[:1]) for uncut in batch])
    newer, older = kept.of(DOCUMENT)

    kept.restore(DOCUMENT, older.id)
    editions.switch(other)

    assert live(catalog) == OLD.split("\n\n")
    assert [each.id for each in kept.of(DOCUMENT)] == [newer.id, older.id]
