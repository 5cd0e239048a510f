"""What an invoice names comes first, in either direction; what cannot come holds the invoice."""

from typing import Any

import pytest

from bridge.model import ChangeKind, OutcomeStatus, PairState
from tests.rig import QB, SF
from tests.shop import Shop, sold_lines
from tests.till import Till


def test_customer_and_items_of_an_invoice_come_with_it():
    shop = Shop()
    account, product = shop.new_account("Acme"), shop.new_product("Rose", ProductCode="R-1")
    invoice = shop.new_invoice(account, (product, "2", "12.5"))

    outcomes = shop.settle(shop.invoice_changed(invoice))

    assert {(each.entity, each.status) for each in outcomes} == {
        ("invoice", OutcomeStatus.DONE),
        ("customer", OutcomeStatus.DONE),
        ("item", OutcomeStatus.DONE),
    }
    (item,) = shop.items()
    assert (item["Name"], item["Sku"], item["Type"]) == ("Rose", "R-1", "Service")
    assert item["IncomeAccountRef"]["value"] == "79"
    assert shop.status(account) == "In sync"
    assert shop.shown(product, "Product2") == ("In sync", "")
    shop.assert_at_rest()


def test_customer_and_items_of_an_invoice_of_quickbooks_come_with_it():
    shop = Shop()
    customer, item = shop.new_customer("Acme"), shop.new_item("Rose")
    bill = shop.new_bill(customer, (item, "2", "12.5"))

    shop.settle(shop.bill_changed(bill))

    (invoice,) = shop.invoices()
    assert shop.account(invoice["Account__c"])["Name"] == "Acme"
    assert shop.products()[0]["Name"] == "Rose"
    shop.assert_at_rest()


def test_what_is_named_twice_and_has_its_own_event_comes_once():
    shop = Shop()
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoices = [shop.new_invoice(account, (product, "1", "5")) for _ in range(3)]

    outcomes = shop.settle(
        *(shop.invoice_changed(each) for each in invoices),
        shop.account_changed(account),
        shop.product_changed(product),
    )

    assert [each.entity for each in outcomes].count("customer") == 1
    assert (len(shop.customers()), len(shop.items()), len(shop.bills())) == (1, 1, 3)
    shop.assert_at_rest()


def test_two_sides_of_what_is_named_are_one_where_their_names_agree():
    shop = Shop()
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    customer, item = shop.new_customer("Acme"), shop.new_item("Rose")
    bill = shop.new_bill(customer, (item, "1", "7"))

    shop.settle(shop.invoice_changed(invoice), shop.bill_changed(bill))

    assert (len(shop.accounts()), len(shop.customers())) == (1, 1)
    assert (len(shop.products()), len(shop.items())) == (1, 1)
    assert (len(shop.invoices()), len(shop.bills())) == (2, 2)
    shop.assert_at_rest()


# Deferred


def take_name(shop: Shop) -> None:
    shop.in_quickbooks("create", "Employee", fields={"DisplayName": "Acme", "FamilyName": "A"})


def test_invoice_whose_customer_cannot_come_waits_and_says_so():
    shop = Shop()
    take_name(shop)
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))

    outcomes = shop.sync_quietly(shop.invoice_changed(invoice))

    deferred = next(each for each in outcomes if each.entity == "invoice")
    assert (deferred.status, deferred.reason, deferred.fields) == (
        OutcomeStatus.DEFERRED,
        "reference_not_linked",
        ("customer",),
    )
    assert shop.bills() == []
    assert shop.shown(invoice) == (
        "Waiting",
        "Account names a record that is not in both systems yet. Look at that record and settle "
        "what it says; this one follows by itself.",
    )
    assert (shop.counted["PairsDeferred"], shop.counted["ChangesPutBack"]) == (1, 1)
    assert "PutBackAgeHours" not in shop.counted
    assert shop.invoice_pair(invoice).reason == "reference_not_linked"
    assert shop.invoice_pair(invoice).owner is None


def test_deferred_invoice_comes_round_again_later_and_later():
    shop = Shop()
    take_name(shop)
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    shop.sync_quietly(shop.invoice_changed(invoice))

    delays = []
    for _ in range(8):
        (sent,) = shop.queue.sent
        delays.append(sent.delay_s)
        shop.queue.sent.clear()
        shop.clock.advance(sent.delay_s)
        shop.writes()
        shop.sync(sent.change)

    assert delays == sorted(delays)
    assert delays[0] < 60 < delays[-1] <= 900
    assert len(shop.bills()) == 0


def test_deferred_invoice_is_made_when_its_customer_is_linked():
    shop = Shop()
    take_name(shop)
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    shop.sync_quietly(shop.invoice_changed(invoice))

    shop.edit_account(account, Name="Acme East")
    shop.go_round()

    assert len(shop.bills()) == 1
    assert shop.shown(invoice) == ("In sync", "")
    shop.assert_at_rest()


