"""Small real files in both languages, an in-memory record and an embedder without a model."""

import hashlib
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.ports import TokenCodes, TokenVectors
from core.token_codes import encode
from core.types import Block, BlockKind, Chunk, Document, FloatArray
from ingest.parsers.builder import DocumentBuilder
from store.put import NewVersion
from store.source_state import SourceState, document_id, text_key

Draft = tuple[BlockKind, str, int]


class FakeEmbedder:
    """Vectors of length 1 made from the text's hash; counts what it was asked for."""

    def __init__(self, fingerprint: str = "fake-1") -> None:
        self.fingerprint = fingerprint
        self.batches: list[int] = []

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        self.batches.append(len(texts))
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> FloatArray:
        digest = hashlib.sha256(text.encode()).digest()[:8]
        vector = np.frombuffer(digest, dtype=np.uint8).astype(np.float32) + 1
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> tuple[FloatArray, list[TokenCodes]]:
        return self.embed_passages(texts), [encode(_one_token(self.embed_query(text))) for text in texts]

    def legibility(self, text: str) -> float:
        return 1.0 if text else 0.0

    @property
    def embedded(self) -> int:
        return sum(self.batches)


def _one_token(vector: FloatArray) -> TokenVectors:
    return TokenVectors(ids=np.array([7]), vectors=vector[None], known=np.array([True]))


class MemoryTokens:
    """What ``ingest.embed.TokenRecord`` asks for, in a dictionary; ``live`` are the texts that passages have."""

    def __init__(self) -> None:
        self.stored: dict[str, TokenCodes] = {}
        self.live: dict[str, str] = {}

    def known(self, keys: Sequence[str]) -> set[str]:
        return {key for key in keys if key in self.stored}

    def missing(self, kb: str, batch: int) -> Iterator[dict[str, str]]:
        texts = [(key, text) for key, text in self.live.items() if key not in self.stored]
        for start in range(0, len(texts), batch):
            yield dict(texts[start : start + batch])

    def put(self, by_key: Mapping[str, TokenCodes]) -> None:
        self.stored |= by_key


class MemoryRecord:
    """What ``ingest.run.Record`` asks for, in dictionaries of one knowledge base."""

    def __init__(self) -> None:
        self.states: dict[str, SourceState] = {}
        self.documents: dict[str, Document] = {}
        self.passages: dict[str, list[Chunk]] = {}
        self.stored: dict[tuple[str, str], FloatArray] = {}
        self.tokens: dict[str, TokenCodes] = {}
        self.kbs: set[str] = set()

    def ensure_kb(self, name: str) -> None:
        self.kbs.add(name)

    def source_states(self, kb: str) -> dict[str, SourceState]:
        assert kb in self.kbs
        return dict(self.states)

    def identities(self, kb: str, sources: Sequence[str]) -> dict[str, str]:
        return {source: document_id(kb, source) for source in sources}

    def put_stamps(self, kb: str, states: Sequence[SourceState]) -> None:
        self.states |= {state.source: state for state in states}

    def move_sources(self, kb: str, moves: Mapping[str, str]) -> set[str]:
        for kept in (self.states, self.documents, self.passages):
            moved = {new: kept.pop(old) for old, new in moves.items() if old in kept}
            kept |= moved  # type: ignore[operator]
        self.states |= {new: replace(self.states[new], source=new) for new in moves.values()}
        return set()

    def vectors(self, fingerprint: str, keys: Sequence[str]) -> dict[str, FloatArray]:
        return {key: self.stored[fingerprint, key] for key in keys if (fingerprint, key) in self.stored}

    def put_documents(self, kb: str, new: Sequence[NewVersion], *, fingerprint: str) -> None:
        assert kb in self.kbs
        for each in new:
            self.states[each.state.source] = each.state
            self.documents[each.state.source] = each.document
            self.passages[each.state.source] = list(each.passages)
            self.tokens |= each.tokens
            for chunk, vector in zip(each.passages, each.vectors, strict=True):
                self.stored[fingerprint, text_key(chunk)] = vector

    def put_outcome(self, kb: str, state: SourceState) -> None:
        assert kb in self.kbs
        self.states[state.source] = state

    def delete_sources(self, kb: str, sources: Collection[str]) -> int:
        assert kb in self.kbs
        for source in sources:
            self.documents.pop(source, None)
            self.passages.pop(source, None)
        return sum(self.states.pop(source, None) is not None for source in sources)


@pytest.fixture
def record() -> MemoryRecord:
    return MemoryRecord()


@pytest.fixture
def token_record() -> MemoryTokens:
    return MemoryTokens()


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


def make_document(drafts: Sequence[Draft], *, source: str = "guide.md", title: str = "Guide") -> Document:
    """A document of (kind, text, heading level) blocks."""
    builder = DocumentBuilder()
    for kind, text, level in drafts:
        builder.add(kind, text, level=level)
    parsed = builder.build(title=title, parser="test")
    return Document(
        id=document_id("kb", source),
        kb="kb",
        source=source,
        title=title,
        text=parsed.text,
        blocks=parsed.blocks,
        language="en",
        content_hash="0" * 64,
    )


@pytest.fixture
def document_of() -> Callable[..., Document]:
    return make_document


def block_texts(document: Document) -> list[tuple[str, str]]:
    return [(block.kind.value, block.span.of(document.text)) for block in document.blocks]


@pytest.fixture
def texts_of() -> Callable[..., list[tuple[str, str]]]:
    """The blocks of a parsed document as (kind, text); headings as ``h1`` to ``h6``."""

    def texts(document: Document) -> list[tuple[str, str]]:
        return [(_name(block), block.span.of(document.text)) for block in document.blocks]

    return texts


def _name(block: Block) -> str:
    return f"h{block.level}" if block.kind is BlockKind.HEADING else block.kind.value


Line = tuple[float, float, float, str]


def pdf_bytes(pages: Sequence[Sequence[Line]], *, extra: str = "", trailer: str = "") -> bytes:
    """A PDF whose pages hold (x, y, size, text) lines; Chinese text uses the predefined font STSong-Light."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{' '.join(f'{7 + 2 * i} 0 R' for i in range(len(pages)))}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 6 0 R "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 "
        "/Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
    ]
    for index, lines in enumerate(pages):
        stream = "\n".join(_operators(line) for line in lines) + extra
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {8 + 2 * index} 0 R "
            "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    return _assembled(objects, trailer)


def _operators(line: Line) -> str:
    x, y, size, text = line
    if text.isascii():
        return f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET"
    return f"BT /F2 {size} Tf {x} {y} Td <{text.encode('utf-16-be').hex()}> Tj ET"


def _assembled(objects: Sequence[str], trailer: str) -> bytes:
    data, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    start = len(data)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    data += f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
    return data + f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n".encode()


@pytest.fixture
def make_pdf(tmp_path: Path) -> Callable[..., Path]:
    def make(pages: Sequence[Sequence[Line]], *, trailer: str = "") -> Path:
        path = tmp_path / "file.pdf"
        path.write_bytes(pdf_bytes(pages, trailer=trailer))
        return path

    return make


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, members: dict[str, str]) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return make
