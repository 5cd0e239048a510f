"""Properties of the three-way merge, for any values."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.canonical import Canonical
from bridge.core.decide import fingerprint_for
from bridge.core.mapping import Direction, EntityMapping, FieldMapping, Owner
from bridge.core.merge import Merge, merge
from bridge.model import System, Value
from tests.unit.core.records import FINGERPRINTER, linked

OF = fingerprint_for(linked(), FINGERPRINTER)
NAMES = tuple(f"{owner}_{direction}" for owner in Owner for direction in Direction)
MAPPING = EntityMapping(
    "customer",
    "Account",
    "Customer",
    NAMES[0],
    tuple(
        FieldMapping(
            f"{owner}_{direction}",
            "F",
            f"{owner}_{direction}",
            (f"{owner}_{direction}",),
            owner=owner,
            direction=direction,
        )
        for owner in Owner
        for direction in Direction
    ),
)
VALUES = st.fixed_dictionaries(
    {name: st.sampled_from([None, "a", "b", "c", True, False]) for name in NAMES}
)


def prints(values: dict[str, Value]) -> dict[str, str]:
    return {name: OF(name, value) for name, value in values.items()}


def merged(ours: dict[str, Value], theirs: dict[str, Value], base: dict[str, str]) -> Merge:
    return merge(Canonical(ours), Canonical(theirs), base, MAPPING, OF)


def applied(
    ours: dict[str, Value], theirs: dict[str, Value], result: Merge
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Carry a merge out on both sides."""
    after_ours = {**ours, **{name: result.values[name] for name in result.to_salesforce}}
    after_theirs = {**theirs, **{name: result.values[name] for name in result.to_quickbooks}}
    return after_ours, after_theirs


@given(ours=VALUES, theirs=VALUES, base=VALUES)
def test_a_merge_carried_out_leaves_nothing_to_merge(
    ours: dict[str, Value], theirs: dict[str, Value], base: dict[str, Value]
) -> None:
    first = merged(ours, theirs, prints(base))
    new_ours, new_theirs = applied(ours, theirs, first)
    moved = {**first.baseline}
    for name in (*first.to_salesforce, *first.to_quickbooks):
        moved[name] = OF(name, first.values[name])

    second = merged(new_ours, new_theirs, moved)

    assert second.is_settled
    assert second.losses == ()


@given(ours=VALUES, theirs=VALUES, base=VALUES)
def test_a_field_edited_on_one_side_only_keeps_that_edit(
    ours: dict[str, Value], theirs: dict[str, Value], base: dict[str, Value]
) -> None:
    result = merged(ours, theirs, prints(base))

    new_ours, new_theirs = applied(ours, theirs, result)

    for name in NAMES:
        is_only_told = MAPPING.field_named(name).is_only_told
        if OF(name, theirs[name]) == OF(name, base[name]) and not is_only_told:
            assert new_ours[name] == ours[name]
        if OF(name, ours[name]) == OF(name, base[name]):
            assert new_theirs[name] == theirs[name]


@given(ours=VALUES, theirs=VALUES, base=VALUES)
def test_a_value_that_is_overwritten_is_the_baseline_or_named_as_lost(
    ours: dict[str, Value], theirs: dict[str, Value], base: dict[str, Value]
) -> None:
    result = merged(ours, theirs, prints(base))
    named = {(loss.system, loss.field): loss.value for loss in result.losses}

    for name in result.to_salesforce:
        is_edit = OF(name, ours[name]) != OF(name, base[name])
        assert ((System.SALESFORCE, name) in named) is is_edit
    for name in result.to_quickbooks:
        is_edit = OF(name, theirs[name]) != OF(name, base[name])
        assert ((System.QUICKBOOKS, name) in named) is is_edit


@given(ours=VALUES, theirs=VALUES)
def test_a_first_meeting_never_replaces_a_value_by_nothing(
    ours: dict[str, Value], theirs: dict[str, Value]
) -> None:
    result = merged(ours, theirs, {})

    assert all(result.values[name] is not None for name in result.to_salesforce)
    assert all(result.values[name] is not None for name in result.to_quickbooks)


