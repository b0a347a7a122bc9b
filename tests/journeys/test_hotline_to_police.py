"""The main line, by the engine: from a call to the hand-over to the police."""

from datetime import timedelta

from tests import walks
from tests.people import settle_county
from workflows import clock
from workflows.models import Event, Inspection
from workflows.perform import perform
from workflows.record import first_broken
from workflows.roles import SYSTEM


def test_a_call_travels_to_the_police(database):
    people = settle_county()
    with clock.at(walks.MONDAY):
        inspection = walks.ordered(people, days=5)
    with clock.at(walks.MONDAY + timedelta(days=6)):
        done = perform(inspection, "expire", by=SYSTEM)
        assert done.subject.state == "expired"
        transfer = walks.sent(people, inspection)
        perform(transfer, "receive", by=people.police, inputs={"receiver": "公安乙"})
        perform(transfer, "file", by=people.police, inputs={"number": "渑公立〔2026〕1号"})
        done = perform(transfer, "hand_over", by=people.lead, inputs={"to": "公安乙", "items": "案卷一册"})
        assert done.subject.state == "handed_over"
    case = Inspection.objects.get(pk=inspection.pk).case
    assert first_broken(case) is None
    assert case.version == Event.objects.filter(case=case).count()
