"""What an act did, read from the tables; and that a refusal did nothing at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from notifications.models import Notice
from workflows.errors import Refusal
from workflows.models import Event, Limit, Paper
from workflows.notices import MATRIX
from workflows.perform import Done
from workflows.record import Event as Recorded

#: tables that no act of a case writes, and the pulse of the clockwork
_NOT_OURS = ("django_", "auth_", "axes_", "casedesk_", "workflows_limitrule", "workflows_calendar", "workflows_village",
             "workflows_edge", "notifications_heartbeat")  # fmt: skip
_CHINESE = re.compile("[\u4e00-\u9fff]")


def did(
    done: Done,
    to: str,
    *,
    starts: Mapping[str, str | None] | None = None,
    stops: Sequence[str] = (),
    sends: Sequence[str] = (),
    papers: Sequence[str] = (),
) -> Recorded:
    """Assert all of what an act did: state, limits with their last days, notices and papers, no more and no less;
    return its event.

    `starts` gives the last day of each limit started, or None where the day is asserted elsewhere.
    """
    assert done.requested is None, "the act became a request"
    event = Event.objects.get(pk__in=Event.objects.filter(public_id=done.events[0].public_id))
    assert event.to_state == to
    assert type(done.subject).objects.get(pk=done.subject.pk).state == done.subject.state
    started = {rule: last for rule, _, last in event.facts.get("started", ())}
    wanted = starts or {}
    assert started.keys() == wanted.keys(), f"started {started}"
    assert {r: d for r, d in started.items() if wanted[r] is not None} == {r: d for r, d in wanted.items() if d}
    assert sorted(rule for rule, *_ in event.facts.get("stopped", ())) == sorted(stops)
    assert sorted({kind for kind, _ in event.facts.get("notices", ())}) == sorted(set(sends))
    made = [kind for e in done.events for kind in e.facts.get("papers", {})]
    assert sorted(made) == sorted(papers)
    for one in done.events:
        _rows_agree(one.public_id)
    return event


def _rows_agree(public_id: Any) -> None:
    """The rows an event speaks of are there, and say the same."""
    event = Event.objects.get(public_id=public_id)
    for rule, limit_id, last in event.facts.get("started", ()):
        limit = Limit.objects.get(public_id=limit_id)
        assert (limit.rule, str(limit.due_on), limit.started_by) == (rule, last, event.public_id)
    for rule, limit_id, outcome in event.facts.get("stopped", ()):
        limit = Limit.objects.get(public_id=limit_id)
        assert (limit.rule, limit.outcome, limit.stopped_by) == (rule, outcome, event.public_id)
        assert limit.stopped_at == event.at
    for number in event.facts.get("papers", {}).values():
        assert Paper.objects.filter(number=number).exists()
    posted = {(n.kind, n.key): n for n in Notice.objects.filter(event_ref=str(event.public_id))}
    assert sorted(posted) == sorted((kind, key) for kind, key in event.facts.get("notices", ()))
    for notice in posted.values():
        row = MATRIX[notice.kind]
        assert set(notice.fields) <= set(row.fields), f"{notice.kind} carries more than its row"
        assert (notice.title, notice.basis, notice.purpose) == (row.title, row.basis, row.purpose)
        assert (notice.answer_due_on is not None) == row.asks
        assert notice.deliveries.count() == 1


def recipients(event: Recorded, kind: str) -> list[str]:
    """To whom an event sent one kind of notice."""
    rows = Notice.objects.filter(event_ref=str(event.public_id), kind=kind).order_by("key")
    return [n.recipient_ref or f"{n.recipient_agency}/{n.recipient_role}" for n in rows]


def notice(event: Recorded, kind: str) -> Notice:
    """The one notice of a kind that an event sent."""
    return Notice.objects.get(event_ref=str(event.public_id), kind=kind)


def fresh(row: Any) -> Any:
    """The row as the tables have it now."""
    return type(row).objects.get(pk=row.pk)


def running(subject: Any) -> dict[str, str]:
    """The limits that run on a procedure, with their last days."""
    rows = Limit.objects.filter(subject=subject.public_id, stopped_at__isnull=True)
    return {x.rule: str(x.due_on) for x in rows}


def refused(kind: type[Refusal], act: Callable[[], Any], *, says: str = "", field: str | None = None) -> Refusal:
    """The act is refused in this way, with a reason a person can read, and nothing at all was written."""
    with nothing_written():
        try:
            act()
        except Refusal as refusal:
            assert type(refusal) is kind, f"refused as {type(refusal).__name__}: {refusal}"
            assert _CHINESE.search(str(refusal)), f"no human reason: {refusal!r}"
            assert says in str(refusal), str(refusal)
            if field is not None:
                named = getattr(refusal, "errors", {})
                assert field in named, f"the field is not named: {named}"
            return refusal
        raise AssertionError(f"not refused: wanted {kind.__name__} {says}")


@contextmanager
def nothing_written() -> Iterator[None]:
    """Every table of the case file, the record and the mailroom is after the block what it was before."""
    before = fingerprint()
    yield
    after = fingerprint()
    assert {t for t in before if before[t] != after[t]} == set()


def fingerprint() -> dict[str, str]:
    """One hash for each table."""
    with connection.cursor() as cursor:
        tables = [t for t in connection.introspection.table_names(cursor) if not t.startswith(_NOT_OURS)]
        rows = 'SELECT x::text AS r FROM "{t}" x'
        one = "SELECT '{t}', coalesce(md5(string_agg(r, '|' ORDER BY r)), '') FROM (" + rows + ") y"
        parts = [one.format(t=t) for t in sorted(tables)]
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())
