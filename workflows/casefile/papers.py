"""Papers (文书) and their service (送达).

A paper's content and number are frozen in the transaction of the act that makes it; PDF and DOCX are made from that
content later. Service is what makes most papers bite: by announcement it takes effect only at the end of DEC-17.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.evidence import Evidence
from workflows.casefile.personal import Identified


class PaperKind(models.TextChoices):
    """The papers of section 5.3 of the rules that an act of the spine makes; the value is what `served:<kind>`
    names."""

    DECLINE_NOTICE = "decline_notice", "不予受理通知书"
    SUPPLEMENT_NOTICE = "supplement_notice", "补正告知书"
    REFERRAL_LETTER = "referral_letter", "转送单"
    FILING_FORM = "filing_form", "立案审批表"
    RECEPTION_RECORD = "reception_record", "联合接待记录"
    INQUIRY_NOTICE = "inquiry_notice", "调查询问通知书"
    INTERVIEW_RECORD = "interview_record", "调查询问笔录"
    SITE_CHECK_RECORD = "site_check_record", "现场检查笔录"
    PRESERVATION_NOTICE = "preservation_notice", "先行登记保存通知书"
    ASSISTANCE_LETTER = "assistance_letter", "协助函"
    SUMMONS = "summons", "约谈通知书"
    EXTENSION_FORM = "extension_form", "延期审批表"
    ORDER = "order", "限期改正指令书"
    INTENT_NOTICE = "intent_notice", "事先告知书"
    HANDLING_FORM = "handling_form", "案件处理报批表"
    DECISION = "decision", "行政处理（处罚）决定书"
    DEMAND_LETTER = "demand_letter", "催告书"
    ENFORCEMENT_APPLICATION = "enforcement_application", "强制执行申请书"
    DEPOSIT_NOTICE = "deposit_notice", "农民工工资保证金支付通知书"
    FUND_APPLICATION = "fund_application", "应急周转金申请表"
    CANCELLATION = "cancellation", "撤销立案审批表"
    TRANSFER_OUT_LETTER = "transfer_out_letter", "案件移送函"
    CLOSING_FORM = "closing_form", "结案审批表"
    INVESTIGATION_REPORT = "investigation_report", "案件调查报告"
    TRANSFER_APPROVAL = "transfer_approval", "移送审批表"
    TRANSFER_LETTER = "transfer_letter", "涉嫌犯罪案件移送书"
    SUPPLEMENT_TO_POLICE = "supplement_to_police", "补充材料清单"
    HAND_OVER_LIST = "hand_over_list", "交接清单"
    RECONSIDERATION_REQUEST = "reconsideration_request", "提请复议书"
    SUPERVISION_SUGGESTION = "supervision_suggestion", "立案监督建议书"


#: papers that are evidence themselves: what was said and what was seen
RECORDS = (PaperKind.INTERVIEW_RECORD, PaperKind.SITE_CHECK_RECORD)

#: papers that must be served on somebody before a case may close (procedures.md, close)
MUST_BE_SERVED = frozenset(
    {PaperKind.ORDER, PaperKind.DECISION, PaperKind.DEMAND_LETTER, PaperKind.INTENT_NOTICE, PaperKind.INQUIRY_NOTICE}
)


class Paper(Identified):
    """One paper: kind, number, frozen content and its hash. A newer version replaces, never overwrites."""

    case = models.ForeignKey(Case, models.PROTECT, null=True, blank=True, related_name="papers")
    complaint = models.ForeignKey(Complaint, models.PROTECT, null=True, blank=True, related_name="papers")
    procedure = models.CharField(max_length=20)
    subject = models.UUIDField()
    kind = models.CharField(max_length=30, choices=PaperKind.choices)
    number = models.CharField(max_length=60, unique=True)
    addressee = models.CharField(max_length=120, blank=True)
    content = models.JSONField()
    content_sha256 = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(complaint__isnull=False) | Q(case__isnull=False), name="paper_hangs_somewhere"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class ServiceMode(models.TextChoices):
    """送达方式 (CPL 85–95; SPC3 4 for posting)."""

    IN_PERSON = "in_person", "直接送达"
    LEFT = "left", "留置送达"
    POST = "post", "邮寄送达"
    POSTED = "posted", "张贴并拍照"
    ANNOUNCEMENT = "announcement", "公告送达"
    ELECTRONIC = "electronic", "电子送达（经书面同意）"


class Service(Identified):
    """送达回证: how, when, where and on what proof a paper was served; `effective_at` is when it counts.

    `media` are the public ids of the photographs among the evidence, `note` why it was refused or could not be served
    otherwise; `proof_file` is the signed receipt, or the written consent to electronic service.
    """

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="services")
    mode = models.CharField(max_length=20, choices=ServiceMode.choices)
    at = models.DateTimeField()
    effective_at = models.DateTimeField()
    place = models.CharField(max_length=200)
    recipient = models.CharField(max_length=60, blank=True)
    proof = models.CharField(max_length=200)
    witness = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=60, blank=True)
    note = models.TextField(blank=True)
    media = ArrayField(models.UUIDField(), default=list, blank=True)
    proof_file = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(effective_at__gte=models.F("at")), name="service_effective_after")
        ]
