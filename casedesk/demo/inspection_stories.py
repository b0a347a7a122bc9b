"""Stories that end in the labour inspection: filed, investigated, ordered, decided, closed."""

from __future__ import annotations

from datetime import date, timedelta

from casedesk.demo.matter import Matter
from casedesk.demo.walk import Story
from workflows import clock


def filed(m: Matter, **facts: str) -> Story:
    """Accepted, waiting to be assigned."""
    m.call(**facts)
    yield 1
    m.accept()


def investigating(m: Matter) -> Story:
    yield from filed(m)
    yield 1
    m.assign()
    yield 2
    m.interview()


def informant(m: Matter) -> Story:
    """Somebody reports for others and asks that nobody learns who he is; the roster is found on the site."""
    m.call(is_informant=True, confidentiality_requested=True, lines=[], representative_of="",
           violation_facts="我不是工人，是附近住户。看见工地上二十来个人堵着板房要工资，听说三个月没有发，怕出事，请你们去看看。")  # fmt: skip
    yield 1
    m.accept()
    yield 0
    m.assign()
    yield 2
    m.site_check()
    roster = m.told()["lines"]
    m.take_in("add_lines", m.lead, lines=roster)


def group(m: Matter) -> Story:
    """Many workers with one claim, spoken for by five."""
    told = m.told()
    others = "、".join(line["worker_name"] for line in told["lines"][1:5])
    m.call("receptionist", channel="petition", representatives=others, representative_of=m.workers)
    yield 0
    m.take_in("flag_urgent", "receptionist", what=f"{m.workers}名工人到县政府门口集体反映工资问题")
    m.accept()
    yield 1
    m.assign()
    yield 0
    m.act("assign_more", "squad_leader", others=[m.staff.id(m.spare)])
    yield 1
    m.interview(told["lines"][0]["worker_name"])
    m.site_check()
    yield 2
    m.evidence("考勤表（三个月，工人签名）", by="工人代表")
    m.evidence("班组结算单照片", "电子数据", by="工人代表")


def asked(m: Matter, days: int) -> Story:
    """Another agency owes an answer, due so many days from today."""
    yield from investigating(m)
    yield 1
    due = m.today + timedelta(days=days)
    m.ask("housing", "请核查该项目工资专用账户近六个月的拨付流水。", (due - clock.today()).days)


def answered(m: Matter) -> Story:
    yield from investigating(m)
    yield 1
    task = m.ask("transport", "请提供该项目计量支付情况。", 10)
    yield 5
    m.answered(task, "liaison_transport", "已计量支付至九月，最近一期工程款已拨付总包账户。")
    yield 1
    m.act("appoint", person=m.employer.boss, on_day=str(m.today + timedelta(days=3)), place="县劳动保障监察大队",
          how_told="电话通知并短信送达，通话录音存档")  # fmt: skip


def inquired(m: Matter, mode: str = "in_person") -> Story:
    """The employer was asked in writing and owes an answer (INV-05)."""
    yield from investigating(m)
    yield 1
    m.act("issue_inquiry", materials="劳动合同、考勤表、工资表、工程款结算凭证。")
    yield 1
    m.serve("inquiry_notice", mode)


def preserved(m: Matter) -> Story:
    yield from investigating(m)
    yield 1
    m.approved("preserve_evidence", "bureau_head", items="班组考勤本三册、手写结算单一叠。")


def recusal(m: Matter) -> Story:
    yield from investigating(m)
    yield 2
    m.act("request_recusal", officer=m.staff.id(m.second), reason="与用人单位负责人是表亲。")


def established(m: Matter) -> Story:
    yield from inquired(m, "left")
    yield 4
    m.act("record_answer", answer="提供了部分考勤表，工资表无本人签字。")
    m.evidence("单位考勤表（部分）", by="用人单位")
    yield 3
    m.establish(reduced=(1,) if m.workers > 2 else ())


def extended(m: Matter) -> Story:
    """The Henan limit of thirty days was extended once, with approval."""
    yield from inquired(m)
    yield 14
    m.lengthen()


def unlicensed(m: Matter) -> Story:
    m.call()
    yield 1
    m.take_in("accept", employer_unlicensed=True)
    yield 1
    m.assign()
    yield 2
    m.site_check()


