"""Takes a webhook in: verify the bytes, parse, queue, and only then answer."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from bridge.errors import (
    ConfigurationError,
    InvalidSignatureError,
    PermanentError,
    UnavailableError,
    UnknownSenderError,
)
from bridge.flows.ports import ChangeQueue, Clock
from bridge.model import ChangeEvent, Lane
from bridge.observability import count, logger

BODY_BYTES = 1_000_000


class Parsed(Protocol):
    """What a body holds: changes, and how many entries are not followed or not readable."""

    @property
    def changes(self) -> tuple[ChangeEvent, ...]:
        """The changes, in the order given."""

    @property
    def senders(self) -> frozenset[str]:
        """The realms or the organisation that the body speaks for."""

    @property
    def unknown(self) -> int:
        """How many entries are of a type that is not followed."""

    @property
    def malformed(self) -> int:
        """How many entries cannot be read."""


Verify = Callable[[bytes, Mapping[str, str], Sequence[str], datetime], None]
Parse = Callable[[bytes, datetime], Parsed]


@dataclass(frozen=True)
class Reception:
    """The answer to a sender, and what there was to count."""

    status: int
    body: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ReceiveChanges:
    """Puts the changes of one webhook on the live lane.

    `known` are the realms or the org that are connected. A sender may speak for several: changes of
    others are counted and acknowledged, or, with `refuse_unknown`, the whole body is refused.
    """

    verify: Verify
    parse: Parse
    secrets: Callable[[], Sequence[str]]
    known: frozenset[str]
    refuse_unknown: bool
    queue: ChangeQueue
    clock: Clock
    name: str

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> Reception:
        """Answer 200 once the queue has taken everything; 5xx asks the sender to try again."""
        try:
            reception = self._receive(body, headers)
        except InvalidSignatureError as error:
            count("SignaturesRefused")
            logger.warning("signature refused", receiver=self.name, reason=error.reason)
            reception = Reception(HTTPStatus.UNAUTHORIZED, "signature refused")
        except UnknownSenderError as error:
            count("SendersUnknown")
            logger.warning("sender unknown", receiver=self.name, reason=error.reason)
            reception = Reception(HTTPStatus.FORBIDDEN, "this organisation is not connected")
        except UnavailableError as error:
            logger.warning("webhook not queued", receiver=self.name, reason=str(error))
            reception = Reception(HTTPStatus.SERVICE_UNAVAILABLE, "try again later")
        except ConfigurationError as error:
            count("ReceiversMisconfigured")
            logger.error("receiver misconfigured", receiver=self.name, reason=str(error))
            reception = Reception(HTTPStatus.SERVICE_UNAVAILABLE, "not configured")
        keys = {"receiver": self.name, "status": int(reception.status), **reception.counts}
        logger.info("webhook received", extra=keys)
        return reception

    def _receive(self, body: bytes, headers: Mapping[str, str]) -> Reception:
        if len(body) > BODY_BYTES:
            return Reception(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body too large")
        now = self.clock.now()
        self.verify(body, headers, self.secrets(), now)
        try:
            parsed = self.parse(body, now)
        except PermanentError:
            # Signed, so it is the sender's own: an error would only make it come again.
            count("WebhooksMalformed")
            return Reception(HTTPStatus.OK, "not understood", {"malformed": 1})
        return self._enqueue(parsed)

    def _enqueue(self, parsed: Parsed) -> Reception:
        changes = [change for change in parsed.changes if change.scope in self.known]
        if self.refuse_unknown and parsed.senders - self.known:
            raise UnknownSenderError("organisation_not_connected")
        strangers = Counter(c.scope for c in parsed.changes if c.scope not in self.known)
        if changes:
            self.queue.send(changes, Lane.LIVE)
        count("ChangesReceived", len(changes))
        count("SendersUnknown", len(strangers))
        count("ChangesNotFollowed", parsed.unknown)
        count("ChangesMalformed", parsed.malformed)
        counts = {
            "changes": len(changes),
            "not_followed": parsed.unknown,
            "malformed": parsed.malformed,
            "not_connected": strangers.total(),
        }
        return Reception(HTTPStatus.OK, "received", counts)
