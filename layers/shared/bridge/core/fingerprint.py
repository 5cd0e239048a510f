"""Fingerprints of canonical values: equal values of one field of one record, and nothing more."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from bridge.model import Fingerprints, Value, Values

LENGTH = 8


@dataclass(frozen=True)
class Fingerprinter:
    """Makes fingerprints under one key: HMAC-SHA256, cut to 8 bytes.

    `subject` binds a fingerprint to its record, so that rows do not show which records hold equal
    values. Whoever reads a table learns no value from it.
    """

    key_id: str
    key: bytes = field(repr=False)

    def of(self, entity: str, subject: str, name: str, value: Value) -> str:
        """Return the fingerprint of one value."""
        text = "\x1f".join((entity, subject, name, _encoded(value)))
        digest = hmac.new(self.key, text.encode(), hashlib.sha256).digest()[:LENGTH]
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def of_all(
        self, entity: str, subject: str, values: Values, names: Iterable[str] | None = None
    ) -> Fingerprints:
        """Return the fingerprints of the values named, or of all."""
        chosen = values if names is None else names
        return {name: self.of(entity, subject, name, values[name]) for name in chosen}


def _encoded(value: Value) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return f"b{int(value)}"
        case str():
            return f"s{value}"
        case Decimal():
            return f"n{value.normalize():f}"
        case datetime():
            return f"t{value.isoformat()}"
        case date():
            return f"d{value.isoformat()}"
