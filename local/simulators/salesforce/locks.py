"""Rows that somebody else holds: locked by an approval, by another transaction, or by chance."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from local.simulators.salesforce.errors import ApiError

if TYPE_CHECKING:
    from local.simulators.salesforce.drafts import Draft
    from local.simulators.salesforce.schema import ObjectType
    from local.simulators.salesforce.state import Org

# A write of a child locks these parents as well.
_LOCKING = frozenset({"Account", "Opportunity", "Quote"})


@dataclass(slots=True)
class Locks:
    """The ids of held rows and for how many more writes; None holds them until they are freed."""

    held: dict[str, int | None] = field(default_factory=dict)
    approvals: set[str] = field(default_factory=set)
    chance: Random | None = None

    def take(self, record_id: str) -> bool:
        """Tell whether a row is held, and use that up by one."""
        if record_id not in self.held:
            return False
        left = self.held[record_id]
        if left is not None and left <= 1:
            del self.held[record_id]
        elif left is not None:
            self.held[record_id] = left - 1
        return True

    def clear(self) -> None:
        """Free every row, and begin the chances again."""
        self.held.clear()
        self.approvals.clear()
        self.chance = None


def check(draft: "Draft") -> None:
    """Refuse to save a record that is held, or whose parent is.

    Raises:
        ApiError: UNABLE_TO_LOCK_ROW, ENTITY_IS_LOCKED.
    """
    own = draft.old["Id"] if draft.old else None
    parents = (
        draft[each.name]
        for each in draft.object_type.references
        if each.master_detail or _LOCKING.intersection(each.reference_to)
    )
    locks = draft.org.locks
    if locks.held or locks.approvals or draft.org.switches.lock_rate:
        _check(draft.org, own, (each for each in parents if each))


def check_removal(org: "Org", _object_type: "ObjectType", record_id: str) -> None:
    """Refuse to delete a record that is held."""
    if org.locks.held or org.locks.approvals or org.switches.lock_rate:
        _check(org, record_id, ())


def _check(org: "Org", own: str | None, parents: Iterable[str]) -> None:
    locks, switches = org.locks, org.switches
    if own in locks.approvals:
        raise ApiError("ENTITY_IS_LOCKED", "the entity is locked for editing", [])
    if any(locks.take(record_id) for record_id in (own, *parents) if record_id):
        raise ApiError("UNABLE_TO_LOCK_ROW", fields=[])
    if not switches.lock_rate:
        return
    locks.chance = locks.chance or Random(switches.lock_seed)  # noqa: S311 - not a secret
    if locks.chance.random() < switches.lock_rate:
        raise ApiError("UNABLE_TO_LOCK_ROW", fields=[])
