"""The names that the bridge itself uses in an org; the mapping has those of the mapped fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field

EXTERNAL_ID_FIELD = "QuickBooks_Id__c"

# Our neutral names of the fields that belong to the bridge -> their names in the org.
OWN_FIELDS = {
    "external_id": EXTERNAL_ID_FIELD,
    "status": "QuickBooks_Sync_Status__c",
    "message": "QuickBooks_Sync_Message__c",
}

# Merged records keep the id of the survivor (Salesforce: Object Reference, MasterRecordId).
MERGEABLE = frozenset({"Account", "Contact"})


@dataclass(frozen=True)
class PartLink:
    """How a part hangs on its root: by which child relationship, and by which field of its own.

    `parents` are records that a new part names beside its root: the object, which the relationship
    is called after, and the field of the part that names it.
    """

    root: str
    relationship: str
    key: str
    parents: Mapping[str, str] = field(default_factory=dict)


# The parts that every org has; how lines hang on their document is said by the mapping.
PARTS = {
    "Contact": PartLink(root="Account", relationship="Contacts", key="AccountId"),
    "PricebookEntry": PartLink(
        root="Product2",
        relationship="PricebookEntries",
        key="Product2Id",
        parents={"Pricebook2": "Pricebook2Id"},
    ),
}
