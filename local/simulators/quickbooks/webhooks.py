"""Webhook deliveries: which posts are due, what became of each attempt, when the next one is.

Knows no network: `courier.py` carries the posts. Time limit, retries and order: Intuit,
develop/webhooks/best-practices.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from local.simulators.clock import Clock
from local.simulators.quickbooks import events
from local.simulators.quickbooks.events import Event
from local.simulators.quickbooks.records import Change
from local.simulators.quickbooks.schema import Row
from local.simulators.quickbooks.switches import Switches

_RETRIES_S = (10, 20, 30, 300, 1200, 7200, 14400, 21600)
_LATER_RETRIES_S = 21600
_KEPT_DELIVERIES = 2000


@dataclass(slots=True)
class Settings:
    """Where posts go and how badly they travel; set through the admin face.

    `types` is what is subscribed to, everything if it is empty. `retry_scale` shortens the retry
    schedule, `repeats_at_once` puts an immediate repeat in front of it. `most_events` and
    `mixes_realms` bound one post, `gather_s` is how long events are gathered, and `coalesces`
    makes one event of several of the same kind about one record. `in_order` holds later posts
    behind a failing one.
    """

    url: str = ""
    verifier_token: str = "verifier-0"
    types: list[str] = field(default_factory=list)
    retry_scale: float = 1.0
    repeats_at_once: bool = False
    hold: bool = False
    drop: bool = False
    duplicates: int = 0
    reorder: bool = False
    bad_signature: bool = False
    in_order: bool = True
    mixes_realms: bool = True
    coalesces: bool = False
    most_events: int = 100
    gather_s: float = 0.02
    timeout_s: float = 3.0
    content_type: str = "application/json; charset=utf-8"


@dataclass(slots=True)
class Delivery:
    """One post: its exact bytes and headers, and its attempts so far."""

    id: str
    body: bytes
    headers: dict[str, str]
    due: datetime
    attempts: list[dict[str, Any]] = field(default_factory=list)
    is_delivered: bool = False

    def listing(self) -> dict[str, Any]:
        """Show the delivery."""
        return {
            "id": self.id,
            "body": self.body.decode(),
            "signature": self.headers["intuit-signature"],
            "headers": self.headers,
            "delivered": self.is_delivered,
            "attempts": self.attempts,
        }


class Mailbox:
    """Turns changes into posts and keeps them until they are delivered."""

    def __init__(
        self,
        client_id: str,
        clock: Clock,
        switches: Switches,
        find: Callable[[Change], Row | None] = lambda change: None,
    ) -> None:
        self.settings = Settings()
        self._find = find
        self._source = events.source_of(client_id)
        self._clock = clock
        self._switches = switches
        self._gathered: list[Event] = []
        self._waiting: list[Delivery] = []
        self._log: deque[Delivery] = deque(maxlen=_KEPT_DELIVERIES)
        self._number = 0
        self._under_way = 0

    def post(self, change: Change) -> None:
        """Take a change in, if anybody listens and its entity sends such events."""
        if not self.settings.url or self.settings.drop:
            return
        if not events.is_offered(change):
            return
        has_long_id = self._switches.event_id == "long"
        event = events.new_event(change, self._number + 1, has_long_id=has_long_id)
        if self.settings.types and event.type not in self.settings.types:
            return
        self._number += 1
        self._gathered.append(event)

    def take_due(self) -> Delivery | None:
        """Return the next post to be sent now; every call of it wants a `record`."""
        if self.settings.hold or not self.settings.url:
            return None
        self._pack()
        now = self._clock.now()
        for delivery in self._waiting:
            if delivery.due <= now:
                self._waiting.remove(delivery)
                self._under_way += 1
                return delivery
            if self.settings.in_order:
                return None
        return None

    def record(self, delivery: Delivery, status: int | None, error: str, took_s: float) -> None:
        """Note an attempt; anything but 200 is tried again on the schedule."""
        now = self._clock.now()
        self._under_way -= 1
        delivery.attempts.append(
            {
                "at": now.isoformat(),
                "status": status,
                "error": error,
                "took_ms": round(took_s * 1000),
            }
        )
        if status == 200:
            delivery.is_delivered = True
            return
        tries = len(delivery.attempts)
        schedule = (0,) * self.settings.repeats_at_once + _RETRIES_S
        wait_s = schedule[tries - 1] if tries <= len(schedule) else _LATER_RETRIES_S
        delivery.due = now + timedelta(seconds=wait_s * self.settings.retry_scale)
        # A failing post stays in front, so that `in_order` holds the others behind it.
        self._waiting.insert(0, delivery)

    def redeliver(self, times: int, delivery_id: str | None = None) -> int:
        """Send the exact bytes of the last delivery, or of one by its id, again."""
        self._pack()
        chosen = next(
            (each for each in reversed(self._log) if delivery_id in (None, each.id)), None
        )
        if chosen is None:
            raise LookupError("nothing has been delivered yet")
        copies = [self._copy(chosen) for _ in range(times)]
        self._waiting.extend(copies)
        return len(copies)

    def configure(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Change settings by name and return them all.

        Raises:
            ValueError: a setting that does not exist.
        """
        if unknown := sorted(set(wanted) - set(asdict(self.settings))):
            raise ValueError(f"no setting {', '.join(unknown)}")
        for name, value in wanted.items():
            setattr(self.settings, name, type(getattr(self.settings, name))(value))
        return self.listing()

    def listing(self) -> dict[str, Any]:
        """Show the settings, without the verifier token, and how much is waiting."""
        shown = asdict(self.settings)
        shown["verifier_token"] = bool(shown["verifier_token"])
        return shown | {"pending": self.pending}

    def deliveries(self) -> dict[str, Any]:
        """Show the log of deliveries, oldest first."""
        return {"pending": self.pending, "deliveries": [each.listing() for each in self._log]}

    @property
    def pending(self) -> int:
        """Return how many events and posts are not delivered yet."""
        return len(self._gathered) + len(self._waiting) + self._under_way

    def _pack(self) -> None:
        """Put the gathered events into posts."""
        gathered, self._gathered = self._gathered, []
        if self.settings.coalesces:
            gathered = _coalesced(gathered)
        if self.settings.reorder:
            gathered.reverse()
        while gathered:
            part = self._next_part(gathered)
            del gathered[: len(part)]
            delivery = self._delivery(self._body(part))
            copies = [self._copy(delivery) for _ in range(self.settings.duplicates)]
            self._log.append(delivery)
            self._waiting += [delivery, *copies]

    def _next_part(self, gathered: list[Event]) -> list[Event]:
        part = gathered[: max(1, self.settings.most_events)]
        if self.settings.mixes_realms:
            return part
        realm = part[0].change.realm
        size = next((n for n, each in enumerate(part) if each.change.realm != realm), len(part))
        return part[:size]

    def _body(self, part: list[Event]) -> bytes:
        if self._switches.event_payload == "legacy":
            return events.legacy(part)
        kind = self._switches.event_data
        if kind == "record":
            part = [replace(each, record=self._find(each.change)) for each in part]
        return events.cloud_events(part, self._source, self._switches.event_time_digits, kind)

    def _delivery(self, body: bytes) -> Delivery:
        now = self._clock.now()
        token = self.settings.verifier_token
        signed = events.signature(body, token + "-wrong" * self.settings.bad_signature)
        headers = {
            "intuit-signature": signed,
            "intuit-t-id": str(uuid4()),
            "intuit-created-time": now.isoformat(timespec="milliseconds"),
            "intuit-notification-schema-version": "1.0",
            "content-type": self.settings.content_type,
            "user-agent": "intuit_notification_server/0.1",
        }
        return Delivery(str(uuid4()), body, headers, now)

    def deliver_due(self, send: Callable[[Delivery], int | None]) -> int:
        """Hand every post that is due to a function in this process, and return how many.

        The function returns the status of the answer, None for no answer. For a simulation that
        has no sockets and whose clock it moves itself.
        """
        count = 0
        while delivery := self.take_due():
            status = send(delivery)
            self.record(delivery, status, "" if status else "no answer", 0.0)
            count += 1
        return count

    @property
    def next_due(self) -> datetime | None:
        """Return when the next waiting post is to be sent; None if nothing waits."""
        if self._gathered:
            return self._clock.now()
        waiting = self._waiting[:1] if self.settings.in_order else self._waiting
        return min((each.due for each in waiting), default=None)

    def _copy(self, delivery: Delivery) -> Delivery:
        copy = Delivery(str(uuid4()), delivery.body, dict(delivery.headers), self._clock.now())
        self._log.append(copy)
        return copy


def _coalesced(gathered: list[Event]) -> list[Event]:
    """Keep the last event of each kind about each record."""
    last: dict[tuple[str, str, str], Event] = {}
    for event in gathered:
        key = (event.change.realm, event.type, event.change.id)
        last.pop(key, None)
        last[key] = event
    return list(last.values())
