"""查询进度: a code and its second element show the public stage and nothing about anybody. No sign-in, no script.

The answer to an unknown code, a wrong one and a locked one is the same, and so is the work done for it. Code and
second element come by POST, so that they stand at no address; what follows on the page (large type, English, a photo)
names the receipt by a signed word that holds for half an hour.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk import attempts
from casedesk.attempts import Attempts
from casedesk.files import BadFile, store
from casedesk.web.pages import unstored
from casedesk.web.progress import progress_of
from workflows import clock
from workflows.casefile.file import uuid_of
from workflows.casefile.receipt import ReceiptCode, find, hash_of_code
from workflows.errors import NotPossibleNow, Refusal, Repeated
from workflows.inbound import Inbound
from workflows.models import Intake
from workflows.perform import perform
from workflows.roles import holder_of_receipt

SHOWN = "casedesk.shown-receipt"
#: seconds that a shown progress page can be gone on with
SHOWN_FOR = 30 * 60
#: bytes of one file from a phone
LARGEST = 10 * 1024 * 1024


class CodeForm(forms.Form):
    """What the caller holds."""

    label_suffix = ""
    code = forms.CharField(label=gettext_lazy("回执码"), max_length=40, help_text=gettext_lazy("例如 7K4M-92QF-3"))
    second = forms.CharField(
        label=gettext_lazy("手机号后四位"),
        max_length=12,
        help_text=gettext_lazy("登记时没有留手机号的，填登记时告诉您的四位数字"),
    )

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"
        self.fields["code"].widget.attrs |= {"autocapitalize": "characters", "spellcheck": "false"}
        self.fields["second"].widget.attrs["inputmode"] = "numeric"


class PhotoForm(forms.Form):
    """One file from the phone: what it shows and the picture itself."""

    label_suffix = ""
    KINDS = (
        ("记工本、考勤", gettext_lazy("记工本、考勤")), ("劳动合同", gettext_lazy("劳动合同")),
        ("欠条、结算单", gettext_lazy("欠条、结算单")), ("聊天记录", gettext_lazy("聊天记录")),
        ("转账、银行流水", gettext_lazy("转账、银行流水")), ("其他材料", gettext_lazy("其他材料")),
    )  # fmt: skip
    title = forms.ChoiceField(label=gettext_lazy("这是什么"), choices=KINDS)
    file = forms.FileField(
        label=gettext_lazy("照片或文件"),
        help_text=gettext_lazy("一次一张，JPEG、PNG 或 PDF，不超过 10 MB"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )


def page(request: HttpRequest) -> HttpResponse:
    """The form, or what stands behind a code."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    _speak(request)
    if request.method != "POST":
        return _show(request, form=CodeForm())
    if "shown" in request.POST:
        receipt = _shown(request)
        return _progress(request, receipt) if receipt else _again(request)
    if "code" not in request.POST:  # only the language or the size of the type was changed
        return _show(request, form=CodeForm())
    form = CodeForm(request.POST)
    receipt = _found(request, form.cleaned_data["code"], form.cleaned_data["second"]) if form.is_valid() else None
    if receipt is not None:
        return _progress(request, receipt)
    if form.is_valid():
        form.add_error(
            None, _("没有找到，或者手机号后四位不对，或者试的次数太多。请核对；仍不行的请过一天再试，或者拨打 12345。")
        )
    return _show(request, form=form, status=422)


def _found(request: HttpRequest, code: str, second: str) -> ReceiptCode | None:
    """The receipt, if code and second element fit and neither the code nor the network was tried too often.

    The try is counted first and the receipt looked up in any case: unknown, wrong and locked cost the same.
    """
    asked = {Attempts.What.CODE.value: hash_of_code(code), Attempts.What.NETWORK.value: attempts.network_of(request)}
    allowed = attempts.take(asked)
    receipt = find(code, second)
    if not allowed or receipt is None:
        return None
    attempts.give_back(asked)
    return receipt


