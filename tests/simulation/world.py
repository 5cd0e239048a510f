"""One world from its seed to its end: chaos, heal, quiet."""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import requests

from bridge.core.decision import UNLINKED
from bridge.core.mapping import DeletePolicy, EntityMapping, Owner
from bridge.errors import BridgeError
from bridge.flows.trouble import MASS_DELETION
from bridge.mapping_files import read_mappings
from bridge.model import ChangeEvent, ChangeKind, Lane, OutcomeStatus, System
from local.simulators.server import Request, Response
from tests.simulation.chaos import Chaos
from tests.simulation.cloud import SALESFORCE_SECRET, Cloud, grant_members, secret_of
from tests.simulation.io import Steps, Vendor
from tests.simulation.keeper import Keeper
from tests.simulation.kernel import Kernel
from tests.simulation.kinds import ENTITIES, OBJECTS, PARTS
from tests.simulation.lanes import Parcel, change_in
from tests.simulation.ledger import Ledger
from tests.simulation.meddlers import Meddlers
from tests.simulation.observer import Observer
from tests.simulation.options import Options
from tests.simulation.senders import Senders
from tests.simulation.systems import Ways, books, expire_books, expire_org, org
from tests.simulation.witness import Witness

START = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
MAPPINGS = read_mappings()
# Nobody edits these here, and every one of them costs time.
LEFT_OUT = frozenset(
    {"given_name", "email", "notes", "terms", "shipping_street", "shipping_city", "shipping_state"}
    | {"shipping_postal_code", "shipping_country", "billing_postal_code", "billing_country"}
)
# Longer than any retry of any sender: what is not at rest by then never will be.
PATIENCE = timedelta(days=4)
# How often somebody looks whether all is at rest.
GLANCE = timedelta(minutes=15)
OPEN = (OutcomeStatus.CONFLICT, OutcomeStatus.REJECTED, OutcomeStatus.DEFERRED)
REFUSALS = {
    b'"5010"': "stale SyncToken",
    b'"6240"': "duplicate name",
    b"DUPLICATE_VALUE": "duplicate external id",
    b"PRECONDITION_FAILED": "412",
    b"ENTITY_FAILED_IFLASTMODIFIED": "412",
}


@dataclass(frozen=True)
class Skipped:
    """What is left out of a world, by number, to find out what of it matters."""

    deeds: frozenset[int] = frozenset()
    faults: frozenset[int] = frozenset()


