"""What became of a write whose worker never said."""

from datetime import UTC, datetime

import pytest

from bridge.core.canonical import canonical
from bridge.core.decide import fingerprint_for
from bridge.core.intents import resolve
from bridge.model import Intent
from tests.unit.core.records import FINGERPRINTER, MAPPING, account, baseline, customer, linked

AT = datetime(2026, 11, 22, tzinfo=UTC)
OF = fingerprint_for(linked(), FINGERPRINTER)


def sent_to_quickbooks(value: str, token: int = 3) -> Intent:
    return Intent("i", AT, token=token, quickbooks={"notes": OF("notes", value)})


@pytest.mark.parametrize(
    ("now", "token", "moves_to", "is_lost"),
    [
        ("sent", 4, "sent", False),
        (None, 3, None, False),
        ("a person's", 4, None, False),
        ("a person's", 5, "sent", True),
    ],
    ids=[
        "as sent: applied",
        "as the baseline: never applied",
        "another value, one token on: a person's edit took its place",
        "another value, two tokens on: applied, then edited",
    ],
)
def test_a_quickbooks_value_tells_what_became_of_the_write(
    now: str | None, token: int, moves_to: str | None, is_lost: bool
) -> None:
    row = linked(intent=sent_to_quickbooks("sent"))
    theirs = canonical(customer(token, Notes=now), MAPPING)

    resolution = resolve(row, canonical(account(), MAPPING), theirs, token, OF)

    assert resolution.baseline["notes"] == OF("notes", moves_to)
    assert (resolution.lost == (("notes", OF("notes", "sent")),)) is is_lost


@pytest.mark.parametrize(
    ("now", "moves_to", "is_lost"),
    [("sent", "sent", False), (None, None, False), ("a person's", "sent", True)],
)
def test_a_salesforce_value_in_doubt_was_applied_then_edited(
    now: str | None, moves_to: str | None, is_lost: bool
) -> None:
    row = linked(intent=Intent("i", AT, token=3, salesforce={"notes": OF("notes", "sent")}))
    ours = canonical(account(Description=now), MAPPING)

    resolution = resolve(row, ours, canonical(customer(), MAPPING), 3, OF)

    assert resolution.baseline["notes"] == OF("notes", moves_to)
    assert bool(resolution.lost) is is_lost


def test_one_field_found_as_sent_says_nothing_of_the_others() -> None:
    intent = Intent(
        "i", AT, token=3, quickbooks={"notes": OF("notes", "sent"), "tier": OF("tier", "A")}
    )
    theirs = canonical(customer(4, Notes="sent"), MAPPING)

    resolution = resolve(linked(intent=intent), canonical(account(), MAPPING), theirs, 4, OF)

    assert resolution.baseline["notes"] == OF("notes", "sent")
    assert resolution.baseline["tier"] == baseline()["tier"]


def test_lost_values_are_carried_on() -> None:
    intent = Intent("i", AT, token=3, lost=(("phone", "a fingerprint"),))

    resolution = resolve(
        linked(intent=intent), canonical(account(), MAPPING), canonical(customer(), MAPPING), 3, OF
    )

    assert resolution.lost == (("phone", "a fingerprint"),)


def test_without_intent_the_baseline_stays() -> None:
    assert resolve(linked(), None, None, None, OF).baseline == baseline()
