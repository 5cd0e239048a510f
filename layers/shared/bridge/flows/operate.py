"""What an operator may ask: does the mapping fit both systems, what becomes of a record."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from bridge.core.mapping import EntityMapping
from bridge.core.sides import Side, lists_of, objects_of, root_of
from bridge.core.soundness import Flaw, flaws
from bridge.errors import PermanentError
from bridge.flows.cases import Case, Mode, Run, World
from bridge.flows.ports import RecordSystem
from bridge.flows.preview import Preview, preview_of
from bridge.flows.sync_records import walk
from bridge.model import ChangeEvent, ChangeKind, Message, PairKey, System
from bridge.schemas import ListEntry, ObjectSchema

# Before every change: an operator's question is no news of a record.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# An operator has the patience that a worker has not.
PATIENCE_S = 600.0

Describe = Callable[[str], ObjectSchema | None]


@dataclass(frozen=True)
class Operate:
    """Answers an operator's questions; writes to neither system and keeps no row."""

    world: World

    def check_mappings(self) -> list[Flaw]:
        """Hold every mapping against both systems, and return everything that does not fit.

        Raises:
            BridgeError: a system could not be asked.
        """
        mappings = self.world.mappings
        found = [
            replace(flaw, text=f"{label}{flaw.text}")
            for system, label, records in self._systems()
            for describe in (cache(records.describe),)
            for mapping in mappings.values()
            for flaw in _checked(system, describe, records.entries, mapping, mappings)
        ]
        return list(dict.fromkeys(found))

    def preview(self, entity: str, record_id: str, realm: str = "") -> Preview:
        """Return what the bridge would do now with a record of either system.

        Raises:
            PermanentError: there is no such entity, company or record; or the company is not named.
            BridgeError: a system could not be asked.
        """
        mapping = self.world.mappings.get(entity)
        if mapping is None:
            raise PermanentError("entity_unknown")
        realm = self._realm(realm)
        run = Run(self._observing(), "operator", lambda: PATIENCE_S, self.world.clock.now())
        change = self._change(mapping, record_id, realm)
        cases = walk(run, [Message("preview", change)])
        chosen = next((each for each in cases if _is_of(each, change, entity, realm)), None)
        if chosen is None or (chosen.salesforce is None and chosen.quickbooks is None):
            raise PermanentError(_why_not(chosen))
        return preview_of(run, chosen)

    def _systems(self) -> Iterator[tuple[System, str, RecordSystem]]:
        """Yield both systems, each company with its id where there are several."""
        yield System.SALESFORCE, "", self.world.salesforce
        for realm, company in self.world.quickbooks.items():
            label = f"company {realm}: " if len(self.world.quickbooks) > 1 else ""
            yield System.QUICKBOOKS, label, company

    def _realm(self, realm: str) -> str:
        connected = list(self.world.quickbooks)
        if realm in connected:
            return realm
        if realm or not connected:
            raise PermanentError("company_not_connected")
        if len(connected) > 1:
            raise PermanentError("company_not_named")
        return connected[0]

    def _change(self, mapping: EntityMapping, record_id: str, realm: str) -> ChangeEvent:
        """Return a change that leads to a record; a linked one is looked at from QuickBooks' side,
        so that nothing is presumed.
        """
        if record_id.isascii() and record_id.isdecimal():
            return _asked(System.QUICKBOOKS, realm, mapping.quickbooks, record_id)
        shape = mapping.shape(System.SALESFORCE)
        record = self.world.salesforce.read(shape, record_id)
        if record is None:
            raise PermanentError("record_unknown")
        key = PairKey(realm, mapping.entity, record.id)
        row = self.world.cross_references.read_pairs([key])[key]
        if row.quickbooks_id is not None:
            return _asked(System.QUICKBOOKS, realm, mapping.quickbooks, row.quickbooks_id)
        return _asked(System.SALESFORCE, self.world.organisation, mapping.salesforce, record.id)

    def _observing(self) -> World:
        """Return the world as it can be looked at and not be changed."""
        return replace(self.world, mode=Mode.OBSERVE, connections=_Connected())


class _Connected:
    """Holds no pause and makes none: an operator may look at a record of a realm that is paused."""

    def paused(self, names: Sequence[str]) -> Mapping[str, str]:
        return {}

    def pause(self, name: str, reason: str, now: datetime) -> bool:
        return False

    def resume(self, name: str) -> bool:
        return False


def documented_flaws(mappings: Mapping[str, EntityMapping], describe: Describe) -> list[Flaw]:
    """Hold every mapping against what is documented of QuickBooks; nobody has to be asked."""
    return [
        flaw
        for mapping in mappings.values()
        for flaw in flaws(_side(System.QUICKBOOKS, describe, mapping, mappings))
    ]


def _checked(
    system: System,
    describe: Describe,
    entries: Callable[[str], Sequence[ListEntry]],
    mapping: EntityMapping,
    mappings: Mapping[str, EntityMapping],
) -> Iterator[Flaw]:
    side = _side(system, describe, mapping, mappings)
    return flaws(replace(side, entries={name: entries(name) for name in sorted(lists_of(side))}))


def _side(
    system: System,
    describe: Describe,
    mapping: EntityMapping,
    mappings: Mapping[str, EntityMapping],
) -> Side:
    return Side(
        system=system,
        mapping=mapping,
        targets={name: root_of(each, system) for name, each in mappings.items()},
        objects={name: describe(name) for name in objects_of(mapping, system)},
        entries={},
    )


def _asked(system: System, scope: str, name: str, record_id: str) -> ChangeEvent:
    return ChangeEvent(system, scope, name, record_id, ChangeKind.UPDATED, LONG_AGO, LONG_AGO)


def _is_of(case: Case, change: ChangeEvent, entity: str, realm: str) -> bool:
    if (case.mapping.entity, case.realm) != (entity, realm):
        return False
    if change.system is System.QUICKBOOKS:
        return case.quickbooks_id == change.record_id
    return case.row is not None and case.row.key.salesforce_id == change.record_id


def _why_not(case: Case | None) -> str:
    if case is None or case.waiting is None:
        return "record_unknown"
    return case.waiting.reason
