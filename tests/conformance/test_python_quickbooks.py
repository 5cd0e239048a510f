"""python-quickbooks, unmodified, with intuit-oauth beside it, against the stand-in."""

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from importlib.metadata import version
from typing import Any

import pytest
from intuitlib.client import AuthClient
from quickbooks import QuickBooks, exceptions
from quickbooks.batch import batch_create, batch_delete, batch_update
from quickbooks.cdc import change_data_capture
from quickbooks.helpers import qb_datetime_utc_offset_format
from quickbooks.objects import (
    CreditMemo,
    Customer,
    Department,
    Estimate,
    Invoice,
    Item,
    Payment,
    Preferences,
    RefundReceipt,
    SalesReceipt,
    Vendor,
)
from quickbooks.objects.base import Address, CustomerMemo, EmailAddress, PhoneNumber, Ref
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.detailline import SalesItemLine, SalesItemLineDetail
from quickbooks.objects.payment import PaymentLine

from local.simulators.server import Request, Response, Server
from tests.conformance.conftest import StandIn
from tests.conformance.redirect import Redirect

CLIENT = f"QuickBooks: python-quickbooks {version('python-quickbooks')}"
PRINTED = ((Invoice, "130"), (Estimate, "100"), (SalesReceipt, "11"))
case: Callable[[str], pytest.MarkDecorator] = partial(pytest.mark.conformance, CLIENT)


@pytest.fixture
def auth(quickbooks: StandIn) -> AuthClient:
    """The OAuth client that python-quickbooks takes its token from."""
    return AuthClient(
        "cid",
        "sec",
        "http://localhost/callback",
        f"{quickbooks.url}/.well-known/openid_configuration/",
        access_token="at-0",
        refresh_token="rt-0",
    )


@pytest.fixture
def qb(quickbooks: StandIn, auth: AuthClient) -> QuickBooks:
    """The client, its requests to Intuit's host led to the stand-in."""
    client = QuickBooks(
        auth_client=auth, refresh_token="rt-0", company_id="1", minorversion=75, use_decimal=True
    )
    client.session.mount("https://", Redirect(quickbooks.url))
    return client


def ref(value: str) -> Ref:
    """Return a reference by id."""
    made = Ref()
    made.value = value
    return made


def line(amount: str, quantity: str, price: str, item_id: str = "1") -> SalesItemLine:
    """Return a line that sells something."""
    detail = SalesItemLineDetail()
    detail.ItemRef = ref(item_id)
    detail.Qty, detail.UnitPrice = Decimal(quantity), Decimal(price)
    made = SalesItemLine()
    made.Amount, made.SalesItemLineDetail = Decimal(amount), detail
    made.Description = "Weekly care"
    return made


def document(kind: type, qb: QuickBooks, customer_id: str = "1") -> Any:
    """Create a sales document of one line over 70."""
    made = kind()
    made.CustomerRef = ref(customer_id)
    made.Line.append(line("70.00", "2", "35.00"))
    return made.save(qb=qb)


def paid(invoice: Any, amount: str, qb: QuickBooks) -> Any:
    """Pay a part of an invoice."""
    made, applied = Payment(), PaymentLine()
    applied.Amount = Decimal(amount)
    applied.LinkedTxn.append(invoice.to_linked_txn())
    made.CustomerRef, made.TotalAmt = invoice.CustomerRef, Decimal(amount)
    made.Line.append(applied)
    return made.save(qb=qb)


@case("create a customer")
def test_customer_is_created_with_what_was_given(qb: QuickBooks) -> None:
    customer = Customer()
    customer.DisplayName, customer.CompanyName = "Éa & O'Neil: no".replace(":", ""), "Éa"
    customer.PrimaryEmailAddr, customer.BillAddr = EmailAddress(), Address()
    customer.PrimaryEmailAddr.Address = "ea@example.com"
    customer.BillAddr.City, customer.BillAddr.Line1 = "Rome", "1 Way"
    customer.PrimaryPhone = PhoneNumber()
    customer.PrimaryPhone.FreeFormNumber = "555-1"

    made = customer.save(qb=qb)

    assert made.Id == customer.Id
    read = Customer.get(made.Id, qb=qb)
    assert (read.DisplayName, read.SyncToken) == ("Éa & O'Neil no", "0")
    assert (read.BillAddr.City, read.PrimaryEmailAddr.Address) == ("Rome", "ea@example.com")
    assert read.PrimaryPhone.FreeFormNumber == "555-1"
    assert read.FullyQualifiedName == "Éa & O'Neil no"


