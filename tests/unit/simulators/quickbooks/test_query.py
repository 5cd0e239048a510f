"""The query language: what it finds, in which order, and how it refuses."""

from datetime import timedelta

import pytest

from tests.unit.simulators.quickbooks.client import Client, code_of
from tests.unit.simulators.quickbooks.conftest import START


def _names(client: Client, where: str) -> list[str]:
    found = client.query(f"select * from Customer where {where}")  # noqa: S608 - no database
    return [row["DisplayName"] for row in found.get("Customer", [])]


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (r"DisplayName = 'Amy\'s Bird Sanctuary'", ["Amy's Bird Sanctuary"]),
        ("DisplayName = 'COOL cars'", ["Cool Cars"]),
        ("displayname='Cool Cars' and id = '3'", ["Cool Cars"]),
        ("Id in ('3', '1', '4711')", ["Amy's Bird Sanctuary", "Cool Cars"]),
        ("DisplayName like '%Cars'", ["Cool Cars"]),
        ("DisplayName like 'red%din%'", ["Red Rock Diner"]),
        ("DisplayName like '%'  and Id = '3'", ["Cool Cars"]),
        ("PrimaryEmailAddr = 'birds@intuit.com'", ["Amy's Bird Sanctuary"]),
        ("ParentRef = '22'", ["Barnett Design"]),
        ("Job = true and Balance > '100' and Balance <= 274.5", ["Barnett Design"]),
        ("DisplayName = 'Nobody'", []),
        ("MetaData.LastUpdatedTime >= '2027-01-01'", []),
    ],
)
def test_condition_finds(client: Client, where: str, names: list[str]) -> None:
    assert _names(client, where) == names


def test_time_filter_compares_moments_whatever_the_offset(client: Client) -> None:
    client.app.clock.advance(60)
    client.update("Customer", Id="3", SyncToken="0", Notes="x")

    assert _names(client, "MetaData.LastUpdatedTime >= '2026-11-22T13:01:00+01:00'") == [
        "Cool Cars"
    ]
    assert _names(client, "MetaData.LastUpdatedTime > '2026-11-22T12:01:00Z'") == []


def test_inactive_records_are_hidden_unless_asked_for(client: Client) -> None:
    client.update("Customer", Id="3", SyncToken="0", Active=False)

    assert _names(client, "Id = '3'") == []
    assert _names(client, "Id = '3' and Active in (true, false)") == ["Cool Cars (deleted)"]
    assert _names(client, "Active = false") == ["Cool Cars (deleted)"]


@pytest.mark.parametrize(
    "tail",
    [
        "startposition 2 maxresults 2",
        "MAXRESULTS 2 STARTPOSITION 2",
    ],
)
def test_page_says_where_it_starts_and_how_many_it_holds(client: Client, tail: str) -> None:
    page = client.query(f"select * from Customer where Id in ('1','2','3') orderby Id {tail}")  # noqa: S608 - no database

    assert [row["Id"] for row in page["Customer"]] == ["2", "3"]
    assert (page["startPosition"], page["maxResults"]) == (2, 2)


def test_page_past_the_end_is_empty(client: Client) -> None:
    assert client.query("select * from Customer startposition 1000") == {}


def test_hundred_rows_come_by_default_and_a_thousand_at_most(client: Client) -> None:
    for number in range(1001):
        client.create("Vendor", DisplayName=f"V{number}")

    assert client.query("select * from Vendor")["maxResults"] == 100
    assert client.query("select * from Vendor maxresults 5000")["maxResults"] == 1000


@pytest.mark.parametrize(
    ("order", "ids"),
    [
        ("orderby Id desc", ["10", "3", "2"]),
        ("ORDER BY Balance ASC, Id DESC", ["3", "2", "10"]),
        ("orderby DisplayName", ["2", "3", "10"]),
    ],
)
def test_rows_are_ordered(client: Client, order: str, ids: list[str]) -> None:
    found = client.query(f"select * from Customer where Id in ('2','3','10') {order}")  # noqa: S608 - no database

    assert [row["Id"] for row in found["Customer"]] == ids


def test_count_counts_only_active_records(client: Client) -> None:
    before = client.query("select count(*) from Customer")["totalCount"]
    client.update("Customer", Id="3", SyncToken="0", Active=False)

    assert client.query("SELECT COUNT(*) FROM Customer") == {"totalCount": before - 1}


def test_columns_give_partial_objects(client: Client) -> None:
    row = client.query("select DisplayName from Customer where Id = '3'")["Customer"][0]

    assert row["DisplayName"] == "Cool Cars"
    assert "BillAddr" not in row


@pytest.mark.parametrize(
    ("statement", "code", "words"),
    [
        ("select * from Custmoer", "4001", "invalid context declaration: Custmoer"),
        (
            "select * from Customer where Colour = 'x'",
            "4001",
            "Property Colour not found for Entity Customer",
        ),
        (
            "select * from Customer where Notes like '%x%'",
            "4001",
            "property 'Notes' is not queryable",
        ),
        (
            "select * from Vendor where PrimaryEmailAddr = 'a@b.c'",
            "4001",
            "property 'PrimaryEmailAddr' is not queryable",
        ),
        ("select * from Customer where Id > '3'", "4001", "operator > is not supported"),
        (
            "select * from Customer startposition 0",
            "4001",
            "value 0 is too small. Min allowed value is 1",
        ),
        ("select * from Customer where DisplayName = 'Amy's'", "4000", "Encountered"),
        ("select * from Customer where A = '1' or B = '2'", "4000", "Encountered"),
        ("select * from Customer where A != '1'", "4000", "Encountered"),
        ("select * from", "4000", "<EOF>"),
        ("select * from null", "4000", 'Encountered " "null" "null "" at line 1, column 15.'),
        ("", "4000", "Was expecting"),
    ],
)
def test_statement_is_refused(client: Client, statement: str, code: str, words: str) -> None:
    answer = client.query(statement)

    assert client.status == 400
    assert code_of(answer) == code
    assert words in answer["Fault"]["Error"][0]["Detail"]


def test_statement_may_come_in_the_body(client: Client) -> None:
    statement = b"select * from Customer where Id = '3'"

    response = client.send("POST", "query", statement, {"content-type": "application/text"})

    assert b'"DisplayName":"Cool Cars"' in response.body


def test_lagging_query_shows_the_past_while_a_read_shows_the_present(client: Client) -> None:
    client.admin("POST", "switches", {"query_lag_s": 10})
    client.app.clock.set(START + timedelta(seconds=30))
    client.update("Customer", Id="3", SyncToken="0", Notes="new")
    client.create("Customer", DisplayName="Newcomer")

    row = client.query("select * from Customer where Id = '3'")["Customer"][0]
    newcomer = _names(client, "DisplayName = 'Newcomer'")
    client.app.clock.advance(10)

    assert (row["SyncToken"], newcomer) == ("0", [])
    assert client.read("Customer", "3")["SyncToken"] == "1"
    assert _names(client, "DisplayName = 'Newcomer'") == ["Newcomer"]