class World:
    """Both systems, the people in them, and the bridge between them."""

    def __init__(self, options: Options, skipped: Skipped | None = None) -> None:
        skipped = skipped or Skipped()
        self.options = options
        self.kernel = Kernel(START)
        self.trace: list[str] = []
        self.saw: Counter[str] = Counter()
        self.departures: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.observer = Observer(self.note)
        self.chance = random_of("world", options)
        self.chaos = Chaos(options.faults, random_of("chaos", options), self.note, skipped.faults)
        self.steps = Steps(
            self.kernel, self.chaos, self.chance, options.slow_share, options.step_rate
        )
        self.quickbooks = books(options, self.kernel, self._books_changed)
        self.salesforce = org(options, self.kernel)
        self.people = Meddlers(
            options,
            random_of("people", options),
            self.salesforce,
            self.quickbooks,
            self.note,
            skipped.deeds,
        )
        self.steps.act = self.people.act
        self.ledger = Ledger(self._is_shown, self.note)
        self.witness = Witness(
            self.ledger,
            self.people,
            self.chaos.has_lost_answers,
            lambda realm: realm in self.cloud.deletions.allowed,
            self._has_parted,
        )
        self.cloud = Cloud(
            options,
            self.steps,
            self.chance,
            self.salesforce.org.org_id,
            mappings_of(options),
            self.saw,
            self.note,
            collect=self.observer.collect,
        )
        self.senders = Senders(
            self.cloud, self.quickbooks, self.ledger, random_of("senders", options), self.saw
        )
        self.salesforce.org.subscribe(self.witness.org_changed)
        self.salesforce.org.subscribe(self.senders.org_changed)
        self.keeper = Keeper(self.cloud.vault, self.ledger.violates)
        self.poison: str = ""
        self._store_grants()

    # The phases

    def play(self) -> None:
        """Live through all of it; the violations stand in the ledger."""
        with self.observer, self.roads():
            self.begin()
            self.kernel.run(START + timedelta(minutes=self.options.minutes))
            self.heal()
            self.quieten()
            if self.options.asks_everything:
                self.catch_up()
            else:
                self.ask_for_open()
                self.quieten()

    def begin(self) -> None:
        """Put people's deeds, the timer and the grants' accidents on the agenda."""
        options, length_s = self.options, self.options.minutes * 60
        for _ in range(options.pairs):
            self.kernel.later(self.chance.uniform(0, length_s / 4), self.people.add)
        for _ in range(options.actions):
            at_s = self.chance.uniform(0, length_s)
            self.kernel.later(at_s, self.people.act)
            if self.chance.random() < 0.15:
                self.kernel.later(at_s + 0.01, self.people.act)
        for minute in range(1, int(options.minutes), 3):
            self.kernel.later(minute * 60, self._befall_grants)
        if self.chaos.rates.get("poison"):
            self.kernel.later(length_s / 3, self._poison)

    def heal(self) -> None:
        """End all trouble; an operator connects again what was lost, and redrives what is dead."""
        self.chaos.is_calm, self.poison = True, ""
        self.steps.step_rate = self.steps.slow_share = 0.0
        self.cloud.visibility_s = 360.0
        self.quickbooks.faults.clear()
        self.salesforce.faults.clear()
        self.quickbooks.switches.query_lag_s = 0.0
        self.note("--- heal")
        # A grant that nobody has used since it was lost shows when its token is next renewed.
        for minutes in (10, 40, 10):
            self.kernel.run(self.kernel.at + timedelta(minutes=minutes))
            self._refresh()
        self.kernel.run(self.kernel.at + timedelta(minutes=1))
        if self._allow_deletions():
            # A grant that was lost while its company was held shows when work goes on.
            self._refresh()
            self.kernel.run(self.kernel.at + timedelta(minutes=1))
        self._connect_again()
        self.cloud.lanes.redrive()

    def quieten(self) -> None:
        """Let everything come to rest."""
        self.note("--- quiet")
        give_up = self.kernel.at + PATIENCE
        # At least once: a renewal of tokens that has only just begun is on no lane. And looked at
        # often: a record that waits for what it names comes round until somebody looks.
        self.kernel.run(self.kernel.at + GLANCE)
        while self.kernel.at < give_up and not self.is_quiet():
            self.kernel.run(self.kernel.at + GLANCE)
        self.observer.collect()

    def is_quiet(self) -> bool:
        """Say whether nothing is under way but what waits for a person."""
        is_idle = not self.cloud.running and not self.senders.under_way
        return is_idle and all(self.is_deferred(each) for each in self.cloud.lanes.parcels)

    def is_deferred(self, parcel: Parcel) -> bool:
        """Say whether a message is about a record that waits for what it names."""
        return self._root_of(change_in(parcel.body)) in self.deferred()

    def _root_of(self, change: ChangeEvent) -> str:
        """Return the record that a change is about: of a part, the one that it belongs to."""
        if change.object not in PARTS:
            return change.record_id
        _, field = PARTS[change.object]
        org = self.salesforce.org
        row = org.row(org.schema.objects[change.object], change.record_id)
        return str(row[field]) if row else change.record_id

    def deferred(self) -> set[str]:
        """Return the records whose last outcome in a company was to wait for what they name."""
        last = {}
        for _, each in self.cloud.outcomes.kept:
            for record_id in (each.salesforce_id, each.quickbooks_id):
                last[each.realm, each.entity, record_id] = each
        return {str(key[2]) for key, each in last.items() if each.status is OutcomeStatus.DEFERRED}

    def catch_up(self) -> None:
        """Ask for everything, and once more if that has changed anything: what a record says may
        follow from another one that was worked on after it.
        """
        for _ in range(2):
            before = self.ledger.writes
            self.ask_everything()
            self.quieten()
            if self.ledger.writes == before:
                break

    def ask_everything(self) -> None:
        """Send an event for each record, as the catch-up does."""
        self.note("--- every record is asked for")
        self.cloud.lanes.redrive()
        now = self.kernel.at
        for event in self.every_event(now):
            self.cloud.lanes.put(event.to_json(), Lane.BULK)

    def ask_for_open(self) -> None:
        """Send an event for each record that waits for a person: a name may be free by now."""
        open_ids = {
            each
            for _, outcome in self.cloud.outcomes.kept
            if outcome.status in OPEN
            for each in (outcome.salesforce_id, outcome.quickbooks_id)
        }
        for event in self.every_event(self.kernel.at):
            if event.record_id in open_ids:
                self.cloud.lanes.put(event.to_json(), Lane.BULK)

    def every_event(self, now: datetime) -> Iterator[ChangeEvent]:
        """Yield an event for each record that there is or was, parts too."""
        organisation, kind = self.salesforce.org.org_id, ChangeKind.UPDATED
        schema = self.salesforce.org.schema.objects
        for name in [*OBJECTS, *PARTS]:
            for record_id in self.salesforce.org.rows(schema[name]):
                yield ChangeEvent(System.SALESFORCE, organisation, name, record_id, kind, now, now)
        stamp = now.replace(microsecond=0) - timedelta(days=30)
        for realm, company in self.quickbooks.companies.items():
            for name in ENTITIES:
                for row in company.rows(name):
                    yield ChangeEvent(System.QUICKBOOKS, realm, name, row["Id"], kind, stamp, now)

    @contextmanager
    def roads(self) -> Iterator[None]:
        """Let every session of this process lead to this world's vendors."""
        given = (self.quickbooks, self.salesforce)
        Ways.vendors = {
            "quickbooks.test": self._vendor("quickbooks", given[0], expire_books),
            "salesforce.test": self._vendor("salesforce", given[1], expire_org),
        }
        usual = requests.sessions.HTTPAdapter
        requests.sessions.HTTPAdapter = Ways  # type: ignore[assignment]
        try:
            yield
        finally:
            requests.sessions.HTTPAdapter = usual

    def note(self, what: str) -> None:
        """Write down what happens."""
        task, at = self.kernel.current, self.kernel.at
        who = task.name if task else ""
        moment = f"{at.day:02} {at.hour:02}:{at.minute:02}:{at.second:02}.{at.microsecond:06}"
        self.trace.append(f"{moment} {who}: {what}")

    def digest(self) -> str:
        """Return what tells two runs of a world apart."""
        text = "\n".join(self.trace)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    # What happens besides

    def _books_changed(self, change: Any) -> None:
        self.witness.books_changed(change)
        self.senders.books_changed()

    def _is_shown(self, number: int) -> bool:
        """Say whether a value can be read in a sync message, or in another contact."""
        price = re.escape(f"{(Decimal(number) / 100).normalize():f}")
        word = re.compile(f'Walnut{number}(?![0-9])|"{price}"')
        return any(word.search(text) for text in self._texts())

    def _has_parted(self, record: str) -> bool:
        """Say whether the bridge has told of a record ("Customer 12") that it has parted."""
        told = (each for _, each in self.cloud.outcomes.kept if each.reason == UNLINKED)
        return any(
            record
            in (f"Account {each.salesforce_id}", f"{each.entity.title()} {each.quickbooks_id}")
            for each in told
        )

    def _texts(self) -> Iterator[str]:
        org = self.salesforce.org
        for name in OBJECTS:
            for row in org.rows(org.schema.objects[name]).values():
                yield str(row["QuickBooks_Sync_Message__c"] or "")
        for row in org.rows(org.schema.objects["Contact"]).values():
            if not row["IsDeleted"]:
                yield str(row["MobilePhone"] or "")

    def _vendor(self, name: str, vendor: Any, expire: Any) -> Vendor:
        return Vendor(
            name,
            vendor.handle,
            self.steps,
            vendor.faults.add,
            partial(expire, vendor),
            self._is_poisoned,
            self._saw,
            self._departs,
        )

    def _departs(self, request: Request) -> None:
        """Note when a call to a company leaves; the vendor's limits are kept by when we call."""
        if request.path.startswith("/v3/company/"):
            realm, _, what = request.path.removeprefix("/v3/company/").partition("/")
            self.departures[realm, "request"].append(self.kernel.at.timestamp())
            self.keeper.departs(request)
            if what == "batch":
                self.departures[realm, "batch"].append(self.kernel.at.timestamp())

    def _saw(self, name: str, request: Request, answer: Response) -> None:
        self.keeper.saw(request, answer)
        path = request.path.rsplit("/", 1)[-1]
        self.note(f"{name} {request.method} {path} {answer.status}")
        # Both vendors call what they refuse with an `Error` or an `errorCode`.
        if b"rror" in answer.body:
            for mark, refusal in REFUSALS.items():
                if mark in answer.body:
                    self.saw[refusal] += 1

    def _is_poisoned(self, request: Request) -> bool:
        return bool(self.poison) and (
            self.poison.encode() in request.body or self.poison in str(request.query)
        )

    def _poison(self) -> None:
        rows = self.people.accounts()
        if rows:
            self.poison = str(self.chance.choice(rows)["Id"])
            self.chaos.struck["poison"] += 1
            self.note(f"poison: {self.poison} kills every worker")

    def _befall_grants(self) -> None:
        grants = self.quickbooks.oauth.grants
        if self.chaos.strikes("grant revoked"):
            grants.revoke_all()
        if self.chaos.strikes("refresh token rotated by somebody else"):
            realm = self.people.realm()
            stored = self.cloud.vault.members(secret_of(realm))
            grants.rotates_next = True
            try:
                grants.refresh(stored["refresh_token"])
            except Exception:  # noqa: BLE001  revoked by now
                return
        self._refresh()

    def _refresh(self) -> None:
        def run() -> None:
            with suppress(BridgeError):  # an alarm; the timer comes again
                self.cloud.refresh_tokens()({})

        self.kernel.spawn("refresh_tokens", run, lambda _: None)

    def _allow_deletions(self) -> bool:
        """Do what an operator does where many deletions were held: say that they are meant; return
        whether there were any.
        """
        reasons = self.cloud.connections.reasons
        held = [realm for realm, reason in reasons.items() if reason == MASS_DELETION]
        for realm in held:
            self.cloud.deletions.allowed[realm] = self.kernel.at + timedelta(hours=4)
            self.cloud.connections.resume(realm)
        return bool(held)

    def _connect_again(self) -> None:
        """Do what an administrator does at a lost connection: consent again, and store it."""
        for realm in self.cloud.realms:
            is_lost = realm in self.cloud.connections.reasons
            stored = self.cloud.vault.members(secret_of(realm))["refresh_token"]
            live = self.quickbooks.oauth.grants.listing()["refresh_tokens"].get(realm)
            if stored != live:
                if not is_lost and live is not None:
                    self.saw["grant lost unseen"] += 1
                grants = self.quickbooks.oauth.grants
                grants.connect(realm, f"at-again-{realm}", f"rt-again-{realm}")
                self._store(realm, f"at-again-{realm}", f"rt-again-{realm}")
        self._refresh()

    def _store_grants(self) -> None:
        for realm in self.cloud.realms:
            self._store(realm, *self.quickbooks.setup.tokens(realm))
        session = {"access_token": "at-0", "instance_url": "https://salesforce.test"}
        self.cloud.vault.put_secret_value(SALESFORCE_SECRET, json.dumps(session))

    def _store(self, realm: str, access_token: str, refresh_token: str) -> None:
        expires_at = (self.kernel.at + timedelta(hours=1)).isoformat()
        text = grant_members(access_token, refresh_token, expires_at)
        self.cloud.vault.put_secret_value(secret_of(realm), text)


def random_of(what: str, options: Options) -> Random:
    """Return a source of chance of its own, so that one draw more in one place moves no other."""
    return Random(f"{what} {options.seed}")  # noqa: S311  a world, not a secret


def mappings_of(options: Options) -> Mapping[str, EntityMapping]:
    """Return the project's own mappings with the fields that people edit here, and those beside
    them; perhaps nobody owns some.
    """
    slim = {name: _slim(mapping, options.owner) for name, mapping in MAPPINGS.items()}
    if options.on_delete:
        policy = DeletePolicy(options.on_delete)
        for name in ("customer", "vendor"):
            slim[name] = replace(slim[name], on_delete=policy)
    return slim


def _slim(mapping: EntityMapping, owner: str) -> EntityMapping:
    fields = tuple(each for each in mapping.fields if each.name not in LEFT_OUT)
    if owner:
        fields = tuple(
            replace(each, owner=Owner(owner)) if each.name in ("phone", "mobile") else each
            for each in fields
        )
    names = {each.name for each in fields}
    rules = {
        part: replace(rule, identity=tuple(name for name in rule.identity if name in names))
        for part, rule in mapping.part_rules.items()
    }
    return replace(mapping, fields=fields, part_rules=rules)
