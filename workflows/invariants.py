"""The invariants that must hold whatever happened: checked nightly, after each fault test and after each restore.

Numbers are those of the reliability sheet. SQL where it can be said in SQL; hashes and dates are recomputed here with
the same functions that made them. One snapshot for all of them, so that work going on meanwhile is no breach.
Breaches name rows by public id or key, never a person. Reads only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby, islice
from operator import attrgetter
from typing import Any

from django.db import connection, transaction

from notifications.corrections import KIND as CORRECTION
from notifications.reading import breaches as mail_breaches
from workflows import clock
from workflows.casefile.case import Case
from workflows.casefile.complaint import Complaint
from workflows.casefile.papers import Paper, PaperKind
from workflows.clocks import NEAREST, Limit
from workflows.law.calendar import calendar_at
from workflows.law.counting import CannotCount, Extension, Pause
from workflows.law.limits import SET_DATES, UnknownRule
from workflows.procedures.registry import PROCEDURES
from workflows.record import RULES_VERSION, Event, canonical, hash_of
from workflows.recount import Recount, extensions_of, pauses_of
from workflows.reminders import KINDS

#: breaches of one invariant that are named; more are counted only by the database's own tools
NAMED = 100
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant as it was found: how many rows it looked at, and which of them break it."""

    id: str
    says: str
    checked: int
    breaches: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.breaches


