"""How QuickBooks' objects become flat records, and fields become objects again."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MappingError
from bridge.model import System, Value, Write, WriteKind
from bridge.quickbooks.faults import body_of
from bridge.quickbooks.markers import MARKER_LENGTH
from bridge.quickbooks.records import flatten, unflatten
from tests.unit.quickbooks.script import as_json, recorded, recorded_bytes

SALESFORCE_ID = "0015g00000XyZaBAAV"
CUSTOMER = {"Id": "1", "SyncToken": "0"}


def create(fields: dict[str, Value], marker: str | None = None) -> Write:
    return Write(System.QUICKBOOKS, "Customer", WriteKind.CREATE, fields=fields, marker=marker)


def update(fields: dict[str, Value], marker: str | None = None) -> Write:
    return Write(System.QUICKBOOKS, "Customer", WriteKind.UPDATE, fields=fields, marker=marker)


def test_a_recorded_customer_reads_as_flat_fields() -> None:
    row = body_of(recorded_bytes("get-customer-1"))["Customer"]

    record = flatten("Customer", row)

    assert (record.system, record.object, record.id) == (System.QUICKBOOKS, "Customer", "1")
    assert record.version == row["SyncToken"]
    assert record.is_active
    assert record.fields["CompanyName"] == "Amy's Bird Sanctuary"
    assert record.fields["BillAddr.City"] == "Bayshore"
    assert record.fields["PrimaryEmailAddr.Address"] == "Birds@Intuit.com"
    assert isinstance(record.fields["Balance"], Decimal)
    assert not {"Id", "SyncToken", "Active", "sparse", "domain", "MetaData"} & set(record.fields)


def test_times_with_the_servers_offset_are_read_as_utc() -> None:
    times = {"CreateTime": "2026-03-31T16:49:28-07:00", "LastUpdatedTime": "2026-11-22T01:00:00Z"}

    record = flatten("Customer", {**CUSTOMER, "MetaData": times})

    assert record.created_at is not None
    assert record.created_at.isoformat() == "2026-03-31T23:49:28+00:00"
    assert record.modified_at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def test_a_reference_is_read_by_its_value() -> None:
    record = flatten("Customer", {**CUSTOMER, "SalesTermRef": {"value": "3", "name": "Net 30"}})

    assert record.fields == {"SalesTermRef.value": "3"}


@pytest.mark.parametrize(
    ("kind", "name", "field", "bare"),
    [
        ("Customer", "customer-inactive-deleted-name", "DisplayName", "Thrifty Meats"),
        ("Customer", "customer-inactive-deleted-name", "FullyQualifiedName", "Thrifty Meats"),
        ("Vendor", "vendor-inactive-deleted-name", "DisplayName", "Vendor Corporation"),
    ],
)
def test_an_inactive_record_is_read_under_the_name_it_had(
    kind: str, name: str, field: str, bare: str
) -> None:
    record = flatten(kind, recorded(name)[kind])

    assert not record.is_active
    assert record.fields[field] == bare


@pytest.mark.parametrize(
    ("name", "is_active", "read"),
    [
        ("Cool Cars (deleted 1)", False, "Cool Cars"),
        ("Cool Cars (deleted) (deleted)", False, "Cool Cars (deleted)"),
        ("Cool Cars (deleted)", True, "Cool Cars (deleted)"),
        ("Cool Cars (deletedly)", False, "Cool Cars (deletedly)"),
    ],
)
def test_only_the_suffix_of_an_inactive_record_is_taken_off(
    name: str, is_active: bool, read: str
) -> None:
    record = flatten("Customer", {**CUSTOMER, "Active": is_active, "DisplayName": name})

    assert record.fields["DisplayName"] == read


def test_a_deleted_stub_is_read_as_deleted() -> None:
    stub = {"Id": "979", "status": "Deleted", "domain": "QBO"}

    assert flatten("Estimate", stub).is_deleted


@pytest.mark.parametrize(
    ("notes", "text", "marker"),
    [
        (f"Salesforce {SALESFORCE_ID}", None, SALESFORCE_ID),
        (f"Pays late.\nSalesforce {SALESFORCE_ID}", "Pays late.", SALESFORCE_ID),
        (f"Pays late.\r\nSalesforce {SALESFORCE_ID}", "Pays late.", SALESFORCE_ID),
        (f"Late.\nSalesforce {SALESFORCE_ID}\nBut pays.", "Late.\nBut pays.", SALESFORCE_ID),
        (f"Salesforce {SALESFORCE_ID}\nPays late.", "Pays late.", SALESFORCE_ID),
        (
            f"Salesforce 0010000000000000AA\nSalesforce {SALESFORCE_ID}",
            "Salesforce 0010000000000000AA",
            SALESFORCE_ID,
        ),
        ("Ask Salesforce about it", "Ask Salesforce about it", None),
        (f"see Salesforce {SALESFORCE_ID}", f"see Salesforce {SALESFORCE_ID}", None),
        (f"Salesforce {SALESFORCE_ID}x", f"Salesforce {SALESFORCE_ID}x", None),
        ("Pays late.", "Pays late.", None),
    ],
)
def test_the_marker_is_a_line_of_the_notes_and_no_part_of_the_text(
    notes: str, text: str | None, marker: str | None
) -> None:
    record = flatten("Customer", {**CUSTOMER, "Notes": notes})

    assert (record.fields["Notes"], record.marker) == (text, marker)


@pytest.mark.parametrize(
    ("note", "text", "marker"),
    [
        (f"Salesforce {SALESFORCE_ID}", None, SALESFORCE_ID),
        (f"Voided - Salesforce {SALESFORCE_ID}", "Voided - ", SALESFORCE_ID),
        (f"Voided\nSalesforce {SALESFORCE_ID}", "Voided", SALESFORCE_ID),
        (f"Ask (Salesforce {SALESFORCE_ID}) first.", "Ask () first.", SALESFORCE_ID),
        (f"Salesforce {SALESFORCE_ID}\nPaid in cash", "Paid in cash", SALESFORCE_ID),
        (f"Salesforce {SALESFORCE_ID}x", f"Salesforce {SALESFORCE_ID}x", None),
        (f"xSalesforce {SALESFORCE_ID}", f"xSalesforce {SALESFORCE_ID}", None),
        ("Voided", "Voided", None),
    ],
)
def test_the_marker_of_a_document_stands_anywhere_in_its_note(
    note: str, text: str | None, marker: str | None
) -> None:
    record = flatten("Invoice", {**CUSTOMER, "PrivateNote": note})

    assert (record.fields["PrivateNote"], record.marker) == (text, marker)


def test_a_vendor_carries_no_marker() -> None:
    notes = f"Salesforce {SALESFORCE_ID}"

    record = flatten("Vendor", {**CUSTOMER, "Notes": notes})

    assert (record.fields["Notes"], record.marker) == (notes, None)


# A text that ends in half a line break is the one thing that does not come back.
@given(st.none() | st.text(min_size=1).filter(lambda text: not text.endswith("\r")))
def test_notes_and_marker_come_back_as_they_were_written(text: str | None) -> None:
    body = unflatten(update({"Notes": text}, SALESFORCE_ID))
    record = flatten("Customer", {**CUSTOMER, **body})

    assert (record.fields["Notes"], record.marker) == (text, SALESFORCE_ID)


def test_the_marker_takes_as_many_characters_as_it_says() -> None:
    body = unflatten(update({"Notes": "x" * (2000 - MARKER_LENGTH)}, SALESFORCE_ID))

    assert len(body["Notes"]) == 2000


def test_a_create_carries_its_marker_even_without_notes() -> None:
    assert unflatten(create({"DisplayName": "A"}, SALESFORCE_ID)) == {
        "DisplayName": "A",
        "Notes": f"Salesforce {SALESFORCE_ID}",
    }


def test_an_update_of_other_fields_leaves_a_persons_notes_alone() -> None:
    assert unflatten(update({"DisplayName": "A"}, SALESFORCE_ID)) == {"DisplayName": "A"}


def test_a_recorded_invoice_is_read_with_its_lines_and_without_their_sum() -> None:
    row = recorded("get-invoice-130-tax")["Invoice"]

    record = flatten("Invoice", row)

    assert [part.object for part in record.parts] == ["Line"] * 3
    assert [part.id for part in record.parts] == ["1", "2", "3"]
    assert {part.version for part in record.parts} == {row["SyncToken"]}
    assert record.parts[2].fields == {
        "Description": "Concrete for fountain installation",
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail.TaxCodeRef.value": "TAX",
        "SalesItemLineDetail.Qty": Decimal("5"),
        "SalesItemLineDetail.UnitPrice": Decimal("9.5"),
        "SalesItemLineDetail.ItemRef.value": "3",
        "Amount": Decimal("47.5"),
        "LinkedTxn.0.TxnId": "100",
        "LinkedTxn.0.TxnType": "Estimate",
    }


def test_a_line_of_a_payment_says_what_it_is_applied_to() -> None:
    record = flatten("Payment", recorded("exchange-update-payment")["response"]["Payment"])

    assert [part.fields for part in record.parts] == [
        {
            "Amount": Decimal(387),
            "DetailType": None,
            "LinkedTxn.TxnType": "Invoice",
            "LinkedTxn.Invoice": "96",
        }
    ]


@pytest.mark.parametrize("links", [None, [], [{"TxnId": "1", "TxnType": "Invoice"}] * 2])
def test_a_line_of_a_payment_that_names_not_one_document_names_none(links: Any) -> None:
    line = {"Amount": Decimal(5), "LinkedTxn": links}

    record = flatten("Payment", {**CUSTOMER, "Line": [line]})

    assert not [name for name in record.parts[0].fields if name.startswith("LinkedTxn.")]


@pytest.mark.parametrize(
    "name",
    ["query-invoices-sandbox-us", "query-creditmemos-sandbox-us", "query-estimates-sandbox-us"],
)
def test_every_recorded_document_has_the_lines_that_a_person_typed(name: str) -> None:
    (kind, rows), *_ = (
        each for each in recorded(name)["QueryResponse"].items() if isinstance(each[1], list)
    )
    for row in rows:
        record = flatten(kind, row)

        typed = [each for each in row["Line"] if each["DetailType"] != "SubTotalLineDetail"]
        assert [part.id for part in record.parts] == [
            each.get("Id", "DiscountLineDetail 1") for each in typed
        ]
        assert [part.fields["DetailType"] for part in record.parts] == [
            each["DetailType"] for each in typed
        ]


def test_the_kinds_of_lines_of_a_void_are_spelt_as_usual() -> None:
    lines = [
        {"Id": "1", "DetailType": "SALES_ITEM_LINE_DETAIL"},
        {"DetailType": "SUB_TOTAL_LINE_DETAIL"},
        {"Id": "2", "DetailType": "DESCRIPTION_ONLY"},
        {"Id": "3", "DetailType": "SomethingNew"},
    ]

    record = flatten("Invoice", {**CUSTOMER, "Line": lines})

    assert [part.fields["DetailType"] for part in record.parts] == [
        "SalesItemLineDetail",
        "DescriptionOnly",
        "SomethingNew",
    ]


def document(kind: WriteKind, *, is_whole: bool) -> Write:
    fields: dict[str, Value] = {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal("37.04"),
        "Description": None,
        "SalesItemLineDetail.ItemRef.value": "3",
        "SalesItemLineDetail.Qty": Decimal("3"),
    }
    line = Write(System.QUICKBOOKS, "Line", kind, fields=fields)
    return Write(
        System.QUICKBOOKS,
        "Invoice",
        kind,
        fields={"CustomerRef.value": "1", "TxnDate": date(2026, 11, 22)},
        parts=(line,),
        marker=SALESFORCE_ID,
        is_whole=is_whole,
    )


def test_a_whole_document_is_written_with_its_lines_and_its_marker() -> None:
    assert unflatten(document(WriteKind.CREATE, is_whole=True)) == {
        "CustomerRef": {"value": "1"},
        "TxnDate": "2026-11-22",
        "PrivateNote": f"Salesforce {SALESFORCE_ID}",
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": 37.04,
                "SalesItemLineDetail": {"ItemRef": {"value": "3"}, "Qty": 3},
            }
        ],
    }


def test_an_update_of_a_header_sends_no_lines_for_they_would_replace_all() -> None:
    header = replace(document(WriteKind.UPDATE, is_whole=False), parts=())

    assert unflatten(header) == {"CustomerRef": {"value": "1"}, "TxnDate": "2026-11-22"}


def test_lines_of_an_update_carry_their_ids_and_those_that_quickbooks_gives_none_carry_none() -> (
    None
):
    write = document(WriteKind.UPDATE, is_whole=False)
    discount: dict[str, Value] = {"DetailType": "DiscountLineDetail", "Amount": Decimal(5)}
    (line,) = write.parts
    parts = (
        replace(line, record_id="7"),
        replace(line, record_id="DiscountLineDetail 1", fields=discount),
    )

    first, second = unflatten(replace(write, parts=parts))["Line"]

    assert (first["Id"], first["Amount"]) == ("7", 37.04)
    assert second == {"DetailType": "DiscountLineDetail", "Amount": 5}


def test_what_a_line_holds_beside_its_values_is_written_as_it_was_read() -> None:
    sent = {
        "Id": "1",
        "LineNum": 1,
        "Amount": 5,
        "DetailType": "SalesItemLineDetail",
        "LinkedTxn": [{"TxnId": "9", "TxnType": "TimeActivity"}, {"TxnId": "10"}],
        "SalesItemLineDetail": {"Qty": 1, "UnitPrice": 5, "ClassRef": {"value": "200"}},
        "CustomExtensions": [],
    }
    (part,) = flatten("Invoice", {**CUSTOMER, "Line": [sent]}).parts
    write = document(WriteKind.UPDATE, is_whole=False)
    line = Write(System.QUICKBOOKS, "Line", WriteKind.UPDATE, part.id, fields=part.fields)

    (written,) = unflatten(replace(write, parts=(line,)))["Line"]

    added = ("LineNum", "CustomExtensions")
    assert written == {name: sent[name] for name in sent if name not in added}


@pytest.mark.parametrize(
    ("total", "note", "is_voided"),
    [(0, "Voided", True), (0, "Voided - Salesforce x", True), (0, "", False), (5, "Voided", False)],
)
def test_a_document_of_nothing_with_the_note_in_front_was_voided(
    total: int, note: str, is_voided: bool
) -> None:
    record = flatten("Invoice", {**CUSTOMER, "TotalAmt": total, "PrivateNote": note})

    assert record.is_voided is is_voided


def test_an_update_empties_with_empty_strings_and_a_create_leaves_out() -> None:
    fields: dict[str, Value] = {
        "CompanyName": None,
        "BillAddr.Line1": None,
        "BillAddr.City": None,
        "PrimaryPhone.FreeFormNumber": "1",
        "PrimaryPhone.Extra": None,
    }

    assert unflatten(update(fields)) == {
        "CompanyName": "",
        "BillAddr": {"Line1": "", "City": ""},
        "PrimaryPhone": {"FreeFormNumber": "1", "Extra": ""},
    }
    assert unflatten(create(fields)) == {"PrimaryPhone": {"FreeFormNumber": "1"}}


def test_values_are_written_in_jsons_own_types() -> None:
    fields: dict[str, Value] = {
        "Active": False,
        "OpenBalanceDate": date(2026, 11, 22),
        "CreditLimit": Decimal("1234567890123.45"),
        "Level": Decimal("3"),
    }

    assert json.dumps(unflatten(update(fields))) == (
        '{"Active": false, "OpenBalanceDate": "2026-11-22", '
        '"CreditLimit": 1234567890123.45, "Level": 3}'
    )


def test_a_number_that_json_would_change_is_refused() -> None:
    with pytest.raises(MappingError) as refused:
        unflatten(update({"CreditLimit": Decimal("0.1234567890123456789")}))

    assert refused.value.field == "CreditLimit"


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=2))
def test_every_amount_comes_back_to_the_cent(amount: Decimal) -> None:
    body = json.dumps(unflatten(update({"Balance": amount})))

    assert json.loads(body, parse_float=Decimal, parse_int=Decimal)["Balance"] == amount


NAMES = st.text(alphabet="ABCDEFGHIJ", min_size=1, max_size=4)
LEAVES = st.text(min_size=1) | st.booleans() | st.decimals(-9999, 9999, places=2)
NESTED = st.dictionaries(NAMES, LEAVES | st.dictionaries(NAMES, LEAVES, min_size=1), max_size=6)


@given(NESTED)
def test_an_object_is_the_same_after_flattening_and_back(nested: dict[str, Any]) -> None:
    record = flatten("Item", {**CUSTOMER, **nested})

    body = unflatten(Write(System.QUICKBOOKS, "Item", WriteKind.UPDATE, fields=record.fields))

    again = flatten("Item", body_of(as_json({**CUSTOMER, **body})))
    assert again.fields == record.fields
    assert set(body) == set(nested)


@pytest.mark.parametrize(
    "name",
    [
        "query-customers-sandbox-us",
        "query-customers-sandbox-2020",
        "query-customers-old",
        "query-customers-max5",
        "customer-custom-fields",
        "customer-foreign-currency-brl",
        "get-customer-1",
    ],
)
def test_every_recorded_customer_survives_the_way_there_and_back(name: str) -> None:
    document = recorded(name)
    for row in document.get("QueryResponse", {}).get("Customer") or [document["Customer"]]:
        record = flatten("Customer", row)

        body = unflatten(update(dict(record.fields), record.marker))

        again = flatten("Customer", {**row, **body_of(as_json(body))})
        assert again == record
