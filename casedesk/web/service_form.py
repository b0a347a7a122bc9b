"""The form of a service (送达): one way of serving at a time, chosen first, with what the law asks of this way.

Chosen by a link, so that it works without script. The engine judges what is posted as before: nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _

from workflows.casefile.papers import ServiceMode
from workflows.inputs import Inputs
from workflows.wording.serving import CALLED, WAYS

#: what every way asks for, around its own fields
BEFORE, AFTER = ("paper", "place"), ("proof", "scan_of_proof")


def mode_of(told: Mapping[str, Any]) -> str:
    """The way that was chosen; where none or nonsense was, serving in person, which comes first (CPL 88)."""
    mode = str(told.get("mode", ""))
    return mode if mode in WAYS else ServiceMode.IN_PERSON


def one_way(form: Inputs, mode: str) -> None:
    """Leave the fields of one way in the form, those it needs marked, each under its name in this way."""
    way = WAYS[mode]
    own = {*BEFORE, "mode", *way.fields, *AFTER}
    for name in [n for n in form.fields if n in CALLED and n not in own]:
        del form.fields[name]
    form.fields["mode"].widget = forms.HiddenInput()
    form.initial["mode"] = mode
    form.fields["place"].label, form.fields["proof"].label = _(way.place), _(way.proof)
    form.fields["proof"].help_text = ""
    for group in way.needs:
        for name in group:
            if len(group) == 1:
                form.fields[name].required = True
            else:
                others = "、".join(_(CALLED[one]) for one in group)
                form.fields[name].help_text = _("{others}至少有一项（{article}）").format(
                    others=others, article=way.article
                )
    form.order_fields([*BEFORE, *way.fields, *AFTER])


def ways(form: Inputs, mode: str, *, paper: str, evidence_url: str) -> dict[str, Any]:
    """What parts/_ways.html shows: the six ways as links, the article of the chosen one, what is not in the file yet.

    `evidence_url` is where photographs and consents are added, "" for whom it is not possible.
    """
    way = WAYS[mode]
    hidden = [name for name in way.fields if isinstance(form.fields[name].widget, forms.HiddenInput)]
    return {
        "choices": [
            {"label": _(one.label), "chosen": one == mode,
             "url": "?" + urlencode({"mode": one.value} | ({"paper": paper} if paper else {}))}
            for one in ServiceMode
        ],
        "article": way.article,
        "effect": _(way.effect),
        "lacking": [_(CALLED[name]) for name in hidden],
        "evidence_url": evidence_url,
    }  # fmt: skip
