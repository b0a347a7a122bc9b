"""The shapes of what the API answers: which fields, of which type, what they mean. Rendered from plain values.

None of these is bound to a model: what a reader may see is decided in `shapes.py`, field by field; nothing is shown
because a column happens to exist.
"""

# mypy: disable-error-code="assignment"
# (a declared field is taken off the class by DRF's metaclass, so that `label` may be the name of one)

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.serializers import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    DecimalField,
    DictField,
    IntegerField,
    JSONField,
    ListField,
    UUIDField,
)


class Shape(serializers.Serializer):
    """An answer, or a part of one."""


def text(said: str, **more: Any) -> CharField:
    return CharField(help_text=said, **more)


def money(said: str, **more: Any) -> DecimalField:
    return DecimalField(max_digits=16, decimal_places=2, help_text=f"{said}（元，文字，两位小数）", **more)


def moment(said: str, **more: Any) -> DateTimeField:
    return DateTimeField(help_text=said, **more)


def day(said: str, **more: Any) -> DateField:
    return DateField(help_text=said, **more)


def yes(said: str, **more: Any) -> BooleanField:
    return BooleanField(help_text=said, **more)


def whole(said: str, **more: Any) -> IntegerField:
    return IntegerField(help_text=said, **more)


def key(said: str, **more: Any) -> UUIDField:
    return UUIDField(help_text=said, **more)


NONE: dict[str, Any] = {"allow_null": True}


def page_of(item: type[Shape]) -> type[Shape]:
    """The shape of a page of rows."""
    fields: dict[str, Any] = {
        "__doc__": None,
        "results": item(many=True),
        "next": text("下一页的 after，空为没有", **NONE),
    }
    return type(f"{item.__name__}Page", (Shape,), fields)


# --- problems ---------------------------------------------------------------------------------------------------------


class Problem(Shape):
    """A refusal (RFC 9457)."""

    type = text("种类：urn:casedesk:problem:…")
    title = text("一句话的标题")
    status = whole("HTTP 状态码")
    detail = text("原因")
    errors = DictField(
        child=ListField(child=CharField()), required=False, help_text="字段名 → 逐条说明；空字段名表示不属于某一字段"
    )
    reasons = ListField(child=CharField(), required=False, help_text="现在不能办理的各项原因")
    possible = ListField(child=CharField(), required=False, help_text="当前状态允许的动作")


# --- parts ------------------------------------------------------------------------------------------------------------


class Named(Shape):
    """A row of the county by code."""

    code = text("代码")
    name = text("名称")


class CaseLink(Shape):
    id = key("案件标识")
    number = text("案号")


class ProcedureState(Shape):
    """A procedure of a root and where it stands."""

    procedure = text("程序：intake、joint、inspection、police")
    id = key("程序标识，办理动作时使用")
    label = text("程序名称")
    state = text("状态")
    state_label = text("状态名称")
    stage = text("公开阶段")


class Person(Shape):
    """The complainant: personal numbers and address are masked. Null for informants and anonymous callers."""

    name = text("姓名")
    sex = text("性别")
    birth_date = day("出生日期", **NONE)
    occupation = text("职业")
    work_unit = text("工作单位")
    residence = text("住址（隐去中间）")
    phone = text("电话（隐去中间）")
    id_document_type = text("证件类型")
    id_number = text("证件号码（隐去中间）")
    representatives = text("其他代表")


class Line(Shape):
    """One worker × one period."""

    id = key("明细标识")
    complaint = key("投诉标识")
    worker = text("劳动者姓名")
    trade = text("工种")
    phone = text("电话（隐去中间）")
    id_number = text("证件号码（隐去中间）")
    period_from = day("起", **NONE)
    period_to = day("止", **NONE)
    months = text("欠薪月数")
    claimed = money("主张")
    verified = money("核实", **NONE)
    ordered = money("责令", **NONE)
    paid = money("已付")
    settled_otherwise = money("另行了结")
    rest = money("尚欠")
    settled_how = text("了结方式，未了结为空")


