"""Conditions and paths of a query, turned into functions of a row."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from local.simulators.salesforce import ids, soql_dates
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.past import Past
from local.simulators.salesforce.schema import NUMBERS, TEXTS, Field, ObjectType
from local.simulators.salesforce.soql_tree import (
    Aggregate,
    Comparison,
    Condition,
    Junction,
    Literal,
    Path,
    Query,
    refusal,
)
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row

# A row, or what is known of a group of rows.
Test = Callable[[Any], bool]
Getter = Callable[[Any], Any]
ValuesOf = Callable[[Query], Sequence[Any]]

_REFERENCE = "Please reference your WSDL or the describe call for the appropriate names."
_REMEDY_PATH = (
    "If you are attempting to use a custom relationship, be sure to append the '__r' after the"
    f" custom relationship name. {_REFERENCE}"
)
_REMEDY_FIELD = (
    "If you are attempting to use a custom field, be sure to append the '__c' after the custom"
    f" field name. {_REFERENCE}"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
# The kind of literal that a field of a type is compared with, and its name in error texts.
_KINDS = {
    "boolean": ("boolean", "boolean"),
    "date": ("date", "date"),
    "datetime": ("datetime", "dateTime"),
}


class Scope:
    """The object that a query reads, and what its paths mean there."""

    def __init__(self, org: Org | Past, query: Query, object_type: ObjectType) -> None:
        self.org = org
        self.query = query
        self.object_type = object_type
        self._own_names = {object_type.name.lower(), (query.alias or object_type.name).lower()}

    def refuse(self, code: str, position: int, message: str) -> ApiError:
        """Return an error that shows a place of the query."""
        return refusal(code, self.query.text, position, message)

    def resolve(self, path: Path) -> tuple[tuple[Field, ...], Field]:
        """Return the references that a path goes through, and the field at its end.

        Raises:
            ApiError: INVALID_FIELD.
        """
        names, here = path.names, self.object_type
        if names[0].lower() in self._own_names and names[0].lower() not in here.relationships:
            names = names[1:]
        steps = []
        for name in names[:-1]:
            step = here.relationships.get(name.lower())
            if step is None:
                text = f"Didn't understand relationship '{name}' in field path. {_REMEDY_PATH}"
                raise self.refuse("INVALID_FIELD", path.position, text)
            steps.append(step)
            here = self.org.schema.objects[step.reference_to[0]]
        field = here.find(names[-1]) if names else None
        if field is None:
            text = f"No such column '{path.names[-1]}' on entity '{here.name}'. {_REMEDY_FIELD}"
            raise self.refuse("INVALID_FIELD", path.position, text)
        return tuple(steps), field

    def parent(self, row: Row, step: Field) -> Row | None:
        """Return the row that a reference names."""
        parent_type = self.org.schema.objects[step.reference_to[0]]
        return self.org.row(parent_type, row[step.name]) if row[step.name] else None

    def getter(self, path: Path, use: str) -> tuple[Getter, Field]:
        """Return a function that reads a path, for a `use` that the field must allow."""
        steps, field = self.resolve(path)
        if field.is_long_text or field.type == "address":
            message = f"field '{field.name}' can not be {use} in a query call"
            raise self.refuse("INVALID_FIELD", path.position, message)
        get = self._reader(steps, field)
        return (get, field) if path.function is None else _applied(path.function, get, field)

    def _reader(self, steps: Sequence[Field], field: Field) -> Getter:
        name = field.name
        if not steps:
            return lambda row: row[name]

        def through_parents(row: Row) -> Any:
            here: Row | None = row
            for step in steps:
                here = self.parent(here, step) if here else None
            return here[name] if here else None

        return through_parents

    def test(self, condition: Condition, values_of: ValuesOf) -> Test:
        """Return a function that tells whether a row meets a condition."""
        if isinstance(condition, Comparison):
            return self._comparison(condition, values_of)
        tests = [self.test(each, values_of) for each in condition.conditions]
        if condition.word == "and":
            return lambda row: all(test(row) for test in tests)
        if condition.word == "or":
            return lambda row: any(test(row) for test in tests)
        return lambda row: not tests[0](row)

    def _comparison(self, comparison: Comparison, values_of: ValuesOf) -> Test:
        get, field = self.getter(_field_path(self, comparison), "filtered")
        operator = comparison.operator
        if operator == "like":
            return self._like(comparison, get, field)
        if operator in ("includes", "excludes"):
            return self._chosen(comparison, get, field)
        if not isinstance(comparison.values, Query) and comparison.values[0].kind == "range":
            return self._in_span(comparison, get, field)
        return self.compares(comparison, get, field, values_of)

    def compares(
        self, comparison: Comparison, get: Getter, field: Field, values_of: ValuesOf
    ) -> Test:
        """Return a test of a value against those of a comparison."""
        fold, operator = _folding(field), comparison.operator
        operands = {fold(value) for value in self.operands(comparison, field, values_of)}
        if operator in ("=", "in"):
            return lambda row: fold(get(row)) in operands
        if operator in ("!=", "not in"):
            return lambda row: fold(get(row)) not in operands
        (operand,), compare = operands, _COMPARE[operator]
        if field.type in ("id", "reference", "boolean"):
            raise self._bad_operator(comparison, field)

        def compares(row: Row) -> bool:
            value = get(row)
            return value is not None and operand is not None and compare(fold(value), operand)

        return compares

    def _in_span(self, comparison: Comparison, get: Getter, field: Field) -> Test:
        assert not isinstance(comparison.values, Query)  # noqa: S101 - looked at before
        if field.type not in ("date", "datetime"):
            raise self._bad_operator(comparison, field)
        bounds = soql_dates.span(comparison.values[0].value, self.org.clock.now().date())
        if comparison.operator not in ("=", "!=", "<", "<=", ">", ">="):
            raise self._bad_operator(comparison, field)
        test = soql_dates.compare(comparison.operator, bounds)
        return lambda row: test(get(row))

    def _chosen(self, comparison: Comparison, get: Getter, field: Field) -> Test:
        if field.type != "multipicklist" or isinstance(comparison.values, Query):
            raise self._bad_operator(comparison, field)
        wanted = [set(str(each.value).split(";")) for each in comparison.values]
        includes = comparison.operator == "includes"

        def chooses(row: Row) -> bool:
            chosen = set((get(row) or "").split(";"))
            return any(each <= chosen for each in wanted) == includes

        return chooses

    def _bad_operator(self, comparison: Comparison, field: Field) -> ApiError:
        text = f"invalid operator on {field.type} field"
        position = comparison.path.position
        return self.refuse("INVALID_QUERY_FILTER_OPERATOR", position, text)

    def _like(self, comparison: Comparison, get: Getter, field: Field) -> Test:
        assert not isinstance(comparison.values, Query)  # noqa: S101 - the parser sees to it
        pattern = comparison.values[0].pattern
        if field.type not in TEXTS or pattern is None:
            raise self._bad_operator(comparison, field)
        matches = re.compile(pattern, re.IGNORECASE | re.DOTALL).fullmatch
        return lambda row: matches(get(row) or "") is not None

    def operands(self, comparison: Comparison, field: Field, values_of: ValuesOf) -> Sequence[Any]:
        """Return the values that a field is compared with, as the rows hold them."""
        if isinstance(comparison.values, Query):
            return values_of(comparison.values)
        position = comparison.path.position
        return [self._operand(field, each, position) for each in comparison.values]

    def _operand(self, field: Field, literal: Literal, position: int) -> Any:
        if literal.value is None or literal.value == "":
            return None
        if field.type in ("id", "reference"):
            record_id = ids.parse(literal.value)
            if record_id is None:
                raise self.refuse(
                    "INVALID_QUERY_FILTER_OPERATOR",
                    position,
                    f"invalid ID field: {literal.value}",
                )
            return record_id
        wanted, told = _KINDS.get(field.type, ("string", "string"))
        if field.type in NUMBERS:
            wanted, told = "number", field.type
        if literal.kind != wanted:
            quotes = "should be" if wanted == "string" else "should not be"
            raise self.refuse(
                "INVALID_FIELD",
                position,
                f"value of filter criterion for field '{field.name}' must be of type {told}"
                f" and {quotes} enclosed in quotes",
            )
        return literal.value

    def equalities(self, condition: Condition | None) -> list[tuple[Path, Comparison]]:
        """Return the comparisons of fields by `=` and IN that every row of the result meets."""
        if isinstance(condition, Comparison):
            path = condition.path
            if condition.operator not in ("=", "in") or not isinstance(path, Path):
                return []
            return [] if path.function else [(path, condition)]
        if isinstance(condition, Junction) and condition.word == "and":
            return [found for each in condition.conditions for found in self.equalities(each)]
        return []


def _field_path(scope: Scope, comparison: Comparison) -> Path:
    """Return the field of a condition on rows, where functions of many rows have no meaning."""
    if isinstance(comparison.path, Aggregate):
        text = "Aggregate functions are not allowed in the WHERE clause"
        raise scope.refuse("MALFORMED_QUERY", comparison.path.position, text)
    return comparison.path


def _applied(function: str, get: Getter, field: Field) -> tuple[Getter, Field]:
    if function in soql_dates.SHOWN_AS_IS:
        return get, field
    apply = soql_dates.FUNCTIONS[function]

    def applied(row: Row) -> Any:
        value = get(row)
        return None if value is None else apply(value)

    kind = "date" if function == "day_only" else "int"
    return applied, replace(field, type=kind)


def _folding(field: Field) -> Callable[[Any], Any]:
    """Return what makes values comparable: text compares in any case, unless the field says so."""
    if field.type not in TEXTS or field.case_sensitive:
        return lambda value: value
    return lambda value: value.lower() if isinstance(value, str) else value


def sort_key(field: Field) -> Callable[[Any], Any]:
    """Return what a column is sorted by."""
    return _folding(field)
