"""Webhook events: a change as CloudEvents or in the retired form, and the signature.

Intuit: develop/webhooks, its data-objects page, and the payload change of 12 November 2025.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any
from uuid import uuid4

from local.simulators.quickbooks.records import Change
from local.simulators.quickbooks.schema import Row
from local.simulators.server import json_bytes

_OPERATIONS = ("created", "updated", "deleted", "merged", "void", "emailed")
# The event types that the subscription page offers: entity, and a mark for each operation
# (ballerina-platform/asyncapi-triggers pull request 193).
_OFFERED = """
    account xxxx-- bill xxx--- billpayment xxx-x- budget xx---- changeorder xxx--- class xxxx--
    companycurrency xxx--- creditmemo xxx-xx currency xxx--- customer xxxx-- department xx-x--
    deposit xxx--- employee xxxx-- estimate xxx--x invoice xxx-xx item xxxx-- journalcode xx----
    journalentry xxx--- payment xxx-xx paymentmethod xx-x-- preferences -x---- purchase xxx-x-
    purchaseorder xxx--x refundreceipt xxx-xx salesreceipt xxx-xx taxagency xx---- term xx----
    timeactivity xxx--- transfer xxx-x- vendor xxxx-- vendorcredit xxx---
"""


def _offered() -> dict[str, frozenset[str]]:
    words = iter(_OFFERED.split())
    return {
        entity: frozenset(
            operation for operation, mark in zip(_OPERATIONS, marks, strict=True) if mark == "x"
        )
        for entity, marks in zip(words, words, strict=True)
    }


# Operations by entity in lower case, as in `qbo.<entity>.<operation>.v1`.
TYPES = _offered()

# Fraction digits of `time` seen in public samples, in turn.
_DIGITS = (0, 9, 2, 3)
_LEGACY_WORDS = {
    "created": "Create",
    "updated": "Update",
    "deleted": "Delete",
    "merged": "Merge",
    "void": "Void",
    "emailed": "Emailed",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A change with the identity that its event keeps through every repeat."""

    change: Change
    id: str
    number: int
    record: Row | None = None

    @property
    def type(self) -> str:
        """Return the type as it is subscribed to, for example `qbo.customer.created.v1`."""
        return f"qbo.{self.change.entity.lower()}.{self.change.operation}.v1"


def new_event(change: Change, number: int, *, has_long_id: bool) -> Event:
    """Give a change its event id."""
    tail = f"-{change.entity}-{change.id}" if has_long_id else ""
    return Event(change, f"{uuid4()}{tail}", number)


def is_offered(change: Change) -> bool:
    """Tell whether one can subscribe to such changes."""
    return change.operation in TYPES.get(change.entity.lower(), ())


def source_of(client_id: str) -> str:
    """Return the opaque `source` of an app's events."""
    return "intuit." + base64.b64encode(hashlib.sha256(client_id.encode()).digest()).decode()


def cloud_events(events: Sequence[Event], source: str, digits: int, form: str) -> bytes:
    """Write a post in the current form.

    `digits` below 0 varies the fraction of `time`; `form` is the switch `event_data`.
    """
    return json_bytes([_cloud_event(each, source, digits, form) for each in events])


def legacy(events: Sequence[Event]) -> bytes:
    """Write a post in the form that was retired in 2026."""
    notifications = [
        {
            "realmId": realm,
            "dataChangeEvent": {"entities": [_legacy_entity(each) for each in group]},
        }
        for realm, group in groupby(events, key=lambda each: each.change.realm)
    ]
    return json_bytes({"eventNotifications": notifications})


def signature(body: bytes, verifier_token: str) -> str:
    """Sign the exact bytes of a body: base64 of HMAC-SHA256 under the verifier token."""
    digest = hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def _cloud_event(event: Event, source: str, digits: int, form: str) -> dict[str, Any]:
    change = event.change
    whole: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": event.type,
        "datacontenttype": "application/json",
        "time": _time(change.at, digits if digits >= 0 else _DIGITS[event.number % len(_DIGITS)]),
        "intuitentityid": change.id,
        "intuitaccountid": change.realm,
    }
    if change.deleted_id:
        return whole | {"data": {"deletedid": change.deleted_id}}
    if form == "record":
        return whole | {"data": event.record or {}}
    if form == "absent" or (form == "as_samples" and change.operation == "updated"):
        # The sample of an update has neither the content type nor data.
        del whole["datacontenttype"]
        return whole
    return whole | {"data": {}}


def _legacy_entity(event: Event) -> dict[str, str]:
    change = event.change
    whole = {
        "name": change.entity,
        "id": change.id,
        "operation": _LEGACY_WORDS[change.operation],
        "lastUpdated": _time(change.at, 3),
    }
    return whole | ({"deletedId": change.deleted_id} if change.deleted_id else {})


def _time(moment: datetime, digits: int) -> str:
    moment = moment.astimezone(UTC)
    fraction = f"{moment.microsecond * 1000:09d}"[:digits]
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}Z"
