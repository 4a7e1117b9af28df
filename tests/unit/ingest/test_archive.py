import base64
import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from read_here import verdicts

from core.settings import IngestSettings
from core.types import Outcome

SETTINGS = IngestSettings()
GUIDE = b"# Refunds\n\nRefunds take three days.\n"
ZH = "# 退款\n\n退款会在三个工作日内到账。\n".encode()
GUIDE_TEXT, ZH_TEXT = "Refunds\n\nRefunds take three days.", "退款\n\n退款会在三个工作日内到账。"

Verdicts = dict[str, tuple[Outcome, str]]
Read = Callable[..., Verdicts]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The verdict on a file of these bytes and on everything in it; nothing but verdicts may stay behind."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def verdicts_of(name: str, content: bytes, settings: IngestSettings = SETTINGS) -> Verdicts:
        path = tmp_path / name
        path.write_bytes(content)
        found = verdicts(path, settings, scratch)
        assert [each for each in scratch.rglob("*") if each.is_file()] == []
        return found

    return verdicts_of


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def tar_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def refused(outcome: Outcome, verdict: tuple[Outcome, str], reason: str) -> bool:
    return verdict[0] is outcome and reason in verdict[1]


MEMBERS = {"en/refunds.md": GUIDE, "zh/退款.md": ZH}
WHOLE = {
    "a!/en/refunds.md": (Outcome.INGESTED, GUIDE_TEXT),
    "a!/zh/退款.md": (Outcome.INGESTED, ZH_TEXT),
    "a": (Outcome.INGESTED, ""),
}


@pytest.mark.parametrize(
    "content",
    [
        zip_of(MEMBERS),
        zip_of(MEMBERS, zipfile.ZIP_STORED),
        zip_of(MEMBERS, zipfile.ZIP_LZMA),
        tar_of(MEMBERS),
        gzip.compress(tar_of(MEMBERS)),
        bz2.compress(tar_of(MEMBERS)),
        lzma.compress(tar_of(MEMBERS)),
        zstandard.compress(tar_of(MEMBERS)),
    ],
    ids=["zip", "zip stored", "zip lzma", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"],
)
def test_every_member_becomes_a_document_whatever_the_archive_is_named(read: Read, content: bytes) -> None:
    assert read("a", content) == WHOLE


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.md.gz", gzip.compress),
        ("a.md.bz2", bz2.compress),
        ("a.md.xz", lzma.compress),
        ("a.md.zst", zstandard.compress),
    ],
)
def test_a_compressed_file_is_one_member_named_like_it(read: Read, name: str, pack: Callable[[bytes], bytes]) -> None:
    assert read(name, pack(ZH)) == {f"{name}!/a.md": (Outcome.INGESTED, ZH_TEXT), name: (Outcome.INGESTED, "")}


def test_archives_in_archives_keep_their_way_in_the_source(read: Read) -> None:
    inner = gzip.compress(tar_of({"深/guide.md": GUIDE}))
    found = read("a.zip", zip_of({"in/b.tgz": inner, "top.md": ZH}))
    assert found == {
        "a.zip!/in/b.tgz!/深/guide.md": (Outcome.INGESTED, GUIDE_TEXT),
        "a.zip!/top.md": (Outcome.INGESTED, ZH_TEXT),
        "a.zip!/in/b.tgz": (Outcome.INGESTED, ""),
        "a.zip": (Outcome.INGESTED, ""),
    }
    assert list(found)[-1] == "a.zip"


def test_an_archive_attached_to_a_message_is_unpacked(read: Read) -> None:
    attached = gzip.compress(ZH)
    mail = (
        b"From: a@b.example\nSubject: Files\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee it.\n"
        b"--b\nContent-Disposition: attachment; filename=zh.md.gz\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(attached)
        + b"--b--\n"
    )
    found = read("m.eml", mail)
    assert found["m.eml!/zh.md.gz!/zh.md"] == (Outcome.INGESTED, ZH_TEXT)
    assert found["m.eml"][0] is Outcome.INGESTED
    assert "See it." in found["m.eml"][1]


