"""Personal text: phone, ID number, bank account, address have a field type of their own, so that one place decides
how they are kept and shown. Plain inside for now; encryption at rest comes here and nowhere else. Names are ordinary
text: they are searched.
"""

from __future__ import annotations

from django.db import models

from notifications.ids import uuid7


class PersonalText(models.TextField):
    """Text that identifies a person beyond the name. Never in a URL, a log line, an event or a notice that does not
    list it."""

    personal = True


class Identified(models.Model):
    """A row that people can point to: its public id is a UUIDv7, its number inside the database is nobody's
    business."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)

    class Meta:
        abstract = True


def masked(value: str) -> str:
    """What a screen may show of personal text: 138****4417, 4112************21; short text is hidden whole."""
    value = (value or "").strip()
    if not value:
        return ""
    if len(value) < 7:
        return "*" * len(value)
    if len(value) <= 12:
        return f"{value[:3]}****{value[-4:]}"
    return f"{value[:4]}{'*' * (len(value) - 6)}{value[-2:]}"
