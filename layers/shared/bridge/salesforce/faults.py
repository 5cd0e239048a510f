"""What Salesforce's errors ask us to do: one table by error code, one by HTTP status.

The key of the code is `errorCode` in single calls and `statusCode` in collections. Texts are in the
user's language and quote records, so decisions rest on code and status (Salesforce: REST API
Developer Guide, "Status Codes and Error Responses"; SOAP API Developer Guide, "StatusCode").
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from bridge.errors import (
    BridgeError,
    ConfigurationError,
    ConnectionLostError,
    MappingError,
    PermanentError,
    RateLimitedError,
    RecordRejectedError,
    StaleRecordError,
    UnavailableError,
)
from bridge.model import Fate
from bridge.observability import count
from bridge.salesforce.schema import EXTERNAL_ID_FIELD


class Rule(NamedTuple):
    """What an error means: its class, our word for it, and what became of the write."""

    error: type[BridgeError]
    reason: str
    fate: Fate


def _rejected(reason: str) -> Rule:
    return Rule(RecordRejectedError, reason, Fate.REFUSED)


def _unmapped(reason: str) -> Rule:
    return Rule(MappingError, reason, Fate.REFUSED)


STALE = Rule(StaleRecordError, "stale", Fate.STALE)
GONE = Rule(RecordRejectedError, "gone", Fate.MISSING)
REFERENCE_MISSING = _rejected("reference_missing")
RECORD_LOCKED = Rule(UnavailableError, "record_locked", Fate.NOT_SENT)
RATE_LIMITED = Rule(RateLimitedError, "rate_limited", Fate.NOT_SENT)
DOWN = Rule(UnavailableError, "salesforce_unavailable", Fate.NOT_SENT)
IN_DOUBT = Rule(UnavailableError, "salesforce_unavailable", Fate.UNKNOWN)
SESSION_REFUSED = Rule(UnavailableError, "session_refused", Fate.NOT_SENT)
API_DISABLED = Rule(ConnectionLostError, "api_disabled", Fate.NOT_SENT)
VERSION_RETIRED = Rule(ConfigurationError, "api_version_retired", Fate.NOT_SENT)
UNKNOWN_FAULT = Rule(PermanentError, "unknown_fault", Fate.REFUSED)

BY_CODE: Mapping[str, Rule] = {
    "INVALID_SESSION_ID": SESSION_REFUSED,
    "INVALID_AUTH_HEADER": SESSION_REFUSED,
    "REQUEST_LIMIT_EXCEEDED": RATE_LIMITED,
    "API_DISABLED_FOR_ORG": API_DISABLED,
    "API_CURRENTLY_DISABLED": API_DISABLED,
    "FUNCTIONALITY_NOT_ENABLED": API_DISABLED,
    "UNSUPPORTED_API_VERSION": VERSION_RETIRED,
    "PRECONDITION_FAILED": STALE,
    "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK": STALE,
    "NOT_FOUND": GONE,
    "ENTITY_IS_DELETED": GONE,
    "INVALID_CROSS_REFERENCE_KEY": REFERENCE_MISSING,
    "UNABLE_TO_LOCK_ROW": RECORD_LOCKED,
    "SERVER_UNAVAILABLE": DOWN,
    "QUERY_TIMEOUT": IN_DOUBT,
    "REQUEST_RUNNING_TOO_LONG": IN_DOUBT,
    "APEX_ERROR": IN_DOUBT,
    "UNKNOWN_EXCEPTION": IN_DOUBT,
    "INTERNAL_ERROR": IN_DOUBT,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": Rule(UnavailableError, "rolled_back", Fate.NOT_SENT),
    "DUPLICATE_VALUE": _rejected("duplicate_value"),
    "DUPLICATE_EXTERNAL_ID": _rejected("duplicate_value"),
    "DUPLICATES_DETECTED": _rejected("duplicate_rule"),
    "REQUIRED_FIELD_MISSING": _rejected("value_missing"),
    "STRING_TOO_LONG": _rejected("value_too_long"),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": _rejected("value_not_allowed"),
    "INVALID_EMAIL_ADDRESS": _rejected("value_not_allowed"),
    "NUMBER_OUTSIDE_VALID_RANGE": _rejected("value_not_allowed"),
    "INVALID_TYPE_ON_FIELD_IN_RECORD": _rejected("value_not_allowed"),
    "FIELD_INTEGRITY_EXCEPTION": _rejected("value_not_allowed"),
    "JSON_PARSER_ERROR": _rejected("value_not_allowed"),
    # We refer to no other subrequest: a value itself reads like a reference, `@{...}`.
    "PROCESSING_HALTED": _rejected("value_not_allowed"),
    "STANDARD_PRICE_NOT_DEFINED": _rejected("standard_price_missing"),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _rejected("validation_rule"),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": _rejected("automation_failed"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": _rejected("field_read_only"),
    "INSUFFICIENT_ACCESS": _rejected("no_access"),
    "INSUFFICIENT_ACCESS_OR_READONLY": _rejected("no_access"),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _rejected("no_access"),
    "ENTITY_IS_LOCKED": _rejected("approval_pending"),
    "DELETE_FAILED": _rejected("record_in_use"),
    "STORAGE_LIMIT_EXCEEDED": Rule(PermanentError, "storage_full", Fate.REFUSED),
    "INVALID_FIELD": _unmapped("field_unknown"),
    "INVALID_TYPE": _unmapped("object_unknown"),
    "MALFORMED_QUERY": _unmapped("query_malformed"),
    "MALFORMED_ID": _unmapped("id_malformed"),
    "MISSING_ARGUMENT": _unmapped("id_malformed"),
    "INVALID_QUERY_LOCATOR": Rule(UnavailableError, "query_expired", Fate.NOT_SENT),
}

# The 412 has no code that can be relied on; the edge's own answers have no JSON at all.
BY_STATUS: Mapping[int, Rule] = {
    401: SESSION_REFUSED,
    408: IN_DOUBT,
    410: VERSION_RETIRED,
    412: STALE,
    414: _unmapped("request_too_long"),
    420: DOWN,
    429: RATE_LIMITED,
    431: _unmapped("request_too_long"),
}

_NAME = re.compile(r"[A-Za-z]\w{0,79}(?:\.\w{1,80})*", re.ASCII)


@dataclass(frozen=True)
class Fault:
    """One error as Salesforce reported it. `vendor_text` may quote a customer.

    `is_of_record` says that a tree's answer names the record at fault: the call itself was taken.
    """

    rule: Rule
    status: int
    code: str = ""
    field: str = ""
    vendor_text: str = ""
    is_of_record: bool = False

    @property
    def fate(self) -> Fate:
        """Return what became of the write that was answered so."""
        return self.rule.fate

    def error(self, operation: str = "", record_id: str = "") -> BridgeError:
        """Return the error to raise or to hand on; the vendor's text stays here."""
        context = {
            "system": "salesforce",
            "operation": operation,
            "record_id": record_id,
            "code": self.code or str(self.status),
            "field": self.field,
        }
        if self.rule.error is UnavailableError:
            is_unknown = self.fate is Fate.UNKNOWN
            return UnavailableError(self.rule.reason, is_unknown=is_unknown, **context)
        return self.rule.error(self.rule.reason, **context)


