"""The inputs of an act as data: for a client that shows a form, and for the OpenAPI document.

Both come from the one declaration, the act's form. The rows a pointer may name are those of the file at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from django import forms
from django.db.models import Model, QuerySet

from workflows import clock
from workflows.action import ActionRule, Procedure
from workflows.casefile.file import CaseFile
from workflows.casefile.officers import Agency, Officer, Township
from workflows.casefile.tasks import ReceptionDay
from workflows.errors import InvalidInput
from workflows.inputs import (
    Choice,
    CleanText,
    Count,
    CreditCode,
    IdNumber,
    Inputs,
    LegalDay,
    Moment,
    Money,
    Months,
    Phone,
    Pointer,
    Rows,
    Tick,
    YesNo,
)
from workflows.law.limits import display_name
from workflows.perform import Offer
from workflows.request import FromPaper
from workflows.roles import Actor, Role

#: nearest kind first: a phone is a text too
_KINDS: tuple[tuple[type[forms.Field], str], ...] = (
    (Money, "money"), (Count, "count"), (Months, "months"), (LegalDay, "day"), (Moment, "moment"), (YesNo, "yes_no"),
    (Tick, "tick"), (Phone, "phone"), (IdNumber, "id_number"), (CreditCode, "credit_code"), (Choice, "choice"),
    (Pointer, "pointer"), (Rows, "rows"), (CleanText, "text"),
)  # fmt: skip


def kind_of(field: forms.Field) -> str:
    """The word for a field's type."""
    kind = next((word for cls, word in _KINDS if isinstance(field, cls)), "text")
    if kind == "pointer" and field.many:  # type: ignore[attr-defined]
        return "pointers"
    return "lines" if kind == "text" and getattr(field, "lines", False) else kind


def listed(field: Choice) -> list[tuple[str, str]]:
    """The words a choice takes, with what they mean; the empty one is left out."""
    return [(str(value), str(label)) for value, label in cast(Any, field.choices) if value]


# --- types of JSON values ---------------------------------------------------------------------------------------------

_JSON_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "money": ((str, int), "应为文字或整数"), "count": ((int, str), "应为整数"), "months": ((str, int), "应为文字或整数"),
    "yes_no": ((bool,), "应为 true 或 false"), "tick": ((bool,), "应为 true 或 false"), "pointers": ((list,), "应为列表"),
    "rows": ((list,), "应为列表，每行一个对象"),
}  # fmt: skip
_TEXT: tuple[tuple[type, ...], str] = ((str,), "应为文字")


def fields_of(rules: Iterable[ActionRule]) -> dict[str, forms.Field]:
    """The inputs of all arrows of an act, those of a signed paper included."""
    found: dict[str, forms.Field] = {}
    for rule in rules:
        found |= rule.asks.base_fields | (FromPaper.base_fields if rule.from_paper else {})
    return found


def check_types(fields: Mapping[str, forms.Field], body: Mapping[str, Any]) -> None:
    """Refuse values of another JSON type than the document says. Null is nothing said. Raises InvalidInput.

    The forms alone would read an empty list as nothing, and any word as a tick.
    """
    errors = {name: said for name, field in fields.items() if (said := _mistyped(field, body.get(name)))}
    if errors:
        raise InvalidInput(errors)


def _mistyped(field: forms.Field, value: Any) -> str:
    kind = kind_of(field)
    types, said = _JSON_TYPES.get(kind, _TEXT)
    if value is None:
        return ""
    if type(value) not in types:
        return said
    if kind == "pointers" and not all(isinstance(one, str) for one in value):
        return "应为文字的列表"
    if isinstance(field, Rows):
        return _mistyped_row(field, value)
    return ""


def _mistyped_row(field: Rows, rows: list[Any]) -> str:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            return f"第 {number} 行：应为一个对象"
        for name, column in field.columns:
            if said := _mistyped(column, row.get(name)):
                return f"第 {number} 行 {column.label or name}：{said}"
    return ""


# --- for a client that shows a form -----------------------------------------------------------------------------------


