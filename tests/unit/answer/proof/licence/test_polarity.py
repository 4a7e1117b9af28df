import pytest

from answer.proof.licence.comparison import off_comparison
from answer.proof.licence.polarity import denial_before, off_polarity

DENIES, AFFIRMS = "denies what its quotes do not deny", "affirms what its quotes deny"


@pytest.mark.parametrize(
    ("claim", "quote", "off"),
    [
        ("Monthly plans can be refunded.", "Annual plans can be refunded, monthly plans cannot be refunded.", AFFIRMS),
        ("Annual plans can be refunded.", "Annual plans can be refunded, monthly plans cannot be refunded.", ""),
        ("Annual plans cannot be refunded.", "Annual plans can be refunded.", DENIES),
        ("It works without a card.", "No card is needed for it to work.", ""),
        ("It works.", "It works without a card.", ""),
        ("You are unable to undo this.", "You cannot undo this.", ""),
        ("Not only admins may do it.", "Admins and guests may do it.", ""),
        ("年付套餐可退款。", "月付套餐不可退款；年付套餐可退款。", ""),
        ("月付套餐可退款。", "月付套餐不可退款；年付套餐可退款。", AFFIRMS),
        ("最多10人可以加入。", "加入的人数不超过10人。", ""),
        ("旧版本不再更新。", "旧版本已停止更新。", ""),
        ("旧版本仍更新。", "旧版本已停止更新。", AFFIRMS),
        ("不同的套餐价格各异。", "套餐价格各异，各不相同。", ""),
        ("并非所有工具都提供。", "并非所没有工具都提供。", AFFIRMS),
        ("Anything.", "", ""),
    ],
)
def test_denials_are_compared_clause_by_clause(claim: str, quote: str, off: str) -> None:
    assert off_polarity(claim, [quote]) == off


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        ("Plans are not ", "Plans are not "),
        ("It is not so. Plans are ", ""),
        ("月付套餐不支持", "月付套餐不支持"),
        ("", ""),
    ],
)
def test_a_denial_in_the_clause_that_a_quote_begins_in_is_kept(before: str, kept: str) -> None:
    assert denial_before(before) == kept


@pytest.mark.parametrize(
    ("claim", "quote", "off"),
    [
        ("Team is cheaper than Business.", "Business is cheaper than Team.", True),
        ("Team is cheaper than Business.", "Team is cheaper than Business, and smaller.", False),
        ("新的同步比旧的慢。", "新的同步比旧的快。", True),
        ("商务版比团队版贵。", "团队版比商务版贵。", True),
        ("商务版比团队版贵。", "商务版比团队版贵。", False),
        ("Only admins may do it.", "Admins may do it.", True),
        ("Admins may do it.", "Only admins may do it.", False),
        ("只有管理员可以。", "管理员可以。", True),
        ("It keeps all rules.", "It erases all rules.", True),
    ],
)
def test_comparatives_keep_their_sides(claim: str, quote: str, off: bool) -> None:
    assert bool(off_comparison(claim, [quote])) is off
