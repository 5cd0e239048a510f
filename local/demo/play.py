"""The frame of the story: steps, what people do in them, and what has to follow."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.demo.screen import Screen
from local.log import Outcome, latest
from local.processes import LocalAwsError
from local.programs import StageError
from local.sight import Asked, Peek, Sight
from local.stage import Stage
from local.systems import RefusedError

# A change that meets a claim goes round for up to twenty seconds.
PATIENCE_S = 45.0
LOOK_EVERY_S = 0.1
EVERY_OUTCOME = 100_000


class StepFailedError(Exception):
    """What had to follow did not; the rest of the step would make no sense."""


@dataclass
class Play:
    """The stage, the screen, and what has been found wrong so far.

    `known` holds the ids of records that later steps go on with, by name.
    """

    stage: Stage
    screen: Screen
    known: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    checks: int = 0
    step: str = ""

    @property
    def peek(self) -> Sight:
        """Both systems, uncounted."""
        return Peek(self.stage.salesforce, self.stage.quickbooks)

    @property
    def asked(self) -> Sight:
        """Both systems through their own APIs."""
        return Asked(self.stage.salesforce, self.stage.quickbooks)

    def perform(self, number: int, title: str, act: Callable[["Play"], None]) -> None:
        """Play one step; what goes wrong in it is noted, and the story goes on."""
        self.step = f"{number}. {title}"
        self.screen.heading(f"\n{number:2}  {title}")
        try:
            act(self)
        except StepFailedError:
            return
        except (StageError, LocalAwsError, RefusedError, LookupError) as error:
            self._note_failure(f"{type(error).__name__}: {error}", None)

    def tell(self, text: str) -> None:
        """Say what somebody does."""
        self.screen.text(text)

    def expect(
        self, text: str, condition: Callable[[Sight], bool], patience_s: float = PATIENCE_S
    ) -> None:
        """Wait for a condition without being counted, then ask the two APIs for it.

        Raises:
            StepFailedError: it did not come about, or the APIs say otherwise.
        """
        began = time.monotonic()
        with self.screen.working(text):
            while not condition(self.peek) and time.monotonic() - began < patience_s:
                time.sleep(LOOK_EVERY_S)
            is_good = condition(self.asked)
        self._found(text, is_good, time.monotonic() - began)

    def until(
        self, text: str, condition: Callable[[], bool], patience_s: float = PATIENCE_S
    ) -> None:
        """Wait for a condition that has nothing to do with the records.

        Raises:
            StepFailedError: it did not come about.
        """
        began = time.monotonic()
        with self.screen.working(text):
            while not (is_good := condition()) and time.monotonic() - began < patience_s:
                time.sleep(LOOK_EVERY_S)
        self._found(text, is_good, time.monotonic() - began)

    def check(self, text: str, is_good: bool) -> None:
        """Note what is to be seen at this moment.

        Raises:
            StepFailedError: it is not as it should be.
        """
        self._found(text, is_good, None)

    def settle(self) -> None:
        """Wait until nothing is on its way any more."""
        with self.screen.working("waiting until nothing is on its way"):
            self.stage.wait_for_quiet()

    def writes(self) -> tuple[int, int]:
        """Return how many records the bridge has written: in Salesforce, in QuickBooks."""
        return self.stage.salesforce.writes(), self.stage.quickbooks.writes()

    def outcomes(self) -> list[Outcome]:
        """Return what has become of every change so far, newest first."""
        table = self.stage.stack.outputs["OutcomesTable"]
        dynamodb = self.stage.stack.client("dynamodb")
        return latest(dynamodb, table, EVERY_OUTCOME, datetime.now(UTC))

    def _found(self, text: str, is_good: bool, took_s: float | None) -> None:
        self.checks += 1
        if is_good:
            self.screen.verdict(text, is_good=True, took_s=took_s)
            return
        self._note_failure(text, took_s)
        raise StepFailedError(text)

    def _note_failure(self, text: str, took_s: float | None) -> None:
        self.failures.append(f"{self.step}: {text}")
        self.screen.verdict(text, is_good=False, took_s=took_s)


Steps = Sequence[tuple[str, Callable[[Play], None]]]
