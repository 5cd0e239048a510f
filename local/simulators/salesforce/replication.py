"""What changed in a span of time: `updated` and `deleted` of an object.

Salesforce: REST API Developer Guide, "sObject Get Updated" and "sObject Get Deleted"; SOAP API
Developer Guide, getUpdated() and getDeleted().
"""

from datetime import datetime, timedelta

from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.service import Service
from local.simulators.salesforce.state import Org
from local.simulators.salesforce.values import parse_datetime, render

_MOST_IDS = 600_000
_UPDATED_DAYS = 30
_DELETED_DAYS = 15


def updated(service: Service, call: Call) -> Reply:
    """Return the ids of the records that were added or changed in a span."""
    org, object_type = service.org, service.org.schema.require(call.parts[1])
    start, end = _span(org, call, _UPDATED_DAYS)
    rows = org.rows(object_type).values()
    found = [row for row in rows if not row["IsDeleted"] and start <= row["SystemModstamp"] < end]
    found.sort(key=lambda row: (row["SystemModstamp"], row["Id"]))
    _check_count(len(found))
    covered = render(_covered(org, end))
    return Reply(200, {"ids": [row["Id"] for row in found], "latestDateCovered": covered})


def deleted(service: Service, call: Call) -> Reply:
    """Return the records that were deleted in a span, as long as the delete log has them."""
    org, object_type = service.org, service.org.schema.require(call.parts[1])
    start, end = _span(org, call, _DELETED_DAYS)
    if end - start <= timedelta(minutes=1, seconds=1):
        raise _bad("endDate must be at least one minute greater than the startDate")
    if org.purged and start < org.purged:
        raise _bad("The delete log does not reach back to the startDate")
    rows = org.rows(object_type).values()
    found = [row for row in rows if row["IsDeleted"] and start <= row["SystemModstamp"] < end]
    found.sort(key=lambda row: (row["SystemModstamp"], row["Id"]))
    _check_count(len(found))
    listed = [{"id": row["Id"], "deletedDate": render(row["SystemModstamp"])} for row in found]
    value = {
        "deletedRecords": listed,
        "earliestDateAvailable": render(_earliest(org)),
        "latestDateCovered": render(_covered(org, end)),
    }
    return Reply(200, value)


def _span(org: Org, call: Call, days: int) -> tuple[datetime, datetime]:
    """Return the start and the first moment after the end: whole minutes, both inclusive."""
    start, end = (_moment(call, name) for name in ("start", "end"))
    if start >= end:
        raise _bad("startDate must be before endDate")
    if start < org.clock.now() - timedelta(days=days, minutes=1):
        raise _bad(f"startDate cannot be more than {days} days ago")
    minutes = [moment.replace(second=0) for moment in (start, end)]
    # The end has no seconds either, so the minute that it names is the last second covered.
    return minutes[0], minutes[1] + timedelta(seconds=1)


def _moment(call: Call, name: str) -> datetime:
    # A plus sign that was not escaped arrives as a blank.
    found = parse_datetime(call.query.get(name, "").strip().replace(" ", "+"))
    if found is None:
        text = f"{name} is not a valid dateTime value: {call.query.get(name, '')}"
        raise ApiError("INVALID_FIELD", text)
    return found


def _covered(org: Org, end: datetime) -> datetime:
    """Return up to when nothing can appear later: the start of the oldest transaction under way."""
    switches = org.switches
    behind = max(switches.latest_date_covered_lag_s, switches.long_transaction_s)
    now = org.clock.now().replace(microsecond=0) - timedelta(seconds=behind)
    return min(end - timedelta(seconds=1), now)


def _earliest(org: Org) -> datetime:
    oldest = org.clock.now() - timedelta(days=_DELETED_DAYS)
    return max(oldest, org.purged or oldest).replace(second=0, microsecond=0)


def _check_count(count: int) -> None:
    if count > _MOST_IDS:
        raise ApiError("EXCEEDED_ID_LIMIT", f"more than {_MOST_IDS} ids in the span")


def _bad(message: str) -> ApiError:
    return ApiError("INVALID_REPLICATION_DATE", message)
