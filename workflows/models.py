"""The index of the models of the rulebook and the case file: `from workflows.models import Case`."""

from workflows.calendar_editing import CalendarChange
from workflows.casefile.campaigns import (
    SpecialInspection,
    SpecialInspectionChange,
    SpecialInspectionEntry,
    SpecialInspectionFinding,
)
from workflows.casefile.case import Assignment, Case, NumberSeries
from workflows.casefile.chain import Chain
from workflows.casefile.complaint import Amendment, Complaint, FollowUp
from workflows.casefile.evidence import Evidence
from workflows.casefile.fund import FundShare, FundUse, Recovery
from workflows.casefile.imports import Import, ImportRow
from workflows.casefile.ledger import LedgerLine, Payment
from workflows.casefile.names import NameKey
from workflows.casefile.officers import ActingAppointment, Agency, Officer, Township, Village
from workflows.casefile.papers import Paper, Service
from workflows.casefile.parties import Employer, Informant, Project, Worker
from workflows.casefile.receipt import ReceiptCode
from workflows.casefile.sharing import DataRequest, SupervisionOrder, UseRecord
from workflows.casefile.tasks import AgencyTask, ReceptionDay
from workflows.clocks import Limit, LimitExtension, LimitPause, Reminder
from workflows.inbound import InboundMessage
from workflows.law.calendar import CalendarDay, CalendarNotice
from workflows.law.limits import LimitRule
from workflows.law.thresholds import ThresholdFigure
from workflows.law_settings import LawDecision, LawProposal
from workflows.procedures.inspection import Inspection
from workflows.procedures.intake import Intake
from workflows.procedures.joint_reception import JointReception
from workflows.procedures.joint_rows import Instalment
from workflows.procedures.police_transfer import PoliceTransfer
from workflows.record import Edge, Event
from workflows.request import Approval

__all__ = [
    "ActingAppointment",
    "Agency",
    "AgencyTask",
    "Amendment",
    "Approval",
    "Assignment",
    "CalendarChange",
    "CalendarDay",
    "CalendarNotice",
    "Case",
    "Chain",
    "Complaint",
    "DataRequest",
    "Edge",
    "Employer",
    "Event",
    "Evidence",
    "FollowUp",
    "FundShare",
    "FundUse",
    "Import",
    "ImportRow",
    "InboundMessage",
    "Informant",
    "Inspection",
    "Instalment",
    "Intake",
    "JointReception",
    "LawDecision",
    "LawProposal",
    "LedgerLine",
    "Limit",
    "LimitExtension",
    "LimitPause",
    "LimitRule",
    "NameKey",
    "NumberSeries",
    "Officer",
    "Paper",
    "Payment",
    "PoliceTransfer",
    "Project",
    "ReceiptCode",
    "ReceptionDay",
    "Recovery",
    "Reminder",
    "Service",
    "SpecialInspection",
    "SpecialInspectionChange",
    "SpecialInspectionEntry",
    "SpecialInspectionFinding",
    "SupervisionOrder",
    "ThresholdFigure",
    "Township",
    "UseRecord",
    "Village",
    "Worker",
]
