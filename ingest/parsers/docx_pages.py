"""Pages of a Word file, as far as it knows them, and what stands in the margins of its pages."""

from collections.abc import Callable, Iterator

from lxml.etree import _Element as Element  # type: ignore[import-untyped]  # lxml ships no types

from ingest.parsers.docx_styles import W, value
from ingest.parsers.drafts import Draft
from ingest.parsers.packaged_xml import Package

_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"


class Pages:
    """Counts pages by the breaks that Word noted when it last laid the file out; None where it noted none."""

    def __init__(self, body: Element) -> None:
        self.current: int | None = 1 if next(body.iter(f"{W}lastRenderedPageBreak"), None) is not None else None
        # How a section begins is said at its own end.
        self._types = [value(section, "type") for section in body.iter(f"{W}sectPr")]
        self._section = 0
        self._begins = False

    def end_section(self) -> None:
        """The next page break begins the next section."""
        self._section += 1
        self._begins = True

    def turn(self, count: int) -> None:
        """``count`` page breaks."""
        if self.current is None or not count:
            return
        self.current += count
        kind = self._types[self._section] if self._begins and self._section < len(self._types) else None
        # Such a section leaves a page blank, of which Word notes nothing.
        if (kind, self.current % 2) in {("oddPage", 0), ("evenPage", 1)}:
            self.current += 1
        self._begins = False


class Margins:
    """Headers and footers of one file; ``read`` gives what stands in one of them."""

    def __init__(self, package: Package, main: str, body: Element, read: Callable[[Element], Iterator[Draft]]) -> None:
        self._package, self._read = package, read
        self._targets = package.targets(main)
        self._sections = list(body.iter(f"{W}sectPr"))

    def first_page(self) -> list[Draft]:
        """What heads the first page only: a document's number, its version, its date."""
        first = self._sections[0] if self._sections else None
        if first is None or first.find(f"{W}titlePg") is None:
            return []
        repeated = {text for texts in self.running().values() for text in texts.split(" | ")}
        drafts = (draft for part in self._parts(first, "header", {"first"}) for draft in self._read(part))
        return [draft for draft in drafts if " ".join(draft.text.split()) not in repeated]

    def running(self) -> dict[str, str]:
        """The texts of repeated headers and footers, each once, as ``page_header`` and ``page_footer``."""
        found = {kind: " | ".join(self._running(kind)) for kind in ("header", "footer")}
        return {f"page_{kind}": text for kind, text in found.items() if text}

    def _running(self, kind: str) -> list[str]:
        texts: dict[str, None] = {}
        for section in self._sections:
            for part in self._parts(section, kind, {"default", "even"}):
                text = " ".join(" ".join(draft.text for draft in self._read(part)).split())
                if any(character.isalpha() for character in text):
                    texts[text] = None
        return list(texts)

    def _parts(self, section: Element, kind: str, types: set[str]) -> Iterator[Element]:
        for reference in section.iterchildren(f"{W}{kind}Reference"):
            _type, part = self._targets.get(reference.get(f"{_R}id", ""), ("", ""))
            root = self._package.xml(part) if part and reference.get(f"{W}type", "default") in types else None
            if root is not None:
                yield root
