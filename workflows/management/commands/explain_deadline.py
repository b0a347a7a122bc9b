"""Why this date: a limit of the rule table counted from a moment, day by day."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from workflows import clock
from workflows.law.calendar import load_calendar
from workflows.law.counting import CannotCount, Due, Extension, Pause, PauseReason, limit
from workflows.law.limits import UnknownRule, rule
from workflows.law.rule import Rule

REFUSED = 2  # the exit code for what the law does not know, and for what cannot be read


class Command(BaseCommand):
    help = "说明一个法定期限是怎样计算的：逐日列出是否计入及原因。法律没有规定的中止、延长以退出码 2 拒绝并指明条文。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rule", metavar="RULE", help="rule id, for example INV-01")
        parser.add_argument("--from", dest="start", required=True, type=_moment, help="ISO moment of the start")
        parser.add_argument(
            "--pause",
            nargs=3,
            action="append",
            default=[],
            metavar=("FROM", "TO", "REASON"),
            help="days on which the limit stands still, both included; may be repeated",
        )
        parser.add_argument(
            "--extend",
            action="append",
            default=[],
            metavar="N",
            type=_extension,
            help="units of the rule; may be repeated where the article knows a sum",
        )
        parser.add_argument(
            "--extend-to",
            dest="extend",
            action="append",
            metavar="DATE",
            type=_extended_to,
            help="the day an approver set, where the article says no length (DEC-01)",
        )
        parser.add_argument("--json", action="store_true", help="one object, nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            asked = rule(options["rule"])
            pauses = [_pause(*words) for words in options["pause"]]
            due = limit(asked, options["start"], load_calendar(), pauses, options["extend"], now=clock.now())
            days = due.days
        except (UnknownRule, CannotCount) as refused:
            raise CommandError(str(refused), returncode=REFUSED) from refused
        except DatabaseError as trouble:
            raise CommandError("数据库没有规则和日历，请先运行 manage.py migrate") from trouble
        if options["json"]:
            answer = described(asked, due)
            answer["days"] = [{"date": d.date.isoformat(), "counted": d.counted, "reason": d.reason} for d in days]
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for line in _page(asked, due):
            self.stdout.write(line)


def described(asked: Rule, due: Due) -> dict[str, Any]:
    """The answer without its days. The keys never change; what a rule does not have is null."""
    return {
        "rule": asked.id,
        "version": asked.version,
        "name": asked.name,
        "article": asked.article,
        "law": asked.law,
        "due_at": due.due_at.isoformat(),
        "due_on": due.due_on.isoformat(),
        "target_on": due.target_on and due.target_on.isoformat(),
        "earliest_on": due.earliest_on and due.earliest_on.isoformat(),
        "provisional": due.provisional,
        "in_force": due.in_force,
        "confidence": asked.conf.value,
        "calendar_version": load_calendar().version,
    }


def _page(asked: Rule, due: Due) -> list[str]:
    lines = [f"{asked.id} {asked.name}  {asked.article}  {asked.period}（{asked.conf.label}）"]
    for day in due.days:
        lines.append(f"  {day.date}  {'计入' if day.counted else '不计'}  {day.reason}")
    lines.append(f"届满日 {due.due_on}（{due.due_at:%Y-%m-%d %H:%M} 止）" + ("  暂定" if due.provisional else ""))
    if due.target_on is not None:
        lines.append(f"目标日 {due.target_on}")
    if due.earliest_on is not None:
        lines.append(f"最早可办理日 {due.earliest_on}")
    if not due.in_force:
        lines.append(f"起算时该规定尚未施行（{asked.valid_from} 起施行）")
    return lines


def _moment(text: str) -> datetime:
    """An ISO moment; without a zone it is Asia/Shanghai."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"不是 ISO 时间：{text}") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=clock.SHANGHAI)


def _extension(text: str) -> Extension:
    try:
        return Extension(length=int(text))
    except ValueError:
        pass
    return _extended_to(text)


def _extended_to(text: str) -> Extension:
    try:
        return Extension(until=_day(text))
    except CommandError as trouble:  # argparse knows how to say what is wrong with an argument
        raise ArgumentTypeError(str(trouble)) from trouble


def _pause(first: str, last: str, reason: str) -> Pause:
    labels = {one.label: one.value for one in PauseReason}
    return Pause(_day(first), _day(last), labels.get(reason, reason))


def _day(text: str) -> date:
    """A legal day, from a date or from a moment."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return clock.legal_day(_moment(text))
    except (ArgumentTypeError, OverflowError) as error:
        raise CommandError(f"不是日期：{text}", returncode=REFUSED) from error
