"""The crime threshold (拒不支付劳动报酬罪) and the other figures that change by region and year.

`assess` fills the threshold sheet: three elements, what each stands on, what is missing. It shows, it never decides:
nothing transfers or blocks by itself (rules 3.1). Figures are rows with validity dates; the functions are pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models import Q

from workflows.law.instruments import article
from workflows.law.rule import Confidence

ONE_MONTHS, ONE_AMOUNT = "crime.one_worker.months", "crime.one_worker.amount"
GROUP_WORKERS, GROUP_AMOUNT = "crime.group.workers", "crime.group.amount"
#: the figures of the amount element, in the order of the law
CRIME_KEYS = (ONE_MONTHS, ONE_AMOUNT, GROUP_WORKERS, GROUP_AMOUNT)
#: what a figure counts, for people
UNITS = {"months": "个月", "yuan": "元", "workers": "名", "persons": "人"}


class ThresholdFigure(models.Model):
    """One figure of the law in one region from one day on. `low` and `high`: the national range it was fixed within."""

    key = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    region = models.CharField(max_length=20, blank=True)
    value = models.DecimalField(max_digits=14, decimal_places=2)
    unit = models.CharField(max_length=12)
    low = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    high = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    law = models.CharField(max_length=80)
    source = models.CharField(max_length=120, blank=True)
    conf = models.CharField(max_length=1)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    confirmed_document = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["key", "region", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["key", "region", "valid_from"], name="threshold_figure_once"),
            models.CheckConstraint(condition=Q(value__gt=0), name="threshold_figure_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"

    @property
    def confirmed(self) -> bool:
        """Whether its words were read in the law itself, or the bureau confirmed them since with a document; an excerpt
        or a memory is only reported.
        """
        return self.conf == Confidence.READ or bool(self.confirmed_document)

    @property
    def known_as(self) -> str:
        """What a decision about it names it by: crime.one_worker.amount@henan@2013-05-01."""
        return f"{self.key}@{self.region}@{self.valid_from}"


class NoFigure(LookupError):
    """No figure is in force for this key, region and day."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the amount element in one region on one day. 以上 includes the number itself."""

    one_months: int
    one_amount: Decimal
    group_workers: int
    group_amount: Decimal
    law: str = "SPC3 3; HNT"
    conf: str = "P"

    @property
    def article(self) -> str:
        return article(self.law)


@dataclass(frozen=True, slots=True)
class WorkerArrears:
    """What a worker is still owed: months of unpaid pay (not elapsed time), yuan of remuneration (SPC3 1)."""

    worker: str
    months_owed: Decimal
    amount_owed: Decimal


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The order to pay: its paper, its date, how it reached the debtor, and what of it is still unpaid."""

    paper: str
    pay_by: date
    served_on: date | None
    proof: str
    rest: Decimal


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the offence: whether it is shown, on what it stands, what is missing."""

    name: str
    article: str
    shown: bool
    basis: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """The threshold sheet."""

    conduct: Element
    amount: Element
    order: Element

    @property
    def elements(self) -> tuple[Element, Element, Element]:
        return (self.conduct, self.amount, self.order)

    @property
    def reached(self) -> bool:
        """Whether all three elements are shown."""
        return all(element.shown for element in self.elements)

    @property
    def missing(self) -> tuple[str, ...]:
        """Everything that is missing, over all elements."""
        return tuple(what for element in self.elements for what in element.missing)


def by_worker(arrears: Iterable[WorkerArrears]) -> tuple[WorkerArrears, ...]:
    """One entry per distinct worker who is owed anything: several lines of one person are one person."""
    months: dict[str, Decimal] = defaultdict(Decimal)
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for line in arrears:
        months[line.worker] += line.months_owed
        amounts[line.worker] += line.amount_owed
    return tuple(WorkerArrears(who, months[who], amount) for who, amount in amounts.items() if amount > 0)


def reaches_amount(arrears: Iterable[WorkerArrears], figures: Figures) -> bool:
    """The amount element (SPC3 3): one worker by months and yuan, or enough workers by their sum."""
    workers = by_worker(arrears)
    return any(reaches_alone(worker, figures) for worker in workers) or _group(workers, figures)


def assess(
    arrears: Iterable[WorkerArrears],
    figures: Figures,
    *,
    on: date,
    evasion: Sequence[str] = (),
    ability: Sequence[str] = (),
    order: OrderFacts | None = None,
) -> Assessment:
    """The three elements on a legal day; `evasion` and `ability` are the evidence for the conduct, in words."""
    return Assessment(assess_conduct(evasion, ability), assess_amount(arrears, figures), _order(order, on))


