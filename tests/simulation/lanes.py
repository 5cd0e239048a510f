"""The two lanes as SQS has them: delays, visibility time-outs, receive counts, dead letters.

Standard queues: any order, at least once. Bodies are texts, as on the real ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from bridge.model import ChangeEvent, Lane, Message

MOST_RECEIVES = 5
# The event source waits so long for a batch to fill.
WINDOW_S = 2.0


@lru_cache(1024)
def change_in(body: str) -> ChangeEvent:
    """Read a body, which is looked at in several places."""
    return ChangeEvent.from_json(body)


@dataclass(eq=False)
class Parcel:
    """A message on its lane."""

    id: str
    body: str
    lane: Lane
    visible_at: datetime
    receives: int = 0
    is_deleted: bool = False


@dataclass
class Lanes:
    """Holds parcels; `dead` are those that came too often, `wake` is called when one is due."""

    now: Callable[[], datetime]
    later: Callable[[float, Callable[[], object]], None]
    chance: Random
    wake: Callable[[], object] = lambda: None
    parcels: list[Parcel] = field(default_factory=list)
    dead: list[Parcel] = field(default_factory=list)
    bodies: set[str] = field(default_factory=set)
    sent: int = 0

    def send(self, changes: Sequence[ChangeEvent], lane: Lane, delay_s: int = 0) -> None:
        """Put changes on a lane."""
        for change in changes:
            self.put(change.to_json(), lane, delay_s)

    def put(self, body: str, lane: Lane, delay_s: float = 0.0) -> None:
        """Put a body on a lane."""
        self.sent += 1
        self.bodies.add(body)
        visible_at = self.now() + timedelta(seconds=delay_s)
        self.parcels.append(Parcel(f"m{self.sent}", body, lane, visible_at))
        self.later(delay_s + WINDOW_S, self.wake)

    def acknowledge(self, message: Message) -> None:
        """Take one message off its lane."""
        self.delete([message.id])

    def delete(self, ids: Sequence[str]) -> None:
        """Take messages off their lane."""
        gone = set(ids)
        if not gone:
            return
        for parcel in self.parcels:
            parcel.is_deleted |= parcel.id in gone
        self.parcels = [parcel for parcel in self.parcels if not parcel.is_deleted]

    def receive(self, most: int, visibility_s: float) -> list[Parcel]:
        """Hand out some visible parcels in any order, and hide them for a while."""
        now = self.now()
        visible = [parcel for parcel in self.parcels if parcel.visible_at <= now]
        self.chance.shuffle(visible)
        taken = []
        for parcel in visible:
            parcel.receives += 1
            if parcel.receives > MOST_RECEIVES:
                self.parcels.remove(parcel)
                self.dead.append(parcel)
                continue
            parcel.visible_at = now + timedelta(seconds=visibility_s)
            taken.append(parcel)
            if len(taken) == most:
                break
        if taken:
            self.later(visibility_s, self.wake)
        return taken

    def redrive(self) -> int:
        """Put the dead letters back on their lanes, as an operator does."""
        letters, self.dead = self.dead, []
        for parcel in letters:
            self.put(parcel.body, parcel.lane)
        return len(letters)