class Totals(Shape):
    workers = whole("人数（同一人只计一次）")
    claimed = money("主张合计")
    owed = money("应付合计")
    paid = money("已付合计")
    rest = money("尚欠合计")


class EvidenceItem(Shape):
    id = key("证据标识")
    title = text("名称")
    kind = text("种类")
    file_name = text("文件名")
    size = whole("字节数")
    sha256 = text("文件的 SHA-256")
    at = moment("添加时间")


class PaperItem(Shape):
    id = key("文书标识")
    kind = text("文书种类")
    label = text("文书名称")
    number = text("文号")
    addressee = text("送达对象")
    made_at = moment("制作时间")
    served_at = moment("送达生效时间", **NONE)


class TaskItem(Shape):
    id = key("事项标识")
    agency = text("单位")
    question = text("事项")
    due_on = day("答复期限")
    answered_at = moment("答复时间", **NONE)
    answer = text("答复")


class Assigned(Shape):
    id = key("人员标识")
    name = text("姓名")
    lead = yes("是否主办")


class NoticeOfYear(Shape):
    """The holiday notice of one year that a date rests on."""

    year = whole("年份")
    number = text("文号")


class WhyDay(Shape):
    """One day of the explanation."""

    date = day("日期")
    counted = yes("是否计入")
    reason = text("原因")


class WhyPause(Shape):
    """Days on which a limit stood still."""

    first = day("首日")
    last = day("末日，空为未结束", **NONE)
    reason = text("原因")
    document = text("依据的文书")


class WhyExtension(Shape):
    """One granted extension."""

    length = whole("延长的期间，以规则的单位计；空为延长至指定日期", **NONE)
    until = day("延长至的日期；空为按期间延长", **NONE)
    approved_by = text("批准人")
    reason = text("理由")


class WhyBeside(Shape):
    """A limit of another law for the same duty."""

    rule = text("期限规则编号")
    name = text("期限名称")
    article = text("依据（全称）")
    due_on = day("末日")
    target = yes("是否为目标（最早的一个）")
    counts = yes("是否以此认定逾期")


class WhyChange(Shape):
    """One time the date was counted again and moved."""

    at = moment("重新计算的时间")
    before = text("原末日")
    after = text("新末日")
    because = text("原因")


class WhyItem(Shape):
    """Why this date, day by day; without days for a date that somebody set."""

    version = whole("规则版本")
    region = text("适用地区，空为全国")
    period = text("期间")
    confidence = text("条文核对程度")
    confirmed = yes("条文是否已核实或确认")
    confirmed_document = text("确认所依据的文件")
    verified = yes("效力是否已核实；否则只显示，不认定逾期")
    in_force = yes("起算时规定是否已施行")
    earliest_on = day("最短间隔：最早可办理日", **NONE)
    breach = yes("是否已认定逾期")
    agrees = yes("复算结果是否与记录一致")
    calendar_version = whole("日历版本")
    notices = NoticeOfYear(many=True, help_text="所依据的放假通知")
    days = WhyDay(many=True, help_text="逐日")
    pauses = WhyPause(many=True, help_text="中止")
    extensions = WhyExtension(many=True, help_text="延长")
    beside = WhyBeside(many=True, help_text="同一事项的各个期限")
    changes = WhyChange(many=True, help_text="重新计算的经过")


class LimitItem(Shape):
    """A limit that runs or ran."""

    id = key("期限标识")
    procedure = text("程序")
    subject = key("程序标识")
    rule = text("期限规则编号")
    name = text("期限名称")
    law = text("依据（法规代码与条款）")
    article = text("依据（全称）")
    who = text("义务人代码，空为本单位")
    started_at = moment("起算时间")
    due_at = moment("届满时刻（末日的次日零时）")
    due_on = day("末日")
    target_on = day("目标日（参照顺延之前）")
    provisional = yes("节假日安排尚未公布，日期待重算")
    overdue = yes("是否已逾期")
    stopped_at = moment("停止时间", **NONE)
    outcome = text("结果：kept、missed、taken_back，空为进行中")
    why = WhyItem(allow_null=True, help_text="日期怎样算出；只在参数 why 为真时给出")


