"""Batches: up to 30 writes and queries in one call, each with its own answer.

Intuit: api/accounting/all-entities/batch. A reply is HTTP 200 whatever became of its items.
"""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from local.simulators.faults import Fault, FaultPlan
from local.simulators.quickbooks.api import AccountingApi, Value, read_json
from local.simulators.quickbooks.entities import ENTITIES
from local.simulators.quickbooks.errors import ApiFault
from local.simulators.quickbooks.numbering import NO_OPTIONS, Options
from local.simulators.quickbooks.schema import Entity, Row
from local.simulators.server import Request, json_bytes

MOST_ITEMS = 30
_OPERATIONS = {"create", "update", "delete"}
_ITEM_KEYS = {"bId", "operation", "optionsData"}


class ConnectionDropped(Exception):  # noqa: N818 - not an error of the product
    """A planted fault cuts the connection in the middle of a batch."""


@dataclass
class _Late(Exception):  # noqa: N818 - not an error of the product
    """A planted fault lets the rest of a batch take effect some seconds after the client left."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a batch."""

    bid: str
    kind: str
    statement: str = ""
    entities: str = ""
    changed_since: str = ""
    entity: Entity | None = None
    body: Row | None = None
    options: Options = NO_OPTIONS


class Batches:
    """Answers batch calls.

    `on_item` learns the kind of every item, and whether it went well; `later` carries something
    out when some seconds have passed.
    """

    def __init__(
        self,
        api: AccountingApi,
        faults: FaultPlan,
        on_item: Callable[[str, bool], None],
        later: Callable[[float, Callable[[], object]], None],
    ) -> None:
        self._api = api
        self._faults = faults
        self._on_item = on_item
        self._later = later

    def answer(self, realm: str, request: Request) -> Value:
        """Carry the items out one after the other.

        Raises:
            ApiFault: the batch as a whole cannot be taken.
            ConnectionDropped: a planted fault; the items before it have taken effect.
        """
        raw = read_json(request.body).get("BatchItemRequest")
        if not isinstance(raw, list) or not raw:
            raise ApiFault("400", "Batch Request is Empty")
        if len(raw) > MOST_ITEMS:
            raise ApiFault("1040", f"Batch size exceeds allowed limit : {MOST_ITEMS}")
        request_id = request.query.get("requestid", "")
        return {"BatchItemResponse": self._all(realm, request_id, raw)}

    def _all(self, realm: str, request_id: str, raw: list[Any]) -> list[Value]:
        answers: list[Value] = []
        for place, each in enumerate(raw):
            try:
                answers.append(self._one(realm, request_id, each))
            except _Late as late:
                self._later(late.seconds, partial(self._finish, realm, request_id, raw[place:]))
                raise ConnectionDropped from None
        return answers

    def _finish(self, realm: str, request_id: str, raw: list[Any]) -> None:
        with contextlib.suppress(ConnectionDropped):
            self._all(realm, request_id, raw)

    def _one(self, realm: str, request_id: str, raw: Any) -> Value:
        bid = str(raw.get("bId", "")) if isinstance(raw, dict) else ""
        kind = "other"
        try:
            item = _read_item(bid, raw)
            kind = item.kind
            answer = self._carry_out(realm, request_id, item, raw)
        except ApiFault as fault:
            self._on_item(kind, False)
            return {"Fault": fault.body(), "bId": bid}
        self._on_item(kind, True)
        return {**answer, "bId": bid}

    def _carry_out(self, realm: str, request_id: str, item: Item, raw: Any) -> Value:
        fault = self._planted(item, raw)
        if fault and fault.effect.late_s:
            raise _Late(fault.effect.late_s)
        if fault and fault.effect.drop == "before":
            raise ConnectionDropped
        if fault and fault.effect.replaces_answer:
            raise _fault_of(fault)
        answer = self._act(realm, request_id, item)
        if fault and fault.effect.drop == "after":
            raise ConnectionDropped
        return answer

    def _act(self, realm: str, request_id: str, item: Item) -> Value:
        if item.kind == "cdc":
            return {"CDCResponse": self._api.changes(realm, item.entities, item.changed_since)}
        if item.entity is None or item.body is None:
            return {"QueryResponse": self._api.query(realm, item.statement)}
        entity, body = item.entity, item.body
        # The key of an item is the requestid and its bId together (Java SDK issue 180).
        key = f"{request_id}{item.bid}" if request_id else ""
        return self._api.once(
            realm,
            key,
            json_bytes([item.kind, entity.name, body]) if key else b"",
            lambda: self._api.write(realm, item.kind, entity, body, item.options),
            is_item=True,
        )

    def _planted(self, item: Item, raw: Any) -> Fault | None:
        if not self._faults:
            return None
        request = Request("POST", f"/batch/{item.kind}", body=json_bytes(raw))
        return self._faults.take(request, f"batch_item:{item.kind}")


def _read_item(bid: str, raw: Any) -> Item:
    if not isinstance(raw, dict):
        raise ApiFault("2010", "Property Name:BatchItemRequest specified is unsupported or invalid")
    if isinstance(raw.get("CDCQuery"), dict):
        # As Intuit's own Java library writes it (BatchItemRequestSerializer).
        asked = raw["CDCQuery"]
        since = str(asked.get("ChangedSince", ""))
        return Item(bid, "cdc", entities=str(asked.get("Entities", "")), changed_since=since)
    if "Query" in raw:
        return Item(bid, "query", statement=str(raw["Query"]))
    operation = str(raw.get("operation", "")).lower()
    if operation not in _OPERATIONS:
        raise ApiFault("2170", f"Invalid Enumeration : {raw.get('operation')}", "operation")
    name = next((each for each in raw if each in ENTITIES), "")
    if not name or not isinstance(raw[name], dict):
        unknown = next((each for each in raw if each not in _ITEM_KEYS), "")
        raise ApiFault("2010", f"Property Name:{unknown} specified is unsupported or invalid")
    body = raw[name]
    if operation == "create":
        body = {each: value for each, value in body.items() if each != "Id"}
    elif operation == "update" and not body.get("Id"):
        raise ApiFault("2020", "Required parameter Id is missing in the request", "Id")
    options = frozenset(str(raw.get("optionsData", "")).lower().replace(",", " ").split())
    kind = "void" if operation == "update" and "void" in options else operation
    return Item(bid, kind, entity=ENTITIES[name], body=body, options=options)


def _fault_of(fault: Fault) -> ApiFault:
    """Turn a planted fault into a refusal of one item; a raw body is a whole `Error` entry."""
    if fault.effect.body:
        entry = json.loads(fault.effect.body)
        return ApiFault(str(entry["code"]), entry.get("Detail", ""), entry.get("element", ""))
    return ApiFault(fault.effect.code or "6000")