@case("read a record")
def test_customer_is_read(qb: QuickBooks) -> None:
    assert Customer.get(1, qb=qb).DisplayName == "Amy's Bird Sanctuary"
    assert CompanyInfo.get("1", qb=qb).CompanyName
    assert Preferences.get(qb=qb).CurrencyPrefs.HomeCurrency.value == "USD"


@case("update in full")
def test_full_update_keeps_what_was_read_and_raises_the_token(qb: QuickBooks) -> None:
    customer = Customer.get(3, qb=qb)
    token = int(customer.SyncToken)
    customer.Notes = "ring twice"

    customer.save(qb=qb)

    read = Customer.get(3, qb=qb)
    assert (read.Notes, read.DisplayName, int(read.SyncToken)) == (
        "ring twice",
        "Cool Cars",
        token + 1,
    )


@case("update sparsely")
def test_sparse_update_leaves_the_rest(qb: QuickBooks) -> None:
    before = qb.get_single_object("Customer", 1)["Customer"]
    change = {"Id": "1", "SyncToken": before["SyncToken"], "sparse": True, "MiddleName": "Mark"}

    after = qb.update_object("Customer", json.dumps(change))["Customer"]

    assert after["MiddleName"] == "Mark"
    untouched = set(before) - {"MiddleName", "SyncToken", "MetaData"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}


@case("a stale update is refused")
def test_stale_update_is_refused_by_its_own_error(qb: QuickBooks) -> None:
    first, second = Customer.get(3, qb=qb), Customer.get(3, qb=qb)
    first.Notes, second.Notes = "one", "two"
    first.save(qb=qb)

    with pytest.raises(exceptions.QuickbooksException) as caught:
        second.save(qb=qb)

    assert caught.value.error_code == 5010
    assert "You and root were working on this at the same time" in caught.value.detail


@case("make a record inactive")
def test_inactive_customer_leaves_the_lists(qb: QuickBooks) -> None:
    customer = Customer()
    customer.DisplayName = "Gone Soon"
    customer.save(qb=qb)
    customer = Customer.get(customer.Id, qb=qb)
    customer.Active = False

    customer.save(qb=qb)

    assert Customer.filter(Id=customer.Id, qb=qb) == []
    (found,) = Customer.where(f"Id = '{customer.Id}' AND Active IN (true, false)", qb=qb)
    assert found.Active is False


@case("query by a condition")
def test_query_finds_by_conditions(qb: QuickBooks) -> None:
    assert [each.Id for each in Customer.filter(DisplayName="Cool Cars", qb=qb)] == ["3"]
    assert {each.Id for each in Customer.choose(["1", "2", "3"], qb=qb)} == {"1", "2", "3"}
    like = Customer.where("DisplayName LIKE 'Amy%' AND Active = true", qb=qb)
    assert [each.DisplayName for each in like] == ["Amy's Bird Sanctuary"]
    assert Customer.filter(DisplayName="Nobody", qb=qb) == []


@case("query an apostrophe")
def test_apostrophe_is_found_with_a_backslash(qb: QuickBooks) -> None:
    (found,) = Customer.where(r"DisplayName = 'Amy\'s Bird Sanctuary'", qb=qb)

    assert found.Id == "1"


@case("query in pages")
def test_pages_cover_everything_once(qb: QuickBooks) -> None:
    seen: list[str] = []
    while page := Customer.where("", "Id", len(seen) + 1, 10, qb=qb):
        seen += [each.Id for each in page]

    assert len(seen) == len(set(seen)) == Customer.count(qb=qb)


@case("query in an order")
def test_query_is_ordered(qb: QuickBooks) -> None:
    rising = [each.DisplayName for each in Customer.all("DisplayName", max_results=500, qb=qb)]
    falling = [each.DisplayName for each in Customer.filter("DisplayName DESC", qb=qb)]

    assert len(rising) > 20
    assert rising == sorted(rising, key=str.lower) == falling[::-1]


@case("count")
def test_count_counts(qb: QuickBooks) -> None:
    assert Customer.count("DisplayName = 'Cool Cars'", qb=qb) == 1
    assert Customer.count(qb=qb) == len(Customer.all(max_results=1000, qb=qb))


@case("batch")
def test_batch_creates_and_tells_its_fault_apart(qb: QuickBooks) -> None:
    vendors = [Vendor() for _ in range(32)]
    for number, vendor in enumerate(vendors):
        vendor.DisplayName = f"V {number}"
    vendors[5].DisplayName = "Cool Cars"

    answer = batch_create(vendors, qb=qb)

    assert len(answer.successes) == 31
    (fault,) = answer.faults
    assert (fault.original_object.DisplayName, fault.Error[0].code) == ("Cool Cars", "6240")
    assert Vendor.count("DisplayName LIKE 'V %'", qb=qb) == 31


