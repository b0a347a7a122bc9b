"""The rulebook as pages that a lawyer of the bureau reads and corrects: Chinese Markdown, made of declarations alone.

The same code gives the same bytes. Owns the wording around the declarations; asks no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workflows.action import ActionRule, Procedure, Sends, SetsDate, Starts, Stops
from workflows.casefile.papers import PaperKind
from workflows.law.instruments import article
from workflows.law.liability import DISPUTE, TABLE
from workflows.law.limits import SET_DATES, SetDate
from workflows.law.rule import Confidence, Rule
from workflows.notices import FIELDS, MATRIX, NOT_OURS, ON_PAPER, NoticeRow
from workflows.procedures.registry import PROCEDURES
from workflows.record import RULES_VERSION
from workflows.roles import Role
from workflows.rule_words import length_words, owes_words
from workflows.rulebook import all_rules, law_rules, owner_of, state_labels, wired_limits, wired_starts, wired_stops
from workflows.sentences import refusals, sentences

MADE = "<!-- 由 manage.py write_rulebook 生成，请勿手工修改。 -->"
#: an act from more states than this is drawn once, from a state that stands for all open ones
MANY = 4

ABOUT = {
    "intake": "从第一次来件到受理立案、答复、转办或者不予受理。对象是一件投诉；受理当日立案，同时启动监察程序。",
    "joint": "多个单位同日接待的一次来访，对象是一个案件，或者一件尚未受理的投诉。各单位在各自职权内决定。",
    "inspection": "从立案到支付、决定、强制执行和结案，对象是一个案件。“在办”指尚未结案、撤销立案、移送有权单位或者并案。",
    "police": "涉嫌犯罪案件从本局到公安机关，再到移交、起诉、判决或者退回。对象是一个案件，同一类型同时只有一件在办。"
    "是否移送由人决定，系统只列出门槛要件是否具备；只有正职（主持工作）负责人可以批准。",
}
CONDITIONS = {"penalty": "拟作行政处罚的", "party_absent": "当事人不在场的",
              "conditional": "有条件共享的", "unconditional": "无条件共享的", "agreed": "同意共享的"}  # fmt: skip
COUNTED_FROM = {
    "effect": "自送达生效时起算",
    "filed_moment": "自立案之日起算",
    "first_filed": "自最早的立案之日起算",
    "pay_by_moment": "自责令支付期限届满时起算",
}
CONFIDENCE = {
    Confidence.READ: "已对照法律原文核对",
    Confidence.EXCERPT: "只见到摘录，全文待核对",
    Confidence.FROM_MEMORY: "凭记忆写入，尚未找到原文；须以文件确认",
    Confidence.DERIVED: "法律没有直接写明，由其他条文推定，或者是内部目标",
}


def pages() -> dict[str, str]:
    """Every page by file name."""
    made = {f"{name}.md": procedure_page(procedure) for name, procedure in PROCEDURES.items()}
    made |= {
        "notices.md": notices_page(),
        "limits.md": unwired_page(),
        "liability.md": liability_page(),
        "README.md": index_page(),
    }
    return made


def index_page() -> str:
    """What the rulebook is, where its pages are and how to have one corrected."""
    rows = [
        (f"[{p.LABEL}]({name}.md)", ABOUT[name], str(len(state_labels(p))), str(sum(1 for _ in p.rules())))
        for name, p in PROCEDURES.items()
    ]
    return _page(
        "规则手册",
        f"办案规则第 {RULES_VERSION} 版。本手册由程序代码直接生成：程序怎样执行，这里就怎样写；两者不一致时自动检查不能通过。",
        "请法制人员逐条阅读。发现条文、期限、办理人、条件或者通知有误，请注明页面、动作和依据交开发人员修改代码，再重新生成本手册；"
        "期限的长度、条文和可信度写在 `workflows/law/data/deadlines.yaml`。",
        "## 目录",
        _table(("程序", "内容", "状态", "动作"), rows),
        "- [由谁清偿](liability.md)：拖欠工资由谁清偿的认定表\n"
        "- [信息共享清单](notices.md)：什么事由谁通知谁、依据、内容和答复期限\n"
        "- [尚未接入程序的期限](limits.md)：已收录、但没有动作启动或者停止的期限",
        "## 怎样读",
        "- **从、到**：动作只能在“从”所列状态下办理，办理后进入“到”所列状态；数据库同样拒绝没有列出的变化。\n"
        "- **由谁办理**：括号内是审批人。经办人不能审批自己的申请。“凭纸质文书补录”指其他机关不使用本系统时，由承办监察员上传签章文书，"
        "经另一名监察员或者监察大队长确认后生效。\n"
        "- **何时不能办理**：系统拒绝时给出的理由；“…”处为案件中的数字、日期或者名称。\n"
        "- **编号**：ACC-07、PAY-12 一类是规则目录的编号，期限的编号见各页最后一表；反引号中的英文是程序内的代号。\n"
        "- **法律期限**：启动当日不计入。程序终结时，该程序自己的期限一律停止，注明“终结后继续”的除外。\n"
        "- **更正**：标有“可更正”的动作，在其后没有其他办理记录、也没有发出通知时，可以说明理由后撤回。",
        "### 可信度",
        _table(("标记", "含义"), [(c.value, f"{c.label}：{CONFIDENCE[c]}") for c in Confidence]),
    )


def liability_page() -> str:
    """Who must pay: the decision table, row by row as the code reads it."""
    rows = [
        (
            str(n),
            row.situation,
            row.payer.label,
            article(row.law),
            "、".join(party.label for party in row.then) or "—",
            row.recourse.label if row.recourse is not None else "—",
            row.reason,
        )
        for n, row in enumerate(TABLE, start=1)
    ]
    return _page(
        "由谁清偿",
        "清偿责任的认定表。从上往下，第一行符合的决定由谁清偿；以下各行符合的，列为其后的责任人。“没有以上情形”只在其他各行都不符合时适用。",
        "本表只提出建议：承办监察员可以责令他人支付，但须写明理由。",
        _table(("序号", "情形", "由谁清偿", "依据", "其后", "可以向谁追偿", "文书上的理由"), rows),
        f"- 建设单位先行垫付以未结清的工程款为限（{article('WPR 29')}）；工程违法的，不受此限（{article('WPR 37')}）。\n"
        f"- {DISPUTE}（{article('WPR 35')}）。",
    )


def procedure_page(procedure: type[Procedure]) -> str:
    """One procedure: drawing, acts that move it, side acts, checks on what is filled in, states, limits."""
    rules = list(procedure.rules())
    moving = [_moving_row(procedure, r) for r in rules if r.target is not None]
    aside = [_side_row(procedure, r) for r in rules if r.target is None]
    checked = [(f"{r.label} `{r.name}`", _lines(f"{s}" for c in r.checks for s in refusals(c))) for r in rules]
    return _page(
        procedure.LABEL,
        ABOUT[procedure.NAME],
        "## 流程图",
        _drawing(procedure),
        "## 改变状态的动作",
        _table(("动作", "从", "到", "由谁办理（审批）", "依据", "何时不能办理", "期限", "通知", "阶段"), moving),
        "## 不改变状态的动作",
        _table(("动作", "可在何时办理", "由谁办理（审批）", "依据", "何时不能办理", "期限", "通知"), aside),
        "## 填写内容的核对",
        "除必填、格式之外，提交时还核对下列事项：",
        _table(("动作", "不符合时的提示"), [row for row in dict.fromkeys(checked) if row[1]]),
        "## 状态",
        _table(
            ("状态", "代号", "对外显示的阶段", "终结"),
            [
                (label, f"`{s}`", procedure.STAGES[s], "是" if s in procedure.END_STATES else "")
                for s, label in state_labels(procedure).items()
            ],
        ),
        "## 期限",
        _limits_of(procedure),
    )


def notices_page() -> str:
    """The sharing matrix: one row for each notice and each act that sends it."""
    rows = []
    for notice in MATRIX.values():
        fields = "、".join(FIELDS[name][0] for name in notice.fields)
        for rule in all_rules():
            for sends in rule.sends:
                if sends.notice == notice.id:
                    rows.append(
                        (f"`{notice.id}`", notice.title, _where(rule) + _if(sends), notice.to_label, fields,
                         article(notice.basis), notice.purpose, _answer_due(notice, rule))
                    )  # fmt: skip
    return _page(
        "信息共享清单",
        "一项通知只发给所列的人，只含所列的内容；举报人、投诉人的保密身份不在任何一项之中。没有列在这里的，系统不会发出。",
        _table(("编号", "标题", "由什么动作发出", "接收人", "内容", "依据", "目的", "答复期限"), rows),
        "## 以文书送达的",
        _table(("事项", "接收人", "依据", "方式"), [(w, to, article(law), how) for w, to, law, how in ON_PAPER]),
        "## 不由本系统发出的",
        "法规还规定了下列告知、报告，它们由别的任务引起：",
        _table(("事项", "接收人", "依据", "由谁办理"), [(w, to, article(law), who) for w, to, law, who in NOT_OURS]),
    )


def unwired_page() -> str:
    """The limits that are data only: nothing starts them yet."""
    rows = [
        (
            f"`{r.id}`",
            r.name,
            _basis(r),
            length_words(r),
            owes_words(r),
            r.conf.value,
            "、".join(f"`{w}`" for w in r.start),
        )
        for r in law_rules().values()
        if not r.wired
    ]
    return _page(
        "尚未接入程序的期限",
        "下列期限已经收录并可以计算，但还没有动作启动或者停止它们；最后一栏是将来启动它的事件。",
        _table(("编号", "名称", "依据", "长度", "由谁承担", "可信度", "启动事件"), rows),
    )


# --- acts -------------------------------------------------------------------------------------------------------------


def _moving_row(procedure: type[Procedure], rule: ActionRule) -> tuple[str, ...]:
    label = f"{rule.label} `{rule.name}`" + ("（可更正）" if rule.correctable else "")
    stage = procedure.STAGES[str(rule.target)]
    return (label, _from(procedure, rule), _state(procedure, rule.target), *_columns(rule), stage)


def _side_row(procedure: type[Procedure], rule: ActionRule) -> tuple[str, ...]:
    return (f"{rule.label} `{rule.name}`", _from(procedure, rule), *_columns(rule))


def _columns(rule: ActionRule) -> tuple[str, ...]:
    limits = [_start(rule, s) for s in rule.starts] + [_stop(s) for s in rule.stops]
    told = [f"{MATRIX[s.notice].title} → {MATRIX[s.notice].to_label}{_if(s)}" for s in rule.sends]
    refused = _lines(s for guard in rule.requires for s in sentences(guard))
    return _people(rule), article(rule.law), refused, _lines(limits), _lines(told)


def _people(rule: ActionRule) -> str:
    by = "、".join(str(w.label) for w in rule.by)
    if rule.step_only:
        return f"随其他动作自动办理（{by}）"
    second = "由承办监察员凭签章纸质文书补录（须另一名监察员或监察大队长确认）"
    if rule.from_paper == "only":
        return second
    approval = f"（{Role(rule.approval).label}审批）" if rule.approval else ""
    return f"{by}{approval}" + (f"；或者{second}" if rule.from_paper else "")


def _from(procedure: type[Procedure], rule: ActionRule) -> str:
    """The source states in words: all open states are called so, with the few that are left out."""
    if rule.opens:
        return "（新建）"
    sources = [s for s in state_labels(procedure) if s in rule.sources]
    still_open = [s for s in state_labels(procedure) if s not in procedure.END_STATES]
    missing = [s for s in still_open if s not in sources]
    if len(sources) <= MANY or len(missing) > 2:
        return "、".join(_state(procedure, s) for s in sources)
    words = "任一在办状态" + (f"（{'、'.join(_state(procedure, s) for s in missing)}除外）" if missing else "")
    return "、".join([words, *(_state(procedure, s) for s in sources if s in procedure.END_STATES)])


def _if(sends: Sends) -> str:
    return "（仅在符合条件时）" if sends.when is not None else ""


def _where(rule: ActionRule) -> str:
    return f"{PROCEDURES[rule.procedure].LABEL}：{rule.label}"


def _answer_due(notice: NoticeRow, rule: ActionRule) -> str:
    if notice.answer_due:
        return f"按“{rule.asks.base_fields[notice.answer_due].label}”所填日期"
    laws = law_rules()
    return "；".join(f"{laws[name].period}（{name}）" for name in notice.answer_by)


# --- the drawing ------------------------------------------------------------------------------------------------------


def _drawing(procedure: type[Procedure]) -> str:
    """A Mermaid state diagram of the arrows: acts between the same two states share one, side acts are left out."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for rule in procedure.rules():
        if rule.target is not None:
            several = len(rule.sources) > MANY
            for source in ["any_open"] if several else [str(s) or "[*]" for s in rule.sources]:
                labels = arrows.setdefault((source, str(rule.target)), [])
                if rule.label not in labels:
                    labels.append(rule.label)
    lines = [f'    state "{label}" as {state}' for state, label in state_labels(procedure).items()]
    if any(source == "any_open" for source, _ in arrows):
        lines.append('    state "任一在办状态" as any_open')
    lines += [f"    {source} --> {target}: {' / '.join(labels)}" for (source, target), labels in arrows.items()]
    lines += [f"    {state} --> [*]" for state in state_labels(procedure) if state in procedure.END_STATES]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


