"""Behaviour of the platform that its documents leave open, or that differs between orgs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

_CHOICES = {
    "conditional_stamp": ("LastModifiedDate", "SystemModstamp"),
    "get_deleted_answer": ("ENTITY_IS_DELETED", "NOT_FOUND"),
    "unknown_id_on_write": ("INVALID_CROSS_REFERENCE_KEY", "NOT_FOUND"),
    "stamp_resolution": ("seconds",),
}


@dataclass(slots=True)
class Switches:
    """The switches and their defaults; what each is drawn from stands in local/README.md."""

    conditional_stamp: str = "LastModifiedDate"
    deleted_external_id_blocks_reuse: bool = False
    session_life_s: int = 7200
    get_deleted_answer: str = "ENTITY_IS_DELETED"
    unknown_id_on_write: str = "INVALID_CROSS_REFERENCE_KEY"
    stamp_resolution: str = "seconds"

    def set(self, changes: Mapping[str, Any]) -> None:
        """Set some switches.

        Raises:
            ValueError: no such switch, or a value that it cannot take.
        """
        known = {each.name: each.type for each in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"no switch {name}; there are {', '.join(known)}")
            if name in _CHOICES and value not in _CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(_CHOICES[name])}")
            if name not in _CHOICES and type(value) is not known[name]:
                raise ValueError(f"{name} takes a value like {getattr(self, name)!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def listing(self) -> dict[str, Any]:
        """Show every switch."""
        return {each.name: getattr(self, each.name) for each in fields(self)}
