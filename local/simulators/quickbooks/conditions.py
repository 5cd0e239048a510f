"""The conditions of a query as tests of a row, and the records that they can be true of.

Operators and values: Intuit, learn/explore-the-quickbooks-online-api/data-queries.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from operator import eq, ge, gt, le, lt
from typing import Any

from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.index import value_of
from local.simulators.quickbooks.query import Condition
from local.simulators.quickbooks.schema import Entity, Field, Row
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.times import read_time

Test = Callable[[Row], bool]
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {"=": eq, "<": lt, ">": gt, "<=": le, ">=": ge}


def test_of(entity: Entity, known: Field, condition: Condition) -> Test:
    """Turn a condition on a field into a test of a row.

    Raises:
        ApiFault: 4001 for an operator or a value that the field does not take.
    """
    if known.name == "Id" and condition.operator not in {"=", "in"}:
        raise invalid(f"operator {condition.operator} is not supported for property Id")
    if condition.operator == "like":
        return _like(known, condition.values[0])
    wanted = [_comparable(known, value) for value in condition.values]
    if condition.operator == "in":
        choices = set(wanted)
        return lambda row: value_of(known, row) in choices
    compare, one = _COMPARE[condition.operator], wanted[0]
    return lambda row: (value := value_of(known, row)) is not None and compare(value, one)


def candidates(company: Company, entity: Entity, known: Field, one: Condition) -> list[str] | None:
    """Name the records that a condition can be true of; None if it may be any."""
    if known.name == "Id":
        return list(dict.fromkeys(one.values))
    if one.operator in {"=", "in"} and known.kind != "time":
        wanted = [_comparable(known, value) for value in one.values]
        return company.index.having(entity.name, known, wanted, company.versions(entity.name))
    if known.kind == "time" and one.operator in {"=", ">", ">="}:
        moment = _comparable(known, one.values[0])
        if known.name.endswith("CreateTime"):
            return company.index.made_since(entity.name, moment)
        return company.index.changed_since(entity.name, moment)
    return None


def invalid(text: str) -> ApiFault:
    """Say that a statement asks for what cannot be asked."""
    return ApiFault("4001", f"QueryValidationError: {text}")


def _like(known: Field, pattern: str) -> Test:
    # A pattern with several percent signs is matched part by part, in their order.
    first, *middle = pattern.casefold().split("%")
    last = middle.pop() if middle else None

    def matches(row: Row) -> bool:
        text = value_of(known, row)
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
    """Turn a value of the statement into what `value_of` gives for this field."""
    try:
        if known.kind == "bool":
            return {"true": True, "false": False}[text.lower()]
        if known.kind == "number":
            return Decimal(text)
        if known.kind == "time":
            return read_time(text)
        if known.kind == "date":
            return date.fromisoformat(text[:10]).isoformat()
    except (KeyError, ValueError, InvalidOperation):
        raise invalid(f"value {text} is not valid for property {known.name}") from None
    return text.casefold()
