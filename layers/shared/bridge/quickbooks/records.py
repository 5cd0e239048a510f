"""Turns QuickBooks' nested objects into flat records, and flat fields back into nested objects."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bridge.errors import MappingError
from bridge.model import Record, System, Value, Values, Write, WriteKind
from bridge.quickbooks.custom_fields import CUSTOM_FIELD, flattened, listed
from bridge.quickbooks.derived import Source, derived
from bridge.quickbooks.markers import with_marker, without_marker
from bridge.schemas import bare_name

# The objects that are made inactive instead of deleted, and hidden from queries while they are
# (Intuit: learn/explore-the-quickbooks-online-api/data-queries).
LIST_OBJECTS = frozenset(
    {"Account", "Class", "Customer", "Department", "Employee", "Item", "PaymentMethod", "Term"}
    | {"Vendor"}
)
NAME_FIELDS = ("DisplayName", "Name", "FullyQualifiedName")
LINE = "Line"
LINKED = "LinkedTxn"
_PARENT = "ParentRef.value"

_ABOUT_THE_RECORD = frozenset(
    {"Id", "SyncToken", "MetaData", "Active", "domain", "sparse", "status"}
)
# Stands behind the lines that it adds up, and has no id of its own.
_SUBTOTAL = "SubTotalLineDetail"
_DETAIL_TYPES = {
    name.lower(): name
    for name in (
        *("SalesItemLineDetail", "GroupLineDetail", "DescriptionOnly", "DiscountLineDetail"),
        *(_SUBTOTAL, "TaxLineDetail"),
    )
}


def flatten(object_name: str, row: Mapping[str, Any], source: Source | None = None) -> Record:
    """Return an object of an answer as a record: a document with its lines, without other lists."""
    fields = {**dict(_leaves(row)), **dict(derived(object_name, row, source or Source()))}
    is_active = row.get("Active") is not False
    if not is_active:
        fields.update({n: bare_name(str(fields[n])) for n in NAME_FIELDS if n in fields})
    unmarked, marker = without_marker(object_name, fields)
    times = row.get("MetaData") or {}
    return Record(
        system=System.QUICKBOOKS,
        object=object_name,
        id=str(row["Id"]),
        version=str(row.get("SyncToken", "")),
        fields=unmarked,
        parts=tuple(_lines(object_name, row)),
        is_active=is_active,
        is_deleted=str(row.get("status", "")).lower() == "deleted",
        created_at=_time(times.get("CreateTime")),
        modified_at=_time(times.get("LastUpdatedTime")),
        marker=marker,
    )


def unflatten(write: Write) -> dict[str, Any]:
    """Return the nested object of a write, without what the kind of write adds (Id, SyncToken).

    An update empties a field with an empty string (Intuit: api/accounting/all-entities/customer,
    sparse update); a create leaves it out. Only a whole document has lines: in an update they would
    replace all those that stand there.

    Raises:
        MappingError: a number has more digits than QuickBooks can hold exactly.
    """
    nested = _nested(with_marker(write), is_new=write.kind is WriteKind.CREATE)
    if write.object == "Customer" and _PARENT in write.fields:
        # Both say that a customer stands below another one, or neither.
        nested["Job"] = write.fields[_PARENT] is not None
    if write.is_whole:
        nested[LINE] = [_nested(line.fields, is_new=True) for line in write.parts]
    return nested


def _nested(fields: Values, *, is_new: bool) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in fields.items():
        if value is None and is_new:
            continue
        *parents, name = path.split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = _json_value(path, value)
    if CUSTOM_FIELD in nested:
        nested[CUSTOM_FIELD] = listed(nested[CUSTOM_FIELD])
    return nested


def _lines(object_name: str, row: Mapping[str, Any]) -> Iterator[Record]:
    """Yield the lines of a document in their order, without the subtotals that QuickBooks adds."""
    lines = row.get(LINE)
    for line in lines if isinstance(lines, list) else ():
        fields = dict(_leaves(line))
        if object_name == "Payment":
            fields.update(_link(line.get(LINKED)))
        kind = _detail_type(fields.get("DetailType"))
        if kind == _SUBTOTAL:
            continue
        yield Record(
            system=System.QUICKBOOKS,
            object=LINE,
            id=str(line.get("Id", "")),
            version=str(row.get("SyncToken", "")),
            fields={**fields, "DetailType": kind},
        )


def _link(links: Any) -> Iterator[tuple[str, Value]]:
    """Yield what a line is applied to: its kind, and its id under a name that has the kind in it.

    A line of a payment has one (Intuit: api/accounting/all-entities/payment); of several none could
    be told to be the one.
    """
    if isinstance(links, list) and len(links) == 1:
        kind, linked_id = links[0].get("TxnType"), links[0].get("TxnId")
        yield f"{LINKED}.TxnType", kind
        yield f"{LINKED}.{kind}", str(linked_id)


def _detail_type(name: Value) -> Value:
    """Return the kind of a line in its usual spelling; a void's answer has SALES_ITEM_LINE_DETAIL
    (Intuit: api/accounting/all-entities/invoice, void).
    """
    return _DETAIL_TYPES.get(str(name).replace("_", "").lower(), name)


def _leaves(row: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    for name, value in row.items():
        if name == CUSTOM_FIELD:
            yield from flattened(value)
        elif name not in _ABOUT_THE_RECORD:
            yield from _leaf(name, value)


def _leaf(path: str, value: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            # The name in a reference is for show; only its value counts.
            if not (name == "name" and "value" in value):
                yield from _leaf(f"{path}.{name}", inner)
    elif not isinstance(value, list):
        yield path, Decimal(value) if type(value) is int else value


def _json_value(path: str, value: Value) -> str | bool | int | float:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return _number(path, value)
    return value.isoformat() if isinstance(value, date) else value


def _number(path: str, value: Decimal) -> int | float:
    """Return a JSON number that reads as exactly this decimal; 15 digits always do."""
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    if Decimal(repr(number)) != value:
        raise MappingError("number_too_precise", system=System.QUICKBOOKS, field=path)
    return number


def _time(text: Any) -> datetime | None:
    """Read a time with the server's offset (`-07:00`) as UTC."""
    return datetime.fromisoformat(text).astimezone(UTC) if isinstance(text, str) else None
