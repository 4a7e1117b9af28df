from collections import Counter

from core.text import simplify
from retrieval.train.vocabulary import Counts, choose_vocabulary, count, with_variants


def test_runs_are_counted_in_simplified_form():
    found = count(["密碼和密码", "abc"])
    assert found.characters == Counter({"密": 2, "码": 2, "和": 1})
    assert found.words["密码"] == 2


def test_every_domain_has_the_same_say_however_much_it_holds():
    large = Counts(characters=Counter({"甲": 900, "乙": 100}), words=Counter())
    small = Counts(characters=Counter({"乙": 9, "丙": 1}), words=Counter())
    # 甲 .9, 乙 .1 + .9, 丙 .1
    assert choose_vocabulary([large, small], characters=2, words=0) == [["乙"], ["甲"]]


def test_a_word_needs_its_characters_and_two_domains():
    first = Counts(characters=Counter("甲乙"), words=Counter({"甲乙": 2, "乙丙": 5, "乙甲": 9}))
    second = Counts(characters=Counter("甲乙"), words=Counter({"甲乙": 1, "乙丙": 5}))
    assert choose_vocabulary([first, second], characters=2, words=5)[2:] == [["甲乙"]]


def test_traditional_and_regional_spellings_stand_beside_the_simplified_one():
    rows = with_variants(["发", "软件"])
    assert {"發", "髮"} <= set(rows[0])
    assert {"軟件", "軟體"} <= set(rows[1])
    assert all(simplify(other) in {"发", "软件", "软体"} for row in rows for other in row)


def test_no_spelling_belongs_to_two_rows():
    rows = with_variants(["里", "裏", "后", "後"])
    spellings = [spelling for row in rows for spelling in row]
    assert len(spellings) == len(set(spellings))
