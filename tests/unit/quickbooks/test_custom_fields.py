"""Custom fields and short lists: by name in a company, by id on the wire, and the list whole."""

from typing import Any

from bridge.model import Fate, System, Write, WriteKind
from bridge.quickbooks.custom_fields import definitions
from bridge.quickbooks.records import flatten, unflatten
from bridge.schemas import ListEntry
from tests.unit.quickbooks.script import Reply, recorded, world


def update(version: str = "3", **fields: Any) -> Write:
    named = {f"CustomField.{number.lstrip('n')}": value for number, value in fields.items()}
    return Write(System.QUICKBOOKS, "Invoice", WriteKind.UPDATE, "100", version, fields=named)


def invoice(token: str, *values: tuple[str, str | None]) -> dict[str, Any]:
    custom = [
        {"DefinitionId": number, "Name": f"Field {number}", "Type": "StringType"}
        | ({"StringValue": value} if value else {})
        for number, value in values
    ]
    return {"Id": "100", "SyncToken": token, "CustomField": custom}


def page(row: dict[str, Any]) -> Reply:
    return Reply({"QueryResponse": {"Invoice": [row]}})


def batched(token: str) -> Reply:
    return Reply({"BatchItemResponse": [{"bId": "u0", "Invoice": invoice(token)}]})


def test_recorded_preferences_name_the_fields_of_sales_forms_that_are_in_use() -> None:
    preferences = recorded("preferences-us")["Preferences"]

    assert definitions(preferences) == [ListEntry("1", "Crew #")]
    assert definitions({}) == []


def test_recorded_custom_fields_are_read_by_their_ids_whatever_they_hold() -> None:
    row = recorded("customer-custom-fields")["QueryResponse"]["Customer"][0]

    fields = flatten("Customer", row).fields

    assert fields["CustomField.540344"] == "PROJ-001"
    assert fields["CustomField.540346"] == 50000
    assert fields["CustomField.540347"] == "2024-01-15"


def test_an_empty_custom_field_is_none_and_emptied_with_an_empty_text() -> None:
    record = flatten("Invoice", invoice("3", ("1", None)))

    body = unflatten(update(n1=None))

    assert record.fields["CustomField.1"] is None
    assert body == {"CustomField": [{"DefinitionId": "1", "Type": "StringType", "StringValue": ""}]}


def test_an_update_of_one_custom_field_sends_the_others_as_they_stand() -> None:
    company = world(page(invoice("3", ("1", "Crew A"), ("2", "Jane"))), batched("4"))

    (result,) = company.client.write([update(n1="Crew B")])

    (item,) = company.script.asked[-1].json["BatchItemRequest"]
    sent = {each["DefinitionId"]: each["StringValue"] for each in item["Invoice"]["CustomField"]}
    assert result.fate is Fate.DONE
    assert sent == {"1": "Crew B", "2": "Jane"}
    assert company.slots.taken == [("request", 1), ("batch", 0)]


def test_a_queried_row_of_another_version_is_read_again_by_id() -> None:
    late = Reply({"Invoice": invoice("3", ("2", "Jane"))})
    company = world(page(invoice("2", ("2", "John"))), late, batched("4"))

    company.client.write([update(n1="Crew B")])

    (item,) = company.script.asked[-1].json["BatchItemRequest"]
    assert [each["StringValue"] for each in item["Invoice"]["CustomField"]] == ["Jane", "Crew B"]


def test_an_update_whose_record_cannot_be_read_is_not_sent_and_its_neighbour_is() -> None:
    other = Write(
        System.QUICKBOOKS, "Customer", WriteKind.UPDATE, "7", "0", fields={"Notes": "Hello"}
    )
    answered = {"bId": "u0", "Customer": {"Id": "7", "SyncToken": "1"}}
    company = world(Reply(status=503), Reply({"BatchItemResponse": [answered]}))

    results = company.client.write([update(n1="Crew B"), other])

    assert [each.fate for each in results] == [Fate.NOT_SENT, Fate.DONE]


def test_a_document_that_touches_no_custom_field_is_not_read() -> None:
    company = world(batched("4"))
    plain = Write(
        System.QUICKBOOKS, "Invoice", WriteKind.UPDATE, "100", "3", fields={"DueDate": "2026-12-01"}
    )

    company.client.write([plain])

    assert company.slots.taken == [("batch", 0)]


def test_a_long_list_is_read_in_pages_and_kept() -> None:
    full = [{"Id": str(number), "Name": f"Class {number}"} for number in range(1000)]
    last = [{"Id": "1000", "FullyQualifiedName": "Trade:Retail", "Active": False}]
    company = world(
        Reply({"QueryResponse": {"Class": full}}), Reply({"QueryResponse": {"Class": last}})
    )

    entries = [company.client.entries("Class") for _ in range(2)]

    assert len(entries[0]) == 1001
    assert entries[0][-1] == ListEntry("1000", "Trade:Retail", is_active=False)
    assert entries[0] is entries[1]
    assert b"startposition 1001 maxresults 1000" in company.script.asked[-1].body
