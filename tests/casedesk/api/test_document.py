"""The OpenAPI document says what the API does: every act described, every answer of the form that stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from config import embedded
from tests import walks
from tests.casedesk.api.clients import County
from tests.people import People, settle_county
from workflows import clock
from workflows.models import Case, Complaint, PoliceTransfer
from workflows.perform import perform
from workflows.procedures.registry import PROCEDURES

DOCUMENT = Path(embedded.REPOSITORY) / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    return found


def plain(document: dict[str, Any], schema: Any) -> Any:
    """A schema with its references filled in, `nullable` said as JSON Schema does, and no property unheard of."""
    if isinstance(schema, list):
        return [plain(document, one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return plain(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    made = {name: plain(document, one) for name, one in schema.items() if name not in ("nullable", "example")}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    if schema.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    return made


def answer_schema(document: dict[str, Any], path: str, method: str, status: str) -> dict[str, Any]:
    content = document["paths"][path][method]["responses"][status]["content"]
    found: dict[str, Any] = plain(document, next(iter(content.values()))["schema"])
    return found


def test_every_act_is_described_with_its_inputs(document):
    for procedure in PROCEDURES.values():
        for name, rules in procedure.acts().items():
            if name == "log" or all(rule.step_only for rule in rules):
                continue
            operation = document["paths"][f"/api/{procedure.NAME}/{{id}}/actions/{name}"]["post"]
            body = operation["requestBody"]["content"]["application/json"]["schema"]
            for rule in rules:
                assert set(rule.asks.base_fields) <= set(body["properties"]) and rule.label in operation["summary"]
            assert body["additionalProperties"] is False
            assert ("202" in operation["responses"]) == any(r.approval or r.from_paper for r in rules)


def test_every_operation_says_how_it_refuses_and_what_it_is_called(document):
    names = []
    for path, methods in document["paths"].items():
        for operation in methods.values():
            names.append(operation["operationId"])
            assert "application/problem+json" in operation["responses"]["default"]["content"], path
            assert operation["summary"] and operation["tags"]
    assert len(names) == len(set(names)) > 100


def test_examples_fit_their_own_schemas(document):
    for path, methods in document["paths"].items():
        for operation in methods.values():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            for example in content.get("examples", {}).values():
                errors = list(Draft7Validator(plain(document, content["schema"])).iter_errors(example["value"]))
                assert not errors, (path, errors[0].message)


def a_sent_transfer() -> People:
    with clock.at(walks.MONDAY):
        people = settle_county()
        walks.registered(people)
        inspection = walks.established(people)
        perform(inspection, "order_payment", by=people.lead, inputs={"pay_by": "2026-03-20"})
        inputs = {"agency": "housing", "question": "请提供施工许可。", "due_on": "2026-03-20"}
        perform(inspection, "ask_agency", by=people.lead, inputs=inputs)
        perform(inspection, "add_evidence", by=people.lead, inputs={"title": "考勤表"})
        walks.sent(people, inspection)
        return people


@pytest.fixture
def county(database_like: Callable[..., Any]) -> Iterator[County]:
    with database_like("api: sent", build=a_sent_transfer) as people, clock.at(walks.MONDAY):
        yield County(people)


@pytest.mark.parametrize("role", ["lead", "squad_leader", "leader", "police", "operator", "auditor", "nobody"])
def test_every_answer_has_the_form_of_the_document(county, document, role):
    ids = {
        "complaints": Complaint.objects.latest("id"), "cases": Case.objects.get(),
        "transfers": PoliceTransfer.objects.get(),
        "intake": Complaint.objects.earliest("id").intake, "inspection": Case.objects.get().inspection,
        "police": PoliceTransfer.objects.get(),
    }  # fmt: skip
    caller = county.nobody if role == "nobody" else getattr(county, role)
    seen = 0
    for path, methods in document["paths"].items():
        if "get" not in methods:
            continue
        subject = ids.get(path.split("/")[2])
        if "{id}" in path and subject is None:
            continue
        answer = caller.get(path.removeprefix("/api/").replace("{id}", str(getattr(subject, "public_id", ""))))
        status = "200" if answer.status_code == 200 else "default"
        schema = answer_schema(document, path, "get", status)
        errors = list(Draft7Validator(schema).iter_errors(answer.json()))
        assert not errors, (path, answer.status_code, errors[0].message[:300], list(errors[0].absolute_path))
        seen += 1
    assert seen > 15


def test_answers_of_acts_have_the_form_of_the_document(county, document):
    logged = county.operator.log(walks.CALL)
    Draft7Validator(answer_schema(document, "/api/complaints", "post", "201")).validate(logged.json())
    intake = logged.json()["intake"]
    done = county.operator.act("intake", intake, "reissue_receipt")
    path = "/api/intake/{id}/actions/reissue_receipt"
    Draft7Validator(answer_schema(document, path, "post", "200")).validate(done.json())
    refused = county.operator.act("intake", intake, "chase")
    Draft7Validator(answer_schema(document, path, "post", "default")).validate(refused.json())
    (request,) = county.squad_leader.get("approvals").json()["results"]
    decided = county.squad_leader.post(f"approvals/{request['id']}/decide", {"yes": True, "reason": "同意"})
    schema = answer_schema(document, "/api/approvals/{id}/decide", "post", "200")
    Draft7Validator(schema).validate(decided.json())
    assert decided.json()["done"]["state"] == "ordered"
