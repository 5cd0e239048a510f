"""Documents: one call each, and what each answer means for the root and its lines."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import requests

from bridge.model import Fate, System, Write, WriteKind, WriteResult
from bridge.salesforce.ids import to_18
from tests.unit.salesforce.scripted_org import Org, answer

INVOICE_ID = to_18("a00000000000001")
LINE_IDS = (to_18("a01000000000001"), to_18("a01000000000002"))


def line(number: int, **changes: Any) -> Write:
    fields = {"Line_Number__c": Decimal(number), "Unit_Price__c": Decimal("12.3456789")}
    write = Write(
        System.SALESFORCE,
        "Invoice_Line__c",
        WriteKind.CREATE,
        fields=fields,
        relationship="Invoice_Lines__r",
        parent="Invoice__c",
    )
    return replace(write, **changes)


def invoice(number: int = 7, lines: int = 2) -> Write:
    return Write(
        System.SALESFORCE,
        "Invoice__c",
        WriteKind.CREATE,
        fields={"Date__c": date(2026, 11, 22), "Memo__c": "Müller"},
        own_fields={"status": "In sync"},
        key=f"1:invoice:{number}",
        parts=tuple(line(each) for each in range(1, lines + 1)),
        is_whole=True,
    )


def account() -> Write:
    return Write(System.SALESFORCE, "Account", WriteKind.CREATE, fields={"Name": "A"}, key="k")


def saved(*ids: str) -> requests.Response:
    names = ["root", *(f"line{number}" for number in range(len(ids) - 1))]
    results = [{"referenceId": name, "id": each} for name, each in zip(names, ids, strict=True)]
    return answer({"hasErrors": False, "results": results}, 201)


def refused(code: str, reference: str = "root", *, status: int = 400) -> requests.Response:
    error = {"statusCode": code, "message": "Müller said no", "fields": ["Quantity__c"]}
    body = {"hasErrors": True, "results": [{"referenceId": reference, "errors": [error]}]}
    return answer(body, status)


def fates(results: Sequence[WriteResult]) -> list[Fate]:
    return [result.fate for result in results]


def test_a_document_is_one_tree_with_its_lines_below_their_relationship() -> None:
    org = Org(saved(INVOICE_ID, *LINE_IDS))

    (result,) = org.client.write([invoice()])

    assert (result.fate, result.record_id) == (Fate.DONE, INVOICE_ID)
    assert [(part.fate, part.record_id) for part in result.parts] == [
        (Fate.DONE, each) for each in LINE_IDS
    ]
    (request,) = org.script.requests
    assert str(request.url).endswith("/v67.0/composite/tree/Invoice__c")
    assert request.headers["Sforce-Auto-Assign"] == "FALSE"
    assert org.script.bodies() == [
        {
            "records": [
                {
                    "attributes": {"type": "Invoice__c", "referenceId": "root"},
                    "Date__c": "2026-11-22",
                    "Memo__c": "Müller",
                    "QuickBooks_Sync_Status__c": "In sync",
                    "QuickBooks_Id__c": "1:invoice:7",
                    "Invoice_Lines__r": {
                        "records": [
                            {
                                "attributes": {
                                    "type": "Invoice_Line__c",
                                    "referenceId": f"line{number}",
                                },
                                "Line_Number__c": number + 1,
                                "Unit_Price__c": 12.3456789,
                            }
                            for number in range(2)
                        ]
                    },
                }
            ]
        }
    ]


def test_ids_are_told_apart_by_reference_and_not_by_place() -> None:
    results = [
        {"referenceId": "line1", "id": LINE_IDS[1]},
        {"referenceId": "root", "id": INVOICE_ID[:15]},
        {"referenceId": "line0", "id": LINE_IDS[0]},
    ]
    org = Org(answer({"hasErrors": False, "results": results}, 201))

    (result,) = org.client.write([invoice()])

    assert result.record_id == INVOICE_ID
    assert tuple(part.record_id for part in result.parts) == LINE_IDS


def test_documents_go_between_inserts_and_updates_one_call_each() -> None:
    update = Write(
        System.SALESFORCE,
        "Invoice__c",
        WriteKind.UPDATE,
        record_id=INVOICE_ID,
        fields={"Memo__c": "x"},
    )
    org = Org(
        answer([{"id": to_18("001000000000001"), "success": True, "errors": []}]),
        saved(INVOICE_ID),
        saved(INVOICE_ID),
        answer({"compositeResponse": [{"referenceId": "r0", "httpStatusCode": 204}]}),
    )

    results = org.client.write([invoice(1, 0), update, account(), invoice(2, 0)])

    assert fates(results) == [Fate.DONE] * 4
    assert [str(request.url).rpartition("v67.0/")[2] for request in org.script.requests] == [
        "composite/sobjects",
        "composite/tree/Invoice__c",
        "composite/tree/Invoice__c",
        "composite",
    ]


@pytest.mark.parametrize(
    ("code", "fate", "reason"),
    [
        ("DUPLICATE_VALUE", Fate.REFUSED, "duplicate_value"),
        ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Fate.REFUSED, "validation_rule"),
        ("REQUIRED_FIELD_MISSING", Fate.REFUSED, "value_missing"),
        ("INVALID_CROSS_REFERENCE_KEY", Fate.REFUSED, "reference_missing"),
        ("ENTITY_IS_DELETED", Fate.REFUSED, "reference_missing"),
        ("UNABLE_TO_LOCK_ROW", Fate.NOT_SENT, "record_locked"),
        ("UNKNOWN_EXCEPTION", Fate.UNKNOWN, "salesforce_unavailable"),
        ("SOMETHING_NEW", Fate.REFUSED, "unknown_fault"),
    ],
)
@pytest.mark.parametrize("reference", ["root", "line1"])
def test_one_refused_record_refuses_its_document_and_no_other(
    code: str, fate: Fate, reason: str, reference: str
) -> None:
    org = Org(refused(code, reference), saved(INVOICE_ID, *LINE_IDS))

    first, second = org.client.write([invoice(1), invoice(2)])

    assert (first.fate, first.error and first.error.reason) == (fate, reason)
    assert fates(first.parts) == [fate] * 2
    assert first.error is not None
    assert (first.error.code, first.error.field) == (code, "Quantity__c")
    assert first.vendor_text == "Müller said no"
    assert "ller" not in str(first.error)
    assert second.fate is Fate.DONE


@pytest.mark.parametrize(
    ("reply", "fate"),
    [
        (requests.ReadTimeout(), Fate.UNKNOWN),
        (requests.ConnectionError("reset by peer"), Fate.UNKNOWN),
        (answer("<html/>", 500), Fate.UNKNOWN),
        (answer('{"hasErrors":false,"results":[{"referenceId":"ro', 201), Fate.UNKNOWN),
        (answer([{"errorCode": "REQUEST_RUNNING_TOO_LONG"}], 400), Fate.UNKNOWN),
        (requests.ConnectTimeout(), Fate.NOT_SENT),
        (answer([{"errorCode": "SERVER_UNAVAILABLE"}], 503), Fate.NOT_SENT),
        (answer([{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403), Fate.NOT_SENT),
    ],
)
def test_after_a_call_that_failed_as_a_whole_no_other_document_is_sent(
    reply: Any, fate: Fate
) -> None:
    org = Org(reply)

    first, second = org.client.write([invoice(1), invoice(2)])

    assert (first.fate, second.fate) == (fate, Fate.NOT_SENT)
    assert fates(first.parts) == [fate] * 2
    assert len(org.script.requests) == 1


@pytest.mark.parametrize(
    "results",
    [
        None,
        [],
        [None],
        [{"referenceId": "root", "id": INVOICE_ID}],
        [{"referenceId": "root"}, {"referenceId": "line0", "id": LINE_IDS[0]}],
        [{"referenceId": "root", "id": "x"}, {"referenceId": "line0", "id": LINE_IDS[0]}],
    ],
)
def test_an_answer_that_leaves_a_record_out_leaves_the_document_in_doubt(results: Any) -> None:
    org = Org(answer({"hasErrors": False, "results": results}, 201))

    (result,) = org.client.write([invoice(lines=1)])

    assert (result.fate, fates(result.parts)) == (Fate.UNKNOWN, [Fate.UNKNOWN])


@pytest.mark.parametrize(("lines", "calls"), [(199, 1), (200, 0)])
def test_a_document_has_its_place_in_one_call_or_is_refused(lines: int, calls: int) -> None:
    ids = [to_18(f"a01{number:012d}") for number in range(lines)]
    org = Org(saved(INVOICE_ID, *ids))

    (result,) = org.client.write([invoice(lines=lines)])

    assert len(org.script.requests) == calls
    if not calls:
        assert (result.fate, result.error and result.error.reason) == (
            Fate.REFUSED,
            "too_many_lines",
        )
        assert fates(result.parts) == [Fate.REFUSED] * lines


def test_a_line_of_another_object_is_refused_without_a_call() -> None:
    org = Org()
    strange = replace(invoice(), parts=(line(1, object="Contact", relationship=""),))

    (result,) = org.client.write([strange])

    assert (result.fate, result.error and result.error.reason) == (Fate.REFUSED, "part_unknown")


def test_a_refused_token_is_renewed_once_for_a_tree_too() -> None:
    org = Org(
        answer([{"errorCode": "INVALID_SESSION_ID", "message": "x"}], 401),
        saved(INVOICE_ID, *LINE_IDS),
    )

    (result,) = org.client.write([invoice()])

    assert result.fate is Fate.DONE
    assert org.tokens.renewals == 1


def test_no_document_is_begun_without_time() -> None:
    times = iter([True, False])
    org = Org(saved(INVOICE_ID, *LINE_IDS))

    results = org.client.write([invoice(1), invoice(2)], lambda: next(times))

    assert fates(results) == [Fate.DONE, Fate.NOT_SENT]
