"""The small worlds, exhaustively: they hold, and a guard taken out is noticed."""

import sys

import pytest

from tests.simulation.exhaustive import PEACEFUL, SHORT, explore, explore_apart, silent
from tests.simulation.small.broken import BROKEN
from tests.simulation.small.deeds import QUICKBOOKS, SALESFORCE, Deed
from tests.simulation.small.exploration import Bound, Exploration, Tally
from tests.simulation.small.scenes import Scene
from tests.simulation.small.stage import Bends

LINKED = (Deed(SALESFORCE, "add"),)
CONTEST = Scene(LINKED, (Deed(SALESFORCE, "fax"),), Deed(QUICKBOOKS, "fax"), QUICKBOOKS)
REMOVAL = Scene(LINKED, (Deed(SALESFORCE, "remove"),), Deed(QUICKBOOKS, "fax"), SALESFORCE)


def ends_of(scene: Scene, bound: Bound) -> set[bytes]:
    """Return every state in which a scene comes to rest."""
    with silent():
        exploration = Exploration(scene, Bends(), bound, Tally())
        exploration.explore()
    return exploration.ends


def test_every_schedule_of_the_small_worlds_holds(capsys: pytest.CaptureFixture[str]) -> None:
    tally, took_s = explore_apart(SHORT)

    with capsys.disabled():
        sys.stdout.write(f"\nsmall worlds: {tally}, {took_s:.0f} s of one core\n")
    assert not tally.violations, "\n\n".join(tally.violations)


@pytest.mark.parametrize("guard", BROKEN)
def test_a_guard_taken_out_is_noticed(guard: str) -> None:
    broken = BROKEN[guard]

    tally = explore({broken.scene: broken.bound}, broken.bends, most=1)

    assert tally.violations


@pytest.mark.parametrize("scene", [CONTEST, REMOVAL], ids=str)
def test_the_orders_left_out_lead_to_no_other_end(scene: Scene) -> None:
    every_order = ends_of(scene, Bound(PEACEFUL.may_fail, skips_commuting=False))

    assert ends_of(scene, PEACEFUL) == every_order
    assert len(every_order) > 1


def test_the_same_scene_is_explored_the_same_way_twice() -> None:
    first, second = explore({CONTEST: PEACEFUL}), explore({CONTEST: PEACEFUL})

    assert first == second
