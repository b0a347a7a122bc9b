"""What the acts between agencies ask for: 协查, 案件通报, 共享数据, 督办."""

from __future__ import annotations

from workflows.casefile.sharing import DataRequest, UseRecord
from workflows.inputs import Choice, CleanText, Inputs, LegalDay, Pointer, YesNo
from workflows.procedures.intake_forms import OPTIONAL

#: words for a text that goes to another agency as it is written
LEAVES = "将原文发给对方，不要写身份证号、银行账号"


class AskAgencyForm(Inputs):
    agency = Pointer("agency", label="被请求单位")
    question = CleanText(label="请求事项", lines=True, help_text=LEAVES)
    due_on = LegalDay(label="请于此日前答复", future=True)


class ChaseAgencyForm(Inputs):
    task = Pointer("task", label="协查事项")
    reason = CleanText(label="催办说明", lines=True)


class AgencyAnswerForm(Inputs):
    task = Pointer("task", label="协查事项")
    answer = CleanText(label="答复", lines=True)
    file = CleanText(label="附件", max_length=600, story=True, **OPTIONAL)


class ReturnAnswerForm(Inputs):
    task = Pointer("task", label="协查事项")
    reason = CleanText(label="需要补充的内容", lines=True)
    due_on = LegalDay(label="新的答复期限", future=True)


class NotifyForm(Inputs):
    """案件通报: one text to several agencies, each of which signs for it."""

    agencies = Pointer("agency", label="通报单位", many=True)
    what = CleanText(label="通报内容", lines=True, help_text=LEAVES)


class DataRequestForm(Inputs):
    """DSR 20: a request names basis, scenario, scope, method and time of use."""

    agency = Pointer("agency", label="数据提供单位")
    wanted = CleanText(label="需要的数据项（范围）", lines=True)
    scenario = CleanText(label="使用场景", max_length=300)
    basis = CleanText(label="法律依据", max_length=200)
    way = Choice(label="使用方式", choices=DataRequest.Method.choices)
    use_until = LegalDay(label="使用至", future=True)
    conditional = YesNo(label="属于有条件共享（目录标注；无条件共享的一个工作日内答复）")


class DataDecisionForm(Inputs):
    """DSR 21: agreed, refused with reasons, or told once and in full what is missing."""

    data_request = Pointer("data_request", label="共享申请")
    decision = Choice(label="答复", choices=DataRequest.Decision.choices)
    reason = CleanText(label="理由或者需要补充的内容", lines=True, **OPTIONAL)


class DataExtensionForm(Inputs):
    """DSR 21: the reply may be extended once, with the data authority's consent, and the requester is told."""

    data_request = Pointer("data_request", label="共享申请")
    consent = CleanText(label="数据主管部门同意的文号", max_length=120)
    reason = CleanText(label="延期理由", lines=True)


class ProvideForm(Inputs):
    data_request = Pointer("data_request", label="共享申请")
    provided = CleanText(label="提供的数据", lines=True)
    file = CleanText(label="附件", max_length=600, story=True, **OPTIONAL)


class CorrectionForm(Inputs):
    data_request = Pointer("data_request", label="共享申请")
    what = CleanText(label="有疑义的数据和理由", lines=True)


class CorrectedForm(Inputs):
    data_request = Pointer("data_request", label="共享申请")
    answer = CleanText(label="校核结果", lines=True)


class DisputeForm(Inputs):
    """DSR 28: what agencies cannot settle between them goes to the data authority of their level."""

    data_request = Pointer("data_request", label="共享申请")
    reason = CleanText(label="争议事项和协商经过", lines=True)


class DataUseForm(Inputs):
    """DSR 29: scenario, process and effect of use, storage, destruction."""

    HOW = [(v, label) for v, label in UseRecord.How.choices if v in ("used", "stored", "destroyed")]
    data_request = Pointer("data_request", label="共享申请")
    how = Choice(label="使用情况", choices=HOW)
    note = CleanText(label="过程、效果或者存放、销毁情况", lines=True)


class SuperviseForm(Inputs):
    """督办: a leader's question with a duty to answer."""

    limit = Pointer("limit", label="针对的期限", **OPTIONAL)
    question = CleanText(label="督办要求", lines=True)
    due_on = LegalDay(label="请于此日前答复", future=True)


class SupervisedForm(Inputs):
    order = Pointer("order", label="督办事项（只有一项待答复时可不填）", **OPTIONAL)
    answer = CleanText(label="答复", lines=True)