def fault_of(status: int, body: Any, *, is_update: bool = False) -> Fault:
    """Read an error: a JSON array, a bare object, the results of a tree, text (perhaps HTML), or
    nothing.

    `is_update` says that an existing record was addressed: only then can it be gone. An error that
    is in neither table is counted.
    """
    results = _tree_results(body)
    entry = _first_error(results[0].get("errors") if results else body)
    code = _name(entry.get("errorCode") or entry.get("statusCode"))
    vendor_text = str(_duplicate_text(entry) or entry.get("message") or "")
    field = _field(entry, code, vendor_text)
    fault = Fault(_rule(status, code), status, code, field, vendor_text, bool(results))
    if fault.rule is UNKNOWN_FAULT:
        count("UnknownFaults")
    if "UNABLE_TO_LOCK_ROW" in vendor_text and code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY":
        # A trigger that met a lock repeats the lock's code in its own exception's text.
        return replace(fault, rule=RECORD_LOCKED)
    if fault.rule is GONE and not is_update:
        return replace(fault, rule=REFERENCE_MISSING)
    if is_update and fault.rule is REFERENCE_MISSING and not field:
        # Without a field it is the addressed record itself that does not exist.
        return replace(fault, rule=GONE)
    return fault


def _rule(status: int, code: str) -> Rule:
    if status in BY_STATUS:
        return BY_STATUS[status]
    if code in BY_CODE:
        return BY_CODE[code]
    if status >= 500:
        return IN_DOUBT
    return GONE if status == 404 else UNKNOWN_FAULT


def _tree_results(body: Any) -> list[Mapping[str, Any]]:
    """Return what a tree's answer says of the records at fault (Salesforce: REST API Developer
    Guide, "sObject Tree").
    """
    if isinstance(body, str | bytes):
        body = _parsed(body)
    results = body.get("results") if isinstance(body, Mapping) else None
    found = results if isinstance(results, list) else []
    return [each for each in found if isinstance(each, Mapping) and each.get("errors")]


def _first_error(body: Any) -> Mapping[str, Any]:
    if isinstance(body, str | bytes):
        body = _parsed(body)
    if isinstance(body, list):
        body = body[0] if body else None
    return body if isinstance(body, Mapping) else {}


def _parsed(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _duplicate_text(entry: Mapping[str, Any]) -> Any:
    """Return a duplicate rule's own words; the key is misspelt by Salesforce itself."""
    result = entry.get("duplicateResut") or entry.get("duplicateResult")
    return result.get("errorMessage") if isinstance(result, Mapping) else None


def _field(entry: Mapping[str, Any], code: str, vendor_text: str) -> str:
    """Return the field at fault; that of a duplicate value may stand in the text only."""
    fields = entry.get("fields")
    if isinstance(fields, list) and fields:
        return _name(fields[0])
    is_ours = code == "DUPLICATE_VALUE" and EXTERNAL_ID_FIELD in vendor_text
    return EXTERNAL_ID_FIELD if is_ours else ""


def _name(value: Any) -> str:
    """Let only what looks like a code or a field name into errors and logs."""
    return value if isinstance(value, str) and _NAME.fullmatch(value) else ""
