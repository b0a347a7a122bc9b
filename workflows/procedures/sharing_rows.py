"""What follows from the acts between agencies: whom a question is for, what is written down, which answer is owed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from workflows.action import Change, Guard, Step, insert, update
from workflows.casefile.evidence import Evidence
from workflows.casefile.file import CaseFile, bureau_codes
from workflows.casefile.sharing import DataRequest, SupervisionOrder, UseRecord, kept_until
from workflows.casefile.tasks import AgencyTask
from workflows.errors import InvalidInput
from workflows.procedures.inspection_rows import extension_counted
from workflows.procedures.intake_rows import evidence_checked

__all__ = ["evidence_checked"]

#: digits that may be an ID number (17 and a check character) or an account (16 to 19): nobody writes so long a number
#: by accident
_PERSONAL_NUMBER = re.compile(r"(?<!\d)\d{15,19}[0-9Xx]?(?!\d)")


def agency_checked(step: Step) -> None:
    step.inputs["agency"] = _other_agency(step, step.inputs["agency"], "agency")


def agencies_checked(step: Step) -> None:
    names = dict.fromkeys(step.inputs["agencies"])
    step.inputs["agencies"] = [_other_agency(step, name, "agencies") for name in names]


def _other_agency(step: Step, code: str, field: str) -> Any:
    found = step.file.agency(code, field)
    if found.code in bureau_codes(step.file.root.bureau):
        raise InvalidInput({field: "不能是本单位"})
    return found


def regulator_checked(step: Step) -> None:
    """WPR 7, 43: facts of illegal contracting or unpaid project money go to the regulator of the industry, whom the
    handler names."""
    told = step.inputs
    if bool(told.get("contracting")) != bool(told.get("regulator")):
        empty = "regulator" if told.get("contracting") else "contracting"
        raise InvalidInput({empty: "违法发包、拖欠工程款的事实和行业主管部门须一并填写"})
    if told.get("regulator"):
        told["regulator"] = _other_agency(step, told["regulator"], "regulator")


def no_personal_numbers(*names: str) -> Callable[[Step], None]:
    """A check of texts that leave as they are written: project, amounts, head-count, no ID or bank number (rules
    6.2)."""

    def check(step: Step) -> None:
        for name in names:
            if _PERSONAL_NUMBER.search(re.sub(r"[ \u3000-]", "", step.inputs.get(name) or "")):
                raise InvalidInput({name: "请勿写入身份证号、银行账号：对方只需要项目、金额、人数"})

    return check


# --- assistance 协查 --------------------------------------------------------------------------------------------------


def agency_asked(step: Step) -> Sequence[Change]:
    row = AgencyTask(
        case=step.file.case, agency=step.inputs["agency"], question=step.inputs["question"], basis="HNEX 17",
        due_on=step.inputs["due_on"], asked_at=step.at,
    )  # fmt: skip
    step.file.tasks.append(row)
    step.facts["task"] = str(row.public_id)
    return [insert(row)]


def asked_and_waiting(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if file.waiting_tasks(subject) else "没有待答复的协查事项"


def waiting_task_checked(step: Step) -> None:
    """The task is one of this procedure that waits; another agency's people name only their own agency's."""
    step.inputs["task"] = _of_agency(step, step.file.waiting_tasks(step.subject), "task")


def _of_agency(step: Step, rows: Sequence[Any], field: str) -> Any:
    if step.by.agency not in step.file.bureau_codes:
        rows = [r for r in rows if r.agency.code == step.by.agency]
    return step.file.of_file(rows, step.inputs[field], field)


def task_answered(step: Step) -> Sequence[Change]:
    task: AgencyTask = step.inputs["task"]
    task.answer, task.answered_at, task.returned_reason = step.inputs["answer"], step.at, ""
    step.facts["task"] = str(task.public_id)
    return [update(task, "answer", "answered_at", "returned_reason"), *attached(step, task.agency)]


def attached(step: Step, agency: Any) -> Sequence[Change]:
    """The file that came with an answer joins the evidence, under the name of the agency it came from."""
    stored = step.inputs.get("file")
    if not stored:
        return []
    row = Evidence(
        case=step.file.case, title=f"{agency.name}：{step.rule.label}附件", provided_by=agency.name[:60],
        file_name=stored["name"][:200], content_type=stored["type"], size=stored["size"], sha256=stored["sha256"],
        at=step.at, added_by_id=step.by.officer_id,
    )  # fmt: skip
    step.facts["evidence"] = {"title": row.title, "sha256": row.sha256}
    return [insert(row)]


def something_answered(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if _answered(file) else "没有已经答复的协查事项"


def _answered(file: CaseFile) -> list[AgencyTask]:
    return [t for t in file.tasks if not t.waiting and t.joint_id is None]


def answered_task_checked(step: Step) -> None:
    step.inputs["task"] = step.file.of_file(_answered(step.file), step.inputs["task"], "task")


def task_returned(step: Step) -> Sequence[Change]:
    task: AgencyTask = step.inputs["task"]
    task.answered_at, task.returned_reason, task.due_on = None, step.inputs["reason"], step.inputs["due_on"]
    step.facts["task"] = str(task.public_id)
    return [update(task, "answered_at", "returned_reason", "due_on")]


# --- shared data 共享数据 -----------------------------------------------------------------------------------------------


def data_asked(step: Step) -> Sequence[Change]:
    told = step.inputs
    row = DataRequest(
        case=step.file.case, agency=told["agency"], wanted=told["wanted"], scenario=told["scenario"],
        basis=told["basis"], method=told["way"], use_until=told["use_until"], conditional=told["conditional"],
        asked_at=step.at,
    )  # fmt: skip
    step.file.data_requests.append(row)
    step.inputs["data_request"] = row
    step.facts["data_request"] = str(row.public_id)
    return [insert(row)]


def conditional(step: Step) -> bool:
    return bool(step.inputs["conditional"])


def unconditional(step: Step) -> bool:
    return not step.inputs["conditional"]


def agreed(step: Step) -> bool:
    return step.inputs["decision"] == DataRequest.Decision.AGREED


def about_request(step: Step) -> Any:
    return step.inputs["data_request"].public_id


def some_request(stands: Callable[[DataRequest], bool], says: str) -> Guard:
    """A condition: a request of the case stands so."""

    def guard(file: CaseFile, subject: Any, at: datetime) -> str | None:
        return None if any(stands(r) for r in file.data_requests) else says

    return guard


def request_checked(stands: Callable[[DataRequest], bool]) -> Callable[[Step], None]:
    """A check: the request named is one of the case, stands so, and is the answering agency's own."""

    def check(step: Step) -> None:
        rows = [r for r in step.file.data_requests if stands(r)]
        step.inputs["data_request"] = found = _of_agency(step, rows, "data_request")
        step.facts["data_request"] = str(found.public_id)

    return check


