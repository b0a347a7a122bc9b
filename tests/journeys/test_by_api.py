"""The main line, by the API alone: from a call to the hand-over to the police, each step by the person whose step
it is.
"""

from datetime import timedelta
from typing import Any

from tests import walks
from tests.casedesk.api.clients import County, is_problem
from tests.people import settle_county
from workflows import clock
from workflows.models import Case, Event
from workflows.perform import perform
from workflows.record import first_broken
from workflows.roles import SYSTEM


def done(response: Any, state: str) -> dict[str, Any]:
    assert response.status_code == 200, response.content.decode()
    body: dict[str, Any] = response.json()
    assert body["state"] == state and body["events"]
    return body


def test_a_call_travels_to_the_police_by_http_alone(database):
    people = settle_county()
    county = County(people)
    with clock.at(walks.MONDAY):
        logged = county.operator.log(walks.CALL)
        assert logged.status_code == 201
        call = logged.json()
        assert call["state"] == "registered" and len(call["receipt"]["receipt_code"]) == 11
        assert county.operator.get(f"complaints/{call['id']}").json()["person"]["phone"] == "139****0001"

        accepted = done(county.squad_leader.act("intake", call["intake"], "accept"), "accepted")
        case = county.squad_leader.get(f"cases/{accepted['case']}").json()
        inspection = next(p["id"] for p in case["procedures"] if p["procedure"] == "inspection")

        offered = county.squad_leader.get(f"inspection/{inspection}/actions").json()
        assign = next(a for a in offered["actions"] if a["name"] == "assign")
        assert assign["possible"] and {i["name"] for i in assign["inputs"]} == {"lead", "others"}
        officers = {c["label"]: c["value"] for c in assign["inputs"][0]["choices"]}
        body = {"lead": officers["监察甲"], "others": [officers["监察乙"]], "seen_version": offered["version"]}
        done(county.squad_leader.act("inspection", inspection, "assign", body), "investigating")

        facts = {"findings": "欠付工资属实。", "able_to_pay": True}
        done(county.lead.act("inspection", inspection, "establish_facts", facts), "facts_established")

        pay_by = str(clock.today() + timedelta(days=5))
        asked = county.lead.act("inspection", inspection, "order_payment", {"pay_by": pay_by})
        assert asked.status_code == 202
        request = asked.json()["approval"]
        assert request["needed"] == "squad_leader" and request["draft"]
        assert [a["id"] for a in county.squad_leader.get("approvals").json()["results"]] == [request["id"]]
        assert [a["id"] for a in county.lead.get("approvals?mine=true").json()["results"]] == [request["id"]]
        is_problem(county.lead.post(f"approvals/{request['id']}/decide", {"yes": True}), 403)
        decided = county.squad_leader.post(f"approvals/{request['id']}/decide", {"yes": True, "reason": "同意"}).json()
        assert decided["approval"]["state"] == "approved" and decided["done"]["state"] == "ordered"

        case = county.lead.get(f"cases/{accepted['case']}").json()
        order = next(p["id"] for p in case["papers"] if p["kind"] == "order")
        service = {"paper": order, "mode": "in_person", "place": "公司办公室", "recipient": "王某", "proof": "送达回证"}
        done(county.lead.act("inspection", inspection, "record_service", service), "ordered")
        limits = county.lead.get(f"cases/{accepted['case']}/limits").json()["results"]
        assert "PAY_BY" in {x["rule"] for x in limits}

    with clock.at(walks.MONDAY + timedelta(days=6)):
        row = Case.objects.get(public_id=accepted["case"])
        assert perform(row.inspection, "expire", by=SYSTEM).subject.state == "expired"
        body = {"kind": "refusal_to_pay", "facts": "有能力支付而不支付，经责令仍不支付。"}
        proposed = done(county.lead.act("police", accepted["case"], "propose_transfer", body), "proposed")
        transfer = proposed["id"]
        report = {"second_inspector": people.id("second"), "opinion": "建议移送。"}
        done(county.lead.act("police", transfer, "report", report), "reported")
        assert county.police.get("transfers").json()["results"] == []
        done(county.principal_head.act("police", transfer, "approve"), "approved")
        is_problem(county.police.get(f"transfers/{transfer}"), 404)
        done(county.lead.act("police", transfer, "send"), "sent")

        shown = county.police.get(f"transfers/{transfer}").json()
        assert shown["package"] and shown["case_number"] == case["number"]
        done(county.police.act("police", transfer, "receive", {"receiver": "公安乙"}), "received")
        done(county.police.act("police", transfer, "file", {"number": "渑公立〔2026〕1号"}), "police_filed")
        done(county.lead.act("police", transfer, "hand_over", {"to": "公安乙", "items": "案卷一册"}), "handed_over")

        timeline = county.lead.get(f"cases/{accepted['case']}/timeline?size=100").json()
        assert timeline["next"] is None
        assert [e["act"] for e in timeline["results"]][:4] == ["hand_over", "file", "receive", "send"]
        assert {e["act"] for e in timeline["results"] if e["approved_by"]} == {"order_payment"}

    row.refresh_from_db()
    assert first_broken(row) is None
    assert row.version == Event.objects.filter(case=row).count() == len(timeline["results"])
