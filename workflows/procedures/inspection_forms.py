"""What the acts of the labour inspection ask for."""

from __future__ import annotations

from workflows.casefile.ledger import Payer, Settled
from workflows.inputs import (
    Because,
    Choice,
    CleanText,
    Count,
    CreditCode,
    Inputs,
    LegalDay,
    Money,
    Pointer,
    Rows,
    Tick,
    YesNo,
)
from workflows.procedures.intake_forms import OPTIONAL, LineForm


class NoteForm(Inputs):
    """What happened between the acts: a call, a visit, a talk, or what colleagues think of it."""

    KINDS = (("phone", "电话"), ("site", "现场"), ("summons", "约谈"), ("internal", "内部意见"))
    kind = Choice(label="方式", choices=KINDS)
    text = CleanText(label="经过", lines=True)
    file = CleanText(label="附件", max_length=600, story=True, **OPTIONAL)


class AssignForm(Inputs):
    lead = Pointer("inspector", label="主办监察员")
    others = Pointer("inspector", label="协办监察员", many=True)


class AssignMoreForm(Inputs):
    others = Pointer("inspector", label="增派监察员", many=True)


class VerifiedForm(Inputs):
    """One line of the ledger with the amount the evidence bears out."""

    line = Pointer("line", label="明细")
    verified = Money(label="核实金额（元）")
    months = CleanText(label="核实月数", max_length=6, **OPTIONAL)
    evidence = Pointer("evidence", label="依据的证据", **OPTIONAL)
    basis = CleanText(label="依据说明", max_length=200, **OPTIONAL)


class FactsForm(Inputs):
    """查清事实: what the investigation found, line by line; lines not named stand verified as claimed."""

    findings = CleanText(label="认定的事实", lines=True)
    verified = Rows(VerifiedForm, label="核实明细（未列出的按主张金额）", **OPTIONAL)
    evidence = Pointer("evidence", label="核实依据的证据（对全部明细）", **OPTIONAL)
    basis = CleanText(label="核实依据说明", max_length=200, **OPTIONAL)
    able_to_pay = YesNo(label="有能力支付", **OPTIONAL)
    evasion = CleanText(label="逃匿或转移财产的事实", lines=True, **OPTIONAL)
    contracting = CleanText(
        label="违法发包、转包、分包或者拖欠工程款的事实", lines=True,
        help_text="填写后通报行业主管部门（《保障农民工工资支付条例》第七条、第四十三条）", **OPTIONAL,
    )  # fmt: skip
    regulator = Pointer("agency", label="行业主管部门", **OPTIONAL)


class VerifyForm(Inputs):
    """核实补充明细: lines that were added after the facts were established."""

    verified = Rows(VerifiedForm, label="核实明细")
    evidence = Pointer("evidence", label="核实依据的证据（对所列明细）", **OPTIONAL)
    basis = CleanText(label="核实依据说明", max_length=200, **OPTIONAL)


class OrderForm(Inputs):
    """限期改正指令书: the date to pay by is the officer's, not a rule's (DEC-07)."""

    pay_by = LegalDay(label="支付期限", future=True)
    addressee = CleanText(label="责令对象", max_length=120, help_text="按清偿责任确定；空白为用人单位", **OPTIONAL)
    addressee_reason = CleanText(label="对象的理由", lines=True, **OPTIONAL)


class IntentForm(Inputs):
    KINDS = (("treatment", "行政处理"), ("penalty", "行政处罚"), ("compensation", "加付赔偿金"))
    kind = Choice(label="拟作决定", choices=KINDS)
    content = CleanText(label="拟作决定的内容", lines=True)
    basis = CleanText(label="依据的条款", max_length=300, help_text="空白为本动作所依据的条款", **OPTIONAL)
    hearing_right = Tick(label="属于应告知听证的情形")
    legal_reviewer = Pointer("reviewer", label="送法制审核", **OPTIONAL)


class DecideForm(Inputs):
    content = CleanText(label="决定内容", lines=True)
    basis = CleanText(label="依据的条款", max_length=300, help_text="空白为本动作所依据的条款", **OPTIONAL)
    pay_by = LegalDay(label="履行期限", future=True, help_text="行政处理决定须写明", **OPTIONAL)
    party_absent = Tick(label="当事人不在场，须另行送达")


class DemandForm(Inputs):
    amount = Money(label="确切金额（元）")
    pay_by = LegalDay(label="履行期限", future=True)


class EnforcementForm(Inputs):
    court = CleanText(label="申请的法院", max_length=80)
    content = CleanText(label="申请执行的内容", lines=True)