class EventItem(Shape):
    """One act as it was done."""

    id = key("事件标识")
    seq = whole("在本案（投诉）记录中的序号")
    procedure = text("程序")
    subject = key("程序标识")
    act = text("动作")
    label = text("动作名称")
    law = text("依据")
    from_state = text("原状态")
    to_state = text("新状态")
    to_label = text("新状态名称")
    by = text("办理人")
    by_agency = text("办理单位代码")
    approved_by = text("审批人")
    acting_paper = text("主持工作的文件")
    at = moment("发生时间")
    recorded_at = moment("记录时间")
    reason = text("理由；不显示案情的读者为 null", **NONE)
    inputs = JSONField(help_text="办理时填写的内容（个人信息已隐去）；不显示案情的读者为 null", allow_null=True)
    amended = ListField(child=CharField(), help_text="被修改的字段")
    notices = ListField(child=CharField(), help_text="发出的通知")
    limits_started = ListField(child=CharField(), help_text="开始的期限规则")
    limits_stopped = ListField(child=CharField(), help_text="停止的期限规则")


# --- complaints and cases ---------------------------------------------------------------------------------------------


class ComplaintRow(Shape):
    """A complaint as a list shows it."""

    id = key("投诉标识")
    intake = key("受理程序标识", **NONE)
    state = text("受理状态")
    state_label = text("受理状态名称")
    channel = text("来源")
    channel_label = text("来源名称")
    received_at = moment("收到时间")
    called = text("投诉人称呼；举报人不显示姓名；领导查阅时为 null", **NONE)
    employer_name = text("用人单位")
    project_name = text("工程项目")
    township = text("乡镇", **NONE)
    worker_count = whole("涉及人数", **NONE)
    amount_claimed = money("欠薪金额", **NONE)
    urgent = text("紧急情况")
    case = CaseLink(allow_null=True, help_text="所属案件")
    version = whole("记录的版本，提交时作为 seen_version")


class Complaint(ComplaintRow):
    """A complaint with its facts."""

    bureau = Named(help_text="主管单位")
    source_id = text("来访登记号、来源编号")
    regulator = Named(allow_null=True, help_text="行业主管部门")
    destination = Named(allow_null=True, help_text="去向（登记时按规则或由登记人建议，由大队长决定）")
    destination_basis = text("去向依据（派单规则）")
    destination_reason = text("登记人改变去向的理由")
    join_case = CaseLink(allow_null=True, help_text="建议并入的案件")
    visit_departments = ListField(child=CharField(), help_text="接访部门代码")
    visit_people = whole("到访人数", **NONE)
    visit_result = text("现场处理结果；领导查阅时为 null", **NONE)
    is_informant = yes("举报人")
    anonymous = yes("匿名")
    confidentiality_requested = yes("要求对单位保密")
    person = Person(allow_null=True, help_text="投诉人；举报人、匿名或领导查阅时为 null")
    title = text("标题", **NONE)
    violation_facts = text("侵害事实；领导查阅时为 null", **NONE)
    requests = text("请求事项", **NONE)
    other_procedures = text("仲裁、诉讼、信访案号", **NONE)
    evidence_named = text("手里的证据", **NONE)
    employer_unknown = yes("用人单位不详")
    employer_domicile = text("单位住所")
    legal_rep_name = text("法定代表人")
    unified_credit_code = text("统一社会信用代码")
    industry_sector = text("行业")
    project_place = text("工作地点")
    developer = text("建设单位")
    general_contractor = text("施工总承包单位")
    subcontractor = text("分包单位")
    crew_leader_name = text("班组长")
    actual_controller = text("实际控制人")
    crew_leader_phone = text("班组长电话（隐去中间）")
    employed_in_county = yes("用工所在地在本县", **NONE)
    arrears_from = day("欠薪起", **NONE)
    arrears_to = day("欠薪止", **NONE)
    pay_basis = text("计薪方式")
    months_owed = text("欠薪月数", **NONE)
    employment_start = day("用工起", **NONE)
    employment_end = day("用工止", **NONE)
    last_work_day = day("最后工作日", **NONE)
    in_arbitration_or_court = yes("已申请仲裁或起诉")
    violation_continues = yes("违法行为仍在继续（监察员的判断）", **NONE)
    totals = Totals(help_text="工资明细合计")
    lines = Line(many=True, help_text="工资明细；领导查阅时为空")
    evidence = EvidenceItem(many=True, help_text="证据")
    procedures = ProcedureState(many=True, help_text="这件投诉的程序")


