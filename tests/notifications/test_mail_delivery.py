"""Posting and delivering on a real database: once in effect, whatever stops in between."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from notifications.channels import AmbiguousOutcome, PermanentRefusal, Repeat, TemporaryFailure
from notifications.channels.inbox import mark_read
from notifications.delivery import Delivery, DeliveryAttempt, InboxItem, MailTask
from notifications.notice import Notice
from notifications.outbox import NoticeDraft, Round, deliver_due, post, rows_for
from notifications.posts import Person, Post
from notifications.reading import breaches, inbox_of, notices_about, open_tasks, progress_of, unsent_summary

pytestmark = pytest.mark.usefixtures("database")

Draft = Callable[..., NoticeDraft]
Passing = Callable[[], None]
InstallPeer = Callable[..., Any]
Race = Callable[..., list[Any]]


def posted(*drafts: NoticeDraft) -> list[Notice]:
    with transaction.atomic():
        return post(drafts)


def only() -> Delivery:
    return Delivery.objects.get()


def raising(error: BaseException) -> Callable[[str], None]:
    def act(key: str) -> None:
        raise error

    return act


# --- posting


def test_posting_takes_three_statements_and_belongs_in_a_transaction(draft: Draft) -> None:
    drafts = [draft(slot=str(number)) for number in range(30)]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        post(drafts)
    assert len(queries) == 3  # the agencies' channels, the notices, the deliveries
    assert (Notice.objects.count(), Delivery.objects.count()) == (30, 30)
    with pytest.raises(transaction.TransactionManagementError):
        post([draft(slot="outside")])


def test_nothing_is_posted_when_the_act_is_rolled_back(draft: Draft) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        post([draft()])
        raise RuntimeError("the act failed")
    assert not Notice.objects.exists()
    assert not Delivery.objects.exists()


def test_one_notice_is_posted_once(draft: Draft) -> None:
    posted(draft())
    with pytest.raises(IntegrityError, match="key"):
        posted(draft(text="换一种说法"))
    assert Notice.objects.count() == Delivery.objects.count() == 1


def test_what_is_stored_still_has_its_hash(draft: Draft) -> None:
    posted(draft(fields={"z": [1, {"y": "一"}], "a": None, "amount": "3.10"}))
    notice = Notice.objects.get()
    assert notice.fingerprint() == notice.content_sha256


# --- the in-app inbox


def test_a_notice_arrives_in_the_inbox_of_its_post(draft: Draft) -> None:
    (notice,) = posted(draft())
    moment = draft().posted_at + timedelta(days=3)
    result = deliver_due(clock=lambda: moment)
    assert (result.done, result.drained, result.dead, result.held) == (1, True, [], [])
    (item,) = inbox_of("police", ["police_officer", "other"])
    assert item.notice == notice
    assert (item.notice.state, item.notice.delivered_at, item.arrived_at) == ("delivered", moment, moment)
    assert not inbox_of("police", ["prosecutor"])
    assert not inbox_of("", [""])
    assert mark_read(item.pk, at=moment)
    assert not mark_read(item.pk, at=moment)
    delivery = only()
    assert (delivery.state, bytes(delivery.receipt or b"")) == ("done", f"inbox:{delivery.key}".encode())
    assert DeliveryAttempt.objects.get().status == "delivered"
    assert not breaches()


def test_a_person_finds_it_on_the_progress_page(draft: Draft) -> None:
    posted(draft(to=Person("complaint:7", "张三")))
    deliver_due()
    assert [item.notice.recipient_name for item in progress_of("complaint:7")] == ["张三"]
    assert not progress_of("")


def test_a_notice_that_is_no_longer_what_was_posted_is_not_delivered(draft: Draft) -> None:
    notices, deliveries = rows_for([draft()])
    deliveries[0].payload = "{}"
    Notice.objects.bulk_create(notices)
    Delivery.objects.bulk_create(deliveries)
    result = deliver_due()
    assert result.dead == [only().key]
    assert only().last_error == "the payload is no longer what was posted"
    assert not InboxItem.objects.exists()
    assert Notice.objects.get().state == "posted"


# --- races and crashes


def test_two_workers_send_two_hundred_deliveries_once_each(draft: Draft, peer: InstallPeer, race: Race) -> None:
    other_side = peer(Repeat.NEVER)
    posted(*[draft(slot=str(number), channels=("peer", "inbox")) for number in range(100)])
    results = race(*[lambda: deliver_due(limit=500, seconds=60)] * 2)
    assert sum(result.done for result in results) == 200
    assert set(other_side.sent.values()) == set(other_side.effects.values()) == {1}
    assert len(other_side.sent) == InboxItem.objects.count() == 100
    assert DeliveryAttempt.objects.count() == 200
    assert set(Delivery.objects.values_list("state", "attempts", "lease_by")) == {("done", 1, "")}
    assert not breaches()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_killed_during_the_send_leaves_it_to_the_next(
    draft: Draft, peer: InstallPeer, lease_runs_out: Passing, moment: str, killed: type[BaseException]
) -> None:
    other_side = peer()
    posted(draft(channels=("peer",)))
    setattr(other_side, moment, raising(killed()))
    with pytest.raises(killed):
        deliver_due(worker="first")
    assert (only().state, only().attempts, only().lease_by) == ("pending", 1, "first")

    setattr(other_side, moment, lambda key: None)
    assert deliver_due().done == 0, "the lease still holds"
    lease_runs_out()
    assert deliver_due(worker="second").done == 1
    assert list(other_side.effects.values()) == [1]
    tries = DeliveryAttempt.objects.order_by("number").values_list("number", "worker", "status")
    assert list(tries) == [(1, "first", "lost"), (2, "second", "delivered")]
    assert not breaches()


def test_a_worker_killed_after_the_inbox_was_filled_doubles_nothing(
    draft: Draft, lease_runs_out: Passing, monkeypatch: pytest.MonkeyPatch, killed: type[BaseException]
) -> None:
    posted(draft())
    with monkeypatch.context() as patched:
        patched.setattr("notifications.outbox._finish", lambda *given: raising(killed())(""))
        with pytest.raises(killed):
            deliver_due()
    assert InboxItem.objects.count() == 1
    lease_runs_out()
    assert deliver_due().done == 1
    assert InboxItem.objects.count() == 1
    assert only().state == "done"


def test_a_slow_worker_that_lost_its_lease_cannot_write_a_failure_over_anothers_try(
    draft: Draft, peer: InstallPeer, lease_runs_out: Passing
) -> None:
    other_side = peer()
    posted(draft(channels=("peer",)))

    def meanwhile(key: str) -> None:
        lease_runs_out()
        other_side.before = lambda key: None
        assert deliver_due(worker="second").done == 1
        raise TemporaryFailure("too late")

    other_side.before = meanwhile
    assert deliver_due(worker="first").retried == 0
    assert only().state == "done"
    assert sorted(DeliveryAttempt.objects.values_list("number", "status")) == [
        (1, "lost"),
        (1, "temporary"),
        (2, "delivered"),
    ]


def test_a_success_that_comes_late_closes_the_task(draft: Draft, peer: InstallPeer, lease_runs_out: Passing) -> None:
    other_side = peer(Repeat.NEVER)
    posted(draft(channels=("peer",)))

    def meanwhile(key: str) -> None:
        lease_runs_out()
        assert deliver_due(worker="second").held == [key]
        assert MailTask.objects.filter(closed_at=None).count() == 1

    other_side.before = meanwhile
    assert deliver_due(worker="first").done == 1
    assert only().state == "done"
    assert not MailTask.objects.filter(closed_at=None).exists()
    assert not breaches()


# --- failures


def test_a_temporary_failure_waits_on_the_databases_clock(draft: Draft, peer: InstallPeer) -> None:
    other_side = peer()
    posted(draft(channels=("peer",)))
    other_side.before = raising(TemporaryFailure("out of order", peer_status="503", response=b"no"))
    assert deliver_due().retried == 1
    delivery = only()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM next_at - now()) FROM notifications_delivery")
        (wait,) = cursor.fetchone()
    assert 4 <= wait <= 15
    assert (delivery.lease_by, delivery.lease_until, delivery.last_error) == ("", None, "out of order")
    attempt = DeliveryAttempt.objects.get()
    assert (attempt.status, attempt.peer_status, len(attempt.response_sha256)) == ("temporary", "503", 64)
    assert attempt.request_sha256 == delivery.payload_sha256
    assert deliver_due() == Round(drained=True)


def test_twelve_failures_are_enough_and_somebody_gets_the_task(
    draft: Draft, peer: InstallPeer, wait_is_over: Passing
) -> None:
    other_side = peer()
    posted(draft(channels=("peer",)), draft(event_ref="event:2"))
    other_side.before = raising(TemporaryFailure("out of order"))
    results = []
    for _count in range(15):
        results.append(deliver_due())
        wait_is_over()
    assert sum(result.retried for result in results) == 11
    assert sum(other_side.sent.values()) == 12
    dead = Delivery.objects.get(channel="peer")
    assert [key for result in results for key in result.dead] == [dead.key]
    assert (dead.state, dead.attempts) == ("dead", 12)
    (task,) = open_tasks("hrss", ["squad_leader"])
    assert (task.delivery, task.reason) == (dead, "out of order")
    assert task.due_on > task.opened_at.date()
    assert Delivery.objects.get(channel="inbox").state == "done"
    summary = unsent_summary()
    assert (summary.pending, summary.dead, summary.held, summary.open_tasks) == (0, 1, 0, 1)
    assert not breaches()


def test_a_payload_that_kills_its_worker_dies_after_twelve_and_takes_no_other_with_it(
    draft: Draft, peer: InstallPeer, lease_runs_out: Passing, killed: type[BaseException]
) -> None:
    other_side = peer()
    (poison, *_others) = posted(*[draft(slot=str(number), channels=("peer",)) for number in range(6)])
    poisoned = f"{poison.key}|peer"

    def die(key: str) -> None:
        if key == poisoned:
            raise killed

    other_side.before = die
    kills = 0
    for _count in range(20):
        try:
            deliver_due()
        except killed:
            kills += 1
        lease_runs_out()
    assert kills == 12
    assert Delivery.objects.get(key=poisoned).state == "dead"
    assert DeliveryAttempt.objects.filter(delivery__key=poisoned, status="lost").count() == 12
    assert set(Delivery.objects.exclude(key=poisoned).values_list("state", "attempts")) == {("done", 1)}
    assert MailTask.objects.get().reason == "the worker stopped during the try"
    assert not breaches()


def test_a_refusal_is_not_repeated(draft: Draft, peer: InstallPeer, wait_is_over: Passing) -> None:
    other_side = peer()
    posted(draft(channels=("peer",)))
    other_side.before = raising(PermanentRefusal("unknown addressee", peer_status="422"))
    assert len(deliver_due().dead) == 1
    wait_is_over()
    assert deliver_due() == Round(drained=True)
    assert sum(other_side.sent.values()) == 1


def test_a_notice_whose_words_were_changed_is_not_delivered(draft: Draft) -> None:
    notices, deliveries = rows_for([draft()])
    notices[0].text = "别的话"
    Notice.objects.bulk_create(notices)
    Delivery.objects.bulk_create(deliveries)
    assert len(deliver_due().dead) == 1
    assert not InboxItem.objects.exists()


@pytest.mark.parametrize("error", [AmbiguousOutcome("no answer"), ConnectionResetError("张三 13800000000")])
def test_an_ambiguous_outcome_stops_a_channel_without_key_or_query(
    draft: Draft, peer: InstallPeer, wait_is_over: Passing, error: Exception
) -> None:
    other_side = peer(Repeat.NEVER)
    posted(draft(channels=("peer",)))
    other_side.after = raising(error)
    assert len(deliver_due().held) == 1
    wait_is_over()
    assert deliver_due() == Round(drained=True)
    assert list(other_side.effects.values()) == [1]
    assert MailTask.objects.get().reason in ("no answer", "ConnectionResetError")
    assert "张三" not in only().last_error
    assert not breaches()


def test_an_ambiguous_outcome_is_asked_about_where_one_can_ask(
    draft: Draft, peer: InstallPeer, wait_is_over: Passing
) -> None:
    other_side = peer(Repeat.QUERY)
    posted(draft(channels=("peer",)))
    other_side.after = raising(AmbiguousOutcome("no answer"))
    assert deliver_due().retried == 1
    wait_is_over()
    assert deliver_due().done == 1
    assert (sum(other_side.sent.values()), other_side.asked) == (1, 1)
    assert bytes(only().receipt or b"") == b"found"


def test_a_killed_worker_on_a_channel_without_key_or_query_leaves_it_held(
    draft: Draft, peer: InstallPeer, lease_runs_out: Passing, killed: type[BaseException]
) -> None:
    other_side = peer(Repeat.NEVER)
    posted(draft(channels=("peer",)))
    other_side.after = raising(killed())
    with pytest.raises(killed):
        deliver_due()
    lease_runs_out()
    assert len(deliver_due().held) == 1
    assert list(other_side.sent.values()) == [1]


def test_an_unknown_channel_is_a_refusal(draft: Draft, peer: InstallPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    peer()
    posted(draft(channels=("peer",)))
    monkeypatch.undo()
    assert len(deliver_due().dead) == 1
    assert only().last_error == "there is no channel peer"


def test_delivering_inside_a_transaction_is_refused(draft: Draft) -> None:
    posted(draft())
    with transaction.atomic(), pytest.raises(RuntimeError, match="outside every transaction"):
        deliver_due()
    assert only().attempts == 0


# --- reading


def test_what_was_said_about_a_subject_can_be_listed(draft: Draft) -> None:
    posted(draft(), draft(to=Post("procuratorate", "prosecutor")), draft(subject_ref="case:2", event_ref="event:2"))
    deliver_due()
    assert [str(notice.recipient) for notice in notices_about("case:1")] == [
        "police/police_officer",
        "procuratorate/prosecutor",
    ]
    assert {delivery.state for notice in notices_about("case:1") for delivery in notice.deliveries.all()} == {"done"}


def test_the_summary_of_what_is_unsent(draft: Draft, peer: InstallPeer) -> None:
    other_side = peer()
    assert unsent_summary().oldest_pending_at is None
    posted(draft(channels=("peer",)))
    other_side.before = raising(TemporaryFailure("later"))
    deliver_due()
    summary = unsent_summary()
    assert (summary.pending, summary.retrying, summary.dead) == (1, 1, 0)
    assert summary.oldest_pending_at is not None
