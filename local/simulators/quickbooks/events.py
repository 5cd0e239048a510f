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
from local.simulators.server import json_bytes

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


def new_event(change: Change, number: int) -> Event:
    """Give a change its event id."""
    return Event(change, f"{uuid4()}-{change.entity}-{change.id}", number)


def source_of(client_id: str) -> str:
    """Return the opaque `source` of an app's events."""
    return "intuit." + base64.b64encode(hashlib.sha256(client_id.encode()).digest()).decode()


def cloud_events(events: Sequence[Event], source: str, digits: int) -> bytes:
    """Write a post in the current form; `digits` below 0 varies the fraction of `time`."""
    return json_bytes([_cloud_event(each, source, digits) for each in events])


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


def _cloud_event(event: Event, source: str, digits: int) -> dict[str, Any]:
    change = event.change
    whole: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": f"qbo.{change.entity.lower()}.{change.operation}.v1",
        "datacontenttype": "application/json",
        "time": _time(change.at, digits if digits >= 0 else _DIGITS[event.number % len(_DIGITS)]),
        "intuitentityid": change.id,
        "intuitaccountid": change.realm,
    }
    if change.deleted_id:
        whole["data"] = {"deletedid": change.deleted_id}
    elif change.operation == "updated":
        # The sample of an update has neither the content type nor data.
        del whole["datacontenttype"]
    else:
        whole["data"] = {}
    return whole


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
