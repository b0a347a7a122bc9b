"""The procedures as the county wrote them down (arrows, who, whose yes), line by line beside the code."""

import pytest

from workflows.procedures.registry import PROCEDURES
from workflows.roles import Role, Who

#: from ─act→ to; a comma stands between states an arrow leaves from; the page's side acts are not arrows
ARROWS = {
    "intake": """
        ─log→ draft
        draft ─register→ registered
        registered ─answer→ answered
        registered ─accept→ accepted
        accepted ─conclude→ concluded
        registered ─request_supplement→ supplement_requested
        supplement_requested ─receive_supplement→ registered
        supplement_requested ─decline→ declined
        supplement_requested ─withdraw→ withdrawn
        registered ─decline→ declined
        registered ─refer→ referred
        referred ─report_result→ answered
        referred ─send_back→ registered
        registered ─mark_duplicate→ duplicate
        draft,registered,accepted ─withdraw→ withdrawn
        declined,answered,withdrawn,concluded ─reopen→ registered
    """,
    "joint": """
        ─schedule→ scheduled
        scheduled ─convene→ convened
        convened ─record_agreement→ agreed
        agreed,defaulted ─confirm_performance→ performed
        performed,not_agreed,defaulted ─close→ closed
        scheduled ─cancel→ cancelled
        scheduled ─no_show→ cancelled
        convened ─adjourn→ scheduled
        convened ─no_agreement→ not_agreed
        agreed ─declare_default→ defaulted
        convened,cancelled ─correct→ scheduled
    """,
    "inspection": """
        ─file_case→ filed
        ─file_split→ filed
        filed ─assign→ investigating
        investigating ─establish_facts→ facts_established
        facts_established ─order_payment→ ordered
        ordered ─expire→ expired
        facts_established,expired ─inform_intent→ intent_informed
        intent_informed ─decide→ decided
        decided ─demand→ demanded
        demanded ─apply_enforcement→ enforcement_applied
        OPEN-complied ─record_compliance→ complied
        OPEN ─close→ closed
        investigating,facts_established ─cancel_filing→ cancelled
        OPEN ─transfer_out→ transferred_out
        OPEN ─join→ joined
        closed,cancelled,transferred_out ─reopen→ investigating
        investigating ─correct→ filed
        facts_established ─correct→ investigating
    """,
    "police": """
        ─propose_transfer→ proposed
        proposed ─report→ reported
        reported ─approve→ approved
        approved ─send→ sent
        sent,forwarded ─receive→ received
        received,supplement_asked,reconsidering,supervision_suggested ─file→ police_filed
        police_filed ─hand_over→ handed_over
        reported ─refuse→ refused
        sent,received,supplement_asked ─forward→ forwarded
        received ─ask_supplement→ supplement_asked
        supplement_asked ─supplement→ received
        received,supplement_asked ─decline→ not_filed
        not_filed ─request_reconsideration→ reconsidering
        reconsidering ─uphold→ upheld
        not_filed,upheld ─suggest_supervision→ supervision_suggested
        supervision_suggested ─uphold→ upheld_finally
        not_filed,upheld,upheld_finally ─accept_refusal→ returned
        proposed,reported,approved ─abandon→ abandoned
        police_filed,handed_over ─drop→ dropped
        handed_over ─prosecute→ prosecuted
        prosecuted ─judge→ judged
        handed_over,prosecuted ─no_prosecution→ not_prosecuted
        dropped,not_prosecuted ─take_back→ returned
        returned,refused,abandoned,judged ─close→ closed
    """,
}
OPEN = ("filed", "investigating", "facts_established", "ordered", "expired", "intent_informed", "decided", "demanded",
        "enforcement_applied", "complied")  # fmt: skip

