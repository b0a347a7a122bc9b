"""Money of the wage deposit (工资保证金) and of the county's revolving fund (应急周转金) on a case, traced to the fen.

One use = one request for some lines: asked for → granted → paid out (or not: sent back, called back) → brought in
again. What was paid stands in the
ledger as payments that name the use; what came back stands here. Both are only ever added to; a wrong entry gets a
counter-entry.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from workflows.casefile.case import Case
from workflows.casefile.ledger import ZERO, LedgerLine
from workflows.casefile.papers import Paper
from workflows.casefile.personal import Identified


class FundKind(models.TextChoices):
    DEPOSIT = "deposit", "工资保证金"
    RELIEF = "relief", "应急周转金"


class FundUse(Identified):
    """One use of the deposit (DEP 14, 16, 19) or one advance of the fund (WPR 63)."""

    class State(models.TextChoices):
        ASKED = "asked", "已申请"
        REFUSED = "refused", "未批准"
        GRANTED = "granted", "已批准（已通知银行）"
        PAID = "paid", "已支付"
        UNPAID = "unpaid", "未支付（退回、撤回）"

    case = models.ForeignKey(Case, models.PROTECT, related_name="fund_uses")
    kind = models.CharField(max_length=10, choices=FundKind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    source = models.CharField(max_length=120, blank=True)
    recover_from = models.CharField(max_length=120)
    asked_at = models.DateTimeField()
    granted_paper = models.CharField(max_length=120, blank=True)
    granted_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    recovered = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    top_up_by = models.DateField(null=True, blank=True)
    paper = models.ForeignKey(Paper, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="fund_amount_sane"),
            models.CheckConstraint(condition=Q(paid__gte=0), name="fund_paid_sane"),
            models.CheckConstraint(
                condition=Q(recovered__gte=0) & Q(recovered__lte=models.F("paid")), name="fund_recovered_sane"
            ),
        ]
        indexes = [models.Index(fields=["case"], name="fund_use_case")]

    @property
    def waiting(self) -> bool:
        """Asked for or granted, and nobody has said yet what came of it: the money may still go out."""
        return self.state in (FundUse.State.ASKED, FundUse.State.GRANTED)

    @property
    def rest(self) -> Decimal:
        """What was advanced and has not come back (yuan)."""
        return self.paid - self.recovered


class FundShare(models.Model):
    """What one use is to pay on one line."""

    use = models.ForeignKey(FundUse, models.PROTECT, related_name="shares")
    line = models.ForeignKey(LedgerLine, models.PROTECT, related_name="fund_shares")
    amount = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["use", "line"], name="fund_share_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="fund_share_sane"),
        ]


class Recovery(Identified):
    """What came back of a use: from whom, by which voucher. A correction is a counter-entry: a negative amount."""

    use = models.ForeignKey(FundUse, models.PROTECT, related_name="recoveries")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    at = models.DateTimeField()
    from_whom = models.CharField(max_length=120)
    proof = models.CharField(max_length=200)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, corrects__isnull=True) | Q(amount__lt=0, corrects__isnull=False),
                name="recovery_sane",
            )
        ]
