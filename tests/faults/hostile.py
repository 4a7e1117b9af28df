"""Files that somebody made to hurt, or that were cut off on the way, of every format that is read."""

import io
import zipfile
from collections.abc import Mapping

SECRET = "zanzibar-cobalt-4417"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_WORDS = "amber brass coral delta ember fjord grove heron ivory jade".split()
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGICS = {
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\3\4",
    "doc": _OLE,
    "rtf": b"{\\rtf1\\ansi ",
    "png": b"\x89PNG\r\n\x1a\n",
    "jpg": b"\xff\xd8\xff\xe0",
    "gif": b"GIF89a",
    "tiff": b"II*\0",
    "bmp": b"BM\0\0\0\0\0\0",
    "webp": b"RIFF\0\0\0\0WEBP",
    "gz": b"\x1f\x8b\x08\0",
    "bz2": b"BZh91AY&SY",
    "xz": b"\xfd7zXZ\0",
    "zst": b"\x28\xb5\x2f\xfd",
    "html": b"<!DOCTYPE html><html><body>",
    "xml": _XML.encode(),
    "json": b'{"question": "',
    "eml": b"From: a@b.example\nSubject: x\n\n",
    "txt": b"",
}


def zip_of(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive; ``mimetype``, where there is one, comes first and is not compressed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
    return stream.getvalue()


def docx(body: str, doctype: str = "") -> bytes:
    """A Word document whose paragraph is ``body``."""
    return zip_of(
        {
            "[Content_Types].xml": _content_types("/word/document.xml", "wordprocessingml.document.main"),
            "_rels/.rels": _relation("officeDocument", "word/document.xml"),
            "word/document.xml": f'{_XML}{doctype}<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>{body}'
            "</w:t></w:r></w:p></w:body></w:document>",
        }
    )


def xlsx(cell: str, doctype: str = "") -> bytes:
    """A workbook whose only cell is ``cell``."""
    return zip_of(
        {
            "[Content_Types].xml": _content_types("/xl/workbook.xml", "spreadsheetml.sheet.main"),
            "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f'{_XML}{doctype}<worksheet xmlns="{_SHEET}"><sheetData><row r="1">'
            f'<c r="A1" t="inlineStr"><is><t>{cell}</t></is></c></row></sheetData></worksheet>',
        }
    )


def odt(body: str, doctype: str = "") -> bytes:
    """An OpenDocument text whose paragraph is ``body``."""
    manifest = (
        '<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/>'
    )
    return zip_of(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": f'{_XML}<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0">{manifest}'
            "</manifest:manifest>",
            "content.xml": f'{_XML}{doctype}<office:document-content xmlns:office="{_ODF}:office:1.0" '
            f'xmlns:text="{_ODF}:text:1.0"><office:body><office:text><text:p>{body}</text:p></office:text></office:body>'
            "</office:document-content>",
        }
    )


def epub(body: str, doctype: str = "") -> bytes:
    """A book of one chapter whose paragraph is ``body``."""
    package = "http://www.idpf.org/2007/opf"
    return zip_of(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'{_XML}<container version="1.0" xmlns="{_ODF}:container"><rootfiles>'
            '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
            "book.opf": f'{_XML}<package xmlns="{package}" version="3.0">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Book</dc:title></metadata>'
            '<manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="c"/></spine></package>',
            "c.xhtml": f'{_XML}{doctype}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{body}</p></body></html>',
        }
    )


def xml(body: str, doctype: str = "") -> bytes:
    """A plain XML file."""
    return f"{_XML}{doctype}<guide><p>{body}</p></guide>".encode()


def svg(body: str, doctype: str = "") -> bytes:
    """A drawing with a text in it."""
    return f'{_XML}{doctype}<svg xmlns="http://www.w3.org/2000/svg"><text>{body}</text></svg>'.encode()


XML_FORMATS = {"docx": docx, "xlsx": xlsx, "odt": odt, "epub": epub, "xml": xml, "svg": svg}


def entity_bomb(root: str = "x") -> str:
    """A document type whose entity ``&lol9;`` unfolds to a billion words."""
    levels = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE {root} [<!ENTITY lol0 "lol ">{levels}]>'


def external_entity(address: str) -> str:
    """A document type whose entity ``&secret;`` is what lies at ``address``."""
    return f'<!DOCTYPE x [<!ENTITY secret SYSTEM "{address}">]>'


def pdf(pages: int) -> bytes:
    """A PDF of so many pages with a sentence each."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{' '.join(f'{4 + 2 * n} 0 R' for n in range(pages))}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number in range(1, pages + 1):
        words = f"{_WORDS[number % 10]} {_WORDS[number // 10 % 10]} {_WORDS[number // 100]}"
        stream = f"BT /F1 12 Tf 72 {300 + number % 400} Td (The code of page {number} is {words}.) Tj ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {3 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    data, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode()
    start, size = len(data), len(objects) + 1
    data += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    data += "".join(f"{offset:010} 00000 n \n" for offset in offsets).encode()
    return bytes(data + f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())


def nested_zip(depth: int, content: bytes) -> bytes:
    """``content`` inside so many archives, each with nothing else in it."""
    for _ in range(depth):
        content = zip_of({"in.zip": content})
    return content


def overlapping_zip(count: int) -> bytes:
    """So many members that are all the same bytes of the file."""
    single = zip_of({"a.txt": bytes(100_000)})
    start = single.index(b"PK\1\2")
    body, entry = single[:start], single[start : single.index(b"PK\5\6")]
    entries = b"".join(entry.replace(b"a.txt", f"{n:05}".encode()) for n in range(count))
    end = b"PK\5\6\0\0\0\0" + count.to_bytes(2, "little") * 2
    return body + entries + end + len(entries).to_bytes(4, "little") + start.to_bytes(4, "little") + b"\0\0"


def _content_types(part: str, kind: str) -> str:
    package = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{_XML}<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="{package}"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}+xml"/></Types>'
    )


def _relation(kind: str, target: str) -> str:
    relation = f'<Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/>'
    return f'{_XML}<Relationships xmlns="{_RELS}">{relation}</Relationships>'
