"""An edition is filled from the record: documents are cut anew from their stored text, texts are read by its embedder.

Nothing is parsed. Whatever was done before the process died stays done, and what is filled is filled once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from core.ports import PassageEncoder
from core.settings import IngestSettings
from ingest.chunk import chunk_document
from ingest.token_count import CountTokens, counter_of
from store.catalog import Catalog
from store.edition_passages import EditionPassages
from store.editions import Edition

_DOCUMENTS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildProgress:
    """How far one step has come: documents that are ``cut``, or texts that are ``read``."""

    step: Literal["cut", "read"]
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What was done: documents that were cut anew, texts that the embedder read."""

    cut: int
    read: int


Told: TypeAlias = Callable[[BuildProgress], None]
# Raises to end the build where it stands, between two batches.
Check: TypeAlias = Callable[[], None]


def tell_nobody(_progress: BuildProgress) -> None:
    """The progress of a build that nobody watches."""


def go_on() -> None:
    """The check of a build that nobody stops."""


def build_edition(
    edition: Edition,
    *,
    catalog: Catalog,
    encoder: PassageEncoder,
    settings: IngestSettings,
    told: Told = tell_nobody,
    check: Check = go_on,
) -> Build:
    """Bring an edition up to the record: what it lacks of passages, vectors and, where wanted, token vectors.

    ``encoder`` must have the fingerprint of the edition and ``settings`` its passage settings. In an edition that
    answers, each document is replaced in a transaction of its own. Raises ``ValueError`` for another encoder,
    ``NotFound`` when the edition was dropped meanwhile, and whatever ``check`` raises.
    """
    if encoder.fingerprint != edition.recipe.fingerprint:
        raise ValueError(f"edition {edition.id} is read by {edition.recipe.fingerprint!r}, not {encoder.fingerprint!r}")
    passages = EditionPassages(catalog, edition)
    cut = _cut(passages, counter_of(encoder), settings, told, check)
    return Build(cut=cut, read=_read(passages, encoder, settings, told, check))


def _cut(passages: EditionPassages, count: CountTokens, settings: IngestSettings, told: Told, check: Check) -> int:
    total, done = passages.count_uncut(), 0
    for batch in passages.uncut(_DOCUMENTS):
        check()
        passages.put([(uncut, chunk_document(uncut.document, settings, count)) for uncut in batch])
        done += len(batch)
        told(BuildProgress(step="cut", done=done, total=max(done, total)))
    return done


def _read(
    passages: EditionPassages, encoder: PassageEncoder, settings: IngestSettings, told: Told, check: Check
) -> int:
    keys = passages.unread(tokens=settings.token_vectors)
    done = 0
    for part in _parts(keys, settings.embed_batch):
        check()
        texts = passages.texts(part)
        if texts:
            _read_texts(passages, encoder, texts, tokens=settings.token_vectors)
        done += len(part)
        told(BuildProgress(step="read", done=done, total=len(keys)))
    return done


def _read_texts(passages: EditionPassages, encoder: PassageEncoder, texts: Mapping[str, str], *, tokens: bool) -> None:
    if tokens:
        vectors, codes = encoder.encode_passages(list(texts.values()))
        passages.put_read(dict(zip(texts, vectors, strict=True)), dict(zip(texts, codes, strict=True)))
    else:
        passages.put_read(dict(zip(texts, encoder.embed_passages(list(texts.values())), strict=True)), {})


def _parts(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))
