"""期限规则: every rule with its article, region, length and how sure we are of it; which of several limits counts as
breach; the confirming of what is from memory or from an excerpt, by a document. One proposes, another approves.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from casedesk.actor import reading_as
from casedesk.web.pages import add_refused, allow, screen, show
from workflows import law_settings, second_person
from workflows.errors import InvalidInput, NotVisible
from workflows.law.instruments import article
from workflows.law.limits import rules
from workflows.law.rule import Confidence, Rule
from workflows.law.thresholds import UNITS, ThresholdFigure
from workflows.law_settings import DECIDERS, LATER, READERS, TOGETHER, Kind, LawProposal
from workflows.roles import Actor
from workflows.rule_words import length_words, owes_words

#: answered proposals that stay on the page, so that who proposed reads the answer
ANSWERED = 10
REGIONS = {"": gettext_lazy("全国"), "henan": gettext_lazy("河南省")}


class DecisionForm(forms.Form):
    """One decision: what it is about, what was chosen, and the document that says so."""

    kind = forms.ChoiceField(choices=Kind.choices, widget=forms.HiddenInput)
    about = forms.CharField(max_length=80, widget=forms.HiddenInput)
    value = forms.ChoiceField(label=gettext_lazy("以哪个期限认定逾期"), required=False)
    document = forms.CharField(label=gettext_lazy("文件编号"), max_length=120)

    def __init__(self, kind: str, about: str, data: Any = None, **more: Any) -> None:
        super().__init__(data, auto_id=f"{kind}-{about}-%s", initial={"kind": kind, "about": about}, **more)
        group = TOGETHER.get(about)
        if kind == Kind.BREACH and group is not None:
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
    proposals = LawProposal.objects.select_related("requested_by", "decided_by")
    waiting = list(proposals.filter(state=LawProposal.State.REQUESTED))
    asked = {(one.kind, one.about) for one in waiting}

    def form(kind: str, about: str, value: str = "") -> DecisionForm | None:
        if not decides or (kind, about) in asked:
            return None
        if refused is not None and (refused.data.get("kind"), refused.data.get("about")) == (kind, about):
            return refused
        fresh = DecisionForm(kind, about)
        if "value" in fresh.fields:
            fresh.initial["value"] = value
        return fresh

    known, choices = rules(), law_settings.breach_choices()
    context = {
        "waiting": [
            {
                "row": one,
                "what": law_settings.words_of(one),
                "decides": law_settings.may_decide(one, actor),
                "own": one.requested_by_id == actor.officer_id,
            }
            for one in waiting
        ],
        "answered": [
            {"row": one, "what": law_settings.words_of(one)}
            for one in proposals.exclude(state=LawProposal.State.REQUESTED)[:ANSWERED]
        ],
        "groups": [
            {
                "name": group.name,
                "rules": [known[name] for name in group.rules],
                "chosen": choices[group.id],
                "decision": said.get((Kind.BREACH, group.id)),
                "form": form(Kind.BREACH, group.id, choices[group.id]),
            }
            for group in TOGETHER.values()
        ],
        "rules": [
            {
                "law": law,
                "region": REGIONS.get(law.region, law.region),
                "length": length_words(law),
                "owes": owes_words(law),
                "decision": said.get((Kind.CONFIRMED, law.id)) if law.confirmed_document else None,
                "form": form(Kind.CONFIRMED, law.id) if law_settings.unconfirmed(law) else None,
            }
            for law in known.values()
        ],
        "figures": [
            {
                "row": row,
                "unit": UNITS.get(row.unit, row.unit),
                "law": article(row.law),
                "region": REGIONS.get(row.region, row.region),
                "conf": Confidence(row.conf).label,
                "decision": said.get((Kind.FIGURE, row.known_as)) if row.confirmed_document else None,
                "form": None if row.confirmed else form(Kind.FIGURE, row.known_as),
            }
            for row in ThresholdFigure.objects.all()
        ],
        "unconfirmed": sum(law_settings.unconfirmed(law) for law in known.values()),
        "memory": Confidence.FROM_MEMORY,
        "later": LATER,
    }
    return show(request, actor, "casedesk/laws.html", context, status=status)


def _propose(request: HttpRequest, actor: Actor) -> HttpResponse:
    allow(actor, *DECIDERS)
    kind, about = request.POST.get("kind", ""), request.POST.get("about", "")
    form = DecisionForm(kind, about, request.POST)
    if form.is_valid():
        value, document = form.cleaned_data.get("value", ""), form.cleaned_data["document"]
        try:
            law_settings.propose(kind, about, value, document=document, by=actor)
        except InvalidInput as refused:
            add_refused(form, refused)
    if not form.is_valid():
        with reading_as(request.user) as reader:
            return _page(request, reader, refused=form, status=422)
    messages.success(request, _("已提交，由另一人批准后生效"))
    return HttpResponseRedirect(reverse("laws"))


def _decide(request: HttpRequest, actor: Actor, *, public_id: UUID) -> HttpResponse:
    allow(actor, *DECIDERS)
    proposal = LawProposal.objects.filter(public_id=public_id).first()
    if proposal is None:
        raise NotVisible()
    if request.POST.get("answer") == "withdraw":
        second_person.withdraw(proposal, by=actor)
    else:
        yes = request.POST.get("answer") == "yes"
        law_settings.decide(proposal, by=actor, yes=yes, reason=request.POST.get("reason", "")[:2000])
    return HttpResponseRedirect(reverse("laws"))


page = screen(_page, _propose)
decide = screen(write=_decide)
