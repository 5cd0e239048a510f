"""The faults of a world: each strikes with the rate of its seed, and is counted."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

# Faults after which a worker, or the next one, does not know whether a write was made.
DOUBTFUL = frozenset(
    {"answer cut off", "batch broken off", "killed", "killed in its last millisecond"}
    | {"late effect", "lost after effect", "lost before effect", "5xx after effect", "frozen"}
    | {"store fails after effect", "store fails before effect"}
)


@dataclass
class Chaos:
    """Draws the faults; nothing strikes once it has been calmed."""

    rates: Mapping[str, float]
    chance: Random
    note: Callable[[str], None] = lambda _: None
    # The faults that are left out, by their number in the world.
    skipped: frozenset[int] = frozenset()
    struck: Counter[str] = field(default_factory=Counter)
    is_calm: bool = False
    number: int = 0
    _totals: dict[tuple[str, ...], float] = field(default_factory=dict)

    def strikes(self, name: str) -> bool:
        """Say whether a fault happens here."""
        return self.one_of((name,)) is not None

    def one_of(self, names: tuple[str, ...]) -> str | None:
        """Return which of some faults happens here, if one does; one draw for all of them."""
        if self.is_calm:
            return None
        total = self._totals.get(names)
        if total is None:
            total = self._totals[names] = sum(self.rates.get(name, 0.0) for name in names)
        if not total:
            return None
        draw = self.chance.random()
        if draw >= total:
            return None
        for name in names:
            draw -= self.rates.get(name, 0.0)
            if draw < 0:
                return self._strike(name)
        return None

    def has_lost_answers(self) -> bool:
        """Say whether anything has struck by now that leaves a write in doubt."""
        return not DOUBTFUL.isdisjoint(self.struck)

    def _strike(self, name: str) -> str | None:
        self.number += 1
        if self.number in self.skipped:
            return None
        self.struck[name] += 1
        self.note(f"fault: {name}")
        return name
