"""The shapes of what comes of an act, of a request for approval, of the queue; the parts stand in `serializers.py`."""

# mypy: disable-error-code="assignment"
# (a declared field is taken off the class by DRF's metaclass, so that `label` may be the name of one)

from __future__ import annotations

from rest_framework.serializers import CharField, JSONField, ListField, UUIDField

from casedesk.api.serializers import NONE, CaseLink, Shape, day, key, moment, money, page_of, text, whole, yes

# --- acts and approvals -----------------------------------------------------------------------------------------------


class ChoiceItem(Shape):
    value = text("提交的值")
    label = text("显示的文字")


class Column(Shape):
    """A column of an input that is a list of rows."""

    name = text("列名")
    label = text("显示名称")
    type = text("类型")
    required = yes("必填")


class InputItem(Shape):
    """One input of an act."""

    name = text("字段名")
    label = text("显示名称")
    type = text(
        "类型：text、lines、money、count、months、day、moment、yes_no、tick、phone、id_number、credit_code、choice、pointer、"
        "pointers、rows"
    )
    required = yes("必填")
    help = text("说明")
    choices = ListField(child=ChoiceItem(), allow_null=True, help_text="可选的值；不限定为 null")
    columns = ListField(child=Column(), allow_null=True, help_text="rows 的各列，其他类型为 null")


class ActionItem(Shape):
    """An act as it stands for the caller now."""

    name = text("动作")
    label = text("动作名称")
    possible = yes("现在能否办理")
    reasons = ListField(child=CharField(), help_text="不能办理的原因")
    approval = text("需要谁审批（角色代码），空为不需审批")
    law = text("依据")
    inputs = InputItem(many=True, help_text="需要填写的内容")


class Actions(Shape):
    procedure = text("程序")
    id = key("程序标识；开启新程序时为案件或投诉标识")
    state = text("状态")
    state_label = text("状态名称")
    version = whole("记录的版本，提交时作为 seen_version")
    actions = ActionItem(many=True, help_text="轮到您办理的动作")


class ApprovalItem(Shape):
    """A request for approval."""

    id = key("申请标识")
    state = text("状态：requested、approved、refused、withdrawn")
    state_label = text("状态名称")
    procedure = text("程序")
    subject = key("程序标识")
    act = text("动作")
    label = text("动作名称")
    case = CaseLink(allow_null=True, help_text="案件")
    complaint = key("投诉标识（没有案件时）", **NONE)
    needed = text("需要谁审批（角色代码）")
    needed_label = text("需要谁审批")
    requested_by = text("经办人")
    requested_at = moment("申请时间")
    at = moment("事情发生的时间，空为办理时", **NONE)
    reason = text("理由")
    shown = JSONField(help_text="填写的内容（个人信息已隐去）")
    draft = JSONField(help_text="拟制作的文书")
    decided_by = text("审批人")
    decided_at = moment("审批时间", **NONE)
    decision_reason = text("审批意见")


class Told(Shape):
    """What is told once, to the one who did the act: a receipt code for the complainant."""

    receipt_code = text("回执码", required=False)
    receipt_token = text("查询链接的令牌", required=False)
    receipt_second = text("查询时的第二要素（电话或证件末四位）", required=False)


class Done(Shape):
    """An act that was done."""

    procedure = text("程序")
    id = key("程序标识")
    state = text("新状态")
    state_label = text("新状态名称")
    stage = text("公开阶段")
    version = whole("记录的新版本")
    case = key("案件标识", **NONE)
    events = ListField(child=UUIDField(), help_text="记录的事件")
    told = Told(help_text="只告知一次的内容")


class Asked(Shape):
    """An act that waits for an approval."""

    approval = ApprovalItem()


class Logged(Shape):
    """A complaint that was taken in."""

    id = key("投诉标识")
    intake = key("受理程序标识")
    state = text("受理状态")
    state_label = text("受理状态名称")
    received_at = moment("收到时间")
    version = whole("记录的版本")
    events = ListField(child=UUIDField(), help_text="记录的事件")
    receipt = Told(allow_null=True, help_text="回执：登记后告知投诉人；未登记为 null")


class Decided(Shape):
    """A request that was decided or withdrawn; `done` is the act that a yes carried out."""

    approval = ApprovalItem()
    done = Done(allow_null=True, help_text="批准后办成的动作")


# --- queue, files, tokens ---------------------------------------------------------------------------------------------


