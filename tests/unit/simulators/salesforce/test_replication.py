"""`updated` and `deleted`: what changed in a span of time."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from tests.unit.simulators.salesforce.conftest import START, Answer, Client


def span(client: Client, what: str, start: str, end: str, kind: str = "Account") -> Answer:
    """Ask what changed between two times of the day of the tests."""
    query = urlencode({"start": f"2026-11-22T{start}+00:00", "end": f"2026-11-22T{end}+00:00"})
    return client.call("GET", f"sobjects/{kind}/{what}/?{query}")


def test_updated_names_what_was_made_or_changed_and_lives(client: Client) -> None:
    made = client.create(Name="A")
    client.salesforce.clock.advance(600)
    later, gone = client.create(Name="B"), client.create(Name="C")
    client.call("DELETE", f"sobjects/Account/{gone}")
    client.salesforce.clock.advance(3600)

    first = span(client, "updated", "11:00:00", "12:00:59")
    both = span(client, "updated", "12:00:30", "12:10:00")

    # Seconds are cut off, and both ends are inclusive.
    assert first.value == {"ids": [made], "latestDateCovered": "2026-11-22T12:00:00.000+0000"}
    assert both.value["ids"] == [made, later]


def test_deleted_names_what_went_and_when(client: Client) -> None:
    gone = client.create(Name="A")
    client.salesforce.clock.advance(300)
    client.call("DELETE", f"sobjects/Account/{gone}")
    client.salesforce.clock.advance(3600)

    answer = span(client, "deleted", "12:00:00", "12:30:00")

    assert answer.value["deletedRecords"] == [
        {"id": gone, "deletedDate": "2026-11-22T12:05:00.000+0000"}
    ]
    assert set(answer.value) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}


@pytest.mark.parametrize(
    ("what", "start", "end"),
    [
        ("updated", "12:00:00", "11:00:00"),
        ("deleted", "11:00:00", "11:01:00"),
        ("deleted", "11:00:00", "11:00:00"),
    ],
)
def test_span_that_is_none_is_refused(client: Client, what: str, start: str, end: str) -> None:
    answer = span(client, what, start, end)

    assert (answer.status, client.error(answer)) == (400, "INVALID_REPLICATION_DATE")


@pytest.mark.parametrize(("what", "days"), [("updated", 30), ("deleted", 15)])
def test_span_reaches_back_only_so_far(client: Client, what: str, days: int) -> None:
    def answer(age: timedelta) -> int:
        moments = {"start": START - age, "end": START}
        query = urlencode({name: moment.isoformat() for name, moment in moments.items()})
        return client.call("GET", f"sobjects/Account/{what}?{query}").status

    assert answer(timedelta(days=days)) == 200
    assert answer(timedelta(days=days, minutes=5)) == 400


def test_purged_log_is_told_by_the_same_refusal(client: Client) -> None:
    gone = client.create(Name="A")
    client.call("DELETE", f"sobjects/Account/{gone}")
    client.salesforce.clock.advance(3600)

    assert client.call("POST", "/_admin/recycle-bin/empty").value == {"purged": 1}

    old = span(client, "deleted", "11:00:00", "13:00:00")
    new = span(client, "deleted", "13:01:00", "13:30:00")
    assert client.error(old) == "INVALID_REPLICATION_DATE"
    assert new.value["deletedRecords"] == []
    assert client.query("SELECT Id FROM Account", "queryAll").value["totalSize"] == 0


def test_long_transaction_commits_with_an_older_stamp(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"long_transaction_s": 120})

    made = client.create(Name="A")

    stamps = client.record("Account", made)
    assert stamps["SystemModstamp"] == "2026-11-22T11:58:00.000+0000"
    covered = span(client, "updated", "11:00:00", "12:00:00").value["latestDateCovered"]
    assert covered == "2026-11-22T11:58:00.000+0000"
    client.call("POST", "/_admin/switches", {"long_transaction_s": 0})
    client.call("PATCH", f"sobjects/Account/{made}", {"Phone": "1"})
    client.call("POST", "/_admin/switches", {"long_transaction_s": 300})
    client.call("PATCH", f"sobjects/Account/{made}", {"Phone": "2"})
    # The row was locked, so its own stamps never go back.
    assert client.record("Account", made)["SystemModstamp"] == "2026-11-22T12:00:00.000+0000"
