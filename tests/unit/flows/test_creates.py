"""Where records are made: a mapping may say that they are made in one of the systems only."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.core.mapping import EntityMapping
from bridge.mapping_files import read_mappings
from bridge.model import OutcomeStatus, PairState, System
from tests.rig import QB, SF
from tests.shop import Shop


def making(entity: str, system: System) -> Mapping[str, EntityMapping]:
    """Return the mappings of the bridge, with one entity made in one system only."""
    mappings = read_mappings()
    return {**mappings, entity: replace(mappings[entity], creates=system)}


def test_document_of_salesforce_is_left_where_documents_are_made_in_salesforce_only():
    shop = Shop(mappings=making("invoice", SF))
    account, product = shop.new_account("Acme"), shop.new_product("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))

    (outcome,) = shop.settle(shop.invoice_changed(invoice))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.SKIPPED, "not_created_from_here")
    assert (shop.bills(), shop.customers(), shop.items()) == ([], [], [])
    assert shop.shown(invoice) == ("", "")


def test_document_of_quickbooks_is_left_where_documents_are_made_in_quickbooks_only():
    shop = Shop(mappings=making("invoice", QB))
    bill = shop.new_bill(shop.new_customer("Acme"), (shop.new_item("Rose"), "1", "5"))

    outcomes = shop.settle(shop.bill_changed(bill))

    told = {(each.status, each.reason) for each in outcomes}
    assert told <= {(OutcomeStatus.SKIPPED, "not_created_from_here")}
    assert (shop.invoices(), shop.accounts(), shop.products()) == ([], [], [])


def test_document_is_made_in_the_system_that_the_mapping_names_and_kept_in_step():
    shop = Shop(mappings=making("invoice", QB))
    invoice, bill = shop.sold()

    shop.settle(shop.edit_bill(bill, CustomerMemo={"value": "Thank you"}))

    assert shop.invoice_pair(invoice).state is PairState.LINKED
    assert shop.invoice(invoice)["Memo__c"] == "Thank you"
    shop.assert_at_rest()


def test_listed_record_is_linked_only_when_its_counterpart_looks_for_it():
    shop = Shop(mappings=making("item", QB))
    product, item = shop.new_product("Rose"), shop.new_item("Rose")

    (left,) = shop.settle(shop.item_changed(item))
    shop.settle(shop.product_changed(product))

    assert left.reason == "not_created_from_here"
    assert shop.item_pair(product).quickbooks_id == item
    shop.assert_at_rest()
