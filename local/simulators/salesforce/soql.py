"""Runs queries over the rows: which rows, in which order, with which fields."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.reading import attributes, field_value
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.soql_filter import Scope, sort_key
from local.simulators.salesforce.soql_syntax import parse
from local.simulators.salesforce.soql_tree import Count, Order, Path, Query
from local.simulators.salesforce.state import Org, Row

Render = Callable[[Row], dict[str, Any]]
_HIGHEST_OFFSET = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """The rows a query found and how to show one; or, for COUNT(), only how many."""

    rows: Sequence[Row]
    render: Render
    counted: int | None = None


def run(org: Org, text: str, base: str, *, include_deleted: bool = False) -> Result:
    """Run a query; `base` is the path of the service, for the addresses of records.

    Raises:
        ApiError: MALFORMED_QUERY, INVALID_TYPE, INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR.
    """
    query = parse(text)
    object_type = org.schema.find(query.source)
    if object_type is None:
        raise _unsupported(Scope(org, query, next(iter(org.schema.objects.values()))))
    plan = _Plan(org, query, object_type, base, include_deleted)
    counts = [each for each in query.selected if isinstance(each, Count)]
    if not counts:
        return Result(plan.rows(), plan.render())
    if len(query.selected) > len(counts):
        position = query.source_position
        message = "Field must be grouped or aggregated"
        raise plan.scope.refuse("MALFORMED_QUERY", position, message)
    if counts[0].path is None:
        return Result((), lambda _: {}, counted=len(plan.rows()))
    return plan.count(counts)


def _unsupported(scope: Scope) -> ApiError:
    query = scope.query
    return scope.refuse(
        "INVALID_TYPE",
        query.source_position,
        f"sObject type '{query.source}' is not supported. If you are attempting to use a custom"
        " object, be sure to append the '__c' after the entity name. Please reference your WSDL"
        " or the describe call for the appropriate names.",
    )


class _Plan:
    """One query, with its names resolved, ready to run."""

    def __init__(
        self, org: Org, query: Query, object_type: ObjectType, base: str, include_deleted: bool
    ) -> None:
        self.scope = Scope(org, query, object_type)
        self._org = org
        self._query = query
        self._object_type = object_type
        self._base = base
        self._include_deleted = include_deleted
        where = query.where
        self._test = self.scope.test(where, self._inner_values) if where else None
        self._columns = [(each, *self.scope.getter(each.path, "sorted")) for each in query.order]
        if query.offset > _HIGHEST_OFFSET:
            text = f"Maximum SOQL offset allowed is {_HIGHEST_OFFSET}"
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", text)

    # Which rows

    def rows(self, among: Iterable[Row] | None = None) -> list[Row]:
        """Return the rows that the query finds, in its order."""
        candidates = self._candidates() if among is None else among
        test, is_open = self._test, self._include_deleted
        found = [
            row
            for row in candidates
            if (is_open or not row.get("IsDeleted")) and (test is None or test(row))
        ]
        if not self._columns and among is not None:
            found.sort(key=lambda row: row["Id"])
        for order, get, field in reversed(self._columns):
            found = _sorted(found, order, get, sort_key(field))
        end = None if self._query.limit is None else self._query.offset + self._query.limit
        return found[self._query.offset : end]

    def _candidates(self) -> Iterable[Row]:
        """Return the rows to look at: few if an index leads to them, else all."""
        table = self._org.rows(self._object_type)
        for comparison in self.scope.equalities(self._query.where):
            steps, field = self.scope.resolve(comparison.path)
            if steps or not (field.name == "Id" or field.is_indexed):
                continue
            wanted = set(self.scope.operands(comparison, field, self._inner_values))
            if None in wanted:
                continue
            if field.name == "Id":
                return [table[record_id] for record_id in sorted(wanted & table.keys())]
            found = (self._org.having(self._object_type, field, value) for value in wanted)
            unique = {row["Id"]: row for rows in found for row in rows}
            return [unique[record_id] for record_id in sorted(unique)]
        return table.values()

    def _inner_values(self, query: Query) -> list[Any]:
        """Run the query inside `IN ( SELECT ... )` and return its only column."""
        object_type = self._org.schema.find(query.source)
        if object_type is None:
            raise _unsupported(Scope(self._org, query, self._object_type))
        inner = _Plan(self._org, query, object_type, self._base, self._include_deleted)
        column = query.selected[0]
        if len(query.selected) != 1 or not isinstance(column, Path):
            raise inner.scope.refuse(
                "MALFORMED_QUERY", query.source_position, "semi join sub-selects one field"
            )
        get, _ = inner.scope.getter(column, "selected")
        return [value for row in inner.rows() if (value := get(row)) is not None]

    def count(self, counts: Sequence[Count]) -> Result:
        """Return the one row of a query that only counts fields."""
        rows, shown = self.rows(), {"attributes": {"type": "AggregateResult"}}
        values: dict[str, Any] = {}
        for number, each in enumerate(counts):
            if each.path is None:
                raise self.scope.refuse("MALFORMED_QUERY", 0, "COUNT() stands alone")
            get, _ = self.scope.getter(each.path, "aggregated")
            values[each.alias or f"expr{number}"] = sum(get(row) is not None for row in rows)
        return Result([{}], lambda _: {**shown, **values})

    # With which fields

    def render(self) -> Render:
        """Return a function that shows one row with the selected fields, in their order."""
        tree = _Selection(self._object_type)
        children = []
        for each in self._query.selected:
            if isinstance(each, Query):
                children.append(self._child(each))
            elif isinstance(each, Path):
                steps, field = self.scope.resolve(each)
                tree.add(steps, field, self._org)

        def shown(row: Row) -> dict[str, Any]:
            record = tree.show(row, self._org, self._base)
            for name, list_children in children:
                record[name] = list_children(row)
            return record

        return shown

    def _child(self, query: Query) -> tuple[str, Callable[[Row], Any]]:
        wanted = query.source.lower()
        relations = self._org.schema.children(self._object_type)
        found = [each for each in relations if _relation_name(each[1]).lower() == wanted]
        if not found:
            raise self.scope.refuse(
                "INVALID_TYPE",
                query.source_position,
                f"Didn't understand relationship '{query.source}' in FROM part of query call. If"
                " you are attempting to use a custom relationship, be sure to append the '__r'"
                " after the custom relationship name. Please reference your WSDL or the describe"
                " call for the appropriate names.",
            )
        child, key = found[0]
        plan = _Plan(self._org, query, child, self._base, self._include_deleted)
        render = plan.render()

        def list_children(row: Row) -> dict[str, Any] | None:
            children = plan.rows(self._org.having(child, key, row["Id"]))
            shown = [render(each) for each in children]
            return {"totalSize": len(shown), "done": True, "records": shown} if shown else None

        return _relation_name(key), list_children


class _Selection:
    """Selected fields of one object, and below it those of its parents."""

    def __init__(self, object_type: ObjectType) -> None:
        self._object_type = object_type
        self._entries: dict[str, Field | tuple[Field, _Selection]] = {}

    def add(self, steps: Sequence[Field], field: Field, org: Org) -> None:
        """Select a field, of this object or through some references of a parent."""
        if not steps:
            self._entries.setdefault(field.name, field)
            return
        step = steps[0]
        parent_type = org.schema.objects[step.reference_to[0]]
        fresh = (step, _Selection(parent_type))
        entry = self._entries.setdefault(str(step.relationship_name), fresh)
        if isinstance(entry, tuple):
            entry[1].add(steps[1:], field, org)

    def show(self, row: Row, org: Org, base: str) -> dict[str, Any]:
        """Return the record; a parent is an object of its own, or null."""
        shown: dict[str, Any] = {"attributes": attributes(self._object_type, row, base)}
        for name, entry in self._entries.items():
            if isinstance(entry, Field):
                shown[name] = field_value(entry, row)
                continue
            step, below = entry
            parent_id = row[step.name]
            parent = org.row(org.schema.objects[step.reference_to[0]], parent_id or "")
            shown[name] = below.show(parent, org, base) if parent else None
        return shown


def _relation_name(key: Field) -> str:
    return str(key.child_relationship_name)


def _sorted(
    rows: list[Row], order: Order, get: Callable[[Row], Any], key: Callable[[Any], Any]
) -> list[Row]:
    """Sort stably by one column; nulls come first unless the query says otherwise."""
    without = [row for row in rows if get(row) is None]
    held = [row for row in rows if get(row) is not None]
    held.sort(key=lambda row: key(get(row)), reverse=order.is_descending)
    return held + without if order.nulls_last else without + held
