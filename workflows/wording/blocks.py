"""The pieces a paper is made of, as plain data: the layouts of the desk turn them into PDF, DOCX and pages.

A block is a dictionary with its kind under "t" and text everywhere else, so that what was signed can be frozen, hashed
and read in ten years without this program.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.law.instruments import article
from workflows.wording.amounts import figures, in_words

Block = dict[str, Any]
#: so many lines of a worker table stand in the text of a letter; more become its annex
IN_THE_TEXT = 8


def p(text: str) -> list[Block]:
    """Paragraphs, one for each line of the text; nothing for no text."""
    return [{"t": "p", "text": line.strip()} for line in text.splitlines() if line.strip()]


def heading(text: str) -> list[Block]:
    return [{"t": "h", "text": text}]


def items(entries: Iterable[str]) -> list[Block]:
    """A numbered list; nothing for no entries."""
    told = [entry.strip() for entry in entries if entry.strip()]
    return [{"t": "items", "items": told}] if told else []


def form(*rows: tuple[str, str]) -> list[Block]:
    """Ruled rows of label and value; a value that is not known says so and is never blank."""
    return [{"t": "form", "rows": [[label, value.strip() or "（未提供）"] for label, value in rows]}]


def opinion(label: str, text: str, who: str) -> list[Block]:
    """The opinion of the officer who submits a form, with his signature and date."""
    return [{"t": "opinion", "label": label, "text": text, "who": who}]


def approval(label: str) -> list[Block]:
    """The place of the approver's opinion, name and date; filled from the approval when the paper is signed."""
    return [{"t": "approval", "label": label}]


def signatures(*labels: str) -> list[Block]:
    """Lines to be signed by hand, each with its date."""
    return [{"t": "sign", "labels": list(labels)}]


def slip(title: str, text: str, *labels: str) -> list[Block]:
    """A receipt to be cut off, signed and sent back (回执)."""
    return [{"t": "slip", "title": title, "text": text, "labels": list(labels)}]


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), foot: Sequence[str] = ()
) -> Block:
    """A table whose head repeats on each page; `right` names the columns of figures."""
    return {
        "t": "table", "head": list(head), "rows": [list(r) for r in rows], "right": list(right), "foot": list(foot),
    }  # fmt: skip


def worker_table(content: dict[str, Any], *, open_only: bool = True) -> list[Block]:
    """The workers with what each is owed; a long one goes to the annex, after the signatures."""
    shown = [w for w in content["workers"] if not open_only or Decimal(w["rest"]) > 0]
    if not shown:
        return []
    rows = [
        [str(n), w["name"], w["period"], figures(Decimal(w["owed"])), figures(Decimal(w["rest"]))]
        for n, w in enumerate(shown, start=1)
    ]
    sums = [figures(sum((Decimal(w[part]) for w in shown), Decimal(0))) for part in ("owed", "rest")]
    made = table(
        ["序号", "姓名", "欠薪期间", "应付（元）", "尚欠（元）"], rows, right=[3, 4],
        foot=["合计", f"{content['head_count']}人", "", *sums],
    )  # fmt: skip
    if len(rows) <= IN_THE_TEXT:
        return [made]
    return [*p("劳动者名单及金额见附件。"), {"t": "annex", "title": "劳动者工资明细表", "body": [made]}]


def annexes_of(content: dict[str, Any]) -> list[str]:
    """The titles of a paper's annexes, in their order."""
    return [block["title"] for block in content["body"] if block["t"] == "annex"]


def ended(text: str) -> str:
    """A text of an officer as a sentence: it ends with one full stop, whether he put one or not."""
    told = text.strip()
    return told if not told or told.endswith(("。", "！", "？", "。”", "。）")) else f"{told.rstrip('；，、;,.')}。"


def money(amount: Decimal | str) -> str:
    """An amount as a paper says it: 人民币壹万元整（¥10,000.00）."""
    value = Decimal(amount)
    return f"人民币{in_words(value)}（¥{figures(value)}）"


def day(value: date | str) -> str:
    """2026年3月2日."""
    on = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{on.year}年{on.month}月{on.day}日"


def cited(*laws: str) -> str:
    """Articles by full name: 《劳动保障监察条例》第三十条."""
    return article("; ".join(laws))


def named(people: Sequence[dict[str, str]]) -> str:
    """Officers with the numbers of their certificates."""
    return "、".join(
        f"{one['name']}（执法证号{one['certificate']}）" if one["certificate"] else one["name"] for one in people
    )
