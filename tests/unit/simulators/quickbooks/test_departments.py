"""Departments, which the product calls locations: the list, and what documents say of it."""

from typing import Any

import pytest

from local.simulators.quickbooks.app import QuickBooks
from tests.unit.simulators.quickbooks.books import invoice, prefer
from tests.unit.simulators.quickbooks.client import Client, code_of

Row = dict[str, Any]


def _tracks(client: Client) -> None:
    prefer(client, "AccountingInfoPrefs", TrackDepartments=True)


def test_department_below_another_carries_its_path(client: Client) -> None:
    support = client.create("Department", Name="Support")

    below = client.create("Department", Name="QA", ParentRef={"value": support["Id"]})

    assert (support["SubDepartment"], support["FullyQualifiedName"]) == (False, "Support")
    assert (below["SubDepartment"], below["FullyQualifiedName"]) == (True, "Support:QA")
    assert (below["Active"], below["SyncToken"]) == (True, "0")


def test_name_is_unique_under_one_parent(client: Client) -> None:
    support = client.create("Department", Name="Support")

    twin = client.create("Department", Name="support")
    below = client.create("Department", Name="Support", ParentRef={"value": support["Id"]})

    assert code_of(twin) == "6240"
    assert "department" in twin["Fault"]["Error"][0]["Detail"]
    assert below["FullyQualifiedName"] == "Support:Support"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "2020"),
        ({"Name": "x" * 101}, "2050"),
        ({"Name": "a:b"}, "2040"),
        ({"Name": "a", "ParentRef": {"value": "4711"}}, "2500"),
        ({"Name": "a", "Colour": "red"}, "2010"),
    ],
)
def test_department_that_breaks_a_rule_is_refused_with_its_code(
    client: Client, fields: Row, code: str
) -> None:
    assert code_of(client.create("Department", **fields)) == code


def test_departments_nest_five_levels_and_no_more(client: Client) -> None:
    parent: Row = {}
    for number in range(5):
        made = client.create("Department", Name=f"L{number}", **parent)
        parent = {"ParentRef": {"value": made["Id"]}}

    assert made["FullyQualifiedName"] == "L0:L1:L2:L3:L4"
    assert code_of(client.create("Department", Name="L5", **parent)) == "6180"


def test_new_name_shows_below_and_in_documents(client: Client) -> None:
    _tracks(client)
    parent = client.create("Department", Name="Shop")
    below = client.create("Department", Name="Till", ParentRef={"value": parent["Id"]})
    made = invoice(client, DepartmentRef={"value": parent["Id"]})

    client.update("Department", Id=parent["Id"], SyncToken="0", Name="Store")

    assert made["DepartmentRef"] == {"value": parent["Id"], "name": "Shop"}
    assert client.read("Invoice", made["Id"])["DepartmentRef"]["name"] == "Store"
    assert client.read("Department", below["Id"])["FullyQualifiedName"] == "Store:Till"


def test_document_names_a_department_that_is_there_and_active(client: Client) -> None:
    _tracks(client)
    made = client.create("Department", Name="Shop")
    client.update("Department", Id=made["Id"], SyncToken="0", Active=False)

    missing = invoice(client, DepartmentRef={"value": "4711"})
    inactive = invoice(client, DepartmentRef={"value": made["Id"]})

    assert (code_of(missing), code_of(inactive)) == ("2500", "2500")


def test_untracked_department_is_dropped_kept_or_refused(client: Client) -> None:
    shop = {"value": client.create("Department", Name="Shop")["Id"]}
    answers = []

    for choice in ("dropped", "kept", "refused"):
        client.admin("POST", "switches", {"untracked_department": choice})
        answers.append(invoice(client, DepartmentRef=shop))

    assert "DepartmentRef" not in answers[0]
    assert answers[1]["DepartmentRef"] == {**shop, "name": "Shop"}
    assert code_of(answers[2]) == "6000"


def test_tracked_department_stays_when_tracking_ends(client: Client) -> None:
    _tracks(client)
    made = invoice(client, DepartmentRef={"value": client.create("Department", Name="Shop")["Id"]})
    prefer(client, "AccountingInfoPrefs", TrackDepartments=False)

    changed = client.update("Invoice", Id=made["Id"], SyncToken="0", PrivateNote="x")

    assert changed["DepartmentRef"] == made["DepartmentRef"]


def test_inactive_department_leaves_the_lists(client: Client) -> None:
    made = client.create("Department", Name="Shop")
    client.update("Department", Id=made["Id"], SyncToken="0", Active=False)

    (row,) = client.query("select * from Department where Active = false")["Department"]

    assert row["Name"] == "Shop (deleted)"
    assert client.query("select * from Department") == {}
    assert code_of(client.query("select * from Department where Name = 'Shop'")) == "4001"
    assert (
        code_of(client.call("POST", "department", {"Id": made["Id"]}, operation="delete")) == "500"
    )


def test_departments_change_and_merge_under_their_own_types(
    app: QuickBooks, client: Client
) -> None:
    _tracks(client)
    first, second = (client.create("Department", Name=name)["Id"] for name in ("A", "B"))
    made = invoice(client, DepartmentRef={"value": first})
    app.companies["1"].changes.clear()

    client.person("merge", "Department", id=first, into=second)

    (change,) = app.companies["1"].changes
    assert (change.entity, change.operation, change.deleted_id) == ("Department", "merged", first)
    shown = client.read("Invoice", made["Id"])["DepartmentRef"]
    assert shown == {"value": second, "name": "B"}
    since = {"entities": "Department", "changedSince": "2026-11-22T00:00:00Z"}
    (group,) = client.call("GET", "cdc", **since)["CDCResponse"][0]["QueryResponse"]
    assert [each.get("status") for each in group["Department"]] == [None, "Deleted"]
