"""The terms that set groups of questions apart."""

from eval.feedback.terms import label_of, terms_apart


def test_english_terms_are_words_in_their_commonest_form_without_function_words():
    groups = [
        ["How do I cancel my subscription?", "Can subscriptions be cancelled?", "cancelling a subscription"],
        ["What does the webhook header hold?", "number of webhooks"],
    ]
    first, second = terms_apart(groups, "en")
    # Both are in all three; "cancel" and its forms come before "subscription" by their stem.
    assert first == ("cancel", "subscription")
    assert second == ("webhook",)


def test_chinese_terms_are_the_longest_runs_that_several_questions_have():
    (terms,) = terms_apart([["支持私有化部署吗？", "私有化部署需要几台服务器"]], "zh")
    assert terms == ("私有化部署",)


def test_what_every_group_asks_about_sets_none_apart():
    groups = [["团队版 发票 抬头", "团队版 发票 税号"], ["团队版 网关 价格", "团队版 网关 保修"]]
    assert [terms[0] for terms in terms_apart(groups, "zh")] == ["发票", "网关"]


def test_codes_are_terms_in_chinese_questions_too():
    (terms,) = terms_apart([["网关报 TM-2015 怎么办", "TM-2015 是什么意思"]], "zh")
    assert terms[0] == "TM-2015"


def test_a_single_question_is_described_by_its_own_words():
    assert terms_apart([["Is there a vegan menu?"]], "en") == [("menu", "vegan")]
    assert terms_apart([["怎么办"]], "zh") == [()]


def test_a_label_is_one_line_in_the_way_of_its_language():
    assert label_of(("okta", "sso"), "en") == "okta, sso"
    assert label_of(("发票", "抬头"), "zh") == "发票、抬头"
