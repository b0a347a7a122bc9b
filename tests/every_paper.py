"""A county in which every kind of paper was made once, by walking: what tests of papers and packages read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from casedesk.files import store
from tests import walks
from tests.people import People, reception_day, settle_county
from workflows import clock
from workflows.models import FundUse, Inspection, PoliceTransfer
from workflows.perform import perform
from workflows.roles import SYSTEM

#: an employer whose name runs over two lines, a worker whose name is beyond the first plane and the fonts
LONG = "河南省三门峡市渑池县仰韶文化产业集聚区青石现代建筑工程劳务分包与机械设备租赁有限责任公司第二分公司"
RARE = "𠮷𱍐明"


@dataclass
class Made:
    """The case that went to court, and the two transfers: one filed by the police, one refused."""

    people: People
    court: Inspection
    filed: PoliceTransfer
    refused: PoliceTransfer


def every_paper() -> Made:
    """Build it in the present, empty database."""
    with clock.at(walks.MONDAY):
        people = settle_county()
        _intake(people)
        _ends(people)
    return Made(people, to_court(people), filed_by_police(people), refused_by_police(people))


def picture(kind: str = "JPEG", colour: str = "black", size: tuple[int, int] = (320, 240), **more: Any) -> bytes:
    """A small photograph."""
    kept = io.BytesIO()
    Image.new("RGB", size, colour).save(kept, kind, **more)
    return kept.getvalue()


def evidence(people: People, inspection: Any, title: str, name: str, data: bytes) -> None:
    """An item with its file, as the desk takes it."""
    token = store(SimpleUploadedFile(name, data)).token
    perform(inspection, "add_evidence", by=people.lead, inputs={"title": title, "kind": "书证", "file": token})


def _intake(people: People) -> None:
    one = walks.registered(people)
    inputs = {"reason": "违法行为发生已超过二年，且已经终了。", "route": "可以向渑池县人民法院起诉。"}
    perform(one.intake, "decline", by=people.squad_leader, inputs=inputs)
    inputs = {"missing": "用人单位的准确名称\n欠条或者考勤记录", "by_day": "2026-03-12"}
    perform(walks.registered(people).intake, "request_supplement", by=people.squad_leader, inputs=inputs)
    inputs = {"agency": "housing", "reason": "反映工程款结算争议。", "by_day": "2026-03-20"}
    perform(walks.registered(people).intake, "refer", by=people.squad_leader, inputs=inputs)


def _ends(people: People) -> None:
    cancelled = walks.established(people)
    done = perform(cancelled, "cancel_filing", by=people.lead, inputs={"reason": "违法行为轻微，已经改正。"})
    walks.approved(done, people.squad_leader)
    out = walks.established(people)
    inputs = {"agency": "housing", "reason": "属于住建部门处理的转包问题。"}
    walks.approved(perform(out, "transfer_out", by=people.lead, inputs=inputs), people.squad_leader)


def to_court(people: People, **facts: Any) -> Inspection:
    """From the call to the court's enforcement and the closing, with every side paper on the way."""
    with clock.at(walks.MONDAY):
        inspection = walks.investigating(people, **facts)
        visit = reception_day(clock.today())
        asks = {"day": str(visit.public_id), "visitors": "林大河等二人", "people": 2}
        joint = perform(inspection.case, "schedule", by=people.receptionist, inputs=asks).subject
        for act, told in (
            ("convene", {"present": "人社局、住建局"}),
            ("minutes", {"text": "来访人要求支付工资，单位称甲方没有拨款。"}),
            ("sign", {"signers": "林大河、王某"}),
            ("no_agreement", {"reason": "双方意见不一致。"}),
            ("close", {"result": "未达成协议，转监察处理。"}),
        ):
            known = {k: v for k, v in told.items() if k in type(joint).acts()[act][0].asks.base_fields}
            joint = perform(joint, act, by=people.receptionist, inputs=known).subject
        for act, told in (
            ("issue_inquiry", {"materials": "营业执照\n2025年9月至11月工资表和考勤表\n劳动合同"}),
            ("record_interview", {"person": "王某", "place": "项目部", "said": "问：工资为什么没有发？\n答：甲方没有拨款。",
                                  "certificates_shown": True}),
            ("record_site_check", {"place": "韶山花园三期工地", "found": "现场未见维权告示牌。", "rights_board": False,
                                   "special_account": True}),
            ("ask_agency", {"agency": "housing", "question": "请提供该项目施工许可和总包合同。", "due_on": "2026-03-20"}),
            ("appoint", {"person": "石某", "on_day": "2026-03-05", "place": "三楼约谈室", "how_told": "电话通知"}),
        ):  # fmt: skip
            perform(inspection, act, by=people.lead, inputs=told)
        for act, told in (
            ("preserve_evidence", {"items": "考勤机一台\n工资发放表三册"}),
            ("request_extension", {"rule": "INV-01", "reason": "涉及分包单位较多，案情复杂。"}),
        ):
            walks.approved(perform(inspection, act, by=people.lead, inputs=told), people.bureau_head)
        evidence(people, inspection, "工地考勤表照片", "考勤.jpg", picture())
        found = {"findings": "该单位承接木工劳务，拖欠劳动者工资，有考勤表和单位自认为证。", "able_to_pay": True}
        inspection = perform(inspection, "establish_facts", by=people.lead, inputs=found).subject
        done = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-07"})
        inspection = walks.approved(done, people.squad_leader).subject
        walks.served(people, inspection, "order")
    with clock.at(_later(6)):
        inspection = perform(inspection, "expire", by=SYSTEM).subject
        inspection = walks.decided(people, inspection)
    with clock.at(_later(20)):
        share = [{"line": str(walks.lines(inspection)[0].public_id), "amount": "600.00"}]
        use = {"shares": share, "bank": "渑池县农村商业银行", "depositor": "豫西建工集团"}
        walks.approved(perform(inspection, "use_deposit", by=people.lead, inputs=use), people.bureau_head)
        used = {"use": str(FundUse.objects.latest("id").public_id), "proof": "银行回单"}
        perform(inspection, "record_deposit_paid", by=people.lead, inputs=used)
        told = {"shares": share, "cause": "absconded", "reason": "负责人逃匿。"}
        walks.approved(perform(inspection, "apply_relief_fund", by=people.lead, inputs=told), people.bureau_head)
        refusal = {"use": str(FundUse.objects.latest("id").public_id), "granted": False, "paper": "渑政周1号",
                   "reason": "不符合条件。"}  # fmt: skip
        perform(inspection, "record_fund_grant", by=people.lead, inputs=refusal)
    with clock.at(_later(220)):
        rest = sum(x.rest for x in walks.lines(inspection))
        day = str(clock.today() + timedelta(days=10))
        done = perform(inspection, "demand", by=people.lead, inputs={"amount": str(rest), "pay_by": day})
        inspection = walks.approved(done, people.bureau_head).subject
        walks.served(people, inspection, "demand_letter")
    with clock.at(_later(250)):
        told = {"court": "渑池县人民法院", "content": f"强制被执行人支付工资 {rest} 元。"}
        done = perform(inspection, "apply_enforcement", by=people.lead, inputs=told)
        inspection = walks.approved(done, people.bureau_head).subject
        for kind in ("inquiry_notice",):
            walks.served(people, inspection, kind)
        walks.settled(people, inspection, "in_court_enforcement")
        perform(inspection, "answer_agency", by=people.housing, inputs=_answer(inspection))
        done = perform(inspection, "close", by=people.lead, inputs={"result": "已申请法院强制执行。"})
        return walks.approved(done, people.squad_leader).subject


