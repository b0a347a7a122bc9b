"""Papers of the order and the decision: 指令书, 事先告知书, 报批表, 决定书, 催告书, 强制执行申请书, and of the ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workflows import clock
from workflows.casefile.papers import RECORDS, PaperKind
from workflows.wording.blocks import (
    Block,
    approval,
    cited,
    day,
    ended,
    figures,
    form,
    heading,
    items,
    money,
    named,
    opinion,
    p,
    signatures,
    table,
    worker_table,
)
from workflows.wording.investigation import arrears

if TYPE_CHECKING:
    from workflows.action import Step

#: what the kinds of an intended decision are called
INTENDED = {"treatment": "行政处理决定", "penalty": "行政处罚决定", "compensation": "责令加付赔偿金的决定"}


def order(step: Step, content: dict[str, Any]) -> list[Block]:
    """LSIR 26; SPC3 4: facts, basis, amount and workers, the day to pay by, consequence, remedies."""
    told = step.inputs
    return [
        *p(f"经查明，{content['employer']}{_at_project(content)}拖欠{arrears(content)}。"),
        *p(f"认定的事实：{ended(content['findings'])}"),
        *_liable(content, told.get("addressee_reason") or ""),
        *p(
            f"依据{content['articles']}的规定，现责令你单位于{day(told['pay_by'])}前（含当日）足额支付上述工资"
            f"{money(content['total'])}，直接支付给劳动者本人，并将支付凭证报送本机关。"
        ),
        *worker_table(content),
        *p(
            f"逾期不支付的，本机关将依据{cited('LSIR 26, 30')}作出处理、处罚；以转移财产、逃匿等方法逃避支付，"
            f"或者有能力支付而不支付，数额较大，涉嫌犯罪的，依据{cited('CL 276-1')}移送公安机关追究刑事责任。"
        ),
        *_remedies("本指令书"),
    ]


def intent_notice(step: Step, content: dict[str, Any]) -> list[Block]:
    """APL 44; HNEX 26: intended content, facts, reasons, basis, and the rights of the party."""
    told = step.inputs
    rights = (
        "你单位有权进行陈述和申辩，可自收到本告知书之日起三个工作日内向本机关书面或者口头提出；逾期不提出的，视为放弃。"
    )
    body = [
        *heading("一、认定的事实和理由"),
        *p(f"{content['employer']}{_at_project(content)}拖欠{arrears(content)}。{ended(content['findings'])}"),
        *heading("二、拟作出的决定"),
        *p(f"拟作出{INTENDED[told['kind']]}：{ended(told['content'])}"),
        *heading("三、依据"),
        *p(ended(told.get("basis") or content["articles"])),
        *worker_table(content),
        *heading("四、你单位的权利"),
    ]
    if told.get("hearing_right"):
        body += p(
            f"依据{cited('APL 63, 64')}，你单位有权要求听证，应当自收到本告知书之日起五个工作日内向本机关提出。"
            "听证不收取费用。"
        )
    return body + p(rights + "本机关不因陈述、申辩作出更重的决定。")


def handling_form(step: Step, content: dict[str, Any]) -> list[Block]:
    """案件处理报批表 (O25 33): unit, cause, facts, the unit's statement, basis, proposed handling."""
    return [
        *form(
            ("案号", content["case_number"]),
            ("当事人", content["employer"]),
            ("案由", "拖欠劳动者工资"),
            ("违法事实", (f"拖欠{arrears(content)}。" if content["workers"] else "") + ended(content["findings"])),
            ("证据", "；".join(content["evidence"])),
            ("当事人陈述申辩", content["defence"]),
            ("依据", step.inputs.get("basis") or content["articles"]),
        ),
        *opinion("拟处理意见", step.inputs["content"], named(content["inspectors"])),
        *approval("审批意见（局负责人）"),
    ]  # fmt: skip


def decision(step: Step, content: dict[str, Any]) -> list[Block]:
    """HNEX 29; APL 59: party, facts and evidence, basis, content, way and term, remedies."""
    told = step.inputs
    party = content["party"]
    return [
        *form(
            ("当事人", party["name"]),
            ("统一社会信用代码", party["credit_code"]),
            ("住所", party["domicile"]),
            ("法定代表人（负责人）", " ".join(filter(None, [party["legal_rep"], party["post"]]))),
        ),
        *heading("一、违法事实和证据"),
        *p(f"经查明，{content['employer']}{_at_project(content)}拖欠{arrears(content)}。{ended(content['findings'])}"),
        *p("以上事实有下列证据证实："),
        *items(content["evidence"]),
        *p(f"当事人的陈述申辩及复核意见：{content['defence']}" if content["defence"] else ""),
        *heading("二、决定的依据和内容"),
        *p(f"依据{told.get('basis') or content['articles']}，本机关决定：{ended(told['content'])}"),
        *worker_table(content),
        *heading("三、履行的方式和期限"),
        *p(_term(told.get("pay_by"))),
        *heading("四、救济途径"),
        *_remedies("本决定书"),
    ]


