"""Plants one defect after another in the product, and says by which invariant each is caught.

Each is looked for first in the world that is known to show it, then in others, from seed 1 on. With
KEEP=1 the seeds found are written down; with SEARCH=1 as well, and the known ones do not count. The
exit status is 1 if one is not caught.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from tests.simulation.defects import MUTANTS
from tests.simulation.haste import hasten
from tests.simulation.planting import Mutant, catches
from tests.simulation.shortcuts import take_shortcuts

SEEDS = Path(__file__).with_name("mutant_seeds.json")
HEAD = ("mutant", "guard taken out", "profile of the worlds", "caught by", "worlds")


@dataclass(frozen=True)
class Catch:
    """Where a mutant was caught: the law, and the seed of the world."""

    mutant: str
    law: str = ""
    seed: int = 0
    is_new: bool = False


@dataclass(frozen=True)
class Wish:
    """What the command is asked for; `most` bounds the worlds of a search."""

    mutants: tuple[Mutant, ...]
    known: Mapping[str, int]
    most: int | None
    jobs: int
    keeps_seeds: bool

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Wish":
        """Read what is asked for from ONLY, SEEDS, JOBS, KEEP and SEARCH."""
        only, is_search = environment.get("ONLY", ""), bool(environment.get("SEARCH"))
        mutants = tuple(each for each in MUTANTS if not only or each.name == only)
        jobs = int(environment.get("JOBS") or 0) or os.cpu_count() or 1
        return cls(
            mutants,
            {} if is_search else known_seeds(),
            int(environment.get("SEEDS") or 0) or None,
            max(1, min(jobs, len(mutants))),
            is_search or bool(environment.get("KEEP")),
        )


def known_seeds() -> dict[str, int]:
    """Return the seed that is known to show each mutant."""
    seeds: dict[str, int] = json.loads(SEEDS.read_text()) if SEEDS.exists() else {}
    return seeds


def look_for(name: str, known: int | None, most: int | None = None) -> Catch:
    """Look for one mutant, in this process: on its known seed, else on one after the other."""
    mutant = next(each for each in MUTANTS if each.name == name)
    if known and (law := catches(mutant, known)):
        return Catch(name, law, known)
    for seed in range(1, (most or mutant.seeds) + 1):
        if law := catches(mutant, seed):
            return Catch(name, law, seed, is_new=True)
    return Catch(name)


def main(environment: Mapping[str, str] = os.environ) -> int:
    """Look for the mutants that are asked for; print the table and return the exit status."""
    wish = Wish.of(environment)
    if not wish.mutants:
        sys.stdout.write(f"there is no such mutant, but {', '.join(m.name for m in MUTANTS)}\n")
        return 2
    started, found = time.monotonic(), dict[str, Catch]()
    for catch in _sought(wish):
        found[catch.mutant] = catch
        sys.stderr.write(f"  {catch.mutant}: {catch.law or 'NOT CAUGHT'} {catch.seed or ''}\n")
    if wish.keeps_seeds:
        _write_down(found.values())
    _print([HEAD, *(_row(each, found[each.name], wish) for each in wish.mutants)])
    survivors = [name for name, catch in found.items() if not catch.law]
    told = f"survived: {', '.join(survivors)}" if survivors else "all caught"
    sys.stdout.write(f"\n{len(found)} mutants, {told}, {time.monotonic() - started:.0f} s\n")
    return 1 if survivors else 0


def _sought(wish: Wish) -> Iterator[Catch]:
    """Look for mutants in processes of their own, which all hash alike."""
    os.environ["PYTHONHASHSEED"] = "0"
    context = get_context("spawn")
    with ProcessPoolExecutor(wish.jobs, context, initializer=_prepare) as pool:
        sought = [
            pool.submit(look_for, each.name, wish.known.get(each.name), wish.most)
            for each in wish.mutants
        ]
        for future in as_completed(sought):
            yield future.result()


def _prepare() -> None:
    hasten()
    take_shortcuts()


def _row(mutant: Mutant, catch: Catch, wish: Wish) -> tuple[str, ...]:
    """Return the row of a mutant.

    A search begins at seed 1: the seed is also the number of worlds that it has taken.
    """
    guard = f"{mutant.guard} (both)" if mutant.parts else mutant.guard
    new = " (new)" if catch.is_new and not wish.keeps_seeds else ""
    worlds = f"{catch.seed}{new}" if catch.law else ""
    return mutant.name, guard, mutant.profile.name, catch.law or "NOT CAUGHT", worlds


def _print(rows: Iterable[tuple[str, ...]]) -> None:
    head, *others = rows
    for row in (head, tuple("---" for _ in head), *others):
        sys.stdout.write(f"| {' | '.join(row)} |\n")


def _write_down(catches: Iterable[Catch]) -> None:
    """Keep the seeds found; what is no mutant any more is forgotten."""
    seeds = known_seeds() | {catch.mutant: catch.seed for catch in catches if catch.law}
    kept = {each.name: seeds[each.name] for each in MUTANTS if each.name in seeds}
    SEEDS.write_text(json.dumps(dict(sorted(kept.items())), indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