def _answer(inspection: Inspection) -> dict[str, str]:
    return {"task": str(inspection.case.tasks.get().public_id), "answer": "已提供。"}


def filed_by_police(people: People, **facts: Any) -> PoliceTransfer:
    """Sent, supplemented, filed, handed over."""
    with clock.at(walks.MONDAY):
        inspection = walks.established(people, **facts)
        evidence(people, inspection, "欠条照片", "欠条.jpg", picture(colour="navy"))
        done = perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-07"})
        inspection = walks.approved(done, people.squad_leader).subject
        walks.served(people, inspection, "order")
    with clock.at(_later(6)):
        inspection = perform(inspection, "expire", by=SYSTEM).subject
        transfer = walks.received(people, inspection)
        perform(transfer, "ask_supplement", by=people.police, inputs={"missing": "银行流水"})
        perform(transfer, "supplement", by=people.lead, inputs={"added": "2025年9月至11月银行流水"})
        perform(transfer, "file", by=people.police, inputs={"number": "渑公立字〔2026〕12号"})
        items = {"to": "公安乙", "items": "工资表原件三册\n考勤机一台"}
        return perform(transfer, "hand_over", by=people.lead, inputs=items).subject


def refused_by_police(people: People, **facts: Any) -> PoliceTransfer:
    """Sent and refused twice; the procuratorate is asked."""
    with clock.at(walks.MONDAY):
        inspection = walks.ordered(people, days=5, **facts)
    with clock.at(_later(6)):
        inspection = perform(inspection, "expire", by=SYSTEM).subject
        transfer = walks.received(people, inspection)
        no = {"number": "渑公不立字〔2026〕3号", "reason": "证据不足。"}
        perform(transfer, "decline", by=people.police, inputs=no)
        why = {"reason": "责令后仍有支付能力而不支付，符合立案条件。"}
        perform(transfer, "request_reconsideration", by=people.bureau_head, inputs=why)
        perform(transfer, "uphold", by=people.police, inputs={**no, "number": "渑公复字〔2026〕1号"})
        return perform(transfer, "suggest_supervision", by=people.bureau_head, inputs=why).subject


def _later(days: int) -> datetime:
    return walks.MONDAY + timedelta(days=days)
