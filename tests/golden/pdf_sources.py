"""What the golden PDFs say: support documents of a made-up mail-order company, in English and Chinese."""

# ruff: noqa: E501  prose is wrapped by eye here

from generate_pdf import BREAK, COLUMNS, END, Block, Source, code, h, ol, p, table, ul

HEAD_AND_FOOT = (
    "@top-left { content: string(title); font-size: 8pt } "
    '@bottom-center { content: "Page " counter(page) " of " counter(pages); font-size: 8pt }'
)
ZH_HEAD_AND_FOOT = (
    "@top-right { content: string(title); font-size: 8pt } "
    '@bottom-center { content: "第 " counter(page) " 页 / 共 " counter(pages) " 页"; font-size: 8pt }'
)
HYPHENS = "p { hyphens: auto; text-align: justify } "

EN_COLUMNS = (
    h(1, "Harbor Mail returns handbook"),
    p(
        "This handbook is for the people who answer customers of Harbor Mail. It says who may send goods back, within how "
        "many days, and what we pay."
    ),
    COLUMNS,
    h(2, "Who may return goods"),
    p(
        "Private customers may return any item within 30 days of delivery without giving a reason. Business customers have "
        "14 days and need the consent of their account manager before anything is shipped."
    ),
    p(
        "Items made to order, opened software and hygiene articles are excluded. A damaged item can always come back, "
        "whatever it is and whoever ordered it."
    ),
    h(2, "How the parcel travels"),
    p(
        "The customer prints the label from the account page and hands the parcel to any counter of the carrier. We pay the "
        "postage inside the European Union; from elsewhere the customer pays it and gets 6 euros back."
    ),
    p(
        "The carrier scans the parcel at the counter. From that moment the customer no longer bears the risk of loss, and "
        "the receipt is proof enough for a refund if the parcel disappears."
    ),
    h(2, "When the money comes back"),
    p(
        "The warehouse inspects a returned item within two working days. The refund then goes to the means of payment that "
        "was used for the order, which takes banks up to five working days to show."
    ),
    p("Gift cards are refilled at once. Orders paid on account are simply credited on the next monthly statement."),
    END,
)

ZH_COLUMNS = (
    h(1, "港湾商城物流须知"),
    p("本须知供客服人员查阅，说明发货、配送和签收的规定，适用于中国大陆的全部订单。"),
    COLUMNS,
    h(2, "发货时间"),
    p(
        "工作日下午四点之前付款的订单当天发货，四点之后付款的次日发货。预售商品按照商品页面写明的日期发货，"
        "遇到节假日顺延一个工作日。"
    ),
    p("同一个订单中的商品如果存放在不同的仓库，会拆成两个或者更多的包裹分别寄出，运费只收一次。"),
    h(2, "配送范围"),
    p("标准快递覆盖全国两千八百个县。西藏、新疆和青海的部分乡镇只能送到邮政网点，客户须凭短信中的取件码自行领取。"),
    p("大件家电由专门的车队配送，送货之前一天司机会打电话预约时间。"),
    h(2, "签收与异议"),
    p("客户签收时应当场检查外包装。包装破损的，可以拒收，也可以先签收，再在四十八小时之内上传照片提出异议。"),
    p("超过四十八小时没有提出异议的，视为包裹完好。"),
    END,
)

PLANS = [
    [f"HM-{100 + n}", name, f"{kg} kg", f"{days} days"]
    for n, (name, kg, days) in enumerate(
        (
            ("Travel kettle", 1, 2),
            ("Desk lamp", 2, 2),
            ("Wall clock", 1, 3),
            ("Tool box", 6, 4),
            ("Garden chair", 7, 5),
            ("Folding table", 9, 5),
            ("Steam iron", 2, 2),
            ("Rice cooker", 4, 3),
            ("Coffee mill", 3, 3),
            ("Bread bin", 2, 2),
            ("Bath scales", 2, 2),
            ("Floor fan", 5, 4),
            ("Oil heater", 12, 6),
            ("Ladder", 11, 7),
            ("Tent", 6, 4),
            ("Cool box", 4, 3),
            ("Bicycle pump", 1, 2),
            ("Camp stove", 3, 3),
            ("Sleeping bag", 2, 2),
            ("Rucksack", 2, 2),
        )
    )
]