# --- limits -----------------------------------------------------------------------------------------------------------


def _limits_of(procedure: type[Procedure]) -> str:
    laws = law_rules()
    rows = []
    for limit in wired_limits():
        if owner_of(limit) == procedure.NAME:
            what = laws.get(limit) or SET_DATES[limit]
            starts = _lines(_where(rule) + _start_terms(limit, s) for rule, s in wired_starts(limit))
            stops = _lines(_where(rule) + _stop_terms(s) for rule, s in wired_stops(limit))
            conf = what.conf.value if isinstance(what, Rule) else ""
            rows.append(
                (f"`{limit}`", what.name, _basis(what), length_words(what), owes_words(what), starts, stops, conf)
            )
    return _table(("编号", "名称", "依据", "长度", "由谁承担", "启动", "停止", "可信度"), rows)


def _name(limit: str) -> str:
    what = law_rules().get(limit) or SET_DATES[limit]
    return f"{what.name}（{limit}）"


def _basis(what: Rule | SetDate) -> str:
    unsure = isinstance(what, Rule) and what.validity == "unverified"
    return what.article + ("（效力待核实，只提示，不计超期）" if unsure else "")


def _start(rule: ActionRule, starts: Starts | SetsDate) -> str:
    verb = "设定" if isinstance(starts, SetsDate) else "接续" if starts.carried else "启动"
    return f"{verb} {_name(starts.rule)}{_start_terms(starts.rule, starts)}"


