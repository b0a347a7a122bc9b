"""Whom a notice is for: a post (an agency's role, whoever holds it that day) or one person by an opaque reference.

The mailroom never learns who holds a post and never looks a person up; both are told to it by the caller.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Post:
    """A role at an agency, for example `police/police_officer`."""

    agency: str
    role: str

    def __post_init__(self) -> None:
        for word in (self.agency, self.role):
            if not word or "/" in word or word != word.strip():
                raise ValueError(f"a post is an agency code and a role, got {self.agency!r} and {self.role!r}")

    def __str__(self) -> str:
        return f"{self.agency}/{self.role}"

    @classmethod
    def parse(cls, text: str) -> "Post":
        """The post written as `agency/role`."""
        agency, _, role = text.partition("/")
        return cls(agency, role)


@dataclass(frozen=True, slots=True)
class Person:
    """One addressee by the caller's own reference, for example `complaint:<uuid>`; the address itself is not kept here.

    `address_kind` says how the person can be reached (`progress` is the page behind the receipt code).
    """

    ref: str
    name: str
    address_kind: str = "progress"

    def __post_init__(self) -> None:
        if not self.ref or not self.address_kind:
            raise ValueError("a person is addressed by a reference and a kind of address")

    def __str__(self) -> str:
        return self.ref