EN_RULED = (
    h(1, "Weights and delivery times"),
    p("The table lists the gross weight of each item and how long the carrier needs for it inside the country."),
    table("ruled", ["Item", "Name", "Weight", "Delivery"], *PLANS),
    p("Times count from the day of dispatch. In December add two days to each of them."),
)

ZH_RULED = (
    h(1, "会员等级与权益"),
    p("会员等级按照过去十二个月的消费金额计算，每月一日更新。"),
    table(
        "ruled",
        ["等级", "年消费", "退货期限", "客服"],
        ["普通", "不限", "7 天", "在线客服，工作日九点到十八点"],
        ["银卡", "3,000 元以上", "15 天", "在线客服，全天"],
        ["金卡", "10,000 元以上", "30 天", "专属电话，全天；重大问题两小时之内回电"],
    ),
    h(2, "升级和降级"),
    p("达到上一等级的金额之后次月一日自动升级。连续十二个月没有消费的账户降为普通会员。"),
)

EN_UNRULED = (
    h(1, "Service desk hours and fees"),
    p("Two short tables, one without any line and one as printers set them."),
    h(2, "Opening hours"),
    table(
        "plain",
        ["Office", "Weekdays", "Saturday"],
        ["Lyon", "8:00 to 18:00", "9:00 to 13:00"],
        ["Ghent", "9:00 to 17:30", "closed"],
        ["Trieste", "8:30 to 18:30", "9:00 to 12:30"],
        ["Malmö", "8:00 to 17:00", "closed"],
    ),
    p("All offices are closed on public holidays of their country."),
    h(2, "Repair fees"),
    table(
        "book",
        ["Repair", "Small appliance", "Large appliance"],
        ["Inspection", "15.00", "35.00"],
        ["Spare part fitted", "22.50", "60.00"],
        ["Express, next day", "30.00", "not offered"],
    ),
    p("Fees include tax. Within the warranty nothing is charged."),
)

ZH_UNRULED = (
    h(1, "运费与时效"),
    p("下表列出各种配送方式的运费和时效。"),
    table(
        "plain",
        ["方式", "首重运费", "时效"],
        ["标准快递", "8 元", "3 天"],
        ["次日达", "18 元", "1 天"],
        ["大件配送", "60 元", "5 天"],
        ["门店自提", "免费", "2 天"],
    ),
    p("首重为一公斤，超出部分每公斤加收二元。"),
    table(
        "book",
        ["地区", "加收", "说明"],
        ["西藏", "12 元", "只到网点"],
        ["新疆", "10 元", "只到网点"],
        ["海南", "4 元", "送货上门"],
    ),
    p("港澳台地区暂不配送。"),
)

EN_OUTLINE = (
    h(1, "Account security guide"),
    p("How Harbor Mail protects accounts, and what customers can do themselves."),
    h(2, "1. Signing in"),
    p("Customers sign in with their e-mail address and a password of at least twelve characters."),
    h(3, "1.1 Second factor"),
    p(
        "A second factor can be switched on under Account, Security. We support authenticator apps and hardware keys; text "
        "messages are not offered because numbers can be stolen."
    ),
    h(3, "1.2 Lost device"),
    p(
        "Whoever loses the device with the second factor needs one of the ten recovery codes. Without a code the service "
        "desk checks the identity, which takes three working days."
    ),
    BREAK,
    h(2, "2. Sessions"),
    p("A session ends after 30 minutes without any action on shared computers and after 14 days on trusted ones."),
    h(3, "2.1 Ending sessions"),
    p("The security page lists all open sessions with place and time. Any of them can be closed there at once."),
    BREAK,
    h(2, "3. Alerts"),
    p("We write to the customer when somebody signs in from a new country, changes the password or adds an address."),
    p(
        "An alert that the customer did not cause should be reported within 24 hours. We then lock the account, cancel "
        "orders that have not left the warehouse and help with a new password."
    ),
)

