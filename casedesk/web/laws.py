"""期限规则: every rule with its article, region, length and how sure we are of it; which of several limits counts as
breach; and the confirming of what is from memory, by a document.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.actor import reading_as
from casedesk.web.pages import add_refused, allow, screen, show
from workflows import law_settings
from workflows.errors import InvalidInput
from workflows.law.limits import rules
from workflows.law.rule import Confidence, Rule
from workflows.law_settings import DECIDERS, LATER, TOGETHER, LawDecision
from workflows.roles import Actor, Role
from workflows.rule_words import length_words, owes_words

#: who may look: those who decide, and those who answer for the dates and the data
READERS = (*DECIDERS, Role.ADMINISTRATOR, Role.SQUAD_LEADER)
_Kind = LawDecision.Kind
REGIONS = {"": gettext_lazy("全国"), "henan": gettext_lazy("河南省")}


class DecisionForm(forms.Form):
    """One decision: what it is about, what was chosen, and the document that says so."""

    kind = forms.ChoiceField(choices=_Kind.choices, widget=forms.HiddenInput)
    about = forms.CharField(max_length=20, widget=forms.HiddenInput)
    value = forms.ChoiceField(label=gettext_lazy("以哪个期限认定逾期"), required=False)
    document = forms.CharField(label=gettext_lazy("文件编号"), max_length=120)

    def __init__(self, kind: str, about: str, data: Any = None, **more: Any) -> None:
        super().__init__(data, auto_id=f"{kind}-{about}-%s", initial={"kind": kind, "about": about}, **more)
        group = TOGETHER.get(about)
        if kind == _Kind.BREACH and group is not None:
            choosable: Any = [(name, f"{name} {_words(rules()[name])}") for name in group.rules]
            self.fields["value"].choices = [(LATER, _("最后届满的一个")), *choosable]  # type: ignore[attr-defined]
        else:
            del self.fields["value"]


def _words(law: Rule) -> str:
    return f"{law.name}（{law.period}）"


def _page(
    request: HttpRequest, actor: Actor, *, refused: DecisionForm | None = None, status: int = 200
) -> HttpResponse:
    allow(actor, *READERS)
    decides, said = actor.has(*DECIDERS), law_settings.standing_decisions()

    def form(kind: str, about: str, value: str = "") -> DecisionForm:
        if refused is not None and (refused.data.get("kind"), refused.data.get("about")) == (kind, about):
            return refused
        fresh = DecisionForm(kind, about)
        if "value" in fresh.fields:
            fresh.initial["value"] = value
        return fresh

    known, choices = rules(), law_settings.breach_choices()
    context = {
        "groups": [
            {
                "name": group.name,
                "rules": [known[name] for name in group.rules],
                "chosen": choices[group.id],
                "decision": said.get((_Kind.BREACH, group.id)),
                "form": form(_Kind.BREACH, group.id, choices[group.id]) if decides else None,
            }
            for group in TOGETHER.values()
        ],
        "rules": [
            {
                "law": law,
                "region": REGIONS.get(law.region, law.region),
                "length": length_words(law),
                "owes": owes_words(law),
                "decision": said.get((_Kind.CONFIRMED, law.id)) if law.confirmed_document else None,
                "form": form(_Kind.CONFIRMED, law.id) if decides and law_settings.unconfirmed(law) else None,
            }
            for law in known.values()
        ],
        "unconfirmed": sum(law_settings.unconfirmed(law) for law in known.values()),
        "memory": Confidence.FROM_MEMORY,
        "later": LATER,
    }
    return show(request, actor, "casedesk/laws.html", context, status=status)


def _decide(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *READERS)
    kind, about = request.POST.get("kind", ""), request.POST.get("about", "")
    form = DecisionForm(kind, about, request.POST)
    if form.is_valid():
        document = form.cleaned_data["document"]
        try:
            if kind == _Kind.BREACH:
                law_settings.choose_breach(about, form.cleaned_data.get("value", ""), document=document, by=actor)
            else:
                law_settings.confirm_rule(about, document=document, by=actor)
        except InvalidInput as refused:
            add_refused(form, refused)
    if not form.is_valid():
        with reading_as(request.user) as reader:
            return _page(request, reader, refused=form, status=422)
    messages.success(request, _("已记录，依据 {document}").format(document=form.cleaned_data["document"]))
    return HttpResponseRedirect(reverse("laws"))


page = screen(_page, _decide)
