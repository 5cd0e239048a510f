"""Which resource answers which address below `/services/data/vXX.X/`, and what it counts as."""

from collections.abc import Callable

from local.simulators.salesforce import collections, composite, describe, query, rows
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.service import DAILY_REQUESTS, Service

Resource = Callable[[Service, Call], Reply]


def find(call: Call) -> tuple[str, Resource]:
    """Return the kind of a call and what answers it.

    Raises:
        ApiError: 404 NOT_FOUND, 405 METHOD_NOT_ALLOWED.
    """
    methods = _methods(call.parts)
    if methods is None:
        raise ApiError("NOT_FOUND")
    if call.method not in methods:
        text = f"HTTP Method '{call.method}' not allowed. Allowed are {','.join(sorted(methods))}"
        raise ApiError("METHOD_NOT_ALLOWED", text)
    return methods[call.method]


def perform(service: Service, call: Call) -> Reply:
    """Answer a call that is part of another."""
    _, resource = find(call)
    return resource(service, call)


def _methods(parts: tuple[str, ...]) -> dict[str, tuple[str, Resource]] | None:
    match parts:
        case ("",):
            return {"GET": ("resources", _resources)}
        case ("limits",):
            return {"GET": ("limits", _limits)}
        case ("query" | "queryAll",):
            return {"GET": ("query", query.first_page)}
        case ("query" | "queryAll", _):
            return {"GET": ("query_more", query.next_page)}
        case ("sobjects", *below):
            return _SOBJECTS.get("describe" if below[1:] == ["describe"] else len(below))
        case ("composite", *below):
            return _COMPOSITE.get(len(below)) if below[:1] in ([], ["sobjects"]) else None
    return None


def _composite(service: Service, call: Call) -> Reply:
    return composite.run(service, call, perform)


_SOBJECTS: dict[str | int, dict[str, tuple[str, Resource]]] = {
    "describe": {"GET": ("describe", describe.describe)},
    0: {"GET": ("describe", describe.list_objects)},
    1: {"GET": ("describe", describe.basic), "POST": ("create", rows.create)},
    2: {
        "GET": ("read", rows.read),
        "PATCH": ("update", rows.update),
        "DELETE": ("delete", rows.delete),
        "POST": ("create", rows.create_without_key),
    },
    3: {
        "GET": ("read", rows.read_by_key),
        "PATCH": ("upsert", rows.upsert),
        "DELETE": ("delete", rows.delete_by_key),
    },
}
_COMPOSITE: dict[int, dict[str, tuple[str, Resource]]] = {
    0: {"POST": ("composite", _composite)},
    1: {
        "POST": ("collections:create", collections.create),
        "PATCH": ("collections:update", collections.update),
        "DELETE": ("collections:delete", collections.delete),
    },
    2: {
        "GET": ("collections:read", collections.read),
        "POST": ("collections:read", collections.read),
    },
    3: {"PATCH": ("collections:upsert", collections.upsert)},
}


def _resources(_service: Service, call: Call) -> Reply:
    names = ("sobjects", "query", "queryAll", "composite", "limits")
    return Reply(200, {name: f"{call.base}/{name}" for name in names})


def _limits(service: Service, _call: Call) -> Reply:
    left = max(DAILY_REQUESTS - service.api_usage, 0)
    value = {
        "DailyApiRequests": {"Max": DAILY_REQUESTS, "Remaining": left},
        "DailyAsyncApexExecutions": {"Max": 250_000, "Remaining": 250_000},
        "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
        "DailyDeliveredPlatformEvents": {"Max": 25_000, "Remaining": 25_000},
        "HourlyPublishedPlatformEvents": {"Max": 250_000, "Remaining": 250_000},
        "DataStorageMB": {"Max": 1024, "Remaining": 1024},
    }
    return Reply(200, value)
