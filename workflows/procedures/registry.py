"""The list of procedures, by the name that URLs, edges and limits use, and the acts that open one."""

from __future__ import annotations

from workflows.action import Procedure
from workflows.procedures.inspection import Inspection
from workflows.procedures.intake import Intake
from workflows.procedures.joint_reception import JointReception
from workflows.procedures.police_transfer import PoliceTransfer

PROCEDURES: dict[str, type[Procedure]] = {p.NAME: p for p in (Intake, JointReception, Inspection, PoliceTransfer)}

#: opening acts that a person does, by name: log, schedule, propose_transfer (file_case is a step of accept)
OPENING: dict[str, type[Procedure]] = {
    rule.name: procedure
    for procedure in PROCEDURES.values()
    for rule in procedure.rules()
    if rule.opens and not rule.step_only
}
