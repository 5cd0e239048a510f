"""Jobs that are billed with their parent, and the link by which an invoice is paid."""

from typing import Any

from tests.unit.simulators.quickbooks.books import invoice, line, owes, payment
from tests.unit.simulators.quickbooks.client import Client

Row = dict[str, Any]
PARENT = "7"


def _job(client: Client, **fields: Any) -> str:
    body = {"DisplayName": "Job", "Job": True, "ParentRef": {"value": PARENT}, **fields}
    return str(client.create("Customer", **body)["Id"])


def _bill(client: Client, job: str, *, with_parent: bool) -> Row:
    token = client.read("Customer", job)["SyncToken"]
    return client.update("Customer", Id=job, SyncToken=token, BillWithParent=with_parent)


def test_parent_owes_what_its_job_is_billed(client: Client) -> None:
    job, before = _job(client, BillWithParent=True), owes(client, PARENT)

    made = invoice(client, customer=job)
    billed = owes(client, PARENT)
    payment(client, 30, (30, made), CustomerRef={"value": job})

    assert owes(client, job) == (0, 0)
    assert billed == (before[0] + 100, before[1] + 100)
    assert owes(client, PARENT) == (before[0] + 70, before[1] + 70)


def test_balance_moves_when_the_billing_does(client: Client) -> None:
    job, before = _job(client), owes(client, PARENT)
    invoice(client, customer=job)

    own = owes(client, job), owes(client, PARENT)
    _bill(client, job, with_parent=True)
    shared = owes(client, job), owes(client, PARENT)
    _bill(client, job, with_parent=False)

    assert own == ((100, 100), (before[0], before[1] + 100))
    assert shared == ((0, 0), (before[0] + 100, before[1] + 100))
    assert (owes(client, job), owes(client, PARENT)) == own


def test_job_of_a_job_is_billed_with_the_first_that_is_not(client: Client) -> None:
    middle = _job(client, BillWithParent=True)
    last = _job(client, DisplayName="Last", ParentRef={"value": middle}, BillWithParent=True)
    before = owes(client, PARENT)
    invoice(client, customer=last)

    at_the_top = owes(client, PARENT)
    _bill(client, middle, with_parent=False)

    assert at_the_top == (before[0] + 100, before[1] + 100)
    assert (owes(client, middle), owes(client, last)) == ((100, 100), (0, 0))
    assert owes(client, PARENT) == (before[0], before[1] + 100)


def test_balance_may_stay_with_the_job(client: Client) -> None:
    client.admin("POST", "switches", {"bill_with_parent": "stays"})
    job, before = _job(client, BillWithParent=True), owes(client, PARENT)

    invoice(client, customer=job)

    assert owes(client, job) == (100, 100)
    assert owes(client, PARENT) == (before[0], before[1] + 100)


def test_link_to_pay_is_told_where_it_is_asked_for(client: Client) -> None:
    fields = {"BillEmail": {"Address": "a@example.com"}, "AllowOnlineACHPayment": True}
    body = {"CustomerRef": {"value": "3"}, "Line": [line()], **fields}

    asked = client.call("POST", "invoice", body, include="invoiceLink")["Invoice"]
    path = f"invoice/{asked['Id']}"
    again = client.call("GET", path, include="invoiceLink")["Invoice"]
    statement = "select * from Invoice orderby Id desc maxresults 1"
    found = client.call("GET", "query", query=statement, include="invoiceLink")

    assert asked["InvoiceLink"].startswith("https://")
    assert again == asked == found["QueryResponse"]["Invoice"][0]
    assert "InvoiceLink" not in client.read("Invoice", asked["Id"])
    client.admin("POST", "switches", {"invoice_link": "always"})
    assert client.read("Invoice", asked["Id"]) == asked


def test_only_what_can_be_paid_online_by_somebody_with_an_address_has_a_link(
    client: Client,
) -> None:
    nowhere = invoice(client, AllowOnlineACHPayment=True)
    offline = invoice(client, BillEmail={"Address": "a@example.com"})

    answers = [
        client.call("GET", f"invoice/{each['Id']}", include="invoiceLink")["Invoice"]
        for each in (nowhere, offline)
    ]

    assert answers == [nowhere, offline]