class ComplianceForm(Inputs):
    how = CleanText(label="履行情况", lines=True)


class CloseForm(Inputs):
    result = CleanText(label="告知投诉人的结果", lines=True)


class TransferOutForm(Inputs):
    agency = Pointer("agency", label="移送单位")
    reason = CleanText(label="移送理由", lines=True)


class JoinForm(Inputs):
    into = CleanText(label="并入案件（案号）", max_length=40)
    reason = CleanText(label="并案理由", lines=True)


class SplitForm(Inputs):
    complaints = Pointer("complaint", label="分出的投诉", many=True)
    reason = CleanText(label="分案理由", lines=True)


class InquiryForm(Inputs):
    materials = CleanText(label="要求提供的材料", lines=True)
    on_day = LegalDay(label="接受询问的日期", future=True, help_text="空白为收到之日起七日内", **OPTIONAL)
    place = CleanText(label="接受询问的地点", max_length=200, help_text="空白为本机关", **OPTIONAL)


class AnswerForm(Inputs):
    answer = CleanText(label="单位的书面答复", lines=True)
    refused = Tick(label="拒绝答复或提供")


class InterviewForm(Inputs):
    """调查询问笔录 (HNR 13, APL 55): two inspectors, certificates shown, read back, signed or refusal noted."""

    person = CleanText(label="被询问人", max_length=60)
    place = CleanText(label="地点", max_length=200)
    said = CleanText(label="询问要点", lines=True)
    certificates_shown = Tick(label="已出示执法证件")
    refused_to_sign = Tick(label="拒绝签字（已注明）")
    reason = CleanText(label="补录理由", lines=True, **OPTIONAL)


class SiteCheckForm(Inputs):
    place = CleanText(label="地点", max_length=200)
    found = CleanText(label="检查情况", lines=True)
    rights_board = YesNo(label="维权告示牌齐全", **OPTIONAL)
    special_account = YesNo(label="工资专用账户已开立", **OPTIONAL)
    deposit = YesNo(label="工资保证金已缴存", **OPTIONAL)
    real_name = YesNo(label="实名制台账齐全", **OPTIONAL)


class PreserveForm(Inputs):
    items = CleanText(label="登记保存的物品", lines=True)


class PreservationForm(Inputs):
    decision = CleanText(label="处理决定", lines=True)


class ExtensionForm(Inputs):
    """延长期限: by units of the rule, or until a day where the law leaves the length to the approver (DEC-01)."""

    RULES = (
        ("INV-01", "INV-01 调查期限（至多 30 个工作日，一次）"),
        ("INV-02", "INV-02 办结期限（河南，累计至多 30 日）"),
        ("DEC-01", "DEC-01 处理决定期限（至负责人批准的日期，一次）"),
        ("BLK-06", "BLK-06 列入决定期限（至多 20 个工作日，一次）"),
    )
    rule = Choice(label="延长哪个期限", choices=RULES)
    length = Count(
        label="延长多少", min_value=1, max_value=999, help_text="以该期限的单位计；空白为尚可延长的全部", **OPTIONAL
    )
    until = LegalDay(label="延长至", future=True, help_text="仅用于 DEC-01", **OPTIONAL)
    reason = CleanText(label="复杂情况的理由", lines=True)


class AppointForm(Inputs):
    person = CleanText(label="约谈对象", max_length=60)
    on_day = LegalDay(label="约谈日期", future=True)
    place = CleanText(label="地点", max_length=200)
    how_told = CleanText(label="通知方式和送达证明", max_length=200)


class AppearanceForm(Inputs):
    """记录约谈到场情况 (INV-11): whoever was told and does not come, or says he will not pay, is seen to evade."""

    appointment = Pointer("appointment", label="哪一次约谈")
    came = YesNo(label="约谈对象到场")
    said = CleanText(label="约谈情况", lines=True, help_text="到场的写要点；未到的写通知证明和联系经过")
    reason = CleanText(label="补录理由", lines=True, **OPTIONAL)


class CityQueryForm(Inputs):
    """The county's head asks the city; only the city bureau's head approves (INV-08)."""

    what = CleanText(label="拟查询的账户、财产、车辆", lines=True)


class CityReplyForm(Inputs):
    granted = YesNo(label="市级人社局负责人是否批准")
    city_paper = CleanText(label="市级批准文号", max_length=80)
    result = CleanText(label="查询结果", lines=True, **OPTIONAL)


