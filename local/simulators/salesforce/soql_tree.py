"""The tree that the parser makes of a query."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from local.simulators.salesforce.errors import ApiError


@dataclass(frozen=True, slots=True)
class Literal:
    """A value in the query; `pattern` is the regular expression of a string after LIKE."""

    kind: str
    value: Any
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """A field, reached through the relationships before it; `function` is applied to it."""

    names: tuple[str, ...]
    position: int
    function: str | None = None
    alias: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Return what two mentions of the same thing share."""
        return (self.function, *(name.lower() for name in self.names))


@dataclass(frozen=True, slots=True)
class Aggregate:
    """COUNT(), or COUNT, COUNT_DISTINCT, SUM, AVG, MIN, MAX of a field."""

    function: str
    path: Path | None
    position: int
    alias: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Return what two mentions of the same thing share."""
        return (self.function, *(self.path.key if self.path else ()))


@dataclass(frozen=True, slots=True)
class FieldSet:
    """FIELDS(ALL), FIELDS(STANDARD) or FIELDS(CUSTOM)."""

    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """`path operator values`; the operator is lower case, `not in` is one operator."""

    path: Path | Aggregate
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

    path: Path | Aggregate
    is_descending: bool
    nulls_last: bool


@dataclass(slots=True)
class Query:
    """A whole query, or one inside another."""

    text: str
    selected: "list[Path | Aggregate | FieldSet | Query]" = field(default_factory=list)
    source: str = ""
    source_position: int = 0
    alias: str | None = None
    where: Condition | None = None
    group: list[Path] = field(default_factory=list)
    having: Condition | None = None
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
