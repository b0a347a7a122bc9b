"""The Chinese sentences with which a condition says no, read from its source, so that the rulebook can quote them.

A condition is code; what a person sees of it is the sentence it refuses with. What depends on the case reads as "…".
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_CHINESE = re.compile("[\u4e00-\u9fff]")
UNKNOWN = "…"


def sentences(guard: Callable[..., Any]) -> list[str]:
    """The sentences a guard returns, in the order of its source."""
    return _quoted(
        guard, (n.value for n in ast.walk(_tree(guard)) if isinstance(n, ast.Return) and n.value is not None)
    )


def refusals(check: Callable[..., Any]) -> list[str]:
    """The sentences with which a check refuses an input (`raise InvalidInput({field: sentence})`), in order."""
    raised = [n.exc for n in ast.walk(_tree(check)) if isinstance(n, ast.Raise) and isinstance(n.exc, ast.Call)]
    said = (value for call in raised for given in call.args for value in _values(given))
    return _quoted(check, said)


def _values(given: ast.expr) -> list[ast.expr]:
    return list(given.values) if isinstance(given, ast.Dict) else [given]


def _tree(function: Callable[..., Any]) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def _quoted(function: Callable[..., Any], expressions: Iterator[ast.expr]) -> list[str]:
    known = inspect.getclosurevars(function)
    names = {**known.globals, **known.nonlocals}
    found = [(e.lineno, e.col_offset, text) for e in expressions for text in _strings(e, names)]
    return list(dict.fromkeys(text for _, _, text in sorted(found, key=lambda one: one[:2])))


def _strings(node: ast.AST, names: Mapping[str, Any]) -> Iterator[str]:
    """The Chinese texts of an expression: a string, or an f-string whose parts of the case read as "…"."""
    if isinstance(node, ast.JoinedStr):
        text = "".join(_part(value, names) for value in node.values)
        if _CHINESE.search(text):
            yield text
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and _CHINESE.search(node.value):
            yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _strings(child, names)


def _part(value: ast.expr, names: Mapping[str, Any]) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    inner = value.value if isinstance(value, ast.FormattedValue) else value
    if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id in names:
        return str(getattr(names[inner.value.id], inner.attr, UNKNOWN))
    if isinstance(inner, ast.Name) and isinstance(names.get(inner.id), str | int):
        return str(names[inner.id])
    return UNKNOWN
