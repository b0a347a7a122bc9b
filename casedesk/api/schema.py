"""The OpenAPI document: what drf-spectacular cannot see by itself is said here, in Chinese.

Each act has an operation of its own, because each has a body of its own; all of it comes from the declarations of the
procedure files, so that document and enforcement cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from casedesk.api import replies as r
from casedesk.api import serializers as s
from casedesk.api.forms import body_schema, example, form_schema, query_parameters
from workflows.action import ActionRule, Procedure
from workflows.inputs import Inputs
from workflows.roles import SECOND_OFFICER, Role

JSON = "application/json"

#: what every operation may answer beside its own: the statuses of the layers, one shape
REFUSED: dict[Any, Any] = {("default", "application/problem+json"): OpenApiResponse(s.Problem, "被拒绝")}
KEY_NEEDED = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=True,
    description="1 至 120 个可见 ASCII 字符；同一键、同一内容重复提交得到同一回答，内容不同回答 422",
)  # fmt: skip
KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="可不填；填写后重复提交得到同一回答，内容不同回答 422",
)  # fmt: skip


class _Session(OpenApiAuthenticationExtension):
    """The session cookie, by its name behind TLS, wherever the document is made."""

    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey", "in": "cookie", "name": "__Host-session",
            "description": "网页登录的会话；提交时须带 X-CSRFToken",
        }  # fmt: skip


class _Token(OpenApiAuthenticationExtension):
    """The token of POST /api/token."""

    target_class = "rest_framework.authentication.TokenAuthentication"
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token 加空格加令牌"}


def reads(summary: str, answer: Any, *, query: type[Inputs] | None = None, tag: str, name: str) -> Any:
    """Describe a GET."""
    parameters = [
        OpenApiParameter(
            one["name"], one["schema"], OpenApiParameter.QUERY, required=False, description=one["description"]
        )
        for one in (query_parameters(query) if query else [])
    ]
    return extend_schema(
        operation_id=name, summary=summary, tags=[tag], request=None, parameters=parameters,
        responses={200: answer, **REFUSED},
    )  # fmt: skip


def writes(
    summary: str,
    answers: dict[int, Any],
    *,
    form: type[Inputs] | None = None,
    parameters: Sequence[Any] = (),
    tag: str,
    name: str,
    shown: dict[str, Any] | None = None,
    description: str = "",
    body: Any = None,
) -> Any:
    """Describe a POST or DELETE."""
    request = body or ({JSON: form_schema(form)} if form is not None and form.base_fields else None)
    sample = shown if shown is not None else (example(form) if form is not None else {})
    return extend_schema(
        operation_id=name, summary=summary, description=description, tags=[tag], request=request,
        parameters=list(parameters), responses={**answers, **REFUSED},
        examples=[OpenApiExample("例", value=sample, request_only=True)] if sample and request else [],
    )  # fmt: skip


def act(procedure: type[Procedure], name: str, rules: list[ActionRule]) -> Any:
    """Describe one act of one procedure."""
    answers: dict[int, Any] = {200: OpenApiResponse(r.Done, "已办理")}
    if any(rule.approval or rule.from_paper for rule in rules):
        answers[202] = OpenApiResponse(r.Asked, "已报审批，批准后办理")
    return writes(
        f"{procedure.LABEL}：{'、'.join(rule.label for rule in rules)}",
        answers,
        body={JSON: body_schema(rules)},
        shown=example(rules[0].asks),
        parameters=[KEY],
        tag=procedure.LABEL,
        name=f"{procedure.NAME}_{name}",
        description="\n\n".join(_said(procedure, rule) for rule in rules),
    )


def _said(procedure: type[Procedure], rule: ActionRule) -> str:
    """The declaration of an arrow in a sentence or two."""
    states = dict(cast(Any, procedure).State.choices)
    start = (
        "开启新的程序，地址中填案件或投诉标识"
        if rule.opens
        else f"从{'、'.join(str(label) for state, label in states.items() if state in rule.sources)}"
    )
    end = "状态不变" if rule.target is None else f"到{states[rule.target]}"
    who = "、".join(getattr(w, "label", str(w)) for w in rule.by if w != Role.SYSTEM)
    said = f"{rule.label}：{start}；{end}。办理：{who or '系统'}。依据：{rule.law}。"
    if rule.approval:
        said += f"须经{Role(rule.approval).label}审批。"
    if rule.from_paper:
        second = "另一名监察员或监察大队长"
        said += f"也可由承办监察员按纸质文书补录，经{second}确认（{SECOND_OFFICER}）。"
    return said
