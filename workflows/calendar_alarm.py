"""The alarm of the calendar: a year whose notice should be there and is not, said once a week to those who can help."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notifications.notice import Notice
from notifications.outbox import NoticeDraft, post
from notifications.posts import Post
from workflows import clock
from workflows.calendar_editing import missing_year
from workflows.casefile import statements
from workflows.clocks import Limit
from workflows.roles import Role

KIND = "CALENDAR_MISSING"
_LOCK = 731_022_029


def alarm_of_the_calendar(now: datetime) -> bool:
    """Tell administrator and squad leader, once a week from 1 November, that a year is missing.

    True if it was said now.
    """
    year = missing_year(now)
    if year is None:
        return False
    week = clock.legal_day(now).isocalendar()
    reference, sender = f"calendar:{year}-{week.year}-{week.week:02}", Post("hrss", Role.ADMINISTRATOR.value)
    if Notice.objects.filter(event_ref=reference).exists():
        return False
    provisional = Limit.objects.filter(stopped_at__isnull=True, provisional=True).count()
    drafts = [
        NoticeDraft(
            kind=KIND,
            to=to,
            sender=sender,
            event_ref=reference,
            subject_ref=f"calendar:{year}",
            title=f"{year}年放假安排尚未导入",
            text=f"{year}年放假安排尚未导入\n\n影响：{provisional} 个进行中的期限暂按法定节假日推算\n"
            f"请办理：{year}年国务院办公厅通知公布后导入，并由另一人批准",
            basis="HOL 6",
            purpose="工作日历维护",
            posted_at=now,
            fields={"year": year, "provisional": provisional},
        )
        for to in (sender, Post("hrss", Role.SQUAD_LEADER.value))
    ]
    with transaction.atomic(durable=True):
        statements.run("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if Notice.objects.filter(event_ref=reference).exists():
            return False
        post(drafts)
    return True
