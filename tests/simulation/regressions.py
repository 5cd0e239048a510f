"""Seeds that once failed, each with what it showed; a change that brings it back fails here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.options import Options
from tests.simulation.world import Skipped


@dataclass(frozen=True)
class Regression:
    """A world that once failed: its seed, the options forced upon it, and what was left out."""

    showed: str
    seed: int
    forced: Mapping[str, Any] = field(default_factory=dict)
    skipped: Skipped = field(default_factory=Skipped)

    @property
    def options(self) -> Options:
        """Return the options of the world."""
        return Options.of(self.seed, **self.forced)


REGRESSIONS = (
    Regression("a world was taken for quiet while tokens were still being renewed", 607),
    Regression("an invoice that waits in one company was forgotten over the other", 2121),
    Regression("a price typed while a create was open was taken for one that had been sent", 993),
    Regression("an Account in the making that was renamed got a second customer", 700137),
    Regression("messages of three merges that always came together went round for ever", 2097),
    Regression(
        "an Account that took over a pair forgot the customer in the making for it",
        97,
        {"families": True},
    ),
    Regression("a merge of whose event nothing was heard looks like a deletion", 1400401),
)
