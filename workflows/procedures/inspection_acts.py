"""The side acts of the inspection: what happens on a case without moving it, and the taking back of a wrong click.

The second half of `inspection.py`, apart only because one file would be too long to read; `Inspection` inherits it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows.action import Sends, SetsDate, Stops, action
from workflows.casefile.officers import Officer
from workflows.casefile.papers import PaperKind
from workflows.procedures import inspection_forms as forms
from workflows.procedures import inspection_rows as rows
from workflows.procedures.guards import two_inspectors
from workflows.procedures.inspection_state import AFTER_END, OPEN_STATES, InspectionState
from workflows.procedures.money_acts import MoneyActs
from workflows.procedures.paper_acts import PaperActs
from workflows.procedures.papers import employer_of, paper
from workflows.procedures.sharing_acts import SharingActs
from workflows.roles import ASSIGNED, Role, Who

S = InspectionState
INSPECTOR: list[Role | Who] = [ASSIGNED]
SQUAD: list[Role | Who] = [Role.SQUAD_LEADER]


class SideActs(PaperActs, SharingActs, MoneyActs):
    """Acts in every open state, or in the one state that they prepare a decision in."""

    if TYPE_CHECKING:  # columns of `Inspection` that the acts below set
        recusal_of: Any
        hearing_chair: Any
        legal_review_passed: Any
        remedy: Any

    class Meta:
        abstract = True

    # --- side acts: people -------------------------------------------------------------------------------------------

    @action(
        "增派",
        source=OPEN_STATES,
        target=None,
        by=SQUAD,
        law="LSIR 16",
        asks=forms.AssignMoreForm,
        checks=[rows.inspectors_checked],
        changes=[rows.assigned_more],
    )
    def assign_more(self, **told: Any) -> None: ...

    @action(
        "改派",
        source=OPEN_STATES,
        target=None,
        by=SQUAD,
        law="LSIR 16",
        asks=forms.AssignForm,
        checks=[rows.inspectors_checked],
        changes=[rows.reassigned],
    )
    def reassign(self, **told: Any) -> None: ...

    @action(
        "申请回避",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 43; HNEX 23; O25 23-25",
        asks=forms.RecusalForm,
        requires=[rows.no_recusal_waits],
        checks=[rows.recusal_checked],
        starts=["FIL-05"],
    )
    def request_recusal(self, *, officer: Any, **told: Any) -> None:
        self.recusal_of = officer

    @action(
        "决定回避",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 43; HNEX 23",
        asks=forms.DecideRecusalForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.recusal_asked],
        checks=[rows.replacement_checked],
        changes=[rows.recused],
        stops=["FIL-05"],
    )
    def decide_recusal(self, **told: Any) -> None:
        self.recusal_of = None

    # --- side acts: investigation ------------------------------------------------------------------------------------

    @action(
        "发调查询问通知书",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="LSIR 15(3); HNR 13",
        asks=forms.InquiryForm,
        requires=[two_inspectors],
        changes=[paper(PaperKind.INQUIRY_NOTICE, addressee=employer_of)],
    )
    def issue_inquiry(self, **told: Any) -> None: ...

    @action(
        "记录单位答复",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNR 13",
        asks=forms.AnswerForm,
        stops=["INV-05"],
    )
    def record_answer(self, **told: Any) -> None: ...

    @action(
        "记录询问笔录",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNR 13; APL 55",
        asks=forms.InterviewForm,
        requires=[two_inspectors],
        changes=[paper(PaperKind.INTERVIEW_RECORD)],
    )
    def record_interview(self, **told: Any) -> None: ...

    @action(
        "记录现场检查",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNR 13; WPR 34, 26-32",
        asks=forms.SiteCheckForm,
        requires=[two_inspectors],
        changes=[paper(PaperKind.SITE_CHECK_RECORD)],
    )
    def record_site_check(self, **told: Any) -> None: ...

    @action(
        "先行登记保存",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 56; HNR 14",
        asks=forms.PreserveForm,
        approval=Role.BUREAU_HEAD,
        changes=[paper(PaperKind.PRESERVATION_NOTICE, addressee=employer_of)],
        starts=["INV-06"],
    )
    def preserve_evidence(self, **told: Any) -> None: ...

    @action(
        "处理登记保存物品",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="APL 56, 85",
        asks=forms.PreservationForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.preserved],
        stops=["INV-06"],
    )
    def decide_preservation(self, **told: Any) -> None: ...

    @action(
        "申请延长期限",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="LSIR 17; HNR 16; O25 37; O45 8",
        asks=forms.ExtensionForm,
        approval=Role.BUREAU_HEAD,
        checks=[rows.extension_checked],
        changes=[rows.limit_extended, paper(PaperKind.EXTENSION_FORM)],
    )
    def request_extension(self, **told: Any) -> None: ...

    @action(
        "约谈",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="N100 一(二); WPR 60",
        asks=forms.AppointForm,
        changes=[paper(PaperKind.SUMMONS, addressee=lambda s: s.inputs["person"])],
        starts=[SetsDate("APPEARANCE", lambda s: [(s.inputs["on_day"], s.event.public_id)])],
    )
    def appoint(self, **told: Any) -> None: ...

    @action(
        "记录约谈情况",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="N100 一(二); WPR 60",
        asks=forms.AppearanceForm,
        requires=[rows.appointed],
        checks=[rows.appearance_checked],
        stops=[Stops("APPEARANCE", about=lambda s: s.inputs["appointment"].about)],
    )
    def record_appearance(self, **told: Any) -> None: ...

    @action(
        "申请市级批准查询",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 40, 58",
        asks=forms.CityQueryForm,
        approval=Role.BUREAU_HEAD,
    )
    def request_city_query(self, **told: Any) -> None: ...

    @action(
        "记录市级批准",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="WPR 40, 58",
        asks=forms.CityReplyForm,
        requires=[rows.city_was_asked],
    )
    def record_city_reply(self, **told: Any) -> None: ...

    @action(
        "修改案件事实",
        source=OPEN_STATES,
        target=None,
        by=INSPECTOR,
        law="HNEX 33",
        asks=forms.AmendForm,
        changes=[rows.case_amended],
    )
    def amend(self, **told: Any) -> None: ...

    @action(
        "添加证据",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="APL 46",
        asks=rows.EvidenceForm,
        checks=[rows.evidence_checked],
        changes=[rows.evidence_added],
    )
    def add_evidence(self, **told: Any) -> None: ...

    @action(
        "记录联系",
        source=AFTER_END,
        target=None,
        by=[*INSPECTOR, Role.SQUAD_LEADER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD],
        law="APL 47",
        asks=forms.NoteForm,
        checks=[rows.evidence_checked],
        changes=[rows.note_kept],
        note="电话、现场、约谈的经过或者内部意见；不改变状态，内部意见不对外",
    )
    def note(self, **told: Any) -> None: ...

    # --- side acts: decision -----------------------------------------------------------------------------------------

    @action(
        "听取陈述申辩",
        source=S.INTENT_INFORMED,
        target=None,
        by=INSPECTOR,
        law="LSIR 19; APL 45; HNEX 26",
        asks=forms.DefenceForm,
        changes=[rows.noted("defence_heard_at")],
    )
    def hear_defence(self, **told: Any) -> None: ...

    @action(
        "指定听证主持人",
        source=S.INTENT_INFORMED,
        target=None,
        by=INSPECTOR,
        law="APL 63, 64; HNHEAR 3-5",
        asks=forms.ChairForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.hearing_right_told],
        checks=[rows.chair_checked],
        starts=[SetsDate("HEARING_ON", lambda s: [(s.inputs["on_day"], None)])],
    )
    def name_chair(self, *, chair: Officer, **told: Any) -> None:
        self.hearing_chair = chair

    @action(
        "举行听证",
        source=S.INTENT_INFORMED,
        target=None,
        by=rows.NAMED_CHAIR,
        law="APL 63, 64; HNHEAR 3-5",
        asks=forms.HearingForm,
        requires=[rows.chair_named],
        changes=[rows.noted("defence_heard_at")],
        stops=["HEARING_ON"],
    )
    def hold_hearing(self, **told: Any) -> None: ...

    @action(
        "法制审核",
        source=S.INTENT_INFORMED,
        target=None,
        by=[rows.NAMED_REVIEWER],
        law="APL 58; HNEX 28",
        asks=forms.ReviewForm,
        requires=[rows.review_asked],
    )
    def legal_review(self, *, passed: bool, **told: Any) -> None:
        self.legal_review_passed = passed

    @action(
        "记录集体讨论",
        source=S.INTENT_INFORMED,
        target=None,
        by=INSPECTOR,
        law="APL 57; HNEX 28",
        asks=forms.DiscussionForm,
        requires=[rows.reviewed_first],
        changes=[rows.noted("discussed_at")],
    )
    def record_discussion(self, **told: Any) -> None: ...

    @action(
        "记录复议诉讼",
        source=AFTER_END,
        target=None,
        by=INSPECTOR,
        law="ARL 20; ALL 46",
        asks=forms.RemedyForm,
        requires=[rows.after_end_allowed],
        stops=["PAY-12", "PAY-15a", "PAY-15b"],
    )
    def record_remedy(self, *, kind: str, outcome: str, **told: Any) -> None:
        self.remedy = "" if outcome in forms.RemedyForm.DECISION_STANDS else kind

    @action(
        "记录列入决定",
        source=(*AFTER_END, S.JOINED),
        target=None,
        by=INSPECTOR,
        law="O45 5-8",
        asks=forms.ListingForm,
        approval=Role.BUREAU_HEAD,
        requires=[rows.listing_due],
        checks=[rows.listing_checked],
        changes=[rows.code_noted],
        stops=["BLK-06"],
        sends=[Sends("LISTED", when=lambda s: s.inputs["listed"])],
    )
    def record_listing_decision(self, **told: Any) -> None: ...

    # --- taking a wrong click back -----------------------------------------------------------------------------------

    @action(
        "更正指派",
        source=S.INVESTIGATING,
        target=S.FILED,
        by=[Role.SQUAD_LEADER, ASSIGNED],
        law="法无明文（更正误点，须写明理由）",
        asks=forms.CorrectForm,
        requires=[rows.nothing_after("assign")],
        changes=[rows.taken_back("assign"), rows.unassigned],
    )
    @action(
        "更正查清事实",
        source=S.FACTS_ESTABLISHED,
        target=S.INVESTIGATING,
        by=INSPECTOR,
        law="法无明文（更正误点，须写明理由）",
        asks=forms.CorrectForm,
        requires=[rows.nothing_after("establish_facts")],
        changes=[rows.taken_back("establish_facts"), rows.unverified],
    )
    def correct(self, **told: Any) -> None: ...
