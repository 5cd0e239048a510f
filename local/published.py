"""Which changes of an org publish an event: what the triggers of our own package decide."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

Event = dict[str, Any]

# The records that bear fields of the bridge's own, and the parts that travel inside them.
_ROOTS = frozenset(
    {"Account", "Product2", "Opportunity", "Quote", "Invoice__c", "Payment__c", "Credit_Memo__c"}
)
_PARTS = frozenset(
    {"Contact", "PricebookEntry", "Invoice_Line__c", "Payment_Line__c", "Credit_Memo_Line__c"}
)
# Lines that leave nothing behind when they are deleted, so that their root is what is named: the
# root, the field that names it, and how it calls its lines.
_LINES = {
    "OpportunityLineItem": ("Opportunity", "OpportunityId", "OpportunityLineItems"),
    "QuoteLineItem": ("Quote", "QuoteId", "QuoteLineItems"),
}
_OUR_FIELDS = "QuickBooks_"
_SYSTEM_FIELDS = frozenset(
    {
        "Id",
        "IsDeleted",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
        "LastActivityDate",
        "LastViewedDate",
        "LastReferencedDate",
    }
)


def events_of(change: Mapping[str, Any]) -> list[Event]:
    """Return the events that one record change publishes.

    A Contact that moves is news for the Account it left and for the one it joined (their
    `changedFields` says `Contacts`); a merge is news for the survivor too (`MasterRecordId`).
    """
    if change["object"] in _LINES:
        return _root_of_a_line(change)
    if change["object"] not in _ROOTS | _PARTS:
        return []
    fields = [name for name in change["changedFields"] if _is_news(change["object"], name)]
    operation = change["operation"]
    if operation == "UPDATE" and not fields:
        return []
    events = [_event(change, change["object"], change["id"], operation, fields)]
    for account_id in _accounts_of_a_move(change):
        events.append(_event(change, "Account", account_id, "UPDATE", ["Contacts"]))
    survivor = change["new"].get("MasterRecordId")
    if operation == "DELETE" and survivor:
        events.append(_event(change, change["object"], survivor, "UPDATE", ["MasterRecordId"]))
    return events


def coalesced(events: Iterable[Event]) -> list[Event]:
    """Return one event per record: the latest word on it, with every field that was named."""
    by_record: dict[tuple[str, str], Event] = {}
    for event in events:
        key = (event["object"], event["recordId"])
        earlier = by_record.pop(key, None)
        by_record[key] = _merged(earlier, event) if earlier else event
    return list(by_record.values())


def _is_news(object_name: str, field: str) -> bool:
    if field in _SYSTEM_FIELDS:
        return False
    return object_name not in _ROOTS or not field.startswith(_OUR_FIELDS)


def _accounts_of_a_move(change: Mapping[str, Any]) -> list[str]:
    if change["object"] != "Contact" or change["operation"] != "UPDATE":
        return []
    if "AccountId" not in change["changedFields"]:
        return []
    sides = (change["old"].get("AccountId"), change["new"].get("AccountId"))
    return [account_id for account_id in sides if account_id]


def _root_of_a_line(change: Mapping[str, Any]) -> list[Event]:
    root, key, lines = _LINES[change["object"]]
    if change["operation"] == "UPDATE" and not any(
        _is_news(change["object"], name) for name in change["changedFields"]
    ):
        return []
    record_id = change["new"].get(key) or change["old"].get(key)
    return [_event(change, root, record_id, "UPDATE", [lines])] if record_id else []


def _event(
    change: Mapping[str, Any],
    object_name: str,
    record_id: str,
    operation: str,
    fields: list[str],
) -> Event:
    return {
        "eventUuid": str(uuid.uuid4()),
        "replayId": str(change["seq"]),
        "object": object_name,
        "recordId": record_id,
        "operation": operation,
        "systemModstamp": change["time"].replace("+0000", "Z"),
        "changedFields": fields,
        "actorId": change["userId"],
    }


def _merged(earlier: Event, later: Event) -> Event:
    fields = dict.fromkeys([*earlier["changedFields"], *later["changedFields"]])
    operation = later["operation"]
    if operation == "UPDATE":
        # The record was made, brought back or deleted in this batch, whatever touched it since.
        operation = earlier["operation"]
    return {**later, "operation": operation, "changedFields": list(fields)}
