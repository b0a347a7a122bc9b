"""The acts of the inspection between agencies: 协查, 案件通报, 共享数据 (政务数据共享条例), 督办.

`SideActs` inherits them. None moves the case; each asks somebody for something with an answer due, answers, or tells.
What the recipient reads is in the matrix (`workflows/notices.py`) and nowhere else.
"""

from __future__ import annotations

from typing import Any

from workflows.action import Procedure, SetsDate, Starts, Stops, action
from workflows.casefile.papers import PaperKind
from workflows.procedures import sharing_forms as forms
from workflows.procedures import sharing_rows as rows
from workflows.procedures.inspection_rows import limit_extended
from workflows.procedures.inspection_state import OPEN_STATES
from workflows.procedures.papers import paper
from workflows.roles import ASKED, ASKED_FOR_DATA, ASSIGNED, Role, Who

INSPECTOR: list[Role | Who] = [ASSIGNED]


class SharingActs(Procedure):
    """What is asked of and told to other agencies and the leaders while a case is open."""

    class Meta:
        abstract = True

    # --- assistance 协查 ----------------------------------------------------------------------------------------------

    @action(
        "请求协助调查",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNEX 17; APL 26; WPR 41",
        asks=forms.AskAgencyForm,
        checks=[rows.agency_checked, rows.no_personal_numbers("question")],
        changes=[rows.agency_asked, paper(PaperKind.ASSISTANCE_LETTER, addressee=lambda s: s.inputs["agency"].name)],
        starts=[SetsDate("ANSWER_DUE", lambda s: [(s.inputs["due_on"], s.facts["task"])])],
        sends=["ASSISTANCE_ASKED"],
    )
    def ask_agency(self, **told: Any) -> None: ...

    @action(
        "催办协查",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNEX 17",
        asks=forms.ChaseAgencyForm,
        requires=[rows.asked_and_waiting],
        checks=[rows.waiting_task_checked, rows.no_personal_numbers("reason")],
        sends=["ASSISTANCE_CHASED"],
    )
    def chase_agency(self, **told: Any) -> None: ...

    @action(
        "答复协助请求",
        source=OPEN_STATES,
        target=None,
        by=ASKED,
        law="HNEX 17",
        asks=forms.AgencyAnswerForm,
        from_paper="may",
        requires=[rows.asked_and_waiting],
        checks=[rows.waiting_task_checked, rows.evidence_checked],
        changes=[rows.task_answered],
        stops=[Stops("ANSWER_DUE", about=lambda s: s.inputs["task"].public_id)],
        sends=["ASSISTANCE_ANSWERED"],
        answers=("ASSISTANCE_ASKED", "ASSISTANCE_RETURNED"),
    )
    def answer_agency(self, **told: Any) -> None: ...

    @action(
        "退回协查答复",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNEX 17",
        asks=forms.ReturnAnswerForm,
        requires=[rows.something_answered],
        checks=[rows.answered_task_checked, rows.no_personal_numbers("reason")],
        changes=[rows.task_returned],
        starts=[SetsDate("ANSWER_DUE", lambda s: [(s.inputs["due_on"], s.inputs["task"].public_id)])],
        sends=["ASSISTANCE_RETURNED"],
    )
    def return_answer(self, **told: Any) -> None: ...

    # --- case notification 案件通报 -----------------------------------------------------------------------------------

    @action(
        "案件通报",
        source=OPEN_STATES,
        target=None,
        by=[ASSIGNED, Role.SQUAD_LEADER],
        law="WPR 7, 43; LSIR 3",
        asks=forms.NotifyForm,
        checks=[rows.agencies_checked, rows.no_personal_numbers("what")],
        sends=["CASE_NOTIFIED"],
    )
    def notify_case(self, **told: Any) -> None: ...

    # --- shared data 共享数据 ------------------------------------------------------------------------------------------

    @action(
        "申请共享数据",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="DSR 20, 21",
        asks=forms.DataRequestForm,
        approval=Role.SQUAD_LEADER,
        checks=[rows.agency_checked, rows.no_personal_numbers("wanted", "scenario")],
        changes=[rows.data_asked],
        starts=[
            Starts("DSR-21", when=rows.conditional, about=rows.about_request),
            Starts("DSR-21u", when=rows.unconditional, about=rows.about_request),
        ],
        sends=["DATA_REQUESTED"],
    )
    def request_data(self, **told: Any) -> None: ...

    @action(
        "答复共享申请",
        source=OPEN_STATES,
        target=None,
        by=ASKED_FOR_DATA,
        law="DSR 21",
        asks=forms.DataDecisionForm,
        from_paper="may",
        requires=[rows.some_request(rows.undecided, "没有待答复的共享申请")],
        checks=[rows.request_checked(rows.undecided), rows.decision_reasoned],
        changes=[rows.data_decided],
        starts=[Starts("DSR-22", when=rows.agreed, about=rows.about_request)],
        stops=[Stops("DSR-21", about=rows.about_request), Stops("DSR-21u", about=rows.about_request)],
        sends=["DATA_DECIDED"],
        answers=("DATA_REQUESTED",),
    )
    def decide_data_request(self, **told: Any) -> None: ...

    @action(
        "延长共享答复",
        source=OPEN_STATES,
        target=None,
        by=ASKED_FOR_DATA,
        law="DSR 21",
        asks=forms.DataExtensionForm,
        from_paper="may",
        requires=[rows.some_request(rows.undecided, "没有待答复的共享申请")],
        checks=[rows.request_checked(rows.undecided), rows.reply_can_be_extended],
        changes=[limit_extended],
        sends=["DATA_REPLY_EXTENDED"],
    )
    def extend_data_reply(self, **told: Any) -> None: ...

    @action(
        "提供共享数据",
        source=OPEN_STATES,
        target=None,
        by=ASKED_FOR_DATA,
        law="DSR 22",
        asks=forms.ProvideForm,
        from_paper="may",
        requires=[rows.some_request(rows.to_provide, "没有待提供的共享数据")],
        checks=[rows.request_checked(rows.to_provide), rows.evidence_checked],
        changes=[rows.data_provided],
        stops=[Stops("DSR-22", about=rows.about_request)],
        sends=["DATA_PROVIDED"],
    )
    def provide_data(self, **told: Any) -> None: ...

    @action(
        "申请数据校核",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="DSR 26",
        asks=forms.CorrectionForm,
        requires=[rows.some_request(rows.provided, "没有可以申请校核的共享数据")],
        checks=[rows.request_checked(rows.provided), rows.no_personal_numbers("what")],
        changes=[rows.correction_asked],
        starts=[Starts("DSR-26", about=rows.about_request)],
        sends=["CORRECTION_ASKED"],
    )
    def ask_correction(self, **told: Any) -> None: ...

    @action(
        "答复数据校核",
        source=OPEN_STATES,
        target=None,
        by=ASKED_FOR_DATA,
        law="DSR 26",
        asks=forms.CorrectedForm,
        from_paper="may",
        requires=[rows.some_request(rows.to_correct, "没有待答复的数据校核")],
        checks=[rows.request_checked(rows.to_correct)],
        changes=[rows.correction_answered],
        stops=[Stops("DSR-26", about=rows.about_request)],
        sends=["CORRECTION_ANSWERED"],
        answers=("CORRECTION_ASKED",),
    )
    def answer_correction(self, **told: Any) -> None: ...

    @action(
        "提请协调共享争议",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="DSR 28",
        asks=forms.DisputeForm,
        requires=[rows.some_request(rows.refused, "没有被拒绝的共享申请")],
        checks=[rows.request_checked(rows.refused), rows.no_personal_numbers("reason")],
        changes=[rows.dispute_raised],
        sends=["DATA_DISPUTED"],
    )
    def raise_data_dispute(self, **told: Any) -> None: ...

    @action(
        "记录数据使用",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="DSR 29",
        asks=forms.DataUseForm,
        requires=[rows.some_request(rows.usable, "还没有收到共享数据")],
        checks=[rows.request_checked(rows.usable)],
        changes=[rows.data_used],
    )
    def record_data_use(self, **told: Any) -> None: ...

    # --- supervision 督办 ----------------------------------------------------------------------------------------------

    @action(
        "督办",
        source=OPEN_STATES,
        target=None,
        by=[Role.LEADER],
        law="WPR 4, 7",
        asks=forms.SuperviseForm,
        checks=[rows.limit_chosen],
        changes=[rows.supervision_ordered],
        starts=[SetsDate("SUPERVISION_ANSWER", lambda s: [(s.inputs["due_on"], s.facts["order"])])],
        sends=["SUPERVISION_ORDERED"],
    )
    def supervise(self, **told: Any) -> None: ...

    @action(
        "答复督办",
        source=OPEN_STATES,
        target=None,
        by=[ASSIGNED, Role.SQUAD_LEADER],
        law="WPR 4, 7",
        asks=forms.SupervisedForm,
        requires=[rows.supervised],
        checks=[rows.order_checked],
        changes=[rows.supervision_answered],
        stops=[Stops("SUPERVISION_ANSWER", about=lambda s: s.inputs["order"].public_id)],
        sends=["SUPERVISION_ANSWERED"],
        answers=("SUPERVISION_ORDERED",),
    )
    def answer_supervision(self, **told: Any) -> None: ...