def check() -> list[Finding]:
    """Every invariant, over one snapshot of the database. Must not be called inside a transaction."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return [finding() for finding in INVARIANTS]


def _finding(name: str, says: str, counted: str, *queries: str, **parameters: Any) -> Finding:
    """A finding made of one count and of queries that each give the breaches as texts."""
    found: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(counted, parameters)
        checked = cursor.fetchone()[0]
        for query in queries:
            cursor.execute(f"SELECT DISTINCT breach FROM ({query}) b(breach) ORDER BY breach LIMIT {NAMED}", parameters)
            found += [breach for (breach,) in cursor.fetchall()]
    return Finding(name, says, checked, tuple(found[:NAMED]))


# --- I2: one complaint per key -----------------------------------------------------------------------------


def keys_are_answered_once() -> Finding:
    return _finding(
        "I2",
        "每个幂等键、每个来源编号只有一件投诉",
        "SELECT (SELECT count(*) FROM workflows_inboundmessage)"
        " + (SELECT count(*) FROM workflows_complaint WHERE source_id <> '')",
        "SELECT 'key ' || min(id) || ' stands ' || count(*) || ' times' FROM workflows_inboundmessage"
        " GROUP BY sender, key HAVING count(*) > 1",
        "SELECT 'key ' || id || ' has no answer' FROM workflows_inboundmessage WHERE answer IN ('{}', 'null')",
        "SELECT 'key ' || id || ' has no fingerprint' FROM workflows_inboundmessage"
        " WHERE fingerprint !~ '^[0-9a-f]{64}$'",
        "SELECT 'complaint ' || min(public_id::text) || ' shares its source' FROM workflows_complaint"
        " WHERE source_id <> '' GROUP BY channel, source_id HAVING count(*) > 1",
    )


# --- I3: states are where the record says --------------------------------------------------------------------


def states_follow_the_record() -> Finding:
    tables = {name: model._meta.db_table for name, model in PROCEDURES.items()}
    standing = " UNION ALL ".join(
        f"SELECT '{name}' AS procedure, public_id, state FROM {table}" for name, table in tables.items()
    )
    chained = (
        "SELECT e.*, lag(to_state, 1, '') OVER w AS before, lead(id) OVER w IS NULL AS newest FROM workflows_event e"
        " WINDOW w AS (PARTITION BY subject ORDER BY id)"
    )
    return _finding(
        "I3",
        "状态等于最后一条记录，记录首尾相接，每一步都是规则上的箭头",
        f"SELECT count(*) FROM ({standing}) s",
        f"SELECT s.procedure || ' ' || s.public_id || ' is ' || s.state || ', its record says '"
        f" || coalesce(e.to_state, 'nothing') FROM ({standing}) s LEFT JOIN ({chained}) e"
        f" ON e.subject = s.public_id AND e.newest AND e.procedure = s.procedure"
        f" WHERE e.to_state IS DISTINCT FROM s.state",
        f"SELECT 'event ' || public_id || ' goes on from ' || from_state || ' after ' || before FROM ({chained}) e"
        f" WHERE from_state <> before",
        f"SELECT 'event ' || e.public_id || ' is of no procedure' FROM workflows_event e"
        f" LEFT JOIN ({standing}) s ON s.public_id = e.subject AND s.procedure = e.procedure WHERE s.public_id IS NULL",
        "SELECT 'event ' || e.public_id || ' is on no arrow' FROM workflows_event e LEFT JOIN workflows_edge d"
        " ON (d.rules_version, d.procedure, d.from_state, d.act, d.to_state)"
        " = (e.rules_version, e.procedure, e.from_state, e.act, e.to_state) WHERE d.id IS NULL",
    )


# --- I4: chains without gaps, hashes that hold ----------------------------------------------------------------


def versions_are_gap_free() -> Finding:
    def of(table: str, column: str) -> str:
        return (
            f"SELECT '{column} ' || r.public_id || ' has version ' || r.version || ' and ' || coalesce(e.n, 0)"
            f" || ' events' FROM workflows_{table} r"
            f" LEFT JOIN (SELECT {column}_id AS root, count(*) AS n, min(seq) AS low,"
            f" max(seq) AS high, count(DISTINCT seq) AS many FROM workflows_event WHERE {column}_id IS NOT NULL"
            f" GROUP BY 1) e ON e.root = r.id"
            f" WHERE (r.version, 1, r.version, r.version) IS DISTINCT FROM (e.n, e.low, e.high, e.many)"
        )

    return _finding(
        "I4",
        "版本号等于记录条数，序号无缺口",
        "SELECT (SELECT count(*) FROM workflows_complaint) + (SELECT count(*) FROM workflows_case)",
        of("complaint", "complaint"),
        of("case", "case"),
    )


def chains_hold() -> Finding:
    """Every hash recomputed from the event, and the head that the root carries."""
    checked = 0
    broken: list[str] = []
    for model, column in ((Complaint, "complaint_id"), (Case, "case_id")):
        roots = {row.pk: row for row in model._default_manager.only("id", "public_id", "version", "head_hash")}
        events = Event.objects.filter(**{f"{column}__isnull": False}).order_by(column, "seq").iterator(2000)
        standing = set(roots)
        for pk, chain in groupby(events, key=attrgetter(column)):
            standing.discard(pk)
            root, before, seq = roots[pk], b"", 0
            for event in chain:
                checked += 1
                sound = (
                    event.seq == seq + 1
                    and bytes(event.prev_hash) == before
                    and bytes(event.hash) == hash_of(event, root)
                )
                if not sound and len(broken) < NAMED:
                    broken.append(f"{model.__name__.lower()} {root.public_id} breaks at {event.seq}")
                    break
                before, seq = bytes(event.hash), event.seq
            else:
                if before != bytes(root.head_hash) and len(broken) < NAMED:
                    broken.append(f"{model.__name__.lower()} {root.public_id} has another head than its last event")
        for pk in standing:
            broken.append(f"{model.__name__.lower()} {roots[pk].public_id} has no event")
    return Finding("I4", "哈希链逐条复算一致", checked, tuple(broken[:NAMED]))


# --- I5: each act told whom the matrix says -------------------------------------------------------------------


def notices_match_the_record() -> Finding:
    rules = [
        {
            "procedure": rule.procedure,
            "act": rule.name,
            "from_state": source,
            "may": [sends.notice for sends in rule.sends],
            "must": [sends.notice for sends in rule.sends if sends.when is None],
        }
        for procedure in PROCEDURES.values()
        for rule in procedure.rules()
        for source in rule.sources
    ]
    said = (
        "(SELECT e.public_id, e.procedure, e.act, e.from_state, n ->> 0 AS kind, n ->> 1 AS key"
        " FROM workflows_event e, jsonb_array_elements(e.facts -> 'notices') n WHERE e.facts ? 'notices')"
    )
    rule = "jsonb_to_recordset(%(rules)s::jsonb) AS r(procedure text, act text, from_state text, may jsonb, must jsonb)"
    return _finding(
        "I5",
        "每一步应发的通知都已写入，没有多发的",
        "SELECT count(*) FROM notifications_notice",
        f"SELECT 'event ' || s.public_id || ' misses its notice ' || s.kind FROM {said} s WHERE NOT EXISTS"
        " (SELECT FROM notifications_notice n WHERE n.key = s.key AND n.kind = s.kind"
        " AND n.event_ref = s.public_id::text)",
        f"SELECT 'notice ' || n.public_id || ' belongs to no event' FROM notifications_notice n LEFT JOIN {said} s"
        " ON s.key = n.key WHERE s.key IS NULL AND n.kind <> ALL(%(of_no_event)s)",
        f"SELECT 'event ' || e.public_id || ' did not send ' || m FROM {rule} JOIN workflows_event e"
        " USING (procedure, act, from_state), jsonb_array_elements_text(r.must) m WHERE e.rules_version = %(version)s"
        " AND NOT coalesce(e.facts -> 'notices', '[]') @> jsonb_build_array(jsonb_build_array(m))",
        f"SELECT 'event ' || s.public_id || ' sent ' || s.kind || ', which its act does not' FROM {said} s"
        f" JOIN workflows_event e ON e.public_id = s.public_id AND e.rules_version = %(version)s LEFT JOIN {rule}"
        " ON (r.procedure, r.act, r.from_state) = (s.procedure, s.act, s.from_state)"
        " WHERE NOT coalesce(r.may, '[]') ? s.kind",
        rules=json.dumps(rules),
        version=RULES_VERSION,
        of_no_event=[*KINDS, CORRECTION],
    )


# --- I9: what is open has a date, and the date is right -------------------------------------------------------


def open_files_have_a_limit() -> Finding:
    ended = {name: "', '".join(sorted(PROCEDURES[name].END_STATES)) for name in ("intake", "inspection")}
    cases = (
        "workflows_inspection i JOIN workflows_case r ON r.id = i.case_id"
        f" WHERE i.state NOT IN ('{ended['inspection']}')"
    )
    complaints = (
        "workflows_intake i JOIN workflows_complaint r ON r.id = i.complaint_id"
        f" WHERE r.case_id IS NULL AND i.state NOT IN ('{ended['intake']}')"
    )
    runs = "NOT EXISTS (SELECT FROM workflows_limit l WHERE l.stopped_at IS NULL AND l.{}_id = r.id)"
    return _finding(
        "I9",
        "办理中的案件和投诉都有在计时的期限",
        f"SELECT (SELECT count(*) FROM {cases}) + (SELECT count(*) FROM {complaints})",
        f"SELECT 'case ' || r.public_id || ' is open without a limit' FROM {cases} AND {runs.format('case')}",
        f"SELECT 'complaint ' || r.public_id || ' is open without a limit' FROM {complaints}"
        f" AND {runs.format('complaint')}",
    )


def cases_know_their_nearest_limit() -> Finding:
    return _finding(
        "I9",
        "案件记下的最近期限是在计时的期限中最早的",
        "SELECT count(*) FROM workflows_case",
        f"SELECT 'case ' || c.public_id || ' is sorted by ' || c.nearest_at FROM workflows_case c"
        f" WHERE c.nearest_at <> {NEAREST}",
    )


def due_dates_recompute() -> Finding:
    """Each date again from its row: rule version, start, calendar as it stood, extensions, pauses; or the day that
    was set.
    """
    checked = 0
    wrong: list[str] = []
    calendars = _Calendars()
    rows = Limit.objects.order_by("id").iterator(_PAGE)
    while page := list(islice(rows, _PAGE)):
        checked += len(page)
        extensions, pauses = extensions_of(page), pauses_of(page)
        for row in page:
            problem = _problem(row, extensions.get(row.pk, ()), pauses.get(row.pk, ()), calendars)
            if problem and len(wrong) < NAMED:
                wrong.append(f"limit {row.public_id} ({row.rule}) {problem}")
    return Finding("I9", "届满日按规则版本、起算、日历、延期和中止复算一致", checked, tuple(wrong))


def _problem(
    row: Limit, extensions: Sequence[Extension], pauses: Sequence[Pause], calendars: Mapping[int, Recount]
) -> str:
    """What is wrong with the date of a limit, or nothing."""
    shown = (row.due_at, row.due_on, row.target_on, row.provisional)
    if row.rule in SET_DATES:
        if row.set_on is None:
            return "has no day that anybody set"
        expected = (clock.start_of(row.set_on + timedelta(days=1)), row.set_on, row.set_on, False)
    elif any(pause.last is None for pause in pauses):
        return ""  # its date moves with every day that the pause lasts
    else:
        try:
            due = calendars[row.calendar_version].due(row, extensions, pauses)
        except (UnknownRule, CannotCount) as trouble:
            return f"cannot be counted again ({type(trouble).__name__})"
        expected = (due.due_at, due.due_on, due.target_on or due.due_on, due.provisional)
    return "" if shown == expected else f"is due {row.due_on}, counted again {expected[1]}"


class _Calendars(dict[int, Recount]):
    """Counting under the calendar as it stood at each version."""

    def __missing__(self, version: int) -> Recount:
        self[version] = Recount(calendar_at(version), clock.today())
        return self[version]


# --- I12: what is closed has its paper ------------------------------------------------------------------------


def ends_have_their_paper() -> Finding:
    kinds = {
        "closed": PaperKind.CLOSING_FORM,
        "cancelled": PaperKind.CANCELLATION,
        "transferred_out": PaperKind.TRANSFER_OUT_LETTER,
    }
    needed = ", ".join(f"('{state}', '{kind.value}')" for state, kind in kinds.items())
    ends = ", ".join(
        f"('{name}', '{state}')" for name in ("intake", "inspection") for state in sorted(PROCEDURES[name].END_STATES)
    )
    return _finding(
        "I12",
        "结案、撤销、移送的案件有相应文书，只能写明理由重新办理",
        f"SELECT count(*) FROM workflows_inspection i JOIN (VALUES {needed}) k(state, kind) USING (state)",
        f"SELECT 'inspection ' || i.public_id || ' is ' || i.state || ' without ' || k.kind FROM workflows_inspection i"
        f" JOIN (VALUES {needed}) k(state, kind) USING (state) WHERE NOT EXISTS (SELECT FROM workflows_paper p"
        " WHERE p.subject = i.public_id AND p.kind = k.kind AND p.content_sha256 ~ '^[0-9a-f]{64}$'"
        " AND p.made_at = i.since)",
        f"SELECT 'event ' || e.public_id || ' leaves ' || e.from_state || ' by ' || e.act || ', or says no reason'"
        f" FROM workflows_event e JOIN (VALUES {ends}) x(procedure, state)"
        " ON (x.procedure, x.state) = (e.procedure, e.from_state)"
        " WHERE e.to_state <> e.from_state AND (e.act <> 'reopen' OR e.reason = '')",
    )


def papers_are_as_made() -> Finding:
    """The hash of each paper recomputed from its content."""
    checked = 0
    wrong: list[str] = []
    rows = Paper.objects.order_by("id").values_list("public_id", "content", "content_sha256").iterator(2000)
    for public_id, content, sha256 in rows:
        checked += 1
        if hashlib.sha256(canonical(content)).hexdigest() != sha256 and len(wrong) < NAMED:
            wrong.append(f"paper {public_id} is not what was made")
    return Finding("I12", "文书内容与制作时的哈希一致", checked, tuple(wrong))


# --- I20: money ------------------------------------------------------------------------------------------------


def money_adds_up() -> Finding:
    owed_once = "greatest(claimed, coalesce(verified, 0), coalesce(ordered, 0))"
    return _finding(
        "I20",
        "已付等于各笔支付之和，不超过应付；文书合计等于各行之和",
        "SELECT count(*) FROM workflows_ledgerline",
        "SELECT 'line ' || l.public_id || ' says paid ' || l.paid || ', its payments say '"
        " || coalesce(sum(p.amount), 0)"
        " FROM workflows_ledgerline l LEFT JOIN workflows_payment p ON p.line_id = l.id GROUP BY l.id"
        " HAVING l.paid <> coalesce(sum(p.amount), 0)",
        "SELECT 'line ' || public_id || ' has an amount below zero' FROM workflows_ledgerline"
        " WHERE least(claimed, verified, ordered, settled_otherwise) < 0 AND corrects_id IS NULL OR paid < 0",
        "SELECT 'line ' || public_id || ' is not rate × quantity − paid' FROM workflows_ledgerline"
        " WHERE corrects_id IS NULL AND (due <> round(rate * quantity, 2) OR claimed <> due - already_paid)",
        "SELECT 'line ' || l.public_id || ' and its counter-line are not nought together' FROM workflows_ledgerline l"
        " LEFT JOIN workflows_ledgerline c ON c.corrects_id = l.id WHERE l.countered AND (c.id IS NULL OR"
        " (l.claimed + c.claimed, l.paid + c.paid, l.settled_otherwise + c.settled_otherwise) <> (0, 0, 0)"
        " OR coalesce(l.verified + c.verified, 0) <> 0 OR coalesce(l.ordered + c.ordered, 0) <> 0)",
        "SELECT 'line ' || public_id || ' is ordered without having been verified' FROM workflows_ledgerline"
        " WHERE ordered IS NOT NULL AND verified IS NULL",
        "SELECT 'line ' || public_id || ' is paid beyond what was ever owed' FROM workflows_ledgerline"
        f" WHERE corrects_id IS NULL AND paid > {owed_once}",
        "SELECT 'line ' || public_id || ' is settled as paid and has a rest' FROM workflows_ledgerline"
        " WHERE settled_how = 'paid' AND coalesce(ordered, verified, claimed) - paid - settled_otherwise > 0",
        "SELECT 'line ' || l.public_id || ' hangs on another case than its complaint' FROM workflows_ledgerline l"
        " JOIN workflows_complaint c ON c.id = l.complaint_id WHERE l.case_id IS DISTINCT FROM c.case_id",
        "SELECT 'payment ' || p.public_id || ' is no counter-line of what it corrects' FROM workflows_payment p"
        " JOIN workflows_payment w ON w.id = p.corrects_id WHERE p.amount <> -w.amount OR p.line_id <> w.line_id",
        "SELECT 'payment ' || public_id || ' is below zero and corrects nothing' FROM workflows_payment"
        " WHERE amount <= 0 AND corrects_id IS NULL",
        "SELECT 'paper ' || public_id || ' has another total than its lines' FROM workflows_paper"
        " WHERE (content ->> 'total')::numeric <> (SELECT coalesce(sum((w ->> 'rest')::numeric), 0)"
        " FROM jsonb_array_elements(content -> 'workers') w)",
        "SELECT 'paper ' || public_id || ' has another sum in ' || t.key FROM workflows_paper,"
        " jsonb_each_text(content -> 'totals') t WHERE t.value::numeric <> (SELECT"
        " coalesce(sum(nullif(w ->> t.key, '')::numeric), 0) FROM jsonb_array_elements(content -> 'workers') w)",
        "SELECT 'transfer ' || public_id || ' has a sheet that does not add up' FROM workflows_policetransfer"
        " WHERE sheet ? 'per_worker' AND (sheet ->> 'total')::numeric <> (SELECT"
        " coalesce(sum((w ->> 'amount')::numeric), 0) FROM jsonb_array_elements(sheet -> 'per_worker') w)",
    )


def advances_add_up() -> Finding:
    """Each yuan of deposit and fund: the shares of a use, the payments that name it, what came back of it."""
    return _finding(
        "I20",
        "保证金、周转金：所列份额、支付和收回逐笔相符",
        "SELECT count(*) FROM workflows_funduse",
        "SELECT 'use ' || u.public_id || ' asks for ' || u.amount || ', its shares say ' || coalesce(sum(s.amount), 0)"
        " FROM workflows_funduse u LEFT JOIN workflows_fundshare s ON s.use_id = u.id GROUP BY u.id"
        " HAVING u.amount <> coalesce(sum(s.amount), 0)",
        "SELECT 'use ' || u.public_id || ' says paid ' || u.paid || ', its payments say ' || coalesce(sum(p.amount), 0)"
        " FROM workflows_funduse u LEFT JOIN workflows_payment p ON p.fund_use_id = u.id GROUP BY u.id"
        " HAVING u.paid <> coalesce(sum(p.amount), 0)",
        "SELECT 'use ' || u.public_id || ' says recovered ' || u.recovered || ', its entries say '"
        " || coalesce(sum(r.amount), 0) FROM workflows_funduse u LEFT JOIN workflows_recovery r ON r.use_id = u.id"
        " GROUP BY u.id HAVING u.recovered <> coalesce(sum(r.amount), 0)",
        "SELECT 'payment ' || p.public_id || ' comes from deposit or fund and names no use' FROM workflows_payment p"
        " WHERE p.payer IN ('wage_deposit', 'relief_fund') AND p.fund_use_id IS NULL",
        "SELECT 'use ' || u.public_id || ' pays lines of another case' FROM workflows_funduse u"
        " JOIN workflows_fundshare s ON s.use_id = u.id JOIN workflows_ledgerline l ON l.id = s.line_id"
        " JOIN workflows_case c ON c.id = u.case_id"
        " WHERE l.case_id <> u.case_id AND c.joined_into_id IS NULL AND u.state IN ('asked', 'granted')",
    )


_OURS = "table_schema = 'public' AND table_name ~ '^(workflows|notifications|casedesk)_'"


def no_column_is_a_float() -> Finding:
    return _finding(
        "I20",
        "没有浮点列",
        f"SELECT count(*) FROM information_schema.columns WHERE {_OURS}",
        "SELECT 'column ' || table_name || '.' || column_name || ' is ' || data_type FROM information_schema.columns"
        f" WHERE {_OURS} AND data_type IN ('real', 'double precision', 'money')",
    )


# --- I21: time -------------------------------------------------------------------------------------------------


def time_runs_forward() -> Finding:
    chained = (
        "SELECT public_id, at, recorded_at, lag(recorded_at) OVER"
        " (PARTITION BY case_id, complaint_id ORDER BY seq) AS before FROM workflows_event"
    )
    return _finding(
        "I21",
        "记录时间逐条不减，发生不晚于记录",
        "SELECT count(*) FROM workflows_event",
        "SELECT 'event ' || public_id || ' happened after it was recorded' FROM workflows_event WHERE at > recorded_at",
        f"SELECT 'event ' || public_id || ' was recorded before the one before it' FROM ({chained}) e"
        " WHERE recorded_at < before",
    )


def every_moment_has_a_zone() -> Finding:
    return _finding(
        "I21",
        "没有不带时区的时间列",
        f"SELECT count(*) FROM information_schema.columns WHERE {_OURS} AND data_type LIKE 'timestamp%%'",
        "SELECT 'column ' || table_name || '.' || column_name || ' has no zone' FROM information_schema.columns"
        f" WHERE {_OURS} AND data_type LIKE 'time%%without time zone'",
    )


# --- I6–I8: the mailroom ---------------------------------------------------------------------------------------


def mail_is_delivered() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notifications_delivery")
        checked = cursor.fetchone()[0]
    return Finding("I6-8", "送达有凭证，没有悄悄停下的投递", checked, tuple(mail_breaches()[:NAMED]))


INVARIANTS: tuple[Callable[[], Finding], ...] = (
    keys_are_answered_once,
    states_follow_the_record,
    versions_are_gap_free,
    chains_hold,
    notices_match_the_record,
    mail_is_delivered,
    open_files_have_a_limit,
    cases_know_their_nearest_limit,
    due_dates_recompute,
    ends_have_their_paper,
    papers_are_as_made,
    money_adds_up,
    advances_add_up,
    no_column_is_a_float,
    time_runs_forward,
    every_moment_has_a_zone,
)


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """The findings as they are printed: one line each, and under a broken one the rows."""
    for found in findings:
        said = "通过" if found.holds else f"不符 {len(found.breaches)}{'+' if len(found.breaches) == NAMED else ''}"
        yield f"{found.id:<5} {said:<6} 查 {found.checked:>8,}  {found.says}"
        yield from (f"      {breach}" for breach in found.breaches)
