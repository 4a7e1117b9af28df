"""What the widget is made of, looked at as files."""

import gzip
import re
from pathlib import Path

import pytest

from api.pages.bundle import in_order, one_script, widget

FOLDER = Path(__file__).parents[3] / "api" / "pages" / "static" / "widget"
MODULES = sorted(FOLDER.glob("*.js"))


def source(path):
    return path.read_text(encoding="utf-8")


def words():
    """The words of each language, by key."""
    found = re.findall(r'^    "?([\w.]+)"?: "(.*)",$', source(FOLDER / "words.js"), re.MULTILINE)
    middle = len(found) // 2
    return dict(found[:middle]), dict(found[middle:])


def test_the_widget_is_small():
    bundle = widget()
    assert gzip.decompress(bundle.packed) == bundle.content
    assert len(bundle.packed) < 40_000


def test_both_languages_say_the_same_things_with_the_same_places():
    english, chinese = words()
    assert len(english) > 40
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", chinese[key])), key
    plain = {key for key, text in chinese.items() if not re.search(r"[\u4e00-\u9fff]", text)}
    assert plain == {"quote"}


def test_all_words_that_are_named_are_there_and_all_that_are_there_are_named():
    code = "".join(source(path) for path in MODULES if path.name != "words.js")
    known = set(words()[0])
    assert set(re.findall(r'\bt\("([\w.]+)"', code)) <= known
    unnamed = {key for key in known if f'"{key}"' not in code and not key.startswith("missing.")}
    # Told by the status of the answer.
    assert unnamed <= {"refused"}


def test_no_module_makes_markup_of_text_or_needs_an_inline_style():
    for path in MODULES:
        markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser"
        assert not re.search(rf"{markup}|\beval\(|new Function|setAttribute\(\"style", source(path)), path.name
        assert not re.search(r"https?://", source(path)), path.name
        assert not re.search(r"\bstyle:", source(path)), path.name
        assert len(source(path).splitlines()) <= 260, path.name
    assert not re.search(r"@import|url\(", source(FOLDER / "widget.css"))


def test_no_two_modules_have_the_same_name_at_their_top():
    static = FOLDER.parent
    files = {path.relative_to(static).as_posix(): source(path) for path in static.rglob("*.js")}
    top = r"^(?:export )?(?:async )?(?:function\*?|class|const|let) ([\w$]+)"
    names = [
        name for path in in_order(files, "widget/widget.js") for name in re.findall(top, files[path], re.MULTILINE)
    ]
    assert sorted(names) == sorted(set(names))
    assert {"el", "readEvents", "conversation", "WORDS"} <= set(names)


def test_modules_stand_behind_what_they_need_in_a_scope_of_their_own():
    files = {
        "widget/a.js": 'import { b } from "./b.js";\nimport {\n  c,\n} from "../c.js";\nb(c);\n',
        "widget/b.js": 'import { c } from "../c.js";\nexport function b() {}\n',
        "c.js": "export const c = 1;\n",
    }
    assert in_order(files, "widget/a.js") == ["c.js", "widget/b.js", "widget/a.js"]
    assert one_script(files, "widget/a.js", 'a{content:"</script>"}').splitlines() == [
        "(() => {",
        '"use strict";',
        'const STYLES = "a{content:\\"</script>\\"}";',
        "const c = 1;",
        "function b() {}",
        "b(c);",
        "})();",
    ]


def test_modules_that_import_each_other_cannot_be_put_in_order():
    files = {"a.js": 'import { b } from "./b.js";\n', "b.js": 'import { a } from "./a.js";\n'}
    with pytest.raises(ValueError, match=r"a\.js -> b\.js -> a\.js"):
        in_order(files, "a.js")