@case("batch of updates")
def test_batch_updates(qb: QuickBooks) -> None:
    customers = [Customer.get(number, qb=qb) for number in (1, 2, 3)]
    for customer in customers:
        customer.Notes = "all"

    answer = batch_update(customers, qb=qb)

    assert answer.faults == []
    assert {each.Notes for each in Customer.choose(["1", "2", "3"], qb=qb)} == {"all"}


@case("batch of deletes")
def test_batch_deletes_documents(qb: QuickBooks) -> None:
    made = [document(Invoice, qb) for _ in range(2)]

    answer = batch_delete(made, qb=qb)

    assert (len(answer.successes), answer.faults) == (2, [])
    assert Invoice.choose([each.Id for each in made], qb=qb) == []


@case("changes since a time")
def test_changes_are_told_with_stubs_of_what_was_deleted(qb: QuickBooks) -> None:
    since = qb_datetime_utc_offset_format(datetime.now(UTC) - timedelta(minutes=1), "+00:00")
    customer = Customer.get(3, qb=qb)
    customer.Notes = "changed"
    customer.save(qb=qb)
    kept, gone = document(Invoice, qb), document(Invoice, qb)
    gone.delete(qb=qb)

    changed = change_data_capture([Customer, Invoice], since, qb=qb)

    assert "3" in {each.Id for each in changed.Customer}
    rows = {each.Id: each for each in changed.Invoice}
    assert rows[kept.Id].CustomerRef.value == "1"
    assert rows[gone.Id].status == "Deleted"


@case("create an item")
def test_item_is_created(qb: QuickBooks) -> None:
    item = Item()
    item.Name, item.Type, item.Sku = "Garden Design", "Service", "GD-1"
    item.UnitPrice, item.IncomeAccountRef = Decimal("12.50"), ref("1")

    made = item.save(qb=qb)

    assert Item.get(made.Id, qb=qb).UnitPrice == Decimal("12.5")
    assert [each.Sku for each in Item.all(max_results=500, qb=qb) if each.Id == made.Id] == ["GD-1"]


@case("create an invoice")
def test_invoice_is_created_with_its_sums(qb: QuickBooks) -> None:
    invoice = Invoice()
    invoice.CustomerRef = ref("1")
    invoice.Line += [line("70.00", "2", "35.00"), line("1.50", "3", "0.50")]
    invoice.CustomerMemo, invoice.BillEmail = CustomerMemo(), EmailAddress()
    invoice.CustomerMemo.value, invoice.BillEmail.Address = "Thank you", "amy@example.com"

    made = invoice.save(qb=qb)

    read = Invoice.get(made.Id, qb=qb)
    assert (read.TotalAmt, read.Balance) == (Decimal("71.5"), Decimal("71.5"))
    assert [each.DetailType for each in read.Line] == [
        "SalesItemLineDetail",
        "SalesItemLineDetail",
        "SubTotalLineDetail",
    ]
    assert read.Line[0].SalesItemLineDetail.Qty == 2
    assert read.DueDate > read.TxnDate or read.DueDate == read.TxnDate
    assert read.CustomerMemo.value == "Thank you"
    assert read.DocNumber


@case("update an invoice")
def test_invoice_keeps_its_line_ids(qb: QuickBooks) -> None:
    document(Invoice, qb)
    invoice = Invoice.get(document(Invoice, qb).Id, qb=qb)
    ids = [each.Id for each in invoice.Line if each.Id]
    invoice.Line.append(line("5.00", "1", "5.00"))

    invoice.save(qb=qb)

    read = Invoice.get(invoice.Id, qb=qb)
    assert [each.Id for each in read.Line if each.Id][:1] == ids
    assert read.TotalAmt == 75


@case("void an invoice")
def test_voided_invoice_is_worth_nothing(qb: QuickBooks) -> None:
    invoice = document(Invoice, qb)

    invoice.void(qb=qb)

    read = Invoice.get(invoice.Id, qb=qb)
    assert (read.TotalAmt, read.Balance, read.PrivateNote[:6]) == (0, 0, "Voided")


@case("delete an invoice")
def test_deleted_invoice_is_gone(qb: QuickBooks) -> None:
    invoice = document(Invoice, qb)

    answer = invoice.delete(qb=qb)

    assert answer["Invoice"]["status"] == "Deleted"
    with pytest.raises(exceptions.ObjectNotFoundException):
        Invoice.get(invoice.Id, qb=qb)


