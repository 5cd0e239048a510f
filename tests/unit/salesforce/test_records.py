"""Rows to records and writes to JSON: nothing is lost, and times are judged against us."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import MappingError
from bridge.model import Shape, System, Write, WriteKind
from bridge.salesforce.records import (
    body_of,
    is_quiet,
    sent_time,
    to_json,
    to_record,
    unmodified_since,
)
from tests.unit.salesforce.scripted_org import RECORDED, recorded

MODIFIED = datetime(2026, 11, 22, 8, 0, 3, tzinfo=UTC)
ROW = {
    "attributes": {"type": "Account"},
    "Id": "001RM000003oLnnYAE",
    "Name": "  Müller & Co ",
    "AnnualRevenue": Decimal("139000000.50"),
    "NumberOfEmployees": 12,
    "IsPartner": False,
    "Reviewed__c": "2026-01-02T03:04:05.000+0000",
    "Since__c": "2026-01-02",
    "Parent": None,
    "Owner": {"attributes": {}, "Name": "Ada"},
    "CreatedDate": "2026-11-20T08:00:00.000+0000",
    "LastModifiedDate": "2026-11-22T08:00:03.000+0000",
    "SystemModstamp": "2026-11-22T08:00:04.000+0000",
    "IsDeleted": False,
    "MasterRecordId": None,
    "QuickBooks_Id__c": "1:customer:7",
    "QuickBooks_Sync_Status__c": None,
    "QuickBooks_Sync_Message__c": "fine",
    "Contacts": None,
}
CHILD = {
    "Id": "003RM000003oLnnYAE"[:15],
    "LastName": "Fuller",
    "CreatedDate": "2026-11-20T08:00:00.000+0000",
    "LastModifiedDate": "2026-11-22T08:00:01.000+0000",
    "SystemModstamp": "2026-11-22T08:00:02.000+0000",
}
FIELDS = (
    "Name",
    "AnnualRevenue",
    "NumberOfEmployees",
    "IsPartner",
    "Reviewed__c",
    "Since__c",
    "Parent.Name",
    "Owner.Name",
)
SHAPE = Shape("Account", FIELDS, (Shape("Contact", ("LastName",)),))


def test_a_row_becomes_a_record_with_typed_values() -> None:
    record = to_record(ROW, SHAPE, MODIFIED + timedelta(seconds=1))

    assert record.fields == {
        "Name": "  Müller & Co ",
        "AnnualRevenue": Decimal("139000000.50"),
        "NumberOfEmployees": Decimal(12),
        "IsPartner": False,
        "Reviewed__c": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "Since__c": "2026-01-02",
        "Parent.Name": None,
        "Owner.Name": "Ada",
    }
    assert record.own_fields == {"external_id": "1:customer:7", "status": None, "message": "fine"}
    assert (record.system, record.object, record.id) == (
        System.SALESFORCE,
        "Account",
        "001RM000003oLnnYAE",
    )
    assert record.version == "2026-11-22T08:00:04.000+0000"
    assert record.modified_at == MODIFIED
    assert record.is_present
    assert record.parts == ()


def test_a_merged_row_names_its_survivor() -> None:
    row = ROW | {"IsDeleted": True, "MasterRecordId": "0015f00002J9YYE"}

    record = to_record(row, SHAPE, None)

    assert (record.is_deleted, record.merged_into) == (True, "0015f00002J9YYEAA3")


def test_a_part_has_a_version_and_a_quietness_of_its_own() -> None:
    row = ROW | {"Contacts": {"totalSize": 1, "done": True, "records": [CHILD]}}

    record = to_record(row, SHAPE, MODIFIED)

    part = record.parts[0]
    assert (record.is_quiet, part.is_quiet) == (False, True)
    assert part.version == "2026-11-22T08:00:02.000+0000"
    assert part.fields == {"LastName": "Fuller"}
    assert part.own_fields == {}
    assert len(part.id) == 18


def test_a_document_is_read_with_every_line_and_one_without_lines_too() -> None:
    lines = Shape("Invoice_Line__c", ("LastName",), (), "Lines__r", "Invoice__c")
    shape = Shape("Invoice__c", ("Name",), (lines,))
    children = [CHILD | {"LastName": name} for name in "BCA"]

    full = to_record(ROW | {"Lines__r": {"done": True, "records": children}}, shape, MODIFIED)
    empty = to_record(ROW | {"Lines__r": None}, shape, MODIFIED)

    assert [part.fields["LastName"] for part in full.parts] == ["B", "C", "A"]
    assert empty.parts == ()


def test_lines_that_the_answer_does_not_speak_of_are_not_taken_for_none() -> None:
    lines = Shape("Invoice_Line__c", ("LastName",), (), "LINES__R", "Invoice__c")

    with pytest.raises(MappingError, match="part_unknown"):
        to_record(ROW | {"Lines__r": None}, Shape("Invoice__c", ("Name",), (lines,)), MODIFIED)


def test_recorded_child_queries_are_read_null_or_not() -> None:
    stamps = {name: ROW[name] for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")}
    rows = recorded("query-accounts-contacts-subquery")["result"]["records"]
    read = []
    for row in rows:
        children = (row["Contacts"] or {}).get("records", [])
        identified = [each | stamps | {"Id": CHILD["Id"]} for each in children]
        complete = row | stamps | {"Id": ROW["Id"]}
        if row["Contacts"]:
            complete["Contacts"] = row["Contacts"] | {"records": identified}
        read.append(to_record(complete, Shape("Account", ("Name",), SHAPE.parts), None))

    assert [record.fields["Name"] for record in read] == [row["Name"] for row in rows]
    assert {len(record.parts) for record in read} >= {0, 1}


def test_a_recorded_account_is_read_without_losing_a_digit_or_a_character() -> None:
    text = (RECORDED / "get-account-full.json").read_text()
    row = json.loads(text, parse_float=Decimal)
    row |= {"SystemModstamp": row["LastModifiedDate"]}
    plain = [
        name
        for name, value in row.items()
        if isinstance(value, str | bool) and not name.endswith(("Date", "Modstamp"))
    ]

    record = to_record(row, Shape("Account", (*plain, "BillingAddress", "CreatedDate")), None)

    assert {name: record.fields[name] for name in plain} == {name: row[name] for name in plain}
    assert record.fields["BillingAddress"] is None
    assert record.fields["CreatedDate"] == record.created_at


@pytest.mark.parametrize(
    ("date", "duration_s", "expected"),
    [
        ("08:00:05", 0.9, True),  # sent at 04.1 or later: in a later second than 03
        ("08:00:05", 1.0, True),
        ("08:00:05", 1.001, False),  # sent at 03.999 perhaps
        ("08:00:04", 0.0, True),
        ("08:00:04", 0.001, False),
        ("08:00:03", 0.0, False),
    ],
)
def test_a_read_is_quiet_only_if_sent_in_a_later_second_than_the_last_change(
    date: str, duration_s: float, expected: bool
) -> None:
    sent_at = sent_time(f"Sun, 22 Nov 2026 {date} GMT", duration_s)

    assert is_quiet(MODIFIED, sent_at) is expected
    assert is_quiet(MODIFIED.replace(microsecond=999000), sent_at) is expected


@pytest.mark.parametrize("header", [None, "", "today"])
def test_a_read_without_the_servers_time_is_never_quiet(header: str | None) -> None:
    assert not is_quiet(MODIFIED, sent_time(header, 0.1))


@given(
    sent=st.timedeltas(timedelta(0), timedelta(hours=1)).map(MODIFIED.__add__),
    served_s=st.floats(0, 3),
    back_s=st.floats(0, 3),
    since_change_s=st.floats(0, 5),
)
def test_a_quiet_read_was_sent_after_the_second_of_the_change(
    sent: datetime, served_s: float, back_s: float, since_change_s: float
) -> None:
    answered = sent + timedelta(seconds=served_s)
    changed = sent - timedelta(seconds=since_change_s)
    header = answered.strftime("%a, %d %b %Y %H:%M:%S GMT")

    quiet = is_quiet(changed, sent_time(header, served_s + back_s))

    assert not quiet or sent.replace(microsecond=0) > changed.replace(microsecond=0)


def test_the_condition_counts_whole_seconds() -> None:
    assert unmodified_since("2026-11-22T08:00:03.000+0000") == "Sun, 22 Nov 2026 08:00:03 GMT"
    assert unmodified_since("2026-11-22T08:00:03.987+0000") == "Sun, 22 Nov 2026 08:00:03 GMT"


def test_what_is_sent_has_the_names_of_the_org() -> None:
    write = Write(
        System.SALESFORCE,
        "Account",
        WriteKind.CREATE,
        fields={"Name": "Acme"},
        own_fields={"status": "Synced", "message": None},
        key="1:customer:7",
    )

    assert body_of(write) == {
        "Name": "Acme",
        "QuickBooks_Sync_Status__c": "Synced",
        "QuickBooks_Sync_Message__c": None,
        "QuickBooks_Id__c": "1:customer:7",
    }


def test_json_keeps_numbers_exact_and_times_in_utc() -> None:
    east = timezone(timedelta(hours=2))

    written = to_json(
        {
            "amount": Decimal("12345678901234567.10"),
            "large": Decimal("1E+3"),
            "when": datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=east),
            "day": date(2026, 1, 2),
            "none": None,
            "yes": True,
            "text": 'Müller "&" Co\n',
            "list": [1, Decimal("0.00")],
        }
    )

    assert written == (
        '{"amount":12345678901234567.10,"large":1000,"when":"2026-01-02T01:04:05.006Z",'
        '"day":"2026-01-02","none":null,"yes":true,"text":"M\\u00fcller \\"&\\" Co\\n",'
        '"list":[1,0.00]}'
    )


@given(
    st.dictionaries(
        st.text(),
        st.none() | st.booleans() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    )
)
def test_json_reads_back_as_it_was(values: dict[str, object]) -> None:
    back = json.loads(to_json(values), parse_float=Decimal, parse_int=Decimal)

    assert back == values
