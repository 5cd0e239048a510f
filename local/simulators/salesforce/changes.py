"""The change log: what each committed write did to a record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from local.simulators.salesforce.tables import Row
from local.simulators.salesforce.values import render

# Set by the system with every write, so they say nothing about what somebody changed.
_STAMPS = frozenset(
    {
        "Id",
        "IsDeleted",
        "CreatedDate",
        "CreatedById",
        "LastModifiedDate",
        "LastModifiedById",
        "SystemModstamp",
    }
)


@dataclass(frozen=True, slots=True)
class Change:
    """One committed change of one record; `old` and `new` hold the fields concerned."""

    seq: int
    object: str
    id: str
    operation: str
    changed_fields: tuple[str, ...]
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    user_id: str
    time: datetime
    is_by_another: bool = False
    transaction: int = 0
    place: int = 0
    origin: str = ""

    def numbered(self, seq: int, transaction: int, place: int, origin: str) -> "Change":
        """Return the change with its place in the log and in its transaction."""
        return replace(self, seq=seq, transaction=transaction, place=place, origin=origin)

    def listing(self) -> dict[str, Any]:
        """Show the change as the admin face does."""
        return {
            "seq": self.seq,
            "object": self.object,
            "id": self.id,
            "operation": self.operation,
            "changedFields": list(self.changed_fields),
            "old": {name: render(value) for name, value in self.old.items()},
            "new": {name: render(value) for name, value in self.new.items()},
            "userId": self.user_id,
            "time": render(self.time),
        }


def change_between(
    operation: str,
    object_name: str,
    old: Mapping[str, Any] | None,
    new: Row,
    user_id: str,
) -> Change:
    """Describe the step from one row to the next.

    `old` of a deletion and `new` of an undeletion show the whole record; all else shows only the
    fields that differ.
    """
    before = old or {}
    names = [*new, *(name for name in before if name not in new)]
    differing = tuple(name for name in names if new[name] != before.get(name) and _is_told(name))
    taken = given = differing
    if operation in ("DELETE", "UNDELETE"):
        held = tuple(name for name in new if _is_told(name))
        taken, given = (held, given) if operation == "DELETE" else ((), held)
    elif operation == "CREATE":
        taken = ()
    return Change(
        seq=0,
        object=object_name,
        id=new["Id"],
        operation=operation,
        changed_fields=differing,
        old={name: before.get(name) for name in taken},
        new={name: new[name] for name in given},
        user_id=user_id,
        time=new["SystemModstamp"],
        is_by_another=before.get("LastModifiedById") != new["LastModifiedById"],
    )


def _is_told(name: str) -> bool:
    return name not in _STAMPS and not name.startswith("_")
