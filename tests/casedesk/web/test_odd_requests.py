"""What no page of ours sends: moments no table takes, NUL, other encodings. Each gets an answer below 500.

The client raises what would be a 500.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.casedesk.web.county import WORK, County
from workflows.models import Inspection

MOMENTS = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-01T00:00:00+23:59", "2026-02-30", "\0"]
LISTS = (f"{WORK}?after={{}}_1", "/waiting/?after={}_1", "/cases/?after={}_1", "/lead/cases/?after={}_1",
         "/complaints/?after={}_1", "/lists/work/news/?since={}", "/lists/cases/news/?since={}")  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_cursor_made_up_is_the_first_page_or_none(county: County, moment: str) -> None:
    found = set()
    for who in ("lead", "squad_leader"):
        client = county.client(who)
        found |= {client.get(address.format(quote(moment))).status_code for address in LISTS}
        asked = client.get(f"/api/queue?after={quote(moment)}~{county['expired']}")
        assert asked.status_code in (200, 400) and (moment.startswith("2026-01") or asked.json()["errors"])
    assert found <= {200, 204, 403, 404} and (moment == "\0" or 200 in found)


def test_nothing_lies_at_an_address_with_nul(county: County) -> None:
    client = county.client("lead")
    for address in ("/cases/%00/", "/cases/%00/sharing/", "/campaigns/?q=%00", "/cases/?%00=1"):
        assert client.get(address).status_code == 404, address


def test_an_act_takes_a_moment_with_any_displacement_and_no_nul_in_any_field(county: County) -> None:
    client = county.client("lead")
    inspection = Inspection.objects.get(case__public_id=county["expired"])
    address = f"/inspection/{inspection.public_id}/actions/note/"
    before = inspection.case.events.count()
    for name in ("idempotency_key", "seen_version", "text", "at", "reason", "n\0"):
        refused = client.post(address, {"kind": "note", "text": "电话核实", name: "a\0b"})
        assert refused.status_code == 422 and inspection.case.events.count() == before, name
    typed: dict[str, Any] = {"kind": "note", "text": "电话核实", "at": "2026-01-01T00:00:00+23:59"}
    assert client.post(address, typed).status_code in (302, 409, 422)
    assert inspection.case.events.count() in (before, before + 1)


def test_the_purpose_for_which_numbers_are_shown_is_text_that_can_be_kept(county: County) -> None:
    address = f"/complaints/{county['complaint']}/numbers/"
    client = county.client("lead")
    for reason in ("核\0实", "核\u202e实", "长" * 201):
        assert client.post(address, {"reason": reason}).status_code == 422
    assert client.post(address, {"reason": "核实"}).status_code == 200


@pytest.mark.parametrize("charset", ["utf-16", "gbk", "hex", "nonsense"])
@pytest.mark.parametrize("form", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_in_another_encoding_is_refused_before_it_is_read(county: County, charset: str, form: str) -> None:
    client = county.client("lead", enforce_csrf_checks=True)
    for address in ("/me/lists/", "/sign-in/", "/p/"):
        assert client.generic("POST", address, b"a=1", f"{form}; charset={charset}").status_code == 415
    assert client.get(WORK, CONTENT_TYPE=f"{form}; charset={charset}").status_code == 415
    assert client.get(WORK, CONTENT_TYPE=f"{form}; charset=UTF-8").status_code == 200
