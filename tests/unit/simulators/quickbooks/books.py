"""What tests of documents say often: one line, one invoice, one payment."""

from typing import Any

from tests.unit.simulators.quickbooks.client import Client

Row = dict[str, Any]


def line(amount: Any = 100, item: str = "1", **detail: Any) -> Row:
    """Return a sales line."""
    inside = {"ItemRef": {"value": item}, **detail}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": inside}


def invoice(client: Client, *lines: Row, customer: str = "3", **fields: Any) -> Row:
    """Create an invoice; over 100 for Cool Cars, who owe nothing else, unless told otherwise."""
    body = {"CustomerRef": {"value": customer}, "Line": list(lines) or [line()], **fields}
    return client.create("Invoice", **body)


def payment(client: Client, total: Any, *parts: tuple[Any, Row], **fields: Any) -> Row:
    """Create a payment of Cool Cars; each part is an amount and the document it goes to."""
    body = {"CustomerRef": {"value": "3"}, "TotalAmt": total, **fields}
    return client.create("Payment", **body, Line=[applied(*each) for each in parts])


def applied(amount: Any, document: Row) -> Row:
    """Return a line of a payment."""
    kind = "CreditMemo" if "RemainingCredit" in document else "Invoice"
    return {"Amount": amount, "LinkedTxn": [{"TxnId": document["Id"], "TxnType": kind}]}


def prefer(client: Client, part: str, **values: Any) -> None:
    """Change preferences of the company."""
    assert "Fault" not in client.person("update", "Preferences", id="1", fields={part: values})


def owes(client: Client, customer: str = "3") -> tuple[Any, Any]:
    """Return the balance of a customer, without and with those below it."""
    row = client.read("Customer", customer)
    return row["Balance"], row["BalanceWithJobs"]
