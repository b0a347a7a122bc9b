"""送达: the form of one way at a time, chosen without script, and the paper page that leads to it."""

from __future__ import annotations

import re

import pytest

from tests import walks
from tests.casedesk.web.county import County
from workflows.casefile.papers import Paper, Service, ServiceMode
from workflows.models import Inspection
from workflows.perform import perform
from workflows.wording.serving import CALLED, WAYS

ALWAYS = {"paper", "mode", "place", "proof"}


def unserved(county: County) -> Paper:
    """An inquiry notice of the established case, not served yet."""
    inspection = Inspection.objects.get(public_id=county["established_inspection"])
    perform(inspection, "issue_inquiry", by=county.people.lead, inputs={"materials": "工资表"})
    return Paper.objects.get(case=inspection.case, kind="inquiry_notice")


def address(county: County) -> str:
    return f"/inspection/{county['established_inspection']}/actions/record_service/"


def fields(page: str) -> set[str]:
    form = re.search(r'<form class="card" method="post".*?</form>', page, re.S)[0]
    return set(re.findall(r'name="(\w+)"', form)) & {*ALWAYS, *CALLED}


@pytest.mark.parametrize("mode", ServiceMode.values)
def test_each_way_shows_its_own_fields_and_says_the_law(county: County, mode: str) -> None:
    paper = unserved(county)
    walks.scan(county.people, paper.case.inspection, "受送达人同意书")
    page = county.client("lead").get(address(county), {"mode": mode, "paper": str(paper.public_id)}).content.decode()
    assert fields(page) == ALWAYS | set(WAYS[mode].fields)
    assert WAYS[mode].article in page and WAYS[mode].effect in page
    assert f'<input type="hidden" name="mode" value="{mode}"' in page
    assert re.search(rf'<option value="{paper.public_id}" selected', page), "the paper is chosen already"
    shown = re.findall(r'href="\?mode=(\w+)&amp;paper=[\w-]+"( aria-current="true")?', page)
    assert [m for m, _ in shown] == ServiceMode.values and [m for m, now in shown if now] == [mode]


@pytest.mark.parametrize(
    ("mode", "lacking"),
    [(mode, group[0]) for mode, way in WAYS.items() for group in way.needs],
)  # fmt: skip
def test_what_a_way_needs_is_refused_by_field_and_article_and_typed_text_stays(
    county: County, mode: str, lacking: str
) -> None:
    paper = unserved(county)
    told = {"paper": str(paper.public_id), "mode": mode, "place": "渑池县黄河路18号门口", "proof": "第七号回证"}
    answer = county.client("lead").post(address(county), told)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Service.objects.filter(paper=paper).exists()
    assert WAYS[mode].article in page and f"{ServiceMode(mode).label}须有{CALLED[lacking]}" in page
    assert "渑池县黄河路18号门口" in page and fields(page) == ALWAYS | set(WAYS[mode].fields)


def test_without_evidence_the_form_says_where_photographs_come_from(county: County) -> None:
    unserved(county)
    page = county.client("lead").get(address(county), {"mode": "posted"}).content.decode()
    assert "现场照片或者录像须从证据材料中选取" in page and "/add_evidence/" in page


def test_nonsense_for_a_way_is_serving_in_person_and_refused_when_posted(county: County) -> None:
    paper = unserved(county)
    client = county.client("lead")
    assert fields(client.get(address(county), {"mode": "pigeon"}).content.decode()) == ALWAYS | {"recipient"}
    told = {"paper": str(paper.public_id), "mode": "pigeon", "place": "门口", "recipient": "王某", "proof": "回证"}
    assert client.post(address(county), told).status_code == 422 and not Service.objects.filter(paper=paper).exists()


def test_the_paper_page_leads_to_its_acts_or_says_why_not(county: County) -> None:
    paper = unserved(county)
    page = f"/papers/{paper.public_id}/"
    mine = county.client("lead").get(page).content.decode()
    serve = re.search(r'href="([^"]+record_service/\?paper=[^"]+)"', mine)[1]
    assert f"/reissue_paper/?paper={paper.public_id}" in mine
    asked = county.client("lead").get(serve)
    assert asked.status_code == 200 and re.search(
        rf'<option value="{paper.public_id}" selected', asked.content.decode()
    )
    others = county.client("squad_leader").get(page).content.decode()
    assert "record_service" not in others and "reissue_paper" not in others and "不能记录送达" not in others
    form = Paper.objects.get(case=paper.case, kind="filing_form")
    own = county.client("lead").get(f"/papers/{form.public_id}/").content.decode()
    assert "record_service" not in own and "reissue_paper" in own, "a form of the bureau's own goes to nobody"
    walks.served(county.people, paper.case.inspection, "inquiry_notice")
    after = county.client("lead").get(page).content.decode()
    assert "record_service/?" not in after and "本文书已经送达" in after
    assert "不能重新制作" in after and "不能更正" in after and "reissue_paper/?" not in after


def test_an_electronic_service_keeps_its_consent_beside_the_proof(county: County) -> None:
    paper = unserved(county)
    inspection = paper.case.inspection
    consent = walks.scan(county.people, inspection, "同意电子送达确认书")
    proof = walks.scan(county.people, inspection, "到达截图")
    told = {"paper": str(paper.public_id), "mode": "electronic", "place": "短信 139****0000", "recipient": "石某",
            "proof": "到达记录", "consent": consent, "scan_of_proof": proof}  # fmt: skip
    perform(inspection, "record_service", by=county.people.lead, inputs=told)
    (service,) = Service.objects.filter(paper=paper)
    assert (
        service.note == "受送达人已书面同意电子送达（同意电子送达确认书）"
        and str(service.proof_file.public_id) == proof
    )
