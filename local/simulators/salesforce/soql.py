"""Runs queries over the rows: which rows, in which order, with which fields."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.past import Past
from local.simulators.salesforce.reading import attributes, field_value
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.soql_filter import Scope, sort_key
from local.simulators.salesforce.soql_groups import Groups
from local.simulators.salesforce.soql_syntax import parse
from local.simulators.salesforce.soql_tree import Aggregate, FieldSet, Order, Path, Query
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.tables import Row

Render = Callable[[Row], dict[str, Any]]
_HIGHEST_OFFSET = 2000
_MOST_WITH_ALL_FIELDS = 200


@dataclass(frozen=True, slots=True)
class Result:
    """The rows a query found and how to show one; or, for COUNT(), only how many."""

    rows: Sequence[Row]
    render: Render
    counted: int | None = None
    source: str = ""
    columns: tuple[str, ...] = ()
    has_children: bool = False


def run(org: Org, text: str, base: str, *, include_deleted: bool = False) -> Result:
    """Run a query; `base` is the path of the service, for the addresses of records.

    Raises:
        ApiError: MALFORMED_QUERY, INVALID_TYPE, INVALID_FIELD, INVALID_QUERY_FILTER_OPERATOR.
    """
    query = parse(text)
    object_type = org.schema.find(query.source)
    if object_type is None or object_type.is_event:
        raise _unsupported(Scope(org, query, next(iter(org.schema.objects.values()))))
    plan = _Plan(org.history.view(), query, object_type, base, include_deleted)
    aggregates = [each for each in query.selected if isinstance(each, Aggregate)]
    if not aggregates and not query.group:
        has_children = any(isinstance(each, Query) for each in query.selected)
        tree = plan.render()
        rows, columns = plan.rows(), plan.columns
        return Result(rows, tree, None, object_type.name, columns, has_children)
    if len(query.selected) == 1 and aggregates and aggregates[0].path is None and not query.group:
        return Result((), lambda _: {}, counted=len(plan.rows()))
    groups = Groups(plan.scope, plan.inner_values)
    found = [Row(each) for each in groups.results(plan.rows(is_grouped=True))]
    return Result(found, dict, None, object_type.name, groups.columns)


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
        self,
        org: Org | Past,
        query: Query,
        object_type: ObjectType,
        base: str,
        include_deleted: bool,
    ) -> None:
        self.scope = Scope(org, query, object_type)
        self._org = org
        self._query = query
        self._object_type = object_type
        self._base = base
        self._include_deleted = include_deleted
        self.columns: tuple[str, ...] = ()
        where = query.where
        self._test = self.scope.test(where, self.inner_values) if where else None
        self._columns = [
            (each, *self.scope.getter(each.path, "sorted"))
            for each in query.order
            if isinstance(each.path, Path) and not query.group
        ]
        if query.offset > _HIGHEST_OFFSET:
            text = f"Maximum SOQL offset allowed is {_HIGHEST_OFFSET}"
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", text)

    # Which rows

    def rows(self, among: Iterable[Row] | None = None, *, is_grouped: bool = False) -> list[Row]:
        """Return the rows that the query finds, in its order; groups take all of them."""
        candidates = self._candidates() if among is None else among
        test, is_open = self._test, self._include_deleted
        matching = (
            row
            for row in candidates
            if (is_open or not row.get("IsDeleted")) and (test is None or test(row))
        )
        start, limit = self._query.offset, self._query.limit
        end = None if limit is None else start + limit
        if is_grouped:
            return list(matching)
        if not self._columns and among is None:
            return list(islice(matching, start, end))
        found = sorted(matching, key=lambda row: row["Id"]) if among is not None else list(matching)
        for order, get, field in reversed(self._columns):
            found = _sorted(found, order, get, sort_key(field))
        return found[start:end]

    def _candidates(self) -> Iterable[Row]:
        """Return the rows to look at: few if an index leads to them, else all."""
        table = self._org.rows(self._object_type)
        for path, comparison in self.scope.equalities(self._query.where):
            steps, field = self.scope.resolve(path)
            if steps or not (field.name == "Id" or field.is_indexed):
                continue
            if not isinstance(comparison.values, Query) and comparison.values[0].kind == "range":
                continue
            wanted = set(self.scope.operands(comparison, field, self.inner_values))
            if None in wanted:
                continue
            if field.name == "Id":
                return [table[record_id] for record_id in sorted(wanted & table.keys())]
            found = (self._org.having(self._object_type, field, value) for value in wanted)
            unique = {row["Id"]: row for rows in found for row in rows}
            return [unique[record_id] for record_id in sorted(unique)]
        return table.values()

    def inner_values(self, query: Query) -> list[Any]:
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

    # With which fields

    def render(self) -> Render:
        """Return a function that shows one row with the selected fields, in their order."""
        tree = _Selection(self._object_type)
        children = []
        for each in self._query.selected:
            if isinstance(each, Query):
                children.append(self._child(each))
            elif isinstance(each, FieldSet):
                for field in self._field_set(each):
                    tree.add((), field, self._org)
            elif isinstance(each, Path):
                if each.alias:
                    text = "only aggregate expressions use field aliasing"
                    raise self.scope.refuse("MALFORMED_QUERY", each.position, text)
                steps, field = self.scope.resolve(each)
                tree.add(steps, field, self._org)

        self.columns = tuple(tree.columns())

        def shown(row: Row) -> dict[str, Any]:
            record = tree.show(row, self._org, self._base)
            for name, list_children in children:
                record[name] = list_children(row)
            return record

        return shown

    def _field_set(self, chosen: FieldSet) -> list[Field]:
        limit = self._query.limit
        if chosen.kind != "standard" and (limit is None or limit > _MOST_WITH_ALL_FIELDS):
            text = f"The SOQL FIELDS function must have a LIMIT of at most {_MOST_WITH_ALL_FIELDS}"
            raise self.scope.refuse("MALFORMED_QUERY", chosen.position, text)
        every = self._object_type.fields.values()
        return [
            each
            for each in every
            if chosen.kind == "all" or each.is_custom == (chosen.kind == "custom")
        ]

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

    def add(self, steps: Sequence[Field], field: Field, org: Org | Past) -> None:
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

    def columns(self, prefix: str = "") -> Iterator[str]:
        """Name the selected fields, those of parents with the path to them."""
        for name, entry in self._entries.items():
            if isinstance(entry, Field):
                yield prefix + name
            else:
                yield from entry[1].columns(f"{prefix}{name}.")

    def show(self, row: Row, org: Org | Past, base: str) -> dict[str, Any]:
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
