"""The open questions about `requestid`: each answer is a switch."""

import pytest

from local.simulators.quickbooks.app import QuickBooks
from tests.unit.simulators.quickbooks.client import Client, code_of


def _item(name: str) -> dict[str, object]:
    return {"bId": "a", "operation": "create", "Customer": {"DisplayName": name}}


@pytest.mark.parametrize(("kept_s", "made"), [(0, 1), (60, 2)])
def test_reply_is_kept_for_ever_or_as_long_as_the_switch_says(
    app: QuickBooks, client: Client, kept_s: int, made: int
) -> None:
    client.admin("POST", "switches", {"requestid_kept_s": kept_s})
    client.call("POST", "vendor", {"DisplayName": "One"}, requestid="k")
    app.clock.advance(59)
    client.call("POST", "vendor", {"DisplayName": "One"}, requestid="k")
    client.person("update", "Vendor", id="56", fields={"DisplayName": "Renamed"})
    app.clock.advance(1)

    client.call("POST", "vendor", {"DisplayName": "One"}, requestid="k")

    found = client.query("select * from Vendor where DisplayName in ('One', 'Renamed')")
    assert len(found["Vendor"]) == made


def test_changed_body_gets_the_first_reply(client: Client) -> None:
    client.call("POST", "vendor", {"DisplayName": "One"}, requestid="k")

    again = client.call("POST", "vendor", {"DisplayName": "Two"}, requestid="k")

    assert again["Vendor"]["DisplayName"] == "One"


def test_changed_body_is_refused_by_the_switch(client: Client) -> None:
    client.admin("POST", "switches", {"requestid_changed_body": "refused"})
    client.call("POST", "vendor", {"DisplayName": "One"}, requestid="k")

    again = client.call("POST", "vendor", {"DisplayName": "Two"}, requestid="k")
    same = client.call("POST", "vendor", {"DisplayName": "One"}, requestid="k")

    assert code_of(again) == "600"
    assert same["Vendor"]["DisplayName"] == "One"


def test_changed_item_of_a_batch_is_refused_by_the_switch(client: Client) -> None:
    client.admin("POST", "switches", {"requestid_changed_body": "refused"})
    client.batch(_item("One"), requestid="k")

    assert code_of(client.batch(_item("Two"), requestid="k")[0]) == "600"


def test_repeated_batch_may_answer_with_the_catch_all_and_makes_nothing(client: Client) -> None:
    client.admin("POST", "switches", {"batch_repeat": "fault_6000"})
    client.batch(_item("One"), requestid="k")

    again = client.batch(_item("One"), requestid="k")[0]

    assert code_of(again) == "6000"
    assert client.query("select count(*) from Customer where DisplayName = 'One'") == {
        "totalCount": 1
    }


def test_late_item_of_a_batch_takes_the_rest_with_it(app: QuickBooks, client: Client) -> None:
    fault = {"match": {"kind": "batch_item:create", "body": "Second"}, "effect": {"late_s": 20}}
    client.admin("POST", "faults", fault)
    items = [
        {"bId": each, "operation": "create", "Vendor": {"DisplayName": each}}
        for each in ("First", "Second", "Third")
    ]
    find = "select count(*) from Vendor where DisplayName in ('First', 'Second', 'Third')"

    response = client.send("POST", "batch", {"BatchItemRequest": items}, requestid="k")
    at_once = client.query(find)["totalCount"]
    app.clock.advance(20)
    later = client.query(find)["totalCount"]
    again = client.batch(*items, requestid="k")

    assert response.drop
    assert (at_once, later) == (1, 3)
    assert [each["Vendor"]["DisplayName"] for each in again] == ["First", "Second", "Third"]
    assert client.query(find)["totalCount"] == 3


def test_late_effects_happen_in_the_order_of_their_time(app: QuickBooks, client: Client) -> None:
    for body, late_s in (("One", 20), ("Two", 5)):
        fault = {"match": {"body": body}, "effect": {"late_s": late_s}}
        client.admin("POST", "faults", fault)
        client.send("POST", "vendor", {"DisplayName": body})

    app.clock.advance(30)
    rows = client.query("select * from Vendor where DisplayName in ('One', 'Two') orderby Id")

    assert [row["DisplayName"] for row in rows["Vendor"]] == ["Two", "One"]
