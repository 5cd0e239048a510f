"""The bridge as AWS runs it: stores, lanes, receivers, workers and the renewal of tokens."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from random import Random
from types import SimpleNamespace
from typing import Any

from bridge import lambda_events
from bridge.core.fingerprint import Fingerprinter
from bridge.core.mapping import EntityMapping
from bridge.errors import BridgeError, UnavailableError
from bridge.flows.cases import Mode, World
from bridge.flows.connection import RefreshTokens
from bridge.flows.receive_changes import ReceiveChanges
from bridge.flows.sync_records import SyncRecords
from bridge.model import CrossReference, Lane, PairState, Value
from bridge.quickbooks import oauth as quickbooks_oauth
from bridge.quickbooks import webhook as quickbooks_webhook
from bridge.quickbooks.client import QuickBooksClient
from bridge.salesforce import oauth as salesforce_oauth
from bridge.salesforce import webhook as salesforce_webhook
from bridge.salesforce.client import SalesforceClient
from bridge.store.tokens import SecretAccessTokens, SecretGrants
from bridge.transport import TimeoutSession
from tests.fakes import (
    MemoryConnections,
    MemoryCrossReferences,
    MemoryDeletions,
    MemoryLeases,
    MemoryOutcomes,
    MemoryPace,
    MemoryTries,
)
from tests.simulation.io import Stepping, Steps
from tests.simulation.kernel import SkewedClock
from tests.simulation.lanes import Lanes, Parcel, change_in
from tests.simulation.options import Options
from tests.simulation.systems import (
    QUICKBOOKS_URL,
    SALESFORCE_URL,
    TOKEN_URL,
    VERIFIER,
    WEBHOOK_KEY,
)
from tests.simulation.vault import Vault

# When all trouble has ended one worker takes whatever there is: workers get in each other's way
# before that.
MOST_IN_PEACE = 40
SALESFORCE_SECRET = "salesforce"


@dataclass(frozen=True)
class RememberingFingerprinter(Fingerprinter):
    """Makes each fingerprint once: a world asks for the same ones thousands of times."""

    made: dict[tuple[str, str, str, Value], str] = field(default_factory=dict)

    def of(self, entity: str, subject: str, name: str, value: Value) -> str:
        """Return the fingerprint of one value."""
        # True and 1 are one key of a dictionary, but not one value.
        key = (
            entity,
            subject,
            name,
            value if value is not True and value is not False else str(value),
        )
        if key not in self.made:
            self.made[key] = super().of(entity, subject, name, value)
        return self.made[key]


@dataclass
class Cloud:
    """One account: what is stored, and what runs."""

    options: Options
    steps: Steps
    chance: Random
    organisation: str
    mappings: Mapping[str, EntityMapping]
    saw: Counter[str]
    note: Callable[[str], None]
    rows: MemoryCrossReferences = field(default_factory=MemoryCrossReferences)
    outcomes: MemoryOutcomes = field(default_factory=MemoryOutcomes)
    tries: MemoryTries = field(default_factory=MemoryTries)
    deletions: MemoryDeletions = field(default_factory=MemoryDeletions)
    connections: MemoryConnections = field(default_factory=MemoryConnections)
    leases: MemoryLeases = field(default_factory=MemoryLeases)
    collect: Callable[[], object] = lambda: None
    paces: dict[str, dict[str, int]] = field(default_factory=dict)
    running: dict[int, list[Parcel]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kernel = self.steps.kernel
        self.clock = SkewedClock(kernel)
        self.vault = Vault(self.steps.chaos)
        self.lanes = Lanes(kernel.now, kernel.later, self.chance, wake=self.dispatch)
        self.realms = tuple(str(number) for number in range(1, self.options.realms + 1))
        self.visibility_s = self.options.visibility_s
        self.fingerprinter = RememberingFingerprinter("k1", b"a key for tests")
        self.deletions.counted = self._linked
        self._ids = count(1)
        self._warm: dict[int, SyncRecords] = {}

    def _linked(self, realm: str, entity: str) -> int:
        """Return how many pairs of an entity are linked."""
        pairs = (row for row in self.rows.rows.values() if isinstance(row, CrossReference))
        linked = (row.key for row in pairs if row.state is PairState.LINKED)
        return sum((key.realm, key.entity) == (realm, entity) for key in linked)

    # What is built

    def stored(self, port: Any) -> Any:
        """Return a store whose every call is a step."""
        return Stepping(port, self.steps)

    def new_id(self) -> str:
        """Return an id that nobody else has."""
        return f"id{next(self._ids)}"

    def session(self) -> TimeoutSession:
        """Return a session that measures in this world's time."""
        session = TimeoutSession(monotonic=self.clock.monotonic)
        session.trust_env = False
        return session

    def sync_records(self) -> SyncRecords:
        """Build what one Lambda environment holds."""
        quickbooks = {
            realm: QuickBooksClient(
                QUICKBOOKS_URL,
                realm,
                self.tokens(secret_of(realm), {"system": "quickbooks", "realm": realm}),
                MemoryPace(self.paces, realm, self.clock.now, self.clock.wait),
                self.session(),
                self.clock.wait,
            )
            for realm in self.realms
        }
        whose = {"system": "salesforce", "org": self.organisation}
        return SyncRecords(
            World(
                organisation=self.organisation,
                salesforce=SalesforceClient(self.tokens(SALESFORCE_SECRET, whose), self.session()),
                quickbooks=quickbooks,
                cross_references=self.stored(self.rows),
                outcomes=self.stored(self.outcomes),
                queue=self.stored(self.lanes),
                tries=self.stored(self.tries),
                deletions=self.stored(self.deletions),
                connections=self.stored(self.connections),
                mappings=self.mappings,
                fingerprinter=self.fingerprinter,
                clock=self.clock,
                new_id=self.new_id,
                random=self.chance.random,
                mode=Mode.LIVE,
            )
        )

    def tokens(self, secret_id: str, whose: Mapping[str, str]) -> SecretAccessTokens:
        """Return the access tokens of a realm or org, renewed as the function does it."""
        return SecretAccessTokens(
            self.stored(self.vault), secret_id, whose, self._invoke_refresh, self.clock.now
        )

    def _invoke_refresh(self, request: Mapping[str, str]) -> Mapping[str, Any]:
        """Run the function that renews tokens; to its caller its failure is one answer."""
        try:
            return self.refresh_tokens()(request)
        except BridgeError:
            raise UnavailableError("token_refresh_failed", operation="invoke") from None

    def refresh_tokens(self) -> RefreshTokens:
        """Build the renewal of tokens."""
        return RefreshTokens(
            realms={realm: secret_of(realm) for realm in self.realms},
            organisations={self.organisation: SALESFORCE_SECRET},
            grants=SecretGrants(self.stored(self.vault)),
            refresh=partial(quickbooks_oauth.refresh, TOKEN_URL, "cid", "sec"),
            sign_in=self._sign_in,
            connections=self.stored(self.connections),
            leases=self.stored(self.leases),
            clock=self.clock,
            new_id=self.new_id,
        )

    def _sign_in(self) -> salesforce_oauth.SalesforceGrant:
        credentials = {"client_id": "cid", "client_secret": "sec"}
        return salesforce_oauth.grant(
            SALESFORCE_URL, credentials, session=self.session(), clock=self.clock.monotonic
        )

    def receiver(self, system: str, queue: Any) -> ReceiveChanges:
        """Build one of the doors."""
        is_books = system == "quickbooks"
        webhook: Any = quickbooks_webhook if is_books else salesforce_webhook
        return ReceiveChanges(
            verify=webhook.verify,
            parse=webhook.parse,
            secrets=lambda: [VERIFIER if is_books else WEBHOOK_KEY],
            known=frozenset(self.realms if is_books else [self.organisation]),
            refuse_unknown=not is_books,
            queue=queue,
            clock=self.clock,
            name=f"receive_{system}",
        )

    # What runs

    def dispatch(self) -> None:
        """Give visible messages to idle workers."""
        is_calm = self.steps.chaos.is_calm
        most = MOST_IN_PEACE if is_calm else self.options.most_messages
        for worker in range(1 if is_calm else self.options.workers):
            if worker in self.running:
                continue
            parcels = self.lanes.receive(most, self.visibility_s)
            if not parcels:
                return
            self._invoke(worker, parcels)

    def _invoke(self, worker: int, parcels: list[Parcel]) -> None:
        kernel = self.steps.kernel
        if any(parcel in busy for parcel in parcels for busy in self.running.values()):
            self.saw["visibility expired while running"] += 1
        self.running[worker] = parcels
        ends_at = kernel.at + timedelta(seconds=self.options.function_s)
        event = {"Records": [_record(parcel) for parcel in parcels]}
        self._look(parcels)
        self.note(f"worker {worker} takes {'; '.join(told_of(parcel) for parcel in parcels)}")
        context = SimpleNamespace(
            get_remaining_time_in_millis=lambda: (ends_at - kernel.at).total_seconds() * 1000
        )
        answer: dict[str, Any] = {}
        run = partial(self._run, worker, event, context, answer)
        task = kernel.spawn(
            f"worker {worker}", run, lambda is_alive: self._ended(worker, parcels, answer, is_alive)
        )
        for parcel in parcels:
            if self.steps.chaos.strikes("delivered twice"):
                parcel.visible_at = kernel.at
                kernel.later(self.chance.uniform(0.1, 5.0), self.dispatch)
        kernel.later(self.options.function_s, lambda: kernel.kill(task))

    def _run(
        self, worker: int, event: Mapping[str, Any], context: Any, answer: dict[str, Any]
    ) -> None:
        """Do what the handler does."""
        if worker not in self._warm:
            self._warm[worker] = self.sync_records()
        batch = lambda_events.read_batch(event)
        acknowledged = self._warm[worker](batch.messages, lambda_events.deadline(context))
        if self.steps.chaos.strikes("killed in its last millisecond"):
            self.steps.kernel.die()
        answer.update(lambda_events.batch_response(batch, acknowledged))

    def _ended(
        self, worker: int, parcels: Sequence[Parcel], answer: Mapping[str, Any], is_alive: bool
    ) -> None:
        self.running.pop(worker, None)
        self.collect()
        if not is_alive:
            self._warm.pop(worker, None)
            self.note(f"worker {worker} is killed")
        else:
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            done = [parcel for parcel in parcels if parcel.id not in failed]
            self.lanes.delete([parcel.id for parcel in done])
            for parcel in done:
                if self.steps.chaos.strikes("delivered after deletion"):
                    self.lanes.put(parcel.body, parcel.lane, self.chance.uniform(0.0, 60.0))
        self.steps.kernel.later(0.05, self.dispatch)

    def _look(self, parcels: Sequence[Parcel]) -> None:
        realms = {
            change.scope
            for parcel in parcels
            if (change := change_in(parcel.body)).system.value == "quickbooks"
        }
        self.saw["one batch with several realms"] += len(realms) > 1
        self.saw["several messages in a batch"] += len(parcels) > 1


