"""How the desk writes money, legal days, clocks and form fields: filters and tags over plain values, no queries."""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from lucide.templatetags.lucide import lucide

register = template.Library()

LEGAL_ZONE = ZoneInfo("Asia/Shanghai")
TEN_THOUSAND = Decimal(10_000)

CHIP_ICONS = {
    "over": "triangle-alert",
    "today": "bell",
    "soon": "clock",
    "ok": "clock-3",
    "hold": "pause",
    "none": "",
}
CHIP_WORDS = {
    "over": gettext_lazy("已超期"),
    "today": gettext_lazy("今日到期"),
    "soon": gettext_lazy("即将到期"),
    "ok": gettext_lazy("期限内"),
    "hold": gettext_lazy("已中止计时"),
    "none": gettext_lazy("无时限"),
}


# ---- money and days -------------------------------------------------------------------------------------------


def decimal_of(value: object) -> Decimal | None:
    """The yuan in a value, or None where there is no amount (an amount not known is not zero)."""
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


@register.filter
def money(value: object, places: int | None = None) -> str:
    """1234567.5 → 1,234,567.50; whole yuan without decimals unless `places` asks for them; nothing known → —."""
    amount = decimal_of(value)
    if amount is None:
        return "—"
    if places is None:
        places = 0 if amount == amount.to_integral_value() else 2
    return f"{amount:,.{places}f}"


@register.filter
def ten_thousand(value: object) -> str:
    """Yuan as 万元 with one decimal, for boards."""
    amount = decimal_of(value)
    return "—" if amount is None else f"{amount / TEN_THOUSAND:,.1f}"


@register.filter
def cell(value: object) -> str:
    """A cell of a plain table: yuan with separators, a day as a day, everything else as it is."""
    if isinstance(value, Decimal):
        return money(value)
    return legal_date(value) if isinstance(value, dt.date) else str("" if value is None else value)


def legal_day_of(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.astimezone(LEGAL_ZONE).date() if value.tzinfo else value.date()
    return value if isinstance(value, dt.date) else None


@register.filter
def legal_date(value: object, today: object = None) -> str:
    """The day in Asia/Shanghai: 2026-11-23, or 11-23 where it lies in the year of `today`. Words pass through."""
    day = legal_day_of(value)
    if day is None:
        return str(value or "")
    this_day = legal_day_of(today)
    return f"{day:%m-%d}" if this_day and this_day.year == day.year else f"{day:%Y-%m-%d}"


@register.filter
def legal_time(value: object, today: object = None) -> str:
    """The minute in Asia/Shanghai, 24 hours: 2026-11-23 10:42, or 11-23 10:42 in the year of `today`."""
    if not isinstance(value, dt.datetime):
        return legal_date(value, today)
    local = value.astimezone(LEGAL_ZONE) if value.tzinfo else value
    return f"{legal_date(local, today)} {local:%H:%M}"


# ---- marks ----------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString | str:
    """A lucide icon beside a word; never the only carrier of a meaning, hence hidden from screen readers."""
    return lucide(name, size=size, aria_hidden="true") if name else ""


@register.inclusion_tag("casedesk/parts/_chip.html")
def clock_chip(chip: object, size: str = "") -> dict[str, object]:
    """The chip of a clock. chip = {state: over|today|soon|ok|hold|none, text, title} or None; size = "" | "large"."""

    def part(name: str) -> object:
        return chip.get(name) if isinstance(chip, Mapping) else getattr(chip, name, None)

    state = str(part("state") or "none")
    if state not in CHIP_ICONS:
        state = "none"
    return {
        "state": state,
        "icon": CHIP_ICONS[state],
        "text": part("text") or CHIP_WORDS[state],
        "title": part("title") or "",
        "size": size,
    }


STAGE_CLASSES = {
    "登记": "registered",
    "受理立案": "accepted",
    "调查核实": "investigating",
    "责令支付": "ordered",
    "处理决定": "decided",
    "结案": "closed",
}


@register.simple_tag
def stage(word: object) -> SafeString:
    """A public stage: a small square of its colour beside the word; side ends (不予受理, 转办 …) get an open square."""
    colour = STAGE_CLASSES.get(str(word), "ended")
    return format_html('<span class="stage stage-{}">{}</span>', colour, gettext(str(word)) if word else "—")


# ---- forms ----------------------------------------------------------------------------------------------------

NATIVE_TYPES: tuple[tuple[type[forms.Widget], str, str], ...] = (
    (forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (forms.DateInput, "date", "%Y-%m-%d"),
)
ISO_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])")
SHORT_WIDGETS = (forms.NumberInput, forms.DateInput, forms.DateTimeInput, forms.TimeInput)
CHOICE_LISTS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


def kind_of(field: forms.Field) -> str:
    """What a field looks like: rows | choices | check | hidden | area | short | line."""
    widget = field.widget
    if hasattr(field, "columns"):
        return "rows"
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, CHOICE_LISTS):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.Textarea):
        return "area"
    return "short" if isinstance(widget, SHORT_WIDGETS) else "line"


def is_money(field: forms.Field) -> bool:
    return isinstance(field, forms.DecimalField)