ZH_OUTLINE = (
    h(1, "账户安全指南"),
    p("本指南说明港湾商城怎样保护客户的账户，以及客户自己可以做些什么。"),
    h(2, "一、登录"),
    p("客户使用手机号和密码登录，密码不少于十二位，须同时含有字母和数字。"),
    h(3, "（一）两步验证"),
    p("两步验证在“账户”页面的“安全”栏目中开启，支持验证器应用和硬件密钥。短信验证码容易被盗取，因此不再提供。"),
    BREAK,
    h(2, "二、会话"),
    p("在公用电脑上三十分钟没有操作的会话自动结束，在信任的设备上会话保留十四天。"),
    h(3, "（一）结束会话"),
    p("安全页面列出全部会话的地点和时间，任何一个都可以立即关闭。"),
    BREAK,
    h(2, "三、提醒"),
    p("有人从新的城市登录、修改密码或者新增收货地址时，系统会发送短信提醒。"),
    p("不是本人操作的，请在二十四小时之内联系客服。我们会冻结账户，拦截尚未出库的订单，并协助重新设置密码。"),
)

EN_HYPHENS = (
    h(1, "Warranty conditions"),
    p(
        "The manufacturer guarantees that every appliance is free of defects in materials and workmanship for twenty-four "
        "months after the original purchase. The guarantee covers replacement components, transportation to an authorised "
        "workshop and the corresponding labour."
    ),
    p(
        "Deterioration through ordinary consumption is excluded, particularly rechargeable batteries, illumination and "
        "interchangeable filters. Unauthorised modifications invalidate the guarantee immediately, irrespective of whether "
        "they contributed to the malfunction."
    ),
    p(
        "Long-term storage in unheated rooms, commercial utilisation in restaurants and laundrettes, and inappropriate "
        "electrical installations likewise discontinue our responsibility. Correspondence regarding guarantees should "
        "include a photograph of the identification plate."
    ),
)

EN_NOTES = (
    h(1, "Price adjustment policy"),
    p(
        "If the price of an item falls within 14 days of the purchase, the customer may claim the difference.[*] The claim "
        "is made on the order page and needs no reason.",
        "Only where Harbor Mail itself sells the item.",
    ),
    p(
        "We pay the difference to the account balance within three working days. Customers who prefer their card have to "
        "say so in the claim, and those who ordered on account find the difference on their next statement, where it stands "
        "in a line of its own below the order to which it belongs."
    ),
    Block(kind="foot"),
    p(
        "Seasonal sales are treated differently. During the winter sale the period is shortened to seven days.[*]",
        "The winter sale runs from 27 December to 15 January.",
    ),
    p("Prices of other shops are never matched, whatever the difference may be."),
)

ZH_NOTES = (
    h(1, "价格保护办法"),
    p(
        "商品在购买之后十四天之内降价的，客户可以申请退还差价。[*]申请在订单页面提交，不需要说明理由。",
        "仅限港湾商城自营的商品。",
    ),
    p(
        "差价在三个工作日之内退到账户余额。希望退回银行卡的客户须在申请中注明，使用月结方式的客户可以在下一期账单中看到差价，"
        "差价单独列为一行，排在所属订单的下方，并注明申请的日期和处理的结果，客户对结果有异议的，可以在三十天之内提出复核。"
    ),
    Block(kind="foot"),
    p("季节性促销另有规定，冬季促销期间价格保护缩短为七天。[*]", "冬季促销从十二月二十七日到一月十五日。"),
    p("不比照其他商城的价格，无论相差多少。"),
)

EN_CODE = (
    h(1, "Order interface for partners"),
    p("Partners place orders over HTTP. Every call carries the partner key."),
    h(2, "Placing an order"),
    code("""
curl -X POST https://api.harbormail.example/v2/orders \\
     -H "X-Partner-Key: $KEY" \\
     -d '{"sku": "HM-104", "quantity": 2}'
"""),
    p("The answer holds the number of the order. Keep it:"),
    code("""
{
  "order": "20417",
  "state": "accepted",
  "items": [
    {"sku": "HM-104", "quantity": 2}
  ]
}
"""),
    h(2, "Before going live"),
    ol(
        "Ask the service desk for a key of your own.",
        "Send ten orders to the test system.",
        "Check that each of them has been confirmed.",
    ),
    p("The interface refuses:"),
    ul(
        "orders of more than 99 pieces of one item,",
        "addresses outside the delivery area, whatever the carrier says about them on its own pages,",
        "keys that were not used for a year.",
    ),
)

