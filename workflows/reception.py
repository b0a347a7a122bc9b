"""联合接待日: the plain record of a day on which agencies receive together. A visit on it is a procedure of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from workflows import clock
from workflows.casefile.officers import Agency
from workflows.casefile.tasks import ReceptionDay
from workflows.errors import InvalidInput, PermissionDenied
from workflows.inputs import CleanText, Inputs, LegalDay, Pointer
from workflows.roles import Actor, Role

#: who sets a reception day
WHO = (Role.RECEPTIONIST, Role.SQUAD_LEADER)
#: a joint reception is at least two agencies' (XFR 18)
FEWEST = 2


class DayForm(Inputs):
    """A reception day: when, where, which agencies sit there."""

    day = LegalDay(label="接待日")
    place = CleanText(label="地点", max_length=120)
    agencies = Pointer("agency", label="参加单位", many=True)


def set_reception_day(told: Mapping[str, Any], *, by: Actor) -> ReceptionDay:
    """Write one day with its agencies (`told` as `DayForm` asks), today or later, once for a place.

    Raises PermissionDenied, InvalidInput naming the field; nothing is half written.
    """
    if not by.has(*WHO):
        raise PermissionDenied(f"接待日由{'、'.join(str(Role(r).label) for r in WHO)}安排")
    form = DayForm.read(told)
    if not form.is_valid():
        raise InvalidInput({name: list(map(str, said)) for name, said in form.errors.items()})
    day, place, codes = (form.cleaned_data[name] for name in ("day", "place", "agencies"))
    if day < clock.today():
        raise InvalidInput({"day": "接待日已过"})
    agencies = list(Agency.objects.filter(code__in=codes))
    if len(agencies) < len(set(codes)):
        raise InvalidInput({"agencies": "没有这个单位"})
    if len(agencies) < FEWEST:
        raise InvalidInput({"agencies": "联合接待至少要有两个单位"})
    if ReceptionDay.objects.filter(day=day, place=place).exists():
        raise InvalidInput({"day": "这一天在该地点已有接待日"})
    with transaction.atomic():
        row = ReceptionDay.objects.create(day=day, place=place)
        row.agencies.set(agencies)
    return row
