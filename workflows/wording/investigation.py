"""Papers of the investigation: 调查询问通知书, 笔录, 先行登记保存通知书, 协助函, 约谈通知书, 延期审批表."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows import clock
from workflows.law.limits import display_name
from workflows.law.limits import rule as law_of
from workflows.wording.blocks import (
    Block,
    approval,
    cited,
    day,
    form,
    items,
    money,
    named,
    opinion,
    p,
    signatures,
    table,
)

if TYPE_CHECKING:
    from workflows.action import Step


def inquiry_notice(step: Step, content: dict[str, Any]) -> list[Block]:
    """Time and place, materials, consequence, contact (5.3; the answer is due as INV-05 says)."""
    told = step.inputs
    place = told.get("place") or content["bureau_address"] or content["bureau"]
    when = f"于{day(told['on_day'])}" if told.get("on_day") else "自收到本通知书之日起七日内"
    return [
        *p(f"因调查{_about(content)}的需要，依据{content['articles']}，请你单位{when}到{place}接受调查询问，并携带下列材料："),
        *items(told["materials"].splitlines()),
        *p("请你单位自收到本通知书之日起七日内作出书面答复。委托他人接受询问的，须提交授权委托书和受托人身份证明。"),
        *p(
            "无理抗拒、阻挠调查，不按要求报送书面材料，隐瞒事实真相，出具伪证或者隐匿、毁灭证据的，"
            f"依据{cited('LSIR 30')}处理；不提供依法应当保存的工资支付凭证等材料的，依据{cited('WPR 50')}承担不利后果。"
        ),
    ]  # fmt: skip


def interview_record(step: Step, content: dict[str, Any]) -> list[Block]:
    told = step.inputs
    shown = "询问开始时已出示执法证件，并告知其有如实回答的义务和申请回避的权利。"
    refused = "被询问人拒绝签名，询问人员已注明。" if told.get("refused_to_sign") else ""
    return [
        *form(
            ("询问时间", _when(step)),
            ("询问地点", told["place"]),
            ("被询问人", told["person"]),
            ("询问人员", named(content["inspectors"])),
            ("告知事项", shown if told.get("certificates_shown") else ""),
        ),
        *p(told["said"]),
        *p(refused or "以上笔录已交被询问人核对（宣读），与所述一致。"),
        *signatures("被询问人签名", "询问人员签名", "询问人员签名"),
    ]


def site_check_record(step: Step, content: dict[str, Any]) -> list[Block]:
    """The four things looked for on a building site (WPR 26–34) stand with yes, no or not looked at."""
    told = step.inputs
    looked = [
        ("维权信息告示牌（WPR 34 各项内容）", told.get("rights_board")),
        ("农民工工资专用账户", told.get("special_account")),
        ("农民工工资保证金", told.get("deposit")),
        ("用工实名登记台账", told.get("real_name")),
    ]
    marks = {True: "有，符合规定", False: "没有或者不符合规定", None: "未检查"}
    return [
        *form(
            ("检查时间", _when(step)),
            ("检查地点", told["place"]),
            ("被检查单位", content["employer"]),
            ("检查人员", named(content["inspectors"])),
        ),
        *p(told["found"]),
        table(["检查项目", "情况"], [[what.replace("WPR 34 各项内容", "规定的各项内容"), marks[is_so]] for what, is_so in looked]),
        *p("以上笔录已交被检查单位在场人员核对，与现场情况一致。"),
        *signatures("在场人员签名", "检查人员签名", "检查人员签名"),
    ]  # fmt: skip


def preservation_notice(step: Step, content: dict[str, Any]) -> list[Block]:
    listed = [line.strip() for line in step.inputs["items"].splitlines() if line.strip()]
    return [
        *p(
            f"因调查{_about(content)}，下列物品可能灭失或者以后难以取得，经本机关负责人批准，依据{content['articles']}，"
            "对其先行登记保存。登记保存期间，当事人或者有关人员不得销毁或者转移。本机关将在七日内作出处理决定。"
        ),
        table(["序号", "登记保存的物品"], [[str(n), what] for n, what in enumerate(listed, start=1)]),
        *signatures("当事人（在场人）签名", "执法人员签名"),
        *p("当事人对登记保存的物品、数量无异议的，请在本通知书上签名；拒绝签名的，由执法人员注明。"),
    ]


def assistance_letter(step: Step, content: dict[str, Any]) -> list[Block]:
    told = step.inputs
    return [
        *p(f"本机关正在查办{_about(content)}一案（{content['case_number']}），依据{content['articles']}，请你单位协助下列事项："),
        *p(told["question"]),
        *p(f"请于{day(told['due_on'])}前书面答复。不能提供协助的，请书面说明理由。所获资料仅用于本案查办。"),
    ]  # fmt: skip


def summons(step: Step, content: dict[str, Any]) -> list[Block]:
    told = step.inputs
    return [
        *p(f"本机关正在查办{_about(content)}一案（{content['case_number']}）。依据{content['articles']}，现通知你接受约谈。"),
        *form(("约谈时间", day(told["on_day"])), ("约谈地点", told["place"]), ("通知方式", told["how_told"])),
        *p("请携带身份证明、工资支付和用工管理的有关材料按时到场；不能到场的，请提前书面说明理由。"),
    ]  # fmt: skip


def extension_form(step: Step, content: dict[str, Any]) -> list[Block]:
    rule, before, after = step.facts["extended"]
    return [
        *form(
            ("案号", content["case_number"]),
            ("当事人", content["employer"]),
            ("延长的期限", display_name(rule)),
            ("原期限届满日", day(before)),
            ("延长后届满日", day(after)),
            ("依据", law_of(rule).article),
        ),
        *opinion("申请延长的理由", step.inputs["reason"], named(content["inspectors"])),
        *approval("审批意见（局负责人）"),
    ]


def arrears(content: dict[str, Any]) -> str:
    """林大河等2名劳动者的工资共计人民币…；the sum in words is the sum of the lines."""
    names = list(dict.fromkeys(w["name"] for w in content["workers"]))
    who = (
        f"{names[0]}等{content['head_count']}名劳动者" if content["head_count"] > 1 else f"{names[0]}" if names else ""
    )
    return f"{who}的工资共计{money(content['total'])}"


def _about(content: dict[str, Any]) -> str:
    at = f"在{content['project']['name']}项目" if content["project"]["name"] else ""
    return f"{content['employer']}{at}涉嫌拖欠工资"


def _when(step: Step) -> str:
    at = step.at.astimezone(clock.SHANGHAI)
    return f"{day(at.date())}{at.hour}时{at.minute:02}分"
