"""What the query language leaves open, and that indexes and lagging queries tell the truth."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.simulators.quickbooks.app import QuickBooks, Setup
from tests.unit.simulators.quickbooks.client import Client, code_of, parsed
from tests.unit.simulators.quickbooks.conftest import START


def _names(answer: dict[str, Any]) -> list[str]:
    return [row["DisplayName"] for row in answer.get("Customer", [])]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM customer WHERE displayname = 'COOL cars'",
        "select * from CUSTOMER where DisplayName LIKE 'cool%' ORDERBY displayname",
        "Select * From Customer Where DisplayName = 'Cool Cars' Order By Id Desc",
        "select * from Customer where DisplayName = 'Cool Cars' order by DisplayName asc, Id",
        "select * from Customer where Active = true and DisplayName = 'Cool Cars'",
        "select * from Customer where Active = 'true' and Balance = '0' and Id = '3'",
        "select * from Customer where Id = '3' maxresults 5 startposition 1",
    ],
)
def test_case_and_spelling_of_a_statement_are_free(client: Client, statement: str) -> None:
    assert _names(client.query(statement)) == ["Cool Cars"]


def test_statement_may_be_posted(client: Client) -> None:
    statement = b"select * from Customer where DisplayName = 'Amy\\'s Bird Sanctuary'"

    response = client.send("POST", "query", statement, {"content-type": "application/text"})

    assert _names(parsed(response)["QueryResponse"]) == ["Amy's Bird Sanctuary"]


def test_entity_names_may_be_case_sensitive(client: Client) -> None:
    client.admin("POST", "switches", {"entity_case_sensitive": True})

    assert code_of(client.query("select * from customer")) == "4001"
    assert "Customer" in client.query("select * from Customer")


@pytest.mark.parametrize(("switch", "keys"), [("honoured", 4), ("ignored", 15)])
def test_columns_are_a_hint(client: Client, switch: str, keys: int) -> None:
    client.admin("POST", "switches", {"projections": switch})

    row = client.query("select DisplayName from Customer where Id = '3'")["Customer"][0]

    assert (len(row) == keys) == (switch == "honoured")
    assert len(row) >= keys


@pytest.mark.parametrize(("switch", "ids"), [("number", ["9", "10"]), ("text", ["10", "9"])])
def test_ids_order_as_number_or_as_text(client: Client, switch: str, ids: list[str]) -> None:
    client.admin("POST", "switches", {"id_order": switch})

    rows = client.query("select * from Customer where Id in ('10', '9') orderby Id")["Customer"]

    assert [row["Id"] for row in rows] == ids


def test_more_rows_than_allowed_are_capped_or_refused(client: Client) -> None:
    capped = client.query("select * from Term maxresults 1001")
    client.admin("POST", "switches", {"too_many_rows": "refused"})

    assert "Term" in capped
    assert code_of(client.query("select * from Term maxresults 1001")) == "4001"


def test_empty_page_may_tell_its_place(client: Client) -> None:
    client.admin("POST", "switches", {"empty_query": "paged"})

    answer = client.query("select * from Customer where Id = '4711'")

    assert answer == {"startPosition": 1, "maxResults": 0}


def test_rows_made_since_include_inactive_ones_if_asked(app: QuickBooks, client: Client) -> None:
    app.clock.advance(1800)
    made = client.create("Customer", DisplayName="New")
    client.update("Customer", Id=made["Id"], SyncToken="0", Active=False)
    since = "MetaData.CreateTime >= '2026-11-22T04:30:00-08:00'"

    active = client.query(f"select * from Customer where {since}")  # noqa: S608 - no database
    every = client.query(f"select * from Customer where Active in (true, false) and {since}")  # noqa: S608 - no database

    assert (active, [row["Id"] for row in every["Customer"]]) == ({}, [made["Id"]])


def test_lagging_query_still_finds_a_record_by_its_old_name(
    app: QuickBooks, client: Client
) -> None:
    client.query("select * from Customer where DisplayName = 'Cool Cars'")
    app.clock.advance(60)
    client.admin("POST", "switches", {"query_lag_s": 10})
    client.update("Customer", Id="3", SyncToken="0", DisplayName="Warm Cars")
    find = "select * from Customer where DisplayName = '{}'"

    before = [_names(client.query(find.format(name))) for name in ("Cool Cars", "Warm Cars")]
    app.clock.advance(10)
    after = [_names(client.query(find.format(name))) for name in ("Cool Cars", "Warm Cars")]

    assert (before, after) == ([["Cool Cars"], []], [[], ["Warm Cars"]])


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=12))
def test_index_answers_as_a_look_at_every_row_does(steps: list[tuple[str, int]]) -> None:
    app = QuickBooks(Setup(is_empty=True))
    app.clock.set(START)
    client = Client(app)
    for name, number in steps:
        fields = {"DisplayName": f"{name}{number}", "CompanyName": name}
        answer = client.call("POST", "customer", fields)
        if "Fault" in answer:
            client.person("update", "Customer", id="1", fields={"CompanyName": name})
        client.query("select * from Customer where CompanyName = 'a'")
        app.clock.advance(1)

    rows = client.admin("GET", "records/1/Customer")
    for name in "ab":
        found = client.query(f"select * from Customer where CompanyName = '{name}' orderby Id")  # noqa: S608 - no database
        wanted = [row["DisplayName"] for row in rows if row["CompanyName"] == name]
        assert _names(found) == wanted
    for moment in ("2026-11-22T04:00:03-08:00", "2026-11-22T04:00:05.5-08:00"):
        condition = f"MetaData.LastUpdatedTime >= '{moment}'"
        found = client.query(f"select * from Customer where {condition} orderby Id")  # noqa: S608 - no database
        whole = datetime.fromisoformat(moment)
        times = [datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"]) for row in rows]
        assert len(_names(found)) == sum(time >= whole for time in times)
