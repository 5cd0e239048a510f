"""Recorded replies of QuickBooks Online about documents, each called for again on the stand-in."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from tests.conformance.quickbooks_company import (
    REPLAYS,
    Company,
    entity_of,
    keys_of,
    made_again,
    page,
    page_of,
)
from tests.conformance.recorded_quickbooks import PLACED
from tests.conformance.shapes import from_xml

EDITOR = {r".*MetaData\.LastModifiedByRef": "some replies have it since 2026, others not"}
LINKED = {r".*\.LinkedTxn": "what it was linked with is not made again"}
SHIPPED = {r".*\.(ShipFromAddr|FreeFormAddress)": "replies have it since a later year"}
DETAILS = {r".*\.(ItemAccountRef|CustomExtensions)": "replies have it since a later year"}
ONLINE = {r".*\.AllowOnline(CreditCard|ACH)Payment": "set where Intuit Payments is connected"}
EMAILED = {r".*\.DeliveryInfo(\.DeliveryTime)?": "of documents that were sent, or are to be"}
CUSTOM = {r".*\.CustomField(\..*)?": "the fields of one company"}
TODAY = PLACED | EDITOR | ONLINE | EMAILED | CUSTOM
LISTED = TODAY | LINKED | SHIPPED
LATER = {
    r".*\.(TxnTaxDetail|CurrencyRef|Deposit|LinkedTxn)": "comes and goes in older replies",
    r".*\.SalesTermRef\.name": "not in an older reply",
}
OLD = TODAY | SHIPPED | DETAILS | LATER

SOLD = {
    "Amount": 100,
    "DetailType": "SalesItemLineDetail",
    "SalesItemLineDetail": {"ItemRef": {"value": "1"}},
}
AMY = {"CustomerRef": {"value": "1"}}


def an_invoice(company: Company) -> dict[str, Any]:
    """Create the invoice that the recorded ones begin with."""
    return company.create("Invoice", {**AMY, "Line": [SOLD]})


@REPLAYS.of("exchange-create-invoice", "exchange-create-estimate", apart=TODAY)
@REPLAYS.of("exchange-create-creditmemo", "exchange-create-payment-unapplied", apart=TODAY)
@REPLAYS.of("exchange-create-invoice-2020", apart=OLD)
def _create(real: Any) -> tuple[Any, Any]:
    path = real["path"].rpartition("/")[2]
    return Company().call("POST", path, real["request"]), real["response"]


@REPLAYS.of("query-estimates-sandbox-us", "query-creditmemos-sandbox-us", apart=LISTED)
@REPLAYS.of("query-invoices-sandbox-us", apart=LISTED)
def _pages(real: Any) -> tuple[Any, Any]:
    reply = real["QueryResponse"]
    entity = entity_of(reply)
    # One recorded invoice has no lines: it was made of a charge on a statement, by a person.
    rows = reply[entity] = [row for row in reply[entity] if len(row["Line"]) > 1]
    reply |= {name: len(rows) for name in ("maxResults", "totalCount") if name in reply}
    return page(Company(), entity, [of_today(row) for row in rows]), real


def of_today(row: dict[str, Any]) -> dict[str, Any]:
    """Return a document without its dates: its items are in stock since a later day."""
    return {name: value for name, value in row.items() if name not in {"TxnDate", "DueDate"}}


@REPLAYS.of(
    "query-payments-sandbox-us",
    "query-payments-sandbox-us-earlier",
    apart={r"QueryResponse\.Payment\.\d+\.LinkedTxn": "the deposit that holds it"},
)
def _payments(real: Any) -> tuple[Any, Any]:
    company = Company()
    rows = [_payable(company, row) for row in real["QueryResponse"]["Payment"]]
    return page_of(company, "Payment", made_again(company, "Payment", rows)), real


def _payable(company: Company, row: dict[str, Any]) -> dict[str, Any]:
    """Create the documents that a payment settles, and return it with their ids."""
    lines = []
    for line in row["Line"]:
        kind = line["LinkedTxn"][0]["TxnType"]
        sold = {**SOLD, "Amount": line["Amount"]}
        made = company.create(kind, {"CustomerRef": row["CustomerRef"], "Line": [sold]})
        lines.append(line | {"LinkedTxn": [{"TxnId": made["Id"], "TxnType": kind}]})
    return row | {"Line": lines}


@REPLAYS.of("get-invoice-130-tax", "get-estimate-100", apart=TODAY | LINKED | SHIPPED)
@REPLAYS.of("get-creditmemo-184-open", "get-payment-170-unapplied", apart=TODAY)
@REPLAYS.of("invoice-discount-line", "invoice-description-only-line", apart=OLD)
@REPLAYS.of("estimate-old", apart=OLD)
def _read(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real)
    company = Company()
    _link_invoices(company)
    known = {"CustomerRef": {"value": "1"}, "DocNumber": "77"}
    row = of_today(real[entity])
    made = company.create(entity, row | ({} if entity == "Payment" else known))
    reply = company.call("GET", f"{entity.lower()}/{made['Id']}")
    return {name: reply[name] for name in real}, real


@REPLAYS.of("exchange-update-invoice", "exchange-update-estimate", apart=TODAY | LINKED | SHIPPED)
@REPLAYS.of("exchange-update-creditmemo", apart=TODAY | SHIPPED)
def _update(real: Any) -> tuple[Any, Any]:
    entity = entity_of(real["response"])
    company = Company()
    made = company.create(entity, of_today(real["response"][entity]))
    change = real["request"] | keys_of(made)
    _link_invoices(company)
    return company.call("POST", entity.lower(), change), real["response"]


def _link_invoices(company: Company) -> None:
    # Two recorded replies have the link, though the request of one did not ask for it.
    company.admin("switches", {"invoice_link": "always"})


@REPLAYS.of("exchange-update-payment")
def _update_payment(real: Any) -> tuple[Any, Any]:
    company = Company()
    customer = {"CustomerRef": {"value": "8"}}
    invoice = company.create("Invoice", {**customer, "Line": [{**SOLD, "Amount": 387}]})
    link = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
    lines = {"TotalAmt": 387, "Line": [{"Amount": 387, "LinkedTxn": [link]}]}
    payment = company.create("Payment", {**customer, **lines})
    return company.call("POST", "payment", real["request"] | keys_of(payment)), real["response"]


# What becomes of a document


@REPLAYS.of(
    "payment-voided",
    apart={
        r"Payment\.(CurrencyRef|Line|LinkedTxn)": "come and go in older replies",
        r"Payment\.CustomerRef\.name": "was cut out",
    },
)
def _voided_payment(real: Any) -> tuple[Any, Any]:
    company = Company()
    payment = company.create("Payment", {**AMY, "TotalAmt": 5})
    path = "payment?operation=update&include=void"
    return company.call("POST", path, {**keys_of(payment), "sparse": True}), real


@REPLAYS.of("exchange-void-invoice", apart=OLD)
@REPLAYS.of("exchange-delete-invoice")
def _end_of_an_invoice(real: Any) -> tuple[Any, Any]:
    company = Company()
    operation = real["path"].rpartition("=")[2]
    keys = keys_of(an_invoice(company))
    return company.call("POST", f"invoice?operation={operation}", keys), real["response"]


@REPLAYS.of("exchange-void-invoice-before", apart=OLD)
def _before_the_void(real: Any) -> tuple[Any, Any]:
    company = Company()
    return company.call("GET", f"invoice/{an_invoice(company)['Id']}"), real["response"]


@REPLAYS.of("invoice-deleted-stub")
def _deleted(real: Any) -> tuple[Any, Any]:
    company = Company()
    return company.call("POST", "invoice?operation=delete", keys_of(an_invoice(company))), real


@REPLAYS.of("exchange-send-invoice", apart=PLACED | LINKED | SHIPPED | DETAILS | EDITOR | CUSTOM)
def _send(real: Any) -> tuple[Any, Any]:
    company = Company()
    made = company.create("Invoice", of_today(real["response"]["Invoice"]))
    raw = {"content-type": "application/octet-stream"}
    return company.call("POST", f"invoice/{made['Id']}/send", **raw), real["response"]


@REPLAYS.of("invoice-send-reply", apart=PLACED | CUSTOM | SHIPPED | OLD)
def _send_elsewhere(real: Any) -> tuple[Any, Any]:
    company = Company()
    made = company.create("Invoice", real["Invoice"])
    path = f"invoice/{made['Id']}/send?{urlencode({'sendTo': 'test@intuit.com'})}"
    return company.call("POST", path, **{"content-type": "application/octet-stream"}), real


# Changes


@REPLAYS.of("cdc-deleted-payment", apart={r".*\.(startPosition|totalCount)": "come and go"})
def _deleted_payment(real: Any) -> tuple[Any, Any]:
    company = _later()
    payment = company.create("Payment", {**AMY, "TotalAmt": 5})
    company.call("POST", "payment?operation=delete", keys_of(payment))
    return _changes(company, "Payment"), real


@REPLAYS.of("exchange-cdc-estimate", apart=OLD | LINKED | {r".*\.ShipAddr": "of the customer"})
def _changed_estimates(real: Any) -> tuple[Any, Any]:
    company = _later()
    rows = real["response"]["CDCResponse"][0]["QueryResponse"][0]["Estimate"]
    ids = made_again(company, "Estimate", [of_today(row) for row in rows])
    ours = _changes(company, "estimate")
    group = ours["CDCResponse"][0]["QueryResponse"][0]
    found = {row["Id"]: row for row in group["Estimate"]}
    group["Estimate"] = [found[each] for each in ids]
    return ours, real["response"]


@REPLAYS.of("cdc-deleted-payment-xml", apart={r".*@(startPosition|totalCount)": "come and go"})
def _deleted_payment_in_xml(real: Any) -> tuple[Any, Any]:
    company = _later()
    payment = company.create("Payment", {**AMY, "TotalAmt": 5})
    company.call("POST", "payment?operation=delete", keys_of(payment))
    return _changes(company, "Payment", accept="application/xml"), from_xml(real["body"])


def _later() -> Company:
    """Return a company on a day on which nothing has been changed yet."""
    return Company(now=datetime(2027, 1, 5, 12, tzinfo=UTC))


def _changes(company: Company, entities: str, **headers: str) -> Any:
    path = f"cdc?entities={entities}&changedSince=2027-01-05T00:00:00Z"
    return company.call("GET", path, **headers)


@REPLAYS.of("exchange-batch-mixed")
def _batch(real: Any) -> tuple[Any, Any]:
    company = Company()
    stale = an_invoice(company)
    company.call("POST", "invoice", {**keys_of(stale), "sparse": True, "PrivateNote": "x"})
    change = {**keys_of(stale), "sparse": True, "PrivateNote": "y"}
    items = [
        real["request"]["BatchItemRequest"][0],
        {"bId": "bid2", "operation": "delete", "Invoice": {"Id": "4711", "SyncToken": "0"}},
        {"bId": "bid3", "operation": "update", "Invoice": change},
        {"bId": "bid4", "Query": "select * from Invoice where TotalAmt > '1000000'"},
    ]
    answer = company.call("POST", "batch", {"BatchItemRequest": items})
    real["response"]["BatchItemResponse"][3]["QueryResponse"] = {}
    return answer, real["response"]
