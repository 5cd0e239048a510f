"""Change data capture: what changed since a moment, by entity, deleted records as stubs.

Intuit: api/accounting/all-entities/changedatacapture. It works on the latest state of each record
that changed, so a record that changed often comes once.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from local.simulators.quickbooks import errors
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.events import TYPES
from local.simulators.quickbooks.schema import Row
from local.simulators.quickbooks.search import totals
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.switches import Switches
from local.simulators.quickbooks.times import read_time, stamp

MOST_OBJECTS = 1000
_LOOK_BACK = timedelta(days=30)
_UNSUPPORTED = {"journalcode", "timeactivity", "taxagency", "taxcode", "taxrate"}
_BY_LOWER_NAME = {name.lower(): name for name in ENTITIES}
Group = dict[str, Any]


class Feed:
    """Answers change data capture of one company at a moment."""

    def __init__(self, company: Company, switches: Switches, now: datetime) -> None:
        self._company = company
        self._switches = switches
        self._now = now

    def since(self, entities: str, changed_since: str) -> dict[str, list[Group]]:
        """Return the `QueryResponse` groups of a comma list of entities, in its order.

        Raises:
            ApiFault: a parameter is missing or wrong, an entity is not supported, or the moment
                is more than 30 days ago.
        """
        names = [_name(each.strip()) for each in entities.split(",") if each.strip()]
        if not names:
            raise errors.required("entities")
        moment = self._moment(changed_since)
        groups, left = [], MOST_OBJECTS
        for name in names:
            # The limit is on the reply as a whole; which objects it cuts is not documented.
            found = self._changed(name, moment)[:left] if name in ENTITIES else []
            left -= len(found)
            groups.append(_group(name, found))
        if self._switches.cdc_empty == "one" and not any(groups):
            groups = [{}]
        return {"QueryResponse": groups}

    def _moment(self, text: str) -> datetime:
        if not text:
            raise errors.required("changedSince")
        try:
            moment = read_time(text)
        except ValueError:
            raise ApiFault("2070", f"Invalid Date. Supplied value: {text}") from None
        if moment < self._now - _LOOK_BACK:
            raise _unsupported(f"changedSince date {text} which is older than fixed days")
        return moment

    def _changed(self, entity: str, moment: datetime) -> list[Row]:
        # Stamps have whole seconds.
        moment = moment.replace(microsecond=0)
        living: list[tuple[datetime, Row]] = []
        gone: list[tuple[datetime, Row]] = []
        for record_id, at, row in self._versions(entity, moment):
            if row is None:
                gone.append((at, _stub(record_id, at)))
            elif row.get("Active") is not False or self._switches.cdc_inactive == "full":
                living.append((_changed_at(row), row))
            elif self._switches.cdc_inactive == "stub":
                gone.append((_changed_at(row), _stub(record_id, _changed_at(row))))
        ordered = sorted(living, key=_time_of) + sorted(gone, key=_time_of)
        return [row for at, row in ordered if at >= moment]

    def _versions(
        self, entity: str, moment: datetime
    ) -> Iterator[tuple[str, datetime, Row | None]]:
        lag_s = self._switches.cdc_lag_s
        as_of = self._now - timedelta(seconds=lag_s) if lag_s > 0 else None
        merged = self._merged_away(entity) if self._switches.cdc_merged == "absent" else set()
        for record_id in self._company.index.changed_since(entity, moment):
            version = self._company.version(entity, record_id, as_of)
            if version and not (version[1] is None and record_id in merged):
                yield record_id, *version

    def _merged_away(self, entity: str) -> set[str]:
        changes = self._company.changes
        return {each.deleted_id for each in changes if each.deleted_id and each.entity == entity}


def _name(text: str) -> str:
    """Return how an entity is spelled; one that is only known by its name has no changes here."""
    lower = text.lower()
    if lower in _BY_LOWER_NAME and lower not in _UNSUPPORTED:
        return _BY_LOWER_NAME[lower]
    if lower in TYPES and lower not in _UNSUPPORTED:
        return text
    raise _unsupported(f"entity {text}")


def _unsupported(what: str) -> ApiFault:
    # The sentence was observed for a moment too long ago (QuickBooksSharp issue 19).
    return ApiFault("500", f"Operation cdc with {what} is not supported.")


def _group(name: str, rows: list[Row]) -> Group:
    if not rows:
        return {}
    told = {"totalCount": len(rows)} if totals(name) else {}
    return {name: rows, "startPosition": 1, "maxResults": len(rows), **told}


def _stub(record_id: str, at: datetime) -> Row:
    times = {"LastUpdatedTime": stamp(at)}
    return {"domain": "QBO", "status": "Deleted", "Id": record_id, "MetaData": times}


def _changed_at(row: Row) -> datetime:
    return datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"])


def _time_of(entry: tuple[datetime, Row]) -> tuple[datetime, int]:
    at, row = entry
    return at, int(row["Id"])
