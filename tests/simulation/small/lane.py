"""The live lane of a small scene: every message can be seen, and so chosen from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bridge.model import ChangeEvent, Lane, Message

# Longer than the life of a claim: a message whose worker was killed comes back after it.
VISIBILITY_S = 360.0


@dataclass(eq=False)
class Parcel:
    """A message on the lane; `holder` is the worker that has it."""

    id: str
    change: ChangeEvent
    due: datetime
    receives: int = 0
    holder: str = ""

    def __post_init__(self) -> None:
        # Asked for at every turn; a change never changes.
        self.told = repr(self.change)

    def __str__(self) -> str:
        return f"{self.change.object} {self.change.record_id} {self.change.kind}"

    @property
    def message(self) -> Message:
        """Return the message as a worker receives it."""
        return Message(self.id, self.change, receive_count=self.receives)


@dataclass
class SmallLane:
    """Holds messages until they are acknowledged."""

    now: Callable[[], datetime]
    parcels: list[Parcel] = field(default_factory=list)
    sent: int = 0

    def send(self, changes: Sequence[ChangeEvent], _: Lane = Lane.LIVE, delay_s: int = 0) -> None:
        """Put changes on the lane."""
        for change in changes:
            self.sent += 1
            due = self.now() + timedelta(seconds=delay_s)
            self.parcels.append(Parcel(f"m{self.sent}", change, due))

    def acknowledge(self, message: Message) -> None:
        """Take a message off the lane."""
        self.parcels[:] = [each for each in self.parcels if each.id != message.id]

    def repeat(self) -> None:
        """Let every message come twice."""
        self.send([each.change for each in self.parcels])

    def visible(self) -> list[Parcel]:
        """Return the messages that somebody may take now, those of one record only once."""
        due = [each for each in self.parcels if each.due <= self.now() and not each.holder]
        due.sort(key=lambda each: each.told, reverse=True)
        return list({each.change.record_id: each for each in due}.values())

    def next(self) -> Parcel | None:
        """Return the message that is due first."""
        return min(self.parcels, key=lambda each: (each.due, each.told), default=None)

    def settle(self, parcel: Parcel, acknowledged: Sequence[str]) -> None:
        """Note what became of a message that a worker has had."""
        parcel.holder = ""
        if parcel.id in acknowledged:
            self.acknowledge(parcel.message)
        else:
            parcel.due = self.now() + timedelta(seconds=VISIBILITY_S)
