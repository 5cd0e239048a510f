"""Grouping: one result for each group of rows, with functions of all of them.

Salesforce: SOQL and SOSL Reference, "GROUP BY", "HAVING" and "Aggregate Functions".
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from local.simulators.salesforce.fields import Field
from local.simulators.salesforce.soql_filter import Scope, Test, ValuesOf, sort_key
from local.simulators.salesforce.soql_tree import (
    Aggregate,
    Comparison,
    Condition,
    Path,
)
from local.simulators.salesforce.tables import Row
from local.simulators.salesforce.values import render

_Key = tuple[object, ...]
# What a count is like.
_A_NUMBER = Field("", "", "double")
_Function = Callable[[list[Any]], Any]


def _average(values: list[Any]) -> Any:
    if not values:
        return None
    mean = sum((Decimal(value) for value in values), Decimal(0)) / len(values)
    return int(mean) if mean == mean.to_integral_value() else mean


_FUNCTIONS: dict[str, _Function] = {
    "count": len,
    "count_distinct": lambda values: len(set(values)),
    "sum": lambda values: sum(values) if values else None,
    "avg": _average,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
}


class Groups:
    """The groups of one query."""

    def __init__(self, scope: Scope, values_of: ValuesOf) -> None:
        self._scope = scope
        self._query = scope.query
        self._values_of = values_of
        self._getters = [scope.getter(path, "grouped") for path in self._query.group]
        self._grouped = {path.key: place for place, path in enumerate(self._query.group)}
        self._fields: dict[_Key, Field] = {
            path.key: field
            for path, (_, field) in zip(self._query.group, self._getters, strict=True)
        }
        self._names = self._named()
        self.columns = tuple(name for name, _ in self._names)

    def _named(self) -> list[tuple[str, _Key]]:
        """Return the key and the name in the result of everything that is selected."""
        names, unnamed = [], 0
        for each in self._query.selected:
            if not isinstance(each, Path | Aggregate):
                raise self._refuse(self._query.source_position)
            is_function = isinstance(each, Aggregate) or each.function
            if isinstance(each, Path) and each.key not in self._grouped:
                raise self._refuse(each.position, each.names[-1])
            if each.alias:
                name = each.alias
            elif is_function:
                name, unnamed = f"expr{unnamed}", unnamed + 1
            else:
                assert isinstance(each, Path)  # noqa: S101 - aggregates are functions
                name = self._scope.resolve(each)[1].name
            names.append((name, each.key))
        return names

    def _refuse(self, position: int, name: str = "") -> Exception:
        told = f"Field must be grouped or aggregated{f': {name}' if name else ''}"
        return self._scope.refuse("MALFORMED_QUERY", position, told)

    def results(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return the results, in the order and within the limits of the query."""
        groups: dict[tuple[Any, ...], list[Row]] = {} if self._query.group else {(): []}
        for row in rows:
            groups.setdefault(tuple(get(row) for get, _ in self._getters), []).append(row)
        wanted = self._wanted()
        found = []
        for values, members in groups.items():
            known: dict[_Key, Any] = {key: values[at] for key, at in self._grouped.items()}
            known |= {key: work_out(members) for key, work_out in wanted.items()}
            found.append(known)
        if self._query.having:
            test = self._test(self._query.having)
            found = [known for known in found if test(known)]
        self._sort(found)
        limit, start = self._query.limit, self._query.offset
        end = None if limit is None else start + limit
        return [self._shown(known) for known in found[start:end]]

    def _shown(self, known: dict[_Key, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
        return shown | {name: render(known[key]) for name, key in self._names}

    def _wanted(self) -> dict[_Key, Callable[[list[Row]], Any]]:
        """Return everything to be worked out of a group."""
        asked: list[Any] = [*self._query.selected, *(each.path for each in self._query.order)]
        asked += _aggregates_of(self._query.having)
        return {each.key: self._worker(each) for each in asked if isinstance(each, Aggregate)}

    def _worker(self, aggregate: Aggregate) -> Callable[[list[Row]], Any]:
        if aggregate.path is None:
            return len
        get, field = self._scope.getter(aggregate.path, "aggregated")
        sums = aggregate.function in ("sum", "avg")
        if sums and field.type not in ("int", "double", "currency", "percent"):
            text = f"field {field.name} does not support aggregate operator"
            code = "INVALID_FIELD"
            raise self._scope.refuse(code, aggregate.position, f"{text} {aggregate.function}")
        work_out = _FUNCTIONS[aggregate.function]
        counts = aggregate.function.startswith("count")
        kind = "double" if counts or aggregate.function == "avg" else field.type
        self._fields[aggregate.key] = replace(field, type=kind)

        def worked_out(rows: list[Row]) -> Any:
            values = (get(row) for row in rows)
            return work_out([value for value in values if value is not None])

        return worked_out

    def _sort(self, found: list[dict[_Key, Any]]) -> None:
        for order in reversed(self._query.order):
            key = order.path.key
            if isinstance(order.path, Path) and key not in self._grouped:
                raise self._refuse(order.path.position, order.path.names[-1])
            without = [known for known in found if known[key] is None]
            held = [known for known in found if known[key] is not None]
            held.sort(key=self._sorter(key), reverse=order.is_descending)
            found[:] = held + without if order.nulls_last else without + held

    def _sorter(self, key: _Key) -> Callable[[dict[_Key, Any]], Any]:
        fold = sort_key(self._fields.get(key) or _A_NUMBER)
        return lambda known: fold(known[key])

    def _test(self, condition: Condition) -> Test:
        if isinstance(condition, Comparison):
            key = condition.path.key
            if key not in self._fields and not isinstance(condition.path, Aggregate):
                raise self._refuse(condition.path.position)
            field = self._fields.get(key) or _A_NUMBER
            compares = self._scope.compares
            return compares(condition, lambda known: known[key], field, self._values_of)
        tests = [self._test(each) for each in condition.conditions]
        if condition.word == "and":
            return lambda known: all(test(known) for test in tests)
        if condition.word == "or":
            return lambda known: any(test(known) for test in tests)
        return lambda known: not tests[0](known)


def _aggregates_of(condition: Condition | None) -> list[Aggregate]:
    if condition is None:
        return []
    if isinstance(condition, Comparison):
        return [condition.path] if isinstance(condition.path, Aggregate) else []
    return [found for each in condition.conditions for found in _aggregates_of(each)]
