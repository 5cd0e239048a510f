"""What the server adds to the lines of a sales document, and what it refuses in them.

Intuit: api/accounting/all-entities/invoice. Accounts and names as recorded replies show them.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from local.simulators.quickbooks import amounts, errors, rules
from local.simulators.quickbooks.company_settings import Settings
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.lines import every_line
from local.simulators.quickbooks.money import Amount, money
from local.simulators.quickbooks.schema import Row

if TYPE_CHECKING:
    from local.simulators.quickbooks.state import Company


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that is being written, and what its lines need to know around it."""

    row: Row
    before: Row | None
    customer: Row
    company: "Company"
    settings: Settings


def complete_line(line: Row, draft: Draft) -> None:
    """Fill in one line.

    Raises:
        ApiFault: 2020, 2500, 6000 or 6270.
    """
    kind = line["DetailType"]
    if kind == "SalesItemLineDetail":
        _complete_sale(line, draft)
    elif kind == "GroupLineDetail":
        _unfold(line, draft)
    elif kind == "DiscountLineDetail":
        _complete_discount(line, draft)
    if kind not in {"DiscountLineDetail", "DescriptionOnly"}:
        line["CustomExtensions"] = []


def _complete_sale(line: Row, draft: Draft) -> None:
    detail = line["SalesItemLineDetail"]
    if draft.settings.is_french:
        _set_discount(line)
    if "ItemRef" not in detail or amounts.charge_of(line):
        _check_charge(line, draft.settings)
        return
    item = _item(detail["ItemRef"]["value"], draft)
    if item["Type"] == "Group" and draft.settings.switches.bundle_as_item == "refused":
        raise errors.business("A bundle needs a line of the type GroupLineDetail.")
    detail["ItemRef"] = {"value": item["Id"], "name": item["FullyQualifiedName"]}
    if account := item.get("IncomeAccountRef"):
        detail["ItemAccountRef"] = account
    if draft.row["TxnDate"] < str(item.get("InvStartDate", "")) and _is_dated_anew(item, draft):
        raise ApiFault("6270", _BEFORE_INVENTORY)
    if draft.settings.taxes_by_line or not draft.settings.uses_sales_tax:
        return
    is_taxed = item.get("Taxable") and draft.customer.get("Taxable") is not False
    detail.setdefault("TaxCodeRef", {"value": "TAX" if is_taxed else "NON"})
    if draft.company.find("TaxCode", detail["TaxCodeRef"]["value"]) is None:
        raise errors.invalid_reference("TaxCodes", detail["TaxCodeRef"]["value"])


_BEFORE_INVENTORY = (
    "Transactions with inventory (QOH) products cant be dated earlier than the Inventory Start "
    "Date for the product"
)


def _is_dated_anew(item: Row, draft: Draft) -> bool:
    before = draft.before
    is_same_day = before is not None and before["TxnDate"] == draft.row["TxnDate"]
    return not is_same_day or item["Id"] not in _items_of(before)


def _item(item_id: str, draft: Draft) -> Row:
    item = draft.company.find("Item", item_id)
    if item is None:
        raise errors.invalid_reference("Items", item_id)
    if item["Type"] == "Category":
        raise ApiFault("2500", f"Invalid Reference Id : Items element id {item_id} is a category")
    if item.get("Active") is False and item_id not in _items_of(draft.before):
        raise rules.inactive_reference(draft.company)
    return item


def _items_of(before: Row | None) -> set[str]:
    lines = every_line((before or {}).get("Line", []))
    details: list[Row] = [
        each.get("SalesItemLineDetail") or each.get("GroupLineDetail") or {} for each in lines
    ]
    references = (each.get("ItemRef") or each.get("GroupItemRef") or {} for each in details)
    return {str(each.get("value")) for each in references}


def _set_discount(line: Row) -> None:
    """Work the discount of a line out from its rate, which goes before an amount."""
    detail = line["SalesItemLineDetail"]
    if (rate := detail.get("DiscountRate")) is None:
        return
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    is_priced = quantity is not None and price is not None
    whole = Decimal(quantity) * Decimal(price) if is_priced else Decimal(line["Amount"])
    detail["DiscountAmt"] = money(whole * Decimal(rate) / 100)


def _check_charge(line: Row, settings: Settings) -> None:
    preference = amounts.charge_of(line)
    if preference == "AllowGratuity":
        is_allowed, name = settings.allows_gratuity, "Gratuity"
    else:
        is_allowed, name = settings.allows("AllowShipping"), "Shipping"
    if not preference or is_allowed:
        return
    if settings.switches.disallowed_parts == "refused":
        raise errors.business(f"{name} is turned off.")
    line["Amount"] = 0


def _unfold(line: Row, draft: Draft) -> None:
    """Put the lines of a bundle in; the bundle's own amount stays 0, as recorded."""
    detail = line["GroupLineDetail"]
    if "GroupItemRef" not in detail:
        raise errors.required("Line.GroupLineDetail.GroupItemRef")
    item = _item(detail["GroupItemRef"]["value"], draft)
    detail["GroupItemRef"] = {"value": item["Id"], "name": item["FullyQualifiedName"]}
    detail.setdefault("Quantity", 1)
    line["Amount"] = 0
    if "Line" in detail:
        return
    parts = (item.get("ItemGroupDetail") or {}).get("ItemGroupLine", [])
    detail["Line"] = [_part_line(each, detail["Quantity"], draft.company) for each in parts]
    for inner in detail["Line"]:
        complete_line(inner, draft)


def _part_line(part: Row, count: Amount, company: "Company") -> Row:
    item = company.find("Item", part["ItemRef"]["value"]) or {}
    quantity, price = Decimal(part.get("Qty", 1)) * Decimal(count), item.get("UnitPrice", 0)
    described = {"Description": item["Description"]} if item.get("Description") else {}
    return described | {
        "Amount": money(quantity * Decimal(price)),
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"value": part["ItemRef"]["value"]},
            "UnitPrice": price,
            "Qty": money(quantity),
        },
    }


def _complete_discount(line: Row, draft: Draft) -> None:
    detail = line["DiscountLineDetail"]
    settings = draft.settings
    if not settings.allows("AllowDiscount") and settings.switches.disallowed_parts == "refused":
        raise errors.business("Discounts are turned off.")
    detail.setdefault("PercentBased", "DiscountPercent" in detail)
    account = (detail.get("DiscountAccountRef") or {}).get("value", settings.discount_account)
    found = draft.company.find("Account", account)
    if found is None:
        raise errors.invalid_reference("Accounts", account)
    detail["DiscountAccountRef"] = {"value": account, "name": found["FullyQualifiedName"]}
