"""The clock of a stand-in, which its admin face can move or stop."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time: real time plus an offset, or one moment that stands still."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return self._frozen or datetime.now(UTC) + self._offset

    def set(self, moment: datetime | None) -> None:
        """Stand still at a moment; None returns to real time."""
        if moment is not None and moment.tzinfo is None:
            raise ValueError("the clock takes an aware time, for example 2026-01-31T12:00:00Z")
        self._offset = timedelta()
        self._frozen = moment.astimezone(UTC) if moment else None

    def advance(self, seconds: float) -> None:
        """Move on by some seconds; a clock that stands still stays still, only later."""
        step = timedelta(seconds=seconds)
        if self._frozen is not None:
            self._frozen += step
            return
        self._offset += step
