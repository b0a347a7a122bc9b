"""The statutory limits as rows, and the dates officers and papers set.

A rule is a row with a version; a correction is a new row, so that an old limit can always be recomputed under the
version it ran under. Dates set by an officer or a paper (`SET_DATES`) are limits of kind set_date: they have no row,
the date is theirs.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from threading import Lock
from types import MappingProxyType

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import Q

from workflows.law.instruments import article
from workflows.law.rule import Confidence, Rule, Unit, extendable_from

__all__ = [
    "SET_DATES",
    "LimitRule",
    "Rule",
    "SetDate",
    "Unit",
    "UnknownRule",
    "display_name",
    "every_version",
    "forget",
    "rule",
    "rules",
]

#: how long a process trusts the rules it has read; a correction by the administrator reaches every process within it
REREAD_SECONDS = 60.0


class UnknownRule(LookupError):
    """No rule, or no such version of it, stands in the table."""


class LimitRule(models.Model):
    """One version of one statutory limit (法定期限), as `deadlines.yaml` explains it; rows are added, not changed.

    `confirmed_document` is the one exception: the paper by which a rule from memory was confirmed.
    """

    class Kind(models.TextChoices):
        LIMIT = "limit", "期限"
        MINIMUM_GAP = "minimum_gap", "最短间隔"
        WINDOW = "window", "他方权利期间"
        TERM = "term", "存续期间"
        REMINDER = "reminder", "提醒"

    class Roll(models.TextChoices):
        LAW = "law", "依法顺延"
        ANALOGY = "analogy", "参照顺延"
        NONE = "none", "不顺延"

    rule_id = models.CharField(max_length=16)
    version = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=60)
    law = models.CharField(max_length=80)
    article = models.CharField(max_length=200)
    region = models.CharField(max_length=20, blank=True)
    who = models.CharField(max_length=40, blank=True)
    length = models.SmallIntegerField()
    unit = models.CharField(max_length=2, choices=[(unit.value, unit.label) for unit in Unit])
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.LIMIT)
    roll = models.CharField(max_length=8, choices=Roll.choices)
    ext = models.JSONField(null=True, blank=True)
    pause = models.JSONField(default=list, blank=True)
    start = models.JSONField(default=list)
    stopped_by = models.JSONField(default=list, blank=True)
    counted_from = models.CharField(max_length=60, blank=True)
    condition = models.CharField(max_length=40, blank=True)
    outlives = models.BooleanField(default=False)
    duty = models.CharField(max_length=8, blank=True)
    conf = models.CharField(max_length=1, choices=[(conf.value, conf.label) for conf in Confidence])
    validity = models.CharField(max_length=20, blank=True)
    valid_from = models.DateField()
    confirmed_document = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["rule_id", "version"]
        constraints = [
            models.UniqueConstraint(fields=["rule_id", "version"], name="limit_rule_version_once"),
            models.CheckConstraint(condition=Q(unit__in=[unit.value for unit in Unit]), name="limit_rule_unit"),
            models.CheckConstraint(
                condition=Q(kind__in=["limit", "minimum_gap", "window", "term", "reminder"]), name="limit_rule_kind"
            ),
            models.CheckConstraint(condition=Q(roll__in=["law", "analogy", "none"]), name="limit_rule_roll"),
            models.CheckConstraint(condition=~Q(length=0), name="limit_rule_length"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.name}"

    def as_rule(self) -> Rule:
        """The row as the value counting works with."""
        return Rule(
            id=self.rule_id,
            version=self.version,
            name=self.name,
            law=self.law,
            article=self.article,
            length=self.length,
            unit=Unit(self.unit),
            valid_from=self.valid_from,
            kind=self.kind,
            roll=self.roll,
            region=self.region,
            who=self.who,
            ext=extendable_from(self.ext, self.unit),
            pause=tuple(self.pause),
            start=tuple(self.start),
            stopped_by=tuple(self.stopped_by),
            counted_from=self.counted_from,
            condition=self.condition,
            outlives=self.outlives,
            duty=self.duty,
            conf=Confidence(self.conf),
            validity=self.validity,
            confirmed_document=self.confirmed_document,
        )


@dataclass(frozen=True, slots=True)
class _Read:
    """What one process has read of one database."""

    name: str
    at: float
    newest: Mapping[str, Rule]
    versions: Mapping[tuple[str, int], Rule]


_lock = Lock()
_read: dict[str, _Read] = {}


def rules(using: str = DEFAULT_DB_ALIAS) -> Mapping[str, Rule]:
    """The newest version of every rule, by id, in the order of the ids."""
    return _rows(using).newest


def every_version(using: str = DEFAULT_DB_ALIAS) -> Iterable[Rule]:
    """Every rule in every version, for what looks at limits that ran under an older one."""
    return _rows(using).versions.values()


def rule(rule_id: str, version: int | None = None, *, using: str = DEFAULT_DB_ALIAS) -> Rule:
    """One rule: its newest version, or the one a limit ran under. Raises UnknownRule."""
    read = _rows(using)
    found = read.newest.get(rule_id) if version is None else read.versions.get((rule_id, version))
    if found is None and version is not None:
        # another process may just have added it
        forget()
        found = _rows(using).versions.get((rule_id, version))
    if found is None:
        raise UnknownRule(f"没有期限规则 {rule_id}" + (f" 第{version}版" if version is not None else ""))
    return found


def forget() -> None:
    """Drop what this process has read: after changing a rule, and in tests that change rows."""
    with _lock:
        _read.clear()


def _rows(using: str) -> _Read:
    # the database's own name is compared too: tests and copies keep the alias and change the database behind it
    name = str(connections[using].settings_dict["NAME"])
    held = _read.get(using)
    if held is not None and held.name == name and time.monotonic() - held.at < REREAD_SECONDS:
        return held
    versions = {}
    newest = {}
    for row in LimitRule.objects.using(using).order_by("rule_id", "version"):
        one = row.as_rule()
        versions[one.id, one.version] = newest[one.id] = one
    read = _Read(name, time.monotonic(), MappingProxyType(newest), MappingProxyType(versions))
    if newest:  # an empty table is a database still being migrated: nothing to hold on to
        with _lock:
            _read[using] = read
    return read


@dataclass(frozen=True, slots=True)
class SetDate:
    """A kind of date an officer or a paper sets. `who` owes it; empty means the bureau.

    One that `outlives` its procedure is another's duty which the end of the case does not end.
    """

    id: str
    name: str
    who: str
    law: str = ""
    outlives: bool = False

    @property
    def ours(self) -> bool:
        """Whether the bureau owes it."""
        return not self.who

    @property
    def article(self) -> str:
        return article(self.law)

    def due_on(self, day: date) -> str:
        """How a page says it: 责令支付期限：2026年3月5日."""
        return f"{self.name}：{day.year}年{day.month}月{day.day}日"


SET_DATES: Mapping[str, SetDate] = MappingProxyType(
    {
        one.id: one
        for one in (
            SetDate("PAY_BY", "责令支付期限", "employer", "LSIR 26"),
            SetDate("SUPPLEMENT_BY", "补正期限", "complainant", "O25 18"),
            SetDate("INSTALMENT", "分期付款日", "employer", "WPR 11"),
            SetDate("TASK_DUE", "联合接访任务期限", "agency", "HNEX 16"),
            SetDate("ANSWER_DUE", "协查答复期限", "agency", "HNEX 17"),
            SetDate("REFERRAL_ANSWER", "转办反馈期限", "agency", "WPR 10"),
            SetDate("SUPERVISION_ANSWER", "督办反馈期限", "", ""),
            SetDate("APPEARANCE", "约谈日期", "party", "N100"),
            SetDate("HEARING_ON", "听证日期", "", "APL 64"),
            SetDate("BANK_PAYS_BY", "保证金银行支付日", "bank", "DEP 19"),
            SetDate("TOP_UP_BY", "保证金补足日", "general_contractor", "DEP", outlives=True),
            SetDate("RECEPTION_ON", "接访日期", "", "XFR 18"),
        )
    }
)


def display_name(kind: str, using: str = DEFAULT_DB_ALIAS) -> str:
    """The Chinese short name of a limit, whether a rule of the table or a date set by somebody."""
    if kind in SET_DATES:
        return SET_DATES[kind].name
    return rule(kind, using=using).name
