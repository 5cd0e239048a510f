"""The Salesforce client against the stand-in: what is known of each write, trouble or not."""

from typing import Any

import pytest

from bridge.errors import RateLimitedError, UnavailableError
from bridge.model import (
    Fate,
    Probe,
    System,
    Write,
    WriteKind,
)
from tests.contract.salesforce_bench import (
    ACCOUNT,
    NOON,
    NOWHERE,
    Bench,
    create,
    empty_org,
    fates,
    read,
    reason,
    update,
)


@pytest.fixture
def bench() -> Bench:
    """Return a client on an empty org."""
    return empty_org()


# Writing


def test_a_new_record_gets_its_part_and_its_external_id(bench: Bench) -> None:
    [result] = bench.client.write([create("1:customer:7", LastName="Fuller", FirstName="Ann")])

    assert (result.fate, fates(result.parts)) == (Fate.DONE, [Fate.DONE])
    record = read(bench, str(result.record_id))
    assert record.external_id == "1:customer:7"
    assert [(part.id, part.fields["FirstName"]) for part in record.parts] == [
        (result.parts[0].record_id, "Ann")
    ]


def test_a_record_is_made_once_and_the_second_try_changes_nothing(bench: Bench) -> None:
    bench.client.write([create("1:customer:7", "First")])

    [again, other] = bench.client.write(
        [create("1:customer:7", "Second", LastName="X"), create("1:customer:8", "Other")]
    )

    assert (again.fate, reason(again)) == (Fate.REFUSED, "duplicate_value")
    assert again.error is not None
    assert again.error.field == "QuickBooks_Id__c"
    assert fates(again.parts) == [Fate.REFUSED]
    assert other.fate is Fate.DONE
    assert {row["Name"] for row in bench.rows()} == {"First", "Other"}
    assert bench.rows("Contact") == []


def test_root_and_part_are_changed_and_a_missing_part_is_made(bench: Bench) -> None:
    root = bench.account()
    bench.client.write([create("1:customer:7", LastName="Fuller")])
    bench.later()
    other = read(bench, str(bench.rows()[1]["Id"]))
    new_part = Write(System.SALESFORCE, "Contact", WriteKind.CREATE, fields={"LastName": "New"})
    first = Write(System.SALESFORCE, "Account", WriteKind.UPDATE, record_id=root, parts=(new_part,))
    second = update(other, Name="Renamed", Phone=None)
    second = Write(**{**vars(second), "parts": (update(other.parts[0], LastName="Changed"),)})

    results = bench.client.write([first, second])

    assert fates(results) == [Fate.DONE, Fate.DONE]
    assert read(bench, root).parts[0].fields["LastName"] == "New"
    changed = read(bench, other.id)
    assert (changed.fields["Name"], changed.parts[0].fields["LastName"]) == ("Renamed", "Changed")


def test_a_part_is_left_alone_while_its_root_is_stale(bench: Bench) -> None:
    bench.client.write([create("1:customer:7", LastName="Fuller")])
    bench.later()
    record = read(bench, str(bench.rows()[0]["Id"]))
    bench.person("update", id=record.id, fields={"Phone": "1"})
    write = update(record, Phone="2")
    write = Write(**{**vars(write), "parts": (update(record.parts[0], LastName="Changed"),)})

    [result] = bench.client.write([write])

    assert (result.fate, fates(result.parts)) == (Fate.STALE, [Fate.STALE])
    assert read(bench, record.id).parts[0].fields["LastName"] == "Fuller"


def test_own_fields_without_a_version_are_written_whatever_has_happened_to_the_record(
    bench: Bench,
) -> None:
    record = read(bench, bench.account())
    bench.person("update", id=record.id, fields={"Phone": "1"})
    told = {"own_fields": {"status": "Error", "message": "Why"}}
    freely = Write(**{**vars(update(record)), **told, "version": None})
    on_condition = Write(**{**vars(update(record)), **told})

    results = [*bench.client.write([freely]), *bench.client.write([on_condition])]

    assert fates(results) == [Fate.DONE, Fate.STALE]
    assert read(bench, record.id).own_fields["message"] == "Why"


def test_a_refused_value_harms_no_neighbour(bench: Bench) -> None:
    records = [read(bench, bench.account(name)) for name in "ABC"]

    results = bench.client.write(
        [
            update(records[0], Phone="1"),
            update(records[1], Name="x" * 256),
            update(records[2], Colour__c="red"),
        ]
    )

    assert fates(results) == [Fate.DONE, Fate.REFUSED, Fate.REFUSED]
    assert [reason(result) for result in results[1:]] == ["value_too_long", "field_unknown"]
    assert results[1].error is not None
    assert results[1].error.field == "Name"
    assert results[1].vendor_text


def test_a_missing_value_in_a_new_record_is_named(bench: Bench) -> None:
    results = bench.client.write([create("1:customer:7", ""), create("1:customer:8", "Good")])

    assert fates(results) == [Fate.REFUSED, Fate.DONE]
    assert reason(results[0]) == "value_missing"


def test_a_deleted_record_is_missing(bench: Bench) -> None:
    record = read(bench, bench.account())
    bench.person("delete", id=record.id)

    [result] = bench.client.write([update(record, Phone="1")])

    assert (result.fate, reason(result)) == (Fate.MISSING, "gone")


