"""Stories that end at the police, the procuratorate or the court: the transfer in each of its states."""

from __future__ import annotations

from datetime import timedelta

from casedesk.demo.inspection_stories import investigating, ordered
from casedesk.demo.matter import Matter
from casedesk.demo.walk import Story


def proposed(m: Matter, pay_by: int) -> Story:
    """An order expired unpaid; the inspector proposes the transfer. `pay_by` counts from today."""
    yield from ordered(m, pay_by, mode="posted" if m.number % 3 == 0 else "in_person")
    yield m.today + timedelta(days=pay_by + 2)
    m.propose()


def reported(m: Matter, pay_by: int) -> Story:
    yield from proposed(m, pay_by)
    yield 1
    m.report()


def approved(m: Matter, pay_by: int) -> Story:
    yield from reported(m, pay_by)
    yield 1
    m.move("approve", m.principal(), opinion="同意移送。")


def refused(m: Matter, pay_by: int) -> Story:
    yield from reported(m, pay_by)
    yield 1
    m.move("refuse", m.principal(), reason="转移财产的证据不足，补充银行流水后再报。")


def abandoned(m: Matter, pay_by: int) -> Story:
    """The employer paid when he heard of it."""
    yield from approved(m, pay_by)
    yield 0
    m.pay(proof="单位一次性转账付清")
    m.move("abandon", reason="单位已全部支付，不再移送。")


def sent(m: Matter, pay_by: int) -> Story:
    yield from approved(m, pay_by)
    yield 0
    m.move("send")


def from_paper(m: Matter, pay_by: int) -> Story:
    """The police receipt came on paper; a second officer has still to confirm the record of it."""
    yield from sent(m, pay_by)
    yield 1
    m.on_paper("receive", "公安机关接收回执（扫描件）", "渑池县公安局", "丁一鸣", receiver="丁一鸣")


def received(m: Matter, pay_by: int) -> Story:
    yield from sent(m, pay_by)
    yield 1
    m.move("receive", "police_officer", receiver="丁一鸣")


def forwarded(m: Matter, pay_by: int) -> Story:
    yield from received(m, pay_by)
    yield 0
    m.move("forward", "police_officer", to="义马市公安局", reason="用人单位实际经营地在义马市，由其管辖。")


def supplement_asked(m: Matter, pay_by: int) -> Story:
    yield from received(m, pay_by)
    yield 0
    m.move("ask_supplement", "police_officer", missing="责令支付文书的送达照片原件；工程款到账流水。")


def police_filed(m: Matter, pay_by: int) -> Story:
    yield from received(m, pay_by)
    yield 2
    m.move("file", "police_officer", number=m.police_number("立"))
    yield 1
    m.approved("record_listing_decision", "bureau_head", **m.listing())


def handed_over(m: Matter, pay_by: int) -> Story:
    """After the hand-over the employer pays a part: police and procuratorate get the certificate."""
    yield from police_filed(m, pay_by)
    yield 0
    m.move("hand_over", to="丁一鸣", items="案卷一册、考勤本三册、光盘一张。")
    yield 4
    m.pay(share="0.5", proof="家属代付，公安机关见证")


def closed_after_filing(m: Matter, pay_by: int) -> Story:
    """The inspection ends: every line is in criminal recovery; the transfer goes on at the police."""
    yield from police_filed(m, pay_by)
    yield 0
    m.move("hand_over", to="丁一鸣", items="案卷一册。")
    yield 2
    for line in m.lines:
        m.act("settle_line", line=str(line.public_id), how="in_criminal_recovery", reason="公安机关已立案，随案追缴。")
    yield 1
    m.close("案件已移送公安机关立案侦查，工资随案追缴。")


def not_filed(m: Matter, pay_by: int) -> Story:
    yield from received(m, pay_by)
    yield 2
    m.move("decline", "police_officer", number=m.police_number("不立"), reason="现有证据不足以证明有能力支付。")
    m.approved("record_listing_decision", "bureau_head", **m.listing(listed=False))


def reconsidering(m: Matter, pay_by: int) -> Story:
    yield from not_filed(m, pay_by)
    yield 1
    m.move("request_reconsideration", "bureau_head", reason="已调取工程款到账流水，足以证明有能力支付。")
    yield 0
    m.serve("reconsideration_request")


def upheld(m: Matter, pay_by: int) -> Story:
    yield from reconsidering(m, pay_by)
    yield 2
    m.move("uphold", "police_officer", number=m.police_number("复"), reason="维持原不予立案决定。")


def supervision_suggested(m: Matter, pay_by: int) -> Story:
    yield from upheld(m, pay_by)
    yield 1
    m.move("suggest_supervision", "bureau_head", reason="认为符合立案条件，建议检察机关立案监督。")


def upheld_finally(m: Matter, pay_by: int) -> Story:
    yield from supervision_suggested(m, pay_by)
    yield 6
    m.move("uphold", "prosecutor", number="渑检立监复字第4号", reason="不立案理由成立。")


def returned(m: Matter, pay_by: int) -> Story:
    yield from not_filed(m, pay_by)
    yield 2
    m.move("accept_refusal", "bureau_head", reason="依法继续作出行政处理。")


def dropped(m: Matter, pay_by: int) -> Story:
    yield from police_filed(m, pay_by)
    yield 6
    m.move("drop", "police_officer", number=m.police_number("撤"), reason="立案后全部支付，情节显著轻微。")


def prosecuted(m: Matter, pay_by: int) -> Story:
    yield from handed_over(m, pay_by)
    yield 24
    m.move("prosecute", "prosecutor", number="渑检刑诉第37号")


def not_prosecuted(m: Matter, pay_by: int) -> Story:
    yield from handed_over(m, pay_by)
    yield 18
    m.move("no_prosecution", "prosecutor", number="渑检刑不诉第9号", reason="提起公诉前支付全部劳动报酬，可以不起诉。")


def judged(m: Matter, pay_by: int) -> Story:
    """The judgment came on paper; another inspector has confirmed it."""
    yield from prosecuted(m, pay_by)
    yield 30
    number = f"（{m.today.year}）豫1221刑初字第58号"
    done = m.on_paper("judge", "刑事判决书（扫描件）", "渑池县人民法院", "渑池县人民法院", number=number)
    m.grant(done, opinion="已核对原件。")


def closed(m: Matter, pay_by: int) -> Story:
    yield from refused(m, pay_by)
    yield 3
    m.move("close", "bureau_head", reason="补充证据后另行报请。")


def unlawful_demand(m: Matter) -> Story:
    """Project money dressed up as wages: no order is needed, and the wage claim of the real workers stays open."""
    yield from investigating(m)
    yield 4
    m.propose("unlawful_demand", f"班组长{m.employer.crew_leader}等四人")
    yield 1
    m.report()
    yield 1
    m.move("approve", m.principal(), opinion="同意移送。")
    yield 0
    m.move("send")
    yield 1
    m.move("receive", "police_officer", receiver="丁一鸣")
