"""A company of the QuickBooks Online stand-in, called in process, and its records made again."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from local.simulators.clock import Clock
from local.simulators.quickbooks.app import QuickBooks, Setup
from local.simulators.server import Request, json_bytes
from tests.conformance.recordings import Replays
from tests.conformance.shapes import from_xml

REPLAYS = Replays("quickbooks")
OF_THE_SERVER = frozenset({"Id", "SyncToken", "MetaData", "LinkedTxn", "domain", "sparse"})


class Company:
    """One company of a stand-in, called in process."""

    def __init__(self, *, is_empty: bool = False, now: datetime | None = None) -> None:
        clock = Clock()
        self.app = QuickBooks(Setup(is_empty=is_empty), clock)
        if now:
            clock.set(now)
            # The token given at the start is long expired by then.
            self.app.oauth.grants.connect("1", "at-0", "rt-0")
        self.headers = {"accept": "application/json", "authorization": "Bearer at-0"}

    def call(self, method: str, path: str, body: Any = None, **more: str) -> Any:
        """Call below the company, or an absolute path; return the parsed reply."""
        url = urlsplit(path if path.startswith("/") else f"/v3/company/1/{path}")
        headers = {**self.headers, **({"content-type": "application/json"} if body else {}), **more}
        raw = body.encode() if isinstance(body, str) else json_bytes(body) if body else b""
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        answer = self.app.handle(Request(method, url.path, query, headers, raw))
        text = answer.body.decode()
        return from_xml(text) if text.startswith("<") else json.loads(text or "null")

    def query(self, statement: str) -> Any:
        """Run a query by POST."""
        return self.call("POST", "query", statement, **{"content-type": "application/text"})

    def create(self, entity: str, row: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Create a record of the content of a recorded one; return it."""
        content = {name: value for name, value in row.items() if name not in OF_THE_SERVER}
        reply = self.call("POST", entity.lower(), content | more)
        assert entity in reply, reply
        made: dict[str, Any] = reply[entity]
        return made

    def admin(self, path: str, body: Any = None) -> Any:
        """Ask the admin face for something."""
        return self.call("POST" if body is not None else "GET", f"/_admin/{path}", body)


def made_again(company: Company, entity: str, rows: list[Any]) -> list[str]:
    """Create every row again, each parent before its children; return the ids."""
    made: dict[str, str] = {}
    waiting = list(rows)
    while waiting:
        row = waiting.pop(0)
        parent = row.get("ParentRef", {}).get("value")
        if parent not in made and any(each["Id"] == parent for each in waiting):
            waiting.append(row)
            continue
        more = {"ParentRef": {"value": made[parent]}} if parent in made else {}
        made[row["Id"]] = company.create(entity, row, **more)["Id"]
    return [made[row["Id"]] for row in rows]


def page(company: Company, entity: str, rows: list[Any]) -> dict[str, Any]:
    """Create the rows of a page again, and query them, in the order in which they stood."""
    return page_of(company, entity, made_again(company, entity, rows))


def page_of(company: Company, entity: str, ids: list[str]) -> dict[str, Any]:
    """Query records by their ids, in the order of these."""
    wanted = ",".join(f"'{each}'" for each in ids)
    reply: dict[str, Any] = company.query(
        f"select * from {entity} where Id in ({wanted}) maxresults 1000"  # noqa: S608 - no database
    )
    found = {row["Id"]: row for row in reply["QueryResponse"][entity]}
    reply["QueryResponse"][entity] = [found[each] for each in ids]
    return reply


def entity_of(reply: Mapping[str, Any]) -> str:
    """Name the entity that a reply brings."""
    return next(name for name, value in reply.items() if isinstance(value, dict | list))


def keys_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Return what an update has to name."""
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}
