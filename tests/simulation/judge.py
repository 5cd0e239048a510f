"""What must hold at the end of a world, judged from what people did and what they can see."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.model import CrossReference, Outcome, OutcomeStatus, PairState, Pointer, PointerKey
from tests.simulation.documents import Documents
from tests.simulation.kinds import CUSTOMER, ITEM, KINDS, Kind, in_quickbooks, number_of
from tests.simulation.money import Money
from tests.simulation.promises import grants_lost, untold
from tests.simulation.totals import untold_totals
from tests.simulation.world import OPEN, World

Row = Mapping[str, Any]
GONE = (
    *("quickbooks_inactive", "quickbooks_gone", "adopted_inactive", "salesforce_deleted"),
    *("inactive", "inactive_before_link", "unlinked"),
)
DOCUMENTS = frozenset(kind.entity for kind in KINDS if kind.is_document)
SIGNS = ("walnut", "eyj", "rt1-", "at-again")
LEAK = re.compile(r"walnut|eyJ[0-9a-f]{8}|RT1-|at-again", re.IGNORECASE)


@dataclass
class Judge:
    """Looks at a world that has come to rest."""

    world: World

    def __post_init__(self) -> None:
        self.explained: Counter[str] = Counter()
        self.by_salesforce: dict[tuple[str, str], Outcome] = {}
        self.by_quickbooks: dict[tuple[str, str, str], Outcome] = {}
        for _, outcome in self.world.cloud.outcomes.kept:
            if outcome.reason == "decided_elsewhere":
                continue  # of another worker's decision; its message may have been done long before
            if outcome.salesforce_id:
                self.by_salesforce[outcome.realm, outcome.salesforce_id] = outcome
            if outcome.quickbooks_id:
                key = (outcome.realm, outcome.entity, outcome.quickbooks_id)
                self.by_quickbooks[key] = outcome

    def judge(self) -> list[str]:
        """Return every violation, those seen on the way first."""
        self._at_rest()
        for kind in KINDS:
            for realm in self.world.cloud.realms:
                if not kind.is_document:
                    self._agreed(kind, realm)
        for violation in Documents(self.world, self.by_salesforce, self.by_quickbooks).disagree():
            self._violates(*violation)
        for violation in Money(self.world, self.by_salesforce, self.by_quickbooks).disagrees():
            self._violates(*violation)
        self._edits()
        self._tokens()
        for violation in (*untold(self.world, self.by_salesforce), *grants_lost(self.world)):
            self._violates(*violation)
        for violation in untold_totals(self.world, self.by_salesforce):
            self._violates(*violation)
        self._limits()
        self._secrecy()
        self._echo_free()
        return self.world.ledger.violations

    def _violates(self, law: str, what: str) -> None:
        self.world.ledger.violates(law, what)

    def _at_rest(self) -> None:
        cloud = self.world.cloud
        if left := [each for each in cloud.lanes.parcels if not self.world.is_deferred(each)]:
            self._violates("no block", f"{len(left)} messages still go round")
        if cloud.lanes.dead:
            self._violates("no block", f"{len(cloud.lanes.dead)} dead letters after a redrive")
        if cloud.connections.reasons:
            self._violates("no block", f"still paused: {dict(cloud.connections.reasons)}")
        for row in cloud.rows.rows.values():
            if row.intent is not None and not self._may_stay_open(row):
                self._violates("no block", f"an intent is open: {row.key}")
            if not row.is_free(self.world.kernel.at):
                self._violates("no block", f"a claim stands: {row.key}")
            if isinstance(row, CrossReference) and row.state is PairState.LINKED:
                self._leads_back(row)

    def _leads_back(self, row: CrossReference) -> None:
        """Of two linked records each leads to the other one."""
        key = PointerKey(row.key.realm, row.key.entity, str(row.quickbooks_id))
        pointer = self.world.cloud.rows.rows.get(key)
        if not isinstance(pointer, Pointer) or pointer.salesforce_id != row.key.salesforce_id:
            self._violates("no duplicates", f"{row.key} is linked to {key}, which leads elsewhere")

    def _may_stay_open(self, row: Any) -> bool:
        """Say whether an intent may outlive its world: that of a conflict, that of a record which
        cannot be compared until a person mends it, or written until one brings back what it names,
        and that of a document of which nobody knows for certain that it was never made.
        """
        is_document = row.key.entity in DOCUMENTS and getattr(row, "quickbooks_id", 1) is None
        outcome = self.by_salesforce.get((row.key.realm, getattr(row.key, "salesforce_id", "")))
        waits = (OutcomeStatus.REJECTED, OutcomeStatus.DEFERRED)
        is_waiting = outcome is not None and outcome.status in waits
        return is_document or is_waiting or getattr(row, "state", "") == "conflict"

    # Records

    def _agreed(self, kind: Kind, realm: str) -> None:
        people = self.world.people
        ours: dict[int | None, list[Row]] = defaultdict(list)
        for row in people.accounts(kind):
            ours[number_of(row[kind.fields[kind.name].salesforce])].append(row)
        theirs: dict[int | None, list[Row]] = defaultdict(list)
        for row in people.customers(realm, kind):
            theirs[number_of(in_quickbooks(row, kind.fields[kind.name]))].append(row)
        for number, rows in ours.items():
            for row in rows:
                self._has_twin(kind, realm, row, theirs.get(number, []))
            if len(rows) > 1:
                self._are_told_apart(kind, realm, rows)
        for number, rows in theirs.items():
            if len(rows) > 1:
                self._violates("no duplicates", f"{realm} {kind.quickbooks} Walnut{number} twice")
            if not ours.get(number):
                self._is_known(kind, realm, rows[0])

    def _has_twin(self, kind: Kind, realm: str, row: Row, twins: list[Row]) -> None:
        """A Salesforce record agrees with its counterpart, or says why it has none."""
        outcome = self.by_salesforce.get((realm, row["Id"]))
        if kind is ITEM:
            self._is_switched_alike(realm, row, outcome)
        if not twins:
            if not self._explains(outcome, kind.salesforce):
                told = outcome and f"{outcome.status} {outcome.reason}"
                self._violates("no losses", f"{realm} {row['Id']} has no counterpart ({told})")
            return
        if self._explains(outcome, kind.salesforce):
            return  # it waits for a person, or the one of its name is another one than was its own
        cells = self.world.witness.cells_of(kind, row)
        for name, place in kind.fields.items():
            mine = next(value for cell, value in cells.items() if cell[3] == name)
            other = number_of(in_quickbooks(twins[0], place))
            if mine != other:
                told = f"{realm} {row['Id']} {twins[0]['Id']} {name}: {mine} and {other}"
                self._violates("converges", told)
        if kind is CUSTOMER:
            self._stands_below(realm, row, twins[0])

    def _is_switched_alike(self, realm: str, row: Row, outcome: Outcome | None) -> None:
        """A product and its item are both active or both inactive."""
        linked = str(row["QuickBooks_Id__c"] or "").split(":")
        company = self.world.quickbooks.companies[realm]
        item = company.find(ITEM.quickbooks, linked[-1]) if linked[0] == realm else None
        is_open = outcome is not None and outcome.status in OPEN
        if item and item["Active"] is not row["IsActive"] and not is_open:
            what = f"{row['IsActive']} here, {item['Active']} there"
            self._violates("converges", f"{realm} {row['Id']} {item['Id']} active: {what}")

    def _stands_below(self, realm: str, row: Row, twin: Row) -> None:
        """An account and its customer have parents of one name, as far as these are at rest."""
        people = self.world.people
        ours = {each["Id"]: each for each in people.accounts(CUSTOMER)}.get(row["ParentId"] or "")
        number = (twin.get("ParentRef") or {}).get("value")
        theirs = {each["Id"]: each for each in people.customers(realm)}.get(number or "")
        is_whole = bool(ours) is bool(row["ParentId"]) and bool(theirs) is bool(number)
        told = self.by_salesforce.get((realm, ours["Id"])) if ours else None
        if not is_whole or (told is not None and told.status in OPEN):
            return
        names = (ours and number_of(ours["Name"]), theirs and number_of(theirs["DisplayName"]))
        if names[0] != names[1]:
            what = f"{realm} {row['Id']} {twin['Id']} parent: {names[0]} and {names[1]}"
            self._violates("converges", what)

    def _are_told_apart(self, kind: Kind, realm: str, rows: list[Row]) -> None:
        """Of several Salesforce records of one name all but one show that."""
        outcomes = [self.by_salesforce.get((realm, row["Id"])) for row in rows]
        silent = [each for each in outcomes if not self._explains(each, kind.salesforce)]
        if len(silent) > 1:
            ids = ", ".join(row["Id"] for row in rows)
            self._violates("no duplicates", f"{realm} {ids}: one name, and nobody is told")

    def _is_known(self, kind: Kind, realm: str, row: Row) -> None:
        """A QuickBooks record without a Salesforce record of its name has a reason for it."""
        outcome = self.by_quickbooks.get((realm, kind.entity, row["Id"]))
        if not self._explains(outcome, kind.quickbooks):
            told = outcome and f"{outcome.status} {outcome.reason}"
            what = f"{realm} {kind.quickbooks} {row['Id']} has no counterpart ({told})"
            self._violates("no losses", what)

    def _explains(self, outcome: Outcome | None, name: str) -> bool:
        if outcome is None:
            return False
        is_open = outcome.status in OPEN
        options = self.world.options
        # No read of QuickBooks tells a merge of whose event nothing was heard from a deletion.
        is_gone = outcome.reason in GONE and (options.deletes or self.world.saw["merge lost"] > 0)
        is_merged = outcome.reason.startswith("merged_in") and options.merges
        if is_open or is_gone or is_merged:
            self.explained[f"{outcome.status} {outcome.reason}"] += 1
        return is_open or is_gone or is_merged

    def _edits(self) -> None:
        """What a person typed is there, was replaced by somebody who saw it, or can be read."""
        ledger = self.world.ledger
        for edit in ledger.edits:
            if edit.cell not in ledger.cells or self._is_out(edit.cell):
                continue
            if not ledger.survives(edit, ledger.cells[edit.cell]):
                final = ledger.cells[edit.cell]
                told = f"{' '.join(edit.cell)}: Walnut{edit.number} is gone, there is {final}"
                self._violates("no lost update", told)

    def _is_out(self, cell: tuple[str, str, str, str]) -> bool:
        """Say whether a person has taken the record of a cell out of the world."""
        system, scope, named, _ = cell
        name, record_id = named.split()
        if system == "quickbooks":
            row = self.world.quickbooks.companies[scope].find(name, record_id)
            return row is None or row.get("Active") is False
        org = self.world.salesforce.org
        found = org.row(org.schema.objects[name], record_id)
        return found is None or bool(found["IsDeleted"])

    # The rest

    def _tokens(self) -> None:
        live = self.world.quickbooks.oauth.grants.listing()["refresh_tokens"]
        for realm in self.world.cloud.realms:
            stored = self.world.cloud.vault.members(f"quickbooks-{realm}")["refresh_token"]
            if stored != live.get(realm):
                self._violates("tokens survive", f"{realm}: the refresh token is worthless")
        if self.world.saw["grant lost unseen"]:
            self._violates("tokens survive", "a grant was lost and nobody was told")

    def _limits(self) -> None:
        """Intuit: learn/limits-and-throttles."""
        limits = (("request", 1.0, 10), ("request", 60.0, 500), ("batch", 60.0, 40))
        for (realm, kind), times in self.world.departures.items():
            for of, window_s, most in limits:
                if of == kind and (found := _most_within(times, window_s)) > most:
                    told = f"{realm}: {found} of {kind} in {window_s:.0f} s"
                    self._violates("limits kept", told)

    def _secrecy(self) -> None:
        cloud = self.world.cloud
        kept = {
            "a log line": self.world.observer.lines,
            "a queue": sorted(cloud.lanes.bodies),
            "a row": list(cloud.rows.rows.values()),
            "an outcome": [outcome for _, outcome in cloud.outcomes.kept],
            "a metric": list(self.world.observer.counted),
        }
        for where, things in kept.items():
            text = repr(things)
            # To look for plain words is many times quicker.
            lower = text.lower()
            if any(word in lower for word in SIGNS) and (found := LEAK.search(text)):
                self._violates("secrecy", f"{where} holds {found[0]!r}")

    def _echo_free(self) -> None:
        """Every event once more: nothing is written, whatever it is about."""
        world = self.world
        before = world.ledger.writes
        world.note("--- every event once more")
        with world.observer, world.roads():
            world.ask_everything()
            world.quieten()
        if world.ledger.writes != before:
            written = world.ledger.writes - before
            self._violates("echo-free", f"{written} writes for events that change nothing")


def _most_within(times: Sequence[float], window_s: float) -> int:
    """Return the most events within any window of a length; the times rise."""
    most = begin = 0
    for end, at in enumerate(times):
        while times[begin] <= at - window_s:
            begin += 1
        most = max(most, end - begin + 1)
    return most
