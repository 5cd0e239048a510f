"""The lines of a document as one canonical value: a text that says what each line says, in order.

So that fingerprints, merge and intents treat all lines of a document as they treat any field.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

from bridge.core.conversions import converted
from bridge.core.mapping import FieldMapping, LinesMapping
from bridge.errors import MappingError
from bridge.model import Record, System, Value

CENT = Decimal("0.01")
# With so many a price times a quantity below 100,000 comes to any total, to the cent.
PRICE_PLACES = 7
# More digits than the product of any two amounts has.
DIGITS = 60


def lines_text(record: Record, mapped: FieldMapping, lines: LinesMapping) -> str | None:
    """Return what all lines of a record say, or None where it has none.

    Raises:
        MappingError: a line is of a kind that is not mapped, or lacks a value.
    """
    parts = [part for part in record.parts if part.object == _object(mapped, record.system)]
    if record.system is System.SALESFORCE:
        parts.sort(key=lambda part: _place(part, lines))
    read = [_read(_raw(part, mapped, lines), mapped, lines, record.system) for part in parts]
    return json.dumps(read, ensure_ascii=False, separators=(",", ":")) if read else None


def values_of(text: Value, lines: LinesMapping) -> list[dict[str, Value]]:
    """Return the lines that a canonical text holds, as canonical values by name."""
    return [
        {
            each.name: _decoded(line[each.name], each)
            for each in lines.fields
            if line.get(each.name) is not None
        }
        for line in json.loads(str(text) if text else "[]")
    ]


def salesforce_lines(text: Value, lines: LinesMapping) -> list[dict[str, Value]]:
    """Return the fields of each line in Salesforce's names, numbered from 1."""
    return [
        {
            lines.number: Decimal(place),
            **{each.salesforce: line[each.name] for each in lines.fields if each.name in line},
        }
        for place, line in enumerate(values_of(text, lines), 1)
    ]


def quickbooks_lines(text: Value, lines: LinesMapping) -> list[dict[str, Value]]:
    """Return the fields of each line in QuickBooks' names, with its amount."""
    return [
        {
            **lines.constants,
            lines.amount: _amount(line["quantity"], line["price"]),
            **{each.quickbooks[0]: line[each.name] for each in lines.fields if each.name in line},
        }
        for line in values_of(text, lines)
    ]


def _object(mapped: FieldMapping, system: System) -> str:
    return mapped.salesforce if system is System.SALESFORCE else mapped.quickbooks[0]


def _place(part: Record, lines: LinesMapping) -> Decimal:
    """Return a line's number; one without a number comes last, in the order it was read."""
    number = part.fields.get(lines.number)
    return number if isinstance(number, Decimal) else Decimal("Infinity")


def _raw(part: Record, mapped: FieldMapping, lines: LinesMapping) -> Mapping[str, Value]:
    if part.system is System.SALESFORCE:
        found = {each.name: part.fields.get(each.salesforce) for each in lines.fields}
        return {**found, "price": _price(found, part.fields.get(lines.total), lines)}
    if any(part.fields.get(name) != value for name, value in lines.constants.items()):
        raise MappingError("line_not_mapped", field=mapped.name)
    raw = {each.name: part.fields.get(each.quickbooks[0]) for each in lines.fields}
    if not lines.amount:
        return raw
    amount = part.fields.get(lines.amount)
    raw.update(_priced(raw.get("quantity"), raw.get("price"), amount))
    if isinstance(amount, Decimal) and _amount(raw["quantity"], raw["price"]) != amount:
        raise MappingError("line_not_mapped", field=mapped.name)
    return raw


def _price(raw: Mapping[str, Value], total: Value, lines: LinesMapping) -> Value:
    """Return the price of a Salesforce line: where the line comes to something else than quantity
    times price, as with a discount, the price with which it comes to that.
    """
    quantity, price = raw.get("quantity"), raw.get("price")
    if not isinstance(total, Decimal) or not isinstance(quantity, Decimal) or not quantity:
        return price
    if _amount(quantity, price) == total:
        return price
    with localcontext(prec=DIGITS):
        places = lines.field_named("price").limit or PRICE_PLACES
        return (total / quantity).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _priced(quantity: Value, price: Value, amount: Value) -> Mapping[str, Value]:
    """Return quantity and price of a QuickBooks line: without a quantity, one at its amount."""
    if quantity is None:
        return {"quantity": Decimal(1), "price": amount}
    if price is None and isinstance(quantity, Decimal) and isinstance(amount, Decimal):
        return {"quantity": quantity, "price": amount / quantity if quantity else Decimal(0)}
    return {"quantity": quantity, "price": price}


def _read(
    raw: Mapping[str, Value], mapped: FieldMapping, lines: LinesMapping, system: System
) -> dict[str, str | bool]:
    """Return one line as it stands in the text; empty fields are left out."""
    try:
        values = {each.name: converted(raw[each.name], each, system) for each in lines.fields}
    except MappingError as error:
        reason = "line_incomplete" if error.reason == "value_missing" else error.reason
        raise MappingError(reason, field=mapped.name) from error
    return {name: _encoded(value) for name, value in values.items() if value is not None}


def _amount(quantity: Value, price: Value) -> Decimal | None:
    if not isinstance(quantity, Decimal) or not isinstance(price, Decimal):
        return None
    with localcontext(prec=DIGITS):
        return (quantity * price).quantize(CENT, ROUND_HALF_UP)


def _encoded(value: Value) -> str | bool:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool) else str(value)


def _decoded(value: str | bool, mapped: FieldMapping) -> Value:
    if mapped.convert == "number":
        return Decimal(str(value)).normalize()
    return date.fromisoformat(str(value)) if mapped.convert == "date" else value


def line_values(text: Value, lines: LinesMapping, name: str) -> Iterable[Value]:
    """Return what one field holds in each line that has it."""
    return [line[name] for line in values_of(text, lines) if name in line]
