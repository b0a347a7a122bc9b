"""专项检查 (measure 8.3): starting a campaign, its list of employers and projects, the result of each.

A campaign moves no case, so its verbs are plain transactions. The one exception is a result that opens a complaint:
the complaint is logged through `perform` under the entry's own key, so that a broken line or a second click finds the
same complaint again, and only then does the finding point to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count as CountOf
from django.db.models import Max

from workflows import clock
from workflows.casefile.campaigns import (
    SpecialInspection,
    SpecialInspectionChange,
    SpecialInspectionEntry,
    SpecialInspectionFinding,
    newest_findings,
)
from workflows.casefile.complaint import Channel, Complaint
from workflows.casefile.file import CaseFile, bureau_codes, bureau_of, is_uuid
from workflows.casefile.names import normal
from workflows.casefile.officers import Agency, Officer
from workflows.casefile.parties import Employer, Project
from workflows.errors import InvalidInput, NotPossibleNow, PermissionDenied, Repeated
from workflows.inbound import Inbound
from workflows.inputs import Choice, CleanText, Count, Inputs, LegalDay, Money, Phone, Pointer, Rows
from workflows.perform import Done, perform
from workflows.procedures.intake import Intake
from workflows.roles import Actor, Role

Result = SpecialInspectionFinding.Result

#: who starts a campaign, changes it and writes its list
WHO = (Role.SQUAD_LEADER, Role.BUREAU_HEAD)
#: at least two inspectors look (LSIR 16, HNEX 20)
FEWEST = 2
#: entries of one list
MOST = 5000
#: rows added at once
MOST_AT_ONCE = 500


class CampaignForm(Inputs):
    """A campaign: what it is called, on which order, from when to when, by whom."""

    name = CleanText(label="名称", max_length=120)
    order_number = CleanText(label="文号", max_length=60, required=False)
    from_day = LegalDay(label="起日")
    to_day = LegalDay(label="止日")
    team = Pointer("officer", label="检查人员", many=True)


class EntryForm(Inputs):
    """One line of the list: an employer by name or out of the dictionary, with or without a project."""

    employer_name = CleanText(label="用人单位", max_length=120, required=False)
    project_name = CleanText(label="工程项目", max_length=120, required=False)
    employer = Pointer("employer", label="已建档的用人单位", required=False)
    project = Pointer("project", label="已建档的工程项目", required=False)


class EntriesForm(Inputs):
    """Lines for the list of a campaign."""

    entries = Rows(EntryForm, label="检查对象", most=MOST_AT_ONCE)


class FindingForm(Inputs):
    """What was found at one entry; the last four only where it opens a complaint."""

    result = Choice(label="结果", choices=Result.choices)
    found = CleanText(label="发现的问题、整改情况或移出理由", lines=True, required=False)
    looked_on = LegalDay(label="检查日期", past=True, required=False)
    worker_name = CleanText(label="反映问题的工人", max_length=60, required=False)
    worker_phone = Phone(label="工人电话", required=False)
    worker_count = Count(label="涉及人数", min_value=1, required=False)
    amount_claimed = Money(label="欠薪金额（元）", required=False)

    ABOUT_A_COMPLAINT = ("worker_name", "worker_phone", "worker_count", "amount_claimed")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        result = data.get("result")
        if result and result != Result.IN_ORDER and not data.get("found"):
            self.add_error("found", f"{Result(result).label}的，须写明情况")
        for name in self.ABOUT_A_COMPLAINT if result and result != Result.COMPLAINT else ():
            if data.get(name) not in (None, ""):
                self.add_error(name, "只有转为案源才填写")
        return data


def _read(form: type[Inputs], told: Mapping[str, Any]) -> dict[str, Any]:
    read = form.read(told)
    if not read.is_valid():
        raise InvalidInput({name: list(map(str, said)) for name, said in read.errors.items()})
    return read.cleaned_data


# --- the campaign ----------------------------------------------------------------------------------------------------


def leads(actor: Actor) -> bool:
    """Whether the actor starts campaigns and writes their lists."""
    return actor.has(*WHO)


def may_record(campaign: SpecialInspection, actor: Actor) -> bool:
    """Whether the actor is of the team: its people alone say what they found."""
    return actor.officer_id is not None and campaign.team.filter(pk=actor.officer_id).exists()


def may_open(campaign: SpecialInspection, actor: Actor) -> bool:
    """Whether what the actor found may become a complaint in his own name: of the team, who may log one (`log`)."""
    log = Intake.acts()["log"][0]
    return may_record(campaign, actor) and log.permits(CaseFile(), Intake(), actor)


def start(told: Mapping[str, Any], *, by: Actor) -> SpecialInspection:
    """Start a campaign (`told` as `CampaignForm`). Raises PermissionDenied, InvalidInput naming the field."""
    _must_lead(by)
    fields, team = _campaign(_read(CampaignForm, told), None, by)
    with transaction.atomic():
        campaign = SpecialInspection.objects.create(**fields)
        campaign.team.set(team)
        _changed(campaign, by, {**{n: ["", str(v)] for n, v in fields.items()}, "team": ["", _names(team)]})
    return campaign


def change(campaign: SpecialInspection, told: Mapping[str, Any], *, by: Actor) -> SpecialInspection:
    """Change name, order number, period or team; what stood before is kept. Raises as `start`."""
    _must_lead(by)
    fields, team = _campaign(_read(CampaignForm, told), campaign, by)
    with transaction.atomic():
        row = SpecialInspection.objects.select_for_update().get(pk=campaign.pk)
        before = list(row.team.order_by("id"))
        differs = {n: [str(getattr(row, n)), str(v)] for n, v in fields.items() if getattr(row, n) != v}
        if {o.pk for o in before} != {o.pk for o in team}:
            differs["team"] = [_names(before), _names(team)]
        if differs:
            for name, value in fields.items():
                setattr(row, name, value)
            row.save(update_fields=list(fields))
            row.team.set(team)
            _changed(row, by, differs)
    return row


def _must_lead(by: Actor) -> None:
    if not leads(by):
        raise PermissionDenied(f"专项检查由{'、'.join(str(r.label) for r in WHO)}安排")


def _campaign(
    data: dict[str, Any], standing: SpecialInspection | None, by: Actor
) -> tuple[dict[str, Any], list[Officer]]:
    """The fields and the team as they may be written. Raises InvalidInput."""
    codes = data.pop("team")
    if data["to_day"] < data["from_day"]:
        raise InvalidInput({"to_day": "止日不能早于起日"})
    same = SpecialInspection.objects.filter(name=data["name"], from_day=data["from_day"])
    if (same.exclude(pk=standing.pk) if standing is not None else same).exists():
        raise InvalidInput({"name": "已有同名、同日开始的专项检查"})
    if standing is not None and newest_findings().filter(
        entry__inspection=standing, looked_on__lt=data["from_day"]
    ).exists():  # fmt: skip
        raise InvalidInput({"from_day": "已有检查早于这一天"})
    there = {o.pk for o in standing.team.all()} if standing else set()
    officers = {str(o.public_id): o for o in candidates(by)}
    if standing is not None:  # who has left or whose certificate ran out meanwhile stays until somebody takes him off
        officers |= {str(o.public_id): o for o in standing.team.select_related("agency")}
    team = [officers[code] for code in dict.fromkeys(codes) if code in officers]
    if len(team) < len(set(codes)):
        raise InvalidInput({"team": "没有这名监察员"})
    lapsed = [o.name for o in team if o.pk not in there and not o.certified_on(clock.today())]
    if lapsed:
        raise InvalidInput({"team": f"{'、'.join(lapsed)}没有有效的执法证件，不能参加检查（FIL-06）"})
    if len(team) < FEWEST:
        raise InvalidInput({"team": "检查人员不得少于两人（《劳动保障监察条例》第十六条）"})
    return data, team


def candidates(actor: Actor) -> list[Officer]:
    """The inspectors of the actor's bureau in office and their squad leader, whatever their certificates say."""
    bureau = Agency.objects.filter(code=bureau_of(actor.agency)).first()
    codes = bureau_codes(bureau) if bureau is not None else frozenset()
    looks = [Role.INSPECTOR, Role.SQUAD_LEADER]
    rows = Officer.objects.filter(active=True, roles__overlap=looks, agency__code__in=codes)
    return list(rows.select_related("agency").order_by("id"))


