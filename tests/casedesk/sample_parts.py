"""Invented people, firms, forms and dates that sample pages are made of; nothing here is a test vector of the law."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace as Plain
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from workflows.inputs import (
    Choice,
    CleanText,
    Count,
    IdNumber,
    Inputs,
    LegalDay,
    Moment,
    Money,
    Months,
    Phone,
    Rows,
    Tick,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 23)


def moment(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def link(label: str, url: str = "#", **more: Any) -> dict[str, Any]:
    return {"label": label, "url": url, **more}


def pair(label: str, value: object, **more: Any) -> dict[str, Any]:
    return {"label": label, "value": value, **more}


def act(label: str, reason: str = "", **more: Any) -> dict[str, Any]:
    return {"label": label, "url": "/act/", "possible": not reason, "reason": reason, **more}


OVER = Plain(state="over", text="超期 4 个工作日", title="调查期限：11-17 届满")
TODAY_CHIP = {"state": "today", "text": "今日到期", "title": "受理审查：今日届满"}
SOON = Plain(state="soon", text="剩 1 个工作日", title="")
OK = Plain(state="ok", text="剩 12 个工作日", title="")
HOLD = Plain(state="hold", text="已中止计时", title="")


# ---- forms ----------------------------------------------------------------------------------------------------


class LineInputs(Inputs):
    worker_name = CleanText(label="姓名")
    worker_phone = Phone(label="手机号", required=False)
    period_from = LegalDay(label="起始日", required=False)
    period_to = LegalDay(label="截止日", required=False)
    claimed = Money(label="欠付（元）")


class IntakeInputs(Inputs):
    channel = Choice(label="渠道", choices=[("hotline", "热线"), ("window", "窗口来访")])
    received_at = Moment(label="收到时间", required=False)
    complainant_phone = Phone(label="手机号")
    complainant_name = CleanText(label="姓名")
    id_number = IdNumber(label="身份证号", required=False)
    complainant_residence = CleanText(label="住址（乡镇）", required=False)
    confidentiality_requested = Tick(label="要求对单位保密")
    anonymous = Tick(label="匿名")
    employer_name = CleanText(label="用人单位", required=False)
    project_name = CleanText(label="工程项目 / 工作地点", required=False)
    township = forms.ChoiceField(
        label="所在乡镇", required=False, choices=[("", "不详"), ("cg", "城关镇"), ("zc", "张村镇")]
    )
    crew_leader_name = CleanText(label="带班人姓名", required=False)
    crew_leader_phone = Phone(label="带班人电话", required=False)
    industry_sector = forms.ChoiceField(
        label="行业",
        required=False,
        widget=forms.RadioSelect,
        choices=[("engineering", "工程建设"), ("other", "非工程")],
    )
    worker_count = Count(label="涉及人数", required=False)
    lines = Rows(LineInputs, label="欠薪明细", required=False)
    arrears_from = LegalDay(label="欠薪起", required=False)
    arrears_to = LegalDay(label="欠薪止", required=False)
    amount_claimed = Money(label="主张金额（元）", required=False)
    months_owed = Months(label="欠几个月", required=False)
    pay_basis = Choice(label="计薪方式", required=False, choices=[("", "—"), ("month", "按月"), ("day", "按日")])
    violation_facts = CleanText(label="通话记录要点", lines=True, help_text="照来电人的话记，不用归纳。")
    requests = CleanText(label="诉求", lines=True, required=False)
    general_contractor = CleanText(label="总承包单位", required=False)
    other_procedures = CleanText(label="已申请的仲裁、诉讼", required=False)


class OrderInputs(Inputs):
    pay_by = LegalDay(label="责令支付的最后日期", help_text="由承办人确定的日期，从送达后起算。")
    addressee = Choice(
        label="责令对象", choices=[("", "请选择"), ("employer", "用人单位"), ("contractor", "施工总承包单位")]
    )
    instalments = Rows(LineInputs, label="责令明细")
    remark = CleanText(label="说明", lines=True, required=False)
    at = Moment(label="办理时间", required=False)


class SignInInputs(forms.Form):
    label_suffix = ""
    username = forms.CharField(label="账号")
    password = forms.CharField(label="密码", widget=forms.PasswordInput)


class CodeInputs(forms.Form):
    label_suffix = ""
    code = forms.CharField(label="回执码", help_text="例如 7K4M-92QF-3")
    second = forms.CharField(label="手机号后四位", help_text="登记时没有留手机号的，填登记时告诉您的四位数字")


def refused_intake() -> IntakeInputs:
    return IntakeInputs(
        {
            "channel": "hotline",
            "complainant_phone": "138 0000 44",
            "complainant_name": "",
            "employer_name": "川岳建筑劳务有限公司",
            "industry_sector": "engineering",
            "violation_facts": "5 月进场，口头约定日薪 320 元。",
            "lines-0-worker_name": "周成林",
            "lines-0-claimed": "12,640",
            "lines-3-worker_name": "周成山",
            "lines-3-claimed": "一万二",
        }
    )


# ---- parts ----------------------------------------------------------------------------------------------------

FRAME: dict[str, Any] = {
    "nav": [
        link("登记", "/intake/", icon="phone-call"),
        link("我的案件", "/queue/", icon="list-checks", current=True, badge=7),
        link("联合接待", "/reception/", icon="handshake"),
        link("积压看板", "/lead/", icon="chart-column"),
    ],
    "me": Plain(name="刘敏", agency="劳动保障监察大队", role="监察员"),
    "today": TODAY,
    "DEMO": True,
    "search_url": "/search/",
    "back_url": "/queue/",
}
FACTS = [
    pair("案号", "渑人社监案〔2026〕187号"),
    pair("投诉人", "周成林 等 23 人"),
    pair("欠薪余额", "486,200 元"),
    pair("项目", "滨河花园二期（城关镇）"),
    pair("总包", "川岳建设集团有限公司"),
    pair("主办 / 协办", "刘敏 / 郑涛"),
]
STEPS = [
    {"label": "登记", "note": "08-21 陈雪", "state": "done"},
    {"label": "受理立案", "note": "08-25 王队", "state": "done"},
    {"label": "调查核实", "note": "第 64 / 60 个工作日", "state": "over"},
    {"label": "责令支付", "note": "未开始", "state": "todo"},
    {"label": "处理决定", "note": "", "state": "todo"},
    {"label": "结案", "note": "", "state": "todo"},
]
LIMITS = [
    {
        "name": "调查期限",
        "chip": OVER,
        "start": date(2026, 8, 25),
        "due": date(2026, 11, 17),
        "target": "60 个工作日",
        "percent": 100,
        "article": "《劳动保障监察条例》",
        "who": "劳动保障监察大队",
    },
    {
        "name": "协查回复",
        "chip": OK,
        "start": date(2026, 11, 12),
        "due": date(2027, 1, 5),
        "target": "",
        "percent": 30,
        "provisional": True,
        "who": "住房和城乡建设局",
        "article": "",
        "url": "#",
    },
    {"name": "移送答复", "chip": HOLD, "due": None, "target": "移送期间不计", "percent": None},
]
ENTRIES = [
    {
        "icon": "phone",
        "title": "电话联系项目经理",
        "who": "刘敏 · 劳动保障监察大队",
        "when": moment(11, 23, 10, 42),
        "text": "对方称工资表在总包处，承诺 11-24 前补交。\n已告知：逾期不提供的，由用人单位承担举证不利后果。",
    },
    {
        "icon": "triangle-alert",
        "title": "调查期限超期",
        "who": "系统",
        "when": moment(11, 18, 0, 10),
        "text": "期限届满日 11-17。",
        "quiet": True,
        "over": True,
    },
    {
        "icon": "reply",
        "title": "协查回复",
        "who": "张伟 · 住房和城乡建设局",
        "when": moment(11, 19, 15, 5),
        "text": "保证金账户余额 60 万元。",
    },
    {
        "icon": "pencil",
        "title": "更正登记的起始月",
        "who": "陈雪 · 12345",
        "when": moment(8, 22),
        "text": "",
        "correction": True,
    },
    {
        "icon": "phone-incoming",
        "title": "热线登记",
        "who": "陈雪 · 12345",
        "when": moment(8, 21, 11, 3),
        "text": "来电人代表 23 名工友。",
    },
]
LEDGER = {
    "lines": [
        {
            "worker": "周成林",
            "note": "钢筋工",
            "period": "2026-06 至 2026-07",
            "claimed": Decimal("12640"),
            "verified": Decimal("12640"),
            "ordered": Decimal("12640"),
            "paid": Decimal("4000.50"),
            "rest": Decimal("8639.50"),
            "settled": "",
        },
        {
            "worker": "周成林",
            "note": "钢筋工",
            "period": "2026-08",
            "claimed": Decimal("3000"),
            "verified": None,
            "ordered": None,
            "paid": 0,
            "rest": Decimal("3000"),
            "settled": "",
        },
        {
            "worker": "冯二毛",
            "note": "小工",
            "period": "2026-06 至 2026-07",
            "claimed": Decimal("10100"),
            "verified": Decimal("9900"),
            "ordered": Decimal("9900"),
            "paid": Decimal("9900"),
            "rest": Decimal("0"),
            "settled": "已付清",
        },
    ],
    "totals": {
        "workers": 2,
        "claimed": Decimal("25740"),
        "verified": Decimal("22540"),
        "ordered": Decimal("22540"),
        "paid": Decimal("13900.5"),
        "rest": Decimal("11639.5"),
    },
}
CHECKS = [
    {
        "text": "欠薪达到立案追诉数额",
        "met": True,
        "note": "3 人以上、合计 40,000 元以上",
        "evidence": [link("工资明细")],
    },
    {"text": "责令支付文书已送达且期满", "met": False, "note": "", "evidence": []},
    {"text": "逃匿或有能力支付", "met": None, "note": "", "evidence": []},
]
ACTS = [
    act("制作责令支付文书", icon="file-pen-line", primary=True),
    act("登记送达", icon="send"),
    act("提请移送公安", "责令支付文书未送达", icon="shield-alert"),
]
MORE = [
    {
        "label": "劳动保障监察",
        "acts": [act("记录询问"), act("申请延长期限"), act("结案", "还有 12 条明细未了结；责令支付文书未送达")],
    },
    {"label": "联合接待", "acts": [act("安排联合接待")]},
]
PEOPLE = [
    {
        "role": "代表人",
        "name": "周成林",
        "pairs": [pair("手机", "138 **** 4417"), pair("来源", "12345 热线")],
        "reveal_url": "/reveal/",
    }
]
HITS = [
    {
        "reason": "同一来电人手机",
        "likeness": "高",
        "number": "渑人社监案〔2026〕187号",
        "url": "#",
        "stage": "调查核实",
        "chip": OVER,
        "text": "滨河花园二期 · 23 人 · 486,200 元",
        "office": "主办 刘敏",
        "phone": "0398-0000000",
    },
    {
        "reason": "同一带班人电话",
        "likeness": "中",
        "number": "渑人社监案〔2025〕93号",
        "url": "",
        "stage": "结案",
        "chip": None,
        "text": "2025-12 结案，责令后全额支付",
    },
]
PROCEDURES = [
    {
        "label": "联合接待",
        "state": "已达成协议",
        "since": date(2026, 11, 2),
        "chip": SOON,
        "url": "#",
        "note": "第 2 期 30,000 元",
    },
    {"label": "移送公安（拒不支付劳动报酬）", "state": "已报请", "since": date(2026, 11, 20), "chip": OK},
]
APPROVALS = [
    {
        "act": "申请延长调查期限",
        "asked_by": "刘敏",
        "asked_at": moment(11, 20),
        "role": "局负责人",
        "state": "requested",
        "state_label": "待审批",
        "chip": SOON,
    },
    {
        "act": "采取证据登记保存",
        "asked_by": "刘敏",
        "asked_at": moment(9, 20),
        "role": "局负责人",
        "state": "refused",
        "state_label": "不同意",
        "decided_by": "赵局",
        "reason": "理由不充分",
    },
]
EFFECTS = [
    {"icon": "clock", "label": "将启动", "items": [{"text": "责令支付期限（到您填写的日期）", "note": "从送达起算"}]},
    {"icon": "square", "label": "将停止", "items": [{"text": "作出决定期限", "note": ""}]},
    {"icon": "file-text", "label": "将生成", "items": [{"text": "《限期改正指令书》", "note": "编号在批准时确定"}]},
    {"icon": "bell", "label": "将通知", "items": [{"text": "投诉人：短信"}, {"text": "住房和城乡建设局：抄送"}]},
]
BUCKETS = [
    link("已超期", count=2, icon="triangle-alert", time="over"),
    link("今日到期", count=1, icon="bell", time="today"),
    link("3 个工作日内", count=4, icon="clock", time="soon"),
    link("待我签批", count=0, icon="pen-line"),
    link("公安退回", count=1, icon="undo-2"),
    link("我的在办", count=38, icon="inbox", current=True),
]
FILTERS = {
    "q": "",
    "placeholder": "案号、单位或项目",
    "selects": [
        {"name": "stage", "label": "阶段", "options": [pair("全部阶段", "", selected=True), pair("调查核实", "i")]},
        {"name": "town", "label": "乡镇", "options": [pair("全部乡镇", ""), pair("城关镇", "cg")]},
    ],
    "chosen": [link("承办：我")],
}


def queue_row(
    chip: object,
    clock_name: str,
    number: int,
    who: str,
    count: int,
    employer: str,
    amount: object,
    word: str,
    **more: Any,
) -> Plain:
    row = {
        "chip": chip,
        "clock_name": clock_name,
        "number": f"渑人社监案〔2026〕{number}号",
        "url": f"/cases/{number}/",
        "complainant": who,
        "worker_count": count,
        "employer": employer,
        "amount": amount,
        "stage": word,
        "place": "城关镇 · 滨河花园二期",
        "tags": [],
        "next_step": "催收项目部工资台账",
        "last": date(2026, 11, 20),
        "id": number,
    }
    return Plain(**(row | more))


ROWS = [
    queue_row(
        OVER,
        "调查期限 60 个工作日",
        187,
        "周成林",
        23,
        "川岳建筑劳务有限公司",
        486200,
        "调查核实",
        tags=[{"label": "集体访", "urgent": True}],
    ),
    queue_row(
        TODAY_CHIP, "受理审查 5 个工作日", 240, "何秀英", 1, "香满园餐饮店（个体）", 8400, "受理立案", place="张村镇"
    ),
    queue_row(
        SOON,
        "作出决定",
        236,
        "陈志远",
        15,
        "远大路桥工程有限公司渑池县乡道改造工程第三标段项目经理部",
        318000,
        "责令支付",
        tags=[{"label": "政府项目"}],
    ),
    queue_row(OK, "处理决定", 166, "𠮷小平", 31, "金鼎房地产开发有限公司", Decimal("1126000.55"), "处理决定"),
    queue_row(HOLD, "移送期间不计", 140, "孙立", 5, "恒信门窗有限公司", None, "结案", last="2 小时前"),
    queue_row(None, "", 128, "吴桂芳", 1, "锦绣制衣厂", 5600, "转办"),
]
