"""Who switched what off and on: a product and its item follow whoever did so last."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple


class Switched(NamedTuple):
    """A record was switched off or on; what follows it bears the same number."""

    is_active: bool
    number: int


@dataclass
class Switches:
    """Judges each switch of the bridge at its moment: it may repeat one that a person has made on
    the other side, but none that somebody who saw it has taken back.

    Of two that were made without knowing of one another either may stand. Once an answer was lost
    a switch of the other side may be repeated: it is not known whether anybody has seen it.
    """

    violates: Callable[[str, str], None]
    is_in_doubt: Callable[[], bool]
    # With several companies a product is switched by the items of all of them.
    has_several: bool
    history: dict[str, list[Switched]] = field(default_factory=lambda: defaultdict(list))
    # Where a person has made each switch.
    origins: dict[int, str] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def sees(self, record: str, other: str, is_active: bool, *, is_ours: bool) -> None:
        """Note how a record is that has changed, and judge that if it was ours."""
        own = self.history[record]
        if own and own[-1].is_active is is_active:
            return
        if is_ours and (own or other):
            follow = self._followed if own else self._made
            own.append(Switched(is_active, follow(record, other, is_active)))
            return
        number = next(self.numbers)
        self.origins[number] = record
        if own:
            self.before[number] = own[-1].number
        own.append(Switched(is_active, number))

    def _made(self, _: str, other: str, is_active: bool) -> int:
        """Return the switch with which a record of ours begins: the last of what it is made for."""
        last = self.history[other][-1:]
        alike = [each.number for each in last if each.is_active is is_active]
        return alike[0] if alike else next(self.numbers)

    def _followed(self, record: str, other: str, is_active: bool) -> int:
        """Return the switch of the other side that one of ours repeats."""
        made = [each.number for each in self.history[other] if each.is_active is is_active]
        taken_back = set(self._all_before(self.history[record][-1].number))
        open_ = [number for number in made if number not in taken_back]
        if open_:
            return open_[-1]
        is_repeat = self.is_in_doubt() and any(self.origins.get(each) != record for each in made)
        if made and not self.has_several and not is_repeat:
            told = f"{record} {other}: active {is_active}, which a person had taken back"
            self.violates("no lost update", told)
        return next(self.numbers)

    def _all_before(self, number: int) -> Iterator[int]:
        while number in self.before:
            number = self.before[number]
            yield number