def _names(officers: Iterable[Officer]) -> str:
    return "、".join(o.name for o in officers)


def _changed(campaign: SpecialInspection, by: Actor, told: dict[str, Any]) -> None:
    assert by.officer_id is not None
    SpecialInspectionChange.objects.create(inspection=campaign, at=clock.now(), by_id=by.officer_id, told=told)


# --- its list --------------------------------------------------------------------------------------------------------


def lines_pasted(text: str) -> list[dict[str, str]]:
    """Rows for `add_entries` out of pasted lines: employer, and after a tab, comma or semicolon the project."""
    rows = []
    for line in text.splitlines():
        for mark in "，;；\t":
            line = line.replace(mark, ",")
        employer, _, project = (part.strip() for part in line.partition(","))
        if employer or project:
            rows.append({"employer_name": employer, "project_name": project.rstrip(", ")})
    return rows


def add_entries(campaign: SpecialInspection, told: Mapping[str, Any], *, by: Actor) -> tuple[int, int]:
    """Put lines on the list (`told` as `EntriesForm`): how many, and how many stood there already.

    Raises PermissionDenied, InvalidInput with the number of the line; nothing is half written.
    """
    _must_lead(by)
    rows = _read(EntriesForm, told)["entries"]
    found = [_entry(number, row) for number, row in enumerate(rows, start=1)]
    with transaction.atomic():
        SpecialInspection.objects.select_for_update().get(pk=campaign.pk)
        there = {_alike(entry) for entry in campaign.entries.all()}
        last = campaign.entries.aggregate(n=Max("number"))["n"] or 0
        fresh: list[SpecialInspectionEntry] = []
        for entry in found:
            if _alike(entry) not in there:
                there.add(_alike(entry))
                entry.inspection, entry.number = campaign, last + len(fresh) + 1
                entry.added_at, entry.added_by_id = clock.now(), by.officer_id
                fresh.append(entry)
        if last + len(fresh) > MOST:
            raise InvalidInput({"entries": f"一次专项检查最多 {MOST} 个检查对象"})
        SpecialInspectionEntry.objects.bulk_create(fresh)
    return len(fresh), len(found) - len(fresh)


