"""The query resources: `query`, `queryAll`, and the pages that follow."""

import re
from datetime import timedelta
from typing import Any

from local.simulators.salesforce import soql
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.service import Service

# REST API Developer Guide: "Query Options Header".
_LARGEST_PAGE = 2000
_SMALLEST_PAGE = 200
_BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


def first_page(service: Service, call: Call) -> Reply:
    """Run a query and return its first page."""
    text = call.query.get("q")
    if not text:
        raise ApiError("MALFORMED_QUERY", "SOQL statements cannot be empty or null")
    is_open = call.parts[0].lower() == "queryall"
    result = soql.run(service.org, text, call.base, include_deleted=is_open)
    if result.counted is not None:
        return Reply(200, {"totalSize": result.counted, "done": True, "records": []})
    size = _page_size(call)
    name = ""
    if len(result.rows) > size:
        org = service.org
        ends = org.clock.now() + timedelta(seconds=org.switches.query_locator_life_s)
        name = service.cursors.keep(result, ends)
    return Reply(200, _page(result, name, 0, size, call.base))


def next_page(service: Service, call: Call) -> Reply:
    """Return the page that a locator names."""
    name, result, start = service.cursors.find(call.parts[1], service.org.clock.now())
    return Reply(200, _page(result, name, start, _page_size(call), call.base))


def _page_size(call: Call) -> int:
    found = _BATCH_SIZE.search(call.headers.get("sforce-query-options", ""))
    asked = int(found.group(1)) if found else _LARGEST_PAGE
    return min(max(asked, _SMALLEST_PAGE), _LARGEST_PAGE)


def _page(result: soql.Result, name: str, start: int, size: int, base: str) -> dict[str, Any]:
    end = start + size
    is_last = end >= len(result.rows)
    page: dict[str, Any] = {"totalSize": len(result.rows), "done": is_last}
    if not is_last:
        page["nextRecordsUrl"] = f"{base}/query/{name}-{end}"
    return page | {"records": [result.render(row) for row in result.rows[start:end]]}
