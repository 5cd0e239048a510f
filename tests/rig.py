"""The whole of sync_records in one process: real clients, both stand-ins, stores in memory.

A person works in either system through the stand-ins' admin faces; what changed is put before the
flow as change events, in the order a test wishes.
"""

import itertools
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.core.fingerprint import Fingerprinter
from bridge.core.mapping import EntityMapping
from bridge.flows.cases import Mode, World
from bridge.flows.sync_records import SyncRecords
from bridge.mapping_files import read_mappings
from bridge.model import (
    AccessToken,
    ChangeEvent,
    ChangeKind,
    CrossReference,
    Message,
    Outcome,
    OutcomeStatus,
    PairKey,
    Pointer,
    PointerKey,
    System,
)
from bridge.observability import metrics
from bridge.quickbooks.client import QuickBooksClient
from bridge.salesforce.client import SalesforceClient
from bridge.transport import AccessTokens, TimeoutSession
from local.simulators.faults import Fault
from local.simulators.quickbooks.app import QuickBooks, Setup
from local.simulators.salesforce.app import Salesforce, Settings
from local.simulators.server import Request, json_bytes
from tests.fakes import (
    FakeClock,
    FreePace,
    MemoryConnections,
    MemoryCrossReferences,
    MemoryDeletions,
    MemoryOutcomes,
    MemoryQueue,
    MemoryTries,
)
from tests.observed import observed
from tests.wire import FixedTokens, Happening, Wire

REALM = "1"
QUICKBOOKS_URL = "https://quickbooks.test"
SALESFORCE_URL = "https://salesforce.test"
QB, SF = System.QUICKBOOKS, System.SALESFORCE

# In the template this is an environment variable.
metrics.namespace = "Bridge"


