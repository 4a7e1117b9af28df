"""A home with a few real documents in it, made once for all tests that use the command line or the service."""

from pathlib import Path

ENGLISH = """# Refunds

Annual plans can be refunded within 30 days of the payment. Monthly plans are not refundable.

## How refunds are paid

The money goes back to the card or account that was charged, within 5 business days.

# Gate G3

The Tidemark Gate G3 has two fans and a cache of 4 TB.
"""
CHINESE = """# 发票

电子发票在提交申请后两个工作日内开出。纸质专票每份收取快递费 15 元。

## 重开发票

开票后 60 天内可以申请重开，每张发票限一次。
"""


def write_documents(folder: Path) -> Path:
    """Two documents and one that is broken, below ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "refunds.md").write_text(ENGLISH, encoding="utf-8")
    (folder / "发票.md").write_text(CHINESE, encoding="utf-8")
    return folder
