"""Stories that end in the intake or in a joint reception: messages, consultations, referrals, supplements, visits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from casedesk.demo.matter import Matter
from casedesk.demo.walk import Story


def draft(m: Matter) -> Story:
    """A message of the public page that nobody has registered."""
    m.write_in()
    yield from ()


def registered(m: Matter, channel: str = "hotline", by: str = "operator") -> Story:
    """Registered, waiting for the squad leader."""
    came = {
        "visit_departments": ["hrss", "petition"], "visit_people": m.workers,
        "visit_result": "已告知须补交考勤记录，约定三日内电话答复。",
    }  # fmt: skip
    m.call(by, channel=channel, **(came if channel == "window" else {}))
    yield from ()


def urgent(m: Matter) -> Story:
    m.call()
    yield 0
    m.take_in("flag_urgent", "operator", what=f"{m.workers}名工人聚集在项目部门口，有人扬言上塔吊")


def chased(m: Matter) -> Story:
    m.call()
    yield 3
    m.take_in("chase", "operator", reason="来电人再次来电，问什么时候受理。")
    yield 1
    m.take_in("add_evidence", "operator", title="微信转账截图", kind="电子数据", provided_by="投诉人")


CONSULTATION: dict[str, Any] = {
    "lines": [], "amount_claimed": "", "months_owed": "", "arrears_from": "", "arrears_to": "", "last_work_day": "",
    "worker_count": "", "employer_name": "", "evidence_named": "", "requests": "",
}  # fmt: skip


def consultation(m: Matter, question: str, answer: str) -> Story:
    m.call(violation_facts=question, **CONSULTATION)
    yield 0
    m.take_in("answer", "operator", answer=answer)
    yield 6
    m.take_in("follow_up", "operator", reached=True, satisfied=True)


def referred(m: Matter, agency: str, days: int) -> Story:
    """Another agency's own matter; its answer is due so many days after the referral."""
    m.call()
    yield 1
    m.take_in(
        "refer", agency=agency, reason="属于该单位职责范围，转请核查处理。", by_day=str(m.today + timedelta(days=days))
    )


def referred_answered(m: Matter) -> Story:
    yield from referred(m, "union", -1)
    yield 5
    m.take_in("report_result", "liaison_union", result="已协调单位补发防暑降温费，双方认可。")
    yield 4
    m.take_in("follow_up", "operator", reached=True, satisfied=False, why_not="认为补发的金额少算了两天。")


def sent_back(m: Matter) -> Story:
    yield from referred(m, "market", 9)
    yield 2
    m.take_in("send_back", "liaison_market", reason="涉及劳动报酬，不属于市场监管职责，请按工资支付处理。")


def supplement(m: Matter, days: int) -> Story:
    """Asked for what is missing, by a day counted from today."""
    m.call(employer_name="", employer_unknown=True, legal_rep_name="")
    yield 1
    m.take_in("request_supplement", missing="用人单位名称或老板姓名、电话；在工地干活的照片。",
              by_day=str(m.today + timedelta(days=days)))  # fmt: skip


def supplement_brought(m: Matter) -> Story:
    yield from supplement(m, 8)
    yield 3
    m.take_in(
        "receive_supplement", "operator", brought="补充了劳务公司名称和班组长电话。", employer_name=m.employer.name
    )
    yield 1
    m.accept()


def declined_after_date(m: Matter) -> Story:
    """The supplement never came."""
    yield from supplement(m, -6)
    yield m.today - timedelta(days=4)
    m.take_in(
        "decline", reason="逾期未补正，没有明确的用人单位，无法调查。", route="补齐材料后可以重新投诉，或者申请法律援助"
    )


def declined_elsewhere(m: Matter) -> Story:
    m.call(in_arbitration_or_court=True, other_procedures="渑劳人仲案字受理中")
    yield 2
    m.take_in("decline", reason="已就同一请求申请劳动仲裁。", route="继续走仲裁程序，可以向县法律援助中心申请援助")


def declined_then_reopened(m: Matter) -> Story:
    m.call(employed_in_county=False)
    yield 2
    m.take_in("decline", reason="用工所在地不在本县。", route="向用工所在地的人力资源社会保障局投诉")
    yield 5
    m.take_in("reopen", reason="投诉人提供考勤定位，证明实际在本县施工。")
    yield 0
    m.take_in("amend", "operator", employed_in_county=True, reason="按新提供的考勤定位更正用工所在地。")


def duplicate(m: Matter) -> Story:
    """The same person calls again about the same matter, after acceptance."""
    m.call()
    yield 1
    m.accept()
    yield 4
    first, second = str(m.complaint.public_id), m.again()
    second.call(
        complainant_name=m.complaint.complainant_name, complainant_phone=m.complaint.complainant_phone, lines=[]
    )
    yield 1
    second.take_in("mark_duplicate", of=first, reason="同一人反映同一事项，已在办。")