def _shown(request: HttpRequest) -> ReceiptCode | None:
    try:
        number = signing.loads(request.POST["shown"][:400], salt=SHOWN, max_age=SHOWN_FOR)
    except signing.BadSignature:
        return None
    return ReceiptCode.objects.filter(pk=number, live=True).select_related("complaint", "worker").first()


def evidence(request: HttpRequest) -> HttpResponse:
    """A photo from the phone: kept like an officer's upload, recorded as the complainant's own act on his complaint."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    _speak(request)
    receipt = _shown(request)
    if receipt is None:
        return _again(request)
    form = PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _progress(request, receipt, photo=form, status=422)
    try:
        _add(request, receipt, form.cleaned_data["title"], form.cleaned_data["file"])
    except (BadFile, Refusal) as wrong:
        said = wrong.reason if isinstance(wrong, NotPossibleNow) else str(wrong)
        form.add_error("file", said)
        return _progress(request, receipt, photo=form, status=422)
    except Repeated:
        pass  # sent twice on a bad line: it is there once
    return _progress(request, receipt, taken=True)


def _add(request: HttpRequest, receipt: ReceiptCode, title: str, upload: UploadedFile) -> None:
    """Raises BadFile, Refusal, Repeated."""
    if (upload.size or 0) > LARGEST:
        raise BadFile(_("文件超过 10 MB，请把照片缩小再传"))
    holder = hashlib.sha256(str(receipt.pk).encode()).hexdigest()
    asked = {
        Attempts.What.FILES.value: holder,
        Attempts.What.FILES_NETWORK.value: attempts.network_of(request),
    }
    if not attempts.take(asked):
        raise BadFile(_("今天传得太多了，请明天再传，或者把材料送到承办单位"))
    stored = store(upload)
    inputs = {"title": title, "provided_by": "投诉人（手机补交）", "file": stored.token}
    once = Inbound(
        f"receipt:{receipt.pk}",
        _form_key(request),
        {"title": title, "sha256": stored.sha256},
        answer=lambda done: {"added": True},
    )
    intake = Intake.objects.get(complaint=receipt.complaint)
    perform(intake, "add_evidence", by=holder_of_receipt(receipt.complaint), inputs=inputs, inbox=once)


def _form_key(request: HttpRequest) -> str:
    """The key that the shown form carries, so that a photo sent twice is one piece of evidence."""
    return str(uuid_of(request.POST.get("key", "")) or uuid.uuid4())


# --- pages -----------------------------------------------------------------------------------------------------------


def _again(request: HttpRequest) -> HttpResponse:
    form = CodeForm({})
    form.errors.clear()
    form.add_error(None, _("页面开得太久了，请再输一次回执码。"))
    return _show(request, form=form, status=422)


def _progress(
    request: HttpRequest, receipt: ReceiptCode, *, photo: PhotoForm | None = None, taken: bool = False,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "progress": progress_of(receipt),
        "shown": signing.dumps(receipt.pk, salt=SHOWN),
        "photo": photo or PhotoForm(),
        "key": uuid.uuid4(),
        "taken": taken,
    }
    return _show(request, status=status, **context)


def _show(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    context |= {"big": asked.get("big") == "1", "today": clock.today()}
    response = unstored(render(request, "casedesk/progress.html", context, status=status))
    if language := _language(request):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=settings.LANGUAGE_COOKIE_AGE or 365 * 86_400,
            secure=settings.HTTPS, httponly=True, samesite="Lax",
        )  # fmt: skip
    return response


def _language(request: HttpRequest) -> str:
    asked = request.POST.get("language", "")
    return asked if asked in dict(settings.LANGUAGES) else ""


def _speak(request: HttpRequest) -> None:
    """The language that this very request asks for: the page behind a code has no address to come back to."""
    if language := _language(request):
        translation.activate(language)
        request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
