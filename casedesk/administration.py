"""What the administrator changes: people, accounts, appointments, agencies, where complaints go.

Each verb is one transaction: the rows, and a `DeskChange` that says who changed what from what to what. The
administrator works no case, and none of his verbs touches one; the auditor reads every row of `DeskChange`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Model
from rest_framework.authtoken.models import Token

from casedesk.models import DeskChange, DeskWords, RoutingRule, User
from workflows import clock
from workflows.casefile.officers import ActingAppointment, Agency, Officer
from workflows.casefile.personal import masked
from workflows.errors import InvalidInput, NotPossibleNow
from workflows.roles import Actor, Role

#: easily read aloud over a telephone: no 0 and o, no 1, i and l
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
#: roles that go with no other: who keeps the accounts does not audit, and neither works cases
ALONE = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})


def _record(by: Actor, what: str, about: str, told: Mapping[str, list[Any]]) -> None:
    assert by.officer_id is not None
    DeskChange.objects.create(
        at=clock.now(), officer_id=by.officer_id, by_name=by.name, what=what, about=about[:160], told=dict(told)
    )


def _set(row: Model, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the fields of a row and tell what differs: {field: [before, after]}, personal text masked."""
    told = {}
    for name, after in fields.items():
        before = getattr(row, name)
        if before == after:
            continue
        setattr(row, name, after)
        hidden = getattr(row._meta.get_field(name), "personal", False)
        told[name] = [masked(x) if hidden else _plain(x) for x in (before, after)]
    return told


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | bool | list | type(None)) else str(value)


# --- people and accounts ---------------------------------------------------------------------------------------------


def save_officer(officer: Officer | None, fields: Mapping[str, Any], *, by: Actor) -> Officer:
    """A person in office, new or changed. Raises InvalidInput on `roles` that do not go together or are his own."""
    roles = set(fields["roles"])
    if roles & ALONE and len(roles) > 1:
        raise InvalidInput({"roles": "系统管理员、审计各由专人担任，不能兼任其他职责"})
    with transaction.atomic():
        if officer is None:
            row = Officer(roles=[], agency=fields["agency"])
        else:
            row = Officer.objects.select_for_update().get(pk=officer.pk)
        own = row.pk is not None and row.pk == by.officer_id
        if own and (set(row.roles) != roles or not fields["active"]):
            raise InvalidInput({"roles": "自己的职责和在岗状态由另一名管理员变更"})
        told = _set(row, fields)
        if told:
            row.save()
            _record(by, "新增人员" if officer is None else "变更人员", f"{row.name}（{row.agency}）", told)
    return row


def open_account(officer: Officer, username: str, *, by: Actor) -> tuple[User, str]:
    """An account of one person, and the password to tell him; he must choose his own at once. Raises InvalidInput."""
    with transaction.atomic():
        if User.objects.filter(officer=officer).exists():
            raise InvalidInput({"username": "这名人员已有账号，一人一号"})
        if User.objects.filter(username__iexact=username).exists():
            raise InvalidInput({"username": "这个账号名已有人使用"})
        user = User(username=username, officer=officer, temporary_password=True)
        told = _new_password(user)
        user.save()
        _record(by, "开通账号", f"{username}（{officer.name}）", {})
    return user, told


def reset_password(user: User, *, by: Actor) -> str:
    """A new password to tell the person; every session and token of his ends with the old one."""
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        told = _new_password(row)
        row.temporary_password = True
        row.save()
        Token.objects.filter(user=row).delete()
        _record(by, "重置密码", f"{row.username}（{row.officer}）", {})
    return told


def _new_password(user: User) -> str:
    told = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))
    user.set_password(told)
    return told


def set_account(user: User, *, active: bool, by: Actor) -> None:
    """Open or shut an account; shutting it ends its sessions. Raises NotPossibleNow for one's own."""
    if user.officer_id == by.officer_id and not active:
        raise NotPossibleNow("不能停用自己的账号")
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        told = _set(row, {"is_active": active})
        if told:
            row.save()
            _record(by, "启用账号" if active else "停用账号", f"{row.username}（{row.officer}）", told)


# --- appointments ----------------------------------------------------------------------------------------------------