class CaseRow(Shape):
    """A case as a list shows it."""

    id = key("案件标识")
    number = text("案号")
    filed_on = day("立案日期")
    state = text("监察状态")
    state_label = text("监察状态名称")
    stage = text("公开阶段")
    employer = text("用人单位")
    project = text("工程项目", **NONE)
    township = text("乡镇", **NONE)
    industry_sector = text("行业")
    version = whole("记录的版本，提交时作为 seen_version")


class CaseComplaint(Shape):
    id = key("投诉标识")
    called = text("投诉人称呼；领导查阅时为 null", **NONE)
    channel = text("来源")
    received_at = moment("收到时间")
    state = text("受理状态")


class Employer(Shape):
    name = text("名称")
    credit_code = text("统一社会信用代码")
    domicile = text("住所")
    legal_rep_name = text("法定代表人")


class Project(Shape):
    name = text("名称")
    place = text("地点")
    developer = text("建设单位")
    general_contractor = text("施工总承包单位")
    subcontractor = text("分包单位")
    crew_leader_name = text("班组长")


class Case(Shape):
    """A case with what hangs on it."""

    id = key("案件标识")
    number = text("案号")
    filed_on = day("立案日期")
    version = whole("记录的版本，提交时作为 seen_version")
    bureau = Named(help_text="主管单位")
    employer = Employer(help_text="用人单位")
    project = Project(allow_null=True, help_text="工程项目")
    township = text("乡镇", **NONE)
    industry_sector = text("行业")
    joined_into = CaseLink(allow_null=True, help_text="并入的案件")
    procedures = ProcedureState(many=True, help_text="本案的程序")
    assignments = Assigned(many=True, help_text="承办人")
    complaints = CaseComplaint(many=True, help_text="本案的投诉")
    totals = Totals(help_text="工资台账合计")
    lines = Line(many=True, help_text="工资台账；领导查阅时为空")
    papers = PaperItem(many=True, help_text="文书")
    evidence = EvidenceItem(many=True, help_text="证据；领导查阅时为空")
    tasks = TaskItem(many=True, help_text="协查、交办事项")


class TransferRow(Shape):
    """A transfer to the police as a list shows it."""

    id = key("移送标识")
    kind = text("移送类型")
    kind_label = text("移送类型名称")
    state = text("状态")
    state_label = text("状态名称")
    case_number = text("案号")
    employer = text("用人单位")
    sent_at = moment("移送时间", **NONE)
    received_at = moment("接收时间", **NONE)
    police_number = text("公安文号")


class Transfer(TransferRow):
    """A transfer with its package: what goes with the letter, by name and number."""

    facts = text("涉嫌犯罪的事实")
    persons = text("涉案人员、单位")
    package = ListField(child=CharField(), help_text="移送材料清单")
    package_sha256 = text("清单的 SHA-256")
    receipt_sha256 = text("接收回执的 SHA-256")
    receiver = text("接收人")
    police_reasons = text("公安、检察机关说明的理由")
    sheet = JSONField(help_text="报请移送时的构成要件核对表")
    limits = LimitItem(many=True, help_text="进行中的期限")


class Limits(Shape):
    results = LimitItem(many=True)


ComplaintPage, CasePage, EventPage, TransferPage = (
    page_of(one) for one in (ComplaintRow, CaseRow, EventItem, TransferRow)
)
