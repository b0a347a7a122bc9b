"""Whoever asked not to be named, kept out of what leaves the bureau (INT-05: LSIR 9, HNR 8).

The identity of informants, anonymous and confidential callers lies in `Informant`; here it is only looked for, so that
a title or a record that names one after all goes out without the name.
"""

from __future__ import annotations

from typing import Any

from workflows.casefile.case import Case
from workflows.casefile.parties import Informant

#: what a package says in the place of a name
IN_PLACE = "举报人"
#: shorter words than this are too common to be looked for
SHORTEST = 2


def secrets_of(case: Case) -> list[str]:
    """The words that tell who an informant of the case is, longest first; for replacing, never for showing."""
    found: set[str] = set()
    for one in Informant.objects.filter(complaint__case=case):
        found |= {one.name, one.phone, one.id_number, one.residence}
    return sorted((word for word in found if len(word.strip()) >= SHORTEST), key=len, reverse=True)


def unnamed(value: Any, secrets: list[str]) -> Any:
    """The same text, list or dictionary with each of the words replaced."""
    if isinstance(value, str):
        for word in secrets:
            value = value.replace(word, IN_PLACE)
        return value
    if isinstance(value, list):
        return [unnamed(one, secrets) for one in value]
    return {name: unnamed(one, secrets) for name, one in value.items()} if isinstance(value, dict) else value
