"""What a procedure file may say of an act, and nothing of how it is carried out.

`@action` is a few lines over `django_fsm.transition`: django-fsm-2 stays the machine, the declaration rides on it as
`custom["action"]`. The one declaration drives enforcement, buttons, the API's request body, approvals, the rulebook
and the database's edges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import models
from django_fsm import FSMField, transition

from workflows.casefile.personal import Identified
from workflows.inputs import Inputs, Nothing
from workflows.roles import BUREAU_ROLES, Actor, Role, Who

if TYPE_CHECKING:
    from workflows.casefile.file import CaseFile

#: a sentence if the file forbids the act now, None if it allows it
Guard = Callable[["CaseFile", Any, datetime], str | None]
#: rows that follow from the act: (step) → changes
ChangeMaker = Callable[["Step"], Sequence["Change"]]


@dataclass(frozen=True)
class Starts:
    """A limit of the rules an act starts: always, when `when` holds, or from another moment than the act's `at`.

    `served` binds it to the service of one kind of paper (the fact `served:<kind>`); `counted_from` gives the moment
    it counts from; `after` names limits whose later end it counts from (PAY-12); `carried` marks a limit that goes on
    from another root (join, split) and so is no start in the sense of deadlines.yaml; `about` tells apart several that
    may run side by side.
    """

    rule: str
    when: Callable[[Step], bool] | None = None
    served: str = ""
    counted_from: Callable[[Step], datetime | None] | None = None
    after: tuple[str, ...] = ()
    carried: bool = False
    about: Callable[[Step], Any] | None = None


@dataclass(frozen=True)
class SetsDate:
    """A limit whose day an officer or a paper sets: `days` gives the day, or several (day, what it is about).

    `overdue` names the act that the clockwork performs once the day has passed.
    """

    rule: str
    days: Callable[[Step], Sequence[tuple[Any, Any]]]
    overdue: str = ""


@dataclass(frozen=True)
class Stops:
    """A limit an act ends: always, when `when` holds, on service of a paper, or only the one about one thing."""

    rule: str
    when: Callable[[Step], bool] | None = None
    served: str = ""
    about: Callable[[Step], Any] | None = None


@dataclass(frozen=True)
class Sends:
    """A row of the sharing matrix that an act sends, always or when `when` holds."""

    notice: str
    when: Callable[[Step], bool] | None = None


@dataclass(frozen=True)
class ActionRule:
    """One act on one set of arrows, as declared.

    `from_paper` is "" or "may" or "only": an act of another agency that the assigned inspector may, or must, record
    from its signed paper. `alias` is the name under which the law's data knows an opening step (accept files the
    case). `step_only` is an act nobody does by hand: it belongs to another one. `answers` and `signs` name the kinds
    of notices that the act answers or signs for (answers.py). `correctable` is undone by `correct`
    while nothing came after it.
    """

    procedure: str
    name: str
    label: str
    sources: tuple[str, ...]
    target: str | None
    by: tuple[Role | Who, ...]
    law: str
    approval: str = ""
    from_paper: str = ""
    alias: str = ""
    second_root: bool = False
    asks: type[Inputs] = Nothing
    requires: tuple[Guard, ...] = ()
    checks: tuple[Callable[[Step], None], ...] = ()
    changes: tuple[ChangeMaker, ...] = ()
    starts: tuple[Starts | SetsDate, ...] = ()
    stops: tuple[Stops, ...] = ()
    sends: tuple[Sends, ...] = ()
    also: Callable[[Step], Sequence[Step]] | None = None
    answers: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    correctable: bool = False
    opens: bool = False
    step_only: bool = False
    note: str = ""

    @property
    def roles(self) -> frozenset[str]:
        """The roles of which one is needed; being assigned or asked comes on top."""
        return frozenset(w.role if isinstance(w, Who) else w for w in self.by)

    def target_from(self, state: str) -> str:
        """Where the act leads from a state; a side act leads nowhere else."""
        return state if self.target is None else self.target

    def permits(self, file: CaseFile, subject: Any, actor: Actor) -> bool:
        """Whether it is the actor's to do on this file."""
        return any(_holds(w, file, subject, actor) for w in self.by)


def _holds(who: Role | Who, file: CaseFile, subject: Any, actor: Actor) -> bool:
    """Whether the actor is this somebody: the bureau's own people only for the bureau's own files."""
    role = who.role if isinstance(who, Who) else who
    if not actor.has(role) or (role in BUREAU_ROLES and file.has_root and actor.agency not in file.bureau_codes):
        return False
    return who.holds(file, subject, actor) if isinstance(who, Who) else True


@dataclass
class Step:
    """One act about to be done to one subject: what guards and changes look at. `told` reaches the caller, never a
    table."""

    rule: ActionRule
    file: CaseFile
    subject: Any
    by: Actor
    at: datetime
    now: datetime
    inputs: dict[str, Any] = field(default_factory=dict)
    record: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    approval: Any = None
    root: Any = None
    paper: Any = None
    before: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    from_state: str = ""
    event: Any = None

    @property
    def served(self) -> str:
        """The kind of paper whose service takes effect in this step, if any."""
        return self.paper.kind if self.paper is not None else ""

    @property
    def matter(self) -> tuple[str, UUID]:
        """The procedure, by name and public id, whose limits the step starts and stops."""
        if self.paper is not None:
            return self.paper.procedure, self.paper.subject
        return self.rule.procedure, self.subject.public_id


