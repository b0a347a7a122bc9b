"""Malformed intake: every entry of the catalogue's JSON part answers 4xx, names its field and writes nothing.

The numbers are those of the catalogue (reliability, section 8). 400: cannot be read. 413, 415: too large, of another
kind. 422: read, and wrong.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests import walks
from tests.casedesk.api.clients import County, is_problem
from tests.people import settle_county
from workflows import clock
from workflows.inputs import Inputs, Pointer, Rows
from workflows.models import Complaint
from workflows.procedures.intake_forms import LogForm

CALL = {**walks.CALL, "lines": [dict(walks.CALL["lines"][0])]}
LINE = CALL["lines"][0]


def call(**facts: Any) -> bytes:
    """A good call with some facts changed, as bytes."""
    return json.dumps({**CALL, **facts}).encode()


def line(**facts: Any) -> bytes:
    return call(lines=[{**LINE, **facts}])


def text(changed: str) -> bytes:
    """A good call with something put in as it stands, before its first field."""
    return b"{" + changed.encode("utf-8", "surrogatepass") + b", " + call()[1:]


def nested(levels: int) -> bytes:
    return text('"title": ' + "[" * levels + "]" * levels)


#: (item of the catalogue, body, expected status, the field that is named)
BODIES: list[tuple[str, bytes, int, str]] = [
    ("1 NUL in a text", call(violation_facts="欠薪\x00"), 400, "violation_facts"),
    ("1 NUL as a raw byte", call().replace(b"hotline", b"hot\x00line"), 400, ""),
    ("2 NUL inside a row", line(worker_name="林\x00"), 400, "lines"),
    ("2 NUL in a name", text('"a\\u0000b": 1'), 400, "a\ufffdb"),
    ("3 half a surrogate pair", text('"title": "\\ud800"'), 400, "title"),
    ("3 half a pair in bytes", text('"title": "\ud800"'), 400, ""),
    ("4 half a pair inside a row", call().replace(b'"claimed": "12600.00"', b'"claimed": "\\udc00"'), 400, "lines"),
    ("5 half a pair as a name", text('"\\ud800x": 1'), 400, "\ufffdx"),
    ("5 half a pair as a name inside", text('"title": {"\\ud800": 1}'), 400, "title"),
    ("6 NaN", text('"amount_claimed": NaN'), 400, "amount_claimed"),
    ("7 Infinity", text('"amount_claimed": Infinity'), 400, "amount_claimed"),
    ("7 -Infinity", text('"worker_count": -Infinity').replace(b'"worker_count": 2', b'"x": 2'), 400, "worker_count"),
    ("7 1e999", text('"amount_claimed": 1e999'), 400, "amount_claimed"),
    ("8 NaN as text", call(amount_claimed="NaN"), 422, "amount_claimed"),
    ("8 sNaN as text", call(amount_claimed="sNaN"), 422, "amount_claimed"),
    ("8 Infinity as text", call(amount_claimed="Infinity"), 422, "amount_claimed"),
    ("9 minus zero", call(amount_claimed="-0.00"), 422, "amount_claimed"),
    ("10 negative", call(amount_claimed="-5"), 422, "amount_claimed"),
    ("10 negative number", call(amount_claimed=-5), 422, "amount_claimed"),
    ("11 exponent as text", call(amount_claimed="1E+400"), 422, "amount_claimed"),
    ("11 exponent as number", text('"amount_claimed": 1e3'), 422, "amount_claimed"),
    ("12 100 000 digits", call(amount_claimed="9" * 100_000), 422, "amount_claimed"),
    ("13 5 000 digits", text('"amount_claimed": ' + "9" * 5_000), 400, "amount_claimed"),
    ("13 30 digits", text('"amount_claimed": ' + "9" * 30), 422, "amount_claimed"),
    ("14 2^31", call(worker_count=2**31), 422, "worker_count"),
    ("14 2^63", call(worker_count=2**63), 422, "worker_count"),
    ("14 a billion yuan too many", call(amount_claimed="1000000000000.00"), 422, "amount_claimed"),
    ("14 three decimals", call(amount_claimed="1.005"), 422, "amount_claimed"),
    ("15 true for a number", call(worker_count=True), 422, "worker_count"),
    ("15 2.0 for a whole number", call(worker_count=2.0), 422, "worker_count"),
    ("15 2.5 as text", call(worker_count="2.5"), 422, "worker_count"),
    ("15 float for money", call(amount_claimed=8400.5), 422, "amount_claimed"),
    ("15 1 for true", call(register=1), 422, "register"),
    ("15 text for true", call(employed_in_county="是"), 422, "employed_in_county"),
    ("17 Arabic-Indic digits", call(worker_count="١٢"), 422, "worker_count"),
    ("17 Arabic-Indic amount", call(amount_claimed="١٢٣"), 422, "amount_claimed"),
    ("18 year 0", call(arrears_from="0000-01-01"), 422, "arrears_from"),
    ("18 30 February", call(arrears_from="2026-02-30"), 422, "arrears_from"),
    ("18 a day with a time", call(arrears_from="2025-09-01T00:00"), 422, "arrears_from"),
    ("19 the last day of all", call(employment_end="9999-12-31"), 422, "employment_end"),
    ("20 the first day of all", call(received_at="0001-01-01T00:00:00Z"), 422, "received_at"),
    ("20 before its zone begins", call(received_at="0001-01-01T00:00:00+14:00"), 422, "received_at"),
    ("20 after its zone ends", call(received_at="9999-12-31T23:59:59-12:00"), 422, "received_at"),
    ("21 arrears of the future", call(arrears_to="2027-01-01"), 422, "arrears_to"),
    ("21 end before start", call(arrears_to="2025-08-01"), 422, "arrears_to"),
    ("21 longer than ten years", call(arrears_from="2014-01-01"), 422, "arrears_from"),
    ("21 a line's end before its start", line(period_to="2025-08-01"), 422, "lines"),
    ("21 received tomorrow", call(received_at="2026-03-03T09:00:00+08:00"), 422, "received_at"),
    ("22 leap second", call(received_at="2026-03-01T23:59:60+08:00"), 422, "received_at"),
    ("24 a list", b"[]", 400, ""),
    ("24 a list of calls", b"[" + call() + b"]", 400, ""),
    ("24 a text", b'"hotline"', 400, ""),
    ("24 null", b"null", 400, ""),
    ("24 a number", b"1", 400, ""),
    ("25 nothing", b"", 422, "channel"),
    ("25 blanks", b"   ", 400, ""),
    ("25 an empty object", b"{}", 422, "channel"),
    ("26 a name twice", text('"title": "甲"').replace(b'"channel"', b'"title": "x", "channel"'), 400, "title"),
    ("26 a name twice inside", call().replace(b'"months"', b'"claimed": "1", "months"'), 400, "claimed"),
    ("27 cut off", call()[:-10], 400, ""),
    ("27 something after", call() + b"{}", 400, ""),
    ("27 single quotes", b"{'channel': 'hotline'}", 400, ""),
    ("27 a trailing comma", call()[:-1] + b",}", 400, ""),
    ("27 a comment", b"/* */" + call(), 400, ""),
    ("27 a line break in a text", call().replace(b"hotline", b"hot\nline"), 400, ""),
    ("28 BOM", b"\xef\xbb\xbf" + call(), 400, ""),
    ("29 GBK", json.dumps(CALL, ensure_ascii=False).encode("gbk"), 400, ""),
    ("31 UTF-16", call().decode().encode("utf-16"), 400, ""),
    ("31 UTF-32", call().decode().encode("utf-32-le"), 400, ""),
    ("32 nesting 100 000", nested(100_000), 400, ""),
    ("32 objects 100 000", text('"title": ' + '{"a":' * 100_000 + "1" + "}" * 100_000), 400, ""),
    ("33 nesting 900", nested(900), 400, ""),
    ("33 nesting 21", nested(20), 400, "title"),
    ("33 nesting 20 is only wrong", nested(19), 422, "title"),
    ("34 3 MB", call(violation_facts="欠" * 1_000_000), 413, ""),
    ("39 blank name", call(complainant_name=" \u3000\t "), 422, "complainant_name"),
    ("40 zero-width name", call(complainant_name="\u200b\u200b"), 422, "complainant_name"),
    ("40 zero-width inside a name", call(complainant_name="林\u200b大河"), 422, "complainant_name"),
    ("41 direction override", call(complainant_name="林\u202e河大"), 422, "complainant_name"),
    ("41 direction isolate", call(employer_name="青石\u2066公司"), 422, "employer_name"),
    ("48 line break in a name", call(complainant_name="林大河\r\nBcc: x@example.org"), 422, "complainant_name"),
    ("48 line break in a title", call(title="欠薪\n求助"), 422, "title"),
    ("49 a forged log line", call(employer_name="青石\n2026-03-02 INFO ok"), 422, "employer_name"),
    ("49 an escape sequence", call(employer_name="\x1b[31m青石"), 422, "employer_name"),
    ("50 a role", call(role="squad_leader"), 422, "role"),
    ("50 is_staff", call(is_staff=True), 422, "is_staff"),
    ("50 state", call(state="accepted"), 422, "state"),
    ("50 names that pages add", call(csrfmiddlewaretoken="x"), 422, "csrfmiddlewaretoken"),
    ("50 a version where nothing stands", call(seen_version=1), 422, "seen_version"),
    ("50 a strange column", line(verified="1.00"), 422, "lines"),
    ("51 id", call(id=1), 422, "id"),
    ("51 version", call(version=5), 422, "version"),
    ("51 agency", call(agency="police"), 422, "agency"),
    ("51 bureau", call(bureau="hrss"), 422, "bureau"),
    ("51 the case", call(case=1), 422, "case"),
    ("52 a row that is a text", call(lines=["林大河"]), 422, "lines"),
    ("52 rows that are an object", call(lines={"0": LINE}), 422, "lines"),
    ("53 too long by one", call(employer_name="渑" * 121), 422, "employer_name"),
    ("53 name too long by one", call(complainant_name="林" * 61), 422, "complainant_name"),
    ("53 story too long by one", call(violation_facts="欠" * 20_001), 422, "violation_facts"),
    ("54 ID number of four digits", call(id_number="4112"), 422, "id_number"),
    ("54 ID number with a dash", call(id_number="41122119900101-001"), 422, "id_number"),
    ("55 phone in words", call(complainant_phone="一三九"), 422, "complainant_phone"),
    ("55 phone with an extension", call(complainant_phone="13900000001x12"), 422, "complainant_phone"),
    ("55 phone of 21 digits", call(complainant_phone="1" * 21), 422, "complainant_phone"),
    ("57 2 001 rows", call(lines=[{"worker_name": "工", "claimed": "1"}] * 2_001), 422, "lines"),
    ("57 a nameless row", line(worker_name=""), 422, "lines"),
    ("57 a row without an amount", call(lines=[{"worker_name": "林大河"}]), 422, "lines"),
    ("58 credit code with O", call(unified_credit_code="91411221MAO000000X"), 422, "unified_credit_code"),
    ("58 credit code, wrong check", call(unified_credit_code="914112210000000000"), 422, "unified_credit_code"),
    ("58 credit code too short", call(unified_credit_code="91411221"), 422, "unified_credit_code"),
    ("59 nobody", call(worker_count=0), 422, "worker_count"),
    ("no such channel", call(channel="fax"), 422, "channel"),
    ("no such township", call(township="999999999"), 422, "township"),
    ("no such sector", call(industry_sector="采矿"), 422, "industry_sector"),
    ("known and unknown employer", call(employer_unknown=True), 422, "employer_unknown"),
    ("registered without anything to say", call(violation_facts=""), 422, "violation_facts"),
    ("a petition of six", call(channel="petition", representatives="甲、乙、丙、丁、戊、己"), 422, "representatives"),
    ("late without a reason", call(received_at="2026-02-02T09:00:00+08:00"), 422, "reason"),
]  # fmt: skip


@pytest.fixture(scope="module")
def county(database_like: Callable[..., Any]) -> Iterator[County]:
    """One county for the whole catalogue: nothing in it may leave a trace."""
    with database_like("officers alone", build=settle_county) as people:
        yield County(people)


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with clock.at(walks.MONDAY):
        yield


def send(county: County, body: bytes, content_type: str = "application/json", **headers: str) -> Any:
    headers = {"Idempotency_Key": str(uuid4()), **headers}
    return county.operator.raw("POST", "complaints", body, content_type, **headers)


@pytest.mark.parametrize(("body", "status", "field"), [b[1:] for b in BODIES], ids=[b[0] for b in BODIES])
def test_malformed_bodies_are_refused_by_name_and_leave_nothing(county, rows, body, status, field):
    before = rows()
    answers = [send(county, body) for _ in range(2)]
    problem = is_problem(answers[0], status)
    assert field in problem.get("errors", {}), problem
    assert answers[0].content == answers[1].content
    assert rows() == before


HEADERS: list[tuple[str, dict[str, Any], int, str]] = [
    ("30 charset bogus", {"content_type": "application/json; charset=bogus"}, 415, ""),
    ("30 charset utf-7", {"content_type": "application/json; charset=utf-7"}, 415, ""),
    ("30 charset gbk", {"content_type": 'application/json; charset="GBK"'}, 415, ""),
    ("31 charset utf-16", {"content_type": "application/json;charset=utf-16"}, 415, ""),
    ("35 gzip", {"Content_Encoding": "gzip"}, 415, ""),
    ("35 deflate", {"Content_Encoding": "deflate"}, 415, ""),
    ("36 text", {"content_type": "text/plain"}, 415, ""),
    ("36 xml", {"content_type": "application/xml"}, 415, ""),
    ("36 a form", {"content_type": "application/x-www-form-urlencoded"}, 415, ""),
    ("36 nothing", {"content_type": ""}, 415, ""),
    ("36 nonsense", {"content_type": "json"}, 415, ""),
    ("37 multipart without boundary", {"content_type": "multipart/form-data"}, 415, ""),
    ("63 key of 10 kB", {"Idempotency_Key": "k" * 10_240}, 400, "Idempotency-Key"),
    ("63 key too long by one", {"Idempotency_Key": "k" * 121}, 400, "Idempotency-Key"),
    ("63 key with a line break", {"Idempotency_Key": "a\r\nSet-Cookie: x=1"}, 400, "Idempotency-Key"),
    ("63 key with a line feed", {"Idempotency_Key": "a\nb"}, 400, "Idempotency-Key"),
    ("63 empty key", {"Idempotency_Key": ""}, 400, "Idempotency-Key"),
    ("63 key with a blank", {"Idempotency_Key": "a b"}, 400, "Idempotency-Key"),
    ("63 key in Chinese", {"Idempotency_Key": "键"}, 400, "Idempotency-Key"),
    ("another kind of answer", {"Accept": "text/html"}, 406, ""),
]


@pytest.mark.parametrize(("how", "status", "field"), [h[1:] for h in HEADERS], ids=[h[0] for h in HEADERS])
def test_malformed_headers_are_refused(county, rows, how, status, field):
    before = rows()
    body = zlib.compress(call()) if "Content_Encoding" in how else call()
    problem = is_problem(send(county, body, **how), status)
    assert not field or field in problem["errors"]
    assert rows() == before


def test_60_a_missing_key_is_named(county, rows):
    before = rows()
    problem = is_problem(county.operator.post("complaints", CALL), 400)
    assert list(problem["errors"]) == ["Idempotency-Key"]
    assert rows() == before


JUNK = [{}, [], {"a": 1}, [["x"]], 1.5, -1]


@pytest.mark.parametrize("field", list(LogForm.base_fields))
def test_52_no_field_takes_a_value_of_another_type(county, rows, field):
    declared = LogForm.base_fields[field]
    before = rows()
    for junk in JUNK:
        if (isinstance(declared, Rows) or getattr(declared, "many", False)) and junk == []:
            continue
        problem = is_problem(send(county, call(**{field: junk})), 422)
        assert field in problem["errors"], (junk, problem)
    assert rows() == before


QUERIES = [
    ("70 invalid UTF-8", "complaints?state=%ff%fe", ""),
    ("70 NUL", "complaints?after=%00", ""),
    ("70 overlong number", "complaints?size=" + "9" * 5_000, "size"),
    ("70 number of 64 bits", "cases?size=9223372036854775808", "size"),
    ("70 page size", "complaints?size=1000000", "size"),
    ("70 page size 0", "complaints?size=0", "size"),
    ("70 page size -1", "complaints?size=-1", "size"),
    ("70 page size in words", "complaints?size=ten", "size"),
    ("70 5 000 ids", "complaints?id__in=" + ",".join(["1"] * 5_000), "id__in"),
    ("70 ordering by what is hidden", "complaints?ordering=informant__name", "ordering"),
    ("70 filtering by what is hidden", "complaints?informant__name__startswith=a", "informant__name__startswith"),
    ("70 page -1", "cases?page=-1", "page"),
    ("70 a state that is none", "complaints?state=registered,gone", "state"),
    ("70 a cursor that is none", "complaints?after=1", "after"),
    ("70 a cursor of the queue", "queue?after=2026-03-02T00:00:00~x", "after"),
    ("70 a cursor without a zone", f"queue?after=2026-03-02T00:00:00~{uuid4()}", "after"),
    ("70 a cursor of nobody's", f"queue?after=9999-01-01T00:00:00%2B08:00~{uuid4()}", "after"),
    ("70 a bucket that is none", "queue?bucket=late", "bucket"),
    ("70 a parameter twice", "complaints?size=1&size=2", "size"),
    ("70 names that pages add", "complaints?csrfmiddlewaretoken=x", "csrfmiddlewaretoken"),
    ("38 1 500 parameters", "complaints?" + "&".join(f"a{n}=1" for n in range(1_500)), ""),
    ("38 40 parameters", "complaints?" + "&".join(f"a{n}=1" for n in range(40)), ""),
    ("a number that is none", f"cases/{uuid4()}/timeline?before=now", "before"),
    ("a box that is none", f"cases/{uuid4()}/limits?all=perhaps", "all"),
]


@pytest.mark.parametrize(("path", "field"), [q[1:] for q in QUERIES], ids=[q[0] for q in QUERIES])
def test_70_malformed_parameters_are_refused(county, path, field):
    problem = is_problem(county.squad_leader.get(path), 400)
    assert not field or field in problem["errors"], problem


PATHS = [
    "complaints/%2e%2e", "complaints//", "complaints;jsessionid=1", "complaints/%00", "cases/" + "9" * 23, "cases/-1",
    "cases/00000000-0000-0000-0000-00000000000g", "nothing", "", "CASES", "inspection/x/actions/assign", "cases/%ff",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_69_addresses_that_are_none_answer_404(county, path):
    is_problem(county.squad_leader.get(path), 404)
    is_problem(county.squad_leader.raw("POST", path, b"{}"), 404)


def test_71_methods_that_an_address_lacks_answer_405(county):
    for method in ("OPTIONS", "TRACE", "PUT", "PATCH", "DELETE"):
        problem = is_problem(county.squad_leader.raw(method, "complaints", b""), 405)
        assert problem["title"]
    assert county.squad_leader.raw("HEAD", "complaints", b"").status_code == 200


def test_67_a_method_named_in_a_header_is_not_taken(county, rows):
    before = rows()
    is_problem(county.operator.post("complaints", {}, X_HTTP_Method_Override="GET", Idempotency_Key="x"), 422)
    assert county.operator.client.get("/api/complaints", headers={"Host": "evil.example"}).status_code == 400
    assert rows() == before


# --- what must be taken -----------------------------------------------------------------------------------------------

GOOD = [
    ("42 a rare character", {"complainant_name": "𠮷田大河"}),
    ("42 extension G", {"complainant_name": "\U00030000大河"}),
    ("42 a dot in a name", {"complainant_name": "阿卜杜拉·买买提"}),
    ("42 another dot", {"complainant_name": "古丽・阿依"}),
    ("42 a name of 55", {"complainant_name": "阿卜杜热依木·" + "买买提" * 16}),
    ("45 markup", {"employer_name": "<script>alert(1)</script>"}),
    ("46 a template", {"employer_name": "{{7*7}}{% load x %}${a}#{b}"}),
    ("47 SQL", {"employer_name": "'; DROP TABLE x; -- %_\\"}),
    ("43 a smile in a story", {"violation_facts": "老板不接电话😡"}),
    ("line breaks in a story", {"violation_facts": "第一行\r\n第二行\n\t第三行"}),
    ("54 ID number of 15", {"id_number": "411221900101001"}),
    ("54 ID number with x", {"id_number": "41122119900101001x"}),
    ("54 ID number, wrong check", {"id_number": "411221199001010010"}),
    ("54 a passport", {"id_number": "E12345678"}),
    ("55 a landline", {"complainant_phone": "0398-4812345"}),
    ("55 +86", {"complainant_phone": "+86 139 0000 0001"}),
    ("55 a 400 number", {"complainant_phone": "400-123-4567"}),
    ("55 a foreign number", {"complainant_phone": "+7 9161234567"}),
    ("59 nothing owed", {"amount_claimed": "0.00"}),
    ("59 the largest amount", {"amount_claimed": "999999999999.99"}),
    ("9 zero as -0", {"amount_claimed": "0"}),
    ("16 full-width digits", {"worker_count": "１２３"}),
    ("amount as a whole number", {"amount_claimed": 8400}),
    ("null is nothing said", {"amount_claimed": None, "crew_leader_name": None}),
    ("57 the accused complains", {"complainant_name": "青石", "employer_name": "青石"}),
]  # fmt: skip


@pytest.mark.parametrize("facts", [g[1] for g in GOOD], ids=[g[0] for g in GOOD])
def test_unusual_people_and_words_are_taken_as_they_are(county, facts):
    answer = send(county, call(**facts))
    assert answer.status_code == 201, answer.content.decode()
    kept = Complaint.objects.get(public_id=answer.json()["id"])
    if "complainant_name" in facts:
        assert kept.complainant_name == facts["complainant_name"]
    if "employer_name" in facts:
        shown = county.operator.get(f"complaints/{kept.public_id}")
        assert shown.json()["employer_name"] == facts["employer_name"]
        assert shown["Content-Type"] == "application/json"


def test_16_full_width_digits_are_read_as_digits(county):
    kept = Complaint.objects.get(public_id=send(county, call(worker_count="１２３")).json()["id"])
    assert kept.worker_count == 123


def test_23_a_moment_without_a_zone_is_of_shanghai(county):
    kept = Complaint.objects.get(public_id=send(county, call(received_at="2026-03-02T08:30:00")).json()["id"])
    assert kept.received_at.isoformat() == "2026-03-02T00:30:00+00:00"


def test_44_a_name_in_two_forms_of_unicode_is_one_name(county):
    composed, apart = "Zoé·阿里", "Zoe\u0301·阿里"
    ids = [send(county, call(complainant_name=name)).json()["id"] for name in (composed, apart)]
    names = Complaint.objects.filter(public_id__in=ids).values_list("complainant_name", flat=True)
    assert set(names) == {composed}


def test_a_source_is_taken_once(county, rows):
    assert send(county, call(channel="web", source_id="留言-1")).status_code == 201
    before = rows()
    problem = is_problem(send(county, call(channel="web", source_id="留言-1")), 422)
    assert list(problem["errors"]) == ["source_id"]
    assert rows() == before


# --- acts, approvals, sign-in -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def intake(county: County) -> str:
    """An intake in `registered`."""
    with clock.at(walks.MONDAY):
        return str(send(county, call()).json()["intake"])


ACTS: list[tuple[str, dict[str, Any], int, str]] = [
    ("at in words", {"reason": "催", "at": "yesterday"}, 422, "at"),
    ("at as a number", {"reason": "催", "at": 1772413200}, 422, "at"),
    ("at in the future", {"reason": "催", "at": "2026-03-02T09:00:01+08:00"}, 422, "at"),
    ("at before the state began", {"reason": "催", "at": "2026-03-01T09:00:00+08:00"}, 422, "at"),
    ("a version in words", {"reason": "催", "seen_version": "one"}, 422, "seen_version"),
    ("a negative version", {"reason": "催", "seen_version": -1}, 422, "seen_version"),
    ("124 another version", {"reason": "催", "seen_version": 99}, 409, ""),
    ("a field of another act", {"reason": "催", "route": "x"}, 422, "route"),
    ("no reason", {}, 422, "reason"),
    ("a blank reason", {"reason": " \n "}, 422, "reason"),
    ("a reason too long", {"reason": "催" * 4_001}, 422, "reason"),
    ("a reason of bells", {"reason": "催\x07"}, 422, "reason"),
]


@pytest.mark.parametrize(("body", "status", "field"), [a[1:] for a in ACTS], ids=[a[0] for a in ACTS])
def test_malformed_inputs_of_an_act_are_refused(county, rows, intake, body, status, field):
    before = rows()
    problem = is_problem(county.operator.act("intake", intake, "chase", body), status)
    assert not field or field in problem["errors"]
    assert rows() == before


TOKENS: list[tuple[str, dict[str, Any], int, str]] = [
    ("120 name of 10 kB", {"username": "a" * 10_240, "password": "x"}, 422, "username"),
    ("120 NUL", {"username": "a\x00", "password": "x"}, 400, "username"),
    ("120 a list", {"username": ["a"], "password": "x"}, 422, "username"),
    ("120 password of a number", {"username": "a", "password": 1}, 422, "password"),
    ("120 password of 10 kB", {"username": "a", "password": "x" * 10_240}, 422, "password"),
    ("120 no password", {"username": "a"}, 422, "password"),
    ("50 a stranger", {"username": "a", "password": "x", "is_staff": True}, 422, "is_staff"),
    ("120 nobody", {"username": "ﬁona", "password": "x"}, 401, ""),
]


@pytest.mark.parametrize(("body", "status", "field"), [t[1:] for t in TOKENS], ids=[t[0] for t in TOKENS])
def test_120_malformed_sign_ins_are_refused(county, body, status, field):
    problem = is_problem(county.nobody.post("token", body), status)
    assert not field or field in problem["errors"]


def test_every_field_that_may_be_empty_may_be_left_out():
    """The other half of 52: what is skipped above is skipped for these alone."""
    many = [n for n, f in LogForm.base_fields.items() if isinstance(f, Rows) or (isinstance(f, Pointer) and f.many)]
    assert many == ["visit_departments", "lines"] and issubclass(LogForm, Inputs)
