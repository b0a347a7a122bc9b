"""Money at random: any act on the money of a case, in any order, beside a ledger kept by the test.

After each step Σ lines = totals = papers = that ledger, and the database's own invariants hold. The eight ways to
settle, counter-lines, counter-payments, deposit and fund with what came back of them all happen in the walks.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests import walks
from tests.people import People
from workflows import clock
from workflows.casefile.file import CaseFile
from workflows.casefile.ledger import Settled
from workflows.casefile.papers import PaperKind
from workflows.errors import NotPossibleNow, Refusal
from workflows.invariants import advances_add_up, due_dates_recompute, money_adds_up
from workflows.models import FundUse, Inspection, LedgerLine, Limit, Paper, Payment, Recovery
from workflows.perform import perform
from workflows.procedures.dossier import contents_of
from workflows.procedures.money_content import totals_of
from workflows.wording.amounts import from_words

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
STEPS = 300 if LONG else 120
NOUGHT = Decimal(0)
#: handed on, but still owed: a payment makes what was handed on smaller
STILL_OWED = {"in_criminal_recovery", "in_court_enforcement", "to_arbitration_or_court", "unreachable"}
WORKERS = [{"worker_name": f"工人{n}", "claimed": f"{3000 + 700 * n}.{n:02}", "months": "3"} for n in range(12)]


def decided(people: People) -> Inspection:
    """A decision whose term has passed: deposit and fund are open."""
    return walks.decided(people, walks.established(people, lines=WORKERS, worker_count=12))


def in_court(people: People) -> Inspection:
    inspection = decided(people)
    with clock.at(walks.MONDAY + timedelta(days=220)):
        rest = sum(x.rest for x in walks.lines(inspection))
        told = {"amount": str(rest), "pay_by": str(clock.today() + timedelta(days=10))}
        inspection = walks.approved(
            perform(inspection, "demand", by=people.lead, inputs=told), people.bureau_head
        ).subject
        walks.served(people, inspection, "demand_letter")
    with clock.at(walks.MONDAY + timedelta(days=250)):
        told = {"court": "渑池县人民法院", "content": "强制支付工资。"}
        return walks.approved(
            perform(inspection, "apply_enforcement", by=people.lead, inputs=told), people.bureau_head
        ).subject


def at_the_police(people: People) -> Inspection:
    with clock.at(walks.MONDAY):
        inspection = walks.ordered(people, days=5, lines=WORKERS, worker_count=12)
    with clock.at(walks.MONDAY + timedelta(days=6)):
        inspection = perform(inspection, "expire", by=walks.SYSTEM).subject
        transfer = walks.received(people, inspection)
        perform(transfer, "file", by=people.police, inputs={"number": "渑公立〔2026〕1号"})
    return inspection


BEGINNINGS = {
    "decided": (decided, walks.MONDAY + timedelta(days=9)),
    "in court": (in_court, walks.MONDAY + timedelta(days=251)),
    "at the police": (at_the_police, walks.MONDAY + timedelta(days=7)),
}


#: what a walk must have done to prove anything, wherever it began
EVERYWHERE = {
    "record_payment", "counter_payment", "counter_line", "withdraw_claim", "apply_relief_fund", "record_fund_grant",
    "record_fund_paid", "record_recovery", "counter_recovery", "settled reduced", "settled unfounded",
    "settled withdrawn", "settled to_arbitration_or_court", "settled unreachable", "close",
}  # fmt: skip
HERE = {
    "decided": {"use_deposit", "record_deposit_paid"},
    "in court": {"use_deposit", "record_deposit_paid", "settled in_court_enforcement"},
    "at the police": {"settled in_criminal_recovery"},
}


class Books:
    """The test's own ledger: what each line owes, got and handed on, and what each use of deposit or fund is out."""

    def __init__(self, inspection: Inspection) -> None:
        self.lines = {
            str(x.public_id): {"owed": x.owed, "paid": x.paid, "settled": x.settled_otherwise, "how": x.settled_how}
            for x in walks.lines(inspection)
        }
        self.payments: dict[str, tuple[str, Decimal, str]] = {}
        self.uses: dict[str, Decimal] = {}
        self.recoveries: dict[str, tuple[str, Decimal]] = {}

    def rest(self, line: str) -> Decimal:
        one = self.lines[line]
        return max(NOUGHT, one["owed"] - one["paid"] - one["settled"])

    def pay(self, line: str, amount: Decimal) -> None:
        one = self.lines[line]
        one["paid"] += amount
        if one["how"] in STILL_OWED:
            one["settled"] = max(NOUGHT, one["owed"] - one["paid"])
        if one["paid"] == one["owed"]:
            one["how"] = "paid"

    def unpay(self, line: str, amount: Decimal) -> None:
        one = self.lines[line]
        one["paid"] -= amount
        if one["how"] == "paid":
            one["how"] = ""
        elif one["how"] in STILL_OWED:
            one["settled"] = one["owed"] - one["paid"]
        elif one["how"]:  # agreed of a rest that was another one: open again
            one["how"], one["settled"] = "", NOUGHT

    def settle(self, line: str, how: str) -> None:
        self.lines[line]["settled"] += self.rest(line)
        self.lines[line]["how"] = how


