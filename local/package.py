"""What the bridge's own package does inside a Salesforce org, over a stand-in's record changes.

The triggers decide which changes publish an event (`published.py`), a queueable signs a batch of
them and posts it, and an outbox keeps what could not be delivered. This is the org's side of the
wire: it knows the envelope and the key, and nothing of who receives them.
"""

import hashlib
import hmac
import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import requests

from local.published import Event, coalesced, events_of

MOST_EVENTS = 200
_POLL_S = 0.05
_TIMEOUT_S = 30
_FIRST_RETRY_S = 1.0
_LONGEST_RETRY_S = 300.0
# A 4xx means that the same body will be refused again, but for these.
_WORTH_RETRYING = frozenset({408, 429})


# The signed batch


def body_of(org_id: str, events: list[Event]) -> bytes:
    """Return the body of one post."""
    sent_at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    envelope = {"v": 1, "orgId": org_id, "sentAt": sent_at, "events": events}
    return json.dumps(envelope, separators=(",", ":")).encode()


def signature_headers(key: str, body: bytes, now_s: float) -> dict[str, str]:
    """Return the headers that prove who sent a body, and when."""
    timestamp = str(int(now_s))
    signed = hmac.new(key.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return {"X-Timestamp": timestamp, "X-Signature": f"v1={signed.hexdigest()}"}


# The outbox


@dataclass(slots=True)
class Delivery:
    """One post, and what became of it: `delivered`, `refused`, or still `waiting`."""

    events: list[Event]
    body: bytes
    state: str = "waiting"
    status: int | None = None
    attempts: int = 0
    due_s: float = 0.0


class Package:
    """Publishes the changes of one org to a webhook, from a thread of its own.

    `retry_scale` shortens or lengthens every wait between two attempts; `host_header` is for a
    gateway that finds its API by the Host header.
    """

    def __init__(
        self,
        salesforce_url: str,
        webhook_url: str,
        key: str,
        host_header: str | None = None,
        *,
        org_id: str,
        retry_scale: float = 1.0,
    ) -> None:
        self.deliveries: list[Delivery] = []
        self._changes_url = f"{salesforce_url.rstrip('/')}/_admin/changes"
        self._webhook_url = webhook_url
        self._key = key
        self._headers = {"Content-Type": "application/json"}
        if host_header:
            self._headers["Host"] = host_header
        self._org_id = org_id
        self._retry_scale = retry_scale
        self._last_seq = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="package", daemon=True)

    def start(self) -> Self:
        """Publish whatever changes from now on."""
        changes = self._fetch()
        self._last_seq = changes[-1]["seq"] if changes else 0
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread; what waits in the outbox stays there."""
        self._stopping.set()
        self._thread.join(timeout=_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def refused(self) -> list[Delivery]:
        """Return the deliveries that the receiver will never take."""
        return [each for each in self.deliveries if each.state == "refused"]

    def is_idle(self) -> bool:
        """Tell whether every change so far is published and nothing waits in the outbox."""
        self._collect()
        return not self._waiting()

    def resend(self, delivery: Delivery) -> Delivery:
        """Post a batch once more as it was, with a new signature."""
        again = Delivery(delivery.events, delivery.body)
        self.deliveries.append(again)
        return again

    def _run(self) -> None:
        while not self._stopping.wait(_POLL_S):
            try:
                self._collect()
            except requests.RequestException:
                # The org is away for a moment; its changes are still there afterwards.
                continue
            for delivery in self._waiting():
                if delivery.due_s <= time.monotonic() and not self._stopping.is_set():
                    self._attempt(delivery)

    def _waiting(self) -> list[Delivery]:
        return [each for each in self.deliveries if each.state == "waiting"]

    def _collect(self) -> None:
        """Put the events of all new changes into the outbox."""
        with self._lock:
            changes = self._fetch()
            events = coalesced(event for change in changes for event in events_of(change))
            for start in range(0, len(events), MOST_EVENTS):
                batch = events[start : start + MOST_EVENTS]
                self.deliveries.append(Delivery(batch, body_of(self._org_id, batch)))
            if changes:
                self._last_seq = changes[-1]["seq"]

    def _fetch(self) -> list[dict[str, Any]]:
        answer = requests.get(
            self._changes_url, params={"after": self._last_seq}, timeout=_TIMEOUT_S
        )
        answer.raise_for_status()
        changes: list[dict[str, Any]] = answer.json()
        return changes

    def _attempt(self, delivery: Delivery) -> None:
        delivery.attempts += 1
        delivery.status = self._post(delivery.body)
        wait_s = min(_FIRST_RETRY_S * 2 ** (delivery.attempts - 1), _LONGEST_RETRY_S)
        delivery.due_s = time.monotonic() + wait_s * self._retry_scale
        delivery.state = _state_after(delivery.status)

    def _post(self, body: bytes) -> int | None:
        """Return the status of the answer, None where there was none."""
        headers = {**self._headers, **signature_headers(self._key, body, time.time())}
        try:
            answer = requests.post(
                self._webhook_url,
                data=body,
                headers=headers,
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
        return answer.status_code


def _state_after(status: int | None) -> str:
    if status is not None and 200 <= status < 300:
        return "delivered"
    if status is not None and 400 <= status < 500 and status not in _WORTH_RETRYING:
        return "refused"
    return "waiting"
