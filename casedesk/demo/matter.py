"""One matter of the demo, with the verbs its people use: what they say and write, so that a story is only who does
what when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from casedesk.demo.people import TEAMS, Staff
from casedesk.demo.places import CONTROLLERS, EMPLOYERS, TOWNSHIPS, credit_code, id_number, person, phone, spread
from casedesk.demo.scans import uploaded
from casedesk.routing import routed
from workflows import approvals, clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.ledger import LedgerLine
from workflows.casefile.papers import Paper
from workflows.casefile.tasks import ReceptionDay
from workflows.models import AgencyTask, Chain, Evidence, FundUse, Inspection, Intake, JointReception, PoliceTransfer
from workflows.perform import Done, perform
from workflows.roles import Actor, Role

#: what callers say: of a site, of a shop or factory, and for a group
SITE = (
    "{when}到{place}干活，说好{basis}，干到{until}，工资只发了一部分，打电话老板不接。",
    "老板一开始说月底结，后来说甲方没有拨款，从{when}拖到现在，家里等着用钱。",
    "{trade}，{basis}，考勤表在班长手里，有微信转账记录，尾款一直没有结。",
    "工地上说{boss}把钱领走了，{boss}说总包没有给，互相推，工资没有着落。",
    "{trade}的活干得没有毛病，验收过了，{basis}，就是不给结，发信息不回。",
)
SHOP = (
    "在{place}上班，{when}起没有发工资，问了几次都说再等等，{until}已经不干了。",
    "{when}进的{place}，前面都按时发，后来换了管事的，工资一拖再拖，{until}我就走了。",
    "每个月只发生活费一千，说年底一起算，{until}停工了，人也找不到，门锁着。",
    "我爱人也在{place}，两口子都没有拿到钱，孩子开学要交学费，麻烦尽快办。",
    "干完活只给了路费，欠条是{boss}写的，说{until}之前给，没有兑现。",
)
GROUP = (
    "我们{n}个人在{place}做{trade}，{until}完工，结算单签了字，到现在没有给钱。",
    "{n}个人的工资都没有发，{boss}说账上没钱，可是新活还在接，{until}起我们就停工了。",
    "班里{n}个人，{basis}，从{when}干到{until}，只预支过生活费，大家推我打这个电话。",
)
BASIS = ("一天二百六", "一个月六千", "计件，按平方结", "一天三百二，管一顿饭", "一个月四千八", "一天二百二十")


class Matter:
    """A complaint, later a case, in the hands of its people. Looks its rows up afresh before each act."""

    def __init__(
        self,
        staff: Staff,
        days: Mapping[int, ReceptionDay],
        today: date,
        number: int,
        employer: str,
        workers: int,
        months: int,
    ) -> None:
        self.staff, self.days, self.today, self.number = staff, days, today, number
        self.employer_key, self.employer = employer, EMPLOYERS[employer]
        self.workers, self.months, self.voice = workers, months, 1
        self.lead, self.second = TEAMS[number % len(TEAMS)]
        self.complaint_id = 0

    @property
    def key(self) -> str:
        """The source id of the complaint: by it a second building of the county knows that this one is there."""
        return f"DEMO-{self.number:03d}" + (f"-{self.voice}" if self.voice > 1 else "")

    def again(self) -> Matter:
        """A second caller on the same matter."""
        other = Matter(self.staff, self.days, self.today, self.number, self.employer_key, 1, self.months)
        other.voice = self.voice + 1
        return other

    # --- rows -------------------------------------------------------------------------------------------

    @property
    def complaint(self) -> Complaint:
        return Complaint.objects.get(pk=self.complaint_id)

    @property
    def intake(self) -> Intake:
        return Intake.objects.select_related("complaint").get(complaint=self.complaint_id)

    @property
    def case(self) -> Case:
        return Case.objects.get(complaints=self.complaint_id)

    @property
    def inspection(self) -> Inspection:
        return Inspection.objects.select_related("case").get(case__complaints=self.complaint_id)

    @property
    def transfer(self) -> PoliceTransfer:
        return PoliceTransfer.objects.select_related("case").filter(case__complaints=self.complaint_id).latest("id")

    @property
    def visit(self) -> JointReception:
        mine = JointReception.objects.filter(case=self.complaint.case_id) if self.complaint.case_id else (
            JointReception.objects.filter(complaint=self.complaint_id))  # fmt: skip
        return mine.latest("id")

    @property
    def lines(self) -> list[LedgerLine]:
        return list(LedgerLine.objects.filter(case=self.case).order_by("id"))

    @property
    def inspector(self) -> Actor:
        return self.staff[self.lead]

    @property
    def spare(self) -> str:
        """An inspector who is not on this case."""
        return next(name for team in TEAMS for name in team if name not in (self.lead, self.second))

    def tagged(self, low: int, high: int, *tags: Any) -> int:
        """A number of this matter that is the same at every building."""
        return spread(":".join(map(str, (self.number, *tags))), low, high)

    # --- acts of the intake ------------------------------------------------------------------------------

    def told(self, **more: Any) -> dict[str, Any]:
        """What the caller tells: the facts of section 5.1 as far as a caller has them."""
        e, today, first = self.employer, clock.today(), self.number * 31 + 26 * (self.voice > 1)
        until = today - timedelta(days=self.tagged(6, 70, "until"))
        since = until - timedelta(days=30 * self.months)
        trade = e.trades[self.number % len(e.trades)]
        place = e.project or e.name
        sayings = GROUP if self.workers > 2 else SITE if e.project else SHOP
        said = sayings[self.tagged(0, len(sayings) - 1, "said", self.voice)].format(
            when=f"{since.month}月", until=f"{until.month}月{until.day}日", place=place, n=self.workers, trade=trade,
            boss=e.boss, basis=BASIS[self.tagged(0, len(BASIS) - 1, "basis")],
        )  # fmt: skip
        lines = []
        for n in range(self.workers):
            months = max(1, self.months - (0 if n < 12 else self.tagged(0, 1, "months", n)))
            claimed = Decimal(months) * self.tagged(3150, 7680, "pay", n) + Decimal(self.tagged(0, 19, "odd", n)) * 5
            lines.append(
                {
                    "worker_name": person(first + n), "trade": e.trades[(self.number + n // 3) % len(e.trades)],
                    "phone": phone(first + n), "claimed": str(claimed), "months": str(months),
                    "period_from": str(since), "period_to": str(until),
                    **({"id_number": id_number(first + n)} if (first + n) % 3 == 0 else {}),
                }
            )  # fmt: skip
        return {
            "channel": "hotline",
            "source_id": self.key,
            "complainant_name": lines[0]["worker_name"],
            "complainant_phone": lines[0]["phone"],
            "complainant_occupation": trade,
            "employer_name": e.name,
            "employer_domicile": f"渑池县{e.township}{self.tagged(1, 180, 'door')}号",
            "legal_rep_name": e.boss,
            "actual_controller": CONTROLLERS.get(e.name, ""),
            "industry_sector": e.sector,
            "project_name": e.project,
            "project_place": f"渑池县{e.township}" if e.project else "",
            "developer": e.developer,
            "general_contractor": e.contractor,
            "subcontractor": e.name if e.contractor and e.contractor != e.name else "",
            "crew_leader_name": e.crew_leader,
            "township": TOWNSHIPS[e.township],
            "employed_in_county": True,
            "violation_facts": said,
            "requests": "请求责令支付拖欠的工资。",
            "arrears_from": str(since),
            "arrears_to": str(until),
            "last_work_day": str(until),
            "amount_claimed": str(sum(Decimal(line["claimed"]) for line in lines)),
            "months_owed": str(self.months),
            "worker_count": self.workers,
            **({"representative_of": self.workers} if self.workers > 4 else {}),
            "evidence_named": ("考勤表、微信聊天记录", "欠条一张", "结算单、工友证言", "银行流水", "")[self.number % 5],
            "notice_shown": True,
            "lines": lines,
        } | more

    def call(self, by: str = "operator", **more: Any) -> Done:
        """The first contact, registered at once as at the hotline."""
        return self._log(self.told(register=True, **more), by)

    def write_in(self, **more: Any) -> Done:
        """A message of the public page: a draft that nobody has registered."""
        told = self.told(channel="web", title=f"反映{self.employer.township}拖欠工资", **more)
        for name in (
            "lines",
            "notice_shown",
            "employed_in_county",
            "project_place",
            "legal_rep_name",
            "employer_domicile",
        ):
            told.pop(name)
        return self._log(told, "operator2")

    def _log(self, told: dict[str, Any], by: str) -> Done:
        inputs = routed({name: value for name, value in told.items() if value != ""})
        done = perform(None, "log", by=self.staff[by], inputs=inputs)
        self.complaint_id = done.subject.complaint.pk
        return done

    def take_in(self, act: str, by: str = "squad_leader", **inputs: Any) -> Done:
        """An act of the intake."""
        return perform(self.intake, act, by=self.staff[by], inputs=inputs)

    def accept(self) -> Done:
        return self.take_in("accept")

    # --- acts of the inspection --------------------------------------------------------------------------

    def act(self, act: str, by: str | None = None, **inputs: Any) -> Done:
        """An act of the inspection, by the lead inspector unless said otherwise; a request where it needs an
        approval."""
        return perform(self.inspection, act, by=self.staff[by or self.lead], inputs=inputs)

    def approved(self, act: str, approver: str = "squad_leader", opinion: str = "同意。", **inputs: Any) -> Any:
        """An act that needs an approval, and the approval."""
        return self.grant(self.act(act, **inputs), approver, opinion)

    def grant(self, done: Done, approver: str = "squad_leader", opinion: str = "同意。") -> Any:
        assert done.requested is not None, "this act needed no approval"
        return approvals.decide(done.requested, by=self.staff[approver], yes=True, reason=opinion)

    def assign(self) -> Done:
        return self.act("assign", "squad_leader", lead=self.staff.id(self.lead), others=[self.staff.id(self.second)])

    def interview(self, whom: str = "") -> Done:
        who = whom or (self.employer.boss or "单位负责人")
        words = ("承认欠付，称工程款未到位，愿意分期支付。", "对人数没有异议，对单价有异议，答应三日内提供考勤表。",
                 "称已把钱给了班组长，没有支付到个人，拿不出收条。", "陈述出勤天数和单价，指认签字，提供转账截图。")  # fmt: skip
        return self.act("record_interview", person=who, place=f"渑池县{self.employer.township}",
                        said=words[self.tagged(0, 3, "said", who)], certificates_shown=True)  # fmt: skip

    def site_check(self) -> Done:
        found = (
            "现场无施工，宿舍已清退。",
            "工资表由班组长代签，未见银行代发记录。",
            "维权告示牌破损，实名制考勤机停用。",
        )
        return self.act("record_site_check", place=self.employer.project or self.employer.name,
                        found=found[self.tagged(0, 2, "found")], rights_board=self.number % 2 == 0,
                        special_account=self.number % 3 == 0, real_name=self.number % 4 == 0)  # fmt: skip

    def evidence(self, title: str, kind: str = "书证", by: str = "") -> Evidence:
        self.act("add_evidence", title=title, kind=kind, provided_by=by, file=uploaded(title))
        return Evidence.objects.filter(case=self.case).latest("id")

    def establish(self, *, able: bool = True, evasion: str = "", reduced: Sequence[int] = ()) -> Done:
        """The facts, line by line; for the numbered lines the attendance sheet bears out less than was claimed."""
        verified = [
            {"line": str(line.public_id), "verified": str((line.claimed * Decimal("0.85")).quantize(Decimal("0.01")))}
            for n, line in enumerate(self.lines) if n in reduced
        ]  # fmt: skip
        return self.act("establish_facts", findings="经核对考勤、结算单和双方陈述，欠付工资属实，明细见台账。",
                        verified=verified, able_to_pay=able, evasion=evasion)  # fmt: skip

    def order(self, pay_by: date) -> Any:
        """责令限期支付, signed by the squad leader."""
        return self.approved("order_payment", **self.order_inputs(pay_by))

    def order_inputs(self, pay_by: date) -> dict[str, Any]:
        e = self.employer
        if e.contractor and e.contractor != e.name and not Chain.objects.filter(case=self.case).exists():
            self.act("establish_chain", general_contractor=e.contractor, general_contractor_licensed=True,
                     subcontractor=e.name, subcontractor_owes=True,
                     basis="分包合同、进度款支付凭证，施工总承包单位和分包单位的询问笔录。")  # fmt: skip
        return {"pay_by": str(pay_by)}

    def newest_use(self) -> str:
        """The newest use of deposit or fund, as an input names it."""
        return str(FundUse.objects.filter(case=self.case).latest("id").public_id)

    def serve(self, kind: str, mode: str = "in_person") -> Done:
        """The newest paper of a kind, served."""
        paper = Paper.objects.filter(case=self.case, kind=kind, replaced_by=None).latest("id")
        proofs = {"in_person": "送达回证已签收", "posted": "张贴照片三张、执法记录仪录像", "post": "邮政特快专递回执",
                  "left": "留置送达见证人签字", "announcement": "县政府网站公告"}  # fmt: skip
        needs: dict[str, dict[str, Any]] = {
            "in_person": {"recipient": self.employer.boss},
            "post": {"tracking": f"EMS{self.tagged(10_000_000, 99_999_999, 'post')}41"},
            "left": {"refusal": "单位工作人员拒绝签收。", "witness": "社区工作人员代某"},
            "announcement": {"cannot": "登记地址无人，电话停机，邮件被退回。"},
        }
        if mode == "posted":
            shot = self.evidence(f"张贴送达现场照片（{paper.number}）", "视听资料", by="监察大队")
            needs[mode] = {"photographs": [str(shot.public_id)], "cannot": "负责人逃匿，工地办公室无人。"}
        return self.act("record_service", paper=str(paper.public_id), mode=mode, proof=proofs[mode],
                        place=f"{self.employer.name}办公地点", **needs[mode])  # fmt: skip

    def lengthen(self) -> Any:
        """The Henan limit of thirty days, extended once."""
        reasons = ("工人分散在外地，逐人核对考勤。", "结算资料由造价机构核对。", "总包与分包对工程量有争议，等待对账。")
        return self.approved("request_extension", "bureau_head", rule="INV-02", reason=reasons[self.number % 3])

    def pay(
        self, *, share: str = "1", workers: int | None = None, payer: str = "employer", proof: str = "银行代发清单"
    ) -> Done:
        """A payment to the first so many workers: this share of what each is still owed."""
        shares = [
            {"line": str(line.public_id), "amount": str((line.rest * Decimal(share)).quantize(Decimal("0.01")))}
            for line in self.lines[:workers] if line.rest > 0
        ]  # fmt: skip
        return self.act("record_payment", payer=payer, proof=proof, shares=shares)

    def close(self, result: str = "拖欠的工资已全部支付到个人，双方签字确认。") -> Any:
        return self.approved("close", result=result)

    def ask(self, agency: str, question: str, days: int, *, joint: bool = False) -> AgencyTask:
        """A question to another agency, due in so many days."""
        due = str(clock.today() + timedelta(days=days))
        if joint:
            perform(self.visit, "assign_task", by=self.staff["receptionist"],
                    inputs={"agency": agency, "question": question, "due_on": due})  # fmt: skip
        else:
            self.act("ask_agency", agency=agency, question=question, due_on=due)
        return AgencyTask.objects.latest("id")

    def answered(self, task: AgencyTask, by: str, answer: str) -> Done:
        subject = task.joint or self.inspection
        act = "answer_task" if task.joint else "answer_agency"
        return perform(subject, act, by=self.staff[by], inputs={"task": str(task.public_id), "answer": answer})

    # --- joint reception -----------------------------------------------------------------------------------

    def schedule(self, day: ReceptionDay, people: int = 2, *, petition: bool = False) -> Done:
        root = self.complaint.case or self.complaint
        inputs = {
            "day": str(day.public_id),
            "visitors": self.complaint.complainant_name,
            "people": people,
            "petition": petition,
        }
        return perform(root, "schedule", by=self.staff["receptionist"], inputs=inputs)

    def sit(self, act: str, by: str = "receptionist", **inputs: Any) -> Done:
        """An act of the joint reception."""
        return perform(self.visit, act, by=self.staff[by], inputs=inputs)

    def agree(self, *parts: tuple[int, str]) -> Done:
        """An agreement in parts: (days from now, yuan)."""
        rows = [{"due_on": str(clock.today() + timedelta(days=days)), "amount": amount} for days, amount in parts]
        return self.sit("record_agreement", instalments=rows,
                        agreement=f"{self.employer.name}分{len(parts)}期支付拖欠工资，逾期未付的由监察机构责令支付。")  # fmt: skip

    def instalment(self, number: int) -> Done:
        row = self.visit.instalments.get(number=number, replaced=False)
        return self.sit("record_instalment", instalment=str(row.public_id), proof=f"第{number}期银行转账回单")

    # --- police ----------------------------------------------------------------------------------------------

    def propose(self, kind: str = "refusal_to_pay", persons: str = "") -> Done:
        facts = {
            "refusal_to_pay": "有能力支付而不支付劳动报酬，经责令限期支付，期满仍不支付。",
            "unlawful_demand": "以讨薪为名虚列人员名单，堵门阻工，索要的实为工程款。",
        }[kind]
        return perform(self.case, "propose_transfer", by=self.inspector,
                       inputs={"kind": kind, "facts": facts, "persons": persons})  # fmt: skip

    def move(self, act: str, by: str | None = None, **inputs: Any) -> Done:
        """An act of the transfer, by the lead inspector unless said otherwise."""
        return perform(self.transfer, act, by=self.staff[by or self.lead], inputs=inputs)

    def report(self) -> Done:
        return self.move("report", second_inspector=self.staff.id(self.second),
                         opinion="数额、责令和期满未付均有证据，建议移送公安机关。")  # fmt: skip

    def on_paper(self, act: str, title: str, sender: str, signer: str, **inputs: Any) -> Done:
        """An act of another agency out of its signed paper: a request that a second officer has to confirm."""
        scan = self.evidence(title, by=sender)
        return self.move(act, signer=signer, scan=str(scan.public_id), at=clock.now().isoformat(), **inputs)

    def principal(self) -> str:
        """Who presides today: the deputy while an acting appointment runs."""
        return "bureau_head" if self.staff["bureau_head"].has(Role.PRINCIPAL_HEAD) else "principal_head"

    def police_number(self, word: str) -> str:
        return f"渑公（{word}）字〔{clock.today().year}〕{self.tagged(11, 398, word)}号"

    def listing(self, *, listed: bool = True) -> dict[str, Any]:
        """What is asked for the decision on the joint-sanction list."""
        if not listed:
            return {"listed": False, "reason": "单位已作出还款承诺，尚未达到列入的情形。"}
        return {"listed": True, "unified_credit_code": credit_code(list(EMPLOYERS).index(self.employer_key)),
                "reason": "经责令支付逾期未付，数额达到认定标准。"}  # fmt: skip
