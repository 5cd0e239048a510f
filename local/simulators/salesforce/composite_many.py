"""Composite graphs, each a transaction of its own, and batches of unrelated calls.

Salesforce: REST API Developer Guide, "Composite Graph" and "Composite Batch".
"""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.simulators.salesforce import composite, rows
from local.simulators.salesforce.composite import Perform
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.service import Service

_MOST_GRAPHS = 75
_MOST_NODES = 500
_MOST_FAILED = 14
_MOST_CALLS = 25
_GRAPH_ID = re.compile(r"[A-Za-z0-9][^.]{0,39}")
_NODE = re.compile(r"/services/data/v\d+\.\d/sobjects/[^/?]+(?:/[^/?]+){0,2}/?(?:\?.*)?")
_ADDRESS = re.compile(r"(?:/services/data/)?(v\d+\.\d)/([^?]*)(?:\?(.*))?", re.DOTALL)


def graph(service: Service, call: Call, perform: Perform) -> Reply:
    """Run graphs of calls; each takes effect whole or not at all."""
    graphs = rows.body_of(call).get("graphs")
    if not isinstance(graphs, list) or not 0 < len(graphs) <= _MOST_GRAPHS:
        raise ApiError("INVALID_ARGUMENT", f"A request has from one to {_MOST_GRAPHS} graphs")
    nodes = [composite.checked(each.get("compositeRequest"), _MOST_NODES) for each in graphs]
    names = [str(each.get("graphId", "")) for each in graphs]
    if len(set(names)) < len(names) or not all(_GRAPH_ID.fullmatch(name) for name in names):
        raise ApiError("INVALID_ARGUMENT", "Each graph needs a graphId of its own")
    if sum(map(len, nodes)) > _MOST_NODES:
        raise ApiError("LIMIT_EXCEEDED", f"At most {_MOST_NODES} nodes can be in one call")
    if not all(_NODE.fullmatch(node["url"]) for each in nodes for node in each):
        raise ApiError("INVALID_ARGUMENT", "A node of a graph is a call of sobjects")
    answers, failed = [], 0
    for name, each in zip(names, nodes, strict=True):
        shown, is_done = _run(service, call, each, perform, is_halted=failed >= _MOST_FAILED)
        failed += not is_done
        answers.append(
            {
                "graphId": name,
                "graphResponse": {"compositeResponse": shown},
                "isSuccessful": is_done,
            }
        )
    return Reply(200, {"graphs": answers})


def _run(
    service: Service, call: Call, nodes: list[dict[str, Any]], perform: Perform, *, is_halted: bool
) -> tuple[list[dict[str, Any]], bool]:
    if not is_halted:
        return composite.perform_all(service, call, nodes, perform, all_or_none=True)
    body = ApiError("PROCESSING_HALTED").body()
    shown = {"body": body, "httpHeaders": {}, "httpStatusCode": 400}
    return [{**shown, "referenceId": each["referenceId"]} for each in nodes], False


def batch(service: Service, call: Call, perform: Perform) -> Reply:
    """Run calls that know nothing of one another."""
    body = rows.body_of(call)
    calls = body.get("batchRequests")
    if not isinstance(calls, list) or not 0 < len(calls) <= _MOST_CALLS:
        raise ApiError("INVALID_ARGUMENT", f"A batch has from one to {_MOST_CALLS} calls")
    results: list[dict[str, Any]] = []
    for each in calls:
        is_halted = body.get("haltOnError") is True and any(r["statusCode"] >= 400 for r in results)
        results.append(_HALTED if is_halted else _one(service, call, each, perform))
    has_errors = any(result["statusCode"] >= 400 for result in results)
    return Reply(200, {"hasErrors": has_errors, "results": results})


_HALTED = {
    "statusCode": 412,
    "result": [
        {
            "errorCode": "BATCH_PROCESSING_HALTED",
            "message": "Batch processing halted per request",
        }
    ],
}


def _one(service: Service, outer: Call, raw: dict[str, Any], perform: Perform) -> dict[str, Any]:
    method = str(raw.get("method", "")).upper()
    found = _ADDRESS.fullmatch(str(raw.get("url", "")))
    try:
        if not found:
            raise ApiError("NOT_FOUND")
        version, path, query = found.groups()
        inner = Call(
            method=method,
            parts=tuple(unquote(part) for part in path.rstrip("/").split("/")),
            query=dict(parse_qsl(query or "", keep_blank_values=True)),
            headers={},
            body=raw.get("richInput"),
            user_id=outer.user_id,
            base=f"/services/data/{version}",
        )
        service.begin_part(f"batch_item:{method}", inner, inner.body)
        reply = perform(service, inner)
    except ApiError as error:
        reply = Reply(error.status, error.body(outer.base))
    return {"statusCode": reply.status, "result": reply.value}
