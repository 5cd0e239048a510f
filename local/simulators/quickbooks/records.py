"""Parts of a company's state: a record with its versions, the names in use, one change."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from local.simulators.quickbooks.schema import Row
from local.simulators.quickbooks.switches import Switches

_KEPT_VERSIONS = 50


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record, for the webhooks and for change data capture."""

    realm: str
    entity: str
    id: str
    operation: str
    at: datetime
    deleted_id: str | None = None


@dataclass(slots=True)
class Record:
    """A record with its last versions, so that a query may show an older state.

    Rows are never changed in place; a row of None means that the record is gone.
    """

    versions: list[tuple[datetime, Row | None]] = field(default_factory=list)

    def add(self, at: datetime, row: Row | None) -> None:
        """Make a version the current one; the oldest ones are forgotten."""
        self.versions.append((at, row))
        if len(self.versions) > _KEPT_VERSIONS:
            del self.versions[0]

    @property
    def row(self) -> Row | None:
        """Return the record as it is now."""
        return self.versions[-1][1]

    def as_of(self, moment: datetime) -> Row | None:
        """Return the record as it was at a moment; None if it was not there."""
        return (self.version_at(moment) or (moment, None))[1]

    def version_at(self, moment: datetime) -> tuple[datetime, Row | None] | None:
        """Return the version of a moment and when it came; None if there was none yet."""
        return next((each for each in reversed(self.versions) if each[0] <= moment), None)


class Names:
    """The names in use, by namespace, compared without regard to case unless told otherwise."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._holders: dict[str, dict[str, dict[tuple[str, str], str]]] = defaultdict(dict)

    @property
    def are_shared_by_children(self) -> bool:
        """Tell whether a sub-customer may have the name of a record outside its parent."""
        return self._switches.sub_customer_names == "within_parent"

    def is_taken(self, namespace: str, name: str, holder: tuple[str, str]) -> bool:
        """Tell whether another record holds this name."""
        others = self._holders[namespace].get(name.casefold(), {})
        return any(
            each != holder and (held == name or not self._switches.name_case_sensitive)
            for each, held in others.items()
        )

    def give_back(self, namespace: str, name: str, holder: tuple[str, str]) -> None:
        """Free a name."""
        self._holders[namespace].get(name.casefold(), {}).pop(holder, None)

    def take(self, namespace: str, name: str, holder: tuple[str, str]) -> None:
        """Hold a name."""
        self._holders[namespace].setdefault(name.casefold(), {})[holder] = name
