"""Invoices are made once, from either side, with their lines and after what they name."""

import json

import pytest

from bridge.flows.cases import Mode
from bridge.model import OutcomeStatus, PairState
from tests.rig import QB, SF
from tests.shop import DAY, Shop, bill_line, sold_lines

# From Salesforce


def test_invoice_of_salesforce_is_made_in_one_call_with_customer_items_and_lines():
    shop = Shop()
    account, customer = shop.linked("Acme")
    rose, rose_item = shop.linked_item("Rose")
    tulip, tulip_item = shop.linked_item("Tulip")
    shop.quiet()
    invoice = shop.new_invoice(account, (tulip, "3", "0.335"), (rose, "2", "12.5"), Memo__c="Ta")

    shop.settle(shop.invoice_changed(invoice))

    (bill,) = shop.bills()
    assert sold_lines(bill) == [(tulip_item, 3, 0.335, 1.01), (rose_item, 2, 12.5, 25)]
    assert bill["CustomerRef"]["value"] == customer
    assert (bill["TxnDate"], bill["CustomerMemo"]["value"]) == (DAY, "Ta")
    assert bill["PrivateNote"] == f"Salesforce {invoice}"
    assert shop.calls(QB)["create"] == 1
    assert shop.invoice(invoice)["QuickBooks_Id__c"] == f"1:invoice:{bill['Id']}"
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_two_invoices_that_look_alike_are_two():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoices = [shop.new_invoice(account, (product, "1", "5")) for _ in range(2)]

    shop.settle(*(shop.invoice_changed(each) for each in invoices))

    assert len(shop.bills()) == 2
    assert len({shop.invoice_pair(each).quickbooks_id for each in invoices}) == 2
    shop.assert_at_rest()


def test_event_of_a_line_makes_the_invoice_it_hangs_on():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account)
    line = shop.add_line(invoice, (product, "1", "5"), 1)

    shop.settle(shop.account_changed(line, name="Invoice_Line__c"))

    assert shop.invoice_pair(invoice).state is PairState.LINKED


@pytest.mark.parametrize(
    ("fields", "line", "reason", "field"),
    [
        ({"Date__c": None}, ("1", "5"), "value_missing", "date"),
        ({"Account__c": None}, ("1", "5"), "value_missing", "customer"),
        ({}, (None, "5"), "line_incomplete", "lines"),
        ({}, ("1", None), "line_incomplete", "lines"),
        ({}, None, "lines_missing", "lines"),
    ],
)
def test_invoice_that_lacks_something_is_rejected_until_it_is_filled_in(
    fields: dict, line: tuple | None, reason: str, field: str
):
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, *([(product, *line)] if line else []), **fields)

    outcomes = shop.settle(shop.invoice_changed(invoice))

    assert [(each.status, each.reason, each.fields) for each in outcomes] == [
        (OutcomeStatus.REJECTED, reason, (field,))
    ]
    assert shop.bills() == []
    assert shop.shown(invoice)[0] == "Rejected"
    shop.quiet()
    shop.settle(shop.invoice_changed(invoice))
    assert shop.writes() == 0

    shop.edit_invoice(invoice, Account__c=account, Date__c=DAY)
    if line is None:
        shop.add_line(invoice, (product, "1", "5"), 1)
    else:
        shop.edit_line(invoice, Quantity__c=1, Unit_Price__c=5)
    shop.settle(shop.invoice_changed(invoice))

    assert len(shop.bills()) == 1
    shop.assert_at_rest()


def test_date_of_an_invoice_never_comes_from_the_clock():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"), Date__c="2026-01-31")

    shop.settle(shop.invoice_changed(invoice))

    assert shop.bills()[0]["TxnDate"] == "2026-01-31"


# From QuickBooks


def test_invoice_of_quickbooks_is_made_in_one_call_with_its_lines():
    shop = Shop()
    account, customer = shop.linked("Acme")
    product, item = shop.linked_item("Rose")
    shop.quiet()
    bill = shop.new_bill(customer, (item, "2", "12.5"), (item, None, "9.99"), DueDate="2026-12-24")

    shop.settle(shop.bill_changed(bill))

    (invoice,) = shop.invoices()
    assert (invoice["Account__c"], invoice["Due_Date__c"]) == (account, "2026-12-24")
    assert invoice["QuickBooks_Id__c"] == f"1:invoice:{bill}"
    assert [
        (line["Line_Number__c"], line["Product__c"], line["Quantity__c"], line["Unit_Price__c"])
        for line in shop.lines(invoice["Id"])
    ] == [(1, product, 2, 12.5), (2, product, 1, 9.99)]
    assert shop.calls(SF)["composite:tree"] == 1
    shop.assert_at_rest()


@pytest.mark.parametrize(
    "line",
    [
        {"DetailType": "DescriptionOnly", "Description": "Hello", "DescriptionLineDetail": {}},
        {"DetailType": "DescriptionOnly", "Description": "Subtotal:", "DescriptionLineDetail": {}},
    ],
)
def test_invoice_with_a_line_that_is_not_mapped_is_rejected_and_nothing_is_written(line: dict):
    shop = Shop()
    customer, item = shop.new_customer("Acme"), shop.new_item("Rose")
    bill = shop.new_bill(customer, Line=[bill_line(item, "1", "5"), line])

    outcomes = shop.settle(shop.bill_changed(bill))

    assert [(each.status, each.reason) for each in outcomes] == [
        (OutcomeStatus.REJECTED, "line_not_mapped")
    ]
    assert shop.writes() == 0