@case("send an invoice")
def test_sent_invoice_says_so(qb: QuickBooks) -> None:
    invoice = document(Invoice, qb)

    invoice.send(qb=qb, send_to="amy+bills@example.com")

    read = Invoice.get(invoice.Id, qb=qb)
    assert read.email_sent
    assert read.BillEmail.Address == "amy+bills@example.com"
    assert read.DeliveryInfo.DeliveryType == "Email"


@case("pay an invoice")
def test_payments_lower_the_balance(qb: QuickBooks) -> None:
    invoice = document(Invoice, qb)
    payment = paid(invoice, "30.00", qb)

    read = Invoice.get(invoice.Id, qb=qb)

    assert read.Balance == 40
    assert [each.TxnId for each in read.LinkedTxn] == [payment.Id]
    assert Payment.get(payment.Id, qb=qb).UnappliedAmt == 0


@case("void a payment")
def test_voided_payment_frees_its_invoice(qb: QuickBooks) -> None:
    invoice = document(Invoice, qb)
    payment = paid(invoice, "70.00", qb)
    assert Invoice.get(invoice.Id, qb=qb).Balance == 0

    Payment.get(payment.Id, qb=qb).void(qb=qb)

    assert Invoice.get(invoice.Id, qb=qb).Balance == 70
    assert Payment.get(payment.Id, qb=qb).TotalAmt == 0


@case("delete a payment")
def test_deleted_payment_frees_its_invoice(qb: QuickBooks) -> None:
    invoice = document(Invoice, qb)
    payment = paid(invoice, "70.00", qb)

    payment.delete(qb=qb)

    assert Invoice.get(invoice.Id, qb=qb).Balance == 70


@case("credit memo and estimate")
def test_credit_memo_and_estimate_are_documents_too(qb: QuickBooks) -> None:
    memo, estimate = document(CreditMemo, qb), document(Estimate, qb)

    assert CreditMemo.get(memo.Id, qb=qb).RemainingCredit == 70
    assert Estimate.get(estimate.Id, qb=qb).TxnStatus == "Pending"
    assert [each.Id for each in Estimate.where("CustomerRef = '1'", "TxnDate", qb=qb)][-1:]


@case("sales receipt")
def test_sales_receipt_is_settled_at_once(qb: QuickBooks) -> None:
    receipt = SalesReceipt()
    receipt.CustomerRef, receipt.PaymentMethodRef = ref("1"), ref("2")
    receipt.PaymentRefNum = "10264"
    receipt.Line.append(line("70.00", "2", "35.00"))

    made = receipt.save(qb=qb)
    made.PrivateNote = "by hand"
    made.save(qb=qb)

    read = SalesReceipt.get(made.Id, qb=qb)
    assert (read.TotalAmt, read.Balance, read.PrivateNote) == (70, 0, "by hand")
    assert (read.DepositToAccountRef.value, read.PaymentMethodRef.name) == ("4", "Check")
    assert read.DocNumber
    found = SalesReceipt.where("CustomerRef = '1'", "TxnDate", qb=qb)
    assert made.Id in {each.Id for each in found}


@case("void and delete a sales receipt")
def test_sales_receipts_are_voided_and_deleted(qb: QuickBooks) -> None:
    voided, gone = document(SalesReceipt, qb), document(SalesReceipt, qb)

    voided.void(qb=qb)
    answer = gone.delete(qb=qb)

    read = SalesReceipt.get(voided.Id, qb=qb)
    assert (read.TotalAmt, read.PrivateNote) == (0, "Voided")
    assert answer["SalesReceipt"]["status"] == "Deleted"
    with pytest.raises(exceptions.ObjectNotFoundException):
        SalesReceipt.get(gone.Id, qb=qb)


@case("refund receipt")
def test_refund_receipt_needs_the_account_that_pays(qb: QuickBooks) -> None:
    refund = RefundReceipt()
    refund.CustomerRef, refund.DepositToAccountRef = ref("1"), ref("35")
    refund.Line.append(line("70.00", "2", "35.00"))
    refund.PrintStatus = "NeedToPrint"

    made = refund.save(qb=qb)

    read = RefundReceipt.get(made.Id, qb=qb)
    assert (read.TotalAmt, read.Balance, read.PaymentRefNum) == (70, 0, "To Print")
    assert RefundReceipt.count(f"Id = '{made.Id}'", qb=qb) == 1
    assert made.delete(qb=qb)["RefundReceipt"]["status"] == "Deleted"
    with pytest.raises(exceptions.ValidationException) as refused:
        document(RefundReceipt, qb)
    assert refused.value.error_code == 2020