DESK = {"operator", "receptionist", "inspector"}
VISIT = {"receptionist", "承办监察员"}
ASSIGNED = {"承办监察员"}
#: acts → who performs them, whose yes they need, and whether the assigned inspector may enter them from a signed paper
WHO: dict[tuple[str, ...], tuple[set[str], str, str]] = {
    ("intake.register", "intake.answer", "intake.chase", "intake.add_lines",
     "intake.flag_urgent", "intake.follow_up", "intake.withdraw", "intake.receive_supplement"): (DESK, "", ""),
    ("intake.add_evidence",): (DESK | {"凭回执码的投诉人"}, "", ""),  # the complainant's own photo, by his receipt
    ("intake.log",): (DESK | {"system"}, "", ""),
    ("intake.amend",): (DESK | ASSIGNED, "", ""),
    ("intake.accept", "intake.decline", "intake.refer", "intake.request_supplement", "intake.mark_duplicate",
     "intake.reopen"): ({"squad_leader"}, "", ""),
    # the police and the procuratorate have no liaison of their own: their officers answer what they are asked
    ("intake.report_result", "intake.send_back", "joint.answer_task", "inspection.answer_agency"):
        ({"被请求单位联络员", "被请求的公安机关", "被请求的检察机关"}, "", "may"),
    ("joint.schedule", "joint.convene", "joint.adjourn", "joint.cancel", "joint.no_show",
     "joint.record_agreement", "joint.amend_agreement", "joint.no_agreement", "joint.record_instalment",
     "joint.confirm_performance", "joint.decide_lead", "joint.assign_task", "joint.return_task",
     "joint.minutes", "joint.sign", "joint.close"): (VISIT, "", ""),
    ("joint.declare_default",): (VISIT | {"system"}, "", ""),
    ("inspection.expire",): (ASSIGNED | {"system"}, "", ""),
    ("inspection.assign", "inspection.assign_more", "inspection.reassign", "inspection.join",
     "inspection.split", "inspection.reopen"): ({"squad_leader"}, "", ""),
    ("inspection.establish_facts", "inspection.issue_inquiry", "inspection.record_answer",
     "inspection.record_interview", "inspection.record_site_check", "inspection.record_service",
     "inspection.record_payment", "inspection.record_remedy", "inspection.record_discussion",
     "inspection.record_compliance", "inspection.hear_defence", "inspection.ask_agency", "inspection.appoint",
     "inspection.record_appearance",
     "inspection.settle_line", "inspection.withdraw_claim", "inspection.amend",
     "inspection.request_recusal"): (ASSIGNED, "", ""),
    ("inspection.order_payment", "inspection.replace_order", "inspection.cancel_filing", "inspection.close",
     "inspection.transfer_out"): (ASSIGNED, "squad_leader", ""),
    ("inspection.inform_intent", "inspection.decide", "inspection.revise_decision", "inspection.demand",
     "inspection.apply_enforcement", "inspection.preserve_evidence", "inspection.decide_preservation",
     "inspection.request_extension", "inspection.decide_recusal", "inspection.use_deposit",
     "inspection.apply_relief_fund", "inspection.request_city_query",
     "inspection.record_listing_decision"): (ASSIGNED, "bureau_head", ""),
    ("inspection.legal_review",): ({"送审的法制审核人员"}, "", ""),
    ("inspection.hold_hearing",): ({"指定的听证主持人"}, "", ""),
    ("inspection.supervise",): ({"leader"}, "", ""),
    ("police.propose_transfer", "police.report", "police.send", "police.supplement", "police.hand_over",
     "police.abandon", "police.take_back"): (ASSIGNED, "", ""),
    ("police.approve", "police.refuse"): ({"principal_head"}, "", ""),
    ("police.request_reconsideration", "police.suggest_supervision", "police.accept_refusal",
     "police.close"): ({"bureau_head"}, "", ""),
    ("police.receive", "police.forward", "police.ask_supplement", "police.file", "police.decline",
     "police.drop"): ({"公安机关"}, "", "may"),
    ("police.prosecute", "police.no_prosecution"): ({"检察机关"}, "", "may"),
    ("police.judge",): (ASSIGNED, "", "only"),
}  # fmt: skip


