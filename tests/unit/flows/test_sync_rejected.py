"""A record that a system refuses says why in plain words, harms no neighbour, and heals."""

from dataclasses import replace

import pytest

from bridge.core.mapping import EntityMapping
from bridge.mapping_files import read_mappings
from bridge.model import OutcomeStatus, PairState
from tests.rig import QB, SF, Rig


def with_field(name: str, **changes: object) -> dict[str, EntityMapping]:
    """Return the mappings with one field of the customer changed."""
    mapping = read_mappings()["customer"]
    fields = tuple(
        replace(each, **changes) if each.name == name else each  # type: ignore[arg-type]
        for each in mapping.fields
    )
    return {"customer": replace(mapping, fields=fields)}


def use_up_terms(rig: Rig) -> None:
    """Let a person make the term behind "Net 30" inactive, so that QuickBooks refuses it."""
    rig.in_quickbooks("deactivate", entity="Term", id="3")


def test_new_account_that_quickbooks_refuses_shows_why_and_is_not_tried_for_ever():
    rig = Rig()
    use_up_terms(rig)
    account = rig.new_account("Acme", Payment_Terms__c="Net 30")

    outcomes = rig.settle(rig.account_changed(account))

    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.REJECTED]
    assert rig.status(account) == "Rejected"
    assert "missing or inactive on the other side" in rig.message(account)
    pair = rig.pair(account)
    assert (pair.owner, pair.intent, pair.quickbooks_id) == (None, None, None)
    assert not rig.queue.sent


def test_refused_account_heals_when_it_is_corrected():
    rig = Rig()
    use_up_terms(rig)
    account = rig.new_account("Acme", Payment_Terms__c="Net 30")
    rig.settle(rig.account_changed(account))

    rig.settle(rig.edit_account(account, Payment_Terms__c="Net 15"))

    assert rig.customers()[0]["SalesTermRef"]["value"] == "2"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


def test_refused_account_heals_when_the_other_side_is_corrected():
    rig = Rig()
    use_up_terms(rig)
    account, customer = rig.linked("Acme")
    rig.settle(rig.edit_account(account, Payment_Terms__c="Net 30", Phone="555-0177"))
    assert rig.status(account) == "Rejected"
    rig.in_quickbooks("reactivate", entity="Term", id="3")

    rig.settle(rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"}))

    assert rig.customer(customer)["SalesTermRef"]["value"] == "3"
    assert rig.customer(customer)["PrimaryPhone"]["FreeFormNumber"] == "555-0177"
    assert rig.account(account)["Fax"] == "555-0199"
    rig.assert_agreed(account)


def test_neighbours_of_a_refused_record_go_on():
    rig = Rig()
    use_up_terms(rig)
    good = [rig.new_account(f"Good {n}") for n in range(3)]
    bad = rig.new_account("Bad", Payment_Terms__c="Net 30")
    events = [rig.account_changed(each) for each in (good[0], bad, *good[1:])]

    rig.settle(*events)

    assert len(rig.customers()) == 3
    assert [rig.status(each) for each in good] == ["In sync"] * 3
    assert rig.status(bad) == "Rejected"


def test_neighbours_of_a_refused_update_go_on():
    rig = Rig()
    accounts = [rig.linked(f"Acme {n}")[0] for n in range(4)]
    use_up_terms(rig)
    events = [rig.edit_account(each, Phone="555-0177") for each in accounts]
    rig.edit_account(accounts[1], Payment_Terms__c="Net 30")

    rig.settle(*events)

    phones = [row.get("PrimaryPhone", {}).get("FreeFormNumber") for row in rig.customers()]
    assert phones == ["555-0177", None, "555-0177", "555-0177"]
    assert [rig.status(each) for each in accounts].count("Rejected") == 1


def test_refused_update_is_sent_again_only_after_an_edit_and_its_text_is_written_once():
    rig = Rig()
    account, _ = rig.linked("Acme")
    use_up_terms(rig)
    event = rig.edit_account(account, Payment_Terms__c="Net 30")
    rig.settle(event)
    rig.calls(SF)

    rig.settle(event)

    assert rig.status(account) == "Rejected"
    assert rig.calls(SF) == {"query": 1}
    assert not rig.queue.sent


@pytest.mark.parametrize(
    ("name", "changes", "edit", "label"),
    [
        ("phone", {"is_lossy": False}, {"Phone": "+1 (555) 555-0100 extension 12345"}, "Phone"),
        ("website", {"limit": 20}, {"Website": "https://a-long-name.example"}, "Website"),
        ("notes", {"is_lossy": False, "limit": 100}, {"Description": "x" * 101}, "Description"),
    ],
)
def test_value_that_is_too_long_is_rejected_by_the_name_of_its_field(name, changes, edit, label):
    rig = Rig(mappings=with_field(name, **changes))
    account, customer = rig.linked("Acme")

    (outcome,) = rig.settle(rig.edit_account(account, **edit))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.REJECTED, "value_too_long")
    assert outcome.fields == (name,)
    assert rig.message(account) == f"{label} is longer than the other system allows. Shorten it."
    assert rig.customer(customer)["SyncToken"] == "0"
    rig.settle(rig.edit_account(account, **{next(iter(edit)): "short"}))
    rig.assert_agreed(account)


