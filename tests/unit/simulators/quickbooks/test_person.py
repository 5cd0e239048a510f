"""Acting as a person in the product, and looking at the books, through the admin face."""

import json

from local.simulators.quickbooks.app import QuickBooks
from tests.unit.simulators.quickbooks.client import Client, code_of


def test_person_edits_without_a_token_under_the_same_checks(client: Client) -> None:
    changed = client.person("update", "Customer", id="3", fields={"Notes": "by hand"})
    refused = client.person("update", "Customer", id="3", fields={"DisplayName": "Red Rock Diner"})

    assert (changed["Notes"], changed["SyncToken"]) == ("by hand", "1")
    assert code_of(refused) == "6240"


def test_person_may_make_a_customer_with_a_balance_inactive(client: Client) -> None:
    gone = client.person("deactivate", "Customer", id="1")

    assert (gone["Active"], gone["Balance"], gone["BalanceWithJobs"]) == (False, 0, 0)


def test_reactivated_customer_has_its_name_back(client: Client) -> None:
    client.person("deactivate", "Customer", id="3")

    assert client.person("reactivate", "Customer", id="3")["DisplayName"] == "Cool Cars"


def test_merge_leaves_the_survivor_and_announces_both_ids(client: Client) -> None:
    client.admin("POST", "webhooks", {"url": "http://127.0.0.1:1/", "hold": True})

    kept = client.person("merge", "Customer", id="7", into="3")

    client.admin("POST", "webhooks", {"hold": False})
    delivery = client.app.mailbox.take_due()
    assert delivery is not None
    event = json.loads(delivery.body)[-1]
    assert kept["Id"] == "3"
    assert code_of(client.read("Customer", "7")) == "610"
    assert client.read("Customer", "8")["FullyQualifiedName"] == "Cool Cars:0969 Ocean View Road"
    assert event["type"] == "qbo.customer.merged.v1"
    assert (event["intuitentityid"], event["data"]) == ("3", {"deletedid": "7"})
    assert "Id" in client.create("Customer", DisplayName="Freeman Sporting Goods")


def test_touch_raises_token_and_time_and_nothing_else(client: Client) -> None:
    before = client.read("Customer", "3")
    client.app.clock.advance(5)

    after = client.person("touch", "Customer", id="3")

    assert after["SyncToken"] == "1"
    assert after["MetaData"]["LastUpdatedTime"] != before["MetaData"]["LastUpdatedTime"]
    volatile = {"SyncToken", "MetaData"}
    assert {k: v for k, v in after.items() if k not in volatile} == {
        k: v for k, v in before.items() if k not in volatile
    }


def test_records_lists_inactive_rows_too(client: Client) -> None:
    client.person("deactivate", "Employee", id="55")

    rows = client.admin("GET", "records/1/Employee")

    assert [(row["Id"], row["Active"]) for row in rows] == [("54", True), ("55", False)]


def test_unknown_action_switch_and_setting_are_refused(client: Client) -> None:
    client.person("dance", "Customer", id="3")
    statuses = [client.status]
    for path, body in (
        ("switches", {"no_such": 1}),
        ("switches", {"deactivation_event": "sometimes"}),
        ("webhooks", {"colour": 1}),
        ("tokens", {"melt": True}),
        ("faults", {"match": {"colour": "red"}}),
        ("clock", {"now": "2026-01-01T00:00:00"}),
    ):
        client.admin("POST", path, body)
        statuses.append(client.status)

    assert statuses == [400] * 7


def test_reset_returns_to_the_start_and_keeps_the_subscription(
    app: QuickBooks, client: Client
) -> None:
    client.admin("POST", "webhooks", {"url": "http://127.0.0.1:1/hook", "duplicates": 3})
    client.update("Customer", Id="3", SyncToken="0", Notes="x")
    client.admin("POST", "switches", {"query_lag_s": 5})
    client.admin("POST", "faults", {"effect": {"status": 500}})
    client.admin("POST", "tokens", {"revoke": True})

    client.admin("POST", "reset")

    settings = client.admin("GET", "webhooks")
    assert client.read("Customer", "3")["SyncToken"] == "0"
    assert client.admin("GET", "switches")["query_lag_s"] == 0
    assert (settings["url"], settings["duplicates"]) == ("http://127.0.0.1:1/hook", 0)
    assert settings["pending"] == 0
