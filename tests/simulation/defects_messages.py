"""Defects around messages, doors and tokens."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any

from bridge import lambda_events
from bridge.flows import report, trouble
from bridge.flows.cases import Case, Run
from bridge.flows.connection import RefreshTokens
from bridge.flows.receive_changes import Parsed, ReceiveChanges, Reception
from bridge.flows.sync_records import SyncRecords
from bridge.lambda_events import Batch
from bridge.model import ChangeEvent, Lane, Message, Outcome, OutcomeStatus, System
from tests.fakes import MemoryLeases, MemoryPace
from tests.simulation.planting import Planting, everywhere, swapped, together


def acknowledged_first() -> Planting:
    """Every message is taken off its lane before anything is done about it."""
    work = SyncRecords.__call__

    def call(
        self: SyncRecords, messages: Sequence[Message], remaining_s: Callable[[], float]
    ) -> list[str]:
        for message in messages:
            self.world.queue.acknowledge(message)
        return work(self, messages, remaining_s)

    return swapped(SyncRecords, "__call__", call)


def never_put_back() -> Planting:
    """What must wait is acknowledged, and not sent round."""
    return swapped(SyncRecords, "_put_back", lambda *_: [])


def claimed_is_done() -> Planting:
    """A message that meets a claim is acknowledged: whoever holds the claim will see to it."""

    def wait_for_claim(run: Run, cases: Collection[Case]) -> None:
        now = run.world.clock.now()
        for case in cases:
            row = case.row if case.row is not None else case.pointer
            if case.is_open and row is not None and not row.is_free(now):
                case.end(OutcomeStatus.SKIPPED, "claimed")

    return everywhere(trouble.wait_for_claim, wait_for_claim)


def errors_swallowed() -> Planting:
    """A batch that fails is acknowledged like one that is done."""
    work = SyncRecords._walk_safely

    def walk(
        self: SyncRecords, messages: Sequence[Message], remaining_s: Callable[[], float]
    ) -> list[str]:
        work(self, messages, remaining_s)
        return [message.id for message in messages]

    return swapped(SyncRecords, "_walk_safely", walk)


def wrong_message() -> Planting:
    """Of a batch with failures the neighbours of those that failed come again."""

    def respond(batch: Batch, acknowledged: Collection[str]) -> dict[str, Any]:
        ids = [message.id for message in batch.messages]
        failed = [ids[place - 1] for place, each in enumerate(ids) if each not in acknowledged]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    return swapped(lambda_events, "batch_response", respond)


def forgetful_fold() -> Planting:
    """Of several events of one pair only the last one counts."""
    fold = Case.fold

    def fold_last(self: Case, message: str, change: ChangeEvent) -> None:
        fold(self, message, change)
        if change.system is System.SALESFORCE:
            self.quickbooks_time = None

    return swapped(Case, "fold", fold_last)


def answered_before_queued() -> Planting:
    """A receiver says 200, and puts the changes on the lane afterwards."""

    def enqueue(self: ReceiveChanges, parsed: Parsed) -> Reception:
        queue: Any = self.queue
        changes = [change for change in parsed.changes if change.scope in self.known]
        kernel = queue.queue.steps.kernel
        kernel.spawn("afterwards", partial(queue.send, changes, Lane.LIVE), lambda _: None)
        return Reception(200, "received")

    return swapped(ReceiveChanges, "_enqueue", enqueue)


def refreshed_by_two() -> Planting:
    """Whoever wants to renew a token does so, whether another is at it or not."""

    def acquire(*_: object) -> bool:
        return True

    return swapped(MemoryLeases, "acquire", acquire)


def used_before_stored() -> Planting:
    """The new access token goes out first, and the refresh token is stored a moment later."""
    store = RefreshTokens._store

    def store_late(self: RefreshTokens, secret_id: str, members: dict[str, Any]) -> None:
        if "refresh_token" in members:
            old = self.grants.read(secret_id)
            self.grants.write(secret_id, {**members, "refresh_token": old["refresh_token"]})
            self.clock.wait(5.0)
        store(self, secret_id, members)

    return swapped(RefreshTokens, "_store", store_late)


def unpaced() -> Planting:
    """Nobody waits for a slot in the budget of a realm."""
    return swapped(MemoryPace, "take", lambda *_, **__: None)


def names_logged() -> Planting:
    """The log line of a pair names the customer."""
    keys = report._log_keys
    names: dict[str | None, object] = {}
    tell = report.outcome_of

    def outcome_of(run: Run, case: Case) -> Outcome:
        if case.salesforce is not None:
            names[case.salesforce.id] = case.salesforce.fields.get("Name")
        return tell(run, case)

    def log_keys(outcome: Outcome) -> dict[str, object]:
        return {**keys(outcome), "customer": names.get(outcome.salesforce_id)}

    return together(
        swapped(report, "outcome_of", outcome_of), swapped(report, "_log_keys", log_keys)
    )