ZH_CODE = (
    h(1, "合作伙伴接口说明"),
    p("合作伙伴通过 HTTP 接口下单，每次调用都要带上密钥 X-Partner-Key，密钥有效期为 365 天。"),
    h(2, "查询订单"),
    code("""
import httpx

def state(order):
    url = f"https://api.harbormail.example/v2/orders/{order}"
    return httpx.get(url, timeout=5).json()["state"]
"""),
    p("返回值为 accepted、shipped 或者 closed。状态码 404 表示订单不存在，429 表示每分钟的调用超过 60 次。"),
    h(2, "上线之前"),
    ol("向客服申请专用的密钥。", "在测试环境提交十个订单。", "确认每个订单都收到回执。"),
    h(2, "常见错误"),
    ul(
        "E-1001：密钥已经过期，请在管理后台重新申请。",
        "E-1002：商品编号 SKU 不存在。",
        "E-2003：收货地址不在配送范围之内，与承运商网页上的说明无关，以接口返回的结果为准。",
    ),
)

EN_TURNED = (
    h(1, "Carrier comparison"),
    p("Landscape page, as it comes from the printer driver: the sheet is turned and so is its content."),
    table(
        "ruled",
        ["Carrier", "Parcel limit", "Insurance", "Pick-up"],
        ["Nordpost", "31 kg", "up to 500 euros", "daily"],
        ["Alpina", "20 kg", "up to 750 euros", "Monday and Thursday"],
        ["Metro Lines", "70 kg", "on request", "daily"],
    ),
    p("Limits are those of the contract of 1 March 2026."),
)

PLAIN = (
    Source(
        name="en-two-columns",
        language="en",
        blocks=EN_COLUMNS,
        author="Harbor Mail",
        pages={"Private customers may return": 1},
    ),
    Source(
        name="zh-three-columns",
        language="zh",
        blocks=ZH_COLUMNS,
        columns=3,
        author="港湾商城",
        page="size: A4; margin: 20mm;",
        pages={"工作日下午四点之前": 1},
    ),
    Source(
        name="en-table-over-pages",
        language="en",
        blocks=EN_RULED,
        page=HEAD_AND_FOOT,
        furniture=["Page 1 of 2", "Page 2 of 2"],
        pages={"The table lists the gross": 1, "Times count from": 2},
    ),
    Source(name="zh-ruled-table", language="zh", blocks=ZH_RULED, pages={"达到上一等级": 1}),
    Source(name="en-unruled-tables", language="en", blocks=EN_UNRULED, pages={"Two short tables": 1}),
    Source(name="zh-unruled-tables", language="zh", blocks=ZH_UNRULED, pages={"首重为一公斤": 1}),
    Source(
        name="en-outline",
        language="en",
        blocks=EN_OUTLINE,
        page=HEAD_AND_FOOT,
        author="Harbor Mail",
        furniture=["Page 1 of 3", "Page 2 of 3", "Page 3 of 3"],
        pages={"Whoever loses the device": 1, "lists all open sessions": 2, "cancel orders that have": 3},
    ),
    Source(
        name="zh-outline",
        language="zh",
        blocks=ZH_OUTLINE,
        page=ZH_HEAD_AND_FOOT,
        author="港湾商城",
        furniture=["第 1 页", "第 3 页"],
        pages={"两步验证在": 1, "任何一个都可以立即关闭": 2, "冻结账户": 3},
    ),
    Source(
        name="en-hyphenation",
        language="en",
        blocks=EN_HYPHENS,
        page="size: 90mm 160mm; margin: 12mm;",
        more=HYPHENS,
        pages={"The manufacturer guarantees that": 1},
    ),
    Source(
        name="en-footnotes",
        language="en",
        blocks=EN_NOTES,
        page="size: 105mm 95mm; margin: 12mm;",
        pages={"Only where Harbor Mail": 1, "The winter sale runs": 2, "We pay the difference": 1},
    ),
    Source(
        name="zh-footnotes",
        language="zh",
        blocks=ZH_NOTES,
        page="size: 105mm 80mm; margin: 12mm;",
        pages={"仅限港湾商城": 1, "冬季促销从十二月": 2, "差价在三个工作日": 1},
    ),
    Source(name="en-lists-and-code", language="en", blocks=EN_CODE, pages={"Partners place orders": 1}),
    Source(name="zh-lists-and-code", language="zh", blocks=ZH_CODE, pages={"合作伙伴通过": 1}),
)

