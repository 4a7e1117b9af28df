"""Sentences that an exported model must read as the original does, before it may serve.

Questions, instructions, figures, identifiers, lists and longer passages in both languages, as support documents hold
them: a quantised model errs most on short texts and on characters that its vocabulary splits.
"""

PROBES = (
    "How do I reset my password?",
    "My order has not arrived yet.",
    "Error 0x80070057 appears after the update to version 2.13.0.",
    "Refunds are paid within 7 working days.",
    "Can I use one licence on two computers?",
    "The router blinks red and there is no connection.",
    "To change the billing address, open Settings, choose Account and select Edit.",
    "Hold the power button for ten seconds, then wait until the light turns green.",
    "An invoice is sent by e-mail on the first day of each month; it can also be downloaded as a PDF.",
    "Data is kept for 90 days after a contract ends and is then deleted for good.",
    "What is the difference between the Basic and the Pro plan?",
    "Warranty: 24 months from the date of purchase, batteries excluded.",
    "API keys are passed in the Authorization header; a missing key gives status 401.",
    "| Plan | Price | Users |\n| Basic | 9.90 EUR | 1 |\n| Team | 29.00 EUR | 10 |",
    "Backups run every night at 02:00. A restore overwrites the current data, so export it first. Restoring 100 GB "
    "takes about one hour.",
    "If the installation fails with the message that the disk is full, remove old versions under Programs, empty the "
    "recycle bin and start the installer again as an administrator. At least 4 GB must be free on the system drive.",
    "Single sign-on needs a SAML 2.0 identity provider. Enter the metadata address, map the e-mail attribute and test "
    "the connection before it is enforced for all members.",
    "Does the app work offline?",
    "You may return unused goods within 30 days. Opened software, downloads and gift cards cannot be returned.",
    "Contact support",
    "如何重置我的密码？",
    "我的订单还没有送到。",
    "升级到 2.13.0 版本后出现错误 0x80070057。",
    "退款将在七个工作日内到账。",
    "一个许可证可以在两台电脑上使用吗？",
    "路由器闪红灯，无法连接网络。",
    "要修改账单地址，请打开设置，选择账户，然后点击编辑。",
    "按住电源键十秒，等待指示灯变绿。",
    "发票会在每月第一天通过电子邮件发送，也可以下载为 PDF 文件。",
    "合同结束后数据保留 90 天，之后将被永久删除。",
    "基础版和专业版有什么区别？",
    "保修期为购买之日起 24 个月，电池除外。",
    "接口密钥放在 Authorization 请求头中，缺少密钥会返回 401。",
    "备份每天凌晨两点进行。恢复会覆盖当前数据，请先导出。恢复 100 GB 大约需要一小时。",
    "如果安装时提示磁盘已满，请卸载旧版本，清空回收站，并以管理员身份重新运行安装程序。系统盘至少需要 4 GB 可用空间。",
    "單一登入需要支援 SAML 2.0 的身分識別提供者。",
    "应用可以离线使用吗？",
    "未使用的商品可在 30 天内退货；已拆封的软件、下载内容和礼品卡不予退货。",
    "怎样联系客服？",
    "会员可以随时取消订阅，取消后服务持续到当前周期结束。",
)