def reaches_alone(worker: WorkerArrears, figures: Figures) -> bool:
    """Whether one worker's arrears reach the figure by themselves; exactly at the figure is reached (以上)."""
    return worker.months_owed >= figures.one_months and worker.amount_owed >= figures.one_amount


def _group(workers: Sequence[WorkerArrears], figures: Figures) -> bool:
    return len(workers) >= figures.group_workers and _sum(workers) >= figures.group_amount


def _sum(workers: Iterable[WorkerArrears]) -> Decimal:
    return sum((worker.amount_owed for worker in workers), Decimal())


def assess_conduct(evasion: Sequence[str], ability: Sequence[str]) -> Element:
    """The first element: evasion, or refusal in spite of being able to pay, each in the words of its evidence."""
    basis = tuple(f"逃避支付：{what}" for what in evasion) + tuple(f"有能力支付而不支付：{what}" for what in ability)
    missing = () if basis else ("缺少转移财产、逃匿等逃避支付行为的证据，或者有能力支付而不支付的认定",)
    return Element("逃避支付或者有能力支付而不支付", article("CL 276-1; SPC3 2"), bool(basis), basis, missing)


def assess_amount(arrears: Iterable[WorkerArrears], figures: Figures) -> Element:
    """The second element: the amount, by worker or by their sum."""
    workers = by_worker(arrears)
    basis = tuple(
        f"{worker.worker}：{worker.months_owed.normalize():f}个月，{worker.amount_owed:,.2f}元"
        for worker in workers
        if reaches_alone(worker, figures)
    )
    if _group(workers, figures):
        basis += (f"{len(workers)}名劳动者，累计{_sum(workers):,.2f}元",)
    missing: tuple[str, ...] = ()
    if not basis:
        missing = (
            f"未达数额标准：单名劳动者{figures.one_months}个月以上且{figures.one_amount:,.2f}元以上，"
            f"或者{figures.group_workers}名以上劳动者累计{figures.group_amount:,.2f}元以上；"
            f"现有{len(workers)}名劳动者，累计{_sum(workers):,.2f}元",
        )
    return Element("数额较大", figures.article, bool(basis), basis, missing)


def _order(order: OrderFacts | None, on: date) -> Element:
    if order is None:
        return Element("经责令支付仍不支付", article("CL 276-1; SPC3 4"), False, (), ("缺少责令支付文书",))
    missing = []
    if order.served_on is None:
        missing.append("责令支付文书尚未送达")
    if not order.proof:
        missing.append("缺少送达证明（送达回证，或张贴的照片、录像）")
    if order.pay_by >= on:
        missing.append(f"责令支付期限{_day(order.pay_by)}尚未届满")
    if order.rest <= 0:
        missing.append("责令支付的数额已经付清")
    basis: tuple[str, ...] = (f"{order.paper}，限{_day(order.pay_by)}前支付，尚欠{order.rest:,.2f}元",)
    if order.served_on is not None and order.proof:
        basis += (f"{_day(order.served_on)}送达，证明：{order.proof}",)
    return Element("经责令支付仍不支付", article("CL 276-1; SPC3 4"), not missing, basis, tuple(missing))


def _day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def figure(key: str, on: date, region: str = "henan", using: str = DEFAULT_DB_ALIAS) -> ThresholdFigure:
    """The figure in force on a day: the region's own, else the national one. Raises NoFigure."""
    return figures([key], on, region, using)[key]


def figures(
    keys: Sequence[str], on: date, region: str = "henan", using: str = DEFAULT_DB_ALIAS
) -> dict[str, ThresholdFigure]:
    """Several figures in force on a day, by key, in one query. Raises NoFigure."""
    rows = (
        ThresholdFigure.objects.using(using)
        .filter(Q(valid_to=None) | Q(valid_to__gte=on), key__in=keys, region__in=["", region], valid_from__lte=on)
        .order_by("-region", "-valid_from")
    )
    found: dict[str, ThresholdFigure] = {}
    for row in rows:
        found.setdefault(row.key, row)
    for key in keys:
        if key not in found:
            raise NoFigure(f"{on}没有生效的数额：{key}")
    return found


def crime_figures(on: date, region: str = "henan", using: str = DEFAULT_DB_ALIAS) -> Figures:
    """The figures of the amount element on a day, from the rows. Raises NoFigure."""
    return crime_figures_of(figures(CRIME_KEYS, on, region, using))


def crime_figures_of(found: Mapping[str, ThresholdFigure]) -> Figures:
    """The figures of the amount element out of rows that were read."""
    months, amount, workers, total = (found[key] for key in CRIME_KEYS)
    return Figures(int(months.value), amount.value, int(workers.value), total.value, amount.law, amount.conf)
