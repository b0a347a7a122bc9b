"""Building the demo county: people, reception days, a special inspection, and the stories walked to today.

Built again it finds what is there and leaves it as it is; a building that was interrupted goes on with the stories
that had not begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from casedesk.demo import last_season
from casedesk.demo.matter import Matter
from casedesk.demo.people import OFFICERS, Staff, settle
from casedesk.demo.stories import STORIES
from casedesk.demo.walk import Story, walk
from notifications.addresses import AgencyChannel, Gateway
from notifications.delivery import Repeat
from workflows import campaigns, clock
from workflows.casefile.campaigns import SpecialInspection, SpecialInspectionFinding
from workflows.casefile.complaint import Complaint
from workflows.casefile.officers import Agency
from workflows.casefile.tasks import ReceptionDay
from workflows.errors import Refusal
from workflows.law.calendar import load_calendar

HALL = "渑池县联合接待大厅"
#: reception days, counted from today, and who sits there
RECEPTIONS: dict[int, tuple[str, ...]] = {
    -45: ("hrss", "housing", "petition", "justice"),
    -33: ("hrss", "housing", "transport", "petition"),
    -20: ("hrss", "housing", "petition", "union"),
    -9: ("hrss", "transport", "water", "petition"),
    0: ("hrss", "housing", "petition", "justice", "union"),
    8: ("hrss", "housing", "transport", "petition"),
    22: ("hrss", "housing", "water", "petition"),
}
CAMPAIGN = "冬季治理欠薪专项检查"
#: what the campaign found; those without a result are still to be visited
FOUND = (
    ("渑池县锦榆坡建筑劳务有限公司", "会盟家园二期", "corrected", "维权告示牌缺失，当场补挂。"),
    ("河南苇塘渡路桥工程有限公司", "洪阳至坡头县道改造", "in_order", "工资专用账户、实名制台账齐全。"),
    ("河南流霞园林绿化有限公司", "天池镇滨河绿化", "complaint", "五名工人反映两个月未发工资，转为案源。"),
    ("三门峡砥柱滩钢结构有限公司", "英豪镇粮食仓库", "", ""),
    ("渑池县青榭酒店", "", "in_order", "抽查十二名员工工资支付凭证，按月足额。"),
    (
        "渑池县麦垄农业装备有限公司",
        "果园乡农机库房",
        "corrected",
        "两个月工资未及时发放，当场补发三人共 8,600 元，有转账凭证。",
    ),
    ("渑池县兰渚服饰加工店", "", "", ""),
    ("渑池县北斗岭建筑劳务有限公司", "仁村乡搬迁安置房", "", ""),
)


#: channels that agencies of the demo have beside their inbox; letters and short messages land in a folder
CHANNELS = (
    ("housing", "email", 1, "qingqian@zhujian.invalid"),
    ("housing", "sms", 2, "13900000100"),
    ("transport", "email", 1, "banshi@jiaotong.invalid"),
)


class NotADemo(Exception):
    """Asked for outside the demo: accounts with a printed password have no place there."""


@dataclass(frozen=True)
class Built:
    """What was built: stories walked now and found standing, and the moments at which somebody acted.

    `cut` names stories that an odd calendar stopped on the way, with the reason: what they did stands, the rest is
    missing.
    """

    walked: int
    standing: int
    moments: int
    cut: tuple[str, ...] = ()


def build(now: datetime | None = None) -> Built:
    """Build what is missing, up to `now` (business time unless given). Raises NotADemo."""
    if not settings.DEMO:
        raise NotADemo()
    end = (now or clock.now()).astimezone(clock.SHANGHAI)
    today = end.date()
    with clock.at(end):
        staff = settle(today)
        days = _reception_days(today)
        _channels()
    missing = []
    for number, (start, employer, workers, months, path) in enumerate(STORIES, start=1):
        matter = Matter(staff, days, today, number, employer, workers, months)
        if not Complaint.objects.filter(source_id=matter.key).exists():
            missing.append((matter.key, today + timedelta(days=start), path(matter)))
    cut: list[str] = []
    with connection.cursor() as cursor:
        # thousands of small commits; what a power failure takes is walked again by the next building
        cursor.execute("SET synchronous_commit TO off")
    cut += last_season.tell(staff, today)
    moments = walk([(key, first, _told(key, story, cut)) for key, first, story in missing], end)
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")
    with clock.at(end):
        _special_inspection(today, staff)
    return Built(len(missing), len(STORIES) - len(missing), moments, tuple(cut))


def _channels() -> None:
    """A gateway for e-mail and one for SMS that drop everything into a folder, and the agencies' own lists."""
    for kind in ("email", "sms"):
        Gateway.objects.get_or_create(kind=kind, defaults={"url": "drop:", "repeat": Repeat.KEY})
    for agency, channel, priority, address in CHANNELS:
        AgencyChannel.objects.get_or_create(
            agency=agency, channel=channel, defaults={"priority": priority, "address": address}
        )


def _told(key: str, story: Story, cut: list[str]) -> Story:
    """The story itself; a refused act ends it and nothing else, any other trouble says which story it was."""
    try:
        yield from story
    except Refusal as refused:
        cut.append(f"{key} {refused}")
    except Exception as trouble:
        trouble.add_note(f"in the demo's story {key}")
        raise


def _reception_days(today: date) -> dict[int, ReceptionDay]:
    """The reception days by their distance from today, each on a working day."""
    calendar, rows = load_calendar(), {}
    for distance, codes in RECEPTIONS.items():
        day = calendar.next_working_day(today + timedelta(days=distance)) if distance else today
        row, fresh = ReceptionDay.objects.get_or_create(day=day, place=HALL)
        if fresh:
            row.agencies.set(Agency.objects.filter(code__in=codes))
        rows[distance] = row
    return rows


def _special_inspection(today: date, staff: Staff) -> None:
    """The winter campaign with its list, and what its team found; the complaint it opened is one of the stories."""
    name = f"{today.year}年{CAMPAIGN}"
    if SpecialInspection.objects.filter(name=name).exists():
        return
    first = today - timedelta(days=30)
    told = {
        "name": name, "order_number": f"渑治欠办〔{today.year}〕12号", "from_day": str(first),
        "to_day": str(today + timedelta(days=45)),
        "team": [staff.id(row[0]) for row in OFFICERS if row[4]],
    }  # fmt: skip
    with clock.at(clock.now() - timedelta(days=30)):
        campaign = campaigns.start(told, by=staff["squad_leader"])
        rows = [{"employer_name": employer, "project_name": project} for employer, project, *_ in FOUND]
        campaigns.add_entries(campaign, {"entries": rows}, by=staff["squad_leader"])
    for days, (employer, _project, result, found) in enumerate(FOUND, start=2):
        entry = campaign.entries.get(employer_name=employer)
        complaint = Complaint.objects.filter(employer_name=employer, channel="inspection").first()
        if result == "complaint" and complaint is not None:
            SpecialInspectionFinding.objects.create(
                entry=entry, result=result, found=found, looked_on=clock.legal_day(complaint.received_at),
                complaint=complaint, at=complaint.received_at, by_id=complaint.operator_id,
            )  # fmt: skip
        elif result and result != "complaint":
            with clock.at(clock.now() - timedelta(days=30 - 4 * days)):
                campaigns.record(entry, {"result": result, "found": found}, by=staff["inspector"])
