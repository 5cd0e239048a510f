"""What a mapping calls by name, terms and custom fields, has an id of its own in each company."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.mapping import EntityMapping
from bridge.core.naming import names_anything
from bridge.mapping_files import read_mappings
from tests.rig import QB
from tests.shop import INCOME, Shop

TERMS = {"Net 15": "NET 45", "Net 30": "Net 30"}


def mapped(entity: str, name: str, **changes: Any) -> Mapping[str, EntityMapping]:
    """Return the mappings of the bridge with one field changed."""
    known = read_mappings()
    fields = tuple(
        replace(each, **changes) if each.name == name else each for each in known[entity].fields
    )
    return {**known, entity: replace(known[entity], fields=fields)}


def with_terms_by_name(realms: tuple[str, ...] = ("1",)) -> Shop:
    """Return a shop that maps payment terms by the names that they have in QuickBooks."""
    terms = mapped("customer", "terms", quickbooks=("SalesTermRef.name",), choices=TERMS)
    return Shop(mappings=terms, realms=realms)


def add_term(shop: Shop, name: str, realm: str = "1") -> str:
    """Let a person add a term in QuickBooks; return its id."""
    fields = {"Name": name, "DueDays": 45}
    return str(shop.in_quickbooks("create", "Term", realm=realm, fields=fields)["Id"])


def with_crews() -> Shop:
    """Return a shop whose invoices carry a custom field, `Crew #`."""
    crew = mapped("invoice", "memo", quickbooks=("CustomField.Crew #",), convert="text", limit=31)
    return Shop(mappings=crew)


def crew(bill: Mapping[str, Any]) -> list[tuple[str, str | None]]:
    """Return the custom fields of a QuickBooks invoice."""
    return [(each["DefinitionId"], each.get("StringValue")) for each in bill["CustomField"]]


def test_a_term_is_named_by_the_id_that_it_has_in_each_company() -> None:
    shop = with_terms_by_name(("1", "2"))
    add_term(shop, "Net 90", "2")
    ids = {realm: add_term(shop, "Net 45", realm) for realm in ("1", "2")}
    account = shop.new_account("Acme", Payment_Terms__c="Net 15")

    shop.settle(shop.account_changed(account))

    found = {realm: shop.customers(realm)[0]["SalesTermRef"]["value"] for realm in ids}
    assert found == ids
    assert ids["1"] != ids["2"]


def test_a_term_that_a_person_chooses_in_quickbooks_comes_back_by_its_name() -> None:
    shop = with_terms_by_name()
    number = add_term(shop, "Net 45")
    account, customer = shop.linked("Acme")

    shop.settle(shop.edit_customer(customer, SalesTermRef={"value": number}))

    assert shop.account(account)["Payment_Terms__c"] == "Net 15"
    shop.assert_agreed(account)


def test_customers_wait_while_the_company_has_no_term_of_a_mapped_name() -> None:
    shop = with_terms_by_name()
    account = shop.new_account("Acme")

    (outcome,) = shop.sync_quietly(shop.account_changed(account))

    assert (outcome.status, outcome.reason) == ("waiting", "name_unknown")
    assert shop.customers() == []
    assert shop.counted["SystemsMisconfigured"] == 1


def test_the_income_account_of_a_new_item_is_named_by_its_name() -> None:
    known = read_mappings()
    constants = {"Type": "Service", "IncomeAccountRef.name": "sales of product income"}
    shop = Shop(mappings={**known, "item": replace(known["item"], constants=constants)})

    _, item = shop.linked_item("Rose")

    (found,) = [each for each in shop.items() if each["Id"] == item]
    assert found["IncomeAccountRef"]["value"] == INCOME["value"]


def test_a_short_list_is_read_once_for_all_records() -> None:
    shop = with_terms_by_name()
    add_term(shop, "Net 45")
    accounts = [shop.new_account(f"Acme {number}") for number in range(5)]
    world = shop.world()
    shop.quiet()

    for _ in range(2):
        world.quickbooks["1"].entries("Term")

    assert shop.calls(QB) == {"query": 1}
    shop.settle(*map(shop.account_changed, accounts))
    assert len(shop.customers()) == 5


def test_a_custom_field_travels_by_its_name_both_ways() -> None:
    shop = with_crews()
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"), Memo__c="Crew A")

    shop.settle(shop.invoice_changed(invoice))

    (bill,) = shop.bills()
    assert crew(bill) == [("1", "Crew A")]
    theirs = [{"DefinitionId": "1", "Type": "StringType", "StringValue": "Crew B"}]
    shop.settle(shop.edit_bill(bill["Id"], CustomField=theirs))
    assert shop.invoice(invoice)["Memo__c"] == "Crew B"
    shop.settle(shop.edit_invoice(invoice, Memo__c=None))
    assert crew(shop.bill(bill["Id"])) == [("1", None)]
    shop.assert_at_rest()


def test_an_update_leaves_the_custom_fields_alone_that_are_not_mapped() -> None:
    shop = with_crews()
    use_second_custom_field(shop, "Sales Rep")
    account, customer = shop.linked("Acme")
    _, item = shop.linked_item("Rose")
    theirs = [
        {"DefinitionId": number, "Type": "StringType", "StringValue": text}
        for number, text in (("1", "Crew A"), ("2", "Jane"))
    ]
    bill = shop.new_bill(customer, (item, "1", "5"), CustomField=theirs)
    shop.settle(shop.bill_changed(bill))
    (invoice,) = shop.invoices()

    shop.settle(shop.edit_invoice(invoice["Id"], Memo__c="Crew B"))

    assert crew(shop.bill(bill)) == [("1", "Crew B"), ("2", "Jane")]
    assert shop.pair(account).quickbooks_id == customer


def test_an_invoice_waits_while_the_company_has_no_such_custom_field() -> None:
    shop = Shop(mappings=mapped("invoice", "memo", quickbooks=("CustomField.Crew",), limit=31))
    account, _ = shop.linked("Acme")
    product, _ = shop.linked_item("Rose")
    invoice = shop.new_invoice(account, (product, "1", "5"))

    (outcome,) = shop.sync_quietly(shop.invoice_changed(invoice))

    assert (outcome.status, outcome.reason) == ("waiting", "name_unknown")
    assert shop.bills() == []


@pytest.mark.parametrize("path", ["CustomField.540344", "SalesTermRef.value", "DocNumber"])
def test_an_id_in_a_mapping_stands_for_itself(path: str) -> None:
    assert not names_anything(mapped("invoice", "memo", quickbooks=(path,))["invoice"])


def use_second_custom_field(shop: Shop, name: str) -> None:
    """Let a person switch on the second custom field of sales forms."""
    (preferences,) = shop.in_company("Preferences")
    sales = preferences["SalesFormsPrefs"]
    used, named = (group["CustomField"] for group in sales["CustomField"])
    for each in used:
        each["BooleanValue"] = each["BooleanValue"] or each["Name"].endswith("2")
    named.append(
        {
            "Name": "SalesFormsPrefs.SalesCustomName2",
            "Type": "StringType",
            "StringValue": name,
        }
    )
    shop.in_quickbooks("update", "Preferences", id="1", fields={"SalesFormsPrefs": sales})
