"""The table of errors, row by row, and the shapes in which errors come."""

import json
from typing import Any

import pytest

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
from bridge.salesforce.faults import BY_CODE, BY_STATUS, fault_of
from tests.unit.salesforce.scripted_org import recorded

ROWS: list[tuple[str, int, type[BridgeError], str, Fate]] = [
    ("INVALID_SESSION_ID", 401, UnavailableError, "session_refused", Fate.NOT_SENT),
    ("INVALID_AUTH_HEADER", 401, UnavailableError, "session_refused", Fate.NOT_SENT),
    ("REQUEST_LIMIT_EXCEEDED", 403, RateLimitedError, "rate_limited", Fate.NOT_SENT),
    ("API_DISABLED_FOR_ORG", 403, ConnectionLostError, "api_disabled", Fate.NOT_SENT),
    ("API_CURRENTLY_DISABLED", 403, ConnectionLostError, "api_disabled", Fate.NOT_SENT),
    ("FUNCTIONALITY_NOT_ENABLED", 403, ConnectionLostError, "api_disabled", Fate.NOT_SENT),
    ("UNSUPPORTED_API_VERSION", 410, ConfigurationError, "api_version_retired", Fate.NOT_SENT),
    ("PRECONDITION_FAILED", 412, StaleRecordError, "stale", Fate.STALE),
    (
        "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE_CHECK",
        412,
        StaleRecordError,
        "stale",
        Fate.STALE,
    ),
    ("NOT_FOUND", 404, RecordRejectedError, "gone", Fate.MISSING),
    ("ENTITY_IS_DELETED", 404, RecordRejectedError, "gone", Fate.MISSING),
    ("INVALID_CROSS_REFERENCE_KEY", 404, RecordRejectedError, "gone", Fate.MISSING),
    ("UNABLE_TO_LOCK_ROW", 400, UnavailableError, "record_locked", Fate.NOT_SENT),
    ("SERVER_UNAVAILABLE", 503, UnavailableError, "salesforce_unavailable", Fate.NOT_SENT),
    ("QUERY_TIMEOUT", 400, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    ("REQUEST_RUNNING_TOO_LONG", 500, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    ("APEX_ERROR", 500, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    ("UNKNOWN_EXCEPTION", 500, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    ("INTERNAL_ERROR", 500, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    ("ALL_OR_NONE_OPERATION_ROLLED_BACK", 400, UnavailableError, "rolled_back", Fate.NOT_SENT),
    ("PROCESSING_HALTED", 400, RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    ("DUPLICATE_VALUE", 400, RecordRejectedError, "duplicate_value", Fate.REFUSED),
    ("DUPLICATE_EXTERNAL_ID", 400, RecordRejectedError, "duplicate_value", Fate.REFUSED),
    ("DUPLICATES_DETECTED", 400, RecordRejectedError, "duplicate_rule", Fate.REFUSED),
    ("REQUIRED_FIELD_MISSING", 400, RecordRejectedError, "value_missing", Fate.REFUSED),
    ("STRING_TOO_LONG", 400, RecordRejectedError, "value_too_long", Fate.REFUSED),
    (
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        400,
        RecordRejectedError,
        "value_not_allowed",
        Fate.REFUSED,
    ),
    ("INVALID_EMAIL_ADDRESS", 400, RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    ("NUMBER_OUTSIDE_VALID_RANGE", 400, RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    (
        "INVALID_TYPE_ON_FIELD_IN_RECORD",
        400,
        RecordRejectedError,
        "value_not_allowed",
        Fate.REFUSED,
    ),
    ("FIELD_INTEGRITY_EXCEPTION", 400, RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    ("JSON_PARSER_ERROR", 400, RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    (
        "STANDARD_PRICE_NOT_DEFINED",
        400,
        RecordRejectedError,
        "standard_price_missing",
        Fate.REFUSED,
    ),
    (
        "FIELD_CUSTOM_VALIDATION_EXCEPTION",
        400,
        RecordRejectedError,
        "validation_rule",
        Fate.REFUSED,
    ),
    (
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        400,
        RecordRejectedError,
        "automation_failed",
        Fate.REFUSED,
    ),
    ("INVALID_FIELD_FOR_INSERT_UPDATE", 400, RecordRejectedError, "field_read_only", Fate.REFUSED),
    ("INSUFFICIENT_ACCESS", 403, RecordRejectedError, "no_access", Fate.REFUSED),
    ("INSUFFICIENT_ACCESS_OR_READONLY", 403, RecordRejectedError, "no_access", Fate.REFUSED),
    (
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
        400,
        RecordRejectedError,
        "no_access",
        Fate.REFUSED,
    ),
    ("ENTITY_IS_LOCKED", 400, RecordRejectedError, "approval_pending", Fate.REFUSED),
    ("DELETE_FAILED", 400, RecordRejectedError, "record_in_use", Fate.REFUSED),
    ("STORAGE_LIMIT_EXCEEDED", 403, PermanentError, "storage_full", Fate.REFUSED),
    ("INVALID_FIELD", 400, MappingError, "field_unknown", Fate.REFUSED),
    ("INVALID_TYPE", 400, MappingError, "object_unknown", Fate.REFUSED),
    ("MALFORMED_QUERY", 400, MappingError, "query_malformed", Fate.REFUSED),
    ("MALFORMED_ID", 400, MappingError, "id_malformed", Fate.REFUSED),
    ("MISSING_ARGUMENT", 400, MappingError, "id_malformed", Fate.REFUSED),
    ("INVALID_QUERY_LOCATOR", 400, UnavailableError, "query_expired", Fate.NOT_SENT),
    ("NEVER_HEARD_OF", 400, PermanentError, "unknown_fault", Fate.REFUSED),
    ("NEVER_HEARD_OF", 500, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
]

STATUS_ROWS: list[tuple[int, type[BridgeError], str, Fate]] = [
    (401, UnavailableError, "session_refused", Fate.NOT_SENT),
    (404, RecordRejectedError, "gone", Fate.MISSING),
    (406, PermanentError, "unknown_fault", Fate.REFUSED),
    (408, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    (410, ConfigurationError, "api_version_retired", Fate.NOT_SENT),
    (412, StaleRecordError, "stale", Fate.STALE),
    (414, MappingError, "request_too_long", Fate.REFUSED),
    (420, UnavailableError, "salesforce_unavailable", Fate.NOT_SENT),
    (429, RateLimitedError, "rate_limited", Fate.NOT_SENT),
    (431, MappingError, "request_too_long", Fate.REFUSED),
    (500, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    (502, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    (503, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
    (504, UnavailableError, "salesforce_unavailable", Fate.UNKNOWN),
]


@pytest.mark.parametrize(("code", "status", "error", "reason", "fate"), ROWS)
def test_each_code_says_what_to_do(
    code: str, status: int, error: type[BridgeError], reason: str, fate: Fate
) -> None:
    body = [{"errorCode": code, "message": "Müller & Co", "fields": []}]

    fault = fault_of(status, body, is_update=True)

    raised = fault.error("update", "001RM000003oLnnYAE")
    assert type(raised) is error
    assert (raised.reason, fault.fate, raised.code) == (reason, fate, code)
    assert getattr(raised, "is_unknown", False) == (fate is Fate.UNKNOWN)


@pytest.mark.parametrize(("status", "error", "reason", "fate"), STATUS_ROWS)
@pytest.mark.parametrize("body", ["<html>Müller & Co</html>", "", None, [], {}])
def test_an_answer_without_a_code_is_judged_by_its_status(
    status: int, error: type[BridgeError], reason: str, fate: Fate, body: Any
) -> None:
    fault = fault_of(status, body, is_update=True)

    raised = fault.error()
    assert type(raised) is error
    assert (raised.reason, fault.fate, raised.code) == (reason, fate, str(status))


def test_every_row_of_the_tables_has_its_test() -> None:
    assert {row[0] for row in ROWS} >= BY_CODE.keys()
    assert {row[0] for row in STATUS_ROWS} >= BY_STATUS.keys()


@pytest.mark.parametrize(
    ("name", "status", "reason", "field"),
    [
        ("error-duplicate-value", 400, "duplicate_value", "AssigneeId"),
        ("error-duplicates-detected-contact", 400, "duplicate_rule", ""),
        ("error-duplicates-detected-account-no-save", 400, "duplicate_rule", ""),
        ("error-entity-is-deleted", 404, "reference_missing", ""),
        ("error-insufficient-access-cross-reference", 400, "no_access", ""),
        ("error-invalid-cross-reference-key-recordtype", 400, "reference_missing", "RecordTypeId"),
        ("error-invalid-field-for-insert-update", 400, "field_read_only", "MasterRecordId"),
        ("error-invalid-field", 400, "field_unknown", ""),
        ("error-invalid-session-id-401", 401, "session_refused", ""),
        ("error-invalid-type", 400, "object_unknown", ""),
        ("error-request-limit-exceeded", 403, "rate_limited", ""),
        ("error-required-field-missing", 400, "value_missing", "Name"),
        ("error-restricted-picklist", 400, "value_not_allowed", "Job_Category__c"),
        ("error-unable-to-lock-row", 400, "record_locked", ""),
    ],
)
def test_recorded_errors_are_understood(name: str, status: int, reason: str, field: str) -> None:
    fault = fault_of(status, json.dumps(recorded(name)))

    raised = fault.error()
    assert (raised.reason, raised.field) == (reason, field)
    assert fault.vendor_text == recorded(name)[0]["message"]


def test_a_bare_object_is_read_like_an_array() -> None:
    fault = fault_of(400, {"errorCode": "STRING_TOO_LONG", "message": "x", "fields": ["Name"]})

    assert (fault.error().reason, fault.field) == ("value_too_long", "Name")


def test_the_item_of_a_collection_names_its_code_statusCode() -> None:  # noqa: N802
    item = recorded("collections-update-missing-ids")[0]

    assert fault_of(200, item["errors"]).code == "MISSING_ARGUMENT"


def test_the_record_at_fault_in_a_tree_speaks_for_all() -> None:
    error = {"statusCode": "DUPLICATE_VALUE", "message": "x", "fields": ["Tax_Id__c"]}
    body = {"hasErrors": True, "results": [{"referenceId": "line3", "errors": [error]}]}

    fault = fault_of(400, json.dumps(body))

    assert (fault.error().reason, fault.field, fault.is_of_record) == (
        "duplicate_value",
        "Tax_Id__c",
        True,
    )
    assert not fault_of(400, [error]).is_of_record


@pytest.mark.parametrize("key", ["duplicateResut", "duplicateResult"])
def test_the_words_of_a_duplicate_rule_are_found_under_both_spellings(key: str) -> None:
    body = [{key: {"errorMessage": "Use one of these"}, "errorCode": "DUPLICATES_DETECTED"}]

    assert fault_of(400, body).vendor_text == "Use one of these"


def test_a_duplicate_external_id_is_found_in_the_text_where_no_field_is_named() -> None:
    text = "duplicate value found: QuickBooks_Id__c duplicates value on record with id: 0015e0000"
    body = [{"statusCode": "DUPLICATE_VALUE", "message": text, "fields": []}]

    assert fault_of(200, body).field == "QuickBooks_Id__c"


def test_another_duplicate_value_names_no_field_of_ours() -> None:
    body = [{"statusCode": "DUPLICATE_VALUE", "message": "Tax_Id__c duplicates", "fields": []}]

    assert fault_of(200, body).field == ""


def test_a_lock_inside_a_trigger_is_a_lock() -> None:
    text = "SyncTrigger: execution of AfterUpdate caused by: UNABLE_TO_LOCK_ROW, unable to obtain"
    body = [{"errorCode": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "message": text}]

    assert fault_of(400, body).fate is Fate.NOT_SENT


@pytest.mark.parametrize("code", ["NOT_FOUND", "ENTITY_IS_DELETED"])
def test_on_an_insert_what_is_gone_is_a_reference(code: str) -> None:
    fault = fault_of(404, [{"errorCode": code, "message": ""}], is_update=False)

    assert (fault.fate, fault.error().reason) == (Fate.REFUSED, "reference_missing")


def test_an_unknown_id_in_an_update_is_a_record_that_is_gone() -> None:
    item = recorded("exchange-collections-update-invalid-cross-reference")["response"][0]

    assert fault_of(400, item["errors"], is_update=True).fate is Fate.MISSING


def test_a_wrong_reference_in_an_update_is_refused() -> None:
    body = recorded("error-invalid-cross-reference-key-recordtype")

    assert fault_of(400, body, is_update=True).fate is Fate.REFUSED


def test_no_error_quotes_the_vendor() -> None:
    body = [{"errorCode": "Müller & Co", "message": "Müller & Co", "fields": ["Müller & Co"]}]

    raised = fault_of(400, body).error("update")

    assert "Müller" not in f"{raised} {raised!r} {vars(raised)}"