@case("department")
def test_department_stands_below_another(qb: QuickBooks) -> None:
    support, below = Department(), Department()
    support.Name, below.Name = "Support", "QA"
    support.save(qb=qb)
    below.ParentRef = support.to_ref()

    made = below.save(qb=qb)

    read = Department.get(made.Id, qb=qb)
    assert (read.FullyQualifiedName, read.SubDepartment) == ("Support:QA", True)
    assert Department.count(qb=qb) == 2
    assert [each.Id for each in Department.filter(Active=True, qb=qb)] == [support.Id, made.Id]


@case("document as PDF")
def test_documents_come_as_pdf(qb: QuickBooks) -> None:
    files = [kind.get(number, qb=qb).download_pdf(qb=qb) for kind, number in PRINTED]

    assert [each[:7] for each in files] == [b"%PDF-1."] * len(PRINTED)
    assert b"Invoice 1037" in files[0]
    with pytest.raises(exceptions.ObjectNotFoundException):
        qb.download_pdf("Invoice", "987654")


@case("repeat with one request id")
def test_repeat_with_the_request_id_makes_nothing_new(qb: QuickBooks) -> None:
    key = str(uuid.uuid4())
    invoices = [Invoice(), Invoice()]
    for invoice in invoices:
        invoice.CustomerRef = ref("1")
        invoice.Line.append(line("70.00", "2", "35.00"))

    ids = {invoice.save(qb=qb, request_id=key).Id for invoice in invoices}

    assert len(ids) == 1


@case("errors of its own")
def test_refusals_are_raised_by_class(qb: QuickBooks) -> None:
    twin, lineless = Customer(), Invoice()
    twin.DisplayName = "cool cars"
    lineless.CustomerRef = ref("1")

    with pytest.raises(exceptions.QuickbooksException, match="Duplicate Name") as name_taken:
        twin.save(qb=qb)
    with pytest.raises(exceptions.ObjectNotFoundException) as not_there:
        Customer.get(987654, qb=qb)
    with pytest.raises(exceptions.ValidationException) as no_lines:
        lineless.save(qb=qb)
    with pytest.raises(exceptions.ValidationException) as no_query:
        Customer.query("SELECT * FROM Customer WHERE", qb=qb)
    with pytest.raises(exceptions.ValidationException) as no_property:
        Customer.query("SELECT * FROM Customer WHERE Colour = 'red'", qb=qb)

    raised = [name_taken, not_there, no_lines, no_query, no_property]
    assert [each.value.error_code for each in raised] == [6240, 610, 2020, 4000, 4001]


@case("throttled")
def test_throttling_is_an_error(qb: QuickBooks, quickbooks: StandIn) -> None:
    throttle = {"match": {"kind": "read"}, "effect": {"status": 429}}
    quickbooks.admin("faults", throttle)

    with pytest.raises(exceptions.QuickbooksException):
        Customer.get(1, qb=qb)

    assert Customer.get(1, qb=qb).Id == "1"


@case("expired access token")
def test_expired_token_is_told_and_a_fresh_one_works(
    qb: QuickBooks, quickbooks: StandIn, auth: AuthClient
) -> None:
    quickbooks.admin("tokens", {"expire_access": True})
    with pytest.raises(exceptions.AuthorizationException) as caught:
        Customer.get(1, qb=qb)

    auth.refresh()
    again = QuickBooks(auth_client=auth, company_id="1", minorversion=75)
    again.session.mount("https://", Redirect(quickbooks.url))

    assert caught.value.error_code == 401
    assert Customer.get(1, qb=again).Id == "1"


@case("webhook signature")
def test_webhook_is_signed(qb: QuickBooks, quickbooks: StandIn) -> None:
    received: list[Request] = []

    def receive(request: Request) -> Response:
        received.append(request)
        return Response(200)

    receiver = Server(receive).start()
    settings = {"url": f"{receiver.url}/hook", "verifier_token": "secret", "gather_s": 0}
    quickbooks.admin("webhooks", settings)
    customer = Customer.get(3, qb=qb)
    customer.Notes = "told"
    customer.save(qb=qb)
    deadline = datetime.now(UTC) + timedelta(seconds=10)
    while not received and datetime.now(UTC) < deadline:
        quickbooks.admin("webhooks/deliveries")
    quickbooks.admin("webhooks", {"url": None})
    receiver.stop()

    body, signature = received[0].body.decode(), received[0].headers["intuit-signature"]
    assert qb.validate_webhook_signature(body, signature, "secret")
    assert not qb.validate_webhook_signature(body, signature, "other")