def demand_letter(step: Step, content: dict[str, Any]) -> list[Block]:
    """ACL 35: term, way, the exact amount and how it is paid, the right to be heard."""
    told = step.inputs
    of = step.file.latest(PaperKind.DECISION)
    return [
        *p(
            f"本机关作出的{of.number if of else ''}行政处理（处罚）决定书已依法送达，你单位在法定期限内未申请行政复议、未提起行政诉讼，"
            "也未履行决定。"
        ),
        *p(
            f"依据{content['articles']}，现催告你单位于{day(told['pay_by'])}前（含当日）履行义务，支付{money(told['amount'])}，"
            "以银行转账或者现金方式直接支付给劳动者本人，并将支付凭证报送本机关。"
        ),
        *worker_table(content),
        *p("你单位收到本催告书后有权进行陈述和申辩。经催告逾期仍不履行的，本机关将依法申请人民法院强制执行。"),
    ]  # fmt: skip


def enforcement_application(step: Step, content: dict[str, Any]) -> list[Block]:
    """ACL 55: the decision with its reasons, the party's opinion and the demand, the object; signed by the head."""
    told, party = step.inputs, content["party"]
    of, urged = step.file.latest(PaperKind.DECISION), step.file.latest(PaperKind.DEMAND_LETTER)
    return [
        *form(
            ("申请执行人", content["bureau"]),
            ("被执行人", party["name"]),
            ("住所", party["domicile"]),
            ("法定代表人（负责人）", party["legal_rep"]),
        ),
        *heading("一、申请事项"),
        *p(ended(told["content"])),
        *heading("二、事实和理由"),
        *p(
            f"申请执行人查明，被执行人拖欠{arrears(content)}。{ended(content['findings'])}申请执行人作出{_dated(of)}行政处理（处罚）决定书，"
            f"并于{_served(of)}送达；被执行人在法定期限内不申请行政复议、不提起行政诉讼，又不履行。"
        ),
        *p(
            f"申请执行人以{_dated(urged)}催告书（{_served(urged)}送达）催告后，被执行人逾期仍未履行。"
            f"当事人的意见：{(content['defence'] or '催告后未提出意见').rstrip('。')}。"
        ),
        *heading("三、依据"),
        *p(ended(content["articles"])),
        *worker_table(content),
        *heading("四、附送材料"),
        *items([f"{_dated(of)}行政处理（处罚）决定书及作出决定的事实、理由和依据", "当事人的意见及催告情况", "强制执行标的情况"]),
        *p(f"此致\n{told['court']}"),
    ]  # fmt: skip


def deposit_notice(step: Step, content: dict[str, Any]) -> list[Block]:
    """农民工工资保证金支付通知书 (DEP 14, 16, 19; from memory, to be confirmed by the bureau)."""
    source = content["money_source"]
    term = f"（履行期限{day(date.fromisoformat(source['decision_term']))}已届满）" if source["decision_term"] else ""
    return [
        *p(
            f"因{content['employer']}{_at_project(content)}拖欠劳动者工资，经本机关以{source['decision'] or '行政处理决定'}"
            f"依法责令支付{term}仍未支付，依据{content['articles']}，使用{source['depositor']}存储的农民工工资保证金"
            f"支付下列劳动者工资{money(source['total'])}。"
        ),
        _shares(source),
        *p("请按本通知书将款项直接支付至劳动者本人的工资账户，并将支付凭证报送本机关。保证金使用后，存储单位应当按规定补足。"),
    ]  # fmt: skip


def fund_application(step: Step, content: dict[str, Any]) -> list[Block]:
    """应急周转金申请表 (WPR 63; the county's own rule is to be obtained)."""
    source = content["money_source"]
    causes = dict(step.rule.asks.base_fields["cause"].choices)  # type: ignore[attr-defined]
    return [
        *form(
            ("案号", content["case_number"]),
            ("用人单位", content["employer"]),
            ("申请理由", f"{causes[step.inputs['cause']]}。{step.inputs['reason']}"),
            ("申请金额", money(source["total"])),
            ("追偿对象", source["depositor"]),
            ("依据", content["articles"]),
        ),
        _shares(source),
        *approval("审批意见（局负责人）"),
        *signatures("县人民政府批准"),
    ]


def _shares(source: dict[str, Any]) -> Block:
    """Who is paid how much; the account by its last four digits."""
    rows = [
        [
            str(n),
            s["name"],
            f"尾号{s['account_tail']}" if s["account_tail"] else "未登记",
            figures(Decimal(s["amount"])),
        ]
        for n, s in enumerate(source["shares"], start=1)
    ]
    foot = ["合计", "", "", figures(Decimal(source["total"]))]
    return table(["序号", "姓名", "工资账户", "支付金额（元）"], rows, right=[3], foot=foot)


