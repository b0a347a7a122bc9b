"""What a paper must contain before it may be signed, kind by kind, with the article (section 5.3 of the rules).

Owns the table and the question. What the law names but the desk cannot check (that a seal is put on, that somebody
signs) stands on the paper as a place to fill in.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows.casefile.papers import PaperKind
from workflows.law.instruments import article

K = PaperKind


@dataclass(frozen=True)
class Needs:
    """One content: where it lies in the content of the paper, what people call it, which law asks for it.

    `field` is the input or the fact of the case that supplies it; `how` says where an officer fills it in.
    """

    at: str
    label: str
    law: str
    field: str
    how: str = ""

    def sentence(self, kind: PaperKind) -> str:
        ways = f"；{self.how}" if self.how else ""
        return f"《{kind.label}》缺少“{self.label}”（{self.field}），依据{article(self.law)}不能签发{ways}"


_AMEND = "请先用“修改案件事实”补充"
_EVIDENCE = "请先用“添加证据”“记录询问笔录”或者“记录现场检查”补充"
_TWO = "请先由大队长增派监察员"


def _party(law: str) -> tuple[Needs, ...]:
    return (
        Needs("party.name", "当事人名称", law, "employer_name", _AMEND),
        Needs("party.domicile", "当事人住所", law, "employer_domicile", _AMEND),
        Needs("party.legal_rep", "法定代表人（负责人）", law, "legal_rep_name", _AMEND),
    )


def _amount(law: str) -> tuple[Needs, ...]:
    return (
        Needs("workers", "劳动者名单", law, "lines", "请先补充工资明细"),
        Needs("total", "尚欠金额", law, "lines", "明细已没有尚欠金额"),
    )


_TWO_OFFICERS = Needs("inspectors.1", "两名执法人员及执法证号", "APL 42; HNEX 20", "others", _TWO)
REQUIRED: dict[PaperKind, tuple[Needs, ...]] = {
    K.DECLINE_NOTICE: (
        Needs("said.不予受理理由", "不予受理的理由", "O25 18", "reason"),
        Needs("said.告知投诉人的途径", "告知的途径", "O25 18", "route"),
    ),
    K.SUPPLEMENT_NOTICE: (Needs("said.需要补正的内容", "需要补正的内容", "O25 18", "missing"),),
    K.REFERRAL_LETTER: (Needs("addressee", "受转送单位", "LSIR 18", "agency"),),
    K.FILING_FORM: (Needs("party.name", "当事人名称", "O25 19", "employer_name"),),
    K.INQUIRY_NOTICE: (
        Needs("addressee", "被调查单位", "LSIR 15", "employer_name", _AMEND),
        Needs("said.要求提供的材料", "要求提供的材料", "LSIR 15", "materials"),
        _TWO_OFFICERS,
    ),
    K.INTERVIEW_RECORD: (
        Needs("said.被询问人", "被询问人", "HNR 13; APL 55", "person"),
        Needs("said.已出示执法证件", "出示执法证件", "HNR 13; APL 55", "certificates_shown"),
        _TWO_OFFICERS,
    ),
    K.SITE_CHECK_RECORD: (Needs("said.检查情况", "检查情况", "HNR 13; APL 55", "found"), _TWO_OFFICERS),
    K.PRESERVATION_NOTICE: (Needs("said.登记保存的物品", "登记保存的物品清单", "APL 56", "items"),),
    K.ORDER: (
        Needs("addressee", "责令对象", "LSIR 26; SPC3 4", "addressee"),
        Needs("findings", "认定的事实", "LSIR 26; SPC3 4", "findings", "请先“查清事实”"),
        *_amount("LSIR 26; SPC3 4"),
        Needs("said.支付期限", "支付期限", "LSIR 26; SPC3 4", "pay_by"),
        _TWO_OFFICERS,
    ),
    K.INTENT_NOTICE: (
        Needs("findings", "认定的事实", "APL 44; HNEX 26", "findings", "请先“查清事实”"),
        Needs("said.拟作决定的内容", "拟作出决定的内容", "APL 44; HNEX 26", "content"),
        _TWO_OFFICERS,
    ),
    K.HANDLING_FORM: (Needs("findings", "违法事实", "O25 33", "findings", "请先“查清事实”"),),
    K.DECISION: (
        *_party("HNEX 29; APL 59"),
        Needs("findings", "违法事实", "HNEX 29; APL 59", "findings", "请先“查清事实”"),
        Needs("evidence", "证据", "HNEX 29; APL 59", "evidence", _EVIDENCE),
        Needs("said.决定内容", "决定内容", "HNEX 29; APL 59", "content"),
        _TWO_OFFICERS,
    ),
    K.DEMAND_LETTER: (
        Needs("said.确切金额（元）", "确切金额", "ACL 35", "amount"),
        Needs("said.履行期限", "履行期限", "ACL 35", "pay_by"),
    ),
    K.ENFORCEMENT_APPLICATION: (
        *_party("ACL 55"),
        Needs("said.申请的法院", "申请的法院", "ACL 55", "court"),
        Needs("said.申请执行的内容", "强制执行标的", "ACL 55", "content"),
    ),
    K.TRANSFER_OUT_LETTER: (Needs("addressee", "受移送单位", "LSIR 18; HNR 15(6)", "agency"),),
    K.INVESTIGATION_REPORT: (
        Needs("said.移送意见", "处理意见", "TRD 6; MPS16 2", "opinion"),
        Needs("inspectors.1", "专案组两名以上人员", "TRD 5", "others", _TWO),
    ),
    K.TRANSFER_LETTER: (
        Needs("handler", "承办人", "MPS16 2", "by"),
        Needs("body", "材料清单", "MPS16 2; TRD 6", "package"),
    ),
    K.HAND_OVER_LIST: (Needs("said.移交的物品和材料", "移交的物品和材料", "TRD 12", "items"),),
}


def missing(kind: PaperKind, content: dict[str, Any]) -> list[Needs]:
    """What the law asks of this kind and the content does not hold, in the order of the table."""
    return [needs for needs in REQUIRED.get(kind, ()) if not _held(content, needs.at)]


def _held(content: dict[str, Any], at: str) -> bool:
    value: Any = content
    for step in at.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list):
            value = value[int(step)] if int(step) < len(value) else None
        if value is None:
            return False
    if isinstance(value, str):
        return value.strip() not in ("", "None", "False") and not _nought(value)
    return bool(value)


def _nought(text: str) -> bool:
    return text.replace(".", "").strip("0") == "" and Decimal(text) == 0 if text.strip("0.") == "" else False
