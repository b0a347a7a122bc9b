"""移送标准核对表: the frozen threshold sheet as the annex of the investigation report.

Words only: what stands here was worked out by `procedures.threshold_sheet` and is printed figure by figure.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from workflows.law.thresholds import UNITS
from workflows.wording.amounts import figures
from workflows.wording.blocks import Block, cited, day, form, heading, items, p, table

TITLE = "移送标准核对表"
ELEMENTS = "一二三"
REGIONS = {"henan": "河南省", "": "全国"}


def threshold_annex(sheet: dict[str, Any]) -> Block:
    """The sheet as an annex: elements, evidence, workers, figures, what is missing; none is hidden (rules 3.1)."""
    return {
        "t": "annex",
        "title": TITLE,
        "body": [
            *p(
                f"核对日期：{day(sheet['on'])}。核对依据：{cited('CL 276-1', 'SPC3 1-4', 'HNT')}。“以上”包括本数。"
                "本表列明各要件的依据和欠缺，供审查决定是否移送时使用。"
            ),
            *heading("一、三个要件"),
            table(["要件", "审查", "依据"], [_element(n, one, sheet) for n, one in enumerate(sheet["elements"])]),
            *heading("二、各要件所依据的证据"),
            *_evidence(sheet),
            *heading("三、逐人核对"),
            *_workers(sheet),
            *heading("四、数额标准"),
            *form(*(_figure(f) for f in sheet["figures"])),
            *heading("五、欠缺事项"),
            *(items(sheet["missing"]) or p("没有欠缺事项。")),
        ],
    }  # fmt: skip


def threshold_words(sheet: dict[str, Any]) -> list[Block]:
    """What the report itself says of the sheet."""
    lacking = [e["name"] for e in sheet["elements"] if not e["shown"]]
    found = f"经核对，尚缺：{'；'.join(lacking)}。" if lacking else "经核对，三个要件均已具备。"
    reached = next(e for e in sheet["elements"] if e["key"] == "amount")
    owed = f"涉及劳动者{sheet['workers']}名，尚欠{figures(Decimal(sheet['total']))}元，{'已' if reached['shown'] else '未'}达到数额标准。"
    return p(f"{found}{owed}各要件的依据、证据、逐人数额和所适用的数额标准见附件《{TITLE}》。")


def _element(n: int, one: dict[str, Any], sheet: dict[str, Any]) -> list[str]:
    basis = list(one["basis"])
    if one["key"] == "amount" and (alone := sum(1 for w in sheet["per_worker"] if w["reaches"])):
        basis[:alone] = [f"{alone}名劳动者单独达到数额标准（见第三部分）"]
    told = [*basis, *(f"欠缺：{m}" for m in one["missing"]), f"条文：{one['article']}"]
    return [f"{ELEMENTS[n]}、{one['name']}", "具备" if one["shown"] else "尚缺", "\n".join(told)]


def _evidence(sheet: dict[str, Any]) -> list[Block]:
    rows = [
        [f"要件{ELEMENTS[n]}", item["title"], item["sha256"][:12]]
        for n, one in enumerate(sheet["elements"])
        for item in one.get("evidence", [])
    ]
    return [table(["所属要件", "证据", "校验值"], rows)] if rows else p("案卷中还没有可以列明的证据。")


def _workers(sheet: dict[str, Any]) -> list[Block]:
    rows = [
        [str(n), w["name"], w["months"], figures(Decimal(w["amount"])), "达到" if w["reaches"] else "未达到"]
        for n, w in enumerate(sheet["per_worker"], start=1)
    ]
    if not rows:
        return p("没有尚欠工资的劳动者。")
    foot = ["合计", f"{sheet['workers']}人", "", figures(Decimal(sheet["total"])), ""]
    return [table(["序号", "姓名", "欠薪月数", "尚欠（元）", "单独达标"], rows, right=[3], foot=foot)]


def _figure(one: dict[str, Any]) -> tuple[str, str]:
    """A figure with where it holds, how long, on what it stands and how sure we are of it."""
    unit = UNITS.get(one["unit"], one["unit"])
    between = f"（全国幅度{_plain(one['low'])}—{_plain(one['high'])}{unit}）" if one["low"] and one["high"] else ""
    until = f"至{day(one['valid_to'])}止" if one["valid_to"] else "起施行，未定失效日期"
    by = one.get("confirmed_document", "")  # a sheet frozen before figures could be confirmed has no such word
    told = [
        f"{_plain(one['value'])}{unit}以上{between}，适用于{REGIONS.get(one['region'], one['region'])}",
        f"有效期：{day(one['valid_from'])}{until}",
        f"依据：{one['law']}",
        f"来源：{one['source'] or '未注明'}",
        f"核实情况：{one['confidence']}，{'已' if one['confirmed'] else '尚未'}经确认{f'（{by}）' if by else ''}",
    ]
    return one["name"], "\n".join(told)


def _plain(value: str) -> str:
    """8,000 for a whole figure, 8,000.50 else."""
    amount = Decimal(value)
    return f"{amount:,.0f}" if amount == amount.to_integral_value() else figures(amount)