@given(ours=VALUES, base=VALUES)
def test_a_presumed_side_is_written_only_where_salesforce_changed(
    ours: dict[str, Value], base: dict[str, Value]
) -> None:
    result = merge(Canonical(ours), None, prints(base), MAPPING, OF)

    changed = {name for name in NAMES if OF(name, ours[name]) != OF(name, base[name])}
    blocked = {each.name for each in MAPPING.fields if each.direction is Direction.TO_SALESFORCE}
    once = {each.name for each in MAPPING.fields if each.direction is Direction.ONCE}
    assert set(result.to_quickbooks) == changed - blocked - once
    # What QuickBooks alone says can be put back only after it has been seen.
    assert set(result.open) == changed & (once | blocked)
    assert result.to_salesforce == ()


@given(ours=VALUES, theirs=VALUES, base=VALUES)
def test_a_field_that_travels_once_is_never_written_and_every_difference_of_it_is_open(
    ours: dict[str, Value], theirs: dict[str, Value], base: dict[str, Value]
) -> None:
    result = merged(ours, theirs, prints(base))

    once = {each.name for each in MAPPING.fields if each.direction is Direction.ONCE}
    different = {name for name in once if OF(name, ours[name]) != OF(name, theirs[name])}
    assert not once & {*result.to_salesforce, *result.to_quickbooks}
    assert different == set(result.open) & once
    for name in different:
        assert result.baseline[name] == OF(name, base[name])


@given(ours=VALUES, theirs=VALUES, base=VALUES)
def test_a_field_that_only_quickbooks_fills_ends_as_quickbooks_has_it(
    ours: dict[str, Value], theirs: dict[str, Value], base: dict[str, Value]
) -> None:
    new_ours, new_theirs = applied(ours, theirs, merged(ours, theirs, prints(base)))

    for each in MAPPING.fields:
        if each.is_only_told:
            assert new_theirs[each.name] == theirs[each.name]
            assert OF(each.name, new_ours[each.name]) == OF(each.name, theirs[each.name])


def test_an_open_field_says_whether_it_is_fixed_or_nobodys() -> None:
    ours: dict[str, Value] = dict.fromkeys(NAMES, "a")

    fixed = merged(ours, {**ours, "manual_once": "b"}, prints(ours))
    contested = merged({**ours, "manual_both": "b"}, {**ours, "manual_both": "c"}, prints(ours))

    assert fixed.open_reason == "fixed_after_creation"
    assert contested.open_reason == "field_conflict"
    assert merged(ours, ours, prints(ours)).open_reason == ""


def test_an_edit_of_a_shortened_text_does_not_replace_the_long_one() -> None:
    field = FieldMapping(
        "notes", "Description", "Description", ("Notes",), "text", 4, is_lossy=True
    )
    mapping = EntityMapping("customer", "Account", "Customer", "notes", (field,))
    ours = Canonical({"notes": "long"}, frozenset({"notes"}))

    result = merge(ours, Canonical({"notes": "shrt"}), prints({"notes": "long"}), mapping, OF)

    assert result.to_quickbooks == ("notes",)
    assert result.losses[0].value == "shrt"


@given(ours=VALUES, theirs=VALUES, base=VALUES, name=st.sampled_from(NAMES))
def test_a_merge_without_one_field_leaves_that_and_carries_all_others(
    ours: dict[str, Value], theirs: dict[str, Value], base: dict[str, Value], name: str
) -> None:
    known = {each: OF(each, value) for each, value in base.items() if each != name}
    whole = merged(ours, theirs, known)

    rest = whole.without(name)

    assert set(rest.written) == set(whole.written) - {name}
    assert {loss.field for loss in rest.losses} == {loss.field for loss in whole.losses} - {name}
    assert set(rest.before) == set(whole.before) - {name}
    assert (rest.values, rest.baseline) == (whole.values, whole.baseline)
