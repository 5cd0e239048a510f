"""The QuickBooks client against the stand-in over HTTP: what the flows rest on."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.errors import ConnectionLostError, RateLimitedError, UnavailableError
from bridge.flows.ports import RecordSystem
from bridge.model import (
    Fate,
    Probe,
    Record,
    Shape,
    System,
    Value,
    Write,
    WriteKind,
    WriteResult,
)
from bridge.quickbooks.client import QuickBooksClient
from bridge.transport import TimeoutSession
from local.simulators.quickbooks.app import QuickBooks, Setup
from local.simulators.server import Server
from tests.contract.quickbooks_bench import REALM, Slots, StandIn, Tokens, never

CUSTOMER = Shape("Customer", ("DisplayName",))
SALESFORCE_ID = "0015g00000XyZaBAAV"
ADDRESS = ("Line1", "City", "CountrySubDivisionCode", "PostalCode", "Country")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    app = QuickBooks(Setup(realms=(REALM,), is_empty=True))
    with Server(app.handle) as server:
        yield StandIn(server.url)


@pytest.fixture
def slots() -> Slots:
    return Slots()


@pytest.fixture
def client(standin: StandIn, slots: Slots) -> Iterator[RecordSystem]:
    with TimeoutSession((2.0, 5.0)) as session:
        yield QuickBooksClient(standin.url, REALM, Tokens(standin.url), slots, session, never)


def create(key: str, name: str, **fields: Value) -> Write:
    return Write(
        System.QUICKBOOKS,
        "Customer",
        WriteKind.CREATE,
        fields={"DisplayName": name, **fields},
        key=key,
        marker=SALESFORCE_ID,
    )


def update(row: dict[str, Any], fields: dict[str, Value], marker: str | None = None) -> Write:
    return Write(
        System.QUICKBOOKS,
        "Customer",
        WriteKind.UPDATE,
        record_id=row["Id"],
        version=row["SyncToken"],
        fields=fields,
        marker=marker,
    )


def one(results: Sequence[WriteResult]) -> WriteResult:
    (result,) = results
    return result


def read(client: RecordSystem, record_id: str) -> Record:
    record = client.read(CUSTOMER, record_id)
    assert record is not None
    return record


def test_a_created_customer_reads_as_it_was_written(standin: StandIn, client: RecordSystem) -> None:
    address: dict[str, Value] = {f"BillAddr.{line}": f"{line} of it" for line in ADDRESS}

    result = one(client.write([create("k", 'Zoë\'s \\ "Bäckerei" 東京', Notes="Late.", **address)]))

    assert result.fate is Fate.DONE
    record = read(client, result.record_id or "")
    assert (record.version, record.marker) == (result.version, SALESFORCE_ID)
    assert record.fields["DisplayName"] == 'Zoë\'s \\ "Bäckerei" 東京'
    assert record.fields["Notes"] == "Late."
    assert {path: record.fields[path] for path in address} == address
    assert record == result.record
    assert standin.rows()[0]["Notes"] == f"Late.\nSalesforce {SALESFORCE_ID}"


def test_customers_are_loaded_inactive_ones_included_and_missing_ones_left_out(
    standin: StandIn, client: RecordSystem
) -> None:
    first, second = (standin.person("create", fields={"DisplayName": n}) for n in ("A", "B"))
    standin.person("deactivate", id=second["Id"])

    found = client.load(CUSTOMER, [first["Id"], second["Id"], "999999"])

    assert set(found) == {first["Id"], second["Id"]}
    assert [found[row["Id"]].is_active for row in (first, second)] == [True, False]
    assert found[second["Id"]].fields["DisplayName"] == "B"


def test_a_merged_customer_is_gone(standin: StandIn, client: RecordSystem) -> None:
    loser, survivor = (standin.person("create", fields={"DisplayName": n}) for n in ("A", "B"))
    standin.person("merge", id=loser["Id"], into=survivor["Id"])

    assert client.read(CUSTOMER, loser["Id"]) is None
    assert set(client.load(CUSTOMER, [loser["Id"], survivor["Id"]])) == {survivor["Id"]}


def test_names_are_found_in_any_case_and_under_any_suffix(
    standin: StandIn, client: RecordSystem
) -> None:
    names = ["Amy's Bird\\Sanctuary", "COOL CARS", "cool cars", "Cool Cars", "Other"]
    rows = []
    for name in names:
        rows.append(standin.person("create", fields={"DisplayName": name}))
        if name.casefold() == "cool cars" and name != "Cool Cars":
            standin.person("deactivate", id=rows[-1]["Id"])

    found = client.find_by_name(CUSTOMER, "DisplayName", ["Amy's Bird\\Sanctuary", "Cool cars"])

    assert {record.id for record in found} == {row["Id"] for row in rows[:4]}
    assert {str(r.fields["DisplayName"]).casefold() for r in found} == {
        "amy's bird\\sanctuary",
        "cool cars",
    }


def test_what_we_created_is_found_by_marker_active_or_not(
    standin: StandIn, client: RecordSystem
) -> None:
    result = one(client.write([create("k", "A")]))
    standin.person("create", fields={"DisplayName": "B"})
    standin.person("deactivate", id=result.record_id)
    now = datetime.now(UTC)

    found = client.find_created(
        CUSTOMER,
        [
            Probe(LONG_AGO, marker=SALESFORCE_ID),
            Probe(LONG_AGO, marker="0015g00000XyZaBAAX"),
            Probe(LONG_AGO),
            Probe(now + timedelta(hours=1), marker=SALESFORCE_ID),
        ],
    )

    assert [len(records) for records in found] == [1, 0, 2, 0]
    assert found[0][0].id == result.record_id
    assert not found[0][0].is_active


def test_more_than_a_page_of_new_customers_is_read_to_the_end(
    standin: StandIn, client: RecordSystem, slots: Slots
) -> None:
    for start in range(0, 1020, 30):
        client.write([create(f"k{n}", f"Name {n}") for n in range(start, start + 30)])
    slots.metered.clear()

    (found,) = client.find_created(CUSTOMER, [Probe(LONG_AGO, marker=SALESFORCE_ID)])

    assert len({record.id for record in found}) == 1020
    assert slots.metered == [1, 1]


@pytest.mark.parametrize("holder", ["Vendor", "Employee"])
def test_the_holder_of_a_name_is_told(standin: StandIn, client: RecordSystem, holder: str) -> None:
    standin.person("create", holder, fields={"DisplayName": "Pat O'Neil", "GivenName": "Pat"})

    refused = one(client.write([create("k", "Pat O'Neil")]))

    assert (refused.fate, refused.error and refused.error.reason) == (Fate.REFUSED, "name_taken")
    assert client.name_holder("Customer", "Pat O'Neil") == holder.lower()
    assert client.name_holder("Customer", "Somebody else") is None


def test_a_sparse_update_leaves_other_fields_and_replaces_an_address_whole(
    standin: StandIn, client: RecordSystem
) -> None:
    fields = {
        "DisplayName": "A",
        "CompanyName": "A Ltd",
        "BillAddr": {"Line1": "1 Road", "City": "Town", "PostalCode": "123"},
    }
    row = standin.person("create", fields=fields)
    address: dict[str, Value] = {f"BillAddr.{line}": None for line in ADDRESS}

    result = one(client.write([update(row, {**address, "BillAddr.City": "Village"})]))

    assert (result.fate, result.version) == (Fate.DONE, "1")
    record = read(client, row["Id"])
    assert record.fields["CompanyName"] == "A Ltd"
    assert {line: record.fields.get(f"BillAddr.{line}") or None for line in ADDRESS} == {
        **dict.fromkeys(ADDRESS),
        "City": "Village",
    }


def test_every_field_of_a_customer_can_be_emptied(standin: StandIn, client: RecordSystem) -> None:
    fields = {
        "DisplayName": "A",
        "CompanyName": "A Ltd",
        "GivenName": "Ann",
        "Notes": "Late.",
        "PrimaryEmailAddr": {"Address": "a@example.com"},
        "PrimaryPhone": {"FreeFormNumber": "1"},
        "WebAddr": {"URI": "http://example.com"},
        "SalesTermRef": {"value": "3"},
        "BillAddr": dict.fromkeys(ADDRESS, "x"),
    }
    row = standin.person("create", fields=fields)
    paths = [
        "CompanyName",
        "GivenName",
        "Notes",
        "PrimaryEmailAddr.Address",
        "PrimaryPhone.FreeFormNumber",
        "WebAddr.URI",
        "SalesTermRef.value",
        *(f"BillAddr.{line}" for line in ADDRESS),
    ]

    result = one(client.write([update(row, dict.fromkeys(paths))]))

    assert (result.fate, result.error) == (Fate.DONE, None)
    record = read(client, row["Id"])
    assert {path: record.fields.get(path) or None for path in paths} == dict.fromkeys(paths)


def test_notes_are_changed_around_the_marker(standin: StandIn, client: RecordSystem) -> None:
    created = one(client.write([create("k", "A", Notes="Late.")]))
    row = standin.rows()[0]

    client.write([update(row, {"Notes": None}, SALESFORCE_ID)])

    record = read(client, created.record_id or "")
    assert (record.fields["Notes"], record.marker) == (None, SALESFORCE_ID)


def test_a_customer_is_made_inactive_and_active_again(
    standin: StandIn, client: RecordSystem
) -> None:
    row = standin.person("create", fields={"DisplayName": "A"})

    inactive = one(client.write([update(row, {"Active": False})]))
    active = one(client.write([update({**row, "SyncToken": inactive.version}, {"Active": True})]))

    assert (inactive.record and inactive.record.is_active) is False
    assert (active.record and active.record.is_active) is True
    assert read(client, row["Id"]).fields["DisplayName"] == "A"


def test_a_customer_that_owes_money_cannot_be_made_inactive(
    standin: StandIn, client: RecordSystem
) -> None:
    row = standin.person("create", fields={"DisplayName": "A", "Balance": 12.5})

    result = one(client.write([update(row, {"Active": False})]))

    assert (result.fate, result.error and result.error.reason) == (Fate.REFUSED, "has_balance")


def test_a_stale_a_missing_and_a_refused_update_harm_no_other(
    standin: StandIn, client: RecordSystem
) -> None:
    stale, taken, long, good = (
        standin.person("create", fields={"DisplayName": name}) for name in "ABCD"
    )
    standin.person("update", id=stale["Id"], fields={"Notes": "x"})

    results = client.write(
        [
            update(stale, {"CompanyName": "x"}),
            update({"Id": "999999", "SyncToken": "0"}, {"CompanyName": "x"}),
            update(taken, {"DisplayName": "a"}),
            update(long, {"CompanyName": "x" * 101}),
            update(good, {"CompanyName": "x"}),
        ]
    )

    assert [r.error.reason if r.error else r.fate.value for r in results] == [
        "stale",
        "gone",
        "name_taken",
        "value_too_long",
        "done",
    ]
    assert [result.fate for result in results[:3]] == [Fate.STALE, Fate.MISSING, Fate.REFUSED]
    assert results[3].vendor_text


def test_a_create_that_names_a_term_that_does_not_exist_is_refused(client: RecordSystem) -> None:
    result = one(client.write([create("k", "A", **{"SalesTermRef.value": "999999"})]))

    assert (result.fate, result.error and result.error.reason) == (
        Fate.REFUSED,
        "reference_missing",
    )


def test_a_create_lost_after_it_took_effect_is_made_once_however_often_it_is_sent(
    standin: StandIn, client: RecordSystem
) -> None:
    writes = [create("k1", "A"), create("k2", "B")]
    standin.fault("batch", drop="after")

    lost = client.write(writes)
    again = client.write(list(reversed(writes)))

    assert [result.fate for result in lost] == [Fate.UNKNOWN] * 2
    assert [result.fate for result in again] == [Fate.DONE] * 2
    rows = standin.rows()
    assert sorted(row["DisplayName"] for row in rows) == ["A", "B"]
    assert {result.record_id for result in again} == {row["Id"] for row in rows}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_update_without_an_answer_is_unknown_and_the_rest_is_not_sent(
    standin: StandIn, client: RecordSystem, moment: str
) -> None:
    row = standin.person("create", fields={"DisplayName": "A"})
    others = [update({"Id": str(n), "SyncToken": "0"}, {"Notes": "x"}) for n in range(900, 930)]
    standin.fault("batch", drop=moment)

    results = client.write([update(row, {"CompanyName": "x"}), *others])

    assert {result.fate for result in results[:30]} == {Fate.UNKNOWN}
    assert results[30].fate is Fate.NOT_SENT
    assert ("CompanyName" in standin.rows()[0]) == (moment == "after")


@pytest.mark.parametrize(
    "effect",
    [
        {"status": 500},
        {"status": 503, "body": "<html><body>Service Unavailable</body></html>"},
        {"status": 200, "body": '{"BatchItemResponse":[{"bId'},
        {"code": "10000"},
    ],
)
def test_a_batch_answered_by_rubbish_is_unknown(
    standin: StandIn, client: RecordSystem, effect: dict[str, Any]
) -> None:
    standin.fault("batch", **effect)

    result = one(client.write([create("k", "A")]))

    assert result.fate is Fate.UNKNOWN
    assert isinstance(result.error, UnavailableError)


def test_a_throttled_batch_did_nothing_and_tells_the_wait(
    standin: StandIn, client: RecordSystem
) -> None:
    standin.fault("batch", status=429)

    result = one(client.write([create("k", "A")]))

    assert result.fate is Fate.NOT_SENT
    assert isinstance(result.error, RateLimitedError)
    assert result.error.retry_after_s == 60
    assert standin.rows() == []


def test_an_expired_token_is_renewed_once_for_reads_and_writes(
    standin: StandIn, client: RecordSystem
) -> None:
    standin.tokens(expire_access=True)
    created = one(client.write([create("k", "A")]))
    standin.tokens(expire_access=True, rotate_on_next_refresh=True)

    record = read(client, created.record_id or "")

    assert record.fields["DisplayName"] == "A"
    calls = standin.calls()
    assert (calls["token"], calls["batch"], calls["read"]) == (2, 2, 2)
    assert "discovery" not in calls


def test_a_401_in_xml_is_met_with_a_new_token_too(standin: StandIn, client: RecordSystem) -> None:
    row = standin.person("create", fields={"DisplayName": "A"})
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><IntuitResponse '
        'xmlns="http://schema.intuit.com/finance/v3" time="2018-08-20T02:23:36.095-07:00">'
        '<Fault type="AuthenticationFault"><Error code="100"><Message>General Authentication '
        "Error</Message><Detail>SRV-110</Detail></Error></Fault></IntuitResponse>"
    )
    standin.fault("read", status=401, body=xml)

    assert read(client, row["Id"]).fields["DisplayName"] == "A"
    assert standin.calls()["token"] == 1


def test_a_revoked_grant_is_a_lost_connection(standin: StandIn, client: RecordSystem) -> None:
    standin.tokens(revoke=True)

    result = one(client.write([create("k", "A")]))

    assert result.fate is Fate.NOT_SENT
    assert isinstance(result.error, ConnectionLostError)
    with pytest.raises(ConnectionLostError):
        client.load(CUSTOMER, ["1"])


def test_the_token_of_another_company_is_a_lost_connection(standin: StandIn) -> None:
    with TimeoutSession() as session:
        client = QuickBooksClient(standin.url, "77", Tokens(standin.url), Slots(), session, never)

        with pytest.raises(ConnectionLostError, match="not_authorised"):
            client.load(CUSTOMER, ["1"])


def test_nobody_listening_means_nothing_was_sent(slots: Slots) -> None:
    with Server(QuickBooks().handle) as server:
        url = server.url
    with TimeoutSession() as session:
        client = QuickBooksClient(url, REALM, Tokens(url), slots, session, never)

        result = one(client.write([create("k", "A")]))

    assert result.fate is Fate.NOT_SENT


def test_a_query_shows_what_a_read_by_id_knows_better(
    standin: StandIn, client: RecordSystem
) -> None:
    row = standin.person("create", fields={"DisplayName": "A"})
    standin.switch(query_lag_s=60.0)
    client.write([update(row, {"CompanyName": "x"})])

    assert client.load(CUSTOMER, [row["Id"]]) == {}
    assert read(client, row["Id"]).version == "1"


def test_a_hundred_records_take_one_metered_query_and_four_batches(
    standin: StandIn, client: RecordSystem, slots: Slots
) -> None:
    ids = [standin.person("create", fields={"DisplayName": f"Name {n}"})["Id"] for n in range(100)]

    found = client.load(CUSTOMER, ids)
    writes = [
        update({"Id": r.id, "SyncToken": r.version}, {"CompanyName": "x"}) for r in found.values()
    ]
    results = client.write(writes)

    assert {result.fate for result in results} == {Fate.DONE}
    calls = standin.calls()
    assert (calls["query"], calls["batch"], calls["batch_item:update"]) == (1, 4, 100)
    assert set(calls) == {"query", "batch", "batch_item:update"}
    assert slots.metered == [1, 0, 0, 0, 0]
