"""The simulation has teeth: defects that are planted in the product are caught by an invariant."""

import sys
from typing import Any

import pytest

from tests.simulation.defects import MUTANTS
from tests.simulation.mutants import known_seeds, look_for
from tests.simulation.planting import Mutant

# The quickest, of every kind; `make mutants` looks for all of them.
QUICK = (
    "acknowledged-first",
    "claimed-is-done",
    "answered-before-queued",
    "used-before-stored",
    "names-logged",
    "claims-given-back",
    "updates-not-intended",
    "newest-token",
    "unconditional",
    "seen-ignored",
    "shown-late",
    "deleted-unseen",
    "copies-believed",
    "balances-untouched",
    "voided-like-any",
    "sold-anew",
    "put-back-by-old-ids",
    "prices-without-entries",
    "flags-not-agreed",
    "flags-not-resolved",
    "totals-not-compared",
    "contacts-taken-for-one",
)
# How many worlds are looked through where a stored seed has come to mean another world.
ENOUGH = 60
# Where a defect may be planted.
PATCHED = ("bridge.", "tests.fakes", "tests.simulation.io")


@pytest.mark.parametrize(
    "mutant",
    [pytest.param(each, id=each.name) for each in MUTANTS if each.name in QUICK],
)
def test_planted_defect_is_caught_by_an_invariant(mutant: Mutant) -> None:
    catch = look_for(mutant.name, known_seeds().get(mutant.name), most=ENOUGH)

    assert catch.law in mutant.laws


def test_product_is_whole_again_when_a_defect_is_taken_out() -> None:
    before = _attributes()

    for mutant in MUTANTS:
        with mutant.plant():
            assert _attributes() != before, f"{mutant.name} changes nothing"
        assert _attributes() == before, f"{mutant.name} leaves something behind"


def _attributes() -> dict[tuple[str, str, str], int]:
    """Return what every name in the bridge, and in the ports it runs on here, stands for."""
    modules = [module for name, module in sys.modules.items() if name.startswith(PATCHED)]
    owners: list[Any] = [
        *modules,
        *(each for module in modules for each in vars(module).values() if isinstance(each, type)),
    ]
    return {
        (getattr(owner, "__module__", ""), owner.__name__, name): id(value)
        for owner in owners
        for name, value in list(vars(owner).items())
    }
