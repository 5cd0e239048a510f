"""The lines of a sales document: reads them strictly and gives them their ids.

Intuit: api/accounting/all-entities/invoice. A list of lines replaces the stored one; a line with
the id of a stored line is that line, any other is new.
"""

from decimal import Decimal
from typing import Any

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.money import money
from local.simulators.quickbooks.reading import check_length, read_number, unknown_property
from local.simulators.quickbooks.schema import Row

_REF, _NUMBER, _BOOL, _DATE, _ANY = "ref", "number", "bool", "date", "any"
_SALES_ITEM = {
    **dict.fromkeys(("ItemRef", "TaxCodeRef", "ClassRef", "ItemAccountRef"), _REF),
    **dict.fromkeys(("PriceLevelRef", "TaxClassificationRef"), _REF),
    **dict.fromkeys(("Qty", "UnitPrice", "DiscountAmt", "DiscountRate"), _NUMBER),
    **dict.fromkeys(("RatePercent", "TaxInclusiveAmt"), _NUMBER),
    **dict.fromkeys(("MarkupInfo", "DeferredRevenue", "ServiceDate"), _ANY),
}
_DISCOUNT = {
    **dict.fromkeys(("DiscountRef", "DiscountAccountRef", "ClassRef", "TaxCodeRef"), _REF),
    "PercentBased": _BOOL,
    "DiscountPercent": _NUMBER,
    "ServiceDate": _ANY,
}
_GROUP = {"GroupItemRef": _REF, "Quantity": _NUMBER, "Line": _ANY, "ServiceDate": _ANY}
_DESCRIPTION = {"ServiceDate": _ANY, "TaxCodeRef": _REF}
_SUBTOTAL = {"ItemRef": _REF, "ServiceDate": _ANY}
# Type of a line: the name of its detail object and that object's attributes.
_TYPES = {
    "SalesItemLineDetail": ("SalesItemLineDetail", _SALES_ITEM),
    "GroupLineDetail": ("GroupLineDetail", _GROUP),
    "DescriptionOnly": ("DescriptionLineDetail", _DESCRIPTION),
    "DiscountLineDetail": ("DiscountLineDetail", _DISCOUNT),
    "SubTotalLineDetail": ("SubTotalLineDetail", _SUBTOTAL),
}
_LINE_KEYS = {
    *("Id", "LineNum", "Description", "Amount", "DetailType", "LinkedTxn", "CustomField"),
    *("CustomExtensions", "LineEx", *(name for name, _ in _TYPES.values())),
}
_WITHOUT_ID = {"SubTotalLineDetail", "DiscountLineDetail"}


def read_lines(sent: Any) -> list[Row]:
    """Check the lines of a request; subtotals that were sent are dropped.

    Raises:
        ApiFault: 2010, 2020, 2050, 2080, 2170 or 6070.
    """
    if not isinstance(sent, list) or not sent:
        raise errors.required("Line")
    read = [_read_line(each) for each in sent]
    return [each for each in read if each["DetailType"] != "SubTotalLineDetail"]


def every_line(lines: list[Row]) -> list[Row]:
    """Return the lines and, behind each bundle, the lines inside it."""
    inner = (each.get("GroupLineDetail", {}).get("Line", []) for each in lines)
    return [one for each, inside in zip(lines, inner, strict=True) for one in (each, *inside)]


def _read_line(sent: Any) -> Row:
    if not isinstance(sent, dict):
        raise ApiFault("2010", "Property Name:Line specified is unsupported or invalid")
    if unknown := next((each for each in sent if each not in _LINE_KEYS), ""):
        raise unknown_property(unknown, "Line", sorted(_LINE_KEYS))
    kind = sent.get("DetailType")
    if kind in (None, ""):
        raise errors.required("Line.DetailType")
    if kind not in _TYPES:
        raise ApiFault("2170", f"Invalid Enumeration : {kind}", "Line.DetailType")
    line: Row = {"Id": str(sent["Id"])} if sent.get("Id") not in (None, "") else {}
    if sent.get("Description"):
        check_length("Line.Description", str(sent["Description"]), 4000)
        line["Description"] = str(sent["Description"])
    amount = read_number("Line.Amount", sent.get("Amount"))
    if amount is not None and kind != "DescriptionOnly":
        line["Amount"] = money(amount)
    line["DetailType"] = kind
    if sent.get("LinkedTxn"):
        line["LinkedTxn"] = sent["LinkedTxn"]
    name, attributes = _TYPES[kind]
    line[name] = _read_detail(name, sent.get(name) or {}, attributes)
    if kind == "SalesItemLineDetail":
        _check_amount(line)
    return line


def _read_detail(name: str, sent: Any, attributes: dict[str, str]) -> Row:
    if not isinstance(sent, dict):
        raise ApiFault("2010", f"Property Name:{name} specified is unsupported or invalid")
    detail: Row = {}
    for key, value in sent.items():
        if key not in attributes:
            raise unknown_property(key, name, sorted(attributes))
        if value is not None and value != "":
            detail[key] = _read_value(f"Line.{name}.{key}", value, attributes[key])
    if inner := detail.get("Line"):
        detail["Line"] = [_read_line(each) for each in inner]
    return {key: value for key, value in detail.items() if value is not None}


def _read_value(name: str, value: Any, kind: str) -> Any:
    if kind == _NUMBER:
        return read_number(name, value)
    if kind == _BOOL:
        return str(value).lower() == "true"
    if kind == _REF:
        if not isinstance(value, dict):
            raise ApiFault("2010", f"Property Name:{name} specified is unsupported or invalid")
        return {"value": str(value["value"])} if value.get("value") else None
    return value


def _check_amount(line: Row) -> None:
    if line.get("Amount") is None:
        raise errors.required("Line.Amount")
    detail = line["SalesItemLineDetail"]
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is None or price is None or "TaxInclusiveAmt" in detail:
        return
    if money(Decimal(quantity) * Decimal(price)) != line["Amount"]:
        raise ApiFault(
            "6070",
            f"Amount is not equal to UnitPrice * Qty. Supplied value:{line['Amount']}",
            "Line.Amount",
        )


def number_lines(lines: list[Row], before: list[Row]) -> None:
    """Keep the ids of stored lines, give new ones to the others, and set the line numbers."""
    known = {each["Id"] for each in every_line(before) if "Id" in each}
    highest = max((int(each) for each in known), default=0)
    used: set[str] = set()
    place = 0
    for line in every_line(lines):
        line_id = line.pop("Id", "")
        if line["DetailType"] in _WITHOUT_ID:
            continue
        place += 1
        if line_id not in known or line_id in used:
            highest += 1
            line_id = str(highest)
        used.add(line_id)
        body = dict(line)
        line.clear()
        line.update({"Id": line_id, "LineNum": place, **body})
