"""A field that is mapped later: records that are linked already have no baseline for it."""

from dataclasses import replace

from bridge.mapping_files import read_mappings
from tests.rig import Rig

CUSTOMER = read_mappings()["customer"]
WITHOUT_FAX = replace(
    CUSTOMER, fields=tuple(each for each in CUSTOMER.fields if each.name != "fax")
)


def test_a_field_mapped_later_does_not_wipe_what_quickbooks_holds() -> None:
    rig = Rig(mappings={"customer": WITHOUT_FAX})
    account = rig.in_salesforce("create", fields={"Name": "Acme"})
    rig.sync_quietly(rig.account_changed(account))
    (customer,) = rig.customers()
    rig.in_quickbooks("update", id=customer["Id"], fields={"Fax": {"FreeFormNumber": "555-9"}})
    rig.sync_quietly(rig.customer_changed(customer["Id"]))
    rig.mappings = {"customer": CUSTOMER}

    rig.in_salesforce("update", id=account, fields={"Phone": "555-1"})
    rig.sync_quietly(rig.account_changed(account))

    row = rig.customer(customer["Id"])
    assert row["Fax"]["FreeFormNumber"] == "555-9"
    assert row["PrimaryPhone"]["FreeFormNumber"] == "555-1"
    assert rig.account(account)["Fax"] == "555-9"
