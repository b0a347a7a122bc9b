"""Who must pay on a case: the established chain of contracts through the decision table, for page, order and act.

The table proposes, with its articles; the inspector decides, and says why where he decides otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workflows.action import Change, Step, insert, update
from workflows.casefile.chain import FACTS, NAMES, Chain
from workflows.casefile.file import CaseFile
from workflows.errors import InvalidInput
from workflows.inputs import Choice, CleanText, Inputs, Money, Pointer, Tick, YesNo
from workflows.law.liability import Closing, Facts, Liability, Party, payer
from workflows.procedures.intake_forms import EMPTY, OPTIONAL


class ChainForm(Inputs):
    """认定承包链条和清偿责任的事实: the whole of it as it stands now; what is left empty or unticked is not so."""

    BY = [(p.value, p.label) for p in (Party.DEVELOPER, Party.GENERAL_CONTRACTOR)]

    developer = CleanText(label="建设单位", max_length=120, **OPTIONAL)
    general_contractor = CleanText(label="施工总承包单位", max_length=120, **OPTIONAL)
    general_contractor_licensed = YesNo(label="总承包单位有相应资质", **OPTIONAL)
    subcontractor = CleanText(label="分包单位", max_length=120, **OPTIONAL)
    subcontractor_licensed = YesNo(label="分包单位有相应资质", **OPTIONAL)
    crew_leader = CleanText(label="班组长（包工头）", max_length=60, **OPTIONAL)
    user_unit = CleanText(label="用工单位", max_length=120, **OPTIONAL)
    lending_unit = CleanText(label="出借资质（被挂靠）单位", max_length=120, **OPTIONAL)
    investor = CleanText(label="出资人", max_length=120, **OPTIONAL)
    successor = CleanText(label="承继单位", max_length=120, **OPTIONAL)

    project_illegal = Tick(label="工程违反规划、建设等法律法规（第三十七条）")
    contracted_unqualified_by = Choice(
        label="发包、分包给个人或者不具备合法经营资格单位的是（第三十六条）", choices=EMPTY + BY, **OPTIONAL
    )
    name_lent = Tick(label="允许他人以其名义经营、挂靠（第十九、三十六条）")
    passed_on = Tick(label="工程转包（第三十条）")
    subcontractor_owes = Tick(label="分包单位拖欠（第三十条）")
    developer_did_not_pay = Tick(label="建设单位未按约定拨付工程款（第二十九条）")
    unsettled_price = Money(label="未结清的工程款（元）", **OPTIONAL)
    supplied_without_licence = Tick(label="由个人、无资格单位派遣的劳动者（第十八条）")
    merged_or_split = Tick(label="用人单位合并或者分立（第二十一条）")
    successor_agreed = Tick(label="已书面约定由承继单位清偿（第二十一条）")
    closing = Choice(
        label="用人单位被吊销、关闭或者解散（第二十二条）",
        choices=EMPTY + [(c.value, c.label) for c in Closing if c.value],
        **OPTIONAL,
    )
    personal_business = Tick(label="合伙、个人独资、个体经济组织（第二十条）")
    dispute_about_work = Tick(label="对工程数量、质量、造价有争议（第三十五条）")
    evidence = Pointer("evidence", label="依据的证据", **OPTIONAL)
    basis = CleanText(label="认定依据", lines=True)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("unsettled_price") is not None and not data.get("developer_did_not_pay"):
            self.add_error("unsettled_price", "未结清的工程款只在建设单位未按约定拨付时有意义（第二十九条）")
        if data.get("successor_agreed") and not data.get("merged_or_split"):
            self.add_error("successor_agreed", "没有合并或者分立，就没有承继单位")
        return data


#: entries of the project that a chain not established yet begins with
_FROM_PROJECT = {
    "developer": "developer", "general_contractor": "general_contractor", "subcontractor": "subcontractor",
    "crew_leader": "crew_leader_name",
}  # fmt: skip


def chain_of(file: CaseFile) -> Chain | None:
    """The chain as established, else as the project's entries say it; None for a case without project."""
    if file.chain is not None or file.case is None:
        return file.chain
    project = file.case.project
    if project is None:
        return None
    return Chain(case=file.case, **{name: getattr(project, column) for name, column in _FROM_PROJECT.items()})


