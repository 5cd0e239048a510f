"""The end of a run: what is wrong, the exit status, and the last line."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulation.required import ENOUGH, missing, surprising
from tests.simulation.tally import Tally


@dataclass(frozen=True)
class Verdict:
    """What a run ends with; the last of its lines counts worlds and violations."""

    lines: tuple[str, ...]
    status: int


def verdict_of(tally: Tally, seeds: Sequence[int]) -> Verdict:
    """Judge a run: it fails for a violation, and if long also for what has never happened."""
    is_long = tally.worlds >= ENOUGH
    lacking = missing(tally) if is_long else []
    lines = [f"never occurred: {each}" for each in lacking]
    if is_long:
        lines += [f"listed as out of reach, and reached: {each}" for each in surprising(tally)]
    if tally.laws:
        lines.append(f"failing seeds: {', '.join(map(str, sorted(tally.laws)))}")
    worlds = f"{tally.worlds} worlds, seeds {seeds[0]} to {seeds[-1]}"
    lines.append(f"{worlds}, {tally.violations} violations")
    return Verdict(tuple(lines), 1 if tally.violations or lacking else 0)
