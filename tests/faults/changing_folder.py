"""A folder of documents in both languages that changes at random, and what the record has to say of it.

Every part of a document carries a mark that no other writing of any part has. So the marks of a document tell which
writing of it is seen, and a mixture of two writings is known by marks that never stood together.
"""

import json
import random
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

Marks: TypeAlias = tuple[str, ...]

MARK = re.compile(r"m\d{6}x")
# Edited in every round, never renamed or deleted: whoever looks must find them, whatever is going on.
PINNED = ("pinned refunds.md", "常驻退款.md")
_BROKEN = b"PK\x03\x04 this is no archive " * 40


def marks_in(texts: Iterable[str]) -> Marks:
    """The marks of passages in order; overlapping passages repeat one."""
    return tuple(dict.fromkeys(mark for text in texts for mark in MARK.findall(text)))


class Journal:
    """A file with the marks of every writing of a document, told before it is written; other processes read it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[Marks] = set()

    def tell(self, marks: Marks) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(marks) + "\n")

    def knows(self, marks: Marks) -> bool:
        """Whether one writing has exactly these marks."""
        return marks in self._known or marks in self._read()

    def holds(self, marks: Iterable[str]) -> bool:
        """Whether one writing has all these marks, and perhaps more."""
        wanted = set(marks)
        return any(wanted <= {*each} for known in (lambda: self._known, self._read) for each in known())

    def _read(self) -> set[Marks]:
        self._known = {tuple(json.loads(line)) for line in self._path.read_text(encoding="utf-8").splitlines()}
        return self._known


class ChangingFolder:
    """``texts`` holds the marks of each plain file, ``archives`` those of each member; ``broken`` gives no document."""

    def __init__(self, root: Path, journal: Journal, seed: int) -> None:
        self.root = root
        self.texts: dict[str, Marks] = {}
        self.archives: dict[str, dict[str, Marks]] = {}
        self.broken: set[str] = set()
        self._journal = journal
        self._random = random.Random(seed)
        self._number = 0
        root.mkdir()
        for name in PINNED:
            self._write(name, self._fresh())
        for _ in range(8):
            self._add()
        self._pack()
        self._spoil()

    def change(self) -> None:
        """What people do to a folder between two runs; the pinned files are written anew each time."""
        for name in PINNED:
            self._write(name, self._fresh())
        ways = (self._add, self._edit, self._edit, self._delete, self._rename, self._copy, self._pack, self._spoil)
        for way in self._random.choices(ways, k=self._random.randint(2, 5)):
            way()

    def expected(self) -> dict[str, Marks]:
        """The marks of every document by its source."""
        members = {
            f"{name}!/{member}": marks for name, inside in self.archives.items() for member, marks in inside.items()
        }
        return self.texts | members

    def sources(self) -> set[str]:
        """Every source that the record has to know, documents or not."""
        return {*self.expected(), *self.archives, *self.broken}

    def _add(self) -> None:
        self._number += 1
        kind = self._random.choice(("{}.md", "help/{}.html", "帮助/{}.md", "帮助/{}.txt"))
        self._write(kind.format(f"manual {self._number}"), self._fresh())

    def _edit(self) -> None:
        """One part of a document is written anew."""
        name = self._any()
        marks = [*self.texts[name]]
        marks[self._random.randrange(len(marks))] = self._mark()
        self._write(name, tuple(marks))

    def _delete(self) -> None:
        names = sorted(self.texts.keys() - {*PINNED}) + sorted(self.archives)
        name = self._random.choice(names) if len(names) > 4 else None
        if name is not None:
            (self.root / name).unlink()
            self.texts.pop(name, None)
            self.archives.pop(name, None)

    def _rename(self) -> None:
        name = self._random.choice(sorted({*self.texts, *self.archives} - {*PINNED}))
        self._number += 1
        new = Path(name).with_name(f"renamed {self._number}{Path(name).suffix}").as_posix()
        (self.root / name).rename(self.root / new)
        if name in self.texts:
            self.texts[new] = self.texts.pop(name)
        else:
            self.archives[new] = self.archives.pop(name)

    def _copy(self) -> None:
        name = self._any()
        self._number += 1
        copy = Path(name).with_name(f"copy {self._number}{Path(name).suffix}").as_posix()
        (self.root / copy).write_bytes((self.root / name).read_bytes())
        self.texts[copy] = self.texts[name]

    def _pack(self) -> None:
        """An archive is made, or one loses, gains and changes members."""
        name = self._random.choice([*sorted(self.archives), f"archive {self._number}.zip"])
        members = {m: marks for m, marks in self.archives.get(name, {}).items() if self._random.random() < 0.6}
        for number in self._random.sample(range(5), 2):
            members[f"成员 {number}.md" if number % 2 else f"member {number}.html"] = self._fresh()
        aside = self.root / "aside"
        with zipfile.ZipFile(aside, "w") as archive:
            for member, marks in members.items():
                archive.writestr(member, _text(member, marks))
        aside.replace(self.root / name)
        self.archives[name] = members

    def _spoil(self) -> None:
        """A file that gives no document is added or mended."""
        name = "broken.docx"
        if self.broken:
            (self.root / name).unlink()
            self.broken.clear()
        else:
            (self.root / name).write_bytes(_BROKEN)
            self.broken.add(name)

    def _write(self, name: str, marks: Marks) -> None:
        self._journal.tell(marks)
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        aside = self.root / "aside"
        aside.write_text(_text(name, marks), encoding="utf-8")
        aside.replace(path)
        self.texts[name] = marks

    def _fresh(self) -> Marks:
        marks = tuple(self._mark() for _ in range(self._random.randint(2, 4)))
        self._journal.tell(marks)
        return marks

    def _mark(self) -> str:
        self._number += 1
        return f"m{self._number:06d}x"

    def _any(self) -> str:
        return self._random.choice(sorted(self.texts))


def _text(name: str, marks: Marks) -> str:
    """One heading and paragraph for each mark."""
    parts = list(enumerate(marks, 1))
    if name.endswith(".html"):
        body = "".join(f"<h2>Part {n}</h2><p>{_sentence(mark)}</p>" for n, mark in parts)
        return f"<html><head><title>Manual</title></head><body><h1>Manual</h1>{body}</body></html>"
    if name.isascii():
        return "# Manual\n\n" + "\n\n".join(f"## Part {n}\n\n{_sentence(mark)}" for n, mark in parts)
    return "# 手册\n\n" + "\n\n".join(f"## 第{n}部分\n\n{_chinese(mark)}" for n, mark in parts)


def _sentence(mark: str) -> str:
    return f"The refund rule {mark} says how long a plan may be refunded. " * 3


def _chinese(mark: str) -> str:
    return f"退款规定{mark}说明套餐在多少天之内可以退款。" * 3
