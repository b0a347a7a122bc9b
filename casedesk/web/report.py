"""周报: the board as a sheet of paper (PDF) and as a workbook, from the numbers of the page; no complainant in either."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from casedesk.papers.render import pdf
from casedesk.sheets import download, workbook
from casedesk.templatetags.cd import legal_date, legal_time, ten_thousand
from casedesk.web.lead import WHO, board_shown
from casedesk.web.lead_addresses import scope_of
from casedesk.web.pages import allow, screen
from workflows.roles import Actor


def _read(request: HttpRequest, actor: Actor, *, kind: str) -> HttpResponse:
    allow(actor, *WHO)
    shown = board_shown(actor, scope_of(request.GET))
    name = f"{_('欠薪案件周报')}_{shown['scope']['name']}_{shown['as_of']:%Y%m%d}"
    if kind == "xlsx":
        return download(workbook(_sheets(shown)), f"{name}.xlsx")
    return download(pdf("weekly.typ", _document(shown)), f"{name}.pdf", "application/pdf")


def _figures(shown: dict[str, Any]) -> list[list[str]]:
    return [
        [
            str(one["label"]),
            f"{one['value']} {one['unit']}",
            "；".join(filter(None, [one.get("note", ""), *(more["text"] for more in one.get("more", ()))])),
        ]
        for one in shown["figures"]
    ]


def _matrix(shown: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
    matrix = shown["matrix"]
    head = [_("阶段"), *(column["label"] for column in matrix["columns"]), _("合计")]
    rows = [[row["label"], *(cell["count"] for cell in row["cells"]), row["total"]] for row in matrix["rows"]]
    return head, [*rows, [_("合计"), *(one["count"] for one in matrix["totals"]), matrix["total"]]]


def _overdue(shown: dict[str, Any]) -> list[list[str]]:
    return [
        [
            row["chip"]["text"] if row["chip"] else "",
            str(row["clock_name"]),
            row["number"],
            row["employer"],
            str(row["worker_count"]),
            ten_thousand(row["amount"]),
            row["officer"],
            row["order"]["text"] if row["order"] else "",
        ]
        for row in shown["overdue"]
    ]


OVERDUE = ("时限", "事项", "案号", "用人单位", "人数", "万元", "承办", "督办")


def _document(shown: dict[str, Any]) -> dict[str, Any]:
    """What the layout sets: strings and tables, nothing else."""
    head, rows = _matrix(shown)
    return {
        "title": _("欠薪案件周报（{scope}）").format(scope=shown["scope"]["name"]),
        "as_of": _("数据截至 {moment}").format(moment=legal_time(shown["as_of"])),
        "figures": _figures(shown),
        "matrix": {"title": _("积压：阶段 × 已办天数"), "head": head, "rows": [[str(v) for v in row] for row in rows]},
        "season": {
            "title": _("春节前欠薪监测（春节 {day}，距今 {n} 天）").format(
                day=legal_date(shown["season"]["festival"]), n=shown["season"]["days_left"]
            ),
            "words": [shown["season"]["finding"], shown["season"]["projection"], shown["trend"]["finding"]],
        },
        "tables": [
            {
                "title": title,
                "head": [_("名称"), _("件"), _("万元"), _("超期")],
                "rows": [[row["name"], str(row["cases"]), ten_thousand(row["rest"]), str(row["late"])] for row in rows],
            }
            for title, rows in (
                (_("乡镇"), shown["towns"]),
                (_("监察员"), shown["officers"]),
                *((group["title"], group["rows"]) for group in shown["debtors"]),
            )
            if rows
        ],
        "overdue": {
            "title": _("超期与今日到期（共 {n} 件，列最急的 {m} 件）").format(
                n=shown["overdue_total"], m=len(shown["overdue"])
            ),
            "head": list(OVERDUE),
            "rows": _overdue(shown),
        },
    }


def _sheets(shown: dict[str, Any]) -> list[tuple[str, list[str], list[list[Any]]]]:
    head, rows = _matrix(shown)
    weeks = [[w["label"], w["now"], w["then"]] for w in shown["season"]["weeks"]]
    months = [[m["label"], m["filed"], m["ended"]] for m in shown["trend"]["months"]]
    groups = [
        [title, row["name"], row["cases"], row["heads"], row["rest"], row["late"]]
        for title, rows in (
            (_("乡镇（在办）"), shown["towns"]),
            (_("监察员（在办）"), shown["officers"]),
            *((group["title"], group["rows"]) for group in shown["debtors"]),
        )
        for row in rows
    ]
    return [
        (
            _("概况"),
            [_("指标"), _("数值"), _("说明")],
            [*_figures(shown), [_("数据截至"), legal_time(shown["as_of"]), ""]],
        ),
        (_("积压"), head, rows),
        (_("春节前监测"), [_("周"), _("本季"), _("去年同期")], weeks),
        (_("月度"), [_("月份"), _("新收"), _("办结")], months),
        (_("分布"), [_("类别"), _("名称"), _("件"), _("人"), _("欠薪余额（元）"), _("超期")], groups),
        (_("超期"), list(OVERDUE), _overdue(shown)),
    ]


report = screen(_read)