@pytest.mark.parametrize(
    ("edit", "mended", "reason", "label"),
    [
        (
            {"SalesTermRef": {"value": "5"}},
            {"SalesTermRef": {}},
            "value_not_mapped",
            "Payment terms",
        ),
        ({"GivenName": "x" * 41}, {"GivenName": "Ada"}, "value_too_long", "First name"),
        ({"BillAddr": {"City": "x" * 41}}, {"BillAddr": {}}, "value_too_long", "Billing city"),
        ({"WebAddr": {"URI": "x" * 256}}, {"WebAddr": {}}, "value_too_long", "Website"),
    ],
)
def test_value_of_quickbooks_that_salesforce_cannot_hold_is_rejected_by_its_field(
    edit, mended, reason, label
):
    rig = Rig()
    account, customer = rig.linked("Acme")

    (outcome,) = rig.settle(rig.edit_customer(customer, **edit))

    assert (outcome.status, outcome.reason) == (OutcomeStatus.REJECTED, reason)
    assert rig.status(account) == "Rejected"
    assert rig.message(account).startswith(label)
    rig.settle(rig.edit_customer(customer, **mended))
    assert rig.message(account) == ""


def test_rejected_value_of_quickbooks_heals_when_it_is_corrected():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.settle(rig.edit_customer(customer, SalesTermRef={"value": "5"}))

    rig.settle(rig.edit_customer(customer, SalesTermRef={"value": "4"}))

    assert rig.account(account)["Payment_Terms__c"] == "Net 60"
    rig.assert_agreed(account)


def test_new_customer_with_a_value_that_cannot_be_mapped_makes_no_account_until_it_is_corrected():
    rig = Rig()
    customer = rig.new_customer("Acme", SalesTermRef={"value": "5"})

    (outcome,) = rig.settle(rig.customer_changed(customer))
    assert (outcome.status, outcome.fields) == (OutcomeStatus.REJECTED, ("terms",))
    assert rig.accounts() == []
    rig.settle(rig.edit_customer(customer, SalesTermRef={"value": "1"}))

    rig.assert_agreed(rig.accounts()[0]["Id"])


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "A validation rule in Salesforce refused"),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "The integration user may not write"),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "does not allow"),
        ("STRANGE_NEW_CODE", "refused this record"),
    ],
)
def test_refusal_of_salesforce_is_shown_in_plain_words(code, text):
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.plant(SF, {"kind": "composite_item:PATCH"}, code=code, status=400)

    (outcome,) = rig.settle(rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"}))

    assert outcome.status is OutcomeStatus.REJECTED
    assert rig.status(account) == "Rejected"
    assert text in rig.message(account)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("2050", "longer than the other system allows"),
        ("6190", "takes no changes at the moment"),
        ("6210", "books of that period are closed"),
        ("9999", "refused this record"),
    ],
)
def test_refusal_of_quickbooks_is_shown_in_plain_words(code, text):
    rig = Rig()
    account, _ = rig.linked("Acme")
    rig.plant(QB, {"kind": "batch_item:update"}, code=code)

    (outcome,) = rig.settle(rig.edit_account(account, Fax="555-0199"))

    assert (outcome.status, outcome.code) == (OutcomeStatus.REJECTED, code)
    assert rig.status(account) == "Rejected"
    assert text in rig.message(account)


