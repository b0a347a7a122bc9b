"""What the bureau decides about the law: which of several limits counts as a breach, that a rule from memory stands,
that a figure known from an excerpt stands.

Several laws give limits for one duty (rules 1.0). All of them run and are shown, the earliest is the target. Which one
counts as breach is a row with its document; without a row it is the later one. One person proposes, another approves;
then it is in force. A decision is never changed, the newest one stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from django.contrib.postgres.expressions import ArraySubquery
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from workflows import clock
from workflows.casefile.officers import Officer
from workflows.casefile.personal import Identified
from workflows.clocks import Limit
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied
from workflows.law.limits import SET_DATES, LimitRule, UnknownRule, every_version, forget
from workflows.law.limits import rule as rule_of
from workflows.law.rule import Confidence, Rule
from workflows.law.thresholds import UNITS, ThresholdFigure
from workflows.roles import Actor, Role
from workflows.second_person import Requested, answered, walls

LATER = "later"
#: who may propose, and who of the others may approve
DECIDERS = (Role.LEGAL_REVIEWER, Role.BUREAU_HEAD, Role.PRINCIPAL_HEAD)
#: who may look: those who decide, and those who answer for the dates and the data
READERS = (*DECIDERS, Role.ADMINISTRATOR, Role.SQUAD_LEADER)


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


class Kind(models.TextChoices):
    """What is decided: `breach` of a group (a rule's id, or `later`), `confirmed` of a rule's version, `figure` of a
    figure's amount.
    """

    BREACH = "breach", "以哪个期限认定逾期"
    CONFIRMED = "confirmed", "确认规则条文"
    FIGURE = "figure", "确认数额标准"


class LawProposal(Requested):
    """One decision with its document, proposed and not yet, or no longer, waiting for a second person."""

    kind = models.CharField(max_length=10, choices=Kind.choices)
    about = models.CharField(max_length=80)
    value = models.CharField(max_length=20)
    document = models.CharField(max_length=120)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"], condition=Q(state="requested"), name="one_open_law_proposal"
            ),
            models.CheckConstraint(condition=~Q(document=""), name="law_proposal_has_document"),
            *walls("law_proposal"),
        ]

    def __str__(self) -> str:
        return f"{self.about} {self.value} {self.get_state_display()}"


class LawDecision(Identified):
    """One decision that is in force from its moment on. Those of before the second person have no proposal."""

    kind = models.CharField(max_length=10, choices=Kind.choices)
    about = models.CharField(max_length=80)
    value = models.CharField(max_length=20)
    document = models.CharField(max_length=120)
    proposal = models.OneToOneField(LawProposal, models.PROTECT, null=True, related_name="decision")
    decided_by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    decided_by_name = models.CharField(max_length=130)
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=~Q(document=""), name="law_decision_has_document")]
        indexes = [models.Index(fields=["kind", "about", "-id"], name="law_decision_newest")]


def propose(kind: str, about: str, value: str = "", *, document: str, by: Actor) -> LawProposal:
    """Propose a decision: for `breach` the id of one of the group's rules or `later`; a confirmation is of what the
    rule or figure says now. Raises PermissionDenied, InvalidInput, NotPossibleNow.
    """
    if by.officer_id is None or not by.has(*DECIDERS):
        raise PermissionDenied("由法制审核人员或局负责人决定")
    value = _judged(kind, about, value)
    if not document.strip():
        raise InvalidInput({"document": "须写明文件编号"})
    try:
        with transaction.atomic(durable=True):
            return LawProposal.objects.create(
                kind=kind, about=about, value=value, document=document.strip(), requested_by_id=by.officer_id,
                requested_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as taken:
        raise NotPossibleNow("对此已有一份提议待审批") from taken


def may_decide(proposal: LawProposal, by: Actor) -> bool:
    """Whether the actor may say yes or no: another person than the one who proposed."""
    return by.officer_id is not None and by.has(*DECIDERS) and by.officer_id != proposal.requested_by_id


def waiting_for(actor: Actor) -> QuerySet[LawProposal]:
    """The proposals that the actor may answer."""
    return LawProposal.objects.filter(state=LawProposal.State.REQUESTED).exclude(requested_by=actor.officer_id)


def decide(proposal: LawProposal, *, by: Actor, yes: bool, reason: str = "") -> LawProposal:
    """Approve or refuse; what is approved is in force at once. Raises PermissionDenied, InvalidInput, NotPossibleNow.

    It is judged again: a rule or figure that says something else by now must be proposed anew.
    """
    if not may_decide(proposal, by):
        raise PermissionDenied("由另一名法制审核人员或局负责人审批，且不能是提出人本人")
    forget()
    with transaction.atomic(durable=True):
        fresh = answered(proposal, by=by, yes=yes, reason=reason)
        if yes and not _stands(fresh):
            raise NotPossibleNow("规则或数额已有变化，请重新提出")
        fresh.save()
        if yes:
            _put_in_force(fresh, by)
    forget()
    return fresh


def _judged(kind: str, about: str, value: str) -> str:
    """The value that can be decided. Raises InvalidInput."""
    match kind:
        case Kind.BREACH:
            return _judged_breach(about, value)
        case Kind.CONFIRMED:
            return _judged_rule(about)
        case Kind.FIGURE:
            return _judged_figure(about)
        case _:
            raise InvalidInput({"kind": "没有这种决定"})


def _judged_breach(group: str, value: str) -> str:
    known = TOGETHER.get(group)
    if known is None:
        raise InvalidInput({"about": f"没有这一组期限：{group}"})
    if value != LATER and value not in known.rules:
        raise InvalidInput({"value": f"只能选 {'、'.join(known.rules)} 或 {LATER}"})
    if value != LATER and not rule_of(value).can_be_breached:
        raise InvalidInput({"value": f"{value} 的效力尚未核实，不能据以认定逾期"})
    return value


def _judged_rule(rule_id: str) -> str:
    try:
        law = rule_of(rule_id)
    except UnknownRule as trouble:
        raise InvalidInput({"about": str(trouble)}) from trouble
    if law.conf is not Confidence.FROM_MEMORY:
        raise InvalidInput({"about": f"{rule_id} 的条文{law.conf.label}，不需要确认"})
    return str(law.version)


def _judged_figure(known_as: str) -> str:
    row = _figure(known_as)
    if row is None:
        raise InvalidInput({"about": f"没有这一数额标准：{known_as}"})
    if row.conf == Confidence.READ:
        raise InvalidInput({"about": f"{row.name}已核对原文，不需要确认"})
    return str(row.value)


def _figure(known_as: str) -> ThresholdFigure | None:
    key, _, rest = known_as.partition("@")
    region, _, day = rest.partition("@")
    try:
        return ThresholdFigure.objects.filter(key=key, region=region, valid_from=date.fromisoformat(day)).first()
    except ValueError:
        return None


def _stands(proposal: LawProposal) -> bool:
    try:
        return _judged(proposal.kind, proposal.about, proposal.value) == proposal.value
    except InvalidInput:
        return False


def _put_in_force(proposal: LawProposal, by: Actor) -> None:
    assert by.officer_id is not None  # may_decide has asked
    LawDecision.objects.create(
        kind=proposal.kind, about=proposal.about, value=proposal.value, document=proposal.document, proposal=proposal,
        decided_by_id=by.officer_id, decided_by_name=f"{proposal.requested_by.name}提出，{by.name}批准",
        decided_at=clock.now(),
    )  # fmt: skip
    if proposal.kind == Kind.CONFIRMED:
        rows = LimitRule.objects.filter(rule_id=proposal.about, version=int(proposal.value))
        rows.update(confirmed_document=proposal.document)
    elif proposal.kind == Kind.FIGURE and (row := _figure(proposal.about)) is not None:
        row.confirmed_document = proposal.document
        row.save(update_fields=["confirmed_document"])


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
    return LawDecision.objects.filter(kind=Kind.BREACH).order_by("id")


def standing_decisions() -> dict[tuple[str, str], LawDecision]:
    """The decision that stands for each group, confirmed rule and confirmed figure, by kind and about."""
    return {(row.kind, row.about): row for row in LawDecision.objects.order_by("id")}


def words_of(proposal: LawProposal) -> str:
    """What a proposal would decide, for people."""
    about, value = proposal.about, proposal.value
    if proposal.kind == Kind.BREACH:
        name = TOGETHER[about].name if about in TOGETHER else about
        if value == LATER:
            return f"{name}：以最后届满的一个认定逾期"
        return f"{name}：以 {value} {rule_of(value).name}认定逾期"
    if proposal.kind == Kind.CONFIRMED:
        return f"确认 {about} {rule_of(about, int(value)).name}的条文"
    row = _figure(about)
    amount = f"{Decimal(value):,.2f}".removesuffix(".00")
    return f"确认数额标准：{row.name if row else about} {amount}{UNITS.get(row.unit, row.unit) if row else ''}"


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
