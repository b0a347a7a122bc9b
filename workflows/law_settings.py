"""What the bureau decides about the law: which of several limits counts as a breach, and that a rule from memory
stands.

Several laws give limits for one duty (rules 1.0). All of them run and are shown, the earliest is the target. Which one
counts as breach is a row with its document; without a row it is the later one. A decision is never changed, the newest
one stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from workflows import clock
from workflows.casefile.officers import Officer
from workflows.casefile.personal import Identified
from workflows.clocks import Limit
from workflows.errors import InvalidInput, PermissionDenied
from workflows.law.limits import SET_DATES, LimitRule, UnknownRule, every_version, forget
from workflows.law.limits import rule as rule_of
from workflows.law.rule import Confidence, Rule
from workflows.roles import Actor, Role

LATER = "later"
DECIDERS = (Role.LEGAL_REVIEWER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD)


@dataclass(frozen=True, slots=True)
class Together:
    """Limits of different laws for one duty."""

    id: str
    name: str
    rules: tuple[str, ...]


TOGETHER: Mapping[str, Together] = MappingProxyType(
    {
        one.id: one
        for one in (
            Together("filing", "受理立案", ("ACC-01", "ACC-09")),
            Together("closing", "调查与办结", ("INV-01", "INV-02")),
        )
    }
)
_GROUP_OF = {rule: group for group in TOGETHER.values() for rule in group.rules}


class LawDecision(Identified):
    """One decision with its document:

    `breach` of a group (a rule's id, or `later`), or `confirmed` of a rule's version.
    """

    class Kind(models.TextChoices):
        BREACH = "breach", "以哪个期限认定逾期"
        CONFIRMED = "confirmed", "确认规则条文"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    about = models.CharField(max_length=20)
    value = models.CharField(max_length=20)
    document = models.CharField(max_length=120)
    decided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    decided_by_name = models.CharField(max_length=60)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(document=""), name="law_decision_has_document")]
        indexes = [models.Index(fields=["kind", "about", "-id"], name="law_decision_newest")]


def choose_breach(group: str, value: str, *, document: str, by: Actor) -> LawDecision:
    """Say which limit of a group counts as breach: the id of one of its rules, or `later`.

    Raises PermissionDenied, InvalidInput.
    """
    known = TOGETHER.get(group)
    if known is None:
        raise InvalidInput({"group": f"没有这一组期限：{group}"})
    if value != LATER and value not in known.rules:
        raise InvalidInput({"value": f"只能选 {'、'.join(known.rules)} 或 {LATER}"})
    if value != LATER and not rule_of(value).can_be_breached:
        raise InvalidInput({"value": f"{value} 的效力尚未核实，不能据以认定逾期"})
    with transaction.atomic(durable=True):
        return _decided(LawDecision.Kind.BREACH, group, value, document, by)


def confirm_rule(rule_id: str, *, document: str, by: Actor) -> LawDecision:
    """Confirm the newest version of a rule from memory by a document. Raises PermissionDenied, InvalidInput."""
    try:
        law = rule_of(rule_id)
    except UnknownRule as trouble:
        raise InvalidInput({"rule": str(trouble)}) from trouble
    if law.conf is not Confidence.FROM_MEMORY:
        raise InvalidInput({"rule": f"{rule_id} 的条文{law.conf.label}，不需要确认"})
    with transaction.atomic(durable=True):
        decision = _decided(LawDecision.Kind.CONFIRMED, rule_id, str(law.version), document, by)
        LimitRule.objects.filter(rule_id=rule_id, version=law.version).update(confirmed_document=decision.document)
    forget()
    return decision


def _decided(kind: str, about: str, value: str, document: str, by: Actor) -> LawDecision:
    if by.officer_id is None or not by.has(*DECIDERS):
        raise PermissionDenied("由法制审核人员或局负责人决定")
    if not document.strip():
        raise InvalidInput({"document": "须写明文件编号"})
    return LawDecision.objects.create(
        kind=kind, about=about, value=value, document=document.strip(), decided_by_id=by.officer_id,
        decided_by_name=by.name, decided_at=clock.now(),
    )  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------------


def breach_choices(decided: Iterable[Mapping[str, str]] | None = None) -> dict[str, str]:
    """For each group what counts as breach: a rule's id, or `later`.

    `decided`: the decisions, where another query brought them as its column `breach_decisions`.
    """
    rows = _breach_decisions().values("about", "value") if decided is None else decided
    return dict.fromkeys(TOGETHER, LATER) | {row["about"]: row["value"] for row in rows}


def breach_decisions() -> ArraySubquery:
    """What `breach_choices` asks, as a column of another query."""
    return ArraySubquery(_breach_decisions().values(one=JSONObject(about="about", value="value")))


def _breach_decisions() -> QuerySet[LawDecision]:
    return LawDecision.objects.filter(kind=LawDecision.Kind.BREACH).order_by("id")


def standing_decisions() -> dict[tuple[str, str], LawDecision]:
    """The decision that stands for each group (`breach`) and each confirmed rule (`confirmed`), by kind and about."""
    return {(row.kind, row.about): row for row in LawDecision.objects.order_by("id")}


def is_one_of_several(rule_id: str) -> bool:
    """Whether other laws set limits for the same duty beside this one."""
    return rule_id in _GROUP_OF


def unconfirmed(rule: Rule) -> bool:
    """Whether the words of a rule are from memory and nobody has confirmed them: said wherever it is shown."""
    return not rule.confirmed


def target(limits: Iterable[Limit]) -> Limit | None:
    """The earliest limit of those that run: the day to aim at."""
    return min((x for x in limits if x.stopped_at is None), key=lambda x: (x.due_at, x.pk or 0), default=None)


def breaches(limits: Iterable[Limit], now: datetime, choices: Mapping[str, str] | None = None) -> list[Limit]:
    """The limits of one matter that are missed and count as breach of the bureau.

    Of a group only the chosen one, else the last of them, once all have passed. A rule of unverified validity,
    another's limit, a window or a minimum gap is never one; a date set for the bureau itself is.
    """
    chosen = breach_choices() if choices is None else choices
    rows = [x for x in limits if x.outcome != Limit.Outcome.TAKEN_BACK]
    found = []
    for one in rows:
        passed = one.due_at <= (one.stopped_at or now)
        if not passed or not _ours_to_break(one):
            continue
        group = _GROUP_OF.get(one.rule)
        if group is not None and not _counts(one, group, rows, chosen.get(group.id, LATER), now):
            continue
        found.append(one)
    return found


def running_breaches(now: datetime) -> QuerySet[Limit]:
    """The same of every limit that still runs, for the database: what `breaches` finds of each matter by itself."""
    versions: dict[bool, list[Rule]] = {True: [], False: []}
    for law in every_version():
        versions[law.ours and law.can_be_breached].append(law)
    ours = {law.id for law in versions[True]} | {one.id for one in SET_DATES.values() if one.ours}
    rows = Limit.objects.filter(stopped_at__isnull=True, due_at__lte=now, rule__in=ours)
    for law in versions[False]:
        if law.id in ours:  # one version of it counts and another does not
            rows = rows.exclude(rule=law.id, rule_version=law.version)
    chosen = breach_choices()
    for group in TOGETHER.values():
        beside = Limit.objects.filter(
            subject=OuterRef("subject"), started_at=OuterRef("started_at"), rule__in=group.rules
        ).exclude(outcome=Limit.Outcome.TAKEN_BACK)
        missed = beside.filter(Q(stopped_at__isnull=True) | Q(outcome=Limit.Outcome.MISSED))
        counts = Q(~Exists(beside.filter(due_at__gt=now)), ~Exists(missed.filter(due_at__gt=OuterRef("due_at"))))
        if chosen[group.id] != LATER:
            named = chosen[group.id]
            counts = Q(rule=named) | (Q(~Exists(beside.filter(rule=named))) & counts)
        rows = rows.filter(~Q(rule__in=group.rules) | counts)
    return rows


def _ours_to_break(limit: Limit) -> bool:
    if limit.rule in SET_DATES:
        return SET_DATES[limit.rule].ours
    law = rule_of(limit.rule, limit.rule_version)
    return law.ours and law.can_be_breached


def _counts(limit: Limit, group: Together, rows: Iterable[Limit], chosen: str, now: datetime) -> bool:
    """Whether it is the one of its group that counts.

    By `later` the breach comes when the last of them has passed: it is that of the last one missed, be it that the
    one which ends last was kept (facts established in time) and another still runs (the case is not closed).
    """
    beside = [x for x in rows if x.rule in group.rules and x.started_at == limit.started_at]
    if chosen != LATER and any(x.rule == chosen for x in beside):
        return limit.rule == chosen
    missed = [x.due_at for x in beside if x.due_at <= (x.stopped_at or now)]
    return max(x.due_at for x in beside) <= (limit.stopped_at or now) and limit.due_at == max(missed)
