"""What an act asks for: Django forms that are strict with whoever calls.

One declaration serves the page, the API and the rulebook. Owns the field types of the trade (names, money, legal
days, people,
papers) and the reading of raw values; it knows no HTTP. A field marked `personal` is kept masked in the record; a
field marked
`story` is kept there only as its hash, because the text stands in a column of its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from workflows import clock
from workflows.casefile.personal import masked

#: no date of a case lies outside: earlier or later is a slip of the hand, and limits computed from it would overflow
EARLIEST, LATEST = date(1950, 1, 1), date(2100, 1, 1)
LARGEST_AMOUNT = Decimal("999999999999.99")
FULL_WIDTH = {ord(full): half for full, half in zip("０１２３４５６７８９．，－", "0123456789.,-", strict=True)}
#: line breaks and tabs are text; every other control, format and surrogate character is not (item 1, 40, 41, 48 of
#: the catalogue)
_FORBIDDEN = {"Cc", "Cs", "Cf", "Co", "Cn"}


class CleanText(forms.CharField):
    """Text as people write it: NFC, trimmed, no control or direction characters; rare characters of names are
    welcome.
    """

    def __init__(self, *, lines: bool = False, personal: bool = False, story: bool = False, **options: Any) -> None:
        self.lines, self.personal, self.story = lines, personal, story
        options.setdefault("max_length", 4000 if lines else 120)
        if lines:
            options.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        if not isinstance(value, str):
            raise ValidationError("应为文字", code="type")
        value = unicodedata.normalize("NFC", value).strip().replace("\r\n", "\n")
        allowed = "\n\t" if self.lines else ""
        if any(unicodedata.category(c) in _FORBIDDEN and c not in allowed and not _han_to_come(c) for c in value):
            raise ValidationError("含有不能使用的控制字符", code="control")
        return value


def _han_to_come(character: str) -> bool:
    """Characters of the two planes for rare Han: Python's tables are older than the newest of them, names are not."""
    return 0x20000 <= ord(character) <= 0x3FFFD


def _digits(value: Any) -> str:
    """A number as text: full-width digits read as digits, other scripts' digits refused, floats and booleans
    refused.
    """
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise ValidationError("应为数字，请以文字或整数提交", code="type")
    text = str(value).strip().translate(FULL_WIDTH)
    if not text.isascii():
        raise ValidationError("只接受阿拉伯数字 0-9", code="digits")
    if len(text) > 24:
        raise ValidationError("数字过长", code="length")
    return text


class Money(forms.DecimalField):
    """Yuan with at most two decimals, 0 to 999 999 999 999.99; never a float, no exponent, -0 is refused."""

    def __init__(self, **options: Any) -> None:
        options = {"max_digits": 14, "decimal_places": 2, "min_value": 0, "max_value": LARGEST_AMOUNT, **options}
        for bound in ("min_value", "max_value"):
            options[bound] = Decimal(options[bound])  # declarations write "0.01": a float would not be it
        super().__init__(**options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # the stubs think of int
        if value in self.empty_values:
            return None
        text = _digits(value)
        if not re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?|-?\d+(\.\d+)?", text):
            raise ValidationError("请输入金额（元），例如 8400.00", code="invalid")
        if text.startswith("-"):
            raise ValidationError("金额不能是负数", code="negative")
        return Decimal(text.replace(",", ""))


class Count(forms.IntegerField):
    """A whole number of people, pages, things; 0 to 100 000 unless told otherwise."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 100_000, **options})

    def to_python(self, value: Any) -> int | None:
        if value in self.empty_values:
            return None
        return super().to_python(_digits(value))


class Months(forms.DecimalField):
    """Months of unpaid pay, halves allowed: months of pay, not of elapsed time (rules 3.1)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 5, "decimal_places": 1, "min_value": 0, "max_value": 600, **options})

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return None if value in self.empty_values else super().to_python(_digits(value))


class LegalDay(forms.DateField):
    """A legal day (Asia/Shanghai), written 2026-12-01; `past` or `future` say on which side of today it must lie."""

    def __init__(self, *, past: bool = False, future: bool = False, **options: Any) -> None:
        self.past, self.future = past, future
        options.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d"], **options)

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip().translate(FULL_WIDTH)):
            raise ValidationError("请按 2026-12-01 的格式填写日期", code="invalid")
        return super().to_python(value.strip().translate(FULL_WIDTH))

    def validate(self, value: date | None) -> None:
        super().validate(value)
        if value is None:
            return
        if not EARLIEST <= value <= LATEST:
            raise ValidationError(f"日期须在 {EARLIEST} 至 {LATEST} 之间", code="range")
        if self.past and value > clock.today():
            raise ValidationError("不能晚于今天", code="future")
        if self.future and value <= clock.today():
            raise ValidationError("须晚于今天", code="past")


