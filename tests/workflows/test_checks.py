"""The system checks find what they are there for; nothing here asks a database."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models

from workflows import checks
from workflows.action import ActionRule, Procedure, Sends, SetsDate, Starts, Stops
from workflows.checks import findings
from workflows.notices import MATRIX
from workflows.procedures.inspection import Inspection
from workflows.procedures.intake import Intake
from workflows.procedures.joint_reception import JointReception
from workflows.procedures.police_transfer import PoliceTransfer

Change = Callable[..., None]


@pytest.fixture
def change(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Declare an act otherwise for this test: change(Intake, "accept", stops=…); a function is given the old value."""

    def otherwise(procedure: type[Procedure], act: str, **fields: Any) -> None:
        def changed(rule: ActionRule) -> ActionRule:
            new = {name: value(getattr(rule, name)) if callable(value) else value for name, value in fields.items()}
            return replace(rule, **new)

        rules = {name: list(rules) for name, rules in procedure.acts().items()}
        rules[act] = [changed(rule) for rule in rules[act]]
        monkeypatch.setattr(procedure, "RULES", rules)

    return otherwise


@pytest.fixture
def remove(monkeypatch: pytest.MonkeyPatch) -> Change:
    """Leave acts out of a procedure for this test."""

    def without(procedure: type[Procedure], *acts: str) -> None:
        kept = {name: rules for name, rules in procedure.acts().items() if name not in acts}
        assert len(kept) == len(procedure.acts()) - len(acts)
        monkeypatch.setattr(procedure, "RULES", kept)

    return without


def found() -> list[str]:
    return [f"{error.id}: {error.msg}" for error in findings()]


def without(limit: str) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    """The wiring of an act but for one limit, which must have been there."""

    def drop(wired: tuple[Any, ...]) -> tuple[Any, ...]:
        kept = tuple(w for w in wired if w.rule != limit)
        assert kept != wired, f"nothing was wired to {limit}"
        return kept

    return drop


def test_the_rulebook_is_sound():
    assert found() == []


def test_manage_check_runs_them_without_a_database(change: Change):
    call_command("check", stdout=io.StringIO())
    change(Intake, "accept", stops=without("ACC-09"))
    with pytest.raises(SystemCheckError, match=r"workflows\.E009.*ACC-09 is stopped by intake\.accept"):
        call_command("check", stdout=io.StringIO())


# --- states and acts -------------------------------------------------------------------------------------------------


def test_a_wildcard_is_no_state(change: Change):
    change(JointReception, "sign", sources=("*",))
    assert "workflows.E001: joint.sign names “*”, which is no state" in found()


def test_a_target_must_be_a_state(change: Change):
    change(JointReception, "cancel", target="put_off")
    assert "workflows.E001: joint.cancel names “put_off”, which is no state" in found()


def test_an_unreachable_state_is_found(remove: Change):
    remove(JointReception, "declare_default")
    assert "workflows.E002: no path leads to joint.defaulted" in found()


def test_a_state_that_no_path_leads_out_of_is_found(remove: Change):
    remove(PoliceTransfer, "judge")
    remove(PoliceTransfer, "no_prosecution")
    messages = found()
    assert "workflows.E003: no path leads from police.prosecuted to an end" in messages
    assert not [m for m in messages if "police.handed_over" in m], "a hand-over may still be dropped and taken back"


@pytest.mark.parametrize("law", ["", "  ", "JNT-08", "LSIR 18; procedures 3"])
def test_an_act_without_an_article_is_found(change: Change, law: str):
    change(Intake, "register", law=law)
    assert [m for m in found() if m.startswith("workflows.E004: intake.register")]


def test_a_state_without_a_stage_is_found(monkeypatch: pytest.MonkeyPatch):
    stages = {state: stage for state, stage in Intake.STAGES.items() if state != "accepted"}
    monkeypatch.setattr(Intake, "STAGES", stages)
    assert found() == ["workflows.E007: intake.accepted has no public stage"]


