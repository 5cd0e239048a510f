"""What the receiver believes of a QuickBooks webhook, and what it makes of it."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import InvalidSignatureError, PermanentError
from bridge.model import ChangeEvent, ChangeKind, System
from bridge.quickbooks.webhook import Parsed, parse, verify
from tests.unit.quickbooks.script import recorded, recorded_bytes

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = "test-verifier-token"
EMPTY_SIGNATURE = "7C3PAEAqSxfMSaxVGlBzMaUvQNv3psLddn7gQmjAJcE="
SAMPLE_SIGNATURE = "lJOtR7jgbWKaLG2/sP+YNbC5uE2MxWxCoAPxG8//isU="
SAMPLE = json.dumps(
    [
        {
            "specversion": "1.0",
            "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
            "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
            "type": "qbo.account.created.v1",
            "datacontenttype": "application/json",
            "time": "2025-09-10T21:31:25.179851517Z",
            "intuitentityid": "1234",
            "intuitaccountid": "310687",
            "data": {},
        }
    ],
    separators=(",", ":"),
).encode()


def event(**changed: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "type": "qbo.customer.updated.v1",
        "time": "2026-11-22T11:59:00Z",
        "intuitentityid": "12",
        "intuitaccountid": "9130",
    }
    return {**usual, **changed}


def parse_events(*events: object) -> Parsed:
    return parse(json.dumps(events).encode(), NOW)


@pytest.mark.parametrize(
    ("body", "signature"), [(b"[]", EMPTY_SIGNATURE), (SAMPLE, SAMPLE_SIGNATURE)]
)
def test_a_body_with_its_signature_is_believed(body: bytes, signature: str) -> None:
    verify(body, {"intuit-signature": signature}, [KEY], NOW)


def test_the_recorded_body_of_the_retired_form_fits_its_recorded_signature() -> None:
    sent = recorded("webhook-legacy-with-signature")
    body = sent["raw_body"].encode()

    verify(body, {"Intuit-Signature": sent["intuit_signature"]}, [sent["verifier_token"]], NOW)

    assert [change.object for change in parse(body, NOW).changes] == ["Customer"]


def test_both_tokens_of_a_rotation_are_good() -> None:
    verify(b"[]", {"INTUIT-SIGNATURE": EMPTY_SIGNATURE}, ["new-token", KEY], NOW)
    verify(b"[]", {"INTUIT-SIGNATURE": EMPTY_SIGNATURE}, [KEY, "old-token"], NOW)


@pytest.mark.parametrize(
    ("body", "headers", "secrets"),
    [
        (b"[] ", {"intuit-signature": EMPTY_SIGNATURE}, [KEY]),
        (b"[]", {"intuit-signature": EMPTY_SIGNATURE.lower()}, [KEY]),
        (b"[]", {"intuit-signature": EMPTY_SIGNATURE}, ["another-token"]),
        (b"[]", {"intuit-signature": EMPTY_SIGNATURE}, []),
        (b"[]", {"intuit-signature": ""}, [KEY]),
        (b"[]", {"intuit-signature": "ü"}, [KEY]),
        (b"[]", {}, [KEY]),
    ],
)
def test_a_body_without_its_signature_is_refused(
    body: bytes, headers: dict[str, str], secrets: list[str]
) -> None:
    with pytest.raises(InvalidSignatureError):
        verify(body, headers, secrets, NOW)


def test_an_empty_token_never_verifies_even_what_it_would_sign() -> None:
    signed_with_nothing = "g84TvaZSMzTaoU8z0fwq3Jj/i1fE31vl0vWLHCx4+h4="

    with pytest.raises(InvalidSignatureError):
        verify(b"[]", {"intuit-signature": signed_with_nothing}, [""], NOW)


def test_an_event_becomes_a_pointer_to_its_record() -> None:
    parsed = parse(recorded_bytes("webhook-cloudevents-invoice-created-doc"), NOW)

    assert parsed == Parsed(
        (
            ChangeEvent(
                system=System.QUICKBOOKS,
                scope="310687",
                object="Invoice",
                record_id="1234",
                kind=ChangeKind.CREATED,
                changed_at=datetime(2025, 9, 10, 21, 31, 25, 179851, tzinfo=UTC),
                first_seen=NOW,
            ),
        )
    )


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("customer", "Customer"),
        ("vendor", "Vendor"),
        ("item", "Item"),
        ("invoice", "Invoice"),
        ("payment", "Payment"),
        ("creditmemo", "CreditMemo"),
        ("estimate", "Estimate"),
    ],
)
def test_every_entity_that_is_kept_in_step_is_followed(token: str, name: str) -> None:
    parsed = parse_events(event(type=f"qbo.{token}.updated.v1"))

    assert [change.object for change in parsed.changes] == [name]


@pytest.mark.parametrize(
    ("operation", "kind"),
    [
        ("created", ChangeKind.CREATED),
        ("updated", ChangeKind.UPDATED),
        ("deleted", ChangeKind.DELETED),
        ("merged", ChangeKind.MERGED),
        ("void", ChangeKind.VOIDED),
        ("emailed", ChangeKind.EMAILED),
    ],
)
def test_every_operation_has_its_kind(operation: str, kind: ChangeKind) -> None:
    parsed = parse_events(event(type=f"qbo.invoice.{operation}.v1"))

    assert [change.kind for change in parsed.changes] == [kind]


def test_a_recorded_event_of_another_entity_is_counted_as_unknown() -> None:
    body = recorded_bytes("webhook-cloudevents-class-created-alternative-ids")

    assert parse(body, NOW) == Parsed((), 1, 0)


def test_a_merge_names_the_survivor_and_the_record_that_vanished() -> None:
    merge = event(type="qbo.customer.merged.v1", intuitentityid="123", data={"deletedid": "27"})

    (change,) = parse_events(merge).changes

    assert (change.record_id, change.removed_id) == ("123", "27")


def test_events_of_several_realms_in_one_body_keep_their_realm() -> None:
    parsed = parse_events(event(), event(intuitaccountid="77"))

    assert [change.scope for change in parsed.changes] == ["9130", "77"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-02-24T15:28:19Z", datetime(2026, 2, 24, 15, 28, 19, tzinfo=UTC)),
        ("2026-02-24T15:28:19.91Z", datetime(2026, 2, 24, 15, 28, 19, 910000, tzinfo=UTC)),
        (
            "2026-02-24T15:28:19.123456789Z",
            datetime(2026, 2, 24, 15, 28, 19, 123456, tzinfo=UTC),
        ),
        ("2026-02-24T07:28:19-0800", datetime(2026, 2, 24, 15, 28, 19, tzinfo=UTC)),
        ("2026-02-24T15:28:19", datetime(2026, 2, 24, 15, 28, 19, tzinfo=UTC)),
        ("yesterday", NOW),
        (None, NOW),
    ],
)
def test_a_time_is_read_with_any_fraction_and_costs_no_event(
    text: str | None, time: datetime
) -> None:
    (change,) = parse_events(event(time=text)).changes

    assert change.changed_at == time


@pytest.mark.parametrize(
    "kind",
    [
        "qbo.class.created.v1",
        "qbo.customer.paused.v1",
        "qbo.customer.updated.v2",
        "qbo.customer",
        "com.example.customer.updated.v1",
    ],
)
def test_a_type_that_is_not_followed_is_counted(kind: str) -> None:
    parsed = parse_events(event(type=kind), event())

    assert (len(parsed.changes), parsed.unknown, parsed.malformed) == (1, 1, 0)


@pytest.mark.parametrize(
    "broken",
    [
        event(intuitentityid="12' or 'a'='a"),
        event(intuitentityid=""),
        event(intuitentityid="1" * 21),
        event(intuitentityid=12),
        event(intuitentityid="٣"),
        event(intuitentityid="12\n"),
        event(intuitaccountid=None),
        event(type="qbo.customer.merged.v1", data={"deletedid": "x"}),
        event(type=7),
        {},
        None,
        "event",
    ],
)
def test_a_broken_event_is_counted_and_harms_no_other(broken: object) -> None:
    parsed = parse_events(broken, event())

    assert (len(parsed.changes), parsed.unknown, parsed.malformed) == (1, 0, 1)


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"\xff", b"[" * 100_000])
def test_a_body_that_is_not_json_cannot_be_read(body: bytes) -> None:
    with pytest.raises(PermanentError, match="webhook_body_malformed"):
        parse(body, NOW)


@pytest.mark.parametrize("body", [b"{}", b"null", b"7", b'{"eventNotifications":{"a":1}}'])
def test_json_of_another_shape_is_one_broken_event(body: bytes) -> None:
    assert parse(body, NOW) == Parsed((), 0, 1)


def test_the_documented_sample_of_the_retired_form_is_read() -> None:
    first, second = parse(recorded_bytes("webhook-legacy-doc"), NOW).changes

    assert (first.object, second.object) == ("Customer", "Vendor")
    assert first.changed_at == datetime(2015, 10, 5, 21, 42, 19, tzinfo=UTC)


def test_the_retired_form_is_still_read() -> None:
    parsed = parse(recorded_bytes("webhook-legacy-two-entities"), NOW)

    assert [(c.scope, c.object, c.record_id, c.kind) for c in parsed.changes] == [
        ("1269959970", "Vendor", "40", ChangeKind.UPDATED),
        ("1269959970", "Customer", "43", ChangeKind.CREATED),
    ]


@pytest.mark.parametrize("spelling", ["deletedId", "deletedID"])
def test_a_merge_of_the_retired_form_names_the_record_that_vanished(spelling: str) -> None:
    merge = recorded("webhook-legacy-merge-deletedId")
    notification = merge["eventNotifications"][0]
    notification["realmId"] = "9130"
    entity = notification["dataChangeEvent"]["entities"][0]
    entity["name"], entity[spelling] = "Customer", entity.pop("deletedId")

    (change,) = parse(json.dumps(merge).encode(), NOW).changes

    assert (change.kind, change.record_id, change.removed_id) == (ChangeKind.MERGED, "91", "135")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_whatever_makes_the_receiver_fall(document: object) -> None:
    parsed = parse(json.dumps(document).encode(), NOW)

    assert not parsed.changes
