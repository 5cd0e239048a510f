"""QuickBooks' documents and items, through the client, on the stand-in: made once, read whole."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bridge.errors import RateLimitedError
from bridge.flows.ports import RecordSystem
from bridge.model import Fate, Probe, Record, Shape, System, Value, Write, WriteKind, WriteResult
from bridge.quickbooks.client import QuickBooksClient
from bridge.transport import TimeoutSession
from local.simulators.quickbooks.app import QuickBooks, Setup
from local.simulators.server import Server
from tests.contract.quickbooks_bench import REALM, Slots, StandIn, Tokens, never

INVOICE = Shape("Invoice", ("CustomerRef.value", "TxnDate", "DueDate", "CustomerMemo.value"))
ITEM = Shape("Item", ("Name", "Sku", "Description"))
SALESFORCE_ID = "a005g00000XyZaBAAV"
INCOME_ACCOUNT = "1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
Fields = dict[str, Value]


@pytest.fixture
def standin() -> Iterator[StandIn]:
    app = QuickBooks(Setup(realms=(REALM,), is_empty=True))
    with Server(app.handle) as server:
        yield StandIn(server.url)


@pytest.fixture
def slots() -> Slots:
    return Slots()


@pytest.fixture
def client(standin: StandIn, slots: Slots) -> Iterator[RecordSystem]:
    with TimeoutSession((2.0, 5.0)) as session:
        yield QuickBooksClient(standin.url, REALM, Tokens(standin.url), slots, session, never)


@pytest.fixture
def customer(standin: StandIn) -> str:
    return str(standin.person("create", fields={"DisplayName": "Acme"})["Id"])


@pytest.fixture
def item(standin: StandIn) -> str:
    fields = {"Name": "Oak", "Type": "Service", "IncomeAccountRef": {"value": INCOME_ACCOUNT}}
    return str(standin.person("create", "Item", fields=fields)["Id"])


def line(item: str, quantity: str, price: str, amount: str, **fields: Value) -> Write:
    known: Fields = {
        "DetailType": "SalesItemLineDetail",
        "Amount": Decimal(amount),
        "SalesItemLineDetail.ItemRef.value": item,
        "SalesItemLineDetail.Qty": Decimal(quantity),
        "SalesItemLineDetail.UnitPrice": Decimal(price),
    }
    return Write(System.QUICKBOOKS, "Line", WriteKind.CREATE, fields={**known, **fields})


def invoice(key: str, customer: str, *lines: Write, **fields: Value) -> Write:
    known: Fields = {
        "CustomerRef.value": customer,
        "TxnDate": date(2026, 11, 22),
        "DueDate": date(2026, 12, 22),
    }
    return Write(
        System.QUICKBOOKS,
        "Invoice",
        WriteKind.CREATE,
        fields={**known, **fields},
        parts=lines,
        key=key,
        marker=SALESFORCE_ID,
        is_whole=True,
    )


def header_update(record: Record, **fields: Value) -> Write:
    return Write(
        System.QUICKBOOKS,
        "Invoice",
        WriteKind.UPDATE,
        record_id=record.id,
        version=record.version,
        fields=fields,
        marker=SALESFORCE_ID,
    )


def one(results: Sequence[WriteResult]) -> WriteResult:
    (result,) = results
    return result


def reason(result: WriteResult) -> str:
    assert result.error is not None
    return result.error.reason


def read(client: RecordSystem, record_id: str | None) -> Record:
    record = client.read(INVOICE, record_id or "")
    assert record is not None
    return record


# Made once


def test_an_invoice_is_made_with_its_lines_in_one_call_and_reads_as_it_was_written(
    standin: StandIn, client: RecordSystem, slots: Slots, customer: str, item: str
) -> None:
    lines = (
        line(item, "3", "12.3456789", "37.04", Description="Boards"),
        line(item, "1", "100", "100"),
    )

    result = one(client.write([invoice("k", customer, *lines, **{"CustomerMemo.value": "Hi"})]))

    assert result.fate is Fate.DONE
    assert standin.calls() == {"create": 1}
    assert slots.metered == [0]
    record = read(client, result.record_id)
    assert record == result.record
    assert (record.version, record.marker) == ("0", SALESFORCE_ID)
    assert record.fields["PrivateNote"] is None
    assert record.fields["CustomerRef.value"] == customer
    assert record.fields["TxnDate"] == "2026-11-22"
    assert record.fields["CustomerMemo.value"] == "Hi"
    assert [part.id for part in record.parts] == ["1", "2"]
    for part, written in zip(record.parts, lines, strict=True):
        assert written.fields.items() <= part.fields.items()
    assert standin.rows("Invoice")[0]["PrivateNote"] == f"Salesforce {SALESFORCE_ID}"


@pytest.mark.parametrize("drop", ["before", "after"])
def test_an_invoice_whose_answer_was_lost_is_made_once_however_often_it_is_sent(
    standin: StandIn, client: RecordSystem, customer: str, item: str, drop: str
) -> None:
    write = invoice("k", customer, line(item, "1", "5", "5"))
    standin.fault("create", drop=drop)

    lost = one(client.write([write]))
    again = one(client.write([write]))

    assert (lost.fate, again.fate) == (Fate.UNKNOWN, Fate.DONE)
    assert [row["Id"] for row in standin.rows("Invoice")] == [again.record_id]


@pytest.mark.parametrize("answer", ["first", "refused"])
def test_a_repeat_with_other_content_makes_no_second_invoice(
    standin: StandIn, client: RecordSystem, customer: str, item: str, answer: str
) -> None:
    standin.switch(requestid_changed_body=answer)
    first = one(client.write([invoice("k", customer, line(item, "1", "5", "5"))]))

    again = one(client.write([invoice("k", customer, line(item, "2", "5", "10"))]))

    assert len(standin.rows("Invoice")) == 1
    if answer == "first":
        assert (again.fate, again.record) == (Fate.DONE, first.record)
    else:
        assert (again.fate, reason(again)) == (Fate.UNKNOWN, "request_repeated")


def test_the_next_generation_is_another_request(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    standin.switch(faults_replayed_by_requestid=True)
    wrong = invoice("k|1", customer, line(item, "2", "5", "5"))
    right = invoice("k|1", customer, line(item, "2", "5", "10"))

    refused = [one(client.write([each])) for each in (wrong, right)]
    made = one(client.write([replace(right, key="k|2")]))

    assert [reason(each) for each in refused] == ["amount_mismatch"] * 2
    assert {each.fate for each in refused} == {Fate.REFUSED}
    assert made.fate is Fate.DONE


def test_a_repeat_that_quickbooks_does_not_honour_is_why_an_invoice_is_looked_up_first(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    standin.switch(requestid_honoured=False)
    write = invoice("k", customer, line(item, "1", "5", "5"))
    standin.fault("create", drop="after")
    client.write([write])

    [found] = client.find_created(INVOICE, [Probe(LONG_AGO, marker=SALESFORCE_ID)])

    assert [record.id for record in found] == [row["Id"] for row in standin.rows("Invoice")]


@pytest.mark.parametrize(
    ("effect", "fates"),
    [
        ({"status": 500}, [Fate.UNKNOWN, Fate.NOT_SENT]),
        ({"code": "10000"}, [Fate.UNKNOWN, Fate.NOT_SENT]),
        (
            {"status": 503, "body": "<html>Service Unavailable</html>"},
            [Fate.UNKNOWN, Fate.NOT_SENT],
        ),
        ({"status": 200, "body": '{"Invoice":{"Id":"1","Sync'}, [Fate.UNKNOWN, Fate.NOT_SENT]),
        ({"status": 429}, [Fate.NOT_SENT, Fate.NOT_SENT]),
        # Answered, and about one document alone.
        ({"status": 200, "body": '{"time":"now"}'}, [Fate.UNKNOWN, Fate.DONE]),
        ({"code": "600"}, [Fate.UNKNOWN, Fate.DONE]),
    ],
)
def test_trouble_of_the_company_ends_the_run_and_that_of_a_document_does_not(
    standin: StandIn,
    client: RecordSystem,
    customer: str,
    item: str,
    effect: dict[str, Any],
    fates: list[Fate],
) -> None:
    standin.fault("create", **effect)
    writes = [invoice(key, customer, line(item, "1", "5", "5")) for key in "ab"]

    results = client.write(writes)

    assert [result.fate for result in results] == fates


def test_a_throttled_document_tells_the_wait(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    standin.fault("create", status=429)

    result = one(client.write([invoice("k", customer, line(item, "1", "5", "5"))]))

    assert isinstance(result.error, RateLimitedError)
    assert standin.rows("Invoice") == []


def test_a_refused_document_harms_no_other(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    good = line(item, "1", "5", "5")
    writes = [
        invoice("a", "999999", good),
        invoice("b", customer, line("999999", "1", "5", "5")),
        invoice("c", customer, line(item, "2", "5", "11")),
        invoice("d", customer),
        invoice("e", customer, good),
    ]

    results = client.write(writes)

    assert [reason(result) for result in results[:4]] == [
        "reference_missing",
        "reference_missing",
        "amount_mismatch",
        "value_missing",
    ]
    assert [result.fate for result in results] == [Fate.REFUSED] * 4 + [Fate.DONE]
    assert len(standin.rows("Invoice")) == 1


@pytest.mark.parametrize("code", ["2500", "610"])
def test_a_document_that_names_an_inactive_record_is_refused_for_its_reference(
    standin: StandIn, client: RecordSystem, customer: str, item: str, code: str
) -> None:
    standin.switch(inactive_reference_code=code)
    standin.person("deactivate", "Item", id=item)

    result = one(client.write([invoice("k", customer, line(item, "1", "5", "5"))]))

    assert (result.fate, reason(result)) == (Fate.REFUSED, "reference_missing")


def test_lists_and_documents_in_one_run_keep_their_order(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    named = Write(
        System.QUICKBOOKS,
        "Customer",
        WriteKind.CREATE,
        fields={"DisplayName": "Beta"},
        key="c",
        marker=SALESFORCE_ID,
    )

    results = client.write([invoice("i", customer, line(item, "1", "5", "5")), named])

    assert [result.record and result.record.object for result in results] == ["Invoice", "Customer"]


def test_no_document_is_begun_without_time(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    times = iter([True, False])
    writes = [invoice(key, customer, line(item, "1", "5", "5")) for key in "ab"]

    results = client.write(writes, lambda: next(times))

    assert [result.fate for result in results] == [Fate.DONE, Fate.NOT_SENT]
    assert len(standin.rows("Invoice")) == 1


# Changed and read


def test_a_sparse_update_of_the_header_leaves_lines_and_note_as_they_are(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    made = one(client.write([invoice("k", customer, line(item, "1", "5", "5"))])).record
    assert made is not None
    standin.person("update", "Invoice", id=made.id, fields={"PrivateNote": "Mine now"})

    changed = {"TxnDate": date(2026, 11, 1), "DueDate": None, "CustomerMemo.value": None}
    stale = one(client.write([header_update(made, **changed)]))
    result = one(client.write([header_update(read(client, made.id), **changed)]))

    assert (stale.fate, result.fate) == (Fate.STALE, Fate.DONE)
    record = read(client, made.id)
    assert record.parts == tuple(replace(part, version=record.version) for part in made.parts)
    assert record.fields["TxnDate"] == "2026-11-01"
    assert record.fields["PrivateNote"] == "Mine now"


def test_lines_of_an_update_are_all_that_there_are_and_keep_their_ids(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    lines = [line(item, "1", "5", "5"), line(item, "2", "5", "10"), line(item, "3", "5", "15")]
    made = one(client.write([invoice("k", customer, *lines)])).record
    assert made is not None
    ids = [part.id for part in made.parts]
    kept = [replace(line(item, "9", "5", "45"), record_id=ids[2]), line(item, "4", "1", "4")]
    kept.append(replace(line(item, "1", "5", "5"), record_id=ids[0]))

    result = one(client.write([replace(header_update(made), parts=tuple(kept))]))

    assert result.record is not None
    assert result.record.parts == read(client, made.id).parts
    after = [(part.id, part.fields["Amount"]) for part in result.record.parts]
    assert [after[0], after[2]] == [(ids[2], Decimal(45)), (ids[0], Decimal(5))]
    assert after[1][0] not in ids
    assert result.record.fields["TotalAmt"] == Decimal(54)


@pytest.mark.parametrize("separator", [" - ", "\n", " "])
@pytest.mark.parametrize("spelling", ["camel", "upper_snake"])
def test_a_voided_invoice_keeps_its_marker_and_the_kinds_of_its_lines(
    standin: StandIn,
    client: RecordSystem,
    customer: str,
    item: str,
    separator: str,
    spelling: str,
) -> None:
    standin.switch(void_note_separator=separator, void_reply_enums=spelling)
    made = one(client.write([invoice("k", customer, line(item, "1", "5", "5"))]))

    standin.person("void", "Invoice", id=made.record_id)

    record = read(client, made.record_id)
    assert record.marker == SALESFORCE_ID
    assert str(record.fields["PrivateNote"]).startswith("Voided")
    assert [part.fields["DetailType"] for part in record.parts] == ["SalesItemLineDetail"]
    [found] = client.find_created(INVOICE, [Probe(LONG_AGO, marker=SALESFORCE_ID)])
    assert [each.id for each in found] == [record.id]


def test_other_kinds_of_lines_are_read_and_subtotals_are_not(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    lines = [
        {"DetailType": "DescriptionOnly", "Description": "Read this", "DescriptionLineDetail": {}},
        {
            "DetailType": "SalesItemLineDetail",
            "Amount": 5,
            "SalesItemLineDetail": {"ItemRef": {"value": item}},
        },
        {
            "DetailType": "DiscountLineDetail",
            "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
        },
    ]
    fields = {"CustomerRef": {"value": customer}, "Line": lines}
    row = standin.person("create", "Invoice", fields=fields)

    record = client.load(INVOICE, [row["Id"]])[row["Id"]]

    assert [part.fields["DetailType"] for part in record.parts] == [
        "DescriptionOnly",
        "SalesItemLineDetail",
        "DiscountLineDetail",
    ]
    assert "SalesItemLineDetail.Qty" not in record.parts[1].fields
    assert record.parts[2].id == "DiscountLineDetail 1"
    assert "SubTotalLineDetail" in {each["DetailType"] for each in row["Line"]}


def test_a_deleted_invoice_is_gone(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    made = one(client.write([invoice("k", customer, line(item, "1", "5", "5"))]))
    standin.person("delete", "Invoice", id=made.record_id)

    assert client.read(INVOICE, made.record_id or "") is None
    assert client.load(INVOICE, [made.record_id or ""]) == {}
    assert client.find_created(INVOICE, [Probe(LONG_AGO)]) == [[]]


# Found again


def test_documents_of_a_window_are_told_apart_by_their_marker(
    standin: StandIn, client: RecordSystem, customer: str, item: str
) -> None:
    ours = one(client.write([invoice("k", customer, line(item, "1", "5", "5"))]))
    note = f"ask Salesforce {SALESFORCE_ID[:-1]}X, please"
    fields = {
        "CustomerRef": {"value": customer},
        "PrivateNote": note,
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Amount": 5,
                "SalesItemLineDetail": {"ItemRef": {"value": item}},
            }
        ],
    }
    theirs = standin.person("create", "Invoice", fields=fields)
    soon = datetime.now(UTC) + timedelta(hours=1)

    found = client.find_created(
        INVOICE,
        [
            Probe(LONG_AGO, marker=SALESFORCE_ID),
            Probe(LONG_AGO),
            Probe(soon, marker=SALESFORCE_ID),
        ],
    )

    assert [[record.id for record in records] for records in found] == [
        [ours.record_id],
        [ours.record_id, theirs["Id"]],
        [],
    ]


def test_items_carry_no_marker_and_the_whole_window_is_shown(
    standin: StandIn, client: RecordSystem, item: str
) -> None:
    fields: Fields = {
        "Name": "Elm",
        "Type": "Service",
        "IncomeAccountRef.value": INCOME_ACCOUNT,
        "Description": "A\nB",
    }
    write = Write(
        System.QUICKBOOKS,
        "Item",
        WriteKind.CREATE,
        fields=fields,
        key="k",
        marker=SALESFORCE_ID,
    )

    made = one(client.write([write]))
    standin.person("deactivate", "Item", id=item)
    [found] = client.find_created(ITEM, [Probe(LONG_AGO, marker=SALESFORCE_ID)])

    assert made.record is not None
    assert made.record.marker is None
    assert fields.items() <= made.record.fields.items()
    assert {(record.id, record.is_active) for record in found} == {
        (item, False),
        (made.record_id, True),
    }
