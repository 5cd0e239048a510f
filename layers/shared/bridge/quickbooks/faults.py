"""The faults of QuickBooks Online: every shape they come in, and what each code asks us to do.

Messages are localised and quote customers, so only the code and the HTTP status decide (Intuit:
develop/troubleshooting/error-codes). The one exception are the catch-all texts of code 6000.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bridge.errors import (
    BridgeError,
    ConnectionLostError,
    PermanentError,
    RateLimitedError,
    RecordRejectedError,
    StaleRecordError,
    UnavailableError,
)
from bridge.model import Fate, System
from bridge.observability import count

DEFAULT_WAIT_S = 60.0  # Intuit: learn/limits-and-throttles
NAME_OF_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}(?: Id)?")  # "Reference Id" was seen


@dataclass(frozen=True)
class Fault:
    """One refusal as QuickBooks put it; `code` is without leading zeros, "" where there was none.

    `element` names the field at fault, if the vendor said so. `vendor_text` may quote a customer.
    """

    status: int
    code: str = ""
    element: str = ""
    vendor_text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Rule:
    """What a fault asks us to do: the error to report and what it says of the write's fate."""

    error: type[BridgeError]
    reason: str
    fate: Fate


def _refused(reason: str, error: type[BridgeError] = RecordRejectedError) -> Rule:
    return Rule(error, reason, Fate.REFUSED)


def _later(reason: str, error: type[BridgeError] = UnavailableError) -> Rule:
    return Rule(error, reason, Fate.NOT_SENT)


# Intuit: develop/troubleshooting/error-codes and handling-common-errors.
RULES: Mapping[str, Rule] = {
    "100": _later("token_refused"),
    "120": _later("not_authorised", ConnectionLostError),
    "130": _later("quickbooks_unavailable"),
    "140": _later("company_locked"),
    "150": _later("company_under_maintenance"),
    "400": _refused("call_malformed", PermanentError),
    "500": _refused("call_unsupported", PermanentError),
    "600": Rule(UnavailableError, "request_repeated", Fate.UNKNOWN),
    "610": Rule(RecordRejectedError, "gone", Fate.MISSING),
    "700": _refused("reference_missing"),
    "900": _refused("parents_in_a_circle"),
    "1040": _refused("call_malformed", PermanentError),
    "2010": _refused("property_unknown"),
    "2020": _refused("value_missing"),
    "2030": _refused("id_invalid"),
    "2040": _refused("characters_not_allowed"),
    "2050": _refused("value_too_long"),
    "2070": _refused("value_not_allowed"),
    "2080": _refused("value_not_allowed"),
    "2090": _refused("value_not_allowed"),
    "2120": _refused("value_not_allowed"),
    "2130": _refused("call_malformed", PermanentError),
    "2170": _refused("value_not_allowed"),
    "2200": _refused("web_address_malformed"),
    "2210": _refused("email_malformed"),
    "2230": _refused("value_not_allowed"),
    "2240": _refused("value_not_allowed"),
    "2500": _refused("reference_missing"),
    "3001": _later("rate_limited", RateLimitedError),
    "3100": _later("not_authorised", ConnectionLostError),
    "3200": _later("token_refused"),
    "4000": _refused("query_malformed", PermanentError),
    "4001": _refused("query_malformed", PermanentError),
    "4002": _refused("query_poisoned", PermanentError),
    "5010": Rule(StaleRecordError, "stale", Fate.STALE),
    "5020": _refused("feature_not_available", PermanentError),
    "5030": _refused("feature_not_available", PermanentError),
    "6000": _refused("rejected_by_rule"),
    "6070": _refused("amount_mismatch"),
    "6080": _refused("value_missing"),
    "6130": _refused("rejected_by_rule"),
    "6140": _refused("number_taken"),
    "6150": _refused("parent_not_taken"),
    "6180": _refused("parents_too_deep"),
    "6190": _refused("company_read_only", PermanentError),
    "6200": _refused("books_closed"),
    "6210": _refused("books_closed"),
    "6220": _refused("has_balance"),
    "6240": _refused("name_taken"),
    "6250": _refused("reference_missing"),
    "6270": _refused("rejected_by_rule"),
    "6280": _refused("has_unbilled_charges"),
    "6420": _refused("email_missing"),
    "6540": _refused("deposited"),
    "10000": Rule(UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN),
}
# For a fault whose code says nothing; a gateway often sends a page of HTML, or no body at all.
STATUS_RULES: Mapping[int, Rule] = {
    401: _later("token_refused"),
    403: _later("call_forbidden"),
    408: Rule(UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN),
    429: _later("rate_limited", RateLimitedError),
}
SERVER_TROUBLE = Rule(UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN)
UNKNOWN_FAULT = _refused("unknown_fault", PermanentError)
REFERENCE_GONE = _refused("reference_missing")
# Seen under 6000 where the server, not the record, was in trouble (ruckus/quickbooks-ruby pull
# request 344, mcohen01/node-quickbooks issue 48).
CATCH_ALLS = (
    "An unexpected error occurred while accessing or saving your data",
    "Unexpected Internal Error",
)