class Moment(forms.Field):
    """A moment, ISO 8601; without a zone it is Asia/Shanghai."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            moment = value
        else:
            if not isinstance(value, str) or len(value) > 40:
                raise ValidationError("请填写时间，例如 2026-11-23T10:00", code="invalid")
            try:
                moment = datetime.fromisoformat(value.strip())
            except ValueError:
                raise ValidationError("请填写时间，例如 2026-11-23T10:00", code="invalid") from None
        if not EARLIEST.year < moment.year < LATEST.year:
            raise ValidationError(f"时间须在 {EARLIEST.year} 至 {LATEST.year} 年之间", code="range")
        if moment.tzinfo is None:
            return moment.replace(tzinfo=clock.SHANGHAI)
        return moment.astimezone(clock.SHANGHAI)  # no table takes every displacement that may be written


def read_moment(text: str) -> datetime | None:
    """A moment with its zone out of a cursor, in Asia/Shanghai; None for nonsense and what no clock there shows."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(clock.SHANGHAI) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


class RawCheckbox(forms.CheckboxInput):
    """A check box whose posted word reaches the field as it came: Django's takes any word for a tick."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        return data.get(name, False)


class RawYesNo(forms.NullBooleanSelect):
    """Yes, no or not said, the posted word reaching the field as it came."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        return data.get(name)


class YesNo(forms.NullBooleanField):
    """Yes, no, or not said; a number or a text that is none of the usual words is refused."""

    widget: type[forms.Widget] = RawYesNo
    WORDS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "1": True, "0": False}

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]
        if isinstance(value, bool) or value is None:
            return value
        if not isinstance(value, str) or value.strip().lower() not in {*self.WORDS, "", "unknown"}:
            raise ValidationError("应为 true 或 false", code="type")
        return self.WORDS.get(value.strip().lower())

    def validate(self, value: bool | None) -> None:
        if self.required and value is None:
            raise ValidationError(self.error_messages["required"], code="required")


class Tick(forms.BooleanField):
    """A box that is ticked or not."""

    widget: type[forms.Widget] = RawCheckbox

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, **options})

    def to_python(self, value: Any) -> bool:
        if isinstance(value, bool) or value is None:
            return bool(value)
        if not isinstance(value, str) or value.strip().lower() not in {*YesNo.WORDS, ""}:
            raise ValidationError("应为 true 或 false", code="type")
        return bool(YesNo.WORDS.get(value.strip().lower(), False))


class Phone(CleanText):
    """A telephone number: mobile, landline with area code, 400 number or foreign; stored bare, +86 dropped."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"personal": True, "max_length": 30, **options})
        self.widget.attrs.setdefault("inputmode", "tel")

    def to_python(self, value: Any) -> str:
        text = super().to_python(value).translate(FULL_WIDTH)
        bare = re.sub(r"[\s\-()（）]", "", text)
        bare = re.sub(r"^(\+86|0086)(?=1\d{10}$)", "", bare)
        if bare and not re.fullmatch(r"\+?[0-9]{5,20}", bare):
            raise ValidationError("电话号码只能是 5 至 20 位数字", code="invalid")
        return bare


class IdNumber(CleanText):
    """身份证件号码: 15 or 18 characters for an ID card, other documents 5 to 20. A wrong check digit is a warning, never
    a block.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"personal": True, "max_length": 30, **options})

    def to_python(self, value: Any) -> str:
        text = super().to_python(value).translate(FULL_WIDTH).replace(" ", "").upper()
        if text and not re.fullmatch(r"[0-9A-Z]{5,20}", text):
            raise ValidationError("证件号码只能是 5 至 20 位字母或数字", code="invalid")
        return text


class CreditCode(CleanText):
    """统一社会信用代码 (GB 32100): 18 characters without I, O, S, V, Z, with its check character."""

    ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 18, **options})

    def to_python(self, value: Any) -> str:
        code = super().to_python(value).translate(FULL_WIDTH).replace(" ", "").upper()
        if not code:
            return ""
        if len(code) != 18 or any(c not in self.ALPHABET for c in code):
            raise ValidationError("统一社会信用代码应为 18 位，且不含 I、O、S、V、Z", code="invalid")
        total = sum(self.ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(code[:17]))
        if self.ALPHABET[(31 - total % 31) % 31] != code[17]:
            raise ValidationError("统一社会信用代码的校验位不对", code="check")
        return code


class Choice(forms.ChoiceField):
    """One of a list; only the listed word is taken, as text."""

    def to_python(self, value: Any) -> str:
        if value in self.empty_values:
            return ""
        if not isinstance(value, str):
            raise ValidationError("应为列出的选项之一", code="type")
        return value


