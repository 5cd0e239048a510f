"""The Accounting API over one company: what each request asks for, and its answer as values.

Paths and parameters: Intuit, learn/rest-api-features and learn/learn-basic-field-definitions.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from local.simulators.clock import Clock
from local.simulators.quickbooks import errors, search
from local.simulators.quickbooks.entities import BY_PATH
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.query import parse
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.switches import Switches
from local.simulators.quickbooks.times import reply_time
from local.simulators.server import Request

_LONGEST_REQUEST_ID = 50
_KEPT_REPLIES = 100_000
_PREFIX = "/v3/company/"
Value = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A data request that was understood: its kind for the counters, and what it names."""

    kind: str
    realm: str
    entity: Entity | None = None
    record_id: str = ""
    refusal: ApiFault | None = None


def understand(request: Request) -> Call | None:
    """Tell what a request asks for; None if its path is not one of the API's."""
    if not request.path.startswith(_PREFIX):
        return None
    realm, _, rest = request.path.removeprefix(_PREFIX).partition("/")
    parts = rest.split("/")
    if parts == ["query"] and request.method in {"GET", "POST"}:
        return Call("query", realm)
    if parts == ["batch"] and request.method == "POST":
        return Call("batch", realm)
    if parts == ["cdc"] and request.method == "GET":
        return Call("cdc", realm, refusal=_unsupported(request))
    entity = BY_PATH.get(parts[0])
    if entity is None or len(parts) > 2:
        return Call("other", realm, refusal=_unsupported(request))
    if request.method == "GET":
        return _understand_read(request, realm, entity, parts[1:])
    if request.method == "POST" and len(parts) == 1:
        return Call(_write_kind(request), realm, entity)
    return Call("other", realm, refusal=_unsupported(request))


def _understand_read(request: Request, realm: str, entity: Entity, rest: list[str]) -> Call:
    if rest:
        # Company info is read under the realm, and its own Id is "1".
        return Call("read", realm, entity, "1" if entity.name == "CompanyInfo" else rest[0])
    if entity.name == "Preferences":
        return Call("read", realm, entity, "1")
    return Call("other", realm, refusal=_unsupported(request))


def _write_kind(request: Request) -> str:
    if request.query.get("operation") == "delete":
        return "delete"
    # A look is enough here; the body is read once the call is let through.
    return "update" if b'"SyncToken"' in request.body else "create"


def _unsupported(request: Request) -> ApiFault:
    detail = f"Operation Could not find resource for relative : {request.path} is not supported."
    return ApiFault("500", detail)


class Replies:
    """Remembers the replies to write requests by requestid, per realm (and bId)."""

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._kept: OrderedDict[tuple[str, str], Value | ApiFault] = OrderedDict()

    def once(self, realm: str, key: str, act: Callable[[], Value]) -> Value:
        """Act, or give the stored reply of the same key again.

        Raises:
            ApiFault: the refusal of the act, or a stored one if the switch says so.
        """
        if not key or not self._switches.requestid_honoured:
            return act()
        kept = self._kept.get((realm, key))
        if isinstance(kept, ApiFault):
            raise kept
        if kept is not None:
            return kept
        try:
            value = act()
        except ApiFault as fault:
            if self._switches.faults_replayed_by_requestid:
                self._keep((realm, key), fault)
            raise
        self._keep((realm, key), value)
        return value

    def _keep(self, key: tuple[str, str], value: Value | ApiFault) -> None:
        self._kept[key] = value
        if len(self._kept) > _KEPT_REPLIES:
            self._kept.popitem(last=False)


class AccountingApi:
    """Carries single calls out on their company; `batch.py` builds on it."""

    def __init__(self, companies: Mapping[str, Company], clock: Clock, switches: Switches) -> None:
        self._companies = companies
        self._clock = clock
        self._switches = switches
        self._replies = Replies(switches)

    def single(self, call: Call, request: Request) -> Value:
        """Answer a query, a read or a write.

        Raises:
            ApiFault: the API refuses.
        """
        if call.refusal:
            raise call.refusal
        if call.kind == "query":
            return {"QueryResponse": self.query(call.realm, _statement(request))}
        if call.entity is None:
            raise _unsupported(request)
        if call.kind == "read":
            company = self._companies[call.realm]
            return {call.entity.name: company.read(call.entity.name, call.record_id)}
        entity, body = call.entity, read_json(request.body)
        return self.once(
            call.realm,
            request.query.get("requestid", ""),
            lambda: self._timed(self.write(call.realm, call.kind, entity, body)),
        )

    def once(self, realm: str, key: str, act: Callable[[], Value]) -> Value:
        """Carry a write out once for each key; an empty key means each time.

        Raises:
            ApiFault: the API refuses, or the key is too long.
        """
        if len(key) > _LONGEST_REQUEST_ID:
            raise errors.business(
                f"You cannot enter more than {_LONGEST_REQUEST_ID} characters in the request_id "
                f"field. You tried entering {key}, which is {len(key)} characters."
            )
        return self._replies.once(realm, key, act)

    def query(self, realm: str, statement: str) -> Value:
        """Run a statement; the lag switch shows the state of a moment ago."""
        return search.run(parse(statement), self._companies[realm], self._queried_moment())

    def write(self, realm: str, kind: str, entity: Entity, body: Row) -> Value:
        """Create or update; list records cannot be deleted."""
        company = self._companies[realm]
        if kind == "delete":
            raise ApiFault("500", f"Operation delete {entity.path} is not supported.")
        if not entity.can_be_written:
            raise ApiFault("500", f"Operation {kind} {entity.path} is not supported.")
        is_update = body.get("Id") not in (None, "")
        row = company.update(entity, body) if is_update else company.create(entity, body)
        return {entity.name: row}

    def _timed(self, value: Value) -> Value:
        return {**value, "time": reply_time(self._clock.now())}

    def _queried_moment(self) -> datetime | None:
        lag_s = self._switches.query_lag_s
        return self._clock.now() - timedelta(seconds=lag_s) if lag_s > 0 else None


def read_json(body: bytes) -> Row:
    """Read a request body; numbers with a point become Decimal.

    Raises:
        ApiFault: 500 for bytes that are not UTF-8, 2010 for what is no JSON object.
    """
    try:
        value = json.loads(body.decode(), parse_float=Decimal)
    except UnicodeDecodeError:
        raise ApiFault(
            "500",
            "Operation com.sun.org.apache.xerces.internal.impl.io.MalformedByteSequenceException: "
            "Invalid byte 1 of 1-byte UTF-8 sequence. is not supported.",
        ) from None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ApiFault("2010", "Property Name:Unexpected content specified is unsupported")
    return value


def _statement(request: Request) -> str:
    if request.method == "GET":
        return request.query.get("query", "")
    return request.body.decode("utf-8", "replace")
