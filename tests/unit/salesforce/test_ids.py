"""Salesforce ids: both lengths, one stored form."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import PermanentError
from bridge.salesforce.ids import to_18

VECTORS = [
    ("a0D30000001n7Pi", "a0D30000001n7PiEAI"),
    ("0015f00002J9YYE", "0015f00002J9YYEAA3"),
    ("00DRM000000Fxts", "00DRM000000Fxts2AC"),
    ("001RM000003oLnn", "001RM000003oLnnYAE"),
]


@pytest.mark.parametrize(("short", "long"), VECTORS)
def test_both_lengths_become_the_18_character_form(short: str, long: str) -> None:
    assert (to_18(short), to_18(long)) == (long, long)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "001RM000003oLn",
        "001RM000003oLnnY",
        "001RM000003oLnn000",
        "001RM000003oLnNYAE",
        "001rm000003olnnyae",
        "001RM000003oLnn\n",
        "001RM000003oLn'",
        "001RM000003oLnnYAE ",
        "00\u0661RM000003oLnn",
    ],
)
def test_wrong_shape_or_checksum_is_refused_without_repeating_the_id(wrong: str) -> None:
    with pytest.raises(PermanentError) as caught:
        to_18(wrong)

    assert caught.value.reason == "salesforce_id_malformed"
    assert not wrong or wrong not in str(caught.value)


@given(st.text(string.ascii_letters + string.digits, min_size=15, max_size=15))
def test_ids_that_differ_only_in_case_stay_apart_without_regard_to_case(short: str) -> None:
    swapped = short.swapcase()

    same = to_18(short).lower() == to_18(swapped).lower()

    assert same == (short == swapped)