def test_text_of_a_deferred_invoice_is_written_once():
    shop = Shop()
    take_name(shop)
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    shop.sync_quietly(shop.invoice_changed(invoice))
    shop.quiet()

    shop.sync(shop.invoice_changed(invoice))

    assert shop.calls(SF).keys() == {"query"}


def test_invoice_of_a_project_is_never_given_to_another():
    shop = Shop()
    parent = shop.new_customer("Acme")
    below: dict[str, Any] = {"ParentRef": {"value": parent}, "Job": True, "IsProject": True}
    job = shop.new_customer("Garden", **below)
    shop.new_account("Garden")
    bill = shop.new_bill(job, (shop.new_item("Rose"), "1", "5"))

    outcomes = shop.sync_quietly(shop.bill_changed(bill))

    assert {(each.entity, each.status) for each in outcomes} == {
        ("invoice", OutcomeStatus.DEFERRED),
        ("customer", OutcomeStatus.SKIPPED),
        ("item", OutcomeStatus.DONE),
    }
    assert shop.invoices() == []
    assert shop.pointer(bill, entity="invoice").revision > 0


def test_invoice_with_an_item_of_the_stock_brings_it_in():
    shop = Shop()
    _, customer = shop.linked("Acme")
    stock = shop.in_quickbooks(
        "create",
        "Item",
        fields={
            "Name": "Pot",
            "Type": "Inventory",
            "IncomeAccountRef": {"value": "79"},
            "ExpenseAccountRef": {"value": "80"},
            "AssetAccountRef": {"value": "81"},
            "TrackQtyOnHand": True,
            "QtyOnHand": 5,
            "InvStartDate": "2026-01-01",
        },
    )["Id"]
    bill = shop.new_bill(customer, (stock, "1", "5"))

    shop.settle(shop.bill_changed(bill))

    (product,) = shop.products()
    assert product["QuickBooks_Id__c"] == f"1:item:{stock}"
    assert len(shop.invoices()) == 1
    shop.assert_at_rest()


def test_reference_of_a_linked_invoice_that_changes_to_a_new_customer_brings_it_in():
    shop = Shop()
    invoice, bill = shop.sold()
    other = shop.new_account("Beta")

    shop.settle(shop.edit_invoice(invoice, Account__c=other))

    assert shop.bill(bill)["CustomerRef"]["value"] == shop.pair(other).quickbooks_id
    shop.assert_at_rest()


def test_reference_of_a_linked_invoice_that_cannot_come_leaves_both_sides_alone():
    shop = Shop()
    invoice, bill = shop.sold()
    take_name_of = shop.new_account("Gamma")
    shop.in_quickbooks("create", "Employee", fields={"DisplayName": "Gamma", "FamilyName": "G"})
    before = shop.bill(bill)["CustomerRef"]["value"]

    outcomes = shop.sync_quietly(shop.edit_invoice(invoice, Account__c=take_name_of))

    assert outcomes[0].status is OutcomeStatus.DEFERRED
    assert shop.bill(bill)["CustomerRef"]["value"] == before
    assert shop.shown(invoice)[0] == "Waiting"
    shop.edit_account(take_name_of, Name="Gamma East")
    shop.go_round()
    assert shop.bill(bill)["CustomerRef"]["value"] == shop.pair(take_name_of).quickbooks_id
    shop.assert_at_rest()


def test_product_that_cannot_come_holds_the_whole_of_a_linked_invoice():
    shop = Shop()
    invoice, bill = shop.sold()
    token = shop.bill(bill)["SyncToken"]
    nameless = shop.new_product(":")

    shop.edit_line(invoice, Product__c=nameless)
    shop.sync_quietly(shop.edit_invoice(invoice, Memo__c="For the spring"))

    assert shop.bill(bill)["SyncToken"] == token
    assert shop.shown(invoice)[0] == "Waiting"


def test_new_customer_of_an_invoice_in_quickbooks_is_brought_in():
    shop = Shop()
    invoice, bill = shop.sold()
    other = shop.new_customer("Beta")

    shop.settle(shop.edit_bill(bill, CustomerRef={"value": other}))

    account = shop.invoice(invoice)["Account__c"]
    assert shop.account(account)["Name"] == "Beta"
    shop.assert_at_rest()


# What is named and waits


@pytest.mark.parametrize("drop", ["before", "after"])
def test_invoice_waits_for_a_customer_whose_create_got_no_answer(drop: str):
    shop = Shop()
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    shop.plant(QB, {"kind": "batch"}, drop=drop)

    outcomes = shop.sync_quietly(shop.invoice_changed(invoice))

    assert {each.status for each in outcomes if each.entity != "item"} == {OutcomeStatus.WAITING}
    assert shop.shown(invoice) == ("", "")
    shop.go_round()
    assert (len(shop.customers()), len(shop.bills())) == (1, 1)
    shop.assert_at_rest()