def chain_checked(step: Step) -> None:
    """The evidence lies in the file; who would have to pay by what is told is known by name."""
    name = step.inputs.get("evidence")
    step.inputs["evidence"] = step.file.of_file(step.file.evidence, name, "evidence") if name else None
    said = {fact: step.inputs.get(fact) for fact in FACTS}
    said["closing"] = Closing(said["closing"] or "")
    by = said["contracted_unqualified_by"]
    said["contracted_unqualified_by"] = Party(by) if by else None
    who = payer(Facts(**said)).payer
    column = NAMES.get(who)
    if column is not None and not step.inputs.get(column):
        raise InvalidInput({column: f"按所认定的事实应由{who.label}清偿，请写明其名称"})


def chain_established(step: Step) -> Sequence[Change]:
    """The row as told; the event keeps what changed, old and new, and who pays by it."""
    file = step.file
    standing = file.chain
    row = standing or Chain(case=file.case)
    columns = [f.name for f in Chain._meta.concrete_fields if f.name not in ("id", "case", "established_at")]
    said = {}
    for column in columns:
        old, new = getattr(row, column), step.inputs.get(column)
        if new is None and not Chain._meta.get_field(column).null:
            new = "" if isinstance(old, str) else False
        if (old or None) != (new or None) and column not in ("basis", "evidence"):
            said[column] = [_word(old), _word(new)]
        setattr(row, column, new)
    row.established_at = step.at
    file.__dict__["chain"] = row
    step.facts["amended"] = said
    found = liability_of(file)
    step.facts["liability"] = [found.law.payer.value, found.name, found.law.article]
    return [update(row, *columns, "established_at") if standing is not None else insert(row)]


def _word(value: Any) -> str:
    """A fact as the record keeps it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


# --- the proposal ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proposal:
    """Who pays by the table, with names: of the payer, of who is next, and of whom he may recover from."""

    law: Liability
    name: str
    next: tuple[tuple[Party, str], ...]
    chain: tuple[tuple[str, str], ...]
    established: bool

    @property
    def recourse(self) -> str:
        if self.law.recourse is None:
            return ""
        named = dict(self.next).get(self.law.recourse, "")
        return f"{self.law.recourse.label} {named}".strip()


def liability_of(file: CaseFile) -> Proposal:
    """The decision table over the facts of the case. Facts nobody established leave the ordinary rule: the employer."""
    chain = chain_of(file)
    law = payer(chain.facts if chain is not None else Facts())
    links = [] if chain is None else [
        (Party.DEVELOPER.label, chain.developer), (Party.GENERAL_CONTRACTOR.label, chain.general_contractor),
        (Party.SUBCONTRACTOR.label, chain.subcontractor), ("班组长", chain.crew_leader),
    ]  # fmt: skip
    return Proposal(
        law=law,
        name=name_of(file, chain, law.payer),
        next=tuple((party, name_of(file, chain, party)) for party in law.next_in_line),
        chain=tuple((label, name) for label, name in links if name),
        established=file.chain is not None,
    )


def name_of(file: CaseFile, chain: Chain | None, party: Party) -> str:
    """What a party of this case is called; "" where nobody has said it."""
    if party is Party.EMPLOYER:
        return file.case.employer.name if file.case is not None else ""
    named = str(getattr(chain, NAMES[party])) if chain is not None else ""
    if not named and party is Party.SUBCONTRACTOR and file.case is not None:
        return str(file.case.employer.name)  # he who owes is the employer
    return named


def addressee_checked(step: Step) -> None:
    """An order goes to whom the table names; to somebody else with the officer's reason."""
    found, to = liability_of(step.file), step.inputs.get("addressee") or ""
    if not to and not found.name:
        raise InvalidInput({"addressee": f"按清偿责任应责令{found.law.payer.label}，但案件没有写明其名称"})
    if to and to != found.name and not step.inputs.get("addressee_reason"):
        raise InvalidInput(
            {"addressee_reason": f"按清偿责任应责令{found.law.payer.label} {found.name}，责令他人须写明理由"}
        )


def order_addressee(step: Step) -> str:
    return step.inputs.get("addressee") or liability_of(step.file).name


def liability_words(file: CaseFile, chosen: str = "") -> dict[str, Any]:
    """What a paper says of who must pay, by which article, why, and who is next."""
    found = liability_of(file)
    return {
        "payer": found.law.payer.label,
        "payer_name": found.name,
        "article": found.law.article,
        "reasons": list(found.law.reasons),
        "next": [{"role": party.label, "name": name} for party, name in found.next],
        "recourse": found.recourse,
        "advance_cap": "" if found.law.advance_cap is None else f"{found.law.advance_cap:.2f}",
        "chain": [{"role": role, "name": name} for role, name in found.chain],
        "chosen": chosen,
    }
