"""Carries webhook posts over the network, in a thread of its own."""

import http.client
import ssl
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from local.simulators.quickbooks.webhooks import Delivery, Mailbox

# How often a waiting retry is looked at: the stand-in's clock may be moved at any time.
_LOOK_EVERY_S = 0.05


class Courier:
    """Sends what is due in the mailbox of the moment; the lock is the one that guards it."""

    def __init__(self, mailbox: Callable[[], Mailbox], lock: threading.RLock) -> None:
        self._mailbox = mailbox
        self._lock = lock
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._work, name="courier", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; an attempt under way is finished first."""
        self._is_stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=self._mailbox().settings.timeout_s + 5)

    def nudge(self) -> None:
        """Say that there may be something to deliver."""
        self._wake.set()

    def _work(self) -> None:
        while not self._is_stopping:
            self._wake.wait(_LOOK_EVERY_S if self._mailbox().pending else None)
            if self._wake.is_set():
                self._wake.clear()
                time.sleep(self._mailbox().settings.gather_s)
            while not self._is_stopping and (found := self._take()):
                self._attempt(*found)

    def _take(self) -> tuple[Mailbox, Delivery] | None:
        with self._lock:
            mailbox = self._mailbox()
            delivery = mailbox.take_due()
        return (mailbox, delivery) if delivery else None

    def _attempt(self, mailbox: Mailbox, delivery: Delivery) -> None:
        settings = mailbox.settings
        began = time.monotonic()
        status, error = None, ""
        try:
            status = _post(settings.url, delivery, settings.timeout_s)
        except (OSError, http.client.HTTPException, ValueError) as problem:
            error = type(problem).__name__
        with self._lock:
            mailbox.record(delivery, status, error, time.monotonic() - began)


def _post(url: str, delivery: Delivery, timeout_s: float) -> int:
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.netloc, timeout=timeout_s, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout_s)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, delivery.body, delivery.headers)
        return connection.getresponse().status
    finally:
        connection.close()