class QueueItem(Shape):
    """An open case in the queue."""

    id = key("案件标识")
    number = text("案号")
    state = text("监察状态")
    employer = text("用人单位")
    project = text("工程项目", **NONE)
    township = text("乡镇", **NONE)
    complainant = text("第一名劳动者")
    workers = whole("人数")
    rest = money("尚欠")
    limit = text("最近的期限规则编号", **NONE)
    limit_name = text("期限名称", **NONE)
    due_at = moment("届满时刻", **NONE)
    due_on = day("末日", **NONE)
    provisional = yes("日期待重算", **NONE)
    last_act = text("最近的动作", **NONE)
    last_at = moment("最近动作的时间", **NONE)
    waiting_since = moment("待审批起始时间", **NONE)
    returned = yes("公安退回或要求补充")


class Buckets(Shape):
    over = whole("已逾期")
    today = whole("今日到期")
    soon = whole("三个工作日内到期")
    approval = whole("待审批")
    returned = whole("公安退回")
    mine = whole("全部")


class Queue(Shape):
    buckets = Buckets(help_text="各分类的件数")
    results = QueueItem(many=True)
    next = text("下一页的 after，空为没有", **NONE)


class WaitingItem(Shape):
    """A complaint without a case that waits for somebody."""

    id = key("投诉标识")
    state = text("受理状态")
    channel = text("来源")
    called = text("投诉人称呼")
    employer = text("用人单位")
    township = text("乡镇", **NONE)
    title = text("标题")
    received_at = moment("收到时间")
    limit = text("最近的期限规则编号", **NONE)
    limit_name = text("期限名称", **NONE)
    due_at = moment("届满时刻", **NONE)
    due_on = day("末日", **NONE)
    provisional = yes("日期待重算", **NONE)


class StoredFile(Shape):
    """A stored file; `file` goes into the input of the same name of add_evidence within a day."""

    file = text("文件令牌，一天内有效")
    sha256 = text("文件的 SHA-256")
    size = whole("字节数")
    content_type = text("类型")


class Token(Shape):
    token = text("令牌：Authorization: Token …")


ApprovalPage, WaitingPage = page_of(ApprovalItem), page_of(WaitingItem)


class PeerAnswer(Shape):
    """What a message of another agency's system came to; the same however often it is sent."""

    message_id = text("消息编号")
    kind = text("类型")
    notice = key("所回应的通知标识")
    state = text("通知的状态；办理了动作的，为程序的新状态")
    state_label = text("状态名称")
    receipt_sha256 = text("回执的 SHA-256（签收时）", required=False)
    procedure = text("程序（办理了动作时）", required=False)
    events = ListField(child=UUIDField(), required=False, help_text="记录的事件（办理了动作时）")


# --- reception days ---------------------------------------------------------------------------------------------------


class ReceptionDayItem(Shape):
    """A reception day: pointers of kind reception_day name its id."""

    id = key("接待日标识")
    day = day("接待日")
    place = text("地点")
    agencies = ListField(child=CharField(), help_text="参加单位代码")


class ReceptionDayPage(Shape):
    results = ReceptionDayItem(many=True)


# --- special inspections ----------------------------------------------------------------------------------------------


class TeamMember(Shape):
    id = key("人员标识")
    name = text("姓名")
    certificate = text("执法证件号")
    certificate_valid_to = day("证件有效期至", **NONE)


class SpecialResults(Shape):
    in_order = whole("未发现问题")
    corrected = whole("当场整改")
    complaints = whole("转为案源")


class SpecialInspectionItem(Shape):
    """A special inspection and how far it is; entries taken off its list are not counted."""

    id = key("专项检查标识")
    name = text("名称")
    order_number = text("文号")
    from_day = day("起日")
    to_day = day("止日")
    days_left = whole("距止日的天数，已过为负")
    total = whole("检查对象数")
    looked_at = whole("已检查")
    results = SpecialResults(help_text="各结果的户数")
    dropped = whole("移出名单")
    team = TeamMember(many=True, help_text="检查人员")


class SpecialFinding(Shape):
    """What was found at one entry; the newest stands, the earlier ones are kept."""

    result = text("结果：in_order、corrected、complaint、dropped")
    result_label = text("结果名称")
    found = text("发现的问题、整改情况或移出理由")
    looked_on = day("检查日期")
    complaint = key("转成的投诉（您看得到时）", **NONE)
    by = text("记录人")
    at = moment("记录时间")


class SpecialEntryItem(Shape):
    """One employer or project on the list of a special inspection."""

    id = key("检查对象标识")
    number = whole("序号")
    employer_name = text("用人单位")
    project_name = text("工程项目")
    findings = SpecialFinding(many=True, help_text="结果，新的在前；尚未检查为空")


class SpecialAdded(Shape):
    """What came of adding lines to a list."""

    added = whole("列入的检查对象数")
    there = whole("已在名单上、没有重复列入的")