def test_line_that_is_not_mapped_on_a_linked_invoice_is_shown_on_the_record():
    shop = Shop()
    invoice, bill = shop.sold()
    lines = [each for each in shop.bill(bill)["Line"] if "Id" in each]
    extra = {"DetailType": "DescriptionOnly", "Description": "Hello", "DescriptionLineDetail": {}}

    shop.settle(shop.edit_bill(bill, Line=[*lines, extra]))

    status, message = shop.shown(invoice)
    assert status == "Rejected"
    assert "a line that the bridge cannot carry yet" in message


@pytest.mark.parametrize("drop", [None, "before", "after"])
def test_invoice_with_more_lines_than_one_call_takes_is_made_with_the_first_and_grows(
    drop: str | None,
):
    shop = Shop()
    customer, item = shop.new_customer("Acme"), shop.new_item("Rose")
    lines = [(item, str(number), "1") for number in range(1, 231)]
    bill = shop.new_bill(customer, *lines, DueDate="2026-12-24")
    if drop:
        shop.plant(SF, {"kind": "composite:tree"}, drop=drop)

    shop.settle(shop.bill_changed(bill))

    (invoice,) = shop.invoices()
    told = [float(row["Quantity__c"]) for row in shop.lines(invoice["Id"])]
    assert told == [float(number) for number in range(1, 231)]
    assert len(shop.bill(bill)["Line"]) == 231
    shop.assert_at_rest()


# Observing


def test_observing_brings_nothing_in_and_makes_nothing():
    shop = Shop(mode=Mode.OBSERVE)
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    bill = shop.new_bill(shop.new_customer("Beta"), (shop.new_item("Lily"), "1", "7"))

    outcomes = shop.settle(shop.invoice_changed(invoice), shop.bill_changed(bill))

    assert shop.writes() == 0
    assert shop.rows.rows == {}
    assert {each.status for each in outcomes} == {OutcomeStatus.OBSERVED}
    assert len(outcomes) == 6
    assert [each.reason for each in outcomes if each.entity == "invoice"] == [
        "reference_not_linked"
    ] * 2


# Secrets, realms, calls


def test_invoice_is_posted_in_the_books_of_one_company():
    shop = Shop(realms=("1", "2"))
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"), QuickBooks_Company__c="2")

    shop.settle(shop.invoice_changed(invoice))
    shop.settle(*shop.every_event())

    assert (len(shop.bills("1")), len(shop.bills("2"))) == (0, 1)
    assert shop.shown(invoice)[0] == "In sync"


@pytest.mark.parametrize("company", [None, "9"])
def test_invoice_of_no_connected_company_is_posted_nowhere_and_says_so(company):
    shop = Shop(realms=("1", "2"))
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"), QuickBooks_Company__c=company)

    outcomes = shop.settle(shop.invoice_changed(invoice))

    assert [each.reason for each in outcomes] == ["company_unknown", "belongs_elsewhere"]
    assert (shop.bills("1"), shop.bills("2")) == ([], [])
    assert shop.shown(invoice)[0] == "Conflict"


def test_invoice_of_the_other_company_comes_to_salesforce_and_stays_its_own():
    shop = Shop(realms=("1", "2"))
    customer, item = shop.new_customer("Acme", realm="2"), shop.new_item("Rose", realm="2")
    bill = shop.new_bill(customer, (item, "1", "5"), realm="2")

    shop.settle(shop.bill_changed(bill, realm="2"))
    (invoice,) = shop.invoices()
    shop.settle(shop.edit_invoice(invoice["Id"], Memo__c="Thanks"))

    assert invoice["QuickBooks_Company__c"] == "2"
    assert shop.bills("1") == []
    assert shop.bill(bill, realm="2")["CustomerMemo"]["value"] == "Thanks"
    assert {each.path.split("/")[3] for each in shop.wires[QB].passed} == {"2"}


def test_invoice_of_a_company_that_is_not_connected_is_posted_nowhere():
    shop = Shop()
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"), QuickBooks_Id__c="9:invoice:7")

    (outcome,) = shop.settle(shop.invoice_changed(invoice))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "belongs_elsewhere")
    assert (shop.bills(), shop.customers()) == ([], [])


def test_a_hundred_invoices_cost_one_call_each_and_little_beside():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    shop.quiet()
    invoices = [
        shop.new_invoice(account, (product, "1", "5"), Due_Date__c="2026-12-20") for _ in range(100)
    ]

    shop.sync_quietly(*(shop.invoice_changed(each) for each in invoices))

    assert shop.calls(QB) == {"create": 100}
    # Four calls link the invoices; four bring the tax code, which QuickBooks has filled in.
    assert shop.calls(SF) == {"composite": 8, "query": 1}


def test_no_value_of_an_invoice_is_told_to_logs_rows_or_queues():
    shop = Shop()
    account, product = shop.new_account("Quay Partners"), shop.new_product("Rosewood")
    shop.new_invoice(account, (product, "3", "417.03"), Memo__c="For Ada")

    shop.settle(*shop.every_event())
    shop.settle(*shop.every_event())

    told = json.dumps(shop.logged) + repr(shop.rows.rows) + repr(shop.queue.sent)
    told += repr(shop.outcomes.kept)
    assert not [word for word in ("Quay", "Rosewood", "417.03", "Ada") if word in told]
