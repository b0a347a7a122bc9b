"""What every address of the API has in common: strict parameters, no guessing, the actor behind the request."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from casedesk.api import serializers as s
from casedesk.api.parsing import NoQuery, plain_and_small, read_query
from casedesk.api.shapes import render
from workflows.errors import NotVisible, PermissionDenied
from workflows.inputs import Inputs

M = TypeVar("M", bound=Model)
PAGE = 25


class ApiView(APIView):
    """One address. `query` says which parameters a GET takes; nothing else is taken, and OPTIONS tells nothing."""

    metadata_class = None
    query: type[Inputs] = NoQuery
    #: bytes a body may have
    largest = 1024 * 1024

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        own_password_first(request.user)
        plain_and_small(request, self.largest)
        self.asked = read_query(request, self.query if request.method in ("GET", "HEAD") else NoQuery)


def own_password_first(user: Any) -> None:
    """An administrator told him his password: only the page where he chooses his own is open to him, and no token is
    his. Raises PermissionDenied.
    """
    if getattr(user, "temporary_password", False):
        raise PermissionDenied("当前密码是管理员给的临时密码，请先在网页登录并改成自己的密码，再使用接口")


class NotHere(ApiView):
    """Every address that does not exist, with the answer of what may not be seen."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super(ApiView, self).initial(request, *args, **kwargs)
        raise NotVisible()


def one(rows: QuerySet[M], public_id: UUID) -> M:
    """The row of a public id among those that may be seen. Raises NotVisible, for absent and hidden rows alike."""
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotVisible()
    return found


def page(rows: QuerySet[Any], asked: dict[str, Any], *, newest_first: bool = True) -> tuple[list[Any], str | None]:
    """A page by keyset over the public id, which grows with time, and where the next one starts."""
    size = asked.get("size") or PAGE
    if asked.get("after"):
        rows = rows.filter(**{f"public_id__{'lt' if newest_first else 'gt'}": asked["after"]})
    found = list(rows.order_by("-public_id" if newest_first else "public_id")[: size + 1])
    more = str(found[size - 1].public_id) if len(found) > size else None
    return found[:size], more


def paged(shape: type[s.Shape], items: list[Any], after: str | None) -> Response:
    """The answer that holds a page."""
    return Response({"results": render(shape, items, many=True), "next": after})
