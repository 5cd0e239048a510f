"""The small scenes: how a pair of records stands, and the one or two deeds that meet in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.simulation.small.deeds import QUICKBOOKS, SALESFORCE, Deed

SIDES = (SALESFORCE, QUICKBOOKS)
OWNERS = (SALESFORCE, QUICKBOOKS, "manual")
EDITS = ("fax", "phone", "remove")


@dataclass(frozen=True)
class Scene:
    """One small world: what has happened and come to rest, and what happens now.

    The first worker begins after `opening`; `second` may come at any time from then on.
    """

    before: tuple[Deed, ...]
    opening: tuple[Deed, ...]
    second: Deed | None
    owner: str

    def __str__(self) -> str:
        kind = "linked" if self.before else "unlinked"
        opening = ", ".join(str(each) for each in self.opening)
        then = f", then {self.second}" if self.second else ""
        return f"{kind}, {self.owner} owns: {opening}{then}"

    @property
    def is_crowded(self) -> bool:
        """Say whether two people make one record, and a third one edits it."""
        return len(self.opening) > 1 and self.second is not None

    @property
    def is_on_one_side(self) -> bool:
        """Say whether the second deed edits a field on the side of the first."""
        first, second = self.opening[-1], self.second
        if second is None or second.what not in ("fax", "phone", "name") or self.is_crowded:
            return False
        return second.side == first.side

    @property
    def has_removal(self) -> bool:
        """Say whether anybody removes a record."""
        return any(each.what == "remove" for each in self._now)

    @property
    def _now(self) -> tuple[Deed, ...]:
        return (*self.opening, self.second) if self.second else self.opening


def scenes() -> Iterator[Scene]:
    """Yield every scene."""
    yield from _linked()
    yield from _unlinked()


def _linked() -> Iterator[Scene]:
    """One edit of a pair at rest, and perhaps another one."""
    born = (Deed(SALESFORCE, "add"),)
    for side in SIDES:
        other = SIDES[side == SALESFORCE]
        for first in ("fax", "remove"):
            opening = (Deed(side, first),)
            yield Scene(born, opening, None, SALESFORCE)
            for again, what in product(SIDES, EDITS):
                if first == "remove" and (again == side or what == "phone"):
                    continue  # nobody edits a record that is gone, nor is one field another then
                is_contested = again == other and first == what == "fax"
                for owner in OWNERS if is_contested else (SALESFORCE,):
                    yield Scene(born, opening, Deed(again, what), owner)


def _unlinked() -> Iterator[Scene]:
    """A record made on one side or on both, and perhaps an edit while the bridge takes it over."""
    for sides in ((SALESFORCE,), (QUICKBOOKS,), SIDES):
        opening = tuple(Deed(side, "add") for side in sides)
        yield Scene((), opening, None, SALESFORCE)
        for again, what in product(SIDES, ("fax", "name", "remove")):
            # Twins hold different faxes from their first day, which only the fax's owner settles.
            is_contested = len(sides) > 1 and what == "fax"
            for owner in (SALESFORCE, QUICKBOOKS) if is_contested else (SALESFORCE,):
                yield Scene((), opening, Deed(again, what), owner)
