"""Plays many worlds on all cores, and says what they have shown."""

import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.pool import Pool
from typing import TextIO

from tests.simulation import job
from tests.simulation.haste import hasten
from tests.simulation.tables import tables
from tests.simulation.tally import Tally, Told
from tests.simulation.verdict import verdict_of

BAR = 30
STORIES = 3


@dataclass
class Progress:
    """Shows how far a run has come: a bar on a terminal, else a line now and then."""

    worlds: int
    out: TextIO
    started: float = field(default_factory=time.monotonic)
    tenths: int = 0

    def show(self, tally: Tally) -> None:
        """Show that one more world has been played."""
        share = tally.worlds / self.worlds
        if self.out.isatty():
            bar = "█" * int(share * BAR)
            end = "\n" if tally.worlds == self.worlds else ""
            self.out.write(f"\r  {bar:░<{BAR}} {self._told(tally)} {end}")
        elif int(share * 10) > self.tenths:
            self.tenths = int(share * 10)
            self.out.write(f"  {self._told(tally)}\n")
        self.out.flush()

    def say(self, text: str) -> None:
        """Write a line of its own, above the bar."""
        clear = f"\r{' ' * 78}\r" if self.out.isatty() else ""
        self.out.write(f"{clear}{text}\n")

    def _told(self, tally: Tally) -> str:
        elapsed = time.monotonic() - self.started
        left_s = elapsed / tally.worlds * (self.worlds - tally.worlds)
        return (
            f"{tally.worlds} of {self.worlds} worlds, {len(tally.laws)} failing, "
            f"{tally.worlds / elapsed * 60:.0f} a minute, {left_s:.0f} s left"
        )


def run(seeds: Sequence[int], jobs: int, out: TextIO = sys.stdout) -> int:
    """Play the worlds of some seeds; return the exit status.

    It is 1 where an invariant was violated, or where in a long run something never happened that
    has to.
    """
    tally, progress = Tally(), Progress(len(seeds), out)
    with _processes(min(jobs, len(seeds))) as pool:
        for told in pool.imap_unordered(job.tell, seeds):
            tally.add(told)
            if told.violations:
                progress.say(f"seed {told.seed}: {told.violations[0]}")
            progress.show(tally)
        for text in tables(tally):
            out.write(f"{text}\n")
        for story in pool.imap(job.explain, _worth_telling(tally)):
            out.write(f"\n{story}\n")
    return _end(tally, seeds, out)


def run_one(seed: int, out: TextIO = sys.stdout) -> int:
    """Play the world of one seed and print all of it; return the exit status."""
    with _processes(1) as pool:
        told: Told = pool.apply(job.tell, [seed])
        out.write(f"{pool.apply(job.story, [seed])}\n")
        if told.violations:
            out.write(f"\n{pool.apply(job.explain, [seed])}\n")
    out.write(f"\ntrace {told.digest}, {told.seconds:.1f} s\n")
    tally = Tally()
    tally.add(told)
    return _end(tally, [seed], out)


def _end(tally: Tally, seeds: Sequence[int], out: TextIO) -> int:
    verdict = verdict_of(tally, seeds)
    out.write("\n" + "".join(f"{line}\n" for line in verdict.lines))
    return verdict.status


def _worth_telling(tally: Tally) -> list[int]:
    """Return for each broken law the failing seed whose world is the smallest, the first three."""
    smallest: dict[str, int] = {}
    for seed in sorted(tally.laws, key=lambda each: tally.failing_sizes[each]):
        smallest.setdefault(tally.laws[seed][0], seed)
    return list(smallest.values())[:STORIES]


@contextmanager
def _processes(number: int) -> Iterator[Pool]:
    """Start processes that all hash alike.

    A world is the same whatever the seed of hashing is, which a test checks; it is fixed here so
    that a slip in that cannot hide a failing seed from whoever repeats it.
    """
    os.environ["PYTHONHASHSEED"] = "0"
    context = multiprocessing.get_context("spawn")
    with context.Pool(number, initializer=hasten) as pool:
        yield pool
