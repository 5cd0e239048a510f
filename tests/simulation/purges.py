"""Watches how many records the bridge makes inactive at once, as if an org had been emptied."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)
FEW, SHARE = 10, 0.2


@dataclass
class Purges:
    """Within an hour no more than a fifth of a company's pairs of an entity, if ten, are made
    inactive before a person has said that it is meant.
    """

    violates: Callable[[str, str], None]
    is_allowed: Callable[[str], bool] = lambda _: False
    active: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    lately: dict[tuple[str, str], list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def sees(
        self,
        record: tuple[str, str, str],
        pairs: Callable[[], int],
        now: datetime,
        *,
        is_active: bool,
        is_ours: bool,
    ) -> None:
        """Note how a record (company, entity, id) is, and judge that if it was ours."""
        was_active = self.active.get(record, True)
        self.active[record] = is_active
        realm, entity, _ = record
        if is_active or not was_active or not is_ours or self.is_allowed(realm):
            return
        lately = [at for at in self.lately[realm, entity] if at > now - HOUR] + [now]
        self.lately[realm, entity] = lately
        if len(lately) >= FEW and len(lately) > SHARE * (all_of_them := pairs()):
            told = f"{realm} {entity}: {len(lately)} of {all_of_them} within an hour"
            self.violates("no mass deletion", told)