def _alike(entry: SpecialInspectionEntry) -> tuple[str, str]:
    return normal(entry.employer_name), normal(entry.project_name)


def _entry(number: int, row: Mapping[str, Any]) -> SpecialInspectionEntry:
    employer = _in_dictionary(Employer, row["employer"], number)
    project = _in_dictionary(Project, row["project"], number)
    entry = SpecialInspectionEntry(
        employer=employer,
        project=project,
        employer_name=employer.name if employer is not None else row["employer_name"],
        project_name=project.name if project is not None else row["project_name"],
    )
    if not entry.employer_name and not entry.project_name:
        raise InvalidInput({"entries": f"第 {number} 行：请填写用人单位或工程项目"})
    return entry


def _in_dictionary(model: type[Any], public_id: str, number: int) -> Any:
    if not public_id:
        return None
    found = model.objects.filter(public_id=public_id).first() if is_uuid(public_id) else None
    if found is None:
        raise InvalidInput({"entries": f"第 {number} 行：没有这个{'用人单位' if model is Employer else '工程项目'}"})
    return found


# --- what was found --------------------------------------------------------------------------------------------------


def record(
    entry: SpecialInspectionEntry, told: Mapping[str, Any], *, by: Actor, seen: int | None = None
) -> tuple[SpecialInspectionFinding, Done | None]:
    """Write what was found at an entry (`told` as `FindingForm`), and what `perform` told of a complaint it opened.

    `seen` is how many findings of the entry the writer had before him. A finding that opened a complaint stands: the
    rest is the complaint's. Raises PermissionDenied, InvalidInput, NotPossibleNow.
    """
    campaign = entry.inspection
    data = _read(FindingForm, told)
    if not (may_record(campaign, by) or (leads(by) and data["result"] == Result.DROPPED)):
        raise PermissionDenied("检查结果由参加本次检查的人员记录；移出名单也可以由监察大队长、局负责人办理")
    data["looked_on"] = data["looked_on"] or clock.today()
    if data["looked_on"] < campaign.from_day:
        raise InvalidInput({"looked_on": f"不能早于检查起日 {campaign.from_day}"})
    _still_open(entry, seen)
    done, complaint = _complaint_of(entry, data, by) if data["result"] == Result.COMPLAINT else (None, None)
    with transaction.atomic():
        SpecialInspection.objects.select_for_update().get(pk=campaign.pk)
        last = newest_findings().filter(entry=entry).first()
        if last is not None and complaint is not None and last.complaint_id == complaint.pk:
            return last, done  # the same click twice
        # a complaint that was opened is a fact: its finding follows whatever a colleague wrote meanwhile
        _still_open(entry, seen if complaint is None else None)
        finding = SpecialInspectionFinding.objects.create(
            entry=entry, result=data["result"], found=data["found"], looked_on=data["looked_on"],
            complaint=complaint, at=clock.now(), by_id=by.officer_id, replaces=last,
        )  # fmt: skip
    return finding, done


