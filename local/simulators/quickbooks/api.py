"""The Accounting API over one company: what each request asks for, and its answer as values.

Paths and parameters: Intuit, learn/rest-api-features and learn/learn-basic-field-definitions.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from local.simulators.clock import Clock
from local.simulators.quickbooks import search
from local.simulators.quickbooks.cdc import Feed
from local.simulators.quickbooks.entities import BY_PATH
from local.simulators.quickbooks.errors import ApiFault, not_found
from local.simulators.quickbooks.links import with_link
from local.simulators.quickbooks.numbering import NO_OPTIONS, Options
from local.simulators.quickbooks.query import parse
from local.simulators.quickbooks.requestids import Replies
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.quickbooks.state import Company
from local.simulators.quickbooks.switches import Switches
from local.simulators.quickbooks.times import reply_time
from local.simulators.quickbooks.voiding import in_upper_snake
from local.simulators.server import Request

_PREFIX = "/v3/company/"
# What stands behind the id of a document in a path.
_PARTS: dict[tuple[str, ...], str] = {("POST", "send"): "send", ("GET", "pdf"): "pdf"}
# Only people void credit memos and refund receipts; the API deletes them.
_NOT_VOIDED = {"CreditMemo", "RefundReceipt"}
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
        return Call("cdc", realm)
    entity = BY_PATH.get(parts[0])
    if entity and entity.is_document and (kind := _PARTS.get((request.method, *parts[2:]))):
        return Call(kind, realm, entity, parts[1])
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
    operation = request.query.get("operation")
    if operation in {"delete", "void"}:
        return operation
    if "void" in _asked(request):
        return "void"
    # A look is enough here; the body is read once the call is let through.
    return "update" if b'"SyncToken"' in request.body else "create"


def _unsupported(request: Request) -> ApiFault:
    detail = f"Operation Could not find resource for relative : {request.path} is not supported."
    return ApiFault("500", detail)


class AccountingApi:
    """Carries single calls out on their company; `batch.py` builds on it."""

    def __init__(self, companies: Mapping[str, Company], clock: Clock, switches: Switches) -> None:
        self._companies = companies
        self._clock = clock
        self._switches = switches
        self._replies = Replies(switches, clock)
        # Carries an act out once for a key: `requestids.py` says how.
        self.once = self._replies.once

    def single(self, call: Call, request: Request) -> Value:
        """Answer a query, a read or a write.

        Raises:
            ApiFault: the API refuses.
        """
        if call.refusal:
            raise call.refusal
        if call.kind == "query":
            found = self.query(call.realm, _statement(request))
            return {"QueryResponse": self._with_links(call.realm, found, _asked(request))}
        if call.kind == "cdc":
            asked = request.query
            found = self.changes(
                call.realm, asked.get("entities", ""), asked.get("changedSince", "")
            )
            return {"CDCResponse": [found]}
        if call.entity is None:
            raise _unsupported(request)
        if call.kind == "read":
            found = {call.entity.name: self.record(call)}
            return self._with_links(call.realm, found, _asked(request))
        key = request.query.get("requestid", "")
        content = _content(request) if key else b""
        act = partial(self._send if call.kind == "send" else self._write, call, request)
        return self.once(call.realm, key, content, act)

    def record(self, call: Call) -> Row:
        """Return the record that a call names.

        Raises:
            ApiFault: 2030 or 610.
        """
        if call.entity is None:
            raise not_found()
        return self._companies[call.realm].read(call.entity.name, call.record_id)

    def company_name(self, realm: str) -> str:
        """Return what a company calls itself."""
        row = self._companies[realm].find("CompanyInfo", "1") or {}
        return str(row.get("CompanyName", ""))

    def _with_links(self, realm: str, value: Value, options: Options) -> Value:
        """Add the links to pay online to invoices, if they are asked for."""
        if "Invoice" not in value:
            return value
        if "invoicelink" not in options and self._switches.invoice_link == "asked":
            return value
        invoices = value["Invoice"]
        if isinstance(invoices, list):
            return {**value, "Invoice": [with_link(each, realm) for each in invoices]}
        return {**value, "Invoice": with_link(invoices, realm)}

    def _send(self, call: Call, request: Request) -> Value:
        company, entity = self._companies[call.realm], call.entity
        if entity is None:
            raise _unsupported(request)
        row = company.send(entity, call.record_id, request.query.get("sendTo", ""))
        return self._timed({entity.name: row})

    def _write(self, call: Call, request: Request) -> Value:
        if call.entity is None:
            raise _unsupported(request)
        body, options = read_json(request.body), _asked(request)
        is_by_operation = call.kind == "void" and "void" not in options
        if is_by_operation and not self._voids_by_operation(call.entity):
            raise ApiFault("500", f"Operation void {call.entity.path} is not supported.")
        written = self.write(call.realm, call.kind, call.entity, body, options)
        return self._timed(self._with_links(call.realm, written, options))

    def _voids_by_operation(self, entity: Entity) -> bool:
        """Tell whether `operation=void` works, which is documented for invoices alone.

        Payments and sales receipts are voided by an update that includes `void`.
        """
        if entity.name == "SalesReceipt":
            return self._switches.receipt_voided_by_operation
        return entity.name != "Payment" or self._switches.payment_voided_by_operation

    def query(self, realm: str, statement: str) -> Value:
        """Run a statement; the lag switch shows the state of a moment ago."""
        company = self._companies[realm]
        return search.run(parse(statement), company, self._switches, self._queried_moment())

    def changes(self, realm: str, entities: str, changed_since: str) -> Value:
        """Answer change data capture."""
        feed = Feed(self._companies[realm], self._switches, self._clock.now())
        return feed.since(entities, changed_since)

    def write(
        self, realm: str, kind: str, entity: Entity, body: Row, options: Options = NO_OPTIONS
    ) -> Value:
        """Create, update, delete or void; list records can be neither deleted nor voided.

        Raises:
            ApiFault: the API refuses.
        """
        company = self._companies[realm]
        if kind in {"delete", "void"} and not entity.is_document:
            raise ApiFault("500", f"Operation {kind} {entity.path} is not supported.")
        if kind == "delete":
            return {entity.name: company.delete(entity, body)}
        if kind == "void":
            return {entity.name: self._void(company, entity, body)}
        is_update = body.get("Id") not in (None, "")
        if not entity.can_be_written or not (is_update or entity.can_be_created):
            raise ApiFault("500", f"Operation {kind} {entity.path} is not supported.")
        act = company.update if is_update else company.create
        return {entity.name: act(entity, body, options=options)}

    def _void(self, company: Company, entity: Entity, body: Row) -> Row:
        if entity.name in _NOT_VOIDED:
            raise ApiFault("500", f"Operation void {entity.path} is not supported.")
        row = company.void(entity, body)
        has_sample_spelling = self._switches.void_reply_enums == "upper_snake"
        return in_upper_snake(row) if has_sample_spelling else row

    def _timed(self, value: Value) -> Value:
        return {**value, "time": reply_time(self._clock.now())}

    def _queried_moment(self) -> datetime | None:
        lag_s = self._switches.query_lag_s
        return self._clock.now() - timedelta(seconds=lag_s) if lag_s > 0 else None


def _asked(request: Request) -> Options:
    return _options(request.query.get("include", ""))


def _options(text: str) -> Options:
    return frozenset(each.strip().lower() for each in text.split(",") if each.strip())


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


def _content(request: Request) -> bytes:
    """Return what makes a repeat the same request."""
    return f"{request.path} {sorted(request.query.items())} ".encode() + request.body


def _statement(request: Request) -> str:
    if request.method == "GET":
        return request.query.get("query", "")
    return request.body.decode("utf-8", "replace")