def appoint(officer: Officer, role: str, first: date, last: date, paper: str, *, by: Actor) -> ActingAppointment:
    """主持工作: a role for some days on the strength of a paper. Raises InvalidInput."""
    if officer.pk == by.officer_id:
        raise InvalidInput({"officer": "自己的任命由另一名管理员登记"})
    if role in ALONE or set(officer.roles) & ALONE:
        raise InvalidInput({"role": "系统管理员、审计不参与办案，不能任命或者被任命"})
    if last < first:
        raise InvalidInput({"to_day": "止日不能早于起日"})
    with transaction.atomic():
        same = ActingAppointment.objects.filter(officer=officer, role=role, from_day__lte=last, to_day__gte=first)
        if same.exists():
            raise InvalidInput({"from_day": "与已有任命的日期重叠"})
        row = ActingAppointment.objects.create(officer=officer, role=role, from_day=first, to_day=last, paper=paper)
        told = {
            "role": [None, role],
            "from_day": [None, str(first)],
            "to_day": [None, str(last)],
            "paper": [None, paper],
        }
        _record(by, "登记任命", officer.name, told)
    return row


def end_appointment(row: ActingAppointment, last: date, *, by: Actor) -> None:
    """End an appointment early, on a day not before today: what was decided under it stands. Raises InvalidInput."""
    if last < clock.today() or last > row.to_day or last < row.from_day:
        raise InvalidInput({"to_day": "止日须在今天和原止日之间，且不早于起日"})
    with transaction.atomic():
        told = _set(row, {"to_day": last})
        if told:
            row.save()
            _record(by, "提前结束任命", f"{row.officer.name} {Role(row.role).label}", told)


# --- agencies and routing --------------------------------------------------------------------------------------------


def save_agency(agency: Agency, fields: Mapping[str, Any], *, by: Actor) -> None:
    """Name, telephone and address of an agency, as complainants and officers read them."""
    with transaction.atomic():
        row = Agency.objects.select_for_update().get(pk=agency.pk)
        told = _set(row, fields)
        if told:
            row.save()
            _record(by, "变更单位", row.name, told)


def add_route(fields: Mapping[str, Any], *, by: Actor) -> RoutingRule:
    """A rule where complaints go. Raises InvalidInput when the same one stands."""
    with transaction.atomic():
        if RoutingRule.objects.filter(sector=fields["sector"], township=fields["township"]).exists():
            raise InvalidInput({"sector": "已有同一行业、同一乡镇的规则，请先删除原规则"})
        row = RoutingRule.objects.create(**fields)
        _record(by, "新增派单规则", _route_words(row), {"basis": [None, row.basis]})
    return row


def drop_route(row: RoutingRule, *, by: Actor) -> None:
    """Take a rule away; what it sent somewhere stays there."""
    with transaction.atomic():
        _record(by, "删除派单规则", _route_words(row), {"basis": [row.basis, None]})
        row.delete()


# --- the desk's ready words -------------------------------------------------------------------------------------------

#: consultations are chosen by a digit key
MOST_TOPICS = 9


def save_words(row: DeskWords | None, fields: Mapping[str, Any], *, by: Actor) -> DeskWords:
    """A phrase, a question or a consultation, new or changed. Raises InvalidInput naming the field."""
    kind = fields["kind"]
    topic = kind == DeskWords.Kind.TOPIC
    wrong = {name: "咨询答复需要填写这一项" for name in ("name", "answer") if topic and not fields[name]}
    wrong |= {name: "只有咨询答复有这一项" for name in ("name", "answer") if not topic and fields[name]}
    if wrong:
        raise InvalidInput(wrong)
    with transaction.atomic():
        others = DeskWords.objects.select_for_update().filter(kind=kind)
        standing = [one for one in others if row is None or one.pk != row.pk]
        if any(one.text == fields["text"] for one in standing):
            raise InvalidInput({"text": "已有同样的一条"})
        if topic and any(one.name == fields["name"] for one in standing):
            raise InvalidInput({"name": "已有同名的咨询答复"})
        if topic and len(standing) >= MOST_TOPICS:
            raise InvalidInput({"kind": f"咨询答复按数字键选择，最多 {MOST_TOPICS} 条；请先删除一条"})
        one = row or DeskWords()
        told = _set(one, fields)
        if told:
            one.save()
            _record(by, "变更模板文字" if row else "新增模板文字", str(one), told)
    return one


def drop_words(row: DeskWords, *, by: Actor) -> None:
    """Take one of the ready words away; what was written with it stays as it was written."""
    with transaction.atomic():
        _record(by, "删除模板文字", str(row), {"text": [row.text, None], "answer": [row.answer, None]})
        row.delete()


def _route_words(row: RoutingRule) -> str:
    return f"{row.sector or '全部行业'} · {row.township or '全县'} → {row.agency}"
