"""Conditions: which values the fields of a record may have for something to be so."""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from bridge.model import Record, Value


@dataclass(frozen=True)
class AllBut:
    """Every value of a field but these."""

    values: tuple[Value, ...]

    def __contains__(self, value: object) -> bool:
        """Say whether a value is none of these."""
        return value not in self.values


def meets(record: Record, conditions: Mapping[str, Container[Value]]) -> bool:
    """Say whether every field of a record that is named has one of its values."""
    return all(record.fields.get(name) in allowed for name, allowed in conditions.items())
