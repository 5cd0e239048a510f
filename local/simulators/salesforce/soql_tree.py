"""The tree that the parser makes of a query."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from local.simulators.salesforce.errors import ApiError


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in the query; `pattern` matches what a string means after LIKE."""

    kind: str
    value: Any
    pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A field, reached through the relationships before it."""

    names: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Count:
    """COUNT() or COUNT(field)."""

    path: Path | None
    alias: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator values`; the operator is lower case, `not in` is one operator."""

    path: Path
    operator: str
    values: "Sequence[Literal] | Query"


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions of which all (`and`), one (`or`) or none (`not`) must hold."""

    word: str
    conditions: tuple["Condition", ...]


Condition = Comparison | Junction


@dataclass(frozen=True, slots=True)
class Order:
    """One column to sort by."""

    path: Path
    is_descending: bool
    nulls_last: bool


@dataclass(slots=True)
class Query:
    """A whole query, or one inside another."""

    text: str
    selected: "list[Path | Count | Query]" = field(default_factory=list)
    source: str = ""
    source_position: int = 0
    alias: str | None = None
    where: Condition | None = None
    order: list[Order] = field(default_factory=list)
    limit: int | None = None
    offset: int = 0


def refusal(code: str, query_text: str, position: int, message: str) -> ApiError:
    """Return an error that shows the place in the query, as the service does."""
    start = max(0, position - 32)
    shown = query_text[start : position + 24].replace("\n", " ")
    caret = " " * (position - start) + "^"
    where = f"ERROR at Row:1:Column:{position + 1}"
    return ApiError(code, f"\n{shown}\n{caret}\n{where}\n{message}")
