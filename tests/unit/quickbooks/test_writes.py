"""What becomes of writes, one by one, whatever QuickBooks answers."""

from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
import requests
from urllib3.exceptions import NewConnectionError

from bridge.errors import (
    ConnectionLostError,
    PermanentError,
    RateLimitedError,
    RecordRejectedError,
    UnavailableError,
)
from bridge.model import Fate, System, Value, Write, WriteKind, WriteResult
from tests.unit.quickbooks.script import Asked, Reply, World, fault, recorded, world

SALESFORCE_ID = "0015g00000XyZaBAAV"


def create(key: str, **fields: Value) -> Write:
    return Write(
        System.QUICKBOOKS,
        "Customer",
        WriteKind.CREATE,
        fields=fields,
        key=key,
        marker=SALESFORCE_ID,
    )


def update(record_id: str, version: str | None = "0", **fields: Value) -> Write:
    return Write(
        System.QUICKBOOKS,
        "Customer",
        WriteKind.UPDATE,
        record_id=record_id,
        version=version,
        fields=fields or {"CompanyName": "A"},
    )


def updates(count: int) -> list[Write]:
    return [update(str(number)) for number in range(1, count + 1)]


def done(asked: Asked) -> Reply:
    """Answer a batch in reverse order, each item done."""
    return Reply(
        {"BatchItemResponse": [_done(item) for item in reversed(asked.json["BatchItemRequest"])]}
    )


def _done(item: dict[str, Any]) -> dict[str, Any]:
    body = item["Customer"]
    version = str(int(body.get("SyncToken", "-1")) + 1)
    row = {**body, "Id": body.get("Id", "70"), "SyncToken": version, "sparse": False}
    return {"bId": item["bId"], "Customer": row}


def answering(answer: Any) -> World:
    """Build a client whose vendor answers every call by a function of the request."""
    made = world()

    class Replies(list[Reply]):
        def pop(self, index: Any = -1) -> Reply:
            reply: Reply = answer(made.script.asked[-1])
            return reply

    made.script.replies = Replies()
    return made


def fates(results: Any) -> list[Fate]:
    return [result.fate for result in results]


def write_one(reply: Reply, write: Write | None = None) -> WriteResult:
    (result,) = world(reply).client.write([write or update("1")])
    return result


def item(batch_id: str = "u0", **said: Any) -> Reply:
    return Reply({"BatchItemResponse": [{"bId": batch_id, **said}], "time": "now"})


def test_an_update_is_sparse_and_carries_id_and_token() -> None:
    made = answering(done)

    (result,) = made.client.write([update("68", "4", DisplayName="Jack Moe", CompanyName=None)])

    assert (result.fate, result.record_id, result.version) == (Fate.DONE, "68", "5")
    assert result.record is not None
    assert result.record.fields["DisplayName"] == "Jack Moe"
    (asked,) = made.script.asked
    assert (asked.method, asked.path) == ("POST", "/v3/company/9130/batch")
    assert asked.query == {"minorversion": "75"}
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.json == {
        "BatchItemRequest": [
            {
                "bId": "u0",
                "operation": "update",
                "Customer": {
                    "Id": "68",
                    "SyncToken": "4",
                    "sparse": True,
                    "DisplayName": "Jack Moe",
                    "CompanyName": "",
                },
            }
        ]
    }
    assert made.slots.taken == [("batch", 0)]


def test_a_hundred_updates_take_four_batches_and_no_metered_read() -> None:
    made = answering(done)

    results = made.client.write(updates(100))

    assert [result.record_id for result in results] == [str(n) for n in range(1, 101)]
    assert [len(a.json["BatchItemRequest"]) for a in made.script.asked] == [30, 30, 30, 10]
    assert made.slots.taken == [("batch", 0)] * 4


def test_a_create_carries_its_marker_and_an_idempotency_key() -> None:
    made = answering(done)

    (result,) = made.client.write([create("9130|customer|1|0", DisplayName="Cool Cars")])

    assert (result.fate, result.record_id, result.version) == (Fate.DONE, "70", "0")
    assert result.record is not None
    assert result.record.marker == SALESFORCE_ID
    (asked,) = made.script.asked
    batch_id = sha256(b"9130|customer|1|0").hexdigest()[:10]
    assert asked.query["requestid"] == sha256(batch_id.encode()).hexdigest()[:32]
    assert asked.json["BatchItemRequest"] == [
        {
            "bId": batch_id,
            "operation": "create",
            "Customer": {"DisplayName": "Cool Cars", "Notes": f"Salesforce {SALESFORCE_ID}"},
        }
    ]


