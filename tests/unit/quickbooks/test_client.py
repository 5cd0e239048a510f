"""What the client asks QuickBooks for, and how it takes the answers."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from bridge.errors import (
    ConfigurationError,
    ConnectionLostError,
    PermanentError,
    RateLimitedError,
    UnavailableError,
)
from bridge.flows.ports import RecordSystem
from bridge.model import Probe, Shape
from bridge.observability import logger
from bridge.quickbooks.client import QuickBooksClient
from bridge.transport import TimeoutSession
from tests.unit.quickbooks.script import Reply, Slots, Tokens, fault, recorded, world

CUSTOMER = Shape("Customer", ("DisplayName",))
SALESFORCE_ID = "0015g00000XyZaBAAV"
SINCE = datetime(2026, 11, 22, 12, 0, 0, 250000, tzinfo=UTC)
UNAUTHORISED = Reply(recorded("fault-3200-malformed-token-lowercase-envelope"), 401)


def row(record_id: str, **fields: Any) -> dict[str, Any]:
    return {"Id": record_id, "SyncToken": "0", "DisplayName": f"Name {record_id}", **fields}


def rows(*found: dict[str, Any], of: str = "Customer") -> Reply:
    return Reply({"QueryResponse": {of: list(found)} if found else {}, "time": "now"})


def test_the_client_fits_the_port_of_the_flows() -> None:
    system: RecordSystem = world().client

    assert system.find_roots("Contact", ["1"]) == {}


@pytest.mark.parametrize("realm", ["", "91a", "9/1", "٣"])
def test_a_realm_that_is_no_number_is_a_setting_to_mend(realm: str) -> None:
    with pytest.raises(ConfigurationError):
        QuickBooksClient(
            "https://q.test", realm, Tokens(), Slots(), TimeoutSession(), lambda _: None
        )


def test_records_are_loaded_by_one_posted_query() -> None:
    made = world(rows(row("1"), row("7", Active=False)))

    found = made.client.load(CUSTOMER, ["1", "7", "1", "9"])

    assert {key: record.is_active for key, record in found.items()} == {"1": True, "7": False}
    (asked,) = made.script.asked
    assert (asked.method, asked.path) == ("POST", "/v3/company/9130/query")
    assert asked.query == {"minorversion": "75"}
    assert asked.headers["Content-Type"] == "application/text"
    assert asked.headers["Accept"] == "application/json"
    assert asked.headers["Authorization"] == "Bearer token-0"
    assert asked.body == (
        b"select * from Customer where Id in ('1','7','9')"
        b" and Active in (true,false) maxresults 1000"
    )
    assert made.slots.taken == [("request", 1)]


def test_more_than_two_hundred_ids_take_another_call() -> None:
    made = world(rows(row("1")), rows(row("201")))

    found = made.client.load(CUSTOMER, [str(number) for number in range(1, 202)])

    assert set(found) == {"1", "201"}
    assert made.slots.taken == [("request", 1), ("request", 1)]


def test_nothing_asked_for_is_no_call() -> None:
    made = world()

    assert made.client.load(CUSTOMER, []) == {}
    assert made.client.find_by_name(CUSTOMER, "DisplayName", []) == []
    assert made.client.find_created(CUSTOMER, []) == []


@pytest.mark.parametrize("record_id", ["", "1'", "1 or 1", "-1", "1" * 21])
def test_an_id_that_is_no_number_never_enters_a_call(record_id: str) -> None:
    made = world()

    with pytest.raises(PermanentError, match="id_malformed"):
        made.client.load(CUSTOMER, [record_id])
    with pytest.raises(PermanentError, match="id_malformed"):
        made.client.read(CUSTOMER, record_id)


def test_transactions_have_no_active_flag_to_ask_for() -> None:
    made = world(rows(of="Invoice"))

    made.client.load(Shape("Invoice", ()), ["1"])

    assert made.script.asked[0].body == b"select * from Invoice where Id in ('1') maxresults 1000"


def test_an_answer_that_is_no_query_result_is_not_taken_for_no_records() -> None:
    made = world(Reply({"time": "now"}))

    with pytest.raises(UnavailableError, match="answer_unreadable"):
        made.client.load(CUSTOMER, ["1"])


def test_the_recorded_empty_result_means_no_records() -> None:
    made = world(Reply(recorded("query-transfers-empty")))

    assert made.client.load(Shape("Transfer", ()), ["1"]) == {}


def test_a_record_that_spoils_a_query_is_read_by_itself() -> None:
    poisoned = Reply(fault("4002"), 400)
    made = world(
        poisoned,
        rows(row("1"), row("2")),
        poisoned,
        poisoned,
        Reply({"Customer": row("3")}),
        rows(row("4")),
    )

    found = made.client.load(CUSTOMER, ["1", "2", "3", "4"])

    assert set(found) == {"1", "2", "3", "4"}
    assert [asked.path for asked in made.script.asked if asked.method == "GET"] == [
        "/v3/company/9130/customer/3"
    ]


def test_one_record_is_read_by_id_with_exact_numbers() -> None:
    made = world(Reply(b'{"Customer":{"Id":"1","SyncToken":"3","Balance":239.10}}'))

    record = made.client.read(CUSTOMER, "1")

    assert record is not None
    assert (record.version, record.fields["Balance"]) == ("3", Decimal("239.10"))
    assert made.script.asked[0].path == "/v3/company/9130/customer/1"
    assert made.slots.taken == [("request", 1)]


def test_a_record_that_is_gone_reads_as_none() -> None:
    made = world(Reply(recorded("fault-610-object-not-found"), 400))

    assert made.client.read(CUSTOMER, "1") is None


def test_names_are_asked_for_in_one_call_with_what_they_become_when_inactive() -> None:
    made = world(
        rows(
            row("1", DisplayName="Amy's \\ Birds"),
            row("2", DisplayName="COOL CARS"),
            row("3", DisplayName="Cool Cars (deleted)", Active=False),
            row("4", DisplayName="Cool Cars (deleted)", Active=True),
        )
    )

    found = made.client.find_by_name(CUSTOMER, "DisplayName", ["Amy's \\ Birds", "Cool Cars"])

    assert [record.id for record in found] == ["1", "2", "3"]
    assert found[2].fields["DisplayName"] == "Cool Cars"
    assert made.script.asked[0].body == (
        rb"select * from Customer where DisplayName in ("
        rb"'Amy\'s \\ Birds','Amy\'s \\ Birds (deleted)','Amy\'s \\ Birds (deleted 1)',"
        rb"'Cool Cars','Cool Cars (deleted)','Cool Cars (deleted 1)')"
        rb" and Active in (true,false) maxresults 1000"
    )


def test_a_record_of_ours_is_found_again_by_its_marker_and_time() -> None:
    marked = f"x\nSalesforce {SALESFORCE_ID}"
    just = {"CreateTime": "2026-11-22T04:00:00-08:00"}
    before = {"CreateTime": "2026-11-22T03:59:59-08:00"}
    made = world(
        rows(
            row("1", Notes=marked, MetaData=before),
            row("2", Notes=marked, MetaData=just),
            row("3", Notes="x", MetaData=just),
        )
    )

    ours, all_since = made.client.find_created(
        CUSTOMER, [Probe(SINCE, marker=SALESFORCE_ID), Probe(SINCE - timedelta(seconds=1))]
    )

    assert [record.id for record in ours] == ["2"]
    assert [record.id for record in all_since] == ["1", "2", "3"]
    assert made.script.asked[0].body == (
        b"select * from Customer where MetaData.CreateTime >= '2026-11-22T11:59:59+00:00'"
        b" and Active in (true,false) orderby Id startposition 1 maxresults 1000"
    )


def test_what_was_created_is_read_page_by_page() -> None:
    first = rows(*(row(str(number)) for number in range(1000)))
    made = world(first, rows(row("999"), row("1000")))

    (found,) = made.client.find_created(CUSTOMER, [Probe(SINCE)])

    assert len(found) == 1001
    assert b"startposition 1001 maxresults" in made.script.asked[1].body


@pytest.mark.parametrize(
    ("replies", "holder"),
    [
        ([rows(row("5"), of="Vendor")], "vendor"),
        ([rows(), rows(row("5"), of="Employee")], "employee"),
        ([rows(), rows()], None),
    ],
)
def test_the_holder_of_a_customers_name_is_looked_for(
    replies: list[Reply], holder: str | None
) -> None:
    assert world(*replies).client.name_holder("Customer", "O'Neil") == holder


def test_customers_and_employees_may_hold_the_name_of_a_vendor_and_nobody_that_of_an_item() -> None:
    made = world(rows(), rows(row("5"), of="Employee"))

    assert made.client.name_holder("Vendor", "O'Neil") == "employee"
    assert b"from Customer" in made.script.asked[0].body
    assert made.client.name_holder("Item", "O'Neil") is None


def test_a_refused_token_is_renewed_once_and_the_call_repeated() -> None:
    made = world(UNAUTHORISED, rows(row("1")))

    found = made.client.load(CUSTOMER, ["1"])

    assert set(found) == {"1"}
    assert made.tokens.renewed == ["token-0"]
    assert [a.headers["Authorization"] for a in made.script.asked] == [
        "Bearer token-0",
        "Bearer token-1",
    ]
    assert made.slots.taken == [("request", 1), ("request", 0)]


def test_a_fresh_token_is_given_a_moment_to_take_hold() -> None:
    made = world(UNAUTHORISED, UNAUTHORISED, rows(row("1")))

    found = made.client.load(CUSTOMER, ["1"])

    assert set(found) == {"1"}
    assert (made.tokens.renewed, made.waits) == (["token-0"], [1.0])


def test_a_token_refused_to_the_end_is_trouble_for_later() -> None:
    made = world(UNAUTHORISED, UNAUTHORISED, UNAUTHORISED)

    with pytest.raises(UnavailableError, match="token_refused") as refused:
        made.client.load(CUSTOMER, ["1"])

    assert not refused.value.is_unknown
    assert made.tokens.renewed == ["token-0"]


def test_a_401_in_xml_is_a_refused_token_too() -> None:
    xml = recorded("fault-100-authentication-xml")
    made = world(Reply(xml["body"].encode(), xml["status"]), rows(row("1")))

    assert set(made.client.load(CUSTOMER, ["1"])) == {"1"}


def test_a_person_without_rights_is_not_helped_by_another_token() -> None:
    made = world(Reply(fault("120"), 401))

    with pytest.raises(ConnectionLostError, match="not_authorised"):
        made.client.load(CUSTOMER, ["1"])

    assert made.tokens.renewed == []


def test_a_lost_grant_is_told_as_such() -> None:
    made = world(UNAUTHORISED)
    made.tokens.error = ConnectionLostError("grant_revoked")

    with pytest.raises(ConnectionLostError, match="grant_revoked"):
        made.client.load(CUSTOMER, ["1"])


def test_a_budget_that_is_used_up_sends_nothing() -> None:
    made = world()
    made.slots.is_used_up = True

    with pytest.raises(RateLimitedError, match="own_budget"):
        made.client.load(CUSTOMER, ["1"])

    assert made.script.asked == []


def test_a_throttled_call_says_how_long_to_wait_and_makes_everyone_wait() -> None:
    xml = recorded("fault-3001-throttle-429-xml")
    made = world(Reply(xml["body"].encode(), 429, {"Retry-After": "30"}))

    with pytest.raises(RateLimitedError) as limited:
        made.client.load(CUSTOMER, ["1"])

    assert limited.value.retry_after_s == 30
    assert made.slots.back_offs == [30]


@pytest.mark.parametrize("body", [b"", b"<html>moved</html>", b'{"QueryRes', b"[]"])
def test_an_answer_that_cannot_be_read_is_no_answer(body: bytes) -> None:
    with pytest.raises(UnavailableError, match="answer_unreadable"):
        world(Reply(body)).client.load(CUSTOMER, ["1"])


def test_a_call_without_an_answer_is_trouble_for_later() -> None:
    made = world(Reply(error=requests.ReadTimeout("slow")))

    with pytest.raises(UnavailableError, match="no_answer"):
        made.client.load(CUSTOMER, ["1"])


def test_a_redirect_is_not_followed_with_the_token() -> None:
    made = world(Reply(b"", 302, {"Location": "https://elsewhere.test/"}))

    with pytest.raises(UnavailableError):
        made.client.load(CUSTOMER, ["1"])

    assert len(made.script.asked) == 1


def test_an_error_names_the_call_and_the_vendors_trace_but_no_text() -> None:
    made = world(Reply(fault("4001", "Jane Roe"), 400, {"intuit_tid": "1-64886bfd"}))

    with pytest.raises(PermanentError) as refused:
        made.client.load(CUSTOMER, ["1"])

    assert str(refused.value) == (
        "query_malformed system=quickbooks operation=query Customer code=4001 request_id=1-64886bfd"
    )


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


@pytest.fixture
def lines() -> Iterator[Lines]:
    log, lines = logging.getLogger(logger.name), Lines()
    level = log.level
    log.setLevel(logging.DEBUG)
    log.addHandler(lines)
    yield lines
    log.removeHandler(lines)
    log.setLevel(level)


def test_a_call_leaves_a_debug_line_without_values(lines: Lines) -> None:
    made = world(Reply({"QueryResponse": {}}, headers={"intuit_tid": "1-64886bfd"}))

    made.client.find_by_name(CUSTOMER, "DisplayName", ["Jane Roe"])

    (line,) = lines.kept
    kept = vars(line)
    assert (kept["msg"], kept["status"], kept["request_id"]) == (
        "quickbooks call",
        200,
        "1-64886bfd",
    )
    assert isinstance(kept["duration_ms"], int)
    assert not [word for word in ("Jane", "token-0", "minorversion", "select") if word in str(kept)]