@dataclass
class Rig:
    """Both systems, the stores, and the flow between them."""

    clock: FakeClock = field(default_factory=FakeClock)
    quickbooks: QuickBooks = field(init=False)
    salesforce: Salesforce = field(init=False)
    rows: MemoryCrossReferences = field(default_factory=MemoryCrossReferences)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    tries: MemoryTries = field(default_factory=MemoryTries)
    deletions: MemoryDeletions = field(default_factory=MemoryDeletions)
    outcomes: MemoryOutcomes = field(default_factory=MemoryOutcomes)
    connections: MemoryConnections = field(default_factory=MemoryConnections)
    pace: FreePace = field(default_factory=FreePace)
    mode: Mode = Mode.LIVE
    key: bytes = b"a key for tests"
    key_id: str = "k1"
    realms: tuple[str, ...] = (REALM,)
    mappings: Mapping[str, EntityMapping] = field(default_factory=read_mappings)
    tokens: dict[System, AccessTokens] = field(default_factory=dict)
    org: Settings = field(default_factory=lambda: Settings(is_empty=True))
    logged: list[dict[str, Any]] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.quickbooks = QuickBooks(Setup(realms=self.realms, is_empty=True), self.clock)  # type: ignore[arg-type]
        self.salesforce = Salesforce(self.org, self.clock)  # type: ignore[arg-type]
        self.salesforce.oauth.instance_url = SALESFORCE_URL
        self.wires = {QB: Wire(self.quickbooks.handle), SF: Wire(self.salesforce.handle)}
        self._ids = itertools.count(1)
        self._messages = itertools.count(1)

    @property
    def organisation(self) -> str:
        """Return the org id."""
        return self.salesforce.org.org_id

    def world(self) -> World:
        """Build what the flow reaches for."""
        quickbooks, salesforce = TimeoutSession(), TimeoutSession()
        quickbooks.mount(QUICKBOOKS_URL, self.wires[QB])
        salesforce.mount(SALESFORCE_URL, self.wires[SF])
        org_tokens = self.tokens.get(SF) or FixedTokens(AccessToken("at-0", SALESFORCE_URL))
        return World(
            organisation=self.organisation,
            salesforce=SalesforceClient(org_tokens, salesforce),
            quickbooks={
                realm: QuickBooksClient(
                    QUICKBOOKS_URL,
                    realm,
                    self.tokens.get(QB)
                    or FixedTokens(AccessToken(self.quickbooks.setup.tokens(realm)[0])),
                    self.pace,
                    quickbooks,
                    self.clock.wait,
                )
                for realm in self.realms
            },
            cross_references=self.rows,
            outcomes=self.outcomes,
            queue=self.queue,
            tries=self.tries,
            deletions=self.deletions,
            connections=self.connections,
            mappings=self.mappings,
            fingerprinter=Fingerprinter(self.key_id, self.key),
            clock=self.clock,
            new_id=lambda: f"id-{next(self._ids)}",
            random=lambda: 0.5,
            mode=self.mode,
        )

    # Running the flow

    def messages(self, *changes: ChangeEvent, receive_count: int = 1) -> list[Message]:
        """Return changes as they come off the live lane."""
        return [
            Message(f"m-{next(self._messages)}", change, receive_count=receive_count)
            for change in changes
        ]

    def deliver(
        self, messages: Sequence[Message], remaining_s: float | Callable[[], float] = 60.0
    ) -> list[str]:
        """Put a batch before the flow; return the ids that it acknowledges."""
        left = remaining_s if callable(remaining_s) else lambda: float(remaining_s)
        with observed() as seen:
            try:
                return SyncRecords(self.world())(messages, left)
            finally:
                self.logged += seen.lines
                for name, metric in metrics.metric_set.items():
                    self.counted[name] += int(sum(metric["Value"]))

    def sync(
        self, *changes: ChangeEvent, remaining_s: float | Callable[[], float] = 60.0
    ) -> list[Outcome]:
        """Put changes before the flow as one batch; return what became of the pairs."""
        before = len(self.outcomes.kept)
        messages = self.messages(*changes)
        acknowledged = self.deliver(messages, remaining_s)
        assert sorted(acknowledged) == sorted(message.id for message in messages)
        return [outcome for _, outcome in self.outcomes.kept[before:]]

    def sync_quietly(self, *changes: ChangeEvent) -> list[Outcome]:
        """Let a few seconds pass first, so that every read is of a later second than the last
        edit.
        """
        self.clock.advance(5)
        return self.sync(*changes)

    def go_round(self, limit: int = 20) -> list[Outcome]:
        """Work through what was put back, as its delays run out, until nothing is left."""
        outcomes: list[Outcome] = []
        for _ in range(limit):
            if not self.queue.sent:
                return outcomes
            sent, self.queue.sent = self.queue.sent, []
            self.clock.advance(max(each.delay_s for each in sent))
            outcomes += self.sync(*(each.change for each in sent))
        raise AssertionError("changes still go round")

    def settle(self, *changes: ChangeEvent) -> list[Outcome]:
        """Put changes before the flow, quietly, and go round until nothing is left."""
        return [*self.sync_quietly(*changes), *self.go_round()]

    def meanwhile(
        self,
        system: System,
        path: str,
        act: Callable[[], object],
        *,
        is_after: bool = False,
        skip: int = 0,
    ) -> None:
        """Let something happen right before (or after) a request to a path, once.

        `path` is a regular expression; `skip` lets so many such requests pass first.
        """
        self.wires[system].happenings.append(Happening(path, act, is_after, skip))

    # Events

    def account_changed(
        self, record_id: str, kind: ChangeKind = ChangeKind.UPDATED, name: str = "Account"
    ) -> ChangeEvent:
        """Return the event that our package sends."""
        now = self.clock.now()
        return ChangeEvent(SF, self.organisation, name, record_id, kind, now, now)

    def customer_changed(
        self,
        record_id: str,
        kind: ChangeKind = ChangeKind.UPDATED,
        removed_id: str | None = None,
        realm: str = REALM,
        at: datetime | None = None,
    ) -> ChangeEvent:
        """Return the event that QuickBooks' webhook leads to."""
        return self.quickbooks_changed("Customer", record_id, kind, removed_id, realm, at)

    def quickbooks_changed(
        self,
        name: str,
        record_id: str,
        kind: ChangeKind = ChangeKind.UPDATED,
        removed_id: str | None = None,
        realm: str = REALM,
        at: datetime | None = None,
    ) -> ChangeEvent:
        """Return the event that QuickBooks' webhook leads to, for any kind of record."""
        now = at or self.clock.now()
        return ChangeEvent(QB, realm, name, record_id, kind, now, now, removed_id)

    def every_event(self) -> list[ChangeEvent]:
        """Return an event for each record that there is, deleted ones included."""
        mappings = self.mappings.values()
        names = [name for each in mappings for name in (each.salesforce, *each.parts)]
        in_salesforce = [
            self.account_changed(row["Id"], name=name)
            for name in dict.fromkeys(names)
            for row in self._rows(name)
        ]
        in_quickbooks = [
            self.quickbooks_changed(name, row["Id"], realm=realm)
            for realm in self.realms
            for name in dict.fromkeys(each.quickbooks for each in mappings)
            for row in self.in_company(name, realm)
        ]
        return [*in_salesforce, *in_quickbooks]

    # What people do

    def in_salesforce(self, action: str, name: str = "Account", **details: Any) -> str:
        """Let a person do something in Salesforce; return the id of the record."""
        body = json_bytes({"action": action, "object": name, **details})
        answer = self.salesforce.handle(Request("POST", "/_admin/person", body=body))
        assert answer.status == 200, answer.body
        return str(json.loads(answer.body)["id"])

    def in_quickbooks(
        self, action: str, entity: str = "Customer", realm: str = REALM, **details: Any
    ) -> dict[str, Any]:
        """Let a person do something in QuickBooks; return the record."""
        body = json_bytes({"action": action, "realm": realm, "entity": entity, **details})
        answer = self.quickbooks.handle(Request("POST", "/_admin/person", body=body))
        assert answer.status == 200, answer.body
        document = json.loads(answer.body)
        return dict(document.get(entity, document))

    def new_account(self, name: str = "Acme", **fields: Any) -> str:
        """Let a person add an Account; `contact` holds the fields of its Contact."""
        contact = fields.pop("contact", None)
        account = self.in_salesforce("create", fields={"Name": name, **fields})
        if contact:
            self.in_salesforce("create", "Contact", fields={"AccountId": account, **contact})
        return account

    def edit_account(self, record_id: str, **fields: Any) -> ChangeEvent:
        """Let a person edit an Account; return the event."""
        self.in_salesforce("update", id=record_id, fields=fields)
        return self.account_changed(record_id)

    def edit_contact(self, account: str, **fields: Any) -> ChangeEvent:
        """Let a person edit the Contact of an Account; return the event."""
        contact = str(self.contact(account)["Id"])
        self.in_salesforce("update", "Contact", id=contact, fields=fields)
        return self.account_changed(contact, name="Contact")

    def delete_account(self, record_id: str) -> ChangeEvent:
        """Let a person delete an Account; return the event."""
        self.in_salesforce("delete", id=record_id)
        return self.account_changed(record_id, ChangeKind.DELETED)

    def new_customer(self, name: str = "Acme", realm: str = REALM, **fields: Any) -> str:
        """Let a person add a customer."""
        fields = {"DisplayName": name, **fields}
        return str(self.in_quickbooks("create", realm=realm, fields=fields)["Id"])

    def edit_customer(self, record_id: str, realm: str = REALM, **fields: Any) -> ChangeEvent:
        """Let a person edit a customer; return the event."""
        self.in_quickbooks("update", realm=realm, id=record_id, fields=fields)
        return self.customer_changed(record_id, realm=realm)

    def linked(self, name: str = "Acme", **fields: Any) -> tuple[str, str]:
        """Let a person add an Account, bring it over, and return both ids."""
        account = self.new_account(name, **fields)
        self.settle(self.account_changed(account))
        customer = self.pair(account).quickbooks_id
        assert customer is not None
        self.quiet()
        return account, customer

    def quiet(self) -> None:
        """Let time pass, and forget what was counted, sent, logged and put back so far."""
        self.clock.advance(60)
        self.calls(QB), self.calls(SF)
        for wire in self.wires.values():
            wire.passed.clear()
        self.queue.sent.clear()
        self.logged.clear()
        self.counted.clear()

    # What there is

    def _rows(self, name: str) -> list[dict[str, Any]]:
        answer = self.salesforce.handle(Request("GET", f"/_admin/records/{name}"))
        return list(json.loads(answer.body))

    def accounts(self, name: str = "Account") -> list[dict[str, Any]]:
        """Return the Salesforce rows that are not deleted."""
        return [row for row in self._rows(name) if not row.get("IsDeleted")]

    def deleted_accounts(self) -> list[dict[str, Any]]:
        """Return the Accounts in the recycle bin."""
        return [row for row in self._rows("Account") if row.get("IsDeleted")]

    def account(self, record_id: str, name: str = "Account") -> dict[str, Any]:
        """Return one Salesforce row."""
        return next(row for row in self.accounts(name) if row["Id"] == record_id)

    def contact(self, account: str) -> dict[str, Any]:
        """Return the first Contact of an Account."""
        return next(row for row in self.accounts("Contact") if row["AccountId"] == account)

    def status(self, account: str) -> str:
        """Return the sync status that an Account shows."""
        return self.account(account).get("QuickBooks_Sync_Status__c") or ""

    def message(self, account: str) -> str:
        """Return the sync message that an Account shows."""
        return self.account(account).get("QuickBooks_Sync_Message__c") or ""

    def customers(self, realm: str = REALM) -> list[dict[str, Any]]:
        """Return all customers, inactive ones included."""
        return self.in_company("Customer", realm)

    def in_company(self, name: str, realm: str = REALM) -> list[dict[str, Any]]:
        """Return all QuickBooks records of a kind, inactive ones included."""
        answer = self.quickbooks.handle(Request("GET", f"/_admin/records/{realm}/{name}"))
        return list(json.loads(answer.body))

    def customer(self, record_id: str, realm: str = REALM) -> dict[str, Any]:
        """Return one customer."""
        return next(row for row in self.customers(realm) if row["Id"] == record_id)

    def pair(self, account_id: str, realm: str = REALM, entity: str = "customer") -> CrossReference:
        """Return the row of a pair."""
        key = PairKey(realm, entity, account_id)
        return self.rows.read_pairs([key])[key]

    def pointer(self, customer_id: str, realm: str = REALM, entity: str = "customer") -> Pointer:
        """Return the pointer of a QuickBooks record."""
        key = PointerKey(realm, entity, customer_id)
        return self.rows.read_pointers([key])[key]

    # What happens to calls

    def plant(self, system: System, match: dict[str, Any], times: int = 1, **effect: Any) -> None:
        """Plant a fault in one of the systems."""
        faults = self.quickbooks.faults if system is QB else self.salesforce.faults
        faults.add(Fault.parse({"match": match, "effect": effect, "times": times}))

    def calls(self, system: System) -> dict[str, int]:
        """Return the calls by kind since the last look, without the items inside them."""
        return {kind: n for kind, n in self._counts(system).items() if "_item" not in kind}

    def writes(self) -> int:
        """Return how many records were sent to be written since the last look, to both systems."""
        names = ("batch_item:", "composite_item:", "collections_item:")
        whole = ("create", "composite:tree")
        counts = [*self._counts(QB).items(), *self._counts(SF).items()]
        return sum(n for kind, n in counts if kind.startswith(names) or kind in whole)

    def _counts(self, system: System) -> dict[str, int]:
        stand_in = self.quickbooks if system is QB else self.salesforce
        answer = stand_in.handle(Request("GET", "/_admin/calls"))
        stand_in.handle(Request("POST", "/_admin/calls/reset"))
        return dict(json.loads(answer.body)["by_kind"])

    # Promises that hold after every story

    def assert_agreed(self, *accounts: str, realm: str = REALM) -> None:
        """Check that nothing is open and that every event, sent again, writes nothing."""
        assert not self.queue.sent
        for row in self.rows.rows.values():
            assert row.owner is None, row
            assert row.intent is None, row
        for account in accounts:
            assert self.status(account) == "In sync", (self.status(account), self.message(account))
        self.quiet()
        outcomes = self.sync(*self.every_event())
        assert self.writes() == 0, outcomes
        assert all(outcome.status is not OutcomeStatus.WAITING for outcome in outcomes)
