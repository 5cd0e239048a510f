"""Parts of a company's state: a record with its versions, the names in use, one change."""

from collections import defaultdict, deque
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

    versions: deque[tuple[datetime, Row | None]] = field(
        default_factory=lambda: deque(maxlen=_KEPT_VERSIONS)
    )

    @property
    def row(self) -> Row | None:
        """Return the record as it is now."""
        return self.versions[-1][1]

    def as_of(self, moment: datetime) -> Row | None:
        """Return the record as it was at a moment; None if it was not there yet."""
        for at, row in reversed(self.versions):
            if at <= moment:
                return row
        return None


class Names:
    """The names in use, by namespace, compared without regard to case unless told otherwise."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._holders: dict[str, dict[str, dict[tuple[str, str], str]]] = defaultdict(dict)

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
