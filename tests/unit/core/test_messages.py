"""What people read on the Salesforce record."""

from dataclasses import replace

import pytest

from bridge.core.merge import Loss
from bridge.core.messages import (
    MESSAGE_LIMIT,
    TEXTS,
    Shown,
    SyncStatus,
    own_fields,
    problem_text,
)
from bridge.core.notes import loss_notes
from bridge.mapping_files import read_mappings
from bridge.model import Record, System, Value
from tests.unit.core.records import account

CUSTOMER = read_mappings()["customer"]
NOTE = 'Note: Phone was changed on both sides. Kept "1"; QuickBooks had "2".'


def showing(**own: Value) -> Record:
    return replace(account(), own_fields=own)


def test_a_loss_is_told_with_both_values() -> None:
    loss = Loss("phone", System.QUICKBOOKS, "2", "1")

    assert loss_notes([loss], CUSTOMER) == (NOTE,)


def test_a_loss_against_an_emptied_field_says_nothing_was_kept() -> None:
    (note,) = loss_notes([Loss("phone", System.SALESFORCE, "2", None)], CUSTOMER)

    assert "Kept nothing" in note


def test_an_unchanged_text_is_not_written_again() -> None:
    record = showing(status="In sync", message=NOTE)

    assert own_fields(record, Shown(SyncStatus.IN_SYNC)) == {}
    assert own_fields(record, None, [NOTE]) == {}


def test_a_problem_goes_when_it_is_solved_and_a_note_stays() -> None:
    record = showing(status="Rejected", message=f"Too long.\n{NOTE}")

    changed = own_fields(record, Shown(SyncStatus.IN_SYNC))

    assert changed == {"status": "In sync", "message": NOTE}


def test_a_problem_stands_above_the_notes() -> None:
    changed = own_fields(showing(message=NOTE), Shown(SyncStatus.REJECTED, "Too long."))

    assert changed["message"] == f"Too long.\n{NOTE}"


def test_the_newest_note_stands_first_and_the_field_never_overflows() -> None:
    record = showing(message="\n".join(f"Note: {n} " + "x" * 200 for n in range(30)))

    message = str(own_fields(record, None, [NOTE])["message"])

    assert message.startswith(NOTE)
    assert len(message) <= MESSAGE_LIMIT


def test_a_note_does_not_touch_the_status() -> None:
    assert set(own_fields(showing(status="Rejected"), None, [NOTE])) == {"message"}


def test_every_reason_has_a_text_that_names_its_field() -> None:
    for reason, text in TEXTS.items():
        told = problem_text(reason, CUSTOMER, "phone")

        assert "{" not in told
        assert ("Phone" in told) == ("{field}" in text)


@pytest.mark.parametrize(
    ("field", "label"),
    [
        ("name", "Name"),
        ("DisplayName", "Name"),
        ("BillAddr.City", "Billing city"),
        ("PrimaryEmailAddr", "E-mail"),
        ("TxnDate", "A value"),
        ("", "A value"),
    ],
)
def test_a_field_is_told_by_its_label_whoever_names_it(field: str, label: str) -> None:
    assert problem_text("value_too_long", CUSTOMER, field).startswith(f"{label} is longer")


def test_a_reason_without_text_quotes_the_vendor() -> None:
    told = problem_text("rejected_by_rule", CUSTOMER, vendor_text="Something\n is wrong")

    assert "Something is wrong" in told


def test_a_reason_with_a_text_of_ours_does_not_quote_the_vendor() -> None:
    assert "root" not in problem_text("name_taken", CUSTOMER, vendor_text="root finished")


def test_a_note_that_stands_already_is_not_moved() -> None:
    older = NOTE.replace("Phone", "Fax")
    record = showing(message=f"{NOTE}\n{older}")

    assert own_fields(record, None, [older]) == {}
