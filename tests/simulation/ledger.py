"""What people did, and what the bridge did to it: judged at the moment of each write of ours.

Every value has a number. A value *replaces* the values that a person saw, and changed, when they
typed it. A write of ours may put a value in the place of one that it replaces; never the other way
round, not even with a note; and of two values that do not know one another the loser must be
readable in a sync message by then. Nothing takes the place of a value only where a person has
emptied such a field.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

# Records of which a second one would be money made up.
MONEY = ("Invoice", "Estimate", "Invoice__c", "Payment__c", "Credit_Memo__c")
Cell = tuple[str, str, str, str]  # system, scope (realm or org), record id, field


@dataclass(frozen=True)
class Edit:
    """A value that a person typed."""

    number: int
    cell: Cell


@dataclass
class Ledger:
    """The values that stand in every record, and which of them came after which."""

    is_shown: Callable[[int], bool]
    note: Callable[[str], None]
    cells: dict[Cell, int | None] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    # For each value those that were seen, and changed, when it came.
    before: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    # Values that a person let go of in merging the record that held them into another.
    dropped: set[int] = field(default_factory=set)
    # The fields that a person has emptied somewhere.
    emptied: set[str] = field(default_factory=set)
    made: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    writes: int = 0
    deeds: int = 0

    def person_sets(self, cell: Cell, new: int | None, *, is_told: bool = False) -> None:
        """Note what a person typed over what they saw.

        Over what the other system alone `is_told` to say, nothing that is typed replaces anything
        but what was typed there before.
        """
        old = self.cells.get(cell)
        self.cells[cell] = new
        if new is None and old is not None:
            self.emptied.add(cell[3])
        if new is None or new == old:
            return
        if old is not None and (not is_told or Edit(old, cell) in self.edits):
            self.before[new].add(old)
        self.edits.append(Edit(new, cell))

    def bridge_sets(self, cell: Cell, new: int | None) -> None:
        """Judge a value that the bridge wrote."""
        old = self.cells.get(cell)
        self.cells[cell] = new
        self.note(f"bridge: {' '.join(cell)}: {old} -> {new}")
        if old is None or new == old or old in self.dropped:
            return
        told = f"{' '.join(cell)}: {old} -> {new}"
        if new is None:
            if not self.is_shown(old):
                self.violates("no lost update", f"{told}: emptied, and shown to nobody")
            elif cell[3] not in self.emptied:
                self.violates("no lost update", f"{told}: emptied, as nobody had done")
        elif self.replaces(old, new) and not self.replaces(new, new):
            # Two merges, each of which kept what the other let go of, leave no order between the
            # two values; nor does one that came once more, as another company spells it.
            self.violates("no lost update", f"{told}: an older value over a newer one")
        elif not self.replaces(new, old):
            if not self.is_shown(old):
                self.violates("no lost update", f"{told}: the value lost is shown to nobody")
            self.before[new].add(old)

    def person_merges(self, loser: tuple[str, str, str], survivor: tuple[str, str, str]) -> None:
        """Note that a person made one record of two: the loser's values are let go of."""
        for (*record, name), number in list(self.cells.items()):
            if tuple(record) != loser or number is None:
                continue
            kept = self.cells.get((*survivor, name))
            self.dropped |= {number} | self._all_before(number)
            if kept is not None:
                self.before[kept].add(number)

    def bridge_made(self, system: str, scope: str, kind: str, source: str, most: int = 1) -> None:
        """Count a record that the bridge made for another one, and judge it.

        `most` is above one where the source is only known by a name that several records have had.
        """
        key = (system, scope, kind, source)
        self.made[key] += 1
        if self.made[key] > most:
            law = "money at most once" if kind in MONEY else "no duplicates"
            self.violates(law, f"{' '.join(key)}: made {self.made[key]} times")

    def survives(self, edit: Edit, final: int | None) -> bool:
        """Say whether a value is the last one, was replaced knowingly, or can be read."""
        if final is not None and (final == edit.number or self.replaces(final, edit.number)):
            return True
        # What a person typed over it may be what can be read.
        later = (each for each in list(self.before) if self.replaces(each, edit.number))
        known = chain([edit.number], later)
        return any(each in self.dropped or self.is_shown(each) for each in known)

    def replaces(self, new: int, old: int) -> bool:
        """Say whether a value came after another one, by whatever way."""
        return old in self._all_before(new)

    def violates(self, law: str, what: str) -> None:
        """Note a violation of an invariant."""
        self.violations.append(f"{law}: {what}")
        self.note(f"VIOLATION: {law}: {what}")

    def _all_before(self, number: int) -> set[int]:
        found: set[int] = set()
        ways = [number]
        while ways:
            for each in self.before[ways.pop()] - found:
                found.add(each)
                ways.append(each)
        return found