def test_the_same_creates_in_another_order_carry_the_same_keys() -> None:
    made = answering(done)

    made.client.write([create("a"), create("b")])
    made.client.write([create("b"), create("a")])

    first, second = made.script.asked
    assert first.query["requestid"] == second.query["requestid"]
    assert sorted(i["bId"] for i in first.json["BatchItemRequest"]) == sorted(
        i["bId"] for i in second.json["BatchItemRequest"]
    )


def test_two_creates_with_one_key_go_in_two_batches() -> None:
    made = answering(done)

    results = made.client.write([create("a", DisplayName="A"), create("a", DisplayName="B")])

    assert [r.record and r.record.fields["DisplayName"] for r in results] == ["A", "B"]
    assert len(made.script.asked) == 2


def test_updates_and_creates_go_apart_and_results_keep_the_order() -> None:
    made = answering(done)

    results = made.client.write([create("a"), update("1"), create("b"), update("2")])

    assert [result.record_id for result in results] == ["70", "1", "70", "2"]
    assert [len(a.json["BatchItemRequest"]) for a in made.script.asked] == [2, 2]
    assert ["requestid" in asked.query for asked in made.script.asked] == [False, True]


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (update("1", None), "version_missing"),
        (update("1'"), "id_malformed"),
        (create(""), "key_missing"),
    ],
)
def test_a_write_that_cannot_be_sent_harms_no_other(write: Write, reason: str) -> None:
    made = answering(done)

    refused, good = made.client.write([write, update("2")])

    assert (refused.fate, refused.error and refused.error.reason) == (Fate.REFUSED, reason)
    assert good.fate is Fate.DONE


def test_nothing_to_write_is_no_call() -> None:
    assert world().client.write([]) == []


def test_each_item_of_a_batch_has_its_own_fate() -> None:
    by_id = {
        "1": {"Customer": {"Id": "1", "SyncToken": "1"}},
        "2": recorded("fault-5010-stale-object"),
        "3": recorded("fault-610-object-not-found"),
        "4": recorded("fault-6240-duplicate-name")["response"],
        "5": fault("6000", "Business Validation Error: Unexpected Internal Error. (-30000)"),
        "6": fault("3001"),
        "7": {},
    }

    def answer(asked: Asked) -> Reply:
        sent = asked.json["BatchItemRequest"]
        said = [{"bId": i["bId"], **by_id[i["Customer"]["Id"]]} for i in sent]
        return Reply({"BatchItemResponse": [one for one in said if len(one) > 1]})

    results = answering(answer).client.write(updates(7))

    assert fates(results) == [
        Fate.DONE,
        Fate.STALE,
        Fate.MISSING,
        Fate.REFUSED,
        Fate.UNKNOWN,
        Fate.NOT_SENT,
        Fate.UNKNOWN,
    ]


def test_a_recorded_batch_with_two_errors_in_one_item_is_read() -> None:
    (refused, done_one, *_) = recorded("batch-mixed-two-errors-in-one-item")["BatchItemResponse"]

    first = write_one(item(Fault=refused["Fault"]))
    second = write_one(item(Customer=done_one["Customer"]))

    assert (first.fate, first.error and first.error.reason) == (Fate.REFUSED, "value_too_long")
    assert (second.fate, second.record_id, second.version) == (Fate.DONE, "19891", "")


def test_a_refusal_names_record_field_and_code_and_keeps_the_text_beside() -> None:
    result = write_one(item(**fault("2050", "Jane Roe is too long", "DisplayName")))

    assert isinstance(result.error, RecordRejectedError)
    assert str(result.error) == (
        "value_too_long system=quickbooks operation=update Customer record_id=1"
        " code=2050 field=DisplayName"
    )
    assert result.vendor_text == "Jane Roe is too long"


def test_a_create_that_refers_to_something_gone_is_refused_not_missing() -> None:
    write = create("a")
    batch_id = sha256(b"a").hexdigest()[:10]

    result = write_one(item(batch_id, **fault("610")), write)

    assert (result.fate, result.error and result.error.reason) == (
        Fate.REFUSED,
        "reference_missing",
    )


