"""Conditional headers, which count in whole seconds.

Salesforce: REST API Developer Guide, "Conditional Request Headers".
"""

import hashlib
from datetime import datetime

from local.simulators.salesforce.errors import MESSAGES, ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.schema import ObjectType
from local.simulators.salesforce.state import Org, Row
from local.simulators.salesforce.values import parse_http_date
from local.simulators.server import http_date

# Accounts alone have entity tags.
_TAGGED = "Account"


def check_row(org: Org, call: Call, object_type: ObjectType, row: Row) -> Reply | None:
    """Return the 304 that ends the call, or None where it goes on.

    Raises:
        ApiError: 412 for a condition that does not hold, 400 for a malformed date in a write.
    """
    headers = call.headers
    is_tagged = object_type.name == _TAGGED and (
        "if-match" in headers or "if-none-match" in headers
    )
    if is_tagged and (reply := _check_tags(call, etag(row))):
        return reply
    return check_dates(call, row[org.switches.conditional_stamp], org.switches.precondition_code)


def check_dates(call: Call, changed: datetime, code: str = "PRECONDITION_FAILED") -> Reply | None:
    """Return the 304 that ends the call, or None where it goes on; `changed` is in UTC.

    Raises:
        ApiError: 412 for a condition that does not hold, 400 for a malformed date in a write.
    """
    unmodified_since = _date(call, "if-unmodified-since")
    if unmodified_since and changed > unmodified_since:
        raise ApiError(code, MESSAGES["PRECONDITION_FAILED"], status=412)
    modified_since = _date(call, "if-modified-since")
    if modified_since and changed <= modified_since:
        return Reply(304, None, {"Last-Modified": http_date(changed)})
    return None


def etag(row: Row) -> str:
    """Return the entity tag of a row."""
    seen = f"{row['Id']} {row['SystemModstamp']} {sorted(map(str, row.values()))}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'


def tag_headers(org: Org, object_type: ObjectType, row: Row) -> dict[str, str]:
    """Return the headers that tell a reader the version of a row."""
    if object_type.name != _TAGGED:
        return {}
    stamp = http_date(row[org.switches.conditional_stamp])
    return {"ETag": etag(row), "Last-Modified": stamp}


def _check_tags(call: Call, tag: str) -> Reply | None:
    # A packed reply is told apart from a plain one by a suffix inside the quotation marks.
    wanted, unwanted = (
        call.headers.get(name, "").replace('--gzip"', '"') for name in ("if-match", "if-none-match")
    )
    if wanted and tag not in wanted and wanted != "*":
        raise ApiError("PRECONDITION_FAILED")
    if not unwanted or (tag not in unwanted and unwanted != "*"):
        return None
    if call.method == "GET":
        return Reply(304, None, {"ETag": tag})
    raise ApiError("PRECONDITION_FAILED")


def _date(call: Call, name: str) -> datetime | None:
    text = call.headers.get(name)
    if text is None:
        return None
    moment = parse_http_date(text)
    if moment is None and call.method != "GET":
        raise ApiError("INVALID_ARGUMENT", f"Invalid date in header {name}")
    return moment
