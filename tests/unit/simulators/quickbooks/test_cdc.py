"""Change data capture: what comes back for whom, in which order, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from defusedxml import ElementTree

from local.simulators.quickbooks.app import QuickBooks
from tests.unit.simulators.quickbooks.client import Client, code_of
from tests.unit.simulators.quickbooks.conftest import START

LATER = "2026-11-22T04:30:00-08:00"


@pytest.fixture(autouse=True)
def _half_an_hour_later(app: QuickBooks) -> None:
    """The sample rows are older than what is asked for."""
    app.clock.set(START + timedelta(minutes=30))


def _groups(client: Client, entities: str, since: str = LATER) -> list[dict[str, Any]]:
    answer = client.call("GET", "cdc", entities=entities, changedSince=since)
    return answer["CDCResponse"][0]["QueryResponse"]


def test_changed_records_come_whole_and_grouped_in_the_order_asked_for(client: Client) -> None:
    client.update("Vendor", Id="46", SyncToken="0", AcctNum="7")
    made = client.create("Customer", DisplayName="New")

    customers, terms, vendors = _groups(client, "customer,Term,Vendor")

    assert customers == {"Customer": [made], "startPosition": 1, "maxResults": 1}
    assert terms == {}
    assert vendors["Vendor"][0]["AcctNum"] == "7"


def test_record_that_changed_often_comes_once_in_its_latest_state(client: Client) -> None:
    for number in range(3):
        client.update("Customer", Id="3", SyncToken=str(number), Notes=f"{number}")

    rows = _groups(client, "Customer")[0]["Customer"]

    assert [(row["Id"], row["SyncToken"], row["Notes"]) for row in rows] == [("3", "3", "2")]


def test_rows_stand_in_the_order_of_their_change(app: QuickBooks, client: Client) -> None:
    for record in ("9", "3", "21"):
        client.person("update", "Customer", id=record, fields={"Mobile": {"FreeFormNumber": "1"}})
        app.clock.advance(1)

    rows = _groups(client, "Customer")[0]["Customer"]

    assert [row["Id"] for row in rows] == ["9", "3", "21"]


def test_change_in_the_second_asked_for_is_not_lost(app: QuickBooks, client: Client) -> None:
    app.clock.advance(0.7)
    client.person("touch", "Customer", id="3")

    assert _groups(client, "Customer", "2026-11-22T12:30:00.7Z")[0]["maxResults"] == 1


@pytest.mark.parametrize(("switch", "ids"), [("stub", ["2", "3"]), ("absent", ["2"])])
def test_merged_record_comes_as_a_stub_behind_the_living_or_not_at_all(
    app: QuickBooks, client: Client, switch: str, ids: list[str]
) -> None:
    client.admin("POST", "switches", {"cdc_merged": switch})
    client.person("merge", "Customer", id="3", into="2")
    app.clock.advance(1)
    client.person("touch", "Customer", id="2")

    rows = _groups(client, "Customer")[0]["Customer"]

    assert [row["Id"] for row in rows] == ids
    if switch == "stub":
        assert rows[-1] == {
            "domain": "QBO",
            "status": "Deleted",
            "Id": "3",
            "MetaData": {"LastUpdatedTime": "2026-11-22T04:30:00-08:00"},
        }


@pytest.mark.parametrize(
    ("switch", "seen"), [("full", [False]), ("stub", ["Deleted"]), ("absent", [])]
)
def test_inactive_record_comes_as_the_switch_says(
    client: Client, switch: str, seen: list[object]
) -> None:
    client.admin("POST", "switches", {"cdc_inactive": switch})
    client.update("Customer", Id="3", SyncToken="0", Active=False)

    rows = _groups(client, "Customer")[0].get("Customer", [])

    assert [row.get("status", row.get("Active")) for row in rows] == seen


def test_thousand_objects_in_all_is_the_end(client: Client) -> None:
    for number in range(600):
        client.person("create", "Customer", fields={"DisplayName": f"C {number}"})
        client.person("create", "Vendor", fields={"DisplayName": f"V {number}"})

    customers, vendors = _groups(client, "Customer,Vendor")

    assert (customers["maxResults"], vendors["maxResults"]) == (600, 400)
    assert len(vendors["Vendor"]) == 400


def test_thirty_days_back_is_the_end(client: Client) -> None:
    good = client.call("GET", "cdc", entities="Customer", changedSince="2026-10-23T12:30:00Z")
    answer = client.call("GET", "cdc", entities="Customer", changedSince="2026-10-23T12:29:59Z")

    assert "CDCResponse" in good
    assert (client.status, code_of(answer)) == (400, "500")
    assert "older than fixed days" in answer["Fault"]["Error"][0]["Detail"]


@pytest.mark.parametrize(
    ("entities", "since"),
    [
        ("Customer,TaxCode", LATER),
        ("TimeActivity", LATER),
        ("Unicorn", LATER),
        ("", LATER),
        ("Customer", ""),
        ("Customer", "yesterday"),
        ("Customer", "2026-11-22T04:30:00 01:00"),
    ],
)
def test_what_cannot_be_asked_for_is_a_400(client: Client, entities: str, since: str) -> None:
    answer = client.call("GET", "cdc", entities=entities, changedSince=since)

    assert client.status == 400
    assert answer["Fault"]["type"] == "ValidationFault"


def test_entity_that_is_only_known_by_name_has_no_changes(client: Client) -> None:
    assert _groups(client, "Bill") == [{}]


@pytest.mark.parametrize(("switch", "groups"), [("each", [{}, {}]), ("one", [{}])])
def test_nothing_changed_is_told_as_the_switch_says(
    client: Client, switch: str, groups: list[object]
) -> None:
    client.admin("POST", "switches", {"cdc_empty": switch})

    assert _groups(client, "Customer,Vendor") == groups


def test_lag_shows_an_older_state(app: QuickBooks, client: Client) -> None:
    client.admin("POST", "switches", {"cdc_lag_s": 5})
    client.create("Customer", DisplayName="New")
    before = _groups(client, "Customer")

    app.clock.advance(5)

    assert (before, _groups(client, "Customer")[0]["maxResults"]) == ([{}], 1)


def test_batch_may_hold_change_data_capture(client: Client) -> None:
    made = client.create("Customer", DisplayName="New")
    asked = {"Entities": "Customer,Vendor", "ChangedSince": LATER}

    good, bad = client.batch(
        {"bId": "1", "CDCQuery": asked}, {"bId": "2", "CDCQuery": {**asked, "Entities": "TaxRate"}}
    )

    assert good["CDCResponse"]["QueryResponse"][0]["Customer"] == [made]
    assert code_of(bad) == "500"
    assert client.admin("GET", "calls")["by_kind"]["batch_item:cdc"] == 2


def test_reply_is_metered_and_can_be_xml(client: Client) -> None:
    client.create("Customer", DisplayName="New")
    query = {"entities": "Customer", "changedSince": LATER}

    response = client.send("GET", "cdc", headers={"accept": "*/*"}, **query)

    root = ElementTree.fromstring(response.body)
    found = root.find("{*}CDCResponse/{*}QueryResponse/{*}Customer/{*}DisplayName")
    assert found is not None
    assert found.text == "New"
    assert client.admin("GET", "limits")["metered_reads"] == 1
