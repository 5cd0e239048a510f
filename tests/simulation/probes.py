"""Named moments of the protocol, seen from outside: at the rows, and around four functions."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bridge.model import CrossReference, Fingerprints, LinkFate, PairState, Pointer
from tests.fakes import MemoryCrossReferences, Row
from tests.simulation.branches import Watch

# What has happened since somebody last took the counts; one world at a time runs in a process.
passed: Counter[str] = Counter()

PROBES = (
    "intent resolved: applied",
    "intent resolved: not applied",
    "intent resolved: not applied, by the token",
    "intent resolved: applied, then edited",
    *(f"link: {fate.value}" for fate in LinkFate),
    "create in quickbooks looked up: found",
    "create in quickbooks looked up: not found",
    "create in salesforce looked up: found",
    "create in salesforce looked up: not found",
    "marker followed",
    "copied marker ignored",
    "buried",
    "revived",
    "merge followed in salesforce",
    "merge followed in quickbooks",
    "claim met",
    "claim expired and taken",
    "commit refused",
    "commit repeated and recognised",
    "record refused",
    "record repeated and recognised",
)


@dataclass
class WatchedCrossReferences(MemoryCrossReferences):
    """The rows of one world, with somebody who sees what becomes of them."""

    buried: set[Any] = field(default_factory=set)

    def commit(self, row: Row, now: datetime) -> bool:
        """Store a decision, and look at it."""
        before = self.rows.get(row.key)
        is_stored = super().commit(row, now)
        is_new = before is not self.rows.get(row.key)
        passed["commit refused"] += not is_stored
        passed["commit repeated and recognised"] += is_stored and not is_new
        if is_new and before is not None:
            passed["claim expired and taken"] += before.owner is not None
        if is_new:
            self._look(row)
        return is_stored

    def record(self, row: Row, worker: str) -> bool:
        """Store what is known after writing, and look at it."""
        before = self.rows.get(row.key)
        is_stored = super().record(row, worker)
        is_new = before is not self.rows.get(row.key)
        passed["record refused"] += not is_stored
        passed["record repeated and recognised"] += is_stored and not is_new
        if is_new:
            self._look(row)
        return is_stored

    def link(
        self, pair: CrossReference, pointer: Pointer, worker: str | None, now: datetime
    ) -> LinkFate:
        """Store both rows or none, and look at them."""
        before = self.read_pairs([pair.key])[pair.key]
        led = self.read_pointers([pointer.key])[pointer.key]
        fate = super().link(pair, pointer, worker, now)
        passed[f"link: {fate.value}"] += 1
        if fate is LinkFate.LINKED:
            passed["claim expired and taken"] += before.owner not in (None, worker)
            has_moved = before.quickbooks_id not in (None, pair.quickbooks_id)
            is_given_up = pair.state is PairState.CONFLICT
            passed["merge followed in quickbooks"] += has_moved or is_given_up
            is_inherited = led.salesforce_id not in (None, pair.key.salesforce_id)
            passed["merge followed in salesforce"] += is_inherited and not is_given_up
            self._look(pair)
        return fate

    def _look(self, row: Row) -> None:
        if not isinstance(row, CrossReference):
            return
        if row.state is PairState.TOMB:
            passed["buried"] += row.key not in self.buried
            self.buried.add(row.key)
        elif row.state is PairState.LINKED and row.key in self.buried:
            passed["revived"] += 1
            self.buried.discard(row.key)


def _resolve(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """Say of each field of an open intent what it was taken for."""

    def watched(row: CrossReference, *given: Any) -> Any:
        found = resolve(row, *given)
        if row.intent is None:
            return found
        salesforce, quickbooks, _, of, *_ = given
        sides = ((salesforce, row.intent.salesforce), (quickbooks, row.intent.quickbooks))
        base, lost = row.baseline or {}, dict(found.lost)
        for side, values in sides:
            for name in side.values.keys() & values.keys() if side else ():
                now = of(name, side.values[name])
                told = _taken(name, now, values[name], base, lost)
                passed[f"intent resolved: {told}"] += 1
        return found

    return watched


def _taken(name: str, now: str, sent: str, base: Fingerprints, lost: Fingerprints) -> str:
    if now == sent:
        return "applied"
    if now == base.get(name):
        return "not applied"
    is_late = lost.get(name) == sent
    return "applied, then edited" if is_late else "not applied, by the token"


def _is_making(is_making: Callable[..., bool]) -> Callable[..., bool]:
    def watched(*given: Any) -> bool:
        is_ours = is_making(*given)
        passed["marker followed" if is_ours else "copied marker ignored"] += 1
        return is_ours

    return watched


WATCHES: dict[str, dict[str, Watch]] = {
    "bridge.core.intents": {"resolve": _resolve},
    "bridge.flows.arrive": {"is_making": _is_making},
}


def watch_clients(*clients: tuple[str, type[Any]]) -> None:
    """See what the look-ups for records of our own making find, in either system."""
    for system, client in clients:
        _watch_look_up(system, client)


def _watch_look_up(system: str, client: type[Any]) -> None:
    look_up = client.find_created

    def watched(self: Any, shape: Any, probes: Sequence[Any]) -> Any:
        found = look_up(self, shape, probes)
        for records in found:
            told = "found" if records else "not found"
            passed[f"create in {system} looked up: {told}"] += 1
        return found

    client.find_created = watched