@pytest.mark.parametrize(
    "reply",
    [
        Reply(error=requests.ReadTimeout("slow")),
        Reply(error=requests.ConnectionError("Connection aborted.")),
        Reply(b"", 502),
        Reply(b"<html>Service Unavailable</html>", 503),
        Reply(recorded("fault-10000-system-xml")["body"].encode(), 500),
        Reply(b'{"BatchItemResponse":[{"bId":"u0","Custo'),
        Reply(b""),
        Reply({"time": "now"}),
        Reply({"BatchItemResponse": {"bId": "u0"}}),
        item("u1", Customer={"Id": "1"}),
        item("u0", Customer={"time": "now"}),
        item("u0"),
    ],
)
def test_what_was_not_answered_properly_is_unknown(reply: Reply) -> None:
    result = write_one(reply)

    assert result.fate is Fate.UNKNOWN
    assert isinstance(result.error, UnavailableError)
    assert result.error.is_unknown


def test_after_an_unknown_outcome_nothing_more_is_sent() -> None:
    made = world(Reply(b"", 502))

    results = made.client.write(updates(31))

    assert fates(results) == [Fate.UNKNOWN] * 30 + [Fate.NOT_SENT]
    assert isinstance(results[-1].error, UnavailableError)
    assert not results[-1].error.is_unknown
    assert len(made.script.asked) == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(fault("3001"), 429), RateLimitedError),
        (Reply(recorded("fault-3100-forbidden-lowercase-envelope"), 403), ConnectionLostError),
        (Reply(b"", 403), UnavailableError),
        (Reply(error=requests.ConnectTimeout("slow")), UnavailableError),
        (
            Reply(error=requests.ConnectionError(NewConnectionError("pool", "refused"))),  # type: ignore[arg-type]
            UnavailableError,
        ),
    ],
)
def test_what_certainly_did_nothing_may_be_sent_later(reply: Reply, kind: type[Exception]) -> None:
    made = world(reply)

    results = made.client.write(updates(31))

    assert set(fates(results)) == {Fate.NOT_SENT}
    assert all(isinstance(result.error, kind) for result in results)
    assert len(made.script.asked) == 1


def test_a_refused_token_did_nothing_and_the_batch_is_repeated() -> None:
    made = world(Reply(b"", 401), item(Customer={"Id": "1", "SyncToken": "1"}))

    (result,) = made.client.write([update("1")])

    assert result.fate is Fate.DONE
    assert made.tokens.renewed == ["token-0"]


def test_a_used_up_budget_sends_nothing() -> None:
    made = world()
    made.slots.is_used_up = True

    (result,) = made.client.write([update("1")])

    assert (result.fate, type(result.error)) == (Fate.NOT_SENT, RateLimitedError)


def test_one_record_that_spoils_a_whole_batch_does_not_harm_its_neighbours() -> None:
    def answer(asked: Asked) -> Reply:
        ids = [i["Customer"]["Id"] for i in asked.json["BatchItemRequest"]]
        return Reply(fault("2010", "bad"), 400) if "7" in ids else done(asked)

    made = answering(answer)

    results = made.client.write(updates(30))

    assert [r.record_id for r in results if r.fate is Fate.REFUSED] == ["7"]
    assert fates(results).count(Fate.DONE) == 29
    assert results[6].vendor_text == "bad"
    assert len(made.script.asked) <= 11


def test_a_company_that_cannot_be_written_to_is_asked_once_a_batch() -> None:
    made = answering(lambda asked: Reply(fault("6190")))

    results = made.client.write(updates(30))

    assert set(fates(results)) == {Fate.REFUSED}
    assert isinstance(results[0].error, PermanentError)
    assert len(made.script.asked) == 1


# Documents


def document(key: str, **fields: Value) -> Write:
    line = Write(System.QUICKBOOKS, "Line", WriteKind.CREATE, fields={"Amount": Decimal("5")})
    return Write(
        System.QUICKBOOKS,
        "Invoice",
        WriteKind.CREATE,
        fields=fields or {"CustomerRef.value": "1"},
        parts=(line,),
        key=key,
        marker=SALESFORCE_ID,
        is_whole=True,
    )


def made_document(asked: Asked) -> Reply:
    return Reply({"Invoice": {**asked.json, "Id": "130", "SyncToken": "0"}, "time": "now"})


def test_a_document_goes_alone_under_a_requestid_made_of_its_key() -> None:
    made = answering(made_document)

    (result,) = made.client.write([document("9130|invoice|a00|1")])

    assert (result.fate, result.record_id, result.version) == (Fate.DONE, "130", "0")
    assert result.record is not None
    assert (result.record.marker, len(result.record.parts)) == (SALESFORCE_ID, 1)
    (asked,) = made.script.asked
    assert (asked.method, asked.path) == ("POST", "/v3/company/9130/invoice")
    request_id = sha256(b"9130|invoice|a00|1").hexdigest()[:32]
    assert asked.query == {"minorversion": "75", "requestid": request_id}
    assert asked.json == {
        "CustomerRef": {"value": "1"},
        "PrivateNote": f"Salesforce {SALESFORCE_ID}",
        "Line": [{"Amount": 5}],
    }
    assert made.slots.taken == [("request", 0)]


