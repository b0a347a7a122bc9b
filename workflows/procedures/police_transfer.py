"""4 Police transfer 移送公安: suspected crime from the bureau to the police and back (subject: a case; one open per case
and kind).

Nothing transfers or blocks by itself: missing elements of the threshold are shown, the officer decides, and only the
principal head approves (TRD 5). The approval is the arrow itself, so that TRF-03 runs on it and a refusal is a state.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from workflows.action import Procedure, action, state_field
from workflows.casefile.case import Case
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Officer
from workflows.casefile.papers import PaperKind
from workflows.inputs import Because
from workflows.procedures import police_rows as rows
from workflows.procedures.papers import paper
from workflows.roles import ASSIGNED, POLICE, PROSECUTOR, Role, Who

INSPECTOR: list[Role | Who] = [ASSIGNED]
HEAD: list[Role | Who] = [Role.BUREAU_HEAD]


class PoliceTransfer(Procedure):
    """One transfer of one case."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "拟移送"
        REPORTED = "reported", "已报审批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "未批准"
        SENT = "sent", "已移送"
        RECEIVED = "received", "公安已接收"
        FORWARDED = "forwarded", "公安已转送"
        SUPPLEMENT_ASKED = "supplement_asked", "公安要求补充"
        POLICE_FILED = "police_filed", "公安已立案"
        HANDED_OVER = "handed_over", "材料已移交"
        NOT_FILED = "not_filed", "公安不予立案"
        RECONSIDERING = "reconsidering", "复议中"
        UPHELD = "upheld", "复议维持"
        SUPERVISION_SUGGESTED = "supervision_suggested", "已建议立案监督"
        UPHELD_FINALLY = "upheld_finally", "立案监督维持"
        RETURNED = "returned", "退回行政处理"
        DROPPED = "dropped", "已撤案"
        PROSECUTED = "prosecuted", "已起诉"
        NOT_PROSECUTED = "not_prosecuted", "不起诉"
        JUDGED = "judged", "已判决"
        ABANDONED = "abandoned", "已放弃移送"
        CLOSED = "closed", "已办结"

    class Kind(models.TextChoices):
        REFUSAL_TO_PAY = "refusal_to_pay", "拒不支付劳动报酬"
        UNLAWFUL_DEMAND = "unlawful_demand", "非法讨薪或假借欠薪"

    NAME, LABEL = "police", "移送公安"
    END_STATES = frozenset({State.CLOSED})
    STAGES = dict.fromkeys(State, "移送公安")
    S = State
    #: from here on the police and the procuratorate see the transfer and its package
    SHOWN = frozenset(set(State) - {State.PROPOSED, State.REPORTED, State.APPROVED, State.REFUSED, State.ABANDONED})

    case = models.ForeignKey(Case, models.PROTECT, related_name="transfers")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    state = state_field(State)
    facts = models.TextField(blank=True)
    persons = models.TextField(blank=True)
    team = models.ManyToManyField(Officer, related_name="+")
    sheet = models.JSONField(default=dict)
    package = ArrayField(models.CharField(max_length=200), default=list)
    contents = models.JSONField(default=dict)
    package_sha256 = models.CharField(max_length=64, blank=True)
    refusal_reasons = models.TextField(blank=True)
    receiver = models.CharField(max_length=120, blank=True)
    police_number = models.CharField(max_length=80, blank=True)
    police_reasons = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)
    police_filed_at = models.DateTimeField(null=True)
    indicted_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"], condition=~Q(state="closed"), name="one_open_transfer_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[
                    "proposed", "reported", "approved", "refused", "sent", "received", "forwarded", "supplement_asked",
                    "police_filed", "handed_over", "not_filed", "reconsidering", "upheld", "supervision_suggested",
                    "upheld_finally", "returned", "dropped", "prosecuted", "not_prosecuted", "judged", "abandoned",
                    "closed",
                ]),
                name="police_state_known",
            ),
        ]  # fmt: skip

    @classmethod
    def open_on(cls, file: CaseFile) -> PoliceTransfer:
        return cls(case=file.case)

    @property
    def shown_to_police(self) -> bool:
        """Whether the transfer has left the bureau."""
        return self.state in self.SHOWN and self.sent_at is not None

    @property
    def before_police_decision(self) -> bool:
        """Whether the police still owe a decision, or the bureau its next step towards one."""
        return self.state in {
            self.S.PROPOSED, self.S.REPORTED, self.S.APPROVED, self.S.SENT, self.S.RECEIVED, self.S.FORWARDED,
            self.S.SUPPLEMENT_ASKED, self.S.RECONSIDERING, self.S.SUPERVISION_SUGGESTED,
        }  # fmt: skip

    @property
    def in_criminal_hands(self) -> bool:
        """Whether the police have filed the refusal to pay and nobody has dropped it since."""
        gone = {self.S.DROPPED, self.S.NOT_PROSECUTED, self.S.RETURNED}
        if self.kind != self.Kind.REFUSAL_TO_PAY or self.police_filed_at is None or self.state in gone:
            return False
        return self.state != self.S.CLOSED or self.judged_at is not None

    # --- inside the bureau -------------------------------------------------------------------------------------------

    @action(
        "拟移送公安",
        source="",
        target=S.PROPOSED,
        by=INSPECTOR,
        law="LSIR 18; WPR 41; TRD 3",
        asks=rows.ProposeForm,
        requires=[rows.case_stands],
        checks=[rows.one_open_per_kind, rows.order_for_refusal],
    )
    def propose_transfer(self, *, kind: str, facts: str, persons: str, **told: Any) -> None:
        self.kind, self.facts, self.persons = kind, facts, persons

    @action(
        "报请移送",
        source=S.PROPOSED,
        target=S.REPORTED,
        by=INSPECTOR,
        law="TRD 5; SPC3 1-4; HNT",
        asks=rows.ReportForm,
        checks=[rows.team_checked],
        changes=[rows.sheet_frozen, rows.team_named, paper(PaperKind.INVESTIGATION_REPORT)],
        starts=["TRF-03"],
        sends=["REPORTED"],
    )
    def report(self, **told: Any) -> None: ...

    @action(
        "批准移送",
        source=S.REPORTED,
        target=S.APPROVED,
        by=[Role.PRINCIPAL_HEAD],
        law="TRD 5",
        asks=rows.ApproveForm,
        requires=[rows.reported_in_full],
        checks=[rows.not_the_handlers],
        changes=[paper(PaperKind.TRANSFER_APPROVAL)],
        starts=["TRF-04"],
        stops=["TRF-03"],
    )
    def approve(self, **told: Any) -> None: ...

    @action(
        "不批准移送",
        source=S.REPORTED,
        target=S.REFUSED,
        by=[Role.PRINCIPAL_HEAD],
        law="TRD 5",
        asks=Because,
        requires=[rows.reported_in_full],
        checks=[rows.not_the_handlers],
        changes=[paper(PaperKind.TRANSFER_APPROVAL)],
        stops=["TRF-03"],
    )
    def refuse(self, *, reason: str, **told: Any) -> None:
        self.refusal_reasons = reason

    @action(
        "移送",
        source=S.APPROVED,
        target=S.SENT,
        by=INSPECTOR,
        law="TRD 5, 6; WPR 41",
        changes=[rows.package_listed, paper(PaperKind.TRANSFER_LETTER, addressee="渑池县公安局")],
        stops=["TRF-04"],
        sends=["TRANSFER_SENT", "TRANSFER_COPIED"],
    )
    def send(self, **told: Any) -> None: ...

    @action(
        "放弃移送",
        source=[S.PROPOSED, S.REPORTED, S.APPROVED],
        target=S.ABANDONED,
        by=INSPECTOR,
        law="SPC3 6",
        asks=Because,
        stops=["TRF-03", "TRF-04"],
    )
    def abandon(self, **told: Any) -> None: ...

    # --- the police --------------------------------------------------------------------------------------------------

    @action(
        "接收",
        source=[S.SENT, S.FORWARDED],
        target=S.RECEIVED,
        by=[POLICE],
        law="TRD 7; MPS159 180",
        asks=rows.ReceiveForm,
        from_paper="may",
        changes=[rows.receipt_signed],
        signs=("TRANSFER_SENT",),
        starts=["TRF-10a", "TRF-11", "TRF-12"],
    )
    def receive(self, *, receiver: str, **told: Any) -> None:
        self.receiver = receiver

    @action(
        "转送有管辖权机关",
        source=[S.SENT, S.RECEIVED, S.SUPPLEMENT_ASKED],
        target=S.FORWARDED,
        by=[POLICE],
        law="TRD 7; MPS159 175",
        asks=rows.ForwardForm,
        from_paper="may",
        stops=["TRF-10a", "TRF-10b", "TRF-11", "TRF-12"],
        sends=["POLICE_DECIDED"],
    )
    def forward(self, *, to: str, **told: Any) -> None:
        self.receiver = to

    @action(
        "要求补充材料",
        source=S.RECEIVED,
        target=S.SUPPLEMENT_ASKED,
        by=[POLICE],
        law="MPS159 180",
        asks=rows.AskSupplementForm,
        from_paper="may",
        starts=["TRF-10b"],
        stops=["TRF-10a"],
        sends=["SUPPLEMENT_ASKED_BY_POLICE"],
    )
    def ask_supplement(self, **told: Any) -> None: ...

    @action(
        "补充材料",
        source=S.SUPPLEMENT_ASKED,
        target=S.RECEIVED,
        by=INSPECTOR,
        law="MPS159 180",
        asks=rows.SupplementForm,
        changes=[rows.package_extended, paper(PaperKind.SUPPLEMENT_TO_POLICE, addressee="渑池县公安局")],
        stops=["TRF-10b"],
        sends=["SUPPLEMENT_SENT"],
    )
    def supplement(self, **told: Any) -> None: ...

    @action(
        "公安立案",
        source=[S.RECEIVED, S.SUPPLEMENT_ASKED, S.RECONSIDERING, S.SUPERVISION_SUGGESTED],
        target=S.POLICE_FILED,
        by=[POLICE],
        law="TRD 8; MPS159 178",
        asks=rows.DecisionForm,
        from_paper="may",
        changes=[rows.filing_noted],
        starts=["AFT-01"],
        stops=["TRF-10a", "TRF-10b", "TRF-11", "TRF-12", "AFT-03"],
        sends=["POLICE_DECIDED"],
    )
    def file(self, *, number: str, **told: Any) -> None:
        self.police_number = number

    @action(
        "不予立案",
        source=[S.RECEIVED, S.SUPPLEMENT_ASKED],
        target=S.NOT_FILED,
        by=[POLICE],
        law="TRD 8; MPS159 178",
        asks=rows.ReasonedDecisionForm,
        from_paper="may",
        starts=["AFT-02"],
        stops=["TRF-10a", "TRF-10b", "TRF-11", "TRF-12"],
        sends=["POLICE_DECIDED"],
    )
    def decline(self, *, number: str, reason: str, **told: Any) -> None:
        self.police_number, self.police_reasons = number, reason

    # --- after filing ------------------------------------------------------------------------------------------------

    @action(
        "移交材料",
        source=S.POLICE_FILED,
        target=S.HANDED_OVER,
        by=INSPECTOR,
        law="TRD 12",
        asks=rows.HandOverForm,
        changes=[paper(PaperKind.HAND_OVER_LIST, addressee="渑池县公安局")],
        stops=["AFT-01"],
        sends=["HANDED_OVER"],
    )
    def hand_over(self, **told: Any) -> None: ...

    @action(
        "公安撤案",
        source=[S.POLICE_FILED, S.HANDED_OVER],
        target=S.DROPPED,
        by=[POLICE],
        law="TRD 13",
        asks=rows.ReasonedDecisionForm,
        from_paper="may",
        stops=["AFT-01"],
        sends=["POLICE_DECIDED"],
    )
    def drop(self, *, number: str, reason: str, **told: Any) -> None:
        self.police_number, self.police_reasons = number, reason

    @action(
        "提起公诉",
        source=S.HANDED_OVER,
        target=S.PROSECUTED,
        by=[PROSECUTOR],
        law="CrPL 176",
        asks=rows.DecisionForm,
        from_paper="may",
        changes=[rows.indictment_noted],
        sends=["POLICE_DECIDED"],
    )
    def prosecute(self, **told: Any) -> None: ...

    @action(
        "不起诉",
        source=[S.HANDED_OVER, S.PROSECUTED],
        target=S.NOT_PROSECUTED,
        by=[PROSECUTOR],
        law="CrPL 177; TRD 13",
        asks=rows.ReasonedDecisionForm,
        from_paper="may",
        sends=["POLICE_DECIDED"],
    )
    def no_prosecution(self, *, reason: str, **told: Any) -> None:
        self.police_reasons = reason

    @action(
        "判决",
        source=S.PROSECUTED,
        target=S.JUDGED,
        by=INSPECTOR,
        law="CL 276-1",
        asks=rows.DecisionForm,
        from_paper="only",
        changes=[rows.judgment_noted],
    )
    def judge(self, **told: Any) -> None: ...

    # --- after a refusal ---------------------------------------------------------------------------------------------

    @action(
        "提请复议",
        source=S.NOT_FILED,
        target=S.RECONSIDERING,
        by=HEAD,
        law="TRD 9; MPS159 181",
        asks=Because,
        changes=[paper(PaperKind.RECONSIDERATION_REQUEST, addressee="渑池县公安局")],
        stops=["AFT-02"],
        sends=["RECONSIDERATION_ASKED"],
    )
    def request_reconsideration(self, **told: Any) -> None: ...

    @action(
        "复议维持",
        source=S.RECONSIDERING,
        target=S.UPHELD,
        by=[POLICE],
        law="TRD 9; MPS159 181",
        asks=rows.ReasonedDecisionForm,
        from_paper="may",
        starts=["AFT-04"],
        stops=["AFT-03"],
        sends=["POLICE_DECIDED"],
    )
    @action(
        "监督维持不立案",
        source=S.SUPERVISION_SUGGESTED,
        target=S.UPHELD_FINALLY,
        by=[PROSECUTOR],
        law="CrPL 113",
        asks=rows.ReasonedDecisionForm,
        from_paper="may",
        sends=["POLICE_DECIDED"],
    )
    def uphold(self, *, number: str, reason: str, **told: Any) -> None:
        self.police_number, self.police_reasons = number, reason

    @action(
        "建议立案监督",
        source=[S.NOT_FILED, S.UPHELD],
        target=S.SUPERVISION_SUGGESTED,
        by=HEAD,
        law="TRD 9",
        asks=Because,
        changes=[paper(PaperKind.SUPERVISION_SUGGESTION, addressee="渑池县人民检察院")],
        stops=["AFT-02", "AFT-04"],
        sends=["SUPERVISION_SUGGESTED"],
    )
    def suggest_supervision(self, **told: Any) -> None: ...

    @action(
        "接受不立案",
        source=[S.NOT_FILED, S.UPHELD, S.UPHELD_FINALLY],
        target=S.RETURNED,
        by=HEAD,
        law="TRD 10",
        asks=Because,
        stops=["AFT-02", "AFT-04"],
        changes=[rows.recovery_ended],
        also=rows.inspection_goes_on,
    )
    def accept_refusal(self, **told: Any) -> None: ...

    @action(
        "收回行政处理",
        source=[S.DROPPED, S.NOT_PROSECUTED],
        target=S.RETURNED,
        by=INSPECTOR,
        law="TRD 10, 13",
        asks=Because,
        changes=[rows.recovery_ended],
        also=rows.inspection_goes_on,
    )
    def take_back(self, **told: Any) -> None: ...

    @action(
        "办结移送",
        source=[S.RETURNED, S.REFUSED, S.ABANDONED, S.JUDGED],
        target=S.CLOSED,
        by=HEAD,
        law="法无明文（移送程序内部办结）",
        asks=Because,
    )
    def close(self, **told: Any) -> None: ...

    @action(
        "重新计算期限",
        source=list(S),
        target=None,
        by=[Role.SYSTEM],
        law="HOL 6",
        step_only=True,
        note="放假安排公布或更正、期限中止后由系统重新计算，记下原日期和新日期",
    )
    def recompute(self, **told: Any) -> None: ...
