"""A webhook on its way in: what is answered, queued, counted and logged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import pytest

from bridge.errors import ConfigurationError, InvalidSignatureError, PermanentError
from bridge.flows.receive_changes import BODY_BYTES, ReceiveChanges, Reception
from bridge.model import ChangeEvent, ChangeKind, Lane, System
from tests.fakes import FakeClock, MemoryQueue, Sent
from tests.observed import Observed, observed

CLOCK = FakeClock()
BODY = b'{"name": "Amy"}'


def change(scope: str = "1", record_id: str = "58") -> ChangeEvent:
    now = CLOCK.now()
    return ChangeEvent(
        System.QUICKBOOKS, scope, "Customer", record_id, ChangeKind.UPDATED, now, now
    )


@dataclass(frozen=True)
class Parsed:
    """What the parser of a system returns."""

    changes: tuple[ChangeEvent, ...] = ()
    unknown: int = 0
    malformed: int = 0
    senders: frozenset[str] = frozenset()


@dataclass
class Sender:
    """A system's face to the flow: its signature is the header `signed`, its parser is told."""

    parsed: Parsed = field(default_factory=lambda: Parsed((change(),)))
    is_garbage: bool = False
    verified: list[bytes] = field(default_factory=list)

    def verify(
        self, body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime
    ) -> None:
        self.verified.append(body)
        if headers.get("signed") not in secrets:
            raise InvalidSignatureError("signature_refused")

    def parse(self, body: bytes, now: datetime) -> Parsed:
        assert self.verified == [body]
        if self.is_garbage:
            raise PermanentError("webhook_body_malformed")
        return self.parsed


@pytest.fixture
def seen() -> Iterator[Observed]:
    with observed() as seen:
        yield seen


@pytest.fixture
def queue() -> MemoryQueue:
    return MemoryQueue()


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def receive(queue: MemoryQueue, sender: Sender) -> ReceiveChanges:
    return ReceiveChanges(
        verify=sender.verify,
        parse=sender.parse,
        secrets=lambda: ("new", "old"),
        known=frozenset({"1", "2"}),
        refuse_unknown=False,
        queue=queue,
        clock=CLOCK,
        name="receive_quickbooks",
    )


def signed(receive: ReceiveChanges) -> Reception:
    return receive(BODY, {"signed": "old"})


def test_signed_changes_are_on_the_live_lane_before_the_sender_is_answered(
    receive: ReceiveChanges, queue: MemoryQueue, seen: Observed
) -> None:
    reception = signed(receive)

    assert reception.status == 200
    assert queue.sent == [Sent(change(), Lane.LIVE, 0)]
    assert seen.counted("ChangesReceived") == 1


def test_wrong_signature_is_refused_with_one_warning_and_nothing_parsed_or_queued(
    receive: ReceiveChanges, queue: MemoryQueue, seen: Observed
) -> None:
    reception = receive(BODY, {"signed": "guess"})

    assert reception.status == 401
    assert queue.sent == []
    assert seen.messages("WARNING") == ["signature refused"]
    assert seen.counted("SignaturesRefused") == 1
    assert "Amy" not in seen


def test_body_over_a_megabyte_is_refused_before_it_is_looked_at(
    receive: ReceiveChanges, sender: Sender
) -> None:
    reception = receive(b"x" * (BODY_BYTES + 1), {"signed": "old"})

    assert reception.status == 413
    assert sender.verified == []


def test_several_realms_and_many_events_of_one_post_are_all_queued(
    receive: ReceiveChanges, queue: MemoryQueue, sender: Sender
) -> None:
    changes = tuple(change(scope, str(number)) for number in range(20) for scope in ("1", "2"))
    sender.parsed = Parsed(changes)

    signed(receive)

    assert tuple(each.change for each in queue.sent) == changes


def test_events_of_a_realm_that_is_not_connected_are_acknowledged_and_never_queued(
    receive: ReceiveChanges, queue: MemoryQueue, sender: Sender, seen: Observed
) -> None:
    sender.parsed = Parsed((change("9"), change("1"), change("9", "59")))

    reception = signed(receive)

    assert reception.status == 200
    assert [each.change.scope for each in queue.sent] == ["1"]
    assert seen.counted("SendersUnknown") == 1


def test_body_of_another_org_is_refused_whole_and_counted(
    receive: ReceiveChanges, queue: MemoryQueue, sender: Sender, seen: Observed
) -> None:
    receive = replace(receive, refuse_unknown=True)
    sender.parsed = Parsed((change("1"), change("9")), senders=frozenset({"1", "9"}))

    reception = signed(receive)

    assert reception.status == 403
    assert queue.sent == []
    assert seen.counted("SendersUnknown") == 1


def test_body_of_another_org_is_refused_also_where_nothing_of_it_is_followed(
    receive: ReceiveChanges, queue: MemoryQueue, sender: Sender, seen: Observed
) -> None:
    receive = replace(receive, refuse_unknown=True)
    sender.parsed = Parsed(unknown=2, senders=frozenset({"9"}))

    reception = signed(receive)

    assert reception.status == 403
    assert seen.counted("SendersUnknown") == 1


def test_types_that_are_not_followed_are_counted_and_acknowledged(
    receive: ReceiveChanges, queue: MemoryQueue, sender: Sender, seen: Observed
) -> None:
    sender.parsed = Parsed(unknown=3, malformed=2)

    reception = signed(receive)

    assert reception.status == 200
    assert queue.sent == []
    assert (seen.counted("ChangesNotFollowed"), seen.counted("ChangesMalformed")) == (3, 2)


def test_signed_garbage_is_acknowledged_so_that_it_does_not_come_again(
    receive: ReceiveChanges, sender: Sender, seen: Observed
) -> None:
    sender.is_garbage = True

    assert signed(receive).status == 200
    assert seen.counted("WebhooksMalformed") == 1


def test_queue_that_refuses_makes_the_sender_try_again(
    receive: ReceiveChanges, queue: MemoryQueue, seen: Observed
) -> None:
    queue.is_down = True

    assert signed(receive).status == 503
    assert seen.counted("ChangesReceived") == 0


def test_keys_never_stored_make_the_sender_try_again_and_tell_the_engineer_what_to_do(
    receive: ReceiveChanges, seen: Observed
) -> None:
    def no_keys() -> Sequence[str]:
        raise ConfigurationError("secret webhook holds no keys: store them there")

    reception = signed(replace(receive, secrets=no_keys))

    assert reception.status == 503
    assert seen.messages("ERROR") == ["receiver misconfigured"]
    assert "store them there" in seen
    assert "store them there" not in reception.body


def test_one_line_of_counts_is_logged_for_each_request(
    receive: ReceiveChanges, sender: Sender, seen: Observed
) -> None:
    sender.parsed = Parsed((change("1"), change("9")), unknown=1)

    signed(receive)

    [line] = [line for line in seen.lines if line["level"] == "INFO"]
    keys = ("receiver", "status", "changes", "not_followed", "malformed", "not_connected")
    assert [line[key] for key in keys] == ["receive_quickbooks", 200, 1, 1, 0, 1]