def test_a_stage_of_no_state_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Intake, "STAGES", {**Intake.STAGES, "lost": "登记"})
    assert found() == ["workflows.E007: intake gives a stage or an end to “lost”, which is no state"]


def test_a_state_that_the_database_does_not_know_is_found(monkeypatch: pytest.MonkeyPatch):
    condition = models.Q(state__in=[s for s in JointReception.State.values if s != "agreed"])
    narrower = models.CheckConstraint(condition=condition, name="joint_state_known")
    monkeypatch.setattr(JointReception._meta, "constraints", [narrower])
    assert found() == ["workflows.E013: the CHECK constraint of joint and its states differ: agreed"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"approval": "mayor"}, "inspection.close is approved by “mayor”, which is no role"),
        ({"by": ("mayor",)}, "inspection.close is nobody's, or somebody's unknown: ['mayor']"),
        ({"by": ()}, "inspection.close is nobody's, or somebody's unknown: []"),
        ({"from_paper": "often"}, "inspection.close may be recorded from a paper “often”: may or only"),
    ],
)
def test_people_who_do_not_exist_are_found(change: Change, fields: dict[str, Any], said: str):
    change(Inspection, "close", **fields)
    assert found() == [f"workflows.E011: {said}"]


def test_two_rules_of_one_act_in_one_state_are_found(change: Change):
    change(PoliceTransfer, "uphold", sources=("reconsidering",))
    assert [m for m in found() if m.startswith("workflows.E014: police.uphold has two rules in “reconsidering”")]


def test_a_correctable_act_without_a_way_back_is_found(change: Change):
    change(Inspection, "correct", sources=lambda old: old if "investigating" in old else ("decided",))
    messages = [m for m in found() if "E012" in m]
    assert messages == [
        "workflows.E012: inspection.establish_facts is correctable, but nothing leads back from facts_established to"
        " investigating",
        "workflows.E012: inspection.correct leads from decided to investigating, which undoes no correctable act",
    ]


def test_what_the_clockwork_may_not_do_is_found(change: Change):
    change(JointReception, "declare_default", by=lambda old: old[1:])
    messages = found()
    assert messages and all(m.startswith("workflows.E015: joint.") for m in messages)


# --- notices ---------------------------------------------------------------------------------------------------------


def test_a_notice_without_a_row_is_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(checks, "MATRIX", {notice: row for notice, row in MATRIX.items() if notice != "CLOSED"})
    assert found() == ["workflows.E005: inspection.close sends CLOSED, which has no row in the sharing matrix"]


def test_a_row_that_nobody_sends_is_found(change: Change):
    change(Inspection, "close", sends=(Sends("DECIDED"),))
    assert found() == ["workflows.E006: the sharing matrix has a row CLOSED that no act sends"]


# --- limits and the law's data ---------------------------------------------------------------------------------------


def test_a_removed_stop_is_found(change: Change):
    change(PoliceTransfer, "hand_over", stops=without("AFT-01"))
    said = "workflows.E009: AFT-01 is stopped by police.hand_over in deadlines.yaml, not in the code"
    assert said in found()


def test_a_removed_start_is_found(change: Change):
    change(Inspection, "file_case", starts=without("INV-02"))
    assert found() == ["workflows.E009: INV-02 is started by intake.accept in deadlines.yaml, not in the code"]


def test_a_start_and_a_stop_that_the_law_does_not_know_are_found(change: Change):
    change(Intake, "register", starts=(Starts("ACC-09"),), stops=(Stops("ACC-01"),))
    assert found() == [
        "workflows.E009: ACC-01 is stopped by intake.register in the code, not in deadlines.yaml",
        "workflows.E009: ACC-09 is started by intake.register in the code, not in deadlines.yaml",
    ]


def test_a_limit_carried_over_from_another_case_is_no_start(change: Change):
    change(Inspection, "take_case", starts=lambda old: tuple(replace(s, carried=False) for s in old))
    assert "workflows.E009: INV-02 is started by inspection.take_case in the code, not in deadlines.yaml" in found()