def undecided(request: DataRequest) -> bool:
    return request.undecided


def to_provide(request: DataRequest) -> bool:
    return request.to_provide


def to_correct(request: DataRequest) -> bool:
    return request.to_correct


def provided(request: DataRequest) -> bool:
    return request.provided_at is not None and not request.to_correct


def refused(request: DataRequest) -> bool:
    return request.decision == DataRequest.Decision.REFUSED and request.disputed_at is None


def usable(request: DataRequest) -> bool:
    return request.provided_at is not None


def decision_reasoned(step: Step) -> None:
    """DSR 21: a refusal gives reasons, an incomplete request is told once and in full."""
    if not agreed(step) and not step.inputs.get("reason"):
        raise InvalidInput({"reason": "不同意的须说明理由，材料不全的须一次性告知（《政务数据共享条例》第二十一条）"})


def data_decided(step: Step) -> Sequence[Change]:
    row: DataRequest = step.inputs["data_request"]
    row.decision, row.decided_at = step.inputs["decision"], step.at
    row.decision_reason = step.inputs.get("reason") or ""
    return [update(row, "decision", "decided_at", "decision_reason")]


def reply_can_be_extended(step: Step) -> None:
    """DSR 21: once, before it has passed, and only where the data are shared under conditions."""
    request: DataRequest = step.inputs["data_request"]
    if not request.conditional:
        raise InvalidInput(
            {"data_request": "无条件共享的数据一个工作日内答复，不能延期（《政务数据共享条例》第二十一条）"}
        )
    limit = next((x for x in step.file.running if x.rule == "DSR-21" and x.about == request.public_id), None)
    if limit is None or step.at >= limit.due_at:
        raise InvalidInput({"data_request": "答复期限已经届满，不能再延长"})
    if limit.extensions.exists():
        raise InvalidInput({"data_request": "答复期限只能延长一次（《政务数据共享条例》第二十一条）"})
    extension_counted(step, limit)


