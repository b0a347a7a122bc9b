"""Who pays (清偿责任): the decision table of the wage regulation, as a lawyer reads it.

Pure. The facts are what the inspection has established; the first row of `TABLE` that fits names the payer, every
later row that fits says who stands behind him or what else follows. The inspector decides; the table proposes, with
its articles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from workflows.law.instruments import article


class Party(StrEnum):
    """Who may have to pay."""

    EMPLOYER = "employer"
    USER_UNIT = "user_unit"
    LENDING_UNIT = "lending_unit"
    INVESTOR = "investor"
    SUCCESSOR = "successor"
    SUBCONTRACTOR = "subcontractor"
    GENERAL_CONTRACTOR = "general_contractor"
    DEVELOPER = "developer"

    @property
    def label(self) -> str:
        return {
            "employer": "用人单位",
            "user_unit": "用工单位",
            "lending_unit": "出借资质（被挂靠）单位",
            "investor": "出资人",
            "successor": "合并或者分立后承继的单位",
            "subcontractor": "分包单位",
            "general_contractor": "施工总承包单位",
            "developer": "建设单位",
        }[self.value]


class Closing(StrEnum):
    """What became of the employer (WPR 22)."""

    NOT = ""
    BEFORE_DEREGISTRATION = "before_deregistration"
    NEW_REGISTRATION = "new_registration"

    @property
    def label(self) -> str:
        return {
            "": "—",
            "before_deregistration": "被吊销、责令关闭或者解散，尚未注销",
            "new_registration": "未清偿即要办理新的登记",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is established about the employment and, on a building site, about the chain of contracts."""

    #: labour supplied by a person or a unit without licence or dispatch permit (WPR 18)
    supplied_without_licence: bool = False
    #: the name or qualification was lent, 挂靠 (WPR 19, 36)
    name_lent: bool = False
    #: partnership, sole proprietorship, individual business (WPR 20)
    personal_business: bool = False
    #: merged or split (WPR 21), and whether a written agreement names a successor
    merged_or_split: bool = False
    successor_agreed: bool = False
    #: licence revoked, closed or dissolved (WPR 22)
    closing: Closing = Closing.NOT
    #: the developer did not pay project money as agreed (WPR 29), and the part of the price still unsettled
    developer_did_not_pay: bool = False
    unsettled_price: Decimal | None = None
    #: a subcontractor owes the wages (WPR 30)
    subcontractor_owes: bool = False
    #: the general contractor passed the project on, 转包 (WPR 30)
    passed_on: bool = False
    #: contracted to persons or units without qualification, and by whom (WPR 36)
    contracted_unqualified_by: Party | None = None
    #: illegal under planning or construction law (WPR 37)
    project_illegal: bool = False
    #: a dispute on quantity, quality or price is put forward (WPR 35)
    dispute_about_work: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One case of the law: the situation in words and as a question to the facts, who pays, what a paper says, who
    stands behind the payer, and from whom the payer may recover (追偿)."""

    situation: str
    law: str
    applies: Callable[[Facts], bool]
    payer: Party
    reason: str
    then: tuple[Party, ...] = ()
    recourse: Party | None = None


@dataclass(frozen=True, slots=True)
class Liability:
    """The proposal: who pays, by which article, why, and who is next if he does not."""

    payer: Party
    article: str
    reasons: tuple[str, ...]
    next_in_line: tuple[Party, ...]
    #: from whom the payer may recover what he paid for another
    recourse: Party | None = None
    #: the most the developer has to advance (WPR 29): up to the unsettled price
    advance_cap: Decimal | None = None


#: strictest first: the illegality of the project, then that of the contract, then the chain, then the employer himself
TABLE: tuple[Row, ...] = (
    Row(
        "工程建设项目违反国土空间规划、工程建设等法律法规",
        "WPR 37",
        lambda facts: facts.project_illegal,
        Party.DEVELOPER,
        "工程建设项目违反国土空间规划、工程建设等法律法规，导致拖欠的，由建设单位清偿",
    ),
    Row(
        "建设单位发包给个人或者不具备合法经营资格的单位",
        "WPR 36",
        lambda facts: facts.contracted_unqualified_by is Party.DEVELOPER,
        Party.DEVELOPER,
        "建设单位将工程发包给个人或者不具备合法经营资格的单位，导致拖欠的，由建设单位清偿",
        then=(Party.EMPLOYER,),
    ),
    Row(
        "施工总承包单位分包给个人或者不具备合法经营资格的单位",
        "WPR 36",
        lambda facts: facts.contracted_unqualified_by is Party.GENERAL_CONTRACTOR,
        Party.GENERAL_CONTRACTOR,
        "施工总承包单位将工程分包给个人或者不具备合法经营资格的单位，导致拖欠的，由施工总承包单位清偿",
        then=(Party.EMPLOYER,),
    ),
    Row(
        "允许他人以其名义对外经营或者承揽工程（挂靠）",
        "WPR 19, 36",
        lambda facts: facts.name_lent,
        Party.LENDING_UNIT,
        "允许他人以其名义对外经营或者承揽工程，由出借单位清偿",
        then=(Party.EMPLOYER,),
    ),
    Row(
        "工程转包",
        "WPR 30",
        lambda facts: facts.passed_on,
        Party.GENERAL_CONTRACTOR,
        "工程转包的，由施工总承包单位先行清偿，再依法追偿",
        then=(Party.EMPLOYER,),
        recourse=Party.EMPLOYER,
    ),
    Row(
        "分包单位拖欠",
        "WPR 30",
        lambda facts: facts.subcontractor_owes,
        Party.GENERAL_CONTRACTOR,
        "分包单位拖欠的，由施工总承包单位先行清偿，再依法追偿",
        then=(Party.SUBCONTRACTOR,),
        recourse=Party.SUBCONTRACTOR,
    ),
    Row(
        "建设单位未按约定拨付工程款",
        "WPR 29",
        lambda facts: facts.developer_did_not_pay,
        Party.DEVELOPER,
        "建设单位未按约定拨付工程款导致拖欠的，以未结清的工程款为限先行垫付",
        then=(Party.GENERAL_CONTRACTOR,),
    ),
    Row(
        "劳动者由个人、不具备合法经营资格的单位或者未取得劳务派遣许可的单位派遣",
        "WPR 18",
        lambda facts: facts.supplied_without_licence,
        Party.USER_UNIT,
        "使用个人、不具备合法经营资格的单位或者未取得劳务派遣许可的单位派遣的劳动者，由用工单位清偿，可以追偿",
        then=(Party.EMPLOYER,),
        recourse=Party.EMPLOYER,
    ),
    Row(
        "合并或者分立，已与劳动者书面约定由承继单位清偿",
        "WPR 21",
        lambda facts: facts.merged_or_split and facts.successor_agreed,
        Party.SUCCESSOR,
        "合并或者分立时与劳动者书面约定由承继单位清偿",
    ),
    Row(
        "合并或者分立，没有书面约定",
        "WPR 21",
        lambda facts: facts.merged_or_split and not facts.successor_agreed,
        Party.EMPLOYER,
        "用人单位合并或者分立的，应当在实施前清偿",
        then=(Party.SUCCESSOR,),
    ),
    Row(
        "未清偿即办理新的登记",
        "WPR 22",
        lambda facts: facts.closing is Closing.NEW_REGISTRATION,
        Party.INVESTOR,
        "未清偿即办理新的登记的，由主要出资人在登记前清偿",
    ),
    Row(
        "被吊销、责令关闭或者解散，尚未注销",
        "WPR 22",
        lambda facts: facts.closing is Closing.BEFORE_DEREGISTRATION,
        Party.EMPLOYER,
        "被吊销营业执照、责令关闭或者解散的，应当在申请注销登记前清偿",
        then=(Party.INVESTOR,),
    ),
    Row(
        "合伙企业、个人独资企业、个体经济组织",
        "WPR 20",
        lambda facts: facts.personal_business,
        Party.EMPLOYER,
        "合伙企业、个人独资企业、个体经济组织拖欠的，由其清偿；不清偿的，由出资人清偿",
        then=(Party.INVESTOR,),
    ),
    Row(
        "没有以上情形",
        "WPR 16",
        lambda facts: True,
        Party.EMPLOYER,
        "用人单位拖欠农民工工资的，应当依法清偿",
    ),
)

DISPUTE = "因工程数量、质量、造价等产生争议的，不得因争议不拨付人工费用、停止代发工资"


def payer(facts: Facts) -> Liability:
    """Who pays by the table: the first row that fits; the rows after it give who is next in line."""
    fitting = [row for row in TABLE if row.applies(facts)]
    first = fitting[0]
    who = first.payer
    behind: list[Party] = []
    # the ordinary rule always fits; it speaks only where no other row does
    speaking = fitting[:-1] or fitting
    for row in speaking:
        for party in (row.payer, *row.then):
            if party is not who and party not in behind:
                behind.append(party)
    reasons = [f"{row.reason}（{article(row.law)}）" for row in speaking]
    if facts.dispute_about_work:
        reasons.append(f"{DISPUTE}（{article('WPR 35')}）")
    advances = facts.developer_did_not_pay and Party.DEVELOPER in (who, *behind) and not facts.project_illegal
    cap = facts.unsettled_price if advances else None
    return Liability(who, article(first.law), tuple(reasons), tuple(behind), first.recourse, cap)