TURNED = (
    Source(
        name="en-turned-page",
        language="en",
        blocks=EN_TURNED,
        page="size: A5 landscape;",
        pages={"Landscape page, as it": 1},
    ),
)

# (name, font, title, the lines of the left column, those of the right column)
ACROSS = (
    (
        "en-across-columns",
        "Helvetica",
        "Complaint handling",
        (
            "Every complaint gets a number and",
            "one person who looks after it. That",
            "person answers within one working",
            "day, even where the answer is only",
            "that more time is needed for it.",
            "A complaint about a colleague goes",
            "to the head of the desk instead.",
        ),
        (
            "Complaints are closed when the",
            "customer agrees, or thirty days after",
            "our last offer was left without reply.",
            "Closed complaints are kept for three",
            "years. Once a quarter the desk looks",
            "for causes that return and tells the",
            "departments which of them to mend.",
        ),
    ),
    (
        "zh-across-columns",
        "STSong-Light",
        "投诉处理办法",
        (
            "每一件投诉都有编号，由一名客服人员从头",
            "到尾负责。该人员在一个工作日之内回复，",
            "即使只能说明还需要更多的时间。涉及同事",
            "的投诉交由客服主管处理，当事人不得参与。",
            "客户可以随时查询处理进度。",
        ),
        (
            "客户同意，或者最后一次答复之后三十天没",
            "有回音的，投诉结案。结案的投诉保存三年。",
            "客服中心每个季度分析一次反复出现的原因，",
            "并通知有关部门改进。改进的结果在下一个",
            "季度的例会上报告。",
        ),
    ),
)

FORM = {
    "title": "Return request",
    "headings": [[1, "Return request"]],
    "tables": [],
    "text": "Return request\nOrder number HM-20417\nReason The hinge of the lid is broken\n"
    "Send the device within 14 days of our answer.\nApproved by the service desk in Lyon.\nCustomer was called twice.",
    "pages": {"Send the device": 1, "Approved by the service": 1},
}

EN_SCAN = (
    h(1, "Delivery note terms"),
    p(
        "Goods remain the property of Harbor Mail until they have been paid in full. The recipient checks the number of "
        "parcels on arrival and notes any damage on the delivery note."
    ),
    p("Hidden damage has to be reported within eight days. Photographs of the goods and of the packaging are needed."),
    BREAK,
    h(2, "Pallets"),
    p(
        "Pallets are exchanged one for one. Where the recipient has no pallets in return, we charge 14 euros for each of them "
        "with the next invoice."
    ),
    table(
        "plain",
        ["Pallet", "Size", "Charge"],
        ["Standard", "120 x 80 cm", "14.00"],
        ["Half", "80 x 60 cm", "9.00"],
        ["Display", "60 x 40 cm", "6.50"],
    ),
)

ZH_SCAN = (
    h(1, "收货单条款"),
    p("货款全部付清之前，货物的所有权归港湾商城所有。收货人应当在到货时清点件数，并在收货单上注明破损情况。"),
    p("隐蔽的损坏须在八天之内报告，并附上货物和包装的照片。"),
    BREAK,
    h(2, "托盘"),
    p("托盘一换一。收货人没有托盘可换的，我们在下一张发票中每个收取一百元。"),
)

SCANNED = (
    (
        Source(
            name="en-scanned",
            language="en",
            blocks=EN_SCAN,
            pages={"Goods remain the property": 1, "Pallets are exchanged one": 2},
        ),
        (1, 2),
    ),
    (
        Source(
            name="en-scanned-beside-text",
            language="en",
            blocks=EN_SCAN,
            pages={"Goods remain the property": 1, "Pallets are exchanged one": 2},
        ),
        (2,),
    ),
    (Source(name="zh-scanned", language="zh", blocks=ZH_SCAN, pages={"隐蔽的损坏": 1}), (1, 2)),
)
