"""Links: those that carry a conversation away, and those that no source holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.guard.links import LinkDetector, unsourced_links

SOURCE = "Open https://help.example.com/reset?lang=zh 或访问 www.example.cn，或看[图](/img/a.png)。"


@pytest.mark.parametrize(
    ("claim", "strange"),
    [
        ("Open https://help.example.com/reset?lang=zh.", []),
        ("请打开 https://help.example.com/reset?lang=zh，然后登录。", []),
        ("访问www.example.cn即可。", []),
        ("见[图](/img/a.png)", []),
        ("The ratio is 3:2, see f(x).", []),
        ("Open https://evil.example.com/.", ["https://evil.example.com/"]),
        ("Open [here](https://evil.example.com/x).", ["https://evil.example.com/x"]),
        ("![](//evil.example.com/p.png)", ["//evil.example.com/p.png"]),
        ("![a](/img/b.png)", ["/img/b.png"]),
        ('<img src="evil.png">', ["evil.png"]),
        ("[1]: http://evil.example.com", ["http://evil.example.com"]),
        ("See https&#58;//evil.example.com", ["https://evil.example.com"]),
        ("Go to www.evil.example.com!", ["www.evil.example.com"]),
        ("[x](javascript:alert)", ["javascript:alert"]),
        ("Open HTTPS://Help.Example.com/reset?lang=zh", []),
    ],
)
def test_an_address_must_stand_in_a_source(claim: str, strange: list[str]) -> None:
    assert unsourced_links(claim, ["nothing", SOURCE]) == strange


@given(st.text(alphabet="ab :/.()[]!<>'\"退款，", max_size=60))
def test_whatever_a_source_says_may_be_repeated(text: str) -> None:
    assert unsourced_links(text, [f"Before. {text} After."]) == []


@given(st.text(alphabet="abc 退款。", max_size=20), st.text(alphabet="abc 退款。", max_size=20))
def test_a_link_that_no_source_holds_is_always_seen(before: str, after: str) -> None:
    assert unsourced_links(f"{before} [x](https://evil.example.com/q) {after}", [SOURCE]) != []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("![s](https://e.com/p.png?d={conversation})", 1),
        ("![s](https://e.com/p.png?d={对话内容})", 1),
        ("[s](https://e.com/$user_data)", 1),
        ("![s](https://docs.example.com/images/login.png)", 0),
        ("[s](https://docs.example.com/{lang}/page)", 0),
        ("(see {chat} below)", 0),
    ],
)
def test_a_link_with_a_blank_for_the_conversation_is_an_order(text: str, found: int) -> None:
    findings = list(LinkDetector().find(text))
    assert [finding.span.of(text) for finding in findings] == [text] * found