def test_invoice_waits_for_the_claim_of_what_it_names():
    shop = Shop()
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoices = [shop.new_invoice(account, (product, "1", "5")) for _ in range(2)]
    shop.plant(QB, {"kind": "batch"}, drop="after")
    shop.sync_quietly(shop.invoice_changed(invoices[0]))

    outcomes = shop.sync_quietly(shop.invoice_changed(invoices[1]))

    assert {(each.entity, each.reason) for each in outcomes if each.entity != "item"} == {
        ("invoice", "claimed"),
        ("customer", "claimed"),
    }
    shop.go_round()
    assert (len(shop.customers()), len(shop.bills())) == (1, 2)


def test_name_that_nobody_is_seen_to_hold_is_looked_into_as_often_as_ever():
    shop = Shop()
    shop.quickbooks.switches.query_lag_s = 10_000.0
    take_name(shop)
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    shop.sync_quietly(shop.invoice_changed(invoice))
    assert shop.status(account) == ""

    for _ in range(4):
        (sent,) = shop.queue.sent
        shop.queue.sent.clear()
        shop.clock.advance(sent.delay_s)
        shop.sync(sent.change)

    assert shop.status(account) == "Conflict"
    assert shop.shown(invoice)[0] == "Waiting"


def test_customer_that_waits_alone_is_settled_though_its_invoice_is_gone():
    shop = Shop()
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))
    shop.plant(QB, {"kind": "batch"}, drop="after")
    shop.sync_quietly(shop.invoice_changed(invoice))

    shop.delete_invoice(invoice)
    shop.go_round()
    shop.settle(shop.customer_changed("1", ChangeKind.CREATED))

    assert shop.pair(account).state is PairState.LINKED
    assert shop.bills() == []


def test_invoice_that_names_an_inactive_item_is_rejected():
    shop = Shop()
    account, _ = shop.linked("Acme")
    product, item = shop.linked_item("Rose")
    shop.in_quickbooks("deactivate", "Item", id=item)
    shop.settle(shop.item_changed(item))
    invoice = shop.new_invoice(account, (product, "1", "5"))

    outcomes = shop.settle(shop.invoice_changed(invoice))

    assert [(each.status, each.reason) for each in outcomes] == [
        (OutcomeStatus.REJECTED, "reference_missing")
    ]
    assert shop.bills() == []
    shop.in_quickbooks("reactivate", "Item", id=item)
    shop.settle(shop.edit_invoice(invoice, Memo__c="now"))
    assert len(shop.bills()) == 1
    shop.settle(shop.item_changed(item))
    shop.assert_at_rest()


def test_customer_merged_in_quickbooks_under_an_invoice_writes_nothing_to_it():
    shop = Shop()
    invoice, bill = shop.sold()
    lost = shop.bill(bill)["CustomerRef"]["value"]
    account = shop.invoice(invoice)["Account__c"]
    survivor = shop.new_customer("Survivor")
    shop.in_quickbooks("merge", "Customer", id=lost, into=survivor)
    shop.settle(shop.customer_changed(survivor, ChangeKind.MERGED, removed_id=lost))
    shop.quiet()

    shop.settle(shop.bill_changed(bill))

    assert shop.bill(bill)["CustomerRef"]["value"] == survivor
    assert shop.invoice(invoice)["Account__c"] == account
    assert shop.writes() == 0


def test_documents_of_a_customer_whose_account_was_merged_away_stay_with_the_survivor():
    till = Till()
    invoice, bill = till.sold()
    customer, account = till.customer_of(bill), till.invoice(invoice)["Account__c"]
    credit = till.credit(customer, till.items()[0]["Id"], 5)
    till.settle(till.credit_changed(credit))
    survivor = till.new_account("Survivor")
    till.settle(till.account_changed(survivor))
    till.in_salesforce("merge", id=account, into=survivor)
    till.settle(till.account_changed(account), till.account_changed(survivor))

    till.settle(till.bill_changed(bill), till.credit_changed(credit))
    till.settle(till.edit_invoice(invoice, Memo__c="now"))

    assert till.invoice(invoice)["Account__c"] == survivor
    assert till.memos()[0]["Account__c"] == survivor
    assert till.bill(bill)["CustomerMemo"] == {"value": "now"}
    assert till.bill(bill)["CustomerRef"]["value"] == customer
    till.quiet()
    till.settle(till.bill_changed(bill), till.credit_changed(credit))
    assert till.writes() == 0


def test_lines_keep_their_items_in_both_systems_apart():
    """Items of two companies have the same ids; each invoice names those of its own."""
    shop = Shop(realms=("1", "2"))
    shop.new_item("Padding", realm="2")
    for realm in shop.realms:
        item = shop.new_item(f"Rose {realm}", realm=realm)
        customer = shop.new_customer(f"Acme {realm}", realm=realm)
        bill = shop.new_bill(customer, (item, "1", "5"), realm=realm)
        shop.settle(shop.bill_changed(bill, realm=realm))

    names = {row["Id"]: row["Name"] for row in shop.products()}
    for row in shop.invoices():
        realm = str(row["QuickBooks_Id__c"])[0]
        (line,) = shop.lines(row["Id"])
        assert names[line["Product__c"]] == f"Rose {realm}"
        (made,) = shop.bills(realm)
        assert sold_lines(made)[0][0] == ("1" if realm == "1" else "2")
