"""Turns QuickBooks' nested objects into flat records, and flat fields back into nested objects."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from bridge.errors import MappingError
from bridge.model import Record, System, Value, Values, Write, WriteKind
from bridge.quickbooks.custom_fields import flattened, listed
from bridge.quickbooks.derived import Source, derived
from bridge.quickbooks.markers import with_marker, without_marker
from bridge.schemas import CUSTOM_FIELD, bare_name

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
# What QuickBooks adds to a line by itself, each time that it is written.
_ADDED_TO_LINES = frozenset(
    {"LineNum", "SalesItemLineDetail.ItemAccountRef.value"}
    | {"SalesItemLineDetail.TaxClassificationRef.value"}
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
        is_voided=_is_voided(row),
        created_at=_time(times.get("CreateTime")),
        modified_at=_time(times.get("LastUpdatedTime")),
        marker=marker,
    )


def unflatten(write: Write) -> dict[str, Any]:
    """Return the nested object of a write, without what the kind of write adds (Id, SyncToken).

    An update empties a field with an empty string (Intuit: api/accounting/all-entities/customer,
    sparse update); a create leaves it out. The lines of an update replace all those that stand
    there: one with the id of a stored line is that line, any other is new (Intuit:
    api/accounting/all-entities/invoice).

    Raises:
        MappingError: a number has more digits than QuickBooks can hold exactly.
    """
    nested = _nested(with_marker(write), is_new=write.kind is WriteKind.CREATE)
    if write.object == "Customer" and _PARENT in write.fields:
        # Both say that a customer stands below another one, or neither.
        nested["Job"] = write.fields[_PARENT] is not None
    if write.is_whole or write.parts:
        nested[LINE] = [_nested_line(line) for line in write.parts]
    return nested


def _is_voided(row: Mapping[str, Any]) -> bool:
    """Say whether a document was voided: there is no flag, but a note in front of all others and a
    total of nothing (Intuit: api/accounting/all-entities/invoice, void).
    """
    return not row.get("TotalAmt", 1) and str(row.get("PrivateNote", "")).startswith("Voided")


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


def _nested_line(line: Write) -> dict[str, Any]:
    """Return a line with its id, where it has one of QuickBooks' own; lists are lists again."""
    given = {"Id": line.record_id} if line.record_id and line.record_id.isdecimal() else {}
    nested = _nested(line.fields, is_new=True)
    return {**given, **{name: _with_lists(value) for name, value in nested.items()}}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(each) for name, each in value.items()}
    return list(inner.values()) if inner and all(name.isdecimal() for name in inner) else inner


def _lines(object_name: str, row: Mapping[str, Any]) -> Iterator[Record]:
    """Yield the lines of a document in their order, without the subtotals that QuickBooks adds.

    A discount has no id of its own: its kind stands for it.
    """
    lines = row.get(LINE)
    kinds: dict[Value, int] = {}
    for line in lines if isinstance(lines, list) else ():
        # What is written whole again is read whole.
        is_payment = object_name == "Payment"
        fields = dict(_leaves(line, with_lists=not is_payment))
        if is_payment:
            fields.update(_link(line.get(LINKED)))
        kind = _detail_type(fields.get("DetailType"))
        if kind == _SUBTOTAL:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        yield Record(
            system=System.QUICKBOOKS,
            object=LINE,
            id=str(line.get("Id") or f"{kind} {kinds[kind]}"),
            version=str(row.get("SyncToken", "")),
            fields=_written(fields) | {"DetailType": kind},
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


def _written(fields: Values) -> dict[str, Value]:
    """Return a line without what QuickBooks adds to it by itself."""
    return {name: value for name, value in fields.items() if name not in _ADDED_TO_LINES}


def _detail_type(name: Value) -> Value:
    """Return the kind of a line in its usual spelling; a void's answer has SALES_ITEM_LINE_DETAIL
    (Intuit: api/accounting/all-entities/invoice, void).
    """
    return _DETAIL_TYPES.get(str(name).replace("_", "").lower(), name)


def _leaves(row: Mapping[str, Any], *, with_lists: bool = False) -> Iterator[tuple[str, Value]]:
    for name, value in row.items():
        if name == CUSTOM_FIELD:
            yield from flattened(value)
        elif name not in _ABOUT_THE_RECORD:
            yield from _leaf(name, value, with_lists)


def _leaf(path: str, value: Any, with_lists: bool) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            # The name in a reference is for show; only its value counts.
            if not (name == "name" and "value" in value):
                yield from _leaf(f"{path}.{name}", inner, with_lists)
    elif not isinstance(value, list):
        yield path, Decimal(value) if type(value) is int else value
    elif with_lists:
        for place, inner in enumerate(value):
            yield from _leaf(f"{path}.{place}", inner, with_lists)


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
