"""reStructuredText and Org through pandoc, which reads nothing but the file. The only file that imports pypandoc.

Both formats can include other files by a line of text; ``--sandbox`` keeps pandoc from that. The standalone page is
asked for: without it pandoc takes the title, author and date of a document out of its text.
"""

import re
from pathlib import Path

from core.errors import ParseError
from core.types import ParsedDocument
from ingest.encoding import decode
from ingest.parsers.html_parser import document_of_page
from ingest.parsers.outline_parser import rst_fields, without_roles

VERSION = "pandoc 1"
_ARGUMENTS = ["--sandbox", "--standalone", "--quiet", "--wrap=preserve", "--shift-heading-level-by=1"]
_TITLE = '<h1 class="title">'
_HEADING = re.compile(r"(</?h)([2-6])(?=[ >])")


def parse_rst(path: Path) -> ParsedDocument:
    """reStructuredText. Raises ``ParseError`` where pandoc is missing or fails, like ``parse_org``."""
    source = decode(path.read_bytes())
    return document_of_page(_page(without_roles(source), "rst"), path, parser=VERSION, fields=rst_fields(source))


def parse_org(path: Path) -> ParsedDocument:
    """Org."""
    return document_of_page(_page(decode(path.read_bytes()), "org"), path, parser=VERSION)


def _page(source: str, source_format: str) -> str:
    import pypandoc

    try:
        html = pypandoc.convert_text(source, "html", format=source_format, extra_args=_ARGUMENTS)
    except OSError as error:
        raise ParseError("no program pandoc was found; install it", parser=VERSION) from error
    except RuntimeError as error:
        raise ParseError(f"pandoc cannot read it: {' '.join(str(error).split())[:200]}", parser=VERSION) from error
    return _levelled(str(html))


def _levelled(html: str) -> str:
    """Headings below the title of the document, or from the first level on where it has none."""
    return html if _TITLE in html else _HEADING.sub(lambda tag: f"{tag[1]}{int(tag[2]) - 1}", html)