def dressed(field: forms.Field, value: object = None) -> tuple[forms.Widget, dict[str, str | bool]]:
    """A copy of the field's widget as the desk shows it, and its attributes; the declared field stays as it is.

    Days get the browser's own picker, which takes ISO dates only; anything else that was typed stays as text.
    Money is a text box: type=number drops a pasted "12,640" and changes the amount on a turn of the mouse wheel.
    """
    widget = copy.copy(field.widget)
    if isinstance(widget, (*CHOICE_LISTS, forms.CheckboxInput)):
        return widget, {}
    if is_money(field) and isinstance(widget, forms.NumberInput):
        widget.input_type = "text"
        return widget, {"inputmode": "decimal", "class": "input money"}
    for widget_class, input_type, iso in NATIVE_TYPES:
        if isinstance(widget, widget_class):
            widget.format = iso  # type: ignore[attr-defined]
            readable = not isinstance(value, str) or not value or ISO_DAY.match(value)
            widget.input_type = input_type if readable else "text"  # type: ignore[attr-defined]
    return widget, {"class": "input"}


@register.filter
def field_kind(field: BoundField) -> str:
    return kind_of(field.field)


@register.simple_tag
def control(field: BoundField, **extra: Any) -> SafeString:
    """The control of a field, described by its help and its errors and marked invalid for assistive technology."""
    widget, attrs = dressed(field.field, field.value())
    described = [
        f"{field.auto_id}-{part}" for part in ("help", "error") if (field.help_text, field.errors)[part == "error"]
    ]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    classes = extra.pop("class", "")
    attrs |= {name.replace("_", "-"): str(value) for name, value in extra.items() if value not in ("", None)}
    if classes and "class" in attrs:
        attrs["class"] = f"{attrs['class']} {classes}"
    return field.as_widget(widget=widget, attrs=attrs)


@register.simple_tag
def remaining(form: forms.BaseForm, names: str) -> list[BoundField]:
    """The visible fields of a form that a page has not laid out by name, so that a new field is never lost."""
    placed = set(names.split())
    return [field for field in form.visible_fields() if field.name not in placed]


@register.simple_tag
def error_links(form: forms.BaseForm) -> list[dict[str, object]]:
    """One line per error for the summary on top: the field's label, the sentence, and where the field is."""
    lines: list[dict[str, object]] = [{"label": "", "text": text, "target": ""} for text in form.non_field_errors()]
    for field in form:
        target = "" if field.is_hidden else field.id_for_label or field.auto_id
        if kind_of(field.field) == "rows":
            target = f"{field.auto_id}-rows"
        lines += [{"label": field.label, "text": text, "target": target} for text in field.errors]
    return lines


# ---- the row table of a form ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column of the row table: a field of the small form that each row is."""

    name: str
    label: str
    field: forms.Field

    @property
    def summed(self) -> bool:
        return is_money(self.field)

    @property
    def numeric(self) -> bool:
        return isinstance(self.field, (forms.DecimalField, forms.IntegerField))

    @property
    def required(self) -> bool:
        return self.field.required

    def control(self, html_name: str, value: object, row: str) -> SafeString:
        widget, attrs = dressed(self.field, value)
        attrs |= {
            "id": f"id_{html_name}",
            "aria-label": gettext("第 {n} 行 {label}").format(n=row, label=self.label),
            "data-column": self.name,
            "autocomplete": "off",
        }
        if getattr(self.field, "repeat", False):
            attrs["data-repeat"] = "1"
        return widget.render(html_name, self.field.prepare_value(value), attrs)


def columns_of(field: forms.Field) -> list[Column]:
    """The columns a row field shows: pairs of name and form field."""
    declared: Any = getattr(field, "columns", [])
    folded: frozenset[str] = getattr(field, "folded", frozenset())
    return [Column(name, str(one.label or name), one) for name, one in declared if name not in folded]


def rows_typed(field: BoundField, columns: list[Column]) -> Iterator[dict[str, object]]:
    """What was posted, row by row, as typed: a refused form must show it again unchanged."""
    data, name = field.form.data, field.html_name
    pattern = re.compile(re.escape(name) + r"-(\d+)-")
    numbers = sorted({int(found[1]) for key in data if (found := pattern.match(str(key)))})
    for number in numbers:
        yield {column.name: data.get(f"{name}-{number}-{column.name}") for column in columns}


@register.simple_tag
def rows_of(field: BoundField, blanks: int = 1) -> dict[str, object]:
    """The table of a RowsField: columns, one list of controls per row, and the blank row that the script copies."""
    columns = columns_of(field.field)
    values: list[Any] = list(rows_typed(field, columns)) if field.form.is_bound else list(field.value() or [])
    values += [{}] * max(0, blanks - len(values))

    def cells(index: int | str, row: Mapping[str, object]) -> list[dict[str, object]]:
        shown = str(index + 1) if isinstance(index, int) else "+"
        return [
            {
                "column": column,
                "control": column.control(f"{field.html_name}-{index}-{column.name}", row.get(column.name), shown),
            }
            for column in columns
        ]

    return {
        "id": f"{field.auto_id}-rows",
        "columns": columns,
        "rows": [cells(index, row) for index, row in enumerate(values)],
        "blank": cells("__n__", {}),
        "next": len(values),
        "summed": next((column for column in columns if column.summed), None),
    }
