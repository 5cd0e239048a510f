"""Which resource answers which address below `/services/data/vXX.X/`, and what it counts as."""

from collections.abc import Callable

from local.simulators.salesforce import (
    bulk_ingest,
    bulk_query,
    collections,
    composite,
    composite_many,
    describe,
    query,
    replication,
    rows,
    tree,
)
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.service import Service

Resource = Callable[[Service, Call], Reply]
Methods = dict[str, tuple[str, Resource]]


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


def _methods(parts: tuple[str, ...]) -> Methods | None:
    match parts:
        case ("",):
            return {"GET": ("resources", _resources)}
        case ("recent",):
            return {"GET": ("recent", describe.recent)}
        case ("limits",):
            return {"GET": ("limits", _limits)}
        case ("query" | "queryAll",):
            return {"GET": ("query", query.first_page)}
        case ("query" | "queryAll", _):
            return {"GET": ("query_more", query.next_page)}
        case ("sobjects", *below):
            named = below[1] if len(below) == 2 else ""
            return _SOBJECTS.get(named) or _SOBJECTS.get(len(below))
        case ("jobs", kind, *below):
            named = below[1] if len(below) == 2 else ""
            return _JOBS.get((kind, named or len(below)))
        case ("composite", *below):
            if below in (["graph"], ["batch"]):
                return _MANY[below[0]]
            if below[:1] == ["tree"]:
                return _MANY["tree"] if len(below) == 2 else None
            return _COMPOSITE.get(len(below)) if below[:1] in ([], ["sobjects"]) else None
    return None


def _composite(service: Service, call: Call) -> Reply:
    return composite.run(service, call, perform)


def _graph(service: Service, call: Call) -> Reply:
    return composite_many.graph(service, call, perform)


def _batch(service: Service, call: Call) -> Reply:
    return composite_many.batch(service, call, perform)


_MANY: dict[str, Methods] = {
    "graph": {"POST": ("composite:graph", _graph)},
    "batch": {"POST": ("composite:batch", _batch)},
    "tree": {"POST": ("composite:tree", tree.create)},
}
_SOBJECTS: dict[str | int, Methods] = {
    "updated": {"GET": ("replication", replication.updated)},
    "deleted": {"GET": ("replication", replication.deleted)},
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
_COMPOSITE: dict[int, Methods] = {
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


_JOBS: dict[tuple[str, str | int], Methods] = {
    ("ingest", 0): {
        "POST": ("bulk:create", bulk_ingest.create),
        "GET": ("bulk:list", bulk_ingest.list_all),
    },
    ("ingest", 1): {
        "GET": ("bulk:read", bulk_ingest.show),
        "PATCH": ("bulk:change", bulk_ingest.change),
        "DELETE": ("bulk:delete", bulk_ingest.delete),
    },
    ("ingest", "batches"): {"PUT": ("bulk:upload", bulk_ingest.upload)},
    ("ingest", "successfulResults"): {"GET": ("bulk:results", bulk_ingest.successful)},
    ("ingest", "failedResults"): {"GET": ("bulk:results", bulk_ingest.failed)},
    ("ingest", "unprocessedrecords"): {"GET": ("bulk:results", bulk_ingest.unprocessed)},
    # As it is written in clients, simple-salesforce for one; the guide has it in lower case.
    ("ingest", "unprocessedRecords"): {"GET": ("bulk:results", bulk_ingest.unprocessed)},
    ("query", 0): {
        "POST": ("bulk:query", bulk_query.create),
        "GET": ("bulk:list", bulk_query.list_all),
    },
    ("query", 1): {
        "GET": ("bulk:read", bulk_query.show),
        "PATCH": ("bulk:change", bulk_query.change),
        "DELETE": ("bulk:delete", bulk_query.delete),
    },
    ("query", "results"): {"GET": ("bulk:results", bulk_query.results)},
}


def _resources(service: Service, call: Call) -> Reply:
    names = ("sobjects", "query", "queryAll", "composite", "limits", "jobs", "recent")
    listed = {name: f"{call.base}/{name}" for name in names}
    identity = f"{service.identity_host}/id/{service.org.org_id}/{call.user_id}"
    return Reply(200, listed | {"identity": identity})


def _limits(service: Service, _call: Call) -> Reply:
    return Reply(200, service.usage.table())
