"""The wage ledger: one worker × one period a line, and the payments on it.

Decimal yuan, never float. Due is rate × quantity rounded half up to the fen; claimed is due − already paid. The rest
of a line is ordered, else verified, else claimed − paid − otherwise settled. A case's totals are only ever sums of
lines. Nothing is struck out: a wrong line gets a counter-line, a wrong payment a counter-payment, and both stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from django.db import models
from django.db.models import Case as Either
from django.db.models import Count, F, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from workflows.casefile.complaint import Complaint, PayBasis
from workflows.casefile.evidence import Evidence
from workflows.casefile.imports import ImportRow
from workflows.casefile.parties import Worker
from workflows.casefile.personal import Identified

ZERO = Decimal("0.00")
FEN = Decimal("0.01")


class Settled(models.TextChoices):
    """How a line came to its end (procedures.md, 3)."""

    PAID = "paid", "已支付"
    REDUCED = "reduced", "书面协议减免"
    UNFOUNDED = "unfounded", "不成立"
    WITHDRAWN = "withdrawn", "劳动者撤回"
    TO_ARBITRATION_OR_COURT = "to_arbitration_or_court", "转仲裁或诉讼"
    IN_COURT_ENFORCEMENT = "in_court_enforcement", "法院强制执行中"
    IN_CRIMINAL_RECOVERY = "in_criminal_recovery", "刑事追缴中"
    UNREACHABLE = "unreachable", "无法联系劳动者"


class LedgerLine(Identified):
    """One worker × one period. Hangs on the complaint until it is accepted, then on the case as well."""

    complaint = models.ForeignKey(Complaint, models.PROTECT, related_name="lines")
    case = models.ForeignKey("workflows.Case", models.PROTECT, null=True, blank=True, related_name="lines")
    worker = models.ForeignKey(Worker, models.PROTECT, related_name="lines")
    period_from = models.DateField(null=True, blank=True)
    period_to = models.DateField(null=True, blank=True)
    months = models.DecimalField(max_digits=5, decimal_places=1, default=Decimal(0))
    pay_basis = models.CharField(max_length=10, choices=PayBasis.choices, blank=True)
    rate = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    due = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    already_paid = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    claimed = models.DecimalField(max_digits=14, decimal_places=2)
    verified = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    verified_on = models.CharField(max_length=200, blank=True)
    verified_by = models.ForeignKey(Evidence, models.PROTECT, null=True, blank=True, related_name="+")
    ordered = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    settled_otherwise = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    settled_how = models.CharField(max_length=30, choices=Settled.choices, blank=True)
    settled_reason = models.CharField(max_length=300, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="countered_by")
    countered = models.BooleanField(default=False)
    import_row = models.OneToOneField(ImportRow, models.PROTECT, null=True, blank=True, related_name="line")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(corrects__isnull=False) | Q(claimed__gte=0), name="line_claimed_sane"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=False) | Q(verified__isnull=True) | Q(verified__gte=0),
                name="line_verified_sane",
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=False) | Q(ordered__isnull=True) | Q(ordered__gte=0),
                name="line_ordered_sane",
            ),
            models.CheckConstraint(condition=Q(paid__gte=0), name="line_paid_sane"),
            models.CheckConstraint(
                condition=Q(corrects__isnull=False) | Q(settled_otherwise__gte=0), name="line_settled_sane"
            ),
        ]
        indexes = [models.Index(fields=["case"], name="line_case")]

    @property
    def owed(self) -> Decimal:
        """What counts as owed now: ordered, else verified, else claimed (yuan)."""
        if self.ordered is not None:
            return self.ordered
        return self.claimed if self.verified is None else self.verified

    @property
    def rest(self) -> Decimal:
        """What is still to be paid or settled (yuan); overpayment shows as 0."""
        return max(ZERO, self.owed - self.paid - self.settled_otherwise)

    @property
    def open(self) -> bool:
        """Whether the line still waits for an outcome."""
        return not self.settled_how

    @property
    def stands(self) -> bool:
        """False for a counter-line and for the line it takes back: together they are nought in every column."""
        return not self.countered and self.corrects_id is None


class Payer(models.TextChoices):
    """Who paid (WPR 29, 30, 63; DEP 19)."""

    EMPLOYER = "employer", "用人单位"
    GENERAL_CONTRACTOR = "general_contractor", "总包先行清偿"
    DEVELOPER = "developer", "建设单位垫付"
    WAGE_DEPOSIT = "wage_deposit", "工资保证金"
    RELIEF_FUND = "relief_fund", "应急周转金"
    COURT = "court", "法院执行"


class Moment(models.TextChoices):
    """When a payment fell, as the criminal law asks (AFT-08, SPC3 6)."""

    BEFORE_ORDER = "before_order", "责令支付前"
    BEFORE_FILING = "before_filing", "公安立案前"
    BEFORE_INDICTMENT = "before_indictment", "提起公诉前"
    BEFORE_JUDGMENT = "before_judgment", "一审宣判前"
    AFTER_JUDGMENT = "after_judgment", "一审宣判后"


class Payment(Identified):
    """One payment on one line, to the worker in person (PAY-01). A correction is a counter-line: a negative amount."""

    line = models.ForeignKey(LedgerLine, models.PROTECT, related_name="payments")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    at = models.DateTimeField()
    payer = models.CharField(max_length=20, choices=Payer.choices)
    moment = models.CharField(max_length=20, choices=Moment.choices)
    proof = models.CharField(max_length=200, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True)
    import_row = models.ForeignKey(ImportRow, models.PROTECT, null=True, blank=True, related_name="payments")
    fund_use = models.ForeignKey("workflows.FundUse", models.PROTECT, null=True, blank=True, related_name="payments")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="payment_not_zero"),
            # a row of a bank's file pays a line once; its counter-payment is another matter
            models.UniqueConstraint(
                fields=["import_row", "line"],
                condition=Q(import_row__isnull=False, corrects__isnull=True),
                name="payment_of_a_row_once",
            ),
        ]
        indexes = [models.Index(fields=["line"], name="payment_line")]


def due_for(rate: Decimal, quantity: Decimal) -> Decimal:
    """应发: rate × quantity in yuan, rounded half up to the fen (四舍五入到分)."""
    return (rate * quantity).quantize(FEN, ROUND_HALF_UP)


def total(lines: Iterable[LedgerLine], part: str) -> Decimal:
    """The sum of one column (`claimed`, `owed`, `paid`, `rest` …) over lines, in yuan."""
    return sum((getattr(line, part) or ZERO for line in lines), ZERO)


def head_count(workers: Iterable[Worker]) -> int:
    """人数: distinct workers, however many complaints name them."""
    return len({w.same_person for w in workers})


def heads_of(case: OuterRef) -> Coalesce:
    """人数 of a case, counted by the database as `head_count` counts."""
    person = Either(
        When(id_number__gt="", then=Concat(Value("id "), F("id_number"))),
        default=Concat(F("name"), Value(" "), F("phone"), output_field=TextField()),
        output_field=TextField(),
    )
    workers = Worker.objects.filter(case=case).order_by().values("case").annotate(n=Count(person, distinct=True))
    return Coalesce(Subquery(workers.values("n")), 0)
