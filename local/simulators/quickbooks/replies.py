"""Writes replies as the Accounting API does: JSON if asked for, else XML, each with its `time`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4
from xml.sax.saxutils import escape, quoteattr

from local.simulators.quickbooks.errors import ApiFault, GatewayError
from local.simulators.quickbooks.times import reply_time
from local.simulators.server import Request, Response, http_date

_NAMESPACE = "http://schema.intuit.com/finance/v3"
_PDF = ("application/pdf", "application/*", "*/*")
_QBO_VERSION = "2026.45.0"


def wants_json(request: Request) -> bool:
    """Tell whether the client asked for JSON; the API answers in XML otherwise."""
    return "json" in request.headers.get("accept", "").lower()


def takes_pdf(request: Request) -> bool:
    """Tell whether a client takes a PDF; one that says nothing takes anything."""
    accepted = request.headers.get("accept", "").lower()
    return not accepted or any(each in accepted for each in _PDF)


def reply(
    value: Mapping[str, Any],
    request: Request,
    now: datetime,
    status: int = 200,
    *,
    always_xml: bool = False,
) -> Response:
    """Write a reply; a `time` that the value already has is kept."""
    whole = {"time": reply_time(now)} | dict(value)
    headers = common_headers(now)
    if wants_json(request) and not always_xml:
        # In the originals `time` stands behind the content.
        whole["time"] = whole.pop("time")
        return Response.json(whole, status, headers)
    return Response(
        status, _xml(whole), headers | {"content-type": "application/xml;charset=UTF-8"}
    )


def fault_reply(fault: ApiFault, request: Request, now: datetime) -> Response:
    """Write a fault of the API."""
    return reply({"Fault": fault.body()}, request, now, fault.status)


def gateway_reply(
    error: GatewayError, request: Request, now: datetime, *, throttle_format: str = "xml"
) -> Response:
    """Write an error of the gateway: its own lower-case envelope, throttling apart."""
    headers = common_headers(now)
    if error.status == 401:
        headers["www-authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
    if error.status == 429 or not wants_json(request):
        entry = {"Message": error.text(), "Detail": error.detail or "", "code": error.code}
        whole = {"Fault": {"Error": [entry], "type": error.kind()}}
        # Throttling was answered in XML even to clients that asked for JSON (recorded).
        is_xml = error.status == 429 and throttle_format == "xml"
        return reply(whole, request, now, error.status, always_xml=is_xml)
    inner = {"message": error.text(), "detail": error.detail, "code": error.code, "element": None}
    envelope: dict[str, Any] = dict.fromkeys(("warnings", "intuitObject"))
    envelope["fault"] = {"error": [inner], "type": error.kind()}
    envelope |= {"report": None, "queryResponse": None, "batchItemResponse": []}
    envelope |= {"attachableResponse": [], "syncErrorResponse": None, "requestId": None}
    envelope |= {"time": int(now.timestamp() * 1000), "status": None, "cdcresponse": []}
    return Response.json(envelope, error.status, headers)


def proxy_page(status: int, now: datetime) -> Response:
    """Write the page of the proxy in front of everything; a 502 came without a body."""
    names = {500: "Internal Server Error", 503: "Service Temporarily Unavailable"}
    name = names.get(status, "Gateway Time-out")
    page = f"<html>\r\n<head><title>{status} {name}</title></head>\r\n<body>\r\n<center><h1>"
    page += f"{status} {name}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    body = b"" if status == 502 else page.encode()
    return Response(status, body, {"content-type": "text/html", "date": http_date(now)})


def common_headers(now: datetime) -> dict[str, str]:
    """Return what every reply carries: a trace id, the build, the date of this clock."""
    trace = uuid4().hex
    return {
        "intuit_tid": f"1-{trace[:8]}-{trace[8:]}",
        "qbo-version": _QBO_VERSION,
        "date": http_date(now),
    }


def _xml(whole: dict[str, Any]) -> bytes:
    time = whole.pop("time")
    inner = "".join(_element(name, value) for name, value in whole.items())
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    text = f"{head}<IntuitResponse xmlns={quoteattr(_NAMESPACE)} time={quoteattr(time)}>"
    return f"{text}{inner}</IntuitResponse>".encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if not isinstance(value, dict):
        return f"<{name}>{escape(_text(value))}</{name}>"
    if name.endswith("Ref") and "value" in value:
        label = f" name={quoteattr(value['name'])}" if value.get("name") else ""
        return f"<{name}{label}>{escape(str(value['value']))}</{name}>"
    attributes = _attributes(name, value)
    marks = "".join(f" {each}={quoteattr(_text(value[each]))}" for each in attributes)
    inner = "".join(_element(each, v) for each, v in value.items() if each not in attributes)
    return f"<{name}{marks}>{inner}</{name}>"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _attributes(name: str, value: dict[str, Any]) -> list[str]:
    """Return what the XML form writes as attributes instead of elements."""
    if name == "QueryResponse":
        return [each for each in ("startPosition", "maxResults", "totalCount") if each in value]
    known = {"Fault": ("type",), "Error": ("code", "element"), "BatchItemResponse": ("bId",)}
    return [each for each in known.get(name, ("domain", "sparse", "status")) if each in value]
