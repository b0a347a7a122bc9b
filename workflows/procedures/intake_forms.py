"""What the acts of the intake ask for. Fields follow section 5.1 of the rules; nothing is required before the act
needs it."""

from __future__ import annotations

from typing import Any

from django import forms

from workflows.casefile.complaint import Channel, PayBasis, Sex
from workflows.casefile.ledger import ZERO, due_for
from workflows.casefile.parties import Sector
from workflows.inputs import (
    LARGEST_AMOUNT,
    Choice,
    CleanText,
    Count,
    CreditCode,
    IdNumber,
    Inputs,
    LegalDay,
    Moment,
    Money,
    Months,
    Phone,
    Pointer,
    Rows,
    Tick,
    YesNo,
)

OPTIONAL: dict[str, Any] = {"required": False}
EMPTY = [("", "—")]


class LineForm(Inputs):
    """One worker × one period: the claim as an amount, or as rate × quantity − what was already paid."""

    worker_name = CleanText(label="姓名", max_length=60)
    trade = CleanText(label="工种", max_length=40, **OPTIONAL)
    phone = Phone(label="手机号", **OPTIONAL)
    id_number = IdNumber(label="身份证号", **OPTIONAL)
    period_from = LegalDay(label="起", past=True, **OPTIONAL)
    period_to = LegalDay(label="止", past=True, **OPTIONAL)
    months = Months(label="欠薪月数", **OPTIONAL)
    pay_basis = Choice(label="计薪方式", choices=EMPTY + PayBasis.choices, **OPTIONAL)
    rate = Money(label="单价（元）", max_digits=14, decimal_places=4, max_value="9999999999.9999", **OPTIONAL)
    quantity = Money(label="数量", max_digits=12, decimal_places=3, max_value="999999999.999", **OPTIONAL)
    claimed = Money(label="主张金额（元）", **OPTIONAL)
    due = Money(label="应发（元）", **OPTIONAL)
    already_paid = Money(label="已发（元）", **OPTIONAL)

    #: what a table of the hotline leaves out: the claim is enough for a call
    RECKONING = frozenset({"pay_basis", "rate", "quantity", "due", "already_paid"})

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        start, end = data.get("period_from"), data.get("period_to")
        if start and end and end < start:
            self.add_error("period_to", "不能早于起始日")
        if not self.errors:
            for name, said in reckoned(data).items():
                self.add_error(name, said)
        return data


def reckoned(data: dict[str, Any]) -> dict[str, str]:
    """Fill in due and claimed where they follow from the others; what contradicts, by field.

    due = rate × quantity rounded half up to the fen, claimed = due − already paid.
    """
    rate, quantity, paid = data.get("rate"), data.get("quantity"), data.get("already_paid")
    if rate is not None and quantity is not None:
        due = due_for(rate, quantity)
        if due > LARGEST_AMOUNT:
            return {"quantity": "单价 × 数量超出可以记录的金额"}
        if data.get("due") is not None and data["due"] != due:
            return {"due": f"应发 {data['due']:.2f} 与单价 × 数量 = {due:.2f} 不符"}
        data["due"] = due
    elif rate is not None and data.get("due") is None and data.get("claimed") is None:
        return {"quantity": "有单价的，须填写数量"}
    if data.get("due") is not None:
        owed = data["due"] - (paid or ZERO)
        if owed < 0:
            return {"already_paid": f"已发 {paid:.2f} 多于应发 {data['due']:.2f}"}
        if data.get("claimed") is not None and data["claimed"] != owed:
            return {"claimed": f"金额 {data['claimed']:.2f} 与应发 − 已发 = {owed:.2f} 不符"}
        data["claimed"] = owed
    if data.get("claimed") is None:
        return {"claimed": "请填写金额，或单价和数量，或应发"}
    return {}


