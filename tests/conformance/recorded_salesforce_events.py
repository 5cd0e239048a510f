"""Recorded change events and duplicate rules of Salesforce, called for again on the stand-in."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.conformance.recorded_salesforce import REPLAYS, Org

OBJECTS, DUPLICATES = (
    Path(__file__).with_name(f"{name}.json") for name in ("objects", "duplicates")
)
EMPLOYEE = {"First_Name__c": "Marc", "Last_Name__c": "Benioff", "Tenure__c": 20}
CHANGED = {r".*ChangeEventHeader\.changedFields": "told since version 47.0; here it is 46.0"}


def person(org: Org, action: str, object_name: str, **what: Any) -> str:
    """Let somebody work in the pages of Salesforce; return the id of the record."""
    done = org.admin("person", {"action": action, "object": object_name, **what})
    assert done.get("success"), done
    return str(done["id"])


def last_event(org: Org, name: str, form: str = "streaming") -> Any:
    """Return the last message of one change event."""
    return org.admin(f"events?{urlencode({'name': name, 'form': form})}")[-1]


@REPLAYS.of("cdc-streaming-custom-object-create", "cdc-streaming-custom-object-delete")
@REPLAYS.of("cdc-streaming-custom-object-undelete")
@REPLAYS.of("cdc-streaming-custom-object-update", apart=CHANGED)
def _employee(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True, objects=OBJECTS)
    made = person(org, "create", "Employee__c", fields=EMPLOYEE)
    match real["data"]["payload"]["ChangeEventHeader"]["changeType"]:
        case "UPDATE":
            changed = {"First_Name__c": "Marc 2", "Last_Name__c": "Benioff 2", "Tenure__c": 22}
            person(org, "update", "Employee__c", id=made, fields=changed)
        case "DELETE":
            person(org, "delete", "Employee__c", id=made)
        case "UNDELETE":
            person(org, "delete", "Employee__c", id=made)
            person(org, "undelete", "Employee__c", id=made)
    return last_event(org, "Employee__ChangeEvent"), real


@REPLAYS.of("cdc-contact-update")
def _contact_name(real: Any) -> tuple[Any, Any]:
    return _contact({"LastName": "Youngest"}), real


@REPLAYS.of("cdc-contact-update-address")
def _contact_address(real: Any) -> tuple[Any, Any]:
    emptied = {"MailingCity": None, "OtherPostalCode": None}
    return _contact({"MailingStreet": "1235 wildwood St", **emptied}), real


def _contact(changed: dict[str, Any]) -> Any:
    org = Org()
    before = {"LastName": "A", "MailingCity": "B", "OtherPostalCode": "C"}
    made = person(org, "create", "Contact", fields=before)
    person(org, "update", "Contact", id=made, fields=changed)
    return last_event(org, "ContactChangeEvent")["data"]["payload"]


@REPLAYS.of(
    "cdc-eventbridge-detail-payload-envelope",
    apart={
        r"account|time|region|resources": "of the envelope of EventBridge; were cut out",
        r".*\.(commitNumber|nulledFields|diffFields|changedFields)": "come and go with the relay",
        r".*\.CleanStatus": "a field of Data.com",
        r".*\.(recordIds|CreatedById|LastModified\w+)": "as many as were told",
        r".*\.Vendor_1099__c": "a checkbox of our org, which has always a value",
    },
)
def _relayed(real: Any) -> tuple[Any, Any]:
    org = Org()
    org.admin("switches", {"change_event_times": "epoch"})
    person(org, "create", "Account", fields={"Name": "Acme", "Description": "Sample."})
    return last_event(org, "AccountChangeEvent", "eventbridge"), real


# Duplicate rules


@REPLAYS.of("error-duplicates-detected-contact")
def _alert(real: Any) -> tuple[Any, Any]:
    org = Org()
    org.admin("switches", {"standard_duplicate_rules": True})
    contact = {"FirstName": "A", "LastName": "B", "Email": "a@example.com"}
    org.create("Contact", **contact)
    return org.call("POST", "sobjects/Contact", contact), real


@REPLAYS.of("error-duplicates-detected-account-no-save")
def _block(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True, objects=DUPLICATES)
    org.create("Account", Name="A")
    return org.call("POST", "sobjects/Account", {"Name": "A"}), real


@REPLAYS.of("recent-items")
def _recent(real: Any) -> tuple[Any, Any]:
    org = Org(is_empty=True)
    for row in real:
        org.create("Account", Name=row["Name"])
    return org.call("GET", f"recent?limit={len(real)}"), real


@REPLAYS.of("identity", apart={r"addr_\w+": "the address of one user"})
def _identity(real: Any) -> tuple[Any, Any]:
    org = Org()
    _, _, path = org.call("GET", "/services/data/v67.0")["identity"].partition("/id/")
    return org.call("GET", f"/id/{path}"), real
