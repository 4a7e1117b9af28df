from hypothesis import given
from hypothesis import strategies as st

from ingest.metadata import MAX_KEYS, MAX_VALUE_CHARS, as_text, named


def test_keys_of_both_languages_get_the_same_names() -> None:
    chinese = {
        "标题": "退款说明",
        "作者": "刘芳",
        "产品": ["网关", "桌面端"],
        "受众": "客服",
        "语言": "简体中文",
        "更新日期": "2026年1月2日",
        "生效日期": "2026/1/3",
        "有效期至": "2026年12月31日",
    }
    english = {
        "Title": "退款说明",
        "Author": "刘芳",
        "products": ["网关", "桌面端"],
        "audience": "客服",
        "lang": "zh_cn",
        "last-modified": "2026-01-02",
        "Effective Date": "2026-01-03",
        "expires": "31 December 2026",
    }
    expected = {
        "title": "退款说明",
        "author": "刘芳",
        "product": "网关, 桌面端",
        "audience": "客服",
        "language": "zh-CN",
        "modified": "2026-01-02",
        "valid_from": "2026-01-03",
        "valid_until": "2026-12-31",
    }
    assert named(chinese) == expected
    assert named(english) == expected


def test_any_other_key_keeps_its_name_and_value() -> None:
    assert named({"版本": 2, "Draft": False, "nothing": None, "owner": {"team": "A"}}) == {
        "版本": "2",
        "Draft": "false",
        "owner": "team: A",
    }


def test_the_surer_of_two_keys_gives_the_value_and_the_other_stays() -> None:
    assert named({"date": "2026-01-01", "updated": "2026-02-02"}) == {"modified": "2026-02-02", "date": "2026-01-01"}


def test_a_bad_date_stays_text_and_is_named() -> None:
    assert named({"valid_until": "end of year", "modified": "2026-02-30"}) == {
        "unread_dates": "modified, valid_until",
        "modified": "2026-02-30",
        "valid_until": "end of year",
    }


def test_a_period_gives_the_ends_that_are_not_stated() -> None:
    fields = named({"有效期": "2026年1月1日至2026年12月31日", "valid_from": "2026-03-01"})
    assert (fields["valid_from"], fields["valid_until"]) == ("2026-03-01", "2026-12-31")


def test_number_and_length_are_bounded() -> None:
    fields = named({f"key{number}": "x" * 5_000 for number in range(200)} | {"k" * 500: "y"})
    assert len(fields) == MAX_KEYS
    assert {len(value) for value in fields.values()} == {MAX_VALUE_CHARS}


def test_nested_lists_that_repeat_one_another_cost_nothing() -> None:
    bomb: list[object] = ["lol"]
    for _level in range(40):
        bomb = [bomb, bomb, bomb]
    assert as_text(bomb).startswith("lol, lol")


def test_control_characters_are_left_out() -> None:
    assert as_text("a\x00b\u200bc\nd") == "abc d"


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=40), max_size=12))
def test_naming_twice_changes_nothing(fields: dict[str, str]) -> None:
    once = named(fields)
    assert named(once) == once


@given(
    st.dictionaries(
        st.sampled_from(["title", "Subject", "date", "updated", "valid", "有效期", "expires", "lang", "unread_dates"]),
        st.sampled_from(["2026-01-01", "soon", "2026-01-01 to 2026-02-02", "en_us", "title, x"]),
    )
)
def test_naming_known_keys_twice_changes_nothing(fields: dict[str, str]) -> None:
    once = named(fields)
    assert named(once) == once
