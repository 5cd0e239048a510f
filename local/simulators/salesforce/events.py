"""The event bus: change data capture and platform events, with replay ids.

Salesforce: Change Data Capture Developer Guide, "Change Event Header Fields" and "Change Event
Message Structure"; Platform Events Developer Guide; Event Relay, whose messages come to Amazon
EventBridge in an envelope of that service.
"""

import uuid
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.simulators.salesforce import change_payload, ids
from local.simulators.salesforce.changes import Change
from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.state import Org

_KEPT = timedelta(hours=72)
_FIRST_REPLAY_ID = 32_872_000
_SCHEMA = "fl8pv4oUvtbyFAwJQO2NAQ"
_GAPS = ("GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW")


@dataclass(frozen=True, slots=True)
class Event:
    """One message on the bus; a change event keeps its changes, a platform event its payload."""

    replay_id: int
    name: str
    time: datetime
    org_id: str
    payload: Mapping[str, Any] | None = None
    changes: tuple[Change, ...] = ()
    commit_number: int = 0

    @property
    def uuid(self) -> str:
        """Return what names the message wherever it is read."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.org_id} {self.replay_id}"))


class EventBus:
    """Keeps the messages of the last three days."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._events: deque[Event] = deque()
        self._last_id = _FIRST_REPLAY_ID
        self._last_commit = 0
        org.publish_event = self.publish
        org.subscribe_commits(self._capture)

    def publish(self, object_type: ObjectType, values: Mapping[str, Any], user_id: str) -> str:
        """Put a platform event on the bus, and return its UUID."""
        now = self._org.clock.now()
        system = {"CreatedDate": change_payload.moment(now), "CreatedById": user_id}
        shown = {name: change_payload.shown(value, "iso") for name, value in values.items()}
        return self._add(object_type.name, now, payload={**system, **shown}).uuid

    def leave_gap(self, object_name: str, change_type: str, record_ids: Sequence[str]) -> None:
        """Tell that changes happened which the bus has no details of.

        Raises:
            ValueError: no such change type.
        """
        if change_type not in _GAPS:
            raise ValueError(f"changeType is one of {', '.join(_GAPS)}")
        now = self._org.clock.now()
        header = {
            "commitNumber": self._commit_number(now),
            "commitUser": "",
            "sequenceNumber": 1,
            "entityName": object_name,
            "changeType": change_type,
            "changeOrigin": "",
            "transactionKey": str(uuid.uuid5(uuid.NAMESPACE_OID, f"gap {self._last_id}")),
            "commitTimestamp": int(now.timestamp()) * 1000,
            "recordIds": [] if change_type == "GAP_OVERFLOW" else list(record_ids),
        }
        self._add(_event_name(object_name), now, payload={"ChangeEventHeader": header})

    def messages(self, after: int, name: str | None, form: str) -> list[dict[str, Any]]:
        """Return the messages behind a replay id, of one event or of all, in one of two forms."""
        self._expire()
        wanted = [
            each for each in self._events if each.replay_id > after and name in (None, each.name)
        ]
        show = self._for_event_bridge if form == "eventbridge" else self._for_streaming
        return [show(each) for each in wanted]

    def clear(self) -> None:
        """Forget every message; replay ids still rise."""
        self._events.clear()

    def _capture(self, changes: Sequence[Change]) -> None:
        chosen = self._org.switches.change_event_objects
        names = None if chosen == "*" else {each.strip() for each in chosen.split(",")}
        captured = [each for each in changes if names is None or each.object in names]
        if not captured:
            return
        now = self._org.clock.now()
        number = self._commit_number(now)
        for alike in _alike(captured):
            name = _event_name(alike[0].object)
            self._add(name, now, changes=tuple(alike), commit_number=number)

    def _add(self, name: str, now: datetime, **what: Any) -> Event:
        # Replay ids rise, and not one by one.
        self._last_id += 1 + self._last_id % 7
        event = Event(self._last_id, name, now, self._org.org_id, **what)
        self._expire()
        self._events.append(event)
        return event

    def _commit_number(self, now: datetime) -> int:
        self._last_commit = max(self._last_commit + 1, int(now.timestamp() * 1000) * 1_000_000)
        return self._last_commit

    def _expire(self) -> None:
        oldest = self._org.clock.now() - _KEPT
        while self._events and self._events[0].time < oldest:
            self._events.popleft()

    def _payload(self, event: Event) -> dict[str, Any]:
        if event.payload is not None:
            return dict(event.payload)
        return change_payload.payload(self._org, event.changes, event.time, event.commit_number)

    def _for_streaming(self, event: Event) -> dict[str, Any]:
        is_platform = event.name.endswith("__e")
        told: dict[str, Any] = {"EventUuid": event.uuid} if is_platform else {}
        return {
            "data": {
                "schema": _SCHEMA,
                "payload": self._payload(event),
                "event": told | {"replayId": event.replay_id},
            },
            "channel": f"/{'event' if is_platform else 'data'}/{event.name}",
        }

    def _for_event_bridge(self, event: Event) -> dict[str, Any]:
        channel = ids.make("0YL", 0)
        return {
            "version": "0",
            "id": event.uuid,
            "detail-type": event.name,
            "source": f"aws.partner/salesforce.com/{self._org.org_id}/{channel}",
            "account": "000000000000",
            "time": f"{event.time:%Y-%m-%dT%H:%M:%SZ}",
            "region": "us-east-1",
            "resources": [],
            "detail": {"payload": self._payload(event)},
        }


def _event_name(object_name: str) -> str:
    if object_name.endswith("__c"):
        return object_name.removesuffix("__c") + "__ChangeEvent"
    return f"{object_name}ChangeEvent"


def _alike(changes: Iterable[Change]) -> list[list[Change]]:
    """Put together what one transaction did likewise to several records."""
    found: list[list[Change]] = []
    for change in changes:
        first = found[-1][0] if found else None
        is_same = first is not None and (
            (first.object, first.operation, first.new, first.user_id)
            == (change.object, change.operation, change.new, change.user_id)
            and change.operation != "CREATE"
        )
        if is_same:
            found[-1].append(change)
        else:
            found.append([change])
    return found
