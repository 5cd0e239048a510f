"""What an operator asks: the answers are those of the real flow, and nothing is written."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from bridge.core.mapping import EntityMapping, Owner
from bridge.errors import BridgeError, PermanentError
from bridge.flows.operate import Operate, documented_flaws
from bridge.flows.preview import FieldPreview, Preview
from bridge.mapping_files import read_mappings
from bridge.model import System, WriteKind
from bridge.quickbooks.properties import schema_of
from bridge.salesforce.ids import to_18
from tests.rig import QB, SF
from tests.shop import Shop

UNKNOWN_ACCOUNT = to_18("001dM00000ZZZZZ")


@contextmanager
def nothing_written(shop: Shop) -> Iterator[None]:
    """Check that no record is sent, and that no row, outcome, message or pause is kept."""
    shop.quiet()
    kept = (
        dict(shop.rows.rows),
        list(shop.outcomes.kept),
        shop.connections.paused([shop.organisation]),
    )
    yield
    assert shop.writes() == 0
    assert shop.queue.sent == []
    assert kept == (
        shop.rows.rows,
        shop.outcomes.kept,
        shop.connections.paused([shop.organisation]),
    )


def preview(shop: Shop, entity: str, record_id: str, realm: str = "") -> Preview:
    with nothing_written(shop):
        return Operate(shop.world()).preview(entity, record_id, realm)


def field(seen: Preview, name: str) -> FieldPreview:
    return next(each for each in seen.fields if each.field.name == name)


def changed(entity: str, name: str, **changes: Any) -> Mapping[str, EntityMapping]:
    """Return the mappings of the bridge with one field changed."""
    known = read_mappings()
    fields = tuple(
        replace(each, **changes) if each.name == name else each for each in known[entity].fields
    )
    return {**known, entity: replace(known[entity], fields=fields)}


# The check


def test_the_mappings_of_the_bridge_fit_both_systems() -> None:
    shop = Shop()

    with nothing_written(shop):
        assert Operate(shop.world()).check_mappings() == []


def test_each_system_is_held_against_every_mapping_at_once() -> None:
    wrong = {
        **changed("customer", "terms", choices={"Net 15": "2", "Net 31": "77"}),
        "item": changed("item", "sku", salesforce="Code__c", quickbooks=("Skew",))["item"],
    }
    shop = Shop(mappings=wrong)

    flaws = Operate(shop.world()).check_mappings()

    assert [(flaw.entity, flaw.place) for flaw in flaws] == [
        ("customer", "fields, entry 11 (terms), salesforce"),
        ("item", "fields, entry 2 (sku), salesforce"),
        ("customer", "fields, entry 11 (terms), quickbooks"),
        ("item", "fields, entry 2 (sku), quickbooks"),
    ]


def test_a_fault_of_one_company_names_it_where_there_are_several() -> None:
    terms = changed("customer", "terms", choices={"Net 15": "2", "Net 30": "6"})
    shop = Shop(mappings=terms, realms=("1", "2"))
    shop.in_quickbooks("create", "Term", realm="1", fields={"Name": "Net 45", "DueDays": 45})

    (flaw,) = Operate(shop.world()).check_mappings()

    assert flaw.text.startswith('company 2: no active Term has the id "6"')


def test_each_object_is_described_once_and_each_list_read_once() -> None:
    shop = Shop()
    shop.quiet()

    Operate(shop.world()).check_mappings()

    assert shop.calls(SF) == {"describe": 14}
    assert shop.calls(QB) == {"query": 4}


def test_a_system_that_does_not_answer_is_no_fault_of_the_mapping() -> None:
    shop = Shop()
    shop.plant(SF, {}, times=9, status=503)

    with pytest.raises(BridgeError):
        Operate(shop.world()).check_mappings()


def test_what_is_documented_is_checked_without_asking_anybody() -> None:
    mappings = changed("customer", "notes", quickbooks=("Note",))

    (flaw,) = documented_flaws(mappings, schema_of)

    assert flaw.text == "Customer has no field Note; is Notes meant?"


# The preview


def test_a_linked_record_shows_both_sides_its_baseline_and_what_would_be_written() -> None:
    shop = Shop()
    account, customer = shop.linked("Acme", Phone="555-1", Fax="1")
    shop.edit_account(account, Phone=" 555  22 ")
    shop.edit_customer(customer, Fax={"FreeFormNumber": "2"})

    seen = preview(shop, "customer", account)

    assert (seen.decision, seen.salesforce_id, seen.quickbooks_id) == ("update", account, customer)
    phone, fax, name = (field(seen, each) for each in ("phone", "fax", "name"))
    assert phone.salesforce is not None
    assert phone.quickbooks is not None
    assert (phone.salesforce.raw, phone.salesforce.value) == ((" 555  22 ",), "555 22")
    assert (phone.salesforce.is_baseline, phone.quickbooks.is_baseline) == (False, True)
    assert (phone.goes, fax.goes, name.goes) == (System.QUICKBOOKS, System.SALESFORCE, None)
    sent = {write.system: write.fields for write in seen.writes}
    assert sent[QB] == {"PrimaryPhone.FreeFormNumber": "555 22"}
    assert sent[SF] == {"Fax": "2"}


@pytest.mark.parametrize("side", ["salesforce", "quickbooks"])
def test_a_pair_may_be_asked_for_by_either_id(side: str) -> None:
    shop = Shop()
    ids = dict(zip(("salesforce", "quickbooks"), shop.linked("Acme"), strict=True))

    seen = preview(shop, "customer", ids[side])

    assert (seen.decision, seen.is_linked, seen.writes) == ("skip", True, ())
    assert all(each.salesforce and each.quickbooks for each in seen.fields)


def test_a_new_account_shows_the_customer_that_would_be_made() -> None:
    shop = Shop()
    account = shop.new_account("Acme", Phone="555-1")

    seen = preview(shop, "customer", account[:15])

    (write,) = seen.writes
    assert (seen.decision, seen.is_linked, seen.quickbooks_id) == ("create", False, None)
    assert (write.system, write.kind) == (QB, WriteKind.CREATE)
    assert field(seen, "phone").goes is QB
    assert field(seen, "fax").goes is None
    assert field(seen, "phone").quickbooks is None


def test_a_new_invoice_of_quickbooks_shows_the_one_that_would_be_made_with_its_lines() -> None:
    shop = Shop()
    _, customer = shop.linked("Acme")
    _, item = shop.linked_item("Rose")
    bill = shop.new_bill(customer, (item, "2", "12.5"))

    seen = preview(shop, "invoice", bill)

    (write,) = seen.writes
    assert (seen.decision, write.system, len(write.parts)) == ("create", SF, 1)
    lines = field(seen, "lines").quickbooks
    assert lines is not None
    assert lines.raw == ("1 lines",)


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_record_that_would_be_linked_shows_what_would_follow(is_ours: bool) -> None:
    shop = Shop()
    account = shop.new_account("Acme", Fax="1")
    customer = shop.new_customer("acme", Notes="Careful")

    seen = preview(shop, "customer", account if is_ours else customer)

    assert (seen.decision, seen.is_linked) == ("adopt", False)
    assert (seen.salesforce_id, seen.quickbooks_id) == (account, customer)
    assert (field(seen, "fax").goes, field(seen, "notes").goes) == (QB, SF)
    assert {write.record_id for write in seen.writes} == {account, customer}


def test_what_would_be_linked_with_an_item_that_is_only_read_goes_nowhere_but_to_salesforce() -> (
    None
):
    shop = Shop()
    product = shop.new_product("Pot", Description="Red")
    fields = {"Name": "Pot", "Type": "Group", "Sku": "P-1"}
    shop.in_quickbooks("create", "Item", fields=fields)

    seen = preview(shop, "item", product)

    assert seen.decision == "adopt"
    assert (field(seen, "sku").goes, field(seen, "description").goes) == (SF, None)


def test_an_open_conflict_shows_its_reason_and_the_field_that_a_person_decides() -> None:
    shop = Shop(mappings=changed("invoice", "memo", owner=Owner.MANUAL))
    invoice, bill = shop.sold()
    shop.edit_invoice(invoice, Memo__c="Hello")
    shop.edit_bill(bill, CustomerMemo={"value": "Thanks"})

    seen = preview(shop, "invoice", invoice)

    assert (seen.decision, seen.reason, seen.field) == ("conflict", "field_conflict", "memo")
    assert field(seen, "memo").is_open
    assert seen.writes == ()
    assert seen.quickbooks_id == bill


def test_a_value_that_cannot_be_mapped_is_shown_with_its_reason_beside_the_others() -> None:
    shop = Shop(mappings=changed("customer", "terms", choices={"Net 15": "2"}))
    account = shop.new_account("Acme", Payment_Terms__c="Net 60")

    seen = preview(shop, "customer", account)

    terms, name = field(seen, "terms").salesforce, field(seen, "name").salesforce
    assert (seen.decision, seen.reason, seen.field) == ("reject", "value_not_mapped", "terms")
    assert terms is not None
    assert name is not None
    assert (terms.raw, terms.trouble) == (("Net 60",), "value_not_mapped")
    assert name.value == "Acme"


def test_a_paused_company_can_be_looked_at() -> None:
    shop = Shop()
    account, _ = shop.linked("Acme")
    shop.connections.pause("1", "held_mass_deletion", shop.clock.now())

    assert preview(shop, "customer", account).decision == "skip"


def test_a_record_is_shown_for_the_company_that_is_named() -> None:
    shop = Shop(realms=("1", "2"))
    account = shop.new_account("Acme")
    shop.settle(shop.account_changed(account))
    ids = {realm: shop.pair(account, realm).quickbooks_id for realm in ("1", "2")}

    seen = preview(shop, "customer", account, "2")

    assert (seen.realm, seen.quickbooks_id) == ("2", ids["2"])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("customers", UNKNOWN_ACCOUNT, "1"), "entity_unknown"),
        (("customer", UNKNOWN_ACCOUNT, "1"), "record_unknown"),
        (("customer", "4711", "1"), "record_unknown"),
        (("customer", UNKNOWN_ACCOUNT, ""), "company_not_named"),
        (("customer", UNKNOWN_ACCOUNT, "3"), "company_not_connected"),
        (("customer", "Acme", "1"), "salesforce_id_malformed"),
    ],
)
def test_a_question_without_an_answer_says_why(asked: tuple[str, str, str], reason: str) -> None:
    shop = Shop(realms=("1", "2"))

    with nothing_written(shop), pytest.raises(PermanentError) as raised:
        Operate(shop.world()).preview(*asked)

    assert raised.value.reason == reason


def test_a_record_that_a_worker_holds_is_not_guessed_at() -> None:
    shop = Shop()
    account, _ = shop.linked("Acme")
    row = shop.pair(account)
    until = shop.clock.now().replace(year=2030)
    shop.rows.rows[row.key] = replace(row, owner="somebody", until=until)

    with pytest.raises(PermanentError, match="claimed"):
        Operate(shop.world()).preview("customer", account)