def cancellation(step: Step, content: dict[str, Any]) -> list[Block]:
    return [
        *form(
            ("案号", content["case_number"]),
            ("当事人", content["employer"]),
            ("认定的事实", content["findings"] or "经调查，违法事实不能成立。"),
            ("依据", content["articles"]),
        ),
        *opinion("撤销立案的理由", step.inputs["reason"], named(content["inspectors"])),
        *approval("审批意见（监察机构负责人）"),
    ]


def transfer_out_letter(step: Step, content: dict[str, Any]) -> list[Block]:
    papers = [f"{x.get_kind_display()}　{x.number}" for x in step.file.papers if x.kind not in RECORDS]
    return [
        *p(
            f"本机关在办理{content['employer']}{_at_project(content)}涉嫌拖欠工资一案（{content['case_number']}）中发现，"
            f"该案应由你单位处理。现依据{content['articles']}将本案移送你单位。"
        ),
        *p(f"移送理由：{step.inputs['reason']}"),
        *(p(f"已掌握的情况：涉及劳动者{content['head_count']}人，尚欠工资{money(content['total'])}。") if content["workers"] else []),
        *heading("移送材料清单"),
        *items([*papers, *content["evidence"], "工资台账"]),
        *p("请收到后书面回复接收情况，并将处理结果告知本机关。"),
    ]  # fmt: skip


def closing_form(step: Step, content: dict[str, Any]) -> list[Block]:
    """Every rest is carried into the closing paper: how each line came to its end."""
    workers, zero = content["workers"], Decimal(0)
    otherwise = [max(zero, Decimal(w["owed"]) - Decimal(w["paid"]) - Decimal(w["rest"])) for w in workers]
    owed, paid = (sum((Decimal(w[part]) for w in workers), zero) for part in ("owed", "paid"))
    rows = [
        [str(n), w["name"], w["period"], figures(Decimal(w["owed"])), figures(Decimal(w["paid"])), figures(rest),
         w["settled"]]
        for n, (w, rest) in enumerate(zip(workers, otherwise, strict=True), start=1)
    ]  # fmt: skip
    made = table(
        ["序号", "姓名", "期间", "应付（元）", "已付（元）", "其他了结（元）", "了结方式"], rows, right=[3, 4, 5],
        foot=["合计", f"{content['head_count']}人", "", figures(owed), figures(paid), figures(sum(otherwise, zero)), ""],
    )  # fmt: skip
    return [
        *form(
            ("案号", content["case_number"]),
            ("当事人", content["employer"]),
            ("立案日期", day(step.file.case.filed_on) if step.file.case else ""),
            ("主要事实", content["findings"]),
            ("处理情况", "；".join(f"{x.get_kind_display()}{x.number}" for x in step.file.papers if x.kind in _HANDLED)),
            ("应付工资", money(owed)),
            ("已付工资", money(paid)),
            ("告知投诉人的结果", step.inputs["result"]),
            ("依据", content["articles"]),
        ),
        *opinion("承办意见", "案件已办理终结，各笔工资明细均已了结，建议结案。", named(content["inspectors"])),
        *approval("审批意见（监察机构负责人）"),
        *([{"t": "annex", "title": "工资明细了结情况", "body": [made]}] if rows else []),
    ]  # fmt: skip


_HANDLED = frozenset({PaperKind.ORDER, PaperKind.DECISION, PaperKind.DEMAND_LETTER, PaperKind.ENFORCEMENT_APPLICATION})


def _at_project(content: dict[str, Any]) -> str:
    return f"在{content['project']['name']}项目" if content["project"]["name"] else ""


def _liable(content: dict[str, Any], reason: str) -> list[Block]:
    """Why somebody else than the employer is ordered to pay (WPR 16–37), by the table or by the officer's reason."""
    found = content.get("liability") or {}
    if content["addressee"] == content["employer"] and not reason:
        return []
    told = reason or found.get("chosen") or "；".join(found.get("reasons", ()))
    return p(f"由你单位承担清偿责任的理由：{told}") if told else []


def _term(pay_by: Any) -> str:
    """The way and term of performance (HNEX 29); a fine is due in fifteen days where no other day is set (APL 67)."""
    by = (
        f"应于{day(pay_by)}前（含当日）履行"
        if pay_by
        else f"处以罚款的，应自收到本决定书之日起十五日内缴纳（{cited('APL 67')}）"
    )
    return f"{by}。支付工资的，直接支付给劳动者本人，并将支付凭证报送本机关；逾期不履行的，本机关将依法申请人民法院强制执行。"


def _remedies(paper: str) -> list[Block]:
    return p(
        f"如不服{paper}，可以自收到之日起六十日内依法申请行政复议，或者自收到之日起六个月内依法向人民法院提起行政诉讼"
        f"（{cited('ARL 20', 'ALL 46')}）。复议、诉讼期间不停止执行，法律另有规定的除外。"
    )


def _dated(paper: Any) -> str:
    return f"{paper.number}" if paper is not None else ""


def _served(paper: Any) -> str:
    return day(clock.legal_day(paper.served_at)) if paper is not None and paper.served_at else "（未记录）"