SpecialInspectionPage, SpecialEntryPage = page_of(SpecialInspectionItem), page_of(SpecialEntryItem)


# --- decisions about the law ------------------------------------------------------------------------------------------


class LawProposalItem(Shape):
    """What is proposed about the law, by whom, and the second person's answer; approved, it is in force."""

    id = key("提议标识")
    kind = text("事项：breach、confirmed、figure")
    kind_label = text("事项名称")
    about = text("对象：期限组、规则编号，或者数额代码@地区@施行日期")
    value = text("选定的期限、规则的版本，或者确认的数额")
    what = text("所提决定的文字")
    document = text("文件编号")
    state = text("状态：requested、approved、refused、withdrawn")
    state_label = text("状态名称")
    requested_by = text("提出人")
    requested_at = moment("提出时间")
    decided_by = text("审批人")
    decided_at = moment("审批或撤回时间", **NONE)
    decision_reason = text("审批意见")


LawProposalPage = page_of(LawProposalItem)


# --- rosters and bank files -------------------------------------------------------------------------------------------


class ImportCounts(Shape):
    good = whole("可以导入")
    warned = whole("请核对")
    bad = whole("不能导入")
    left_out = whole("不导入（空行、合计行）")


class ImportItem(Shape):
    """A roster or a bank's file that was handed in."""

    id = key("导入标识：确认导入时作为 roster 或 pay_out 提交")
    kind = text("种类：roster、pay_out")
    file_name = text("文件名")
    sha256 = text("文件的 SHA-256")
    size = whole("字节数")
    encoding = text("csv 的文字编码")
    at = moment("上传时间")
    state = text("状态：waiting 正在读取、read 待确认、refused 不能使用、taken 已导入")
    state_label = text("状态名称")
    problem = text("整份文件不能使用的原因")
    notes = ListField(child=CharField(), help_text="读取时的说明")
    columns = JSONField(help_text="认出的各列")
    rows_seen = whole("已读行数")
    rows_total = whole("总行数")
    counts = ImportCounts(help_text="各类行数")
    taken_at = moment("导入时间", **NONE)
    taken_by = text("导入人")


class ImportPage(Shape):
    results = ImportItem(many=True)


class RowProblem(Shape):
    column = text("列")
    header = text("表头")
    says = text("问题")
    bad = yes("因此不能导入")


class ImportRowItem(Shape):
    """A row of the file as it was read; personal numbers are masked."""

    number = whole("文件行号")
    verdict = text("判断：good、warned、bad、left_out")
    name = text("姓名")
    id_number = text("身份证号（已隐去）")
    account = text("账号（已隐去）")
    trade = text("工种")
    period = text("期间")
    rate = text("单价", **NONE)
    quantity = text("数量", **NONE)
    due = money("应发", **NONE)
    already_paid = money("已发", **NONE)
    claimed = money("主张", **NONE)
    problems = RowProblem(many=True, help_text="逐列的问题")


class MatchedLine(Shape):
    worker = text("劳动者")
    amount = money("金额")


class MatchedRow(Shape):
    """A row of a bank's file with the lines of the ledger it pays."""

    number = whole("文件行号")
    name = text("户名")
    account = text("账号（已隐去）")
    amount = money("金额")
    at = text("日期")
    lines = MatchedLine(many=True, help_text="对应的工资明细")
    reason = text("理由")


class LeftRow(Shape):
    number = whole("文件行号")
    name = text("户名")
    amount = money("金额")
    reason = text("原因")


class LeftLine(Shape):
    worker = text("劳动者")
    rest = money("尚欠")


class UnusableRow(Shape):
    number = whole("文件行号")
    reason = text("原因")


class Beside(Shape):
    """A bank's file beside the ledger; at most a hundred of each."""

    exact = MatchedRow(many=True, help_text="完全一致：确认时记录支付")
    exact_count = whole("完全一致的行数")
    exact_total = money("完全一致的合计")
    suggested = MatchedRow(many=True, help_text="建议：确认时须逐行采纳（accepted）")
    suggested_count = whole("建议的行数")
    rows_left = LeftRow(many=True, help_text="文件中剩余")
    rows_left_count = whole("文件中剩余的行数")
    lines_left = LeftLine(many=True, help_text="台账中剩余")
    lines_left_count = whole("台账中剩余的笔数")
    unusable = UnusableRow(many=True, help_text="不能使用的行")


class ImportWhole(ImportItem):
    """A file with a page of its rows; a bank's file also beside the ledger."""

    rows = ImportRowItem(many=True, help_text="各行，按文件行号")
    next = whole("下一页的 after，空为没有", **NONE)
    beside = Beside(allow_null=True, help_text="与台账核对的结果（银行明细）")
