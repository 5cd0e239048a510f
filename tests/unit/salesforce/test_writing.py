"""Writes: how many calls, in which order, and what each answer means for each record."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import requests

from bridge.errors import ConnectionLostError, UnavailableError
from bridge.model import AccessToken, Fate, System, Write, WriteKind, WriteResult
from tests.unit.salesforce.scripted_org import Org, answer, recorded

VERSION = "2026-11-22T08:00:03.000+0000"
ACCOUNT_ID = "001RM000003oLnnYAE"
CONTACT_ID = "003ak00000luKU1AAM"
LOCKED = recorded("error-unable-to-lock-row")


def account_id(number: int) -> str:
    # Capitals would change the checksum; digits alone have none.
    return f"001{number:012d}AAA"


def create(number: int = 7, **changes: Any) -> Write:
    write = Write(
        System.SALESFORCE,
        "Account",
        WriteKind.CREATE,
        fields={"Name": f"Acme {number}", "Credit__c": Decimal("10.50")},
        key=f"1:customer:{number}",
    )
    return replace(write, **changes)


def update(number: int = 7, **changes: Any) -> Write:
    write = Write(
        System.SALESFORCE,
        "Account",
        WriteKind.UPDATE,
        record_id=account_id(number),
        version=VERSION,
        fields={"Phone": None},
    )
    return replace(write, **changes)


def contact(record_id: str | None = None, **changes: Any) -> Write:
    kind = WriteKind.UPDATE if record_id else WriteKind.CREATE
    write = Write(
        System.SALESFORCE,
        "Contact",
        kind,
        record_id=record_id,
        version=VERSION if record_id else None,
        fields={"LastName": "Fuller"},
    )
    return replace(write, **changes)


def inserted(*ids: str | None, error: Any = None) -> requests.Response:
    """Answer a collection; None stands for an item refused with the error."""
    refusal = {"success": False, "errors": [error]}
    good: list[Any] = [{"id": each, "success": True, "errors": []} for each in ids]
    return answer([item if item["id"] else refusal for item in good])


def changed(*statuses: int, body: Any = None) -> requests.Response:
    items: list[Any] = [
        {
            "referenceId": f"r{place}",
            "httpStatusCode": status,
            "httpHeaders": {},
            "body": body if status != 204 else None,
        }
        for place, status in enumerate(statuses)
    ]
    return answer({"compositeResponse": items})


def fates(results: Sequence[WriteResult]) -> list[Fate]:
    return [result.fate for result in results]


def test_new_records_go_in_one_collection_and_their_parts_in_a_second() -> None:
    org = Org(inserted(ACCOUNT_ID, account_id(8)), inserted(CONTACT_ID, CONTACT_ID))

    results = org.client.write([create(7, parts=(contact(),)), create(8, parts=(contact(),))])

    assert [str(request.url).rpartition("v67.0/")[2] for request in org.script.requests] == [
        "composite/sobjects",
        "composite/sobjects",
    ]
    roots, parts = org.script.bodies()
    assert roots == {
        "allOrNone": False,
        "records": [
            {
                "attributes": {"type": "Account"},
                "Name": f"Acme {number}",
                "Credit__c": 10.5,
                "QuickBooks_Id__c": f"1:customer:{number}",
            }
            for number in (7, 8)
        ],
    }
    assert parts["records"] == [
        {"attributes": {"type": "Contact"}, "LastName": "Fuller", "AccountId": root}
        for root in (ACCOUNT_ID, account_id(8))
    ]
    assert [result.record_id for result in results] == [ACCOUNT_ID, account_id(8)]
    assert results[0].parts[0].record_id == CONTACT_ID


def test_a_duplicate_external_id_refuses_its_record_and_part_alone() -> None:
    error = {
        "statusCode": "DUPLICATE_VALUE",
        "message": "duplicate value found: QuickBooks_Id__c duplicates value on record with id: 1",
        "fields": [],
    }
    org = Org(inserted(None, ACCOUNT_ID, error=error), inserted(CONTACT_ID))

    results = org.client.write([create(7, parts=(contact(),)), create(8, parts=(contact(),))])

    assert fates(results) == [Fate.REFUSED, Fate.DONE]
    assert results[0].error is not None
    assert (results[0].error.reason, results[0].error.field) == (
        "duplicate_value",
        "QuickBooks_Id__c",
    )
    assert results[0].vendor_text == error["message"]
    assert fates(results[0].parts) == [Fate.REFUSED]
    assert fates(results[1].parts) == [Fate.DONE]


def test_updates_go_by_composite_with_a_condition_each() -> None:
    org = Org(changed(204))

    results = org.client.write([update(own_fields={"message": "lost: a"})])

    assert org.script.bodies() == [
        {
            "allOrNone": False,
            "collateSubrequests": False,
            "compositeRequest": [
                {
                    "method": "PATCH",
                    "url": f"/services/data/v67.0/sobjects/Account/{account_id(7)}",
                    "referenceId": "r0",
                    "httpHeaders": {
                        "Sforce-Call-Options": "client=bridge",
                        "Sforce-Auto-Assign": "FALSE",
                        "If-Unmodified-Since": "Sun, 22 Nov 2026 08:00:03 GMT",
                    },
                    "body": {"Phone": None, "QuickBooks_Sync_Message__c": "lost: a"},
                }
            ],
        }
    ]
    assert fates(results) == [Fate.DONE]
    assert results[0].record_id == account_id(7)


@pytest.mark.parametrize(
    "write",
    [update(fields={}, own_fields={"status": "Synced"}, version=None), update(version=None)],
)
def test_writes_without_a_version_have_no_condition(write: Write) -> None:
    org = Org(changed(204))

    org.client.write([write])

    [subrequest] = org.script.bodies()[0]["compositeRequest"]
    assert "If-Unmodified-Since" not in subrequest["httpHeaders"]


def test_a_part_is_written_after_its_root_stands() -> None:
    org = Org(changed(204, 412), changed(204, 201, body={"id": CONTACT_ID, "success": True}))

    results = org.client.write(
        [
            update(7, parts=(contact(CONTACT_ID),)),
            update(8, parts=(contact(CONTACT_ID),)),
            update(9, fields={}, parts=(contact(),)),
        ]
    )

    roots, parts = (body["compositeRequest"] for body in org.script.bodies())
    assert [each["url"][-18:] for each in roots] == [account_id(7), account_id(8)]
    assert [each["method"] for each in parts] == ["PATCH", "POST"]
    assert parts[0]["httpHeaders"]["If-Unmodified-Since"]
    assert parts[1]["body"] == {"LastName": "Fuller", "AccountId": account_id(9)}
    assert fates(results) == [Fate.DONE, Fate.STALE, Fate.DONE]
    assert [fates(result.parts) for result in results] == [
        [Fate.DONE],
        [Fate.STALE],
        [Fate.DONE],
    ]
    assert results[2].parts[0].record_id == CONTACT_ID


def test_a_write_of_nothing_makes_no_call() -> None:
    org = Org()

    results = org.client.write([update(fields={}, parts=(contact(CONTACT_ID, fields={}),))])

    assert fates(results) == fates(results[0].parts) == [Fate.DONE]


def test_no_writes_make_no_call() -> None:
    assert Org().client.write([]) == []


def test_results_keep_the_order_of_the_writes() -> None:
    org = Org(inserted(ACCOUNT_ID), changed(204, 204))

    results = org.client.write([update(1), create(2), update(3)])

    assert [result.record_id for result in results] == [account_id(1), ACCOUNT_ID, account_id(3)]


@pytest.mark.parametrize(
    ("status", "body", "fate"),
    [
        (412, [{"errorCode": "PRECONDITION_FAILED", "message": "x"}], Fate.STALE),
        (412, None, Fate.STALE),
        (404, recorded("error-entity-is-deleted"), Fate.MISSING),
        (404, recorded("exchange-composite-not-found")["response"]["compositeResponse"][0]["body"],
         Fate.MISSING),
        (400, LOCKED, Fate.NOT_SENT),
        (400, recorded("error-required-field-missing"), Fate.REFUSED),
        (500, [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}], Fate.UNKNOWN),
        (503, [{"errorCode": "SERVER_UNAVAILABLE", "message": "x"}], Fate.NOT_SENT),
    ],
)  # fmt: skip
def test_each_answer_to_a_subrequest_has_its_fate(status: int, body: Any, fate: Fate) -> None:
    org = Org(changed(status, 204, body=body))

    results = org.client.write([update(1), update(2)])

    assert fates(results) == [fate, Fate.DONE]
    assert results[0].error is not None
    assert results[0].error.record_id == account_id(1)


@pytest.mark.parametrize(
    ("reply", "fate"),
    [
        (requests.ReadTimeout(), Fate.UNKNOWN),
        (requests.ConnectionError("reset by peer"), Fate.UNKNOWN),
        (requests.ConnectTimeout(), Fate.NOT_SENT),
        (answer("<html/>", 500), Fate.UNKNOWN),
        (answer("<html/>", 504), Fate.UNKNOWN),
        (answer([{"errorCode": "SERVER_UNAVAILABLE"}], 503), Fate.NOT_SENT),
        (answer([{"errorCode": "REQUEST_LIMIT_EXCEEDED"}], 403), Fate.NOT_SENT),
        (answer('{"compositeResponse":[{"http', 200), Fate.UNKNOWN),
    ],
)
def test_a_lost_call_decides_its_own_records_and_nothing_more_is_sent(
    reply: Any, fate: Fate
) -> None:
    org = Org(changed(*[204] * 25), reply)

    results = org.client.write([update(number, parts=(contact(),)) for number in range(60)])

    assert fates(results) == [Fate.DONE] * 25 + [fate] * 25 + [Fate.NOT_SENT] * 10
    assert {part.fate for result in results for part in result.parts} == {Fate.NOT_SENT}
    assert len(org.script.requests) == 2
    later = results[-1].error
    assert not (isinstance(later, UnavailableError) and later.is_unknown)


@pytest.mark.parametrize("body", [None, [], {}, {"compositeResponse": [{"referenceId": "r1"}]}])
def test_an_answer_that_leaves_records_out_leaves_them_in_doubt(body: Any) -> None:
    org = Org(answer(body))

    results = org.client.write([update(1), update(2)])

    assert fates(results) == [Fate.UNKNOWN, Fate.UNKNOWN]


@pytest.mark.parametrize("body", [[], [{"success": True}] * 2, [None, 3], [{"success": True}]])
def test_a_collection_without_ids_leaves_its_records_in_doubt(body: Any) -> None:
    org = Org(answer(body))

    results = org.client.write([create(1), create(2)])

    assert fates(results) == [Fate.UNKNOWN, Fate.UNKNOWN]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (recorded("collections-create-success"), [("done", ""), ("done", "")]),
        (
            recorded("collections-update-allornone"),
            [("not_sent", "rolled_back"), ("refused", "field_unknown")],
        ),
        (
            [recorded("create-success-false"), recorded("collections-create-success")[0]],
            [("refused", "id_malformed"), ("done", "")],
        ),
    ],
)
def test_recorded_items_of_collections_are_understood(
    items: list[Any], expected: list[tuple[str, str]]
) -> None:
    org = Org(answer(items))

    results = org.client.write([create(1), create(2)])

    told = [(result.fate.value, result.error.reason if result.error else "") for result in results]
    assert told == expected


def test_a_value_that_spoils_a_whole_collection_is_found_by_halving_it() -> None:
    spoilt = answer([{"errorCode": "JSON_PARSER_ERROR", "message": "x"}], 400)
    org = Org(
        spoilt,
        inserted(account_id(1), account_id(2)),
        answer([{"errorCode": "JSON_PARSER_ERROR", "message": "x"}], 400),
        answer([{"errorCode": "JSON_PARSER_ERROR", "message": "x"}], 400),
        inserted(account_id(4)),
    )

    results = org.client.write([create(number) for number in (1, 2, 3, 4)])

    assert fates(results) == [Fate.DONE, Fate.DONE, Fate.REFUSED, Fate.DONE]


def test_a_refused_token_is_renewed_once_for_a_write_too() -> None:
    org = Org(answer(recorded("error-invalid-session-id-401"), 401), changed(204))

    results = org.client.write([update()])

    assert fates(results) == [Fate.DONE]
    assert org.tokens.renewals == 1


def test_a_lost_grant_is_a_result_and_not_an_exception() -> None:
    org = Org(answer("", 401))

    def lost(rejected: AccessToken) -> AccessToken:
        raise ConnectionLostError("grant_refused")

    org.tokens.renew = lost  # type: ignore[method-assign]

    results = org.client.write([update(1), create(2)])

    assert fates(results) == [Fate.NOT_SENT, Fate.NOT_SENT]
    assert all(isinstance(result.error, ConnectionLostError) for result in results)


def test_calls_are_filled_to_their_limits() -> None:
    ids = [account_id(number) for number in range(201)]
    org = Org(inserted(*ids[:200]), inserted(ids[200]), *[changed(*[204] * 25)] * 4)

    results = org.client.write(
        [create(number) for number in range(201)] + [update(number) for number in range(100)]
    )

    assert set(fates(results)) == {Fate.DONE}
    assert len(org.script.requests) == 6


def test_neighbours_in_a_collection_are_of_one_object() -> None:
    org = Org(inserted(*[account_id(number) for number in range(4)]))
    writes = [
        replace(create(number), object=name)
        for number, name in enumerate(["Product2", "Account", "Product2", "Account"])
    ]

    results = org.client.write(writes)

    sent = [record["attributes"]["type"] for record in org.script.bodies()[0]["records"]]
    assert sent == ["Account", "Account", "Product2", "Product2"]
    assert [result.record_id for result in results] == [
        account_id(2), account_id(0), account_id(3), account_id(1),
    ]  # fmt: skip
