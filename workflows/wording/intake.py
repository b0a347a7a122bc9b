"""Papers of the intake and of the joint reception: 不予受理通知书, 补正告知书, 转送单, 立案审批表, 联合接待记录."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows import clock
from workflows.wording.blocks import Block, cited, day, form, items, money, opinion, p, signatures

if TYPE_CHECKING:
    from workflows.action import Step


def decline_notice(step: Step, content: dict[str, Any]) -> list[Block]:
    told = step.inputs
    return [
        *p(f"你反映{_against(content)}的投诉，本机关已于{_received(step)}收到。经审查，不予受理。理由如下："),
        *p(told["reason"]),
        *p(f"本通知依据{content['articles']}作出。"),
        *p(f"你可以通过以下途径主张权利：{told['route'].rstrip('。')}。"),
    ]


def supplement_notice(step: Step, content: dict[str, Any]) -> list[Block]:
    told = step.inputs
    return [
        *p(f"你反映{_against(content)}的投诉，本机关已于{_received(step)}收到。经审查，投诉内容尚需补正，请补充："),
        *items(told["missing"].splitlines()),
        *p(
            f"请于{day(told['by_day'])}前补正。补正齐全后，受理期限自收到补正内容之日起重新计算；"
            f"逾期不补正，无法确定用人单位或者侵害事实的，本机关将依据{content['articles']}不予受理。"
        ),
    ]


def referral_letter(step: Step, content: dict[str, Any]) -> list[Block]:
    told = step.inputs
    return [
        *p(f"本机关收到反映{_against(content)}的投诉一件，经审查属于你单位职责范围，现依据{content['articles']}转送你单位办理。"),
        *p(f"转送理由：{told['reason']}"),
        *p(f"请于{day(told['by_day'])}前将办理结果书面反馈本机关，由本机关告知投诉人。"),
        *p("投诉人的身份信息依法保密，不得泄露给被投诉单位。"),
    ]  # fmt: skip


def filing_form(step: Step, content: dict[str, Any]) -> list[Block]:
    """Rows as in the form of other bureaus (O25 19, from memory; the Beijing form was read).

    The caller's own story stays on the complaint: it may tell who he is, and the form goes into the file.
    """
    complaint = step.file.complaint or (step.file.complaints[0] if step.file.complaints else None)
    party = content["party"]
    facts = f"投诉反映{party['name']}涉嫌拖欠{_period(complaint)}工资。"
    logged_by = complaint.operator if complaint else None
    # the opinion is an inspector's (LSIR 14): an operator's name does not stand under it, there is room to sign by hand
    inspector = logged_by.name if logged_by and logged_by.certificate else "监察员（签名）："
    claim = f"涉及劳动者{content['head_count']}人，主张金额{money(content['total'])}。" if content["workers"] else ""
    return [
        *form(
            ("案件来源", complaint.get_channel_display() if complaint else ""),
            ("当事人", party["name"]),
            ("地址", party["domicile"]),
            ("联系人", party["legal_rep"]),
            ("证照名称及号码", f"统一社会信用代码 {party['credit_code']}" if party["credit_code"] else ""),
            ("涉嫌违法事实", "\n".join(filter(None, [facts, claim]))),
            ("涉嫌违反的规定", cited("WPR 11, 16")),
            ("受理、立案依据", content["articles"]),
        ),
        *opinion("承办意见", "经审查，符合受理条件，建议立案查处。", inspector),
        {"t": "approved", "label": "审批意见（监察机构负责人）", "text": "同意立案。", "who": content["handler"]},
        *form(("备注", f"投诉由{logged_by.name}登记。" if logged_by else "无")),
    ]


def reception_record(step: Step, content: dict[str, Any]) -> list[Block]:
    visit = step.subject
    agencies = "、".join(a.name for a in visit.reception_day.agencies.all()) if visit.reception_day_id else ""
    return [
        *form(
            (
                "接待时间、地点",
                f"{day(visit.reception_day.day)}　{visit.reception_day.place}" if visit.reception_day_id else "",
            ),
            ("参加单位", agencies),
            ("来访人", f"{visit.visitors}（{visit.people}人）"),
            ("接待情况", visit.minutes_text),
            ("协议内容", visit.agreement or "未达成协议"),
            ("签字人员", visit.signers),
            ("办理结果", step.inputs.get("result") or ""),
        ),
        *signatures("来访人（代表）签名", "参加单位签名", "接待人签名"),
    ]


def complaint_form(complaint: Any, hidden: Any) -> list[Block]:
    """投诉登记表 (O25 14), printed when the file is printed; `hidden` masks what identifies a person."""
    return form(
        ("投诉人", complaint.called),
        ("联系方式", hidden(complaint.complainant_phone)),
        ("身份证件", hidden(complaint.id_number)),
        ("被投诉单位", complaint.employer_name),
        ("单位住所", complaint.employer_domicile),
        ("法定代表人", " ".join(filter(None, [complaint.legal_rep_name, complaint.legal_rep_post]))),
        ("项目、地点", " ".join(filter(None, [complaint.project_name, complaint.project_place]))),
        ("侵害事实", complaint.violation_facts),
        ("请求事项", complaint.requests),
        ("证据", complaint.evidence_named),
        ("来源", complaint.get_channel_display()),
    )


def _period(complaint: Any) -> str:
    if complaint is None or not complaint.arrears_from or not complaint.arrears_to:
        return ""
    return f"{day(complaint.arrears_from)}至{day(complaint.arrears_to)}的"


def _against(content: dict[str, Any]) -> str:
    return f"{content['employer']}拖欠工资" if content["employer"] else "拖欠工资"


def _received(step: Step) -> str:
    complaint = step.file.complaint
    return day(clock.legal_day(complaint.received_at if complaint else step.at))
