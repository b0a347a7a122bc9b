"""How long a limit is and who owes it, in words: for the page of the rules and for the lawyer's rulebook."""

from __future__ import annotations

from workflows.law.counting import PauseReason
from workflows.law.limits import LimitRule, SetDate
from workflows.law.rule import Rule

OWES = {
    "": "本局", "agency_principal_head": "本局正职（主持工作）", "employer": "用人单位", "party": "当事人", "police": "公安机关",
    "worker": "控告人", "complainant": "投诉人", "agency": "被请求单位", "legal_aid": "法律援助机构", "bank": "银行",
    "reviewing_body": "复查复核机关", "general_contractor": "施工总承包单位", "data_provider": "数据提供单位",
}  # fmt: skip
EXTENDS = {"bureau_head": "局负责人", "unit_head": "单位负责人", "data_authority": "政务数据管理机构"}


def owes_words(what: Rule | SetDate) -> str:
    """Who owes a limit, in words."""
    return OWES.get(what.who, what.who)


def length_words(what: Rule | SetDate) -> str:
    """How long, of which nature, how extended, what on a day off."""
    if isinstance(what, SetDate):
        return "由办理人或者文书确定日期" + ("；程序终结后继续" if what.outlives else "")
    said = [what.period if what.length > 0 else f"届满前{what.period}"]
    if what.kind != "limit":
        said.append(LimitRule.Kind(what.kind).label)
    if what.ext is not None:
        by = f"经{EXTENDS.get(what.ext.by, what.ext.by)}批准" if what.ext.by else ""
        if what.ext.length and what.ext.cap:
            said.append(f"{by}可延长，累计不超过{what.ext.length}{what.unit.label}")
        elif what.ext.length:
            said.append(f"{by}可延长一次，不超过{what.ext.length}{what.unit.label}")
        elif what.ext.total:
            said.append(f"{by}延长后合计不超过{what.ext.total}{what.unit.label}")
        else:
            said.append(f"{by}可延长，由批准人确定日期")
    if what.pause:
        said.append(f"仅因{'、'.join(PauseReason(reason).label for reason in what.pause)}中止")
    if what.roll != "none":
        said.append(f"末日逢休息日{LimitRule.Roll(what.roll).label}")
    if what.duty == "may":
        said.append("可以行使")
    if what.outlives:
        said.append("程序终结后继续")
    return "；".join(said)
