"""Watches what the bridge does to records that part for good once one of them is deleted."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.core.mapping import DeletePolicy


@dataclass
class Partings:
    """What has parted is left as it is: nothing is made inactive, and nothing is written into it.

    `has_parted` says whether the bridge has told of a record ("Account 001...", "Customer 12") that
    it has parted.
    """

    violates: Callable[[str, str], None]
    on_delete: str
    has_parted: Callable[[str], bool]
    inactive: set[tuple[str, str]] = field(default_factory=set)

    def switched(self, realm: str, record: str, *, is_active: bool, is_ours: bool) -> None:
        """Note how a QuickBooks record (company, "Customer 12") is, and judge that if it was
        ours.
        """
        if self.on_delete != DeletePolicy.UNLINK:
            return
        if is_ours and not is_active and (realm, record) not in self.inactive:
            self.violates("parted for good", f"{realm} {record}: made inactive")
        change = self.inactive.discard if is_active else self.inactive.add
        change((realm, record))

    def written(self, scope: str, record: str) -> None:
        """Judge a write of ours."""
        if self.on_delete == DeletePolicy.UNLINK and self.has_parted(record):
            self.violates("parted for good", f"{scope} {record}: written")
