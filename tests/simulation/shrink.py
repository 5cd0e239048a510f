"""Makes a failing world small: whatever can be left out of it, and it still breaks the same law."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from tests.simulation.options import Options
from tests.simulation.play import Played, play
from tests.simulation.tally import law_of
from tests.simulation.world import Skipped

Playing = Callable[[Options, Skipped | None], Played]
# What a plain world has instead, the greatest relief first.
PLAIN: tuple[dict[str, Any], ...] = (
    {"step_rate": 0.0},
    {"slow_share": 0.0},
    {"query_lag_s": 0.0},
    {"quickbooks_skew_s": 0.0},
    {"salesforce_skew_s": 0.0},
    {"merges": False},
    {"deletes": False},
    {"twins": False},
    {"copies": False},
    {"renames": False},
    {"owner": ""},
    {"most_messages": 1},
)


@dataclass
class Shrinking:
    """The smallest world so far that breaks the law that the first one broke first."""

    law: str
    ends_at: float
    options: Options
    skipped: Skipped
    played: Played
    playing: Playing
    tried: int = 0
    _known: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Say whether no more effort is to be spent."""
        return time.process_time() >= self.ends_at

    def takes(self, options: Options, skipped: Skipped) -> bool:
        """Try a world; keep it if it still fails and is no larger."""
        key = f"{options} {sorted(skipped.deeds)} {sorted(skipped.faults)}"
        if self.is_over or key in self._known:
            return False
        self._known.add(key)
        self.tried += 1
        played = self.playing(options, skipped)
        laws = {law_of(each) for each in played.violations}
        if self.law not in laws or size_of(played) > size_of(self.played):
            return False
        self.options, self.skipped, self.played = options, skipped, played
        return True


def shrink(options: Options, effort_s: float, playing: Playing = play) -> Shrinking:
    """Return the smallest failing world that some seconds of work can find."""
    skipped = Skipped()
    played = playing(options, skipped)
    law = law_of(played.violations[0]) if played.violations else ""
    ends_at = time.process_time() + effort_s
    small = Shrinking(law, ends_at, options, skipped, played, playing)
    before = -1
    while law and before != size_of(small.played) and not small.is_over:
        before = size_of(small.played)
        _leave_out(small, "deeds")
        _leave_out(small, "faults")
        _make_plain(small)
    small.skipped = _within(small)
    return small


def size_of(played: Played) -> int:
    """Return how much happens in a world."""
    world = played.world
    left_out = sum(number <= world.people.done for number in world.people.skipped)
    return world.options.pairs + world.people.done - left_out + world.chaos.struck.total()


def _within(small: Shrinking) -> Skipped:
    """Return what is left out of the smallest world without the numbers that it does not have."""
    world = small.played.world
    return Skipped(
        frozenset(each for each in small.skipped.deeds if each <= world.people.done),
        frozenset(each for each in small.skipped.faults if each <= world.chaos.number),
    )


def _make_plain(small: Shrinking) -> None:
    for change in PLAIN:
        if any(getattr(small.options, name) != value for name, value in change.items()):
            small.takes(replace(small.options, **change), small.skipped)
    for name in ("faults", "quickbooks", "salesforce"):
        for each in sorted(getattr(small.options, name)):
            rest = {k: v for k, v in getattr(small.options, name).items() if k != each}
            plainer: dict[str, Any] = {name: rest}
            small.takes(replace(small.options, **plainer), small.skipped)
    for pairs in range(1, small.options.pairs):
        if small.takes(replace(small.options, pairs=pairs), small.skipped):
            break


def _leave_out(small: Shrinking, what: str) -> None:
    """Leave out ever smaller groups of deeds or faults, from the end."""
    world = small.played.world
    last = world.people.done if what == "deeds" else world.chaos.number
    length = last
    while length >= 1 and not small.is_over:
        for group in _groups(last, length):
            gone: frozenset[int] = getattr(small.skipped, what)
            if not group <= gone:
                small.takes(small.options, replace(small.skipped, **{what: gone | group}))
        length //= 2


def _groups(last: int, length: int) -> Iterator[frozenset[int]]:
    for end in range(last, 0, -length):
        yield frozenset(range(max(1, end - length + 1), end + 1))
