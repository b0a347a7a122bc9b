"""The desk's ready words at the intake page: phrases after a slash, questions to ask, consultations with their answers.

The administrator keeps them (templates.py); here they are read.
"""

from __future__ import annotations

from casedesk.models import DeskWords


def words_at_hand() -> dict[str, list[DeskWords]]:
    """The three lists in their order, by the name the intake page gives them; one query."""
    lists: dict[str, list[DeskWords]] = {"phrases": [], "questions": [], "topics": []}
    for one in DeskWords.objects.all():
        lists[f"{one.kind}s"].append(one)
    return lists


def topic_named(name: str) -> DeskWords | None:
    """The consultation chosen by its name, or None for one that is not (any longer) on the list."""
    return DeskWords.objects.filter(kind=DeskWords.Kind.TOPIC, name=name).first() if name else None