def two_years(m: Matter) -> Story:
    """The arrears end more than two years back; the inspector judges, with reasons, that the violation continues."""
    old = m.today - timedelta(days=870)
    m.call(arrears_from=str(old - timedelta(days=90)), arrears_to=str(old), last_work_day=str(old), lines=[])
    yield 1
    m.take_in("amend", m.lead, violation_continues=True,
              violation_continues_reason="单位每年出具还款承诺，最近一次在今年三月，欠付状态持续。")  # fmt: skip
    yield 1
    m.accept()


def order_asked(m: Matter) -> Story:
    """The order lies with the squad leader."""
    yield from established(m)
    yield 2
    m.act("order_payment", **m.order_inputs(m.today + timedelta(days=12)))


def ordered(m: Matter, pay_by: int | date, *, mode: str = "in_person", served: bool = True) -> Story:
    """An order to pay by a day, counted from today; served unless said otherwise."""
    yield from established(m)
    yield 1
    day = m.today + timedelta(days=pay_by) if isinstance(pay_by, int) else pay_by
    m.order(day)
    if served:
        yield 1
        m.serve("order", mode)
    if m.number % 4:
        yield 0
        m.lengthen()


def part_paid(m: Matter) -> Story:
    yield from ordered(m, 6)
    yield 2
    m.pay(share="0.4", proof="微信转账记录十二笔")
    yield 2
    m.pay(workers=1, proof="现金支付，劳动者本人签收")


def replaced(m: Matter) -> Story:
    """The first order named the wrong day; a new version stands in its place."""
    yield from ordered(m, 3, served=False)
    yield 1
    m.approved("replace_order", **m.order_inputs(m.today + timedelta(days=9)))
    yield 0
    m.serve("order")


def expired(m: Matter, pay_by: int, mode: str = "in_person") -> Story:
    """Nothing came: the clockwork notes it at the beginning of the next day."""
    yield from ordered(m, pay_by, mode=mode)
    yield m.today + timedelta(days=pay_by + 2)
    m.interview()


def listing(m: Matter) -> Story:
    """Expired, and the decision on the joint-sanction list lies with the deputy head."""
    yield from expired(m, -16)
    yield 6
    m.act("record_listing_decision", **m.listing())


def intent(m: Matter, kind: str = "treatment", *, reviewed: bool = False, pay_by: int = -12) -> Story:
    """The employer knows what is intended; a penalty goes through legal review and discussion."""
    yield from expired(m, pay_by)
    yield 2
    asks = {"kind": kind, "content": "拟责令支付拖欠的工资，并按应付金额百分之五十加付赔偿金。"}
    if reviewed:
        asks |= {"legal_reviewer": m.staff.id("legal_reviewer")}
    m.approved("inform_intent", "bureau_head", **asks)
    yield 1
    m.serve("intent_notice")
    yield 1
    m.act("hear_defence", said="单位请求减免赔偿金，对工资数额没有异议。", examined="减免理由不成立。")
    if reviewed:
        yield 1
        m.act("legal_review", "legal_reviewer", opinion="事实清楚，证据充分，程序合法。", passed=True)
        yield 1
        m.act("record_discussion", leaders="孙丽君、赵卫国、郭志远", decision="同意拟作的处理决定。")


def decided(m: Matter, pay_by: int = -22, *, kind: str = "treatment", served: bool = True) -> Story:
    yield from intent(m, kind, reviewed=True, pay_by=pay_by)
    yield 1
    content = {"treatment": "责令支付拖欠的工资，并加付赔偿金。", "penalty": "对逾期不支付工资的行为处罚款二万元。"}[
        kind
    ]
    term = {"pay_by": str(clock.today() + timedelta(days=5))} if kind == "treatment" else {}
    m.approved("decide", "bureau_head", content=content, party_absent=not served, **term)
    if served:
        yield 2
        m.serve("decision")
        m.approved("record_listing_decision", "bureau_head", **m.listing(listed=m.number % 2 == 0))


def remedied(m: Matter) -> Story:
    """The employer has asked for administrative reconsideration."""
    yield from decided(m, -34)
    yield 6
    m.act("record_remedy", kind="reconsideration", result="县政府已受理行政复议申请。")


def demanded(m: Matter) -> Story:
    """Six months after the decision, with no remedy sought, the employer is urged a last time."""
    yield from decided(m, -240)
    yield m.today - timedelta(days=11)
    rest = sum((line.rest for line in m.lines), start=0)
    m.approved("demand", "bureau_head", amount=str(rest), pay_by=str(m.today + timedelta(days=4)))
    yield 1
    m.serve("demand_letter")


