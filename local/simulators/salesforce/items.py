"""One record of many: what collections, trees and bulk jobs do with each of theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.simulators.salesforce import ids, lifecycle
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.keys import item_id, live_by_key, saved
from local.simulators.salesforce.schema import Field, ObjectType
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.validation import accept_new
from local.simulators.salesforce.writing import change, insert

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saver:
    """Saves records one by one for a user; `allow_save` overrides alerts of duplicate rules."""

    org: Org
    user_id: str
    allow_save: bool = False

    def create(self, object_type: ObjectType, body: Mapping[str, Any]) -> Result:
        """Add a record, or publish a platform event."""
        if object_type.is_event:
            return publish(self.org, object_type, body, self.user_id)
        made = insert(self.org, object_type, body, self.user_id, allow_save=self.allow_save)
        return saved(made)

    def update(self, object_type: ObjectType, body: Mapping[str, Any]) -> Result:
        """Change the record whose id stands in the body."""
        body = dict(body)
        given = _popped(body, "Id")
        if not given:
            raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call")
        record_id = item_id(object_type, given)
        row = lifecycle.live_row(self.org, object_type, record_id)
        change(self.org, object_type, row, body, self.user_id, allow_save=self.allow_save)
        return saved(record_id)

    def upsert(self, object_type: ObjectType, key: Field, body: Mapping[str, Any]) -> Result:
        """Change the record that the key in the body names, or add one with it."""
        org, body = self.org, dict(body)
        value = _popped(body, key.name)
        if value is None and key.name != "Id":
            raise ApiError("MISSING_ARGUMENT", f"{key.name} not specified")
        found = live_by_key(org, object_type, key, value) if value is not None else []
        if len(found) > 1:
            raise ApiError("DUPLICATE_EXTERNAL_ID", f"{key.name}: more than one record found")
        if found:
            user_id, allow_save = self.user_id, self.allow_save
            change(org, object_type, found[0], body, user_id, allow_save=allow_save)
            return saved(found[0]["Id"]) | {"created": False}
        if value is not None and key.name == "Id":
            raise ApiError(org.switches.unknown_id_on_write)
        fresh = body if value is None else {**body, key.name: value}
        return self.create(object_type, fresh) | {"created": True}

    def delete(self, text: object) -> Result:
        """Delete the record with an id."""
        record_id = ids.parse(text)
        object_type = self.org.schema.of_id(record_id) if record_id else None
        if record_id is None or object_type is None:
            raise ApiError("MALFORMED_ID", f"malformed id {text}")
        lifecycle.delete(self.org, object_type, record_id, self.user_id)
        return saved(record_id)


def publish(org: Org, object_type: ObjectType, body: Mapping[str, Any], user_id: str) -> Result:
    """Put a platform event on the bus; that it is only queued is told as an error.

    Salesforce: Platform Events Developer Guide, "Check the Publish Status of Events".
    """
    label = org.publish_event(object_type, accept_new(org, object_type, body), user_id)
    queued = {"statusCode": "OPERATION_ENQUEUED", "message": label, "fields": []}
    return {"id": ids.make(object_type.prefix, 0), "success": True, "errors": [queued]}


def repeated(org: Org, key: Field, records: Sequence[Any]) -> set[int]:
    """Return the places of the records that one call refuses because they repeat a key."""
    setting = org.switches.upsert_repeated_key
    if setting == "updates":
        return set()
    places: dict[Any, list[int]] = {}
    for place, record in enumerate(records):
        value = _popped(dict(record), key.name) if isinstance(record, Mapping) else None
        if value is not None:
            same = value if key.case_sensitive else str(value).lower()
            places.setdefault(same, []).append(place)
    start = 0 if setting == "both" else 1
    return {place for found in places.values() if len(found) > 1 for place in found[start:]}


def _popped(body: dict[str, Any], wanted: str) -> Any:
    found = [name for name in body if name.lower() == wanted.lower()]
    return next((body.pop(name) for name in found), None)