class Pointer(CleanText):
    """A row of the file or of the county, by public id (officer, evidence, case …) or code (agency, township).

    The field only reads the text; the act finds the row in the file, so that nothing outside it can be named. `of`
    says what
    kind of row, for the page's list of choices and the OpenAPI document.
    """

    def __init__(self, of: str, *, many: bool = False, **options: Any) -> None:
        self.of, self.many = of, many
        options.setdefault("max_length", 2000 if many else 60)
        super().__init__(**options)

    def to_python(self, value: Any) -> Any:
        if not self.many:
            return super().to_python(value)
        if value in self.empty_values:
            return []
        names = value.split(",") if isinstance(value, str) else value
        if not isinstance(names, Sequence) or len(names) > 200:
            raise ValidationError("应为列表", code="type")
        return [name for name in (super(Pointer, self).to_python(v) for v in names) if name]

    def run_validators(self, value: Any) -> None:
        if not self.many:
            super().run_validators(value)


class RowsWidget(forms.Widget):
    """Rows typed into a table (`name-0-column`) or handed over as a list."""

    template_name = "django/forms/widgets/textarea.html"

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        if name in data:
            return data[name]
        rows: dict[int, dict[str, Any]] = {}
        for key in data:
            match = re.fullmatch(re.escape(name) + r"-(\d{1,5})-(\w+)", key)
            if match:
                rows.setdefault(int(match[1]), {})[match[2]] = data[key]
        return [row for _, row in sorted(rows.items()) if any(str(v).strip() for v in row.values())]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return name not in data and not any(key.startswith(f"{name}-") for key in data)


class Rows(forms.Field):
    """A list of small forms of one kind: ledger lines, instalments, shares of a payment."""

    widget = RowsWidget

    def __init__(
        self, form: type[Inputs], *, most: int = 2000, folded: frozenset[str] = frozenset(), **options: Any
    ) -> None:
        """`folded` names columns that a page's table leaves out; whoever hands rows over may still fill them."""
        self.form, self.most, self.folded, self.personal = form, most, folded, True
        super().__init__(**options)

    @property
    def columns(self) -> list[tuple[str, forms.Field]]:
        return list(self.form.base_fields.items())

    def clean(self, value: Any) -> list[dict[str, Any]]:
        rows = [] if value in self.empty_values else value
        if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
            raise ValidationError("应为列表，每行一个对象", code="type")
        if len(rows) > self.most:
            raise ValidationError(f"最多 {self.most} 行", code="length")
        if self.required and not rows:
            raise ValidationError(self.error_messages["required"], code="required")
        cleaned, wrong = [], []
        for number, row in enumerate(rows, start=1):
            entry = self.form.read(row)
            if entry.is_valid():
                cleaned.append(entry.cleaned_data)
            else:
                for name, errors in entry.errors.items():
                    label = entry.fields[name].label if name in entry.fields else ""
                    wrong += [f"第 {number} 行 {label or ''}：{error}" for error in errors]
        if wrong:
            raise ValidationError(wrong[:20])
        return cleaned


class Inputs(forms.Form):
    """The inputs of one act. Unknown names are refused, so that a misspelt or smuggled field is never silently
    dropped.
    """

    use_required_attribute = False
    label_suffix = ""
    #: names that a page or client adds around the inputs of an act
    AROUND = frozenset({"csrfmiddlewaretoken", "seen_version", "idempotency_key"})

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Inputs:
        """The form bound to raw values, lists and texts as they came."""
        return cls(data=raw)

    def clean(self) -> dict[str, Any]:
        for key in self.data:
            head = str(key).split("-", 1)[0]
            if key not in self.fields and key not in self.AROUND and not isinstance(self.fields.get(head), Rows):
                self.errors.setdefault(str(key)[:60], self.error_class(["没有这个字段"]))
        return self.cleaned_data

    def for_record(self) -> dict[str, Any]:
        """What the event keeps of the inputs: masked where personal, absent where a column holds the story."""
        kept: dict[str, Any] = {}
        for name, value in self.cleaned_data.items():
            field = self.fields[name]
            said = value not in (None, "", []) and not (value is False and isinstance(field, Tick))
            if not said or getattr(field, "story", False):
                continue
            if isinstance(field, Rows):
                kept[name] = len(value)
            elif getattr(field, "personal", False):
                kept[name] = masked(str(value))
            else:
                kept[name] = _plain(value)
        return kept


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | date | datetime):
        return str(value)
    return value


class Nothing(Inputs):
    """An act that needs nothing but the click."""


class Because(Inputs):
    """An act that needs a reason and nothing else."""

    reason = CleanText(label="理由", lines=True)
