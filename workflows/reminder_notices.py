"""Who hears of a reminder, and in which words: a digest per addressee, what cannot wait by itself.

Our own people are told case, limit and article. An agency that owes an answer is reminded of its own limits only, in a
notice of its own that says no more than the one by which it was asked: case number, employer, until when.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifications.outbox import NoticeDraft
from notifications.posts import Post
from workflows import clock
from workflows.casefile.case import Assignment
from workflows.casefile.tasks import AgencyTask
from workflows.clocks import Limit, Reminder
from workflows.law.levels import levels_of
from workflows.law.limits import SET_DATES
from workflows.law.limits import rule as rule_of
from workflows.procedures.intake import Intake
from workflows.roles import Role

DIGEST, AT_ONCE, OWED = "LIMIT_DIGEST", "LIMIT_REMINDER", "LIMIT_OWED"


@dataclass(frozen=True, slots=True)
class _Addressee:
    """A post, or one officer at it: the desk shows a post's notices to all its holders, the title names him.

    `owes` is the agency that owes the limit: it gets a notice of its own.
    """

    post: Post
    officer: str = ""
    name: str = ""
    owes: bool = False


def drafts_of(rows: Sequence[Reminder], now: datetime) -> list[NoticeDraft]:
    """The notices of these reminders, each with its limit and root read."""
    handlers = _handlers({r.limit.case_id for r in rows if r.limit.case_id is not None})
    owing = _owing([r.limit for r in rows])
    digests: dict[_Addressee, list[Reminder]] = {}
    alone: list[tuple[_Addressee, Reminder]] = []
    for row in rows:
        level = next((x for x in levels_of(row.limit.rule, row.limit.rule_version) if x.id == row.level), None)
        # a level the file no longer has was planned before the file changed: its handlers hear of it
        roles = level.to if level is not None else ("handler",)
        for to in dict.fromkeys(a for role in roles for a in _who(role, row, handlers, owing)):
            if row.at_once:
                alone.append((to, row))
            else:
                digests.setdefault(to, []).append(row)
    drafts = [_draft(OWED if to.owes else AT_ONCE, to, [row], now) for to, row in alone]
    return drafts + [_draft(OWED if to.owes else DIGEST, to, some, now) for to, some in digests.items()]


def _handlers(cases: Iterable[int]) -> dict[int, list[_Addressee]]:
    found: dict[int, list[_Addressee]] = {}
    rows = Assignment.objects.filter(case__in=cases, to_at=None).select_related("officer__agency")
    for one in rows.order_by("-lead", "id"):
        officer = one.officer
        to = _Addressee(Post(officer.agency.code, Role.INSPECTOR.value), str(officer.public_id), officer.name)
        found.setdefault(one.case_id, []).append(to)
    return found


def _owing(limits: Iterable[Limit]) -> dict[int, Post]:
    """The post that owes each limit of another agency: the police, or the liaison of who was asked or referred to."""
    whose = {x.pk: (x, _who_owes(x)) for x in limits}
    asked = [x for x, who in whose.values() if who == "agency"]
    agencies = dict(
        AgencyTask.objects.filter(public_id__in=[x.about for x in asked if x.about]).values_list(
            "public_id", "agency__code"
        )
    ) | dict(
        Intake.objects.filter(public_id__in=[x.subject for x in asked if x.about is None], referred_to__isnull=False)
        .values_list("public_id", "referred_to__code")
    )  # fmt: skip
    found = {
        x.pk: Post(agencies[x.about or x.subject], Role.LIAISON.value)
        for x in asked
        if (x.about or x.subject) in agencies
    }
    return found | {pk: Post("police", Role.POLICE_OFFICER.value) for pk, (_, who) in whose.items() if who == "police"}


def _who_owes(limit: Limit) -> str:
    return SET_DATES[limit.rule].who if limit.rule in SET_DATES else rule_of(limit.rule, limit.rule_version).who


def _who(
    role: str, row: Reminder, handlers: Mapping[int, list[_Addressee]], owing: Mapping[int, Post]
) -> list[_Addressee]:
    bureau = _root(row.limit).bureau.code
    if role == "owing":
        return [_Addressee(owing[row.limit_id], owes=True)] if row.limit_id in owing else []
    if role == "leader":
        return [_Addressee(Post("leading_group", Role.LEADER.value))]
    if role == "handler":
        assigned = handlers.get(row.limit.case_id or 0)
        return assigned or [_Addressee(Post(bureau, Role.SQUAD_LEADER.value))]
    return [_Addressee(Post(bureau, role))]


def _root(limit: Limit) -> Any:
    return limit.case or limit.complaint


def _draft(kind: str, to: _Addressee, rows: Sequence[Reminder], now: datetime) -> NoticeDraft:
    """One notice; of each limit only what was said last, for an outage may have kept several levels waiting."""
    last = {r.limit_id: r for r in sorted(rows, key=lambda r: r.moment)}
    some = sorted(last.values(), key=lambda r: (r.limit.due_at, r.limit_id))
    today = clock.legal_day(now)
    if kind == AT_ONCE:
        title = f"期限提醒：{_name(some[0])}"
    elif kind == OWED:
        title = f"{today.month}月{today.day}日答复期限提醒（{len(some)} 项）"
    else:
        title = f"{today.month}月{today.day}日期限提醒（{len(some)} 项）" + (f"：{to.name}" if to.name else "")
    lines = [title, "", *(f"{n}：{_line(r)}" for n, r in enumerate(some, 1))]
    single = some[0].limit if len(some) == 1 else None
    laws = dict.fromkeys(law for r in some if (law := _law(r.limit)))
    return NoticeDraft(
        kind=kind,
        to=to.post,
        sender=Post(_root(some[0].limit).bureau.code, Role.SQUAD_LEADER.value),
        event_ref=f"reminder:{min(r.pk for r in rows)}",
        subject_ref=_ref(single, to) if single is not None else f"day:{today}",
        subject_label=single.case.number if single is not None and single.case is not None else "",
        title=title,
        text="\n".join(lines),
        basis=("; ".join(laws) or "WPR 10")[:300],
        purpose="期限提醒与督促",
        posted_at=now,
        fields={
            "items": [
                {
                    "subject": _ref(r.limit, to),
                    "limit": str(r.limit.public_id),
                    "rule": r.limit.rule,
                    "level": r.level,
                    "due_on": r.limit.due_on,
                    "provisional": r.limit.provisional,
                }
                for r in some
            ]
        },
        slot=to.officer,
    )


def _ref(limit: Limit, to: _Addressee) -> str:
    """What the desk links to: the case or complaint; for the police the transfer, which is all they see of a case."""
    if to.owes and limit.procedure == "police":
        return f"transfer:{limit.subject}"
    return f"{'case' if limit.case is not None else 'complaint'}:{_root(limit).public_id}"


def _law(limit: Limit) -> str:
    return SET_DATES[limit.rule].law if limit.rule in SET_DATES else rule_of(limit.rule, limit.rule_version).law


def _name(row: Reminder) -> str:
    limit = row.limit
    return SET_DATES[limit.rule].name if limit.rule in SET_DATES else rule_of(limit.rule, limit.rule_version).name


def _line(row: Reminder) -> str:
    """What, whose, until when and why now: 渑…号 青石公司 · 调查期限 · 2026-05-29 届满 · 还有 5 个工作日 · 《…》第十七条."""
    limit = row.limit
    root: Any = _root(limit)
    matter = f"{root.number} {root.employer.name}" if limit.case is not None else f"投诉 {root.employer_name}"
    levels = {x.id: x for x in levels_of(limit.rule, limit.rule_version)}
    until = f"{limit.due_at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}" if row.at_once else str(limit.due_on)
    article = ""
    if limit.rule not in SET_DATES:
        law = rule_of(limit.rule, limit.rule_version)
        article = law.article + ("" if law.confirmed else "（条文待核实）")
    words = levels[row.level].words if row.level in levels else ""
    parts = (matter, _name(row), f"{until} 届满" + ("（暂定）" if limit.provisional else ""), words, article)
    return " · ".join(part for part in parts if part)
