"""Who sends webhooks: Intuit's post office, and our package in the org with its outbox."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from bridge.model import ChangeEvent, Lane
from local.package import body_of, signature_headers
from local.published import Event, coalesced, events_of
from local.simulators.quickbooks.webhooks import Delivery
from local.simulators.salesforce.changes import Change as OrgChange
from tests.simulation.cloud import Cloud
from tests.simulation.kinds import KINDS, PARTS
from tests.simulation.ledger import Ledger
from tests.simulation.systems import WEBHOOK_KEY, WatchedBooks

DAY_S = 86_400.0
FOLLOWED = {kind.quickbooks.lower() for kind in KINDS} | {kind.salesforce for kind in KINDS}
RETRIES_S = (1.0, 2.0, 4.0, 8.0, 60.0, 300.0)


@dataclass
class CountingQueue:
    """The live lane as one receiver sees it; counts what was taken."""

    queue: Any
    taken: int = 0

    def send(self, changes: Sequence[ChangeEvent], lane: Lane, delay_s: int = 0) -> None:
        """Put changes on the lane."""
        self.queue.send(changes, lane, delay_s)
        self.taken += len(changes)


@dataclass
class Senders:
    """Carries what changed to the receivers, through whatever befalls a webhook on its way."""

    cloud: Cloud
    quickbooks: WatchedBooks
    ledger: Ledger
    chance: Random
    saw: Counter[str]
    outbox: list[dict[str, Any]] = field(default_factory=list)
    under_way: int = 0

    # Intuit

    def books_changed(self) -> None:
        """Gather for a moment what is to be sent."""
        self._later(self.chance.uniform(0.5, 6.0), self.deliver)

    def deliver(self) -> None:
        """Send every post that is due."""
        mailbox, chaos = self.quickbooks.mailbox, self.cloud.steps.chaos
        mailbox.settings.reorder = chaos.strikes("webhooks reordered")
        while delivery := mailbox.take_due():
            if chaos.strikes("webhook lost"):
                self.saw["merge lost"] += b"merge" in delivery.body.lower()
                mailbox.record(delivery, 200, "", 0.0)
            elif chaos.strikes("webhook delayed by days"):
                delay_s = self.chance.uniform(0.2, 2.0) * DAY_S
                self._later(delay_s, partial(self._receive_books, delivery))
            else:
                self._receive_books(delivery)
                if chaos.strikes("webhook repeated"):
                    self._later(self.chance.uniform(0.0, 300.0), partial(self._again, delivery))

    def _again(self, delivery: Delivery) -> None:
        self._receive("quickbooks", delivery.body, delivery.headers, lambda _: None)

    def _receive_books(self, delivery: Delivery) -> None:
        def heard(status: int | None) -> None:
            self.quickbooks.mailbox.record(delivery, status, "", 0.0)
            wait_s = 0.0
            if status != 200:
                # When this one is due again, whatever else is waiting by then.
                wait_s = max((delivery.due - self.quickbooks.clock.now()).total_seconds(), 0.1)
            self._later(wait_s, self.deliver)

        self._receive("quickbooks", delivery.body, delivery.headers, heard)

    # The org

    def org_changed(self, change: OrgChange) -> None:
        """Put a change into the outbox of the package."""
        if not self.outbox:
            self._later(self.chance.uniform(0.3, 3.0), self._publish)
        self.outbox.append(change.listing())

    def _publish(self) -> None:
        listed, self.outbox = self.outbox, []
        events = coalesced(event for change in listed for event in events_of(change))
        chaos = self.cloud.steps.chaos
        if not events or chaos.strikes("webhook lost"):
            return
        if chaos.strikes("webhooks reordered"):
            self.chance.shuffle(events)
        delay_s = 0.0
        if chaos.strikes("webhook delayed by days"):
            delay_s = self.chance.uniform(0.2, 2.0) * DAY_S
        self._later(delay_s, partial(self._post, events, 0))
        if chaos.strikes("webhook repeated"):
            self._later(self.chance.uniform(0.0, 300.0), partial(self._post, events, 9))

    def _post(self, events: list[Event], tries: int) -> None:
        body = body_of(self.cloud.organisation, events)
        now_s = self.cloud.clock.now().timestamp()
        headers = signature_headers(WEBHOOK_KEY, body, now_s)

        def heard(status: int | None) -> None:
            if status != 200 and tries < len(RETRIES_S):
                self._later(RETRIES_S[tries], partial(self._post, events, tries + 1))
            elif status != 200 and tries < 9:
                self._later(900.0, partial(self._post, events, tries))

        self._receive("salesforce", body, headers, heard)

    # The doors

    def _receive(
        self, system: str, body: bytes, headers: Any, heard: Callable[[int | None], object]
    ) -> None:
        queue = CountingQueue(self.cloud.stored(self.cloud.lanes))
        receive = self.cloud.receiver(system, queue)
        status: list[int] = []

        self.under_way += 1

        def run() -> None:
            if self.cloud.steps.chaos.strikes("receiver killed"):
                self.cloud.steps.kernel.die()
            status.append(receive(body, headers).status)

        def ended(is_alive: bool) -> None:
            self.under_way -= 1
            told = status[0] if is_alive and status else None
            if told is not None and 200 <= told < 300 and queue.taken < _followed(system, body):
                self.ledger.violates("acknowledged = durable", f"{system}: 2xx before the queue")
            heard(told)

        self.cloud.steps.kernel.spawn(f"receive_{system}", run, ended)

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        def begin() -> None:
            self.under_way -= 1
            act()

        self.under_way += 1
        self.cloud.steps.kernel.later(seconds, begin)


def _followed(system: str, body: bytes) -> int:
    """Return how many of the changes in a body the bridge has to take."""
    document = json.loads(body)
    if system == "salesforce":
        return sum(event["object"] in FOLLOWED | set(PARTS) for event in document["events"])
    if isinstance(document, list):
        return sum(event["type"].split(".")[1] in FOLLOWED for event in document)
    notifications = document["eventNotifications"]
    entities = [e for n in notifications for e in n["dataChangeEvent"]["entities"]]
    return sum(entity["name"].lower() in FOLLOWED for entity in entities)
