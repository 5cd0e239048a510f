"""Grouping, functions, relative dates, and field sets of queries."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulators.salesforce.conftest import Client


@pytest.fixture
def deals(client: Client) -> Client:
    """An org with five deals of two Accounts; today is Sunday, 22 November 2026."""
    accounts = [client.create(Name=name) for name in ("Acme", "Best")]
    rows = [
        ("a", 0, "Prospecting", 10, "2026-11-22"),
        ("b", 0, "Prospecting", 30, "2026-11-21"),
        ("c", 0, "Closed Won", 5, "2026-10-31"),
        ("d", 1, "Closed Won", None, "2025-11-22"),
        ("e", None, "Closed Lost", 7, "2026-12-01"),
    ]
    for name, account, stage, amount, day in rows:
        fields = {"Name": name, "StageName": stage, "CloseDate": day, "Amount": amount}
        if account is not None:
            fields["AccountId"] = accounts[account]
        client.create("Opportunity", **fields)
    return client


def results(client: Client, soql: str) -> list[dict[str, Any]]:
    """Return the results of a grouped query without what they all have."""
    answer = client.query(soql)
    assert answer.status == 200, answer.value
    shown = [dict(row) for row in answer.value["records"]]
    assert all(row.pop("attributes") == {"type": "AggregateResult"} for row in shown)
    return shown


def test_groups_are_counted_summed_and_ordered(deals: Client) -> None:
    soql = "SELECT StageName, COUNT(Id) n, SUM(Amount), MAX(Amount) FROM Opportunity"

    found = results(deals, f"{soql} GROUP BY StageName HAVING COUNT(Id) > 1 ORDER BY SUM(Amount)")

    assert found == [
        {"StageName": "Closed Won", "n": 2, "expr0": Decimal(5), "expr1": Decimal(5)},
        {"StageName": "Prospecting", "n": 2, "expr0": Decimal(40), "expr1": Decimal(30)},
    ]


def test_parent_field_groups_with_null_first(deals: Client) -> None:
    soql = "SELECT Account.Name, COUNT(Id) FROM Opportunity GROUP BY Account.Name"

    found = results(deals, f"{soql} ORDER BY Account.Name LIMIT 2")

    assert found == [{"Name": None, "expr0": 1}, {"Name": "Acme", "expr0": 3}]


def test_whole_table_is_one_group(deals: Client) -> None:
    soql = "SELECT COUNT_DISTINCT(StageName), AVG(Amount), MIN(CloseDate) first FROM Opportunity"

    assert results(deals, soql) == [{"expr0": 3, "expr1": 13, "first": "2025-11-22"}]


def test_groups_by_a_function_of_a_date(deals: Client) -> None:
    soql = "SELECT CALENDAR_YEAR(CloseDate) y, COUNT(Id) n FROM Opportunity"

    found = results(deals, f"{soql} GROUP BY CALENDAR_YEAR(CloseDate) ORDER BY COUNT(Id) DESC")

    assert found == [{"y": 2026, "n": 4}, {"y": 2025, "n": 1}]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("CloseDate = TODAY", "a"),
        ("CloseDate = YESTERDAY", "b"),
        ("CloseDate >= THIS_MONTH", "abe"),
        ("CloseDate = LAST_MONTH", "c"),
        ("CloseDate = THIS_WEEK", "a"),
        ("CloseDate < LAST_WEEK", "cd"),
        ("CloseDate = LAST_N_DAYS:30", "abc"),
        ("CloseDate = NEXT_N_DAYS:10", "e"),
        ("CloseDate = N_DAYS_AGO:1", "b"),
        ("CloseDate = LAST_YEAR", "d"),
        ("CloseDate = THIS_QUARTER", "abce"),
        ("CloseDate = LAST_N_MONTHS:1", "c"),
        ("CloseDate != THIS_YEAR", "d"),
        ("CreatedDate = TODAY", "abcde"),
        ("CreatedDate > TODAY", ""),
        ("CALENDAR_MONTH(CloseDate) = 11", "abd"),
    ],
)
def test_relative_dates(deals: Client, condition: str, names: str) -> None:
    found = deals.names("SELECT Name FROM Opportunity WHERE", condition, "ORDER BY Name")

    assert "".join(found) == names


def test_semi_join_finds_parents_by_their_children(deals: Client) -> None:
    won = "SELECT AccountId FROM Opportunity WHERE IsWon = true AND Amount > 0"

    assert deals.names("SELECT Name FROM Account WHERE Id IN (", won, ")") == ["Acme"]
    assert deals.names("SELECT Name FROM Account WHERE Id NOT IN (", won, ")") == ["Best"]


def test_field_sets_stand_for_names(deals: Client) -> None:
    row = deals.query("SELECT FIELDS(ALL) FROM Account LIMIT 1").value["records"][0]
    custom = deals.query("SELECT FIELDS(CUSTOM), Name FROM Account LIMIT 1").value["records"][0]
    standard = deals.query("SELECT FIELDS(STANDARD) FROM Account").value["records"][0]

    assert set(row) == set(custom) | set(standard)
    assert "Name" in custom
    assert all(name.endswith("__c") for name in set(row) - set(standard))
    too_many = deals.query("SELECT FIELDS(ALL) FROM Account LIMIT 201")
    assert deals.error(too_many) == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY"),
        ("SELECT Name n FROM Account", "MALFORMED_QUERY"),
        ("SELECT SUM(Name) FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = TODAY", "INVALID_QUERY_FILTER_OPERATOR"),
        ("SELECT Id FROM Account ALL ROWS", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS", "MALFORMED_QUERY"),
    ],
)
def test_senseless_query_is_refused(client: Client, soql: str, code: str) -> None:
    answer = client.query(soql)

    assert (answer.status, client.error(answer)) == (400, code)


def test_words_about_rights_and_views_change_nothing(deals: Client) -> None:
    soql = "SELECT Name FROM Account USING SCOPE everything WHERE Name LIKE 'A%'"

    assert deals.names(f"{soql} WITH SECURITY_ENFORCED LIMIT 1 FOR VIEW") == ["Acme"]


def test_query_can_lag_behind_the_writes(client: Client) -> None:
    client.call("POST", "/_admin/switches", {"query_lag_s": 10})
    old = client.create(Name="Old", External_Id__c="x")
    client.salesforce.clock.advance(60)
    client.call("PATCH", f"sobjects/Account/{old}", {"Name": "New", "External_Id__c": "y"})
    new = client.create(Name="Made")

    assert client.names("SELECT Name FROM Account") == ["Old"]
    assert client.names("SELECT Name FROM Account WHERE External_Id__c = 'x'") == ["Old"]
    assert client.names("SELECT Name FROM Account WHERE External_Id__c = 'y'") == []
    assert client.record("Account", old)["Name"] == "New"

    client.salesforce.clock.advance(11)

    assert client.ids("SELECT Id FROM Account ORDER BY Name") == [new, old]


def test_locator_ends_after_two_days(client: Client) -> None:
    client.salesforce.clock.set(datetime(2026, 11, 22, tzinfo=UTC))
    for number in range(201):
        client.create(Name=f"N{number}")
    page = client.query("SELECT Id FROM Account", Sforce_Query_Options="batchSize=200").value

    assert client.call("GET", page["nextRecordsUrl"]).value["totalSize"] == 201
    client.salesforce.clock.advance(2 * 24 * 3600)

    assert client.error(client.call("GET", page["nextRecordsUrl"])) == "INVALID_QUERY_LOCATOR"