@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        ("../evil.md", "../evil.md", "leads out of its folder"),
        ("/etc/evil.md", "/etc/evil.md", "absolute path"),
        ("C:\\evil.md", "C:/evil.md", "absolute path"),
        ("..\\..\\evil.md", "../../evil.md", "leads out of its folder"),
        ("gpj.\u202efdm.md", "gpj.\\u202efdm.md", "reverse its direction"),
        ("a\nb.md", "a\\nb.md", "control characters"),
    ],
)
@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_a_hostile_name_costs_one_member(
    read: Read, pack: Callable[[dict[str, bytes]], bytes], name: str, shown: str, reason: str
) -> None:
    if pack is tar_of:
        name, shown = name.replace("\\", "/"), shown.replace("\\", "/") if "C:" in shown else shown
    found = read("a", pack({name: GUIDE, "good.md": ZH}))
    assert set(found) == {f"a!/{shown}", "a!/good.md", "a"}
    assert refused(Outcome.UNSUPPORTED, found[f"a!/{shown}"], reason)
    assert found["a!/good.md"] == (Outcome.INGESTED, ZH_TEXT)


def test_a_name_with_nul_is_refused_though_zipfile_cuts_it(read: Read) -> None:
    content = zip_of({"good.md": ZH, "evil.mdX.exe": GUIDE}).replace(b"evil.mdX.exe", b"evil.md\0.exe")
    found = read("a.zip", content)
    assert refused(Outcome.UNSUPPORTED, found["a.zip!/evil.md\\x00.exe"], "control characters")
    assert found["a.zip!/good.md"][0] is Outcome.INGESTED
    content = zip_of({"坏.mdX.exe": GUIDE}).replace("坏.mdX.exe".encode(), "坏.md\0.exe".encode())
    assert refused(Outcome.UNSUPPORTED, read("b.zip", content)["b.zip!/坏.md\\x00.exe"], "control characters")


def test_links_and_devices_are_not_followed(read: Read) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in {"soft": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "dev": tarfile.CHRTYPE}.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert set(read("a.tar", stream.getvalue(), IngestSettings(archive_members=2))) == {"a.tar"}
    found = read("a.tar", stream.getvalue())
    assert {name: outcome for name, (outcome, _) in found.items()} == dict.fromkeys(
        ("a.tar!/soft", "a.tar!/hard", "a.tar!/dev", "a.tar"), Outcome.UNSUPPORTED
    )
    assert found["a.tar"][1] == "none of its 3 members gave a document"
    link = zipfile.ZipInfo("link.md")
    link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
    assert refused(Outcome.UNSUPPORTED, read("a.zip", stream.getvalue())["a.zip!/link.md"], "link or device")


