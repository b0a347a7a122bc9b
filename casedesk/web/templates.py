"""模板: the desk's ready words, which the administrator keeps, and what each paper must contain, which the law fixes.

The wording of papers is part of the released program: a paper already signed must be readable as it was, and a change
of its form is a change of the law's paper. So it is shown here and not typed here.
"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk import administration
from casedesk.actor import reading_as
from casedesk.models import DeskWords
from casedesk.web.act_forms import NONE_CHOSEN
from casedesk.web.pages import add_refused, allow, asked_number, screen, show
from casedesk.web.staff import admin_parts
from workflows.casefile.papers import PaperKind
from workflows.errors import InvalidInput, NotVisible
from workflows.inputs import Choice, CleanText, Inputs
from workflows.law.instruments import article
from workflows.roles import Actor, Role
from workflows.wording.required import REQUIRED


class WordsForm(Inputs):
    """One phrase, question or consultation."""

    kind = Choice(label=gettext_lazy("类别"), choices=[NONE_CHOSEN, *DeskWords.Kind.choices])
    place = forms.IntegerField(label=gettext_lazy("顺序"), min_value=1, max_value=99)
    name = CleanText(
        label=gettext_lazy("名称"), max_length=20, required=False, help_text=gettext_lazy("咨询答复才填，供坐席选择")
    )
    text = CleanText(
        label=gettext_lazy("文字"), max_length=200,
        help_text=gettext_lazy("常用语插入通话记录；问话提示供坐席询问；咨询答复写来电人所问"),
    )  # fmt: skip
    answer = CleanText(
        label=gettext_lazy("答复"), lines=True, max_length=600, required=False,
        help_text=gettext_lazy("咨询答复才填；讲到法律的写明出处"),
    )  # fmt: skip


def _read(
    request: HttpRequest, actor: Actor, form: Inputs | None = None, chosen: DeskWords | None = None, status: int = 200
) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    if form is None:
        chosen = _found(asked_number(request.GET.get("change", ""), 9))
        values = {name: getattr(chosen, name) for name in WordsForm.base_fields} if chosen else {}
        form = WordsForm(initial=values)
    standing = list(DeskWords.objects.all())
    groups = [
        {
            "label": label,
            "rows": [
                {"one": one, "change_url": f"?change={one.pk}", "drop_url": reverse("words-drop", args=[one.pk])}
                for one in standing
                if one.kind == kind
            ],
        }
        for kind, label in DeskWords.Kind.choices
    ]
    papers = [
        {
            "label": kind.label,
            "needs": "、".join(need.label for need in REQUIRED.get(kind, ())),
            "laws": article(
                "; ".join(dict.fromkeys(law for need in REQUIRED.get(kind, ()) for law in need.law.split("; ")))
            ),
        }
        for kind in PaperKind
    ]
    context = {
        "parts": admin_parts("templates"), "groups": groups, "form": form, "chosen": chosen, "papers": papers,
    }  # fmt: skip
    return show(request, actor, "casedesk/templates.html", context, status=status)


def _save(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    number = request.POST.get("number", "")
    row = _row(asked_number(number, 9)) if number else None
    form = WordsForm(data={name: request.POST.get(name, "") for name in WordsForm.base_fields})
    if form.is_valid():
        try:
            saved = administration.save_words(row, form.cleaned_data, by=actor)
        except InvalidInput as wrong:
            add_refused(form, wrong)
        else:
            messages.success(request, _("已保存：{name}").format(name=saved))
            return redirect("templates")
    with reading_as(request.user) as reader:
        return _read(request, reader, form, row, 422)


def _drop(request: HttpRequest, actor: Actor, *, number: int) -> HttpResponse:
    allow(actor, Role.ADMINISTRATOR)
    row = _row(number)
    administration.drop_words(row, by=actor)
    messages.success(request, _("已删除：{name}").format(name=row))
    return redirect("templates")


def _found(number: int | None) -> DeskWords | None:
    return None if number is None else DeskWords.objects.filter(pk=number).first()


def _row(number: int | None) -> DeskWords:
    found = _found(number)
    if found is None:
        raise NotVisible()
    return found


page = screen(_read, _save)
drop = screen(write=_drop)