def data_provided(step: Step) -> Sequence[Change]:
    row: DataRequest = step.inputs["data_request"]
    row.provided, row.provided_at = step.inputs["provided"], step.at
    return [update(row, "provided", "provided_at"), *attached(step, row.agency)]


def correction_asked(step: Step) -> Sequence[Change]:
    row: DataRequest = step.inputs["data_request"]
    row.correction, row.correction_asked_at = step.inputs["what"], step.at
    row.correction_answer, row.corrected_at = "", None
    return [update(row, "correction", "correction_asked_at", "correction_answer", "corrected_at")]


def correction_answered(step: Step) -> Sequence[Change]:
    row: DataRequest = step.inputs["data_request"]
    row.correction_answer, row.corrected_at = step.inputs["answer"], step.at
    return [update(row, "correction_answer", "corrected_at")]


def dispute_raised(step: Step) -> Sequence[Change]:
    row: DataRequest = step.inputs["data_request"]
    row.disputed_at = step.at
    return [update(row, "disputed_at")]


def data_used(step: Step) -> Sequence[Change]:
    """The use record of data received (DSR 29)."""
    row: DataRequest = step.inputs["data_request"]
    record = UseRecord(
        case=step.file.case, data_request=row, what=f"{row.agency.name}提供的共享数据", how=step.inputs["how"],
        purpose=row.scenario, note=step.inputs["note"], officer_id=step.by.officer_id or 0, by_name=step.by.name,
        agency=step.by.agency, at=step.at, keep_until=kept_until(step.at),
    )  # fmt: skip
    return [insert(record)]


# --- supervision 督办 -------------------------------------------------------------------------------------------------


def limit_chosen(step: Step) -> None:
    """The limit an order is about is one of the case that has passed or still runs."""
    named = step.inputs.get("limit")
    if named:
        step.inputs["limit"] = step.file.of_file(step.file.running, named, "limit")


def supervision_ordered(step: Step) -> Sequence[Change]:
    about = step.inputs.get("limit")
    row = SupervisionOrder(
        case=step.file.case, question=step.inputs["question"], about_rule=about.rule if about else "",
        due_on=step.inputs["due_on"], asked_at=step.at, asked_by_id=step.by.officer_id or 0,
    )  # fmt: skip
    step.facts["order"] = str(row.public_id)
    return [insert(row)]


def supervised(file: CaseFile, subject: Any, at: datetime) -> str | None:
    return None if _waiting_orders(file) else "没有待答复的督办"


def _waiting_orders(file: CaseFile) -> list[SupervisionOrder]:
    return [o for o in file.supervision_orders if o.waiting]


def order_checked(step: Step) -> None:
    """The order that is answered; unnamed where only one waits."""
    waiting = _waiting_orders(step.file)
    named = step.inputs.get("order")
    if not named and len(waiting) > 1:
        raise InvalidInput({"order": f"有 {len(waiting)} 项督办待答复，请选择答复哪一项"})
    step.inputs["order"] = step.file.of_file(waiting, named, "order") if named else waiting[0]


def supervision_answered(step: Step) -> Sequence[Change]:
    row: SupervisionOrder = step.inputs["order"]
    row.answer, row.answered_at, row.answered_by_id = step.inputs["answer"], step.at, step.by.officer_id
    step.facts["order"] = str(row.public_id)
    return [update(row, "answer", "answered_at", "answered_by")]