class Walk:
    """One case, somebody who throws dice, and his books."""

    def __init__(self, people: People, inspection: Inspection, seed: int) -> None:
        self.people, self.inspection, self.dice = people, inspection, random.Random(seed)
        self.books, self.happened = Books(inspection), Counter[str]()

    def do(self, act: str, approver: str = "", **inputs: Any) -> None:
        done = perform(self.inspection, act, by=self.people.lead, inputs=inputs)
        if approver:
            assert done.requested is not None
            walks.approved(done, getattr(self.people, approver))
        self.happened[act] += 1

    def line(self) -> str:
        """A line, mostly one on which something is left."""
        left = [x for x in self.books.lines if self.books.rest(x) > 0]
        return self.dice.choice(left if left and self.dice.randrange(8) else list(self.books.lines))

    def part(self, most: Decimal) -> Decimal:
        """Some of it, to the fen; sometimes all, sometimes more than there is."""
        some = (most * self.dice.randrange(1, 40) / 100).quantize(Decimal("0.01"))
        return self.dice.choice([some, some, some, some, most, most + Decimal("0.01")])

    def shares(self) -> list[dict[str, str]]:
        chosen = {self.line() for _ in range(self.dice.randrange(1, 4))}
        return [
            {"line": one, "amount": str(self.part(self.books.rest(one)))} for one in self.books.lines if one in chosen
        ]

    def use(self, kind: str, state: str) -> FundUse | None:
        return FundUse.objects.filter(kind=kind, state=state).order_by("id").first()

    # --- what may happen ---------------------------------------------------------------------------------------------

    def pays(self) -> None:
        shares, before = self.shares(), set(Payment.objects.values_list("pk", flat=True))
        self.do("record_payment", payer=self.dice.choice(["employer", "general_contractor", "developer", "court"]),
                shares=shares, proof="回单")  # fmt: skip
        self.note(before)

    def note(self, before: set[int], use: str = "") -> None:
        for one in Payment.objects.exclude(pk__in=before).select_related("line").order_by("id"):
            line = str(one.line.public_id)
            self.books.pay(line, one.amount)
            self.books.payments[str(one.public_id)] = (line, one.amount, use)
            if use:
                self.books.uses[use] += one.amount

    def counters_a_payment(self) -> None:
        payment = self.dice.choice(list(self.books.payments))
        self.do("counter_payment", "squad_leader", payment=payment, reason="记错。")
        line, amount, use = self.books.payments.pop(payment)
        self.books.unpay(line, amount)
        if use:
            self.books.uses[use] -= amount

    def settles(self) -> None:
        ways = [h for h in Settled.values if h != "paid"]
        line, how = self.line(), ways[self.happened["settling"] % len(ways)]
        self.happened["settling"] += 1  # one way after the other, so that each has its turn
        self.do("settle_line", line=line, how=how, reason="写入结案审批表。", tries=2)
        self.books.settle(line, how)
        self.happened[f"settled {how}"] += 1

    def withdraws(self) -> None:
        line = self.line()
        self.do("withdraw_claim", line=line, reason="劳动者自愿。")
        self.books.settle(line, "withdrawn")

    def counters_a_line(self) -> None:
        line = self.dice.choice([x for x, one in self.books.lines.items() if not one["paid"]])
        self.do("counter_line", "squad_leader", line=line, reason="重复登记。")
        del self.books.lines[line]

    def uses_the_deposit(self) -> None:
        self.do("use_deposit", "bureau_head", shares=self.shares(), bank="渑池农商行", depositor="豫西建工集团")

    def deposit_pays(self) -> None:
        self.pays_out("record_deposit_paid", self.use("deposit", "granted"))

    def asks_the_fund(self) -> None:
        self.do("apply_relief_fund", "bureau_head", shares=self.shares(), cause="absconded", reason="逃匿。")

    def fund_is_granted(self) -> None:
        use = self.use("relief", "asked")
        if use is not None:
            granted = self.dice.randrange(4) > 0
            self.do("record_fund_grant", use=str(use.public_id), granted=granted, paper="渑政周1号", reason="条件。")

    def fund_pays(self) -> None:
        self.pays_out("record_fund_paid", self.use("relief", "granted"))

    def pays_out(self, act: str, use: FundUse | None) -> None:
        if use is None:
            return
        name, before = str(use.public_id), set(Payment.objects.values_list("pk", flat=True))
        if self.happened[act] and self.dice.randrange(4) == 0:
            self.do(act, use=name, proof="退回凭证", unpaid=True, reason="退回。")
            self.happened[f"{act} unpaid"] += 1
            return
        self.do(act, use=name, proof="凭证")
        self.books.uses[name] = NOUGHT
        self.note(before, name)

    def recovers(self) -> None:
        use = self.dice.choice(list(self.books.uses))
        out = self.books.uses[use] - sum((a for u, a in self.books.recoveries.values() if u == use), NOUGHT)
        amount = self.part(out)
        self.do("record_recovery", use=use, amount=str(amount), from_whom="豫西建工集团", proof="缴款书")
        self.books.recoveries[str(Recovery.objects.latest("id").public_id)] = (use, amount)

    def counters_a_recovery(self) -> None:
        wrong = self.dice.choice(list(self.books.recoveries))
        self.do("counter_recovery", "squad_leader", recovery=wrong, reason="记错。")
        del self.books.recoveries[wrong]

    def step(self) -> None:
        may = {
            "record_payment": (self.pays, 6), "counter_payment": (self.counters_a_payment, 4),
            "settle_line": (self.settles, 4), "withdraw_claim": (self.withdraws, 1),
            "counter_line": (self.counters_a_line, 1), "use_deposit": (self.uses_the_deposit, 4),
            "record_deposit_paid": (self.deposit_pays, 4), "apply_relief_fund": (self.asks_the_fund, 3),
            "record_fund_grant": (self.fund_is_granted, 3), "record_fund_paid": (self.fund_pays, 3),
            "record_recovery": (self.recovers, 4), "counter_recovery": (self.counters_a_recovery, 2),
        }  # fmt: skip
        # what has not happened yet is tried more often: the walk shall get everywhere
        done = {act: self.happened["settling" if act == "settle_line" else act] for act in may}
        enough = {"settle_line": 14}
        weights = [often if done[act] >= enough.get(act, 1) else 6 * often for act, (_, often) in may.items()]
        happening = self.dice.choices([what for what, _ in may.values()], weights)[0]
        with suppress(Refusal, IndexError):  # refused, or there is nothing yet to choose from
            happening()

    # --- what holds --------------------------------------------------------------------------------------------------

    def books_agree(self) -> None:
        file, books = CaseFile(case=self.inspection.case), self.books
        standing = {str(x.public_id): x for x in file.lines if x.stands}
        assert standing.keys() == books.lines.keys()
        for name, one in books.lines.items():
            line = standing[name]
            said = {"owed": line.owed, "paid": line.paid, "settled": line.settled_otherwise, "how": line.settled_how}
            assert said == one and line.rest == books.rest(name), name
        sums = {
            "paid": sum((x["paid"] for x in books.lines.values()), NOUGHT),
            "rest": sum((books.rest(x) for x in books.lines), NOUGHT),
            "settled_otherwise": sum((x["settled"] for x in books.lines.values()), NOUGHT),
        }
        totals, dossier = totals_of(file), contents_of(file, clock.now(), everything=True)
        assert {part: Decimal(totals[part]) for part in sums} == sums
        assert Decimal(dossier["totals"]["paid"]) == sums["paid"] and Decimal(dossier["totals"]["rest"]) == sums["rest"]
        assert from_words(dossier["total_in_words"]) == sums["rest"]
        # a line and its counter-line are nought in every column: the whole ledger sums to what stands
        everything = LedgerLine.objects.filter(case=self.inspection.case)
        assert sum(x.paid for x in everything) == sums["paid"]
        assert sum(x.owed for x in everything) == sum((x["owed"] for x in books.lines.values()), NOUGHT)
        assert sum(x.settled_otherwise for x in everything) == sums["settled_otherwise"]
        for use in FundUse.objects.prefetch_related("shares", "payments__line"):
            out = Counter[int]()
            for payment in use.payments.all():
                out[payment.line_id] += payment.amount
            asked = {share.line_id: share.amount for share in use.shares.all()}
            assert all(out[line] <= asked[line] for line in out), "no more than was asked for goes out, line by line"
            assert use.state == "paid" or not out, "what was not paid out paid nobody"
            if use.state != "paid":
                assert not Limit.objects.filter(rule="TOP_UP_BY", about=use.public_id, stopped_at=None).exists()
                continue
            back = sum((a for u, a in books.recoveries.values() if u == str(use.public_id)), NOUGHT)
            assert (use.paid, use.recovered) == (books.uses[str(use.public_id)], back)
            owed = Limit.objects.filter(rule="TOP_UP_BY", about=use.public_id, stopped_at=None).count()
            assert owed == (1 if use.kind == "deposit" and use.rest > 0 else 0), "what is out is owed, and nothing else"
        assert money_adds_up().holds and advances_add_up().holds and due_dates_recompute().holds

    def closes(self) -> None:
        """Every rest carried somewhere, the case ends: its form says the books."""
        for name in self.books.lines:
            if not self.books.lines[name]["how"]:
                self.do("settle_line", line=name, how="reduced", reason="书面协议。")
                self.books.settle(name, "reduced")
        for use in [use for use in FundUse.objects.order_by("id") if use.waiting]:
            with pytest.raises(NotPossibleNow, match="保证金、周转金尚未办完"):
                self.do("close", result="全部了结。")
            told = {"use": str(use.public_id), "reason": "结案。"}
            if use.state == "asked":
                self.do("record_fund_grant", granted=False, paper="渑政周2号", **told)
            else:
                act = "record_deposit_paid" if use.kind == "deposit" else "record_fund_paid"
                self.do(act, unpaid=True, proof="撤回函", **told)
        self.do("close", "squad_leader", result="全部了结。")
        content = Paper.objects.get(kind=PaperKind.CLOSING_FORM).content
        assert Decimal(content["total"]) == NOUGHT == sum((self.books.rest(x) for x in self.books.lines), NOUGHT)
        assert Decimal(content["totals"]["paid"]) == sum((x["paid"] for x in self.books.lines.values()), NOUGHT)


@pytest.mark.parametrize("beginning", sorted(BEGINNINGS))
def test_the_ledger_is_what_was_done_to_it(stage, beginning):
    build, moment = BEGINNINGS[beginning]
    happened: Counter[str] = Counter()
    for seed in range(8 if LONG else 1):
        with stage(f"money {beginning}", build, moment) as at:
            walk = Walk(at.people, at.subject, seed)
            for n in range(STEPS):
                with clock.at(moment + n * timedelta(minutes=10)):
                    walk.step()
                    if n % 6 == 5:
                        walk.books_agree()
            with clock.at(moment + STEPS * timedelta(minutes=10)):
                walk.closes()
                walk.books_agree()
            happened += walk.happened
    print(dict(happened))
    assert happened.keys() >= EVERYWHERE | HERE[beginning], "the walk gets everywhere"