class FactsForm(Inputs):
    """The facts of a complaint: all optional, each written over what stands only when given."""

    complainant_phone = Phone(label="手机号", **OPTIONAL)
    complainant_name = CleanText(label="姓名", max_length=60, **OPTIONAL)
    id_document_type = CleanText(label="证件类型", max_length=20, **OPTIONAL)
    id_number = IdNumber(label="证件号码", **OPTIONAL)
    complainant_residence = CleanText(label="住址", max_length=200, personal=True, **OPTIONAL)
    complainant_sex = Choice(label="性别", choices=EMPTY + Sex.choices, **OPTIONAL)
    complainant_birth_date = LegalDay(label="出生日期", past=True, **OPTIONAL)
    complainant_occupation = CleanText(label="职业", max_length=60, **OPTIONAL)
    complainant_work_unit = CleanText(label="工作单位", max_length=120, **OPTIONAL)
    confidentiality_requested = Tick(label="要求对单位保密")
    anonymous = Tick(label="匿名")
    is_informant = Tick(label="举报人（非本人权益）")
    representative_of = Count(label="代表人数", min_value=1, **OPTIONAL)
    representatives = CleanText(label="其他代表", max_length=300, **OPTIONAL)

    employer_name = CleanText(label="用人单位", max_length=120, **OPTIONAL)
    employer_unknown = Tick(label="用人单位不详")
    employer_domicile = CleanText(label="单位住所", max_length=200, **OPTIONAL)
    legal_rep_name = CleanText(label="法定代表人", max_length=60, **OPTIONAL)
    legal_rep_post = CleanText(label="职务", max_length=60, **OPTIONAL)
    unified_credit_code = CreditCode(label="统一社会信用代码", **OPTIONAL)
    industry_sector = Choice(label="行业", choices=EMPTY + Sector.choices, **OPTIONAL)
    project_name = CleanText(label="工程项目", max_length=120, **OPTIONAL)
    project_place = CleanText(label="工作地点", max_length=200, **OPTIONAL)
    developer = CleanText(label="建设单位", max_length=120, **OPTIONAL)
    general_contractor = CleanText(label="施工总承包单位", max_length=120, **OPTIONAL)
    subcontractor = CleanText(label="分包单位", max_length=120, **OPTIONAL)
    crew_leader_name = CleanText(label="班组长", max_length=60, **OPTIONAL)
    crew_leader_phone = Phone(label="班组长电话", **OPTIONAL)
    actual_controller = CleanText(label="实际控制人", max_length=60, **OPTIONAL)
    regulator = Pointer("agency", label="行业主管部门", **OPTIONAL)

    township = Pointer("township", label="乡镇", **OPTIONAL)
    employed_in_county = YesNo(label="用工所在地在本县", **OPTIONAL)
    violation_facts = CleanText(label="侵害事实", lines=True, story=True, max_length=20_000, **OPTIONAL)
    requests = CleanText(label="请求事项", lines=True, story=True, **OPTIONAL)
    arrears_from = LegalDay(label="欠薪起", past=True, **OPTIONAL)
    arrears_to = LegalDay(label="欠薪止", past=True, **OPTIONAL)
    amount_claimed = Money(label="欠薪金额（元）", **OPTIONAL)
    pay_basis = Choice(label="计薪方式", choices=EMPTY + PayBasis.choices, **OPTIONAL)
    months_owed = Months(label="欠薪月数", **OPTIONAL)
    worker_count = Count(label="涉及人数", min_value=1, **OPTIONAL)
    employment_start = LegalDay(label="用工起", past=True, **OPTIONAL)
    employment_end = LegalDay(label="用工止", past=True, **OPTIONAL)
    last_work_day = LegalDay(label="最后工作日", past=True, **OPTIONAL)
    in_arbitration_or_court: forms.Field = Tick(label="已申请仲裁或起诉")
    other_procedures = CleanText(label="仲裁、诉讼、信访案号", max_length=300, **OPTIONAL)
    evidence_named = CleanText(label="手里的证据", max_length=300, **OPTIONAL)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        start, end = data.get("arrears_from"), data.get("arrears_to")
        if start and end and end < start:
            self.add_error("arrears_to", "不能早于欠薪起始日")
        elif start and end and (end - start).days > 3660:
            self.add_error("arrears_from", "欠薪期间不能超过十年")
        started, ended = data.get("employment_start"), data.get("employment_end")
        if started and ended and ended < started:
            self.add_error("employment_end", "不能早于用工起始日")
        if data.get("employer_name") and data.get("employer_unknown"):
            self.add_error("employer_unknown", "已填写用人单位，不能同时勾选“不详”")
        return data


class RegisterForm(FactsForm):
    """登记: what the caller adds now, whether the privacy notice was read to him (INT-15), and whether he wants no
    short message with his code."""

    notice_shown = Tick(label="已告知个人信息处理规则")
    no_contact = Tick(label="无联系方式")
    no_sms = Tick(label="不要短信回执")
    destination = Pointer("agency", label="去向", **OPTIONAL)
    destination_reason = CleanText(label="改变去向的理由", max_length=300, **OPTIONAL)
    destination_basis = CleanText(label="去向依据（派单规则，由系统填写）", max_length=160, **OPTIONAL)
    join_case = CleanText(label="建议并入案件（案号）", max_length=40, **OPTIONAL)
    visit_departments = Pointer("agency", many=True, label="接访部门", **OPTIONAL)
    visit_people = Count(label="到访人数", min_value=1, **OPTIONAL)
    visit_result = CleanText(label="现场处理结果", max_length=500, story=True, **OPTIONAL)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        why = data.get("destination_reason") or data.get("destination_basis")
        if data.get("destination") and not why:
            self.add_error("destination_reason", "改变去向须写明理由")
        elif data.get("destination_reason") and not data.get("destination"):
            self.add_error("destination", "写明了改变去向的理由，请选择去向")
        return data