def test_a_repeat_of_a_document_is_the_same_request_whatever_it_says_now() -> None:
    made = answering(made_document)

    made.client.write([document("a|1", DocNumber="1")])
    made.client.write([document("a|1", DocNumber="2")])
    made.client.write([document("a|2", DocNumber="2")])

    first, again, other = (asked.query["requestid"] for asked in made.script.asked)
    assert first == again != other


def test_documents_follow_updates_and_creates_and_results_keep_the_order() -> None:
    def answer(asked: Asked) -> Reply:
        return done(asked) if asked.path.endswith("batch") else made_document(asked)

    made = answering(answer)

    results = made.client.write([document("d"), create("a"), update("1"), document("e")])

    assert [result.record_id for result in results] == ["130", "70", "1", "130"]
    assert [asked.path.rpartition("/")[2] for asked in made.script.asked] == [
        "batch",
        "batch",
        "invoice",
        "invoice",
    ]


@pytest.mark.parametrize(
    ("reply", "fate", "reason"),
    [
        (Reply(fault("600"), 400), Fate.UNKNOWN, "request_repeated"),
        (
            Reply(fault("6000", "Unexpected Internal Error. (-30000)"), 400),
            Fate.UNKNOWN,
            "quickbooks_unavailable",
        ),
        (Reply(fault("6000", "You must set an amount."), 400), Fate.REFUSED, "rejected_by_rule"),
        (Reply(fault("6070"), 400), Fate.REFUSED, "amount_mismatch"),
        (Reply(fault("6140"), 400), Fate.REFUSED, "number_taken"),
        (Reply(fault("6210"), 400), Fate.REFUSED, "books_closed"),
        (Reply(fault("610"), 400), Fate.REFUSED, "reference_missing"),
        (Reply(fault("2500"), 400), Fate.REFUSED, "reference_missing"),
        (Reply(fault("2500")), Fate.REFUSED, "reference_missing"),
        (Reply({"Invoice": {"SyncToken": "0"}}), Fate.UNKNOWN, "answer_incomplete"),
        (Reply({"Invoice": "130"}), Fate.UNKNOWN, "answer_incomplete"),
        (Reply({"time": "now"}), Fate.UNKNOWN, "answer_incomplete"),
    ],
)
def test_what_is_said_of_one_document_is_its_fate_and_nobody_elses(
    reply: Reply, fate: Fate, reason: str
) -> None:
    replies = iter([reply])
    made = answering(lambda asked: next(replies, None) or made_document(asked))

    first, second = made.client.write([document("a"), document("b")])

    assert (first.fate, first.error and first.error.reason) == (fate, reason)
    assert second.fate is Fate.DONE


@pytest.mark.parametrize(
    ("reply", "fate"),
    [
        (Reply(error=requests.ReadTimeout("slow")), Fate.UNKNOWN),
        (Reply(error=requests.ConnectionError("Connection aborted.")), Fate.UNKNOWN),
        (Reply(b"", 502), Fate.UNKNOWN),
        (Reply(fault("10000"), 500), Fate.UNKNOWN),
        (Reply(fault("2500"), 500), Fate.UNKNOWN),
        (Reply(b'{"Invoice":{"Id":"130","Sy'), Fate.UNKNOWN),
        (Reply(b""), Fate.UNKNOWN),
        (Reply(fault("3001"), 429), Fate.NOT_SENT),
        (Reply(b"", 403), Fate.NOT_SENT),
        (Reply(error=requests.ConnectTimeout("slow")), Fate.NOT_SENT),
    ],
)
def test_after_a_document_that_was_not_answered_properly_no_other_is_sent(
    reply: Reply, fate: Fate
) -> None:
    made = world(reply)

    results = made.client.write([document("a"), document("b")])

    assert fates(results) == [fate, Fate.NOT_SENT]
    assert len(made.script.asked) == 1


def test_a_document_without_a_key_is_not_sent() -> None:
    (result,) = world().client.write([document("")])

    assert (result.fate, result.error and result.error.reason) == (Fate.REFUSED, "key_missing")
