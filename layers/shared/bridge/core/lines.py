"""The lines of a document: what each of them says, and what all of them say as one value.

That value is a text, so that whatever concerns the document as a whole treats it as any field.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from bridge.core.conversions import converted
from bridge.core.mapping import FieldMapping, LinesMapping
from bridge.errors import MappingError
from bridge.model import Record, System, Value, Values

CENT = Decimal("0.01")
# With so many a price times a quantity below 100,000 comes to any total, to the cent.
PRICE_PLACES = 7
# More digits than the product of any two amounts has.
DIGITS = 60


@dataclass(frozen=True)
class Line:
    """One line of a document as read: what it says, in its canonical form.

    `has_more` says that the record holds something in it that is not mapped.
    """

    id: str
    text: str
    has_more: bool = False


def read_lines(record: Record, mapped: FieldMapping, lines: LinesMapping) -> tuple[Line, ...]:
    """Return the lines of a record, in their order.

    Raises:
        MappingError: a line is of a kind that is not mapped, or lacks a value.
    """
    parts = [part for part in record.parts if part.object == _object(mapped, record.system)]
    if record.system is System.SALESFORCE:
        parts = parts or _sole(record, mapped, lines)
        parts.sort(key=lambda part: _place(part, lines))
    return tuple(_line(part, mapped, lines) for part in parts)


def lines_text(texts: Iterable[str]) -> str | None:
    """Return what all lines of a document say as one value, or None where it has none."""
    joined = ",".join(texts)
    return f"[{joined}]" if joined else None


def first_lines(text: Value, count: int) -> str | None:
    """Return what the first lines of a document say."""
    found = json.loads(str(text) if text else "[]")[:count]
    return lines_text(_compact(line) for line in found)


def values_of(text: Value, lines: LinesMapping) -> list[dict[str, Value]]:
    """Return the lines that a canonical text holds, as canonical values by name."""
    return [_values(line, lines) for line in json.loads(str(text) if text else "[]")]


def salesforce_lines(text: Value, lines: LinesMapping) -> list[dict[str, Value]]:
    """Return the fields of each line that is to be made in Salesforce, numbered from 1."""
    return [
        {lines.number: Decimal(place), **_filled(salesforce_line(values, lines))}
        for place, values in enumerate(values_of(text, lines), 1)
    ]


def salesforce_line(values: Values, lines: LinesMapping) -> dict[str, Value]:
    """Return a line's fields in Salesforce's names; an empty one is None."""
    return {each.salesforce: values.get(each.name) for each in lines.fields}


def quickbooks_lines(text: Value, lines: LinesMapping) -> list[dict[str, Value]]:
    """Return the fields of each line in QuickBooks' names, with its amount."""
    return [_quickbooks_line(line, lines) for line in values_of(text, lines)]


def lines_total(text: Value, lines: LinesMapping) -> Decimal:
    """Return what all lines come to, each rounded to the cent."""
    priced = (_amount(each["quantity"], each["price"]) for each in values_of(text, lines))
    return sum((each for each in priced if each is not None), Decimal(0))


def more_of(part: Record, lines: LinesMapping) -> dict[str, Value]:
    """Return what a QuickBooks line holds and the mapping does not know."""
    known = {lines.amount, *lines.constants, *(each.quickbooks[0] for each in lines.fields)}
    return {name: value for name, value in part.fields.items() if name not in known}


def covers(text: str, other: str) -> bool:
    """Say whether a line says all that another one says; it may say more."""
    said, wanted = json.loads(text), json.loads(other)
    return all(said.get(name) == value for name, value in wanted.items())


def line_words(text: str | None, lines: LinesMapping) -> str:
    """Return what a line says in words for people; a line that is not there says nothing."""
    values = _values(json.loads(text), lines) if text else {}
    said = (f"{each.label} {values[each.name]}" for each in lines.fields if each.name in values)
    return ", ".join(said) or "no such line"


def lines_words(value: Value, other: Value, lines: LinesMapping) -> str:
    """Return what those lines of a document say in words that another one does not have."""
    own, others = (json.loads(str(each) if each else "[]") for each in (value, other))
    told = (line_words(_compact(line), lines) for line in own if line not in others)
    return "; ".join(told) or "no such line"


def _values(line: Mapping[str, Any], lines: LinesMapping) -> dict[str, Value]:
    return {
        each.name: _decoded(line[each.name], each)
        for each in lines.fields
        if line.get(each.name) is not None
    }


def _compact(line: Mapping[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def _filled(fields: Values) -> dict[str, Value]:
    return {name: value for name, value in fields.items() if value is not None}


def _quickbooks_line(values: Values, lines: LinesMapping) -> dict[str, Value]:
    mapped = {each.quickbooks[0]: _chosen(values.get(each.name), each) for each in lines.fields}
    amount = _amount(values["quantity"], values["price"])
    return {**lines.constants, lines.amount: amount, **_filled(mapped)}


def _chosen(value: Value, mapped: FieldMapping) -> Value:
    """Return the QuickBooks value that a Salesforce value stands for."""
    return mapped.choices.get(str(value), value) if value is not None else None


def _sole(record: Record, mapped: FieldMapping, lines: LinesMapping) -> list[Record]:
    """Return the line of a Salesforce document that has none, where the mapping names its item and
    the document its sum.
    """
    sole = lines.without
    price = record.fields.get(sole.price) if sole else None
    if sole is None or not isinstance(price, Decimal) or not price:
        return []
    said: dict[str, Value] = {"item": sole.item, "quantity": Decimal(1), "price": price}
    if sole.description:
        said["description"] = record.fields.get(sole.description)
    fields = {lines.field_named(name).salesforce: value for name, value in said.items()}
    return [Record(record.system, mapped.salesforce, "", record.version, fields)]


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


def _line(part: Record, mapped: FieldMapping, lines: LinesMapping) -> Line:
    """Read one line; empty fields leave no trace in its text."""
    raw = _raw(part, mapped, lines)
    try:
        values = {each.name: converted(raw[each.name], each, part.system) for each in lines.fields}
    except MappingError as error:
        reason = "line_incomplete" if error.reason == "value_missing" else error.reason
        raise MappingError(reason, field=mapped.name) from error
    said = {name: _encoded(value) for name, value in values.items() if value is not None}
    text = _compact(said)
    has_more = part.system is System.QUICKBOOKS and bool(more_of(part, lines))
    return Line(part.id, text, has_more)


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
