"""Documents and products of Salesforce, through the client, on the stand-in."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bridge.model import Fate, Probe, Record, Shape, System, Value, Write, WriteKind, WriteResult
from tests.contract.salesforce_bench import NOON, Bench, empty_org, fates, reason, update

LINE = Shape(
    "Invoice_Line__c",
    ("Line_Number__c", "Product__c", "Quantity__c", "Unit_Price__c", "Description__c"),
    (),
    relationship="Invoice_Lines__r",
    parent="Invoice__c",
    number="Line_Number__c",
)
INVOICE = Shape("Invoice__c", ("Account__c", "Date__c", "Due_Date__c", "Memo__c"), (LINE,))
PRODUCT = Shape("Product2", ("Name", "ProductCode", "Description"))
NO_PRODUCT = "01t000000000001AAA"


@pytest.fixture
def bench() -> Bench:
    """Return a client on an empty org."""
    return empty_org()


def line(number: int, product: str | None = None, **fields: Value) -> Write:
    known: dict[str, Value] = {
        "Line_Number__c": Decimal(number),
        "Product__c": product,
        "Quantity__c": Decimal("2.5"),
        "Unit_Price__c": Decimal("12.3456789"),
        "Description__c": f"Line {number}",
    }
    return Write(
        System.SALESFORCE,
        "Invoice_Line__c",
        WriteKind.CREATE,
        fields={**known, **fields},
        relationship="Invoice_Lines__r",
        parent="Invoice__c",
    )


def invoice(external_id: str, *lines: Write, **fields: Value) -> Write:
    return Write(
        System.SALESFORCE,
        "Invoice__c",
        WriteKind.CREATE,
        fields={"Date__c": date(2026, 11, 22), "Memo__c": "Müller & Söhne", **fields},
        own_fields={"status": "In sync"},
        parts=lines,
        key=external_id,
        is_whole=True,
    )


def make(bench: Bench, write: Write) -> WriteResult:
    (result,) = bench.client.write([write])
    return result


def read(bench: Bench, record_id: str | None) -> Record:
    record = bench.client.read(INVOICE, str(record_id))
    assert record is not None
    return record


def numbers(record: Record) -> list[Value]:
    return [part.fields["Line_Number__c"] for part in record.parts]


def trees(bench: Bench) -> int:
    """Return how many trees were sent."""
    by_kind: dict[str, int] = bench.stand_in.calls.listing()["by_kind"]
    return by_kind["composite:tree"]


# Made


def test_a_document_is_made_with_its_lines_in_one_call_and_reads_as_it_was_written(
    bench: Bench,
) -> None:
    account = bench.account()
    product = bench.person("create", "Product2", fields={"Name": "Oak"})
    lines = [line(number, product) for number in (1, 2, 3)]

    result = make(bench, invoice("1:invoice:7", *lines, Account__c=account))

    assert (result.fate, fates(result.parts)) == (Fate.DONE, [Fate.DONE] * 3)
    assert trees(bench) == 1
    record = read(bench, result.record_id)
    assert (record.external_id, record.own_fields["status"]) == ("1:invoice:7", "In sync")
    assert record.fields == {
        "Account__c": account,
        "Date__c": "2026-11-22",
        "Due_Date__c": None,
        "Memo__c": "Müller & Söhne",
    }
    assert [part.id for part in record.parts] == [part.record_id for part in result.parts]
    assert [part.fields for part in record.parts] == [dict(each.fields) for each in lines]


def test_a_document_is_made_once_and_the_second_try_leaves_nothing_behind(bench: Bench) -> None:
    first = make(bench, invoice("1:invoice:7", line(1)))

    again = make(bench, invoice("1:invoice:7", line(1), line(2)))

    assert (again.fate, reason(again)) == (Fate.REFUSED, "duplicate_value")
    assert again.error is not None
    assert again.error.field == "QuickBooks_Id__c"
    assert [row["Id"] for row in bench.rows("Invoice__c")] == [first.record_id]
    assert len(bench.rows("Invoice_Line__c")) == 1


def test_a_document_that_a_person_has_deleted_is_found_all_the_same(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1)))
    bench.person("delete", "Invoice__c", id=made.record_id)

    [found] = bench.client.find_created(INVOICE, [Probe(NOON, "1:invoice:7")])

    assert [(record.id, record.is_deleted) for record in found] == [(made.record_id, True)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"Product__c": NO_PRODUCT}, "reference_missing"),
        ({"Colour__c": "red"}, "field_unknown"),
        ({"Description__c": "x" * 4001}, "value_too_long"),
        ({"Quantity__c": "many"}, "value_not_allowed"),
        ({"Quantity__c": Decimal("1e12")}, "value_not_allowed"),
    ],
)
def test_a_refused_line_refuses_the_whole_document_and_no_other(
    bench: Bench, wrong: dict[str, Value], told: str
) -> None:
    writes = [
        invoice("1:invoice:7", line(1), line(2, None, **wrong)),
        invoice("1:invoice:8", line(1)),
    ]

    first, second = bench.client.write(writes)

    assert (first.fate, reason(first), fates(first.parts)) == (
        Fate.REFUSED,
        told,
        [Fate.REFUSED] * 2,
    )
    assert second.fate is Fate.DONE
    assert [row["QuickBooks_Id__c"] for row in bench.rows("Invoice__c")] == ["1:invoice:8"]
    assert len(bench.rows("Invoice_Line__c")) == 1


def test_a_deleted_product_refuses_the_document_for_its_reference(bench: Bench) -> None:
    product = bench.person("create", "Product2", fields={"Name": "Oak"})
    bench.person("delete", "Product2", id=product)

    result = make(bench, invoice("1:invoice:7", line(1, product)))

    assert (result.fate, reason(result)) == (Fate.REFUSED, "reference_missing")


def test_the_longest_document_fits_and_a_longer_one_is_refused_before_it_is_sent(
    bench: Bench,
) -> None:
    lines = [line(number) for number in range(1, 201)]

    longest, longer = bench.client.write(
        [invoice("1:invoice:7", *lines[:199]), invoice("1:invoice:8", *lines)]
    )

    assert longest.fate is Fate.DONE
    assert (longer.fate, reason(longer)) == (Fate.REFUSED, "too_many_lines")
    assert len(read(bench, longest.record_id).parts) == 199


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
def test_a_lost_tree_is_unknown_and_is_found_again_if_it_was_saved(
    bench: Bench, drop: str, made: int
) -> None:
    write = invoice("1:invoice:7", line(1))
    bench.plant({"kind": "composite:tree"}, drop=drop)

    lost = make(bench, write)
    [found] = bench.client.find_created(INVOICE, [Probe(NOON, "1:invoice:7")])
    again = make(bench, write)

    assert (lost.fate, fates(lost.parts)) == (Fate.UNKNOWN, [Fate.UNKNOWN])
    assert [len(record.parts) for record in found] == [1] * made
    assert again.fate is (Fate.REFUSED if made else Fate.DONE)
    assert len(bench.rows("Invoice__c")) == len(bench.rows("Invoice_Line__c")) == 1


@pytest.mark.parametrize(
    ("effect", "fate"),
    [
        ({"status": 500, "body": "<html>oops</html>"}, Fate.UNKNOWN),
        ({"status": 201, "body": '{"hasErrors":false,"results":[{"ref'}, Fate.UNKNOWN),
        ({"status": 503, "code": "SERVER_UNAVAILABLE"}, Fate.NOT_SENT),
        ({"code": "REQUEST_LIMIT_EXCEEDED"}, Fate.NOT_SENT),
    ],
)
def test_a_tree_that_fails_as_a_call_stops_the_rest(
    bench: Bench, effect: dict[str, Any], fate: Fate
) -> None:
    bench.plant({"kind": "composite:tree"}, **effect)

    results = bench.client.write([invoice("1:invoice:7", line(1)), invoice("1:invoice:8")])

    assert fates(results) == [fate, Fate.NOT_SENT]
    assert trees(bench) == 1


def test_an_expired_session_is_renewed_once_for_a_tree(bench: Bench) -> None:
    bench.stand_in.sessions.end_all()

    assert make(bench, invoice("1:invoice:7", line(1))).fate is Fate.DONE
    assert bench.tokens.renewals == 1


# Read


def test_lines_are_read_by_their_number_and_those_without_one_last(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(3), line(1)))
    ours = {"Invoice__c": made.record_id}
    bench.person("create", "Invoice_Line__c", fields={**ours, "Description__c": "By hand"})
    bench.person("create", "Invoice_Line__c", fields={**ours, "Line_Number__c": 2})
    gone = bench.person("create", "Invoice_Line__c", fields={**ours, "Line_Number__c": 4})
    bench.person("delete", "Invoice_Line__c", id=gone)

    record = read(bench, made.record_id)

    assert numbers(record) == [1, 2, 3, None]


def test_many_documents_with_many_lines_are_loaded_with_one_query(bench: Bench) -> None:
    writes = [invoice(f"1:invoice:{n}", *(line(each) for each in range(1, 31))) for n in range(80)]
    made = [str(result.record_id) for result in bench.client.write(writes)]
    bench.calls()

    found = bench.client.load(INVOICE, made)

    assert [numbers(found[each]) for each in made] == [list(range(1, 31))] * 80
    assert bench.calls() == {"query": 1}


def test_a_deleted_document_takes_its_lines_along_and_brings_them_back(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1), line(2)))
    before = read(bench, made.record_id)

    bench.person("delete", "Invoice__c", id=made.record_id)
    deleted = read(bench, made.record_id)
    assert all(row["IsDeleted"] for row in bench.rows("Invoice_Line__c"))
    bench.person("undelete", "Invoice__c", id=made.record_id)

    assert (deleted.is_deleted, deleted.parts) == (True, ())
    after = read(bench, made.record_id)
    assert [part.id for part in after.parts] == [part.id for part in before.parts]


def test_a_document_without_lines_is_read(bench: Bench) -> None:
    made = bench.person("create", "Invoice__c", fields={"Memo__c": "Empty"})

    assert read(bench, made).parts == ()


def test_a_line_leads_to_its_document_also_when_it_is_deleted(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1), line(2)))
    living, dead = (str(part.record_id) for part in made.parts)
    bench.person("delete", "Invoice_Line__c", id=dead)

    roots = bench.client.find_roots("Invoice_Line__c", [living, dead], "Invoice__c")

    assert roots == {living: made.record_id, dead: made.record_id}


# Changed


def test_a_header_is_changed_and_its_lines_stay(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1), line(2)))
    bench.later()
    record = read(bench, made.record_id)
    bench.person("update", "Invoice__c", id=record.id, fields={"Memo__c": "Mine"})
    bench.later()

    stale = make(bench, update(record, Memo__c="Ours"))
    changed = make(bench, update(read(bench, record.id), Memo__c="Ours", Date__c=None))

    assert (stale.fate, changed.fate) == (Fate.STALE, Fate.DONE)
    after = read(bench, record.id)
    assert (after.fields["Memo__c"], after.fields["Date__c"]) == ("Ours", None)
    assert after.parts == record.parts


def test_a_changed_line_does_not_make_the_header_stale(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1)))
    bench.later()
    record = read(bench, made.record_id)
    fields = {"Quantity__c": 9}
    bench.person("update", "Invoice_Line__c", id=record.parts[0].id, fields=fields)
    bench.later()

    changed = make(bench, update(record, Memo__c="Ours"))

    assert changed.fate is Fate.DONE
    assert read(bench, record.id).parts[0].fields["Quantity__c"] == 9


def delete(record: Record, place: int) -> Write:
    """Return what takes a line away."""
    part = record.parts[place]
    same = {"Line_Number__c": part.fields["Line_Number__c"]}
    names = (System.SALESFORCE, "Invoice_Line__c", WriteKind.DELETE, part.id, part.version, same)
    return Write(*names, parent="Invoice__c")


def test_lines_are_changed_added_and_taken_away_with_their_document(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1), line(2), line(3)))
    bench.later()
    record = read(bench, made.record_id)
    part = record.parts[0]
    edit = Write(
        System.SALESFORCE,
        "Invoice_Line__c",
        WriteKind.UPDATE,
        part.id,
        part.version,
        {"Quantity__c": Decimal(9)},
    )

    parts = (edit, line(4), delete(record, 1))
    result = make(bench, replace(update(record), parts=parts))

    assert [each.fate for each in result.parts] == [Fate.DONE] * 3
    after = read(bench, record.id)
    assert numbers(after) == [Decimal(1), Decimal(3), Decimal(4)]
    assert after.parts[0].fields["Quantity__c"] == Decimal(9)
    assert result.parts[1].record_id == after.parts[2].id


def test_a_line_that_a_person_has_edited_since_is_not_taken_away(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1), line(2)))
    bench.later()
    record = read(bench, made.record_id)
    fields = {"Quantity__c": 77}
    bench.person("update", "Invoice_Line__c", id=record.parts[1].id, fields=fields)
    bench.later()

    result = make(bench, replace(update(record), parts=(delete(record, 0), delete(record, 1))))

    assert [each.fate for each in result.parts] == [Fate.STALE, Fate.STALE]
    assert len(read(bench, record.id).parts) == 2


def test_a_line_that_is_gone_already_is_missing(bench: Bench) -> None:
    made = make(bench, invoice("1:invoice:7", line(1), line(2)))
    bench.later()
    record = read(bench, made.record_id)
    bench.person("delete", "Invoice_Line__c", id=record.parts[0].id)

    result = make(bench, replace(update(record), parts=(delete(record, 0),)))

    assert result.parts[0].fate is Fate.MISSING


# Products


def test_a_product_is_made_with_its_external_id_changed_and_found(bench: Bench) -> None:
    write = Write(
        System.SALESFORCE,
        "Product2",
        WriteKind.CREATE,
        fields={"Name": "Oak", "ProductCode": "O-1", "Description": "A\nB"},
        own_fields={"status": "In sync"},
        key="1:item:5",
    )
    made = make(bench, write)
    bench.later()

    record = bench.client.read(PRODUCT, str(made.record_id))
    assert record is not None
    changed = make(bench, update(record, ProductCode=None))
    again = make(bench, replace(write, fields={"Name": "Other"}))

    assert record.fields == {"Name": "Oak", "ProductCode": "O-1", "Description": "A\nB"}
    assert (changed.fate, reason(again)) == (Fate.DONE, "duplicate_value")
    [found] = bench.client.find_created(PRODUCT, [Probe(NOON, "1:item:5")])
    assert [each.fields["ProductCode"] for each in found] == [None]
