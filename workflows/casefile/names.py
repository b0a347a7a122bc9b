"""Names as people type them: employers, projects and crew leaders found by any part of the name, by its pinyin
initials, by an alias and by the credit code.

One small table of keys with one ordered index: every tail of a name is a key, so that "any part of it" is "begins
with", and no search reads a table through. The rows are written by the act that writes the employer or the project.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from django.db import models
from pypinyin import Style, lazy_pinyin

from workflows.casefile.parties import Employer, Project

#: characters of a key; nobody types more
LONGEST = 60


class NameKey(models.Model):
    """One key of one name. A crew leader is found through the project he works on."""

    class Kind(models.TextChoices):
        EMPLOYER = "employer", "用人单位"
        PROJECT = "project", "工程项目"
        CREW = "crew", "班组长"

    class How(models.TextChoices):
        NAME = "name", "名称"
        INITIALS = "initials", "拼音首字母"
        ALIAS = "alias", "别名"
        CODE = "code", "统一社会信用代码"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    how = models.CharField(max_length=10, choices=How.choices)
    key = models.CharField(max_length=LONGEST)
    employer = models.ForeignKey(Employer, models.PROTECT, null=True, blank=True, related_name="keys")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="keys")

    class Meta:
        indexes = [
            # the pattern class lets LIKE 'x%' use the order in a database of any collation
            models.Index(fields=["kind", "key"], name="name_key", opclasses=["varchar_ops", "varchar_pattern_ops"])
        ]


def normal(text: str) -> str:
    """A name or what somebody typed, as keys are compared: full-width as half-width, no spaces, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())[:LONGEST]


def initials(text: str) -> str:
    """The first letters of the pinyin: 青石建筑 → qsjz. What is no Han character stays."""
    return "".join(part[:1] for part in lazy_pinyin(normal(text), style=Style.FIRST_LETTER))


def keys_of_employer(employer: Employer) -> list[NameKey]:
    """Every key of a new employer (unsaved)."""
    found = _keys(employer.name, NameKey.Kind.EMPLOYER, employer=employer)
    if employer.credit_code:
        code = normal(employer.credit_code)
        found.append(NameKey(kind=NameKey.Kind.EMPLOYER, how=NameKey.How.CODE, key=code, employer=employer))
    return found


def keys_of_project(project: Project) -> list[NameKey]:
    """Every key of a new project and of its crew leader (unsaved)."""
    found = _keys(project.name, NameKey.Kind.PROJECT, project=project)
    if project.crew_leader_name:
        found += _keys(project.crew_leader_name, NameKey.Kind.CREW, project=project)
    return found


def keys_of_alias(employer: Employer, alias: str) -> list[NameKey]:
    """What else an employer is called: learnt when a complaint under that name was taken into its case (unsaved)."""
    if not alias or normal(alias) == normal(employer.name):
        return []
    known = NameKey.objects.filter(employer=employer, key=normal(alias)).exists()
    return [] if known else _keys(alias, NameKey.Kind.EMPLOYER, NameKey.How.ALIAS, employer=employer)


def _keys(text: str, kind: str, how: str = NameKey.How.NAME, **of: Employer | Project) -> list[NameKey]:
    spelt = ((how, _tails(normal(text), 1)), (NameKey.How.INITIALS, _tails(initials(text), 2)))
    return [NameKey(kind=kind, how=said, key=key, **of) for said, tails in spelt for key in tails]


def _tails(text: str, shortest: int) -> Iterable[str]:
    return dict.fromkeys(text[start:] for start in range(max(1, len(text) - shortest + 1)) if text[start:])


def names_like(kind: str, text: str, most: int = 8) -> list[NameKey]:
    """The best keys that begin with what was typed, one for each employer or project; one query.

    Whole names come first, then what begins with the text, then what holds it.
    """
    typed = normal(text)
    if not typed:
        return []
    rows = (
        NameKey.objects.filter(kind=kind, key__startswith=typed)
        .select_related("employer", "project__township", "project__regulator")
        .order_by("key", "id")[: 12 * most]
    )

    def rank(row: NameKey) -> tuple[bool, bool, bool, int]:
        name = normal(_named(row))
        return (name != typed, row.how == NameKey.How.INITIALS, not name.startswith(typed), len(name))

    best: dict[int | None, NameKey] = {}
    for row in sorted(rows, key=rank):
        best.setdefault(row.employer_id or row.project_id, row)
    return list(best.values())[:most]


def _named(row: NameKey) -> str:
    if row.employer is not None:
        return row.employer.name
    assert row.project is not None
    return row.project.crew_leader_name if row.kind == NameKey.Kind.CREW else row.project.name
