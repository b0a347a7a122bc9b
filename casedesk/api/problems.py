"""Every refusal as application/problem+json: what it is, why, which field, what is possible instead.

One table from the errors of the layers to an answer. What is not in it is a mistake of ours and stays a 500.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.response import Response

from casedesk.api.parsing import Malformed
from workflows.errors import InvalidInput, NotPossibleNow, NotVisible, Refusal

MEDIA_TYPE = "application/problem+json"
#: constraints that a well-formed request may run into: the field it is about and what to say
KNOWN_CONSTRAINTS = {
    "complaint_source_once": ("source_id", "这个来源编号已经登记过"),
    "employer_code_once": ("unified_credit_code", "这个统一社会信用代码已属于另一用人单位"),
    "one_open_request_per_act": ("", "这个动作已有一份待审批的申请"),
    "one_open_transfer_per_kind": ("kind", "本案已有一件未办结的同类移送"),
}
#: somebody else held the rows: deadlock, serialization, lock timeout
_BUSY = frozenset({"40001", "40P01", "55P03"})

TITLES = {
    400: ("malformed", "请求的格式有误"),
    401: ("not_signed_in", "请先登录"),
    403: ("permission_denied", "您无权办理"),
    404: ("not_found", "没有找到"),
    405: ("method_not_allowed", "这个地址不支持该方法"),
    406: ("not_acceptable", "只能以 application/json 回答"),
    409: ("conflict", "与现有的数据冲突"),
    413: ("too_large", "请求过大"),
    415: ("unsupported_media_type", "不支持的内容类型"),
    422: ("invalid_input", "提交的内容有误"),
    429: ("too_many_tries", "尝试次数过多"),
    503: ("unavailable", "暂时不能办理，请稍后再试"),
}


def handle(failure: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: the answer to a failure, or None for one that is not the caller's."""
    if isinstance(failure, Refusal):
        return _refused(failure)
    if isinstance(failure, exceptions.APIException):
        return _of_rest_framework(failure)
    if isinstance(failure, Http404):
        return _refused(NotVisible())
    if isinstance(failure, DjangoPermissionDenied):
        return problem(403)
    if isinstance(failure, ValidationError):
        return problem(422, errors=_fields(failure))
    if isinstance(failure, RequestDataTooBig):
        return problem(413)
    if isinstance(failure, SuspiciousOperation | MultiPartParserError | UnreadablePostError):
        return problem(400)
    if isinstance(failure, DatabaseError):
        return _of_database(failure)
    return None


def problem(
    status: int,
    detail: str = "",
    *,
    kind: str = "",
    title: str = "",
    errors: Mapping[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """The answer itself. `errors` maps a field to sentences; "" stands for what belongs to no field."""
    usual_kind, usual_title = TITLES.get(status, ("refused", "请求被拒绝"))
    body = {
        "type": f"urn:casedesk:problem:{kind or usual_kind}",
        "title": title or usual_title,
        "status": status,
        "detail": detail or title or usual_title,
        **({"errors": dict(errors)} if errors else {}),
        **{name: value for name, value in more.items() if value},
    }
    return Response(body, status=status, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def _refused(refusal: Refusal) -> Response:
    """The engine's refusals keep their own words; the kind is the class's name."""
    kind = "".join(f"_{c.lower()}" if c.isupper() else c for c in type(refusal).__name__).lstrip("_")
    more: dict[str, Any] = {}
    if isinstance(refusal, InvalidInput):
        more["errors"] = refusal.errors
    if isinstance(refusal, NotPossibleNow):
        more |= {"reasons": refusal.reasons, "possible": refusal.possible}
    return problem(refusal.status, str(refusal), kind=kind, title=refusal.title, **more)


def _of_rest_framework(failure: exceptions.APIException) -> Response:
    headers = {}
    if getattr(failure, "auth_header", None):
        headers["WWW-Authenticate"] = failure.auth_header  # type: ignore[attr-defined]
    if getattr(failure, "wait", None):
        headers["Retry-After"] = str(int(failure.wait))  # type: ignore[attr-defined]
    errors = failure.errors if isinstance(failure, Malformed) else None
    return problem(failure.status_code, str(failure.detail), errors=errors, headers=headers)


def _of_database(failure: DatabaseError) -> Response | None:
    """Lock trouble and known constraints are answers to the caller; the database's words never leave the house."""
    cause = failure.__cause__
    if isinstance(failure, DataError):
        return problem(422, "内容超出可以保存的范围")
    if isinstance(failure, IntegrityError):
        named = getattr(getattr(cause, "diag", None), "constraint_name", None)
        if named in KNOWN_CONSTRAINTS:
            field, said = KNOWN_CONSTRAINTS[named]
            return problem(409, said, errors={field: [said]})
        return None
    if isinstance(failure, OperationalError):
        if getattr(cause, "sqlstate", None) in _BUSY:
            return problem(
                409, "另一个人正在办理同一案件，请稍后再试", kind="not_possible_now", headers={"Retry-After": "1"}
            )
        return problem(503, headers={"Retry-After": "5"})
    return None


def _fields(failure: ValidationError) -> dict[str, list[str]]:
    if hasattr(failure, "error_dict"):
        return {name: [str(one) for one in said] for name, said in failure.message_dict.items()}
    return {"": [str(one) for one in failure.messages]}
