"""Guards of the protocol, each taken out from outside the product: the small worlds must notice."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from local.simulators.server import Handler, Request, Response, json_bytes
from tests.fakes import MemoryCrossReferences, Row
from tests.simulation.small.deeds import QUICKBOOKS, REALM, SALESFORCE, Deed
from tests.simulation.small.exploration import FIRST, Bound
from tests.simulation.small.scenes import Scene
from tests.simulation.small.stage import Bends


@dataclass
class ForgetfulRows(MemoryCrossReferences):
    """Takes a commit whatever the revision is by now, if no claim stands."""

    def commit(self, row: Row, now: datetime) -> bool:
        """Store a decision."""
        stored = self.rows.get(row.key)
        return super().commit(replace(row, revision=stored.revision) if stored else row, now)


@dataclass
class UnclaimedRows(MemoryCrossReferences):
    """Stores no claim's life: every row is free at once."""

    def commit(self, row: Row, now: datetime) -> bool:
        """Store a decision."""
        is_stored = super().commit(row, now)
        if is_stored and row.owner is not None:
            self.rows[row.key] = replace(self.rows[row.key], until=now)
        return is_stored


@dataclass
class UnintendedRows(MemoryCrossReferences):
    """Takes a claim, and forgets what it is for."""

    def commit(self, row: Row, now: datetime) -> bool:
        """Store a decision."""
        return super().commit(replace(row, intent=None), now)


def without_sync_token(stand_in: Any, handle: Handler) -> Handler:
    """Let every update of QuickBooks bear the token of now."""

    def answer(request: Request) -> Response:
        if not request.path.endswith("/batch"):
            return handle(request)
        body = json.loads(request.body)
        for item in body["BatchItemRequest"]:
            customer = item.get("Customer", {})
            if "SyncToken" in customer:
                row = stand_in.companies[REALM].find("Customer", customer["Id"])
                customer["SyncToken"] = row["SyncToken"]
        return handle(replace(request, body=json_bytes(body)))

    return answer


def without_condition(_: Any, handle: Handler) -> Handler:
    """Let every update of Salesforce go without `If-Unmodified-Since`."""

    def answer(request: Request) -> Response:
        if not request.path.endswith("/composite"):
            return handle(request)
        body = json.loads(request.body)
        for item in body["compositeRequest"]:
            item.pop("httpHeaders", None)
        return handle(replace(request, body=json_bytes(body)))

    return answer


def without_open_seconds(_: Any, handle: Handler) -> Handler:
    """Date every answer of Salesforce a minute ahead, so that every read seems late enough."""

    def answer(request: Request) -> Response:
        response = handle(request)
        if date := response.headers.get("Date"):
            minute = f":{int(date[20:22]) + 1:02}:"
            response.headers["Date"] = date[:19] + minute + date[23:]
        return response

    return answer


_PEACEFUL = Bound(frozenset())
_WITH_FAULT = Bound(frozenset({FIRST}), switches_after_fault=False)


@dataclass(frozen=True)
class Broken:
    """A guard taken out, and a scene that shows it."""

    bends: Bends
    scene: Scene
    bound: Bound = _PEACEFUL


_BORN = (Deed(SALESFORCE, "add"),)
_TWINS = (Deed(SALESFORCE, "add"), Deed(QUICKBOOKS, "add"))
_OURS, _THEIRS = Deed(SALESFORCE, "fax"), Deed(QUICKBOOKS, "fax")
BROKEN: Mapping[str, Broken] = {
    "commit against the revision": Broken(
        Bends(rows=ForgetfulRows), Scene(_BORN, (_THEIRS,), _THEIRS, SALESFORCE)
    ),
    "claim": Broken(Bends(rows=UnclaimedRows), Scene(_BORN, (_THEIRS,), _OURS, QUICKBOOKS)),
    "create intent": Broken(
        Bends(rows=UnintendedRows),
        Scene((), _BORN, _THEIRS, SALESFORCE),
        _WITH_FAULT,
    ),
    "update intent": Broken(
        Bends(rows=UnintendedRows), Scene(_BORN, (_OURS,), _THEIRS, SALESFORCE), _WITH_FAULT
    ),
    "SyncToken": Broken(
        Bends(handler=without_sync_token), Scene(_BORN, (_OURS,), _THEIRS, SALESFORCE)
    ),
    "If-Unmodified-Since": Broken(
        Bends(handler=without_condition), Scene(_BORN, (_THEIRS,), _OURS, SALESFORCE)
    ),
    "quiet second": Broken(
        Bends(handler=without_open_seconds), Scene((), _TWINS, _OURS, QUICKBOOKS)
    ),
}