class LogForm(RegisterForm):
    """One contact as it comes in. `register` registers it in the same act, as at the hotline."""

    channel = Choice(label="来源", choices=Channel.choices)
    source_id = CleanText(label="来源编号", max_length=80, **OPTIONAL)
    received_at = Moment(label="收到时间", **OPTIONAL)
    title = CleanText(label="标题", max_length=200, story=True, **OPTIONAL)
    lines = Rows(LineForm, label="欠薪明细", folded=LineForm.RECKONING, **OPTIONAL)
    register = Tick(label="同时登记")
    reason = CleanText(label="补录理由", lines=True, **OPTIONAL)


class AmendForm(FactsForm):
    """修改事实: also the officer's reasoned judgement that the violation continues (ACC-07, never automatic)."""

    in_arbitration_or_court: forms.Field = YesNo(label="已申请仲裁或起诉", **OPTIONAL)  # here a no is an answer, too
    violation_continues = YesNo(label="违法行为仍在继续", **OPTIONAL)
    violation_continues_reason = CleanText(label="判断理由", lines=True, **OPTIONAL)
    reason = CleanText(label="修改理由", lines=True, **OPTIONAL)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("violation_continues") and not data.get("violation_continues_reason"):
            self.add_error("violation_continues_reason", "认定违法行为仍在继续，须写明理由")
        return data


class SupplementedForm(FactsForm):
    """What came in on a supplement request."""

    brought = CleanText(label="补正内容", lines=True)


class AnswerForm(Inputs):
    answer = CleanText(label="答复内容", lines=True)


class AcceptForm(Inputs):
    """受理: into a new case, or into an open one named by its number."""

    into = CleanText(label="并入已有案件（案号）", max_length=40, **OPTIONAL)
    employer_unlicensed = Tick(label="用人单位无营业执照")
    reason = CleanText(label="说明", lines=True, **OPTIONAL)


class DeclineForm(Inputs):
    reason = CleanText(label="不予受理理由", lines=True)
    route = CleanText(label="告知投诉人的途径", max_length=200)


class SupplementForm(Inputs):
    missing = CleanText(label="需要补正的内容", lines=True)
    by_day = LegalDay(label="补正期限", future=True)


class ReferForm(Inputs):
    agency = Pointer("agency", label="转往单位")
    reason = CleanText(label="转办理由", lines=True)
    by_day = LegalDay(label="请于此日前反馈", future=True)


class ResultForm(Inputs):
    result = CleanText(label="办理结果", lines=True)


class DuplicateForm(Inputs):
    of = Pointer("complaint", label="与哪件投诉重复")
    reason = CleanText(label="理由", lines=True)


class WithdrawForm(Inputs):
    reason = CleanText(label="撤诉理由", lines=True)
    case_goes_on = YesNo(label="案件是否继续办理", **OPTIONAL)


class UrgentForm(Inputs):
    what = CleanText(label="紧急情况", max_length=200)


class EvidenceForm(Inputs):
    title = CleanText(label="证据名称", max_length=200)
    kind = CleanText(label="证据种类", max_length=40, **OPTIONAL)
    provided_by = CleanText(label="提供人", max_length=60, **OPTIONAL)
    file = CleanText(label="文件", max_length=600, story=True, **OPTIONAL)


class LegalAidForm(Inputs):
    """WPR 45, LAL 42: referred when the worker asks for it, with his name and number so that he can be called."""

    worker_asked = Tick(label="劳动者申请并同意提供姓名和电话", required=True)
    help = CleanText(label="需要的法律援助", lines=True)


class LinesForm(Inputs):
    lines = Rows(LineForm, label="欠薪明细")


class ReissueForm(Inputs):
    """补发回执码: to the complainant, or to one worker of a group, who then sees his own outcome."""

    worker = Pointer("worker", label="发给哪一名工友（空白为投诉人）", **OPTIONAL)


class FollowUpForm(Inputs):
    reached = YesNo(label="是否联系上")
    satisfied = YesNo(label="是否满意", **OPTIONAL)
    why_not = CleanText(label="不满意或未联系上的原因", lines=True, **OPTIONAL)