def _start_terms(limit: str, starts: Starts | SetsDate) -> str:
    """On what the start depends and from when it counts, in brackets."""
    said = []
    if isinstance(starts, SetsDate):
        if starts.overdue:
            label = next(r.label for r in all_rules() if r.name == starts.overdue)
            said.append(f"逾期由系统办理“{label}”")
    else:
        law = law_rules()[limit]
        if starts.served:
            said.append(f"送达{PaperKind(starts.served).label}时")
        if starts.after:
            said.append(f"自{'、'.join(_name(x) for x in starts.after)}中较晚届满时起算")
        if starts.when is not None and not starts.carried:
            said.append(CONDITIONS.get(law.condition, "符合条件时"))
        if starts.counted_from is not None:
            said.append(COUNTED_FROM.get(starts.counted_from.__name__, "起算时间另定"))
    return f"（{'，'.join(said)}）" if said else ""


def _stop(stops: Stops) -> str:
    return f"停止 {_name(stops.rule)}{_stop_terms(stops)}"


def _stop_terms(stops: Stops) -> str:
    said = []
    if stops.served:
        said.append(f"送达{PaperKind(stops.served).label}时")
    if stops.when is not None:
        said.append("符合条件时")
    if stops.about is not None:
        said.append("仅所涉一项")
    return f"（{'，'.join(said)}）" if said else ""


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _state(procedure: type[Procedure], state: str | None) -> str:
    return state_labels(procedure)[str(state)]


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([MADE, f"# {title}", *parts]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(word) for word in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")


def _lines(words: Iterable[str]) -> str:
    return "\n".join(dict.fromkeys(words))
