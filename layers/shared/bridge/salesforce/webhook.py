"""The signed batches of change events that our package in the org sends.

A receiver's cold start depends on this module: it imports the standard library and our own words.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bridge.errors import InvalidSignatureError, PermanentError
from bridge.model import ChangeEvent, ChangeKind, System
from bridge.salesforce.ids import to_18

TOLERANCE_S = 300
ENVELOPE_VERSION = 1
# An object that a company made itself (Salesforce: Object Reference, "Custom Objects").
_OWN_OBJECT = re.compile(r"[A-Za-z]\w{0,39}__c", re.ASCII)
FOLLOWED = frozenset(
    {
        "Account",
        "Contact",
        "Product2",
        "PricebookEntry",
        "Opportunity",
        "OpportunityLineItem",
        "Quote",
        "QuoteLineItem",
    }
)
KINDS = {
    "CREATE": ChangeKind.CREATED,
    "UPDATE": ChangeKind.UPDATED,
    "DELETE": ChangeKind.DELETED,
    "UNDELETE": ChangeKind.UNDELETED,
}


@dataclass(frozen=True)
class Parsed:
    """What a body said: changes to look at, and the entries not followed or not readable.

    `senders` names the organisation, also where none of its events is followed.
    """

    changes: tuple[ChangeEvent, ...]
    unknown: int = 0
    malformed: int = 0
    senders: frozenset[str] = frozenset()


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Check that the body was signed with one of our keys within the last five minutes.

    `X-Timestamp` is in epoch seconds, `X-Signature` holds `v1=` and the lower-case hex
    HMAC-SHA256 of `timestamp.body`; during a rotation several, parted by commas.

    Raises:
        InvalidSignatureError: anything about it is not right.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    timestamp = lowered.get("x-timestamp", "").strip()
    if not _is_fresh(timestamp, now):
        raise InvalidSignatureError("webhook_timestamp_refused", system="salesforce")
    parts = [part.strip() for part in lowered.get("x-signature", "").split(",")]
    given = [part.removeprefix("v1=").encode() for part in parts if part.startswith("v1=")]
    signed = timestamp.encode() + b"." + body
    expected = [
        hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
        for secret in secrets
        if secret.strip()
    ]
    # No early exit: the time taken says nothing about which key or signature was near.
    matches = [hmac.compare_digest(one, other) for one in given for other in expected]
    if not any(matches):
        raise InvalidSignatureError("webhook_signature_refused", system="salesforce")


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= TOLERANCE_S


def parse(body: bytes, now: datetime) -> Parsed:
    """Read a verified body; `now` is when the changes were first seen.

    Raises:
        PermanentError: it is not our envelope: no JSON, no organisation, no list of events.
    """
    org_id, events = _envelope(body)
    read = [_change(event, org_id, now) for event in events]
    changes = tuple(change for change in read if isinstance(change, ChangeEvent))
    unknown, malformed = read.count("unknown"), read.count("malformed")
    return Parsed(changes, unknown, malformed, frozenset({org_id}))


def _envelope(body: bytes) -> tuple[str, list[Any]]:
    """Return the organisation's id and the events."""
    try:
        envelope = json.loads(body)
        org_id, events = to_18(envelope["orgId"]), envelope["events"]
        is_ours = envelope["v"] == ENVELOPE_VERSION and isinstance(events, list)
    except (ValueError, KeyError, TypeError, RecursionError, PermanentError):
        is_ours = False
    # Raised out here, so that the body does not travel along inside the decoder's error.
    if not is_ours:
        raise PermanentError("webhook_body_malformed", system="salesforce")
    return org_id, events


def _change(event: Any, org_id: str, now: datetime) -> ChangeEvent | str:
    """Return the change, or under which word it is to be counted."""
    if not isinstance(event, dict):
        return "malformed"
    followed, kind = str(event.get("object")), KINDS.get(str(event.get("operation")))
    if not _is_followed(followed) or kind is None:
        return "unknown"
    try:
        record_id = to_18(event["recordId"])
    except (KeyError, TypeError, PermanentError):
        return "malformed"
    return ChangeEvent(
        system=System.SALESFORCE,
        scope=org_id,
        object=followed,
        record_id=record_id,
        kind=kind,
        changed_at=_time(event.get("systemModstamp"), now),
        first_seen=now,
    )


def _is_followed(name: str) -> bool:
    """Say whether an object may be in a mapping: one of the org's own may always be."""
    return name in FOLLOWED or _OWN_OBJECT.fullmatch(name) is not None


def _time(text: Any, otherwise: datetime) -> datetime:
    """Read an ISO time; it is only a hint, so one that cannot be read does not spoil the event."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return otherwise