def test_the_wrong_paper_is_found(change: Change):
    change(
        Inspection, "record_service", starts=lambda old: tuple(
            replace(s, served="order") if s.rule == "INV-05" else s for s in old)
    )  # fmt: skip
    assert found() == [
        "workflows.E009: INV-05 is started by served:order in the code, not in deadlines.yaml",
        "workflows.E009: INV-05 is started by served:inquiry_notice in deadlines.yaml, not in the code",
    ]


def test_a_limit_that_follows_others_is_started_beside_and_after_them(change: Change):
    change(Inspection, "record_service", starts=lambda old: old[::-1])
    messages = found()
    assert messages == [
        f"workflows.E009: inspection.record_service: {other} must be started beside and before PAY-12, which follows it"
        for other in ("PAY-15a", "PAY-15b")
    ]


def test_a_forgotten_condition_is_found(change: Change):
    change(Inspection, "decide", starts=(Starts("DEC-14"),))
    said = "workflows.E009: inspection.decide and deadlines.yaml differ about a condition (if) of DEC-14"
    assert found() == [said]


def test_a_limit_that_is_none_is_found(change: Change):
    change(Intake, "register", stops=(Stops("ACC-99"),))
    said = "workflows.E008: intake.register names ACC-99, which is no limit of deadlines.yaml and no set date"
    assert said in found()


def test_a_day_set_for_a_limit_of_the_law_is_found(change: Change):
    change(Inspection, "establish_facts", starts=(SetsDate("DEC-01", lambda step: []),))
    said = "workflows.E008: inspection.establish_facts sets a day for DEC-01, whose length is the law's"
    assert said in found()


def test_a_length_of_the_law_for_a_set_date_is_found(change: Change):
    change(Inspection, "appoint", starts=(Starts("APPEARANCE"),))
    said = "workflows.E008: inspection.appoint starts APPEARANCE, a date that only an officer or a paper sets"
    assert found() == [said]


def test_a_date_of_ours_that_no_act_stops_is_found(change: Change):
    for act in ("convene", "cancel", "no_show"):
        change(JointReception, act, stops=without("RECEPTION_ON"))
    assert [m for m in found() if m.startswith("workflows.E016: RECEPTION_ON")]


# --- limits and the ends ---------------------------------------------------------------------------------------------


def test_a_limit_that_begins_with_the_end_is_found(change: Change):
    change(JointReception, "cancel", starts=(SetsDate("RECEPTION_ON", lambda step: []),))
    assert found() == ["workflows.E010: RECEPTION_ON still runs at the end joint.cancelled, by schedule → cancel"]


def test_a_limit_that_a_side_act_begins_after_the_end_is_found(change: Change):
    late = Starts("PAY-13", served="demand_letter")
    change(Inspection, "record_service", starts=lambda old: (*old, late) if len(old) == 1 else old)
    messages = [m.partition(", by ")[0] for m in found()]
    assert messages == [
        f"workflows.E010: PAY-13 still runs at the end inspection.{end}"
        for end in ("cancelled", "closed", "transferred_out")
    ]  # fmt: skip


def test_a_limit_that_outlives_its_procedure_must_be_stoppable_there(change: Change):
    change(Inspection, "record_listing_decision", sources=lambda old: tuple(s for s in old if s != "joined"))
    messages = found()
    assert len(messages) == 1
    assert messages[0].startswith("workflows.E010: BLK-06 outlives inspection.joined, by file_case → ")
    assert messages[0].endswith("→ expire → join, and no act there stops it")


def test_a_stop_that_depends_on_the_case_is_no_stop(change: Change):
    change(Inspection, "record_listing_decision", stops=(Stops("BLK-06", when=lambda step: True),))
    ends = {m.split(" outlives ")[1].split(",")[0] for m in found()}
    assert ends == {f"inspection.{s}" for s in ("closed", "cancelled", "transferred_out", "joined")}
