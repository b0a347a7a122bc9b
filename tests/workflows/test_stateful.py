"""A county at random: anybody tries any act on any procedure of some cases; whatever comes of it, the record holds.

Inputs are made from the forms themselves, so that an act added tomorrow is tried as well. The long run:
HYPOTHESIS_PROFILE=long.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from notifications.models import Notice
from tests import walks
from tests.effects import nothing_written
from tests.people import reception_day, settle_county
from workflows import approvals, clock, inputs
from workflows.casefile.file import CaseFile
from workflows.casefile.papers import MUST_BE_SERVED
from workflows.errors import Refusal
from workflows.invariants import advances_add_up, money_adds_up
from workflows.law.limits import SET_DATES
from workflows.law.limits import rule as rule_of
from workflows.models import (
    AgencyTask,
    Approval,
    Case,
    Complaint,
    Event,
    Evidence,
    FundUse,
    Instalment,
    LedgerLine,
    Limit,
    Paper,
    Payment,
    ReceptionDay,
    Recovery,
)
from workflows.move import law_limit, outlives
from workflows.perform import perform, possible_acts
from workflows.procedures.inspection_state import END_STATES
from workflows.procedures.registry import OPENING, PROCEDURES
from workflows.record import first_broken
from workflows.roles import SYSTEM, Actor, Role, Who, holder_of_receipt

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
#: how many walks of how many steps; the short run is the same every time
WALKS, STEPS = (400, 60) if LONG else (30, 25)
SETTINGS = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    derandomize=not LONG,
    database=None,
    deadline=None,
    phases=(Phase.generate,) if not LONG else (Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
CODE = "91350100M000100Y43"
#: who usually does what is bound to a file, or to a role that several people hold
USUALLY = {"inspector": "lead", "liaison": "housing", "police_officer": "police"}
#: the deposit and the fund, step by step: the walk goes this way often enough to come back from it
ADVANCES = (
    "use_deposit", "record_deposit_paid", "apply_relief_fund", "record_fund_grant", "record_fund_paid",
    "record_recovery", "counter_recovery", "counter_payment",
)  # fmt: skip
AFTER_SUNDAY = walks.MONDAY + timedelta(days=6)


def _received(people: Any) -> None:
    inspection = walks.expired(people)
    with clock.at(AFTER_SUNDAY):
        walks.received(people, inspection)


#: where a walk begins: deep places are seldom reached from the start in so few steps
BEGINNINGS = {
    "registered": (lambda people: walks.registered(people), walks.MONDAY),
    "two cases": (lambda people: [walks.investigating(people), walks.filed(people)], walks.MONDAY),
    "ordered": (lambda people: walks.ordered(people, days=5), walks.MONDAY),
    "decided": (lambda people: walks.decided(people, walks.established(people)), walks.MONDAY),
    "term passed": (lambda people: walks.decided(people, walks.established(people)), AFTER_SUNDAY + timedelta(days=3)),
    "received": (_received, AFTER_SUNDAY),
}


class Dice(random.Random):
    """All choices of one step out of one number: Hypothesis then keeps the walks short to write down."""

    def of(self, things: Any) -> Any:
        return self.choice(list(things))

    def one_in(self, sides: int) -> bool:
        return self.randrange(sides) == 0


class CaseMachine(RuleBasedStateMachine):
    """Some cases with all their procedures, and everybody in the county."""

    database_like: Any
    tried: Counter[str] = Counter()
    happened: Counter[str] = Counter()
    seen: Counter[str] = Counter()

    @initialize(name=st.sampled_from(sorted(BEGINNINGS)), seed=st.integers(0, 2**64 - 1))
    def begin(self, name: str, seed: int) -> None:
        self.seed, self.steps = seed, 0
        walk, moment = BEGINNINGS[name]

        def build() -> Any:
            with clock.at(walks.MONDAY):
                people = settle_county()
                reception_day(walks.MONDAY.date())
                reception_day(walks.MONDAY.date() + timedelta(days=9))
                walk(people)
                return people

        self.copy = self.database_like(f"stateful {name}", build=build)
        self.people = self.copy.__enter__()
        self.now = moment
        self.looked_at: tuple[int, int] | None = None

    def teardown(self) -> None:
        if hasattr(self, "copy"):
            self.copy.__exit__(None, None, None)

    # --- what may happen -------------------------------------------------------------------------------------------

    @rule(seed=st.integers(0, 2**32 - 1))
    def something_happens(self, seed: int) -> None:
        self.steps += 1
        dice = Dice(f"{self.seed}:{self.steps}:{seed}")  # the same number at another step is another throw
        happening = dice.choices(
            [self.somebody_acts, self.somebody_decides, self.somebody_opens, self.somebody_calls, self.time_passes,
             self.the_clockwork_runs, self.money_is_advanced],
            [14, 3, 2, 1, 2, 1, 4],
        )[0]  # fmt: skip
        with clock.at(self.now):
            happening(dice)

    def somebody_acts(self, dice: Dice) -> None:
        """An act of a procedure that is there: mostly one its state allows, mostly by whom it belongs to."""
        there = {p: list(p._default_manager.order_by("id")) for p in PROCEDURES.values()}
        subject = dice.of(dice.of([rows for rows in there.values() if rows]))
        names = sorted(subject.acts()) if dice.one_in(10) else sorted(possible_acts(subject)) or sorted(subject.acts())
        moving = [n for n in names if any(r.target is not None for r in subject.acts()[n])]
        act = dice.of(moving if moving and dice.one_in(2) else names)
        declared = subject.rule_from(act, subject.state) or subject.acts()[act][0]
        self.attempt(dice, subject, act, declared, subject)

    def money_is_advanced(self, dice: Dice) -> None:
        """Some steps on the way of deposit and fund on one case, out and back; mostly approved where they ask."""
        inspections = PROCEDURES["inspection"]._default_manager.order_by("id")
        name = dice.of([row.pk for row in inspections] or [None])
        for _ in range(8 if name is not None else 0):
            inspection = inspections.get(pk=name)
            may = {a: inspection.rule_from(a, inspection.state) for a in possible_acts(inspection) if a in ADVANCES}
            file = CaseFile(case=inspection.case)
            now = [a for a, rule in may.items() if not any(no(file, inspection, self.now) for no in rule.requires)]
            if may:
                act = dice.of(may if not now or dice.one_in(8) else now)
                self.attempt(dice, inspection, act, may[act], inspection)
            for request in Approval.objects.filter(state="requested", act__in=ADVANCES).order_by("id"):
                if not dice.one_in(4):
                    with suppress(Refusal):
                        approvals.decide(request, by=getattr(self.people, request.needed), yes=True)

    def somebody_opens(self, dice: Dice) -> None:
        """A visit or a transfer, on a case or on a complaint without one."""
        act = dice.of(sorted(set(OPENING) - {"log"}))
        root = dice.of([*Case.objects.order_by("id"), *Complaint.objects.filter(case=None).order_by("id")])
        self.attempt(dice, root, act, OPENING[act].acts()[act][0], None)

    def somebody_calls(self, dice: Dice) -> None:
        if Complaint.objects.count() < 4:
            apart = dice.of(["", "is_informant", "anonymous"])
            perform(None, "log", by=self.people.operator, inputs={**walks.CALL, **({apart: True} if apart else {})})

    def somebody_decides(self, dice: Dice) -> None:
        """A request, by whom it waits for or by anybody."""
        requests = list(Approval.objects.filter(state="requested").order_by("id"))
        if not requests:
            return
        request = dice.of(requests)
        who = (
            dice.of(self.everybody)
            if dice.one_in(5)
            else {"second_officer": "second"}.get(request.needed, request.needed)
        )
        self.tried["decide"] += 1
        try:
            approvals.decide(request, by=getattr(self.people, who), yes=not dice.one_in(5), reason="写明。")
        except Refusal:
            return
        self.happened["decide"] += 1

    def time_passes(self, dice: Dice) -> None:
        self.now += timedelta(days=dice.of([0, 1, 1, 3, 7, 40]), hours=dice.randrange(6))

    def the_clockwork_runs(self, dice: Dice) -> None:
        for subject in [*PROCEDURES["inspection"].objects.filter(state="ordered"),
                        *PROCEDURES["joint"].objects.filter(state="agreed")]:  # fmt: skip
            act = "expire" if subject.NAME == "inspection" else "declare_default"
            try:
                perform(subject, act, by=SYSTEM)
            except Refusal:
                continue
            self.happened[act] += 1

    def attempt(self, dice: Dice, subject: Any, act: str, declared: Any, row: Any) -> None:
        """Try it: it happens, it becomes a request, or it is refused with words and nothing is written."""
        told = self.filled(dice, declared.asks, row)
        who = self.whose(dice, declared)
        if declared.from_paper and (declared.from_paper == "only" or dice.one_in(3)):
            who = "lead"
            told |= {"signer": "签发人", "at": self.now.isoformat(), "scan": self.pointer(dice, "evidence", row)}
        back = timedelta(hours=dice.of([1, 30, 100]) if dice.one_in(8) else 0)

        def done() -> Any:
            return perform(subject, act, by=self.actor(who, subject), inputs=told, at=self.now - back if back else None)

        self.tried[act] += 1
        try:
            done()
        except Refusal as refusal:
            assert str(refusal).strip()
            if dice.one_in(4):
                with nothing_written(), pytest.raises(Refusal):
                    done()
            return
        self.happened[act] += 1

    # --- inputs out of the forms -----------------------------------------------------------------------------------

    @property
    def everybody(self) -> list[str]:
        return sorted(self.people.officers)

    def actor(self, who: str, subject: Any) -> Actor:
        if who == "system":
            return SYSTEM
        return holder_of_receipt(subject.complaint) if who == "complainant" else getattr(self.people, who)

    def whose(self, dice: Dice, declared: Any) -> str:
        if dice.one_in(8):
            return dice.of(self.everybody)
        who = dice.of(declared.by)
        role = str(who.role if isinstance(who, Who) else Role(who).value)
        return USUALLY.get(role, role)

    def filled(self, dice: Dice, form: Any, row: Any) -> dict[str, Any]:
        told = {}
        for name, field in form.base_fields.items():
            if field.required or dice.one_in(2):
                value = self.value(dice, name, field, row)
                if value not in (None, "", []):
                    told[name] = value
        return told

    def value(self, dice: Dice, name: str, field: Any, row: Any) -> Any:
        today = self.now.date()
        match field:
            case inputs.Pointer():
                return self.pointer(dice, field.of, row, many=field.many)
            case inputs.Rows():
                if field.form.__name__ == "InstalmentForm":
                    return [{"due_on": str(today + timedelta(days=3 * n)), "amount": "100.00"} for n in (1, 2)]
                return [self.filled(dice, field.form, row) for _ in range(dice.of([1, 2]))]
            case inputs.LegalDay():
                ahead = dice.of([1, 5, 20]) if field.future else -dice.of([0, 100, 900])
                return str(today + timedelta(days=ahead))
            case inputs.Money():
                return dice.of(["0.00", "100.00", "100.00", "300.00", "9800.00", "12600.00", "99999.00"])
            case inputs.Moment():
                return self.now.isoformat()
            case inputs.Count() | inputs.Months():
                return dice.of("123456")
            case inputs.YesNo() | inputs.Tick():
                return dice.of([True, False])
            case inputs.Choice():
                return dice.of([value for value, _ in field.choices if value])
            case inputs.CreditCode():
                return CODE
            case inputs.Phone() | inputs.IdNumber():
                return "13900000001"
        if name == "into":
            return dice.of([c.number for c in Case.objects.order_by("id")] or [""])
        return "" if name == "file" else "1" if name == "months" else "写明。"

    def pointer(self, dice: Dice, of: str, row: Any, *, many: bool = False) -> Any:
        """Something of the kind, of this file."""
        case = getattr(row, "case", None) or getattr(getattr(row, "complaint", None), "case", None)
        here = {"case": case} if case is not None else {}
        rows = {
            "line": LedgerLine.objects.filter(**here), "paper": Paper.objects.filter(**here).order_by("-id"),
            "evidence": Evidence.objects.filter(**here), "task": AgencyTask.objects.filter(**here),
            "complaint": Complaint.objects.filter(**here),
            "payment": Payment.objects.filter(**{f"line__{k}": v for k, v in here.items()}).order_by("-id"),
            "fund_use": FundUse.objects.filter(**here).order_by("-id"),
            "recovery": Recovery.objects.filter(**{f"use__{k}": v for k, v in here.items()}).order_by("-id"),
            "reception_day": ReceptionDay.objects.order_by("id"), "instalment": Instalment.objects.order_by("id"),
        }  # fmt: skip
        if of in ("inspector", "officer"):
            found = [self.people.id(n) for n in ("second", "third", "lead", "uncertified")]
        elif of == "reviewer":
            found = [self.people.id("legal_reviewer")]
        elif of == "agency":
            found = ["housing", "housing", "housing", "transport", "hrss"]
        else:
            found = [str(r.public_id) for r in rows[of][:4]] if of in rows else []
        if not found:
            return [] if many else ""
        return dice.sample(found, k=min(2, len(found))) if many else dice.of(found)

    # --- what holds after each step --------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        if not hasattr(self, "people"):
            return
        written = (Event.objects.count(), Approval.objects.exclude(state="requested").count())
        if written != self.looked_at:
            self.looked_at = written
            self.the_state_is_where_the_last_event_led()
            self.each_chain_holds_to_its_head_without_a_gap()
            self.each_event_sent_exactly_what_it_says_and_what_its_rule_declares()
            self.limits_end_with_their_procedure_run_once_and_can_be_recomputed()
            self.the_ledger_adds_up()
            self.no_yuan_is_advanced_twice()
            self.a_case_ended_with_nothing_left_open()
            self.requests_wait_only_for_what_is_possible()

    def the_state_is_where_the_last_event_led(self) -> None:
        """I3: from = the one before's to, the first from nothing; the database has seen to the arrows."""
        trail: dict[Any, list[tuple[str, str]]] = {}
        for subject, before, after in Event.objects.order_by("id").values_list("subject", "from_state", "to_state"):
            trail.setdefault(subject, []).append((before, after))
        rows = {r.public_id: r for p in PROCEDURES.values() for r in p._default_manager.all()}
        assert trail.keys() == rows.keys()
        for subject, moves in trail.items():
            assert moves[0][0] == "" and all(a[1] == b[0] for a, b in pairwise(moves)), moves
            assert rows[subject].state == moves[-1][1]

    def each_chain_holds_to_its_head_without_a_gap(self) -> None:
        """I4, I16, I21."""
        for root in [*Case.objects.all(), *Complaint.objects.all()]:
            assert first_broken(root) is None
            entered = list(root.events.order_by("seq").values_list("recorded_at", flat=True))
            assert entered == sorted(entered) and len(entered) == root.version
        assert not Event.objects.filter(case=None, complaint=None).exists()

    def each_event_sent_exactly_what_it_says_and_what_its_rule_declares(self) -> None:
        """I5."""
        posted: dict[str, set[tuple[str, str]]] = {}
        for ref, kind, key in Notice.objects.values_list("event_ref", "kind", "key"):
            posted.setdefault(ref, set()).add((kind, key))
        for event in Event.objects.all():
            said = {(kind, key) for kind, key in event.facts.get("notices", ())}
            assert posted.pop(str(event.public_id), set()) == said
            declared = next(r for r in PROCEDURES[event.procedure].acts()[event.act] if event.from_state in r.sources)
            kinds = {kind for kind, _ in said}
            assert kinds <= {s.notice for s in declared.sends}
            # a row addressed to complainants is empty where all of them withdrew
            always = {s.notice for s in declared.sends if s.when is None}
            assert all(k in kinds or to_complainants(k) for k in always), (event.act, kinds)
        assert posted == {}

    def limits_end_with_their_procedure_run_once_and_can_be_recomputed(self) -> None:
        ended = {r.public_id for p in PROCEDURES.values() for r in p._default_manager.all() if r.ended}
        limits = list(Limit.objects.filter(stopped_at=None))
        twice = Counter((x.subject, x.rule, x.about) for x in limits)
        assert [k for k, n in twice.items() if n > 1] == []
        for x in limits:
            assert x.subject not in ended or outlives(x.rule), f"{x.rule} runs past the end of {x.procedure}"
            if x.rule not in SET_DATES and not x.extensions.exists():
                again = law_limit(x.rule, x.started_at)
                assert (x.due_at, x.due_on, x.target_on) == (again.due_at, again.due_on, again.target_on), x.rule
                assert rule_of(x.rule).version == x.rule_version
        runs = {(x.subject, x.rule) for x in limits}
        for inspection in PROCEDURES["inspection"].objects.all():
            assert inspection.ended or (inspection.public_id, "INV-02") in runs, "an open case has its limit to finish"

    def the_ledger_adds_up(self) -> None:
        """I20: paid is the sum of the payments; nothing is negative."""
        for line in LedgerLine.objects.prefetch_related("payments"):
            assert line.paid == sum(p.amount for p in line.payments.all()) and line.paid >= 0
            assert line.rest >= 0
            if line.corrects is None:
                assert line.settled_otherwise >= 0
            else:  # beside a line that was wrong, its opposite
                assert (line.settled_otherwise, line.paid) == (-line.corrects.settled_otherwise, 0)

    def no_yuan_is_advanced_twice(self) -> None:
        """I20: what went out was asked for and owed, what came back had gone out, and the rest of it is owed back."""
        owed = Counter(Limit.objects.filter(rule="TOP_UP_BY", stopped_at=None).values_list("about", flat=True))
        for use in FundUse.objects.prefetch_related("shares", "payments", "recoveries"):
            asked = {share.line_id: share.amount for share in use.shares.all()}
            out: Counter[int] = Counter()
            for payment in use.payments.all():
                out[payment.line_id] += payment.amount
            assert use.amount == sum(asked.values()) and use.paid == sum(out.values())
            assert all(0 <= out[line] <= asked[line] for line in out) and (use.state == "paid" or not out)
            assert 0 <= use.recovered == sum(r.amount for r in use.recoveries.all()) <= use.paid
            assert owed.pop(use.public_id, 0) == (1 if use.kind == "deposit" and use.rest > 0 else 0)
            self.seen[f"{use.kind} {use.state}"] += 1
        assert not owed
        for line in LedgerLine.objects.prefetch_related("fund_shares__use"):
            assert line.paid <= line.owed or not line.stands, "nobody gets more than he is owed"
        assert money_adds_up().holds and advances_add_up().holds

    def a_case_ended_with_nothing_left_open(self) -> None:
        """What waits for money ends nowhere but with its case's joining; a closed case carries every rest somewhere."""
        for inspection in PROCEDURES["inspection"]._default_manager.filter(state__in=END_STATES):
            uses = FundUse.objects.filter(case=inspection.case)
            assert not uses.filter(state__in=("asked", "granted")).exists()
            if inspection.state == "joined":
                assert not uses.exists()
            last = Event.objects.filter(case=inspection.case).latest("id")
            if last.act == "close" and last.subject == inspection.public_id:
                here = {"case": inspection.case}
                assert not [x for x in LedgerLine.objects.filter(**here) if x.open and x.rest > 0]
                assert not [t for t in AgencyTask.objects.filter(**here) if t.waiting]
                must = Paper.objects.filter(kind__in=MUST_BE_SERVED, replaced_by=None, **here)
                assert not must.filter(served_at=None).exists()
                self.seen["closed"] += 1

    def requests_wait_only_for_what_is_possible(self) -> None:
        for request in Approval.objects.filter(state="requested"):
            subject = approvals.subject_of(request)
            assert subject.rule_from(request.act, subject.state) is not None


def to_complainants(kind: str) -> bool:
    return kind in {
        "CLOSED",
        "ORDER_ISSUED",
        "INTENT_TOLD",
        "DECIDED",
        "DEMANDED",
        "FILING_CANCELLED",
        "CASE_TRANSFERRED_TOLD",
    }


@pytest.mark.slow
def test_whatever_anybody_tries_the_record_holds(database_like):
    machine = type(
        "County",
        (CaseMachine,),
        {"database_like": database_like, "tried": Counter(), "happened": Counter(), "seen": Counter()},
    )
    run_state_machine_as_test(machine, settings=SETTINGS)
    done, tried = machine.happened, machine.tried
    print(f"{sum(done.values())} of {sum(tried.values())} attempts happened; acts: {len(done)} of {len(tried)} tried")
    assert sum(done.values()) > 4 * WALKS and len(done) > 30, "the walks get somewhere"
    print(dict(machine.seen))
    assert machine.seen["relief asked"], "money is asked for; that each way of it is gone, test_money_at_random sees to"