@dataclass(frozen=True)
class Change:
    """A row to write: a new one whole, or the named fields of one that stands."""

    row: models.Model
    fields: tuple[str, ...] = ()

    @property
    def new(self) -> bool:
        return not self.fields


def insert(row: models.Model) -> Change:
    """A new row."""
    return Change(row)


def update(row: models.Model, *fields: str) -> Change:
    """The named fields of a row that stands."""
    return Change(row, fields)


class Procedure(Identified):
    """A finite-state workflow on a subject. Its state moves through `perform` and through nothing else.

    Neither django-fsm's model mixin nor its ConcurrentTransitionMixin: their refresh switches the protection off for
    the whole process, and they are blind to acts that stay in a state (both measured). The engine locks the root and
    reads afresh.
    """

    since = models.DateTimeField(null=True, editable=False)

    if TYPE_CHECKING:
        state: str
        case: Any
        objects: models.Manager[Any]

        def get_state_display(self) -> str: ...

    NAME = ""
    LABEL = ""
    END_STATES: frozenset[str] = frozenset()
    STAGES: dict[str, str] = {}
    RULES: dict[str, list[ActionRule]]

    class Meta:
        abstract = True

    @classmethod
    def acts(cls) -> dict[str, list[ActionRule]]:
        """Every act of the procedure by name; several rules where one name has arrows of different people."""
        if "RULES" not in cls.__dict__:
            cls.RULES = _declared(cls)
        return cls.RULES

    @classmethod
    def rules(cls) -> Iterator[ActionRule]:
        """Every declared rule."""
        for rules in cls.acts().values():
            yield from rules

    @classmethod
    def rule_from(cls, act: str, state: str) -> ActionRule | None:
        """The rule of an act in a state, or None when the state does not allow it."""
        return next((r for r in cls.acts().get(act, ()) if state in r.sources), None)

    @property
    def ended(self) -> bool:
        """Whether the procedure has come to an end; some ends can be reopened."""
        return self.state in self.END_STATES

    @classmethod
    def open_on(cls, file: CaseFile) -> Procedure:
        """The instance that an opening act of this procedure starts on a file; not written yet."""
        raise NotImplementedError(cls)

    def hang_on(self, file: CaseFile) -> None:
        """Point to the root as the file holds it, so that guards and changes see one instance of it."""
        self.case = file.case

    @property
    def root(self) -> Any:
        """The case, or the complaint that has none: the row whose chain the procedure's events join."""
        return self.case

    @property
    def stage(self) -> str:
        """The public stage the state belongs to."""
        return self.STAGES[self.state]


def state_field(states: type[models.TextChoices]) -> FSMField:
    """The one state column of a procedure, protected: assigning to it raises, the database checks it too."""
    return FSMField(choices=states.choices, protected=True, max_length=30, default="")


def action(
    label: str,
    *,
    source: str | Sequence[str],
    target: str | None,
    by: Sequence[Role | Who],
    law: str,
    approval: str = "",
    starts: Sequence[str | Starts | SetsDate] = (),
    stops: Sequence[str | Stops] = (),
    sends: Sequence[str | Sends] = (),
    requires: Sequence[Guard] = (),
    checks: Sequence[Callable[[Step], None]] = (),
    changes: Sequence[ChangeMaker] = (),
    **more: Any,
) -> Callable:
    """Declare an act of a procedure. `target=None` is a side act: it changes no state. Used twice where arrows
    differ."""
    sources = (source,) if isinstance(source, str) else tuple(source)

    def declare(method: Callable) -> Callable:
        rule = ActionRule(
            procedure="",
            name=method.__name__,
            label=label,
            sources=sources,
            target=target,
            by=tuple(by),
            law=law,
            approval=approval,
            starts=tuple(Starts(s) if isinstance(s, str) else s for s in starts),
            stops=tuple(Stops(s) if isinstance(s, str) else s for s in stops),
            sends=tuple(Sends(s) if isinstance(s, str) else s for s in sends),
            requires=tuple(requires),
            checks=tuple(checks),
            changes=tuple(changes),
            opens="" in sources,
            **more,
        )
        return transition(
            field="state",
            source=list(sources),
            target=target,
            permission=lambda subject, actor: actor.has(*rule.roles),
            custom={"action": rule},
        )(method)

    return declare


def _declared(cls: type[Procedure]) -> dict[str, list[ActionRule]]:
    """The rules found on the class's transitions, in the order of its files, with the procedure's name filled in."""
    found: dict[str, list[ActionRule]] = {}
    for name, member in ((name, member) for owner in cls.__mro__ for name, member in vars(owner).items()):
        machine = getattr(member, "_django_fsm", None)
        if machine is None:
            continue
        rules = {id(t.custom["action"]): t.custom["action"] for t in machine.transitions.values()}
        for rule in rules.values():
            object.__setattr__(rule, "procedure", cls.NAME)
            found.setdefault(name, []).append(rule)
    return found
