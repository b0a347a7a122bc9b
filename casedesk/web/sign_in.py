"""Signing in and out, and the way from the front door to everybody's first page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from casedesk.web.pages import landing, screen, unstored
from workflows.roles import Actor


class SignInForm(forms.Form):
    """Account and password."""

    label_suffix = ""
    username = forms.CharField(label=gettext_lazy("账号"), max_length=150)
    password = forms.CharField(label=gettext_lazy("密码"), max_length=200, strip=False, widget=forms.PasswordInput)

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.fields["username"].widget.attrs |= {
            "autocomplete": "username",
            "autocapitalize": "none",
            "autofocus": True,
        }
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. An unknown account and a wrong password get the same words."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if request.method != "POST":
        if request.user.is_authenticated:
            return unstored(redirect(_safe(request, wanted)))
        return _page(request, SignInForm(), wanted)
    form = SignInForm(request.POST)
    if form.is_valid():
        user = authenticate(request, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
        if user is not None:
            login(request, user)
            return _in_his_language(unstored(redirect(_safe(request, wanted))), getattr(user, "language", ""))
        form.add_error(None, _("账号或者密码不对。连续五次不对将锁定十五分钟。"))
    return _page(request, form, wanted, status=422)


def _in_his_language(answer: HttpResponse, language: str) -> HttpResponse:
    """The language he once chose, on whatever machine he signs in."""
    if language in dict(settings.LANGUAGES):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax")
    return answer


def _page(request: HttpRequest, form: SignInForm, wanted: str, status: int = 200) -> HttpResponse:
    return unstored(
        render(request, "casedesk/sign_in.html", {"form": form, "next": wanted, "nav": [], "me": None}, status=status)
    )


def _safe(request: HttpRequest, wanted: str) -> str:
    """Back to where somebody came from, on this site only."""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if wanted and ours else reverse("home")


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """django-axes' answer after too many wrong passwords: how long to wait, and whom to ask."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    form = SignInForm(request.POST or None)
    form.is_valid()
    form._errors = form.errors.__class__()  # type: ignore[attr-defined]
    form.add_error(
        None, _("密码连续输错，这个账号在本机已锁定，请 {n} 分钟后再试。急用请联系本单位系统管理员。").format(n=minutes)
    )
    return _page(request, form, request.POST.get("next", ""), status=429)


def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session; by POST only, so that no link signs anybody out."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    logout(request)
    return unstored(redirect(settings.LOGOUT_REDIRECT_URL))


def _home(request: HttpRequest, actor: Actor) -> HttpResponse:
    return redirect(landing(actor))


home = screen(_home)
