"""What must have happened in a long run, so that its silence proves something."""

import re
from collections.abc import Iterator
from pathlib import Path

from bridge.core.decision import DecisionKind
from bridge.model import OutcomeStatus
from tests.simulation.branches import catalogue
from tests.simulation.options import (
    FAULTS,
    PROFILES,
    QUICKBOOKS_SWITCHES,
    SALESFORCE_SWITCHES,
)
from tests.simulation.probes import PROBES
from tests.simulation.tally import Tally
from tests.simulation.unreached import BRANCHES, CIRCUMSTANCES, IMPOSSIBLE, MOMENTS, WAITS
from tests.simulation.world import MAPPINGS, REFUSALS

# From so many worlds on, what has never happened is missing.
ENOUGH = 1000
# The least that a world is made of, in the median.
LEAST = {
    "realms": 2,
    "pairs": 5,
    "entities": 3,
    "workers": 3,
    "people's actions": 20,
    "faults injected": 10,
}
PROBLEMS = Path(__file__).parents[2] / "docs" / "problems.md"


def missing(tally: Tally) -> list[str]:
    """Name whatever has to happen in a long run and has not."""
    names = {
        "faults": set(FAULTS),
        "circumstances": set(_circumstances()) - CIRCUMSTANCES.keys(),
        "entities": set(MAPPINGS),
        "decisions": {kind.value for kind in DecisionKind},
        "outcomes": {status.value for status in OutcomeStatus} - {OutcomeStatus.OBSERVED},
        "waits": documented_waits() - WAITS.keys(),
        "protocol": set(PROBES) - MOMENTS.keys(),
        "branches": {name for name in catalogue() if not reason_of(name)},
    }
    lacking = [
        f"{subject}: {name}"
        for subject, wanted in names.items()
        for name in sorted(wanted - tally.of(subject).keys())
    ]
    small = [
        f"a world of {least} {name}: the median is {tally.medians.get(name, 0):g}"
        for name, least in LEAST.items()
        if tally.medians.get(name, 0) < least
    ]
    return [*_roots(lacking), *small]


def surprising(tally: Tally) -> list[str]:
    """Name the branches that happened although a reason is on record why they cannot."""
    return [name for name in sorted(tally.of("branches")) if reason_of(name) in IMPOSSIBLE]


def reason_of(branch: str) -> str:
    """Return why no world can take a branch; "" where it has to be taken."""
    return next((reason for entry, reason in BRANCHES.items() if is_meant(entry, branch)), "")


def is_meant(entry: str, branch: str) -> bool:
    """Say whether an entry of the list of what need not be reached is about a branch."""
    begin, _, end = entry.partition("…")
    return branch.startswith(begin) and branch.endswith(end)


def documented_waits() -> set[str]:
    """Return the reasons to wait that the documentation names, which a test holds to the code."""
    table = PROBLEMS.read_text().partition("\n## What waits\n")[2].partition("\n## ")[0]
    cells = [row.split(" | ")[0] for row in table.splitlines() if row.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def _circumstances() -> Iterator[str]:
    yield from (f"profile {name}" for name in PROFILES)
    yield from (f"quickbooks {name} = {value}" for name, value in QUICKBOOKS_SWITCHES)
    yield from (f"salesforce {name} = {value}" for name, value in SALESFORCE_SWITCHES)
    for side in ("quickbooks", "salesforce"):
        yield from (f"clock of {side} {way}" for way in ("ahead", "behind"))
    yield from ("owner manual", "owner as mapped", "queries lag behind")
    yield from ("visibility expired while running", "one batch with several realms")
    yield from ("several messages in a batch", *REFUSALS.values())


def _roots(lacking: list[str]) -> list[str]:
    """Leave out the branches of functions that were never begun."""
    unbegun = tuple(each.removesuffix("begun") for each in lacking if each.endswith(": begun"))
    return [each for each in lacking if each.endswith(": begun") or not each.startswith(unbegun)]
