"""Conditional headers, and what their whole seconds let through."""

import pytest

from tests.unit.simulators.salesforce.conftest import Client

NOON = "Sun, 22 Nov 2026 12:00:00 GMT"
EARLIER = "Sun, 22 Nov 2026 11:59:59 GMT"


@pytest.fixture
def account_id(client: Client) -> str:
    """An Account changed at noon."""
    return client.create(Name="Acme")


def patch(client: Client, account_id: str, since: str) -> int:
    """Try to change the name."""
    path = f"sobjects/Account/{account_id}"
    return client.call("PATCH", path, {"Name": "B"}, if_unmodified_since=since).status


def test_update_goes_through_while_the_record_is_as_it_was_read(
    client: Client, account_id: str
) -> None:
    client.salesforce.clock.advance(10)

    assert patch(client, account_id, NOON) == 204


def test_update_is_refused_after_somebody_changed_the_record(
    client: Client, account_id: str
) -> None:
    client.salesforce.clock.advance(1)
    client.person("update", object="Account", id=account_id, fields={"Name": "C"})

    assert patch(client, account_id, NOON) == 412
    assert client.record("Account", account_id)["Name"] == "C"


def test_change_within_the_same_second_slips_through(client: Client, account_id: str) -> None:
    client.salesforce.clock.advance(0.9)
    client.person("update", object="Account", id=account_id, fields={"Name": "C"})

    assert patch(client, account_id, NOON) == 204


def test_read_answers_not_modified_without_a_body(client: Client, account_id: str) -> None:
    path = f"sobjects/Account/{account_id}"

    same = client.call("GET", path, if_modified_since=NOON)
    newer = client.call("GET", path, if_modified_since=EARLIER)

    assert (same.status, same.value) == (304, None)
    assert newer.status == 200
    assert client.call("GET", path, if_unmodified_since=EARLIER).status == 412


def test_malformed_date_is_refused_in_a_write(client: Client, account_id: str) -> None:
    assert patch(client, account_id, "2026-11-22") == 400


def test_condition_has_no_meaning_for_a_deletion(client: Client, account_id: str) -> None:
    path = f"sobjects/Account/{account_id}"

    assert client.call("DELETE", path, if_unmodified_since=EARLIER).status == 204


def test_account_has_a_tag_that_changes_with_it(client: Client, account_id: str) -> None:
    path = f"sobjects/Account/{account_id}"
    tag = client.call("GET", path).headers["ETag"]

    assert client.call("GET", path, if_none_match=tag).status == 304
    assert client.call("PATCH", path, {"Name": "B"}, if_match=tag).status == 204
    assert client.call("PATCH", path, {"Name": "C"}, if_match=tag).status == 412


def test_stamp_that_is_compared_can_be_switched(client: Client, account_id: str) -> None:
    org = client.salesforce.org
    account = org.schema.objects["Account"]
    client.salesforce.clock.advance(10)
    later = client.salesforce.clock.now()
    org.put(account, {**org.rows(account)[account_id], "SystemModstamp": later})
    client.salesforce.clock.advance(10)

    client.call("POST", "/_admin/switches", {"conditional_stamp": "SystemModstamp"})
    by_system = patch(client, account_id, NOON)
    client.call("POST", "/_admin/switches", {"conditional_stamp": "LastModifiedDate"})

    assert by_system == 412
    assert patch(client, account_id, NOON) == 204


def test_describe_answers_not_modified(client: Client) -> None:
    future = "Sun, 22 Nov 2099 12:00:00 GMT"

    assert client.call("GET", "sobjects/Account/describe", if_modified_since=future).status == 304
    assert client.call("GET", "sobjects", if_modified_since=future).status == 304
