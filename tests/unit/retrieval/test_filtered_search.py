from datetime import date

import pytest
from filter_home import FilterHome, where

from core.errors import InvalidInput
from core.types import Condition, Filter
from retrieval import scope


@pytest.fixture
def home(tmp_path):
    home = FilterHome(tmp_path)
    yield home
    home.close()


def fill(home):
    home.put("en/refunds.md", "Refund rule one of Tidemark.", product="Tidemark", audience="customers")
    home.put("en/gate.pdf", "Refund rule two of the Gate.", product="Gate G3, Gate G2", audience="installers")
    home.put("zh/退款.md", "第三条退款规定。", product="潮标", audience="客户", language="zh-CN")
    home.put("zh/發票/專票.txt", "第四條退款規定。", product="潮標 Gate", language="zh-TW")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["product=tidemark"], ["en/refunds.md"]),
        (["product=ＴＩＤＥＭＡＲＫ"], ["en/refunds.md"]),
        (["PRODUCT=  Tidemark "], ["en/refunds.md"]),
        (["product=Gate G2"], ["en/gate.pdf"]),
        (["product=潮標"], ["zh/退款.md"]),
        (["product=潮标 gate"], ["zh/發票/專票.txt"]),
        (["product=Tidemark", "product=潮标"], ["en/refunds.md", "zh/退款.md"]),
        (["product!=Tidemark"], ["en/gate.pdf", "zh/發票/專票.txt", "zh/退款.md"]),
        (["language=zh"], ["zh/發票/專票.txt", "zh/退款.md"]),
        (["language=zh-tw"], ["zh/發票/專票.txt"]),
        (["language=en", "audience!=installers"], ["en/refunds.md"]),
        (["source=en/gate.pdf"], ["en/gate.pdf"]),
        (["source=zh/"], ["zh/發票/專票.txt", "zh/退款.md"]),
        (["source=zh/发票"], ["zh/發票/專票.txt"]),
        (["source=*.md"], ["en/refunds.md", "zh/退款.md"]),
        (["source=??/re*"], ["en/refunds.md"]),
        (["format=PDF"], ["en/gate.pdf"]),
        (["format=.md", "format=txt", "source!=en/"], ["zh/發票/專票.txt", "zh/退款.md"]),
        (["kind=table"], []),
        (["kind=prose", "kind!=faq", "language=en"], ["en/gate.pdf", "en/refunds.md"]),
        (["product=Tidemark", "language=zh"], []),
    ],
)
@pytest.mark.parametrize("stage", ["dense", "hybrid"])
def test_a_filter_leaves_what_it_says_in_both_languages(home, words, found, stage):
    fill(home)
    assert home.sources(where(*words), stage=stage) == found
    assert home.search(where(*words)).passages_left == len(found)


def test_validity_is_inclusive_and_open_where_no_day_is_stated(home):
    home.put("2024.md", "Refund rule of 2024.", valid_from=date(2024, 1, 1), valid_until=date(2024, 12, 31))
    home.put("2025.md", "Refund rule of 2025.", valid_from=date(2025, 1, 1))
    home.put("always.md", "Refund rule of all days.")
    assert home.sources(where(as_of="2023-12-31")) == ["always.md"]
    assert home.sources(where(as_of="2024-01-01")) == ["2024.md", "always.md"]
    assert home.sources(where(as_of="2024-12-31")) == ["2024.md", "always.md"]
    assert home.sources(where(as_of="2025-01-01")) == ["2025.md", "always.md"]


def test_k_come_back_though_the_index_would_put_hundreds_of_others_first(home):
    for number in range(40):
        home.put(f"en/{number}.md", "\n\n".join(f"Refund refund rule {number} {n}." for n in range(5)), product="A")
    home.put("zh/1.md", "\n\n".join(f"A word about parking lot {n}, and one refund." for n in range(6)), product="B")
    for stage in ("lexical", "dense", "hybrid"):
        assert home.sources(where("product=B"), k=5, stage=stage, query="refund rule") == ["zh/1.md"] * 5


def test_a_filter_that_leaves_most_passages_gives_the_unfiltered_order(home):
    for number in range(12):
        home.put(f"{number}.md", f"Refund rule {'refund ' * (number % 5)}{number}.", product="A" if number else "B")
    everything = [hit.chunk.source for hit in home.search(None, k=12).hits]
    left = [hit.chunk.source for hit in home.search(where("product=A"), k=11).hits]
    assert left == [source for source in everything if source != "0.md"]


@pytest.mark.parametrize("limits", [{}, {"_SCORED": 0}, {"_SCORED": 0, "_FETCHED": 0, "_MOST_SCORED": 0, "_BLOCK": 3}])
@pytest.mark.parametrize("stage", ["lexical", "dense", "hybrid"])
def test_each_way_of_filtering_gives_the_same_best_passages(home, monkeypatch, limits, stage):
    for name, value in limits.items():
        monkeypatch.setattr(scope, name, value)
    for number in range(24):
        text = f"Rule {number} says {'refund ' * (number % 7 + 1)}and 退款 {'once ' * (number % 3)}more."
        home.put(f"{number}.md", text, product="A" if number % 3 else "B")
    everything = [hit.chunk.source for hit in home.search(None, k=24, stage=stage).hits]
    expected = [source for source in everything if int(source[:-3]) % 3]
    if stage == "hybrid":  # its scores are relative to the candidates of one search
        assert {hit.chunk.source for hit in home.search(where("product=A"), k=16).hits} == set(expected)
    else:
        found = home.search(where("product=A"), k=3, stage=stage).hits
        assert [hit.chunk.source for hit in found] == expected[:3]