@pytest.mark.parametrize("answer", ["INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"])
def test_a_record_that_never_was_is_missing(bench: Bench, answer: str) -> None:
    bench.stand_in.switches.set({"unknown_id_on_write": answer})
    write = Write(
        System.SALESFORCE, "Account", WriteKind.UPDATE, record_id=NOWHERE, fields={"Phone": "1"}
    )

    [result] = bench.client.write([write])

    assert result.fate is Fate.MISSING


def test_a_value_that_reads_like_a_reference_is_refused_and_not_tried_for_ever(
    bench: Bench,
) -> None:
    record = read(bench, bench.account())

    [result] = bench.client.write([update(record, Phone="@{r9.id}")])

    assert (result.fate, reason(result)) == (Fate.REFUSED, "value_not_allowed")


# Trouble


def test_a_locked_row_may_be_tried_later(bench: Bench) -> None:
    records = [read(bench, bench.account(name)) for name in "AB"]
    bench.plant({"kind": "composite_item:PATCH"}, code="UNABLE_TO_LOCK_ROW")

    results = bench.client.write([update(record, Phone="1") for record in records])

    assert fates(results) == [Fate.NOT_SENT, Fate.DONE]
    assert reason(results[0]) == "record_locked"
    assert isinstance(results[0].error, UnavailableError)


@pytest.mark.parametrize(("drop", "phone"), [("before", None), ("after", "1")])
def test_a_lost_call_leaves_it_unknown_whether_it_took_effect(
    bench: Bench, drop: str, phone: str | None
) -> None:
    record = read(bench, bench.account())
    bench.plant({"kind": "composite"}, drop=drop)

    [result] = bench.client.write([update(record, Phone="1")])

    assert (result.fate, reason(result)) == (Fate.UNKNOWN, "no_answer")
    assert read(bench, record.id).fields["Phone"] == phone


@pytest.mark.parametrize(("drop", "made"), [("before", 0), ("after", 1)])
def test_a_lost_insert_is_unknown_and_its_part_is_not_sent(
    bench: Bench, drop: str, made: int
) -> None:
    bench.plant({"kind": "collections:create"}, drop=drop)

    [result] = bench.client.write([create("1:customer:7", LastName="Fuller")])

    assert (result.fate, fates(result.parts)) == (Fate.UNKNOWN, [Fate.NOT_SENT])
    assert len(bench.rows()) == made
    [found] = bench.client.find_created(ACCOUNT, [Probe(NOON, "1:customer:7")])
    assert len(found) == made


@pytest.mark.parametrize(
    ("effect", "fate"),
    [
        ({"status": 500, "body": "<html>oops</html>"}, Fate.UNKNOWN),
        ({"status": 503, "code": "SERVER_UNAVAILABLE"}, Fate.NOT_SENT),
        ({"code": "REQUEST_LIMIT_EXCEEDED"}, Fate.NOT_SENT),
        ({"status": 200, "body": '{"compositeResponse": ['}, Fate.UNKNOWN),
    ],
)
def test_a_call_that_fails_as_a_whole_stops_the_rest(
    bench: Bench, effect: dict[str, Any], fate: Fate
) -> None:
    records = [read(bench, bench.account(str(number))) for number in range(26)]
    bench.plant({"kind": "composite"}, **effect)
    bench.calls()

    results = bench.client.write([update(record, Phone="1") for record in records])

    assert fates(results) == [fate] * 25 + [Fate.NOT_SENT]
    assert bench.calls()["composite"] == 1


def test_the_limit_of_a_day_is_told_apart_from_an_outage(bench: Bench) -> None:
    bench.plant({"kind": "query"}, code="REQUEST_LIMIT_EXCEEDED")
    bench.plant({"kind": "query"}, drop="before")

    with pytest.raises(RateLimitedError):
        bench.client.load(ACCOUNT, [NOWHERE])
    with pytest.raises(UnavailableError):
        bench.client.load(ACCOUNT, [NOWHERE])


def test_an_expired_session_is_renewed_once_for_reads_and_for_writes(bench: Bench) -> None:
    record = read(bench, bench.account())
    bench.stand_in.sessions.end_all()
    bench.client.load(ACCOUNT, [record.id])
    bench.stand_in.sessions.end_all()

    [result] = bench.client.write([update(record, Phone="1")])

    assert result.fate is Fate.DONE
    assert bench.tokens.renewals == 2


def test_a_session_refused_for_ever_ends_after_one_renewal(bench: Bench) -> None:
    bench.plant({"kind": "query"}, times=10, code="INVALID_SESSION_ID")
    bench.plant({"kind": "composite"}, times=10, code="INVALID_SESSION_ID")
    write = Write(
        System.SALESFORCE, "Account", WriteKind.UPDATE, record_id=NOWHERE, fields={"Phone": "1"}
    )

    with pytest.raises(UnavailableError):
        bench.client.load(ACCOUNT, [NOWHERE])
    [result] = bench.client.write([write])

    assert (result.fate, reason(result)) == (Fate.NOT_SENT, "session_refused")
    assert bench.tokens.renewals == 2