def withdrawn(m: Matter) -> Story:
    m.call()
    yield 3
    m.take_in("withdraw", "operator", reason="单位已当面支付，投诉人签收并撤诉。")


def withdrawn_case_goes_on(m: Matter) -> Story:
    """The first caller is satisfied, the second is not: the case goes on."""
    m.call()
    yield 1
    m.accept()
    yield 2
    second = m.again()
    second.call(source_id=second.key)
    yield 1
    second.take_in("accept", into=m.case.number)
    yield 1
    m.assign()
    yield 5
    m.take_in("withdraw", "operator", reason="收到全部工资，撤回投诉。", case_goes_on=True)


# --- joint reception ---------------------------------------------------------------------------------------


def visit_planned(m: Matter) -> Story:
    """A group that comes on the next reception day."""
    m.call("receptionist", channel="joint_reception")
    yield 1
    m.accept()
    yield 1
    m.assign()
    yield 1
    m.schedule(m.days[8], 4)
    m.sit("decide_lead", agency="hrss", reason="拖欠工资由人社部门牵头，住建部门配合核查项目资金。")


def visit_today(m: Matter) -> Story:
    """They sit there now; nobody has decided whether to take the complaint yet."""
    m.call("receptionist", channel="petition")
    yield 2
    m.schedule(m.days[0], 3, petition=True)
    yield m.days[0].day
    m.sit("convene", present="县人社局、县住建局、县信访局，来访人三名")
    m.sit("minutes", text="来访人陈述：班组长拿走结算单，总包说已经拨付到劳务公司。")
    m.ask("housing", "核查项目工资专用账户近三个月拨付情况。", 5, joint=True)


def visit_missed(m: Matter) -> Story:
    m.call("receptionist", channel="window")
    yield 1
    m.accept()
    yield 1
    m.schedule(m.days[-20], 2)
    yield m.days[-20].day
    m.sit("no_show", reason="约定时间来访人未到，电话无人接听。")
    yield 1
    m.assign()


def _agreed(m: Matter, parts: int, first: int, gap: int, day: int) -> Story:
    """Accepted, seen on a reception day, agreed in so many parts."""
    m.call("receptionist", channel="joint_reception")
    yield 1
    m.accept()
    yield 1
    m.assign()
    yield 0
    m.schedule(m.days[day], 3)
    yield m.days[day].day
    m.sit("convene", present="县人社局、县住建局、总包项目经理、来访人三名")
    yield 0
    m.sit("minutes", text="总包认可欠付，双方同意分期支付。")
    total = sum((line.claimed for line in m.lines), Decimal(0))
    part = (total / parts).quantize(Decimal("0.01"))
    amounts = [part] * (parts - 1) + [total - part * (parts - 1)]
    start = (m.days[day].day - m.today).days
    m.agree(*((first + gap * n, str(amount)) for n, amount in enumerate(amounts)))
    m.sit("sign", signers=f"来访人代表、{m.employer.boss}、项目经理")
    assert start < 0, "an agreement is made on a day that has been"


def agreed(m: Matter) -> Story:
    """Two of four parts are paid, the third is to come."""
    yield from _agreed(m, 4, 13, 9, -20)
    yield 4
    m.instalment(1)
    yield 8
    m.instalment(2)


def not_agreed(m: Matter) -> Story:
    m.call("receptionist", channel="joint_reception")
    yield 1
    m.accept()
    yield 1
    m.assign()
    m.schedule(m.days[-9], 2)
    yield m.days[-9].day
    m.sit("convene", present="县人社局、县交通运输局，用人单位未派人")
    m.sit("no_agreement", reason="用人单位未到场，电话中不认可欠付金额。")


def defaulted(m: Matter) -> Story:
    """The second part did not come: the clockwork declares the default."""
    yield from _agreed(m, 2, 8, 3, -20)
    yield 0
    m.instalment(1)


def performed(m: Matter) -> Story:
    yield from _agreed(m, 2, 13, 7, -33)
    yield 4
    m.instalment(1)
    yield 5
    m.instalment(2)
    yield 1
    m.sit("confirm_performance")


def visit_closed(m: Matter) -> Story:
    """Everything paid as agreed; reception and case are closed."""
    task_of = m.days[-45].day
    yield from _agreed(m, 2, 13, 7, -45)
    task = m.ask("housing", "核查总包单位工资保证金缴存情况。", 6, joint=True)
    yield 2
    m.answered(task, "liaison", "已缴存工资保证金，账户余额充足，总包同意先行清偿。")
    yield 2
    m.instalment(1)
    yield 5
    m.instalment(2)
    yield 1
    m.sit("confirm_performance")
    m.sit("close", result=f"{task_of.month}月{task_of.day}日联合接待达成的协议已履行完毕。")
    yield 1
    m.pay(payer="general_contractor", proof="总包代付清单和签收表")
    yield 0
    m.act("record_compliance", how="分两期付清，劳动者本人签收。")
    yield 1
    m.close()
    yield 6
    m.take_in("follow_up", "operator", reached=True, satisfied=True)