def test_insert_that_salesforce_refuses_makes_nothing_and_heals():
    rig = Rig()
    rig.plant(SF, {"kind": "collections_item:create"}, code="DUPLICATES_DETECTED", status=400)
    customer = rig.new_customer("Acme")

    (outcome,) = rig.settle(rig.customer_changed(customer))
    assert outcome.status is OutcomeStatus.REJECTED
    pointer = rig.pointer(customer)
    assert (pointer.owner, pointer.intent) == (None, None)
    rig.settle(rig.edit_customer(customer, Fax={"FreeFormNumber": "555-0199"}))

    rig.assert_agreed(rig.accounts()[0]["Id"])


def test_part_that_salesforce_refuses_leaves_the_rest_written():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.plant(SF, {"kind": "composite_item:POST"}, code="DUPLICATES_DETECTED", status=400)

    rig.settle(
        rig.edit_customer(
            customer,
            Fax={"FreeFormNumber": "555-0199"},
            PrimaryEmailAddr={"Address": "ada@acme.example"},
        )
    )
    assert rig.account(account)["Fax"] == "555-0199"
    assert rig.status(account) == "Rejected"
    rig.settle(rig.customer_changed(customer))

    assert rig.contact(account)["Email"] == "ada@acme.example"
    rig.assert_agreed(account)


def test_message_of_a_person_in_our_field_does_not_stop_anything():
    rig = Rig()
    account, customer = rig.linked("Acme")

    event = rig.edit_account(account, QuickBooks_Sync_Message__c="typed", Fax="555-0199")
    rig.settle(event)

    assert rig.customer(customer)["Fax"]["FreeFormNumber"] == "555-0199"
    assert rig.message(account) == ""
    rig.assert_agreed(account)


def test_account_whose_values_cannot_be_mapped_can_still_be_deleted():
    rig = Rig(mappings=with_field("terms", choices={"Net 30": "3"}))
    account, customer = rig.linked("Acme")
    rig.settle(rig.edit_account(account, Payment_Terms__c="Net 60"))
    assert rig.status(account) == "Rejected"

    rig.settle(rig.delete_account(account))

    assert rig.customer(customer)["Active"] is False
    assert rig.pair(account).state is PairState.TOMB


def test_account_whose_values_cannot_be_mapped_can_still_come_back():
    rig = Rig(mappings=with_field("terms", choices={"Net 30": "3"}))
    account, customer = rig.linked("Acme")
    rig.edit_account(account, Payment_Terms__c="Net 60")
    rig.settle(rig.delete_account(account))
    rig.in_salesforce("undelete", id=account)
    rig.settle(rig.account_changed(account))
    assert rig.status(account) == "Rejected"

    rig.settle(rig.edit_account(account, Payment_Terms__c="Net 30"))

    assert rig.customer(customer)["Active"] is True
    assert rig.customer(customer)["SalesTermRef"]["value"] == "3"
    rig.assert_agreed(account)


def test_customer_whose_values_cannot_be_mapped_is_still_shown_as_inactive():
    rig = Rig()
    account, customer = rig.linked("Acme")
    rig.edit_customer(customer, SalesTermRef={"value": "5"})
    rig.in_quickbooks("deactivate", id=customer)

    rig.settle(rig.customer_changed(customer))

    assert rig.status(account) == "Inactive in QuickBooks"
