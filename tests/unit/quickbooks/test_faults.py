"""What each fault of QuickBooks asks us to do, whatever it is wrapped in."""

from typing import Any

import pytest

from bridge.errors import (
    BridgeError,
    ConnectionLostError,
    PermanentError,
    RateLimitedError,
    RecordRejectedError,
    StaleRecordError,
    UnavailableError,
)
from bridge.model import Fate
from bridge.observability import metrics
from bridge.quickbooks.faults import RULES, Fault, Rule, body_of, error_of, fault_of, rule_of
from tests.unit.quickbooks.script import as_json, fault, recorded

ROWS = {
    "100": (UnavailableError, "token_refused", Fate.NOT_SENT),
    "120": (ConnectionLostError, "not_authorised", Fate.NOT_SENT),
    "130": (UnavailableError, "quickbooks_unavailable", Fate.NOT_SENT),
    "140": (UnavailableError, "company_locked", Fate.NOT_SENT),
    "150": (UnavailableError, "company_under_maintenance", Fate.NOT_SENT),
    "400": (PermanentError, "call_malformed", Fate.REFUSED),
    "500": (PermanentError, "call_unsupported", Fate.REFUSED),
    "600": (UnavailableError, "request_repeated", Fate.UNKNOWN),
    "610": (RecordRejectedError, "gone", Fate.MISSING),
    "700": (RecordRejectedError, "reference_missing", Fate.REFUSED),
    "900": (RecordRejectedError, "parents_in_a_circle", Fate.REFUSED),
    "1040": (PermanentError, "call_malformed", Fate.REFUSED),
    "2010": (RecordRejectedError, "property_unknown", Fate.REFUSED),
    "2020": (RecordRejectedError, "value_missing", Fate.REFUSED),
    "2030": (RecordRejectedError, "id_invalid", Fate.REFUSED),
    "2040": (RecordRejectedError, "characters_not_allowed", Fate.REFUSED),
    "2050": (RecordRejectedError, "value_too_long", Fate.REFUSED),
    "2070": (RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    "2080": (RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    "2090": (RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    "2120": (RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    "2130": (PermanentError, "call_malformed", Fate.REFUSED),
    "2170": (RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    "2200": (RecordRejectedError, "web_address_malformed", Fate.REFUSED),
    "2210": (RecordRejectedError, "email_malformed", Fate.REFUSED),
    "2230": (RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    "2240": (RecordRejectedError, "value_not_allowed", Fate.REFUSED),
    "2500": (RecordRejectedError, "reference_missing", Fate.REFUSED),
    "3001": (RateLimitedError, "rate_limited", Fate.NOT_SENT),
    "3200": (UnavailableError, "token_refused", Fate.NOT_SENT),
    "4000": (PermanentError, "query_malformed", Fate.REFUSED),
    "4001": (PermanentError, "query_malformed", Fate.REFUSED),
    "4002": (PermanentError, "query_poisoned", Fate.REFUSED),
    "5010": (StaleRecordError, "stale", Fate.STALE),
    "5020": (PermanentError, "feature_not_available", Fate.REFUSED),
    "5030": (PermanentError, "feature_not_available", Fate.REFUSED),
    "6000": (RecordRejectedError, "rejected_by_rule", Fate.REFUSED),
    "6070": (RecordRejectedError, "amount_mismatch", Fate.REFUSED),
    "6080": (RecordRejectedError, "value_missing", Fate.REFUSED),
    "6130": (RecordRejectedError, "rejected_by_rule", Fate.REFUSED),
    "6140": (RecordRejectedError, "number_taken", Fate.REFUSED),
    "6150": (RecordRejectedError, "parent_not_taken", Fate.REFUSED),
    "6180": (RecordRejectedError, "parents_too_deep", Fate.REFUSED),
    "6190": (PermanentError, "company_read_only", Fate.REFUSED),
    "6200": (RecordRejectedError, "books_closed", Fate.REFUSED),
    "6210": (RecordRejectedError, "books_closed", Fate.REFUSED),
    "6220": (RecordRejectedError, "has_balance", Fate.REFUSED),
    "6240": (RecordRejectedError, "name_taken", Fate.REFUSED),
    "6250": (RecordRejectedError, "reference_missing", Fate.REFUSED),
    "6270": (RecordRejectedError, "rejected_by_rule", Fate.REFUSED),
    "6280": (RecordRejectedError, "has_unbilled_charges", Fate.REFUSED),
    "6420": (RecordRejectedError, "email_missing", Fate.REFUSED),
    "6540": (RecordRejectedError, "deposited", Fate.REFUSED),
    "10000": (UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN),
}


def read(status: int, document: Any) -> tuple[type[BridgeError], str, Fate]:
    found = fault_of(status, document)
    assert found is not None
    rule = rule_of(found)
    error = error_of(found, rule)
    return type(error), error.reason, rule.fate


@pytest.mark.parametrize("code", ROWS)
def test_each_code_has_its_reaction(code: str) -> None:
    assert read(400, fault(code)) == ROWS[code]


def test_each_row_of_the_table_is_tested() -> None:
    assert set(RULES) == {*ROWS, "3100"}


def test_a_forbidden_company_is_lost_but_an_outage_under_the_same_code_is_not() -> None:
    document = recorded("fault-3100-forbidden-lowercase-envelope")

    assert read(403, document) == (ConnectionLostError, "not_authorised", Fate.NOT_SENT)
    assert read(500, document) == (UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN)
    assert read(200, document) == (UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN)
    assert read(401, document) == (UnavailableError, "token_refused", Fate.NOT_SENT)


@pytest.mark.parametrize("code", ["120", "610", "6240", "6000", ""])
def test_a_server_error_is_server_trouble_whatever_code_it_names(code: str) -> None:
    assert read(500, fault(code)) == (UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN)


@pytest.mark.parametrize(
    "detail",
    [
        "Business Validation Error: Unexpected Internal Error. (-30000)",
        "An unexpected error occurred while accessing or saving your data. Please wait a few "
        "minutes and try again.",
    ],
)
def test_the_catch_alls_of_6000_leave_the_outcome_open(detail: str) -> None:
    document = fault("6000", detail)

    assert read(400, document) == (UnavailableError, "quickbooks_unavailable", Fate.UNKNOWN)


def test_the_recorded_catch_all_leaves_the_outcome_open() -> None:
    entry = recorded("fault-6000-business-validation-error-entry")

    assert read(200, {"Fault": {"Error": [entry]}})[2] is Fate.UNKNOWN


def test_a_missing_reference_on_a_create_is_not_a_missing_record() -> None:
    found = fault_of(200, recorded("fault-610-object-not-found"))
    assert found is not None

    rule = rule_of(found, is_create=True)

    assert (rule.reason, rule.fate) == ("reference_missing", Fate.REFUSED)


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("fault-100-authentication-xml", 401, "token_refused"),
        ("fault-3001-throttle-403-xml", 403, "rate_limited"),
        ("fault-3001-throttle-429-xml", 429, "rate_limited"),
        ("fault-10000-system-xml", 500, "quickbooks_unavailable"),
        ("fault-2030-empty-id-2019-xml", 400, "id_invalid"),
        ("fault-2500-invalid-reference-xml", 400, "reference_missing"),
        ("fault-4000-parser-2019-xml", 400, "query_malformed"),
        ("fault-4001-startposition-xml", 400, "query_malformed"),
        ("fault-6240-customer-2019-xml", 400, "name_taken"),
        ("fault-6240-customer-vendor-employee-2019-xml", 400, "name_taken"),
        ("fault-6270-inventory-start-date-xml", 400, "rejected_by_rule"),
    ],
)
def test_recorded_faults_in_xml_are_read(name: str, status: int, reason: str) -> None:
    reply = recorded(name)

    assert reply["status"] == status
    assert read(status, body_of(reply["body"].encode()))[1] == reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fault-2010-unknown-property", "property_unknown"),
        ("fault-2020-required-line-detailtype", "value_missing"),
        ("fault-2020-required-param", "value_missing"),
        ("fault-2030-invalid-id", "id_invalid"),
        ("fault-2050-2080-two-errors", "value_too_long"),
        ("fault-4000-query-parser", "query_malformed"),
        ("fault-500-unsupported-operation", "call_unsupported"),
        ("fault-5010-stale-object-unicode", "stale"),
        ("fault-610-deleted-by-another-user", "gone"),
        ("fault-6210-period-closed", "books_closed"),
        ("fault-6240-duplicate-name", "name_taken"),
    ],
)
def test_recorded_faults_in_json_are_read(name: str, reason: str) -> None:
    reply = recorded(name)
    document = reply.get("response", reply)

    assert read(400, body_of(as_json(document)))[1] == reason


@pytest.mark.parametrize(
    "name", ["fault-3200-malformed-token-lowercase-envelope", "fault-3200-401-lowercase-envelope"]
)
def test_the_gateways_lower_case_faults_are_read(name: str) -> None:
    reply = recorded(name)

    assert read(401, reply.get("response", reply))[1] == "token_refused"


@pytest.mark.parametrize(
    ("status", "kind", "fate"),
    [
        (401, UnavailableError, Fate.NOT_SENT),
        (403, UnavailableError, Fate.NOT_SENT),
        (404, PermanentError, Fate.REFUSED),
        (429, RateLimitedError, Fate.NOT_SENT),
        (502, UnavailableError, Fate.UNKNOWN),
        (503, UnavailableError, Fate.UNKNOWN),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html><body><h1>Bad Gateway</h1></body></html>", b"<html><br></html>", b"oops"]
)
def test_without_a_fault_the_status_decides(
    body: bytes, status: int, kind: type[BridgeError], fate: Fate
) -> None:
    error, _, decided = read(status, body_of(body))

    assert (error, decided) == (kind, fate)


def test_a_fault_with_http_200_is_a_fault() -> None:
    assert read(200, fault("6190"))[1] == "company_read_only"


@pytest.mark.parametrize("document", [{"Customer": {}}, {"fault": None, "time": 1}, None])
def test_an_answer_without_a_fault_is_none(document: Any) -> None:
    assert fault_of(200, document) is None


def test_a_code_that_is_not_in_the_table_is_permanent_named_and_counted() -> None:
    found = fault_of(400, fault("7777"))
    assert found is not None

    error = error_of(found, rule_of(found), operation="update Customer", request_id="gw-1")

    assert type(error) is PermanentError
    assert str(error) == (
        "unknown_fault system=quickbooks operation=update Customer code=7777 request_id=gw-1"
    )
    assert metrics.metric_set["UnknownFaults"]["Value"] == [1.0]


def test_codes_with_leading_zeros_or_as_numbers_are_the_same_codes() -> None:
    assert read(403, {"Fault": {"Error": [{"code": "003001"}]}})[1] == "rate_limited"
    assert read(400, {"Fault": {"Error": [{"code": 6240}]}})[1] == "name_taken"


def test_of_several_errors_the_one_that_leaves_most_in_doubt_counts() -> None:
    document = {
        "Fault": {
            "Error": [
                {"code": "2050", "Detail": "too long"},
                {"code": "6000", "Detail": "Unexpected Internal Error. (-30000)"},
            ]
        }
    }

    found = fault_of(200, document)

    assert found is not None
    assert (found.code, rule_of(found).fate) == ("6000", Fate.UNKNOWN)
    assert found.vendor_text == "too long; Unexpected Internal Error. (-30000)"


def test_the_field_at_fault_is_named_if_it_is_a_name() -> None:
    by_name = fault_of(400, fault("2020", element="Line.DetailType"))
    by_words = fault_of(400, fault("2500", element="Reference Id"))
    by_address = fault_of(400, fault("2210", element="jane@example.com"))
    by_value = fault_of(400, fault("6240", element="Jane Roe"))

    assert (by_name and by_name.element) == "Line.DetailType"
    assert (by_words and by_words.element) == "Reference Id"
    assert (by_address and by_address.element) == ""
    assert (by_value and by_value.element) == ""


def test_the_vendors_text_stays_beside_the_error() -> None:
    found = fault_of(400, fault("6240", detail="Jane Roe is taken"))
    assert found is not None

    error = error_of(found, rule_of(found))

    assert found.vendor_text == "Jane Roe is taken"
    assert "Jane" not in f"{error!r} {error} {found!r}"


@pytest.mark.parametrize(
    ("retry_after", "wait_s"), [("7", 7.0), ("", 60.0), ("Fri, 31 Dec 2027 23:59:59 GMT", 60.0)]
)
def test_a_limit_says_how_long_to_wait(retry_after: str, wait_s: float) -> None:
    rule = Rule(RateLimitedError, "rate_limited", Fate.NOT_SENT)

    error = error_of(Fault(429, "3001"), rule, retry_after=retry_after)

    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == wait_s


def test_a_body_that_explodes_when_expanded_is_not_expanded() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><Fault><Error>&c;</Error></Fault>'

    assert body_of(bomb) is None
