"""The small worlds, exhaustively: one pair, two workers, two deeds of people, one fault.

Every scene of `small/scenes.py` is played by the real flow and the real clients over the stand-ins'
state, in every order of the I/O steps of two workers and of the second deed; the first worker
begins after the first deed, the other one at any time, with any message there is. The fault is a
worker killed right after any of its writes (to be killed after a read makes no other state), or a
write to a vendor, a row or the lane whose outcome stays unknown: it never took effect, it did, or
(to a vendor) it does 38 seconds later. Then everything comes to rest, claims expire, and the
oracles of `small/verdict.py` judge.

    python -m tests.simulation.exhaustive          what the test suite plays (`SHORT`)
    python -m tests.simulation.exhaustive --all    the whole product (`WHOLE`)

Bounds of both: each worker has one message while they interleave, and what follows from it is
worked off by one alone; time passes only where all workers wait for it; a read never fails.

Bounds of the short one besides: the fault befalls the worker that began first (the scenes come in
both orders of the deeds), and after it whoever moves goes on to its end. There is no fault where
only the owner differs from another scene, where the second deed edits a field on the side of the
first, and where a record is typed on both sides and then renamed in QuickBooks; other deeds that
meet such a record are left to the whole product.
"""

import gc
import logging
import multiprocessing
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bridge.observability import logger
from tests.simulation.haste import hasten
from tests.simulation.small.deeds import QUICKBOOKS, SALESFORCE, Deed
from tests.simulation.small.exploration import FIRST, Bound, Exploration, Tally
from tests.simulation.small.scenes import Scene, scenes
from tests.simulation.small.stage import Bends

PEACEFUL = Bound(frozenset())
WHOLE = dict.fromkeys(scenes(), Bound())
_SHORT = Bound(frozenset({FIRST}), switches_after_fault=False)
# The deed that meets a record typed on both sides.
_MEETING = Deed(QUICKBOOKS, "name")


def _short() -> Iterator[tuple[Scene, Bound]]:
    for scene in scenes():
        if not scene.is_crowded:
            is_plain = scene.owner == SALESFORCE and not scene.is_on_one_side
            yield scene, _SHORT if is_plain else PEACEFUL
        elif scene.second == _MEETING:
            yield scene, PEACEFUL


SHORT = dict(_short())


def explore(plan: Mapping[Scene, Bound], bends: Bends | None = None, most: int = 0) -> Tally:
    """Play the schedules of some scenes, or go on until so many violations have been found."""
    tally = Tally()
    with silent():
        for scene, bound in plan.items():
            Exploration(scene, bends or Bends(), bound, tally).explore(most)
            if most and len(tally.violations) >= most:
                break
    return tally


def explore_apart(plan: Mapping[Scene, Bound]) -> tuple[Tally, float]:
    """Play the schedules in a process of its own, which is hastened; return the seconds of one
    core as well.
    """
    with multiprocessing.get_context("spawn").Pool(1, hasten) as pool:
        return pool.apply(_timed, [plan])


def _timed(plan: Mapping[Scene, Bound]) -> tuple[Tally, float]:
    started = time.process_time()
    return explore(plan), time.process_time() - started


@contextmanager
def silent() -> Iterator[None]:
    """Let the bridge log nothing, and collect garbage seldom: schedules are many and short."""
    level, thresholds = logger.log_level, gc.get_threshold()
    logger.setLevel(logging.CRITICAL)
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        logger.setLevel(level)
        gc.set_threshold(*thresholds)


def main() -> int:
    """Explore, print every violation as a story, and return the exit status."""
    tally, took_s = explore_apart(WHOLE if "--all" in sys.argv else SHORT)
    sys.stdout.write("".join(f"{story}\n\n" for story in tally.violations))
    sys.stdout.write(f"{tally}, {took_s:.0f} s of one core\n")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
