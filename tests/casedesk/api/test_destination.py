"""Where a complaint goes and who came with it, by the API: by rule, by hand with a reason, never by a claimed rule."""

from __future__ import annotations

from casedesk.models import RoutingRule
from tests import walks
from workflows.models import Agency, Complaint


def test_a_destination_is_the_rules_or_has_its_reason(county):
    housing = Agency.objects.get(code="housing")
    RoutingRule.objects.create(sector="construction", agency=housing, basis="行业主管部门先行协调")
    call = {**walks.CALL, "industry_sector": "construction"}
    logged = county.operator.log(call)
    assert logged.status_code == 201
    read = county.squad_leader.get(f"complaints/{logged.json()['id']}").json()
    assert read["destination"] == {"code": "housing", "name": housing.name}
    assert (read["destination_basis"], read["destination_reason"]) == ("行业主管部门先行协调", "")

    before = Complaint.objects.count()
    for wrong, field in (
        ({"destination": "water"}, "destination_reason"),
        ({"destination_reason": "水库工地"}, "destination"),
        ({"destination": "nowhere", "destination_reason": "x"}, "destination"),
        ({"destination": "water", "destination_basis": "我说的"}, "destination_basis"),
        ({"join_case": "渑人社监案〔2026〕999号"}, "join_case"),
        ({"visit_departments": ["nobody"]}, "visit_departments"),
        ({"visit_people": 0}, "visit_people"),
        ({"regulator": "police"}, "regulator"),
    ):
        refused = county.operator.log({**call, **wrong})
        assert refused.status_code == 422 and list(refused.json()["errors"]) == [field], (wrong, refused.json())
    assert Complaint.objects.count() == before

    more = {
        "destination": "water", "destination_reason": "水库工地", "regulator": "water", "actual_controller": "孟三省",
        "visit_departments": ["police", "petition"], "visit_people": 5, "visit_result": "单位承诺周五付清",
    }  # fmt: skip
    logged = county.operator.log({**call, **more})
    read = county.squad_leader.get(f"complaints/{logged.json()['id']}").json()
    assert read["destination"]["code"] == "water" and read["destination_basis"] == ""
    assert (read["visit_departments"], read["visit_people"]) == (["police", "petition"], 5)
    assert (read["visit_result"], read["actual_controller"]) == ("单位承诺周五付清", "孟三省")
    hidden = county.leader.get(f"complaints/{logged.json()['id']}").json()
    assert hidden["visit_result"] is None and hidden["destination_reason"] == ""
