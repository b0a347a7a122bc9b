"""Papers of the transfer to the police: 调查报告, 移送审批表, 移送书 with its slip, lists, 提请复议书, 立案监督建议书."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workflows import clock
from workflows.wording.blocks import (
    Block,
    day,
    ended,
    form,
    heading,
    items,
    named,
    p,
    signatures,
    slip,
    table,
    worker_table,
)
from workflows.wording.investigation import arrears
from workflows.wording.threshold import threshold_annex, threshold_words

if TYPE_CHECKING:
    from workflows.action import Step

OFFENCES = {"refusal_to_pay": "涉嫌拒不支付劳动报酬罪", "unlawful_demand": "涉嫌以非法手段讨薪或者假借欠薪牟利的犯罪"}


def investigation_report(step: Step, content: dict[str, Any]) -> list[Block]:
    """MPS16 2 (from memory), TRD 6: source, suspect, facts, evidence, law, proposal; annex: the threshold sheet."""
    transfer, sheet = step.subject, step.subject.sheet
    complaints = step.file.complaints
    source = complaints[0].get_channel_display() if complaints else "本机关检查发现"
    body = [
        *heading("一、案件来源"),
        *p(f"{source}，{day(transfer.case.filed_on)}立案（{content['case_number']}）。"),
        *heading("二、涉案单位和人员"),
        *p("；".join(filter(None, [_party(content), transfer.persons]))),
        *heading("三、涉嫌犯罪的事实"),
        *p(ended(transfer.facts)),
    ]
    if content["workers"] and transfer.kind == "refusal_to_pay":
        body += [*p(f"经查明，拖欠{arrears(content)}。{ended(content['findings'])}"), *worker_table(content)]
    body += [*heading("四、证据"), *(items(content["evidence"]) or p("证据见移送材料清单。"))]
    if sheet.get("elements"):
        body += [*heading("五、移送标准审查"), *threshold_words(sheet)]
    return [
        *body,
        *heading("六、法律依据" if sheet.get("elements") else "五、法律依据"),
        *p(ended(content["articles"])),
        *heading("七、处理意见" if sheet.get("elements") else "六、处理意见"),
        *p(ended(step.inputs["opinion"])),
        *p(f"专案组人员：{named(content['inspectors'])}。"),
        *([threshold_annex(sheet)] if sheet.get("elements") else []),
    ]


def transfer_approval(step: Step, content: dict[str, Any]) -> list[Block]:
    """TRD 5: the day of the report, the principal head or who presides, the decision, reasons where he refuses."""
    reported = step.before.get("since")
    refused = step.rule.name == "refuse"
    told = step.inputs.get("reason") if refused else step.inputs.get("opinion")
    acting = "；".join(step.by.acting.values())
    return [
        *form(
            ("案号", content["case_number"]),
            ("涉嫌单位、人员", "；".join(filter(None, [content["employer"], step.subject.persons]))),
            ("涉嫌罪名", OFFENCES[step.subject.kind]),
            ("报告日期", day(clock.legal_day(reported)) if reported else ""),
            ("主要事实", step.subject.facts),
            ("依据", content["articles"]),
        ),
        {
            "t": "approved",
            "label": "审批决定（正职负责人或者主持工作的负责人）",
            "text": ("不批准移送。理由：" if refused else "批准移送。") + (told or ""),
            "who": content["handler"] + (f"（主持工作依据：{acting}）" if acting else ""),
        },
    ]


def transfer_letter(step: Step, content: dict[str, Any]) -> list[Block]:
    transfer = step.subject
    owed = f"，拖欠{arrears(content)}" if content["workers"] and transfer.kind == "refusal_to_pay" else ""
    return [
        *p(
            f"本机关在查处{content['employer']}拖欠工资一案（{content['case_number']}）中发现，其行为{OFFENCES[transfer.kind]}{owed}。"
            f"依据{content['articles']}，经本机关负责人批准，现将该案移送你局，请依法处理。"
        ),
        *p(f"涉嫌犯罪的事实：{ended(transfer.facts)}"),
        *p("请依法审查，并将立案或者不予立案的决定书面通知本机关。本移送书及材料目录同时抄送同级人民检察院。"),
        {"t": "annex", "title": "移送材料清单", "body": [_listed(transfer.package)]},
        *slip(
            "涉嫌犯罪案件移送书（回执）",
            f"你局移送的{content['employer']}案（{content['number']}）及材料清单所列材料已收到。",
            "接收单位（印章）", "接收人签名",
        ),
    ]  # fmt: skip


def supplement_to_police(step: Step, content: dict[str, Any]) -> list[Block]:
    return [
        *p(
            f"你局要求补充{content['employer']}案（{content['case_number']}）的材料。依据{content['articles']}，现补充下列材料："
        ),
        _listed([step.inputs["added"]]),
        *p("请查收，并在本清单上签收。"),
        *signatures("接收人签名", "移交人签名"),
    ]


def hand_over_list(step: Step, content: dict[str, Any]) -> list[Block]:
    """TRD 12: items and materials handed over, with who gave and who took them."""
    listed = [line.strip() for line in step.inputs["items"].splitlines() if line.strip()]
    return [
        *p(f"你局已对{content['employer']}案（{content['case_number']}）立案。依据{content['articles']}，现移交下列涉案物品和案件材料："),
        _listed(listed),
        *p(f"以上物品和材料已当面点交。接交人：{step.inputs['to']}。"),
        *signatures("接交人签名", "移交人签名", "移交人签名"),
    ]  # fmt: skip


def reconsideration_request(step: Step, content: dict[str, Any]) -> list[Block]:
    transfer = step.subject
    return [
        *p(f"本机关移送的{content['employer']}案（{content['case_number']}），你局{_refused(step)}。"),
        *p(f"不予立案的理由：{ended(transfer.police_reasons)}" if transfer.police_reasons else ""),
        *p(f"本机关认为符合立案条件，理由如下：{ended(step.inputs.get('reason') or step.reason)}"),
        *p(f"依据{content['articles']}，现提请你局复议，请在三日内作出决定并书面通知本机关。"),
    ]  # fmt: skip


def supervision_suggestion(step: Step, content: dict[str, Any]) -> list[Block]:
    transfer = step.subject
    return [
        *p(
            f"本机关于{day(clock.legal_day(transfer.sent_at))}向公安机关移送{content['employer']}案"
            f"（{content['case_number']}），{OFFENCES[transfer.kind]}。公安机关{_refused(step)}。"
        ),
        *p(f"公安机关的理由：{ended(transfer.police_reasons)}" if transfer.police_reasons else ""),
        *p(f"本机关认为应当立案，理由如下：{ended(step.inputs.get('reason') or step.reason)}"),
        *p(f"依据{content['articles']}，建议你院依法进行立案监督。"),
    ]  # fmt: skip


def _listed(entries: list[str]) -> Block:
    return table(["序号", "材料名称"], [[str(n), what] for n, what in enumerate(entries, start=1)])


def _party(content: dict[str, Any]) -> str:
    party = content["party"]
    more = [("统一社会信用代码", "credit_code"), ("住所", "domicile"), ("法定代表人", "legal_rep")]
    told = [f"{label}：{party[name]}" for label, name in more if party[name]]
    return party["name"] + (f"（{'，'.join(told)}）" if told else "")


def _refused(step: Step) -> str:
    """By which paper the police refused, and when the bureau was told: three days run from then (TRD 9)."""
    since = step.before.get("since")
    told = f"，本机关于{day(clock.legal_day(since))}收到通知" if since else ""
    return f"以{step.subject.police_number or '不予立案通知书'}决定不予立案{told}"
