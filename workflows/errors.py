"""Why a request was refused: one class per answer a person can be given.

Owns the refusals of the engine and nothing else; it knows no HTTP. `status` is the number the HTTP edge answers
with, kept
here so that the desk needs no table of its own (404 for what you may not see, 403 for what is not yours to do, 409
for not
now, 422 for bad input).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Refusal(Exception):
    """A request that was understood and refused; nothing was written."""

    status = 400
    title = "请求被拒绝"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason or self.title)
        self.reason = reason or self.title


class UnknownAction(Refusal):
    """The procedure has no act of this name."""

    status = 404
    title = "没有这个办理动作"


class NotVisible(Refusal):
    """The row does not exist, or the actor may not know that it does: the two are told apart nowhere."""

    status = 404
    title = "没有找到"


class PermissionDenied(Refusal):
    """The actor may see the row, but this act is not his to do."""

    status = 403
    title = "您无权办理这个动作"


class NotPossibleNow(Refusal):
    """The act exists and is the actor's, but the file does not allow it at this moment.

    `reasons` are sentences for a person; `possible` are the names of the acts that the state does allow.
    """

    status = 409
    title = "现在不能办理"

    def __init__(self, reasons: str | Sequence[str], possible: Sequence[str] = ()) -> None:
        self.reasons = [reasons] if isinstance(reasons, str) else list(reasons)
        self.possible = list(possible)
        super().__init__("；".join(self.reasons))


class InvalidInput(Refusal):
    """What was handed in is wrong, field by field; the key `""` is for what belongs to no single field."""

    status = 422
    title = "提交的内容有误"

    def __init__(self, errors: Mapping[str, Sequence[str] | str]) -> None:
        self.errors = {k: [v] if isinstance(v, str) else list(v) for k, v in errors.items()}
        super().__init__("；".join(f"{k}：{'，'.join(v)}" if k else "，".join(v) for k, v in self.errors.items()))


class Repeated(Exception):
    """The same request was answered before: `answer` is what was answered then. Not a refusal."""

    def __init__(self, answer: dict) -> None:
        super().__init__("repeated")
        self.answer = answer
