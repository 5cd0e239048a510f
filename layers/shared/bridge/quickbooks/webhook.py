"""Checks and reads the webhooks of QuickBooks; a receiver's cold start depends on its imports."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from bridge.errors import InvalidSignatureError, PermanentError
from bridge.model import ChangeEvent, ChangeKind, System

SIGNATURE_HEADER = "intuit-signature"

# Intuit: develop/webhooks/data-objects. The token inside `type` -> the entity's name in the API.
OBJECTS = {
    "customer": "Customer",
    "vendor": "Vendor",
    "item": "Item",
    "invoice": "Invoice",
    "payment": "Payment",
    "creditmemo": "CreditMemo",
    "estimate": "Estimate",
}
KINDS = {
    "created": ChangeKind.CREATED,
    "updated": ChangeKind.UPDATED,
    "deleted": ChangeKind.DELETED,
    "merged": ChangeKind.MERGED,
    "void": ChangeKind.VOIDED,
    "emailed": ChangeKind.EMAILED,
}
LEGACY_KINDS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "merge": "merged",
    "void": "void",
    "emailed": "emailed",
}

_ID = re.compile(r"[0-9]{1,20}")
_TYPE = re.compile(r"qbo\.([a-z]+)\.([a-z]+)\.v1")


@dataclass(frozen=True)
class Parsed:
    """What a body asks for; `unknown` counts types not followed, `malformed` broken events."""

    changes: tuple[ChangeEvent, ...]
    unknown: int = 0
    malformed: int = 0

    @property
    def senders(self) -> frozenset[str]:
        """Return the realms that the changes come from."""
        return frozenset(change.scope for change in self.changes)


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Refuse a body that none of the verifier tokens has signed.

    The signature covers no time, so `now` changes nothing here (Intuit: develop/webhooks).

    Raises:
        InvalidSignatureError: the header is missing or fits none of the tokens.
    """
    given = next((v for k, v in headers.items() if k.lower() == SIGNATURE_HEADER), "")
    signature = given.strip().encode("utf-8", "replace")
    # Every token is tried, whichever fits: the time taken tells nothing.
    fits = [_fits(body, signature, secret) for secret in secrets]
    if not any(fits):
        raise InvalidSignatureError("signature_refused", system=System.QUICKBOOKS)


def parse(body: bytes, now: datetime) -> Parsed:
    """Read the change events of a body, in either form that Intuit has sent.

    Raises:
        PermanentError: the body is not JSON.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise PermanentError("webhook_body_malformed", system=System.QUICKBOOKS) from error
    if isinstance(document, Mapping):
        document = list(_modernised(document)) or [None]
    if not isinstance(document, list):
        document = [None]
    read = [_change(event, now) for event in document]
    return Parsed(
        changes=tuple(change for change in read if isinstance(change, ChangeEvent)),
        unknown=read.count("unknown"),
        malformed=read.count("malformed"),
    )


def _fits(body: bytes, signature: bytes, secret: str) -> bool:
    """Say whether a token made the signature; an empty one never did."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(digest), signature) and bool(secret)


def _change(event: Any, now: datetime) -> ChangeEvent | str:
    """Read one CloudEvent; "unknown" or "malformed" where it cannot be followed."""
    if not isinstance(event, Mapping) or not isinstance(event.get("type"), str):
        return "malformed"
    named = _TYPE.fullmatch(event["type"])
    if not named or named[1] not in OBJECTS or named[2] not in KINDS:
        return "unknown"
    details = event.get("data")
    removed = details.get("deletedid") if isinstance(details, Mapping) else None
    realm, record_id = event.get("intuitaccountid"), event.get("intuitentityid")
    if not _is_id(realm) or not _is_id(record_id) or (removed is not None and not _is_id(removed)):
        return "malformed"
    return ChangeEvent(
        system=System.QUICKBOOKS,
        scope=realm,
        object=OBJECTS[named[1]],
        record_id=record_id,
        kind=KINDS[named[2]],
        changed_at=_time(event.get("time"), now),
        first_seen=now,
        removed_id=removed,
    )


def _is_id(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _time(text: Any, now: datetime) -> datetime:
    """Read a time with 0 to 9 fraction digits; an unreadable one must not cost the event: now."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return now
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _modernised(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | None]:
    """Turn the form that was retired in July 2026 into CloudEvents (Intuit: blog, 12 Nov 2025)."""
    for notification in _list(document.get("eventNotifications")):
        realm = _mapping(notification).get("realmId")
        changes = _mapping(_mapping(notification).get("dataChangeEvent"))
        for entity in map(_mapping, _list(changes.get("entities"))):
            operation = LEGACY_KINDS.get(str(entity.get("operation")).lower(), "unknown")
            yield {
                "type": f"qbo.{str(entity.get('name')).lower()}.{operation}.v1",
                "time": entity.get("lastUpdated"),
                "intuitentityid": entity.get("id"),
                "intuitaccountid": realm,
                # The documentation spells it in both ways.
                "data": {"deletedid": entity.get("deletedId", entity.get("deletedID"))},
            }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
