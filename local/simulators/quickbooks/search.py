"""Runs a query over a company: filters, order, paging and the default of active rows only."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt
from typing import Any

from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.query import Condition, Query
from local.simulators.quickbooks.schema import VALUE_OF, Entity, Field, Row
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.times import read_time

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, ">": gt, "<=": le, ">=": ge}
_BY_LOWER_NAME = {name.lower(): entity for name, entity in ENTITIES.items()}
_DEFAULT_ORDER = ("FullyQualifiedName", "DisplayName", "Name", "Id")
Test = Callable[[Row], bool]


def run(query: Query, company: Company, as_of: datetime | None = None) -> dict[str, Any]:
    """Return the value of `QueryResponse`; `as_of` shows an older state, as a lagging index does.

    Raises:
        ApiFault: 4001 for an entity or a field that is not there or cannot be asked for.
    """
    entity = _BY_LOWER_NAME.get(query.entity.lower())
    if entity is None:
        raise _invalid(f"invalid context declaration: {query.entity}")
    fields = {name.lower(): known for name, known in entity.fields.items()}
    tests = [_test(entity, fields, each) for each in query.conditions]
    order = [(_sortable(entity, fields, name), down) for name, down in query.order]
    columns = [_known(entity, fields, name).name for name in query.columns]
    # Inactive list records are hidden unless Active is asked for.
    if entity.is_list and not any(each.field.lower() == "active" for each in query.conditions):
        tests.append(lambda row: row.get("Active") is not False)
    rows = [row for row in _candidates(query, company, entity, as_of) if all(t(row) for t in tests)]
    if query.is_count:
        return {"totalCount": len(rows)}
    page = _sorted(rows, order)[query.start - 1 : query.start - 1 + query.limit]
    if not page:
        return {}
    shown = [_projected(row, columns) for row in page] if columns else page
    return {entity.name: shown, "startPosition": query.start, "maxResults": len(page)}


def _candidates(
    query: Query, company: Company, entity: Entity, as_of: datetime | None
) -> Iterator[Row]:
    for condition in query.conditions:
        if condition.field.lower() == "id" and condition.operator in {"=", "in"}:
            found = (
                company.row_as_of(entity.name, each, as_of)
                for each in dict.fromkeys(condition.values)
            )
            return (row for row in found if row is not None)
    return company.rows(entity.name, as_of)


def _known(entity: Entity, fields: dict[str, Field], name: str) -> Field:
    # `PrimaryEmailAddr.Address` and the like mean the attribute that is compared anyway.
    found = fields.get(name.lower()) or fields.get(name.lower().rpartition(".")[0])
    if found is None:
        raise _invalid(f"Property {name} not found for Entity {entity.name}")
    return found


def _sortable(entity: Entity, fields: dict[str, Field], name: str) -> Field:
    found = _known(entity, fields, name)
    if not found.is_sortable:
        raise _invalid(f"property '{name}' is not sortable")
    return found


def _test(entity: Entity, fields: dict[str, Field], condition: Condition) -> Test:
    known = _known(entity, fields, condition.field)
    if not known.is_filterable:
        raise _invalid(f"property '{condition.field}' is not queryable")
    if known.name == "Id" and condition.operator not in {"=", "in"}:
        raise _invalid(f"operator {condition.operator} is not supported for property Id")
    if condition.operator == "like":
        return _like(known, condition.values[0])
    wanted = [_comparable(known, value) for value in condition.values]
    if condition.operator == "in":
        choices = set(wanted)
        return lambda row: _value(known, row) in choices
    compare, one = _COMPARE[condition.operator], wanted[0]
    return lambda row: (value := _value(known, row)) is not None and compare(value, one)


def _like(known: Field, pattern: str) -> Test:
    # A pattern with several percent signs is matched part by part, in their order.
    first, *middle = pattern.casefold().split("%")
    last = middle.pop() if middle else None

    def matches(row: Row) -> bool:
        text = _value(known, row)
        if not isinstance(text, str) or not text.startswith(first):
            return False
        if last is None:
            return text == first
        at = len(first)
        for part in middle:
            found = text.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return text.endswith(last) and len(text) - len(last) >= at

    return matches


def _comparable(known: Field, text: str) -> Any:
    """Turn a value of the statement into what `_value` gives for this field."""
    try:
        if known.kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if known.kind == "number":
            return Decimal(text)
        if known.kind == "time":
            return read_time(text)
    except (KeyError, ValueError, InvalidOperation):
        raise _invalid(f"value {text} is not valid for property {known.name}") from None
    return text.casefold()


def _value(known: Field, row: Row) -> Any:
    """Return the value of a row as it is compared: text without case, times as times."""
    if known.kind == "time":
        return datetime.fromisoformat(row["MetaData"][known.name.partition(".")[2]])
    value = row.get(known.name)
    if isinstance(value, dict):
        value = value.get(VALUE_OF.get(known.kind, ""))
    return value.casefold() if isinstance(value, str) else value


def _sorted(rows: list[Row], order: list[tuple[Field, bool]]) -> list[Row]:
    if not order:
        return sorted(rows, key=_default_key)
    for known, is_descending in reversed(order):
        rows = sorted(rows, key=lambda row: _sort_key(known, row), reverse=is_descending)
    return rows


def _default_key(row: Row) -> tuple[str, int]:
    # The order is not promised; sandbox companies answer by name.
    name = next(str(row[each]) for each in _DEFAULT_ORDER if row.get(each))
    return name.casefold(), int(row["Id"])


def _sort_key(known: Field, row: Row) -> tuple[bool, Any]:
    value = int(row["Id"]) if known.name == "Id" else _value(known, row)
    return value is not None, value if value is not None else 0


def _projected(row: Row, columns: list[str]) -> Row:
    wanted = {"Id", "domain", "sparse", *(name.partition(".")[0] for name in columns)}
    return {name: value for name, value in row.items() if name in wanted} | {"sparse": True}


def _invalid(text: str) -> ApiFault:
    return ApiFault("4001", f"QueryValidationError: {text}")