def body_of(content: bytes) -> Any:
    """Return the document in a body: parsed JSON, or the fault of an XML body in JSON's shape.

    None where there is neither. The declared content type is not asked: gateways answer XML and
    HTML to a client that accepts JSON only.
    """
    text = content.strip()
    if text.startswith(b"<"):
        return _xml_fault(text)
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        return None


def fault_of(status: int, document: Any) -> Fault | None:
    """Return the fault of an answer, or of one item of a batch; None where it is a success.

    A fault may come with HTTP 200. Of several errors the one that leaves most in doubt counts.
    """
    fault = _ignoring_case(_ignoring_case(document).get("fault"))
    if not fault and status < 400:
        return None
    errors = fault.get("error")
    entries = [_ignoring_case(entry) for entry in errors] if isinstance(errors, list) else []
    if not entries:
        return Fault(status)
    faults = [_fault(status, entry) for entry in entries]
    worst = max(faults, key=_doubt)
    texts = "; ".join(one.vendor_text for one in faults if one.vendor_text)
    return Fault(status, worst.code, worst.element, texts)


def rule_of(fault: Fault, *, is_create: bool = False) -> Rule:
    """Return what to do about a fault.

    On a create 610 cannot mean the record itself: something that it refers to is gone or inactive.
    """
    if fault.status >= 500:
        return SERVER_TROUBLE
    if fault.code == "3100" and fault.status != 403:
        # The gateway reused this code for a plain internal error (minimul/qbo_api issue 81).
        return STATUS_RULES.get(fault.status, SERVER_TROUBLE)
    if fault.code == "6000" and any(text in fault.vendor_text for text in CATCH_ALLS):
        return SERVER_TROUBLE
    if fault.code == "610" and is_create:
        return REFERENCE_GONE
    return RULES.get(fault.code) or STATUS_RULES.get(fault.status) or UNKNOWN_FAULT


def error_of(fault: Fault, rule: Rule, *, retry_after: str = "", **context: str) -> BridgeError:
    """Return the error that a rule asks for, without a word of the vendor's text."""
    if rule is UNKNOWN_FAULT:
        count("UnknownFaults")
    code = fault.code or f"http_{fault.status}"
    context = {"system": System.QUICKBOOKS.value, "code": code, **context}
    if fault.element:
        context["field"] = fault.element
    if issubclass(rule.error, RateLimitedError):
        wait_s = float(retry_after) if retry_after.isdecimal() else DEFAULT_WAIT_S
        return rule.error(rule.reason, retry_after_s=wait_s, **context)
    if issubclass(rule.error, UnavailableError):
        return rule.error(rule.reason, is_unknown=rule.fate is Fate.UNKNOWN, **context)
    return rule.error(rule.reason, **context)


def _fault(status: int, entry: Mapping[str, Any]) -> Fault:
    code = str(entry.get("code") or "").strip().lstrip("0")
    element = str(entry.get("element") or "").strip()
    return Fault(
        status=status,
        code=code if code.isdecimal() else "",
        # A name is safe to log; anything else might be a value.
        element=element if NAME_OF_FIELD.fullmatch(element) else "",
        vendor_text=str(entry.get("detail") or entry.get("message") or ""),
    )


def _doubt(fault: Fault) -> int:
    """Rank a fault among several of one answer: doubt about the outcome first, then known codes."""
    rule = rule_of(fault)
    return 2 if rule.fate is Fate.UNKNOWN else int(rule is not UNKNOWN_FAULT)


def _ignoring_case(value: Any) -> dict[str, Any]:
    """Return a mapping with lower-case keys: the gateway writes `fault`, the API `Fault`."""
    return {str(k).lower(): v for k, v in value.items()} if isinstance(value, Mapping) else {}


def _xml_fault(text: bytes) -> Any:
    """Return the fault of an XML body in JSON's shape, None for HTML and the like."""
    try:
        root = fromstring(text)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    fault = next((node for node in root.iter() if _local(node) == "Fault"), None)
    if fault is None:
        return None
    errors = [node for node in fault if _local(node) == "Error"]
    return {"Fault": {"Error": [_xml_error(node) for node in errors], "type": fault.get("type")}}


def _xml_error(error: Element) -> dict[str, str | None]:
    texts = {_local(child): child.text for child in error}
    return {**error.attrib, **texts}


def _local(node: Element) -> str:
    return node.tag.rpartition("}")[2]
