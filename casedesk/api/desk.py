"""What surrounds the work: storing a file, getting and giving back a token."""

from __future__ import annotations

from typing import Any, cast

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from rest_framework.authtoken.models import Token
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from casedesk.actor import actor_for, reading_as
from casedesk.api import replies as r
from casedesk.api.parsing import BodyTooLarge, body_of, read_form
from casedesk.api.problems import problem
from casedesk.api.schema import reads, writes
from casedesk.api.shapes import render
from casedesk.api.view import ApiView, own_password_first
from casedesk.files import BadFile, store
from casedesk.models import User
from workflows import clock
from workflows.casefile.evidence import LARGEST
from workflows.casefile.tasks import ReceptionDay
from workflows.errors import InvalidInput, PermissionDenied
from workflows.inputs import CleanText, Inputs
from workflows.procedures.registry import PROCEDURES
from workflows.reception import WHO, DayForm, set_reception_day
from workflows.roles import Role

#: what a multipart body needs around the file
AROUND_A_FILE = 64 * 1024
#: who looks at the reception days
RECEIVES = (Role.RECEPTIONIST, Role.INSPECTOR, Role.SQUAD_LEADER)


class FilesView(ApiView):
    """A file on its way to become evidence."""

    parser_classes = [MultiPartParser]
    largest = LARGEST + AROUND_A_FILE

    @writes(
        "上传一份文件", {201: r.StoredFile}, tag="文件", name="store_file",
        description="PDF、PNG 或 JPEG，最大 20 MB。文件令牌一天内有效，作为 add_evidence 的 file 字段提交。",
        body={"multipart/form-data": {
            "type": "object", "properties": {"file": {"type": "string", "format": "binary", "description": "文件"}},
            "required": ["file"],
        }},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        actor = actor_for(request.user)
        if not actor.has(*_bring_files()):
            raise PermissionDenied("文件由登记人员、监察员和被请求答复的单位上传")
        upload = _one_file(request)
        if (upload.size or 0) > LARGEST:
            raise BodyTooLarge({"file": f"文件超过 {LARGEST // 1024 // 1024} MB"})
        try:
            stored = store(upload)
        except BadFile as bad:
            raise InvalidInput({"file": str(bad)}) from None
        item = {"file": stored.token, "sha256": stored.sha256, "size": stored.size, "content_type": stored.content_type}
        return Response(render(r.StoredFile, item), status=201)


def _one_file(request: Request) -> UploadedFile:
    strangers = {name: "没有这个字段" for name in request.data if name != "file"}
    if strangers:
        raise InvalidInput(strangers)
    files = request.FILES.getlist("file")
    if len(files) != 1:
        raise InvalidInput({"file": "请上传一份文件" if not files else "一次只能上传一份文件"})
    return files[0]


def _bring_files() -> set[str]:
    """The roles of which one is needed: those whose acts take a file."""
    rules = (rule for procedure in PROCEDURES.values() for rule in procedure.rules())
    return {role for rule in rules if "file" in rule.asks.base_fields for role in rule.roles}


class ReceptionDaysView(ApiView):
    """The days on which agencies receive together."""

    @reads("接待日，今天起的，近的在前", r.ReceptionDayPage, tag="联合接待", name="reception_days")
    def get(self, request: Request) -> Response:
        with reading_as(request.user) as actor:
            if not actor.has(*RECEIVES):
                raise PermissionDenied("接待日由接访人员、监察员和监察大队长查看")
            rows = ReceptionDay.objects.filter(day__gte=clock.today()).prefetch_related("agencies")
            items = [_day_item(row) for row in rows.order_by("day", "id")[:100]]
            return Response({"results": render(r.ReceptionDayItem, items, many=True)})

    @writes(
        "安排接待日", {201: r.ReceptionDayItem}, form=DayForm, tag="联合接待", name="set_reception_day",
        shown={"day": "2026-12-01", "place": "县联合接待大厅", "agencies": ["hrss", "housing"]},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = body_of(request)
        actor = actor_for(request.user)
        if not actor.has(*WHO):  # before the body is read: whose act it is not learns nothing of it
            raise PermissionDenied("接待日由接访人员、监察大队长安排")
        row = set_reception_day(read_form(DayForm, body), by=actor)
        return Response(render(r.ReceptionDayItem, _day_item(row)), status=201)


def _day_item(row: ReceptionDay) -> dict[str, Any]:
    codes = [agency.code for agency in row.agencies.all()]
    return {"id": row.public_id, "day": row.day, "place": row.place, "agencies": codes}


class Password(forms.CharField):
    """A password, as it was typed: neither trimmed nor normalised; bounded, because hashing costs."""

    def __init__(self) -> None:
        super().__init__(label="密码", strip=False, max_length=1000)

    def to_python(self, value: Any) -> str | None:
        if value is not None and not isinstance(value, str):
            raise ValidationError("应为文字", code="type")
        return super().to_python(value)


class SignInForm(Inputs):
    """Name and password."""

    username = CleanText(label="用户名", max_length=150)
    password = Password()


class TokenView(ApiView):
    """A token for a client without a browser."""

    @writes(
        "登录，取得令牌", {200: r.Token}, form=SignInForm, tag="登录", name="get_token",
        shown={"username": "inspector", "password": "（密码）"},
        description="密码错误五次后，该账号在该地址锁定十五分钟（429）。管理员给的临时密码须先在网页改成自己的，才能取令牌（403）；"
        "改密码或重置密码后，原令牌失效。",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        told = read_form(SignInForm, body_of(request))
        # the request below DRF's: django-axes reads the address from it and marks it when it is locked out
        plain = request._request
        user = authenticate(request=plain, username=told["username"], password=told["password"])
        if getattr(plain, "axes_locked_out", False):
            plain.axes_locked_out = False  # type: ignore[attr-defined]  # the answer is ours, not the middleware's page
            return problem(429, "密码错误次数过多，请十五分钟后再试", headers={"Retry-After": "900"})
        if not isinstance(user, User):
            return problem(401, "用户名或密码不对", headers={"WWW-Authenticate": "Token"})
        AxesProxyHandler.user_logged_in(sender=User, request=plain, user=user)  # wrong tries before count no longer
        own_password_first(user)
        actor_for(user)
        token, _ = Token.objects.get_or_create(user=user)
        return Response(render(r.Token, {"token": token.key}))

    @writes("交回令牌", {204: None}, tag="登录", name="give_back_token")
    def delete(self, request: Request) -> Response:
        Token.objects.filter(user=cast(User, request.user)).delete()
        return Response(status=204)

    def get_permissions(self) -> Any:
        return [AllowAny()] if self.request.method == "POST" else super().get_permissions()

    def get_authenticators(self) -> Any:
        # a stale session must not stand between somebody and a new token
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()