def _still_open(entry: SpecialInspectionEntry, seen: int | None) -> None:
    findings = list(entry.findings.all())
    if any(one.result == Result.COMPLAINT for one in findings):
        raise NotPossibleNow("这个检查对象已经转为案源，后续情况请在投诉里记录")
    if seen is not None and seen != len(findings):
        raise NotPossibleNow("同事刚刚记录了结果，请核对后再记录")


def _complaint_of(entry: SpecialInspectionEntry, data: Mapping[str, Any], by: Actor) -> tuple[Done | None, Complaint]:
    """The complaint an entry opens, logged once however often it is asked for."""
    inbox = Inbound("special-inspection", str(entry.public_id), {"entry": str(entry.public_id)}, _answer)
    try:
        done = perform(None, "log", by=by, inputs=_inputs(entry, data), inbox=inbox)
    except Repeated as before:
        return None, Complaint.objects.get(public_id=before.answer["complaint"])
    return done, done.subject.complaint


def _answer(done: Done) -> dict[str, str]:
    return {"complaint": str(done.subject.complaint.public_id)}


def _inputs(entry: SpecialInspectionEntry, data: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of `log`: whom and where the dictionary knows, what was found as the story."""
    employer, project = entry.employer, entry.project
    told: dict[str, Any] = {
        "channel": Channel.INSPECTION, "source_id": str(entry.public_id), "register": True,
        "title": f"专项检查：{entry.inspection.name}"[:200], "violation_facts": data["found"],
        "employer_name": entry.employer_name, "project_name": entry.project_name,
        "employer_unknown": not entry.employer_name, "worker_count": data["worker_count"],
        "amount_claimed": data["amount_claimed"], "complainant_name": data["worker_name"],
        "complainant_phone": data["worker_phone"], "anonymous": not data["worker_name"],
        "no_contact": not data["worker_phone"],
    }  # fmt: skip
    if employer is not None:
        told |= {
            "unified_credit_code": employer.credit_code, "employer_domicile": employer.domicile,
            "legal_rep_name": employer.legal_rep_name,
        }  # fmt: skip
    if project is not None:
        named = ("developer", "general_contractor", "subcontractor", "crew_leader_name", "crew_leader_phone")
        told |= {name: getattr(project, name) for name in named}
        told |= {"project_place": project.place, "township": project.township_id or ""}
    return {name: value for name, value in told.items() if value not in (None, "", False)}


# --- how far it is ---------------------------------------------------------------------------------------------------


@dataclass
class Progress:
    """How far a campaign is, without what was taken off its list. `days_left` is below nought once it is over."""

    total: int = 0
    looked_at: int = 0
    dropped: int = 0
    days_left: int = 0
    results: dict[str, int] = field(default_factory=lambda: {r: 0 for r in Result.values if r != Result.DROPPED})


def progress_of(campaigns: Sequence[SpecialInspection]) -> dict[int, Progress]:
    """The progress of each campaign by its key; two queries for all of them."""
    today = clock.today()
    found = {c.pk: Progress(days_left=(c.to_day - today).days) for c in campaigns}
    totals = SpecialInspectionEntry.objects.filter(inspection__in=found).order_by()
    for pk, n in totals.values_list("inspection").annotate(n=CountOf("id")):
        found[pk].total = n
    counted = newest_findings().filter(entry__inspection__in=found).order_by()
    for pk, result, n in counted.values_list("entry__inspection", "result").annotate(n=CountOf("id")):
        one = found[pk]
        if result == Result.DROPPED:
            one.dropped, one.total = n, one.total - n
        else:
            one.results[result] = n
            one.looked_at += n
    return found
