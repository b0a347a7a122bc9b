"""One page of each kind, from invented people and firms: for the template tests and for looking at the pages."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace as Plain
from typing import Any

from casedesk.web.lead import bars_shown, figures_shown, matrix_shown, season_shown, trend_shown
from tests.casedesk.sample_parts import (
    ACTS,
    APPROVALS,
    BUCKETS,
    CHECKS,
    EFFECTS,
    ENTRIES,
    FACTS,
    FILTERS,
    HITS,
    LEDGER,
    LIMITS,
    MORE,
    OK,
    OVER,
    PEOPLE,
    PROCEDURES,
    ROWS,
    SOON,
    STEPS,
    TODAY_CHIP,
    CodeInputs,
    IntakeInputs,
    OrderInputs,
    SignInInputs,
    act,
    moment,
    pair,
    refused_intake,
)
from workflows.reading.board import Board, Group, Which
from workflows.reading.season import season

BOARD = Board(
    as_of=moment(11, 23, 10, 40),
    cells=Counter({("受理立案", 0): 18, ("调查核实", 1): 76, ("调查核实", 3): 14, ("处理决定", 4): 5}),
    open=113, late=31, breached=12, due=2, heads=1386, collective=4, rest=Decimal("9652000.00"), week_ago=96,
    paid=Decimal("12048000.00"), duration=(38, Decimal("38.4")), duration_before=(30, Decimal("44.1")),
    filed={date(2025, 9, 20) + timedelta(days=n): n % 5 for n in range(429)},
    ended={date(2025, 12, 1) + timedelta(days=n): n % 4 for n in range(357)},
    towns=[Group("411221100000", "城关镇", 86, 300, Decimal("4126000"), 14), Group("-", "", 3, 4, Decimal("30200"))],
    officers=[],
)  # fmt: skip


def pages() -> dict[str, tuple[str, dict[str, Any]]]:
    """Every page by name: template and context."""
    listing = {
        "buckets": BUCKETS,
        "filters": FILTERS,
        "pager": {"total": 38, "next_url": "?after=x"},
        "new_url": "/intake/",
        "title": "我的案件",
        "subtitle": "按最近法定时限排序 · 2026年11月23日",
        "clear_url": "?",
        "looked_for": "当前条件：张村镇。可以清除条件。",
    }
    complaint_rows = [
        {
            "chip": chip,
            "clock_name": "受理审查",
            "number": f"投诉 {n}",
            "url": "#",
            "received": moment(11, 20, 8, 5),
            "channel": "热线",
            "complainant": who,
            "worker_count": 3,
            "employer": employer,
            "place": "张村镇",
            "text": "干了三个月没有发工资，" * 6,
            "amount": amount,
            "state_label": state,
            "next_step": "受理审查",
        }
        for n, (chip, who, employer, amount, state) in enumerate(
            [
                (OVER, "何秀英", "香满园餐饮店", 8400, "已登记"),
                (TODAY_CHIP, "", "", None, "草稿"),
                (OK, "李福来", "顺达运输队", 27800, "待补正"),
            ],
            1,
        )
    ]
    case = {
        "case": Plain(
            employer="川岳建筑劳务有限公司",
            number="渑人社监案〔2026〕187号",
            chip=OVER,
            tags=[{"label": "集体访", "urgent": True}],
        ),
        "position": {"text": "第 3 / 38 件", "previous_url": "#", "next_url": "#"},
        "facts": FACTS,
        "acts": ACTS,
        "more": MORE,
        "steps": STEPS,
        "procedures": PROCEDURES,
        "approvals": APPROVALS,
        "entries": ENTRIES,
        "ledger": LEDGER,
        "limits": LIMITS,
        "checks": CHECKS,
        "checks_met": 1,
        "people": PEOPLE,
        "evidence": [
            {
                "title": "记工本 6 月.jpg",
                "kind": "考勤记录",
                "who": "周成林",
                "added": date(2026, 8, 21),
                "digest": "9f2c" * 16,
                "url": "#",
            }
        ],
        "papers": [
            {
                "title": "劳动保障监察询问通知书",
                "number": "渑人社监询〔2026〕31号",
                "made": date(2026, 11, 12),
                "served": "11-13 留置送达",
                "url": "#",
                "pdf_url": "#",
                "docx_url": "#",
            }
        ],
        "complaints": [
            {
                "number": "投诉 1",
                "url": "#",
                "complainant": "周成林",
                "worker_count": 23,
                "channel": "热线",
                "received": moment(8, 21, 11, 3),
                "state_label": "已受理",
            }
        ],
    }
    complaint = case | {
        "complaint": Plain(
            title="香满园餐饮店",
            number="投诉 240",
            chip=TODAY_CHIP,
            state_label="已登记",
            text="我们三个人干了三个月，\n工资一直没发。",
            tags=[],
        ),
        "steps": [STEPS[0], {"label": "不予受理", "note": "11-20 王队", "state": "end"}],
        "groups": [
            {
                "label": "投诉人",
                "pairs": [pair("姓名", "何秀英"), pair("住址", ""), pair("职业", "服务员"), pair("性别", "女")],
            },
            {"label": "被投诉单位", "pairs": [pair("名称", "香满园餐饮店"), pair("工作地点", "", missing=True)]},
        ],
        "hits": HITS,
        "same_caller": "同一来电人 8 月已登记过",
        "procedures": [],
        "approvals": [],
    }
    subject = Plain(title="川岳建筑劳务有限公司", number="渑人社监案〔2026〕187号", url="/cases/187/", chip=OVER)
    order = Plain(
        label="责令限期支付",
        procedure="劳动保障监察",
        law="《劳动保障监察条例》第二十六条",
        verb="",
        danger=False,
        help="",
    )
    request = {
        "id": 1,
        "kind": "request",
        "act": "责令限期支付",
        "number": "渑人社监案〔2026〕187号",
        "url": "#",
        "employer": "川岳建筑劳务有限公司",
        "worker_count": 23,
        "amount": 486200,
        "asked_by": "刘敏",
        "asked_at": moment(11, 22),
        "why": "事实已查清。",
        "chip": SOON,
        "clock_name": "作出决定期限",
        "law": order.law,
        "inputs": [pair("责令支付的最后日期", "2026-12-03")],
        "effects": EFFECTS[:2],
        "papers": [{"title": "《限期改正指令书》草稿", "url": "#", "link": "PDF", "text": "责令你单位于……"}],
        "decide_url": "/approvals/1/decide/",
    }
    transfer = {
        "transfer": Plain(
            number="渑人社监移〔2026〕3号",
            employer="鼎力装饰工程有限公司",
            kind_label="拒不支付劳动报酬",
            state_label="已接收",
            chip=SOON,
            summary="该单位欠付 7 名工人工资 142,600 元，经责令仍不支付。",
            receipt=Plain(signer="县公安局 孙警官", at=moment(11, 20, 16, 2), digest="ab12" * 16),
        ),
        "facts": FACTS[:4],
        "acts": [act("立案", primary=True), act("要求补充材料"), act("不予立案", danger=True)],
        "checks": CHECKS,
        "checks_met": 1,
        "limits": LIMITS[:2],
        "entries": ENTRIES[:2],
        "package": [
            {"title": "涉嫌犯罪案件移送书", "copies": 1, "pages": 2, "digest": "0c1d" * 16, "url": "#"},
            {"title": "银行流水", "missing": True},
        ],
    }
    notice = {
        "id": 1,
        "kind": "协查",
        "title": "请协助核实工资保证金",
        "from": "县人力资源和社会保障局",
        "posted_at": moment(11, 19),
        "chip": SOON,
        "state": "delivered",
        "state_label": "已送达",
        "text": "请核实滨河花园二期的工资保证金存储情况，并于 11-25 前答复。",
        "fields": [pair("项目", "滨河花园二期"), pair("总包", "川岳建设集团有限公司")],
        "basis": "联席会议办法",
        "receipt_url": "/n/1/",
        "answer_url": "/n/1/answer/",
        "attachments": [{"title": "协查函.pdf", "url": "#"}],
    }
    answered = notice | {
        "id": 2,
        "chip": None,
        "receipt_url": "",
        "answer_url": "",
        "state_label": "已答复",
        "answered": {"who": "张伟", "at": moment(11, 20), "text": "保证金账户余额 60 万元。"},
    }
    receipt = {
        "code": "7K4M-92QF-3",
        "spoken": "7、K、4、M，9、2、Q、F，3",
        "second": "手机号后四位",
        "sms": "短信正在发往 138****4417",
        "number": "投诉 240",
        "registered_at": moment(11, 23, 10, 44),
        "office": "县劳动保障监察大队",
        "phone": "0398-0000000",
        "next": "我们会在 5 个工作日内告诉您是否受理。",
    }
    lead = {
        "as_of": BOARD.as_of,
        "scope": {"towns": [], "agencies": [], "name": "全县", "query": "", "whole": True},
        "figures": figures_shown(BOARD, Which(), date(2026, 11, 23)),
        "matrix": matrix_shown(BOARD, Which()),
        "season": season_shown(season(BOARD.filed, date(2026, 11, 23)), Which()),
        "trend": trend_shown(BOARD, Which(), date(2026, 11, 23)),
        "towns": bars_shown(BOARD.towns, lambda g: Which(town=g.key)),
        "officers": [],
        "debtors": [
            {"title": "用人单位", "rows": bars_shown(BOARD.towns, lambda g: Which(employer=g.key))},
            {"title": "班组长", "rows": []},
        ],
        "overdue": [
            {
                "chip": OVER,
                "clock_name": "调查期限",
                "employer": "金鼎房地产开发有限公司",
                "number": "渑人社监案〔2026〕87号",
                "url": "#",
                "worker_count": 31,
                "amount": 1126000,
                "stage": "调查核实",
                "officer": "郑涛",
                "breach": True,
                "order": {"text": "督办待答复，限 11-30", "waiting": True},
                "supervise_url": "#",
            }
        ],
        "overdue_url": "#",
        "overdue_total": 31,
    }
    progress = {
        "code": "7K4M-92QF-3",
        "headline": "正在调查核实",
        "updated": date(2026, 11, 19),
        "elapsed": "已过去 64 个工作日",
        "delay": "调查期限已于 11 月 17 日届满。监察大队将在 11 月 26 日前告知您处理情况。",
        "wanted": ["记工本照片", "和带班人的聊天截图"],
        "upload_url": "/p/e/",
        "steps": [
            {"label": "已登记", "when": moment(8, 21, 11, 3), "state": "done", "text": "您的投诉已登记。"},
            {"label": "已受理", "when": date(2026, 8, 25), "state": "done"},
            {"label": "调查核实中", "when": "现在", "state": "current", "text": "正在核实工资账目。"},
            {"label": "责令支付", "state": "todo"},
            {"label": "办结", "state": "todo"},
        ],
        "office": "县劳动保障监察大队",
        "phone": "0398-0000000",
        "supervisor_phone": "12345",
    }
    action_page = {"act": order, "subject": subject, "effects": EFFECTS, "seen_version": 7, "form": OrderInputs()}
    return {
        "sign_in": ("casedesk/sign_in.html", {"form": SignInInputs(), "nav": [], "me": None}),
        "queue": ("casedesk/queue.html", listing | {"rows": ROWS, "with_checks": True}),
        "queue_empty": ("casedesk/queue.html", listing | {"rows": [], "pager": {"total": 0}}),
        "complaints": ("casedesk/complaints.html", listing | {"rows": complaint_rows, "title": "待受理"}),
        "case": ("casedesk/case.html", case),
        "complaint": ("casedesk/complaint.html", complaint),
        "intake": (
            "casedesk/intake.html",
            {"form": IntakeInputs(), "hits": [], "goes_to": {"office": "县劳动保障监察大队", "why": "按规则派单"}},
        ),
        "intake_refused": (
            "casedesk/intake.html",
            {"form": refused_intake(), "hits": HITS, "same_caller": "同一来电人 8 月已登记过", "lookup_url": "/l/"},
        ),
        "action": ("casedesk/action.html", action_page | {"approval": {"role": "监察大队长", "note": ""}}),
        "action_conflict": (
            "casedesk/action.html",
            action_page
            | {
                "form": OrderInputs({"pay_by": "2026-13-01"}),
                "conflict": {"who": "郑涛", "when": moment(11, 23, 10, 1), "changes": ["记录询问：项目经理"]},
            },
        ),
        "action_blocked": ("casedesk/action.html", action_page | {"blocked": ["责令支付文书未送达"], "acts": ACTS[:2]}),
        "approvals": (
            "casedesk/approvals.html",
            {
                "title": "待我签批",
                "subtitle": "2 件",
                "requests": [
                    request,
                    request
                    | {
                        "id": 2,
                        "kind": "transfer",
                        "act": "移送公安",
                        "errors": "不同意须写明理由",
                        "effects": [],
                        "acting": "渑政任〔2026〕5号",
                    },
                    request | {"id": 3, "blocked": "案件已由他人办理，本请求自动退回"},
                ],
                "decided": [
                    {
                        "act": "延长调查期限",
                        "number": "渑人社监案〔2026〕140号",
                        "url": "#",
                        "employer": "恒信门窗有限公司",
                        "answer": "同意",
                        "by": "赵局",
                        "at": moment(11, 20),
                        "reason": "",
                    }
                ],
            },
        ),
        "police": (
            "casedesk/police.html",
            listing
            | {
                "title": "移送接收",
                "buckets": BUCKETS[:3],
                "rows": [
                    {
                        "chip": SOON,
                        "clock_name": "审查立案",
                        "number": "渑人社监移〔2026〕3号",
                        "url": "#",
                        "kind_label": "拒不支付劳动报酬",
                        "employer": "鼎力装饰工程有限公司",
                        "worker_count": 7,
                        "amount": 142600,
                        "state_label": "已接收",
                        "received": moment(11, 20, 16, 2),
                        "next_step": "作出立案决定",
                    }
                ],
            },
        ),
        "transfer": ("casedesk/transfer.html", transfer),
        "inbox": (
            "casedesk/inbox.html",
            {"title": "待回复协查", "subtitle": "住房和城乡建设局", "buckets": [], "notices": [notice, answered]},
        ),
        "receipt": ("casedesk/receipt.html", {"receipt": receipt, "complaint_url": "#", "new_url": "/intake/"}),
        "lead": ("casedesk/lead.html", lead),
        "progress": ("casedesk/progress.html", {"progress": progress}),
        "progress_form": ("casedesk/progress.html", {"form": CodeInputs({"code": "1", "second": ""})}),
        "403": ("403.html", {"reason": "这个动作由监察大队长办理。"}),
        "404": ("404.html", {}),
        "409": ("409.html", {"reason": "责令支付文书未送达。", "acts": ACTS}),
        "500": ("500.html", {}),
    }
