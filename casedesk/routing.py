"""去向: where a complaint goes, by the bureau's routing rules or as the desk chose with its reason.

The two doors by which people log complaints, the intake page and the API, pass their inputs through `routed`, so that
what is by rule and what is by hand is judged once. What becomes of the complaint the squad leader decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from casedesk.models import RoutingRule
from workflows.casefile.officers import Agency

#: who receives what no rule sends elsewhere, and what is kept as its basis
USUAL, NO_RULE = "brigade", "没有适用的派单规则"


def office_for(sector: str, township: str) -> tuple[Agency | None, str]:
    """Which agency a complaint of this sector and township goes to, and on what basis; (None, "") without a rule.

    A rule of the township wins over one of the sector, one of both over either.
    """
    rules = RoutingRule.objects.filter(sector__in=["", sector]).select_related("agency", "township")
    fitting = [r for r in rules if r.township_id in (None, township or None)]
    best = max(fitting, key=lambda r: (r.township_id is not None) * 2 + bool(r.sector), default=None)
    return (best.agency, best.basis) if best is not None else (None, "")


def proposed(sector: str, township: str) -> tuple[Agency, str]:
    """The office by rule, else the inspection brigade; and the basis of the rule, "" without one."""
    office, basis = office_for(sector, township)
    return (office, basis) if office is not None else (Agency.objects.get(code=USUAL), "")


def routed(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The raw inputs of `log` with the destination: by rule, unless the desk named another one with its reason.

    An agency other than the rule's without a reason is left for the act to refuse; a basis is nobody's to claim.
    """
    office, basis = proposed(str(inputs.get("industry_sector") or ""), str(inputs.get("township") or ""))
    chosen, reason = inputs.get("destination") or "", inputs.get("destination_reason") or ""
    if chosen != office.code and (chosen or reason):
        return {**inputs, "destination_basis": ""}
    return {**inputs, "destination": office.code, "destination_basis": (basis or NO_RULE)[:160]}
