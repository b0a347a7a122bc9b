"""The states of the inspection, apart from its file because the intake asks whether a case is open."""

from django.db import models


class InspectionState(models.TextChoices):
    FILED = "filed", "已立案"
    INVESTIGATING = "investigating", "调查中"
    FACTS_ESTABLISHED = "facts_established", "事实已查清"
    ORDERED = "ordered", "已责令支付"
    EXPIRED = "expired", "责令期满未付"
    INTENT_INFORMED = "intent_informed", "已事先告知"
    DECIDED = "decided", "已作决定"
    DEMANDED = "demanded", "已催告"
    ENFORCEMENT_APPLIED = "enforcement_applied", "已申请强制执行"
    COMPLIED = "complied", "已履行"
    CLOSED = "closed", "已结案"
    CANCELLED = "cancelled", "已撤销立案"
    TRANSFERRED_OUT = "transferred_out", "已移送有权单位"
    JOINED = "joined", "已并案"


_S = InspectionState
END_STATES = frozenset({_S.CLOSED, _S.CANCELLED, _S.TRANSFERRED_OUT, _S.JOINED})
OPEN_STATES = tuple(s for s in _S if s not in END_STATES)
#: ends after which money, service and listing may still be recorded
ENDED = (_S.CLOSED, _S.CANCELLED, _S.TRANSFERRED_OUT)
AFTER_END = (*OPEN_STATES, *ENDED)
