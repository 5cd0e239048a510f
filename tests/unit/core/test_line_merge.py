"""The three-way merge of lines: what one side did arrives on the other, and nothing is lost."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.line_entries import Sides
from bridge.core.line_merge import LineMerge, merge_lines
from bridge.core.line_pairs import (
    Pairs,
    Seen,
    completed,
    folded,
    paired,
    planned,
    rebuilt,
    resolve_pairs,
    settled,
)
from bridge.core.lines import Line
from bridge.model import LinePair, System

SF, QB = System.SALESFORCE, System.QUICKBOOKS
Lines = tuple[Line, ...]


def line(line_id: str, *said: str, **more: str) -> Line:
    """Return a line that says something."""
    values = {**dict.fromkeys(said, "1"), **more}
    return Line(line_id, json.dumps(values, sort_keys=True, separators=(",", ":")))


def print_of(text: str) -> str:
    """Return the fingerprint of a text."""
    return f"#{text}"


def agreed(*names: str) -> tuple[Lines, Lines, Pairs]:
    """Return lines of both sides that agree, with their pairs."""
    ours = tuple(line(f"s{name}", name) for name in names)
    theirs = tuple(line(f"q{name}", name) for name in names)
    return ours, theirs, paired(ours, theirs, print_of)


def merged(ours: Lines, theirs: Lines | None, pairs: Pairs, **more: Any) -> LineMerge:
    """Merge two sides of which Salesforce wins, unless it is said otherwise."""
    return merge_lines(Sides(ours, theirs, pairs, print_of, **{"winner": SF, **more}))


def texts(merge: LineMerge) -> list[str | None]:
    """Return what the lines shall say, in their order."""
    return [each.text for each in merge.lines]


# One line


def test_nothing_is_written_where_both_sides_are_as_they_were():
    merge = merged(*agreed("a", "b"))

    assert (set(merge.to), merge.losses, merge.removed) == (set(), (), ())
    assert merge.pairs == agreed("a", "b")[2]


def test_a_line_edited_on_both_sides_in_the_same_way_moves_the_pairs_and_writes_nothing():
    _, _, pairs = agreed("a")

    merge = merged((line("sa", "x"),), (line("qa", "x"),), pairs)

    assert (merge.to, merge.pairs) == (
        frozenset(),
        (LinePair("sa", "qa", print_of(line("", "x").text)),),
    )


def test_a_line_removed_on_both_sides_is_forgotten():
    ours, theirs, pairs = agreed("a", "b")

    merge = merged(ours[:1], theirs[:1], pairs)

    assert (merge.to, merge.pairs) == (frozenset(), pairs[:1])


def test_a_line_edited_on_both_sides_goes_to_the_owner_and_the_loser_is_named():
    _, _, pairs = agreed("a")
    ours, theirs = (line("sa", "x"),), (line("qa", "y"),)

    here, there = (merged(ours, theirs, pairs, winner=each) for each in (SF, QB))

    assert (texts(here), set(here.to)) == ([ours[0].text], {QB})
    assert (texts(there), set(there.to)) == ([theirs[0].text], {SF})
    assert [(each.system, each.text) for each in here.losses] == [(QB, theirs[0].text)]
    assert [(each.system, each.kept) for each in there.losses] == [(SF, theirs[0].text)]


def test_without_an_owner_a_person_decides_and_nothing_is_written():
    _, _, pairs = agreed("a")

    merge = merged((line("sa", "x"),), (line("qa", "y"),), pairs, winner=None)

    assert (merge.is_open, merge.to, merge.lines) == (True, frozenset(), ())


def test_lines_that_are_all_removed_are_put_before_a_person():
    ours, theirs, pairs = agreed("a", "b")

    assert merged(ours[:1], theirs[1:], pairs).is_open


def test_a_line_added_on_both_sides_is_one_and_what_quickbooks_filled_in_comes_back():
    ours, theirs, pairs = agreed("a")
    filled = line("q9", "n", tax="NON")

    merge = merged((*ours, line("s9", "n")), (*theirs, filled), pairs)

    assert (texts(merge)[1], set(merge.to), merge.losses) == (filled.text, {SF}, ())
    assert (merge.lines[1].salesforce_id, merge.lines[1].quickbooks_id) == ("s9", "q9")


# Order


def test_the_side_that_moved_lines_decides_their_order():
    ours, theirs, pairs = agreed("a", "b", "c")
    moved = (theirs[2], theirs[0], theirs[1])

    merge = merged(ours, moved, pairs)

    assert texts(merge) == [each.text for each in moved]
    assert merge.to == {SF}


def test_an_added_line_follows_the_one_that_it_followed():
    ours, theirs, pairs = agreed("a", "b", "c")
    added = (theirs[0], line("q9", "n"), *theirs[1:])
    moved = (ours[1], ours[0], ours[2])

    merge = merged(moved, added, pairs)

    names = [next(iter(json.loads(str(text)))) for text in texts(merge)]
    assert names == ["b", "a", "n", "c"]
    assert merge.to == {SF, QB}


# One way


def test_a_line_changed_where_lines_only_arrive_is_set_back_and_named():
    ours, theirs, pairs = agreed("a", "b")
    changed = (line("sa", "x"), *ours[1:])

    merge = merged(changed, theirs, pairs, source=QB)

    assert (set(merge.to), texts(merge)[0]) == ({SF}, theirs[0].text)
    assert [loss.text for loss in merge.losses] == [changed[0].text]


def test_a_line_changed_in_quickbooks_stays_so_where_lines_only_go_there():
    ours, theirs, pairs = agreed("a", "b")
    changed = (line("qa", "a", tax="NON"), *theirs[1:])

    merge = merged(ours, changed, pairs, source=SF)

    assert (set(merge.to), merge.losses) == (set(), ())
    assert merge.pairs == pairs


def test_the_source_counts_where_a_line_was_changed_on_both_sides():
    ours, theirs, pairs = agreed("a", "b")
    edited, edited_there = (line("sa", "x"), *ours[1:]), (line("qa", "y"), *theirs[1:])

    merge = merged(edited, edited_there, pairs, source=QB)

    assert (set(merge.to), texts(merge)[0]) == ({SF}, edited_there[0].text)
    assert merge.losses[0].system is SF


def test_a_line_that_the_receiving_side_added_stays_out_of_the_others():
    ours, theirs, pairs = agreed("a")

    merge = merged(ours, (*theirs, line("q9", "n")), pairs, source=SF)

    assert merge.to == frozenset()
    assert merge.pairs == pairs


# Pairs that are not known


def test_pairs_are_rebuilt_from_the_side_that_is_as_it_was():
    ours, theirs, _ = agreed("a", "b", "c")
    changed = (theirs[0], line("qb", "x"))

    pairs = rebuilt(ours, changed, SF, print_of)

    assert [(each.salesforce_id, each.quickbooks_id) for each in pairs] == [
        ("sa", "qa"),
        ("sb", "qb"),
        ("sc", ""),
    ]
    assert texts(merged(ours, changed, pairs)) == [each.text for each in changed]


def test_lines_in_an_answer_of_another_length_give_no_pairs():
    _, theirs, pairs = agreed("a", "b")

    assert completed(pairs, theirs[:1]) is None
    assert completed(pairs, theirs[::-1]) is None


# A made-up world of one document


@dataclass
class Document:
    """One side of a document, as a system holds it."""

    system: System
    lines: list[Line]

    def write(self, merge: LineMerge, done: Sequence[bool] | None = None) -> list[str]:
        """Carry out what a merge asks for; with `done` only some of it, which keeps the order."""
        if self.system not in merge.to:
            return []
        flags = iter([] if done is None else done)
        written: list[str] = []
        known = {each.id: each for each in self.lines}
        for each in (*merge.lines, *merge.removed):
            if each.target is self.system and next(flags, True):
                # An id that is not there (any more) is a new line's: neither system takes one back.
                fresh = f"{self.system[0]}new{len(known)}{len(written)}"
                line_id = self._id(each) if self._id(each) in known else fresh
                known.pop(line_id, None)
                if each.text is not None:
                    known[line_id] = Line(line_id, each.text)
                written.append(line_id)
        order = {self._id(each) for each in merge.lines if self._id(each)}
        if done is None:
            made = iter([line_id for line_id in known if line_id not in order])
            ids = [
                self._id(each) if self._id(each) in known else next(made) for each in merge.lines
            ]
            self.lines = [known[line_id] for line_id in ids]
        else:
            self.lines = list(known.values())
        return written

    def _id(self, each: Any) -> str:
        return str(each.salesforce_id if self.system is SF else each.quickbooks_id)


def edited(lines: Lines, acts: Sequence[tuple[str, int]], mark: str) -> Lines:
    """Return lines after a person has done some things to them, each with a value of its own."""
    result = list(lines)
    for number, (act, place) in enumerate(acts):
        value = f"{mark}{number}"
        if act == "add":
            result.insert(place % (len(result) + 1), line(f"{mark}{number}", value))
        elif len(result) < 2:
            continue
        elif act == "edit":
            at = place % len(result)
            result[at] = replace(line(result[at].id, value))
        elif act == "remove":
            del result[place % len(result)]
        else:
            result.append(result.pop(place % len(result)))
    return tuple(result)


ACTS = st.lists(
    st.tuples(st.sampled_from(["add", "edit", "remove", "move"]), st.integers(0, 5)), max_size=4
)
NAMES = st.integers(1, 4).map(lambda count: [f"l{number}" for number in range(count)])


@given(names=NAMES, acts=ACTS)
def test_what_one_side_did_stands_on_both_exactly(names: list[str], acts: list[tuple[str, int]]):
    ours, theirs, pairs = agreed(*names)
    changed = edited(ours, acts, "x")

    read, presumed = merged(changed, theirs, pairs), merged(changed, None, pairs)

    assert texts(read) == [each.text for each in changed]
    assert (texts(read), read.to) == (texts(presumed), presumed.to)
    assert read.losses == ()
    assert read.to <= {QB}


@given(names=NAMES, here=ACTS, there=ACTS, winner=st.sampled_from([SF, QB]))
def test_both_sides_are_equal_after_one_round_and_no_edit_vanishes(
    names: list[str], here: list[tuple[str, int]], there: list[tuple[str, int]], winner: System
):
    ours, theirs, pairs = agreed(*names)
    ours, theirs = edited(ours, here, "x"), edited(theirs, there, "y")
    merge = merged(ours, theirs, pairs, winner=winner)
    if merge.is_open:
        return

    sides = [Document(SF, list(ours)), Document(QB, list(theirs))]
    for side in sides:
        side.write(merge)

    after = [[each.text for each in side.lines] for side in sides]
    assert after[0] == after[1] == texts(merge)
    told = {loss.text for loss in merge.losses}
    base = {pair.fingerprint for pair in pairs}
    for each in (*ours, *theirs):
        is_persons = print_of(each.text) not in base
        assert not is_persons or each.text in after[0] or each.text in told


@given(
    names=NAMES,
    here=ACTS,
    there=ACTS,
    fate=st.sampled_from(["nothing", "salesforce", "both"]),
    done=st.lists(st.booleans(), max_size=6),
    is_alone=st.booleans(),
)
def test_a_worker_that_died_amid_its_writes_costs_no_line_and_doubles_none(
    names: list[str],
    here: list[tuple[str, int]],
    there: list[tuple[str, int]],
    fate: str,
    done: list[bool],
    is_alone: bool,
):
    ours, theirs, pairs = agreed(*names)
    sides = [
        Document(SF, list(edited(ours, here, "x"))),
        Document(QB, list(edited(theirs, there, "y"))),
    ]
    merge = merged(tuple(sides[0].lines), tuple(sides[1].lines), pairs)
    if merge.is_open:
        return
    if fate != "nothing":
        sides[0].write(merge, None if fate == "both" else done)
    if fate == "both":
        sides[1].write(merge)

    # Where nobody else has written, the token says that only what is as sent can be ours.
    only_ours = is_alone or fate != "both"
    seen = Seen(sides[0].lines, sides[1].lines, print_of, never_arrived=only_ours)
    resolved = resolve_pairs(merge.pairs, planned(merge, print_of), seen)

    if resolved is None:
        # A line that a person added stands beside one that was to be made: a person is asked.
        return
    again = merged(tuple(sides[0].lines), tuple(sides[1].lines), resolved.pairs)
    assert sorted(map(str, texts(again))) == sorted(map(str, texts(merge)))
    assert {loss.text for loss in again.losses} <= {loss.text for loss in merge.losses}


def test_a_line_put_back_where_it_was_taken_away_is_a_new_one_there():
    _, _, pairs = agreed("a", "b")

    merge = merged((line("sa", "x"), line("sb", "b")), (line("qb", "b"),), pairs)

    assert [(each.salesforce_id, each.quickbooks_id) for each in merge.lines] == [
        ("sa", ""),
        ("sb", "qb"),
    ]


def test_a_line_put_back_takes_the_place_of_its_old_pair():
    ours, _, pairs = agreed("a", "b")
    merge = merged(ours[1:], (line("qa", "x"), line("qb", "b")), pairs, winner=QB)
    made = [
        replace(each, salesforce_id=each.salesforce_id or "s9") for each in planned(merge, print_of)
    ]

    after = folded(pairs, [each for each in made if each.target is SF])

    assert [(each.salesforce_id, each.quickbooks_id) for each in after] == [
        ("s9", "qa"),
        ("sb", "qb"),
    ]


def test_what_was_written_line_by_line_is_folded_into_the_pairs():
    ours, _, pairs = agreed("a", "b")
    merge = merged(ours, (line("qa", "x"), line("q9", "n")), pairs)
    plan = planned(merge, print_of)
    made = [replace(each, salesforce_id="s9") if not each.salesforce_id else each for each in plan]

    after = folded(merge.pairs, [each for each in made if each.target is SF])

    assert sorted(after, key=lambda each: each.salesforce_id) == sorted(
        settled(tuple(made)), key=lambda each: each.salesforce_id
    )
