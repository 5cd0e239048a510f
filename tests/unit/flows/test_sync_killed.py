"""A record that kills its worker does not take its batch along."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bridge.flows.ports import CrossReferences
from bridge.model import ChangeKind, CrossReference, LinkFate, Message, Pointer
from tests.fakes import FakeClock, MemoryCrossReferences
from tests.rig import Rig

MAX_RECEIVES = 5
VISIBILITY_S = 360


class KilledError(BaseException):
    """What a worker cannot catch."""


@dataclass
class DeadlyRows(MemoryCrossReferences):
    """Rows of which one kills the worker that commits it."""

    victim: str = ""

    def commit(self, row: CrossReference | Pointer, now: datetime) -> bool:
        """Kill the worker at one record."""
        if isinstance(row, CrossReference) and row.key.salesforce_id == self.victim:
            raise KilledError
        return super().commit(row, now)


def fits_the_port(rows: DeadlyRows) -> CrossReferences:
    """Let the type checker say that the deadly rows are still rows."""
    return rows


@dataclass
class Lane:
    """A lane as SQS keeps it: what is not acknowledged comes again, five times at most."""

    messages: list[Message]
    dead: list[str] = field(default_factory=list)

    def deliver(self, rig: Rig, clock: FakeClock) -> None:
        """Hand over all messages in one batch, as often as SQS does."""
        while self.messages:
            try:
                done = set(rig.deliver(self.messages))
            except KilledError:
                done = set()
            done |= set(rig.queue.acknowledged)
            clock.advance(VISIBILITY_S)
            self._come_again([each for each in self.messages if each.id not in done])

    def _come_again(self, left: Sequence[Message]) -> None:
        again = [replace(each, receive_count=each.receive_count + 1) for each in left]
        self.dead += [each.id for each in again if each.receive_count > MAX_RECEIVES]
        self.messages = [each for each in again if each.receive_count <= MAX_RECEIVES]


def test_a_record_that_kills_its_worker_ends_up_alone_and_all_others_are_done() -> None:
    rows = DeadlyRows()
    rig = Rig(rows=rows)
    accounts = [rig.new_account(f"Acme {number}") for number in range(12)]
    rows.victim = accounts[0]
    messages = rig.messages(*(rig.account_changed(each) for each in accounts))
    lane = Lane(list(messages))

    lane.deliver(rig, rig.clock)

    assert lane.dead == [messages[0].id]
    names = {row["DisplayName"] for row in rig.customers()}
    assert names == {f"Acme {number}" for number in range(1, 12)}


def test_what_is_done_alone_is_acknowledged_before_the_next_is_begun() -> None:
    rows = DeadlyRows()
    rig = Rig(rows=rows)
    harmless, deadly = rig.new_account("Harmless"), rig.new_account("Deadly")
    rows.victim = deadly
    events = [rig.account_changed(harmless), rig.account_changed(deadly)]
    messages = rig.messages(*events, receive_count=2)

    with contextlib.suppress(KilledError):
        rig.deliver(messages)

    assert rig.queue.acknowledged == [messages[0].id]


def test_what_has_been_begun_is_never_sent_round_as_new() -> None:
    rig = Rig()
    fresh, begun = rig.new_account("Fresh"), rig.new_account("Begun")
    (first,) = rig.messages(rig.account_changed(fresh))
    (again,) = rig.messages(rig.account_changed(begun), receive_count=2)
    rig.tries.begin(again.id, rig.clock.now())

    acknowledged = rig.deliver([first, again], remaining_s=28.0)

    assert acknowledged == [first.id]
    assert begun not in [sent.change.record_id for sent in rig.queue.sent]


@dataclass
class FatalLink(MemoryCrossReferences):
    """Rows whose next transaction kills the worker once it is done, if they are told so."""

    is_fatal: bool = False

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Store both rows, and kill."""
        fate = super().link(pair, pointer, worker, now)
        if self.is_fatal:
            self.is_fatal = False
            raise KilledError
        return fate


def test_a_merge_whose_worker_was_killed_is_shown_when_its_event_comes_again():
    rows = FatalLink()
    rig = Rig(rows=rows)
    (kept, survivor), (left, loser) = rig.linked("Acme"), rig.linked("Ajax")
    rig.in_quickbooks("merge", id=loser, into=survivor)
    event = rig.customer_changed(survivor, ChangeKind.MERGED, removed_id=loser)
    rows.is_fatal = True

    with contextlib.suppress(KilledError):
        rig.sync_quietly(event)
    rig.settle(event)

    assert (rig.status(left), rig.status(kept)) == ("Conflict", "In sync")


def test_a_merge_in_salesforce_whose_worker_was_killed_is_told_when_its_event_comes_again():
    rows = DeadlyRows()
    rig = Rig(rows=rows)
    (kept, _), (left, _) = rig.linked("Acme"), rig.linked("Ajax")
    rig.in_salesforce("merge", id=left, into=kept)
    event = rig.account_changed(left, ChangeKind.DELETED)
    rig.sync_quietly(event)
    rig.in_salesforce("update", id=kept, fields={"QuickBooks_Sync_Message__c": None})

    rig.settle(event)

    assert "merge" in rig.message(kept).lower()
