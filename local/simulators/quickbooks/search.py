"""Runs a query over a company: filters, order, paging and the default of active rows only."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

from local.simulators.quickbooks.conditions import Test, candidates, invalid, test_of
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.index import value_of
from local.simulators.quickbooks.query import MOST_ROWS, Query
from local.simulators.quickbooks.schema import Entity, Field, Row
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.switches import Switches

_BY_LOWER_NAME = {name.lower(): entity for name, entity in ENTITIES.items()}
_NAMES = ("FullyQualifiedName", "DisplayName", "Name")
_LONG_NOTE = "PrivateNote"
# Recorded replies of these tell how many rows there are beside how many they show.
_TOTALLED = {
    *("Bill", "BillPayment", "Class", "CustomerType", "Deposit", "ExchangeRate", "Invoice"),
    *("JournalEntry", "RefundReceipt", "TaxCode", "TaxRate"),
}


def run(
    query: Query, company: Company, switches: Switches, as_of: datetime | None = None
) -> dict[str, Any]:
    """Return the value of `QueryResponse`; `as_of` shows an older state, as a lagging index does.

    Raises:
        ApiFault: 4001 for an entity or a field that is not there or cannot be asked for.
    """
    entity = _entity(query.entity, switches)
    if query.limit > MOST_ROWS and switches.too_many_rows == "refused":
        raise invalid(f"value {query.limit} is too large. Max allowed value is {MOST_ROWS}")
    tests = [_test(entity, each, switches) for each in query.conditions]
    order = [(_sortable(entity, name), down) for name, down in query.order]
    columns = [_known(entity, name).name for name in query.columns]
    if switches.projections == "ignored":
        columns = []
    # Inactive list records are hidden unless Active is asked for.
    if entity.is_list and not any(each.field.lower() == "active" for each in query.conditions):
        tests.append(_is_active)
    rows = [row for row in _rows(query, company, entity, as_of) if all(test(row) for test in tests)]
    if query.is_count:
        return {"totalCount": len(rows)}
    rows = _sorted(rows, order, entity, switches)
    page = rows[query.start - 1 : query.start - 1 + min(query.limit, MOST_ROWS)]
    shown = [_projected(row, columns) for row in page] if columns else page
    return _response(entity, query, shown, len(rows), switches)


def _response(
    entity: Entity, query: Query, page: list[Row], total: int, switches: Switches
) -> dict[str, Any]:
    if not page:
        whole = {"startPosition": query.start, "maxResults": 0}
        return whole if switches.empty_query == "paged" else {}
    told = {"totalCount": total} if entity.name in _TOTALLED else {}
    return {entity.name: page, "startPosition": query.start, "maxResults": len(page), **told}


def totals(entity: str) -> bool:
    """Tell whether replies about this entity have a `totalCount`."""
    return entity in _TOTALLED


def _entity(name: str, switches: Switches) -> Entity:
    found = _BY_LOWER_NAME.get(name.lower())
    if found is None or (switches.entity_case_sensitive and found.name != name):
        raise invalid(f"invalid context declaration: {name}")
    return found


def _rows(query: Query, company: Company, entity: Entity, as_of: datetime | None) -> Iterator[Row]:
    """Yield the rows of the condition that leaves the fewest, or all of them."""
    fewest: list[str] | None = None
    for condition in query.conditions:
        known = _known(entity, condition.field)
        found = candidates(company, entity, known, condition)
        if found is not None and (fewest is None or len(found) < len(fewest)):
            fewest = found
    if fewest is None:
        yield from company.rows(entity.name, as_of)
        return
    for record_id in fewest:
        row = company.row_as_of(entity.name, record_id, as_of)
        if row is not None:
            yield row


@cache
def _fields(name: str) -> dict[str, Field]:
    return {each.lower(): known for each, known in ENTITIES[name].fields.items()}


def _known(entity: Entity, name: str) -> Field:
    # `PrimaryEmailAddr.Address` and the like mean the attribute that is compared anyway.
    fields = _fields(entity.name)
    found = fields.get(name.lower()) or fields.get(name.lower().rpartition(".")[0])
    if found is None:
        raise invalid(f"Property {name} not found for Entity {entity.name}")
    return found


def _test(entity: Entity, condition: Any, switches: Switches) -> Test:
    known = _known(entity, condition.field)
    is_allowed = known.name == _LONG_NOTE and switches.private_note_queryable
    if not known.is_filterable and not is_allowed:
        raise invalid(f"property '{condition.field}' is not queryable")
    return test_of(entity, known, condition)


def _sortable(entity: Entity, name: str) -> Field:
    found = _known(entity, name)
    if not found.is_sortable:
        raise invalid(f"property '{name}' is not sortable")
    return found


def _is_active(row: Row) -> bool:
    return row.get("Active") is not False


def _sorted(
    rows: list[Row], order: list[tuple[Field, bool]], entity: Entity, switches: Switches
) -> list[Row]:
    if len(rows) < 2:
        return rows
    if order:
        for known, is_descending in reversed(order):
            rows = sorted(
                rows, key=lambda row: _sort_key(known, row, switches), reverse=is_descending
            )
        return rows
    # Without ORDERBY nothing is promised. Recorded lists come by name, and documents with the
    # one that was changed last in front.
    if switches.row_order == "id":
        return sorted(rows, key=_number)
    if any(name in entity.fields for name in _NAMES):
        return sorted(rows, key=_default_key)
    return sorted(rows, key=_changed, reverse=True)


def _number(row: Row) -> int:
    return int(row["Id"]) if row["Id"].isdigit() else 0


def _changed(row: Row) -> tuple[datetime, int]:
    return datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"]), _number(row)


def _default_key(row: Row) -> tuple[str, int]:
    name = next((str(row[each]) for each in _NAMES if row.get(each)), "")
    return name.casefold(), _number(row)


def _sort_key(known: Field, row: Row, switches: Switches) -> tuple[bool, Any]:
    is_number = known.name == "Id" and switches.id_order == "number"
    value = _number(row) if is_number else value_of(known, row)
    return value is not None, value if value is not None else 0


def _projected(row: Row, columns: list[str]) -> Row:
    wanted = {"Id", "domain", "sparse", *(name.partition(".")[0] for name in columns)}
    return {name: value for name, value in row.items() if name in wanted} | {"sparse": True}
