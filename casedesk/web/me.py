"""Who I am here: language, keys, density, lists kept under a name, and a password of my own."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.i18n import set_language
from rest_framework.authtoken.models import Token

from casedesk.actor import reading_as
from casedesk.models import User
from casedesk.web.pages import landing, screen, show
from workflows.errors import InvalidInput
from workflows.roles import Actor


class PasswordForm(forms.Form):
    """The old password, and a new one twice."""

    use_required_attribute = False
    label_suffix = ""
    old = forms.CharField(
        label=gettext_lazy("现在的密码"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    new = forms.CharField(
        label=gettext_lazy("新密码"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("12 位以上，不能全是数字，不能是常见密码"),
    )  # fmt: skip
    again = forms.CharField(
        label=gettext_lazy("再输一次新密码"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, user: User, *values: object, **named: object) -> None:
        super().__init__(*values, **named)  # type: ignore[arg-type]
        self.user = user

    def clean_old(self) -> str:
        if not self.user.check_password(self.cleaned_data["old"]):
            raise forms.ValidationError(_("现在的密码不对"))
        return str(self.cleaned_data["old"])

    def clean_new(self) -> str:
        validate_password(self.cleaned_data["new"], self.user)
        if self.cleaned_data["new"] == self.cleaned_data.get("old"):
            raise forms.ValidationError(_("新密码不能与现在的相同"))
        return str(self.cleaned_data["new"])

    def clean(self) -> None:
        said = self.cleaned_data
        if said.get("new") and said.get("again") and said["new"] != said["again"]:
            self.add_error("again", _("两次输入的新密码不一样"))


def _read(request: HttpRequest, actor: Actor) -> HttpResponse:
    assert isinstance(request.user, User)
    return _page(request, actor, PasswordForm(request.user))


def _page(request: HttpRequest, actor: Actor, form: forms.Form, status: int = 200) -> HttpResponse:
    temporary = isinstance(request.user, User) and request.user.temporary_password
    return show(request, actor, "casedesk/password.html", {"form": form, "temporary": temporary}, status=status)


def _write(request: HttpRequest, actor: Actor) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    form = PasswordForm(user, request.POST)
    if not form.is_valid():
        with reading_as(user) as reader:
            return _page(request, reader, form, 422)
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        row.set_password(form.cleaned_data["new"])
        row.temporary_password = False
        row.save(update_fields=["password", "temporary_password"])
        Token.objects.filter(user=row).delete()
    update_session_auth_hash(request, row)
    messages.success(request, _("密码已更换，其他设备上的登录已失效"))
    return redirect(landing(actor))


# --- how I like it ---------------------------------------------------------------------------------------------------

LISTS_KEPT = 12


class PreferencesForm(forms.Form):
    """Language, single-letter keys, height of rows."""

    label_suffix = ""
    language = forms.ChoiceField(label=gettext_lazy("语言"), choices=settings.LANGUAGES)
    single_keys = forms.BooleanField(
        label=gettext_lazy("单键快捷键"), required=False, help_text=gettext_lazy("列表中用 j、k、x、a、n、/、? 操作")
    )
    dense = forms.BooleanField(label=gettext_lazy("紧凑列表"), required=False, help_text=gettext_lazy("每件一行"))


def _preferences(request: HttpRequest, actor: Actor, form: PreferencesForm | None = None) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    now = {
        "language": user.language or settings.LANGUAGE_CODE, "single_keys": user.single_keys, "dense": user.dense,
    }  # fmt: skip
    context = {"form": form or PreferencesForm(initial=now), "saved": user.saved_lists}
    return show(request, actor, "casedesk/me.html", context, status=422 if form is not None else 200)


def _prefer(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        with reading_as(request.user) as reader:
            return _preferences(request, reader, form)
    assert isinstance(request.user, User)
    User.objects.filter(pk=request.user.pk).update(**form.cleaned_data)
    answer = redirect("me")
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], secure=settings.HTTPS, samesite="Lax"
    )
    translation.activate(form.cleaned_data["language"])
    messages.success(request, _("设置已保存"))
    return answer


def _keep_list(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep a list under a name, or forget one; an address is kept only if it is one of our lists."""
    assert isinstance(request.user, User)
    name, address = request.POST.get("name", "").strip()[:20], request.POST.get("address", "")[:400]
    place = urlsplit(address)
    ours = place.path in (reverse("work"), reverse("cases")) and not place.netloc
    if not name.isprintable() or not name or not ours:
        raise InvalidInput({"name": [_("请给这个列表起个名字")]})
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=request.user.pk)
        kept = [one for one in row.saved_lists if one["name"] != name]
        if request.POST.get("forget") != "1":
            if len(kept) >= LISTS_KEPT:
                raise InvalidInput({"name": [_("最多存 {n} 个，请先删去不用的").format(n=LISTS_KEPT)]})
            kept.append({"name": name, "address": place.path + (f"?{place.query}" if place.query else "")})
        row.saved_lists = kept
        row.save(update_fields=["saved_lists"])
    return redirect("me" if request.POST.get("forget") == "1" else kept[-1]["address"])


def language(request: HttpRequest) -> HttpResponse:
    """The language switch: the cookie for this browser, and kept with the account for the next one."""
    answer = set_language(request)
    chosen = request.POST.get("language", "")
    if request.method == "POST" and isinstance(request.user, User) and chosen in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return answer


password = sensitive_post_parameters("old", "new", "again")(screen(_read, _write))
page = screen(_preferences, _prefer)
keep_list = screen(write=_keep_list)