def read(page):
    for line in page.split("\n"):
        if "─" not in line:
            continue
        left, rest = line.strip().split("─", 1)
        act, to = rest.split("→")
        sources = left.strip()
        if sources.startswith("OPEN"):
            names = [s for s in OPEN if s not in sources.split("-")[1:]]
        else:
            names = [s.strip() for s in sources.split(",")] if sources else [""]
        for source in names:
            yield source, act.strip(), to.strip()


@pytest.mark.parametrize("name", PROCEDURES)
def test_the_arrows_are_those_of_the_page_and_no_others(name):
    coded = {
        (str(source), rule.name, str(rule.target))
        for rule in PROCEDURES[name].rules()
        if rule.target is not None
        for source in rule.sources
        if str(source) != str(rule.target)  # replace_order and its like lead back to where they stand
    }
    assert coded == set(read(ARROWS[name]))


def test_every_act_is_done_by_whom_the_page_names_with_the_yes_it_names():
    for acts, (who, approval, from_paper) in WHO.items():
        for act in acts:
            procedure, _, name = act.partition(".")
            for rule in PROCEDURES[procedure].acts()[name]:
                by = {w.label if isinstance(w, Who) else str(w.value) for w in rule.by}
                assert (by, str(rule.approval), rule.from_paper) == (who, approval, from_paper), act


def test_a_reconsideration_is_upheld_by_the_police_and_a_supervision_by_the_procuratorate():
    rules = {str(r.sources[0]): r.by[0].label for r in PROCEDURES["police"].acts()["uphold"]}
    assert rules == {"reconsidering": "公安机关", "supervision_suggested": "检察机关"}


def test_the_page_leaves_no_act_without_a_line():
    """Acts that the page does not name, each for a reason; a new one is to be thought about here."""
    named = {act for acts in WHO for act in acts}
    every = {f"{n}.{r.name}" for n, p in PROCEDURES.items() for r in p.rules() if not r.step_only}
    assert every - named == {
        "police.uphold",  # two rules, above
        "joint.correct", "inspection.correct",  # the reverse of an act that declares it
        "intake.suspect_false_claim", "intake.reissue_receipt",  # INT-19; the receipt to the stored phone
        "intake.record_service", "inspection.add_evidence",  # the desk's own papers; §3 evidence
        "inspection.reissue_paper",  # issue 5: a paper is reissued as a new version
        "inspection.counter_payment", "inspection.counter_line",  # corrections are counter-lines
        "inspection.counter_recovery",  # the same for what came back
        "inspection.verify_lines",  # lines that came after the facts are verified before they are ordered
        "inspection.import_roster", "inspection.record_pay_out",  # lines and payments out of files
        "inspection.establish_chain",  # facts of the liability table (5.5)
        "inspection.record_deposit_paid", "inspection.record_fund_grant", "inspection.record_fund_paid",
        "inspection.record_recovery",  # measures 4.1–4.3: paid and brought in again
        "intake.refer_legal_aid",  # INT-18
        "inspection.note",  # the composer: a call, a visit, what colleagues should know
        "inspection.chase_agency", "inspection.return_answer", "inspection.notify_case",  # 协查, 案件通报 (issue 4)
        "inspection.request_data", "inspection.decide_data_request", "inspection.extend_data_reply",
        "inspection.provide_data", "inspection.ask_correction", "inspection.answer_correction",
        "inspection.raise_data_dispute", "inspection.record_data_use",  # rules section 4: shared data
        "inspection.name_chair",  # APL 64: the chair of the hearing is named
        "inspection.record_city_reply", "inspection.answer_supervision",  # what comes back
    }  # fmt: skip


def test_roles_that_work_no_cases_have_no_act():
    for procedure in PROCEDURES.values():
        for rule in procedure.rules():
            assert not rule.roles & {Role.AUDITOR, Role.ADMINISTRATOR}