def test_a_deleted_document_does_not_answer_and_its_name_is_forgotten(home):
    fill(home)
    home.search(where("product=Tidemark"))
    home.catalog.delete_sources("kb", ["en/refunds.md"])
    with pytest.raises(InvalidInput, match="'Tidemark'"):
        home.search(where("product=Tidemark"))


def test_new_metadata_of_the_same_text_holds_at_once(home):
    home.put("a.md", "Refund rule.", product="Old")
    assert home.sources(where("product=Old")) == ["a.md"]
    home.put("a.md", "Refund rule.", product="New")
    assert home.sources(where("product=New")) == ["a.md"]
    with pytest.raises(InvalidInput, match="no document has product 'Old'; there is: 'New'"):
        home.search(where("product=Old"))


def test_a_moved_document_is_found_at_its_new_place_only(home):
    home.put("en/a.md", "Refund rule.", product="Tidemark")
    home.put("en/b.md", "Refund rule two.", product="Tidemark")
    assert home.sources(where("source=en/")) == ["en/a.md", "en/b.md"]
    home.catalog.move_sources("kb", {"en/a.md": "old/a.txt"})
    assert home.sources(where("source=en/")) == ["en/b.md"]
    assert home.sources(where("source=old/", "product=Tidemark", "format=txt")) == ["old/a.txt"]


def test_a_filter_never_reaches_another_knowledge_base(home):
    home.put("a.md", "Refund rule.", product="Tidemark")
    home.put("b.md", "Refund rule.", kb="other", product="Secret", tier="gold")
    assert home.sources(where("product!=Tidemark"), kb="kb") == []
    assert home.search(where("product!=Tidemark"), kb="kb").passages_left == 0
    with pytest.raises(InvalidInput) as error:
        home.search(where("product=Secret"), kb="kb")
    assert "Secret" not in str(error.value).replace("'Secret'", "", 1)
    with pytest.raises(InvalidInput, match=r"has 'tier'; there is: format, kind, language, product, source$"):
        home.search(where("tier=gold"), kb="kb")


def test_an_unknown_value_names_those_near_it(home):
    fill(home)
    with pytest.raises(InvalidInput, match="no document has product 'tidmark'; near it: 'Tidemark'"):
        home.search(where("product=tidmark"))
    with pytest.raises(InvalidInput, match=r"no document has source 'zh/退货\.md'; near it: 'zh/退款\.md'"):
        home.search(where("source=zh/退货.md"))
    with pytest.raises(InvalidInput, match="no document has kind 'tables'; near it: 'table'"):
        home.search(where("kind=tables"))


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition(name="", values=("a",)), "filter name ''"),
        (Condition(name="n" * 81, values=("a",)), "1 to 80 characters"),
        (Condition(name="product", values=()), "has 0 values"),
        (Condition(name="product", values=("a",) * 51), "has 51 values"),
        (Condition(name="product", values=("\x00\u202e",)), "1 to 1,000 characters"),
        (Condition(name="product", values=("长" * 1_001,)), "1 to 1,000 characters"),
    ],
)
def test_hostile_names_and_values_are_refused_with_what_is_allowed(home, condition, said):
    home.put("a.md", "Refund rule.", product="Tidemark")
    with pytest.raises(InvalidInput, match=said):
        home.search(Filter(conditions=(condition,)))


@pytest.mark.parametrize("value", ["'; DROP TABLE facets; --", "%", "\ud800x", "[a-z]*", "a" * 999, "\x00x"])
@pytest.mark.parametrize("name", ["product", "source", "format"])
def test_no_value_is_read_as_anything_but_a_value(home, name, value):
    home.put("a.md", "Refund rule.", product="Tidemark")
    with pytest.raises(InvalidInput, match=f"no document has {name}"):
        home.search(Filter(conditions=(Condition(name=name, values=(value,)),)))
    assert home.sources(where("product=Tidemark")) == ["a.md"]


def test_long_values_are_told_apart_beyond_what_an_index_holds(home):
    home.put("a.md", "Refund rule one.", note="长" * 900 + "甲")
    home.put("b.md", "Refund rule two.", note="长" * 900 + "乙")
    assert home.sources(where("note=" + "长" * 900 + "乙")) == ["b.md"]


def test_a_name_with_brackets_or_of_many_stars_is_matched_in_linear_time(home):
    home.put("Report [1].md", "Refund rule one.")
    home.put("a" * 200 + ".md", "Refund rule two.")
    assert home.sources(where("source=report [1]*")) == ["Report [1].md"]
    with pytest.raises(InvalidInput):
        home.search(where("source=" + "a*" * 400 + "b"))