@pytest.mark.parametrize("pack", ["zip", "tar"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_with_one_name_none_is_read(read: Read, pack: str) -> None:
    stream = io.BytesIO()
    if pack == "zip":
        with zipfile.ZipFile(stream, "w") as archive:
            for name, content in (("a.md", GUIDE), ("a.md", ZH), ("./a.md", ZH), ("b.md", ZH)):
                archive.writestr(name, content)
    else:
        stream.write(tar_of({"a.md": GUIDE})[:1_024] + tar_of({"./a.md": GUIDE, "b.md": ZH}))
    found = read("x", stream.getvalue())
    assert refused(Outcome.FAILED, found["x!/a.md"], "several members have this name")
    assert found["x!/b.md"] == (Outcome.INGESTED, ZH_TEXT)


def test_an_encrypted_member_is_told_and_the_others_are_read(read: Read) -> None:
    content = bytearray(zip_of({"secret.md": GUIDE, "open.md": ZH}))
    for mark in (b"PK\1\2", b"PK\3\4"):
        at = content.index(mark)
        content[at + (8 if mark == b"PK\1\2" else 6)] |= 1
    found = read("a.zip", bytes(content))
    assert refused(Outcome.ENCRYPTED, found["a.zip!/secret.md"], "protected by a password")
    assert found["a.zip!/open.md"][0] is Outcome.INGESTED
    assert found["a.zip"][0] is Outcome.INGESTED


def test_a_damaged_member_costs_itself(read: Read) -> None:
    content = zip_of({"a.md": GUIDE, "b.md": ZH}, zipfile.ZIP_STORED).replace(b"three days", b"seven days", 1)
    found = read("a.zip", content)
    assert refused(Outcome.FAILED, found["a.zip!/a.md"], "Bad CRC-32")
    assert found["a.zip!/b.md"] == (Outcome.INGESTED, ZH_TEXT)


def test_what_stands_before_the_damage_is_read_and_the_damage_is_told(read: Read) -> None:
    whole = tar_of({"a.md": GUIDE, "b.md": ZH, "c.md": GUIDE})
    for cut in (1_024 + 100, 1_024 + 512 + 20, 2_048):
        found = read("a.tar", whole[:cut])
        assert found["a.tar!/a.md"] == (Outcome.INGESTED, GUIDE_TEXT)
        assert found["a.tar"][0] is Outcome.FAILED
        assert "damaged or cut off" in found["a.tar"][1]
    broken = bytearray(whole)
    broken[1_024] ^= 0xFF
    assert refused(Outcome.FAILED, read("a.tar", bytes(broken))["a.tar"], "damaged or cut off: bad checksum at byte")


@pytest.mark.parametrize(
    ("name", "content"),
    (
        CUT := {
            "a.zip": zip_of({"a.md": GUIDE * 50})[:-30],
            "a.md.gz": gzip.compress(GUIDE * 50)[:-20],
            "a.md.xz": lzma.compress(GUIDE * 50)[:-20],
            "a.md.bz2": bz2.compress(GUIDE * 50)[:-20],
            "a.tar.gz": gzip.compress(tar_of({"a.md": GUIDE}))[:90],
            "a.gz": b"\x1f\x8b\x08" + bytes(range(200)),
            "a.zst": b"\x28\xb5\x2f\xfd" + bytes(range(200)),
        }
    ).items(),
    ids=CUT,
)
def test_an_archive_that_is_cut_off_fails_with_that_reason(read: Read, name: str, content: bytes) -> None:
    outcome, reason = read(name, content)[name]
    assert outcome is Outcome.FAILED
    assert "damaged or cut off" in reason or reason.startswith("none of its 1 members")


def test_an_archive_of_nothing_is_empty(read: Read) -> None:
    assert read("a.zip", zip_of({})) == {"a.zip": (Outcome.EMPTY, "the archive holds no files")}
    found = read("b.zip", zip_of({"a.md": b"", "__MACOSX/._a.md": b"x", "b/.DS_Store": b"x", "c/": b""}))
    assert set(found) == {"b.zip!/a.md", "b.zip"}
    assert refused(Outcome.EMPTY, found["b.zip"], "none of its 1 members")


def gb_zip(names: list[str], encoding: str) -> bytes:
    """As Windows packs it: names in the machine's code page and no word about it."""
    stand_ins = [f"{number:0{len(name.encode(encoding))}}" for number, name in enumerate(names)]
    content = zip_of(dict.fromkeys(stand_ins, ZH))
    for stand_in, name in zip(stand_ins, names, strict=True):
        content = content.replace(stand_in.encode(), name.encode(encoding))
    return content


def test_names_of_chinese_windows_are_read(read: Read) -> None:
    names = ["产品手册/退款说明.md", "常见问题.md"]
    assert set(read("a.zip", gb_zip(names, "gbk"))) == {*(f"a.zip!/{name}" for name in names), "a.zip"}
    assert set(read("a.zip", gb_zip(["Prüfung über Größe.md"], "cp437"))) == {"a.zip!/Prüfung über Größe.md", "a.zip"}


def test_the_name_in_utf_8_beside_another_one_wins(read: Read) -> None:
    info = zipfile.ZipInfo("x.md")
    name = "退款.md".encode()
    info.extra = struct.pack("<HHBL", 0x7075, 5 + len(name), 1, zlib.crc32(b"x.md")) + name
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, ZH)
    assert "a.zip!/退款.md" in read("a.zip", stream.getvalue())


def test_a_member_larger_than_a_file_may_be_is_told_with_the_limit(read: Read) -> None:
    settings = IngestSettings(max_file_bytes=1_000)
    found = read("a.zip", zip_of({"big.md": b"x " * 600, "good.md": ZH}), settings)
    assert refused(Outcome.TOO_LARGE, found["a.zip!/big.md"], "ingest.max_file_bytes allows (1,000)")
    assert found["a.zip!/good.md"][0] is Outcome.INGESTED


def test_a_member_that_blows_up_is_told_with_the_ratio(read: Read) -> None:
    found = read("a.zip", zip_of({"zero.txt": bytes(11_000_000), "good.md": ZH}))
    assert refused(Outcome.TOO_LARGE, found["a.zip!/zero.txt"], "more than 200 times as many (ingest.archive_ratio)")
    assert found["a.zip!/good.md"][0] is Outcome.INGESTED
    assert refused(Outcome.TOO_LARGE, read("z.gz", gzip.compress(bytes(11_000_000)))["z.gz"], "ingest.archive_ratio")


@pytest.mark.parametrize("pack", [zip_of, tar_of, lambda members: gzip.compress(tar_of(members))])
def test_an_archive_past_its_limits_gives_nothing(read: Read, pack: Callable[[dict[str, bytes]], bytes]) -> None:
    content = pack({f"{number}.md": ZH for number in range(6)})
    found = read("a", content, IngestSettings(archive_members=5))
    assert found == {"a": (Outcome.TOO_LARGE, "the archive holds more members than ingest.archive_members allows (5)")}
    found = read("a", content, IngestSettings(archive_bytes=len(ZH) * 6 - 1))
    assert set(found) == {"a"}
    assert refused(Outcome.TOO_LARGE, found["a"], f"ingest.archive_bytes allows ({len(ZH) * 6 - 1})")


def test_the_limits_hold_over_all_archives_in_one(read: Read) -> None:
    inner = zip_of({f"{number}.md": ZH for number in range(3)}, zipfile.ZIP_STORED)
    content = zip_of({"1.zip": inner, "2.zip": inner, "3.zip": inner})
    found = read("a.zip", content, IngestSettings(archive_members=9))
    assert [name for name, (outcome, _) in found.items() if outcome is Outcome.TOO_LARGE] == ["a.zip!/3.zip"]
    assert found["a.zip!/2.zip!/0.md"][0] is Outcome.INGESTED
    found = read("a.zip", content, IngestSettings(archive_bytes=3 * len(inner) + 7 * len(ZH)))
    assert refused(Outcome.TOO_LARGE, found["a.zip!/3.zip"], "ingest.archive_bytes")


def test_archives_nested_without_end_stop_at_the_depth(read: Read) -> None:
    content = GUIDE
    for _ in range(4):
        content = zip_of({"in.zip": content})
    found = read("a.zip", content, IngestSettings(archive_depth=3))
    deepest = "a.zip!/in.zip!/in.zip!/in.zip"
    assert refused(Outcome.TOO_LARGE, found[deepest], "nested deeper than ingest.archive_depth allows (3)")
    assert found["a.zip"] == (Outcome.TOO_LARGE, "none of its 1 members gave a document")


def test_members_that_share_their_bytes_are_a_bomb(read: Read) -> None:
    content = bytearray(zip_of({"a.md": GUIDE, "b.md": ZH}))
    second = content.index(b"PK\1\2", content.index(b"PK\1\2") + 1)
    content[second + 42 : second + 46] = struct.pack("<L", 0)
    assert refused(Outcome.FAILED, read("a.zip", bytes(content))["a.zip"], "overlap, as in a zip bomb")


def test_a_declared_size_is_not_believed(read: Read) -> None:
    """The directory says 5 bytes, the member unpacks to 12 million."""
    content = bytearray(zip_of({"a.txt": bytes(12_000_000)}))
    at = content.index(b"PK\1\2")
    content[at + 24 : at + 28] = struct.pack("<L", 5)
    outcome, _ = read("a.zip", bytes(content))["a.zip!/a.txt"]
    assert outcome in {Outcome.FAILED, Outcome.TOO_LARGE}


def test_7z_and_rar_are_named_as_what_cannot_be_unpacked(read: Read) -> None:
    for magic in (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\x01\x00"):
        assert refused(Outcome.UNSUPPORTED, read("a.bin", magic + bytes(100))["a.bin"], "7z and RAR")
