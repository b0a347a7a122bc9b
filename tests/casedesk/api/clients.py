"""A client of the API per person: signed in by token, speaking JSON, remembering nothing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django.test import Client
from rest_framework.authtoken.models import Token

from casedesk.models import User
from tests.people import People


class Caller:
    """One person's client. `person` is a role's name of tests.people, None for nobody."""

    def __init__(self, people: People, person: str | None) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers: dict[str, str] = {}
        if person is not None:
            user, _ = User.objects.get_or_create(username=person, officer=people.officers[person])
            token, _ = Token.objects.get_or_create(user=user)
            self.headers["Authorization"] = f"Token {token.key}"

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/{path}", headers={**self.headers, **headers})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        raw = json.dumps(body if body is not None else {}).encode()
        return self.raw("POST", path, raw, **headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/{path}", headers=self.headers)

    def raw(self, method: str, path: str, raw: bytes, content_type: str = "application/json", **headers: str) -> Any:
        """Bytes as they are. A header's name is written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, f"/api/{path}", raw, content_type, headers={**self.headers, **named})

    def log(self, body: dict[str, Any], key: str | None = None) -> Any:
        return self.post("complaints", body, Idempotency_Key=key or str(uuid4()))

    def act(self, procedure: str, id: Any, act: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.post(f"{procedure}/{id}/actions/{act}", body, **headers)


class County:
    """Everybody's client, made when first asked for: `county.lead.get("cases")`."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.nobody = Caller(people, None)

    def __getattr__(self, person: str) -> Caller:
        if person.startswith("_"):
            raise AttributeError(person)
        caller = Caller(self.people, person)
        setattr(self, person, caller)
        return caller


def is_problem(response: Any, status: int) -> dict[str, Any]:
    """The body of a refusal, after a look at its form."""
    assert response.status_code == status, (response.status_code, response.content.decode()[:500])
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status and body["title"] and body["detail"] and body["type"].startswith("urn:casedesk:")
    return body
