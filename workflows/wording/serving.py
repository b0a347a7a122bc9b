"""送达: what each way of serving needs before it counts, and the receipt (送达回证) that proves it.

CPL 85–95 as HNEX 31 takes them over; posting with photographs as SPC3 4 allows where the debtor fled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows import clock
from workflows.casefile.papers import Paper, Service, ServiceMode
from workflows.law.instruments import article
from workflows.wording.blocks import Block, form, p, signatures

M = ServiceMode


@dataclass(frozen=True)
class Way:
    """One way of serving: the article, the inputs of which each group must hold one, and when it takes effect.

    `also` are inputs that belong to it without being asked for; `place` and `proof` are what those two mean here.
    """

    law: str
    needs: tuple[tuple[str, ...], ...]
    effect: str
    also: tuple[str, ...] = ()
    place: str = "送达地点"
    proof: str = "送达回证编号"

    @property
    def fields(self) -> tuple[str, ...]:
        """The inputs that belong to it, those it needs first."""
        return (*(name for group in self.needs for name in group), *self.also)

    @property
    def article(self) -> str:
        return article(self.law)


#: what the inputs are called to the officer
CALLED = {
    "recipient": "签收人", "witness": "见证人", "tracking": "邮件号码", "photographs": "现场照片或者录像",
    "cannot": "无法以其他方式送达的情况", "consent": "受送达人的书面同意", "refusal": "拒收情况",
}  # fmt: skip
WAYS: dict[str, Way] = {
    M.IN_PERSON: Way("CPL 87, 88", (("recipient",),), "签收之日为送达日期"),
    M.LEFT: Way("CPL 89", (("refusal",), ("witness", "photographs")), "留置之日视为送达"),
    M.POST: Way(
        "CPL 91",
        (("tracking",),),
        "回执上注明的收件日期为送达日期",
        also=("recipient",),
        place="收件地址",
        proof="邮寄回执（邮件妥投记录）",
    ),
    M.POSTED: Way(
        "SPC3 4",
        (("photographs",), ("cannot",)),
        "张贴并拍照、录像之日视为已经责令",
        also=("witness",),
        place="张贴地点",
        proof="张贴记录",
    ),
    M.ANNOUNCEMENT: Way(
        "CPL 95",
        (("cannot",),),
        "自公告发布之日起经过三十日视为送达",
        also=("photographs",),
        place="公告载体",
        proof="公告的刊发日期、版面或者网址",
    ),
    M.ELECTRONIC: Way(
        "CPL 90; HNEX 31",
        (("consent",), ("recipient",)),
        "到达受送达人特定系统的日期为送达日期",
        place="受送达人的特定系统（号码、邮箱）",
        proof="到达记录",
    ),
}


def lacking(mode: str, told: dict[str, Any]) -> dict[str, str]:
    """What this way of serving still needs: the field and the sentence; empty where it counts."""
    way = WAYS[mode]
    return {
        group[0]: f"{M(mode).label}须有{'或者'.join(CALLED[name] for name in group)}（{way.article}）"
        for group in way.needs
        if not any(told.get(name) for name in group)
    }


def needed(mode: str) -> str:
    """What a way of serving needs, for people."""
    return "；".join("或者".join(CALLED[name] for name in group) for group in WAYS[mode].needs)


def receipt_content(paper: Paper, service: Service | None, inspectors: Sequence[dict[str, str]]) -> dict[str, Any]:
    """The receipt of one service; without one the blank that the officer takes along to be signed."""
    said = paper.content
    served = [] if service is None else _told(service)
    to_fill = "　　　　年　　月　　日　　时"
    at = to_fill if service is None else f"{service.at.astimezone(clock.SHANGHAI):%Y年%-m月%-d日%-H时%M分}"
    body: list[Block] = [
        *form(
            ("送达文书名称、文号", f"{paper.get_kind_display()}　{paper.number}"),
            ("受送达人", paper.addressee or said["employer"]),
            ("案由", "涉嫌拖欠劳动者工资"),
            ("送达地点", service.place if service else "　"),
            ("送达方式", service.get_mode_display() if service else "　"),
            ("送达时间", at),
            *served,
            ("送达人", "、".join(f"{one['name']}（{one['certificate']}）" for one in inspectors) or said["handler"]),
        ),
        *p("受送达人拒绝签收的，由送达人注明拒收事由和日期，由见证人签名，或者以拍照、录像记录送达过程。"),
        *signatures("受送达人（代收人）签名或者盖章", "见证人签名", "送达人签名", "送达人签名"),
    ]
    return said | {
        "kind": "service_receipt", "family": "record", "title": "送达回证", "addressee": "", "body": body,
        "number": paper.number, "inspectors": list(inspectors),
        "date": str(clock.legal_day(service.at)) if service else said["date"],
    }  # fmt: skip


def _told(service: Service) -> list[tuple[str, str]]:
    rows = [
        ("签收人", service.recipient),
        ("见证人", service.witness),
        ("邮件号码", service.tracking),
        ("情况说明", service.note),
        ("照片、录像", f"{len(service.media)} 件，列入证据材料" if service.media else ""),
        ("证明", service.proof),
        ("送达生效日期", f"{clock.legal_day(service.effective_at):%Y年%-m月%-d日}"),
    ]
    return [(label, value) for label, value in rows if value]