def enforced(m: Matter) -> Story:
    yield from decided(m, -262)
    yield m.today - timedelta(days=45)
    rest = sum((line.rest for line in m.lines), start=0)
    m.approved("demand", "bureau_head", amount=str(rest), pay_by=str(m.today - timedelta(days=32)))
    yield 1
    m.serve("demand_letter")
    yield m.today - timedelta(days=12)
    m.approved("apply_enforcement", "bureau_head", court="渑池县人民法院", content="申请强制执行处理决定确定的工资。")


def complied(m: Matter) -> Story:
    """Paid within the order's date; the file is to be closed."""
    yield from ordered(m, 4)
    yield 2
    m.pay(payer="general_contractor" if m.employer.contractor else "employer")
    yield 1
    m.act("record_compliance", how="已通过银行转账支付到劳动者本人账户。")


def close_asked(m: Matter) -> Story:
    yield from complied(m)
    yield 1
    m.act("close", result="拖欠的工资已全部支付。")


def paid_at_a_call(m: Matter) -> Story:
    """The inspector called, the employer paid, the case is closed within two weeks."""
    yield from investigating(m)
    yield 3
    m.pay(proof="工人收款截图，逐人核对")
    yield 0
    m.act("record_compliance", how="监察员电话督促后支付到个人。")
    yield 2
    m.close()
    yield 5
    m.take_in("follow_up", "operator", reached=True, satisfied=True)


def closed_with_settlements(m: Matter) -> Story:
    """Most is paid, one claim was unfounded, one worker went to court."""
    yield from ordered(m, -14)
    yield 2
    m.pay(share="1", workers=m.workers - 2)
    unfounded, court = m.lines[-2:]
    m.act("settle_line", line=str(unfounded.public_id), how="unfounded", reason="考勤和工友证言均证明没有出工。")
    m.act("settle_line", line=str(court.public_id), how="to_arbitration_or_court", reason="劳动者已向法院起诉。")
    yield 1
    m.approved("close", result="工资已支付到个人；一人主张不成立，一人已起诉。")


def wrong_payment(m: Matter) -> Story:
    """A payment was entered twice and is countered, with approval."""
    yield from ordered(m, 8)
    yield 1
    m.pay(share="0.5", workers=1, proof="银行回单尾号0417")
    payment = m.lines[0].payments.get()
    yield 1
    m.approved("counter_payment", payment=str(payment.public_id), reason="同一张回单已在另一案登记，予以冲正。")
    yield 1
    m.pay(share="0.3", workers=1, proof="银行回单尾号0422")


def cancelled(m: Matter) -> Story:
    yield from investigating(m)
    yield 5
    m.approved("cancel_filing", reason="经查双方系承揽关系，违法事实不成立。")


def transferred_out(m: Matter) -> Story:
    yield from investigating(m)
    yield 4
    m.approved("transfer_out", agency="arbitration", reason="双方对劳动关系有争议，转劳动人事争议仲裁院处理。")


def joined(m: Matter) -> Story:
    """A second caller's case turns out to be the same site: it is joined into the first."""
    yield from investigating(m)
    yield 4
    into, second = m.case.number, m.again()
    second.call()
    yield 1
    second.accept()
    yield 2
    second.act("join", "squad_leader", into=into, reason="同一项目同一班组，并案办理。")
    yield 3
    m.interview("工人代表")


def split(m: Matter) -> Story:
    """Two callers in one case worked for different employers: the second gets a case of his own."""
    yield from filed(m)
    yield 2
    second = m.again()
    second.call()
    yield 1
    second.take_in("accept", into=m.case.number)
    yield 1
    m.assign()
    yield 3
    m.act("split", "squad_leader", complaints=[str(second.complaint.public_id)], reason="用工主体不同，分案办理。")


def reopened(m: Matter) -> Story:
    """Closed as paid; three weeks later the last instalment bounced."""
    yield from paid_at_a_call(m)
    yield 12
    m.act("reopen", "squad_leader", reason="单位支付的支票被退票，工人再次反映。")


def deposit(m: Matter) -> Story:
    """After the decision the wage deposit pays a part."""
    yield from decided(m, -30)
    yield 6
    shares = [{"line": str(line.public_id), "amount": str(line.rest // 2)} for line in m.lines]
    m.approved("use_deposit", "bureau_head", shares=shares, bank="渑池县农村商业银行", depositor=m.employer.contractor)
    yield 2
    m.act("record_deposit_paid", use=m.newest_use(), proof="银行转账凭证一批")
