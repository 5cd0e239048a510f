"""Plays one world from its options to the verdict."""

import traceback
from dataclasses import dataclass

from tests.fakes import MemoryCrossReferences
from tests.simulation.judge import Judge
from tests.simulation.options import Options
from tests.simulation.world import Skipped, World


@dataclass(frozen=True)
class Played:
    """A world that has come to its end, and what it violates."""

    world: World
    violations: tuple[str, ...]


def play(
    options: Options, skipped: Skipped | None = None, rows: MemoryCrossReferences | None = None
) -> Played:
    """Live through a world and judge it; an exception of its own is a violation too.

    `rows` take the place of the cross-references, to be watched.
    """
    world = World(options, skipped)
    if rows is not None:
        world.cloud.rows = rows
    try:
        world.play()
        violations = tuple(Judge(world).judge())
    except Exception as error:  # noqa: BLE001  whatever it is, it is about this world alone
        violations = (*world.ledger.violations, _broken(error))
        world.note(f"VIOLATION: {violations[-1]}")
    world.kernel.close()
    return Played(world, violations)


def _broken(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " ".join(f"{frame.name}:{frame.lineno}" for frame in frames)
    return f"never fails by itself: {type(error).__name__} {error} ({places})"
