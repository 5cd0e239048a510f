"""The command behind `make simulate`."""

import argparse
import os
import sys
from collections.abc import Sequence


def main() -> int:
    """Play one world, or many; return the exit status."""
    given = _given()
    if given.digests:
        return _digests(given.digests)
    from tests.simulation.run import run, run_one

    if given.seed is not None:
        return run_one(given.seed)
    return run(range(given.first, given.first + given.seeds), given.jobs)


def _given() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulate", description=__doc__)
    parser.add_argument("--seeds", type=_positive, default=200, help="how many worlds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--jobs", type=_positive, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seed", type=int, help="this one world, with its whole story")
    parser.add_argument("--digests", type=int, nargs="*", help="what tells these worlds apart")
    return parser.parse_args()


def _digests(seeds: Sequence[int]) -> int:
    """Print the digest of each world's trace, played in this very process."""
    from tests.simulation.options import Options
    from tests.simulation.play import play

    for seed in seeds:
        sys.stdout.write(f"{seed} {play(Options.of(seed)).world.digest()}\n")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
