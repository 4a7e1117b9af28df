import pytest
from edition_home import KB, NARROW, EditionHome, manual

from ingest.reindex import Build, BuildProgress, build_edition
from store.editions import EditionState


class Stop(Exception):
    pass


@pytest.fixture
def home(tmp_path):
    first = EditionHome(tmp_path / "home")
    for number in range(5):
        first.put(f"{number}.md", manual(number))
    first.editions.settle(KB, first.encoders.recipe())
    first.close()
    home = EditionHome(tmp_path / "home", tokens=NARROW, embedders=("fake-2", "fake-1"))
    yield home
    home.close()


def build(home, edition, **more):
    encoder = home.encoders.of(edition.recipe)
    return build_edition(edition, catalog=home.catalog, encoder=encoder, settings=home.settings.ingest, **more)


def test_an_edition_is_filled_from_the_record_and_told_of_step_by_step(home):
    edition = home.editions.open(KB, home.encoders.recipe())
    told: list[BuildProgress] = []
    built = build(home, edition, told=told.append)
    found = home.catalog.live_chunks(KB, sorted(home.catalog.live_ids(KB, edition.id)), edition.id).values()
    texts = {chunk.indexed_text for chunk in found}
    assert built.cut == 5
    assert built.read == len(home.embedders[0].embedded) == len(texts) > 20
    assert told[0] == BuildProgress(step="cut", done=5, total=5)
    assert told[-1] == BuildProgress(step="read", done=built.read, total=built.read)
    assert {step.done - 8 for step in told[2:-1]} <= {step.done for step in told[1:-2]}, "eight texts at a time"


def test_every_passage_stands_at_its_place_in_the_stored_text(home):
    edition = home.editions.open(KB, home.encoders.recipe())
    build(home, edition)
    for chunk in home.catalog.live_chunks(KB, sorted(home.catalog.live_ids(KB, edition.id)), edition.id).values():
        assert chunk.span.of(home.catalog.document(chunk.document_id).text) == chunk.text


def test_a_build_that_is_stopped_goes_on_where_it_stood_and_reads_no_text_twice(home):
    edition = home.editions.open(KB, home.encoders.recipe())
    checks = iter([None, None, None])

    def check():
        if next(checks, Stop) is Stop:
            raise Stop

    with pytest.raises(Stop):
        build(home, edition, check=check)
    assert len(home.embedders[0].embedded) == 16
    again = build(home, edition)
    assert again.cut == 0
    assert again.read + 16 == len(home.embedders[0].embedded) == len(set(home.embedders[0].embedded))
    assert build(home, edition) == Build(cut=0, read=0)


def test_another_embedder_alone_cuts_nothing_and_reads_everything_with_its_tokens(tmp_path, home):
    other = EditionHome(tmp_path / "home", embedders=("fake-2", "fake-1"))
    edition = other.editions.open(KB, other.encoders.recipe())
    assert build(other, edition) == Build(cut=0, read=5)
    assert build(other, edition) == Build(cut=0, read=0)
    other.close()


def test_what_is_deleted_between_two_batches_is_not_read(home):
    edition = home.editions.open(KB, home.encoders.recipe())
    checks = iter(range(100))

    def check():
        if next(checks) == 1:  # the documents are cut, nothing is read yet
            home.catalog.delete_sources(KB, [f"{number}.md" for number in range(5)])

    build(home, edition, check=check)
    assert home.embedders[0].embedded == []
    assert home.catalog.vectors("fake-2", []) == {}


def test_an_encoder_of_another_edition_is_refused_with_both_names(home):
    edition = home.editions.of(KB)[EditionState.CURRENT]
    with pytest.raises(ValueError, match="'fake-1', not 'fake-2'"):
        build_edition(edition, catalog=home.catalog, encoder=home.embedders[0], settings=home.settings.ingest)