def secret_of(realm: str) -> str:
    """Return the id of the secret with the tokens of a realm."""
    return f"quickbooks-{realm}"


def told_of(parcel: Parcel) -> str:
    """Name the record that a parcel is about, and how often it has come, for people to read."""
    change = change_in(parcel.body)
    scope = f"{change.scope} " if change.system.value == "quickbooks" else ""
    again = f" (time {parcel.receives})" if parcel.receives > 1 else ""
    gone = f" without {change.removed_id}" if change.removed_id else ""
    return f"{change.system} {scope}{change.object} {change.record_id}{gone}{again}"


def _record(parcel: Parcel) -> dict[str, Any]:
    queue = "BridgeBulkLane" if parcel.lane is Lane.BULK else "BridgeLiveLane"
    return {
        "messageId": parcel.id,
        "receiptHandle": parcel.id,
        "body": parcel.body,
        "attributes": {"ApproximateReceiveCount": str(parcel.receives)},
        "eventSourceARN": f"arn:aws:sqs:us-east-1:1:{queue}",
    }


def grant_members(access_token: str, refresh_token: str, expires_at: str) -> str:
    """Return the text of a secret with the tokens of a company."""
    members = {
        "access_token": access_token,
        "refresh_token": refresh_token,
        "expires_at": expires_at,
    }
    return json.dumps(members)
