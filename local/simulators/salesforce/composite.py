"""The composite resource: up to 25 calls in one, which may refer to one another.

Salesforce: REST API Developer Guide, "Composite" and "Composite Subrequest".
"""

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any
from urllib.parse import parse_qsl, unquote

from local.simulators.salesforce import rows
from local.simulators.salesforce.errors import ApiError
from local.simulators.salesforce.exchange import Call, Reply
from local.simulators.salesforce.service import DroppedError, Service

Perform = Callable[[Service, Call], Reply]

_MOST = 25
_MOST_QUERIES = 5
_FORBIDDEN_HEADERS = frozenset({"accept", "authorization", "content-type"})
_REFERENCE = re.compile(r"@\{(\w+)\.([\w.\[\]]+)\}")
_STEP = re.compile(r"\w+")
_ADDRESS = re.compile(r"(/services/data/v\d+\.\d)/([^?]*)(?:\?(.*))?", re.DOTALL)


class _UndoneError(Exception):
    """All or none was asked for, and one subrequest failed."""


def run(service: Service, call: Call, perform: Perform) -> Reply:
    """Run the subrequests in their order; the outer status is 200 whatever they answer."""
    body = rows.body_of(call)
    subrequests = checked(body.get("compositeRequest"), _MOST)
    if sum(_is_query(str(each.get("url"))) for each in subrequests) > _MOST_QUERIES:
        text = f"At most {_MOST_QUERIES} subrequests can be queries or collections"
        raise ApiError("LIMIT_EXCEEDED", text)
    all_or_none = body.get("allOrNone") is True
    shown, _ = perform_all(service, call, subrequests, perform, all_or_none=all_or_none)
    return Reply(200, {"compositeResponse": shown})


def perform_all(
    service: Service,
    call: Call,
    subrequests: list[dict[str, Any]],
    perform: Perform,
    *,
    all_or_none: bool,
) -> tuple[list[dict[str, Any]], bool]:
    """Run subrequests, and return their replies and whether all of them are in effect."""
    replies: dict[str, Reply] = {}
    is_done = True
    try:
        # Without all-or-none each subrequest is a transaction of its own.
        with service.org.transaction() if all_or_none else nullcontext():
            for each in subrequests:
                reply = _one(service, call, each, replies, perform, all_or_none)
                replies[each["referenceId"]] = reply
                if all_or_none and reply.status >= 400:
                    raise _UndoneError
    except _UndoneError:
        is_done = False
        failed = next(reversed(replies))
        halted = Reply(400, ApiError("PROCESSING_HALTED").body())
        replies = {
            each["referenceId"]: replies[failed] if each["referenceId"] == failed else halted
            for each in subrequests
        }
    return [_shown(reference, reply) for reference, reply in replies.items()], is_done


def _shown(reference: str, reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.value,
        "httpHeaders": reply.headers,
        "httpStatusCode": reply.status,
        "referenceId": reference,
    }


def checked(subrequests: Any, most: int) -> list[dict[str, Any]]:
    """Return the subrequests of a composite, unless it is malformed as a whole."""
    if not isinstance(subrequests, list) or not subrequests:
        raise ApiError("REQUIRED_FIELD_MISSING", "At least 1 subrequest is required")
    if len(subrequests) > most:
        raise ApiError("LIMIT_EXCEEDED", f"At most {most} subrequests can be in one call")
    references = [_reference_of(each) for each in subrequests]
    if len(set(references)) < len(references):
        raise ApiError("INVALID_ARGUMENT", "Each referenceId must be unique")
    for each in subrequests:
        _check_headers(each.get("httpHeaders") or {})
    return subrequests


def _reference_of(subrequest: Any) -> str:
    reference = subrequest.get("referenceId") if isinstance(subrequest, dict) else None
    if not isinstance(reference, str) or not re.fullmatch(r"\w+", reference):
        raise ApiError("INVALID_ARGUMENT", "referenceId takes letters, digits and underscores")
    if not isinstance(subrequest.get("url"), str) or not isinstance(subrequest.get("method"), str):
        raise ApiError("INVALID_ARGUMENT", f"method and url are required: {reference}")
    return reference


def _is_query(url: str) -> bool:
    found = _ADDRESS.fullmatch(url)
    rest = found.group(2) if found else ""
    return rest.lower().startswith(("query", "composite/sobjects"))


def _check_headers(headers: Mapping[str, Any]) -> None:
    for name, value in headers.items():
        if name.lower() in _FORBIDDEN_HEADERS:
            raise ApiError("INVALID_ARGUMENT", f"Header {name} is not allowed in a subrequest")
        if not isinstance(value, str):
            raise ApiError(
                "JSON_PARSER_ERROR",
                f"Cannot deserialize instance of string for header {name}",
            )


def _one(
    service: Service,
    outer: Call,
    subrequest: Mapping[str, Any],
    replies: Mapping[str, Reply],
    perform: Perform,
    all_or_none: bool,
) -> Reply:
    method = subrequest["method"].upper()
    try:
        url = _resolve(subrequest["url"], replies)
        body = _resolve(subrequest.get("body"), replies)
        call = _subcall(outer, method, url, body, subrequest.get("httpHeaders") or {})
        if all_or_none and isinstance(body, dict) and "records" in body:
            body["allOrNone"] = True
        fault = service.begin_part(f"composite_item:{method}", call, body)
        reply = perform(service, call)
    except ApiError as error:
        return Reply(error.status, error.body(outer.base))
    if fault and fault.effect.drop == "after":
        raise DroppedError
    return reply


def _subcall(outer: Call, method: str, url: str, body: Any, headers: Mapping[str, str]) -> Call:
    found = _ADDRESS.fullmatch(url)
    if not found:
        raise ApiError("NOT_FOUND")
    base, path, query = found.groups()
    parts = tuple(unquote(part) for part in path.rstrip("/").split("/"))
    if parts[0] == "composite" and parts[1:2] != ("sobjects",):
        raise ApiError("INVALID_ARGUMENT", f"The resource cannot be a subrequest: {path}")
    return Call(
        method=method,
        parts=parts,
        query=dict(parse_qsl(query or "", keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
        user_id=outer.user_id,
        base=base,
    )


def _resolve(value: Any, replies: Mapping[str, Reply]) -> Any:
    """Replace every `@{reference.field}` by what that earlier subrequest answered."""
    if isinstance(value, dict):
        return {name: _resolve(each, replies) for name, each in value.items()}
    if isinstance(value, list):
        return [_resolve(each, replies) for each in value]
    if not isinstance(value, str) or "@{" not in value:
        return value
    if whole := _REFERENCE.fullmatch(value):
        return _look_up(whole, replies)
    return _REFERENCE.sub(lambda found: str(_look_up(found, replies)), value)


def _look_up(found: re.Match[str], replies: Mapping[str, Reply]) -> Any:
    reference, path = found.groups()
    reply = replies.get(reference)
    here = reply.value if reply and reply.status < 400 else None
    for step in _STEP.findall(path):
        if isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            here = here.get(step) if isinstance(here, dict) else None
    if here is None:
        raise ApiError(
            "PROCESSING_HALTED",
            f"Invalid reference specified. No value for {reference}.{path} found in {reference}",
        )
    return here
