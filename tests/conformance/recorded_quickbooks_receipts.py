"""Recorded replies of QuickBooks Online about receipts, each called for again on the stand-in."""

from typing import Any

from tests.conformance.quickbooks_company import REPLAYS, Company, keys_of, page
from tests.conformance.recorded_quickbooks import PLACED
from tests.conformance.recorded_quickbooks_documents import (
    CUSTOM,
    DETAILS,
    LINKED,
    SHIPPED,
    SOLD,
    of_today,
)

OLD = PLACED | SHIPPED | DETAILS
_SALE = "SalesItemLineDetail"


@REPLAYS.of("query-salesreceipts-sandbox", apart=OLD | LINKED)
def _receipts(real: Any) -> tuple[Any, Any]:
    rows = real["QueryResponse"]["SalesReceipt"]
    ours = page(Company(), "SalesReceipt", [of_today(row) for row in rows])
    return ours, real


@REPLAYS.of("exchange-update-salesreceipt-requestid", apart=OLD)
def _update(real: Any) -> tuple[Any, Any]:
    company = Company()
    made = company.create("SalesReceipt", {"Line": [SOLD], "CustomerRef": {"value": "6"}})
    _, _, asked = real["path"].rpartition("/")
    change = real["request"] | keys_of(made)
    first = company.call("POST", asked, change)
    # The same again: the stored reply.
    assert company.call("POST", asked, change) == first
    return first, real["response"]


@REPLAYS.of(
    "void-salesreceipt",
    apart=OLD | CUSTOM | {r".*\.TxnTaxDetail": "comes and goes in older replies"},
)
def _void(real: Any) -> tuple[Any, Any]:
    company = Company()
    detail = {"ItemRef": {"value": "1"}, "Qty": 2, "UnitPrice": 5}
    made = company.create("SalesReceipt", {"Line": [SOLD | {"Amount": 10, _SALE: detail}]})
    path = "salesreceipt?include=void"
    return company.call("POST", path, keys_of(made) | {"sparse": True}), real


@REPLAYS.of("refundreceipt", apart=OLD | CUSTOM)
def _refund(real: Any) -> tuple[Any, Any]:
    company = Company()
    prefs = {"AccountingInfoPrefs": {"TrackDepartments": True}}
    person = {"realm": "1", "action": "update", "entity": "Preferences", "id": "1"}
    company.admin("person", person | {"fields": prefs})
    names = {"DepartmentRef": "Department", "ClassRef": "Class"}
    made = {
        field: {"value": company.create(entity, {"Name": "Landscaping"})["Id"]}
        for field, entity in names.items()
    }
    row = of_today(real["RefundReceipt"])
    row |= made | {
        "CustomerRef": {"value": "1"},
        "PaymentMethodRef": {"value": "2"},
        "DepositToAccountRef": {"value": "35"},
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "2"}},
    }
    (line,) = row["Line"]
    row["Line"] = [{**line, _SALE: line[_SALE] | {"ItemRef": {"value": "3"}}}]
    refund = company.create("RefundReceipt", row)
    ours = company.call("GET", f"refundreceipt/{refund['Id']}")
    # The recorded reply of 2014 has no line for the subtotal; documented ones have.
    ours["RefundReceipt"]["Line"].pop()
    return ours, real
