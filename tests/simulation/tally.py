"""What worlds have shown: one of them, and all of them together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

# The sizes of a world that make its story long.
HAPPENING = ("people's actions", "faults injected")
Counts = Mapping[str, Counter[str]]


@dataclass(frozen=True)
class Told:
    """What one world has shown: its violations, what happened in it by subject, and its sizes."""

    seed: int
    violations: tuple[str, ...]
    counts: Counts
    sizes: Mapping[str, float]
    digest: str
    seconds: float


@dataclass
class Tally:
    """What all worlds together have shown.

    `laws` says of each failing seed what it broke, `failing_sizes` how much happened in it.
    """

    worlds: int = 0
    violations: int = 0
    seconds: float = 0.0
    laws: dict[int, tuple[str, ...]] = field(default_factory=dict)
    failing_sizes: dict[int, float] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    sizes: dict[str, list[float]] = field(default_factory=dict)

    def add(self, told: Told) -> None:
        """Take in one more world."""
        self.worlds += 1
        self.violations += len(told.violations)
        self.seconds += told.seconds
        if told.violations:
            laws = dict.fromkeys(law_of(each) for each in told.violations)
            self.laws[told.seed] = tuple(laws)
            self.failing_sizes[told.seed] = sum(told.sizes[name] for name in HAPPENING)
        for subject, counts in told.counts.items():
            self.counts.setdefault(subject, Counter()).update(counts)
        for name, size in told.sizes.items():
            self.sizes.setdefault(name, []).append(size)

    def of(self, subject: str) -> Counter[str]:
        """Return the counts of one subject."""
        return self.counts.get(subject, Counter())

    @property
    def medians(self) -> Mapping[str, float]:
        """Return the median of each size of a world."""
        return {name: median(sizes) for name, sizes in self.sizes.items()}

    @property
    def worlds_a_minute(self) -> float:
        """Return how many worlds one core plays in a minute."""
        return self.worlds / self.seconds * 60 if self.seconds else 0.0


def law_of(violation: str) -> str:
    """Return the invariant that a violation is about."""
    return violation.partition(":")[0]