class Choices:
    """The rows that the pointers of one file may name, each kind read once."""

    def __init__(self, file: CaseFile, subject: Procedure, actor: Actor) -> None:
        self.file, self.subject, self.actor = file, subject, actor
        self._read: dict[str, list[dict[str, str]] | None] = {}

    def of(self, kind: str) -> list[dict[str, str]] | None:
        """The rows of a kind, or None where anything may be named."""
        if kind not in self._read:
            make: Callable[[], Iterable[Any]] | None = getattr(self, f"_{kind}", None)
            self._read[kind] = None if make is None else [self._choice(row) for row in make()]
        return self._read[kind]

    def _choice(self, row: Any) -> dict[str, str]:
        value, label = row if isinstance(row, tuple) else (row.public_id, str(row))
        return {"value": str(value), "label": label}

    def _people(self, role: Role) -> QuerySet[Officer]:
        codes = self.file.bureau_codes
        return Officer.objects.filter(active=True, roles__contains=[role.value], agency__code__in=codes).order_by("id")

    def _inspector(self) -> Iterable[Model]:
        return self._people(Role.INSPECTOR)

    def _reviewer(self) -> Iterable[Model]:
        return self._people(Role.LEGAL_REVIEWER)

    def _officer(self) -> Iterable[Model]:
        return Officer.objects.filter(active=True, agency__code__in=self.file.bureau_codes).order_by("id")

    def _agency(self) -> Iterable[Any]:
        return Agency.objects.values_list("code", "name")

    def _township(self) -> Iterable[Any]:
        return Township.objects.values_list("code", "name")

    def _reception_day(self) -> Iterable[Model]:
        return ReceptionDay.objects.filter(day__gte=clock.today()).order_by("day", "id")

    def _line(self) -> Iterable[Any]:
        return [(x.public_id, f"{x.worker.name} 尚欠 {x.rest} 元") for x in self.file.lines]

    def _task(self) -> Iterable[Any]:
        mine = [t for t in self.file.tasks if self._sees(t.agency.code)]
        return [(t.public_id, f"{t.agency.name}：{t.question[:40]}") for t in mine]

    def _data_request(self) -> Iterable[Any]:
        mine = [r for r in self.file.data_requests if self._sees(r.agency.code)]
        return [(r.public_id, f"{r.agency.name}：{r.wanted[:40]}（{r.stage}）") for r in mine]

    def _sees(self, agency: str) -> bool:
        """The bureau's people choose among all, another agency's among its own."""
        return self.actor.agency in self.file.bureau_codes or self.actor.agency == agency

    def _order(self) -> Iterable[Any]:
        return [(o.public_id, o.question[:40]) for o in self.file.supervision_orders if o.waiting]

    def _limit(self) -> Iterable[Any]:
        return [(x.public_id, f"{display_name(x.rule)}（{x.due_on}）") for x in self.file.running]

    def _paper(self) -> Iterable[Any]:
        return self.file.papers

    def _evidence(self) -> Iterable[Any]:
        return [(e.public_id, e.title) for e in self.file.evidence]

    def _payment(self) -> Iterable[Any]:
        return [(p.public_id, f"{clock.legal_day(p.at)} {p.amount} 元") for p in self.file.payments]

    def _instalment(self) -> Iterable[Any]:
        parts = getattr(self.subject, "instalments", None)
        live = parts.filter(replaced=False) if parts is not None and self.subject.pk else ()
        return [(i.public_id, f"第 {i.number} 期 {i.due_on} {i.amount} 元") for i in live]


def action_item(offer: Offer, choices: Choices) -> dict[str, Any]:
    """An act on offer with its inputs."""
    rule = offer.rule
    return {
        "name": rule.name,
        "label": rule.label,
        "possible": offer.possible,
        "reasons": offer.reasons,
        "approval": offer.approval,
        "law": rule.law,
        "inputs": [_input(name, field, choices) for name, field in offer.form.base_fields.items()],
    }


def _input(name: str, field: forms.Field, choices: Choices) -> dict[str, Any]:
    named = None
    if isinstance(field, Choice):
        named = [{"value": value, "label": label} for value, label in listed(field)]
    elif isinstance(field, Pointer):
        named = choices.of(field.of)
    columns = None
    if isinstance(field, Rows):
        columns = [
            {"name": column, "label": str(one.label or ""), "type": kind_of(one), "required": one.required}
            for column, one in field.columns
        ]
    return {
        "name": name,
        "label": str(field.label or ""),
        "type": kind_of(field),
        "required": field.required,
        "help": str(field.help_text or ""),
        "choices": named,
        "columns": columns,
    }


# --- for the OpenAPI document -----------------------------------------------------------------------------------------

