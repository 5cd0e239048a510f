"""Ids and their checksums."""

import pytest

from local.simulators.salesforce import ids


@pytest.mark.parametrize(
    "real_id",
    ["a0D30000001n7PiEAI", "0015f00002J9YYEAA3", "00DRM000000Fxts2AC", "001RM000003oLnnYAE"],
)
def test_checksum_is_that_of_real_ids(real_id: str) -> None:
    assert ids.with_checksum(real_id[:15]) == real_id
    assert ids.parse(real_id[:15]) == real_id
    assert ids.parse(real_id) == real_id


@pytest.mark.parametrize("text", ["", "001", "001RM000003oLnnYAF", "001RM000003oLn!", None, 1])
def test_what_is_no_id_is_not_read_as_one(text: object) -> None:
    assert ids.parse(text) is None


def test_later_records_sort_behind_earlier_ones() -> None:
    made = [ids.make("001", number) for number in range(5000)]

    assert made == sorted(set(made))
    assert all(ids.parse(each) == each for each in made)
