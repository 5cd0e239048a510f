"""People who put customers below one another, on either side."""

from collections.abc import Mapping
from typing import Any

from tests.simulation.buyers import Buyers
from tests.simulation.people import Deed, Row

# Of so many deeds one takes a parent away.
LEAVING = 0.25


class Families(Buyers):
    """Everybody who works in either system, with those who know which customer is whose branch."""

    def __post_init__(self) -> None:
        super().__post_init__()
        moves: list[tuple[Deed, float]] = [
            (self.move_account, 12 * self.options.families),
            (self.move_customer, 12 * self.options.families),
        ]
        self.deeds += moves

    def move_account(self) -> bool:
        """Give an account another parent, or none; none above itself, which no page takes."""
        rows = {row["Id"]: row for row in self.accounts()}
        child, parent = self._two(list(rows.values()))
        if child is None or (parent and child["Id"] in _above(parent, rows)):
            return False
        fields = {"ParentId": parent["Id"] if parent else None}
        return bool(self.in_salesforce("update", id=child["Id"], fields=fields))

    def move_customer(self) -> bool:
        """Give a customer another parent, or none."""
        realm = self.realm()
        child, parent = self._two(self.customers(realm))
        if child is None:
            return False
        fields: dict[str, Any] = {"ParentRef": {}, "Job": False}
        if parent:
            fields = {"ParentRef": {"value": parent["Id"]}, "Job": True}
        return self.in_quickbooks("update", realm, id=child["Id"], fields=fields) is not None

    def _two(self, rows: list[Row]) -> tuple[Row | None, Row | None]:
        if len(rows) < 2:
            return None, None
        child, parent = self.chance.sample(rows, 2)
        return child, None if self.chance.random() < LEAVING else parent


def _above(row: Row, rows: Mapping[str, Row]) -> set[str]:
    """Return the ids of a record and of all that stand above it."""
    found: set[str] = set()
    at: Row | None = row
    while at is not None and at["Id"] not in found:
        found.add(at["Id"])
        at = rows.get(at["ParentId"] or "")
    return found
