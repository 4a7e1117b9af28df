"""What must be so in a record that has been brought up to its folder; each entry names a defect."""

from collections.abc import Iterator

from changing_folder import ChangingFolder, marks_in
from dying import KB
from record_reader import seen
from sqlalchemy import func, select

from core.types import Outcome
from store.catalog import Catalog
from store.tables import chunks, documents, embeddings, indexes, outbox, token_vectors, versions


def wrongs(catalog: Catalog, folder: ChangingFolder) -> Iterator[str]:
    """Anything lost, doubled, half there or left behind."""
    yield from _wrong_documents(catalog, folder)
    yield from _wrong_states(catalog, folder)
    yield from _wrong_rows(catalog)


def _wrong_documents(catalog: Catalog, folder: ChangingFolder) -> Iterator[str]:
    now, expected = seen(catalog.engine), folder.expected()
    for source in sorted(now.keys() | expected.keys()):
        if now.get(source) != expected.get(source):
            yield f"{source}: {now.get(source)} is live, {expected.get(source)} is there"
    for source, document in catalog.document_ids(KB).items():
        if marks_in([catalog.document(document).text]) != expected.get(source):
            yield f"{source}: its text is not that of its file"


def _wrong_states(catalog: Catalog, folder: ChangingFolder) -> Iterator[str]:
    states = catalog.source_states(KB)
    for source in sorted(states.keys() ^ folder.sources()):
        yield f"{source}: in the record or in the folder, not in both"
    for source, state in states.items():
        is_broken = source in folder.broken
        if (state.outcome is Outcome.INGESTED) == is_broken or (is_broken and not state.reason):
            yield f"{source}: {state.outcome} {state.reason!r}"


def _wrong_rows(catalog: Catalog) -> Iterator[str]:
    """Rows that nothing needs, or too many of a kind."""
    used, known = select(chunks.c.text_key), select(versions.c.id)
    kept = select(func.count().label("n")).select_from(versions).group_by(versions.c.document_id).subquery()
    live = select(chunks.c.chunk_id).join(documents, documents.c.current_version == chunks.c.version_id)
    twice = live.group_by(chunks.c.chunk_id).having(func.count() > 1).subquery()
    slowest = select(func.min(indexes.c.watermark)).scalar_subquery()
    counts = {
        "vectors of no text": select(func.count()).where(embeddings.c.text_key.not_in(used)),
        "token vectors of no text": select(func.count()).where(token_vectors.c.text_key.not_in(used)),
        "passages of no version": select(func.count()).where(chunks.c.version_id.not_in(known)),
        "documents of three versions": select(func.count()).where(kept.c.n > 2),
        "passages twice": select(func.count()).select_from(twice),
        "changes that an index has not seen": select(func.count()).where(outbox.c.seq > slowest),
        "indexes besides the two": select(func.count() - 2).select_from(indexes),
    }
    with catalog.engine.connect() as connection:
        found = {what: connection.scalar(statement) for what, statement in counts.items()}
    yield from (f"{number} {what}" for what, number in found.items() if number)