_AROUND: dict[str, dict[str, Any]] = {
    "at": {
        "type": "string", "format": "date-time",
        "description": "事情发生的时间，不填为现在；无时区的按北京时间；补录三天以前的事须写理由",
    },
    "seen_version": {"type": "integer", "description": "您看到的记录版本；别人已更新时回答 409，不会覆盖"},
}  # fmt: skip
_REASON = {"type": "string", "maxLength": 4000, "description": "补录的理由"}
_ROWS_OF: dict[str, str] = {
    "inspector": "监察员标识", "reviewer": "法制审核人员标识", "officer": "人员标识", "agency": "单位代码", "worker": "劳动者标识",
    "township": "乡镇代码", "reception_day": "接待日标识", "line": "工资明细标识", "task": "事项标识", "paper": "文书标识",
    "evidence": "证据标识", "payment": "支付标识", "complaint": "投诉标识", "instalment": "分期标识",
    "appointment": "约谈期限标识", "employer": "用人单位标识", "project": "工程项目标识",
}  # fmt: skip


def body_schema(rules: Iterable[ActionRule]) -> dict[str, Any]:
    """The request body of an act: the inputs of all its arrows, and what may be said around them."""
    rules = list(rules)
    properties: dict[str, Any] = {}
    required = set.intersection(*(_required(rule.asks) for rule in rules))
    for rule in rules:
        properties |= _properties(rule.asks)
    if any(rule.from_paper for rule in rules):
        properties |= {
            name: {**schema, "description": f"{schema['description']}（按纸质文书补录时必填）"}
            for name, schema in _properties(FromPaper).items()
            if name != "at"
        }
    around = _AROUND if "reason" in properties else {"reason": _REASON, **_AROUND}
    return _object({**properties, **around}, required)


def form_schema(form: type[Inputs]) -> dict[str, Any]:
    """The JSON object that a form reads."""
    return _object(_properties(form), _required(form))


def query_parameters(form: type[Inputs]) -> list[dict[str, Any]]:
    """The query parameters that a form reads."""
    found = []
    for name, schema in _properties(form).items():
        said = schema.pop("description")
        found.append({"name": name, "in": "query", "required": False, "description": said, "schema": schema})
    return found


def example(form: type[Inputs]) -> dict[str, Any]:
    """A made-up body that shows how each required field is written."""
    return {name: _example(name, field) for name, field in form.base_fields.items() if field.required}


def _object(properties: dict[str, Any], required: set[str]) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = sorted(required)
    return schema


def _properties(form: type[Inputs]) -> dict[str, Any]:
    return {name: _property(field) for name, field in form.base_fields.items()}


def _required(form: type[Inputs]) -> set[str]:
    return {name for name, field in form.base_fields.items() if field.required}


def _property(field: forms.Field) -> dict[str, Any]:
    kind = kind_of(field)
    said = str(field.label or "") + (f"：{field.help_text}" if field.help_text else "")
    schema: dict[str, Any] = {**_TYPES.get(kind, {"type": "string"})}
    if isinstance(field, Count):
        schema |= {"minimum": field.min_value, "maximum": field.max_value}
    elif isinstance(field, Choice):
        choices = listed(field)
        schema["enum"] = [value for value, _ in choices]
        said += f"：{'，'.join(f'{value} {label}' for value, label in choices)}"
    elif isinstance(field, Pointer):
        said += f"（{_ROWS_OF.get(field.of, '标识')}）"
    elif isinstance(field, Rows):
        schema |= {"items": form_schema(field.form), "maxItems": field.most}
    elif isinstance(field, forms.CharField) and field.max_length:
        schema["maxLength"] = field.max_length
    return {**schema, "description": said}


_TYPES: dict[str, dict[str, Any]] = {
    "money": {"type": "string", "example": "8400.00"},
    "count": {"type": "integer"},
    "months": {"type": "string", "example": "3"},
    "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "yes_no": {"type": "boolean"},
    "tick": {"type": "boolean"},
    "pointers": {"type": "array", "items": {"type": "string"}},
    "rows": {"type": "array"},
}
_EXAMPLES: dict[str, Any] = {
    "money": "8400.00", "count": 3, "months": "3", "day": "2026-12-01", "moment": "2026-11-23T10:00:00+08:00",
    "yes_no": True,
    "tick": True, "phone": "13900000000", "id_number": "41122119900101001X", "credit_code": "91411221MA0000000X",
}  # fmt: skip
_SOMEBODY = "0193a1f0-0000-7000-8000-000000000001"


def _example(name: str, field: forms.Field) -> Any:
    kind = kind_of(field)
    if isinstance(field, Choice):
        return listed(field)[0][0]
    if isinstance(field, Pointer):
        one = {"agency": "housing", "township": "411221100"}.get(field.of, _SOMEBODY)
        return [one] if field.many else one
    if isinstance(field, Rows):
        return [example(field.form)]
    if name == "reason":
        return "依据已查明的事实办理。"
    return _EXAMPLES.get(kind, f"（{field.label}）")
