from ingest.parsers.html import LINE_BREAK, prepare


def body(html: str) -> str:
    return prepare(html).html.split("<body>")[1].split("</body>")[0]


def test_navigation_header_footer_and_scripts_are_dropped() -> None:
    page = prepare(
        "<title>Refunds | Help</title><body><header>Logo</header><nav>Plans</nav><div class='breadcrumbs'>Help</div>"
        "<main><article><header><h1>Refunds</h1></header><p>Three days.</p></article>"
        "<aside class='feedback'>Was this helpful?</aside></main><script>x()</script><footer>© 2026</footer></body>"
    )
    assert page.title == "Refunds | Help"
    for gone in ("Logo", "Plans", ">Help<", "helpful", "x()", "2026"):
        assert gone not in page.html
    assert "<h1>Refunds</h1>" in page.html
    assert "Three days." in page.html


def test_a_suspicious_class_name_never_costs_most_of_a_page() -> None:
    assert "All of it." in body("<body><div id='related'><p>All of it.</p></div><p>x</p></body>")


def test_collapsed_answers_stay_and_their_summary_heads_them() -> None:
    html = body("<h2>退款</h2><details><summary>多久到账？</summary><p hidden>三天。</p></details>")
    assert '<h3 data-summary="">多久到账？</h3>' in html
    assert "三天。" in html


def test_a_question_in_a_definition_list_heads_its_answer() -> None:
    html = body("<dl><dt>How long?</dt><dd>Three days.</dd><dt>Term</dt><dd>Meaning.</dd></dl>")
    assert '<h2 data-summary="">How long?</h2><div>Three days.</div><p>Term</p><div>Meaning.</div>' in html


def test_ordered_items_keep_their_numbers() -> None:
    assert body("<ol start='3'><li>Open</li><li><p>Click</p><p>Wait</p></li></ol>") == (
        f'<ol start="3"><li>3. Open</li><li>4. Click{LINE_BREAK}Wait</li></ol>'
    )


def test_a_line_break_is_kept_and_a_power_stays_a_power() -> None:
    assert f"Street 1{LINE_BREAK}Town" in body("<p>Street 1<br>Town</p>")
    assert "10<sup>^6</sup> files<sup>2</sup>" in body("<p>10<sup>6</sup> files<sup>2</sup></p>")


def test_chinese_lines_join_without_a_space_but_not_in_code() -> None:
    assert "<p>退款会在三天内到账</p><pre>第一\n第二</pre>" in body("<p>退款会在\n三天内到账</p><pre>第一\n第二</pre>")


def test_a_layout_table_is_dissolved_and_a_data_table_is_not() -> None:
    html = body("<table><tr><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>")
    assert html == "<div><div><div><table><tr><td>a</td><td>b</td></tr></table></div></div></div>"
