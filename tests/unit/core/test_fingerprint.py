"""Fingerprints tell equal values of one field of one record, and nothing else."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.fingerprint import Fingerprinter
from bridge.model import Value

KEY = Fingerprinter("k1", b"one key")
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=20),
    st.decimals(allow_nan=False, places=2),
    st.dates(),
)


@given(one=VALUES, other=VALUES)
def test_fingerprints_are_equal_exactly_where_the_values_are(one: Value, other: Value) -> None:
    same = type(one) is type(other) and one == other

    equal = KEY.of("customer", "s", "f", one) == KEY.of("customer", "s", "f", other)

    assert equal is same


def test_a_fingerprint_is_bound_to_its_record_field_entity_and_key() -> None:
    prints = {
        KEY.of("customer", "s", "f", "v"),
        KEY.of("vendor", "s", "f", "v"),
        KEY.of("customer", "t", "f", "v"),
        KEY.of("customer", "s", "g", "v"),
        Fingerprinter("k2", b"another key").of("customer", "s", "f", "v"),
    }

    assert len(prints) == 5


def test_amounts_are_compared_as_numbers() -> None:
    assert KEY.of("i", "s", "f", Decimal("10")) == KEY.of("i", "s", "f", Decimal("10.00"))


def test_a_date_is_not_a_time() -> None:
    day, moment = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)

    assert KEY.of("i", "s", "f", day) != KEY.of("i", "s", "f", moment)


def test_the_key_does_not_show_in_a_representation() -> None:
    assert "one key" not in repr(KEY)
