"""Own lines: those that stand for one value of the whole document, such as its discount.

In QuickBooks they are lines among the others; to people, and in Salesforce, they are fields of the
document.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from bridge.core.mapping import EntityMapping, FieldMapping
from bridge.errors import MappingError
from bridge.model import Record, Value, Values

AMOUNT = "Amount"
# The kind of line that lowers a total; any other one raises it.
DISCOUNT = "DiscountLineDetail"
CENT = Decimal("0.01")


def own_fields(mapping: EntityMapping) -> tuple[FieldMapping, ...]:
    """Return the fields that are a line of their own in QuickBooks."""
    return tuple(each for each in mapping.fields if each.line)


def is_own_line(line: Values, mapping: EntityMapping) -> bool:
    """Say whether a QuickBooks line stands for one of these fields."""
    return any(_fits(line, each) for each in own_fields(mapping))


def without_own_lines(record: Record, mapping: EntityMapping) -> Record:
    """Return a record with those lines alone that are lines to people."""
    if not own_fields(mapping):
        return record
    kept = tuple(part for part in record.parts if not is_own_line(part.fields, mapping))
    return replace(record, parts=kept)


def own_value(record: Record, mapped: FieldMapping) -> Value:
    """Return what the line of a field holds, None where there is no such line.

    Raises:
        MappingError: there are several.
    """
    found = [part for part in record.parts if _fits(part.fields, mapped)]
    if len(found) > 1:
        raise MappingError("line_not_mapped", field=mapped.name)
    return found[0].fields.get(mapped.quickbooks[0]) if found else None


def needs_lines(
    values: Values, changed: Iterable[str], lines_name: str, mapping: EntityMapping
) -> bool:
    """Say whether own lines have to be seen before what has changed can be written: they are part
    of the one list that QuickBooks takes whole.
    """
    names, own = set(changed), [each.name for each in own_fields(mapping)]
    return bool(names & set(own)) or (
        lines_name in names and any(values[name] is not None for name in own)
    )


def own_lines(
    values: Values, mapping: EntityMapping, read: Record | None
) -> Iterator[tuple[str | None, Mapping[str, Value]]]:
    """Yield id and fields of each own line that a document shall have in QuickBooks.

    It keeps what it holds besides, but the amount, which QuickBooks works out where it is not what
    the line is about.
    """
    for each in own_fields(mapping):
        if (value := values[each.name]) is None:
            continue
        found = [part for part in (read.parts if read else ()) if _fits(part.fields, each)]
        more = dict(found[0].fields) if found else {}
        more.pop(AMOUNT, None)
        yield found[0].id if found else None, {**more, **each.line, each.quickbooks[0]: value}


def with_own_lines(subtotal: Decimal, values: Values, mapping: EntityMapping) -> Decimal:
    """Return what a document comes to whose other lines come to a subtotal.

    Where a field is no amount, it is a percentage of that (Intuit:
    api/accounting/all-entities/invoice, DiscountLineDetail).
    """
    total = subtotal
    for each in own_fields(mapping):
        value = values[each.name]
        if not isinstance(value, Decimal):
            continue
        part = value if each.quickbooks[0] == AMOUNT else subtotal * value / 100
        amount = part.quantize(CENT, ROUND_HALF_UP)
        total += -amount if each.line.get("DetailType") == DISCOUNT else amount
    return total


def _fits(line: Values, mapped: FieldMapping) -> bool:
    return bool(mapped.line) and all(line.get(name) == value for name, value in mapped.line.items())
