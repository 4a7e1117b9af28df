from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.parsers import packaged_xml
from ingest.parsers.packaged_xml import Package, believed, resolved

Make = Callable[..., Path]
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"


def _relations(*entries: tuple[str, str, str]) -> str:
    inside = "".join(f'<Relationship Id="{id_}" Type="{type_}" {rest}/>' for id_, type_, rest in entries)
    return f"<Relationships>{inside}</Relationships>"


def test_relations_name_parts_from_where_they_stand(make_zip: Make) -> None:
    entries = [
        ("a", f"{_TYPES}/styles", 'Target="../other/x%20y.xml"'),
        ("b", f"{_TYPES}/styles", 'Target="/root.xml"'),
        ("c", f"{_TYPES}/hyperlink", 'Target="https://example.com/x" TargetMode="External"'),
    ]
    with Package(make_zip("a.docx", {"word/_rels/main.xml.rels": _relations(*entries)})) as package:
        assert package.related("word/main.xml", "styles") == ["other/x y.xml", "root.xml"]
        assert set(package.targets("word/main.xml")) == {"a", "b"}
        assert package.targets("word/absent.xml") == {}


def test_a_target_outside_the_package_names_no_part_of_it() -> None:
    assert resolved("word", "../../../etc/passwd") == "../../etc/passwd"
    assert resolved("", "#part") == ""


def test_absent_parts_and_empty_ones_are_nothing_and_names_know_no_case(make_zip: Make) -> None:
    with Package(make_zip("a.docx", {"Word/Document.xml": "<a/>", "empty.xml": " "})) as package:
        assert package.read("absent.xml") is None
        assert package.xml("empty.xml") is None
        assert package.xml("word/document.xml").tag == "a"
        assert package.names("Word/") == ["Word/Document.xml"]


def test_a_part_that_unpacks_to_too_much_is_refused(make_zip: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged_xml, "_BYTES_OF_A_PART", 100)
    with Package(make_zip("a.docx", {"a.xml": "x" * 101, "b.xml": "x" * 100})) as package:
        assert len(package.read("b.xml") or b"") == 100
        with pytest.raises(ValueError, match=r"its part 'a\.xml' holds more than 100 bytes"):
            package.read("a.xml")


def test_properties_come_from_the_document_and_from_its_people(make_zip: Make) -> None:
    core = (
        '<x xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><dc:title> 退款\n说明'
        "</dc:title><dc:creator>Li</dc:creator><dcterms:modified>2026-03-02</dcterms:modified><dc:language/></x>"
    )
    custom = '<x><property name="product"><v>Gate</v></property><property name="title"><v>no</v></property>'
    custom += '<property name="MSIP_Label_1"><v>x</v></property></x>'
    relations = _relations(
        ("a", _CORE, 'Target="p/core.xml"'), ("b", f"{_TYPES}/custom-properties", 'Target="own.xml"')
    )
    members = {"_rels/.rels": relations, "p/core.xml": core, "own.xml": custom}
    with Package(make_zip("a.docx", members)) as package:
        assert package.properties == {
            "title": "退款 说明",
            "author": "Li",
            "modified": "2026-03-02",
            "product": "Gate",
        }


_OF_PROGRAMS = ["Microsoft Word - a.doc", "PowerPoint 演示文稿", "Untitled 2", "Document1", "工作簿1"]


@pytest.mark.parametrize("title", _OF_PROGRAMS)
def test_titles_of_programs_are_not_believed(title: str) -> None:
    assert believed({"title": title, "author": "openpyxl", "product": " "}, "text") == {}


def test_a_language_is_believed_where_the_text_does_not_contradict_it() -> None:
    assert believed({"language": "en-US"}, "退款需要三天") == {}
    assert believed({"language": "zh-CN"}, "退款需要三天") == {"language": "zh-CN"}
    assert believed({"language": "de"}, "Drei Tage") == {"language": "de"}
