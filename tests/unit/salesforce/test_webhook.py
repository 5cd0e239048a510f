"""The signed batches of our package: who may speak, and what is understood."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.errors import InvalidSignatureError, PermanentError
from bridge.model import ChangeEvent, ChangeKind, System
from bridge.salesforce.webhook import Parsed, parse, verify

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
BODY = b'{"v": 1, "text": "caf\xc3\xa9"}'
ORG = "00D5f000005KcCnEAK"


def signature(body: bytes, at: datetime, key: str = "key-1") -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    digest = hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": timestamp, "X-Signature": f"v1={digest}"}


def envelope(*events: Any, **changes: Any) -> bytes:
    return json.dumps({"v": 1, "orgId": ORG, "events": list(events)} | changes).encode()


def event(**changes: Any) -> dict[str, Any]:
    return {
        "eventUuid": "e981b488-81f3-4fcc-bd6f-f7033c9d7ac3",
        "object": "Account",
        "recordId": "0015f00002J9YYEAA3",
        "operation": "UPDATE",
        "systemModstamp": "2026-11-22T07:59:58.000Z",
        "changedFields": ["Name"],
    } | changes


def test_fixed_vector_verifies() -> None:
    # openssl: printf '1795334400.{"v":1}' | openssl dgst -sha256 -hmac key-1
    headers = {
        "x-timestamp": "1795334400",
        "x-signature": "v1=b22a53f70c4f55b8eee1a3b5813a1ceba4c935dd99a4505b0e5ffe0acb55bd2e",
    }

    verify(b'{"v":1}', headers, ["key-1"], NOW)


@pytest.mark.parametrize("key", ["key-1", "key-2"])
def test_every_key_verifies_during_a_rotation(key: str) -> None:
    verify(BODY, signature(BODY, NOW, key), ["key-1", "key-2"], NOW)


def test_any_of_several_signatures_verifies() -> None:
    headers = signature(BODY, NOW)
    headers["X-Signature"] = f"v1={'0' * 64}, v2=x,{headers['X-Signature']}"

    verify(BODY, headers, ["key-1"], NOW)


def test_header_names_are_read_in_any_case() -> None:
    headers = {name.upper(): value for name, value in signature(BODY, NOW).items()}

    verify(BODY, headers, ["key-1"], NOW)


@pytest.mark.parametrize("offset_s", [-300, 0, 300])
def test_five_minutes_are_tolerated_both_ways(offset_s: int) -> None:
    verify(BODY, signature(BODY, NOW + timedelta(seconds=offset_s)), ["key-1"], NOW)


@pytest.mark.parametrize("offset_s", [-301, 301, -86400])
def test_a_longer_way_off_is_refused(offset_s: int) -> None:
    headers = signature(BODY, NOW + timedelta(seconds=offset_s))

    with pytest.raises(InvalidSignatureError):
        verify(BODY, headers, ["key-1"], NOW)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: headers.pop("X-Signature"),
        lambda headers: headers.pop("X-Timestamp"),
        lambda headers: headers.update({"X-Timestamp": "soon"}),
        lambda headers: headers.update({"X-Timestamp": "\u0661\u0667"}),
        lambda headers: headers.update({"X-Timestamp": "1" * 400}),
        lambda headers: headers.update({"X-Timestamp": str(int(NOW.timestamp()) + 1)}),
        lambda headers: headers.update({"X-Signature": headers["X-Signature"][3:]}),
        lambda headers: headers.update({"X-Signature": headers["X-Signature"].upper()}),
        lambda headers: headers.update({"X-Signature": headers["X-Signature"][:-1]}),
        lambda headers: headers.update({"X-Signature": "v1=\u00fc"}),
        lambda headers: headers.update({"X-Signature": "v1="}),
    ],
)
def test_spoiled_headers_are_refused(spoil: Any) -> None:
    headers = signature(BODY, NOW)
    spoil(headers)

    with pytest.raises(InvalidSignatureError):
        verify(BODY, headers, ["key-1"], NOW)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(InvalidSignatureError):
        verify(BODY + b" ", signature(BODY, NOW), ["key-1"], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["", "  "], ["other"]])
def test_a_missing_or_empty_key_never_verifies(secrets: list[str]) -> None:
    with pytest.raises(InvalidSignatureError):
        verify(BODY, signature(BODY, NOW, secrets[0] if secrets else ""), ["", *secrets[1:]], NOW)


def test_an_event_becomes_a_change() -> None:
    parsed = parse(envelope(event()), NOW)

    assert parsed == Parsed(
        (
            ChangeEvent(
                system=System.SALESFORCE,
                scope=ORG,
                object="Account",
                record_id="0015f00002J9YYEAA3",
                kind=ChangeKind.UPDATED,
                changed_at=datetime(2026, 11, 22, 7, 59, 58, tzinfo=UTC),
                first_seen=NOW,
            ),
        ),
        senders=frozenset({ORG}),
    )


@pytest.mark.parametrize("name", ["Product2", "Invoice__c", "Invoice_Line__c", "Rechnung2__c"])
def test_items_and_whatever_object_a_company_made_itself_are_followed(name: str) -> None:
    (change,) = parse(envelope(event(object=name)), NOW).changes

    assert change.object == name


def test_15_character_ids_are_stored_with_18() -> None:
    parsed = parse(envelope(event(recordId="0015f00002J9YYE"), orgId=ORG[:15]), NOW)

    assert parsed.changes[0].record_id == "0015f00002J9YYEAA3"
    assert parsed.changes[0].scope == ORG


def test_each_operation_has_its_kind() -> None:
    names = ["CREATE", "UPDATE", "DELETE", "UNDELETE"]

    parsed = parse(envelope(*[event(operation=name) for name in names]), NOW)

    assert [change.kind.value for change in parsed.changes] == [
        "created",
        "updated",
        "deleted",
        "undeleted",
    ]


def test_what_is_not_understood_is_counted_and_harms_no_neighbour() -> None:
    body = envelope(
        event(),
        event(object="Lead"),
        event(object=["Account"]),
        event(object="Bill__c' OR Id != '"),
        event(object="__c"),
        event(object="Bill__e"),
        event(operation="GAP_UPDATE"),
        event(recordId="0015f00002J9YYEAAA"),
        event(recordId=15),
        event(recordId="0015f00002J9YYE' OR Id != '"),
        {"object": "Account", "operation": "UPDATE"},
        "text",
        None,
    )

    parsed = parse(body, NOW)

    assert (len(parsed.changes), parsed.unknown, parsed.malformed) == (1, 6, 6)


@pytest.mark.parametrize("stamp", [None, "yesterday", 7, "0001-01-01T00:00:00+05:00"])
def test_a_time_that_cannot_be_read_is_taken_as_now(stamp: Any) -> None:
    parsed = parse(envelope(event(systemModstamp=stamp)), NOW)

    assert parsed.changes[0].changed_at == NOW


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<xml/>",
        b"[]",
        b"null",
        b"[" * 100_000,
        envelope(orgId=None),
        envelope(orgId="00D"),
        envelope(events=None),
        envelope(events={"0": event()}),
        envelope(v=2),
        b'{"v": 1, "events": []}',
    ],
)
def test_a_body_that_is_not_our_envelope_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(PermanentError) as caught:
        parse(body, NOW)

    assert caught.value.reason == "webhook_body_malformed"
    assert caught.value.__context__ is None
