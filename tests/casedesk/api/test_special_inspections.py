"""Special inspections by the API: started, filled, looked at, and the complaint that comes of one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests import walks
from workflows import clock
from workflows.models import Complaint


@pytest.fixture(autouse=True)
def monday():
    with clock.at(walks.MONDAY):
        yield


def test_a_special_inspection_from_start_to_complaint(county):
    team = [county.people.id("lead"), county.people.id("second")]
    told = {"name": "冬季专项检查", "from_day": "2026-03-01", "to_day": "2026-03-12", "team": team}
    started = county.squad_leader.post("special-inspections", told)
    assert started.status_code == 201
    campaign = started.json()
    assert (campaign["days_left"], campaign["total"], [one["id"] for one in campaign["team"]]) == (10, 0, team)
    here = f"special-inspections/{campaign['id']}"

    rows = [{"employer_name": "渑池县槐树沟砖厂"}, {"employer_name": "渑池县南关饭店", "project_name": "分店装修"}]
    for added, there in ((2, 0), (0, 2)):
        answer = county.bureau_head.post(f"{here}/entries", {"entries": rows})
        assert answer.json() == {"added": added, "there": there}
    wrong = county.squad_leader.post(f"{here}/entries", {"entries": [{"employer": str(uuid4())}]})
    assert wrong.status_code == 422 and wrong.json()["errors"] == {"entries": ["第 1 行：没有这个用人单位"]}

    first = county.lead.get(f"{here}/entries?size=1").json()
    second = county.lead.get(f"{here}/entries?size=1&after={first['next']}").json()
    first, second = first["results"][0], second["results"][0]
    assert (first["number"], second["number"], second["project_name"]) == (1, 2, "分店装修")
    looked = county.lead.post(
        f"special-inspection-entries/{first['id']}/findings", {"result": "corrected", "found": "当场补挂告示牌。"}
    )
    assert looked.status_code == 200 and looked.json()["findings"][0]["result_label"] == "当场整改"
    opened = county.second.post(
        f"special-inspection-entries/{second['id']}/findings", {"result": "complaint", "found": "拖欠两名厨师工资。"}
    )
    complaint = Complaint.objects.get(channel="inspection")
    assert opened.json()["findings"][0]["complaint"] == str(complaint.public_id)
    assert county.auditor.get(f"special-inspection-entries/{second['id']}").json()["findings"][0]["complaint"] is None
    again = county.second.post(
        f"special-inspection-entries/{second['id']}/findings", {"result": "complaint", "found": "再点一次。"}
    )
    assert again.status_code == 409 and Complaint.objects.filter(channel="inspection").count() == 1

    done = county.leader.get(here).json()
    assert (done["looked_at"], done["results"]) == (2, {"in_order": 0, "corrected": 1, "complaints": 1})
    changed = county.squad_leader.post(f"{here}/change", {**told, "to_day": "2026-03-31"})
    assert changed.status_code == 200 and changed.json()["days_left"] == 29
    assert county.housing.get("special-inspections").status_code == county.third.get(here).status_code == 404