class PaidForm(Inputs):
    line = Pointer("line", label="明细")
    amount = Money(label="支付金额（元）", min_value="0.01")


class PaymentForm(Inputs):
    """One payment to workers in person (PAY-01), by bank slip or sheet, share by share."""

    #: deposit and fund pay through their own acts, so that each yuan names its use
    PAYERS = [(v, label) for v, label in Payer.choices if v not in (Payer.WAGE_DEPOSIT, Payer.RELIEF_FUND)]
    payer = Choice(label="支付方", choices=PAYERS)
    shares = Rows(PaidForm, label="逐人金额")
    proof = CleanText(label="支付凭证", max_length=200)
    reason = CleanText(label="补录理由", lines=True, **OPTIONAL)


class CounterPaymentForm(Inputs):
    payment = Pointer("payment", label="要冲正的支付")
    reason = CleanText(label="冲正理由", lines=True)


class CounterLineForm(Inputs):
    line = Pointer("line", label="要冲销的明细")
    reason = CleanText(label="冲销理由", lines=True)


class SettleForm(Inputs):
    SETTLED = [(v, label) for v, label in Settled.choices if v != Settled.PAID]
    line = Pointer("line", label="明细")
    how = Choice(label="了结方式", choices=SETTLED)
    reason = CleanText(label="理由", max_length=300)
    tries = Count(label="联系次数（无法联系时至少两次）", max_value=99, **OPTIONAL)


class LineWithdrawForm(Inputs):
    line = Pointer("line", label="明细")
    reason = CleanText(label="劳动者撤回的理由", max_length=300)


class AmendForm(Inputs):
    """修改案件事实: the employer's and the project's entries of the dictionary."""

    employer_name = CleanText(label="用人单位", max_length=120, **OPTIONAL)
    employer_domicile = CleanText(label="单位住所", max_length=200, **OPTIONAL)
    legal_rep_name = CleanText(label="法定代表人", max_length=60, **OPTIONAL)
    general_contractor = CleanText(label="施工总承包单位", max_length=120, **OPTIONAL)
    subcontractor = CleanText(label="分包单位", max_length=120, **OPTIONAL)
    developer = CleanText(label="建设单位", max_length=120, **OPTIONAL)
    lines = Rows(LineForm, label="补充工资明细", **OPTIONAL)
    reason = CleanText(label="修改理由", lines=True)


class RecusalForm(Inputs):
    officer = Pointer("inspector", label="申请回避的人员")
    reason = CleanText(label="回避理由", lines=True)


class DecideRecusalForm(Inputs):
    recused = YesNo(label="是否回避")
    replacement = Pointer("inspector", label="接替人员", **OPTIONAL)
    reason = CleanText(label="理由", lines=True)


class DefenceForm(Inputs):
    said = CleanText(label="陈述申辩内容", lines=True)
    examined = CleanText(label="复核意见", lines=True)


class ChairForm(Inputs):
    """APL 64: the agency names a chair who did not investigate, and tells the party seven working days ahead."""

    chair = Pointer("officer", label="听证主持人")
    on_day = LegalDay(label="听证日期", future=True)
    place = CleanText(label="听证地点", max_length=200)


class HearingForm(Inputs):
    record = CleanText(label="听证笔录要点", lines=True)


class ReviewForm(Inputs):
    opinion = CleanText(label="法制审核意见", lines=True)
    passed = YesNo(label="审核通过")


class DiscussionForm(Inputs):
    leaders = CleanText(label="参加讨论的负责人", max_length=300)
    decision = CleanText(label="集体讨论结论", lines=True)


class RemedyForm(Inputs):
    KINDS = (("reconsideration", "行政复议"), ("lawsuit", "行政诉讼"))
    OUTCOMES = (("", "审理中"), ("upheld", "维持"), ("withdrawn", "撤回"), ("changed", "变更"), ("quashed", "撤销"))
    #: outcomes after which the decision is carried out as it was made
    DECISION_STANDS = ("upheld", "withdrawn")
    kind = Choice(label="救济方式", choices=KINDS)
    outcome = Choice(label="处理结果", choices=OUTCOMES, **OPTIONAL)
    result = CleanText(label="说明", lines=True, **OPTIONAL)


class ListingForm(Inputs):
    listed = YesNo(label="是否列入失信联合惩戒名单")
    unified_credit_code = CreditCode(label="统一社会信用代码", **OPTIONAL)
    reason = CleanText(label="理由", lines=True)


class CorrectForm(Because):
    """更正: takes a wrong click back while nothing came after it."""
